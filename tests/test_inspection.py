import copy
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.activations import Activation, Tanh
from sknn_scratch.engine.losses import Loss
from sknn_scratch.inspection import (
    check_gradients,
    find_learning_rate,
    gradient_norms,
)
from sknn_scratch.layers import Dense, LayerNorm, Residual

X, Y = load_iris(return_X_y=True)
X_DIGITS, Y_DIGITS = load_digits(return_X_y=True)
X_DIGITS = X_DIGITS / 16
SMOOTH = {"activation": "tanh", "random_state": 0}


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (MLPScratchClassifier((6, 5), alpha=3.0, l1_ratio=0.5, **SMOOTH), Y),
        (MLPScratchClassifier(6, class_weight="balanced", **SMOOTH), Y > 0),
        (MLPScratchClassifier(6, loss="focal", **SMOOTH), np.tri(3, dtype=int)[Y]),
        (MLPScratchRegressor("gaussian", 6, dropout=0.5, **SMOOTH), X[:, :2]),
        (PerceptronClassifier("log_loss", weight_init="normal", random_state=0), Y),
    ],
    ids=str,
)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_gradients_are_right(estimator, y, container):
    weight = np.linspace(0.5, 2, len(X))
    check = check_gradients(estimator, container(X), y, weight)
    assert check, str(check)
    assert check.max_error < 1e-6
    assert not hasattr(estimator, "n_features_in_")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_check_gradients_uses_the_weights_of_a_fitted_network():
    model = MLPScratchClassifier(6, max_iter=3, class_weight="balanced", **SMOOTH)
    model.fit(X.astype(np.float32), Y)
    before = copy.deepcopy(model.coefs_)
    check = check_gradients(model, X[::3], Y[::3], n_params=10)
    assert check
    assert check.n_checked == {
        "weights 1": 10,
        "biases 1": 6,
        "weights 2": 10,
        "biases 2": 3,
    }
    for now, was in zip(model.coefs_, before, strict=True):
        np.testing.assert_array_equal(now, was)


def test_without_an_intercept_there_are_no_biases_to_check():
    model = PerceptronClassifier("log_loss", fit_intercept=False)
    assert list(check_gradients(model, X, Y).errors) == ["weights 1"]


@dataclass(frozen=True)
class WrongTanh(Tanh):
    """An activation with a derivative that is wrong by 10 %."""

    def differentiate(self, output, delta, cache):
        super().differentiate(output, delta, cache)
        delta *= 1.1


@dataclass(frozen=True)
class WrongLoss(Loss):
    """Half the squared error, with the gradient of twice as much."""

    out_activation = "identity"

    def evaluate(self, raw, y, losses, workspace):
        raw -= y
        losses[:] = 0.5 * (raw**2).sum(axis=1)
        raw *= 2

    def predict(self, raw):
        pass


def test_a_wrong_derivative_of_an_activation_shows_before_its_layer():
    model = MLPScratchClassifier((6, 5), ["tanh", WrongTanh()], random_state=0)
    check = check_gradients(model, X, Y)
    assert not check
    lines = str(check).splitlines()
    wrong = [line.split()[:2] for line in lines if line.endswith("WRONG")]
    assert wrong == [
        ["weights", "1"],
        ["biases", "1"],
        ["weights", "2"],
        ["biases", "2"],
    ]
    np.testing.assert_allclose(check.errors["weights 2"], 0.1 / 1.1, rtol=1e-2)


def test_a_wrong_gradient_of_a_loss_shows_in_all_layers():
    check = check_gradients(MLPScratchRegressor(WrongLoss(), 5, **SMOOTH), X, X[:, 0])
    assert not check
    np.testing.assert_allclose(check.max_error, 0.5, rtol=0.01)
    assert str(check).count("WRONG") == 4


