"""Ensembles of networks that differ in their random seed."""

import copy
import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ._sklearn import Interval
from ._warnings import warn
from .estimators._mlp import BaseMLP
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor
from .estimators._publish import published


def _fit(member, X, y, arguments):
    """Fit a network; return it, and its warnings instead of issuing them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        member.fit(X, y, **arguments)
    return member, [one.message for one in caught]


class BaseEnsemble(BaseEstimator):
    """Trains copies of one network, each with a random seed of its own.

    The parameters of the network are parameters of the ensemble, too, by the same
    names: what is written for one network, such as a grid to search, also holds for
    several.
    """

    _parameter_constraints: dict = {
        "n_models": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self, estimator: Any, n_models: int = 3, *, n_jobs: int | None = None
    ) -> None:
        self.estimator = estimator
        self.n_models = n_models
        self.n_jobs = n_jobs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of the ensemble.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of `estimator`.

        Returns
        -------
        params : dict
            Values by name.
        """
        params = super().get_params(deep=False)
        if deep and isinstance(self.estimator, BaseMLP):
            params |= self.estimator.get_params()
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the ensemble and of `estimator`.

        Parameters
        ----------
        **params
            Values by name.

        Returns
        -------
        self : object
            The ensemble.
        """
        for name in super().get_params(deep=False).keys() & params.keys():
            setattr(self, name, params.pop(name))
        if params:
            self.estimator.set_params(**params)
        return self

    def __sklearn_tags__(self):
        return get_tags(self.estimator)

    @property
    def n_features_in_(self) -> int:
        """Number of features."""
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features, if X had names that are all strings."""
        return self.estimators_[0].feature_names_in_

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Fit all networks.

        Every network is given the arguments as they are: see the `fit` of `estimator`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, an indicator matrix, or the targets of a regression.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples to validate with. If None, every network holds out other samples.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their labels or targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights; 1 if not given.

        Returns
        -------
        self : object
            The fitted ensemble. If an exception is raised, it is as it was before.
        """
        self._validate_params()
        arguments = {
            "sample_weight": sample_weight,
            "X_val": X_val,
            "y_val": y_val,
            "sample_weight_val": sample_weight_val,
        }
        with published(self, self.estimator.random_state) as attributes:
            found = Parallel(n_jobs=self.n_jobs)(
                delayed(_fit)(member, X, y, arguments) for member in self._members()
            )
            # Networks often have the same fault: a warning of each kind is enough.
            kinds = {type(one): one for _, caught in reversed(found) for one in caught}
            for warning in kinds.values():
                warn(warning)
            attributes["estimators_"] = [member for member, _ in found]
            return self

    def _members(self):
        """Yield the networks to fit: new ones, or with `warm_start` the fitted ones."""
        template = self.estimator
        fitted = getattr(self, "estimators_", []) if template.warm_start else []
        seeds = check_random_state(template.random_state).randint(
            2**31, size=self.n_models
        )
        for i, seed in enumerate(seeds):
            member = clone(template).set_params(random_state=int(seed))
            if i < len(fitted):
                member = copy.deepcopy(fitted[i]).set_params(**member.get_params())
            yield member

    def _mean(self, predict: Callable[[BaseMLP], np.ndarray]) -> np.ndarray:
        """Return the mean over the networks of what `predict` returns for each."""
        check_is_fitted(self)
        return np.mean([predict(member) for member in self.estimators_], axis=0)


class EnsembleClassifier(ClassifierMixin, BaseEnsemble):
    """Average the probabilities of several networks: a deep ensemble [1]_.

    Unlike :class:`sklearn.ensemble.VotingClassifier` it passes on labels as they are,
    so class weights, scorers and multilabel targets mean what they do for one network.

    Parameters
    ----------
    estimator : MLPScratchClassifier
        The network. It is not fitted; copies of it are. Its parameters can be read and
        set as those of the ensemble, too: ``set_params(dropout=0.1)``.
    n_models : int >= 1, default=3
        Number of networks. Their seeds are drawn from the `random_state` of
        `estimator`, so they differ in initial weights, shuffling and, with early
        stopping, validation set.
    n_jobs : int or None, default=None
        Number of networks to fit in parallel; None is 1 unless in a
        :obj:`joblib.parallel_backend` context, -1 is all processors.

    Attributes
    ----------
    estimators_ : list of MLPScratchClassifier
        The fitted networks.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    References
    ----------
    .. [1] B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). Simple and scalable
       predictive uncertainty estimation using deep ensembles. NeurIPS 30.
       arXiv:1612.01474.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch._ensemble import EnsembleClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPScratchClassifier(
    ...     10,
    ...     learning_rate="cosine",
    ...     learning_rate_init=0.05,
    ...     max_iter=50,
    ...     random_state=0,
    ... )
    >>> ensemble = EnsembleClassifier(mlp, 3).fit(X, y)
    >>> ensemble.score(X, y) > 0.95
    True
    """

    _parameter_constraints: dict = {
        **BaseEnsemble._parameter_constraints,
        "estimator": [MLPScratchClassifier],
    }

    @property
    def classes_(self) -> np.ndarray:
        """The labels, sorted."""
        return self.estimators_[0].classes_

    def predict(self, X: Any) -> np.ndarray:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable label, or an indicator matrix of the labels whose
            probability is above 0.5 if the target of `fit` was such a matrix.
        """
        probabilities = self.predict_proba(X)
        target = self.estimators_[0].model_.target
        if target.kind == "multilabel-indicator":
            return target.decode(probabilities - 0.5)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of every class: the mean over the networks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Ordered as `classes_`.
        """
        return self._mean(lambda member: member.predict_proba(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores, as those of :class:`MLPScratchClassifier`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            The log-odds of the mean probabilities, log p − log(1 − p): for two classes
            those of `classes_[1]`, for a multilabel target one column per label. For
            several classes, the mean probabilities.
        """
        p = self.predict_proba(X)
        kind = self.estimators_[0].model_.target.kind
        if kind == "multiclass":
            return p
        if kind == "binary" and len(self.classes_) == 2:
            return np.log(p[:, 1]) - np.log(p[:, 0])
        # A probability may round to 1; scores have to be finite.
        scores = np.log(p) - np.log(np.maximum(1 - p, np.finfo(p.dtype).eps))
        return scores.ravel() if kind == "binary" else scores

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Ordered as `classes_`.
        """
        return np.log(self.predict_proba(X))


class EnsembleRegressor(RegressorMixin, BaseEnsemble):
    """Average the predictions of several networks: a deep ensemble [1]_.

    Parameters
    ----------
    estimator : MLPScratchRegressor
        The network. It is not fitted; copies of it are. Its parameters can be read and
        set as those of the ensemble, too: ``set_params(dropout=0.1)``.
    n_models : int >= 1, default=3
        Number of networks. Their seeds are drawn from the `random_state` of
        `estimator`, so they differ in initial weights, shuffling and, with early
        stopping, validation set.
    n_jobs : int or None, default=None
        Number of networks to fit in parallel; None is 1 unless in a
        :obj:`joblib.parallel_backend` context, -1 is all processors.

    Attributes
    ----------
    estimators_ : list of MLPScratchRegressor
        The fitted networks.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    References
    ----------
    .. [1] B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). Simple and scalable
       predictive uncertainty estimation using deep ensembles. NeurIPS 30.
       arXiv:1612.01474.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sknn_scratch import MLPScratchRegressor
    >>> from sknn_scratch._ensemble import EnsembleRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> mlp = MLPScratchRegressor(
    ...     hidden_layer_sizes=10,
    ...     learning_rate="cosine",
    ...     learning_rate_init=0.05,
    ...     max_iter=50,
    ...     standardize_target=True,
    ...     random_state=0,
    ... )
    >>> ensemble = EnsembleRegressor(mlp, 3).fit(X, y)
    >>> ensemble.score(X, y) > 0.5
    True
    """

    _parameter_constraints: dict = {
        **BaseEnsemble._parameter_constraints,
        "estimator": [MLPScratchRegressor],
    }

    def predict(
        self, X: Any, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the target: the mean over the networks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        return_std : bool, default=False
            Whether to return the standard deviation of the target, too; only for
            networks trained with loss='gaussian'. It is that of the mixture of their
            normal distributions [1]_.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions.
        y_std : ndarray of the same shape
            Standard deviations, only with ``return_std=True``.
        """
        if not return_std:
            return self._mean(lambda member: member.predict(X))
        check_is_fitted(self)
        each = [member.predict(X, return_std=True) for member in self.estimators_]
        means, stds = np.swapaxes(each, 0, 1)
        variance = np.mean(np.square(stds, dtype=float), axis=0)
        variance += np.var(means, axis=0, dtype=float)
        return means.mean(axis=0), np.sqrt(variance).astype(means.dtype)
