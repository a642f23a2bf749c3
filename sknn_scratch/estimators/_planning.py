"""The plan and the initial state of a training run, from parameters and samples."""

from dataclasses import replace
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from ..engine.mini_batches import MiniBatches
from ..engine.network import Network
from ..engine.plan import Plan
from ..engine.state import History, State
from ..engine.stopping import AccuracyStopping, ScoreStopping, Stopping
from ..engine.streams import copied
from ._model import Past
from ._problem import Problem, Request
from ._validation import TrainingAccuracy, Validation, by_scorer, hold_out

# An epoch of a perceptron may be a single step, and the mean of a few steps is noisy.
# So the patience is at least this number of steps, without and with `average`.
_PATIENCE_IN_STEPS = {False: 100, True: 250}


class Call(NamedTuple):
    """A call of `fit` or `partial_fit`, which is immutable.

    Attributes
    ----------
    estimator : estimator
        Estimator with the parameters.
    request : Request
        Arguments of the call.
    past : Past
        Earlier fit to continue.
    problem : Problem
        Problem to learn.
    """

    estimator: Any
    request: Request
    past: Past
    problem: Problem


class Task(NamedTuple):
    """One network to train.

    Attributes
    ----------
    problem : Problem
        Problem to learn, with all features until `with_own_features`.
    random_state : RandomState
        Where it takes its random numbers from: a copy, if it continues the stream of
        `last`.
    last : State or None
        Earlier fit to continue.
    features : ndarray of int or None
        Input features; None for all.
    split : tuple of ndarray or None
        Rows to train on and rows to validate with, if several networks share them.
    estimator : estimator or None
        Estimator with other parameters than the call, for a linear model.
    """

    problem: Problem
    random_state: Any
    last: Any = None
    features: Any = None
    split: Any = None
    estimator: Any = None

    def with_own_features(self):
        """Return the task with a copy of the input features of the network."""
        return self._replace(problem=self.problem.of_features(self.features))


def plan_training(call, task):
    """Return the plan of a training run, and its initial state.

    Parameters
    ----------
    call : Call
        The call of `fit`.
    task : Task
        The network, whose random numbers are drawn here in the order of scikit-learn:
        initial weights, then the validation set.

    Returns
    -------
    plan : Plan
        Plan of the training run.
    state : State
        Initial state.
    """
    call = _call_of(call, task)
    if call.past.prepared is not None:
        found = _like_the_last(call, task)
        if found is not None:
            return found
    network = _first_network(call, task)
    rows, held_out = _split(call.estimator, task)
    mean_weight = task.problem.training.encoded.mean_weight(rows)
    plan = _plan(call, task, network, len(rows), held_out, mean_weight)
    state = _first_state(plan, network, rows, task)
    if task.last is not None:
        plan.stopping.begin(state)
    return plan, state


def _like_the_last(call, task):
    """Return the plan and state of the last `partial_fit` if they are reusable."""
    prepared, last = call.past.prepared, task.last
    rows, _ = _split(call.estimator, task)
    mean_weight = task.problem.training.encoded.mean_weight(rows)
    if not prepared.is_for(len(rows), mean_weight):
        return None
    plan, state = prepared.plan, prepared.take()
    if state is None:
        state = _first_state(plan, _continued(call, task), rows, task)
    else:
        state.network.set_parameters(last.network)
        state.history = last.history.to_continue()
        state.rows = _order_of(last, rows)
        state.random_state = _own_stream(plan, state.network, state.progress, task)
        plan.solver.set_rate(state.progress, state.history.n_seen)
    return plan, state


def _plan(call, task, network, n_rows, held_out, mean_weight):
    """Return the plan for a number of training rows."""
    estimator = call.estimator
    return Plan(
        task.problem.loss,
        estimator._solver_of(network, n_rows),
        _stopping(call, task, held_out),
        max_epochs=None if call.request.is_partial else estimator.max_iter,
        alpha=estimator.alpha,
        l1_ratio=estimator.l1_ratio,
        mean_weight=mean_weight,
    )


