"""The one warning that a training ends with if it did not go well."""

import math
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..engine.stopping import AccuracyStopping, ScoreStopping
from ._usefulness import sample_of, scale_message, usefulness

# Share of mistakes from which a perceptron that has stopped is reported.
_OVERLAP = 0.1
# Stop reasons that need no warning by themselves.
_GOOD = ("no_improvement", "no_mistakes", "converged", "callback", None)


class Outcome(NamedTuple):
    """How a training ended.

    Attributes
    ----------
    reason : str or None
        The stop reason.
    history : History
        With the curves of the training.
    plan : Plan
        What was to be done.
    search : OptimizeResult or None
        What L-BFGS returned.
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
        """Whether a perceptron has stopped at a plateau with many mistakes."""
        known = self.knows_accuracy and self.reason == "no_improvement"
        return known and self.may_overlap and self.history.best < 1 - _OVERLAP

    @property
    def has_risen(self):
        """Whether the training loss is far above what it was at first.

        With a validation set it does not matter: the best epoch is kept.
        """
        curve = self.history.loss_curve
        if isinstance(self.plan.stopping, ScoreStopping):
            return False
        return len(curve) > 1 and curve[-1] > curve[0] + 9 * abs(curve[0]) > 0


def warning_of(call, trained, interrupted=False, linear=()):
    """Return the one warning that a training ends with, or None.

    Parameters
    ----------
    call : Call
        The call of `fit`.
    trained : Trained
        What was trained, before its outputs are calibrated.
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
    """Return what `usefulness` says of a network and its training set."""
    task = trained.task
    if training_set is None:
        training_set = task.with_own_features().problem.training.encoded
    network, rows = trained.state.network, trained.result.state.rows
    reached = _reached(trained, averages)
    return usefulness(network, task.problem.loss, training_set, rows, reached, accuracy)


def _reached(trained, averages):
    """Return a training loss that the model is known to have, or NaN."""
    history = trained.history
    curve, best_epoch = history.loss_curve, history.best_epoch
    if averages or trained.is_refitted or not curve or best_epoch == 0:
        return np.nan
    return curve[-1] if best_epoch is None else curve[best_epoch - history.n_iter - 1]


def divergence_error(task, state, remedy):
    """Return the error of a training whose parameters are not finite.

    Parameters
    ----------
    task : Task
        What was trained.
    state : State
        What is left of it.
    remedy : str or None
        What to do about a numeric target of another scale.
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
    """Return what has happened where a loss or a parameter is not finite."""
    return (
        f"Training diverged in epoch {history.n_iter} (loss={history.last_loss:g}): "
        "lower learning_rate_init, or scale the inputs, for example with "
        "StandardScaler."
    )


def _warning(outcome, useless, scales):
    """Return a warning of what has happened, what is useless and of scales, or None."""
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
    """Return what is to say of the way a training ended, and what to do."""
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
    """Return what is to say of an L-BFGS that has not converged, and what to do."""
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
    """Return what is to say of a perceptron that has stopped with many mistakes."""
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
    """Return what to change when `max_iter` has ended a training."""
    if outcome.may_average:
        return f"Raise max_iter. If the classes overlap: {_AVERAGE}"
    if outcome.plan.stopping.patience == math.inf:
        return (
            "With n_iter_no_change=inf, training always runs for max_iter epochs. Set "
            "n_iter_no_change to a number of epochs to stop early, or raise max_iter."
        )
    return "Raise max_iter or tol."


def _progress(outcome):
    """Return how far the last epochs were from being ones without improvement."""
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
    """Return the warning that a learning rate cannot change any further, or None.

    Parameters
    ----------
    plan : Plan
        Of the training to come.
    progress : Progress or None
        What mini-batches continue.
    """
    if progress is None or not (plan.solver.ends_as_planned and progress.is_over):
        return None
    return UserWarning(
        f"The learning-rate schedule ended after max_iter={plan.solver.n_epochs} "
        "epochs, so the learning rate stays at its final value. Raise max_iter, or "
        "choose another schedule."
    )
