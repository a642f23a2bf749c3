"""The base class of losses."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._arguments import floats


@dataclass(frozen=True)
class Loss:
    """Base class of losses: L(raw, y) of each sample, its gradient, and predictions.

    A loss can be called on plain arrays, ``loss(y, raw)``, to study it. Training calls
    `evaluate`, which works in place.

    Attributes
    ----------
    out_activation : str
        Name of the output activation, which converts raw outputs to predictions.
    mean_over_outputs : bool
        Whether loss curves report the mean over the outputs instead of the sum. The
        gradient is that of the sum in both cases.
    for_classification : bool
        Whether the loss is for classification, with targets of 0 and 1; otherwise it is
        for regression.
    stops_when_separated : bool
        Whether training stops once the gradient of every training sample is 0, as for
        the perceptron when it separates the classes.
    ignores_correct : bool
        Whether correctly predicted samples have a loss and gradient of exactly 0.
    raw_per_target : int
        Number of raw outputs per target. With several, the raw outputs are ordered by
        kind: first the first raw output of all targets, then the second, and so on.
    central : int
        Index of the prediction for which R² is computed, if there are several per
        target.

    Examples
    --------
    The losses of three samples and their gradients with respect to the raw outputs:

    >>> from sknn_scratch.engine.losses import LogLoss, SquaredError
    >>> loss = SquaredError()
    >>> loss([1.0, 1.0, 1.0], [1.0, 2.0, 4.0]).tolist()
    [0.0, 0.5, 4.5]
    >>> loss.gradient([1.0, 1.0, 1.0], [1.0, 2.0, 4.0]).tolist()
    [0.0, 1.0, 3.0]

    With several classes, y has one-hot rows:

    >>> LogLoss()([[1, 0, 0]], [[2.0, 1.0, 0.0]]).round(3).tolist()
    [0.408]
    """

    out_activation: ClassVar[str]
    mean_over_outputs: ClassVar[bool] = False
    for_classification: ClassVar[bool] = False
    stops_when_separated: ClassVar[bool] = False
    ignores_correct: ClassVar[bool] = False
    raw_per_target: ClassVar[int] = 1
    central: ClassVar[int] = 0

    def __call__(self, y: ArrayLike, raw: ArrayLike) -> np.ndarray:
        """Return the loss of each sample, without modifying the arguments.

        Parameters
        ----------
        y : float or array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers, or 0 and 1 for classes (one-hot rows for several classes).
            A float is the target of all samples.
        raw : array-like of shape (n_samples,) or (n_samples, n_raw)
            Raw outputs, before the output activation: `raw_per_target` columns for each
            column of y.

        Returns
        -------
        losses : ndarray of shape (n_samples,)
            L of each sample, summed over its outputs. It has the dtype float32 if `raw`
            has, or else float64. The mean over the samples is the empirical risk.

        Raises
        ------
        TypeError
            If an argument is sparse or not made of real numbers.
        ValueError
            If the shapes do not fit each other, a value is masked or not finite, or the
            loss is not defined for the targets.
        """
        return self._losses_and_gradient(y, raw)[0]

    def gradient(self, y: ArrayLike, raw: ArrayLike) -> np.ndarray:
        """Return ∂L/∂raw of each sample, without modifying the arguments.

        Parameters
        ----------
        y : float or array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, as for ``loss(y, raw)``.
        raw : array-like of shape (n_samples,) or (n_samples, n_raw)
            Raw outputs, before the output activation.

        Returns
        -------
        gradient : ndarray of the shape of `raw`
            ∂L/∂raw. The gradient of the empirical risk is its mean over the samples.

        Raises
        ------
        TypeError
            If an argument is sparse or not made of real numbers.
        ValueError
            As for ``loss(y, raw)``.
        """
        return self._losses_and_gradient(y, raw)[1]

    def _losses_and_gradient(
        self, y: ArrayLike, raw: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return L and ∂L/∂raw, computed as in training."""
        raw, y = floats("raw", raw), floats("y", y)
        shape, raw = raw.shape, _with_columns(raw)
        if y.ndim == 0:
            y = np.full((len(raw), raw.shape[1] // self.raw_per_target), y)
        with np.errstate(over="ignore"):
            y = _with_columns(y).astype(raw.dtype)
        self._check_shapes(y, raw)
        for name, values in (("y", y), ("raw", raw)):
            if not np.isfinite(values).all():
                raise ValueError(
                    f"{name} must be finite in {raw.dtype}; got NaN, infinity or a "
                    "number beyond its range."
                )
        self._check_encoding(y)
        self.check_target(y.T)
        losses = np.empty(len(raw), raw.dtype)
        self.evaluate(raw, y, losses, np.empty_like(raw))
        return losses, raw.reshape(shape)

    def _check_shapes(self, y: np.ndarray, raw: np.ndarray) -> None:
        """Raise a ValueError unless y and raw belong to the same samples."""
        expected = y.shape[0], self.raw_per_target * y.shape[1]
        if raw.ndim != 2 or y.ndim != 2 or raw.shape != expected or not raw.shape[1]:
            n = self.raw_per_target
            per_target = f"{n} column{'s' * (n > 1)}"
            raise ValueError(
                f"raw must have a row for each row of y, and {per_target} for each "
                f"column of y; got raw of shape {raw.shape} and y of shape {y.shape}."
            )

    def _check_encoding(self, y: np.ndarray) -> None:
        """Raise a ValueError unless classes are encoded as this loss needs them."""
        if not self.for_classification or not len(y):
            return
        name = type(self).__name__
        if y.min() < 0 or y.max() > 1:
            raise ValueError(
                f"y must be in [0, 1] for {name}; got values from {y.min():g} to "
                f"{y.max():g}. Encode two classes as 0 and 1, several as one-hot rows."
            )
        if y.shape[1] == 1 and self.binary() != self:
            raise ValueError(
                f"y must have a column for each class for {name}; got one column. Use "
                f"{type(self.binary()).__name__} for two classes with one raw output."
            )
        sums = y.sum(axis=1)
        is_one_of_several = y.shape[1] > 1 and self.out_activation != "logistic"
        if is_one_of_several and not np.allclose(sums, 1, atol=1e-6):
            worst = sums[np.abs(sums - 1).argmax()]
            raise ValueError(
                f"The rows of y must sum to 1 for {name}; got a sum of {worst:g}. "
                "Encode the classes as one-hot rows."
            )

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """Compute the loss of every sample and its gradient with respect to `raw`.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten with ∂L/∂raw.
        y : ndarray of shape (n_samples, n_outputs)
            Targets: numbers, or 0 and 1 (one-hot rows for several classes).
        losses : ndarray of shape (n_samples,)
            Overwritten with the loss of each sample.
        workspace : ndarray with the shape and dtype of `raw`
            Scratch array, with undefined content before and after.
        """
        raise NotImplementedError(f"{type(self).__name__} must define evaluate.")

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw outputs with predictions: apply the output activation.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten.
        """
        raise NotImplementedError(f"{type(self).__name__} must define predict.")

    def class_indices(self, raw: np.ndarray) -> np.ndarray:
        """Return the index of the predicted class, for several exclusive classes.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, n_classes)
            Raw outputs.

        Returns
        -------
        indices : ndarray of int of shape (n_samples,)
            By default, the indices of the largest raw outputs.
        """
        indices: np.ndarray = raw.argmax(axis=1)
        return indices

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the constant raw outputs with the lowest mean loss.

        A fitted model is compared with this baseline.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
        sample_weight : ndarray of shape (n_samples,), optional
            Weights of the samples, not all zero.

        Returns
        -------
        raw : ndarray of shape (raw_per_target · n_outputs,) or None
            None, the default, skips the comparison.
        """
        return None

    def check_target(self, y: np.ndarray) -> None:
        """Raise a ValueError if the loss is not defined for a value of `y`.

        Parameters
        ----------
        y : ndarray of shape (n_outputs, n_samples)
            Targets, all finite.
        """

    def binary(self) -> "Loss":
        """Return the loss for independent binary outputs.

        Returns
        -------
        loss : Loss
            By default, this loss.
        """
        return self


def _with_columns(values: np.ndarray) -> np.ndarray:
    """Return the values with a column for each output; a vector is one column."""
    return values.reshape(-1, 1) if values.ndim < 2 else values


def weighted_mean(y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    """Return the weighted mean of every column.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples, not all zero.

    Returns
    -------
    mean : ndarray of shape (n_outputs,)
        Means of the columns.
    """
    if sample_weight is None:
        return np.asarray(y.mean(axis=0))
    return np.asarray(np.average(y, axis=0, weights=sample_weight))


def weighted_quantile(
    y: np.ndarray, q: float, sample_weight: np.ndarray | None
) -> np.ndarray:
    """Return a weighted quantile of every column.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    q : float in (0, 1)
        The quantile.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples, not all zero.

    Returns
    -------
    quantile : ndarray of shape (n_outputs,)
        Values of y.
    """
    method: Literal["inverted_cdf"] = "inverted_cdf"  # supports weights
    return np.asarray(np.quantile(y, q, 0, weights=sample_weight, method=method))
