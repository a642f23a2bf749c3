"""scikit-learn's callbacks are called in every epoch, and can stop the fit."""

import importlib.util
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.callbacks import Checkpoint, WeightHistory

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
ESTIMATORS = [
    MLPScratchClassifier(4, max_iter=6, random_state=0),
    MLPScratchClassifier(4, max_iter=6, random_state=0, solver="lbfgs"),
    MLPScratchRegressor(hidden_layer_sizes=4, max_iter=6, random_state=0, average=0.9),
    PerceptronClassifier("log_loss", max_iter=6, random_state=0),
]


class Spy:
    """Takes note of what it is called with."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.calls, self.models = [], []

    def setup(self, estimator, context):
        self.calls.append(("setup", estimator))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", estimator))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append(("begin", context.task_name, context.task_id))
        self.offered = estimator, X, y, metadata

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.calls.append(("end", context.task_name, context.task_id))
        self.models.append(fitted_estimator)
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_every_epoch_is_a_subtask_of_the_fit(estimator):
    spy, model = Spy(), clone(estimator)
    weight = np.ones(len(X))
    model.set_callbacks(spy).fit(X, Y, sample_weight=weight)
    epochs = [
        (when, "epoch", n) for n in range(model.n_iter_) for when in ("begin", "end")
    ]
    assert spy.calls == [
        ("setup", model),
        ("begin", "fit", 0),
        *epochs,
        ("end", "fit", 0),
        ("teardown", model),
    ]
    seen, X_seen, y_seen, metadata = spy.offered
    assert seen is model
    assert X_seen is X
    assert y_seen is Y
    assert metadata["sample_weight"] is weight
    plain = clone(estimator).set_callbacks().fit(X, Y)
    np.testing.assert_array_equal(plain.predict(X), model.predict(X))


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_the_fitted_estimator_is_as_if_the_fit_ended_there(estimator):
    spy = Spy()
    clone(estimator).set_callbacks(spy).fit(X, Y)
    for n_epochs, model in enumerate(spy.models[:3], start=1):
        shorter = clone(estimator).set_callbacks().set_params(max_iter=n_epochs)
        shorter.fit(X, Y)
        np.testing.assert_array_equal(model.predict(X), shorter.predict(X))
        assert model.loss_curve_ == shorter.loss_curve_
        assert model.n_iter_ == n_epochs


@pytest.mark.needs_callbacks
def test_weight_history_with_early_stopping_records_the_current_weights():
    spy = Spy()
    model = MLPScratchClassifier(
        8, early_stopping=True, learning_rate_init=0.2, random_state=0
    )
    model.set_callbacks(spy).fit(X, Y)
    *epochs, last = spy.models
    assert [m.best_epoch_ for m in epochs] == list(range(1, model.n_iter_ + 1))
    assert model.best_epoch_ < model.n_iter_
    best = epochs[model.best_epoch_ - 1]
    for other in (last, model):
        np.testing.assert_array_equal(best.predict_proba(X), other.predict_proba(X))
    assert last.model_.network is not model.model_.network
    assert epochs[-1].t_ == model.t_


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_a_callback_ends_the_fit(estimator):
    model = clone(estimator).set_callbacks(Spy(stop_after=3)).fit(X, Y)
    assert model.n_iter_ == 3
    assert model.stop_reason_ == "callback"


@pytest.mark.needs_callbacks
def test_a_callback_that_stops_early_leaves_a_model_with_a_warning():
    model = MLPScratchRegressor(random_state=0).set_callbacks(Spy(stop_after=3))
    with pytest.warns(ConvergenceWarning, match="no better than a constant"):
        model.fit(X, Y + 300)


@pytest.mark.needs_callbacks
def test_a_callback_that_raises_leaves_the_estimator_unchanged():
    class Broken(Spy):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("on purpose")

    broken = Broken()
    model = clone(ESTIMATORS[0]).fit(X, Y)
    before = set(vars(model)), model.predict_proba(X)
    with pytest.raises(RuntimeError, match="on purpose"):
        model.set_callbacks(broken).fit(X, Y)
    assert broken.calls[-1][0] == "teardown"
    model.set_callbacks()
    assert set(vars(model)) == before[0]
    np.testing.assert_array_equal(model.predict_proba(X), before[1])


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_progress_bar_and_a_scoring_monitor_work_in_a_search(solver, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar, ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    mlp = MLPScratchClassifier(4, solver=solver, max_iter=3, random_state=0)
    pipeline = make_pipeline(StandardScaler(), mlp.set_callbacks(monitor))
    grid = {"mlpscratchclassifier__alpha": [0.1, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).set_callbacks(ProgressBar())
    search.fit(X, Y)
    assert "GridSearchCV" in capsys.readouterr().out
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(epochs) == 3 * (2 * 2 + 1)
    assert search.score(X, Y) in [row["accuracy"] for row in epochs]


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_a_scoring_monitor_scores_every_epoch(estimator):
    from sklearn.callback import ScoringMonitor

    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))  # whose names raise no warning
    scoring = "accuracy" if is_classifier(estimator) else "r2"
    monitor = ScoringMonitor(scoring=scoring)
    model = clone(estimator).set_callbacks(monitor).fit(frame, Y)
    rows = monitor.get_logs().data
    scores = [row[scoring] for row in rows if row["task_name"] == "epoch"]
    assert len(scores) == model.n_iter_
    assert scores[-1] == pytest.approx(model.score(frame, Y))
    model.fit(X, Y)  # nor does their absence, after a fit with names


@pytest.mark.needs_callbacks
def test_weight_history_copies_the_weights():
    history = WeightHistory(every=2)
    model = clone(ESTIMATORS[0]).set_callbacks(history).fit(X, Y)
    assert history.epochs == [0, 2, 4, 6]
    assert history.params.shape == (4, model.n_parameters_)
    rng = np.random.RandomState(0)  # the start is that of scikit-learn, see parity
    bound = np.sqrt(6 / (4 + 4))
    np.testing.assert_allclose(history.params[0, :16], rng.uniform(-bound, bound, 16))
    np.testing.assert_array_equal(
        history.models[-1].predict_proba(X), model.predict_proba(X)
    )
    assert not np.array_equal(history.params[1], history.params[2])
    assert not any("callback" in name for name in vars(history.models[0]))
    assert not hasattr(history.models[-1], "loss_curve_")  # all epochs before, again
    model.fit(X, Y)
    assert history.epochs == [0, 2, 4, 6]


@pytest.mark.needs_callbacks
def test_weight_history_of_lbfgs_has_completed_iterations_only():
    history = WeightHistory()
    model = MLPScratchClassifier(4, solver="lbfgs", tol=0.3, random_state=0)
    model.set_callbacks(history).fit(X, Y)
    assert model.stop_reason_ == "converged"
    assert history.epochs == list(range(model.n_iter_ + 1))


@pytest.mark.parametrize("every", [0, -1, 1.5, "all"])
def test_weight_history_records_every_nth_epoch(every):
    with pytest.raises(ValueError, match="every must be an int >= 1; got"):
        WeightHistory(every)


@pytest.mark.parametrize("unit", ["sample", None, 1])
def test_the_unit_of_a_history_is_checked(unit):
    with pytest.raises(ValueError, match="unit must be 'epoch' or 'step'; got"):
        WeightHistory(unit=unit)


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_bad_data_does_not_clear_a_history(unit):
    history = WeightHistory(unit=unit)
    model = MLPScratchClassifier(4, max_iter=2, random_state=0)
    model.set_callbacks(history).fit(X, Y)
    for bad_X, bad_y in ((X, Y[:5]), (np.full_like(X, np.nan), Y)):
        with pytest.raises(ValueError, match=r"inconsistent numbers|contains NaN"):
            model.fit(bad_X, bad_y)
        assert history.numbers == [0, 1, 2]


BINARY, SIGN = X[:100, :2] - [5.5, 3.1], np.where(Y[:100] == 1, 1, -1)


def history_of(estimator, X, y, **settings):
    """Return the history of a fit that must not change by being recorded."""
    history = WeightHistory(**settings)
    watched = clone(estimator).set_callbacks(history).fit(X, y)
    alone = clone(estimator).set_callbacks().fit(X, y)
    for name in ("coefs_", "coef_"):
        for a, b in zip(*(getattr(m, name, ()) for m in (watched, alone)), strict=True):
            np.testing.assert_array_equal(a, b)
    return history


def online_rule(rate, n_epochs):
    """Rosenblatt's rule, one sample after another; yields weights and bias."""
    w, b = np.zeros(2), 0.0
    yield [*w, b]
    for x, t in list(zip(BINARY, SIGN, strict=True)) * n_epochs:
        z = w @ x + b
        # At z = 0 both classes win, and share the step.
        share = 1 if t * z < 0 else 0.5 if z == 0 else 0
        w, b = w + rate * share * t * x, b + rate * share * t
        yield [*w, b]


