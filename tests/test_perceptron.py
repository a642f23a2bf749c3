import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.utils.estimator_checks import check_class_weight_balanced_linear_classifier

from sknn_scratch import PerceptronClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LOSSES = ["perceptron", "squared_error", "log_loss", "hinge"]
LOADERS = {
    "breast cancer": load_breast_cancer,
    "iris": load_iris,
    "wine": load_wine,
    "digits": load_digits,
}


def standardised(name):
    X, y = LOADERS[name](return_X_y=True)
    return scale(X), y


X_IRIS, Y_IRIS = standardised("iris")


def two_clouds(n=200, seed=0):
    """The article's data: two overlapping Gaussian clouds, labelled -1 and 1."""
    rng = np.random.default_rng(seed)
    y = np.repeat([-1, 1], n)
    return rng.normal(size=(2 * n, 2)) + y[:, None], y


def test_full_batch_mode_is_the_update_of_the_article():
    X, y = two_clouds()
    n, rate, n_steps = len(X), 2e-4, 30
    start = np.random.default_rng(1).normal(size=3)

    w = start.copy()  # the reference: bias first, the gradient summed
    X1 = np.column_stack([np.ones(n), X])
    for _ in range(n_steps):
        w = w + 2 * rate * (y - np.sign(X1 @ w)) @ X1

    model = PerceptronClassifier(
        batch_size=None,
        alpha=0,
        learning_rate="constant",
        learning_rate_init=4 * n * rate,
        max_iter=1,
    )
    model.fit(X, y, coef_init=start[None, 1:], intercept_init=start[:1])
    for _ in range(n_steps - 1):
        model.partial_fit(X, y)
    assert model.n_iter_ == n_steps
    np.testing.assert_allclose(model.intercept_, w[:1], rtol=1e-12)
    np.testing.assert_allclose(model.coef_, w[None, 1:], rtol=1e-12)


def test_online_mode_is_the_rule_of_rosenblatt():
    X, y = two_clouds(50, seed=2)
    w, b = np.array([0.3, -0.2]), 0.1
    model = PerceptronClassifier(
        batch_size=1,
        shuffle=False,
        learning_rate="constant",
        learning_rate_init=0.5,
        max_iter=1,
    )
    model.fit(X, y, coef_init=[w], intercept_init=[b])
    for _ in range(2):
        model.partial_fit(X, y)
    for _ in range(3):
        for x, t in zip(X, y, strict=True):
            if t * (w @ x + b) <= 0:
                w, b = w + 0.5 * t * x, b + 0.5 * t
    np.testing.assert_allclose(model.coef_[0], w)
    np.testing.assert_allclose(model.intercept_[0], b)


def test_perceptron_updates_only_the_true_and_the_winning_class():
    start = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    X, y = [[2.0, 1.0], [3.0, 0.0], [0.0, 3.0]], ["c", "a", "b"]
    model = PerceptronClassifier(learning_rate_init=3.0, max_iter=1)
    model.fit(X, y, coef_init=start, intercept_init=np.zeros(3))
    # Of the three only the first is mistaken: "a" wins it with 2, "c" has -2.
    np.testing.assert_allclose(model.coef_ - start, [[-2, -1], [0, 0], [2, 1]])
    np.testing.assert_allclose(model.intercept_, [-1, 0, 1])


