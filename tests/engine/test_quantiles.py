"""The loss of several quantiles from one network."""

import pickle

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from sknn_scratch.engine.losses import Quantile, Quantiles

LEVELS = [
    (0.05, 0.5, 0.95),
    (0.1, 0.9),
    (0.5, 0.6, 0.7, 0.8),
    (0.01, 0.1, 0.3, 0.48, 0.6),
    (0.3,),
]


def evaluate(loss, raw, y):
    """Return the losses and the gradient; raw and y stay as they are."""
    gradient = np.array(raw, order="F")
    losses = np.full(len(raw), np.nan, raw.dtype)
    loss.evaluate(gradient, y, losses, np.full_like(gradient, np.nan))
    return losses, gradient


def predict(loss, raw):
    predicted = raw.copy()
    loss.predict(predicted)
    return predicted


def sample(levels, n_outputs, dtype=np.float64):
    rng = np.random.default_rng(0)
    raw = rng.normal(scale=2, size=(8, len(levels) * n_outputs)).astype(dtype)
    return raw, rng.normal(scale=3, size=(8, n_outputs)).astype(dtype)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("levels", LEVELS)
def test_gradient_is_that_of_the_loss(levels, n_outputs):
    loss = Quantile(levels)
    raw, y = sample(levels, n_outputs)
    _, gradient = evaluate(loss, raw, y)
    h = 1e-6
    for k in range(raw.shape[1]):
        step = h * (np.arange(raw.shape[1]) == k)
        plus, minus = (evaluate(loss, raw + one, y)[0] for one in (step, -step))
        np.testing.assert_allclose(
            gradient[:, k], (plus - minus) / (2 * h), rtol=1e-6, atol=1e-8
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("levels", LEVELS)
def test_the_loss_is_the_sum_of_those_of_the_predicted_quantiles(
    levels, n_outputs, dtype
):
    loss = Quantile(levels)
    raw, y = sample(levels, n_outputs, dtype)
    losses, gradient = evaluate(loss, raw, y)
    assert losses.dtype == gradient.dtype == dtype
    predicted = predict(loss, raw).reshape(len(raw), len(levels), n_outputs)
    expected = sum(
        mean_pinball_loss(y, predicted[:, j], alpha=q) for j, q in enumerate(levels)
    )
    np.testing.assert_allclose(losses.mean() / n_outputs, expected, rtol=1e-5)


def test_values_match_hand_calculations():
    """softplus(log(e − 1)) = 1, and its slope is (e − 1) / e."""
    one = np.log(np.e - 1)
    raw, y = np.array([[one, 2.0, one, one]]), np.array([[3.5]])
    loss = Quantile([0.2, 0.5, 0.8, 0.9])
    np.testing.assert_allclose(predict(loss, raw), [[1, 2, 3, 4]])
    losses, gradient = evaluate(loss, raw, y)
    np.testing.assert_allclose(losses, [0.2 * 2.5 + 0.5 * 1.5 + 0.8 * 0.5 + 0.1 * 0.5])
    slope = (np.e - 1) / np.e
    base = -0.2 - 0.5 - 0.8 + 0.1
    expected = [[0.2 * slope, base, (-0.8 + 0.1) * slope, 0.1 * slope]]
    np.testing.assert_allclose(gradient, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("levels", LEVELS)
def test_quantiles_never_cross(levels, dtype):
    shape = 500, len(levels)
    raw = np.random.default_rng(0).choice([-1e4, -200.0, -1.0, 1.0, 1e4], shape)
    raw = raw.astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        predicted = predict(Quantile(levels), raw)
        losses, gradient = evaluate(Quantile(levels), raw, np.zeros((500, 1), dtype))
    assert np.isfinite(predicted).all()
    assert np.isfinite(losses).all()
    assert np.isfinite(gradient).all()
    assert (np.diff(predicted, axis=1) >= 0).all()


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_best_constant_has_the_quantiles_of_the_targets(levels, weighted):
    rng = np.random.default_rng(0)
    y = rng.gamma(2.0, size=(40, 2))
    weight = rng.integers(0, 4, 40) if weighted else np.ones(40, int)
    constant = Quantile(levels).best_constant(y, weight if weighted else None)
    predicted = predict(Quantile(levels), constant[None]).reshape(len(levels), 2)
    repeated = np.repeat(y, weight, axis=0)
    expected = np.quantile(repeated, levels, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)


def test_the_best_constant_of_a_constant_target_is_finite():
    for dtype in (np.float32, np.float64):
        constant = Quantile([0.1, 0.5, 0.9]).best_constant(np.full((5, 1), 7, dtype))
        assert np.isfinite(constant.astype(dtype)).all()
        predicted = predict(Quantile([0.1, 0.5, 0.9]), constant[None].astype(dtype))
        np.testing.assert_array_equal(predicted, np.full((1, 3), 7))


@pytest.mark.parametrize(
    ("levels", "base"), [((0.1, 0.45, 0.9), 1), ((0.6, 0.7), 0), ((0.1, 0.2), 1)]
)
def test_the_base_is_nearest_to_the_median(levels, base):
    assert Quantile(levels).central == base
    raw = np.full((1, len(levels)), -50.0)
    raw[0, base] = 2.0
    np.testing.assert_allclose(predict(Quantile(levels), raw), 2.0)


def test_a_single_quantile_gives_the_quantile_loss():
    assert type(Quantile(0.3)) is type(Quantile()) is Quantile
    several = Quantile(np.array([0.1, 0.9]))
    assert several == Quantile([0.1, 0.9]) == Quantiles((0.1, 0.9))
    assert hash(several) == hash(Quantile((0.1, 0.9)))
    assert several != Quantile([0.1, 0.8])
    for loss in (several, Quantile(0.3)):
        assert pickle.loads(pickle.dumps(loss)) == loss


@pytest.mark.parametrize("levels", [[0.0, 0.5], [0.5, 1.0], [np.nan, 0.5], [], [[0.5]]])
def test_quantiles_out_of_range_are_refused(levels):
    with pytest.raises(ValueError, match=r"quantile must be in \(0, 1\), or a .*; got"):
        Quantile(levels)


@pytest.mark.parametrize("levels", [[0.9, 0.1], [0.5, 0.5]])
def test_quantiles_that_do_not_increase_are_refused(levels):
    with pytest.raises(ValueError, match=r"quantile must be strictly incr.*; got \[0"):
        Quantile(levels)
