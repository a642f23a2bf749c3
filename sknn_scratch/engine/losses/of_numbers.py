"""Losses of predicted numbers."""

from dataclasses import dataclass
from math import log, pi
from typing import ClassVar, Literal

import numpy as np
from scipy.special import kl_div

from .base import Loss, weighted_mean


@dataclass(frozen=True)
class LossOfErrors(Loss):
    """A loss of raw − y, whose raw outputs are the prediction.

    Examples
    --------
    One of your own, log cosh:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import LossOfErrors
    >>> class LogCosh(LossOfErrors):
    ...     def evaluate(self, raw, y, losses, spare):
    ...         raw -= y
    ...         losses[:] = np.log(np.cosh(raw)).sum(axis=1)
    ...         np.tanh(raw, out=raw)
    >>> raw, y, losses = np.array([[3.0]]), np.array([[1.0]]), np.empty(1)
    >>> LogCosh().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([1.325], [[0.964]])
    """

    out_activation: ClassVar[str] = "identity"
    mean_over_outputs: ClassVar[bool] = True

    def predict(self, raw: np.ndarray) -> None:
        """The raw outputs are the prediction."""

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the mean, the best for squared errors, and near it for others."""
        return weighted_mean(y, sample_weight)


@dataclass(frozen=True)
class SquaredError(LossOfErrors):
    """L = ½ Σ_k (raw_k − y_k)².

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> raw, y, losses = np.array([[0.0], [3.0]]), np.array([[1.0], [1.0]]), np.empty(2)
    >>> SquaredError().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.5, 2.0], [[-1.0], [2.0]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = raw − y."""
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5


@dataclass(frozen=True)
class AbsoluteError(LossOfErrors):
    """L = Σ_k abs(raw_k − y_k), which the median minimises.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import AbsoluteError
    >>> raw, y, losses = np.array([[0.0], [3.0]]), np.array([[1.0], [1.0]]), np.empty(2)
    >>> AbsoluteError().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([1.0, 2.0], [[-1.0], [1.0]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = sign(raw − y)."""
        raw -= y
        np.abs(raw, out=spare)
        spare.sum(axis=1, out=losses)
        np.sign(raw, out=raw)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the median."""
        return _quantile(y, 0.5, sample_weight)


@dataclass(frozen=True)
class Huber(LossOfErrors):
    """Half the squared error up to a distance of δ, and from there a straight line.

    L = Σ_k c (r − c/2), where r = raw − y and c is r clipped to ±δ (Huber, 1964).

    Parameters
    ----------
    delta : float > 0, default=1.0
        δ: errors beyond it count like absolute ones, in the units of the target.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Huber
    >>> raw, y, losses = np.array([[0.5], [4.0]]), np.array([[0.0], [0.0]]), np.empty(2)
    >>> Huber().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.125, 3.5], [[0.5], [1.0]])
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.delta < np.inf:
            raise ValueError(f"delta must be finite and > 0; got {self.delta}.")

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = c."""
        raw -= y
        spare[...] = raw
        raw.clip(-self.delta, self.delta, out=raw)
        spare -= 0.5 * raw
        np.einsum("ik,ik->i", raw, spare, out=losses)


@dataclass(frozen=True)
class Quantile(LossOfErrors):
    """The pinball loss, which a quantile minimises (Koenker and Bassett, 1978).

    L = Σ_k max(q r, (q − 1) r), where r = y − raw.

    Parameters
    ----------
    quantile : float in (0, 1), default=0.5
        q: the share of targets that the prediction is to be above; 0.5 is the median.

    Examples
    --------
    Too low costs nine times as much as too high:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Quantile
    >>> raw, y, losses = np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]]), np.empty(2)
    >>> Quantile(0.9).evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.9, 0.1], [[-0.9], [0.1]])
    """

    quantile: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise ValueError(f"quantile must be in (0, 1); got {self.quantile}.")

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − q above the target, −q below, and 0 on it."""
        raw -= y
        np.heaviside(raw, self.quantile, out=spare)
        spare -= self.quantile
        np.einsum("ik,ik->i", raw, spare, out=losses)
        raw[...] = spare

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the quantile."""
        return _quantile(y, self.quantile, sample_weight)


def _quantile(y: np.ndarray, q: float, sample_weight: np.ndarray | None) -> np.ndarray:
    method: Literal["inverted_cdf"] = "inverted_cdf"  # the only one with weights
    return np.asarray(np.quantile(y, q, 0, weights=sample_weight, method=method))


@dataclass(frozen=True)
class LossOfMean(Loss):
    """A loss of a positive mean μ = exp(raw).

    Beyond raw outputs of ± the largest whose exponential leaves room for sums, 66 in
    float32 and 532 in float64, μ stays constant and L goes on as a straight line, so
    that both remain finite.
    """

    out_activation: ClassVar[str] = "exp"

    @staticmethod
    def clip(raw: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` with the raw outputs that exp may be taken of.

        Parameters
        ----------
        raw : ndarray
            Raw outputs.
        out : ndarray like `raw`
            Overwritten; it may be `raw` itself.
        """
        limit = 0.75 * float(np.log(np.finfo(raw.dtype).max))
        np.clip(raw, -limit, limit, out=out)

    def split(self, raw: np.ndarray, clipped: np.ndarray) -> np.ndarray | None:
        """Fill `clipped`, and return what is beyond, if anything: it is rare.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs; overwritten with what is beyond the limits.
        clipped : ndarray like `raw`
            Overwritten with the raw outputs that exp may be taken of.

        Returns
        -------
        beyond : ndarray of shape (n_samples, n_outputs) or None
            A copy of what is beyond; None if nothing is.
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
class Poisson(LossOfMean):
    """Half the Poisson deviance of a mean μ = exp(raw), for targets y ≥ 0.

    L = Σ_k y_k log(y_k / μ_k) − y_k + μ_k

    Examples
    --------
    No event and two, where one was expected:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Poisson
    >>> raw, y, losses = np.array([[0.0], [0.0]]), np.array([[0.0], [2.0]]), np.empty(2)
    >>> Poisson().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([1.0, 0.386], [[1.0], [-1.0]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = μ − y."""
        beyond = self.split(raw, spare)
        np.exp(spare, out=spare)  # μ
        kl_div(y, spare, out=raw)  # y log(y / μ) − y + μ, without cancellation
        if beyond is not None:
            raw += beyond * (spare - y)
        raw.sum(axis=1, out=losses)
        np.subtract(spare, y, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Counts are not negative."""
        if (y < 0).any():
            raise ValueError(
                f"y must be >= 0 for loss='poisson'; got a minimum of {y.min()}. "
                "Shift or clip the target, or choose loss='squared_error'."
            )


@dataclass(frozen=True)
class Gamma(LossOfMean):
    """Half the gamma deviance of a mean μ = exp(raw), for targets y > 0.

    L = Σ_k log(μ_k / y_k) + y_k / μ_k − 1

    It counts relative errors: being off by a tenth costs the same at 1 and at 1000.

    Examples
    --------
    Twice the target, at 1 and at 1000:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Gamma
    >>> y, losses = np.array([[1.0], [1000.0]]), np.empty(2)
    >>> raw = np.log(2 * y)
    >>> Gamma().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.193, 0.193], [[0.5], [0.5]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − y / μ."""
        beyond = self.split(raw, spare)
        np.log(y, out=raw)
        spare -= raw  # log(μ / y), and the loss is that of its exponential
        np.negative(spare, out=raw)
        np.expm1(raw, out=raw)  # y / μ − 1, without cancellation
        spare += raw
        if beyond is not None:
            spare -= beyond * raw
        spare.sum(axis=1, out=losses)
        np.negative(raw, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Amounts are positive."""
        if (y <= 0).any():
            raise ValueError(
                f"y must be > 0 for loss='gamma'; got a minimum of {y.min()}. "
                "Leave such samples out, or choose loss='poisson'."
            )


@dataclass(frozen=True)
class Gaussian(Loss):
    """−log density of a normal distribution of mean μ and variance σ² = exp(v).

    L = ½ Σ_k log 2π + v_k + (μ_k − y_k)² exp(−v_k)

    Mean and variance are learned together (Nix and Weigend, 1994, ICNN). Where v goes
    beyond half the logarithm of the largest float (±44 in float32, ±354 in float64), σ
    stays constant and L rises by half of what is beyond.

    Examples
    --------
    σ is 1: an error below it is to make it smaller, one above it larger.

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
        """Fill `out` with the v that exp may be taken of.

        Parameters
        ----------
        v : ndarray
            Logarithms of variances.
        out : ndarray like `v`
            Overwritten; it may be `v` itself.
        """
        limit = 0.5 * float(np.log(np.finfo(v.dtype).max))
        np.clip(v, -limit, limit, out=out)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂μ = (μ − y) exp(−v);  ∂L/∂v = ½ (1 − (μ − y)² exp(−v))."""
        n_outputs = y.shape[1]
        error, beyond = raw[:, :n_outputs], raw[:, n_outputs:]
        slope, v = spare[:, :n_outputs], spare[:, n_outputs:]
        self.clip(beyond, v)
        beyond -= v
        error -= y
        np.negative(v, out=slope)
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
        """Overwrite raw with μ, and with σ."""
        v = raw[:, raw.shape[1] // 2 :]
        self.clip(v, v)
        v *= 0.5
        np.exp(v, out=v)
