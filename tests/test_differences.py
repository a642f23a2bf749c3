"""Differences from scikit-learn, numbered as in docs/differences.rst."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from scipy.special import logsumexp
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale
from sklearn.utils.fixes import parse_version

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.estimators._validation import hold_out

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_CANCER, Y_CANCER = load_breast_cancer(return_X_y=True)
X_CANCER = scale(X_CANCER)
X_DIABETES, Y_DIABETES = load_diabetes(return_X_y=True)
X_DIABETES, Y_DIABETES = scale(X_DIABETES), scale(Y_DIABETES)


def small(cls=MLPScratchClassifier, **settings):
    defaults = {"hidden_layer_sizes": 8, "max_iter": 10, "random_state": 0}
    return cls(**defaults | settings)


def assert_same_model(a, b, rtol=0.0):
    for name in ("coefs_", "intercepts_"):
        for x, y in zip(getattr(a, name), getattr(b, name), strict=True):
            np.testing.assert_allclose(x, y, rtol=rtol, atol=0)


def test_01_early_stopping_is_stratified_for_several_classes(monkeypatch):
    splits = []

    def record(*args):
        splits.append(hold_out(*args))
        return splits[-1]

    monkeypatch.setattr("sknn_scratch.estimators._planning.hold_out", record)
    rows = np.r_[0:50, 50:70, 100:110]
    small(early_stopping=True, validation_fraction=0.5).fit(X_IRIS[rows], Y_IRIS[rows])
    held_out = splits[0][1]
    assert np.bincount(Y_IRIS[rows][held_out]).tolist() == [25, 10, 5]


def test_02_weights_count_in_batches_of_one():
    weight = np.where(Y_CANCER == 1, 10.0, 0.1)
    settings = {"batch_size": 1, "max_iter": 2}
    plain = small(**settings).fit(X_CANCER, Y_CANCER)
    weighted = small(**settings).fit(X_CANCER, Y_CANCER, sample_weight=weight)
    assert weighted.predict(X_CANCER).mean() > plain.predict(X_CANCER).mean()
    theirs = small(MLPClassifier, alpha=0.0, **settings)
    without = theirs.fit(X_CANCER, Y_CANCER).predict_proba(X_CANCER)
    theirs.fit(X_CANCER, Y_CANCER, sample_weight=weight)
    np.testing.assert_allclose(theirs.predict_proba(X_CANCER), without)


def test_02_a_batch_with_zero_weights_is_ignored():
    weight = np.r_[np.zeros(100), np.ones(len(X_CANCER) - 100)]
    settings = {"batch_size": 50, "shuffle": False, "solver": "sgd", "alpha": 0}
    settings |= {"max_iter": 5, "momentum": 0}
    weighted = small(**settings).fit(X_CANCER, Y_CANCER, sample_weight=weight)
    assert np.isfinite(weighted.loss_)
    # Weights of 1 count as 1/s̄ here, a rate that much smaller makes up for it.
    scaled = small(learning_rate_init=0.001 / weight.mean(), **settings)
    assert_same_model(weighted, scaled.fit(X_CANCER[100:], Y_CANCER[100:]), rtol=1e-9)


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_03_calls_of_partial_fit_equal_epochs_of_fit(solver, learning_rate):
    settings = {"solver": solver, "learning_rate": learning_rate}
    settings |= {"batch_size": 32, "max_iter": 6}
    fitted = small(**settings).fit(X_IRIS, Y_IRIS)
    stepwise = small(**settings)
    for n_calls in range(1, 7):
        stepwise.partial_fit(X_IRIS, Y_IRIS, classes=[0, 1, 2])
        stepwise = pickle.loads(pickle.dumps(stepwise))
        assert stepwise.n_iter_ == n_calls
    assert_same_model(fitted, stepwise)
    assert fitted.loss_curve_ == stepwise.loss_curve_


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "adam"])
@pytest.mark.parametrize("cls", [MLPScratchClassifier, MLPScratchRegressor])
def test_04_float32_stays_float32(cls, solver):
    X = X_IRIS.astype(np.float32)
    model = small(cls, solver=solver).fit(X, Y_IRIS)
    arrays = [*model.coefs_, *model.intercepts_, model._raw(X), model._raw(X_IRIS)]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_05_lbfgs_has_no_partial_fit():
    for cls in (MLPScratchClassifier, MLPScratchRegressor):
        assert not hasattr(cls(solver="lbfgs"), "partial_fit")
        with pytest.raises(AttributeError):
            cls(solver="lbfgs").partial_fit(X_IRIS, Y_IRIS)
    assert hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")


def test_06_lbfgs_has_a_loss_curve_and_prints_it(capsys):
    model = small(solver="lbfgs", verbose=True).fit(X_IRIS, Y_IRIS)
    assert len(model.loss_curve_) == model.n_iter_ == 10
    assert model.loss_curve_[-1] == model.loss_ == model.best_loss_
    assert model.loss_curve_ == sorted(model.loss_curve_, reverse=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Iteration", "Loss", "Seconds"]
    assert lines[10].split()[:2] == ["10", f"{model.loss_:.6f}"]


@pytest.mark.parametrize("cls", [MLPScratchClassifier, MLPScratchRegressor])
def test_06_lbfgs_stops_early_and_keeps_the_best(cls):
    X, y = X_CANCER, Y_CANCER
    if cls is MLPScratchRegressor:
        X, y = X_DIABETES, Y_DIABETES
    settings = {"solver": "lbfgs", "hidden_layer_sizes": 50, "max_iter": 500}
    model = small(cls, early_stopping=True, n_iter_no_change=3, **settings).fit(X, y)
    assert len(model.validation_scores_) == model.n_iter_ < 100
    assert model.best_validation_score_ == max(model.validation_scores_)
    best = np.argmax(model.validation_scores_) + 1
    again = small(cls, early_stopping=True, **settings | {"max_iter": best}).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))


def test_07_warm_start_resets_the_patience():
    model = small(warm_start=True, tol=10.0, n_iter_no_change=3, max_iter=100)
    # No epoch improves by 10, but the first, which has nothing to be compared with.
    assert model.fit(X_IRIS, Y_IRIS).n_iter_ == 5
    assert model.fit(X_IRIS, Y_IRIS).n_iter_ == 4
    theirs = small(
        MLPClassifier, warm_start=True, tol=10.0, n_iter_no_change=3, max_iter=100
    )
    theirs.fit(X_IRIS, Y_IRIS)
    assert theirs.fit(X_IRIS, Y_IRIS).n_iter_ == 1


@pytest.mark.parametrize(
    "change",
    [{"hidden_layer_sizes": 9}, {"hidden_layer_sizes": (8, 8)}, {"activation": "tanh"}],
)
def test_07_a_warm_start_refuses_another_architecture(change):
    model = small(warm_start=True).fit(X_IRIS, Y_IRIS)
    with pytest.raises(ValueError, match=r"must stay .*; got .*warm_start=False"):
        model.set_params(**change).fit(X_IRIS, Y_IRIS)


def test_07_a_warm_start_may_change_solver_and_stopping():
    model = small(warm_start=True, max_iter=30).fit(X_IRIS, Y_IRIS)
    before = model.loss_
    model.set_params(solver="lbfgs", max_iter=5).fit(X_IRIS, Y_IRIS)
    assert model.loss_ < before
    assert len(model.loss_curve_) == 35
    model.set_params(solver="sgd", early_stopping=True).fit(X_IRIS, Y_IRIS)
    assert len(model.validation_scores_) == 5
    model.set_params(solver="adam", early_stopping=False).fit(X_IRIS, Y_IRIS)
    model.partial_fit(X_IRIS, Y_IRIS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("y", [Y_IRIS, Y_IRIS > 0, np.tri(3, dtype=int)[Y_IRIS]])
def test_08_log_probabilities_are_finite(y, dtype):
    X = X_IRIS.astype(dtype)
    model = small(hidden_layer_sizes=(), solver="lbfgs").fit(X, y)
    model.coefs_[0] *= 1e3
    log_proba = model.predict_log_proba(X)
    assert log_proba.dtype == dtype
    assert np.isfinite(log_proba).all()
    assert log_proba.min() < np.log(np.finfo(dtype).tiny) - 100
    raw = (X @ model.coefs_[0] + model.intercepts_[0]).astype(float)
    if raw.shape[1] == 1:
        raw = np.column_stack([-raw, raw])
    if np.ndim(y) == 2 or raw.shape[1] == 2:  # log p = −log(1 + exp(−raw))
        expected = -np.logaddexp(0, -raw)
    else:
        expected = raw - logsumexp(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(log_proba, expected, rtol=1e-5, atol=1e-6)


def test_09_a_single_class_has_a_single_column():
    model = small().fit(X_IRIS, ["only"] * 150)
    np.testing.assert_array_equal(model.predict_proba(X_IRIS), np.ones((150, 1)))
    np.testing.assert_array_equal(model.predict_log_proba(X_IRIS), np.zeros((150, 1)))
    assert set(model.predict(X_IRIS)) == {"only"}


def test_10_incompatible_parameters_raise_immediately():
    with pytest.raises(ValueError, match=r"y must be >= 0 for loss='poisson'"):
        small(MLPScratchRegressor, loss="poisson").fit(X_IRIS, Y_IRIS - 1)
    with pytest.raises(ValueError, match=r"'validation_fraction'.* \(0.0, 1.0\)"):
        small(validation_fraction=0.0).fit(X_IRIS, Y_IRIS)


def test_11_the_log_loss_of_a_confident_mistake_is_not_clipped():
    X, y = np.array([[-1.0], [1.0]]), [0, 1]
    model = small(hidden_layer_sizes=(), solver="sgd", alpha=0.0, max_iter=1)
    model.partial_fit(X, y, classes=[0, 1])
    model.coefs_, model.intercepts_ = [np.array([[-100.0]])], [np.zeros(1)]
    model.partial_fit(X, y)
    # Clipped at the resolution of probabilities it would be 36.04.
    np.testing.assert_allclose(model.loss_, 100.0)


def test_12_the_best_weights_are_a_copy():
    settings = {"early_stopping": True, "warm_start": True, "learning_rate_init": 0.05}
    model = small(max_iter=30, **settings).fit(X_CANCER, Y_CANCER)
    kept = copy.deepcopy(model.coefs_)
    best = model.best_validation_score_
    frozen = copy.copy(model)
    model.fit(X_CANCER, Y_CANCER)
    for a, b in zip(frozen.coefs_, kept, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.best_validation_score_ >= best


def test_13_lbfgs_uses_the_gradient_of_its_objective():
    # Theirs minimises the mean over the outputs along the gradient of the sum: with
    # many outputs no step looks long enough.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 5))
    Y = X @ rng.normal(size=(5, 3000))
    settings = {"solver": "lbfgs", "max_iter": 30}
    assert small(MLPRegressor, **settings).fit(X, Y).score(X, Y) < 0
    assert small(MLPScratchRegressor, **settings).fit(X, Y).score(X, Y) > 0.9


@pytest.mark.filterwarnings("default")
def test_14_divergence_ends_the_epoch_it_happens_in():
    settings = {"solver": "sgd", "learning_rate_init": 1e3, "activation": "identity"}
    with pytest.raises(ValueError, match=r"in epoch \d+ \(loss=.*StandardScaler"):
        small(MLPScratchRegressor, **settings).fit(X_IRIS, Y_IRIS)
    settings |= {"early_stopping": True, "learning_rate_init": 1.0, "max_iter": 200}
    model = small(MLPScratchRegressor, **settings)
    with pytest.warns(ConvergenceWarning, match=r"in epoch .*best epoch were restored"):
        model.fit(X_IRIS, Y_IRIS)
    assert model.n_iter_ < 200
    assert np.isfinite(model.predict(X_IRIS)).all()


def test_15_small_probabilities_keep_their_digits():
    X, y = load_digits(n_class=2, return_X_y=True)
    model = small(solver="lbfgs", max_iter=100).fit(X, y)
    raw = model.decision_function(X)
    assert raw.max() > 40
    np.testing.assert_allclose(
        np.exp(-raw[raw > 40]), model.predict_proba(X)[raw > 40, 0]
    )


def test_16_the_adaptive_rate_is_for_every_stochastic_solver():
    settings = {"learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 2}
    ours = small(max_iter=15, **settings).fit(X_IRIS, Y_IRIS)
    theirs = small(MLPClassifier, max_iter=15, **settings).fit(X_IRIS, Y_IRIS)
    assert theirs.n_iter_ < ours.n_iter_ == 15


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_17_scores_of_several_classes_are_probabilities(dtype):
    X = X_IRIS.astype(dtype)
    model = small(max_iter=50).fit(X, Y_IRIS)
    scores = model.decision_function(X)
    np.testing.assert_array_equal(scores, model.predict_proba(X))
    # What is added to all raw outputs of a sample changes nothing.
    model.coefs_[-1] += np.arange(8, dtype=dtype)[:, None]
    np.testing.assert_allclose(model.decision_function(X), scores, rtol=1e-3)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_17_calibration_is_that_of_scikit_learn(method):
    if method == "temperature" and parse_version(sklearn.__version__) < parse_version(
        "1.8"
    ):
        pytest.skip("needs scikit-learn 1.8")
    ours, theirs = (
        CalibratedClassifierCV(small(kind), method=method, cv=3)
        .fit(X_IRIS, Y_IRIS)
        .predict_proba(X_IRIS)
        for kind in (MLPScratchClassifier, MLPClassifier)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_17_the_perceptron_returns_linear_scores():
    model = PerceptronClassifier("log_loss", max_iter=10).fit(X_IRIS, Y_IRIS)
    linear = X_IRIS @ model.coef_.T + model.intercept_
    np.testing.assert_allclose(model.decision_function(X_IRIS), linear)


def test_18_one_network_predicts_several_class_targets():
    y = np.column_stack([Y_IRIS, np.where(X_IRIS[:, 1] > 3, 5, 2)])
    with pytest.raises(ValueError, match="label"):
        small(MLPClassifier).fit(X_IRIS, y)
    ours = small(max_iter=100).fit(X_IRIS, y)
    apart = MultiOutputClassifier(small(max_iter=100)).fit(X_IRIS, y)
    for own, expected in zip(ours.classes_, apart.classes_, strict=True):
        np.testing.assert_array_equal(own, expected)
    for own, expected in zip(
        ours.predict_proba(X_IRIS), apart.predict_proba(X_IRIS), strict=True
    ):
        assert own.shape == expected.shape
    right = (ours.predict(X_IRIS) == y).all(axis=1)
    assert ours.score(X_IRIS, y) == right.mean()
