"""Calibrated prediction intervals."""

import numpy as np
import pytest
from scipy.stats import norm

from sknn_scratch.engine.conformal import conformal_quantile, conformal_shift
from sknn_scratch.engine.losses import Gaussian, Quantile

LEVELS = [(0.05, 0.5, 0.95), (0.1, 0.9), (0.6, 0.8), (0.1, 0.25, 0.5, 0.6, 0.9)]


def predict(loss, raw):
    predicted = raw.copy()
    loss.predict(predicted)
    return predicted


def sample(n, n_raw, seed=0):
    """Return raw outputs of a bad model, and targets of another distribution."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n_raw)), 3 * rng.standard_t(3, size=(n, 1))


@pytest.mark.parametrize(("level", "place"), [(0.5, 10), (0.9, 18), (0.95, 19)])
def test_the_conformal_quantile_is_the_order_statistic_n_plus_1_times_level(
    level, place
):
    scores = np.random.default_rng(0).normal(size=19)
    assert conformal_quantile(scores, level) == np.sort(scores)[place - 1]
    weight = np.full(19, 3.0)
    assert conformal_quantile(scores, level, weight) == np.sort(scores)[place - 1]


def test_the_conformal_quantile_uses_the_effective_sample_size():
    scores, weight = np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0, 0.0])
    # A new sample counts as 14 / 6: 0.5 (6 + 14 / 6) = 4.2 is reached by 2 + 3.
    assert conformal_quantile(scores, 0.5, weight) == 2
    assert conformal_quantile(scores, 0.2, weight) == 1
    with pytest.raises(ValueError, match=r"got 2\.571"):  # 36 / 14
        conformal_quantile(scores, 0.8, weight)


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match=r"have >= 19 samples .* of 0\.95; got 18"):
        conformal_quantile(np.arange(18.0), 0.95)


@pytest.mark.parametrize("levels", LEVELS)
def test_every_quantile_but_the_median_has_its_share_of_the_samples(levels):
    loss = Quantile(levels)
    raw, y = sample(199, len(levels))
    predicted = predict(loss, raw + conformal_shift(loss, raw, y))
    assert (np.diff(predicted, axis=1) >= 0).all()
    for q, bound in zip(levels, predicted.T, strict=True):
        # (199 + 1) q samples, one of which is on the bound, are on its inner side.
        inside = y[:, 0] <= bound + 1e-9 if q > 0.5 else y[:, 0] >= bound - 1e-9
        if q != 0.5:
            assert inside.sum() == round(200 * max(q, 1 - q))
        else:
            np.testing.assert_array_equal(bound, raw[:, loss.central])


@pytest.mark.parametrize("loss", [Gaussian(), Quantile([0.05, 0.5, 0.95])], ids=repr)
def test_intervals_have_the_nominal_coverage(loss):
    """39 samples are exact for these levels: 0.9 · 40 and 0.95 · 40 are integers."""
    covered = []
    for seed in range(300):
        raw, y = sample(139, loss.raw_per_target, seed)
        shift = conformal_shift(loss, raw[:39], y[:39])
        predicted = predict(loss, raw[39:] + shift)
        if isinstance(loss, Gaussian):
            mean, std = predicted.T
            low, high = mean - norm.ppf(0.95) * std, mean + norm.ppf(0.95) * std
        else:
            low, _, high = predicted.T
        covered.append(((low <= y[39:, 0]) & (y[39:, 0] <= high)).mean())
    assert np.mean(covered) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_intervals_that_are_too_wide_are_narrowed_in_any_unit(scale):
    loss = Quantile([0.05, 0.5, 0.95])
    y = scale * np.random.default_rng(0).normal(size=(1999, 1))
    raw = np.tile(scale * np.array([[5.0, 0.0, 5.0]]), (1999, 1))
    low, _, high = predict(loss, raw + conformal_shift(loss, raw, y)).T
    assert (y[:, 0] >= low - 1e-9 * scale).sum() == 1900
    assert (y[:, 0] <= high + 1e-9 * scale).sum() == 1900


@pytest.mark.parametrize("unit", [1e-25, 1e25])
def test_the_conformal_quantile_does_not_depend_on_the_unit_of_weights(unit):
    weight = np.full(19, unit, np.float32)
    assert conformal_quantile(np.arange(19.0), 0.95, weight) == 18
    with pytest.raises(ValueError, match="have >= 19 samples"):
        conformal_quantile(np.arange(18.0), 0.95, weight[:18])


def test_several_targets_are_calibrated_each_by_itself():
    for loss in (Gaussian(), Quantile([0.1, 0.5, 0.9])):
        n_each = loss.raw_per_target
        parts = [sample(50, n_each, seed) for seed in (0, 1)]
        raw = np.stack([raw for raw, _ in parts], axis=2).reshape(50, -1)
        y = np.hstack([y for _, y in parts])
        found = conformal_shift(loss, raw, y).reshape(n_each, 2)
        for k, part in enumerate(parts):
            np.testing.assert_array_equal(found[:, k], conformal_shift(loss, *part))


def test_a_perfect_model_keeps_finite_outputs():
    for loss in (Gaussian(), Quantile([0.05, 0.5, 0.95])):
        raw = np.zeros((40, loss.raw_per_target), np.float32)
        shift = conformal_shift(loss, raw, np.zeros((40, 1), np.float32))
        assert np.isfinite(shift).all()
        low, *_, high = np.ptp(predict(loss, raw + shift.astype(np.float32)), axis=0)
        assert low == high == 0


def test_calibration_does_not_change_its_input():
    raw, y = sample(50, 2)
    before = raw.copy(), y.copy()
    conformal_shift(Gaussian(), raw, y)
    np.testing.assert_array_equal(raw, before[0])
    np.testing.assert_array_equal(y, before[1])
