"""Losses of the residual raw − y, for regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .base import Loss, weighted_mean, weighted_quantile
from .of_quantiles import Quantiles


@dataclass(frozen=True)
class ResidualLoss(Loss):
    """Base class of losses of the residual raw − y; raw outputs are the predictions.

    Examples
    --------
    A custom loss, log cosh:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import ResidualLoss
    >>> class LogCosh(ResidualLoss):
    ...     def evaluate(self, raw, y, losses, workspace):
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
        """Leave raw unchanged: the raw outputs are the predictions."""

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the mean, which minimizes the squared error."""
        return weighted_mean(y, sample_weight)


@dataclass(frozen=True)
class SquaredError(ResidualLoss):
    """Half the squared error, L = ½ Σ_k (raw_k − y_k)², minimized by the mean.

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
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = raw − y."""
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5


@dataclass(frozen=True)
class AbsoluteError(ResidualLoss):
    """The absolute error, L = Σ_k abs(raw_k − y_k), minimized by the median.

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
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = sign(raw − y)."""
        raw -= y
        np.abs(raw, out=workspace)
        workspace.sum(axis=1, out=losses)
        np.sign(raw, out=raw)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the median."""
        return weighted_quantile(y, 0.5, sample_weight)


@dataclass(frozen=True)
class Huber(ResidualLoss):
    """The Huber loss: quadratic for errors up to δ, linear beyond.

    L = Σ_k c (r − c/2), where r = raw − y and c is r clipped to ±δ (Huber, 1964).

    Parameters
    ----------
    delta : float > 0, default=1.0
        δ, in the units of the target; with ``standardize_target=True``, in those of the
        standardized target. Larger errors have the slope of absolute errors.

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
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = c."""
        raw -= y
        workspace[...] = raw
        raw.clip(-self.delta, self.delta, out=raw)
        workspace -= 0.5 * raw
        np.einsum("ik,ik->i", raw, workspace, out=losses)


@dataclass(frozen=True)
class Quantile(ResidualLoss):
    """The pinball loss, minimized by a quantile (Koenker and Bassett, 1978).

    L = Σ_k max(q r, (q − 1) r), where r = y − raw.

    Parameters
    ----------
    quantile : float in (0, 1) or sequence of them, default=0.5
        q, the proportion of targets below the prediction; 0.5 is the median. An
        increasing sequence returns :class:`Quantiles`, with which one network predicts
        all of them.

    Examples
    --------
    Predictions that are too low cost nine times more than predictions that are too
    high:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Quantile
    >>> raw, y, losses = np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]]), np.empty(2)
    >>> Quantile(0.9).evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.9, 0.1], [[-0.9], [0.1]])
    """

    quantile: float = 0.5

    def __new__(cls, quantile: float | Sequence[float] = 0.5) -> Any:
        """Return `Quantiles` for a sequence."""
        if isinstance(quantile, list | tuple) or np.ndim(quantile):
            return Quantiles(quantile)  # type: ignore[arg-type]
        return super().__new__(cls)

    if TYPE_CHECKING:  # `__new__` accepts a sequence, too

        def __init__(self, quantile: float | Sequence[float] = 0.5) -> None: ...

    def __post_init__(self) -> None:
        if not (isinstance(self.quantile, Real) and 0 < self.quantile < 1):
            raise ValueError(f"quantile must be in (0, 1); got {self.quantile!r}.")

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − q above the target, −q below, and 0 on it."""
        raw -= y
        np.heaviside(raw, self.quantile, out=workspace)
        workspace -= self.quantile
        np.einsum("ik,ik->i", raw, workspace, out=losses)
        raw[...] = workspace

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the quantile."""
        return weighted_quantile(y, self.quantile, sample_weight)
