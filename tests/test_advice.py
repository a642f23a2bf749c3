"""Warnings after training: their content and conditions."""

import re
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.layers import Dense
from sknn_scratch.engine.losses import BinaryLogLoss, SquaredError
from sknn_scratch.engine.network import Network
from sknn_scratch.estimators._usefulness import _is_clear

X, Y = load_iris(return_X_y=True)
X_WINE, Y_WINE = load_wine(return_X_y=True)


def warned(model, X=X, y=Y, **settings):
    """Return the messages of all warnings of a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, **settings)
    return [str(warning.message) for warning in caught]


def test_the_warning_reports_the_last_improvement_of_the_loss():
    model = MLPScratchClassifier(8, max_iter=99, n_iter_no_change=9, random_state=1)
    (message,) = warned(model)
    found = re.search(r"in the last (\d+) epochs the loss fell by (\S+);", message)
    number, fell = found.groups()
    curve, n = model.loss_curve_, int(number)
    assert n == 10
    assert float(fell) == pytest.approx(min(curve[:-n]) - min(curve), rel=0.05)
    assert "tol is 0.0001. Raise max_iter or tol." in message


def test_the_warning_reports_the_last_improvement_of_the_score():
    settings = {"early_stopping": True, "n_iter_no_change": 9, "scoring": "loss"}
    model = MLPScratchClassifier(8, max_iter=15, random_state=0, **settings)
    (message,) = warned(model)
    scores = model.validation_scores_
    rose = max(scores) - max(scores[:-10])
    assert rose > 0
    assert f"in the last 10 epochs the validation score rose by {rose:.2g}" in message


@pytest.mark.parametrize("learning_rate", ["constant", "linear"])
def test_a_risen_loss_does_not_recommend_longer_training(learning_rate):
    model = MLPScratchRegressor("squared_error", (), solver="sgd", random_state=0)
    model.set_params(learning_rate_init=1.0, max_iter=5, learning_rate=learning_rate)
    (message,) = warned(model, scale(X) * 3, scale(X)[:, 0])
    assert re.match(r"The training loss rose from \S+ to \S+\..*Lower", message)


def test_the_warning_reports_the_gradient_of_lbfgs():
    (message,) = warned(
        MLPScratchClassifier(8, solver="lbfgs", max_iter=3, random_state=0)
    )
    assert re.search(
        r"The largest absolute entry of the gradient is \d+\.\d+; tol is 0\.0001",
        message,
    )


def test_the_warning_reports_the_error_rate_of_a_perceptron():
    model = PerceptronClassifier(max_iter=3)
    (message,) = warned(model, scale(X))
    share = 1 - model.score(scale(X), Y)
    assert f": {share:.2g} of the training samples are misclassified" in message


@pytest.mark.parametrize(
    "model",
    [
        MLPScratchClassifier(8, max_iter=3, random_state=0),
        MLPScratchClassifier(8, max_iter=3, solver="lbfgs", random_state=0),
        PerceptronClassifier(max_iter=3),
    ],
    ids=["epochs", "lbfgs", "perceptron"],
)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_features_of_very_different_sizes_are_named(model, container):
    (message,) = warned(model, container(X_WINE), Y_WINE)
    smallest, largest = np.abs(X_WINE).max(axis=0).min(), np.abs(X_WINE).max()
    assert f"features are {smallest:.2g} to {largest:.2g}: scale them" in message
    scaled = container(scale(X_WINE))
    assert all(
        "absolute values" not in message for message in warned(model, scaled, Y_WINE)
    )


def test_the_divergence_error_reports_feature_scales():
    model = MLPScratchRegressor("squared_error", (), solver="sgd")
    model.set_params(learning_rate_init=1e30)
    with pytest.raises(ValueError, match=r"diverged .* 0\.66 to 1\.7e\+03: scale"):
        model.fit(X_WINE, Y_WINE)


def test_a_converged_fit_does_not_warn_of_scales():
    model = MLPScratchClassifier(8, learning_rate="linear", max_iter=20, random_state=0)
    assert warned(model, X_WINE, Y_WINE) == []


def test_predictions_that_are_all_the_same():
    dead = MLPScratchClassifier(
        8, learning_rate="linear", learning_rate_init=100.0, max_iter=20, random_state=0
    )
    *_, message = warned(dead)
    assert "The predictions are the same for all samples" in message
    assert len(set(dead.predict(X))) == 1


def test_a_constant_target_needs_no_better_model_than_a_constant():
    model = MLPScratchRegressor("squared_error", 3, learning_rate="linear", max_iter=3)
    assert warned(model.set_params(random_state=0), X, np.full(150, 7.0)) == []


def test_features_that_are_constant_are_named():
    model = MLPScratchRegressor("squared_error", 3, learning_rate="linear", max_iter=3)
    model.set_params(random_state=0)
    (message,) = warned(model, np.ones((20, 2)), np.arange(20) % 2)
    assert "All features are constant." in message


def test_a_warning_points_to_the_line_of_the_user_also_inside_other_estimators():
    pipeline = make_pipeline(StandardScaler(), MLPScratchClassifier(8, max_iter=2))
    with pytest.warns(ConvergenceWarning) as caught:
        cross_val_score(pipeline, X, Y, cv=2)
    assert {warning.filename for warning in caught} == {__file__}


def test_a_warning_points_to_the_line_of_the_user():
    for model in (
        MLPScratchClassifier(8, max_iter=2),
        MLPScratchClassifier(8, max_iter=2, solver="lbfgs"),
        MLPScratchClassifier(
            8, learning_rate="linear", weight_init="zeros", max_iter=2
        ),
    ):
        with pytest.warns((ConvergenceWarning, UserWarning)) as caught:
            model.fit(X, Y)
        assert {warning.filename for warning in caught} == {__file__}


RNG = np.random.default_rng(0)
X_NORMAL = RNG.normal(size=(1000, 8))
SIZES_OF_TARGET = {
    "large": (np.exp(0.5 * X_NORMAL[:, 0]) * 2e5, "mean 2.3e+05 and standard dev"),
    "small": (X_NORMAL[:, 0] * 1e-4, "standard deviation 9.7e-05"),
    "offset": (X_NORMAL[:, 0] + 300, "mean 3e+02 and standard deviation 0.97"),
}


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("name", SIZES_OF_TARGET)
def test_a_regressor_no_better_than_the_mean_names_the_scale_of_the_target(
    name, early_stopping
):
    y, sizes = SIZES_OF_TARGET[name]
    model = MLPScratchRegressor(early_stopping=early_stopping, random_state=0)
    (message,) = warned(model.set_params(max_iter=50), X_NORMAL, y)
    assert model.score(X_NORMAL, y) < 0
    assert "no better than a constant prediction" in message
    assert sizes in message
    assert ": set standardize_target=True. The largest absolute values" in message
    assert "Raise max_iter" not in message
    model.set_params(standardize_target=True, max_iter=300)
    assert warned(model, X_NORMAL, y) == []
    assert model.score(X_NORMAL, y) > 0.9


def test_a_classifier_no_better_than_the_most_frequent_class_names_the_features():
    model = MLPScratchClassifier(early_stopping=True, random_state=0)
    (message,) = warned(model, X_WINE, Y_WINE)
    assert model.score(X_WINE, Y_WINE) < 0.5
    assert re.search(r"\(accuracy 0\.4\d*; most frequent class 0\.4\)", message)
    assert message.endswith("scale them, for example with StandardScaler.")


USELESS = {
    "lbfgs": {"solver": "lbfgs", "max_iter": 1},
    "schedule": {"learning_rate": "linear", "max_iter": 3},
    "average": {"average": True, "max_iter": 5},
    "loss": {"loss": "absolute_error", "max_iter": 5},
    "gaussian": {"loss": "gaussian", "learning_rate": "linear", "max_iter": 5},
    "refit": {"early_stopping": True, "refit": True, "max_iter": 3},
    "ensemble": {"ensemble": [[0, 1], slice(None)], "max_iter": 5},
    "two targets": {"max_iter": 5},
    "weights": {"max_iter": 5},
}


@pytest.mark.parametrize("name", USELESS)
def test_a_useless_model_warns_once(name):
    y = SIZES_OF_TARGET["offset"][0]
    fit = {"sample_weight": RNG.uniform(size=1000)} if name == "weights" else {}
    if name == "two targets":
        y = np.column_stack([y, y])
    model = MLPScratchRegressor(random_state=0, **USELESS[name])
    (message,) = warned(model, X_NORMAL, y, **fit)
    assert "no better than a constant" in message


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_a_target_that_cannot_be_standardized_has_another_remedy(loss):
    y = np.exp(0.5 * X_NORMAL[:, 0]) * 2e5
    (message,) = warned(MLPScratchRegressor(loss, max_iter=3), X_NORMAL, y)
    assert "standard deviation 1.2e+05: divide it by a constant" in message


def test_partial_fit_does_not_warn_of_a_useless_model():
    model = MLPScratchRegressor(random_state=0)
    with warnings.catch_warnings(action="error"):
        model.partial_fit(X_NORMAL, X_NORMAL[:, 0] + 300)


def test_a_loss_without_best_constant_is_not_checked():
    class MyLoss(SquaredError):  # noqa: N818 (no exception)
        def best_constant(self, y, sample_weight=None):
            return None

    model = MLPScratchRegressor(MyLoss(), learning_rate="linear", max_iter=3)
    assert warned(model, X_NORMAL, X_NORMAL[:, 0] + 300) == []


GOOD = {
    "adam": {"learning_rate_init": 0.01},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.1},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True, "learning_rate_init": 0.01},
    "average": {"average": 0.9, "learning_rate_init": 0.01},
    "dropout": {"dropout": 0.3, "learning_rate_init": 0.01, "learning_rate": "linear"},
    "weights": {"class_weight": "balanced", "learning_rate_init": 0.01},
    "smoothing": {"label_smoothing": 0.2, "learning_rate_init": 0.01},
}


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
@pytest.mark.parametrize("name", GOOD)
def test_good_classifiers_do_not_warn(name, load):
    X, y = load(return_X_y=True)
    settings = {"max_iter": 500, "random_state": 0, "tol": 1e-3} | GOOD[name]
    model = MLPScratchClassifier(16, **settings)
    assert warned(model, scale(X), y) == []
    labels = np.column_stack([y == 0, y > 0, y == y.max()]).astype(int)
    if name != "weights":
        assert warned(model, scale(X), labels[:, 1:]) == []


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "poisson"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_good_regressors_do_not_warn(loss, solver):
    X, y = load_diabetes(return_X_y=True)
    settings = {"solver": solver, "max_iter": 1000, "tol": 1e-2, "random_state": 0}
    settings |= {"learning_rate_init": 0.01, "learning_rate": "linear"}
    settings |= {"tol": 1.0} if loss == "poisson" else {"standardize_target": True}
    assert warned(MLPScratchRegressor(loss, 8, **settings), scale(X), y) == []


def test_the_warning_is_about_training_if_scales_are_right():
    model = MLPScratchClassifier(8, max_iter=2, random_state=0)
    (message,) = warned(model, scale(X), Y)
    assert "no better than a constant" in message
    assert message.endswith("Raise max_iter or tol.")
    (message,) = warned(model.set_params(learning_rate="linear"), scale(X), Y)
    assert message.endswith("check whether the features determine the target.")


def test_one_useless_target_among_several_is_named():
    y = np.column_stack([X_NORMAL[:, 1], X_NORMAL[:, 0] * 1e-4])
    model = MLPScratchRegressor(max_iter=500, random_state=0)
    (message,) = warned(model, X_NORMAL, y)
    assert r2_score(y, model.predict(X_NORMAL), multioutput="raw_values")[0] > 0.9
    assert "(target 1: loss" in message


@pytest.mark.parametrize("loss", ["perceptron", "hinge"])
@pytest.mark.parametrize("settings", [{}, {"batch_size": 1}, {"early_stopping": True}])
def test_a_perceptron_no_better_than_the_most_frequent_class(loss, settings):
    y = RNG.uniform(size=1000) < 0.08
    model = PerceptronClassifier(loss, random_state=0, max_iter=50, **settings)
    (message,) = warned(model, X_NORMAL, y)
    assert "no better than a constant prediction" in message
    assert "most frequent class 0.9" in message


def test_a_perceptron_on_unscaled_features_gets_no_overlap_warning():
    for average in (False, True):
        (message,) = warned(PerceptronClassifier(average=average), X_WINE, Y_WINE)
        assert message.startswith(
            "The perceptron has stopped improving but misclassifies"
        )
        assert message.endswith("scale them, for example with StandardScaler.")


def test_an_error_of_divergence_names_the_scale_of_the_target():
    y = 5e5 + 1e5 * X_NORMAL[:, 0]
    with pytest.raises(ValueError, match=r"diverged .* standardize_target=True\.$"):
        MLPScratchRegressor(solver="sgd", random_state=0).fit(X_NORMAL, y)


def test_weighted_accuracy_is_labeled_as_weighted():
    model = MLPScratchClassifier(8, class_weight={0: 50}, max_iter=1, random_state=0)
    (message,) = warned(model, scale(X), Y)
    assert re.search(
        r"\(weighted accuracy 0\.\d+; most frequent class 0\.962\)", message
    )


@pytest.mark.parametrize("share_right", [1.0, 0.8, 0.58])
def test_a_sample_shows_skill_only_for_good_classifiers(share_right):
    """A network x > 0 on labels that it gets right with some probability."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], 1000)[:, None]
    y = np.where(rng.random(1000) < share_right, x[:, 0] > 0, x[:, 0] < 0)
    network = Network(1, [Dense(1)])
    network.params[...] = 1.0, 0.0
    given = x, np.array([[0.0, 1.0]]), y.astype(np.uint8)
    plain, weighted = TrainingSet(*given), TrainingSet(*given, np.ones(1000))
    rows = np.arange(1000)
    assert _is_clear(network, BinaryLogLoss(), plain, rows, usual=0.5) == (
        share_right > 0.75
    )
    assert not _is_clear(network, BinaryLogLoss(), plain, rows, usual=0.95)
    assert not _is_clear(network, BinaryLogLoss(), plain, rows[:199], usual=0.5)
    assert not _is_clear(network, BinaryLogLoss(), weighted, rows, usual=0.5)


