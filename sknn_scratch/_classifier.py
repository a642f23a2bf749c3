"""What the two classifiers share: labels in, labels and probabilities out."""

import math
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import type_of_target

from ._base import BaseNetworkEstimator
from ._sklearn import check_classes
from ._targets import ClassTarget, is_one_hot
from ._warnings import warn
from .engine.batches import TrainingSet
from .engine.losses import BinaryLogLoss, LogLoss

# Of a multilabel target, this many rows that all have one label are unlikely.
_MANY_ONE_HOT = 1000


class BaseNetworkClassifier(ClassifierMixin, BaseNetworkEstimator):
    """A network whose outputs stand for classes."""

    # What the outputs of the wrong classes are trained towards; the right one is 1.
    _low_target = 0
    _takes_several_labels = False
    # Number of rows that partial_fit has seen, if each had one label, and None if not,
    # or after a warning.
    _n_one_hot = 0

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = self._takes_several_labels
        return tags

    def _make_training_set(self, X, y, sample_weight, incremental, classes):
        if y.ndim > 1 and not self._takes_several_labels:
            raise ValueError(
                f"y must be a vector of class labels for {type(self).__name__}; got an "
                f"array of shape {y.shape}. If y is one-hot encoded, pass "
                "y.argmax(axis=1); for multilabel targets use OneVsRestClassifier."
            )
        if incremental and check_classes(self, classes):
            multilabel = type_of_target(y).startswith("multilabel")
            self._target = ClassTarget(y if multilabel else classes)
            self._target.check(y, all_classes=False)
        elif self._network is None:
            self._target = ClassTarget(y)
        else:
            self._target.check(y, all_classes=not incremental)
        self.classes_ = self._target.classes
        self._warn_if_one_hot(y, incremental)
        if incremental and isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} must not be used with "
                "partial_fit, which does not see all samples at once. Pass the "
                "weights as a dict; compute_class_weight of sklearn.utils gives them."
            )
        return self._encode(X, y, sample_weight, y)

    def _warn_if_one_hot(self, y, incremental):
        """Warn of a multilabel target that is probably that of several classes.

        The few rows of a chunk may have one label each by chance, so `partial_fit`
        counts the rows of all its calls.
        """
        if not incremental:
            self._n_one_hot = math.inf
        if self._n_one_hot is None or not is_one_hot(y):
            self._n_one_hot = None
            return
        self._n_one_hot += y.shape[0]
        if self._n_one_hot >= _MANY_ONE_HOT:
            self._n_one_hot = None
            warn(
                f"y looks one-hot encoded: in each row exactly one of its {y.shape[1]} "
                "columns is 1. It is fitted as a multilabel target, so that a "
                "prediction may have no label or several; pass class labels, "
                "y.argmax(axis=1), for one class per row.",
            )

    def _make_validation_set(self, X, y, sample_weight, y_train):
        self._target.check_known(y)
        return self._encode(X, y, sample_weight, y_train)

    def _encode(self, X, y, sample_weight, y_train):
        """Return the samples with target columns and weights of the classes."""
        values = np.array([self._low_target, 1], dtype=X.dtype)
        if smoothing := getattr(self, "label_smoothing", 0):
            values *= 1 - smoothing
            values += smoothing / self._n_alternatives
        columns, codes = self._target.encode(y, values)
        if self.class_weight is not None:
            class_weight = self._weigh_classes(y, codes, y_train).astype(X.dtype)
            if sample_weight is None:
                sample_weight = class_weight
            else:
                sample_weight = class_weight * sample_weight
        return TrainingSet(X, columns, codes, sample_weight)

    @property
    def _n_alternatives(self):
        """Number of classes that exclude each other; a label is there or is not."""
        return len(self.classes_) if self._target.kind == "multiclass" else 2

    def _weigh_classes(self, y, codes, y_train):
        """Return the weight of every sample of `y` that its class gives it.

        What 'balanced' balances are the classes of `y_train`.
        """
        several = codes is None
        if isinstance(self.class_weight, list) and not several:
            raise ValueError(
                "class_weight must be a dict or 'balanced' for a single label a "
                f"sample; got a list: {self.class_weight}."
            )
        if not several:
            weights = compute_class_weight(
                self.class_weight, classes=self.classes_, y=y_train
            )
        elif isinstance(self.class_weight, str):
            # Of every label n / (2 · number of samples with it, or without it), if
            # there are both. The product over the labels is a sum of logarithms.
            n, n_with = y_train.shape[0], np.asarray(y_train.sum(axis=0)).ravel()
            both = (n_with > 0) & (n_with < n)
            yes = np.log(n / 2 / np.where(both, n_with, n / 2))
            no = np.log(n / 2 / np.where(both, n - n_with, n / 2))
            weights = np.exp(y @ (yes - no) + no.sum())
        else:
            weights = compute_sample_weight(self.class_weight, y)
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError(
                f"class_weight must hold finite weights >= 0; got {self.class_weight}."
            )
        return weights if several else weights[codes]

    def _decide(self, raw):
        return raw.argmax(axis=1) if self._target.kind == "multiclass" else raw > 0

    def _score(self, y, decisions, sample_weight):
        if len(self.classes_) == 1:
            return 1.0
        if self._target.kind == "multilabel-indicator":
            correct = (decisions == (y > 0.5)).all(axis=1)
        else:
            correct = decisions.ravel() == y
        return np.average(correct, weights=sample_weight)

    def _link(self):
        """Return the loss whose output activation gives probabilities."""
        return LogLoss() if self._target.kind == "multiclass" else BinaryLogLoss()

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the raw outputs, before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes one number a sample, positive for `classes_[1]`; for more
            classes one column each, the largest wins; for several labels at once one
            column each, positive where the label is present.
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
            The labels, or an indicator matrix if the target of `fit` was one.
        """
        raw = self._raw(X)
        return self._target.decode(raw)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Ordered as `classes_`. Rows add up to 1, unless a sample may have several
            labels: then each column is a probability of its own.
        """
        return self._probabilities(self._raw(X))

    def _probabilities(self, raw):
        """Return the probabilities that raw outputs mean, one column a class."""
        if len(self.classes_) == 1:
            return np.ones_like(raw)
        if raw.shape[1] == 1:
            raw = np.hstack([-raw, raw])  # 1 − p would lose a small probability
        self._link().predict(raw)
        # No output activation reaches 0: what a float rounds to 0 is just very small.
        return np.maximum(raw, np.finfo(raw.dtype).tiny, out=raw)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of every class.

        It is finite, also where a probability is too small for a float.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Ordered as `classes_`.
        """
        raw = self._raw(X)
        if self._target.kind == "multiclass":
            return log_softmax(raw, axis=1)
        if len(self.classes_) == 1:
            return np.zeros_like(raw)
        if raw.shape[1] == 1:
            return log_expit(np.hstack([-raw, raw]))
        # Whoever ranks labels by their probabilities finds ties among those that round
        # to 1, and has to find them among the logarithms, too.
        probabilities = expit(raw)
        represented = probabilities > np.finfo(raw.dtype).tiny
        return np.log(probabilities, out=log_expit(raw), where=represented)
