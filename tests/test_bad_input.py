"""Invalid input raises a clear error and leaves the estimator unchanged."""

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.losses import LogLoss

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
ESTIMATORS = [MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier]
CLASSIFIERS = [MLPScratchClassifier, PerceptronClassifier]


def with_value(value):
    changed = X.copy()
    changed[3, 1] = value
    return changed


BAD_DATA = {
    "NaN in X": (with_value(np.nan), Y, "NaN"),
    "inf in X": (with_value(np.inf), Y, "infinity"),
    "NaN in sparse X": (sparse.csr_array(with_value(np.nan)), Y, "NaN"),
    "1-D X": (X[:, 0], Y, "Expected 2D array, got 1D array"),
    "3-D X": (X[None], Y, "dim 3"),
    "no samples": (X[:0], Y[:0], "0 sample"),
    "no features": (X[:, :0], Y, "0 feature"),
    "lengths differ": (X, Y[:-1], r"inconsistent numbers of samples: \[150, 149\]"),
    "strings in X": (X.astype(str), Y, "strings"),
    "words in X": (np.full((150, 2), "a", dtype=object), Y, "could not convert"),
    "objects in X": (np.full((150, 2), {}, dtype=object), Y, "argument must be"),
    "complex X": (X + 1j, Y, "Complex data not supported"),
    "no y": (X, None, "requires y to be passed"),
    "3-D y": (X, np.zeros((150, 2, 2)), "dim 3"),
    "a scalar for y": (X, 3, "1 dimension|1d array"),
    "None in y": (X, [None, *Y[1:]], "missing values; got 1, the first in row 0"),
    "NaT in y": (X, np.array([0] * 149 + ["NaT"], "M8[D]"), "the first in row 149"),
    "an int beyond floats in X": ([[10**400] * 4] * 150, Y, "range of floats"),
}
BAD_WEIGHTS = {
    "negative": (np.where(Y == 0, -1.0, 1.0), r"must be >= 0; got a minimum of -1\.0"),
    "zero": (np.zeros(150), "at least one non-zero|got only zeros"),
    "NaN": (np.full(150, np.nan), "sample_weight contains NaN"),
    "short": (np.ones(3), r"sample_weight.shape == \(3,\), expected \(150,\)"),
    "2-D": (np.ones((150, 2)), "1D array or scalar"),
}
BAD_PARAMETERS = {
    "alpha": [-1.0, "a", None, 10**400],
    "learning_rate": ["fast", None],
    "learning_rate_init": [0.0, -1.0, "a", 10**400],
    "power_t": [-0.5],
    "max_iter": [0, -1, 2.5, 10**400, True],
    "shuffle": ["yes"],
    "random_state": ["seed", 1.5],
    "tol": [-1e-3, 10**400],
    "verbose": ["loud"],
    "warm_start": ["yes"],
    "early_stopping": ["yes"],
    "validation_fraction": [0.0, 1.0, -0.1],
    "n_iter_no_change": [0, -3, 1.5, True],
    "batch_size": [0, -5, 2.5, "all", True],
    "l1_ratio": [-0.1, 1.1, None],
    "clip_norm": [0.0, -1.0, "a", True],
    "scoring": ["accurate", 3],
    "average": [0.0, 1.5, "a", None],
}
BAD_PARAMETERS_OF_MLPS = {
    "hidden_layer_sizes": [
        *(0, -3, (5, 0), [3, -1], (2.5,), "many", [[3], [4]]),
        *(True, [True, 3], 10**400, [10**30]),
    ],
    "activation": ["step", None, ["relu", "tanh"], ["step"], [Relu]],
    "solver": ["newton"],
    "momentum": [-0.1, 1.1],
    "nesterovs_momentum": ["yes"],
    "beta_1": [1.0, -0.1],
    "beta_2": [1.0, -0.1],
    "epsilon": [0.0],
    "max_fun": [0],
    "weight_init": ["ones", None],
    "class_weight": ["uniform", 3, [{0: 1.0}], {0: -1.0}],
    "label_smoothing": [-0.1, 1.0],
    "dropout": [-0.1, 1.0, [0.1, 0.2], [1.0], ["a"]],
    "input_dropout": [-0.1, 1.0, [0.5]],
    "output_activation": ["relu", None],
    "augment": ["shift", 1.0],
    "layer_rates": ["fan_out", None],
    "input_scale": [0.0, "yes"],
    "output_init": ["ones", None],
    "refit": ["yes", None],
    "repeats": [0, -1, 1.5, "often", None, True],
    "linear": [3, 0.5, True],
    "calibrate": ["yes", None],
    "ensemble": [
        *("all", 0, None, [], [[]], [[99]], [True], [None]),
        *(["a{99999999999}"], ["(" * 5000 + ")" * 5000], ["(a"]),
    ],
    "standardize_target": ["yes", None],
}
BAD_PARAMETERS_OF_THE_PERCEPTRON = {
    "loss": ["poisson", "binary_log_loss", None, LogLoss],
    "fit_intercept": ["yes"],
    "class_weight": ["uniform", 3],
    "weight_init": ["ones"],
}