def test_rare_large_targets_do_not_hide_a_useless_model():
    """The validation set lacks them, so its loss is far below that of a constant."""
    X, y = X_NORMAL[:300], np.exp(2 * X_NORMAL[:300, 0]) * 1e5
    for seed in range(5):
        model = MLPScratchRegressor(early_stopping=True, random_state=seed)
        (message,) = warned(model, X, y)
        assert "no better than a constant" in message


def test_the_order_of_the_rows_does_not_matter():
    y = np.tile([0.0, 1e6], 1000)
    model = MLPScratchRegressor(shuffle=False, max_iter=5, random_state=0)
    (message,) = warned(model, np.tile(X_NORMAL, (2, 1)), y)
    assert re.search(r"standard deviation 5e\+05: set standardize_target", message)


def test_many_classes_are_compared_with_the_shares_of_all_rows():
    rng, n_classes = np.random.default_rng(0), 300
    centers = rng.normal(size=(n_classes, 20))
    y = np.r_[np.arange(n_classes), rng.integers(0, n_classes, 3000)]
    X = 0.5 * centers[y] + rng.normal(size=(len(y), 20))
    model = MLPScratchClassifier(32, max_iter=4, learning_rate="linear", random_state=0)
    model.set_params(learning_rate_init=0.005)
    assert warned(model, X, y) == []
    assert model.loss_ < np.log(n_classes)


