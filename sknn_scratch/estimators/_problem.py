"""The arguments of fit, and the checked and encoded problem."""

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.base import is_regressor
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from .._sklearn import check_sample_weight
from ..engine.batches import TrainingSet
from ..engine.losses import Loss
from ._input import is_finite, numeric, plain, with_native_dtype
from ._model import shallow_copy
from ._targets import UNCLEAR, explain, refuse_missing_in_list


class Request(NamedTuple):
    """The arguments of `fit` or `partial_fit`, unchecked.

    Attributes
    ----------
    X, y, sample_weight
        The samples; weights may be None.
    X_val, y_val, sample_weight_val
        The samples to validate with, or None.
    start : tuple of (weights, biases)
        Initial weights and biases; each may be None.
    is_partial : bool
        Whether it is one epoch that others may follow.
    classes : array-like or None
        The labels that will occur in further calls.
    """

    X: Any
    y: Any
    sample_weight: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    start: tuple = (None, None)
    is_partial: bool = False
    classes: Any = None

    @property
    def has_validation(self):
        """Whether there is a validation set."""
        given = self.X_val, self.y_val, self.sample_weight_val
        return any(one is not None for one in given)


class Samples(NamedTuple):
    """Samples, encoded for the network, with their original labels.

    Attributes
    ----------
    encoded : TrainingSet
        Encoded samples, weighted by the product of sample and class weights.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The labels or numbers.
    sample_weight : ndarray of shape (n_samples,) or None
        Without class weights, which are no part of a score.
    """

    encoded: TrainingSet
    y: Any
    sample_weight: Any

    def of_features(self, features):
        """Return the samples with selected features; None means all."""
        X = self.encoded.X
        if features is None or len(features) == X.shape[1]:
            return self
        X = X[:, features] if sparse.issparse(X) else X.take(features, axis=1)
        columns, class_indices = self.encoded.target_vectors, self.encoded.class_indices
        encoded = TrainingSet(X, columns, class_indices, self.encoded.sample_weight)
        return self._replace(encoded=encoded)


class Problem(NamedTuple):
    """The problem to learn.

    Attributes
    ----------
    training : Samples
        Training samples.
    validation : Samples or None
        Validation set from the user.
    target : ClassTarget, ScaledTarget or None
        Meaning of the outputs of a network.
    loss : Loss
        Loss to minimize.
    feature_names : ndarray of str or None
        Names of the features, if they have any.
    """

    training: Samples
    validation: Samples | None
    target: Any
    loss: Loss
    feature_names: Any = None

    @property
    def n_features(self):
        """Number of features."""
        return self.training.encoded.X.shape[1]

    def of_features(self, features):
        """Return the problem with selected features; None means all."""
        validation = self.validation and self.validation.of_features(features)
        training = self.training.of_features(features)
        return self._replace(training=training, validation=validation)


def encode(estimator, request, past):
    """Check and encode the arguments of a call.

    Parameters
    ----------
    estimator : estimator
        Its parameters determine the encoding. It is not changed.
    request : Request
        Arguments of the call.
    past : Past
        Earlier fit to continue.

    Returns
    -------
    problem : Problem
        Problem to learn.
    """
    model = past.model
    # scikit-learn stores the number and names of features on it.
    reader = shallow_copy(estimator) if model is None else estimator
    dtype = None if model is None else model.network.params.dtype
    try:
        X, y, weight = check_samples(
            reader,
            *(request.X, request.y, request.sample_weight),
            reset=model is None,
            dtype=dtype,
        )
        target = estimator._target_of(y, X.dtype, weight, request, past)
        encoded = estimator._encode(target, X, y, weight, y)
    except UNCLEAR as error:
        explain(error, request.y)
        raise
    training = Samples(encoded, y, weight)
    loss = estimator._loss_of(target)
    encoded.check_target(loss)
    validation = None
    if request.has_validation:
        validation = _encode_validation(
            estimator, reader, request, training, target, loss
        )
    names = vars(reader).get("feature_names_in_")
    return Problem(training, validation, target, loss, names)


