"""The features of TableEncoder, compared with independent oracles."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import KFold
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, TargetEncoder
from sklearn.utils.fixes import parse_version

from sknn_scratch.tabular import TableEncoder

RANDOM = np.random.RandomState(0)
N = 200
NUMBERS = np.column_stack(
    [RANDOM.normal(3, 2, N), RANDOM.lognormal(0, 2, N), RANDOM.permutation(N)]
)
CITIES = np.array([f"city {i:02d}" for i in RANDOM.randint(0, 20, N)])
TARGETS = {
    "numbers": ("numbers", NUMBERS[:, 0] + RANDOM.normal(size=N)),
    "two classes": ("classes", np.where(NUMBERS[:, 0] > 3, "yes", "no")),
    "bools": ("classes", NUMBERS[:, 0] > 3),
    "three classes": ("classes", np.digitize(NUMBERS[:, 0], [2, 4])),
}


def features_of(encoder, X, prefix):
    """Return the features whose names begin with a prefix."""
    chosen = [n.startswith(prefix) for n in encoder.get_feature_names_out()]
    return encoder.transform(X)[:, chosen]


def test_numbers_are_scaled_by_their_quartiles_and_softly_clipped():
    encoder = TableEncoder(clip=4.0).fit(NUMBERS)
    q1, q2, q3 = np.percentile(NUMBERS, [25, 50, 75], axis=0)
    z = (NUMBERS - q2) / (q3 - q1)
    expected = z / np.sqrt(1 + (z / 4) ** 2)
    found = features_of(encoder, NUMBERS, "smooth__")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert np.abs(features_of(encoder, 1e9 * NUMBERS, "smooth__")).max() <= 4


def test_numbers_whose_quartiles_are_equal_are_scaled_by_half_their_range():
    X = np.array([[0.0]] * 20 + [[-4.0], [10.0]])
    found = features_of(TableEncoder(clip=1e6).fit(X), [[7.0]], "smooth__")
    np.testing.assert_allclose(found, [[1.0]], rtol=1e-6)


def test_piecewise_linear_encoding_equals_linear_splines():
    encoder = TableEncoder().fit(NUMBERS)
    n_knots = features_of(encoder, NUMBERS, "knots__").shape[1] // 3
    quantiles = np.percentile(NUMBERS, np.linspace(0, 100, n_knots), axis=0)
    oracle = SplineTransformer(degree=1, knots=quantiles, extrapolation="constant")
    found = features_of(encoder, NUMBERS, "knots__")
    np.testing.assert_allclose(found, oracle.fit_transform(NUMBERS), atol=1e-6)
    beyond = NUMBERS[:5] * 100 - 50
    np.testing.assert_allclose(
        features_of(encoder, beyond, "knots__"), oracle.transform(beyond), atol=1e-6
    )


def test_repeated_quantiles_give_jumps_in_the_encoding():
    X = np.array([[0.0]] * 50 + [[v] for v in range(1, 51)])
    encoder = TableEncoder().fit(X)
    knots = features_of(encoder, [[0.0], [1e-3], [50.0]], "knots__")
    np.testing.assert_allclose(knots.sum(axis=1), 1, rtol=1e-6)
    assert (
        knots[0].argmax() < knots[1].argmax() < knots[2].argmax() == knots.shape[1] - 1
    )


def test_the_most_frequent_categories_are_one_hot_encoded():
    encoder = TableEncoder(max_categories=5).fit({"city": CITIES})
    found = features_of(encoder, {"city": CITIES}, "onehot__")
    frequent = pd.Series(CITIES).value_counts(sort=False).sort_index()
    frequent = sorted(frequent.sort_values(ascending=False, kind="stable").index[:5])
    oracle = OneHotEncoder(categories=[frequent], handle_unknown="ignore")
    np.testing.assert_array_equal(
        found, oracle.fit_transform(CITIES[:, None]).toarray()
    )
    names = encoder.get_feature_names_out().tolist()
    assert names == [f"onehot__city_{city}" for city in frequent]


@pytest.mark.parametrize("target", TARGETS)
def test_target_means_are_those_of_scikit_learn(target):
    target_type, y = TARGETS[target]
    encoder = TableEncoder(target_type).fit({"city": CITIES}, y)
    found = encoder.target_means_["city"]
    oracle = TargetEncoder(target_type="continuous" if y.dtype == float else "auto")
    expected = np.stack(oracle.fit(CITIES[:, None], y).encodings_, axis=1)
    np.testing.assert_allclose(found[1:], expected, rtol=1e-12)
    # Missing and new categories get the mean of all rows.
    np.testing.assert_allclose(found[0], oracle.target_mean_, rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
def test_target_means_are_cross_fitted(target):
    from sknn_scratch.tabular._categorical import target_columns, target_means

    target_type, y = TARGETS[target]
    codes = np.unique(CITIES, return_inverse=True)[1] + 1
    (found,), _ = target_means(codes[:, None], target_columns(y, target_type)[0], 3)
    kind = "continuous" if y.dtype == float else "auto"
    for train, test in KFold(5, shuffle=True, random_state=3).split(codes):
        oracle = TargetEncoder(target_type=kind).fit(codes[train, None], y[train])
        expected = oracle.transform(codes[test, None])
        np.testing.assert_allclose(found[test], expected, rtol=1e-12)
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        oracle = TargetEncoder(
            target_type=kind, cv=KFold(5, shuffle=True, random_state=3)
        )
        expected = oracle.fit_transform(codes[:, None], y)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_target_means_have_their_own_features():
    y = np.array(["a", "b", "c"])[TARGETS["three classes"][1]]
    encoder = TableEncoder(random_state=0)
    trained = encoder.fit_transform({"city": CITIES}, y)
    names = encoder.get_feature_names_out().tolist()
    assert names[:3] == [f"target__city_{label}" for label in "abc"]
    assert sum(name.startswith("knots__city_a_") for name in names) == 9
    assert not np.allclose(encoder.transform({"city": CITIES}), trained)
    few = TableEncoder(one_hot_up_to=20).fit({"city": CITIES}, y)
    assert few.target_means_ == {}
    assert TableEncoder().fit({"city": CITIES}).target_means_ == {}


@pytest.mark.parametrize(
    "y",
    [
        ["rare"] + ["a"] * 150 + ["b"] * 49,
        [1] * N,
        RANDOM.randint(0, 2, (N, 3)),
        sparse.csr_array(RANDOM.randint(0, 2, (N, 3))),
        pd.array([1, 0] * (N // 2), dtype="Int64"),
        pd.DataFrame({"y": ["a", "b"] * (N // 2)}),
        np.array(["a", True] * (N // 2), dtype=object) == "a",
        list(range(N)),
    ],
    ids=["rare", "one", "labels", "sparse", "nullable", "frame", "bools", "many"],
)
def test_targets_of_any_kind_are_encoded_without_warnings(y):
    encoder = TableEncoder()
    features = encoder.fit_transform({"city": CITIES}, y)
    assert np.isfinite(features).all()
    names = encoder.get_feature_names_out()
    is_multiple = np.ndim(y) == 2 and np.shape(y)[1] > 1
    n_means = sum(name.startswith("target__") for name in names)
    if isinstance(y, list):
        assert n_means == {"rare": 3, 1: 1, 0: 0}[y[0]]
    else:
        assert n_means == (3 if is_multiple else 1)


def test_several_numeric_targets_have_means_of_their_own():
    Y = NUMBERS[:, :2] * [1, 1e200]
    encoder = TableEncoder("numbers").fit({"city": CITIES}, Y)
    for j in range(2):
        alone = TableEncoder("numbers").fit({"city": CITIES}, Y[:, j])
        found = encoder.target_means_["city"][:, [j]]
        np.testing.assert_allclose(found, alone.target_means_["city"], rtol=1e-12)


def test_two_rows_are_enough_for_target_means():
    encoder = TableEncoder(one_hot_up_to=1)
    features = encoder.fit_transform({"city": ["a", "b"]}, [0, 1])
    assert features.shape == (2, 13)
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    ("target_type", "y", "message"),
    [
        ("classes", [None] + ["a"] * (N - 1), "y must not have missing values"),
        ("classes", [np.nan] + [1.0] * (N - 1), "Input y contains NaN"),
        ("classes", NUMBERS[:, 0], "Unknown label type"),
        ("numbers", np.full(N, np.nan), r"finite numbers .*\(Input y contains NaN"),
        ("numbers", ["a"] * N, "finite numbers .*could not convert string to float"),
        ("classes", [0, 1], r"inconsistent numbers of samples: \[200, 2\]"),
    ],
)
def test_invalid_targets_are_refused(target_type, y, message):
    with pytest.raises(ValueError, match=message):
        TableEncoder(target_type).fit({"city": CITIES}, y)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], "number"),
        (["1.5", "-2", "1e3"], "number"),
        (["1.5", "?", ""], "number"),
        (["inf", "1", "2"], "number"),
        (["1_000", "2", "3"], "category"),
        (["007", "1", "2"], "category"),
        (["?", "", None], "category"),
        (["a", 1, 2.5], "category"),
        ([b"a", b"b", None], "category"),
        ([object(), object(), object()], "category"),
        ([None, np.nan, pd.NaT], "number"),
        (pd.Categorical([1, 2, 3]), "category"),
        (pd.Series([pd.NaT] * 3, dtype="M8[ns]"), "number"),
        (["2026-01-31", "2026-02-28", None], "date"),
        (["2026-01-31 10:00", "2026-01-31T10:00:00Z", None], "date"),
        (["January", "31 January", None], "category"),
        ([f"number {i} of many" for i in range(99)], "text"),
        ([f"number {i} of many" for i in range(9)] * 11, "category"),
        ([f"n{i}" for i in range(99)], "category"),
    ],
)
def test_kinds_of_columns(values, kind):
    if kind in ("date", "text"):
        pytest.importorskip("skrub")
    assert TableEncoder().fit({"x": values}).kinds_ == {"x": kind}


def test_missing_values_are_the_median_and_have_an_indicator():
    X = {"x": [1.0, None, 2.0, 3.0], "c": ["a", None, "b", "a"]}
    encoder = TableEncoder().fit(X)
    names = encoder.get_feature_names_out().tolist()
    assert "missing__x" in names
    assert "onehot__c_missing" in names
    smooth, missing = (
        features_of(encoder, X, f"{p}__x") for p in ("smooth", "missing")
    )
    np.testing.assert_array_equal(smooth[1], [0.0])
    np.testing.assert_array_equal(missing.ravel(), [0, 1, 0, 0])
    knots = features_of(encoder, {"x": [None, 2.0], "c": ["a", "a"]}, "knots__")
    np.testing.assert_array_equal(knots[0], knots[1])


@pytest.mark.parametrize(
    "x", [[5.0] * 4, [np.inf] * 4, [None] * 4, [5.0]], ids=["5", "inf", "None", "row"]
)
def test_columns_constant_in_training_are_ignored(x):
    encoder = TableEncoder().fit({"x": x})
    found = encoder.transform({"x": [-7.0, 5.0, 1e9]})
    n_missing = x[0] is None
    assert found.shape[1] == 11 + n_missing
    np.testing.assert_array_equal(found, found[[0, 0, 0]])


def test_huge_and_infinite_numbers_are_finite_features():
    x = [-np.inf, -1e308, 0.0, 1.0, 1e308, np.inf]
    encoder = TableEncoder().fit({"x": x})
    features = encoder.transform({"x": [*x, None]})
    assert np.isfinite(features).all()
    assert (np.diff(features[:6, 0]) >= 0).all()


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-50])
def test_tiny_numbers_are_finite_features(size):
    encoder = TableEncoder().fit({"x": [-size, 0.0, size, 2 * size]})
    features = encoder.transform({"x": [-np.inf, -1e30, 0.0, 1.0, np.inf]})
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features[:, 0], [-3, -3, 0, 3, 3], atol=0.5)


def test_unknown_values_are_missing_with_one_warning():
    X = {"size": [1, 2, None], "city": ["Rome", "Oslo", None]}
    encoder = TableEncoder().fit(X)
    message = (
        r"are treated as missing: 3 in column 'size' \(such as 'abc', 'x'\); "
        r"1 in column 'city' \(such as 'Bonn'\)\."
    )
    later = {"size": ["abc", "x", "abc"], "city": ["Bonn", "Rome", None]}
    with pytest.warns(UserWarning, match=message) as caught:
        found = encoder.transform(later)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    expected = {"size": [None] * 3, "city": [None, "Rome", None]}
    np.testing.assert_array_equal(found, encoder.transform(expected))


def test_all_features_are_multiplied_by_gain():
    X = {"x": [1.0, None, 3.0], "c": ["a", "b", "c"]}
    one, three = (TableEncoder(gain=gain).fit_transform(X) for gain in (1, 3))
    np.testing.assert_allclose(three, 3 * one, rtol=1e-6)


def test_a_failed_fit_leaves_the_encoder_unchanged():
    random_state = np.random.RandomState(0)
    encoder = TableEncoder(random_state=random_state, one_hot_up_to=1)
    encoder.fit({"a": ["x", "y", "z"]}, [0, 1, 0])
    before, drawn = dict(vars(encoder)), random_state.get_state()[2]
    for X, y in (({"b": [[1], [2]]}, [0, 1]), ({"b": ["x", "y"]}, [0, None])):
        with pytest.raises(ValueError, match=r"Column 'b'|missing values"):
            encoder.fit(X, y)
        assert vars(encoder) == before
        assert random_state.get_state()[2] == drawn
    encoder.fit([["x"], ["y"]])
    assert not hasattr(encoder, "feature_names_in_")


def test_copies_and_pickles():
    X = {"x": [1.0, 2.0, None], "c": ["a", "b", None]}
    encoder = TableEncoder(clip=2.0).fit(X)
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(again.transform(X), encoder.transform(X))
    assert not hasattr(clone(encoder), "kinds_")
    assert clone(encoder).get_params() == encoder.get_params()


@pytest.mark.parametrize(
    "setting",
    [{"clip": 0}, {"gain": -1}, {"target_type": "y"}, {"max_categories": 0},
     {"one_hot_up_to": 0.5}],
)  # fmt: skip
def test_parameters_are_checked(setting):
    with pytest.raises(ValueError, match=f"The '{next(iter(setting))}' parameter of"):
        TableEncoder(**setting).fit([[1], [2]])


def test_names_of_features_are_those_of_the_fitted_columns():
    encoder = TableEncoder().fit({"x": [1, 2]})
    names = encoder.get_feature_names_out()
    assert names.dtype == object
    np.testing.assert_array_equal(encoder.get_feature_names_out(["x"]), names)
    with pytest.raises(ValueError, match="input_features is not equal"):
        encoder.get_feature_names_out(["y"])


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
def test_set_output(container):
    X = pd.DataFrame({"x": [1, 2], "c": ["a", "b"]}, index=[7, 8])
    encoder = TableEncoder().set_output(transform=container)
    found = encoder.fit_transform(X)
    expected = TableEncoder().fit_transform(X)
    np.testing.assert_array_equal(np.asarray(found), expected)
    if container != "default":
        assert list(found.columns) == encoder.get_feature_names_out().tolist()
    if container == "pandas":
        assert found.index.tolist() == [7, 8]


def test_skrub_is_imported_for_dates_and_text_only():
    program = """
import sys
from sknn_scratch.tabular import TableEncoder
encoder = TableEncoder().fit({"x": [1.0, 2.0], "c": ["a", "b"]}, [0, 1])
encoder.transform([{"x": 2, "c": "b"}])
assert "skrub" not in sys.modules
sys.modules["skrub"] = None
for values in (["2026-01-31", "2026-02-28"], [f"text {i}" for i in range(99)]):
    try:
        encoder.fit({"day": values})
    except ImportError as error:
        print(error)
assert encoder.kinds_ == {"x": "number", "c": "category"}
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    messages = result.stdout.splitlines()
    for message, kind in zip(messages, ["dates", "text"], strict=True):
        assert message.startswith(
            f"Column 'day' of X contains {kind}; encoding it requires skrub"
        )
        assert "pip install skrub" in message
        assert message.endswith("or drop the column.")
