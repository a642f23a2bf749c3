import copy
import pickle
import threading
from unittest import mock

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import scale

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.optimizers import Adam
from sknn_scratch.estimators._validation import hold_out

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_breast_cancer(return_X_y=True)
X = scale(X)
X_DIGITS, Y_DIGITS = load_digits(return_X_y=True)
X_DIGITS = X_DIGITS / 16
ESTIMATORS = [MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier]


def interrupt_after(monkeypatch, n_steps):
    """Press Ctrl-C in the n-th step of Adam."""
    update = Adam.update
    left = [n_steps]

    def interrupted(self, *args):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        update(self, *args)

    monkeypatch.setattr(Adam, "update", interrupted)


def test_classifier_learns_digits():
    model = MLPScratchClassifier(max_iter=60, random_state=0, learning_rate_init=0.01)
    model.fit(X_DIGITS[:1200], Y_DIGITS[:1200])
    assert model.score(X_DIGITS[1200:], Y_DIGITS[1200:]) > 0.93


def test_the_decision_function_is_the_log_odds_or_of_several_classes_the_probability():
    model = MLPScratchClassifier((12, 6), "tanh", max_iter=5, random_state=0)
    labels = np.column_stack([Y, X[:, 0] > 1]).astype(int)
    three = Y + (X[:, 0] > 1)
    for y, shape in ((Y, (569,)), (labels, (569, 2)), (three, (569, 3))):
        raw = X
        model.fit(X, y)
        for i, (weights, biases) in enumerate(
            zip(model.coefs_, model.intercepts_, strict=True)
        ):
            raw = raw @ weights + biases
            raw = np.tanh(raw) if i < 2 else raw
        if y is three:
            raw = np.exp(raw - logsumexp(raw, axis=1, keepdims=True))
        decision = model.decision_function(X)
        assert decision.shape == shape
        np.testing.assert_allclose(decision.reshape(569, -1), raw)


def test_ctrl_c_keeps_the_epochs_done_and_warns(monkeypatch):
    model = MLPScratchClassifier(batch_size=100, max_iter=50, random_state=0)
    interrupt_after(monkeypatch, 6 * 3 + 2)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, Y)
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert model.score(X, Y) > 0.8


def test_ctrl_c_with_early_stopping_keeps_the_best_epoch(monkeypatch):
    settings = {"early_stopping": True, "batch_size": 100, "random_state": 0}
    interrupt_after(monkeypatch, 6 * 4 + 2)
    model = MLPScratchClassifier(max_iter=50, **settings)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    monkeypatch.undo()
    best = int(np.argmax(model.validation_scores_)) + 1
    expected = MLPScratchClassifier(max_iter=best, **settings).fit(X, Y)
    np.testing.assert_array_equal(model._raw(X), expected._raw(X))


