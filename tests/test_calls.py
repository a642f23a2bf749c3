"""Repeated calls skip unnecessary checks.

What they skip must make no difference: to bits, to errors, to what a user has changed.
"""

import array
import copy
import gc
import pickle
import warnings
import weakref
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from numbers import Real
from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from campaigns.oracles import record
from scipy import sparse
from small_networks import X, Y, same_weights, small, small_regressor

import sknn_scratch.estimators._base as base_module
import sknn_scratch.estimators._parameters as parameters_module
import sknn_scratch.estimators._problem as problem_module
from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch._sklearn import Interval
from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.engine.layers import Dense, Dropout, Layer
from sknn_scratch.engine.losses import Focal
from sknn_scratch.engine.optimizers import OPTIMIZERS, Optimizer
from sknn_scratch.estimators._input import plain
from sknn_scratch.estimators._model import Curve

ESTIMATORS = [MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier]
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:batch_size=.* is larger than"),
    pytest.mark.filterwarnings("ignore:The learning-rate schedule ended"),
]


def learned(model, calls, between=lambda model: model):
    """Train on rows of the iris data, one call after another.

    `between` is given the model before each call, and returns the one to train.
    """
    classes = {} if isinstance(model, MLPScratchRegressor) else {"classes": [0, 1, 2]}
    for rows in calls:
        model = between(model).partial_fit(X[rows], Y[rows], **classes)
        classes = {}
    return model


def from_a_file(model):
    """Return the model without anything that is not saved."""
    return pickle.loads(pickle.dumps(model))


SAME = [slice(0, 32)] * 6
MIXED = [slice(0, 32), slice(0, 32), slice(3, 150), slice(3, 150), slice(0, 1)] * 2
SETTINGS = [
    *({"solver": name} for name in OPTIMIZERS),
    # 0.003 / 5 is not 0.003 * 0.2.
    {
        "learning_rate": "adaptive",
        "learning_rate_init": 0.003,
        "tol": 10.0,
        "n_iter_no_change": 1,
    },
    {"learning_rate": "cosine", "solver": "sgd", "max_iter": 4},
    {"batch_size": 10},
    {"average": 0.9},
    {"dropout": 0.3},
    {"hidden_layer_sizes": [Dense(4), Dropout(0.2), 3]},
    {"input_scale": 2.0},
    {"augment": lambda X, stream: X + stream.normal(size=X.shape)},
    {"layer_rates": "fan_in"},
    {"clip_norm": 0.1, "l1_ratio": 0.5},
    {"ensemble": 2},
]


@pytest.mark.parametrize("calls", [SAME, MIXED], ids=["same", "mixed"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_partial_fit_is_identical_with_a_pickle_before_every_call(settings, calls):
    # A file cannot hold a function without a name.
    between = copy.deepcopy if "augment" in settings else from_a_file
    expected = learned(small(**settings), calls, between)
    assert record(learned(small(**settings), calls)) == record(expected)


@pytest.mark.parametrize("batch_size", [10, 200])
def test_partial_fit_calls_give_the_bits_of_fit(batch_size):
    settings = {"batch_size": min(batch_size, len(X)), "max_iter": 6}
    whole = small(**settings, n_iter_no_change=np.inf).fit(X, Y)
    stream = learned(small(**settings), [slice(None)] * 6)
    assert whole.loss_curve_ == stream.loss_curve_
    assert same_weights(whole, stream)


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": 10.0},
        {"learning_rate_init": 0.1},
        {"solver": "sgd"},
        {"batch_size": 8},
        {"loss": "focal"},
        {"clip_norm": 1e-3},
        {"average": 0.5, "learning_rate_init": 0.1},
        {"random_state": 1, "batch_size": 8},
    ],
    ids=str,
)
def test_a_parameter_that_is_set_between_calls_takes_effect(change):
    before = learned(small(), SAME)
    expected = from_a_file(before)
    if "loss" in change:
        with pytest.raises(ValueError, match="network: loss must stay"):
            before.set_params(**change).partial_fit(X, Y)
        return
    for model in (before, expected):
        model.set_params(**change)
    found, expected = learned(before, SAME), learned(expected, SAME, from_a_file)
    assert record(found) == record(expected)
    unchanged = learned(learned(small(), SAME), SAME)
    assert found.loss_curve_[-1] != unchanged.loss_curve_[-1]


