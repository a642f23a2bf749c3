"""Estimators converted to scikit-learn predict the same."""

import pickle
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    load_linnerud,
    make_multilabel_classification,
)
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
    from_sklearn,
    to_sklearn,
)
from sknn_scratch.engine.losses import SquaredError
from sknn_scratch.layers import (
    Chain,
    Dense,
    Dropout,
    Identity,
    LayerNorm,
    LeakyReLU,
    Parallel,
    Relu,
    Residual,
    Tanh,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:y looks one-hot"),
]

X, CODES = load_iris(return_X_y=True)
X = scale(X)
NUMBERS = {
    "one": load_diabetes(return_X_y=True),
    "several": load_linnerud(return_X_y=True),
}
NUMBERS = {kind: (scale(X), y) for kind, (X, y) in NUMBERS.items()}
DATA = {
    "multiclass": (X, CODES),
    "binary": (X, CODES > 0),
    "strings": (X, np.array(["setosa", "versicolor", "virginica"])[CODES]),
    "objects": (X, np.array(["yes", "no", "maybe"], dtype=object)[CODES]),
    "multilabel": make_multilabel_classification(80, random_state=0),
    "sparse labels": make_multilabel_classification(
        80, random_state=0, return_indicator="sparse"
    ),
    "many": (np.tile(X, (2, 1)), np.arange(300) % 60),
}
TRAINING = {"max_iter": 5, "learning_rate_init": 0.01, "random_state": 0}


def classifier(hidden_layer_sizes=(5, 3), **params):
    return MLPScratchClassifier(hidden_layer_sizes, **TRAINING | params)


def regressor(**params):
    params = {"hidden_layer_sizes": (5, 3)} | TRAINING | params
    return MLPScratchRegressor(**params)


def dense(array):
    return array.toarray() if hasattr(array, "toarray") else array


def assert_same_classes(ours, theirs, X):
    np.testing.assert_array_equal(dense(ours.predict(X)), dense(theirs.predict(X)))
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("ensemble", [1, 3])
def test_labels_and_probabilities_are_the_same(kind, ensemble):
    X, y = DATA[kind]
    ours = classifier(ensemble=ensemble).fit(X, y)
    theirs = to_sklearn(ours)
    assert type(theirs) is MLPClassifier
    assert_same_classes(ours, theirs, X)
    assert type(theirs.predict(X)) is type(MLPClassifier(3).fit(X, y).predict(X))


NETWORKS = {
    "identity": ({"activation": "identity"}, (5, 3)),
    "logistic": ({"activation": "logistic"}, (5, 3)),
    "tanh": ({"activation": "tanh"}, (5, 3)),
    "relu": ({"activation": "relu"}, (5, 3)),
    "no hidden layer": ({"hidden_layer_sizes": []}, ()),
    "an int": ({"hidden_layer_sizes": 4}, (4,)),
    "leaky relu": ({"activation": "leaky_relu"}, (10, 6)),
    "relu and leaky": ({"activation": ["relu", LeakyReLU(0.3)]}, (5, 6)),
    "logistic and tanh": ({"activation": ["logistic", "tanh"]}, (5, 3)),
    "tanh and identity": ({"activation": ["tanh", "identity"]}, (5,)),
    "dropout": ({"dropout": 0.2, "input_dropout": 0.1}, (5, 3)),
    "layers": (
        {"hidden_layer_sizes": [Chain([4, Dropout(0.1)]), Dense(6, has_biases=False)]},
        (4,),
    ),
    "two activations": ({"hidden_layer_sizes": [Dense(4), Tanh(), Tanh()]}, (4, 4)),
    "activation first": ({"hidden_layer_sizes": [Tanh(), Dense(3), Tanh()]}, (4, 3)),
    "trained scales": ({"input_scale": 2.0}, (5, 3)),
    "temperature": ({"calibrate": True, "early_stopping": True}, (5, 3)),
    "average": ({"average": True}, (5, 3)),
    "refit": ({"refit": True, "early_stopping": True}, (5, 3)),
    "focal loss": ({"loss": "focal", "label_smoothing": 0.1}, (5, 3)),
    "ensemble": ({"ensemble": 2}, (10, 6)),
    "subsets": ({"ensemble": [[0, 2], [1, 2, 3], slice(None)]}, (15, 9)),
    "calibrated ensemble": (
        {"ensemble": 2, "calibrate": True, "early_stopping": True},
        (10, 6),
    ),
    "residual": ({"hidden_layer_sizes": [Residual([5]), 3]}, (15, 3)),
    "projected": (
        {"hidden_layer_sizes": [Residual([5, 4]), Relu(), 3]},
        (13, 12, 4, 3),
    ),
    "linear residual": (
        {"hidden_layer_sizes": [Residual([5, 4])], "activation": "identity"},
        (9, 8),
    ),
    "same depth": (
        {"hidden_layer_sizes": [Parallel([[4, 3], [2, 5]]), 3], "activation": "tanh"},
        (6, 8, 3),
    ),
    "different depth": (
        {
            "hidden_layer_sizes": [
                Parallel([[4, Dense(3)], Dense(2)], features=[[3, 1], None]),
                Relu(),
            ]
        },
        (8, 5),
    ),
    "ensemble of residuals": (
        {"hidden_layer_sizes": [Residual([4])], "ensemble": [[0, 1], [2, 3, 1]]},
        (4 + 2 * 4 + 4 + 2 * 4,),
    ),
}