def test_ctrl_c_before_the_first_epoch_ends_leaves_a_usable_model(monkeypatch):
    interrupt_after(monkeypatch, 1)
    model = MLPScratchClassifier(random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    assert model.n_iter_ == 0
    assert np.isnan(model.loss_)
    monkeypatch.undo()
    start = MLPScratchClassifier(learning_rate_init=1e-300, max_iter=1, random_state=0)
    expected = start.fit(X, Y).predict_proba(X)  # of the initial weights
    np.testing.assert_allclose(model.predict_proba(X), expected)


def test_ctrl_c_in_a_first_epoch_that_diverges_is_an_error_of_divergence(monkeypatch):
    def diverging(self, params, *args):
        params[...] = np.inf
        raise KeyboardInterrupt

    monkeypatch.setattr(Adam, "update", diverging)
    with pytest.raises(ValueError, match=r"diverged in epoch 0 \(loss=0\)"):
        MLPScratchClassifier(random_state=0).fit(X, Y)


def test_an_exception_during_fit_leaves_the_estimator_unchanged(monkeypatch):
    model = MLPScratchClassifier(max_iter=3, warm_start=True, random_state=0).fit(X, Y)
    before = pickle.dumps(vars(copy.deepcopy(model)))

    def failing(*args):
        raise MemoryError

    monkeypatch.setattr(Adam, "update", failing)
    for method in (model.fit, model.partial_fit):
        with pytest.raises(MemoryError):
            method(X, Y)
        assert pickle.dumps(vars(copy.deepcopy(model))) == before


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_a_pickled_model_predicts_and_trains_identically(cls):
    model = cls(max_iter=3, random_state=0, warm_start=True).fit(X, Y)
    twin = pickle.loads(pickle.dumps(model))
    for step in ("partial_fit", "partial_fit", "fit"):
        np.testing.assert_array_equal(twin._raw(X), model._raw(X))
        getattr(model, step)(X, Y)
        getattr(twin, step)(X, Y)
    np.testing.assert_array_equal(twin._raw(X), model._raw(X))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_pickle_contains_only_weights_and_solver_state(solver):
    model = MLPScratchClassifier(300, solver=solver, max_iter=2).fit(X_DIGITS, Y_DIGITS)
    n_bytes = sum(a.nbytes for a in (*model.coefs_, *model.intercepts_))
    limit = 3.2 if solver == "adam" else 1.1
    assert len(pickle.dumps(model)) < limit * n_bytes


def test_weights_can_be_set():
    model = MLPScratchClassifier((5,), max_iter=3, random_state=0).fit(X, Y)
    other = MLPScratchClassifier((5,), max_iter=9, random_state=1).fit(X, Y)
    model.coefs_, model.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(model._raw(X), other._raw(X))
    assert not np.shares_memory(model.coefs_[0], other.coefs_[0])
    model.intercepts_[1][:] = 100.0
    assert (model.predict(X) == 1).all()
    with pytest.raises(ValueError, match="must have the shapes"):
        model.coefs_ = other.coefs_[:1]


def test_the_initial_rate_can_be_changed_between_calls_of_partial_fit():
    settings = {"solver": "sgd", "momentum": 0.0, "random_state": 0}
    model = MLPScratchClassifier(learning_rate="invscaling", **settings)
    model.partial_fit(X, Y, classes=[0, 1])
    before = model.coefs_[0].copy()
    ahead = copy.deepcopy(model).partial_fit(X[:9], Y[:9]).coefs_[0] - before
    model.set_params(learning_rate_init=0.01).partial_fit(X[:9], Y[:9])
    np.testing.assert_allclose(model.coefs_[0] - before, 10 * ahead, rtol=1e-6)


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_input_gives_the_same_model(container, solver):
    X_sparse = np.where(X_DIGITS > 0.5, X_DIGITS, 0)[:400]
    dense = MLPScratchClassifier(8, solver=solver, max_iter=8, random_state=0)
    other = copy.deepcopy(dense).fit(container(X_sparse), Y_DIGITS[:400])
    dense.fit(X_sparse, Y_DIGITS[:400])
    np.testing.assert_allclose(
        other.predict_proba(container(X_sparse)),
        dense.predict_proba(X_sparse),
        rtol=1e-8,
    )


def test_multilabel_targets_keep_their_format():
    labels = (Y_DIGITS[:300, None] >> np.arange(4)) & 1
    model = MLPScratchClassifier(40, solver="lbfgs", random_state=0)
    model.fit(X_DIGITS[:300], labels)
    np.testing.assert_array_equal(model.predict(X_DIGITS[:300]), labels)
    assert model.decision_function(X_DIGITS[:5]).shape == (5, 4)
    model.fit(X_DIGITS[:300], sparse.csr_matrix(labels))
    predicted = model.predict(X_DIGITS[:300])
    assert sparse.issparse(predicted)
    np.testing.assert_array_equal(predicted.toarray(), labels)


def test_a_poisson_regressor_predicts_means_above_zero():
    X_reg, y = load_diabetes(return_X_y=True)
    model = MLPScratchRegressor("poisson", 5, solver="lbfgs", max_iter=2000)
    predicted = model.fit(scale(X_reg), y).predict(scale(X_reg))
    assert (predicted > 0).all()
    # With a log link and an unpenalised bias the fitted means add up to the data's.
    np.testing.assert_allclose(predicted.mean(), y.mean(), rtol=1e-3)


def test_verbose_prints_progress(capsys):
    settings = {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0}
    settings |= {"n_iter_no_change": 1, "random_state": 0}
    MLPScratchClassifier(**settings).fit(X, Y)
    assert capsys.readouterr().out == ""
    model = MLPScratchClassifier(verbose=True, early_stopping=True, **settings)
    model.fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "Iteration",
        "Loss",
        "Val.",
        "loss",
        "Val.",
        "score",
        "Rate",
        "Seconds",
    ]
    loss, validation_loss = model.loss_curve_[0], model.validation_loss_curve_[0]
    numbers = [loss, validation_loss, model.validation_scores_[0]]
    assert lines[1].split()[:5] == ["1", *(f"{n:.6f}" for n in numbers), "1.00e-03"]
    table = [line for line in lines if line.split()[0].isdigit()]
    assert len(table) == model.n_iter_
    assert {len(line) for line in table} == {len(lines[0])}
    assert any("Setting learning rate to 0.000200" in line for line in lines)
    assert lines[-1].startswith("Validation score did not improve more than tol=10.0")
    assert lines[-1].endswith("Stopping.")


