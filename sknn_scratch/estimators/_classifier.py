"""The base class of the two classifiers."""

from typing import Any

import numpy as np
from scipy.special import expit, log_expit
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import type_of_target

from .._sklearn import check_classes
from ..engine.batches import TrainingSet
from ._base import BaseNetworkEstimator
from ._class_targets import (
    ClassTargets,
    are_of_several_targets,
    class_target,
    columns_of,
    for_each_target,
    has_several_targets,
)
from ._model import shallow_copy
from ._ordered import check_same_order, order_of, with_order
from ._targets import ClassTarget
from ._validation import Score

# Advice about a label that is not in the classes, in training and in validation.
_PASS_ALL_CLASSES = "Pass all classes with the first call of partial_fit."
_LEAVE_OUT = "Leave the other samples out."


class BaseNetworkClassifier(ClassifierMixin, BaseNetworkEstimator):
    """Base class of classifiers."""

    _takes_several_labels = False
    # Whether the loss requires ordered classes.
    _has_ordered_classes = False

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = (
            self._takes_several_labels and not self._has_ordered_classes
        )
        return tags

    def _target_of(self, y, dtype, sample_weight, request, past):
        if y.ndim > 1 and not self._takes_several_labels:
            raise ValueError(
                f"y must be a vector of class labels for {type(self).__name__}; got an "
                f"array of shape {y.shape}. If y is one-hot encoded, pass "
                "y.argmax(axis=1); for multilabel targets use OneVsRestClassifier, "
                "for several class targets MultiOutputClassifier."
            )
        target = known = past.model and past.model.target
        if known is not None and known.is_ordered:
            check_same_order(known, order_of(request.y))
        if request.is_partial:
            target = self._target_of_stream(y, request.classes, known)
        elif known is None:
            target = class_target(y)
        else:
            known.check_all_there(y)
        if request.is_partial or known is not None:
            target.check_several(y)
        if target is not known and self._has_ordered_classes:
            order = order_of(request.classes) or order_of(request.y)
            target = with_order(target, order)
        return target.counted(y, request.is_partial)

    def _check_validation_target(self, target, y, y_train, dtype):
        target.check_several(y)

    def _target_of_stream(self, y, classes, known):
        """Return the target of `partial_fit`, which is that of the first call."""
        if known is not None and (classes is None or known.has(classes)):
            return known
        if has_several_targets(y) or are_of_several_targets(classes):
            return _targets_of_stream(y, classes, known)
        # scikit-learn's check writes classes_ in a first call; on a copy.
        if not check_classes(shallow_copy(self), classes):
            return known
        multilabel = type_of_target(y).startswith("multilabel")
        return ClassTarget(y if multilabel else classes)

    def _attributes_of_target(self, target):
        return {"classes_": target.classes}

    def _values_of(self, target, dtype):
        """Return the target values of wrong classes and of the true class."""
        return np.array([0, 1], dtype)

    def _encode(self, target, X, y, sample_weight, y_train):
        values = self._values_of(target, X.dtype)
        advice = _PASS_ALL_CLASSES if y is y_train else _LEAVE_OUT
        columns, class_indices = target.encode(y, values, advice)
        if self.class_weight is not None:
            if isinstance(target, ClassTargets):
                class_weight = self._weigh_several(target, y, y_train)
            else:
                class_weight = self._weigh_classes(
                    self.class_weight, target, y, class_indices, y_train
                )
            class_weight = class_weight.astype(X.dtype)
            if sample_weight is None:
                sample_weight = class_weight
            else:
                sample_weight = class_weight * sample_weight
        return TrainingSet(X, columns, class_indices, sample_weight)

    def _weigh_several(self, target, y, y_train):
        """Return the product of the class weights of all targets."""
        given, n_targets = self.class_weight, len(target.targets)
        if isinstance(given, str):
            given = [given] * n_targets
        elif not isinstance(given, list) or len(given) != n_targets:
            raise ValueError(
                "class_weight must be None, 'balanced' or a list with one dict, "
                f"'balanced' or None for each of the {n_targets} columns of y; got "
                f"{given!r}."
            )

        def weights_of(one, own, labels, in_training):
            class_indices = one.classes.searchsorted(labels)
            return self._weigh_classes(own, one, labels, class_indices, in_training)

        columns = columns_of(y), columns_of(y_train)
        return np.prod(
            for_each_target(weights_of, target.targets, given, *columns), axis=0
        )

    def _weigh_classes(self, class_weight, target, y, class_indices, y_train):
        """Return the class weight of every sample of `y`.

        'balanced' balances the classes of `y_train`.
        """
        several = class_indices is None
        if isinstance(class_weight, list) and not several:
            raise ValueError(
                "class_weight must be a dict or 'balanced' if each sample has one "
                f"label; got a list, {class_weight}. Pass one dict."
            )
        if not several:
            weights = compute_class_weight(
                class_weight, classes=target.classes, y=y_train
            )
        elif isinstance(class_weight, str):
            # For every label: n / (2 · number of samples with it, or without it), if
            # both exist. The product over the labels is a sum of logarithms.
            n, n_with = y_train.shape[0], np.asarray(y_train.sum(axis=0)).ravel()
            both = (n_with > 0) & (n_with < n)
            yes = np.log(n / 2 / np.where(both, n_with, n / 2))
            no = np.log(n / 2 / np.where(both, n - n_with, n / 2))
            weights = np.exp(y @ (yes - no) + no.sum())
        else:
            weights = compute_sample_weight(class_weight, y)
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError(
                f"class_weight must contain finite weights >= 0; got {class_weight}."
            )
        return weights if several else weights[class_indices]

    def _score_of(self, problem, y, sample_weight):
        kind, n_classes = problem.target.kind, len(problem.target.classes)
        if kind == ClassTargets.kind:
            return _mean_accuracy(problem.target, y, sample_weight)
        link = problem.target.link

        def decide(raw):
            return link.class_indices(raw) if kind == "multiclass" else raw > 0

        def accuracy(network, decisions):
            if n_classes == 1:
                return 1.0
            if kind == "multilabel-indicator":
                correct = (decisions == (y > 0.5)).all(axis=1)
            else:
                correct = decisions.ravel() == y
            return np.average(correct, weights=sample_weight)

        return Score(decide, accuracy)

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the raw outputs, before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, one score per sample, which is positive if `classes_[1]` is
            predicted. For more classes, one column per class; the class with the
            highest score is predicted.
        """
        raw = self._raw(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, X: Any) -> np.ndarray:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The labels. For multilabel targets, an indicator matrix. For several class
            targets, one column of labels for each, of dtype object if the labels have
            different types.
        """
        raw = self._raw(X)
        return self.model_.target.decode(raw)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            The columns are ordered as in `classes_`, and the rows sum to 1. For
            multilabel targets, each column is the probability of one label. For several
            class targets, a list with one such array for each.
        """
        raw = self._raw(X)
        return self.model_.target.apply(probabilities_of, raw)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        The logarithm is finite even if the probability is too small for a float.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            The columns are ordered as in `classes_`. For several class targets, a list
            with one such array for each.
        """
        raw = self._raw(X)
        return self.model_.target.apply(_log_probabilities_of, raw)


