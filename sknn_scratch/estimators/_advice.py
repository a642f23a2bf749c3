"""The warning after a training run that did not end well."""

import math
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..engine.stopping import AccuracyStopping, ScoreStopping
from ._usefulness import sample_of, scale_message, usefulness

# Error rate from which a perceptron that has stopped gets a warning.
_OVERLAP = 0.1
# Stop reasons without a warning.
_GOOD = ("no_improvement", "no_mistakes", "converged", "callback", None)


class Outcome(NamedTuple):
    """The end of a training run.

    Attributes
    ----------
    reason : str or None
        Stop reason.
    history : History
        History with the curves.
    plan : Plan
        Plan of the training run.
    search : OptimizeResult or None
        Result of L-BFGS.
    is_weighted : bool
        Whether the samples have weights.
    may_overlap : bool
        Whether it is a perceptron of several classes.
    may_average : bool
        Whether it is a perceptron without averaged weights.
    """

    reason: str | None
    history: Any
    plan: Any
    search: Any = None
    is_weighted: bool = False
    may_overlap: bool = False
    may_average: bool = False

    @property
    def knows_accuracy(self):
        """Whether the accuracy on the training samples is known."""
        return isinstance(self.plan.stopping, AccuracyStopping)

    @property
    def stopped_with_mistakes(self):
        """Whether a perceptron has stopped at a plateau with a high error rate."""
        known = self.knows_accuracy and self.reason == "no_improvement"
        return known and self.may_overlap and self.history.best < 1 - _OVERLAP

    @property
    def has_risen(self):
        """Whether the training loss is far above the initial loss.

        With a validation set it does not matter, because the best epoch is restored.
        """
        curve = self.history.loss_curve
        if isinstance(self.plan.stopping, ScoreStopping):
            return False
        return len(curve) > 1 and curve[-1] > curve[0] + 9 * abs(curve[0]) > 0


def warning_of(call, trained, interrupted=False, linear=()):
    """Return the warning after a training run, or None.

    Parameters
    ----------
    call : Call
        The call of `fit`.
    trained : Trained
        Trained network, before calibration.
    interrupted : bool, default=False
        Whether the user has interrupted the fit.
    linear : sequence of Trained, default=()
        Linear models that are averaged with it. With a useful one, the network need
        not be useful.
    """
    task = trained.task.with_own_features()
    estimator, loss = call.estimator, task.problem.loss
    training_set, rows = task.problem.training.encoded, trained.result.state.rows
    outcome = Outcome(
        "interrupted" if interrupted else trained.stop_reason,
        trained.history,
        trained.plan,
        search=trained.result.search,
        is_weighted=training_set.sample_weight is not None,
        may_overlap=loss.stops_when_separated and len(task.problem.target.classes) > 1,
        may_average=loss.stops_when_separated and not estimator.average,
    )
    accuracy = trained.history.best if outcome.knows_accuracy else None
    useless = _usefulness(trained, training_set, estimator.average, accuracy)
    if useless and not all(_usefulness(one) for one in linear):
        useless = ""
    remedy = estimator._remedy_for_target(loss)

    def scales():
        sample = sample_of(training_set, rows)
        return scale_message(training_set, sample, remedy, bool(useless))

    return _warning(outcome, useless, scales)


def _usefulness(trained, training_set=None, averages=False, accuracy=None):
    """Return the message of `usefulness` for a network and its training set."""
    task = trained.task
    if training_set is None:
        training_set = task.with_own_features().problem.training.encoded
    network, rows = trained.state.network, trained.result.state.rows
    reached = _reached(trained, averages)
    return usefulness(network, task.problem.loss, training_set, rows, reached, accuracy)


def _reached(trained, averages):
    """Return a known training loss of the model, or NaN."""
    history = trained.history
    curve, best_epoch = history.loss_curve, history.best_epoch
    if averages or trained.is_refitted or not curve or best_epoch == 0:
        return np.nan
    return curve[-1] if best_epoch is None else curve[best_epoch - history.n_iter - 1]


def divergence_error(task, state, remedy):
    """Return the error for a training run with non-finite parameters.

    Parameters
    ----------
    task : Task
        Task of the training run.
    state : State
        State of the training run.
    remedy : str or None
        Fix for the scale of a regression target.
    """
    training_set = task.problem.training.encoded
    sample = sample_of(training_set, state.rows)
    scales, _ = scale_message(training_set, sample, remedy)
    return ValueError(
        "Solver produced non-finite parameter weights. The input data may contain "
        "large values and need to be preprocessed. "
        f"{_about_divergence(state.history)}{f' {scales}' if scales else ''}"
    )


def _about_divergence(history):
    """Return the message for a non-finite loss or parameter."""
    return (
        f"Training diverged in epoch {history.n_iter} (loss={history.last_loss:g}): "
        "lower learning_rate_init, or scale the inputs, for example with "
        "StandardScaler."
    )


