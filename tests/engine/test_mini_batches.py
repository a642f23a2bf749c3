from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from small_networks import perceptron

from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.mini_batches import MiniBatches
from sknn_scratch.engine.objective import Objective
from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD
from sknn_scratch.engine.plan import Plan
from sknn_scratch.engine.schedules import Adaptive, Constant, InvScaling
from sknn_scratch.engine.state import State
from sknn_scratch.engine.stopping import Stopping
from sknn_scratch.engine.trainer import train


def start(solver, network, n=60):
    state = State(network, np.arange(n), np.random.RandomState(0))
    state.progress = solver.start(n)
    return state


def epochs_of(solver, objective, training_set):
    state = start(solver, objective.network, training_set.n_samples)
    return solver.epochs(objective, training_set, state), state


@pytest.mark.parametrize("name", ["sgd", "adam", "nadam"])
def test_epochs_lead_to_the_exact_solution(ridge, name):
    objective, training_set, solution = ridge
    solver = MiniBatches(OPTIMIZERS[name](), 0.05, batch_size=60)
    epochs, _ = epochs_of(solver, objective, training_set)
    losses = [epoch.loss for epoch in islice(epochs, 2000)]
    np.testing.assert_allclose(objective.network.params, solution, atol=1e-3)
    assert losses[-1] < losses[0]


def test_an_epoch_visits_every_row_once_in_a_new_order(ridge):
    objective, training_set, _ = ridge
    epochs, state = epochs_of(MiniBatches(SGD(), 0.1, 7), objective, training_set)
    orders = [state.rows.copy() for _ in islice(epochs, 3)]
    assert all((np.sort(order) == np.arange(60)).all() for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert state.history.n_seen == 180


def test_the_reported_loss_is_the_mean_over_samples_not_over_batches(ridge):
    objective, training_set, _ = ridge
    frozen = MiniBatches(SGD(momentum=0.0), 0.0, batch_size=49)
    epochs, _ = epochs_of(frozen, objective, training_set)
    whole = objective.evaluate(*training_set.everything()).objective
    np.testing.assert_allclose(next(epochs).loss, whole)


@pytest.mark.parametrize(
    ("schedule", "expected", "reason"),
    [
        (Adaptive(), [1e-4, 2e-5, 4e-6, 8e-7], "no_improvement"),
        (Constant(), [1e-4], "no_improvement"),
    ],
)
def test_a_plateau_lowers_the_rate_to_its_minimum(ridge, schedule, expected, reason):
    objective, training_set, _ = ridge
    solver = MiniBatches(SGD(), 1e-4, batch_size=60, schedule=schedule)
    never_enough = Stopping(tol=np.inf, patience=0)
    plan = Plan(objective.loss, solver, never_enough, max_epochs=10)
    result = train(plan, training_set, start(solver, objective.network))
    np.testing.assert_allclose(result.state.history.learning_rate_curve, expected)
    assert result.stop_reason == reason


def test_the_schedule_sets_the_rate_of_the_next_epoch(ridge):
    objective, training_set, _ = ridge
    solver = MiniBatches(SGD(), 0.1, batch_size=9, schedule=InvScaling())
    epochs, _ = epochs_of(solver, objective, training_set)
    rates = [epoch.rate for epoch in islice(epochs, 3)]
    np.testing.assert_allclose(rates, [0.1, 0.1 / np.sqrt(61), 0.1 / np.sqrt(121)])


def test_gradients_are_clipped_to_clip_norm(ridge):
    objective, training_set, _ = ridge
    objective.evaluate(*training_set.everything())
    gradient = objective.grad.copy()
    norm = np.linalg.norm(gradient)
    solver = MiniBatches(SGD(momentum=0.0), 1.0, batch_size=60)
    for clip_norm, expected in ((norm / 4, gradient / 4), (2 * norm, gradient)):
        objective.network.params[:] = 0
        clipping = replace(solver, clip_norm=clip_norm)
        next(epochs_of(clipping, objective, training_set)[0])
        np.testing.assert_allclose(-objective.network.params, expected, rtol=1e-12)


def test_gradients_whose_squares_overflow_are_clipped(ridge):
    training_set = ridge[1]
    X = training_set.X.astype(np.float32)
    columns = 1e20 * training_set.target_vectors.astype(np.float32)
    network = perceptron([3, 1], dtype=np.float32)
    objective = Objective(network, LOSSES["absolute_error"]())
    solver = MiniBatches(SGD(momentum=0.0), 1.0, batch_size=60, clip_norm=2.0)
    next(epochs_of(solver, objective, TrainingSet(1e20 * X, columns))[0])
    np.testing.assert_allclose(np.linalg.norm(network.params), 2.0, rtol=1e-5)


def test_continuing_does_not_change_the_earlier_progress(ridge):
    _, training_set, _ = ridge
    network = perceptron([3, 1], dropout=[0.5])
    objective = Objective(network, LOSSES["squared_error"]())
    solver = MiniBatches(OPTIMIZERS["adam"](), 0.1, batch_size=7)
    epochs, state = epochs_of(solver, objective, training_set)
    next(epochs)
    first = state.progress
    moments = first.optimizer_states[0].first.copy()
    later = State(objective.network, np.arange(60), np.random.RandomState(1))
    later.progress = solver.start(60, n_seen=60, last=first)
    next(solver.epochs(objective, training_set, later))
    np.testing.assert_array_equal(first.optimizer_states[0].first, moments)
    assert (first.n_steps, later.progress.n_steps) == (9, 18)