def probabilities_of(target, raw):
    """Return the probabilities for raw outputs, one column per class.

    Parameters
    ----------
    target : ClassTarget
        Target of the outputs.
    raw : ndarray of shape (n_samples, n_outputs)
        Raw outputs, which may be overwritten.
    """
    if len(target.classes) == 1:
        return np.ones_like(raw)
    if raw.shape[1] == 1:
        raw = np.hstack([-raw, raw])  # 1 − p would round a small probability to 0
    target.link.predict(raw)
    # No output activation reaches 0; a probability of 0 is a rounded small number.
    return np.maximum(raw, np.finfo(raw.dtype).tiny, out=raw)


def _log_probabilities_of(target, raw):
    if target.kind == "multiclass":
        return target.link.log_predict(raw)
    if len(target.classes) == 1:
        return np.zeros_like(raw)
    if raw.shape[1] == 1:
        return log_expit(np.hstack([-raw, raw]))
    # Labels whose probabilities round to 1 are tied in a ranking by probability,
    # and must be tied in a ranking by log-probability.
    probabilities = expit(raw)
    represented = probabilities > np.finfo(raw.dtype).tiny
    return np.log(probabilities, out=log_expit(raw), where=represented)


def _targets_of_stream(y, classes, known):
    """Return the targets of the first call of `partial_fit`, with these classes."""
    if known is not None:
        raise ValueError(
            "classes must be the same as in the first call of partial_fit, "
            f"{known.classes}; got {classes!r}. Pass the same classes, or "
            "classes=None."
        )
    if not are_of_several_targets(classes):
        raise ValueError(
            "classes must be a list with one array of labels for each column of y in "
            f"the first call of partial_fit; got {classes!r}. Pass all labels that "
            "can occur in any call."
        )
    return ClassTargets.from_classes(classes)


def _mean_accuracy(target, y, sample_weight):
    """Return the `Score` of several targets; `y` are those of training."""
    truth = target.winners(y - y.dtype.type(0.5))

    def accuracy(network, decisions):
        correct = (decisions == truth).mean(axis=1)
        return np.average(correct, weights=sample_weight)

    return Score(target.winners, accuracy)
