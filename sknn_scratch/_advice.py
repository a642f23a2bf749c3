"""What a training that did not go well means, and what to do: one warning a fit."""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from ._threads import threads_for
from .engine.objective import mean_loss

# At most this many samples are looked at, and at most this many values of X and y.
_N_SAMPLES, _N_VALUES, _N_TARGETS = 1000, 2**20, 2**18
# Features with magnitudes further apart than this, or from 1, should be scaled.
_APART, _FAR = 1000.0, 100.0
# A target with a mean or standard deviation further from 1 than this should be, too.
_FAR_TARGET = 10.0
# A loss this much below that of a constant needs no closer look.
_CLEARLY = 0.2
# A classifier has to be right on this share of what the most frequent class misses.
_SKILL = 0.1
# Share of mistakes from which a perceptron is told that the classes overlap.
_OVERLAP = 0.1


# Reasons that need no warning by themselves.
_GOOD = ("no_improvement", "no_mistakes", "converged", "callback", None)


class Outcome(NamedTuple):
    """How a training ended, as far as the user should know.

    Attributes
    ----------
    reason : str or None
        The stop reason.
    monitor : Monitor
        With the curves of the training.
    max_iter : int
        Largest number of epochs, or of iterations.
    ends_as_planned : bool
        Whether the learning rate's schedule is made to end at `max_iter`.
    search : OptimizeResult or None
        What L-BFGS returned.
    max_fun : int or None
        Largest number of evaluations by L-BFGS.
    averages : bool
        Whether the model has averaged weights.
    """

    reason: str | None
    monitor: Any
    max_iter: int
    ends_as_planned: bool = False
    search: Any = None
    max_fun: int | None = None
    averages: bool = False

    @property
    def lasted_too_short(self):
        """Whether `max_iter` has ended epochs that nothing else would have."""
        of_epochs = self.search is None and not self.ends_as_planned
        return self.reason == "max_iter" and of_epochs

    @property
    def is_good(self):
        """Whether the way that the training ended needs no warning by itself."""
        planned = self.reason == "max_iter" and self.ends_as_planned
        return planned or self.reason in _GOOD

    @property
    def overlaps(self):
        """Whether a perceptron has stopped with many mistakes, and could do better."""
        accuracy = self.monitor.accuracy is not None and self.monitor.best
        stopped = self.reason in ("no_improvement", "max_iter")
        return stopped and not self.averages and 0 < accuracy < 1 - _OVERLAP


def warning_of(outcome, verdict, sizes):
    """Return the one warning that a fit ends with, or None.

    Parameters
    ----------
    outcome : Outcome
        How the training ended.
    verdict : str
        That of `about_usefulness`.
    sizes : callable
        Returns what `about_sizes` does.
    """
    reason, monitor = outcome.reason, outcome.monitor
    rose = monitor.accuracy is None and monitor.has_risen
    if outcome.is_good and not (verdict or rose or outcome.overlaps):
        return None
    useless, sizes = f" {verdict}" if verdict else "", sizes()
    if reason == "interrupted":
        return UserWarning(f"Training interrupted by user.{useless}")
    if reason == "diverged":
        return ConvergenceWarning(
            f"{monitor.about_divergence()} The weights of the best epoch are kept."
            f"{useless}{sizes}"
        )
    if rose:
        first, last = monitor.loss_curve[0], monitor.loss_curve[-1]
        return ConvergenceWarning(
            f"The loss rose from {first:.2g} to {last:.2g} while training. Lower "
            "learning_rate_init, scale the inputs (and a regression target, too), or "
            f"set clip_norm.{useless}{sizes}"
        )
    search = outcome.search
    if search is not None and not outcome.is_good:
        return ConvergenceWarning(
            f"L-BFGS has not converged after {search.nit} iterations: "
            f"{search.message}. The largest entry of the gradient is "
            f"{np.abs(search.jac).max():.2g}, tol is {monitor.tol:.2g}. Raise max_iter="
            f"{outcome.max_iter} or max_fun={outcome.max_fun}.{useless}{sizes}"
        )
    if outcome.lasted_too_short:
        advice = "" if useless and sizes else f" {_next_time(monitor)}"
        return ConvergenceWarning(
            f"Training has not converged after max_iter={outcome.max_iter} "
            f"epochs{_progress(monitor)}.{advice}{useless}{sizes}"
        )
    if verdict:
        return ConvergenceWarning(f"{verdict}{sizes}")
    return ConvergenceWarning(
        f"The perceptron has stopped with mistakes on {1 - monitor.best:.0%} of its "
        "training samples: the classes seem to overlap. Set average=True, the averaged "
        f"perceptron, or loss='log_loss', which are more accurate there.{sizes}"
    )


def _next_time(monitor):
    """Return what to change when `max_iter` has ended a training."""
    if monitor.accuracy is not None:
        return (
            "If the classes overlap, set average=True, the averaged perceptron, or "
            "loss='log_loss', which are more accurate there; otherwise raise max_iter."
        )
    if monitor.patience == math.inf:
        return (
            "n_iter_no_change=inf never stops earlier: set it to a number of epochs to "
            "stop where the loss no longer improves, or raise max_iter."
        )
    return "Raise max_iter, or tol."


def _progress(monitor):
    """Return how far the last epochs were from being ones without improvement."""
    if monitor.accuracy is not None:
        return f": there are mistakes on {1 - monitor.best:.2g} of the training samples"
    curve, what, fell = monitor.loss_curve, "loss", "fell"
    if monitor.validate is not None:
        curve, what, fell = monitor.validation_scores, "validation score", "rose"
    n = int(min(monitor.patience + 1, len(curve) - 1))
    if n < 1:
        return ""
    best = max if monitor.validate is not None else min
    gain = abs(best(curve) - best(curve[:-n]))
    if not gain:
        return f": in the last {n} the {what} was never better than before"
    return (
        f": in the last {n} the {what} {fell} by {gain:.2g}, tol is {monitor.tol:.2g}"
    )


