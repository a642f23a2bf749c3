import numpy as np
import pytest

from sknn_scratch.engine.losses import Huber, SquaredError
from sknn_scratch.engine.outputs import OUTPUTS, ActivatedLoss


def evaluate(loss, raw, y):
    gradient, losses = np.array(raw, order="F"), np.empty(len(raw), raw.dtype)
    loss.evaluate(gradient, y, losses, np.empty_like(gradient))
    return losses, gradient


@pytest.mark.parametrize("base", [SquaredError(), Huber(0.2)], ids=repr)
@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_gradient_is_that_of_the_loss(name, base):
    rng = np.random.default_rng(0)
    raw, y = rng.normal(size=(6, 2)), rng.random((6, 2))
    loss, h = ActivatedLoss(base, name), 1e-6
    _, gradient = evaluate(loss, raw, y)
    for k in range(2):
        step = h * (np.arange(2) == k)
        above, below = (evaluate(loss, raw + s, y)[0] for s in (step, -step))
        np.testing.assert_allclose(gradient[:, k], (above - below) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted({*OUTPUTS} - {"identity"}))
def test_extreme_raw_outputs_stay_finite_and_within_bounds(name, dtype):
    raw = np.array([[-1e4], [-100.0], [0.0], [100.0], [1e4]], dtype)
    loss = ActivatedLoss(SquaredError(), name)
    with np.errstate(all="raise", under="ignore"):
        losses, gradient = evaluate(loss, raw, np.full_like(raw, 0.5))
    assert np.isfinite(losses).all()
    assert np.isfinite(gradient).all()
    loss.predict(raw)
    assert OUTPUTS[name].low <= raw.min() <= raw.max() <= OUTPUTS[name].high
