"""The validation set that early stopping goes by, and what is measured on it."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from ._warnings import warn
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


class Score(NamedTuple):
    """A score of raw outputs, not all of which have to be in memory at once.

    Attributes
    ----------
    decide : callable
        Takes the raw outputs of some samples, and returns all that `of` needs of them:
        a new array with one row per sample.
    of : callable
        Takes these arrays, concatenated, and returns the score.
    """

    decide: Callable[[np.ndarray], np.ndarray]
    of: Callable[[np.ndarray], float]


class Validation:
    """Measures a network on samples that it is not trained on.

    The raw outputs are computed in chunks, because with many classes those of all
    samples may need more memory than everything else.

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
    score : Score or None
        None stands for −loss.

    Attributes
    ----------
    sample_weight : ndarray of shape (n_rows,) or None
        Weights of the samples.
    """

    def __init__(self, network, loss, samples, rows, score):
        self._network = network
        self._loss = loss
        if rows is not None and samples.X.size / samples.n_samples * len(rows) < _FEW:
            samples, rows = samples.subset(rows), None
        self._samples, self._rows = samples, rows
        weight = samples.sample_weight
        self.sample_weight = weight if weight is None or rows is None else weight[rows]
        self._score = score

    def chunks(self):
        """Yield raw outputs of the network as it is, and targets, chunk by chunk."""
        samples = self._samples
        n_rows = samples.n_samples if self._rows is None else len(self._rows)
        for chunk in chunks(n_rows, self._network.chunk_rows):
            rows = chunk if self._rows is None else self._rows[chunk]
            yield self._network.raw(samples.X[rows]), samples.targets(rows)[0]

    def __call__(self):
        """Return the mean loss and the score, NaN if the network has diverged."""
        finite, decisions = [], []

        def batches():
            for raw, y in self.chunks():
                finite.append(np.isfinite(raw).all())
                if self._score is not None:
                    decisions.append(self._score.decide(raw))
                yield raw.copy(order="F"), y

        loss = mean_loss(self._loss, batches(), self.sample_weight)
        if not all(finite):
            return math.nan, math.nan
        if self._score is None:
            return loss, -loss
        return loss, float(self._score.of(np.concatenate(decisions)))


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
    def is_weighted(self):
        """Whether the samples have weights."""
        return self._samples.sample_weight is not None

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
    """Return the `Score` of a scorer, which is given an estimator.

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

    return Score(lambda raw: np.empty((len(raw), 0)), score)


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
            f"class_weight) to divide; got n_samples={len(counted)}. Set "
            "early_stopping=False."
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


def _stratified(samples, rows, fraction, stream):
    """Split `rows`, with the same share of every class in both parts if possible."""
    training_set = samples.encoded

    def split(labels):
        splitter = StratifiedShuffleSplit(1, test_size=fraction, random_state=stream)
        return next(splitter.split(rows, labels))

    def split_at_random():
        try:
            splitter = ShuffleSplit(1, test_size=fraction, random_state=stream)
            return next(splitter.split(rows))
        except ValueError as error:
            raise ValueError(
                f"The validation set cannot be drawn: {str(error).rstrip('.')}. Change "
                "'validation_fraction', or set early_stopping=False."
            ) from error

    if training_set.codes is None:
        return split_at_random()
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
        reason = f"{str(error).rstrip('.')}."
        if len(training_set.columns) == 1:
            raise ValueError(
                f"The validation set cannot be stratified: {reason} Increase "
                "'validation_fraction' or the size of your dataset, or set "
                "early_stopping=False."
            ) from error
        warn(
            f"The validation set is not stratified, but drawn at random: {reason} "
            "Increase 'validation_fraction' or the size of your dataset.",
        )
        return split_at_random()
