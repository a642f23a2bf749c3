"""Layers, compared with their formulas for whole matrices in float64."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine.activations import Relu, Tanh
from sknn_scratch.engine.layers import (
    Chain,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Noise,
    Parallel,
    Residual,
)
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.network import Network
from sknn_scratch.engine.objective import Objective

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4))


def network_of(*layers):
    """Return a network with random parameters."""
    network = Network(4, layers)
    network.params[...] = np.random.default_rng(1).normal(size=network.params.size)
    return network


def test_dense():
    network = network_of(Dense(3))
    (W,), (b,) = network.weights, network.biases
    np.testing.assert_allclose(network.raw(X), X @ W + b)
    network = network_of(Dense(3, has_biases=False))
    assert network.biases == []
    np.testing.assert_allclose(network.raw(X), X @ network.weights[0])


@pytest.mark.parametrize("epsilon", [1e-5, 0.3])
def test_layer_norm(epsilon):
    """As torch.nn.LayerNorm: the variance is that of the values, not an estimate."""
    network = network_of(LayerNorm(epsilon))
    gain, shift = network.biases
    variance = X.var(axis=1, ddof=0, keepdims=True)
    normalized = (X - X.mean(axis=1, keepdims=True)) / np.sqrt(variance + epsilon)
    np.testing.assert_allclose(network.raw(X), normalized * gain + shift)
    assert network.weights == []  # neither is penalized


def test_layer_norm_of_constant_values_is_its_shift():
    network = network_of(LayerNorm())
    for dtype in (np.float32, np.float64):
        raw = network.copy(dtype).raw(np.full((2, 4), 1e4, dtype))
        np.testing.assert_allclose(raw, [network.biases[1]] * 2, rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layer_norm_does_not_depend_on_the_place_and_the_size_of_values(dtype):
    network = Network(4, [LayerNorm(1e-10)], dtype)
    network.initialize(np.random.RandomState(0))
    expected = network.raw(X)
    atol = 1e-3 if dtype is np.float32 else 1e-6
    np.testing.assert_allclose(network.raw(100 * X + 500), expected, atol=atol)


def test_residual():
    network = network_of(Residual([Dense(5), Tanh(), Dense(4)]))
    (U, V), (b, c) = network.weights, network.biases
    np.testing.assert_allclose(network.raw(X), np.tanh(X @ U + b) @ V + c + X)


def test_residual_that_changes_the_number_of_values():
    network = network_of(Residual([Dense(3), Tanh()]))
    (U, W), (b,) = network.weights, network.biases
    assert W.shape == (4, 3)
    np.testing.assert_allclose(network.raw(X), np.tanh(X @ U + b) + X @ W)


def test_residual_without_layers_doubles_its_input():
    np.testing.assert_array_equal(network_of(Residual([])).raw(X), 2 * X)


def test_parallel_concatenates_outputs():
    network = network_of(Parallel([[Dense(3), Tanh()], Relu(), []]))
    (W,), (b,) = network.weights, network.biases
    expected = np.hstack([np.tanh(X @ W + b), np.maximum(X, 0), X])
    np.testing.assert_allclose(network.raw(X), expected)


def test_parallel_of_features():
    features = [[2, 0], None, [3, 3]]
    network = network_of(Parallel([Dense(2), Dense(1), []], features=features))
    (U, V), (b, c) = network.weights, network.biases
    expected = np.hstack([X[:, [2, 0]] @ U + b, X @ V + c, X[:, [3, 3]]])
    for given in (X, sparse.csr_array(X), sparse.csr_matrix(X)):
        np.testing.assert_allclose(network.raw(given), expected)


def test_parallel_mean():
    network = network_of(Parallel([Dense(2), [Dense(2), Tanh()]], combine="mean"))
    (U, V), (b, c) = network.weights, network.biases
    expected = (X @ U + b + np.tanh(X @ V + c)) / 2
    np.testing.assert_allclose(network.raw(X), expected)
    assert network.n_parameters == 2 * (4 * 2 + 2)  # no zeros between the branches


def test_chains_inside_of_chains_are_one_chain():
    layers = [Dense(3), Tanh(), Dense(2)]
    nested = network_of(Chain([Chain(layers[:1]), Chain([])]), Chain(layers[1:]))
    np.testing.assert_array_equal(nested.raw(X), network_of(*layers).raw(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_dropout_has_its_rate_and_preserves_the_mean(rate, dtype):
    values = np.ones((1001, 101), dtype)
    network = Network(101, [Dropout(rate), Relu()], dtype)
    ctx = network.bind(1001, network.params, Noise(np.random.SFC64(0)))
    output = ctx.forward(values)
    assert output.dtype == dtype
    np.testing.assert_allclose(np.unique(output), [0, 1 / (1 - rate)], rtol=0.02)
    np.testing.assert_allclose((output == 0).mean(), rate, atol=0.005)
    np.testing.assert_allclose(output.mean(), 1, atol=0.03)


def test_dropout_is_inactive_in_prediction():
    network = network_of(Dropout(0.5), Dense(3), Dropout(0.5))
    (W,), (b,) = network.weights, network.biases
    np.testing.assert_allclose(network.raw(X), X @ W + b)
    ctx = network.bind(6, np.zeros_like(network.params))
    np.testing.assert_allclose(ctx.forward(X), X @ W + b)


@pytest.mark.parametrize(
    "before", [Relu(), Tanh(), LayerNorm(), Residual([])], ids=repr
)
@pytest.mark.parametrize("after", [[], [Dense(4)]], ids=repr)
def test_dropout_uses_the_same_mask_forward_and_backward(before, after):
    """In the gradient with respect to the biases of the layer before."""
    network = network_of(Dense(4), before, Dropout(0.5), *after)
    grad = np.zeros_like(network.params)
    ctx = network.bind(1, grad, Noise(np.random.SFC64(0)))
    identity = np.eye(4)
    for weights in network.weights:
        weights[...] = identity
    for biases in network.biases:
        biases[...] = 0.5  # γ and β of the normalization, too
    for _ in range(20):
        output = ctx.forward(X[:1]).copy() - (0.5 if after else 0)
        ctx.backward(np.ones((1, 4)))
        (d_b, *_) = network.unflatten(grad)[1]
        is_left_out = output[0] == 0
        if isinstance(before, LayerNorm):
            *_, d_shift = network.unflatten(grad)[1][: 1 + 2]
            np.testing.assert_allclose(d_shift, np.where(is_left_out, 0, 2))
        else:
            z = X[0] + 0.5
            slopes = {Relu: z > 0, Tanh: 1 - np.tanh(z) ** 2, Residual: 2.0}
            expected = np.where(is_left_out, 0, 2 * slopes[type(before)])
            np.testing.assert_allclose(d_b, expected, atol=1e-12)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csr_matrix])
def test_dropout_of_the_input_is_training_on_the_masked_input(container):
    y = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    network = network_of(Dropout(0.5), Dense(3))
    threshold = Dropout(0.5).threshold
    noise = Noise(np.random.SFC64(0))
    mask = noise.mask(0, X, threshold, 2.0)
    if container is not np.asarray:  # of which all values are stored
        mask = np.empty(X.size)
        noise = Noise(np.random.SFC64(0)).fill(mask, threshold, 2.0)
        mask = mask.reshape(X.shape)
    assert 0 < np.count_nonzero(mask) < X.size
    plain = network_of(Dense(3))
    expected = Objective(plain, LOSSES["log_loss"]())
    found = Objective(network, LOSSES["log_loss"](), noise=Noise(np.random.SFC64(0)))
    given = container(X)
    assert found.evaluate(given, y) == pytest.approx(expected.evaluate(mask * X, y))
    np.testing.assert_allclose(found.grad, expected.grad)
    assert (container(X) != given).sum() == 0


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("after", [[], [Relu()], [Dense(4)]], ids=repr)
def test_input_dropout_rescales_the_remaining_values(after, container):
    """Itself, or leaves it to the dense layer after it."""
    network, given = network_of(Dropout(0.75), *after), np.eye(4)[[0, 1, 2, 3] * 50]
    if network.weights:
        network.weights[0][...], network.biases[0][...] = np.eye(4), 0
    ctx = network.bind(200, network.params.copy(), Noise(np.random.SFC64(0)))
    output = ctx.forward(container(given))
    assert set(output[given == 1]) == {0, 4}
    assert not output[given == 0].any()
    np.testing.assert_allclose((output == 4).sum() / 200, 0.25, atol=0.1)


def test_masks_of_small_batches_are_drawn_together_and_differ():
    together, ones = Noise(np.random.SFC64(0)), np.ones((3, 5))
    small = np.vstack([together.mask(0, ones, 128) for _ in range(100)])
    large = Noise(np.random.SFC64(0)).mask(0, np.ones((300, 5)), 128)
    np.testing.assert_array_equal(small, large)
    assert 0.4 < large.mean() < 0.6
    together.begin_epoch()
    assert not np.array_equal(together.mask(0, ones, 128), large[:3])


def test_dropout_layers_draw_separate_masks():
    noise, ones = Noise(np.random.SFC64(0)), np.ones((20, 20))
    first, second = noise.mask(0, ones, 128), noise.mask(1, ones, 128)
    assert 0.4 < (first == second).mean() < 0.6
    assert not np.shares_memory(first, second)


def test_dropout_masks_use_bytes_below_a_threshold():
    """Whose order is part of what makes results reproducible."""
    drawn = np.random.SFC64(7).random_raw(2).view(np.uint8)[:12]
    mask = np.empty((3, 4), np.float32)
    Noise(np.random.SFC64(7)).fill(mask, 100, 3.0)
    np.testing.assert_array_equal(mask.ravel(), np.where(drawn < 100, 0, 3))


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [(0.0, 0), (1e-9, 1), (0.5, 128), (0.999999, 255)],
)
def test_a_dropout_rate_is_rounded_but_never_to_0_or_1(rate, threshold):
    assert Dropout(rate).threshold == threshold
    assert Dropout(rate).scale == 256 / (256 - threshold)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0), r"n_units must be an int >= 1 and < 2\*\*31; got 0\."),
        (lambda: Dense(True), "n_units must be an int >= 1"),
        (lambda: Dense(2.0), "n_units must be an int >= 1"),
        (lambda: Dense(2, has_biases=None), "has_biases must be a bool; got None"),
        (lambda: Dense(2, weight_init="he"), "weight_init of a layer must be one of"),
        (lambda: Dropout(1), r"rate must be in \[0, 1\); got 1\."),
        (lambda: Dropout("0.5"), "rate must be in"),
        (lambda: Dropout(np.nan), "rate must be in"),
        (lambda: LayerNorm(0), r"epsilon must be finite and > 0; got 0\."),
        (lambda: LayerNorm(None), "epsilon must be finite"),
        (lambda: Residual(None), r"Residual must contain layers.* got None\."),
        (lambda: Residual([[4]]), "[Ww]rite a nested list as Chain"),
        (lambda: Residual([LayerNorm]), "Residual must contain layers"),
        (lambda: Chain([0]), "Chain must contain layers"),
        (lambda: Chain([True]), "Chain must contain layers"),
        (lambda: Parallel(Dense(2)), "branches must be a non-empty list"),
        (lambda: Parallel([]), "branches must be a non-empty list"),
        (lambda: Parallel([None]), "A branch must contain layers"),
        (lambda: Parallel([2], combine="sum"), "combine must be 'concatenate' or"),
        (
            lambda: Parallel([2], [[-1]]),
            "features must be None, or a list .* for each of the 1",
        ),
        (
            lambda: Parallel([2], [[0.5]]),
            "features must be None, or a list .* for each",
        ),
        (
            lambda: Parallel([2], [[True]]),
            "features must be None, or a list .* for each",
        ),
        (lambda: Parallel([2], [[]]), "features must be None, or a list .* for each"),
        (lambda: Parallel([2], [0]), "features must be None, or a list .* for each"),
        (lambda: Parallel([2, 2], [[0]]), "each of the 2 branches"),
        (
            lambda: Network(4, [Parallel([Dense(2)], [[4]])]),
            "features must be indices below 4",
        ),
        (
            lambda: Network(4, [Parallel([Dense(2), []], combine="mean")]),
            r"the same number of outputs for combine='mean'; got \[2, 4\]",
        ),
        (lambda: Network(4, [Residual([3])]), r"Write Dense\(3\)\."),
    ],
)
def test_settings_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_layer_settings_are_normalized_to_ints_and_tuples():
    listed = Parallel([np.int64(2), [np.int32(3)]], features=[np.array([1, 0]), None])
    assert listed == Parallel((2, (3,)), features=((1, 0), None))
    assert repr(listed) == "Parallel([2, Chain([3])], features=[(1, 0), None])"
    assert repr(Residual([np.int64(8)])) == "Residual([8])"
    assert repr(Dense(np.int64(8))) == "Dense(8)"


@dataclass(frozen=True)
class Named(Layer):
    """A layer with parameters of given names."""

    names: tuple
    training_only = False

    def parameter_shapes(self, input_shape):
        weights, *biases = self.names
        return {weights: input_shape}, dict.fromkeys(biases, input_shape)


class NamedOfTraining(Named):
    training_only = True


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            Named(("layer",)),
            r"names of a layer must be unique.* got \['layer'\] of Named",
        ),
        (Named(("a", "factor")), "different from the attributes of Pass"),
        (Named(("a", "empty")), "different from the attributes of Pass"),
        (Named(("a", "d_a")), "names of a layer must be unique"),
        (Named(("a", "a")), "names of a layer must be unique"),
        (NamedOfTraining(("a",)), r"must not have parameters; got \['a'\]"),
    ],
)
def test_parameters_that_would_be_lost_are_refused(layer, message):
    """Their values would be overwritten, or given to other layers."""
    with pytest.raises(ValueError, match=message):
        Network(4, [layer])
    assert Network(4, [Named(("a", "b"))]).n_parameters == 8