@pytest.fixture(params=ESTIMATORS)
def fitted(request):
    return request.param(max_iter=3, random_state=0).fit(X, Y)


class Unchanged:
    """Asserts that the block leaves an estimator bit for bit as it was."""

    def __init__(self, estimator):
        self.estimator = estimator

    def __enter__(self):
        self.names = set(vars(self.estimator))
        self.bytes = pickle.dumps(vars(copy.deepcopy(self.estimator)))

    def __exit__(self, *exception):
        assert set(vars(self.estimator)) == self.names
        assert pickle.dumps(vars(copy.deepcopy(self.estimator))) == self.bytes


@pytest.mark.parametrize("case", BAD_DATA)
@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_bad_data(cls, method, case):
    bad_X, bad_y, message = BAD_DATA[case]
    for estimator in (cls(), cls(max_iter=3, random_state=0).fit(X, Y)):
        classes = {}
        if method == "partial_fit" and cls in CLASSIFIERS:
            classes["classes"] = [0, 1, 2]
        with (
            Unchanged(estimator),
            pytest.raises((ValueError, TypeError), match=message),
        ):
            getattr(estimator, method)(bad_X, bad_y, **classes)


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights(fitted, case):
    weight, message = BAD_WEIGHTS[case]
    with Unchanged(fitted), pytest.raises(ValueError, match=message):
        fitted.fit(X, Y, sample_weight=weight)


def test_every_parameter_has_a_bad_value_to_be_tested_with():
    for cls in ESTIMATORS:
        special = BAD_PARAMETERS_OF_MLPS
        if cls is PerceptronClassifier:
            special = BAD_PARAMETERS_OF_THE_PERCEPTRON
        named = {*BAD_PARAMETERS, *special} | {"loss"}
        assert set(cls().get_params()) <= named


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (cls, name, value)
        for cls in ESTIMATORS
        for name, values in {
            **BAD_PARAMETERS,
            **BAD_PARAMETERS_OF_MLPS,
            **BAD_PARAMETERS_OF_THE_PERCEPTRON,
        }.items()
        if name in cls().get_params()
        for value in values
        if (cls, name) != (MLPScratchRegressor, "loss") or value != "poisson"
    ],
)
def test_bad_parameters(cls, name, value):
    estimator = cls(max_iter=3, random_state=0).fit(X, Y).set_params(**{name: value})
    with Unchanged(estimator), pytest.raises((ValueError, TypeError)) as caught:
        estimator.fit(X, Y)
    message = str(caught.value)
    assert name in message
    assert "must be" in message
    assert "got" in message.lower()


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_bad_classes(cls):
    new, fitted = cls(), cls(max_iter=3).fit(X, Y)
    for estimator, y, classes, message in [
        (new, Y, None, "classes must be passed on the first call"),
        (new, Y, [0, 1], r"y must contain only the classes .*\[0 1\]; got \[0 1 2\]"),
        (fitted, Y + 1, None, "y must contain only the classes"),
        (fitted, Y, [0, 1, 2, 3], "not the same as on last call"),
    ]:
        with Unchanged(estimator), pytest.raises(ValueError, match=message):
            estimator.partial_fit(X, y, classes=classes)
    for y, message in [
        (X[:, 0], "Unknown label type: .* got a continuous target"),
        (np.c_[Y, X[:, 0]], "got a continuous target|a vector of class labels"),
        (np.where(Y == 0, np.nan, Y), "Input y contains NaN"),
    ]:
        with Unchanged(fitted), pytest.raises(ValueError, match=message):
            fitted.fit(X, y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.where(Y == 0, np.nan, Y), "Input y contains NaN"),
        (np.where(Y == 0, np.inf, Y), "Input y contains infinity"),
        (np.array(["a", "b", "c"])[Y], "could not convert|must be numeric"),
        (Y.astype(str), "could not convert|must be numeric"),
        (Y + 1j, "Complex data not supported"),
    ],
)
def test_bad_numbers_to_predict(y, message):
    estimator = MLPScratchRegressor(max_iter=3).fit(X, Y)
    with Unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


