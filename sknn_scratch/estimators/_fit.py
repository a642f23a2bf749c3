"""The steps of a fit: check and encode, plan, train, publish."""

from dataclasses import replace
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import callbacks_of
from .._warnings import warn
from ..engine.mini_batches import MiniBatches
from ..engine.state import State
from ..engine.streams import seeded
from ..engine.trainer import TrainResult, train
from ..listeners._checkpoint import Checkpoint, Resumable
from ..listeners._history import step_recorders
from ..listeners._table import EpochTable
from ..listeners._tasks import EpochTasks, FitTasks
from ._advice import divergence_error, warning_of, warning_of_ended_schedule
from ._model import Past, Trained
from ._parameters import check_parameters
from ._planning import Call, plan_refit, plan_training
from ._problem import encode
from ._publish import (
    attributes_of,
    published,
    with_own_model,
    with_parameters,
)
from ._threads import threads_to_train


def fit(estimator, request):
    """Fit an estimator, or train it for one epoch.

    Parameters
    ----------
    estimator : estimator
        It is not changed until everything has succeeded.
    request : Request
        Arguments of the call.

    Returns
    -------
    estimator : estimator
        The fitted estimator.
    """
    callbacks = [] if request.is_partial else callbacks_of(estimator)
    checkpoint = next((one for one in callbacks if isinstance(one, Checkpoint)), None)
    if not request.is_partial:  # `warm_start` decides whether it continues
        check_parameters(estimator, request, checkpoint)
    past = Past.of(estimator, request.is_partial)
    if request.is_partial and past.prepared is None:
        check_parameters(estimator, request, checkpoint)
    with (
        published(estimator, estimator.random_state) as attributes,
        # Overflow is reported by our own error.
        np.errstate(all="ignore"),
    ):
        problem = encode(estimator, request, past)
        call = Call(estimator, request, past, problem)
        seed, random_state = _random_state_of(estimator, past)
        listeners = []
        if checkpoint is not None:
            sets = [problem.training, problem.validation]
            params = estimator.get_params()
            listeners.append(Resumable(checkpoint, params, random_state, sets))
        tasks = estimator._training_tasks(problem, past, seed, random_state)
        # After the checks of the data, because callbacks forget their last fit here.
        fit_tasks = FitTasks(estimator, request) if callbacks else None
        if fit_tasks is not None:
            snapshots = _snapshots(call, tasks[0], seed)
            listeners.append(EpochTasks(fit_tasks, snapshots))
            listeners += step_recorders(callbacks, estimator, snapshots)
        attributes |= _train_all(call, tasks, seed, listeners)
        if fit_tasks is not None:
            fit_tasks.end(
                lambda: with_parameters(estimator, with_own_model(attributes))
            )
        if checkpoint is None:
            return estimator  # inside the block: no later line can fail
    if estimator.stop_reason_ != "interrupted":
        checkpoint.remove()
    return estimator


def _random_state_of(estimator, past):
    """Return the seed of a fit, or None, and its random stream.

    With an int as random_state, every fit draws the same numbers, and partial_fit
    continues the last call's stream, if that began with the same int.
    """
    seed = estimator.random_state
    seed = seed if isinstance(seed, Integral) else None
    if past.continues_stream(seed):
        return seed, past.state(0).random_state
    if seed is None:
        return None, check_random_state(estimator.random_state)
    return seed, seeded(seed)


def _train_all(call, tasks, seed, listeners):
    """Train all networks; return the fitted attributes, after a warning if needed."""
    estimator, request = call.estimator, call.request
    trained, interrupted = _train_each(call, tasks, listeners)
    trained, calibration = estimator._combined(call.problem, trained, len(tasks))
    if estimator._refits and not interrupted:
        trained, interrupted = _refit_each(call, trained)
    if not request.is_partial or interrupted:
        _warn_of_training(call, trained, interrupted)
    for one in trained:
        scale = 1.0 if one.weight is None else one.weight * len(trained)
        estimator._calibrate_outputs(one.state.network, calibration, scale)
    reason = "interrupted" if interrupted else trained[0].stop_reason
    return attributes_of(
        call,
        trained,
        seed,
        is_calibrated=calibration is not None,
        stop_reason_=reason,
        **estimator._attributes_of_calibration(calibration, call),
    )