@given(seed=st.integers(0, 10**6), n_classes=st.integers(2, 4), n=st.integers(5, 60))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_separable_classes_are_separated_and_end_the_training(seed, n_classes, n):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)) * 10.0 ** rng.integers(0, 3)
    hidden = rng.normal(size=(3, n_classes))
    scores = X @ hidden
    ordered = np.sort(scores, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 0.1 * np.abs(scores).max()
    X, y = X[clear], scores[clear].argmax(axis=1)
    if len(X) == 0:
        return
    for batch_size in (None, 1):
        model = PerceptronClassifier(
            batch_size=batch_size,
            max_iter=100_000,
            n_iter_no_change=np.inf,
            random_state=0,
        )
        model.fit(X, y)
        assert model.score(X, y) == 1
        assert model.n_iter_ < 100_000


def test_training_ends_with_the_first_weights_without_mistakes():
    X, y = standardised("wine")
    model = PerceptronClassifier(batch_size=1, random_state=0).fit(X, y)
    assert model.n_iter_ == model.best_epoch_ < 100
    assert model.stop_reason_ == "no_mistakes"
    assert model.score(X, y) == 1
    one_less = PerceptronClassifier(batch_size=1, random_state=0)
    one_less.set_params(max_iter=model.n_iter_ - 1).fit(X, y)
    assert one_less.score(X, y) < 1
    before = model.coef_.copy()
    model.set_params(warm_start=True).fit(X, y)
    assert model.n_iter_ == 1
    np.testing.assert_array_equal(model.coef_, before)


@pytest.mark.parametrize("batch_size", [None, 1])
@pytest.mark.parametrize("average", [False, True])
def test_training_ends_when_the_number_of_mistakes_stops_falling(batch_size, average):
    """The weights are those of the last of the epochs with the fewest mistakes."""
    X, y = two_clouds()
    settings = {"batch_size": batch_size, "average": average, "random_state": 0}
    model = PerceptronClassifier(**settings).fit(X, y)
    assert model.stop_reason_ == "no_improvement"
    assert model.n_iter_ < 1000
    same = PerceptronClassifier(**settings)
    scores, weights = [], []
    for _ in range(model.n_iter_):
        same.partial_fit(X, y, classes=[-1, 1])
        scores.append(same.score(X, y))
        weights.append(same.coef_.copy())
    last_of_the_best = model.n_iter_ - np.argmax(scores[::-1])
    assert model.best_epoch_ == last_of_the_best
    np.testing.assert_allclose(model.coef_, weights[last_of_the_best - 1])


def test_perceptron_accuracy_is_weighted():
    """A mistake costs its weight: of 5 samples the heavy one is right."""
    X = np.array([[1.0], [1.0], [1.0], [1.0], [1.0]])
    y = np.array([0, 0, 0, 0, 1])
    model = PerceptronClassifier(max_iter=50, random_state=0)
    assert model.fit(X, y).score(X, y) == 0.8
    assert model.fit(X, y, sample_weight=[1, 1, 1, 1, 9]).score(X, y) == 0.2


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("max_iter", [5, 1000])
def test_the_averaged_perceptron_is_recommended_for_overlapping_classes(max_iter):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 200)
    X = rng.normal(size=(400, 2)) + 0.5 * y[:, None]
    with pytest.warns(ConvergenceWarning, match=r"misclass.*Set average=True"):
        PerceptronClassifier(max_iter=max_iter).fit(X, y)
    with warnings.catch_warnings(action="error"):
        averaged = PerceptronClassifier(average=True).fit(X, y)
    assert averaged.stop_reason_ == "no_improvement"


@pytest.mark.parametrize("loss", ["perceptron", "hinge"])
@pytest.mark.parametrize("average", [False, True, 0.9])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_skipping_correct_samples_does_not_change_the_result(loss, average, container):
    """A tiny penalty makes every sample a step."""
    X, y = standardised("iris")
    settings = {"batch_size": 1, "average": average, "random_state": 0}
    weight = np.linspace(0, 2, 150)
    models = []
    for alpha in (0.0, 1e-300):
        model = PerceptronClassifier(loss, alpha=alpha, clip_norm=2.0, **settings)
        for _ in range(5):
            model.partial_fit(container(X), y, [0, 1, 2], weight)
        models.append(model)
    skipped, stepped = models
    np.testing.assert_allclose(skipped.coef_, stepped.coef_, atol=1e-12)
    np.testing.assert_allclose(skipped.loss_curve_, stepped.loss_curve_, atol=1e-12)
    assert skipped.t_ == stepped.t_
    assert skipped._continuation.states[0].progress.n_steps == (
        stepped._continuation.states[0].progress.n_steps
    )


@pytest.mark.parametrize("name", sorted(LOADERS))
def test_accuracy_equals_that_of_scikit_learn(name):
    X, y = LOADERS[name](return_X_y=True)

    def accuracy(model):
        return cross_val_score(make_pipeline(StandardScaler(), model), X, y).mean()

    assert accuracy(PerceptronClassifier()) >= accuracy(Perceptron())
    difference = accuracy(PerceptronClassifier(loss="log_loss")) - accuracy(
        LogisticRegression(max_iter=1000)
    )
    assert difference >= -0.01


