"""Metamorphic tests: order, names and equivalent weights do not matter."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:batch_size=10000 is larger"),
]

X, Y = load_iris(return_X_y=True)
X = scale(X)
RNG = np.random.default_rng(0)
WEIGHT = RNG.integers(1, 4, len(X)).astype(float)
START = [RNG.normal(size=(4, 6)) / 2, RNG.normal(size=(6, 3)) / 3]
BIASES = [np.zeros(6), np.zeros(3)]
SETTINGS = {"max_iter": 12, "shuffle": False, "batch_size": 10_000, "random_state": 0}
MODELS = {
    "adam": MLPScratchClassifier(6, activation="tanh", **SETTINGS),
    "sgd": MLPScratchClassifier(6, activation="tanh", solver="sgd", **SETTINGS),
    "lbfgs": MLPScratchClassifier(6, activation="tanh", solver="lbfgs", **SETTINGS),
    "focal": MLPScratchClassifier(6, activation="gelu", loss="focal", **SETTINGS),
    "squared_error": MLPScratchRegressor("squared_error", 6, "tanh", **SETTINGS),
    "huber": MLPScratchRegressor("huber", 6, "tanh", **SETTINGS),
    "ordinal": MLPScratchClassifier(6, activation="tanh", loss="ordinal", **SETTINGS),
}

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def target(model):
    """Return what the model is to learn: a class, or three numbers."""
    if isinstance(model, MLPScratchClassifier):
        return Y
    return X[:, :3] ** 2 - X[:, 1:]


def outputs(model, X):
    """Return probabilities or predictions."""
    return getattr(model, "predict_proba", model.predict)(X)


def fit(model, X=X, y=None, start=START, biases=BIASES, **how):
    """Fit from given weights."""
    y = target(model) if y is None else y
    return model.fit(X, y, coefs_init=start, intercepts_init=biases, **how)


def assert_same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@every_model
def test_the_order_of_the_features_does_not_matter(model):
    expected = outputs(fit(model), X)
    order = RNG.permutation(4)
    permuted = fit(model, X[:, order], start=[START[0][order], START[1]])
    assert_same(outputs(permuted, X[:, order]), expected)


@every_model
def test_the_order_of_the_rows_does_not_matter(model):
    expected = outputs(fit(model, sample_weight=WEIGHT), X)
    order = RNG.permutation(len(X))
    permuted = fit(model, X[order], target(model)[order], sample_weight=WEIGHT[order])
    assert_same(outputs(permuted, X), expected)


@pytest.mark.parametrize("name", sorted({*MODELS} - {"ordinal"}))
def test_the_order_of_the_outputs_does_not_matter(name):
    model = MODELS[name]
    expected = outputs(fit(model), X)
    order = RNG.permutation(3)
    y = target(model)
    y = np.argsort(order)[y] if y.ndim == 1 else y[:, order]
    start = [START[0], START[1][:, order]]
    assert_same(outputs(fit(model, y=y, start=start), X), expected[:, order])


def test_ordered_classes_may_be_reversed():
    model = MODELS["ordinal"]
    expected = outputs(fit(model), X)
    start = [START[0], START[1][:, [1, 0, 2]]]
    reversed_ = outputs(fit(model, y=2 - Y, start=start), X)
    assert_same(reversed_, expected[:, ::-1])


@every_model
def test_a_weight_of_zero_is_no_sample(model):
    some = np.arange(len(X)) % 3 > 0
    removed = outputs(fit(model, X[some], target(model)[some]), X)
    assert_same(outputs(fit(model, sample_weight=some.astype(float)), X), removed)


@every_model
def test_a_weight_of_two_is_a_sample_twice(model):
    rows = np.repeat(np.arange(len(X)), WEIGHT.astype(int))
    repeated = outputs(fit(model, X[rows], target(model)[rows]), X)
    assert_same(outputs(fit(model, sample_weight=WEIGHT), X), repeated)


@every_model
@pytest.mark.parametrize("factor", [1e-3, 7.0])
def test_the_scale_of_the_weights_does_not_matter_without_a_penalty(model, factor):
    model = model.set_params(alpha=0.0)
    expected = outputs(fit(model, sample_weight=WEIGHT), X)
    assert_same(outputs(fit(model, sample_weight=factor * WEIGHT), X), expected)
    model.set_params(alpha=1e-4)


@pytest.mark.parametrize("loss", ["perceptron", "squared_error", "log_loss", "hinge"])
def test_the_perceptron_does_not_depend_on_feature_order(loss):
    model = PerceptronClassifier(loss, max_iter=15)
    expected = model.fit(X, Y, sample_weight=WEIGHT).decision_function(X)
    columns, rows = RNG.permutation(4), RNG.permutation(len(X))
    model.fit(X[rows][:, columns], Y[rows], sample_weight=3 * WEIGHT[rows])
    assert_same(model.decision_function(X[:, columns]), expected)
    names = np.array(["z", "a", "m"])  # sorted, the classes are 1, 2, 0
    named = model.fit(X, names[Y], sample_weight=WEIGHT).decision_function(X)
    assert_same(named, expected[:, [1, 2, 0]])
