import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine.activations import ACTIVATIONS
from sknn_scratch.engine.dropout import Dropout
from sknn_scratch.engine.initializers import GlorotUniform
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.network import Network
from sknn_scratch.engine.objective import Objective


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_masks_leave_out_their_share_and_keep_the_mean(rate, dtype):
    mask = np.empty((1001, 101), dtype)
    dropout = Dropout([0.0, rate], np.random.SFC64(0))
    dropout.fill(1, mask)
    assert set(np.unique(mask)) == {0, 1}
    np.testing.assert_allclose((mask == 0).mean(), rate, atol=0.005)
    np.testing.assert_allclose(dropout.scales[1] * mask.mean(), 1, atol=0.02)


class FixedMasks(Dropout):
    """The same masks at every evaluation, so that the objective has a gradient."""

    def fill(self, layer, mask):
        self.bit_generator = np.random.SFC64(layer)
        super().fill(layer, mask)

    def drop(self, layer, layer_input):
        self.begin_epoch()
        return super().drop(layer, layer_input)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("chunk_rows", [7, 3])
@pytest.mark.parametrize("rates", [(0.3, 0.5, 0.25), (0.0, 0.5, 0.0), (0.4, 0.0, 0.0)])
def test_gradient_is_that_of_the_thinned_network(
    rates, chunk_rows, activation, container
):
    network = Network([4, 6, 5, 3], [ACTIVATIONS[activation]()] * 2)
    network.initialize([GlorotUniform()] * 3, np.random.RandomState(0))
    dropout = FixedMasks(rates, np.random.SFC64(0))
    objective = Objective(network, LOSSES["log_loss"](), 0.1, dropout=dropout)
    objective.chunk_rows = chunk_rows  # the last piece of three is short
    rng = np.random.default_rng(1)
    X, y = container(rng.normal(size=(7, 4))), np.eye(3)[rng.integers(0, 3, 7)]
    objective.evaluate(X, y)
    gradient, params, h = objective.grad.copy(), network.params, 1e-6
    for i, kept in enumerate(params.copy()):
        params[i] = kept + h
        above = objective.evaluate(X, y).objective
        params[i] = kept - h
        numeric = (above - objective.evaluate(X, y).objective) / (2 * h)
        params[i] = kept
        np.testing.assert_allclose(gradient[i], numeric, atol=1e-8)


def test_the_input_stays_as_it_is():
    objective = Objective(
        Network([4, 3], []),
        LOSSES["log_loss"](),
        dropout=Dropout([0.5], np.random.SFC64(0)),
    )
    for X in (np.ones((6, 4)), sparse.csr_array(np.ones((6, 4)))):
        objective.evaluate(X, np.eye(3)[[0, 1, 2, 0, 1, 2]])
        assert X.min() == 1


def test_masks_of_small_batches_are_drawn_together_and_differ():
    together = Dropout([0.5], np.random.SFC64(0))
    ones = np.ones((3, 5))
    small = np.vstack([together.drop(0, ones) for _ in range(100)])
    large = Dropout([0.5], np.random.SFC64(0)).drop(0, np.ones((300, 5)))
    np.testing.assert_array_equal(small, large)
    assert 0.4 < large.mean() < 0.6
    together.begin_epoch()
    assert not np.array_equal(together.drop(0, ones), large[:3])
    wide = Dropout([0.5], np.random.SFC64(0)).drop(0, np.ones((7, 10_007)))
    assert wide.shape == (7, 10_007)
