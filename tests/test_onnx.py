"""Models converted to ONNX predict the same in onnxruntime."""

import importlib
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from onnxruntime import InferenceSession
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
)
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    load_linnerud,
    make_multilabel_classification,
)
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

import sknn_scratch.onnx
from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine import losses
from sknn_scratch.engine.activations import ACTIVATIONS, ELU, LeakyReLU, Relu
from sknn_scratch.engine.outputs import OUTPUTS, Exp

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DTYPES = [np.float32, np.float64]
IRIS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginicä"])
TARGETS = {
    "multiclass": IRIS,
    "binary": (IRIS[0], (IRIS[1] > 0).astype(int)),
    "bool": (IRIS[0], IRIS[1] > 0),
    "float": (IRIS[0], IRIS[1] * 10.0 - 10),
    "int8": (IRIS[0], IRIS[1].astype(np.int8)),
    "strings": (IRIS[0], NAMES[IRIS[1]]),
    "objects": (IRIS[0], NAMES[IRIS[1]].astype(object)),
    "two strings": (IRIS[0], NAMES[IRIS[1] % 2]),
    "single": (IRIS[0], np.full(150, 7)),
    "single string": (IRIS[0], np.full(150, "only")),
}
MULTILABEL = make_multilabel_classification(80, n_features=6, random_state=0)
SMALL = {"hidden_layer_sizes": (6, 4), "max_iter": 15, "random_state": 0}
CLASSIFIERS = [
    MLPScratchClassifier(learning_rate_init=0.01, **SMALL),
    *(
        PerceptronClassifier(loss, max_iter=20)
        for loss in ("perceptron", "squared_error", "log_loss", "hinge")
    ),
    PerceptronClassifier(fit_intercept=False, max_iter=20),
]
classifiers = pytest.mark.parametrize(
    "classifier", CLASSIFIERS, ids=lambda e: f"{type(e).__name__}-{e.loss}"
)
dtypes = pytest.mark.parametrize("dtype", DTYPES)


def run(model, X, options=None):
    """Convert a model, and return what onnxruntime makes of X.

    It makes the same of its first row alone, in the shapes that the model states.
    """
    kinds = {"f4": FloatTensorType, "f8": DoubleTensorType, "i8": Int64TensorType}
    kind = kinds[X.dtype.str[1:]]([None, X.shape[1]])
    converted = to_onnx(model, initial_types=[("X", kind)], options=options)
    session = InferenceSession(converted.SerializeToString())
    outputs = session.run(None, {"X": X})
    first = session.run(None, {"X": X[:1]})
    for value, many, one in zip(session.get_outputs(), outputs, first, strict=True):
        if value.name != "class_labels" and isinstance(many, np.ndarray):
            assert many.shape[1:] == one.shape[1:] == tuple(value.shape[1:])
            if many.dtype.kind == "f":
                np.testing.assert_allclose(one, many[:1], rtol=1e-5, atol=1e-6)
            else:
                assert (one == many[:1]).all()
    return outputs


def assert_same(model, X, atol=1e-5):
    """Compare labels and probabilities."""
    labels, probabilities = run(model, X, options={"zipmap": False})
    np.testing.assert_array_equal(labels, model.predict(X))
    assert probabilities.dtype == X.dtype
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=atol)


@dtypes
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation, dtype):
    X = IRIS[0].astype(dtype)
    mlp = MLPScratchClassifier(activation=activation, **SMALL)
    assert_same(make_pipeline(StandardScaler(), mlp).fit(X, IRIS[1]), X)


@dtypes
@pytest.mark.parametrize(
    "activation",
    [*ACTIVATIONS, LeakyReLU(slope=0.3), ELU(alpha=2.5), Exp()],
    ids=str,
)
def test_activations_far_from_zero(activation, dtype):
    X = np.r_[-np.logspace(4, -3, 40), 0, np.logspace(-3, 4, 40)][:, None]
    mlp = MLPScratchRegressor(hidden_layer_sizes=1, activation=activation, max_iter=1)
    mlp.fit(np.zeros((2, 1), dtype), np.zeros(2))
    mlp.coefs_, mlp.intercepts_ = [np.ones((1, 1))] * 2, [np.zeros(1)] * 2
    X = X.astype(dtype)
    (predictions,) = run(mlp, X)
    np.testing.assert_allclose(
        predictions.ravel(), mlp.predict(X), rtol=1e-6, atol=2e-6
    )


