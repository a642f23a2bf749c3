"""Negative log-likelihoods of distributions, for regression."""

from dataclasses import dataclass
from math import log, pi
from typing import ClassVar

import numpy as np
from scipy.special import kl_div

from ..kernels import negate
from .base import Loss, weighted_mean


@dataclass(frozen=True)
class LogLinkLoss(Loss):
    """Base class of losses of a positive mean with a log link, μ = exp(raw).

    Beyond raw outputs of ±66 in float32 and ±532 in float64, μ is constant and L is
    linear, so both remain finite. The sum of μ over many samples does not overflow
    either.
    """

    out_activation: ClassVar[str] = "exp"

    @staticmethod
    def clip(raw: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` with raw outputs clipped to the range of exp.

        Parameters
        ----------
        raw : ndarray
            Raw outputs.
        out : ndarray like `raw`
            Overwritten; it can be `raw` itself.
        """
        limit = 0.75 * float(np.log(np.finfo(raw.dtype).max))
        np.clip(raw, -limit, limit, out=out)

    def split(self, raw: np.ndarray, clipped: np.ndarray) -> np.ndarray | None:
        """Fill `clipped`, and return the excess over the limits, if any.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs; overwritten with the excess over the limits.
        clipped : ndarray like `raw`
            Overwritten with the clipped raw outputs.

        Returns
        -------
        beyond : ndarray of shape (n_samples, n_outputs) or None
            A copy of the excess; None if there is none, the usual case.
        """
        self.clip(raw, clipped)
        raw -= clipped
        return raw.copy() if raw.any() else None

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return log(mean of y)."""
        mean = weighted_mean(y, sample_weight)
        return np.asarray(np.log(np.maximum(mean, np.finfo(y.dtype).tiny)))

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with μ."""
        self.clip(raw, raw)
        np.exp(raw, out=raw)


@dataclass(frozen=True)
class Poisson(LogLinkLoss):
    """Half the Poisson deviance of a mean μ = exp(raw), for targets y ≥ 0.

    L = Σ_k y_k log(y_k / μ_k) − y_k + μ_k

    Examples
    --------
    No event and two events, with an expectation of one:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Poisson
    >>> raw, y, losses = np.array([[0.0], [0.0]]), np.array([[0.0], [2.0]]), np.empty(2)
    >>> Poisson().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([1.0, 0.386], [[1.0], [-1.0]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = μ − y."""
        beyond = self.split(raw, workspace)
        np.exp(workspace, out=workspace)  # μ
        kl_div(y, workspace, out=raw)  # y log(y / μ) − y + μ, without cancellation
        if beyond is not None:
            raw += beyond * (workspace - y)
        raw.sum(axis=1, out=losses)
        np.subtract(workspace, y, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Check that the counts are not negative."""
        if (y < 0).any():
            raise ValueError(
                f"y must be >= 0 for loss='poisson'; got a minimum of {y.min()}. "
                "Shift or clip the target, or choose loss='squared_error'."
            )


@dataclass(frozen=True)
class Gamma(LogLinkLoss):
    """Half the gamma deviance of a mean μ = exp(raw), for targets y > 0.

    L = Σ_k log(μ_k / y_k) + y_k / μ_k − 1

    It measures relative errors: an error of 10 % costs the same at 1 and at 1000.

    Examples
    --------
    Predictions of twice the target, at 1 and at 1000:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Gamma
    >>> y, losses = np.array([[1.0], [1000.0]]), np.empty(2)
    >>> raw = np.log(2 * y)
    >>> Gamma().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.193, 0.193], [[0.5], [0.5]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − y / μ."""
        beyond = self.split(raw, workspace)
        np.log(y, out=raw)
        workspace -= raw  # log(μ / y)
        negate(workspace, out=raw)
        np.expm1(raw, out=raw)  # y / μ − 1, without cancellation
        workspace += raw
        if beyond is not None:
            workspace -= beyond * raw
        workspace.sum(axis=1, out=losses)
        negate(raw, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Check that the amounts are positive."""
        if (y <= 0).any():
            raise ValueError(
                f"y must be > 0 for loss='gamma'; got a minimum of {y.min()}. Remove "
                "such samples, or choose loss='poisson'."
            )


@dataclass(frozen=True)
class Gaussian(Loss):
    """Negative log-likelihood of a normal distribution, mean μ and variance exp(v).

    L = ½ Σ_k log 2π + v_k + (μ_k − y_k)² exp(−v_k)

    Mean and variance are learned together (Nix and Weigend, 1994, ICNN). Where v goes
    beyond half the logarithm of the largest float (±44 in float32, ±354 in float64), σ
    is constant and L rises by half the excess of v.

    Examples
    --------
    With σ = 1, an error below 1 decreases σ, and an error above 1 increases it:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Gaussian
    >>> raw = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    >>> y, losses = np.zeros((3, 1)), np.empty(3)
    >>> Gaussian().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.919, 1.419, 2.919], [[0.0, 0.5], [1.0, 0.0], [2.0, -1.5]])
    """

    out_activation: ClassVar[str] = "mean_and_std"
    raw_per_target: ClassVar[int] = 2

    @staticmethod
    def clip(v: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` with v clipped to the range of exp.

        Parameters
        ----------
        v : ndarray
            Logarithms of variances.
        out : ndarray like `v`
            Overwritten; it can be `v` itself.
        """
        limit = 0.5 * float(np.log(np.finfo(v.dtype).max))
        np.clip(v, -limit, limit, out=out)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂μ = (μ − y) exp(−v);  ∂L/∂v = ½ (1 − (μ − y)² exp(−v))."""
        n_outputs = y.shape[1]
        error, beyond = raw[:, :n_outputs], raw[:, n_outputs:]
        slope, v = workspace[:, :n_outputs], workspace[:, n_outputs:]
        self.clip(beyond, v)
        beyond -= v
        error -= y
        negate(v, out=slope)
        np.exp(slope, out=slope)
        slope *= error
        error *= slope  # (μ − y)² exp(−v)
        v += error
        v += np.abs(beyond)
        v.sum(axis=1, out=losses)
        losses += n_outputs * log(2 * pi)
        losses *= 0.5
        np.sign(beyond, out=beyond)
        np.subtract(1, error, out=beyond, where=beyond == 0)
        beyond *= 0.5
        error[...] = slope

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the mean, and the logarithm of the variance."""
        mean = weighted_mean(y, sample_weight)
        variance = np.average((y - mean) ** 2, axis=0, weights=sample_weight)
        v = np.log(np.maximum(variance, np.finfo(y.dtype).tiny))
        return np.concatenate([mean, v])

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with μ and σ."""
        v = raw[:, raw.shape[1] // 2 :]
        self.clip(v, v)
        v *= 0.5
        np.exp(v, out=v)