def test_wide_sparse_features_are_checked():
    rng = np.random.default_rng(0)
    places = np.arange(4000) % 400, rng.integers(0, 2**20, 4000)
    X = sparse.csr_array((np.ones(4000), places), shape=(400, 2**20))
    model = MLPScratchClassifier(2, learning_rate_init=1e-7, learning_rate="linear")
    (message,) = warned(model.set_params(max_iter=1), X, rng.integers(0, 2, 400))
    assert "no better than a constant" in message


def test_standardized_features_with_rare_large_values_are_scaled_well():
    X_digits, y = load_digits(return_X_y=True)
    model = MLPScratchClassifier(8, max_iter=1, learning_rate_init=1e-6, random_state=0)
    (message,) = warned(model, scale(X_digits), y)
    assert "no better than a constant" in message
    assert "scale them" not in message


def test_a_weighted_error_rate_is_labeled_as_weighted():
    y = (X_NORMAL[:, 0] > 0) ^ (RNG.uniform(size=1000) < 0.2)
    weight = RNG.uniform(size=1000)
    (message,) = warned(PerceptronClassifier(), X_NORMAL, y, sample_weight=weight)
    assert re.search(r"misclassifies \d+% of its training samples by weight\.", message)


def test_a_single_class_gets_no_overlap_warning():
    y = np.zeros(1000)
    model = PerceptronClassifier(fit_intercept=False)
    assert warned(model, X_NORMAL, y) == []
    assert model.score(X_NORMAL, y) == 1
    forever = PerceptronClassifier(n_iter_no_change=np.inf, max_iter=500)
    assert forever.fit(X_NORMAL, y).stop_reason_ == "no_mistakes"


def test_a_batch_size_beyond_the_samples_warns_once():
    messages = warned(PerceptronClassifier(batch_size=1000, max_iter=200), scale(X), Y)
    assert sum("batch_size=1000" in message for message in messages) == 1