def _encode_validation(estimator, reader, request, training, target, loss):
    """Return the `Samples` of the validation set."""
    if request.X_val is None or request.y_val is None:
        raise ValueError(
            "X_val and y_val must be passed together, and sample_weight_val only with "
            f"both; got {'no' if request.X_val is None else 'an'} X_val and "
            f"{'no' if request.y_val is None else 'a'} y_val."
        )
    dtype = training.encoded.X.dtype
    given = request.X_val, request.y_val, request.sample_weight_val
    try:
        try:
            X, y, weight = check_samples(reader, *given, reset=False, dtype=dtype)
            if X.shape[0] < 2:
                raise ValueError("a validation set must have >= 2 samples; got 1.")
            estimator._check_validation_target(target, y, training.y, dtype)
            encoded = estimator._encode(target, X, y, weight, training.y)
            encoded.check_target(loss)
        except UNCLEAR as error:
            explain(error, request.y_val)
            raise
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In X_val, y_val, sample_weight_val: {error}") from error
    return Samples(encoded, y, weight)


def check_samples(reader, X, y, sample_weight, *, reset, dtype=None):
    """Return X, y and weights as arrays, X and weights in the dtype of the network.

    Parameters
    ----------
    reader : estimator
        On which scikit-learn notes number and names of the features, with `reset`, or
        finds them.
    X, y, sample_weight : array-like
        Data from the user; weights may be None.
    reset : bool
        Whether these are the first samples.
    dtype : dtype or None, default=None
        Dtype of the network; None means float32 for X of float32, otherwise float64.

    Returns
    -------
    X : ndarray or CSR of shape (n_samples, n_features)
        The samples.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Labels or targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples.
    """
    found = _plain_samples(reader, X, y, reset)
    X, y = _checked_samples(reader, X, y, reset) if found is None else found
    if dtype is None:
        is_single = X.dtype.newbyteorder("=") == np.float32
        dtype = np.float32 if is_single else np.float64
    X = _as_float(X, dtype)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if sample_weight is not None:
        sample_weight = numeric(sample_weight, "sample_weight")
        sample_weight = check_sample_weight(sample_weight, X, dtype=X.dtype)
        if (sample_weight < 0).any():
            raise ValueError(
                f"sample_weight must be >= 0; got a minimum of {sample_weight.min()}. "
                "To ignore a sample, set its weight to 0."
            )
    return X, y, sample_weight


def _plain_samples(reader, X, y, reset):
    """Return X and y if they need no full check, or None."""
    if type(y) is not np.ndarray or y.ndim not in (1, 2) or not y.size:
        return None
    if not (y.dtype.kind == "U" or is_finite(y)):  # strings fail in a regressor later
        return None
    attributes = vars(reader)
    n_features, names = None, None
    if not reset:
        n_features = attributes["n_features_in_"]
        names = attributes.get("feature_names_in_")
    X = plain(X, n_features, names)
    if X is None or len(X) != len(y):
        return None
    if reset:
        attributes.pop("feature_names_in_", None)
        reader.n_features_in_ = X.shape[1]
    return X, y


def _checked_samples(reader, X, y, reset):
    """Return X and y as arrays, after scikit-learn's checks and our own."""
    refuse_missing_in_list(y)
    return validate_data(
        reader,
        numeric(X, "X"),
        numeric(y, "y") if is_regressor(reader) else with_native_dtype(_labels(y)),
        accept_sparse=["csr", "csc"],
        dtype="numeric",
        multi_output=True,
        y_numeric=is_regressor(reader),
        reset=reset,
    )


def _labels(y):
    """Return a data frame with columns that are not numeric as an array.

    scikit-learn 1.7 tries to convert strings beside numbers to floats.
    """
    dtypes = y.dtypes if hasattr(y, "columns") else []
    is_numeric = all(getattr(dtype, "kind", "O") in "biuf" for dtype in dtypes)
    return y if is_numeric else np.asarray(y)


def _as_float(X, dtype):
    """Return X in the dtype of the network, row by row."""
    given = X
    if sparse.issparse(X):
        X = X.tocsr().astype(dtype, copy=False)
    else:
        X = X.astype(dtype, order="C", copy=False)
    if given.dtype != dtype == np.float32:
        values = X.data if sparse.issparse(X) else X
        if not np.isfinite(values).all():
            raise ValueError(
                "X must be finite in float32, the dtype of the network; got values "
                "that overflow. Rescale X."
            )
    return X