def test_log_loss_minimizes_the_objective_of_logistic_regression():
    X, y = standardised("wine")
    model = PerceptronClassifier(
        loss="log_loss",
        learning_rate_init=1.0,
        learning_rate="constant",
        alpha=5.0,
        tol=0,
        max_iter=2000,
    ).fit(X, y)
    exact = LogisticRegression(C=1 / 5.0, tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=1e-4)
    proba = exact.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), proba, atol=1e-5)


def test_squared_error_is_linear_regression_on_plus_and_minus_one():
    X, y = standardised("iris")
    model = PerceptronClassifier(
        loss="squared_error", learning_rate="constant", tol=0, max_iter=20_000
    ).fit(X, y)
    X1 = np.column_stack([X, np.ones(len(X))])
    exact = np.linalg.lstsq(X1, 2 * np.eye(3)[y] - 1, rcond=None)[0]
    np.testing.assert_allclose(model.coef_, exact[:-1].T, atol=1e-3)
    np.testing.assert_allclose(model.intercept_, exact[-1], atol=1e-3)


@pytest.mark.parametrize("loss", LOSSES)
def test_shapes_are_those_of_linear_models(loss):
    for y, n_rows in ((Y_IRIS > 0, 1), (Y_IRIS, 3)):
        model = PerceptronClassifier(loss=loss, max_iter=20).fit(X_IRIS, y)
        assert model.coef_.shape == (n_rows, 4)
        assert model.intercept_.shape == (n_rows,)
        decision = model.decision_function(X_IRIS)
        expected = X_IRIS @ model.coef_.T + model.intercept_
        np.testing.assert_allclose(decision.reshape(150, -1), expected)
        proba = model.predict_proba(X_IRIS)
        np.testing.assert_allclose(proba.sum(axis=1), 1)
        np.testing.assert_array_equal(
            model.classes_[proba.argmax(axis=1)], model.predict(X_IRIS)
        )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch_size", [None, 16])
