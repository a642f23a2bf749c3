"""TableEncoder accepts any container, and columns of any name and type."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from sknn_scratch.tabular import TableEncoder

DAY = dt.date(2026, 1, 31)
COLUMNS = {
    "size": [1.5, None, -3.0, 8.0, 2.0, 7.5],
    "count": [3, 1, 4, 1, 5, 9],
    "is_new": [True, False, None, True, False, True],
    "color": ["red", "blue", None, "red", "green", "blue"],
    "code": ["007", "012", "007", "7", "012", "001"],
    "empty": [None] * 6,
    "price": [Decimal("1.50"), Decimal("2.25"), None, Decimal(3), Decimal(4), None],
    "wait": [dt.timedelta(hours=h) for h in (1, 2, 3, 5, 8, 13)],
}
ROWS = list(zip(*COLUMNS.values(), strict=True))
DATES = {"day": [DAY + dt.timedelta(days=i * 40) for i in range(5)] + [None]}
FRAME = pd.DataFrame(COLUMNS)


def as_objects(columns):
    return pd.DataFrame({k: np.array(v, dtype=object) for k, v in columns.items()})


CONTAINERS = {
    "pandas": pd.DataFrame,
    "objects": as_objects,
    "nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pyarrow": lambda columns: pd.DataFrame(columns).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "categories": lambda columns: pd.DataFrame(columns).astype(
        dict.fromkeys({"color", "code"} & columns.keys(), "category")
    ),
    "polars": pl.DataFrame,
    "polars categories": lambda columns: pl.DataFrame(columns).with_columns(
        pl.col({"color", "code"} & columns.keys()).cast(pl.Categorical)
    ),
    "arrow table": pa.table,
    "dict of lists": dict,
    "dict of arrays": lambda columns: {
        name: np.array(values, dtype=object) for name, values in columns.items()
    },
    "dict of series": lambda columns: {
        name: pl.Series(name, values) for name, values in columns.items()
    },
    "list of dicts": lambda columns: [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ],
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_content_gives_the_same_features(container):
    table = CONTAINERS[container](COLUMNS)
    encoder, of_rows = TableEncoder(), TableEncoder()
    features = encoder.fit_transform(table)
    assert encoder.feature_names_in_.tolist() == list(COLUMNS)
    np.testing.assert_array_equal(features, of_rows.fit_transform(ROWS))
    kinds = ["number"] * 3 + ["category"] * 2 + ["number"] * 3
    assert list(encoder.kinds_.values()) == list(of_rows.kinds_.values()) == kinds
    np.testing.assert_array_equal(encoder.transform(table), features)
    # What was fitted in one container is used in another.
    fitted = TableEncoder().fit(FRAME)
    np.testing.assert_array_equal(fitted.transform(table), features)


@pytest.mark.parametrize("container", CONTAINERS)
def test_dates_give_the_same_features(container):
    pytest.importorskip("skrub")
    table, expected = CONTAINERS[container](DATES), TableEncoder().fit(DATES)
    encoder = TableEncoder().fit(table)
    assert encoder.kinds_ == {"day": "date"}
    names = encoder.get_feature_names_out().tolist()
    assert names == expected.get_feature_names_out().tolist()
    assert "smooth__day_month" in names
    np.testing.assert_allclose(encoder.transform(table), expected.transform(DATES))


@pytest.mark.parametrize("dtype", [float, np.float32, int, bool, "U", object, "S"])
def test_arrays_and_lists_of_rows(dtype):
    X = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
    features = TableEncoder().fit_transform(X)
    np.testing.assert_array_equal(features, TableEncoder().fit_transform(X.tolist()))
    kind = "category" if dtype == "S" else "number"  # bytes are no strings
    assert TableEncoder().fit(X).kinds_ == {0: kind, 1: kind}


ONES = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("before", "later", "expected"),
    [
        ([1, 2, 3], [1.0, np.nan, 3.0], [1, None, 3]),
        ([1, 2, 3], ["1", " 2 ", "3.0"], [1, 2, 3]),
        ([1, 2, 3], ["1", "?", ""], [1, None, None]),
        ([1.0, 2.0, 3.0], pd.array([1, None, 3], dtype="Int64"), [1, None, 3]),
        ([1.0, 2.0, 3.0], [10**400, -(10**400), 1], [np.inf, -np.inf, 1]),
        ([1.0, 2.0, 3.0], pd.Categorical([1, 3, None]), [1, 3, None]),
        ([1.0, 2.0, 3.0], [Decimal("NaN"), Decimal(1), 2], [None, 1, 2]),
        ([1.0, 2.0, 3.0], [pd.NA, None, pd.NaT], [None] * 3),
        ([True, False, True], [True, None, False], [True, None, False]),
        (["1.5", "?", "2"], [1.5, 2, None], ["1.5", "2", "?"]),
        (["a", "b", None], pd.Categorical(["b", None, "a"]), ["b", None, "a"]),
        (pd.Categorical(["a", "b", "a"]), ["b", "a", "a"], ["b", "a", "a"]),
        (pd.Categorical([1, 2, 1]), [1.0, np.nan, 2.0], [1, None, 2]),
        ([1, "a", 2.5], ["a", 2.5, 1], ["a", 2.5, 1]),
        (pd.to_timedelta([1, 2, 3], "h"), [3600, 7200, 0], [3600, 7200, 0]),
        (
            pd.to_timedelta([1, 2, 3], "h"),
            [np.timedelta64(60, "m"), np.timedelta64("NaT", "s"), 0],
            [3600, None, 0],
        ),
    ],
)
def test_columns_may_change_their_type(before, later, expected):
    encoder = TableEncoder().fit(pd.DataFrame({"x": before}))
    found = encoder.transform({"x": later})
    np.testing.assert_array_equal(found, encoder.transform({"x": expected}))


def test_polars_column_types():
    cities = ["Rome", "Oslo", None]
    frame = pl.DataFrame(
        {
            "enum": pl.Series(cities, dtype=pl.Enum(["Oslo", "Rome"])),
            "small": pl.Series([1, None, 3], dtype=pl.Int8),
            "null": pl.Series([None] * 3, dtype=pl.Null),
        }
    )
    columns = {"enum": cities, "small": [1, None, 3], "null": [None] * 3}
    np.testing.assert_array_equal(
        TableEncoder().fit_transform(frame), TableEncoder().fit_transform(columns)
    )


@pytest.mark.parametrize(
    "names",
    [
        ["knots__x", "x", "smooth__x"],
        ["", " ", "a.*(b"],
        [3, 1, 2],
        [("a", 1), ("a", 2), ("b", 1)],
        [1, "1", None],
        [True, 2.5, DAY],
    ],
)
def test_columns_have_any_name_and_order(names):
    columns = [[1, 2, 4], ["a", "b", "b"], [True, False, True]]
    X = as_objects(dict(enumerate(columns)))
    X.columns = pd.Index(names, tupleize_cols=False, dtype=object)
    encoder = TableEncoder()
    features = encoder.fit_transform(X)
    assert list(encoder.kinds_) == names
    np.testing.assert_array_equal(encoder.transform(X.iloc[:, [2, 0, 1]]), features)
    np.testing.assert_array_equal(encoder.transform(X.assign(other=1)), features)
    np.testing.assert_array_equal(
        TableEncoder().fit_transform(pd.DataFrame(dict(enumerate(columns)))), features
    )
    assert len(set(encoder.get_feature_names_out())) == features.shape[1]
    if set(map(type, names)) == {str}:
        assert encoder.feature_names_in_.tolist() == names
    else:
        assert not hasattr(encoder, "feature_names_in_")


def test_frames_with_several_levels_of_names():
    X = pd.DataFrame({("a", "x"): [1, 2, 3], ("a", "y"): ["u", "v", "u"]})
    assert X.columns.nlevels == 2
    encoder = TableEncoder()
    features = encoder.fit_transform(X)
    assert encoder.kinds_ == {("a", "x"): "number", ("a", "y"): "category"}
    np.testing.assert_array_equal(encoder.transform(X[X.columns[::-1]]), features)


def test_names_of_features_are_unique():
    X = {"a": ["b_c", "d"], "a_b": ["c", "d"], "x": ["missing", None]}
    X |= {"codes": pd.Categorical([1, 2])}
    names = TableEncoder().fit(X).get_feature_names_out()
    assert len(set(names)) == len(names)
    assert {"onehot__a_b_c", "onehot__a_b_c_2"} < set(names)


@pytest.mark.parametrize(
    ("fitted", "later", "message"),
    [
        (FRAME, FRAME.to_numpy(), "X does not have valid feature names"),
        (FRAME.to_numpy(), FRAME, "X has feature names, but"),
        (FRAME.set_axis(range(10, 18), axis=1), ROWS, "does not have valid"),
    ],
)
def test_columns_without_names_are_matched_by_position(fitted, later, message):
    encoder = TableEncoder()
    features = encoder.fit_transform(fitted)
    with pytest.warns(UserWarning, match=f"{message}.* matched by position"):
        np.testing.assert_array_equal(encoder.transform(later), features)


def test_numbers_as_names_are_those_of_columns_without():
    frame = pd.DataFrame([[1, "a"], [2, "b"]])
    for one, other in ((frame, frame.to_numpy()), (frame.to_numpy(), frame)):
        encoder = TableEncoder().fit(one)
        np.testing.assert_array_equal(encoder.transform(other), encoder.transform(one))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (FRAME.drop(columns="size"), "missing columns: 'size'. Columns .*: none"),
        (
            FRAME.rename(columns={"size": "Size"}),
            "missing columns: 'size'. Columns that are not in .*: 'Size'",
        ),
        (pd.DataFrame({"x": [1]}), r"'code' and 3 more\. .*'x'\. Rename or add"),
        (FRAME.to_numpy()[:, :3], "X has 3 features, but TableEncoder is expecting 8"),
    ],
)
def test_tables_without_the_columns_of_fit_are_refused(table, message):
    encoder = TableEncoder().fit(FRAME)
    with pytest.raises(ValueError, match=message):
        encoder.transform(table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (FRAME[:0], r"at least one row .* got 0 sample\(s\) and 8 feature"),
        ({}, "at least one row and one column"),
        ([], "at least one row and one column"),
        (np.empty((3, 0)), r"3 sample\(s\) and 0 feature"),
        ([[1, 2], [3]], r"same number of values; got \[1, 2\]"),
        ({"a": [1, 2], "b": [3]}, r"same number of values; got \[1, 2\]"),
        ({"a": 3}, "must be lists of values; got 3 for 'a'.*list with one dict"),
        ({"a": "word"}, "must be lists of values; got 'word'"),
        ([{"a": 3}, [4]], r"must be dicts if the first is one; got \[4\]"),
        ([1, 2, 3], r"rows of X must be lists of values; got 1\. Reshape"),
        (["abc", "def"], "rows of X must be lists of values; got 'abc'"),
        (np.arange(3), r"got shape \(3,\)\. Reshape your data"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        ("table.csv", "an array or list of rows, .*; got str"),
        (pl.LazyFrame({"a": [1]}), "a pandas or polars data frame, .* LazyFrame"),
        (None, "got NoneType"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"got \['a'\] more than once"),
        (pa.table([[1], [2]], names=["a", "a"]), r"got \['a'\] more than once"),
        ([[1 + 2j], [3]], "Complex data not supported: column 0"),
        (np.array([[1 + 2j]]), "Complex data not supported: column 0"),
        (pd.DataFrame({"z": [1j]}), "Complex data not supported: column 'z'"),
        ({"z": [[1], [2]]}, "Column 'z' of X must contain single .* got a list"),
        (pl.DataFrame({"z": [[1], [2]]}), "Column 'z' .* got a list"),
        (pd.DataFrame({"z": [{1}, "a"]}), "Column 'z' .* got a set"),
        (pd.DataFrame({"z": [(1, 2), None]}), "Column 'z' .* got a tuple"),
        (pl.DataFrame({"z": [{"a": 1}]}), "Column 'z' .* got a dict"),
    ],
)
def test_input_that_is_not_a_table_raises(table, message):
    encoder = TableEncoder().fit({"z": [1, 2], 0: ["a", "b"]})
    before = dict(vars(encoder))
    for method in (encoder.fit, TableEncoder().fit_transform):
        with pytest.raises(ValueError, match=message):
            method(table)
    assert vars(encoder) == before


def test_values_that_are_no_scalars_are_refused_later_too():
    encoder = TableEncoder().fit({"z": ["a", "b"]})
    with pytest.raises(ValueError, match=r"Column .z. .* got a list"):
        encoder.transform({"z": [["a"], "b"]})


def test_sparse_tables_are_refused():
    for matrix in (sparse.csr_array(np.eye(3)), sparse.dok_array(np.eye(3))):
        with pytest.raises(TypeError, match=r"Sparse data not .*toarray\(\)"):
            TableEncoder().fit(matrix)


def test_every_column_is_read_once_per_call():
    class Spy(dict):
        def __getitem__(self, name):
            read.append(name)
            return super().__getitem__(name)

    X, read = Spy(COLUMNS | {"town": list("abcdef")}), []
    encoder = TableEncoder(one_hot_up_to=2).fit(X, [0, 1] * 3)
    assert read == list(X)
    read.clear()
    encoder.transform(X)
    assert read == list(X)


def test_masked_values_are_missing():
    X = np.ma.masked_equal([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], 4.0)
    expected = [[1, 2], [3, None], [5, 6]]
    np.testing.assert_array_equal(
        TableEncoder().fit_transform(X), TableEncoder().fit_transform(expected)
    )
