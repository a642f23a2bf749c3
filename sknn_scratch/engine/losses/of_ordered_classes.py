"""The loss for ordinal classification."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, log_expit, logit

from ..kernels import negate
from .base import Loss, weighted_mean
from .of_classes import TINY, BinaryLogLoss


@dataclass(frozen=True)
class Ordinal(Loss):
    """Cross-entropy of ordered classes, with cumulative logits.

    The probability of a class above k is P(y > k) = σ(z_k), σ(z) = 1 / (1 + exp(−z)),
    as in the proportional-odds model (McCullagh, 1980, Regression models for ordinal
    data, Journal of the Royal Statistical Society B 42). Of K raw outputs the first two
    are scores for high and for low classes; the others determine the distances of the
    thresholds, so that the cumulative logits decrease for any raw outputs:

        z_k = z_{k−1} − log(1 + exp(raw_{k+1})),  (z_0 + z_{K−2}) / 2 = raw_0 − raw_1

    The probability of class k is σ(z_{k−1}) − σ(z_k), which is computed as the product
    σ(z_{k−1}) σ(−z_k) σ(raw_{k+1}), without cancellation. So for a class y

        L = −log σ(z_{y−1}) − log σ(−z_y) − log σ(raw_{y+1})

    without the terms that do not exist for the lowest and highest class. In a network
    all raw outputs, and therefore the thresholds, depend on the features.

    Examples
    --------
    Three classes with thresholds at a distance of 1, and a sample in the middle:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Ordinal
    >>> raw = np.array([[0.0, 0.0, np.log(np.expm1(1.0))]])
    >>> p = raw.copy()
    >>> Ordinal().predict(p)
    >>> p.round(3).tolist()
    [[0.378, 0.245, 0.378]]
    >>> y, losses = np.array([[0.0, 0.0, 1.0]]), np.empty(1)
    >>> Ordinal().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.974], [[-0.622, 0.622, 0.197]])
    """

    out_activation: ClassVar[str] = "cumulative_logistic"
    for_classification: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂z_k = (y_k + y_{k+1}) σ(z_k) − y_{k+1}, and the chain rule."""
        gaps, above, inner = raw[:, 2:], y[:, 1:], y[:, 1:-1]
        _softplus(gaps, out=workspace[:, 2:])
        np.einsum("ik,ik->i", inner, workspace[:, 2:], out=losses)
        losses -= np.einsum("ik,ik->i", inner, gaps)
        z = _accumulated(raw, workspace)
        beside, softplus = above + y[:, :-1], np.empty_like(z)
        _softplus(z, out=softplus)
        losses += np.einsum("ik,ik->i", beside, softplus)
        losses -= np.einsum("ik,ik->i", above, z)
        expit(z, out=z)
        z *= beside
        z -= above
        # A gap lowers its own and all later logits, and raises all logits by half of
        # it: cumulative sums from the right.
        np.add.accumulate(z[:, ::-1], axis=1, out=z[:, ::-1])
        raw[:, 0] = z[:, 0]
        negate(z[:, 0], out=raw[:, 1])
        expit(gaps, out=gaps)
        np.subtract(inner, z[:, 1:], out=z[:, 1:])
        z[:, 1:] += 0.5 * raw[:, :1]
        gaps *= z[:, 1:]
        gaps -= inner

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with p."""
        z = _cumulative_logits(raw, np.empty_like(raw))
        raw[:, 1:-1] = expit(raw[:, 2:])
        raw[:, [0, -1]] = 1
        raw[:, 1:] *= expit(z)
        raw[:, :-1] *= expit(-z)

    def log_predict(self, raw: np.ndarray) -> np.ndarray:
        """Return log p, which is finite even if p is too small for a float."""
        z = _cumulative_logits(raw, np.empty_like(raw))
        log_p = np.zeros_like(raw)
        log_p[:, 1:-1] = log_expit(raw[:, 2:])
        log_p[:, 1:] += log_expit(z)
        log_p[:, :-1] += log_expit(-z)
        return log_p

    def class_indices(self, raw: np.ndarray) -> np.ndarray:
        """Return the median class: the number of thresholds with P(y > k) > ½."""
        z = _cumulative_logits(raw, np.empty_like(raw))
        return np.asarray(np.count_nonzero(z > 0, axis=1))

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return thresholds at the log-odds of the cumulative means of y."""
        mean = np.maximum(weighted_mean(y, sample_weight), TINY)
        above = np.cumsum(mean[::-1])[::-1]
        z = logit(above[1:] / above[0])
        gaps = np.log(np.expm1(z[:-1] - z[1:]))
        return np.concatenate([[(z[0] + z[-1]) / 2, 0], gaps])

    def binary(self) -> Loss:
        """Return the binary cross-entropy: two classes have only one order."""
        return BinaryLogLoss()


def _cumulative_logits(raw: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return a view of z: all columns of `out` except the first."""
    _softplus(raw[:, 2:], out=out[:, 2:])
    return _accumulated(raw, out)


def _accumulated(raw: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Compute z from the distances of the thresholds in `out[:, 2:]`."""
    half, z = out[:, 0], out[:, 1:]
    np.add.reduce(z[:, 1:], axis=1, out=half)
    half *= 0.5
    np.subtract(raw[:, 0], raw[:, 1], out=z[:, 0])
    z[:, 0] += half
    np.subtract.accumulate(z, axis=1, out=z)
    return z


def _softplus(x: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` with log(1 + exp(x)), far faster than `numpy.logaddexp`.

    The error is absolute: values below the precision of 1 become 0.
    """
    np.abs(x, out=out)
    negate(out, out=out)
    np.exp(out, out=out)
    out += 1
    np.log(out, out=out)
    out += np.maximum(x, 0)
