"""Smooth alternatives to relu."""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr

from ..kernels import negate
from .base import Activation
from .sigmoid import sigmoid


@dataclass(frozen=True)
class Softplus(Activation):
    """Softplus, A(z) = log(1 + exp(z)), a smooth ReLU (Dugas et al., 2001).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Softplus
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Softplus().activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [0.313, 0.693, 2.127]
    """

    is_monotone: ClassVar[bool] = True

    needs_cache: ClassVar[bool] = True  # as a workspace for activate

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z) = max(0, z) + log(1 + exp(−abs(z)))."""
        np.abs(z, out=cache)
        negate(cache, out=cache)
        np.exp(cache, out=cache)
        np.log1p(cache, out=cache)
        z.clip(0, np.inf, out=z)
        z += cache

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = 1 / (1 + exp(−z)) = 1 − exp(−A)."""
        negate(output, out=output)
        np.expm1(output, out=output)
        delta *= output
        negate(delta, out=delta)


@dataclass(frozen=True)
class GELU(Activation):
    """Gaussian error linear unit, A(z) = z Φ(z), with the normal CDF Φ.

    Hendrycks and Gimpel (2016, arXiv 1606.08415). This is the exact function, not the
    approximation with tanh.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import GELU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> GELU().activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.159, 0.0, 1.954]
    """

    needs_cache: ClassVar[bool] = True

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z), and cache z."""
        cache[...] = z
        ndtr(z, out=z)
        z *= cache

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = Φ(z) + z φ(z), with the density φ."""
        np.multiply(cache, cache, out=output)
        output *= -0.5
        np.exp(output, out=output)
        output *= cache
        output *= 1 / sqrt(2 * pi)
        ndtr(cache, out=cache)
        cache += output
        delta *= cache


@dataclass(frozen=True)
class SiLU(Activation):
    """Sigmoid linear unit (swish), A(z) = z σ(z) (Elfwing et al., 2018).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import SiLU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> SiLU().activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.269, 0.0, 1.762]
    """

    needs_cache: ClassVar[bool] = True

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z), and cache σ."""
        sigmoid(z, cache)
        z *= cache

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = A + σ (1 − A)."""
        np.subtract(1, output, out=output)
        cache *= output
        cache -= output
        cache += 1
        delta *= cache


@dataclass(frozen=True)
class Mish(Activation):
    """Mish, A(z) = z tanh(log(1 + exp(z))) (Misra, 2019, arXiv 1908.08681).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Mish
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Mish().activate(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.303, 0.0, 1.944]
    """

    needs_cache: ClassVar[bool] = True

    _LARGE: ClassVar[float] = 20.0  # where tanh(log(1 + exp(z))) is 1 in float64

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z), and cache z."""
        cache[...] = z
        z.clip(-np.inf, self._LARGE, out=z)
        np.exp(z, out=z)
        np.log1p(z, out=z)
        np.tanh(z, out=z)
        z *= cache

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = r − 1 + z σ q² r², where q = σ(−z) and r = 2 / (1 + q²).

        This follows from tanh(log(1 + exp(z))) = (1 − q²) / (1 + q²) = r − 1.
        """
        cache.clip(-np.inf, self._LARGE, out=cache)
        np.exp(cache, out=output)
        output += 1
        np.reciprocal(output, out=output)
        np.subtract(1, output, out=output)
        cache *= output
        np.subtract(1, output, out=output)
        output *= output
        cache *= output
        output += 1
        np.divide(2, output, out=output)
        cache *= output
        cache += 1
        cache *= output
        cache -= 1
        delta *= cache