def test_a_parameter_that_is_set_during_a_call_takes_effect_in_the_next():
    def set_rate(X, random_state):
        model.learning_rate_init = 0.1
        return X

    model = small(augment=set_rate)
    for _ in range(2):
        model.partial_fit(X, Y, classes=[0, 1, 2])
    assert model.learning_rate_curve_ == [0.001, 0.1]


class SizesOfLayers(list):
    """A subclass of a mutable type."""


@pytest.mark.parametrize(
    "sizes", [[8, 4], SizesOfLayers([8, 4]), array.array("i", [8, 4])], ids=type
)
def test_a_list_changed_between_calls_takes_effect(sizes):
    model = learned(small(hidden_layer_sizes=sizes), SAME)
    model.hidden_layer_sizes.append(4)
    with pytest.raises(ValueError, match="layers must stay"):
        model.partial_fit(X[:32], Y[:32])


class WithScale(MLPScratchClassifier):
    """A user's subclass with a parameter that has no constraints."""

    def __init__(self, scale=1.0, random_state=None):
        super().__init__(random_state=random_state)
        self.scale = scale

    def _loss_of(self, target):
        return Focal(gamma=self.scale)


def test_a_subclass_parameter_set_between_calls_is_validated():
    model = learned(WithScale(random_state=0), SAME)
    with pytest.raises(ValueError, match="network: loss must stay"):
        model.set_params(scale=2.0).partial_fit(X[:32], Y[:32])


def test_weights_that_a_user_sets_between_calls_are_trained():
    model = learned(small(), SAME)
    other = from_a_file(model)
    for one in (model, other):
        one.coefs_[0][...] = 0
        one.intercepts_[1][...] = 1
    learned(model, SAME[:1])
    learned(other, SAME[:1])
    assert record(model) == record(other)


@pytest.mark.parametrize("settings", [{}, *SETTINGS], ids=str)
def test_shallow_copies_are_trained_apart(settings):
    model = learned(small(**settings), SAME)
    expected = learned(copy.deepcopy(model), MIXED)
    twin = copy.copy(model)
    before = record(twin)
    for rows in MIXED:  # each continues its own state
        learned(model, [rows])
    assert record(twin) == before
    learned(twin, MIXED)
    assert record(model) == record(twin) == record(expected)


@pytest.mark.parametrize("options", ["augment", "dropout"])
def test_random_streams_seeded_by_a_copy_are_independent(options):
    model = learned(small(), SAME)
    twin = copy.copy(model)
    changes = {
        "augment": {"augment": lambda X, stream: X + stream.normal(size=X.shape)},
        "dropout": {"dropout": 0.5},
    }[options]
    for one in (model, twin):
        learned(one.set_params(**changes), SAME)
    assert record(model) == record(twin)


def test_partial_fit_continues_unchanged_after_an_error():
    model, expected = learned(small(), SAME), learned(small(), SAME)
    refused = [(X * np.nan, Y), (X[:, 1:], Y), (X, Y + 9)]
    # Twice: the second training does not find what the first has prepared.
    diverging = [(X * 5e307, Y)] * 2
    for bad_X, bad_y in refused + diverging:
        with pytest.raises(ValueError, match=r"."):
            model.partial_fit(bad_X[:32], bad_y[:32])
    assert record(model) == record(expected)
    assert record(learned(model, SAME)) == record(learned(expected, SAME))


