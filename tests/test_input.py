"""Data types of input and target: conversions, errors and warnings."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.inspection import find_learning_rate

ESTIMATORS = [MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier]
RNG = np.random.default_rng(0)
N = 20
X = RNG.normal(size=(N, 2))
X[::3, 0] = 0
Y = np.arange(N) % 2
DAYS = np.datetime64("2026-01-01") + np.arange(N)
SPANS = np.arange(N).astype("timedelta64[h]")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def small(cls=MLPScratchClassifier, **settings):
    if cls is not PerceptronClassifier:
        settings["hidden_layer_sizes"] = 2
    return cls(max_iter=2, random_state=0, **settings)


def mixed(value):
    return np.array([[value, 1.0]] * N, dtype=object)


DATES = {
    "datetime64": np.column_stack([DAYS, DAYS]),
    "timedelta64": np.column_stack([SPANS, SPANS]),
    "objects": mixed(dt.date(2026, 1, 1)),
    "datetime64 as objects": mixed(np.datetime64("2026-01-01")),
    "timedelta64 as objects": mixed(np.timedelta64(1, "D")),
    "list": mixed(np.datetime64("2026-01-01")).tolist(),
    "frame": pd.DataFrame({"when": DAYS, "until": DAYS}),
    "column": pd.DataFrame({"when": DAYS, "number": 1.0}),
    "zone": pd.DataFrame({"when": pd.to_datetime(DAYS).tz_localize("UTC"), "a": 1.0}),
    "period": pd.DataFrame({"when": pd.period_range("2026", periods=N), "a": 1.0}),
    "span": pd.DataFrame({"when": pd.to_timedelta(SPANS), "number": 1.0}),
    "object column": pd.DataFrame({"when": mixed(DAYS[0])[:, 0], "number": 1.0}),
}


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
def test_dates_raise_a_type_error(dates, cls):
    message = "X must be numeric; got (an array|column 'when') (of dtype|with a value)"
    with pytest.raises(TypeError, match=message):
        small(cls).fit(dates, Y)
    classes = {} if cls is MLPScratchRegressor else {"classes": [0, 1]}
    with pytest.raises(TypeError, match=message):
        small(cls).partial_fit(dates, Y, **classes)
    names = getattr(dates, "columns", None)
    known = X if names is None else pd.DataFrame(X, columns=names)
    model = small(cls, early_stopping=True)
    with pytest.raises(TypeError, match=f"In X_val.*{message}"):
        model.fit(known, Y, X_val=dates, y_val=Y)
    with pytest.raises(TypeError, match=message):
        model.fit(known, Y).predict(dates)


def test_polars_dates_raise_a_type_error():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="got column 'when' of dtype D"):
        small().fit(pl.DataFrame({"a": X[:, 0], "when": DAYS}), Y)


@pytest.mark.parametrize("y", [DAYS, SPANS, SPANS.astype(object)], ids=str)
def test_dates_as_a_regression_target_raise(y):
    with pytest.raises(TypeError, match=r"y must be numeric; got an array"):
        small(MLPScratchRegressor).fit(X, y)


def test_sample_weights_as_durations_raise():
    with pytest.raises(TypeError, match=r"sample_weight must be numeric; got an array"):
        small().fit(X, Y, SPANS)


def test_classes_may_be_dates():
    expected = DAYS[small().fit(X, Y).predict(X)]
    np.testing.assert_array_equal(small().fit(X, DAYS[Y]).predict(X), expected)


def predictions(cls, X, y=Y, **settings):
    model = small(cls, **settings).fit(X, y)
    predicted = model.predict(X)
    return predicted.toarray() if sparse.issparse(predicted) else predicted


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("dtype", [">f8", ">f4", ">i4", ">u2", "float16", "bool"])
def test_sparse_data_of_any_dtype_is_that_of_its_dense_array(dtype, form, cls):
    dense = (4 * X).astype(dtype)
    matrix = sparse.csr_array((4 * X).astype(dtype).astype(float)).asformat(form)
    matrix.data = matrix.data.astype(dtype)
    ours = predictions(cls, matrix)
    np.testing.assert_allclose(ours, predictions(cls, dense), rtol=1e-5)


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("dtype", [">i4", ">i8", "int64"])
def test_sparse_indices_may_be_of_any_integers(dtype, form, cls):
    matrix = sparse.csr_array(X).asformat(form)
    matrix.indices = matrix.indices.astype(dtype)
    matrix.indptr = matrix.indptr.astype(dtype)
    np.testing.assert_allclose(predictions(cls, matrix), predictions(cls, X))


@pytest.mark.parametrize("dtype", [">f8", ">i4", "float16", "bool"])
def test_sparse_labels_may_be_of_any_dtype(dtype):
    labels = np.column_stack([Y, X[:, 1] > 0]).astype(float)
    matrix = sparse.csr_array(labels)
    matrix.data = matrix.data.astype(dtype)
    expected = predictions(MLPScratchClassifier, X, labels)
    settings = {"early_stopping": True, "n_iter_no_change": np.inf}
    given, same = (
        small(**settings).fit(X, labels, X_val=X, y_val=y_val)
        for y_val in (matrix, labels)
    )
    assert given.validation_scores_ == same.validation_scores_
    found = predictions(MLPScratchClassifier, X, matrix)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.filterwarnings("ignore:The loss was lowest at")
def test_the_byte_order_of_sparse_data_is_of_no_effect_on_a_range_of_rates():
    matrix, swapped = sparse.csr_array(X), sparse.csr_array(X)
    swapped.data = swapped.data.astype(">f8")
    test, same = (
        find_learning_rate(small(), one, Y, min_rate=1e-3, n_steps=3)
        for one in (matrix, swapped)
    )
    np.testing.assert_array_equal(test.losses, same.losses)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_the_byte_order_of_dense_data_is_of_no_effect(cls):
    weight = RNG.uniform(1, 2, N)
    swapped = small(cls).fit(X.astype(">f8"), Y.astype(">i8"), weight.astype(">f8"))
    plain = small(cls).fit(X, Y, weight)
    np.testing.assert_array_equal(swapped.predict(X.astype(">f8")), plain.predict(X))


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("cls", ESTIMATORS)
def test_float32_of_the_other_byte_order_is_trained_in_float32(cls, container):
    single = container(X.astype(np.float32))
    if container is np.asarray:
        single = single.astype(">f4")
    else:
        single.data = single.data.astype(">f4")
    assert small(cls).fit(single, Y).model_.network.params.dtype == np.float32


def one_hot(n=N, n_labels=3):
    return np.eye(n_labels, dtype=int)[np.arange(n) % n_labels]


CONTAINERS = [np.asarray, sparse.csr_array, sparse.csc_array, pd.DataFrame]
looks_one_hot = pytest.warns(UserWarning, match=r"y looks one-hot encoded.*y\.argmax")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("dtype", [int, float, bool])
def test_one_hot_targets_warn(container, dtype):
    model = small()
    for _ in range(2):  # every fit is one of its own
        with looks_one_hot as record:
            model.fit(X, container(one_hot().astype(dtype)))
        assert record[0].filename == __file__


@pytest.mark.parametrize(
    "y",
    [
        one_hot(n_labels=2),
        np.vstack([one_hot(N - 1), [[1, 0, 1]]]),
        np.vstack([one_hot(N - 1), [[0, 0, 0]]]),
        np.arange(N) % 3,
    ],
    ids=["two columns", "two labels", "no label", "classes"],
)
def test_other_targets_do_not_warn(y):
    assert small().fit(X, y).n_iter_ == 2


def test_one_hot_rows_to_validate_with_do_not_warn():
    labels = np.tri(3, dtype=int)[np.arange(N) % 3]
    model = small(early_stopping=True)
    assert model.fit(X, labels, X_val=X, y_val=one_hot()).n_iter_ == 2


def test_partial_fit_warns_once_of_many_one_hot_rows():
    model, chunk = small(), np.repeat(X, 20, axis=0)
    y = one_hot(len(chunk))
    model.partial_fit(chunk, y, classes=range(3)).partial_fit(chunk, y)
    with looks_one_hot as record:
        model.partial_fit(chunk, y)
    assert record[0].filename == __file__
    for _ in range(3):
        model.partial_fit(chunk, y)


def test_partial_fit_does_not_warn_of_a_multilabel_target():
    model, chunk = small(), np.repeat(X, 55, axis=0)
    model.partial_fit(X[:1], [[1, 0, 0]], classes=range(3))
    model.partial_fit(X[:2], [[0, 1, 1], [1, 0, 0]])
    assert model.partial_fit(chunk, one_hot(len(chunk))).n_iter_ == 3


def test_partial_fit_after_fit_does_not_warn_again():
    with looks_one_hot:
        model = small().fit(X, one_hot())
    chunk = np.repeat(X, 55, axis=0)
    assert model.partial_fit(chunk, one_hot(len(chunk))).n_iter_ == 3


def test_tables_of_arrow_are_taken_as_by_scikit_learn():
    table = pa.table({name: X[:, i] for i, name in enumerate("ab")})
    model = MLPScratchClassifier(4, max_iter=2, random_state=0).fit(table, Y)
    same = MLPScratchClassifier(4, max_iter=2, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(table), same.predict_proba(X))
