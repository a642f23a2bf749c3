"""Learning-rate schedules, and the patience that depends on them."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from small_networks import X, Y, same_weights, small

from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD
from sknn_scratch.engine.schedules import SCHEDULES, Cosine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "schedule", ["linear", "cosine", "exponential", "one_cycle", "cos_log"]
)
def test_a_schedule_sets_the_rate_of_each_step(solver, schedule):
    settings = {"solver": solver, "batch_size": 50, "max_iter": 4}
    model = small(learning_rate=schedule, **settings).fit(X, Y)
    optimizer = OPTIMIZERS[solver]()
    rates = []

    class Recording(type(optimizer)):
        def update(self, params, grad, state, rate):
            rates.append(rate)
            super().update(params, grad, state, rate)

    recorded = small(learning_rate=schedule, **settings | {"solver": Recording()})
    assert same_weights(model, recorded.fit(X, Y))
    factors = [SCHEDULES[schedule]().factor(n, 12) for n in range(12)]
    np.testing.assert_allclose(rates, 0.001 * np.array(factors))


def test_partial_fit_continues_a_schedule():
    whole = small(learning_rate=Cosine(warmup=0.3), batch_size=50).fit(X, Y)
    parts = small(learning_rate=Cosine(warmup=0.3), batch_size=50)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_weights(whole, parts)


@pytest.mark.filterwarnings("error")
def test_a_schedule_that_reaches_max_iter_does_not_warn():
    small(learning_rate="cosine").fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="after max_iter=5"):
        small().fit(X, Y)


def test_a_solver_instance_supports_the_same_schedules():
    settings = {"learning_rate": "invscaling", "batch_size": 50}
    instance = small(solver=SGD(), **settings).fit(X, Y)
    assert same_weights(instance, small(solver="sgd", **settings).fit(X, Y))


def test_partial_fit_warns_at_the_end_of_the_schedule():
    model = small(learning_rate="cosine", max_iter=2).fit(X, Y)
    with pytest.warns(
        UserWarning, match="learning-rate schedule ended after max_iter=2 epochs"
    ):
        model.partial_fit(X, Y)


def test_training_does_not_stop_while_a_cycle_rises():
    settings = {"learning_rate": "cos_log", "n_iter_no_change": 3, "tol": 1e3}
    model = small(**settings, max_iter=60).fit(X, Y)
    # The last cycle begins after 28 epochs, and rises until 44 are over.
    assert model.n_iter_ < 44
    rates = model.learning_rate_curve_
    assert rates[-1] < rates[-4]


def test_epochs_with_a_rising_rate_do_not_reduce_patience():
    settings = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 60}
    model = small(learning_rate="one_cycle", tol=1.0, **settings).fit(X, Y)
    assert model.n_iter_ == 20  # of 60 epochs 18 rise
    model = small(learning_rate="cosine", tol=1.0, **settings).fit(X, Y)
    assert model.n_iter_ < 10