def test_the_gradient_check_fails_for_an_activation_that_overflows():
    class Explosive(Activation):
        def activate(self, z, cache):
            z *= np.nan

        def differentiate(self, output, delta, cache):
            delta *= output

    assert not check_gradients(MLPScratchClassifier(4, Explosive()), X, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_gradient_norms_of_a_line_are_those_of_least_squares(container):
    weight, strength = np.linspace(0.5, 2, len(X)), 3.0
    model = MLPScratchRegressor(hidden_layer_sizes=[], alpha=strength, random_state=0)
    model.set_params(max_iter=2, learning_rate="cosine").fit(X, Y)
    coef, intercept = model.coefs_[0][:, 0], model.intercepts_[0]
    share = weight / weight.sum()
    residual = X @ coef + intercept - Y
    of_weights = X.T @ (share * residual) + strength / weight.sum() * coef
    norms = gradient_norms(model, container(X), Y, weight)
    expected = {
        "weights 1": np.linalg.norm(of_weights),
        "biases 1": abs(share @ residual),
    }
    assert norms == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(model.coefs_[0][:, 0], coef)


def test_gradient_norms_show_where_the_gradient_vanishes():
    block = Residual([LayerNorm(), 16, Dense(16)])
    plain, residual = (
        gradient_norms(MLPScratchClassifier(layers, random_state=0), X_DIGITS, Y_DIGITS)
        for layers in ([16] * 30, [16, *[block] * 15])
    )
    assert list(plain)[:3] == ["weights 1", "biases 1", "weights 2"]
    assert list(residual)[2:5] == ["gain 2", "shift 2", "weights 3"]
    assert plain["weights 2"] < 1e-3 * plain["weights 31"]
    weights = [norm for name, norm in residual.items() if name.startswith("weights")]
    assert len(weights) == 32
    assert max(weights) < 20 * min(weights)


def test_gradient_norms_are_of_the_transformed_data():
    mlp = MLPScratchClassifier(8, dropout=0.5, random_state=0)
    pipeline = make_pipeline(StandardScaler(), mlp)
    expected = gradient_norms(mlp, StandardScaler().fit_transform(X), Y)
    assert gradient_norms(pipeline, X, Y) == expected
    assert not hasattr(mlp, "n_features_in_")


@pytest.mark.parametrize("name", ["n_params", "step", "tol"])
def test_settings_of_a_check_are_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be .*; got 0"):
        check_gradients(MLPScratchClassifier(), X, Y, **{name: 0})


@pytest.mark.parametrize(
    ("estimator", "y", "low", "high"),
    [
        (MLPScratchClassifier(random_state=0), Y_DIGITS, 3e-3, 0.1),
        (MLPScratchClassifier(solver="sgd", random_state=0), Y_DIGITS, 0.01, 0.1),
        (
            MLPScratchClassifier(class_weight="balanced", random_state=0),
            np.array(["odd", "even"])[Y_DIGITS % 2],
            1e-3,
            0.1,
        ),
        (MLPScratchRegressor(random_state=0), Y_DIGITS / 9, 1e-4, 0.1),
    ],
    ids=str,
)
def test_the_suggested_learning_rate_trains_well(estimator, y, low, high):
    weight = np.ones(len(y))
    test = find_learning_rate(estimator, X_DIGITS, y, weight)
    assert low < test.suggestion < high
    assert len(test.rates) == len(test.losses) == len(test.smoothed)
    np.testing.assert_allclose(np.diff(np.log(test.rates)), np.log(1e6) / 99)
    assert not hasattr(estimator, "n_features_in_")
    again = find_learning_rate(estimator, X_DIGITS, y)
    np.testing.assert_allclose(again.losses, test.losses)


def test_find_learning_rate_for_a_full_batch_perceptron():
    test = find_learning_rate(PerceptronClassifier("log_loss"), X, Y, max_rate=100)
    assert 0.01 < test.suggestion < 10


def test_several_labels_and_data_frames():
    pd = pytest.importorskip("pandas")
    labels = np.tri(10, dtype=int)[Y_DIGITS]
    frame = pd.DataFrame(X_DIGITS)
    model = MLPScratchClassifier(early_stopping=True, random_state=0)
    test = find_learning_rate(model, frame, labels, n_steps=30)
    assert 1e-4 < test.suggestion < 0.1


def test_the_range_test_ends_when_training_diverges():
    model = MLPScratchRegressor(solver="sgd", random_state=0)
    test = find_learning_rate(model, X, Y, max_rate=1e6)
    assert test.rates[-1] < 1e5
    assert np.isfinite(test.losses).all()
    with pytest.raises(ValueError, match=r"min_rate must be .* training diverged"):
        find_learning_rate(model, 1e200 * X, Y)


def test_a_range_test_that_ends_too_early_warns():
    model = MLPScratchClassifier(random_state=0)
    with pytest.warns(
        UserWarning, match="lowest at the last .*, 0.001, .*raise max_rate"
    ):
        find_learning_rate(model, X_DIGITS, Y_DIGITS, max_rate=1e-3)
    with pytest.warns(UserWarning, match="lowest at the first .*, 5, .*lower min_rate"):
        find_learning_rate(model, X_DIGITS, Y_DIGITS, min_rate=5, max_rate=50)


def test_samples_without_weight_take_no_part():
    weight = (np.arange(len(Y_DIGITS)) % 10 == 0).astype(float)
    model = MLPScratchClassifier(batch_size=8, random_state=0)
    test = find_learning_rate(model, sparse.csr_array(X_DIGITS), Y_DIGITS, weight)
    some = weight > 0
    expected = find_learning_rate(model, X_DIGITS[some], Y_DIGITS[some])
    np.testing.assert_allclose(test.losses, expected.losses)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("tool", [check_gradients, find_learning_rate])
@pytest.mark.parametrize("fitted", [False, True])
def test_inspection_applies_the_other_steps_of_a_pipeline(tool, fitted):
    mlp = MLPScratchClassifier(8, max_iter=2, learning_rate="cosine", random_state=0)
    pipeline = make_pipeline(FunctionTransformer(), StandardScaler(), mlp)
    settings = {} if tool is check_gradients else {"max_rate": 100}
    scaled = StandardScaler().fit_transform(X)
    if fitted:
        pipeline.fit(X, Y)
    expected = tool(pipeline[-1], scaled, Y, **settings)
    found = tool(pipeline, X, Y, **settings)
    for name, value in vars(expected).items():
        np.testing.assert_equal(vars(found)[name], value)
    assert hasattr(pipeline[1], "mean_") == fitted


@pytest.mark.parametrize("tool", [check_gradients, find_learning_rate, gradient_norms])
def test_a_pipeline_must_end_in_a_network(tool):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(
        ValueError, match="that ends in such an estimator; got LogisticRegression"
    ):
        tool(pipeline, X, Y)


def test_find_learning_rate_refuses_the_perceptron_rule_from_zeros():
    with pytest.raises(ValueError, match="loss must not be 'perceptron' with"):
        find_learning_rate(PerceptronClassifier(), X, Y)


@pytest.mark.parametrize("seed", range(3))
def test_kinks_of_relu_pass_the_gradient_check(seed):
    check = check_gradients(
        MLPScratchClassifier(100, random_state=seed), X_DIGITS[:300], Y_DIGITS[:300]
    )
    assert check, str(check)
    assert check.n_checked["weights 1"] > 90


def test_the_gradient_check_fails_if_it_can_check_nothing():
    check = check_gradients(PerceptronClassifier(), X, Y)
    assert not check
    assert str(check).count("not compared: at a kink") == 2
    tiny = check_gradients(MLPScratchClassifier(5, WrongTanh(), alpha=0), 1e-12 * X, Y)
    assert tiny.n_checked["weights 1"] == 0
    assert not tiny  # the biases show it


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (MLPScratchClassifier((10,) * 8, "logistic", random_state=0), Y),
        (MLPScratchRegressor(random_state=0), Y + 1e6),
    ],
    ids=str,
)
def test_rounding_errors_pass_the_gradient_check(estimator, y):
    check = check_gradients(estimator, X[::5], y[::5])
    assert check, str(check)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_rate": 0}, "min_rate must be > 0 and less than max_rate; got 0"),
        ({"min_rate": 2}, "min_rate must be > 0 and less than max_rate; got 2"),
        ({"n_steps": 1}, "n_steps must be an int >= 2; got 1"),
        ({"n_steps": 20.5}, "n_steps must be an int >= 2; got 20.5"),
        ({"smoothing": 1}, r"smoothing must be in \[0, 1\); got 1"),
    ],
)
def test_settings_of_a_range_test(settings, message):
    with pytest.raises(ValueError, match=message):
        find_learning_rate(MLPScratchClassifier(), X, Y, **settings)