def plan_refit(call, task, first):
    """Return the plan of a refit on all samples, for the best number of epochs.

    Parameters
    ----------
    call : Call
        The call of `fit`.
    task : Task
        The network.
    first : Trained
        Result of the training run with a validation set.

    Returns
    -------
    plan : Plan
        Plan of the training run.
    state : State
        Initial state.
    """
    call = _call_of(call, task)
    network = _first_network(call, task)
    rows = np.arange(task.problem.training.encoded.n_samples)
    plan = replace(
        first.plan,
        solver=call.estimator._solver_of(network, len(rows)),
        stopping=Stopping(tol=0.0, patience=np.inf),
        max_epochs=first.history.best_epoch,
        mean_weight=task.problem.training.encoded.mean_weight(rows),
    )
    return plan, _first_state(plan, network, rows, task)


def _call_of(call, task):
    """Return the call with the parameters of a task."""
    return call if task.estimator is None else call._replace(estimator=task.estimator)


def _first_network(call, task):
    """Return a network with new or continued parameters."""
    if task.last is None:
        training_set, loss = task.problem.training.encoded, task.problem.loss
        network = network_for(call.estimator, training_set, loss)
        network.initialize(task.random_state)
    else:
        network = _continued(call, task)
    call.estimator._set_start(network, *call.request.start)
    return network


def network_for(estimator, training_set, loss):
    """Return an uninitialized network for a training set and a loss.

    Parameters
    ----------
    estimator : estimator
        Estimator with the parameters of the layers.
    training_set : TrainingSet
        Training samples.
    loss : Loss
        Loss to minimize.
    """
    X, n_raw = training_set.X, len(training_set.target_vectors) * loss.raw_per_target
    return Network(X.shape[1], estimator._layers_of(n_raw), X.dtype)


def _continued(call, task):
    """Return a copy of a fitted network, with layers from the current parameters."""
    estimator, last, loss = call.estimator, task.last, task.problem.loss
    # Without `average`, training continues the parameters and not their average.
    average = estimator.average
    fitted = last.network.copy() if average else last.network_in_training()
    if call.past.prepared is not None:
        return fitted
    _check_same("loss", call.past.model.loss, loss)
    if _are_equal(fitted.layers, tuple(estimator._layers_of(fitted.n_outputs))):
        return fitted
    network = network_for(estimator, task.problem.training.encoded, loss)
    _check_same("layers", fitted.function, network.function)
    network.params[...] = fitted.params
    return network


def _check_same(what, was, now):
    """Raise a ValueError if a fitted network cannot be trained further."""
    if not _are_equal(was, now):
        raise ValueError(
            f"warm_start and partial_fit continue the fitted network: {what} must "
            f"stay {was}; got {now}. Restore the parameters, or fit with "
            "warm_start=False to train a new model."
        )


def _are_equal(was, now):
    """Return whether losses or layers are equal."""
    try:
        return bool(was == now)
    except ValueError as error:
        raise ValueError(
            f"Settings of layers must be comparable with ==; comparing {was} with "
            f"{now} raised {str(error)!r}. Use tuples instead of arrays."
        ) from error


def _first_state(plan, network, rows, task):
    """Return the initial state of a training run."""
    last, history, progress, params = task.last, History(), None, None
    if last is not None:
        history, progress = last.history.to_continue(), last.progress
        params = last.params
        rows = _order_of(last, rows)
    progress = plan.solver.start(len(rows), history.n_seen, progress)
    stream = _own_stream(plan, network, progress, task)
    return State(network, rows, stream, history, progress, params)


def _order_of(last, rows):
    """Return the rows in the order of the last training run, if they match."""
    return last.rows.copy() if len(last.rows) == len(rows) else rows


def _own_stream(plan, network, progress, task):
    """Return the random state of a training run."""
    stream, last = task.random_state, task.last
    is_of_last = last is not None and stream is last.random_state
    if is_of_last and plan.solver.uses_random_state(network, progress):
        return copied(stream)
    return stream


