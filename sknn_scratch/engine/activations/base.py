"""What every activation does, and the one that does nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np


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
