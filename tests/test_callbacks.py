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
from sknn_scratch.callbacks import WeightHistory

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


def test_without_callbacks_the_message_says_what_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)  # as before 1.9
    spec = importlib.util.find_spec("sknn_scratch._sklearn")
    older = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(older)
    with pytest.raises(ImportError, match=r"set_callbacks needs .* >= 1\.9; got"):
        older.CallbackSupportMixin().set_callbacks(WeightHistory())