@dtypes
def test_multilabel_targets_of_perceptron(dtype):
    X, y = scale(MULTILABEL[0]).astype(dtype), MULTILABEL[1]
    mlp = MLPScratchClassifier(**SMALL).fit(X, y)
    assert_same(mlp, X)
    labels, *columns = run(mlp, X, options={"zipmap": "columns"})
    np.testing.assert_array_equal(labels, mlp.predict(X))
    np.testing.assert_allclose(
        np.transpose(columns), mlp.predict_proba(X), rtol=0, atol=1e-5
    )


@dtypes
def test_several_class_targets(dtype):
    X, y = IRIS[0].astype(dtype), IRIS[1]
    labels = np.empty((len(y), 4), object)
    labels[:, 0], labels[:, 1], labels[:, 2], labels[:, 3] = NAMES[y], y, 7, y > 1
    model = MLPScratchClassifier(8, max_iter=20, random_state=0, ensemble=2)
    model = make_pipeline(StandardScaler(), model).fit(X, labels)
    outputs, expected = run(model, X), model.predict(X)
    for j, probabilities in enumerate(model.predict_proba(X)):
        np.testing.assert_array_equal(outputs[2 * j], expected[:, j])
        np.testing.assert_allclose(outputs[2 * j + 1], probabilities, atol=1e-5)
    options = {id(model[-1]): {"raw_scores": True}}
    scores = run(model, X, options)[3], model.decision_function(X)[1]
    np.testing.assert_allclose(*scores, atol=1e-5)


@pytest.mark.parametrize("option", ["nocl", "output_class_labels"])
def test_options_for_the_labels_of_one_target(option):
    X, y = IRIS[0], np.column_stack([IRIS[1], IRIS[1]])
    model = MLPScratchClassifier(4, max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match=f"{option} must be False for a classifier"):
        to_onnx(model, X[:1], options={id(model): {option: True}})


@dtypes
@pytest.mark.parametrize("kind", TARGETS)
@classifiers
def test_every_kind_of_label(classifier, kind, dtype):
    X, y = TARGETS[kind]
    X = X.astype(dtype)
    assert_same(make_pipeline(StandardScaler(), classifier).fit(X, y), X)


@dtypes
@pytest.mark.parametrize("kind", ["multiclass", "binary", "float", "single"])
def test_ordered_classes(kind, dtype):
    X, y = scale(IRIS[0]).astype(dtype), TARGETS[kind][1]
    mlp = MLPScratchClassifier(loss="ordinal", **SMALL).fit(X, y)
    assert_same(mlp, X)
    assert_same(mlp, 1e3 * X)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "focal"])
@pytest.mark.parametrize("kind", ["multiclass", "binary", "multilabel"])
def test_every_loss_of_classes(kind, loss):
    X, y = MULTILABEL if kind == "multilabel" else TARGETS[kind]
    X = scale(X).astype(np.float32)
    assert_same(MLPScratchClassifier(loss=loss, **SMALL).fit(X, y), X)


@dtypes
@pytest.mark.parametrize("data", [load_diabetes, load_linnerud])
@pytest.mark.parametrize(
    "loss",
    [name for name, loss in losses.LOSSES.items() if not loss.for_classification],
)
def test_every_loss_of_numbers(loss, data, dtype):
    X, y = data(return_X_y=True)
    X = scale(X).astype(dtype)
    y = y / y.max()
    mlp = MLPScratchRegressor(loss, **SMALL).fit(X, y)
    (predictions,) = run(mlp, X)
    expected = mlp.predict(X)
    assert predictions.dtype == dtype
    # A column, as skl2onnx has it for all regressors.
    assert predictions.shape == (len(X), 1 if y.ndim == 1 else y.shape[1])
    np.testing.assert_allclose(
        predictions, expected.reshape(predictions.shape), rtol=1e-5, atol=1e-5
    )


@dtypes
@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_of_numbers(output, dtype):
    X, y = load_linnerud(return_X_y=True)
    X = scale(X).astype(dtype)
    mlp = MLPScratchRegressor(output_activation=output, **SMALL).fit(X, y / y.max())
    (predictions,) = run(mlp, X)
    np.testing.assert_allclose(predictions, mlp.predict(X), rtol=1e-5, atol=1e-5)


