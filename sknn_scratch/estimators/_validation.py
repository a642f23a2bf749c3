"""The validation set of early stopping, and its metrics."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from .._warnings import warn
from ..engine.chunks import chunks
from ..engine.network import Network
from ..engine.objective import Objective, mean_loss
from ._model import shallow_copy

# Up to this number of values, X is gathered once; a larger set in chunks every epoch.
_FEW = 2**20


class Score(NamedTuple):
    """A score of raw outputs, which need not be in memory at once.

    Attributes
    ----------
    decide : callable
        Takes the raw outputs of some samples, and returns all that `of` needs of them:
        a new array with one row per sample.
    of : callable
        Takes the network and these arrays, concatenated; returns the score.
    """

    decide: Callable[[np.ndarray], np.ndarray]
    of: Callable[[Network, np.ndarray], float]


class Validation:
    """The evaluation of a network on a validation set.

    The raw outputs are computed in chunks, because with many classes those of all
    samples may need more memory than everything else.

    Parameters
    ----------
    loss : Loss
        The loss, without a penalty.
    samples : TrainingSet
        Samples that `rows` index.
    rows : ndarray of int or None
        The samples to validate with; None for all.
    score : Score or None
        None stands for −loss.

    Attributes
    ----------
    sample_weight : ndarray of shape (n_rows,) or None
        Weights of the samples.
    """

    def __init__(self, loss, samples, rows, score):
        self._loss = loss
        if rows is not None and samples.X.size / samples.n_samples * len(rows) < _FEW:
            samples, rows = samples.subset(rows), None
        self._samples, self._rows = samples, rows
        weight = samples.sample_weight
        self.sample_weight = weight if weight is None or rows is None else weight[rows]
        self._score = score

    def chunks(self, network, n_rows_each=None):
        """Yield chunks of raw outputs of a network, and targets."""
        samples = self._samples
        n_rows = samples.n_samples if self._rows is None else len(self._rows)
        for chunk in chunks(n_rows, n_rows_each or network.chunk_rows):
            rows = chunk if self._rows is None else self._rows[chunk]
            yield network.raw(samples.X[rows]), samples.targets(rows)[0]

    def __call__(self, network):
        """Return the mean loss and the score, NaN if the network has diverged."""
        finite, decisions = [], []

        def batches():
            for raw, y in self.chunks(network):
                finite.append(np.isfinite(raw).all())
                if self._score is not None:
                    decisions.append(self._score.decide(raw))
                yield raw.copy(order="F"), y

        loss = mean_loss(self._loss, batches(), self.sample_weight)
        if not all(finite):
            return math.nan, math.nan
        if self._score is None:
            return loss, -loss
        return loss, float(self._score.of(network, np.concatenate(decisions)))


def validated_together(trained):
    """Yield lists of networks with the same validation set.

    Parameters
    ----------
    trained : list of Trained
        The networks, those with the same validation set one after another.
    """
    for _, repeat in groupby(trained, key=lambda one: id(one.task.split)):
        yield list(repeat)


def weights_to_validate(repeats):
    """Return the weights of the samples of several validation sets, or None.

    Parameters
    ----------
    repeats : list of list of Trained
        The networks of each set.
    """
    weights = [one.plan.stopping.validate.sample_weight for one, *_ in repeats]
    return None if weights[0] is None else np.concatenate(weights)


def outputs_to_validate(trained):
    """Yield chunks of raw outputs of several networks, and targets.

    Parameters
    ----------
    trained : list of Trained
        The networks, all with the same validation set.

    Yields
    ------
    raws : tuple of ndarray
        The outputs of each.
    y : ndarray
        The targets.
    """
    networks = [one.result.state.network for one in trained]
    n_rows_each = min(network.chunk_rows for network in networks)
    found = [
        one.plan.stopping.validate.chunks(network, n_rows_each)
        for one, network in zip(trained, networks, strict=True)
    ]
    for parts in zip(*found, strict=True):
        raws, (y, *_) = zip(*parts, strict=True)
        yield raws, y


def means_to_validate(repeats):
    """Yield mean raw outputs of the networks of each repeat, and targets, in chunks.

    Parameters
    ----------
    repeats : list of list of Trained
        The networks of each validation set.
    """
    for repeat in repeats:
        weights = [one.weight for one in repeat]
        for raws, y in outputs_to_validate(repeat):
            yield _mean(raws, weights), y


def _mean(raws, weights):
    """Return the mean of raw outputs, in their dtype; weights may be None."""
    if len(raws) == 1:
        return raws[0]
    if weights[0] is None:
        return np.mean(raws, axis=0)
    weights = np.divide(weights, sum(weights), dtype=raws[0].dtype)
    return np.tensordot(weights, raws, 1)


class TrainingAccuracy:
    """The accuracy of a network on the training samples.

    Parameters
    ----------
    loss : Loss
        Loss whose gradient is zero for correct samples.
    samples : TrainingSet
        The samples that a network is trained on; their weights count.
    """

    def __init__(self, loss, samples):
        self._loss, self._samples = loss, samples
        self._objective = None

    def __call__(self, network):
        """Return NaN and the accuracy."""
        samples, right = self._samples, []
        if self._objective is None or self._objective.network is not network:
            self._objective = Objective(network, self._loss)
        for rows in chunks(samples.n_samples, self._objective.chunk_rows):
            delta = self._objective.output_gradient(
                samples.X[rows], samples.targets(rows)[0]
            )
            right.append(~delta.any(axis=1))
        share = np.average(np.concatenate(right), weights=samples.sample_weight)
        return math.nan, float(share)


def by_scorer(estimator, scoring, X, y, sample_weight):
    """Return the `Score` of a scorer.

    Parameters
    ----------
    estimator : estimator
        A fitted one, whose network is replaced by the one to score.
    scoring : str or callable
        Scorer or its name, as for :func:`sklearn.metrics.check_scoring`.
    X, y, sample_weight : array-like
        The validation set; weights may be None.
    """
    scorer = check_scoring(estimator, scoring)
    reads_columns = getattr(scorer, "_response_method", "predict") != "predict"
    if reads_columns and getattr(estimator.model_.target, "has_own_order", False):
        raise ValueError(
            "scoring must not use class probabilities if the classes are not sorted, "
            "because scikit-learn's metrics expect the columns in sorted order; got "
            f"{scoring!r} and the classes {estimator.classes_}. Choose scoring='loss' "
            "or a scorer that uses predictions, or pass y as numbers in the order of "
            "the classes."
        )
    weight = {} if sample_weight is None else {"sample_weight": sample_weight}

    def score(network, _):
        reader = shallow_copy(estimator)
        reader.model_ = replace(estimator.model_, network=network)
        try:
            value = scorer(reader, X, y, **weight)
        except (TypeError, ValueError) as error:
            given = "with its sample_weight" if weight else "without weights"
            raise ValueError(
                f"scoring must work on the validation set, {given}; got {scoring!r}, "
                f"which raised {str(error)!r}. Choose another scorer, scoring=None or "
                "scoring='loss'. If a class is missing in the validation set, raise "
                "validation_fraction or pass X_val."
            ) from error
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(
                f"scoring must return one finite number; got {value!r} from "
                f"{scoring!r}. Check that the validation set has samples of every "
                "class."
            )
        return value

    return Score(lambda raw: np.empty((len(raw), 0)), score)


def hold_out(samples, fraction, random_state):
    """Split the rows into a training and a validation part, stratified.

    Rows of weight 0 are never held out. The targets of regression, multilabel targets
    and several class targets are split without stratification.

    Parameters
    ----------
    samples : Samples
        Samples to split.
    fraction : float in (0, 1)
        Share of the rows to hold out.
    random_state : RandomState
        Random state of the split.

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
            "Early stopping requires >= 2 samples with a weight > 0 (sample_weight "
            "times class_weight) for the training and validation sets; got "
            f"n_samples={len(counted)}. Set early_stopping=False."
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
    """Split `rows`, stratified if possible."""
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

    if training_set.class_indices is None:
        return split_at_random()
    labels = training_set.class_indices[rows]
    counts = np.bincount(labels)
    if counts[counts > 0].min() < 2:
        # scikit-learn's error names the class, so it gets the labels of the user; for
        # two classes it has always named True or False.
        two_classes = len(training_set.target_vectors) == 1
        labels = labels.astype(bool)[:, None] if two_classes else samples.y[rows]
    try:
        return split(labels)
    except ValueError as error:
        reason = f"{str(error).rstrip('.')}."
        if len(training_set.target_vectors) == 1:
            raise ValueError(
                f"The validation set cannot be stratified: {reason} Change "
                "'validation_fraction', use a larger data set, or set "
                "early_stopping=False."
            ) from error
        warn(
            f"The validation set is drawn at random, without stratification: {reason} "
            "Increase 'validation_fraction' or the size of your dataset.",
        )
        return split_at_random()