def sample_of(training_set, rows):
    """Return some rows from everywhere, those of weight 0 left out.

    Parameters
    ----------
    training_set : TrainingSet
        What `rows` are rows of.
    rows : ndarray of int
        The samples that the network was trained on.

    Returns
    -------
    sample : ndarray of int
        At most a thousand of them, and fewer of very many values.
    """
    n_outputs = max(1, len(training_set.columns))
    n = min(_N_SAMPLES, _N_VALUES // training_set.X.shape[1], _N_TARGETS // n_outputs)
    if training_set.sample_weight is not None:
        rows = rows[training_set.sample_weight[rows] > 0]
    return rows[:: max(1, -(-len(rows) // max(1, n)))]


def about_usefulness(network, loss, training_set, sample, reached):
    """Return what is wrong with a network that is no better than a constant, or "".

    Parameters
    ----------
    network : Network
        Trained.
    loss : Loss
        What it was trained with.
    training_set : TrainingSet
        What it was trained on.
    sample : ndarray of int
        The rows to look at.
    reached : float
        A loss that the network is known to have reached; NaN if there is none. Only if
        it is near that of a constant, predictions have to be made.
    """
    y, weight = training_set.targets(sample)
    if (y == y[:1]).all():  # nothing is better than a constant
        return ""
    constant = loss.best_constant(y, weight)
    if constant is None:
        return ""
    constant = np.tile(constant.astype(y.dtype), (len(y), 1))
    bound = mean_loss(loss, [(constant.copy(), y)], weight)
    if reached < bound - _CLEARLY * abs(bound):
        return ""
    X = training_set.X[sample]
    with threads_for(network, len(sample)):
        raw = network.raw(X)
    found = mean_loss(loss, [(raw.copy(order="F"), y)], weight)
    if found < bound:
        return ""
    if loss.of_classes or training_set.codes is not None:
        exclusive = training_set.codes is not None and y.shape[1] > 1
        hits = _accuracy(raw, y, weight, exclusive)
        usual = _accuracy(constant, y, weight, exclusive)
        if hits > usual + _SKILL * (1 - usual):
            return ""
        values = f"accuracy {hits:.2g}, always the most frequent class {usual:.2g}"
    else:
        values = f"loss {found:.2g}, of the best constant {bound:.2g}"
    if (raw == raw[0]).all() and not _is_constant(X):
        return (
            "The predictions are the same for all samples. Lower learning_rate_init or "
            "alpha, scale the inputs, or choose an activation that is never flat, such "
            "as 'leaky_relu'; without hidden layers, add one."
        )
    return (
        "The model predicts the samples that it was trained on hardly better than a "
        f"constant ({values})."
    )


def _is_constant(X):
    differ = X.max(axis=0) != X.min(axis=0)
    return not (differ.nnz if sparse.issparse(X) else differ.any())


def _accuracy(raw, y, weight, exclusive):
    """Return the share of right answers; of labels unless they exclude each other."""
    if exclusive:
        hits = raw.argmax(axis=1) == y.argmax(axis=1)
    else:
        hits = ((raw > 0) == (y > 0.5)).mean(axis=1)
    return float(np.average(hits, weights=weight))


def about_sizes(training_set, sample, remedy=None, always=False):
    """Return sentences on sizes that make training hard, or "".

    Parameters
    ----------
    training_set : TrainingSet
        What was trained on.
    sample : ndarray of int
        The rows to look at.
    remedy : str or None
        What to do about a numeric target of another size; None if it is not numeric.
    always : bool, default=False
        Whether to name sizes that are as they should be, too.
    """
    sentences = ""
    if remedy is not None:
        sentences = _about_target(training_set.targets(sample)[0], remedy, always)
    return sentences + about_features(training_set.X[sample], always)


def _about_target(y, remedy, always):
    mean, spread = np.abs(y.mean(axis=0)).max(), y.std(axis=0)
    far = mean > _FAR_TARGET or spread.max() > _FAR_TARGET
    far = far or 0 < spread.min() < 1 / _FAR_TARGET
    if not (far or always):
        return ""
    numbers = (
        f"mean {_range(y.mean(axis=0))} and standard deviation {_range(y.std(axis=0))}"
    )
    return f" The target has {numbers}{f': {remedy}' if far else ''}."


def about_features(X, always=False):
    """Return a sentence on features that should be scaled, or "".

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features)
        Samples.
    always : bool, default=False
        Whether to name the sizes also where they are as they should be.
    """
    highest, lowest, scaler = X.max(axis=0), X.min(axis=0), "StandardScaler"
    if sparse.issparse(X):
        highest, lowest = highest.toarray().ravel(), lowest.toarray().ravel()
        scaler = "MaxAbsScaler"
    sizes = np.maximum(highest, -lowest)
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return " All features are 0." if always else ""
    low, high = sizes.min(), sizes.max()
    if always and _is_constant(X):
        return " All features are constant."
    if high <= _FAR and low >= 1 / _FAR and high / low <= _APART:
        return f" The features are of sizes {_range(sizes)}." if always else ""
    return (
        f" The features are of sizes {_range(sizes)}: scale them, for example with "
        f"{scaler}."
    )


def _range(values):
    """Return the smallest and the largest of some numbers, or the only one."""
    low, high = f"{values.min():.2g}", f"{values.max():.2g}"
    return low if len(values) == 1 else f"from {low} to {high}"
