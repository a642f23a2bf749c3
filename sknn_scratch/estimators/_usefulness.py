"""Checks whether a model is better than a constant, and whether scales are suitable."""

import math

import numpy as np
from scipy import sparse

from ..engine.losses import JointLoss
from ..engine.objective import mean_loss
from ._threads import threads_to_predict

# Maximum number of samples to check, and of values of X and y.
_N_SAMPLES, _N_VALUES, _N_TARGETS = 1000, 2**20, 2**18
# Minimum number of samples.
_FEWEST = 50
# Largest ratio of the magnitudes of two features, and of one to 1, without advice.
_MAX_RATIO, _MAX_SCALE = 1000.0, 100.0
# The same for the mean and the standard deviation of a target.
_MAX_TARGET_SCALE = 10.0
# A loss below this factor times that of a constant needs no check of predictions.
_CLEAR_MARGIN = 0.2
# Proportion of the errors of the most frequent class that a classifier must correct.
_MIN_SKILL = 0.1
# Number of samples of a first check, and three standard errors of their accuracy.
_FEW, _UNCERTAINTY = 100, 0.15
# With more targets than this, only the sum of their losses is compared.
_MAX_TARGETS = 20


def sample_of(training_set, rows):
    """Return a spread sample of rows, without those of weight 0.

    Parameters
    ----------
    training_set : TrainingSet
        Samples that `rows` index.
    rows : ndarray of int
        The samples that the network was trained on.

    Returns
    -------
    sample : ndarray of int
        At most a thousand of them, and fewer of very many values.
    """
    if training_set.sample_weight is not None:
        rows = rows[training_set.sample_weight[rows] > 0]
    X, n_outputs = training_set.X, max(1, len(training_set.target_vectors))
    n_values = X.nnz / X.shape[0] if sparse.issparse(X) else X.shape[1]
    n = min(_N_SAMPLES, _N_VALUES // max(1, n_values), _N_TARGETS // n_outputs)
    n = int(max(_FEWEST, n))
    if n >= len(rows):
        return rows
    # Steps of the golden ratio make the sample independent of order and periods.
    step = round(len(rows) * (math.sqrt(5) - 1) / 2)
    while math.gcd(step, len(rows)) > 1:
        step += 1
    return rows[np.arange(n) * step % len(rows)]


def usefulness(network, loss, training_set, rows, reached, accuracy):
    """Return a message if a network is no better than a constant, otherwise "".

    Parameters
    ----------
    network : Network
        Trained.
    loss : Loss
        Loss of the training.
    training_set : TrainingSet
        Training samples.
    rows : ndarray of int
        The samples it was trained on; it is compared on some of them.
    reached : float
        A loss that the network is known to have reached; NaN if there is none. Only if
        it is near that of a constant, predictions have to be made.
    accuracy : float or None
        Accuracy on the training samples, if known.
    """
    shares = training_set.class_shares(rows)
    if shares is not None:
        usual = float(shares.max())
        if usual == 1 or (accuracy is not None and _has_skill(accuracy, usual)):
            return ""
        bound = _loss_of_constant(loss, training_set, rows, shares)
        if reached < bound - _CLEAR_MARGIN * abs(bound):
            return ""
    sample = sample_of(training_set, rows)
    to_measure = shares is not None and accuracy is None
    if to_measure and _is_clear(network, loss, training_set, sample, usual):
        return ""
    y, weight = training_set.targets(sample)
    if shares is None and (len(y) == 0 or (y == y[0]).all()):
        return ""  # nothing is better than a constant
    for_classification = loss.for_classification or shares is not None
    if for_classification:  # the best constant depends on the mean only
        constant = loss.best_constant(training_set.mean_target(rows, shares)[None])
    else:
        constant = loss.best_constant(y, weight)
    if constant is None:
        return ""
    several = isinstance(loss, JointLoss)
    n_targets = 1 if for_classification and not several else y.shape[1]
    constant = np.broadcast_to(constant.astype(y.dtype), (len(y), len(constant)))
    bound = mean_loss(loss, [(constant.copy(), y)], weight)
    margin = _CLEAR_MARGIN * abs(bound)
    if n_targets == 1 and not loss.ignores_correct and reached < bound - margin:
        return ""
    X = training_set.X[sample]
    raw = None
    if not for_classification or several or accuracy is None:
        with threads_to_predict(network, X.shape[0]):
            raw = network.raw(X)
    if several:
        values = _useless_class_targets(loss, raw, constant, y, weight)
    elif not for_classification:
        values = _useless_targets(loss, raw, constant, y, weight)
    else:
        exclusive = shares is not None and y.shape[1] > 1
        if shares is None:
            usual = _accuracy(loss, constant, y, weight, exclusive)
        if accuracy is None:
            accuracy = _accuracy(loss, raw, y, weight, exclusive)
        # The loss of a perceptron scales with its weights, so a constant is no
        # baseline.
        better = not loss.ignores_correct and (
            mean_loss(loss, [(raw.copy(order="F"), y)], weight) < bound
        )
        kind = "accuracy" if weight is None else "weighted accuracy"
        values = f"{kind} {accuracy:.3g}; most frequent class {usual:.3g}"
        if better or _has_skill(accuracy, usual):
            values = ""
    if not values:
        return ""
    return _verdict(values, network.raw(X) if raw is None else raw, X)


def _loss_of_constant(loss, training_set, rows, shares):
    """Return the mean loss of the best constant for class frequencies, or NaN."""
    if len(shares) > _FEW or loss.ignores_correct:
        return math.nan
    constant = loss.best_constant(training_set.mean_target(rows, shares)[None])
    if constant is None:
        return math.nan
    y = training_set.target_vectors.take(np.arange(len(shares)), axis=1).T
    raw = np.repeat(constant.astype(y.dtype)[None], len(y), axis=0)
    return mean_loss(loss, [(raw, y)], shares)


def _is_clear(network, loss, training_set, sample, usual):
    """Return whether a small sample shows that a classifier is useful."""
    if training_set.sample_weight is not None or len(sample) < 2 * _FEW:
        return False
    rows = sample[:: len(sample) // _FEW][:_FEW]
    y, _ = training_set.targets(rows)
    with threads_to_predict(network, _FEW):
        raw = network.raw(training_set.X[rows])
    accuracy = _accuracy(loss, raw, y, None, exclusive=y.shape[1] > 1)
    return _has_skill(accuracy - _UNCERTAINTY, usual)


def _has_skill(accuracy, usual):
    return accuracy > usual + _MIN_SKILL * (1 - usual)


def _verdict(values, raw, X):
    if (raw == raw[0]).all() and not _is_constant(X):
        return (
            "The predictions are the same for all samples. Lower learning_rate_init "
            "or alpha, scale the inputs, or choose an activation that does not "
            "saturate, such as 'leaky_relu'. If there is no hidden layer, add one."
        )
    return (
        "The model is no better than a constant prediction on its training samples "
        f"({values})."
    )


def _useless_targets(loss, raw, constant, y, weight):
    """Return the losses of a target that is no better than a constant, or ""."""
    n = y.shape[1]
    targets = (
        [slice(None)] if n > _MAX_TARGETS else [slice(j, None, n) for j in range(n)]
    )
    for j, columns in enumerate(targets):
        of_target = y[:, columns] if len(targets) == 1 else y[:, j : j + 1]
        found, bound = (
            mean_loss(loss, [(one[:, columns].copy(order="F"), of_target)], weight)
            for one in (raw, constant)
        )
        if not found < bound and (of_target != of_target[0]).any():
            of = f"target {j}: " if len(targets) > 1 else ""
            return f"{of}loss {found:.3g}; best constant {bound:.3g}"
    return ""


def _useless_class_targets(loss, raw, constant, y, weight):
    """Return the accuracy of a target that is no better than a constant, or ""."""
    for j, (one, block) in enumerate(loss.blocks):
        of_target, exclusive = y[:, block], block.stop - block.start > 1
        found, bound = (
            mean_loss(one, [(outputs[:, block].copy(order="F"), of_target)], weight)
            for outputs in (raw, constant)
        )
        accuracy, usual = (
            _accuracy(one, outputs[:, block], of_target, weight, exclusive)
            for outputs in (raw, constant)
        )
        varies = (of_target != of_target[0]).any()
        if varies and not (found < bound or _has_skill(accuracy, usual)):
            return (
                f"target {j}: accuracy {accuracy:.3g}; most frequent class {usual:.3g}"
            )
    return ""


def _is_constant(X):
    differ = X.max(axis=0) != X.min(axis=0)
    return not (differ.nnz if sparse.issparse(X) else differ.any())


def _accuracy(loss, raw, y, weight, exclusive):
    """Return the accuracy, or the accuracy of single labels for multilabel targets."""
    if exclusive:
        hits = loss.class_indices(raw) == y.argmax(axis=1)
    else:
        hits = ((raw > 0) == (y > 0.5)).mean(axis=1)
    return float(np.average(hits, weights=weight))


def scale_message(training_set, sample, remedy=None, always=False):
    """Return sentences about unsuitable scales, and whether there are any.

    Parameters
    ----------
    training_set : TrainingSet
        Training samples.
    sample : ndarray of int
        The rows to look at.
    remedy : str or None
        Fix for the scale of a regression target; None for classification.
    always : bool, default=False
        Whether to name scales that are as they should be, too.

    Returns
    -------
    message : str
        Empty if there is nothing to say.
    has_remedy : bool
        Whether the message contains a fix.
    """
    of_target = "", False
    if remedy is not None:
        of_target = _target_message(training_set.targets(sample)[0], remedy)
    of_features = feature_message(training_set.X[sample])
    found = [(text, far) for text, far in (of_target, of_features) if far or always]
    message = " ".join(text for text, _ in found if text)
    return message, any(far for _, far in found)


def _target_message(y, remedy):
    mean, spread = y.mean(axis=0), y.std(axis=0)
    far = np.abs(mean).max() > _MAX_TARGET_SCALE or spread.max() > _MAX_TARGET_SCALE
    far = far or 0 < spread.min() < 1 / _MAX_TARGET_SCALE
    numbers = f"mean {_range(mean)} and standard deviation {_range(spread)}"
    return f"The target has {numbers}{f': {remedy}' if far else ''}.", far


def feature_message(X):
    """Return a sentence about the scales of features, and whether to change them.

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features)
        Samples.
    """
    highest, lowest, scaler = X.max(axis=0), X.min(axis=0), "StandardScaler"
    if sparse.issparse(X):
        highest, lowest = highest.toarray().ravel(), lowest.toarray().ravel()
        scaler = "MaxAbsScaler"
    if (highest == lowest).all():
        return "All features are constant.", False
    sizes = np.maximum(highest, -lowest)
    not_zero, sizes = sizes > 0, sizes[sizes > 0]
    far = _far_apart(sizes)
    if far and not sparse.issparse(X):
        # A rare large value alone does not matter; root mean squares are checked, too.
        shares = X[:, not_zero] / sizes
        far = _far_apart(
            sizes * np.sqrt(np.einsum("ij,ij->j", shares, shares) / len(X))
        )
    remedy = f": scale them, for example with {scaler}" if far else ""
    return (
        f"The largest absolute values of the features are {_range(sizes)}{remedy}.",
        far,
    )


def _far_apart(sizes):
    """Return whether sizes are far from 1, or from each other."""
    low, high = sizes.min(), sizes.max()
    return high > _MAX_SCALE or low < 1 / _MAX_SCALE or high / low > _MAX_RATIO


def _range(values):
    """Return the smallest and the largest of some numbers, or the only one."""
    low, high = f"{values.min():.2g}", f"{values.max():.2g}"
    return low if len(values) == 1 else f"{low} to {high}"
