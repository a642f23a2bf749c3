"""The same parameters and seed give the same numbers as scikit-learn."""

import inspect

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_linnerud,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def _data():
    X_digits, y_digits = load_digits(return_X_y=True)
    X_cancer, y_cancer = load_breast_cancer(return_X_y=True)
    X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
    X_linnerud, y_linnerud = load_linnerud(return_X_y=True)
    X_digits = X_digits[:300] / 16
    bits = (y_digits[:300, None] >> np.arange(4)) & 1
    return {
        "binary": (scale(X_cancer)[:250], y_cancer[:250]),
        "multiclass": (X_digits, y_digits[:300]),
        "strings": (X_digits, np.array(list("abcdefghij"))[y_digits[:300]]),
        "multilabel": (X_digits, bits),
        "regression": (scale(X_diabetes)[:250], scale(y_diabetes)[:250]),
        "counts": (scale(X_diabetes)[:250], np.round(y_diabetes[:250] / 50)),
        "multioutput": (scale(X_linnerud), scale(y_linnerud)),
    }


DATA = _data()
CLASSIFICATION = ["binary", "multiclass", "multilabel"]
REGRESSION = ["regression", "multioutput"]

# Every row is fitted on each of the targets named.
TABLE = [
    (CLASSIFICATION + ["strings"] + REGRESSION, {}),
    # activations and depths
    *(
        (CLASSIFICATION + REGRESSION, {"activation": a, "hidden_layer_sizes": h})
        for a, h in [
            ("identity", 8),
            ("logistic", (12, 6)),
            ("tanh", [10, 8, 6]),
            ("relu", (9, 7)),
            ("logistic", ()),
        ]
    ),
    # solvers and their settings
    (
        CLASSIFICATION + REGRESSION,
        {"solver": "sgd", "learning_rate_init": 0.05},
    ),
    (["multiclass", "regression"], {"solver": "sgd", "nesterovs_momentum": False}),
    (["multiclass", "regression"], {"solver": "sgd", "momentum": 0.0}),
    (
        ["multiclass", "regression"],
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "learning_rate_init": 0.01},
    ),
    # schedules; the tolerance makes the rate of "adaptive" fall, and training stop
    (
        ["multiclass", "regression"],
        {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.3},
    ),
    (
        ["binary", "regression"],
        {
            "solver": "sgd",
            "learning_rate": "adaptive",
            "tol": 0.05,
            "n_iter_no_change": 2,
            "max_iter": 60,
        },
    ),
    (["multiclass", "regression"], {"tol": 0.05, "n_iter_no_change": 3}),
    # batches, shuffling, regularization
    (["multiclass", "regression"], {"batch_size": 32}),
    (["binary", "multioutput"], {"batch_size": 1, "max_iter": 3}),
    (["multiclass", "regression"], {"batch_size": 77, "shuffle": False}),
    (["multiclass", "regression"], {"alpha": 0.0}),
    (["multiclass", "regression"], {"alpha": 5.0}),
    # early stopping (several classes are split otherwise, see test_differences)
    (
        ["binary", "multilabel", "regression", "multioutput"],
        {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 40},
    ),
    (
        ["binary", "regression"],
        {
            "early_stopping": True,
            "solver": "sgd",
            "learning_rate": "adaptive",
            "tol": 0.01,
            "n_iter_no_change": 2,
            "max_iter": 40,
        },
    ),
    # losses
    (["counts"], {"loss": "poisson", "learning_rate_init": 0.01}),
]
CASES = [(target, settings) for targets, settings in TABLE for target in targets]


def pair(target, settings):
    settings = {"max_iter": 12, "random_state": 0, "hidden_layer_sizes": 15} | settings
    if target in {*CLASSIFICATION, "strings"}:
        return MLPScratchClassifier(**settings), MLPClassifier(**settings)
    return MLPScratchRegressor(**settings), MLPRegressor(**settings)


def assert_close(ours, theirs, rel):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=rel * np.abs(theirs).max())


def assert_parity(ours, theirs, X, rel):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.n_layers_ == theirs.n_layers_
    assert ours.n_outputs_ == theirs.n_outputs_
    assert ours.out_activation_ == theirs.out_activation_
    assert ours.t_ == theirs.t_
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert_close(a, b, rel)
    for name in ("loss_", "best_loss_", "best_validation_score_"):
        assert (getattr(ours, name) is None) == (getattr(theirs, name) is None)
        if getattr(ours, name) is not None:
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=rel)
    assert_close(ours.loss_curve_, theirs.loss_curve_, rel)
    assert (ours.validation_scores_ is None) == (theirs.validation_scores_ is None)
    if ours.validation_scores_ is not None:
        assert_close(ours.validation_scores_, theirs.validation_scores_, rel)
    assert_predictions(ours, theirs, X, rel)