def test_a_shared_random_state_is_used_as_in_scikit_learn():
    shared = np.random.RandomState(0)
    models = [
        MLPScratchClassifier(5, max_iter=2, random_state=shared).fit(X, Y)
        for _ in range(2)
    ]
    assert (models[0].coefs_[0] != models[1].coefs_[0]).any()
    theirs = np.random.RandomState(0)
    for model in models:
        twin = MLPClassifier(5, max_iter=2, random_state=theirs).fit(X, Y)
        np.testing.assert_allclose(model.coefs_[0], twin.coefs_[0], rtol=1e-6)


def diverging(cls, **settings):
    defaults = {"activation": "identity", "solver": "sgd", "learning_rate_init": 0.1}
    return cls((50, 50), batch_size=10, random_state=0, **defaults | settings)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_classifier_that_diverges_in_the_first_epoch_raises(early_stopping):
    X_raw = load_breast_cancer().data
    model = diverging(MLPScratchClassifier, early_stopping=early_stopping)
    with pytest.raises(ValueError, match="diverged in epoch 1 "):
        model.fit(X_raw, Y)
    assert not hasattr(model, "coefs_")


@pytest.mark.filterwarnings("default")
def test_an_epoch_with_a_non_finite_loss_is_never_the_best(monkeypatch):
    model = MLPScratchClassifier(early_stopping=True, random_state=0, batch_size=100)
    update, n_steps = Adam.update, [0]

    def poisoned(self, params, *args):
        update(self, params, *args)
        n_steps[0] += 1
        if n_steps[0] == 6 * 3 + 1:
            params[:] = np.nan

    monkeypatch.setattr(Adam, "update", poisoned)
    with pytest.warns(
        ConvergenceWarning, match="in epoch 4 .* best epoch were restored"
    ):
        model.fit(X, 1 - Y)  # of the majority, which a network of NaN predicts
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isnan(model.validation_scores_[3])


@pytest.mark.filterwarnings("ignore:The predictions are the same")  # of zeros
def test_a_warm_start_must_improve_on_the_initial_score():
    model = MLPScratchClassifier(early_stopping=True, warm_start=True, random_state=0)
    model.fit(X, Y)
    good = model.best_validation_score_
    model.coefs_ = [np.zeros_like(weights) for weights in model.coefs_]
    model.set_params(max_iter=1).fit(X, Y)
    assert model.best_validation_score_ < good
    held_out = {round(score, 12) for score in model.validation_scores_[-1:]}
    assert round(model.best_validation_score_, 12) in held_out | {
        round(float((c == Y).mean()), 12) for c in (0, 1)
    }


def test_setting_weights_does_not_change_a_copy():
    model = MLPScratchClassifier(5, max_iter=3, random_state=0).fit(X, Y)
    before = model.predict_proba(X)
    twin = copy.copy(model)
    twin.coefs_ = [0 * weights for weights in twin.coefs_]
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_a_changed_seed_takes_effect_between_calls_of_partial_fit():
    def weights(*seeds):
        model = MLPScratchClassifier(5, batch_size=50)
        for seed in seeds:
            model.set_params(random_state=seed).partial_fit(X, Y, classes=[0, 1])
        return model.coefs_[0]

    np.testing.assert_array_equal(weights(0, 7), weights(0, 7))
    assert (weights(0, 7) != weights(0, 0)).any()


