"""The base class of activations, and the identity."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from .._arguments import floats
from ..layers.base import Layer
from ..layers.passes import Pass


@dataclass(frozen=True)
class Activation(Layer):
    """Base class of activations: layers that apply a function A to every value.

    A subclass defines A in `activate` and its derivative in `differentiate`, which both
    work in place.

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
    A(z) and its derivative A′(z) on a plain array, which is not modified:

    >>> from sknn_scratch.engine.activations import Tanh
    >>> tanh = Tanh()
    >>> tanh([0.0, 1.0]).round(2).tolist()
    [0.0, 0.76]
    >>> tanh.derivative([0.0, 1.0]).round(2).tolist()
    [1.0, 0.42]

    During training both are computed in place. A gradient of ones that is passed back
    becomes the derivative:

    >>> import numpy as np
    >>> z, delta = np.array([0.0, 1.0]), np.ones(2)
    >>> tanh.activate(z, None)
    >>> z.round(2).tolist()
    [0.0, 0.76]
    >>> tanh.differentiate(z, delta, None)
    >>> delta.round(2).tolist()
    [1.0, 0.42]
    """

    overwrites: ClassVar[bool] = True
    needs_cache: ClassVar[bool] = False
    flat_at_zero: ClassVar[bool] = False
    glorot_factor: ClassVar[float] = 6.0

    def __call__(self, z: ArrayLike) -> np.ndarray:
        """Return A(z) without modifying z.

        Parameters
        ----------
        z : float or array-like of any shape
            Values to apply A to.

        Returns
        -------
        values : ndarray of the same shape
            A(z), of float32 if z is float32, or else of float64.

        Raises
        ------
        TypeError
            If z is sparse or not made of real numbers.
        ValueError
            If values of z are masked.
        """
        return self._value_and_derivative(z)[0]

    def derivative(self, z: ArrayLike) -> np.ndarray:
        """Return A′(z) without modifying z.

        Parameters
        ----------
        z : float or array-like of any shape
            Points at which to compute the derivative.

        Returns
        -------
        derivatives : ndarray of the same shape
            A′(z), of float32 if z is float32, or else of float64.

        Raises
        ------
        TypeError
            If z is sparse or not made of real numbers.
        ValueError
            If values of z are masked.
        """
        return self._value_and_derivative(z)[1]

    def _value_and_derivative(self, z: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return A(z) and A′(z), computed as in training: for a batch of rows."""
        copy = floats("z", z)
        shape, output = copy.shape, copy.reshape(-1, 1)
        cache = np.empty_like(output) if self.needs_cache else None
        delta = np.ones_like(output)
        self.activate(output, cache)
        value = output.copy()
        self.differentiate(output, delta, cache)
        return value.reshape(shape), delta.reshape(shape)

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
    """Identity function, A(z) = z.

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
