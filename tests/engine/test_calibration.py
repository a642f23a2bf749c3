import numpy as np
import pytest
from scipy.special import log_expit, log_softmax

from sknn_scratch.engine.calibration import best_temperature
from sknn_scratch.engine.losses import BinaryLogLoss, JointLoss, LogLoss

RNG = np.random.default_rng(0)
GRID = np.geomspace(0.05, 20, 20_001)


def in_batches(raw, y, size=7):
    """Return the samples, in batches, as `best_temperature` takes them."""
    rows = [slice(start, start + size) for start in range(0, len(raw), size)]
    return lambda: ((raw[some], y[some]) for some in rows)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 4])
def test_no_other_temperature_has_a_lower_log_loss(n_outputs, weighted):
    raw = RNG.normal(scale=5, size=(50, n_outputs))
    weight = RNG.uniform(0, 3, size=50) if weighted else np.ones(50)
    if n_outputs == 1:
        loss, y = BinaryLogLoss(), (raw + RNG.normal(scale=3, size=(50, 1)) > 0) * 1.0
        target = np.hstack([1 - y, y])
        divided = raw[None] / GRID[:, None, None]
        log_p = log_expit(np.concatenate([-divided, divided], axis=2))
    else:
        seen = raw + RNG.normal(scale=3, size=(50, 4))
        loss, y = LogLoss(), np.eye(4)[seen.argmax(axis=1)]
        target = y
        log_p = log_softmax(raw[None] / GRID[:, None, None], axis=2)
    target = (50 * target + 1 / target.shape[1]) / 51
    losses = -((target * log_p).sum(axis=2) @ weight)
    found = best_temperature(loss, in_batches(raw, y), weight if weighted else None)
    np.testing.assert_allclose(found, GRID[losses.argmin()], rtol=5e-3)


def test_the_temperature_of_perfect_predictions_falls_with_the_sample_size():
    doubts = []
    for n in (10, 100, 1000):
        y = RNG.integers(2, size=(n, 1)).astype(np.float32)
        raw = (2 * y - 1) * np.float32(3)
        temperature = best_temperature(BinaryLogLoss(), in_batches(raw, y))
        doubts.append(1 / (1 + np.exp(3 / temperature)))
    np.testing.assert_allclose(doubts, [0.5 / 11, 0.5 / 101, 0.5 / 1001], rtol=2e-2)


def test_several_labels_share_a_temperature():
    raw = RNG.normal(scale=3, size=(400, 3))
    y = (RNG.uniform(size=raw.shape) < 1 / (1 + np.exp(-raw / 2))).astype(float)
    np.testing.assert_allclose(
        best_temperature(BinaryLogLoss(), in_batches(raw, y)), 2, rtol=0.2
    )


def test_samples_of_weight_zero_are_ignored_in_calibration():
    raw = RNG.normal(size=(20, 1))
    y = (raw > 0.3) * 1.0
    weight = np.repeat([1.0, 0.0], 10)
    found = best_temperature(BinaryLogLoss(), in_batches(raw, y), weight)
    alone = best_temperature(BinaryLogLoss(), in_batches(raw[:10], y[:10]))
    np.testing.assert_allclose(found, alone, rtol=5e-3)


def test_calibration_does_not_change_its_input():
    raw, y = RNG.normal(size=(20, 1)), RNG.integers(2, size=(20, 1)).astype(float)
    before = raw.copy(), y.copy()
    best_temperature(BinaryLogLoss(), in_batches(raw, y))
    np.testing.assert_array_equal(raw, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_targets_that_are_joined_have_one_temperature_between_their_own():
    y = np.hstack([np.eye(3)[RNG.integers(3, size=200)], np.ones((200, 1))])
    raw = y + RNG.normal(scale=2, size=y.shape)
    losses, blocks = (LogLoss(), BinaryLogLoss()), (slice(0, 3), slice(3, 4))
    apart = [
        best_temperature(loss, in_batches(raw[:, block], y[:, block]))
        for loss, block in zip(losses, blocks, strict=True)
    ]
    joint = JointLoss(losses, (3, 1))
    assert min(apart) < best_temperature(joint, in_batches(raw, y)) < max(apart)
    # Of the same target twice, it is the temperature of one.
    twice = JointLoss((LogLoss(), LogLoss()), (3, 3))
    both = in_batches(np.tile(raw[:, :3], 2), np.tile(y[:, :3], 2))
    np.testing.assert_allclose(best_temperature(twice, both), apart[0], rtol=2e-3)
