"""Calibrated prediction intervals of a regressor."""

import pickle

import numpy as np
import pytest
from scipy.stats import norm
from small_networks import same_weights

from sknn_scratch import MLPScratchRegressor, to_sklearn
from sknn_scratch.engine.losses import Huber, Quantile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, size=(239, 3))
Y = 50 + 10 * X @ [1.0, -1, 2] + RNG.standard_t(3, size=239) * (2 + X[:, 0])
VALIDATION = {"X_val": X[40:], "y_val": Y[40:]}
LOSSES = ["gaussian", Quantile([0.05, 0.5, 0.95])]
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=str)


def small(loss, **settings):
    """Return a network that overfits the first 40 rows."""
    defaults = {"early_stopping": True, "standardize_target": True, "max_iter": 30}
    defaults |= {"learning_rate_init": 0.02, "random_state": 0}
    return MLPScratchRegressor(loss, 20, **defaults | settings)


def fitted(loss, **settings):
    return small(loss, **settings).fit(X[:40], Y[:40], **VALIDATION)


def interval(model, X):
    """Return the bounds of the central 90 % interval."""
    if model.loss == "gaussian":
        mean, std = model.predict(X, return_std=True)
        return mean + std * norm.ppf(0.05), mean + std * norm.ppf(0.95)
    low, _, high = model.predict(X).T
    return low, high


def n_covered(model):
    """Return how many of the 199 rows of the validation set are in the interval."""
    (low, high), y = interval(model, X[40:]), Y[40:]
    return ((low - 1e-9 <= y) & (y <= high + 1e-9)).sum()


@each_loss
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"average": 0.9},
        {"ensemble": [[0, 1], [1, 2]]},
        {"linear": [0, 2]},
        {"repeats": 2, "linear": [0, 2]},
        {"solver": "lbfgs"},
    ],
    ids=str,
)
def test_intervals_contain_their_share_of_the_validation_set(loss, settings):
    plain, model = fitted(loss, **settings), fitted(loss, calibrate=True, **settings)
    # Of 199 + 1 samples, 10 are outside of each quantile, and 20 of both bounds of σ;
    # one of each is the new sample.
    expected = 180 if loss == "gaussian" else 181
    assert n_covered(plain) != expected
    assert n_covered(model) == pytest.approx(expected, abs=4 * ("repeats" in settings))
    assert plain.calibration_ is None
    n_each = 2 if loss == "gaussian" else 3
    assert model.calibration_.shape == (n_each, 1)


def test_a_factor_changes_the_standard_deviation_only():
    plain, model = fitted("gaussian"), fitted("gaussian", calibrate=True)
    mean, std = plain.predict(X, return_std=True)
    calibrated_mean, calibrated = model.predict(X, return_std=True)
    np.testing.assert_array_equal(calibrated_mean, mean)
    factor = np.exp(model.calibration_[1] / 2)
    np.testing.assert_allclose(calibrated, factor * std, rtol=1e-9)
    assert model.score(X, Y) == plain.score(X, Y)
    np.testing.assert_allclose(to_sklearn(model).predict(X), mean)


def test_quantiles_stay_in_order_and_the_median_the_same():
    loss = LOSSES[1]
    plain, model = fitted(loss), fitted(loss, calibrate=True)
    np.testing.assert_array_equal(model.predict(X)[:, 1], plain.predict(X)[:, 1])
    assert (np.diff(model.predict(1000 * X)) >= 0).all()


@each_loss
def test_calibration_uses_the_validation_set(loss):
    settings = {"validation_fraction": 0.3, "max_iter": 5}
    plain = small(loss, **settings).fit(X, Y)
    model = small(loss, calibrate=True, **settings).fit(X, Y)
    assert model.validation_scores_ == plain.validation_scores_
    change = model.intercepts_[-1] - plain.intercepts_[-1]
    np.testing.assert_allclose(change, model.calibration_.ravel())


@each_loss
def test_a_refit_is_calibrated_on_the_first_validation_set(loss):
    settings = {"validation_fraction": 0.3, "max_iter": 5}
    stopped = small(loss, calibrate=True, **settings).fit(X, Y)
    plain = small(loss, refit=True, **settings).fit(X, Y)
    model = small(loss, refit=True, calibrate=True, **settings).fit(X, Y)
    np.testing.assert_array_equal(model.calibration_, stopped.calibration_)
    change = model.intercepts_[-1] - plain.intercepts_[-1]
    np.testing.assert_allclose(change, model.calibration_.ravel())


@each_loss
def test_several_targets(loss):
    y = np.column_stack([Y, -Y])
    plain = small(loss).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    model = small(loss, calibrate=True)
    model.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    change = model.intercepts_[-1] - plain.intercepts_[-1]
    np.testing.assert_allclose(change, model.calibration_.ravel())
    assert model.calibration_.shape[1] == 2


@each_loss
def test_samples_of_weight_zero_are_ignored(loss):
    weight = np.arange(199) % 2
    given = {name: values[weight > 0] for name, values in VALIDATION.items()}
    settings = {"calibrate": True, "scoring": "loss"}
    few = small(loss, **settings).fit(X[:40], Y[:40], **given)
    model = small(loss, **settings).fit(
        X[:40], Y[:40], **VALIDATION, sample_weight_val=weight
    )
    np.testing.assert_allclose(model.calibration_, few.calibration_, rtol=1e-6)


@each_loss
def test_training_continues_from_the_calibrated_network(loss):
    model = fitted(loss, calibrate=True, average=0.9)
    before, calibration = np.array(interval(model, X)), model.calibration_
    later = {"early_stopping": False, "calibrate": False, "learning_rate_init": 1e-9}
    model.set_params(**later).partial_fit(X, Y)
    np.testing.assert_array_equal(model.calibration_, calibration)
    np.testing.assert_allclose(interval(model, X), before, rtol=1e-4)
    model.set_params(warm_start=True).fit(X, Y)
    assert model.calibration_ is None


@each_loss
def test_float32_and_pickles(loss):
    model = small(loss, calibrate=True)
    model.fit(X[:40].astype(np.float32), Y[:40], **VALIDATION)
    assert model.predict(X).dtype == np.float32
    loaded = pickle.loads(pickle.dumps(model))
    assert same_weights(loaded, model)
    np.testing.assert_array_equal(loaded.calibration_, model.calibration_)


@pytest.mark.parametrize("loss", ["squared_error", Quantile(0.9), Huber()], ids=str)
def test_losses_without_intervals_are_refused(loss):
    model = MLPScratchRegressor(loss, early_stopping=True, calibrate=True)
    with pytest.raises(
        ValueError,
        match=r"calibrate=True requires a loss with prediction intervals; got",
    ):
        model.fit(X, Y)
    assert not hasattr(model, "model_")


@each_loss
def test_a_small_validation_set_is_refused(loss):
    before = fitted(loss).predict(X)
    model = fitted(loss)
    with pytest.raises(ValueError, match=r"validation set must have >= .*; got 8\."):
        model.set_params(calibrate=True).fit(X[:80], Y[:80])
    np.testing.assert_array_equal(model.predict(X), before)


@each_loss
def test_calibration_requires_a_validation_set(loss):
    with pytest.raises(ValueError, match=r"calibrate=True requires early_stop"):
        small(loss, calibrate=True, early_stopping=False).fit(X, Y)
    with pytest.raises(ValueError, match=r"partial_fit does not support calibrate=Tru"):
        small(loss, calibrate=True, early_stopping=False).partial_fit(X, Y)
