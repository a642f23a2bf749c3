"""Reshape: the same values in another shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from .base import Layer, Shape, is_count
from .passes import Pass


@dataclass(frozen=True, repr=False)
class Reshape(Layer):
    """Reshape each sample, with the values in the same order.

    The first layer for images and sequences: a row of features becomes an image of
    shape (height, width) or (height, width, channels), or a sequence of shape
    (n_steps, n_features).

    Parameters
    ----------
    shape : sequence of int
        Shape of the output for one sample, with the number of values of the input.

    Examples
    --------
    >>> from sknn_scratch.engine.layers import Reshape
    >>> Reshape((28, 28)).output_shape((784,))
    (28, 28)
    """

    shape: Sequence[int]

    def __post_init__(self) -> None:
        shape: Any = self.shape
        if isinstance(shape, np.ndarray):
            shape = shape.tolist()
        is_sequence = isinstance(shape, Sequence) and len(shape) > 0
        if not is_sequence or not all(map(is_count, shape)):
            raise ValueError(
                "shape must be a tuple of ints >= 1 and < 2**31, such as (28, 28); got "
                f"{shape!r}."
            )
        object.__setattr__(self, "shape", tuple(map(int, shape)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return `shape`."""
        shape = tuple(self.shape)
        if prod(shape) != prod(input_shape):
            raise ValueError(
                "shape of Reshape must have the same number of values as its input, "
                f"{prod(input_shape)}; got {shape}, which has {prod(shape)}."
            )
        return shape

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return a view of x."""
        return x.reshape(ctx.n_rows, *ctx.output_shape)

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return ∂J/∂y in the shape of x."""
        return delta.reshape(ctx.n_rows, *ctx.input_shape)
