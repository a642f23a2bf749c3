"""The base class of losses."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np


@dataclass(frozen=True)
class Loss:
    """A loss L(raw, y) of each sample, its gradient, and the prediction.

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
        Whether training stops once no training sample has a gradient, as for the
        perceptron when it separates the classes.
    ignores_correct : bool
        Whether correctly predicted samples have a loss and gradient of exactly 0.
    raw_per_target : int
        Number of raw outputs per target. With several, the raw outputs are ordered by
        kind: first the first raw output of all targets, then the second, and so on.
    central : int
        Index of the prediction that R² is computed from, if a target has several.
    """

    out_activation: ClassVar[str]
    mean_over_outputs: ClassVar[bool] = False
    for_classification: ClassVar[bool] = False
    stops_when_separated: ClassVar[bool] = False
    ignores_correct: ClassVar[bool] = False
    raw_per_target: ClassVar[int] = 1
    central: ClassVar[int] = 0

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
        raise NotImplementedError

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw outputs with predictions: apply the output activation.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten.
        """
        raise NotImplementedError

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