def test_sparse_input_and_partial_fit_give_the_same_weights(loss, batch_size):
    options = {"loss": loss, "batch_size": batch_size, "random_state": 0, "tol": 0}
    dense = PerceptronClassifier(max_iter=5, **options).fit(X_IRIS, Y_IRIS)
    in_csr = PerceptronClassifier(max_iter=5, **options)
    in_csr.fit(sparse.csr_array(X_IRIS), Y_IRIS)
    stepwise = PerceptronClassifier(**options)
    for _ in range(5):
        stepwise.partial_fit(X_IRIS, Y_IRIS, classes=[0, 1, 2])
    np.testing.assert_allclose(in_csr.coef_, dense.coef_, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(stepwise.coef_, dense.coef_)
    assert stepwise.n_iter_ == 5


def test_without_an_intercept_the_hyperplane_goes_through_the_origin():
    model = PerceptronClassifier(loss="log_loss", fit_intercept=False)
    model.fit(X_IRIS, Y_IRIS)
    np.testing.assert_array_equal(model.intercept_, np.zeros(3))
    np.testing.assert_array_equal(model.decision_function(np.zeros((1, 4))), [[0] * 3])


def test_normal_weights_are_drawn_from_random_state():
    options = {"weight_init": "normal", "learning_rate_init": 1e-9, "max_iter": 1}
    model = PerceptronClassifier(random_state=7, **options).fit(X_IRIS, Y_IRIS)
    drawn = np.random.RandomState(7).standard_normal((4, 3)).T
    np.testing.assert_allclose(model.coef_, drawn, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_class_weights_are_sample_weights(loss):
    y = Y_IRIS.copy()
    y[:25] = 1
    options = {"loss": loss, "max_iter": 50, "learning_rate_init": 0.05}
    by_class = PerceptronClassifier(class_weight={0: 3.0, 1: 1.0, 2: 0.5}, **options)
    by_class.fit(X_IRIS, y)
    by_sample = PerceptronClassifier(**options)
    by_sample.fit(X_IRIS, y, sample_weight=np.array([3.0, 1.0, 0.5])[y])
    np.testing.assert_allclose(by_class.coef_, by_sample.coef_)


def test_balanced_class_weights_pass_the_check_of_linear_classifiers():
    check_class_weight_balanced_linear_classifier("P", PerceptronClassifier())


def test_balanced_class_weights_need_all_samples_at_once():
    with pytest.raises(
        ValueError, match=r"partial_fit does not .*class_weight='balanced'"
    ):
        PerceptronClassifier(class_weight="balanced").partial_fit(
            X_IRIS, Y_IRIS, classes=[0, 1, 2]
        )


@pytest.mark.parametrize("loss", LOSSES)
def test_early_stopping_keeps_the_best_epoch(loss):
    model = PerceptronClassifier(loss=loss, early_stopping=True, random_state=0)
    model.fit(*standardised("digits"))
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert len(model.validation_scores_) == model.n_iter_ < 1000


def test_given_weights_of_the_wrong_shape_are_refused():
    model = PerceptronClassifier()
    with pytest.raises(ValueError, match=r"must have the shapes \[\(3, 4\)\]; got"):
        model.fit(X_IRIS, Y_IRIS, coef_init=np.zeros((1, 4)))
    assert not hasattr(model, "coef_")


def test_intercept_init_requires_fit_intercept():
    model = PerceptronClassifier(fit_intercept=False)
    with pytest.raises(
        ValueError,
        match=r"intercept_init requires fit_intercept=True; got fit_intercept=False",
    ):
        model.fit(X_IRIS, Y_IRIS > 0, intercept_init=[5.0])


def test_initial_weights_of_two_classes_may_be_flat():
    options = {"coef_init": np.ones(4), "intercept_init": 1.0}
    model = PerceptronClassifier(learning_rate_init=1e-9, max_iter=1)
    model.fit(X_IRIS, Y_IRIS > 0, **options)
    np.testing.assert_allclose(model.coef_, np.ones((1, 4)), atol=1e-6)


def test_multilabel_targets_raise():
    labels = np.eye(3, dtype=int)[Y_IRIS]
    with pytest.raises(ValueError, match=r"vector of class labels .*argmax\(axis=1\)"):
        PerceptronClassifier().fit(X_IRIS, labels)


def test_with_a_penalty_an_epoch_without_mistakes_does_not_end_the_training():
    # The step after it shrinks the weights but not the bias, and may bring one back.
    rng = np.random.default_rng(0)
    for _ in range(30):
        X = rng.normal(size=(30, 2)) + 3
        y = X @ [1.0, -0.7] > 0.6
        model = PerceptronClassifier(max_iter=10_000, n_iter_no_change=np.inf)
        model.fit(X, y)
        assert model.score(X, y) == 1
    model.set_params(alpha=5.0, max_iter=40, n_iter_no_change=np.inf)
    assert model.fit(X, y).n_iter_ == 40


def test_invscaling_counts_the_steps_of_all_calls_of_partial_fit():
    model = PerceptronClassifier(loss="log_loss", learning_rate="invscaling")
    rates = []
    for rows in (slice(0, 150), slice(0, 10), slice(0, 1), slice(0, 150)):
        model.partial_fit(X_IRIS[rows], Y_IRIS[rows], classes=[0, 1, 2])
        rates.append(model._continuation.states[0].progress.rate)
    np.testing.assert_allclose(rates, 0.1 * np.arange(2.0, 6.0) ** -0.4)


def test_class_weights_of_classes_that_a_call_does_not_see():
    model = PerceptronClassifier(class_weight={0: 1.0, 2: 5.0}, loss="log_loss")
    model.partial_fit(X_IRIS[:100], Y_IRIS[:100], classes=[0, 1, 2])
    other = PerceptronClassifier(loss="log_loss")
    other.partial_fit(X_IRIS[:100], Y_IRIS[:100], classes=[0, 1, 2])
    np.testing.assert_allclose(model.coef_, other.coef_)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_class_weights_are_finite_and_not_negative(bad):
    with pytest.raises(
        ValueError, match="class_weight must contain finite weights >= 0"
    ):
        PerceptronClassifier(class_weight={0: bad}).fit(X_IRIS, Y_IRIS)


def test_the_rate_of_an_epoch_is_that_of_its_last_step():
    X, y = scale(X_IRIS), Y_IRIS == 0
    model = PerceptronClassifier("hinge", batch_size=1, learning_rate="linear")
    model.set_params(learning_rate_init=1.0, max_iter=5, random_state=0).fit(X, y)
    steps = 150 * np.arange(1, 6)
    np.testing.assert_allclose(model.learning_rate_curve_, 1 - (steps - 1) / 750)