@dtypes
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("loss", ["squared_error", "gaussian"])
def test_standardized_targets(loss, n_outputs, dtype):
    X, y = load_linnerud(return_X_y=True)
    X, y = scale(X).astype(dtype), y[:, 0] if n_outputs == 1 else y
    mlp = MLPScratchRegressor(loss, standardize_target=True, **SMALL).fit(X, y)
    (predictions,) = run(mlp, X)
    expected = mlp.predict(X).reshape(len(X), n_outputs)
    np.testing.assert_allclose(predictions, expected, rtol=1e-5)


@dtypes
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_several_quantiles(n_outputs, standardize, dtype):
    X, y = load_linnerud(return_X_y=True)
    X, y = scale(X).astype(dtype), y[:, 0] if n_outputs == 1 else y
    loss = losses.Quantile([0.1, 0.4, 0.6, 0.9])
    mlp = MLPScratchRegressor(loss, standardize_target=standardize, **SMALL).fit(X, y)
    for given in (X, 1000 * X):
        (predictions,) = run(mlp, given)
        assert predictions.shape == mlp.predict(X).shape
        assert predictions.dtype == dtype
        assert (np.diff(predictions, axis=-1) >= 0).all()
        np.testing.assert_allclose(predictions, mlp.predict(given), rtol=1e-5)


@dtypes
@pytest.mark.parametrize(
    "settings", [{"loss": "poisson"}, {"output_activation": "exp"}], ids=str
)
def test_exponentials_stay_constant_where_ours_do(settings, dtype):
    X = np.linspace(-1500, 1500, 31, dtype=dtype)[:, None]
    mlp = MLPScratchRegressor(hidden_layer_sizes=(), max_iter=1, **settings)
    mlp.fit(np.zeros((2, 1), dtype), np.ones(2))
    mlp.coefs_, mlp.intercepts_ = [np.ones((1, 1))], [np.zeros(1)]
    (predictions,) = run(mlp, X)
    np.testing.assert_allclose(predictions.ravel(), mlp.predict(X), rtol=1e-4)


def test_input_of_another_precision_than_the_network():
    for trained, given in (DTYPES, DTYPES[::-1]):
        X = scale(IRIS[0])
        mlp = MLPScratchClassifier(**SMALL).fit(X.astype(trained), IRIS[1])
        assert_same(mlp, X.astype(given))


def test_input_of_integers():
    X = (IRIS[0] * 10).astype(np.int64)
    mlp = MLPScratchClassifier(**SMALL).fit(X, IRIS[1])
    labels, probabilities = run(mlp, X, options={"zipmap": False})
    np.testing.assert_array_equal(labels, mlp.predict(X))
    np.testing.assert_allclose(probabilities, mlp.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["multiclass", "binary", "strings", "bool"])
@classifiers
def test_probabilities_by_label(classifier, kind):
    X, y = TARGETS[kind]
    X = scale(X).astype(np.float32)
    model = classifier.fit(X, y)
    labels, rows = run(model, X)  # with a ZipMap, the default
    np.testing.assert_array_equal(labels, model.predict(X))
    assert [list(row) for row in rows[:1]] == [list(model.classes_)]
    table = [[row[label] for label in model.classes_] for row in rows]
    np.testing.assert_allclose(table, model.predict_proba(X), rtol=0, atol=1e-5)
    columns = run(model, X, options={"zipmap": "columns"})
    np.testing.assert_array_equal(np.transpose(columns[1:]), table)


@pytest.mark.parametrize("kind", ["multiclass", "binary"])
@classifiers
def test_raw_scores_are_the_decision_function(classifier, kind):
    X, y = TARGETS[kind]
    X = scale(X).astype(np.float32)
    model = classifier.fit(X, y)
    _, scores = run(model, X, options={"zipmap": False, "raw_scores": True})
    expected = model.decision_function(X)
    if expected.ndim == 1:
        expected = np.transpose([-expected, expected])
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


def test_options_for_labels():
    X, y = TARGETS["strings"]
    X = scale(X).astype(np.float32)
    mlp = MLPScratchClassifier(**SMALL).fit(X, y)
    options = {"zipmap": False, "output_class_labels": True}
    *_, classes = run(mlp, X, options=options)
    np.testing.assert_array_equal(classes, mlp.classes_)
    codes, _ = run(mlp, X, options={"zipmap": False, "nocl": True})
    np.testing.assert_array_equal(mlp.classes_[codes], mlp.predict(X))


