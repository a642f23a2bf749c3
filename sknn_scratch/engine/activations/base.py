"""The base class of activations, and the identity."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..layers.base import Layer
from ..layers.passes import Pass


@dataclass(frozen=True)
class Activation(Layer):
    """A layer that applies a function A to every value in place.

    A subclass defines A in `activate` and its derivative in `differentiate`.

    Attributes
    ----------
    needs_cache : bool
        Whether both methods need an additional array as a cache.
    glorot_factor : float
        Numerator f of the bound √(f / (fan_in + fan_out)) of the uniform distribution
        that ``weight_init="auto"`` uses for a layer with this activation.
    flat_at_zero : bool
        Whether A′ is 0 wherever A is 0. Then the backward pass of dropout after this
        activation needs no mask.

    Examples
    --------
    The forward pass, and the backward pass with a gradient of ones, which gives the
    derivative:

    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Tanh
    >>> z, delta = np.array([0.0, 1.0]), np.ones(2)
    >>> Tanh().activate(z, None)
    >>> z.round(2).tolist()
    [0.0, 0.76]
    >>> Tanh().differentiate(z, delta, None)
    >>> delta.round(2).tolist()
    [1.0, 0.42]
    """

    overwrites: ClassVar[bool] = True
    needs_cache: ClassVar[bool] = False
    flat_at_zero: ClassVar[bool] = False
    glorot_factor: ClassVar[float] = 6.0

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite `z` with A(z).

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_units)
            Pre-activations; overwritten.
        cache : ndarray of shape (n_samples, n_units) or None
            Array for values that `differentiate` needs; None without `needs_cache`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define activate.")

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """Multiply `delta` by A′(z).

        Parameters
        ----------
        output : ndarray of shape (n_samples, n_units)
            A(z), the result of `activate`; may be overwritten.
        delta : ndarray of shape (n_samples, n_units)
            ∂J/∂A(z), overwritten with ∂J/∂z.
        cache : ndarray of shape (n_samples, n_units) or None
            Cache filled by `activate`; may be overwritten.
        """
        raise NotImplementedError(f"{type(self).__name__} must define differentiate.")

    def prepare(self, ctx: Pass) -> None:
        """Allocate the cache."""
        ctx.cache = ctx.empty(*ctx.input_shape) if self.needs_cache else None

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return y = A(x)."""
        self.activate(x, ctx.cache)
        ctx.output = x
        return x

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """∂J/∂x = ∂J/∂y ∘ A′(x)."""
        self.differentiate(ctx.output, delta, ctx.cache)
        return delta


@dataclass(frozen=True)
class Identity(Activation):
    """A(z) = z.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Identity
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Identity().activate(z, None)
    >>> z.round(3).tolist()
    [-1.0, 0.0, 2.0]
    """

    is_monotone: ClassVar[bool] = True

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Leave z unchanged."""

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′(z) = 1: leave delta unchanged."""