@pytest.mark.parametrize(("params", "sizes"), NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("kind", ["multiclass", "binary"])
def test_every_network_of_dense_layers_is_converted(kind, params, sizes):
    X, y = DATA[kind]
    ours = classifier(**params).fit(X, y)
    theirs = to_sklearn(ours)
    assert theirs.hidden_layer_sizes == sizes
    assert theirs.n_layers_ == len(sizes) + 2
    assert_same_classes(ours, theirs, X)


def test_dense_layers_are_copied_bit_for_bit():
    ours = classifier().fit(X, CODES)
    theirs = to_sklearn(ours)
    for name in ("coefs_", "intercepts_"):
        for own, copy in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_array_equal(own, copy)
            assert not np.may_share_memory(own, copy)


def test_blocks_of_zeros_separate_the_members_of_an_ensemble():
    ours = classifier([2], ensemble=[[0], [1, 3]]).fit(X, CODES)
    first, last = to_sklearn(ours).coefs_
    np.testing.assert_array_equal(
        first != 0, [[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 1, 1]]
    )
    np.testing.assert_allclose(last, np.vstack(ours.coefs_[1::2]) / 2)


REGRESSORS = {
    "plain": {},
    "standardized": {"standardize_target": True},
    "ensemble": {"standardize_target": True, "ensemble": 2, "solver": "lbfgs"},
    "quantile": {"loss": "quantile"},
    "gaussian": {"loss": "gaussian", "standardize_target": True},
    "poisson": {"loss": "poisson"},
    "gamma ensemble": {"loss": "gamma", "ensemble": 2},
    "exponential": {"output_activation": "exp"},
    "tanh": {"output_activation": "tanh", "activation": "logistic"},
    "logistic": {"output_activation": "logistic", "activation": "logistic"},
}


@pytest.mark.parametrize("params", REGRESSORS.values(), ids=REGRESSORS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_regressors_predict_the_same(kind, params):
    X, y = NUMBERS[kind]
    y = y / y.max() if "output_activation" in params else y
    ours = regressor(**params).fit(X, y)
    theirs = to_sklearn(ours)
    assert type(theirs) is MLPRegressor
    assert theirs.n_outputs_ == y[0].size
    scale = np.abs(ours.predict(X)).max()
    np.testing.assert_allclose(
        theirs.predict(X), ours.predict(X), rtol=0, atol=1e-12 * scale
    )
    expected = "exp" if ours.out_activation_ == "exp" else "identity"
    assert theirs.out_activation_ == expected
    assert theirs.loss == {"exp": "poisson", "identity": "squared_error"}[expected]


@pytest.mark.parametrize("loss", ["perceptron", "log_loss", "hinge", "squared_error"])
@pytest.mark.parametrize("kind", ["multiclass", "binary", "strings"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_perceptrons_decide_the_same(kind, loss, fit_intercept):
    X, y = DATA[kind]
    ours = PerceptronClassifier(loss, max_iter=5, fit_intercept=fit_intercept).fit(X, y)
    theirs = to_sklearn(ours)
    assert type(theirs) is Perceptron
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))
    np.testing.assert_allclose(
        theirs.decision_function(X), ours.decision_function(X), rtol=0, atol=1e-12
    )


def test_a_single_class_is_predicted():
    theirs = to_sklearn(classifier().fit(X, np.full(150, "only")))
    assert set(theirs.predict(X)) == {"only"}
    np.testing.assert_allclose(theirs.predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize(
    "theirs",
    [
        MLPClassifier((5, 3), max_iter=5, random_state=0),
        MLPClassifier((), max_iter=5, activation="tanh", alpha=0.5),
        MLPClassifier(4, solver="lbfgs", max_iter=5),
        MLPClassifier(4, max_iter=5, early_stopping=True),
        MLPRegressor("poisson", (5, 3), max_iter=5, solver="sgd"),
        Perceptron(max_iter=5),
        Perceptron(max_iter=5, penalty="l2", alpha=0.01, eta0=0.3),
        Perceptron(max_iter=5, penalty="elasticnet", l1_ratio=0.7),
    ],
)
def test_conversion_round_trip_gives_the_same_model(theirs):
    unfitted = to_sklearn(from_sklearn(theirs))
    assert unfitted.get_params() == theirs.get_params()
    assert not hasattr(unfitted, "n_iter_")
    theirs.fit(X, CODES)
    back = to_sklearn(from_sklearn(theirs))
    assert type(back) is type(theirs)
    np.testing.assert_array_equal(back.predict(X), theirs.predict(X))
    sizes = {"hidden_layer_sizes"}  # a tuple, where an int was given
    for name in theirs.get_params().keys() - sizes:
        assert getattr(back, name) == getattr(theirs, name)
    assert (back.n_iter_, back.t_) == (theirs.n_iter_, theirs.t_)


MODELS = [
    (classifier(), MLPClassifier(max_iter=5)),
    (classifier(early_stopping=True), MLPClassifier(max_iter=5, early_stopping=True)),
    (classifier(ensemble=2), MLPClassifier(max_iter=5)),
    (regressor(), MLPRegressor(max_iter=5)),
    (PerceptronClassifier(max_iter=5), Perceptron(max_iter=5)),
]


@pytest.mark.parametrize(("ours", "fitted"), MODELS)
def test_all_fitted_attributes_are_there(ours, fitted):
    frame = pd.DataFrame(X, columns=list("abcd"))
    converted = to_sklearn(clone(ours).fit(frame, CODES))
    # The others are made anew by every fit.
    remade = {"_optimizer", "_random_state", "_expanded_class_weight"}
    remade |= {"_loss_function_"}
    there = {name: type(value) for name, value in vars(converted).items()}
    for name, value in vars(fitted.fit(frame, CODES)).items():
        if name not in remade | fitted.get_params().keys():
            number = isinstance(value, float) and issubclass(there[name], float)
            assert number or there[name] is type(value), name
    assert list(converted.feature_names_in_) == list("abcd")
    again = pickle.loads(pickle.dumps(converted))
    np.testing.assert_array_equal(again.predict(frame), converted.predict(frame))
    assert clone(converted).get_params() == converted.get_params()


def test_partial_fit_equals_a_step_of_scikit_learn():
    settings = {"solver": "sgd", "momentum": 0.0, "shuffle": False, "batch_size": 50}
    ours = classifier(**settings).fit(X, CODES)
    theirs = to_sklearn(ours)
    for _ in range(2):
        ours.partial_fit(X, CODES)
        theirs.partial_fit(X, CODES)
    for own, other in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(other, own, rtol=1e-10)
    assert theirs.t_ == ours.t_
    assert len(theirs.loss_curve_) == len(ours.loss_curve_)


def test_partial_fit_of_a_perceptron_makes_the_same_steps():
    y = CODES > 1
    ours = PerceptronClassifier(
        batch_size=1, learning_rate="constant", shuffle=False, max_iter=2
    ).fit(X, y)
    theirs = to_sklearn(ours).partial_fit(X, y)
    np.testing.assert_allclose(theirs.coef_, ours.partial_fit(X, y).coef_, rtol=1e-10)
    assert theirs.t_ == 1 + ours.t_


@pytest.mark.parametrize(
    "ours",
    [
        classifier(ensemble=2),
        classifier(early_stopping=True),
        classifier(solver="lbfgs"),
        regressor(standardize_target=True),
        PerceptronClassifier(max_iter=5),
    ],
)
def test_a_warm_start_continues(ours):
    ours = clone(ours).fit(X, CODES)
    theirs = to_sklearn(ours).set_params(warm_start=True, max_iter=2)
    assert theirs.fit(X, CODES).score(X, CODES) > ours.score(X, CODES) - 0.2


def test_conversion_does_not_change_the_original():
    ours = classifier(solver="sgd").fit(X, CODES)
    before = ours.predict_proba(X)
    to_sklearn(ours).partial_fit(X, CODES)
    np.testing.assert_array_equal(ours.predict_proba(X), before)


@pytest.mark.parametrize("ensemble", [1, 2])
def test_float32_stays(ensemble):
    single = X.astype(np.float32)
    ours = classifier(ensemble=ensemble).fit(single, CODES)
    theirs = to_sklearn(ours)
    assert {array.dtype for array in theirs.coefs_} == {np.dtype(np.float32)}
    assert theirs.predict_proba(single).dtype == np.float32
    np.testing.assert_allclose(
        theirs.predict_proba(single), ours.predict_proba(single), atol=1e-6
    )
    assert theirs.partial_fit(single, CODES).coefs_[0].dtype == np.float32


def test_parameters_unknown_to_scikit_learn_become_defaults():
    ours = classifier(learning_rate="cosine", solver="rmsprop", alpha=0.3, dropout=0.1)
    ours.set_params(batch_size=0.5, n_iter_no_change=4)
    theirs = to_sklearn(ours.fit(X, CODES))
    assert (theirs.learning_rate, theirs.solver) == ("constant", "adam")
    assert (theirs.alpha, theirs.batch_size) == (0.3, "auto")
    assert (theirs.n_iter_no_change, theirs.learning_rate_init) == (4, 0.01)
    theirs.partial_fit(X, CODES)


def test_conversion_memory_is_not_quadratic_in_the_features():
    sizes = {"hidden_layer_sizes": [3], "ensemble": [slice(100_000), slice(5, None)]}
    rows = np.zeros((4, 200_000), dtype=np.float32)
    rows[[0, 1, 2, 3], [0, 6, 150_000, 9]] = 1
    ours = classifier(**sizes).fit(rows, [0, 1, 0, 1])
    np.testing.assert_allclose(
        to_sklearn(ours).predict_proba(rows), ours.predict_proba(rows), atol=1e-6
    )


@dataclass(frozen=True)
class Doubled(Relu):
    """An activation of a user."""

    def activate(self, z, cache):
        super().activate(z, cache)
        z *= 2


class DoubledError(SquaredError):
    """A user-defined loss that overrides `predict`."""

    def predict(self, raw):
        raw *= 2


class Named(Identity):
    """A user-defined subclass that inherits the converted method."""


REFUSED = [
    (classifier(activation="silu"), r"activation must .*; got SiLU\(\)\. Convert"),
    (classifier(activation=["tanh", "relu"]), r"; got Tanh\(\), Relu\(\)\."),
    (classifier(activation=Doubled()), r"; got Doubled\(\)\."),
    (classifier([4, LayerNorm()]), r"Layers must .*; got LayerNorm\(\)\."),
    (classifier([Residual([4])], activation="tanh"), r"'tanh', .*; got \[0, 1\]"),
    (classifier([Parallel([4, [3, 2]])], activation="logistic"), r"got \[1, 2\]"),
    (regressor(output_activation="softplus"), r"; got Relu\(\), Softplus\(\)\."),
    (regressor(output_activation="tanh"), r"; got Relu\(\), Tanh\(\)\."),
    (regressor(loss=DoubledError()), r"loss must .*; got DoubledError\(\)\."),
]


@pytest.mark.parametrize(("ours", "message"), REFUSED, ids=lambda one: str(one)[:20])
def test_the_error_names_what_cannot_be_converted(ours, message):
    if isinstance(ours, MLPScratchClassifier):
        ours.fit(X, CODES)
    else:
        ours.fit(X, np.abs(X[:, 0]) / 10)
    with pytest.raises(ValueError, match=message):
        to_sklearn(ours)


def test_subclasses_that_inherit_the_converted_method_are_converted():
    ours = classifier(activation=[Named(), Relu()]).fit(X, CODES)
    assert_same_classes(ours, to_sklearn(ours), X)


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        (MLPScratchClassifier(learning_rate="cosine"), "learning_rate='cosine'"),
        (MLPScratchClassifier([4, LayerNorm()]), r"hidden_layer_sizes=\[4, LayerNorm"),
        (MLPScratchClassifier([4, [3, 2]]), r"hidden_layer_sizes=\[4, \[3, 2\]\]"),
        (MLPScratchClassifier(Residual([4])), "hidden_layer_sizes=Residual"),
        (MLPScratchClassifier(activation="selu"), "activation='selu'"),
        (MLPScratchClassifier(ensemble=3), "ensemble=3"),
        (MLPScratchRegressor(loss="huber"), "loss='huber'"),
        (MLPScratchRegressor(output_activation="exp"), "output_activation='exp'"),
        (MLPScratchRegressor(repeats=3), "repeats=3"),
        (PerceptronClassifier("hinge"), "loss='hinge'"),
    ],
)
def test_unfitted_estimators_must_have_their_parameters(ours, name):
    with pytest.raises(ValueError, match=f"An unfitted .*; got {name}"):
        to_sklearn(ours)


def test_other_estimators_are_refused():
    pipeline = make_pipeline(StandardScaler(), classifier()).fit(X, CODES)
    for other in (pipeline, MLPClassifier(), MLPScratchClassifier):
        name = type(other).__name__
        with pytest.raises(
            ValueError, match=f"must be .*; got {name}. To convert a pipeline"
        ):
            to_sklearn(other)
    with pytest.raises(ValueError, match=r"two classes.*; got \[0\]"):
        to_sklearn(PerceptronClassifier(max_iter=1).fit(X, np.zeros(150, int)))
