"""Standardized targets of a regressor."""

import copy

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler
from small_networks import X, Y, same_weights, small_regressor

from sknn_scratch.inspection import find_learning_rate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def mean_and_scale(model):
    """Return the mean and the scale of the target: the predictions for 0 and 1."""
    probe = copy.deepcopy(model)
    probe.coefs_[-1][...] = 0
    probe.intercepts_[-1][...] = 0
    mean = probe.predict(X[:1])[0]
    probe.intercepts_[-1][...] = 1
    return mean, probe.predict(X[:1])[0] - mean


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", ["squared_error", "huber", "quantile", "gaussian"])
def test_standardize_target_equals_transformed_target_regressor(loss, n_outputs):
    """TransformedTargetRegressor scales the target outside of the network."""
    y = 1000 * X[:, :n_outputs] + [50, -70][:n_outputs]
    y = y.ravel() if n_outputs == 1 else y
    inside = small_regressor(loss=loss, standardize_target=True).fit(X, y)
    outside = TransformedTargetRegressor(
        small_regressor(loss=loss), transformer=StandardScaler()
    )
    expected = outside.fit(X, y).predict(X)
    np.testing.assert_allclose(inside.predict(X), expected, rtol=1e-9)
    assert inside.loss_curve_ == pytest.approx(outside.regressor_.loss_curve_)
    np.testing.assert_allclose(
        inside.layer_activations(X)[-1][:, :n_outputs],
        expected.reshape(len(X), n_outputs),
        rtol=1e-9,
    )
    if loss == "gaussian":
        std = outside.regressor_.predict(X, return_std=True)[1]
        scale = outside.transformer_.scale_
        expected = std * (scale if n_outputs == 2 else scale[0])
        np.testing.assert_allclose(inside.predict(X, return_std=True)[1], expected)


@pytest.mark.parametrize("scoring", [None, "loss", "neg_root_mean_squared_error"])
def test_validation_scores_are_in_the_unit_of_the_target(scoring):
    y = 1000 * X[:, 0] + 50
    settings = {"standardize_target": True, "scoring": scoring, "max_iter": 20}
    model = small_regressor(**settings, early_stopping=True).fit(X, y, X_val=X, y_val=y)
    if scoring is None:
        expected = model.score(X, y)
    elif scoring == "loss":
        expected = -np.mean((model.predict(X) - y) ** 2) / y.var() / 2
    else:
        expected = -np.sqrt(np.mean((model.predict(X) - y) ** 2))
    assert model.best_validation_score_ == pytest.approx(expected)


def test_partial_fit_keeps_the_scale_of_the_target():
    y = 1000 * X[:, 0] + 50
    model = small_regressor(standardize_target=True, batch_size=50).partial_fit(X, y)
    for _ in range(4):
        model.partial_fit(X, y)
    whole = small_regressor(standardize_target=True, batch_size=50).fit(X, y)
    assert same_weights(model, whole)
    np.testing.assert_array_equal(model.predict(X), whole.predict(X))


def test_sample_weights_apply_to_the_scale_of_the_target():
    y = np.where(Y == 0, 1e3, 0.0) + X[:, 0]
    weight = np.where(Y == 0, 0.0, 1.0)
    rest = Y != 0
    settings = {"standardize_target": True, "shuffle": False, "batch_size": 150}
    weighted = small_regressor(**settings).fit(X, y, weight)
    expected = y[rest].mean(), y[rest].std()
    np.testing.assert_allclose(mean_and_scale(weighted), expected)


def test_a_bounded_output_refuses_a_standardized_target():
    with pytest.raises(ValueError, match=r"standardize_target=True requires .* 'exp'"):
        small_regressor(loss="poisson", standardize_target=True).fit(X, Y)


def test_later_calls_cannot_change_the_shape_or_the_option():
    y = 1000 * X[:, :2]
    model = small_regressor(standardize_target=True).fit(X, y)
    with pytest.raises(ValueError, match=r"same number of columns as .*, 2; got 1"):
        model.partial_fit(X, y[:, 0])
    model.set_params(standardize_target=False)
    with pytest.raises(ValueError, match=r"standardize_target must stay True; got Fal"):
        model.partial_fit(X, y)
    plain = small_regressor(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"standardize_target must stay False; got Tr"):
        plain.set_params(standardize_target=True).fit(X, y)


def test_a_constant_target_is_not_divided_by_zero():
    model = small_regressor(standardize_target=True, output_init="zeros")
    model.fit(X, np.full(len(X), 7.0))
    np.testing.assert_allclose(model.predict(X), 7)


def test_a_target_beyond_float32_is_refused_standardized_or_not():
    for standardize in (False, True):
        model = small_regressor(standardize_target=standardize)
        with pytest.raises(ValueError, match=r"y must be finite in float32"):
            model.fit(X.astype(np.float32), X[:, 0] * 1e39)


def test_find_learning_rate_uses_the_scale_of_the_whole_target():
    y = np.where(np.arange(len(X)) % 50 == 0, 1e6, 0.0)
    model = small_regressor(standardize_target=True, batch_size=10)
    found = find_learning_rate(model, X, y, n_steps=20, max_rate=0.1)
    assert found.losses[:10].max() < 10


@pytest.mark.parametrize("n_first", [1, 5, 100])
def test_a_constant_first_chunk_does_not_fix_the_scale_of_the_target(n_first):
    y = 1e4 * X[:, 0] + 3e5
    model = small_regressor(standardize_target=True, learning_rate_init=0.01)
    model.partial_fit(X[:n_first], np.full(n_first, 3e5))
    for _ in range(100):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.9
    seen = np.concatenate([np.full(n_first, 3e5), y])
    np.testing.assert_allclose(mean_and_scale(model), (seen.mean(), seen.std()))


def test_a_target_of_single_rows_is_scaled_by_the_first_ten():
    y = 1e4 * X[:, 0] + 3e5
    model = small_regressor(standardize_target=True)
    for i in range(20):
        model.partial_fit(X[i : i + 1], y[i : i + 1])
    expected = y[:10].mean(), y[:10].std()
    np.testing.assert_allclose(mean_and_scale(model), expected)


def test_a_constant_column_does_not_change_the_scale_of_the_others():
    y = np.column_stack([X[:, 0], np.full(len(X), 5.0)])
    model = small_regressor(standardize_target=True).partial_fit(X[:100], y[:100])
    expected = [X[:100, 0].std(), 1]
    np.testing.assert_allclose(mean_and_scale(model)[1], expected)
    np.testing.assert_allclose(mean_and_scale(model.partial_fit(X, y))[1], expected)


def test_a_warm_start_scales_a_target_that_was_constant():
    model = small_regressor(standardize_target=True, warm_start=True)
    model.fit(X, np.ones(len(X))).fit(X, 9 * X[:, 0])
    mean, _ = mean_and_scale(model)
    np.testing.assert_allclose(mean, 4.5 * X[:, 0].mean() + 0.5)
