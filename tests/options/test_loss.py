"""Loss functions."""

import numpy as np
import pytest
from small_networks import X, Y, small

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.activations import LeakyReLU
from sknn_scratch.engine.initializers import Initializer
from sknn_scratch.engine.losses import (
    LOSSES,
    BinaryLogLoss,
    Focal,
    Hinge,
    Huber,
    LogLoss,
    Loss,
    Quantile,
    SquaredError,
)
from sknn_scratch.engine.optimizers import Optimizer
from sknn_scratch.engine.rates import LayerRates
from sknn_scratch.engine.schedules import Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("loss", ["squared_error", "focal", Focal(gamma=0.5)])
@pytest.mark.parametrize("target", ["two", "three", "labels"])
def test_classifiers_fit_iris_with_every_loss(loss, target):
    y = {"two": Y > 0, "three": Y, "labels": np.tri(3, dtype=int)[Y]}[target]
    model = small(loss=loss, solver="lbfgs", max_iter=200).fit(X, y)
    assert model.score(X, y) > 0.95
    probabilities = model.predict_proba(X)
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1
    binary = LOSSES["binary_log_loss"].out_activation
    assert model.out_activation_ == ("softmax" if target == "three" else binary)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("absolute_error", 3.0),
        (Quantile(0.85), 9.0),
        (Huber(delta=1e9), 10.0),
        ("squared_error", 10.0),
        ("poisson", 10.0),
        ("gamma", 10.0),
    ],
    ids=str,
)
def test_the_optimal_constant_is_the_statistic_of_the_loss(loss, expected):
    """The median is 3, the mean 10, and nine of the ten values are at most 9."""
    y = np.array([1.0, 2, 2, 3, 3, 3, 4, 5, 9, 68])
    constant = np.zeros((len(y), 1))
    model = MLPScratchRegressor(
        loss, (), alpha=0, learning_rate="linear", learning_rate_init=0.3, tol=0
    ).set_params(max_iter=2000, n_iter_no_change=np.inf, random_state=0)
    prediction = model.fit(constant, y).predict(constant)[0]
    np.testing.assert_allclose(prediction, expected, rtol=0.01)


def test_a_custom_loss():
    class LogCosh(Loss):
        """Σ log cosh(raw − y)."""

        out_activation = "identity"

        def evaluate(self, raw, y, losses, workspace):
            raw -= y
            np.log(np.cosh(raw)).sum(axis=1, out=losses)
            np.tanh(raw, out=raw)

        def predict(self, raw):
            pass

    y = X @ [1.0, -2.0, 0.5, 0.0] + 1
    model = MLPScratchRegressor(LogCosh(), solver="lbfgs", random_state=0).fit(X, y)
    assert model.score(X, y) > 0.99


def test_robust_losses_tolerate_outliers():
    rng = np.random.default_rng(0)
    y = X @ [1.0, -2.0, 0.5, 0.3] + 0.1 * rng.normal(size=len(X))
    spoiled = y + 50 * (rng.random(len(X)) < 0.05)
    scores = {}
    for loss in ("squared_error", "huber", "absolute_error"):
        model = MLPScratchRegressor(loss, (), solver="lbfgs", random_state=0)
        scores[loss] = model.fit(X, spoiled).score(X, y)
    assert min(scores["huber"], scores["absolute_error"]) > 0.95
    assert scores["squared_error"] < 0.8


@pytest.mark.parametrize(
    "loss", [SquaredError(), Huber(), Hinge(), BinaryLogLoss()], ids=repr
)
def test_a_classifier_refuses_losses_without_probabilities(loss):
    with pytest.raises(ValueError, match=r"loss must predict probabilities.*; got"):
        small(loss=loss).fit(X, Y)


def test_a_regressor_refuses_classification_losses():
    with pytest.raises(
        ValueError, match=r"loss must be a regression loss.*LogLoss\(\)"
    ):
        MLPScratchRegressor(LogLoss()).fit(X, Y)


@pytest.mark.parametrize("target", ["two", "three"])
def test_numpy_scalars_as_settings_keep_float32(target):
    y = Y > 0 if target == "two" else Y
    model = small(loss=Focal(np.float64(1.5)), activation=LeakyReLU(np.float64(0.2)))
    assert model.fit(X.astype(np.float32), y).predict_proba(X).dtype == np.float32


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gaussian_loss_estimates_the_noise(dtype, n_outputs):
    """y = x + noise with standard deviation 0.1 for x < 0, and 0.5 for x > 0."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(3000, 1)).astype(dtype)
    std = np.where(x > 0, 0.5, 0.1)
    y = (x + std * rng.normal(size=(3000, n_outputs))).squeeze()
    model = MLPScratchRegressor("gaussian", 20, learning_rate="cosine", random_state=0)
    model.set_params(learning_rate_init=0.02, max_iter=100, batch_size=50).fit(x, y)
    mean, learned = model.predict(x, return_std=True)
    assert mean.dtype == learned.dtype == dtype
    assert mean.shape == learned.shape == y.shape
    np.testing.assert_array_equal(model.predict(x), mean)
    for side, expected in ((x[:, 0] < -0.1, 0.1), (x[:, 0] > 0.1, 0.5)):
        np.testing.assert_allclose(np.mean(learned[side]), expected, rtol=0.1)
    assert model.n_outputs_ == n_outputs
    assert model.layer_activations(x)[-1].shape == (3000, 2 * n_outputs)
    model.set_params(early_stopping=True, max_iter=2).fit(x, y, X_val=x, y_val=y)
    np.testing.assert_allclose(model.best_validation_score_, model.score(x, y), 1e-5)


def test_only_the_gaussian_loss_predicts_a_standard_deviation():
    model = MLPScratchRegressor(max_iter=2).fit(X, Y)
    with pytest.raises(
        ValueError, match=r"return_std=True requires .*loss=SquaredError\(\)"
    ):
        model.predict(X, return_std=True)
    with pytest.raises(ValueError, match=r"must be 'auto' with loss='gaussian'"):
        MLPScratchRegressor("gaussian", output_activation="exp").fit(X, Y)


def test_a_custom_loss_for_classifiers_declares_it():
    class WithoutDeclaration(LogLoss):
        for_classification = False

    with pytest.raises(ValueError, match="loss must be a classification loss; got "):
        small(loss=WithoutDeclaration()).fit(X, Y)


@pytest.mark.parametrize(
    ("parameter", "component", "method"),
    [
        ("loss", type("Plain", (Loss,), {"out_activation": "identity"})(), "evaluate"),
        ("solver", Optimizer(), "init"),
        ("learning_rate", Schedule(), "factor"),
        ("weight_init", Initializer(), "draw"),
        ("layer_rates", LayerRates(), "of_weights"),
    ],
)
def test_a_custom_component_defines_its_methods(parameter, component, method):
    model = MLPScratchRegressor(hidden_layer_sizes=3).set_params(
        **{parameter: component}
    )
    with pytest.raises(NotImplementedError, match=f" must define {method}"):
        model.fit(X, Y)
