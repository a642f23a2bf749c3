"""Estimators converted from scikit-learn predict the same."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_digits,
    load_iris,
    load_linnerud,
    make_multilabel_classification,
)
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
    from_sklearn,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])
SMALL = {"hidden_layer_sizes": (5, 3), "max_iter": 20, "random_state": 0}
DATA = {
    "multiclass": IRIS,
    "binary": (IRIS[0], IRIS[1] > 0),
    "strings": (IRIS[0], NAMES[IRIS[1]]),
    "multilabel": make_multilabel_classification(80, random_state=0),
    "single": (IRIS[0], np.zeros(150, dtype=int)),
}


def assert_same(ours, theirs, X):
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(
        ours.predict_proba(X)[:, : len(ours.classes_)],
        theirs.predict_proba(X)[:, -len(ours.classes_) :],
        rtol=0,
        atol=1e-12,
    )


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("kind", ["multiclass", "binary", "strings", "multilabel"])
def test_classifiers_predict_the_same(kind, activation):
    X, y = DATA[kind]
    theirs = MLPClassifier(activation=activation, **SMALL).fit(X, y)
    ours = from_sklearn(theirs)
    assert type(ours) is MLPScratchClassifier
    assert_same(ours, theirs, X)
    for name in (
        "n_iter_",
        "t_",
        "n_outputs_",
        "n_layers_",
        "out_activation_",
        "loss_",
    ):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.loss_curve_ == theirs.loss_curve_
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


@pytest.mark.parametrize("data", [load_diabetes, load_linnerud])
@pytest.mark.parametrize(
    "settings", [{}, {"solver": "lbfgs"}, {"early_stopping": True}]
)
def test_regressors_predict_the_same(data, settings):
    X, y = data(return_X_y=True)
    theirs = MLPRegressor(**SMALL, **settings).fit(X, y)
    ours = from_sklearn(theirs)
    assert type(ours) is MLPScratchRegressor
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)


@pytest.mark.parametrize("kind", ["multiclass", "binary", "strings"])
def test_perceptrons_decide_the_same(kind):
    X, y = DATA[kind]
    theirs = Perceptron(penalty="elasticnet", l1_ratio=0.3, eta0=0.5).fit(X, y)
    ours = from_sklearn(theirs)
    assert type(ours) is PerceptronClassifier
    assert (ours.alpha, ours.l1_ratio, ours.batch_size) == (0.0001, 0.3, 1)
    np.testing.assert_allclose(
        ours.decision_function(X), theirs.decision_function(X), rtol=1e-12
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_all_parameters_are_converted(cls):
    theirs = cls(
        solver="sgd", alpha=3.0, beta_1=0.5, max_fun=7, learning_rate="adaptive"
    )
    ours = from_sklearn(theirs)
    params = ours.get_params()
    assert {name: params[name] for name in theirs.get_params()} == theirs.get_params()
    assert not hasattr(ours, "coefs_")


def test_a_converted_unfitted_perceptron_learns_the_same():
    X, y = load_digits(n_class=2, return_X_y=True)
    theirs = Perceptron(shuffle=False, tol=None, max_iter=5).fit(X, y)
    ours = from_sklearn(Perceptron(shuffle=False, tol=None, max_iter=5)).fit(X, y)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_a_converted_model_continues_training_independently():
    X, y = IRIS
    theirs = MLPClassifier(**SMALL).fit(X, y)
    before = [weights.copy() for weights in theirs.coefs_]
    ours = from_sklearn(theirs)
    loss = ours.loss_
    for _ in range(20):
        ours.partial_fit(X, y)
    assert ours.loss_ < loss
    warm = from_sklearn(theirs).set_params(warm_start=True).fit(X, y)
    assert warm.loss_curve_[: len(theirs.loss_curve_)] == theirs.loss_curve_
    for old, now in zip(before, theirs.coefs_, strict=True):
        np.testing.assert_array_equal(old, now)


def test_feature_names_and_precision_come_along():
    frame = pd.DataFrame(scale(IRIS[0]), columns=list("abcd"))
    ours = from_sklearn(MLPClassifier(**SMALL).fit(frame, IRIS[1]))
    with pytest.raises(ValueError, match=r"feature names should match"):
        ours.predict(frame[["b", "a", "c", "d"]])
    X = IRIS[0].astype(np.float32)
    theirs = MLPClassifier(**SMALL).fit(X, IRIS[1])
    assert from_sklearn(theirs).predict_proba(X).dtype == np.float32


def test_converted_estimators_are_cloned_and_pickled():
    theirs = MLPClassifier(**SMALL).fit(*IRIS)
    ours = from_sklearn(theirs)
    assert_same(pickle.loads(pickle.dumps(ours)), theirs, IRIS[0])
    assert_same(clone(ours).fit(*IRIS), theirs, IRIS[0])


def test_other_estimators_are_refused():
    with pytest.raises(
        ValueError, match=r"estimator must be .*; got LogisticRegression"
    ):
        from_sklearn(LogisticRegression())