def test_find_learning_rate_refuses_lbfgs():
    with pytest.raises(ValueError, match="solver must be stochastic; got 'lbfgs'"):
        find_learning_rate(MLPScratchClassifier(solver="lbfgs"), X, Y)


def test_the_range_test_ignores_classes_without_weight():
    model = MLPScratchClassifier(
        3, class_weight={0: 0.0, 1: 1.0, 2: 1.0}, batch_size=2, random_state=0
    )
    test = find_learning_rate(model, X, Y, n_steps=20)
    assert np.isfinite(test.losses).all()


def test_averaging_does_not_change_the_losses_of_the_steps():
    plain, averaging = (
        find_learning_rate(
            MLPScratchClassifier(5, average=average, random_state=0), X, Y, n_steps=30
        )
        for average in (False, True)
    )
    np.testing.assert_array_equal(averaging.losses, plain.losses)


@pytest.mark.parametrize("distance", [3e-6, 8e-7, 3e-7, 1e-8, 0.0])
def test_a_gradient_near_a_kink_passes_the_check(distance):
    """Of relu, at 0: the only unit is at this distance from it."""
    model = MLPScratchRegressor(hidden_layer_sizes=1, alpha=0)
    model.partial_fit(np.ones((1, 1)), np.ones(1))
    model.coefs_, model.intercepts_ = [np.ones((1, 1))] * 2, [[distance - 1], [0]]
    check = check_gradients(model, np.ones((1, 1)), np.ones(1))
    assert check.max_error < 1e-5, str(check)
