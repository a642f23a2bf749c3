"""A linear model that is averaged with the networks."""

import pickle

import numpy as np
import pytest
import skops.io
from scipy.special import logit
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import scale
from small_networks import X, Y, small, small_regressor

from sknn_scratch import from_sklearn, to_sklearn
from sknn_scratch.engine.losses import Huber

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TWO = (Y == 2).astype(int)
EARLY = {"early_stopping": True, "scoring": "loss", "max_iter": 20}
ALL = slice(None)
D, T = load_diabetes(return_X_y=True)
D, T = scale(D), scale(T)


class WithoutConstant(Huber):
    """A loss without `best_constant`."""

    def best_constant(self, y, sample_weight=None):
        return None


def raw_of_members(model, X):
    """Return the raw outputs of all networks of a fitted estimator."""
    network = model.model_.network
    return [
        one.raw(X if features is None else X[:, features])
        for one, (_, features) in zip(network.members(), network.branches, strict=True)
    ]


def test_predictions_are_a_weighted_mean_of_networks_and_a_linear_model():
    validation = {"X_val": D[::3], "y_val": T[::3]}
    settings = EARLY | {"ensemble": 2, "learning_rate_init": 0.003}
    model = small_regressor(**settings, linear=ALL).fit(D, T, **validation)
    networks = small_regressor(**settings).fit(D, T, **validation)
    w = model.linear_weight_
    assert 0.01 < w < 1
    linear = (model.predict(D) - (1 - w) * networks.predict(D)) / w
    design = np.column_stack([D, np.ones(len(D))])
    coefs, *_ = np.linalg.lstsq(design, linear, rcond=None)
    np.testing.assert_allclose(design @ coefs, linear, atol=1e-9)


def test_the_weight_has_the_lowest_loss_on_the_validation_set():
    validation = {"X_val": X[::2], "y_val": TWO[::2]}
    settings = EARLY | {"max_iter": 3, "learning_rate_init": 0.01}
    model = small(**settings, linear=[0, 2]).fit(X, TWO, **validation)
    *_, linear = raw_of_members(model, X[::2])
    w = model.linear_weight_
    networks = logit(model.predict_proba(X[::2])[:, 1]) - linear[:, 0] / 2
    networks, linear = networks / (1 - w), linear[:, 0] / 2 / w
    p = TWO[::2].mean()
    constant = log_loss([0, 1], [p, p], sample_weight=[1 - p, p])

    def cost(w):
        p = 1 / (1 + np.exp(-(1 - w) * networks - w * linear))
        return log_loss(TWO[::2], p) + 40 / len(p) * constant * w**2

    costs = [cost(w) for w in np.linspace(0, 1, 201)]
    assert np.argmin(costs) / 200 == pytest.approx(w, abs=0.02)


def test_a_linear_target_is_left_to_the_linear_model():
    y = D @ np.arange(10.0)
    settings = EARLY | {"max_iter": 2, "standardize_target": True}
    model = small_regressor(**settings, linear=ALL).fit(D, y)
    assert model.linear_weight_ > 0.5
    assert model.score(D, y) > small_regressor(**settings).fit(D, y).score(D, y) + 0.4


def test_a_useless_linear_model_gets_weight_zero():
    Z = np.linspace(-1, 1, 400)[:, None]
    settings = EARLY | {"max_iter": 100, "learning_rate_init": 0.05}
    model = small_regressor(**settings, linear=ALL).fit(Z, np.abs(Z[:, 0]))
    assert model.linear_weight_ == 0
    assert len(model.members_) == len(model.model_.network.members()) == 1


def test_the_linear_model_uses_its_own_features_only():
    model = small_regressor(**EARLY, linear=[2, 8]).fit(D, T)
    _, linear = model.members_
    assert linear.features.tolist() == [2, 8]
    assert [w.shape for w in model.coefs_] == [(10, 8), (8, 1), (2, 1)]


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("calibrate", [False, True])
def test_classes_and_labels(refit, calibrate):
    settings = EARLY | {"refit": refit, "calibrate": calibrate, "label_smoothing": 0.1}
    labels = np.column_stack([TWO, X[:, 0] > 0]).astype(int)
    for y in (Y, TWO, labels):
        model = small(**settings | {"max_iter": 3}, linear=ALL).fit(X, y)
        assert model.linear_weight_ > 0
        p = model.predict_proba(X)
        raw = np.mean(raw_of_members(model, X), axis=0)
        if y is Y:
            expected = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
        else:
            expected = 1 / (1 + np.exp(-raw))
        np.testing.assert_allclose(p if y is not TWO else p[:, 1:], expected)
        assert model.score(X, y) > 0.5