@pytest.mark.parametrize("options", [{}, {"standardize_target": True}, {"ensemble": 2}])
@pytest.mark.parametrize(("first", "later"), [(1, 2), (2, 1), (2, 3), (3, 2)])
def test_a_later_target_with_another_number_of_columns_is_refused(
    options, first, later
):
    y, other_y = X[:, :first].squeeze(), X[:, :later].squeeze()
    message = f"same number of columns as in the first call, {first}; got {later}"
    model = small_regressor(**options).partial_fit(X, y)
    twin = small_regressor(**options).partial_fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, other_y)
    assert record(model.partial_fit(X, y)) == record(twin.partial_fit(X, y))
    with pytest.raises(ValueError, match=message):
        model.set_params(warm_start=True).fit(X, other_y)


def test_an_unknown_label_with_weight_zero_raises():
    labels = np.ma.array(np.where(np.arange(150) == 3, 9, Y), mask=np.arange(150) == 3)
    with pytest.raises(ValueError, match="y must contain only the classes"):
        small().partial_fit(X, labels, classes=[0, 1, 2])


def test_indicators_are_refused_where_labels_were_passed_before():
    model = learned(small(), SAME)
    with pytest.raises(ValueError, match="y must be a multiclass target"):
        model.partial_fit(X, np.eye(3, dtype=int)[Y])


@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_dates_and_durations_are_the_same_labels_in_any_unit(kind):
    days = np.array([100, 200, 300]).astype(f"{kind}[D]")
    model, expected = learned(small(), MIXED), small()
    for i, rows in enumerate(MIXED):
        labels = days[Y[rows]].astype(f"{kind}[s]" if i else f"{kind}[D]")
        expected.partial_fit(X[rows], labels, classes=None if i else days)
    assert model.loss_curve_ == expected.loss_curve_
    np.testing.assert_array_equal(expected.predict(X), days[model.predict(X)])


@pytest.mark.parametrize("batch_size", [10, 32])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_partial_fit_does_not_keep_the_last_data(batch_size, dtype):
    data = X.astype(dtype)
    model = small(batch_size=batch_size)
    for rows in SAME[:2]:
        model.partial_fit(data[rows], Y[rows], classes=[0, 1, 2])
    reference = weakref.ref(data)
    del data
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize(
    ("n_features", "n_units", "is_kept"),
    [(100, 8, True), (7000, 8, False), (2, 20_000, False)],
)
def test_only_a_stream_of_small_arrays_keeps_them(n_features, n_units, is_kept):
    rows = np.random.RandomState(0).normal(size=(10, n_features))
    model = small(hidden_layer_sizes=n_units)
    model.partial_fit(rows, Y[45:55], classes=[0, 1])
    (state,) = model._continuation.prepared.states or [None]
    assert (state is not None) == is_kept
    assert not is_kept or from_a_file(state).workspace is None
    assert from_a_file(model)._continuation.prepared is None


def test_weights_of_samples_change_from_call_to_call():
    model, expected = small(), small()
    for i in range(6):
        weight = np.linspace(1, 2, 32) if i % 2 else None
        given = X[:32], Y[:32], weight
        classes = None if i else [0, 1, 2]
        model.partial_fit(*given, classes=classes)
        expected = from_a_file(expected).partial_fit(*given, classes=classes)
    assert record(model) == record(expected)


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint64])
def test_finite_numbers_in_an_array_need_no_check_of_scikit_learn(
    cls, dtype, monkeypatch
):
    inputs = (X * 10).astype(dtype) if dtype != np.uint64 else abs(X).astype(dtype)
    model = cls(max_iter=2, random_state=0).fit(inputs, Y)
    expected = model.predict(inputs)

    def refuse(*arguments, **options):
        raise AssertionError("scikit-learn was asked")

    for module in (base_module, problem_module):
        monkeypatch.setattr(module, "validate_data", refuse)
    np.testing.assert_array_equal(model.predict(inputs), expected)
    model.partial_fit(inputs, Y)
    model.fit(inputs, Y)
    frame = pd.DataFrame(inputs, columns=list("abcd"))
    with pytest.raises(AssertionError, match="scikit-learn was asked"):
        model.predict(frame)  # it has names, and `fit` has seen none


