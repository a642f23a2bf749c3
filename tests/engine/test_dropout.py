import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine.dropout import Dropout
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


def test_the_input_stays_as_it_is():
    objective = Objective(
        Network([4, 3], []),
        LOSSES["log_loss"](),
        dropout=Dropout([0.5], np.random.SFC64(0)),
    )
    for X in (np.ones((6, 4)), sparse.csr_array(np.ones((6, 4)))):
        objective.evaluate(X, np.eye(3)[[0, 1, 2, 0, 1, 2]])
        assert X.min() == 1


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_input_dropout_evaluates_the_masked_and_scaled_input(container):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    network = Network([4, 3], [])
    network.params[...] = rng.normal(size=network.params.size)
    dropped = Dropout([0.5], np.random.SFC64(0)).drop(0, container(X))
    masked = dropped.toarray() if sparse.issparse(dropped) else dropped
    assert 0 < np.count_nonzero(masked) < X.size
    expected = Objective(network, LOSSES["log_loss"]())
    thinned = Objective(
        network, LOSSES["log_loss"](), dropout=Dropout([0.5], np.random.SFC64(0))
    )
    found = thinned.evaluate(container(X), y)
    assert found == pytest.approx(expected.evaluate(2 * masked, y))
    np.testing.assert_allclose(thinned.grad, expected.grad)


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