def _train_each(call, tasks, listeners):
    """Return a `Trained` for each network, and whether the user has interrupted it.

    An interrupt keeps the complete networks and drops new ones.
    Listeners get the training run of the first network only.
    """
    trained, interrupted = [], False
    for task in tasks:
        try:
            original, task = task, task.with_own_features()
            plan, state = plan_training(call, task)
        except KeyboardInterrupt:
            if not trained or task.last is not None:
                raise
            return trained, True
        if interrupted:
            result = TrainResult(state, "interrupted", True)
        else:
            if not trained:  # once for all networks
                _warn_of_plan(call, plan, state)
            told = [*_tables(call, task, len(trained) + 1, len(tasks)), *listeners]
            result, listeners = _train(call, task, plan, state, told), []
        interrupted = result.stop_reason == "interrupted"
        if plan.stopping.validates and not call.estimator._validates_together:
            plan = replace(plan, stopping=plan.stopping.without_samples())
        is_unfinished = interrupted and task.last is None
        if not (is_unfinished and trained):
            trained.append(Trained(plan, result, task.features, task=original))
        if is_unfinished:
            break
    return trained, interrupted


def _warn_of_plan(call, plan, state):
    """Warn about a clipped batch size or a schedule that has ended."""
    size, n_rows = call.estimator.batch_size, len(state.rows)
    in_batches = isinstance(plan.solver, MiniBatches)
    if in_batches and isinstance(size, Integral) and size > n_rows:
        warn(
            f"batch_size={size} is larger than the number of training samples, "
            f"{n_rows}; it is clipped to that number."
        )
    if warning := warning_of_ended_schedule(plan, state.progress):
        warn(warning)


def _tables(call, task, i, n):
    """Return the listener that prints the training of network `i` of `n`, if any."""
    if not call.estimator.verbose:
        return []
    is_new = task.last is None or task.last.progress is None
    kind = "" if task.estimator is None else " (linear model)"
    return [EpochTable(is_new, f"Network {i} of {n}{kind}" if n > 1 else "")]


def _train(call, task, plan, state, listeners=()):
    """Train with a suitable number of threads."""
    network, training_set = state.network, task.problem.training.encoded
    n_rows = min(plan.solver.rows_at_once(len(state.rows)), network.chunk_rows)
    with threads_to_train(network, n_rows):
        result = train(plan, training_set, state, listeners)
    if not result.is_usable:
        remedy = call.estimator._remedy_for_target(task.problem.loss)
        raise divergence_error(task, state, remedy)
    return result


def _refit_each(call, trained):
    """Refit on all samples, for the best number of epochs.

    An interrupt keeps the networks of the first training run.
    """
    refitted = list(trained)
    for i, one in enumerate(trained):
        if not one.history.best_epoch:
            continue
        try:
            task = one.task.with_own_features()
            result = _train(call, task, *plan_refit(call, task, one))
        except KeyboardInterrupt:
            return refitted, True
        if result.stop_reason == "interrupted":
            return refitted, True
        refitted[i] = one._replace(refitted=result)
    return refitted, False


def _warn_of_training(call, trained, interrupted):
    """Issue the first warning about a network, or about an interrupt."""
    linear = [one for one in trained if one.is_linear]
    networks = [one for one in trained if not one.is_linear]
    if interrupted:
        networks = networks[-1:]
    for one in networks:
        warning = warning_of(call, one, interrupted, linear)
        if warning is not None:
            warn(warning)
            return


def _snapshots(call, task, seed):
    """Return a function from a training run to its current fitted attributes."""

    def attributes(run):
        network, history = run.state.network.copy(), run.state.history
        rows = run.state.rows[:0]
        state = State(network, rows, run.state.random_state, history)
        one = Trained(run.plan, TrainResult(state, None, True), task.features)
        calibration = call.estimator._attributes_of_calibration(None, call)
        found = attributes_of(call, [one], seed, **calibration)
        if run.plan.stopping.validates:
            found["best_epoch_"] = history.n_iter  # the weights are those of this epoch
        return with_parameters(call.estimator, found)

    return attributes