NAMED = pd.DataFrame(X, columns=list("abcd"))
FRAMES = {
    "pandas": NAMED,
    "float32": NAMED.astype(np.float32),
    "mixed": NAMED.astype({"a": np.float32, "b": np.int16}),
    "polars": pl.from_pandas(NAMED),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_with_the_columns_of_fit_needs_no_check(frame, monkeypatch):
    model = small().fit(frame, Y)
    expected = model.predict_proba(frame)
    if not hasattr(model, "feature_names_in_"):
        pytest.skip("scikit-learn is too old for this polars")
    found = plain(frame, 4, model.feature_names_in_)
    np.testing.assert_array_equal(found, frame.to_numpy())
    monkeypatch.setattr(base_module, "validate_data", None)
    np.testing.assert_array_equal(model.predict_proba(frame), expected)


NAN = X.copy()
NAN[3, 2] = np.nan
OTHERS = {
    "list": X.tolist(),
    "one row": X[0],
    "no rows": X[:0],
    "too few columns": X[:, 1:],
    "NaN": NAN,
    "infinite": np.where(np.isnan(NAN), np.inf, NAN),
    "both infinities": np.where(np.isnan(NAN), np.inf, X) * np.sign(NAN[3, 0] - X),
    "objects": X.astype(object),
    "strings": X.astype(str),
    "complex": X + 1j,
    "half": X.astype(np.float16),
    "long double": X.astype(np.longdouble),
    "other byte order": X.astype(X.dtype.newbyteorder()),
    "bool": X > 0,
    "masked": np.ma.array(X),
    "sparse": sparse.csr_array(X),
    "three axes": X[None],
    "dates": np.full(X.shape, np.datetime64("2026-01-01")),
}


@pytest.mark.parametrize("given", OTHERS.values(), ids=OTHERS)
def test_other_input_goes_through_the_full_checks(given):
    assert plain(given, 4, None) is None


@pytest.mark.parametrize(
    "frame",
    {
        "other order": NAMED[list("bacd")],
        "other names": NAMED.rename(columns={"a": "e"}),
        "no names": X,
        "missing": NAMED.astype("Float64").mask(NAMED > 1),
        "nullable": NAMED.astype("Float64"),
        "sparse": NAMED.astype(pd.SparseDtype(float)),
        "one sparse": NAMED.astype({"a": pd.SparseDtype(float)}),
        "objects": NAMED.astype(object),
        "categories": NAMED.astype({"a": "category"}),
        "NaN": pd.DataFrame(NAN, columns=list("abcd")),
        "dates": NAMED.assign(d=np.datetime64("2026-01-01")),
        "null": pl.from_pandas(NAMED.mask(NAMED > 1)),
        **{
            f"polars {dtype}": pl.from_pandas(NAMED).with_columns(
                a=pl.lit(0, pl.Int32).cast(dtype)
            )
            for dtype in (pl.Date, pl.Datetime, pl.Duration, pl.Boolean)
        },
    }.items(),
    ids=lambda item: item[0],
)
def test_other_data_frames_go_through_the_full_checks(frame):
    assert plain(frame[1], 4, np.array(list("abcd"), object)) is None


def test_all_finite_does_not_depend_on_the_sum():
    large = np.full((4, 4), 1e308)
    with np.errstate(over="ignore"):
        assert plain(large, 4, None) is large
    model = small(weight_init="zeros").fit(X, Y)
    with np.errstate(over="raise"):  # the sum is of no concern to the caller
        assert model.predict(large).shape == (4,)


def test_a_parameter_is_checked_by_its_type_too():
    small(alpha=1).fit(X, Y)
    with pytest.raises(ValueError, match="alpha must be a number, not a bool"):
        small(alpha=True).fit(X, Y)
    small(hidden_layer_sizes=[8]).fit(X, Y)
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        small(hidden_layer_sizes=[8.0]).fit(X, Y)
    small(tol=np.float64(0.1)).fit(X, Y)
    with pytest.raises(ValueError, match="tol"):
        small(tol=np.float64(-0.1)).fit(X, Y)


class Augmentation:
    """A callable with a length of 0."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __call__(self, X, random_state):
        return X


@pytest.mark.parametrize("length", [0, 1])
def test_an_empty_callable_is_not_treated_as_missing(length):
    with pytest.raises(ValueError, match="does not support augment, "):
        small(augment=Augmentation(length), solver="lbfgs").fit(X, Y)


def test_the_first_invalid_parameter_by_name_is_reported():
    invalid = dict.fromkeys(["tol", "power_t", "alpha", "clip_norm"], True)
    with pytest.raises(ValueError, match="alpha must be a number, not a bool"):
        small(**invalid).fit(X, Y)


def test_skipped_parameter_validation_runs_in_later_calls():
    with sklearn.config_context(skip_parameter_validation=True):
        small(n_iter_no_change=0).fit(X, Y)
    with pytest.raises(ValueError, match="n_iter_no_change"):
        small(n_iter_no_change=0).fit(X, Y)


def test_valid_parameters_may_exclude_each_other_in_another_method():
    small(early_stopping=True).fit(X, Y)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping"):
        small(early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2])


def test_bools_of_numpy_are_told_apart():
    small(early_stopping=np.False_).partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping"):
        small(early_stopping=np.True_).partial_fit(X, Y, classes=[0, 1, 2])


class Strict(MLPScratchClassifier):
    """A subclass with a smaller range of a parameter."""

    _parameter_constraints: ClassVar = {
        **MLPScratchClassifier._parameter_constraints,
        "alpha": [Interval(Real, 0, 1, closed="both")],
    }


def test_values_valid_for_a_class_can_be_invalid_for_a_subclass():
    MLPScratchClassifier(alpha=5.0, max_iter=1).fit(X, Y)
    with pytest.raises(ValueError, match="'alpha' parameter of Strict"):
        Strict(alpha=5.0, max_iter=1).fit(X, Y)


def test_the_cache_of_valid_parameters_is_limited(monkeypatch):
    monkeypatch.setattr(parameters_module, "_VALID", set())
    monkeypatch.setattr(parameters_module, "_AT_MOST", 2)
    for i in range(5):
        small(alpha=float(i), max_iter=1).fit(X, Y)
    assert 0 < len(parameters_module._VALID) <= 2


def test_valid_parameters_may_exclude_arguments_of_another_call():
    small(ensemble=2).fit(X, Y)
    start = {"coefs_init": [np.ones((4, 8)), np.ones((8, 3))]}
    with pytest.raises(ValueError, match="for a single network; got ensemble="):
        small(ensemble=2).fit(X, Y, **start)
    with pytest.raises(ValueError, match="X_val and y_val require early_stopping=True"):
        small(ensemble=2).fit(X, Y, X_val=X, y_val=Y)


@pytest.mark.needs_callbacks
def test_valid_parameters_may_exclude_a_callback(tmp_path):
    small(ensemble=2).fit(X, Y)
    model = small(ensemble=2).set_callbacks(Checkpoint(tmp_path / "checkpoint"))
    with pytest.raises(
        ValueError, match="A Checkpoint saves a single training run; got ensemble="
    ):
        model.fit(X, Y)


@pytest.mark.parametrize("cls", [MLPScratchClassifier, PerceptronClassifier])
def test_predictions_during_a_stream_are_those_of_one_of_its_models(cls):
    calls = [slice(start, start + 32) for start in range(0, 128, 8)] * 5

    def decisions(model):
        return model.decision_function(X).tobytes()

    model, twin = (
        cls(random_state=0).partial_fit(X, Y, classes=[0, 1, 2]) for _ in range(2)
    )
    of_models = {decisions(twin)}
    for rows in calls:
        of_models.add(decisions(twin.partial_fit(X[rows], Y[rows])))
    with ThreadPoolExecutor(3) as server:
        found = [server.submit(decisions, model) for _ in range(300)]
        for rows in calls:
            model.partial_fit(X[rows], Y[rows])
    assert {one.result() for one in found} <= of_models
    assert decisions(model) == decisions(twin)


def test_a_curve_of_many_calls_is_complete():
    model = small_regressor()
    losses = []
    for i in range(100):
        losses.append(model.partial_fit(X[:9] + 0.01 * i, Y[:9]).loss_)
    assert model.loss_curve_ == losses
    assert model.members_[0].loss_curve == losses
    assert from_a_file(model).loss_curve_ == losses
    assert len(model.learning_rate_curve_) == 100
    assert model.best_loss_ == min(losses)
    # So that a call copies a few of the numbers only.
    assert len(model._members[0].loss_curve.pieces) <= np.log2(100)
    model.loss_curve_.append(0.0)  # a list of the caller's
    assert model.loss_curve_ == losses


def test_a_curve_that_is_continued_does_not_change():
    curves = [Curve()]
    for i in range(1000):
        curves.append(curves[-1].continued([float(i)]))
    assert [list(curve) for curve in curves[::100]] == [
        list(map(float, range(n))) for n in range(0, 1001, 100)
    ]
    assert list(curves[5].continued([7.0])) == [0.0, 1.0, 2.0, 3.0, 4.0, 7.0]
    assert len(curves[-1]) == 1000


def test_a_curve_grows_by_doubling_its_capacity():
    curve, n_copied = Curve(), 0
    for i in range(1024):
        before = {id(piece) for piece in curve.pieces}
        curve = curve.continued([float(i)])
        new = [piece for piece in curve.pieces if id(piece) not in before]
        n_copied += sum(map(len, new))
    assert n_copied <= 1024 * 11
    assert len(curve.pieces) == 1


CODES = np.arange(32) % 3
DAYS = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[D]")
ONE_HOT = np.eye(3, dtype=int)[CODES]
# Each with labels to train on first, and what is wrong with the next ones.
STRANGE = {
    "objects": (CODES, CODES.astype(object), "Unknown label type"),
    "masked": (
        CODES,
        np.ma.array(CODES + 9, mask=CODES < 9),
        "contain only the classes",
    ),
    "several strings": (ONE_HOT, ONE_HOT.astype(str), "got a multiclass-multioutput"),
    "another column": (
        np.tile(ONE_HOT, (40, 1)),
        np.tile(np.eye(4, dtype=int)[CODES], (40, 1)),  # one-hot; nobody is warned
        "y must have 3 columns",
    ),
}


@pytest.mark.parametrize("labels", STRANGE.values(), ids=STRANGE)
@pytest.mark.filterwarnings("ignore:y looks one-hot encoded:UserWarning")
def test_labels_that_a_first_call_refuses_are_refused_later(labels):
    first, later, message = labels
    inputs = np.resize(X, (len(first), 4))
    model = small().partial_fit(inputs, first, classes=np.unique(first))
    with (
        warnings.catch_warnings(action="error"),
        pytest.raises((TypeError, ValueError), match=message),
    ):
        model.partial_fit(inputs, later)


@pytest.mark.parametrize("cls", [MLPScratchClassifier, PerceptronClassifier])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([], "contain only the classes"),
        (np.eye(3, dtype=int), "got a multiclass target"),
    ],
    ids=["none", "matrix"],
)
def test_classes_of_another_target_type_raise(cls, classes, message):
    with pytest.raises(ValueError, match=message):
        cls().partial_fit(X[:32], CODES, classes=classes)


def test_classes_that_a_first_call_refuses_are_refused_later():
    model = learned(small(), SAME)
    with pytest.raises(ValueError, match="Unknown label type"):
        model.partial_fit(X[:32], Y[:32], classes=np.array([0, 1, 2], object))


def test_dates_are_the_same_labels_in_another_unit():
    model = small().partial_fit(X[:32], DAYS[CODES], classes=DAYS)
    expected = small().partial_fit(X[:32], CODES, classes=[0, 1, 2])
    for unit in ("s", "ns"):
        model.partial_fit(X[:32], DAYS[CODES].astype(f"datetime64[{unit}]"))
        expected.partial_fit(X[:32], CODES)
    assert record(model) == record(expected)


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("batch_size", [1, 8, 32])
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_partial_fit_keeps_no_samples(cls, batch_size, make):
    model, inputs = cls(batch_size=batch_size, random_state=0), make(X[:32])
    held = weakref.ref(inputs.data if sparse.issparse(inputs) else inputs)
    classes = {} if cls is MLPScratchRegressor else {"classes": [0, 1, 2]}
    for _ in range(2):
        model.partial_fit(inputs, CODES, **classes)
    del inputs
    assert held() is None


class Counting(Layer):
    """A layer that divides its output by the number of batches so far."""

    def prepare(self, ctx):
        ctx.n_batches, ctx.output = 0, ctx.empty(*ctx.input_shape)

    def forward(self, x, ctx):
        ctx.n_batches += 1
        return np.divide(x, ctx.n_batches, out=ctx.output)

    def backward(self, delta, ctx):
        return np.divide(delta, ctx.n_batches, out=delta)


@dataclass(slots=True)
class Slots:
    sum: np.ndarray
    n_steps: int = 0


@dataclass
class Twice:
    sum: np.ndarray
    same: np.ndarray


class OfUser(Optimizer):
    """An optimizer whose state is not data."""

    def __init__(self, memory):
        self.memory = memory

    def init(self, params, n_weights):
        zeros = np.zeros_like(params)
        if self.memory == "slots":
            return Slots(zeros)
        return Twice(zeros, params if self.memory == "params" else zeros)

    def update(self, params, grad, state, rate):
        state.sum += grad
        if self.memory == "slots":
            state.n_steps += 1
            params -= rate / state.n_steps * state.sum
        else:
            params -= rate * state.same


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layer_sizes": [4, Counting()]},
        *({"solver": OfUser(memory)} for memory in ("slots", "twice", "params")),
    ],
    ids=["layer", "slots", "twice", "params"],
)
def test_caches_of_user_defined_layers_and_optimizers_survive_pickling(settings):
    model = learned(small(**settings), SAME)
    twin = copy.copy(model)
    assert record(model) == record(learned(small(**settings), SAME, from_a_file))
    assert record(learned(model, SAME)) == record(learned(twin, SAME, from_a_file))


class Scaled(MLPScratchClassifier):
    """A subclass with an additional parameter, fixed parameters and few constraints."""

    _parameter_constraints = {
        "alpha": MLPScratchClassifier._parameter_constraints["alpha"]
    }

    def __init__(self, scale=1.0, max_iter=5):
        super().__init__(8, max_iter=max_iter, random_state=0)
        self.scale = scale

    def _solver_of(self, network, n_rows):
        return replace(
            super()._solver_of(network, n_rows), learning_rate_init=self.scale
        )


def test_a_parameter_of_a_subclass_takes_effect_between_calls():
    model = learned(Scaled(0.001), SAME)
    expected = from_a_file(model)
    for one in (model, expected):
        one.set_params(scale=0.5)
    assert record(learned(model, SAME)) == record(learned(expected, SAME, from_a_file))
    assert model.learning_rate_curve_[-1] == 0.5


@pytest.mark.parametrize("kind", [pd.Series, deque, np.array])
def test_changed_hidden_layer_sizes_are_validated_in_every_call(kind):
    sizes = kind([8, 4])
    model = learned(small(hidden_layer_sizes=sizes), SAME)
    sizes[0] = 5
    with pytest.raises(ValueError, match="layers must stay"):
        learned(model, SAME)


def test_skipped_parameter_validation_runs_in_later_partial_fit_calls():
    model = learned(small(), SAME)
    model.alpha = -1.0
    with sklearn.config_context(skip_parameter_validation=True):
        learned(model, SAME)
    with pytest.raises(ValueError, match="'alpha' parameter"):
        learned(model, SAME)


def test_warm_start_is_validated_before_it_is_used():
    model = small().fit(X, Y).set_params(warm_start=np.array([1, 1]))
    with pytest.raises(ValueError, match="'warm_start' parameter"):
        model.fit(X, Y)