def test_a_failed_fit_restores_the_random_state():
    shared = np.random.RandomState(0)
    before = shared.get_state()[1].copy(), shared.get_state()[2]
    model = diverging(MLPScratchClassifier).set_params(random_state=shared)
    with pytest.raises(ValueError, match="diverged"):
        model.fit(X * 1e100, Y)
    np.testing.assert_array_equal(shared.get_state()[1], before[0])
    assert shared.get_state()[2] == before[1]


def test_lbfgs_without_a_step_has_a_loss():
    model = MLPScratchClassifier(solver="lbfgs", tol=1e9, random_state=0).fit(X, Y)
    theirs = MLPClassifier(solver="lbfgs", tol=1e9, random_state=0).fit(X, Y)
    assert model.n_iter_ == theirs.n_iter_ == 0
    np.testing.assert_allclose([model.loss_, model.best_loss_], theirs.loss_)


def test_a_changed_solver_in_partial_fit_starts_with_its_initial_rate():
    model = MLPScratchClassifier(solver="sgd", learning_rate="invscaling")
    for _ in range(3):
        model.partial_fit(X, Y, classes=[0, 1])
    before = model.coefs_[1].copy()
    model.set_params(solver="adam").partial_fit(X[:200], Y[:200])
    # The first step of Adam moves every weight by the rate.
    moved = np.abs(model.coefs_[1] - before)
    np.testing.assert_allclose(np.median(moved), 0.001, rtol=0.01)


@pytest.mark.filterwarnings("default")
def test_classes_too_small_to_stratify_are_split_at_random():
    classes = np.arange(len(X)) % 80
    model = MLPScratchClassifier(early_stopping=True, max_iter=2, random_state=0)
    with pytest.warns(UserWarning, match=r"without stratification: .*fraction"):
        model.fit(X, classes)
    theirs = MLPClassifier(early_stopping=True, max_iter=2, random_state=0)
    with pytest.warns(ConvergenceWarning):
        theirs.fit(X, classes)
    np.testing.assert_allclose(model.coefs_[0], theirs.coefs_[0])


@pytest.mark.parametrize("change", [{"batch_size": 0}, {"learning_rate": "fast"}])
def test_parameters_are_checked_in_every_call_of_partial_fit(change):
    model = MLPScratchClassifier(solver="sgd").partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=f"'{next(iter(change))}' parameter"):
        model.set_params(**change).partial_fit(X, Y)


def test_predicting_works_while_another_thread_fits():
    model = MLPScratchClassifier(20, max_iter=30, random_state=0).fit(X, Y)
    expected = model.predict_proba(X)
    fitting = threading.Thread(target=model.fit, args=(X, Y))
    fitting.start()
    while fitting.is_alive():
        np.testing.assert_array_equal(model.predict_proba(X), expected)
    fitting.join()


def test_unfitted_attributes_say_that_the_estimator_is_not_fitted():
    for cls, name in ((MLPScratchRegressor, "coefs_"), (PerceptronClassifier, "coef_")):
        assert not hasattr(cls(), name)
        with pytest.raises(NotFittedError):
            getattr(cls(), name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "target", ["two", "three", "labels", "one", "number", "numbers"]
)
def test_early_stopping_monitors_the_validation_score(target, weighted):
    y = {
        "two": Y,
        "three": np.digitize(X[:, 0], [-0.5, 0.5]),
        "labels": (X[:, :3] > 0).astype(int),
        "one": np.zeros(len(X)),
        "number": X[:, 0] * X[:, 1],
        "numbers": np.column_stack([X[:, 0] * X[:, 1], np.ones(len(X))]),
    }[target]
    weight = np.arange(len(X)) % 3 + 0.5 if weighted else None
    cls = MLPScratchRegressor if "number" in target else MLPScratchClassifier
    model = cls(early_stopping=True, max_iter=2, random_state=0)
    splits = []

    def recorded(*args):
        splits.append(hold_out(*args))
        return splits[-1]

    with mock.patch("sknn_scratch.estimators._planning.hold_out", recorded):
        model.fit(X, y, sample_weight=weight)
    held_out = splits[0][1]
    rest = () if weight is None else (weight[held_out],)
    expected = model.score(X[held_out], y[held_out], *rest)
    np.testing.assert_allclose(model.best_validation_score_, expected, rtol=1e-12)
