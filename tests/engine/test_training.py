from itertools import islice

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from sknn_scratch.engine import training
from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.network import Network
from sknn_scratch.engine.objective import Objective
from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD
from sknn_scratch.engine.schedules import Adaptive, Constant, InvScaling
from sknn_scratch.engine.training import Progress, train_epochs, train_lbfgs

ALPHA = 0.5


@pytest.fixture
def problem():
    """Ridge regression: a network without hidden layers, and its exact solution."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, -2.0, 0.5] + 4 + 0.1 * rng.normal(size=60)
    objective = Objective(Network([3, 1], []), LOSSES["squared_error"](), ALPHA)
    centred = X - X.mean(axis=0)
    gram = centred.T @ centred + ALPHA * np.eye(3)
    weights = np.linalg.solve(gram, centred.T @ y)
    solution = np.append(weights, y.mean() - X.mean(axis=0) @ weights)
    return objective, TrainingSet(X, y[None]), solution


def start(objective, optimizer, n=60, rate=0.1):
    random_state = np.random.RandomState(0)
    return Progress(optimizer, random_state, np.arange(n), rate, rate)


@pytest.mark.parametrize("name", ["sgd", "adam", "nadam"])
def test_epochs_lead_to_the_exact_solution(problem, name):
    objective, training_set, solution = problem
    progress = start(objective, OPTIMIZERS[name](), rate=0.05)
    epochs = train_epochs(objective, training_set, Constant(), progress, batch_size=60)
    losses = [epoch.loss for epoch in islice(epochs, 2000)]
    np.testing.assert_allclose(objective.network.params, solution, atol=1e-3)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lbfgs_leads_to_the_exact_solution(problem, dtype):
    objective, training_set, solution = problem
    objective = Objective(Network([3, 1], [], dtype), objective.loss, ALPHA)
    training_set = TrainingSet(
        training_set.X.astype(dtype), training_set.columns.astype(dtype)
    )
    seen = []
    result = train_lbfgs(
        objective,
        training_set,
        max_iter=100,
        max_evaluations=1000,
        tol=1e-6,
        after_iteration=lambda loss: seen.append(loss),
    )
    assert result.status == 0
    assert len(seen) == result.nit
    assert objective.network.params.dtype == dtype
    np.testing.assert_allclose(objective.network.params, solution, rtol=1e-3)
    final = objective.evaluate(*training_set.everything())
    np.testing.assert_allclose(final.objective, seen[-1], rtol=1e-6)


def test_lbfgs_ends_when_asked_to_or_interrupted(problem):
    objective, training_set, _ = problem
    options = {"max_iter": 50, "max_evaluations": 100, "tol": 0.0}
    after = []

    def stop_at_third(loss):
        after.append(objective.network.params.copy())
        return len(after) == 3

    result = train_lbfgs(
        objective, training_set, **options, after_iteration=stop_at_third
    )
    assert result.nit == len(after) == 3
    np.testing.assert_array_equal(objective.network.params, after[-1])

    def interrupt(loss):
        after.append(objective.network.params.copy())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_lbfgs(objective, training_set, **options, after_iteration=interrupt)
    np.testing.assert_array_equal(objective.network.params, after[-1])


def test_an_epoch_visits_every_row_once_in_a_new_order(problem):
    objective, training_set, _ = problem
    progress = start(objective, SGD())
    orders = []
    for _ in islice(
        train_epochs(objective, training_set, Constant(), progress, batch_size=7), 3
    ):
        orders.append(progress.rows.copy())
    assert all((np.sort(order) == np.arange(60)).all() for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert progress.n_seen == 180


def test_the_reported_loss_is_the_mean_over_samples_not_over_batches(problem):
    objective, training_set, _ = problem
    frozen = SGD(momentum=0.0)
    progress = start(objective, frozen, rate=0.0)
    epochs = train_epochs(objective, training_set, Constant(), progress, batch_size=49)
    whole = objective.evaluate(*training_set.everything()).objective
    np.testing.assert_allclose(next(epochs).loss, whole)


def test_a_plateau_lowers_the_rate_down_to_its_bound(problem):
    progress = start(problem[0], SGD(), rate=1e-4)
    rates = []
    while progress.lower_rate(Adaptive()):
        rates.append(progress.rate)
    np.testing.assert_allclose(rates, [2e-5, 4e-6, 8e-7])
    assert not progress.lower_rate(Constant())


def test_the_schedule_sets_the_rate_of_the_next_epoch(problem):
    objective, training_set, _ = problem
    progress = start(objective, SGD(), rate=0.1)
    epochs = train_epochs(objective, training_set, InvScaling(), progress, batch_size=9)
    rates = [epoch.rate for epoch in islice(epochs, 3)]
    np.testing.assert_allclose(rates, [0.1, 0.1 / np.sqrt(61), 0.1 / np.sqrt(121)])


def test_a_failed_line_search_reports_the_point_it_goes_back_to(problem, monkeypatch):
    objective, training_set, _ = problem

    def failing_search(function, start, *, callback, **options):
        function(start)
        function(start + 1)
        callback(intermediate_result=OptimizeResult(x=start + 1))
        function(start + 100)  # a trial that is not accepted
        return OptimizeResult(x=start + 1, nit=1, status=2, message="ABNORMAL")

    monkeypatch.setattr(training, "minimize", failing_search)
    curve = []
    options = {"max_iter": 9, "max_evaluations": 9, "tol": 0.0}
    result = train_lbfgs(
        objective, training_set, **options, after_iteration=curve.append
    )
    at_the_end = objective.evaluate(*training_set.everything()).reported
    assert result.reported == at_the_end == curve[-1]


def test_long_gradients_are_shortened(problem):
    objective, training_set, _ = problem
    objective.evaluate(*training_set.everything())
    gradient = objective.grad.copy()
    norm = np.linalg.norm(gradient)
    for clip_norm, expected in ((norm / 4, gradient / 4), (2 * norm, gradient)):
        objective.network.params[:] = 0
        progress = start(objective, SGD(momentum=0.0), rate=1.0)
        next(
            train_epochs(
                objective,
                training_set,
                Constant(),
                progress,
                batch_size=60,
                clip_norm=clip_norm,
            )
        )
        np.testing.assert_allclose(-objective.network.params, expected, rtol=1e-12)


def test_gradients_whose_squares_overflow_are_shortened_too(problem):
    training_set = problem[1]
    X = training_set.X.astype(np.float32)
    columns = 1e20 * training_set.columns.astype(np.float32)
    network = Network([3, 1], [], np.float32)
    objective = Objective(network, LOSSES["absolute_error"]())
    progress = start(objective, SGD(momentum=0.0), rate=1.0)
    large = TrainingSet(1e20 * X, columns)
    epochs = train_epochs(
        objective, large, Constant(), progress, batch_size=60, clip_norm=2.0
    )
    next(epochs)
    np.testing.assert_allclose(np.linalg.norm(network.params), 2.0, rtol=1e-5)
