"""What to tell the user of a training that did not go well."""

import warnings

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from ._threads import threads_for

# Of how many samples sizes and predictions are looked at.
_N_SAMPLES = 1000
# Features whose sizes are further apart than this, or from 1, ask to be scaled.
_APART, _FAR = 1000.0, 100.0


def about_scales(X):
    """Return a sentence on features that should be scaled, or "".

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features)
        What was trained on.
    """
    X = some(X)
    highest, lowest, scaler = X.max(axis=0), X.min(axis=0), "StandardScaler"
    if sparse.issparse(X):
        highest, lowest = highest.toarray().ravel(), lowest.toarray().ravel()
        scaler = "MaxAbsScaler"
    sizes = np.maximum(highest, -lowest)
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return ""
    low, high = sizes.min(), sizes.max()
    if high <= _FAR and low >= 1 / _FAR and high / low <= _APART:
        return ""
    return (
        f" The features are of sizes from {low:.2g} to {high:.2g}: scale them, for "
        f"example with {scaler}."
    )


def about_progress(monitor):
    """Return how far an epoch was from being one without improvement.

    Parameters
    ----------
    monitor : Monitor
        Of the run, which `max_iter` has ended.
    """
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


def has_risen(monitor):
    """Return whether the training loss is far above what it was at first.

    With a validation set it is of no account: the best epoch is kept.
    """
    curve = monitor.loss_curve
    if monitor.validate is not None:
        return False
    return len(curve) > 1 and curve[-1] > curve[0] + 9 * abs(curve[0]) > 0


def warn_if_risen(monitor):
    """Warn of a training that has made everything worse, short of divergence.

    Parameters
    ----------
    monitor : Monitor
        Of the run.
    """
    if has_risen(monitor):
        first, last = monitor.loss_curve[0], monitor.loss_curve[-1]
        warnings.warn(
            f"The loss rose from {first:.2g} to {last:.2g} while training. Lower "
            "learning_rate_init, scale the inputs (and a regression target, too), or "
            "set clip_norm.",
            ConvergenceWarning,
            stacklevel=6,
        )


def warn_if_constant(network, training_set):
    """Warn of a network that has the same output for all samples.

    Parameters
    ----------
    network : Network
        Trained.
    training_set : TrainingSet
        On these samples.
    """
    X = training_set.X
    # Three will do, if they differ: so most fits know at almost no cost.
    if not _constant(network.raw(X[:: max(1, X.shape[0] // 3)])):
        return
    X, y = some(X), training_set.targets(slice(None))[0]
    with threads_for(network, X.shape[0]):
        raw = network.raw(X)
    if _constant(raw) and not _constant(X) and not _constant(y):
        warnings.warn(
            "The predictions are the same for all samples. Lower learning_rate_init or "
            "alpha, scale the inputs, or choose an activation that is never flat, such "
            "as 'leaky_relu'; without hidden layers, add one.",
            stacklevel=6,
        )


def _constant(rows):
    if sparse.issparse(rows):
        return (rows.max(axis=0) != rows.min(axis=0)).nnz == 0
    return bool((rows == rows[0]).all())


def some(X):
    """Return a thousand samples at most, from everywhere."""
    return X[:: -(-X.shape[0] // _N_SAMPLES)]
