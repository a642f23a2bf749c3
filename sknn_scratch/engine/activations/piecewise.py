"""Activations with a kink at zero: relu and its variants."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from .base import Activation


@dataclass(frozen=True)
class Relu(Activation):
    """Rectified linear unit (ReLU), A(z) = max(0, z).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Relu
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Relu().activate(z, None)
    >>> z.round(3).tolist()
    [0.0, 0.0, 2.0]
    """

    is_monotone: ClassVar[bool] = True

    flat_at_zero: ClassVar[bool] = True

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z)."""
        # Clipping is three times faster than np.maximum(z, 0).
        z.clip(0, np.inf, out=z)

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = 1 where A > 0, else 0."""
        # Writing the mask to `output` as floats is four times faster than
        # setting delta[output == 0] = 0.
        np.greater(output, 0, out=output)
        delta *= output


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """Leaky ReLU, A(z) = z where z > 0, else slope · z (Maas, Hannun and Ng, 2013).

    Parameters
    ----------
    slope : float in [0, 1), default=0.01
        Slope for negative z. If it is positive, the gradient of a unit is never 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import LeakyReLU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> LeakyReLU(slope=0.1).activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.1, 0.0, 2.0]
    """

    is_monotone: ClassVar[bool] = True

    slope: float = 0.01

    needs_cache: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (isinstance(self.slope, Real) and 0 <= self.slope < 1):
            raise ValueError(f"slope must be in [0, 1); got {self.slope!r}.")

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z)."""
        np.multiply(z, self.slope, out=cache)
        np.maximum(z, cache, out=z)

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = 1 where A > 0, else slope."""
        np.greater(output, 0, out=output)
        output *= 1 - self.slope
        output += self.slope
        delta *= output


@dataclass(frozen=True)
class ELU(Activation):
    """Exponential linear unit, A(z) = z where z > 0, else α (exp(z) − 1).

    Clevert, Unterthiner and Hochreiter (2016, arXiv 1511.07289).

    Parameters
    ----------
    alpha : float > 0, default=1.0
        α. A(z) approaches −α for large negative z.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import ELU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> ELU().activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.632, 0.0, 2.0]
    """

    is_monotone: ClassVar[bool] = True

    alpha: float = 1.0

    needs_cache: ClassVar[bool] = True
    scale: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        if not (isinstance(self.alpha, Real) and 0 < self.alpha < np.inf):
            raise ValueError(f"alpha must be finite and > 0; got {self.alpha!r}.")

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z)."""
        z.clip(-np.inf, 0, out=cache)
        np.expm1(cache, out=cache)
        cache *= self.alpha
        z.clip(0, np.inf, out=z)
        z += cache
        z *= self.scale

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = 1 where A > 0, else A + α."""
        np.greater(output, 0, out=output)
        output *= 1 - self.alpha
        output += self.alpha
        output += cache  # α (exp(z) − 1), and 0 where z > 0
        output *= self.scale
        delta *= output


@dataclass(frozen=True)
class SELU(ELU):
    """Scaled ELU, λ · ELU(α): preserves mean 0 and variance 1 from layer to layer.

    Klambauer et al. (2017, arXiv 1706.02515). The property requires
    ``weight_init="lecun_normal"``.

    Parameters
    ----------
    alpha : float > 0, default=1.6732632423543772
        α. The factor λ is constant, and suits the default α only.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import SELU
    >>> z = np.random.RandomState(0).normal(0, 1, 100_000)
    >>> SELU().activate(z, np.empty_like(z))
    >>> bool(abs(z.mean()) < 0.01), bool(abs(z.std() - 1) < 0.01)
    (True, True)
    """

    alpha: float = 1.6732632423543772
    scale: ClassVar[float] = 1.0507009873554805