def _split(estimator, task):
    """Return the training rows, and the validation rows or None."""
    samples, held_out = task.problem.training, None
    rows = np.arange(samples.encoded.n_samples)
    if task.split is not None:
        rows, held_out = task.split
    elif estimator.early_stopping and task.problem.validation is None:
        rows, held_out = hold_out(
            samples, estimator.validation_fraction, task.random_state
        )
    weight = samples.encoded.sample_weight
    if weight is not None and not weight[rows].any():
        raise ValueError(
            "sample_weight (times class_weight) must be > 0 for at least one training "
            "sample; got only zeros."
        )
    return rows, held_out


def _stopping(call, task, held_out):
    """Return the rule for early stopping."""
    estimator = call.estimator
    tol, patience = estimator.tol, estimator.n_iter_no_change
    if estimator.early_stopping:
        validation = _validation(estimator, task, held_out)
        return ScoreStopping(tol, patience, validation)
    loss, training_set = task.problem.loss, task.problem.training.encoded
    if estimator._stops_by_itself:
        return Stopping(tol, np.inf)
    if not loss.stops_when_separated or estimator.alpha or call.request.is_partial:
        return Stopping(tol, patience)
    n_samples = training_set.n_samples
    n_steps = -(-n_samples // batch_size_of(estimator, n_samples))
    at_least = _PATIENCE_IN_STEPS[bool(estimator.average)]
    patience = max(patience, -(-at_least // n_steps))
    return AccuracyStopping(tol, patience, TrainingAccuracy(loss, training_set))


def _validation(estimator, task, held_out):
    """Return the evaluation of a network on the validation set."""
    samples = task.problem.validation or task.problem.training
    rows = slice(None) if held_out is None else held_out
    weight = samples.encoded.sample_weight
    if weight is not None and not weight[rows].any():
        raise ValueError(
            "sample_weight (times class_weight) must be > 0 for at least one "
            "validation sample; got only zeros. Raise validation_fraction, or pass a "
            "validation set with such samples."
        )
    score = _score(estimator, task.problem, samples, rows)
    return Validation(task.problem.loss, samples.encoded, held_out, score)


def _score(estimator, problem, samples, rows):
    """Return the `Score` of raw outputs of selected rows; None means −loss."""
    if isinstance(estimator.scoring, str) and estimator.scoring == "loss":
        return None
    encoded, weight = samples.encoded, samples.sample_weight
    weight = None if weight is None else weight[rows]
    if estimator.scoring is None:
        class_indices = encoded.class_indices
        truth = (
            encoded.targets(rows)[0] if class_indices is None else class_indices[rows]
        )
        return estimator._score_of(problem, truth, weight)
    reader = estimator._predicting(problem)
    return by_scorer(
        reader, estimator.scoring, encoded.X[rows], samples.y[rows], weight
    )


def mini_batches(estimator, n_rows, optimizer, schedule, **settings):
    """Return the solver that the parameters of an estimator describe.

    Parameters
    ----------
    estimator : estimator
        Estimator with the parameters.
    n_rows : int
        Number of samples to train on.
    optimizer : Optimizer
        Update rule.
    schedule : Schedule
        Learning-rate schedule.
    **settings : dict
        Settings of `MiniBatches` that not every estimator has as parameters.
    """
    size = batch_size_of(estimator, n_rows)
    # A single batch needs no shuffling, but scikit-learn shuffles it with a random
    # state that may be shared.
    is_shared = not isinstance(estimator.random_state, Integral)
    has_order = n_rows > size or (is_shared and estimator.batch_size is not None)
    return MiniBatches(
        optimizer,
        float(estimator.learning_rate_init),
        size,
        schedule=schedule,
        n_epochs=estimator.max_iter,
        shuffle=estimator.shuffle and has_order,
        clip_norm=estimator.clip_norm,
        average=float(estimator.average),
        **settings,
    )


def batch_size_of(estimator, n_rows):
    """Return the number of samples in a batch.

    Parameters
    ----------
    estimator : estimator
        Estimator with `batch_size`.
    n_rows : int
        Number of samples to train on.
    """
    size = estimator.batch_size
    if size is None:
        return n_rows
    if size == "auto":
        return min(200, n_rows)
    if size < 1:
        return max(1, min(200, round(size * n_rows)))
    return min(size, n_rows)
