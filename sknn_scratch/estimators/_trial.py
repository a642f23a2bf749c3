"""Parts of a fit for inspection tools: the objective and single steps."""

import copy
from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ..engine.plan import Plan, Solver
from ..engine.stopping import Stopping
from ..engine.trainer import train
from ._model import Past, shallow_copy
from ._parameters import check_each
from ._planning import Call, Task, batch_size_of, network_for, plan_training
from ._problem import Request, check_samples, encode
from ._threads import threads_to_train


def objective_of(estimator, X, y, sample_weight):
    """Return the objective in float64, and the samples as a batch.

    Parameters
    ----------
    estimator : estimator
        Estimator with a fitted network; otherwise the initial network is used.
    X, y, sample_weight : array-like
        The samples; weights may be None.

    Returns
    -------
    objective : Objective
        Objective that a fit to these samples minimizes.
    batch : tuple of (X, y, sample_weight)
        Arguments of `objective.evaluate`.
    """
    check_each(estimator)
    model, reader = Past.of(estimator, is_partial=True).model, shallow_copy(estimator)
    with np.errstate(over="ignore", invalid="ignore"):  # of sums
        X, y, weight = check_samples(
            reader, X, y, sample_weight, reset=model is None, dtype=np.float64
        )
    if model is None:
        target = estimator._target_of(y, X.dtype, weight, Request(X, y), Past())
        loss = estimator._loss_of(target)
    else:
        target, loss = model.target, model.loss
        estimator._check_validation_target(target, y, y, X.dtype)
    encoded = estimator._encode(target, X, y, weight, y)
    encoded.check_target(loss)
    if model is None:
        network = network_for(estimator, encoded, loss)
        network.initialize(_stream_of(estimator))
    else:
        network = model.network.copy(np.float64)
    mean_weight = encoded.mean_weight(slice(None))
    settings = estimator.alpha, estimator.l1_ratio, mean_weight
    plan = Plan(loss, Solver(), Stopping(0.0, np.inf), None, *settings)
    return plan.objective(network), encoded.everything()


def losses_of_steps(estimator, X, y, sample_weight, rates):
    """Yield the loss of a batch before a step, for each learning rate.

    Parameters
    ----------
    estimator : estimator
        Estimator with a stochastic solver, of which a clone is trained.
    X, y, sample_weight : array-like
        The samples; weights may be None.
    rates : iterable of float
        The learning rates.

    Yields
    ------
    loss : float
        Until training diverges.
    """
    model = clone(estimator)
    check_each(model)
    off = {"early_stopping": False, "refit": False, "calibrate": False, "ensemble": 1}
    constant = off | {"learning_rate": "constant"}
    names = model.get_params(deep=False).keys()
    model.set_params(**{k: v for k, v in constant.items() if k in names})
    request = Request(X, y, sample_weight)
    with np.errstate(over="ignore", invalid="ignore"):  # of sums
        problem = encode(model, request, Past())
    call = Call(model, request._replace(is_partial=True), Past(), problem)
    plan, state = plan_training(call, Task(problem, _stream_of(model)))
    training_set = problem.training.encoded
    weight = training_set.sample_weight
    rows = np.arange(training_set.n_samples)
    if weight is not None:  # rows with weight 0 are in no batch
        rows = np.flatnonzero(weight)
        plan = replace(plan, mean_weight=training_set.mean_weight(rows))
    batches = _batches(rows, batch_size_of(model, len(rows)), _stream_of(model))
    for rate, batch in zip(rates, batches, strict=False):
        solver = replace(
            plan.solver, learning_rate_init=float(rate), batch_size=len(batch)
        )
        network, history = state.network, state.history.to_continue()
        n, last = len(batch), state.progress
        progress = solver.start(n, history.n_seen, last)
        state = replace(state, rows=np.arange(n), history=history, progress=progress)
        with threads_to_train(network, n), np.errstate(all="ignore"):
            result = train(
                replace(plan, solver=solver), training_set.subset(batch), state
            )
        if result.stop_reason == "interrupted":
            raise KeyboardInterrupt
        if not result.is_usable:
            return
        yield state.history.loss_curve[-1]


def _stream_of(estimator):
    """Return a copy of the random state of an estimator."""
    return check_random_state(copy.deepcopy(estimator.random_state))


def _batches(rows, size, random_state):
    """Yield batches of reshuffled rows endlessly."""
    while True:
        order = random_state.permutation(rows)
        for start in range(0, len(rows) - size + 1, size):
            yield order[start : start + size]