ONLINE = PerceptronClassifier(
    batch_size=1,
    shuffle=False,
    weight_init="zeros",
    learning_rate="constant",
    learning_rate_init=0.5,
    max_iter=3,
    n_iter_no_change=float("inf"),
)


@pytest.mark.needs_callbacks
def test_a_history_has_the_weights_after_each_sample_of_the_online_rule():
    history = history_of(ONLINE, BINARY, SIGN, unit="step")
    expected = np.array(list(online_rule(0.5, n_epochs=3)))
    n_changes = np.abs(np.diff(expected, axis=0)).any(axis=1).sum()
    assert 5 < n_changes < 100  # most samples change nothing
    np.testing.assert_allclose(history.params, expected, atol=1e-12)
    assert history.steps == list(range(301))
    assert history.epochs == []
    labels = np.where(BINARY @ expected[7, :2] + expected[7, 2] > 0, 1, -1)
    np.testing.assert_array_equal(history.models[7].predict(BINARY), labels)
    some = history_of(ONLINE, BINARY, SIGN, unit="step", every=70)
    assert some.steps == [0, 70, 140, 210, 280]
    np.testing.assert_array_equal(some.params, history.params[::70])


@pytest.mark.needs_callbacks
def test_a_history_has_the_averages_after_each_sample():
    averaged = clone(ONLINE).set_params(average=True, max_iter=1)
    history = history_of(averaged, BINARY, SIGN, unit="step")
    steps = np.array(list(online_rule(0.5, n_epochs=1)))[1:]
    means = np.cumsum(steps, axis=0) / np.arange(1, 101)[:, None]
    np.testing.assert_allclose(history.params[1:], means, atol=1e-12)


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.parametrize("batch_size", [150, 40])
def test_the_last_step_of_an_epoch_has_the_weights_of_the_epoch(estimator, batch_size):
    estimator = clone(estimator).set_params(batch_size=batch_size)
    by_step = history_of(estimator, X, Y, unit="step")
    by_epoch = history_of(estimator, X, Y)
    n_epochs = by_epoch.epochs[-1]
    one_step = batch_size == 150 or getattr(estimator, "solver", "") == "lbfgs"
    per_epoch = 1 if one_step else 4  # 150 samples
    assert by_step.steps == list(range(per_epoch * n_epochs + 1))
    np.testing.assert_array_equal(by_step.params[::per_epoch], by_epoch.params)
    assert [m.n_iter_ for m in by_step.models[1:]] == [
        (step - 1) // per_epoch for step in by_step.steps[1:]
    ]