def _warning(outcome, useless, scales):
    """Return a warning about the end, usefulness and scales, or None."""
    message, advice = _ending(outcome)
    mistaken = outcome.stopped_with_mistakes
    if not (message or useless or mistaken):
        return None
    about_scales, has_remedy = scales()
    if mistaken and not (message or useless):
        if not (has_remedy or outcome.may_average):
            return None
        message, advice = _about_mistakes(outcome)
    elif useless and not advice:
        advice = (
            "Train for longer, change learning_rate_init, or check whether the "
            "features determine the target."
        )
    if has_remedy and (useless or mistaken):
        advice = ""
    text = " ".join(filter(None, [message, useless, about_scales, advice]))
    interrupted = outcome.reason == "interrupted"
    return UserWarning(text) if interrupted else ConvergenceWarning(text)


def _ending(outcome):
    """Return the message about the end of a training run, and the advice."""
    reason, history, search = outcome.reason, outcome.history, outcome.search
    if reason == "interrupted":
        return "Training interrupted by user.", ""
    if reason == "diverged":
        what = _about_divergence(history)
        return f"{what} The weights of the best epoch were restored.", ""
    if outcome.has_risen:
        first, last = history.loss_curve[0], history.loss_curve[-1]
        return (
            f"The training loss rose from {first:.2g} to {last:.2g}.",
            "Lower learning_rate_init, scale the inputs (and a regression target), or "
            "set clip_norm.",
        )
    if search is not None and reason not in _GOOD:
        return _about_search(outcome)
    if reason == "max_iter" and not outcome.plan.solver.ends_as_planned:
        return (
            f"Training has not converged after max_iter={outcome.plan.max_epochs} "
            f"epochs{_progress(outcome)}.",
            _next_time(outcome),
        )
    return "", ""


def _about_search(outcome):
    """Return the message about L-BFGS without convergence, and the advice."""
    search, plan = outcome.search, outcome.plan
    return (
        f"L-BFGS has not converged after {search.nit} iterations: {search.message}. "
        "The largest absolute entry of the gradient is "
        f"{np.abs(search.jac).max():.2g}; tol is {plan.stopping.tol:.2g}.",
        {
            "max_iter": f"Raise max_iter={plan.max_epochs}.",
            "max_fun": f"Raise max_fun={plan.solver.max_fun}.",
        }.get(outcome.reason, "Scale the features and the target, or pass float64."),
    )


def _about_mistakes(outcome):
    """Return the message about a perceptron with a high error rate, and the advice."""
    return (
        "The perceptron has stopped improving but misclassifies "
        f"{1 - outcome.history.best:.0%} of its training samples{_by_weight(outcome)}.",
        f"The classes seem to overlap. {_AVERAGE}",
    )


_AVERAGE = (
    "Set average=True (averaged perceptron) or loss='log_loss'; both are more "
    "accurate on overlapping classes."
)


def _by_weight(outcome):
    return " by weight" if outcome.is_weighted else ""


def _next_time(outcome):
    """Return the advice when `max_iter` has ended training."""
    if outcome.may_average:
        return f"Raise max_iter. If the classes overlap: {_AVERAGE}"
    if outcome.plan.stopping.patience == math.inf:
        return (
            "With n_iter_no_change=inf, training always runs for max_iter epochs. Set "
            "n_iter_no_change to a number of epochs to stop early, or raise max_iter."
        )
    return "Raise max_iter or tol."


def _progress(outcome):
    """Return the improvement in the last epochs, compared with `tol`."""
    history, stopping = outcome.history, outcome.plan.stopping
    if outcome.knows_accuracy:
        samples = f"the training samples{_by_weight(outcome)}"
        return f": {1 - history.best:.2g} of {samples} are misclassified"
    curve, what, fell, best = history.loss_curve, "loss", "fell", min
    if stopping.validates:
        curve, what, fell = history.validation_scores, "validation score", "rose"
        best = max
    n = int(min(stopping.patience + 1, len(curve) - 1))
    if n < 1:
        return ""
    gain = abs(best(curve) - best(curve[:-n]))
    if not gain:
        return f": the {what} has not improved in the last {n} epochs"
    return (
        f": in the last {n} epochs the {what} {fell} by {gain:.2g}; tol is "
        f"{stopping.tol:.2g}"
    )


def warning_of_ended_schedule(plan, progress):
    """Return the warning about a schedule that has ended, or None.

    Parameters
    ----------
    plan : Plan
        Plan of the next training run.
    progress : Progress or None
        Progress to continue.
    """
    if progress is None or not (plan.solver.ends_as_planned and progress.is_over):
        return None
    return UserWarning(
        f"The learning-rate schedule ended after max_iter={plan.solver.n_epochs} "
        "epochs, so the learning rate stays at its final value. Raise max_iter, or "
        "choose another schedule."
    )
