"""Edge cases of numbers, sizes and shapes."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.engine.activations import ACTIVATIONS

# NumPy's own warnings are errors here like all others, but these are expected.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:The predictions are the same"),
    pytest.mark.filterwarnings("ignore:batch_size=.* is larger"),
]

X, Y = load_iris(return_X_y=True)
X = scale(X)
SMALL = {"hidden_layer_sizes": 5, "max_iter": 5, "random_state": 0}


def assert_sound(model, X):
    """Check that all predictions are finite, and that probabilities sum to 1."""
    predicted = getattr(model, "predict_proba", model.predict)(X)
    assert np.isfinite(predicted).all()
    if hasattr(model, "classes_"):
        ulp = np.finfo(predicted.dtype).eps
        np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=4 * ulp)
        assert np.isfinite(model.predict_log_proba(X)).all()


def fits_or_asks_for_scaling(model, X, y):
    """Return whether a fit succeeds; else the error has to say what to do."""
    try:
        model.fit(X, y)
    except ValueError as error:
        if "scale the inputs" not in str(error):
            raise
        return False
    return True


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "adam"])
@pytest.mark.parametrize("power", [-300, -150, -40, 40, 150, 300])
def test_features_of_any_size_give_a_model_or_an_informative_error(power, solver):
    model = MLPScratchClassifier(solver=solver, **SMALL)
    huge = X * 10.0**power
    if fits_or_asks_for_scaling(model, huge, Y) or power < 0:
        assert_sound(model, huge)


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "adam"])
@pytest.mark.parametrize("factor", [1e-45, 1e-40, 1e-38, 1e20, 1e38])
def test_features_at_the_ends_of_float32(factor, solver):
    model = MLPScratchRegressor("squared_error", solver=solver, **SMALL)
    data = (np.sign(X) * np.float32(factor)).astype(np.float32)
    if fits_or_asks_for_scaling(model, data, X[:, 0]) or factor < 1:
        assert model.predict(data).dtype == np.float32
        assert_sound(model, data)


def test_ten_thousand_classes():
    n_classes = 10_000
    rng = np.random.default_rng(0)
    many = rng.normal(size=(n_classes, 3)).astype(np.float32)
    model = MLPScratchClassifier(4, batch_size=1000, max_iter=1, random_state=0)
    model.fit(many, np.arange(n_classes))
    assert_sound(model, many[:7])


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("weight_init", ["auto", "normal"])
def test_fifty_layers(activation, weight_init):
    model = MLPScratchClassifier(
        [10] * 50,
        activation,
        weight_init=weight_init,
        learning_rate_init=1e-4,
        clip_norm=1.0,
        max_iter=2,
        random_state=0,
    )
    assert_sound(model.fit(X, Y), X)


@pytest.mark.parametrize("cls", [MLPScratchClassifier, MLPScratchRegressor])
@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_one_unit_one_row_one_feature(cls, solver):
    model = cls(hidden_layer_sizes=1, solver=solver, max_iter=3, random_state=0)
    assert_sound(model.fit(X[:1, :1], Y[:1]), X[:1, :1])
    assert_sound(model.fit(X[:, :1], Y), X[:, :1])


def test_a_million_rows():
    rng = np.random.default_rng(0)
    many = rng.normal(size=(1_000_000, 3)).astype(np.float32)
    labels = many[:, 0] > 0
    model = MLPScratchClassifier(4, batch_size=1000, max_iter=1, random_state=0)
    assert model.fit(many, labels).score(many, labels) > 0.9
    assert model.predict_proba(many).dtype == np.float32


@pytest.mark.parametrize("solver", ["sgd", "adam", "rmsprop"])
def test_batches_of_one(solver):
    model = MLPScratchClassifier(solver=solver, batch_size=1, **SMALL)
    assert_sound(model.fit(X, Y), X)
    with_dropout = model.set_params(dropout=0.9, input_dropout=0.5)
    assert_sound(with_dropout.fit(X, Y), X)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "focal", "ordinal"])
def test_training_on_separable_classes_for_many_epochs_stays_finite(loss):
    apart, labels = X[:100], Y[:100]  # setosa and versicolor
    model = MLPScratchClassifier(
        10, solver="lbfgs", loss=loss, alpha=0, tol=0, max_iter=5000, random_state=0
    ).fit(apart, labels)
    assert model.score(apart, labels) == 1
    assert_sound(model, 1e3 * apart)
    linear = PerceptronClassifier("log_loss", learning_rate_init=1e3, max_iter=500)
    assert_sound(linear.fit(apart, labels), 1e6 * apart)


@pytest.mark.parametrize("loss", ["poisson", "gamma", "gaussian", "quantile"])
def test_targets_far_apart(loss):
    y = np.exp(np.linspace(-20, 20, len(X)))
    model = MLPScratchRegressor(loss, 5, max_iter=20, clip_norm=1.0, random_state=0)
    assert_sound(model.fit(X, y), X)


def test_best_loss_is_finite_after_divergence():
    X = np.array([[3.5e246], [8.2e246], [3.3e246]])
    model = PerceptronClassifier(max_iter=3).fit(X, [2, 0, 1])
    assert np.isnan(model.loss_curve_[-1])
    assert model.best_loss_ == model.loss_curve_[0]


def test_early_stopping_scores_targets_whose_squares_overflow():
    features = np.linspace(-1, 1, 50)[:, None]
    targets = np.hstack([features * 1e200, features])
    model = MLPScratchRegressor(
        "absolute_error", early_stopping=True, max_iter=3, random_state=0
    )
    for columns in (0, [0, 1]):
        model.fit(features, targets[:, columns])
        assert np.isfinite(model.validation_scores_).all()


def test_early_stopping_has_a_best_epoch_also_if_errors_overflow():
    features, targets = np.array([[1.3e153]]), np.array([0.10490012])
    given = {"X_val": features.repeat(50, axis=0), "y_val": targets.repeat(50)}
    model = MLPScratchRegressor(early_stopping=True, max_iter=3, random_state=0)
    model.fit(features, targets, **given)
    assert model.best_epoch_ == 1
    assert np.isfinite(model.best_validation_score_)
    given["y_val"] = targets + np.linspace(0, 1e-16, 50)
    assert np.isfinite(model.fit(features, targets, **given).best_validation_score_)
