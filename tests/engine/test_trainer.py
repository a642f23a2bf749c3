import numpy as np
import pytest

from sknn_scratch.engine.lbfgs import LBFGS
from sknn_scratch.engine.mini_batches import MiniBatches
from sknn_scratch.engine.optimizers import SGD
from sknn_scratch.engine.plan import Plan
from sknn_scratch.engine.state import State
from sknn_scratch.engine.stopping import ScoreStopping, Stopping
from sknn_scratch.engine.trainer import Listener, train

SOLVERS = [MiniBatches(SGD(), 0.01, batch_size=20), LBFGS()]


def run(ridge, solver, stopping=None, max_epochs=5, listeners=()):
    objective, training_set, _ = ridge
    stopping = stopping or Stopping(1e-9, patience=np.inf)
    plan = Plan(objective.loss, solver, stopping, max_epochs, alpha=0.5)
    state = State(objective.network, np.arange(60), np.random.RandomState(0))
    state.progress = solver.start(60)
    return train(plan, training_set, state, listeners)


class Log(Listener):
    def __init__(self, stops_after=None):
        self.events, self.stops_after = [], stops_after

    def on_begin(self, run):
        self.events.append("begin")

    def on_epoch_begin(self, run):
        self.events.append(f"> {run.state.history.n_iter}")

    def on_epoch_end(self, run):
        self.events.append(f"< {run.state.history.n_iter}")
        return run.state.history.n_iter == self.stops_after

    def on_continue(self, run):
        self.events.append("continue")


def test_a_listener_is_called_in_every_epoch(ridge):
    log = Log()
    run(ridge, SOLVERS[0], max_epochs=2, listeners=[log])
    assert log.events == ["begin", "> 0", "< 1", "continue", "> 1", "< 2"]


@pytest.mark.parametrize(("solver", "per_epoch"), [(SOLVERS[0], 3), (SOLVERS[1], 1)])
def test_a_listener_may_watch_every_step(ridge, solver, per_epoch):
    params = []

    class Steps(Listener):
        watches_steps = True

        def on_steps(self, run, n_steps):
            assert n_steps == 1
            params.append(run.state.network.params.copy())

        def on_epoch_end(self, run):
            assert len(params) == per_epoch * run.state.history.n_iter
            np.testing.assert_array_equal(params[-1], run.state.network.params)

    run(ridge, solver, max_epochs=2, listeners=[Log(), Steps()])
    assert len(np.unique(params, axis=0)) == 2 * per_epoch


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_listener_can_stop_a_training(ridge, solver):
    result = run(ridge, solver, listeners=[Log(stops_after=2), Log()])
    assert result.stop_reason == "callback"
    assert result.state.history.n_iter == 2


@pytest.mark.parametrize("solver", SOLVERS)
def test_ctrl_c_in_a_listener_leaves_what_was_trained(ridge, solver):
    class Interrupt(Listener):
        def on_epoch_end(self, run):
            if run.state.history.n_iter == 2:
                raise KeyboardInterrupt
            return False

    result = run(ridge, solver, listeners=[Interrupt()])
    assert result.stop_reason == "interrupted"
    assert result.is_usable
    assert result.state.history.n_iter == 2


@pytest.mark.parametrize("solver", SOLVERS)
def test_training_ends_with_the_parameters_of_the_best_epoch(ridge, solver):
    scores = iter([0.1, 0.9, 0.5])
    seen = []

    def validate(network):
        seen.append(network.params.copy())
        return 0.0, next(scores)

    stopping = ScoreStopping(0.0, 10, validate)
    result = run(ridge, solver, stopping, max_epochs=3)
    assert result.state.history.best_epoch == 2
    np.testing.assert_array_equal(result.state.network.params, seen[1])


def test_the_result_of_diverged_training_is_not_usable(ridge):
    solver = MiniBatches(SGD(momentum=0.0), 1e200, batch_size=60)
    with np.errstate(all="ignore"):
        result = run(ridge, solver)
    assert (result.stop_reason, result.is_usable) == ("diverged", False)