def assert_predictions(ours, theirs, X, rel):
    if hasattr(theirs, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        assert ours.predict(X).dtype == theirs.predict(X).dtype
        assert_close(ours.predict_proba(X), theirs.predict_proba(X), rel)
    else:
        assert_close(ours.predict(X), theirs.predict(X), rel)


@pytest.mark.parametrize(("target", "settings"), CASES)
def test_float64(target, settings):
    ours, theirs = pair(target, settings)
    X, y = DATA[target]
    assert_parity(ours.fit(X, y), theirs.fit(X, y), X, rel=1e-6)


@pytest.mark.parametrize(("target", "settings"), CASES)
def test_float32(target, settings):
    ours, theirs = pair(target, settings)
    X, y = DATA[target]
    X = X.astype(np.float32)
    if target not in {*CLASSIFICATION, "strings"}:
        y = y.astype(np.float32)
    ours.fit(X, y)
    assert all(a.dtype == np.float32 for a in (*ours.coefs_, *ours.intercepts_))
    assert_parity(ours, theirs.fit(X, y), X, rel=1e-3)


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("target", ["multiclass", "multilabel", "regression"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_sparse(target, container, early_stopping):
    if early_stopping and target == "multiclass":
        target = "binary"
    ours, theirs = pair(target, {"early_stopping": early_stopping})
    X, y = DATA[target]
    X = container(np.where(np.median(X) < X, X, 0))
    assert_parity(ours.fit(X, y), theirs.fit(X, y), X, rel=1e-6)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("target", [*CLASSIFICATION, *REGRESSION, "counts"])
def test_sample_weights(target, solver):
    X, y = DATA[target]
    weight = np.random.default_rng(0).random(len(X)) * 3
    # Batches that are not the whole set are normalized differently: fix 2.
    settings = {"batch_size": len(X), "solver": solver, "max_iter": 20}
    if target == "counts":
        settings["loss"] = "poisson"
    ours, theirs = pair(target, settings)
    ours.fit(X, y, sample_weight=weight)
    assert_parity(ours, theirs.fit(X, y, sample_weight=weight), X, rel=1e-6)


@pytest.mark.parametrize("target", ["binary", "regression"])
def test_equal_weights_in_mini_batches_and_with_early_stopping(target):
    X, y = DATA[target]
    weight = np.full(len(X), 2.0)
    ours, theirs = pair(target, {"batch_size": 50, "early_stopping": True, "alpha": 0})
    ours.fit(X, y, sample_weight=weight)
    assert_parity(ours, theirs.fit(X, y, sample_weight=weight), X, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("target", [*CLASSIFICATION, "regression", "counts"])
def test_lbfgs(target, weighted):
    settings = {"loss": "poisson"} if target == "counts" else {}
    ours, theirs = pair(target, {"solver": "lbfgs", "max_iter": 40, **settings})
    X, y = DATA[target]
    weight = 1 + np.arange(len(X)) % 3 if weighted else None
    ours.fit(X, y, sample_weight=weight)
    theirs.fit(X, y, sample_weight=weight)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-4)
    assert_predictions(ours, theirs, X, rel=1e-4)


@pytest.mark.parametrize("target", ["binary", "multiclass", "regression"])
def test_lbfgs_float32(target):
    # Theirs works in float64 from the first step on (fix 4), so that a penalty which
    # keeps the loss away from 0 is needed for a relative comparison.
    ours, theirs = pair(target, {"solver": "lbfgs", "max_iter": 25, "alpha": 1.0})
    X, y = DATA[target]
    X = X.astype(np.float32)
    ours.fit(X, y)
    theirs.fit(X, y)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-3)
    assert_predictions(ours, theirs, X, rel=1e-3)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("target", ["multiclass", "regression"])
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_warm_start(target, solver, learning_rate):
    settings = {"warm_start": True, "solver": solver, "learning_rate": learning_rate}
    ours, theirs = pair(target, settings)
    X, y = DATA[target]
    for max_iter in (5, 8):
        ours.set_params(max_iter=max_iter).fit(X, y)
        theirs.set_params(max_iter=max_iter).fit(X, y)
        assert_parity(ours, theirs, X, rel=1e-6)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("target", [*CLASSIFICATION, "regression"])
@pytest.mark.parametrize("after_fit", [False, True])
def test_partial_fit(target, solver, after_fit):
    # Unshuffled: the order of rows in later calls is difference 3.
    settings = {"solver": solver, "shuffle": False, "learning_rate": "invscaling"}
    ours, theirs = pair(target, settings)
    X, y = DATA[target]
    if after_fit:
        ours.fit(X, y), theirs.fit(X, y)
    classes = {}
    if target in CLASSIFICATION:
        classes["classes"] = np.arange(4) if target == "multilabel" else np.unique(y)
    for start in (0, 40, 80):
        rows = slice(start, start + 120)
        ours.partial_fit(X[rows], y[rows], **classes)
        theirs.partial_fit(X[rows], y[rows], **classes)
    theirs.n_iter_ = ours.n_iter_  # theirs stays 1: fix 3
    assert_parity(ours, theirs, X, rel=1e-6)


def test_first_shuffled_partial_fit():
    ours, theirs = pair("multiclass", {"batch_size": 32})
    X, y = DATA["multiclass"]
    ours.partial_fit(X, y, classes=np.unique(y))
    assert_parity(ours, theirs.partial_fit(X, y, classes=np.unique(y)), X, rel=1e-6)


@pytest.mark.parametrize("ours", [MLPScratchClassifier, MLPScratchRegressor])
def test_signatures_and_defaults(ours):
    theirs = MLPClassifier if ours is MLPScratchClassifier else MLPRegressor
    for name in ("__init__", "fit", "partial_fit"):
        a, b = (
            [
                (p.name, p.kind, p.default)
                for p in inspect.signature(f).parameters.values()
            ]
            for f in (getattr(ours, name), getattr(theirs, name))
        )
        assert a[: len(b)] == b
        assert all(kind == inspect.Parameter.KEYWORD_ONLY for _, kind, _ in a[len(b) :])


def test_public_methods_and_attributes():
    X, y = DATA["binary"]
    ours, theirs = pair("binary", {})
    ours.fit(X, y), theirs.fit(X, y)
    fitted = {name for name in vars(theirs) if name.endswith("_")}
    methods = {name for name in dir(type(theirs)) if not name.startswith("_")}
    assert fitted | methods <= set(dir(ours))