@pytest.mark.needs_callbacks
def test_steps_are_recorded_of_the_first_network_of_an_ensemble_in_a_pipeline():
    history = WeightHistory(unit="step")
    mlp = clone(ESTIMATORS[0]).set_params(ensemble=3, batch_size=50)
    pipeline = make_pipeline(StandardScaler(), mlp.set_callbacks(history)).fit(X, Y)
    assert history.steps == list(range(19))
    first = np.concatenate([W.ravel() for W in pipeline[-1].coefs_[:2]])
    np.testing.assert_array_equal(history.params[-1][: len(first)], first)
    assert not any("callback" in name for name in vars(history.models[0]))


@pytest.mark.needs_callbacks
def test_a_step_that_diverges_is_not_recorded():
    history = WeightHistory(unit="step")
    model = MLPScratchRegressor(solver="sgd", learning_rate_init=1e6, batch_size=30)
    model.set_params(random_state=0).set_callbacks(history)
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        model.fit(X, 1e3 * Y)
    assert 1 < len(history.steps) < 6
    assert np.isfinite(history.params).all()


@pytest.mark.needs_callbacks
def test_steps_continue_after_those_of_a_checkpoint(tmp_path):
    class Crash(Spy):
        def on_fit_task_end(self, estimator, context):
            if context.task_id == 3:
                raise RuntimeError("on purpose")

    mlp = clone(ESTIMATORS[0]).set_params(batch_size=50)
    whole = history_of(mlp, X, Y, unit="step")
    checkpoint = Checkpoint(tmp_path / "fit", every=2)
    with pytest.raises(RuntimeError, match="on purpose"):
        mlp.set_callbacks(checkpoint, Crash()).fit(X, Y)
    rest = WeightHistory(unit="step")
    mlp.set_callbacks(checkpoint, rest).fit(X, Y)
    assert rest.steps == list(range(7, 19))
    np.testing.assert_array_equal(rest.params, whole.params[7:])


def test_without_callbacks_the_message_says_what_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)  # as before 1.9
    spec = importlib.util.find_spec("sknn_scratch._sklearn")
    older = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(older)
    with pytest.raises(ImportError, match=r"set_callbacks needs .* >= 1\.9; got"):
        older.CallbackSupportMixin().set_callbacks(WeightHistory())
