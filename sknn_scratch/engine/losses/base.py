"""What a loss is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np


@dataclass(frozen=True)
class Loss:
    """L(raw, y) of one sample, its gradient, and the prediction it implies.

    Attributes
    ----------
    out_activation : str
        Name of the output activation that turns raw outputs into predictions.
    mean_over_outputs : bool
        Whether a loss curve reports the mean over the outputs rather than the sum.
        The gradient is that of the sum either way.
    for_classification : bool
        Whether the targets are classes, each output being 0 or 1; else numbers.
    stops_when_separated : bool
        Whether training is over once no sample has a gradient any more.
    ignores_correct : bool
        Whether samples that are right enough have a loss and a gradient of exactly 0.
    raw_per_target : int
        Number of raw outputs that a target needs. With several, the first stand for
        all targets, then come the second, and so on.
    central : int
        Which of several predictions of a target R² is computed of.
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
        """Compute every sample's loss and its gradient with respect to `raw`.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten with ∂L/∂raw.
        y : ndarray of shape (n_samples, n_outputs)
            Targets: numbers, or 0 / 1 (one-hot rows for several classes).
        losses : ndarray of shape (n_samples,)
            Overwritten with L of each sample.
        workspace : ndarray like `raw`
            Room to work in; its content means nothing before and after.
        """
        raise NotImplementedError

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw outputs with predictions (the output activation).

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten.
        """
        raise NotImplementedError

    def class_indices(self, raw: np.ndarray) -> np.ndarray:
        """Return the index of the class that is predicted, one out of several.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, n_classes)
            Raw outputs.

        Returns
        -------
        indices : ndarray of int of shape (n_samples,)
            Those of the largest raw outputs, for losses that do not say otherwise.
        """
        indices: np.ndarray = raw.argmax(axis=1)
        return indices

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the raw outputs with the lowest mean loss, if all samples have them.

        A model is compared with them once it is trained.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
        sample_weight : ndarray of shape (n_samples,), optional
            Weights of the samples, not all zero.

        Returns
        -------
        raw : ndarray of shape (raw_per_target · n_outputs,) or None
            A loss that does not know them returns None, and nothing is compared.
        """
        return None

    def check_target(self, y: np.ndarray) -> None:
        """Raise a ValueError if `y` holds a value the loss is not defined for.

        Parameters
        ----------
        y : ndarray of shape (n_outputs, n_samples)
            Targets, all finite.
        """

    def binary(self) -> "Loss":
        """Return the same for outputs that say yes or no, each for itself.

        Returns
        -------
        loss : Loss
            This one where there is no difference.
        """
        return self


def weighted_mean(y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    """Return the mean of every column.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples, not all zero.

    Returns
    -------
    mean : ndarray of shape (n_outputs,)
        By weight.
    """
    if sample_weight is None:
        return np.asarray(y.mean(axis=0))
    return np.asarray(np.average(y, axis=0, weights=sample_weight))


def weighted_quantile(
    y: np.ndarray, q: float, sample_weight: np.ndarray | None
) -> np.ndarray:
    """Return a quantile of every column.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    q : float in (0, 1)
        Which quantile.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples, not all zero.

    Returns
    -------
    quantile : ndarray of shape (n_outputs,)
        Values of y.
    """
    method: Literal["inverted_cdf"] = "inverted_cdf"  # the only one with weights
    return np.asarray(np.quantile(y, q, 0, weights=sample_weight, method=method))
