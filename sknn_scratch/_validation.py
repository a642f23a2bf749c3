"""The validation set that early stopping goes by, and what is measured on it."""

import math
import warnings
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from .engine.batches import TrainingSet, chunks
from .engine.objective import Objective, mean_loss

# Values of X that are gathered once; of a larger set, again at every epoch, in pieces.
_FEW = 2**20


class Samples(NamedTuple):
    """Samples as the network takes them, and as the user has labelled them.

    Attributes
    ----------
    encoded : TrainingSet
        Their weights are the product of sample and class weights.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The labels or numbers.
    sample_weight : ndarray of shape (n_samples,) or None
        Without class weights, which are no part of a score.
    """

    encoded: TrainingSet
    y: Any
    sample_weight: Any


class Validation:
    """Measures a network on samples that it is not trained on.

    Parameters
    ----------
    network : Network
        The network, measured as it is at the time of the call.
    loss : Loss
        The loss, without a penalty.
    samples : TrainingSet
        What `rows` are rows of.
    rows : ndarray of int or None
        The samples to validate with; None for all.
    score : callable or None
        Takes raw outputs, which it may overwrite; None stands for −loss.

    Attributes
    ----------
    targets : tuple of ndarray of shape (n_rows, n_outputs) and of ndarray or None
        What the network should put out, and the sample weights.
    """

    def __init__(self, network, loss, samples, rows, score):
        self._network = network
        self._loss = loss
        self._X, self._rows = samples.X, rows
        self.targets = samples.targets(slice(None) if rows is None else rows)
        if rows is not None and self._X.size / samples.n_samples * len(rows) < _FEW:
            self._X, self._rows = self._X[rows], None
        self._score = score

    def raw(self):
        """Return the raw outputs of the network as it is."""
        return self._network.raw(self._X, self._rows)

    def __call__(self):
        """Return the mean loss and the score, NaN if the network has diverged."""
        raw = self.raw()
        if not np.isfinite(raw).all():
            return math.nan, math.nan
        loss = mean_loss(self._loss, raw.copy(order="F"), *self.targets)
        return loss, -loss if self._score is None else float(self._score(raw))


class TrainingAccuracy:
    """Measures the share of training samples without a mistake.

    Parameters
    ----------
    network : Network
        The network, measured as it is at the time of the call.
    loss : Loss
        One whose gradient is zero where there is no mistake.
    samples : TrainingSet
        The samples that the network is trained on; their weights count.
    """

    def __init__(self, network, loss, samples):
        self._objective = Objective(network, loss)
        self._samples = samples

    @property
    def n_samples(self):
        """Number of samples."""
        return self._samples.n_samples

    def __call__(self):
        """Return the share, between 0 and 1."""
        samples, right = self._samples, []
        for rows in chunks(samples.n_samples, self._objective.chunk_rows):
            delta = self._objective.output_gradient(
                samples.X[rows], samples.targets(rows)[0]
            )
            right.append(~delta.any(axis=1))
        return float(np.average(np.concatenate(right), weights=samples.sample_weight))


def by_scorer(estimator, scoring, X, y, sample_weight):
    """Return a score for `Validation` that is a scorer's, given an estimator.

    Parameters
    ----------
    estimator : estimator
        A fitted one whose network is the one in training.
    scoring : str or callable
        As :func:`sklearn.metrics.check_scoring` takes it.
    X, y, sample_weight : array-like
        The validation set; weights may be None.
    """
    scorer = check_scoring(estimator, scoring)
    weight = {} if sample_weight is None else {"sample_weight": sample_weight}

    def score(_):
        try:
            value = scorer(estimator, X, y, **weight)
        except (TypeError, ValueError) as error:
            given = "with its sample_weight" if weight else "without weights"
            raise ValueError(
                f"scoring must take the validation set, {given}; got {scoring!r}, "
                f"which says {str(error)!r}. Choose another scorer, or scoring='loss'; "
                "if a class is missing, raise validation_fraction or pass X_val."
            ) from error
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(
                f"scoring must return one finite number; got {value!r} from "
                f"{scoring!r}. Is there a sample of every class in the validation set?"
            )
        return value

    return score


def hold_out(samples, fraction, random_state):
    """Split the rows into a part to train on and a stratified part to validate with.

    Rows of weight 0 are never held out. Regression and multilabel targets are split
    without stratification.

    Parameters
    ----------
    samples : Samples
        What to split.
    fraction : float in (0, 1)
        Share of the rows to hold out.
    random_state : RandomState
        What decides which rows.

    Returns
    -------
    train, held_out : ndarray of int
        Rows to train on, and rows to validate with.

    Raises
    ------
    ValueError
        If fewer than two rows would be held out, or one of two classes is too small.
    """
    training_set = samples.encoded
    weight = training_set.sample_weight
    counted = np.arange(training_set.n_samples)
    if weight is not None:
        counted = np.flatnonzero(weight)
    if len(counted) < 2:
        raise ValueError(
            "Early stopping needs >= 2 samples of a weight > 0 (sample_weight times "
            f"class_weight) to divide; got {len(counted)}. Set early_stopping=False."
        )
    train, held_out = _stratified(samples, counted, fraction, random_state)
    train, held_out = counted[train], counted[held_out]
    if len(counted) < training_set.n_samples:
        train = np.concatenate([train, np.flatnonzero(weight == 0)])
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small: it must have >= 2 samples; got "
            f"{len(held_out)} of {len(counted)}. Increase 'validation_fraction' or the "
            "size of your dataset, or set early_stopping=False."
        )
    return train, held_out


def _stratified(samples, rows, fraction, random_state):
    """Split `rows`, with the same share of every class in both parts if possible."""
    training_set = samples.encoded

    def split(labels=None):
        splitter = ShuffleSplit if labels is None else StratifiedShuffleSplit
        splits = splitter(1, test_size=fraction, random_state=random_state)
        return next(splits.split(rows, labels))

    if training_set.codes is None:
        return split()
    labels = training_set.codes[rows]
    counts = np.bincount(labels)
    if counts[counts > 0].min() < 2:
        # scikit-learn's error names the class, so it is given labels as the user has
        # them; of two classes it has always said True or False.
        two_classes = len(training_set.columns) == 1
        labels = labels.astype(bool)[:, None] if two_classes else samples.y[rows]
    try:
        return split(labels)
    except ValueError as error:
        if len(training_set.columns) == 1:
            raise ValueError(
                f"The validation set cannot be stratified: {str(error).rstrip('.')}. "
                "Increase 'validation_fraction' or the size of your dataset, or set "
                "early_stopping=False."
            ) from error
        warnings.warn(
            f"The validation set cannot have the shares of all classes: {error} "
            "It is drawn without regard to them. Increase 'validation_fraction' "
            "or the size of your dataset.",
            stacklevel=8,
        )
        return split()
