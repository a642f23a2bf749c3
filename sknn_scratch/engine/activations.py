"""Activations: what a neuron does with its weighted sum.

Those whose derivative can be written in terms of their value keep nothing but the value
for the way back; the others say so, and are given an array to keep what they need.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar

import numpy as np
from scipy.special import ndtr


@dataclass(frozen=True)
class Activation:
    """An elementwise function A and its derivative, both computed in place.

    Attributes
    ----------
    keeps : bool
        Whether `forward` and `backward` need an array of their own to work with.
    glorot_factor : float
        Numerator f of the bound √(f / (fan_in + fan_out)) within which
        ``weight_init="auto"`` draws the weights of a layer with this activation.
    flat_at_zero : bool
        Whether A′ is 0 wherever A is 0: then what dropout has set to 0 in the output
        needs no mask on the way back.

    Examples
    --------
    Forwards, and back with a gradient of ones: what is left is the derivative.

    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Tanh
    >>> z, delta = np.array([0.0, 1.0]), np.ones(2)
    >>> Tanh().forward(z, z)
    >>> z.round(2).tolist()
    [0.0, 0.76]
    >>> Tanh().backward(z, delta, z)
    >>> delta.round(2).tolist()
    [1.0, 0.42]
    """

    keeps: ClassVar[bool] = False
    flat_at_zero: ClassVar[bool] = False
    glorot_factor: ClassVar[float] = 6.0

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite the weighted sums `z` with A(z).

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_units)
            The weighted sums.
        kept : ndarray of shape (n_samples, n_units)
            Room to work in, which `backward` is given as it was left here; z itself
            where the activation does not keep anything.
        """
        raise NotImplementedError

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """Multiply `delta` by A′(z).

        Parameters
        ----------
        output : ndarray of shape (n_samples, n_units)
            A(z), as `forward` left it. May be overwritten: nobody reads it again.
        delta : ndarray of shape (n_samples, n_units)
            ∂J/∂A(z), overwritten with ∂J/∂z.
        kept : ndarray of shape (n_samples, n_units)
            What `forward` has kept. May be overwritten as well.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Identity(Activation):
    """A(z) = z.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Identity
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Identity().forward(z, z)
    >>> z.round(3).tolist()
    [-1.0, 0.0, 2.0]
    """

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Leave z as it is."""

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′(z) = 1: leave delta as it is."""


def _sigmoid(z: np.ndarray, out: np.ndarray) -> None:
    """Compute σ(z), which may be in place.

    From exp, whose loops are vectorized: in float32 17 times as fast as SciPy's expit.
    """
    with np.errstate(over="ignore"):
        np.negative(z, out=out)
        np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)


@dataclass(frozen=True)
class Logistic(Activation):
    """A(z) = 1 / (1 + exp(−z)), the sigmoid.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Logistic
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Logistic().forward(z, z)
    >>> z.round(3).tolist()
    [0.269, 0.5, 0.881]
    """

    # scikit-learn's convention, kept so that results agree. Glorot and Bengio have no
    # such factor; the small slope, at most 1/4, would call for larger weights.
    glorot_factor: ClassVar[float] = 2.0

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z)."""
        _sigmoid(z, z)

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = A (1 − A)."""
        delta *= output
        np.subtract(1, output, out=output)
        delta *= output


@dataclass(frozen=True)
class Tanh(Activation):
    """A(z) = tanh(z).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Tanh
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Tanh().forward(z, z)
    >>> z.round(3).tolist()
    [-0.762, 0.0, 0.964]
    """

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z)."""
        np.tanh(z, out=z)

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = 1 − A²."""
        output *= output
        np.subtract(1, output, out=output)
        delta *= output


@dataclass(frozen=True)
class Relu(Activation):
    """A(z) = max(0, z), the rectified linear unit.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Relu
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Relu().forward(z, z)
    >>> z.round(3).tolist()
    [0.0, 0.0, 2.0]
    """

    flat_at_zero: ClassVar[bool] = True

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z)."""
        # Clipping takes a third of the time of np.maximum(z, 0).
        z.clip(0, np.inf, out=z)

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = 1 where A > 0, else 0."""
        # Writing the mask over `output` as floats is four times as fast as
        # setting delta[output == 0] = 0.
        np.greater(output, 0, out=output)
        delta *= output


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """A(z) = z where z > 0, else slope · z (Maas, Hannun and Ng, 2013).

    Parameters
    ----------
    slope : float in [0, 1), default=0.01
        What is left of negative sums, so that no unit is ever quite silent.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import LeakyReLU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> LeakyReLU(slope=0.1).forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.1, 0.0, 2.0]
    """

    slope: float = 0.01

    keeps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.slope < 1:
            raise ValueError(f"slope must be in [0, 1); got {self.slope}.")

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z)."""
        np.multiply(z, self.slope, out=kept)
        np.maximum(z, kept, out=z)

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = 1 where A > 0, else slope."""
        np.greater(output, 0, out=output)
        output *= 1 - self.slope
        output += self.slope
        delta *= output


@dataclass(frozen=True)
class ELU(Activation):
    """A(z) = z where z > 0, else α (exp(z) − 1).

    Clevert, Unterthiner and Hochreiter (2016, arXiv 1511.07289).

    Parameters
    ----------
    alpha : float > 0, default=1.0
        −α is what large negative sums approach.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import ELU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> ELU().forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.632, 0.0, 2.0]
    """

    alpha: float = 1.0

    keeps: ClassVar[bool] = True
    scale: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < np.inf:
            raise ValueError(f"alpha must be finite and > 0; got {self.alpha}.")

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z)."""
        z.clip(-np.inf, 0, out=kept)
        np.expm1(kept, out=kept)
        kept *= self.alpha
        z.clip(0, np.inf, out=z)
        z += kept
        z *= self.scale

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = 1 where A > 0, else A + α."""
        np.greater(output, 0, out=output)
        output *= 1 - self.alpha
        output += self.alpha
        output += kept  # α (exp(z) − 1), and 0 where z > 0
        output *= self.scale
        delta *= output


@dataclass(frozen=True)
class SELU(ELU):
    """λ · ELU(α), which keeps sums at mean 0 and variance 1 from layer to layer.

    Klambauer et al. (2017, arXiv 1706.02515), with weights drawn by the initializer
    "lecun_normal".

    Parameters
    ----------
    alpha : float > 0, default=1.6732632423543772
        α; λ fits the default only.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import SELU
    >>> z = np.random.RandomState(0).normal(0, 1, 100_000)
    >>> SELU().forward(z, np.empty_like(z))
    >>> bool(abs(z.mean()) < 0.01), bool(abs(z.std() - 1) < 0.01)
    (True, True)
    """

    alpha: float = 1.6732632423543772
    scale: ClassVar[float] = 1.0507009873554805


@dataclass(frozen=True)
class Softplus(Activation):
    """A(z) = log(1 + exp(z)), a smooth relu that is never 0 (Dugas et al., 2001).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Softplus
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Softplus().forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [0.313, 0.693, 2.127]
    """

    keeps: ClassVar[bool] = True  # nothing, but it takes an array to work in

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z) = max(0, z) + log(1 + exp(−abs(z)))."""
        np.abs(z, out=kept)
        np.negative(kept, out=kept)
        np.exp(kept, out=kept)
        np.log1p(kept, out=kept)
        z.clip(0, np.inf, out=z)
        z += kept

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = 1 / (1 + exp(−z)) = 1 − exp(−A)."""
        np.negative(output, out=output)
        np.expm1(output, out=output)
        delta *= output
        np.negative(delta, out=delta)


@dataclass(frozen=True)
class GELU(Activation):
    """A(z) = z Φ(z), Φ the normal distribution (Hendrycks and Gimpel, 2016).

    The exact one of arXiv 1606.08415, not its approximation by tanh.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import GELU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> GELU().forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.159, 0.0, 1.954]
    """

    keeps: ClassVar[bool] = True

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z), and keep z."""
        kept[...] = z
        ndtr(z, out=z)
        z *= kept

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = Φ(z) + z φ(z), φ the density."""
        np.multiply(kept, kept, out=output)
        output *= -0.5
        np.exp(output, out=output)
        output *= kept
        output *= 1 / sqrt(2 * pi)
        ndtr(kept, out=kept)
        kept += output
        delta *= kept


@dataclass(frozen=True)
class SiLU(Activation):
    """A(z) = z σ(z), σ the sigmoid; also called swish (Elfwing et al., 2018).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import SiLU
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> SiLU().forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.269, 0.0, 1.762]
    """

    keeps: ClassVar[bool] = True

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z), and keep σ."""
        _sigmoid(z, kept)
        z *= kept

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = A + σ (1 − A)."""
        np.subtract(1, output, out=output)
        kept *= output
        kept -= output
        kept += 1
        delta *= kept


@dataclass(frozen=True)
class Mish(Activation):
    """A(z) = z tanh(log(1 + exp(z))) (Misra, 2019, arXiv 1908.08681).

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Mish
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Mish().forward(z, np.empty_like(z))
    >>> z.round(3).tolist()
    [-0.303, 0.0, 1.944]
    """

    keeps: ClassVar[bool] = True

    _LARGE: ClassVar[float] = 20.0  # where tanh(log(1 + exp(z))) is 1 in float64

    def forward(self, z: np.ndarray, kept: np.ndarray) -> None:
        """Overwrite z with A(z), and keep z."""
        kept[...] = z
        z.clip(-np.inf, self._LARGE, out=z)
        np.exp(z, out=z)
        np.log1p(z, out=z)
        np.tanh(z, out=z)
        z *= kept

    def backward(self, output: np.ndarray, delta: np.ndarray, kept: np.ndarray) -> None:
        """A′ = r − 1 + z σ q² r², where q = σ(−z) and r = 2 / (1 + q²).

        For tanh(log(1 + exp(z))) = (1 − q²) / (1 + q²) = r − 1.
        """
        kept.clip(-np.inf, self._LARGE, out=kept)
        np.exp(kept, out=output)
        output += 1
        np.reciprocal(output, out=output)
        np.subtract(1, output, out=output)
        kept *= output
        np.subtract(1, output, out=output)
        output *= output
        kept *= output
        output += 1
        np.divide(2, output, out=output)
        kept *= output
        kept += 1
        kept *= output
        kept -= 1
        delta *= kept


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": Relu,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "softplus": Softplus,
    "gelu": GELU,
    "silu": SiLU,
    "mish": Mish,
}