def test_targets_beyond_the_range_of_float32():
    with pytest.raises(ValueError, match="y must be finite in float32"):
        MLPScratchRegressor().fit(X.astype(np.float32), Y * 1e200)


def test_bad_data_to_predict(fitted):
    for method in ("predict", "predict_proba", "decision_function", "score"):
        if not hasattr(fitted, method):
            continue
        rest = (Y,) if method == "score" else ()
        with Unchanged(fitted):
            with pytest.raises(ValueError, match=r"3 features.*expecting 4"):
                getattr(fitted, method)(X[:, :3], *rest)
            with pytest.raises(ValueError, match="NaN"):
                getattr(fitted, method)(with_value(np.nan), *rest)
        with pytest.raises(NotFittedError):
            getattr(type(fitted)(), method)(X, *rest)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_unusual_but_valid_input_trains(cls):
    constant = np.hstack([X, np.ones((150, 1)), np.zeros((150, 1))])
    assert np.isfinite(cls(max_iter=5).fit(constant, Y)._raw(constant)).all()
    if cls in CLASSIFIERS:
        assert cls(max_iter=5).fit(X[:1], Y[:1]).predict(X[:1]) == Y[:1]
    as_objects = cls(max_iter=5, random_state=0).fit(X.astype(object), Y)
    as_floats = cls(max_iter=5, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(as_objects._raw(X), as_floats._raw(X))
    as_integers = cls(max_iter=5, random_state=0).fit(np.round(X).astype(int), Y)
    rounded = cls(max_iter=5, random_state=0).fit(np.round(X), Y)
    np.testing.assert_array_equal(as_integers._raw(X), rounded._raw(X))
    fortran = cls(max_iter=5, random_state=0).fit(np.asfortranarray(X), Y)
    np.testing.assert_array_equal(fortran._raw(X), as_floats._raw(X))


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "adam"])
def test_divergence_leaves_the_estimator_unchanged(solver):
    estimator = MLPScratchRegressor(solver=solver, max_iter=50, random_state=0).fit(
        X, Y
    )
    with (
        Unchanged(estimator),
        pytest.raises(
            ValueError, match=r"epoch \d+.*learning_rate_init.*StandardScaler"
        ),
    ):
        estimator.fit(X * 1e200, Y)


def test_a_batch_size_beyond_the_samples_is_clipped_with_a_warning():
    estimator = MLPScratchClassifier(batch_size=500, max_iter=3, random_state=0)
    with pytest.warns(
        UserWarning, match=r"batch_size=500 is larger than .* samples, 150;"
    ):
        estimator.fit(X, Y)
    whole = MLPScratchClassifier(batch_size=150, max_iter=3, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(estimator._raw(X), whole._raw(X))


def test_a_validation_set_of_one_sample_is_refused():
    estimator = MLPScratchRegressor(early_stopping=True)
    message = r"validation set is too small.*>= 2 samples; got 1 of 8"
    with Unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(X[:8], Y[:8])


def test_nan_among_strings_is_no_label():
    for cls in CLASSIFIERS:
        with pytest.raises(
            ValueError, match="missing values; got 1, the first in row 2"
        ):
            cls().fit(X[:4], ["a", "b", float("nan"), "a"])


def test_a_subclass_may_have_a_parameter_of_its_own():
    class Mine(MLPScratchClassifier):
        def __init__(self, hidden_layer_sizes=(5,), *, max_iter=5, extra=True):
            super().__init__(hidden_layer_sizes, max_iter=max_iter)
            self.extra = extra

    assert Mine().fit(X, Y).n_iter_ == 5


def test_a_changed_number_of_targets_raises_before_the_scale_is_fixed():
    model = MLPScratchRegressor(standardize_target=True)
    model.partial_fit(X[:5], np.ones((5, 2)))
    with Unchanged(model), pytest.raises(ValueError, match="same number of columns as"):
        model.partial_fit(X, Y)
    with pytest.raises(ValueError, match="at least one"):
        model.partial_fit(X[:5], np.ones((5, 2)), sample_weight=np.zeros(5))