def test_several_targets_and_sample_weights():
    weight = np.where(T > 0, 1.0, 0.0)
    model = small_regressor(**EARLY, linear=ALL).fit(D, np.column_stack([T, -T]))
    assert model.predict(D).shape == (len(D), 2)
    model = small_regressor(**EARLY, linear=ALL).fit(D, T, sample_weight=weight)
    assert model.predict(D).mean() > 0.4


def test_the_linear_model_is_part_of_the_fitted_network():
    model = small_regressor(**EARLY, linear=ALL).fit(D, T)
    assert model.linear_weight_ > 0
    expected = model.predict(D)
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    copies = pickle.loads(pickle.dumps(model)), skops.io.loads(saved, trusted=types)
    for one in (*copies, to_sklearn(model)):
        np.testing.assert_allclose(one.predict(D), expected, rtol=0, atol=1e-12)
    assert [a.shape for a in model.layer_activations(D)] == [(442, 8), (442, 1)]
    assert "network 2" in model.summary()
    assert clone(model).linear == ALL


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"early_stopping": False}, "linear=.* requires early_stopping=True"),
        ({"warm_start": True}, "warm_start=True does not support a linear model"),
        ({"linear": [99]}, r"Features in linear must be indices, .* got \[99\]"),
        ({"linear": []}, r"Features in linear must be one or more .* got none"),
        ({"linear": "a"}, r"Features in linear must be indices, .* got the pattern"),
    ],
)
def test_linear_refuses_incompatible_parameters(settings, message):
    with pytest.raises(ValueError, match=message):
        small_regressor(**EARLY | {"linear": ALL} | settings).fit(D, T)


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": ["tanh", "relu"], "dropout": [0.1, 0.2]},
        {"solver": "sgd", "l1_ratio": 0.5, "input_scale": 2.0, "average": 0.9},
        {"loss": "gaussian"},
        {"loss": WithoutConstant()},
        {"loss": "quantile", "output_activation": "softplus"},
    ],
)
def test_the_linear_model_does_not_depend_on_settings_of_the_networks(settings):
    settings = EARLY | {"max_iter": 3, "hidden_layer_sizes": [6, 5]} | settings
    model = small_regressor(**settings, linear=ALL).fit(D, T + 2 + abs(T.min()))
    assert 0 < model.linear_weight_ <= 1


@pytest.mark.parametrize("linear", [None, [10], ALL])
def test_networks_beside_a_useful_linear_model_need_not_be_useful(linear):
    settings = EARLY | {"max_iter": 1, "learning_rate_init": 1e-6}
    Z = np.column_stack([D, np.zeros(len(D))])
    model = small_regressor(**settings, linear=linear)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(Z, T)
    is_useless = "no better than a constant" in str(caught[0].message)
    assert is_useless == (linear != ALL)


def test_verbose_names_the_linear_model(capsys):
    small_regressor(**EARLY | {"max_iter": 1}, linear=ALL, verbose=True).fit(D, T)
    titles = [s for s in capsys.readouterr().out.splitlines() if "Network" in s]
    assert titles == ["Network 1 of 2", "Network 2 of 2 (linear model)"]


def test_estimators_without_a_linear_model_have_linear_weight_zero():
    theirs = MLPRegressor(max_iter=2, early_stopping=True).fit(D, T)
    assert from_sklearn(theirs).linear_weight_ == 0
    assert small_regressor().partial_fit(D, T).linear_weight_ == 0


def test_initial_weights_refuse_a_linear_model():
    start = {"coefs_init": [np.zeros((10, 8)), np.zeros((8, 1))]}
    with pytest.raises(
        ValueError, match="single network without a linear model; got linear="
    ):
        small_regressor(**EARLY, linear=ALL).fit(D, T, **start)


def test_networks_averaged_with_a_linear_model_cannot_be_continued():
    model = small_regressor(**EARLY, linear=ALL).fit(D, T)
    model.set_params(early_stopping=False)
    with pytest.raises(ValueError, match="partial_fit does not support a linear model"):
        model.partial_fit(D, T)
    model.set_params(linear=None, warm_start=True)
    for train in (model.partial_fit, model.fit):
        with pytest.raises(ValueError, match=r"cannot continue .* linear_weight_=0"):
            train(D, T)
    fresh = model.set_params(warm_start=False).fit(D, T).partial_fit(D, T)
    assert fresh.linear_weight_ == 0