def test_inside_other_estimators():
    X, y = scale(IRIS[0]).astype(np.float32), IRIS[1]
    search = GridSearchCV(CLASSIFIERS[0], {"alpha": [1e-4, 1.0]}, cv=2).fit(X, y)
    assert_same(search, X)
    named = [(str(i), classifier) for i, classifier in enumerate(CLASSIFIERS[:2])]
    assert_same(
        VotingClassifier(named, voting="soft", flatten_transform=False).fit(X, y), X
    )


def test_large_raw_outputs():
    X = scale(IRIS[0]) * 1e4
    for kind in ("multiclass", "binary"):
        mlp = MLPScratchClassifier(**SMALL).fit(X, TARGETS[kind][1])
        assert np.abs(mlp.model_.network.raw(X)).max() > 1000
        assert_same(mlp, X)
        _, probabilities = run(mlp, X, options={"zipmap": False})
        assert 0 < probabilities.min() < 1e-300  # as here, never quite 0


def test_changed_weights_are_exported():
    X = scale(IRIS[0])
    mlp = MLPScratchClassifier(activation="tanh", **SMALL).fit(X, IRIS[1])
    mlp.coefs_[0][:] *= -2
    mlp.coefs_[1] = mlp.coefs_[1].astype(np.float32)
    # The fitted activation counts, as it does for predict, not the parameter.
    assert_same(mlp.set_params(activation="relu"), X)
    # A bias that predict leaves out is left out.
    perceptron = PerceptronClassifier("log_loss", fit_intercept=False, max_iter=20)
    perceptron.fit(X, IRIS[1]).intercept_[:] = 5, 0, 0
    assert_same(perceptron, X)


@dataclass(frozen=True)
class Squared(Relu):
    """A subclass that overrides forward."""

    def activate(self, z, cache):
        super().activate(z, cache)
        z *= z


@dataclass(frozen=True)
class StraightThrough(Relu):
    """A subclass that overrides backward only."""

    def differentiate(self, output, delta, cache):
        pass


@dataclass(frozen=True)
class Twice(losses.SquaredError):
    def predict(self, raw):
        raw *= 2


@dataclass(frozen=True)
class LogCosh(losses.ResidualLoss):
    def evaluate(self, raw, y, out, workspace):
        raw -= y
        out[:] = np.log(np.cosh(raw)).sum(axis=1)
        np.tanh(raw, out=raw)


@dataclass(frozen=True)
class OwnLogLoss(losses.LogLoss):
    def predict(self, raw):
        super().predict(raw)


def test_an_unknown_activation_cannot_be_converted():
    mlp = MLPScratchClassifier(activation=["tanh", Squared()], **SMALL).fit(*IRIS)
    with pytest.raises(
        ValueError, match=r"activation must be one of .*; got Squared\(\)"
    ):
        to_onnx(mlp, IRIS[0][:1])


def test_an_unknown_loss_cannot_be_converted():
    mlp = MLPScratchRegressor(Twice(), **SMALL).fit(*IRIS)
    with pytest.raises(ValueError, match=r"loss must be from .*; got Twice\(\)"):
        to_onnx(mlp, IRIS[0][:1])


def test_training_parameters_are_converted():
    X, y = scale(IRIS[0]), IRIS[1]
    # Probabilities are the library's own, whatever the loss of classes says.
    mlp = MLPScratchClassifier(loss=OwnLogLoss(), activation=StraightThrough(), **SMALL)
    assert_same(mlp.fit(X, y), X)
    mlp = MLPScratchRegressor(LogCosh(), **SMALL).fit(X, y)
    np.testing.assert_allclose(run(mlp, X)[0].ravel(), mlp.predict(X), atol=1e-5)


@pytest.mark.parametrize("estimator", [CLASSIFIERS[1], MLPScratchRegressor()], ids=type)
def test_unfitted_estimators_are_refused(estimator):
    unfitted = type(estimator)()
    options = {"zipmap": False} if estimator is CLASSIFIERS[1] else None
    with pytest.raises(NotFittedError, match="not fitted yet"):
        to_onnx(unfitted, IRIS[0][:1], options=options)


def test_without_skl2onnx_the_import_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match="pip install skl2onnx"):
        importlib.reload(sknn_scratch.onnx)
