"""Dense (fully connected) layers: every unit has a weight for every input."""

from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar

import numpy as np

from ..initializers import Initializer, check_initializer, drawn
from ..kernels import multiply, product, transposed_product
from .base import Layer, Shape, Shapes, is_count
from .passes import Pass


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """Fully connected layer, z = x W + b.

    It is called ``Linear`` in PyTorch. An image or a sequence is flattened to a vector
    first.

    Parameters
    ----------
    n_units : int >= 1
        Number of units; each is a column of W.
    has_biases : bool, default=True
        Whether the layer has biases b.
    weight_init : Initializer or str, optional
        Initializer of W and b: an instance, or a name that the parameter `weight_init`
        of the estimators accepts. By default, the initializer of the estimator, or
        `GlorotUniform` in a `Network` without an estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(2, [Dense(1)])
    >>> network.params[:] = [1, -1, 10]
    >>> network.raw(np.array([[5.0, 2.0]])).tolist()
    [[13.0]]
    """

    n_units: int
    has_biases: bool = True
    weight_init: Initializer | str | None = None

    caches_output: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    applies_factor: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not is_count(self.n_units):
            raise ValueError(
                f"n_units must be an int >= 1 and < 2**31; got {self.n_units!r}."
            )
        object.__setattr__(self, "n_units", int(self.n_units))
        if not isinstance(self.has_biases, bool):
            raise ValueError(f"has_biases must be a bool; got {self.has_biases!r}.")
        check_initializer(self.weight_init)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the number of units."""
        return (self.n_units,)

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """Return the shapes of W, one row per input and one column per unit, and b."""
        biases: Shapes = {"biases": (self.n_units,)} if self.has_biases else {}
        return {"weights": (prod(input_shape), self.n_units)}, biases

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Draw W, then b."""
        shape = ctx.weights.shape
        ctx.weights[...], biases = drawn(self.weight_init, random_state, shape)
        if self.has_biases:
            ctx.biases[...] = biases

    def prepare(self, ctx: Pass) -> None:
        """Allocate z and ∂J/∂x."""
        ctx.output = ctx.empty(self.n_units)
        ctx.flattens = len(ctx.input_shape) != 1
        if ctx.trains:
            ctx.ones = np.ones(ctx.n_rows, ctx.dtype)
        if ctx.trains and ctx.needs_input_grad:
            ctx.transposed = ctx.weights.T
            ctx.d_input = ctx.empty(len(ctx.weights))

    def forward(self, x: Any, ctx: Pass) -> np.ndarray:
        """Return z = x W + b."""
        if ctx.flattens:
            x = x.reshape(ctx.n_rows, -1)
        ctx.input = x
        product(x, ctx.weights, ctx.output)
        multiply(ctx.output, ctx.factor)
        if self.has_biases:
            ctx.output += ctx.biases
        return ctx.output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """∂J/∂b = Σ_i δ_i, ∂J/∂W = xᵀ δ and ∂J/∂x = δ Wᵀ."""
        if self.has_biases:
            # This product is three times faster than delta.sum(axis=0).
            np.dot(ctx.ones, delta, out=ctx.d_biases)
        multiply(delta, ctx.factor)
        transposed_product(ctx.input, delta, ctx.d_weights)
        if ctx.needs_input_grad:
            delta = np.dot(delta, ctx.transposed, out=ctx.d_input)
            if ctx.flattens:
                delta = delta.reshape(ctx.n_rows, *ctx.input_shape)
        return delta

    def for_prediction(self) -> "Dense":
        """Return the layer without its initializer."""
        return replace(self, weight_init=None)
