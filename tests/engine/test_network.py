import pickle

import numpy as np
import pytest
from scipy import sparse
from small_networks import perceptron

from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.layers import Dense, Parallel
from sknn_scratch.engine.network import Network

SIZES = [4, 6, 5, 3]


@pytest.fixture
def network():
    network = perceptron(SIZES, Relu())
    network.initialize(np.random.RandomState(0))
    return network


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(50, 4))


def assert_views(network):
    assert [w.shape for w in network.weights] == [(4, 6), (6, 5), (5, 3)]
    for array in (*network.weights, *network.biases):
        assert np.shares_memory(array, network.params)
    packed = [a.ravel() for a in (*network.weights, *network.biases)]
    np.testing.assert_array_equal(np.concatenate(packed), network.params)


def test_weights_and_biases_are_views_of_one_vector(network):
    assert_views(network)


def test_views_alias_the_vector_after_pickling_and_copying(network):
    for twin in (pickle.loads(pickle.dumps(network)), network.copy()):
        assert_views(twin)
        np.testing.assert_array_equal(twin.params, network.params)
        assert not np.shares_memory(twin.params, network.params)


def test_a_pickle_contains_the_parameters_once(network):
    wide = perceptron([1000, 500, 2], Relu())
    assert len(pickle.dumps(wide)) < 1.01 * wide.params.nbytes


def test_an_array_assigned_to_the_list_of_weights_is_used(network, X):
    network.weights[0] = np.zeros((4, 6))
    np.testing.assert_array_equal(network.raw(X)[0], network.raw(0 * X)[0])
    assert not network.copy().params[:24].any()


def test_raw_outputs_match_hand_calculations():
    network = perceptron([1, 2, 1], Relu())
    network.params[:] = [1, -1, 2, 3, 0, 0.5, 10]  # W0, W1, b0, b1
    # x = 2: hidden (2, max(0, -1.5)), raw 2·2 + 10; x = -2: hidden (0, 2.5)
    np.testing.assert_allclose(network.raw(np.array([[2.0], [-2.0]])), [[14], [17.5]])


def test_chunks_give_the_same_outputs(network, X, monkeypatch):
    whole = network.raw(X)
    monkeypatch.setattr(network, "chunk_rows", 7)
    np.testing.assert_allclose(network.raw(X), whole, rtol=1e-12)


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_input_gives_the_same_outputs(network, X, container):
    np.testing.assert_allclose(network.raw(container(X)), network.raw(X))


def test_raw_computes_the_selected_rows_only(network, X):
    rows = np.array([7, 3, 3])
    np.testing.assert_allclose(network.raw(X, rows), network.raw(X)[rows])


def test_input_of_another_precision_is_converted(network, X):
    assert network.raw(X.astype(np.float32)).dtype == np.float64
    assert network.raw(np.ones((2, 4), dtype=int)).dtype == np.float64


def test_predict_does_not_change_the_estimator(network, X):
    before = set(vars(network))
    network.raw(X)
    assert set(vars(network)) == before


def test_wide_input_is_processed_in_large_chunks(monkeypatch):
    wide = perceptron([100_000, 4, 2], Relu(), dtype=np.float32)
    pieces = []
    bind = Network.bind

    def counted(self, n_rows, *how):
        pieces.append(n_rows)
        return bind(self, n_rows, *how)

    monkeypatch.setattr(Network, "bind", counted)
    wide.raw(sparse.csr_array((1000, 100_000), dtype=np.float32))
    assert pieces == [1000]


@pytest.mark.parametrize(("widest", "rows"), [(2, 2**16), (1024, 512), (2**15, 128)])
def test_chunks_are_smaller_for_wider_layers(widest, rows):
    assert perceptron([3, widest, 1], Relu()).chunk_rows == rows
    branches = Parallel([Dense(widest // 2)] * 2)
    assert Network(3, [branches, Dense(1)]).chunk_rows == rows


def test_a_weight_of_another_shape_is_refused(network):
    network.weights[0] = np.zeros((6, 4))
    with pytest.raises(ValueError, match=r"keep their shapes; got \(6, 4\)"):
        network.copy()


def test_weights_of_another_dtype_can_be_assigned(network, X):
    expected = network.raw(X)
    network.weights[0] = network.weights[0].astype(np.longdouble)
    np.testing.assert_array_equal(network.raw(X), expected)


def test_a_network_pickled_with_the_other_byte_order_is_converted(network, X):
    state = network.__getstate__()
    state["params"] = state["params"].astype(state["params"].dtype.newbyteorder("S"))
    twin = network.copy()
    twin.__setstate__(state)
    assert twin.params.dtype.isnative
    np.testing.assert_array_equal(twin.raw(X), network.raw(X))
