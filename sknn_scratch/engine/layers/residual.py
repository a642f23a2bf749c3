"""Residual blocks: layers with a skip connection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..initializers import Initializer
from .base import Layer, Shape, as_tuple
from .chain import AsArray, Chain
from .dense import Dense
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class Residual(Layer):
    """Residual block, y = F(x) + x, or F(x) + x W if F changes the number of values.

    Without W, the skip connection passes the gradient to x unchanged, which prevents
    vanishing gradients in deep networks (He, Zhang, Ren and Sun, 2016, arXiv
    1512.03385).

    Parameters
    ----------
    layers : sequence of Layer or int
        F, a chain. A number of units means a dense layer, and is allowed in
        `hidden_layer_sizes` of an estimator only.
    weight_init : Initializer or str, optional
        Initializer of W, as in `Dense`.

    Examples
    --------
    >>> from sknn_scratch.engine.layers import Dense, Residual
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(3, [Residual([Dense(3)]), Residual([Dense(2)])])
    >>> [weights.shape for weights in network.weights]  # F, then F and W
    [(3, 3), (3, 2), (3, 2)]
    """

    layers: Sequence[Any]
    weight_init: Initializer | str | None = None

    caches_output: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    layers_field: ClassVar[str] = "layers"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", as_tuple("Residual", self.layers))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of F(x)."""
        shape = Chain(self.layers).output_shape(input_shape)
        if shape != input_shape and (len(shape) > 1 or len(input_shape) > 1):
            raise ValueError(
                "The layers of Residual must preserve the shape of images and "
                f"sequences; got {shape} for {input_shape} of "
                f"{self.for_prediction()!r}. Set padding='same' in its convolutions "
                "and return_sequences=True in its LSTMs, with one filter for each "
                "input channel and one unit for each input feature. An image with one "
                "channel needs Reshape((height, width, 1))."
            )
        return shape

    def children(self, input_shape: Shape) -> list[tuple[Layer, Shape]]:
        """Return F, and the projection by W if there is one."""
        shape = self.output_shape(input_shape)
        children: list[tuple[Layer, Shape]] = [(Chain(self.layers), input_shape)]
        if shape != input_shape:
            projection = Dense(shape[0], False, self.weight_init)
            children.append((projection, input_shape))
        return children

    def for_prediction(self) -> "Residual":
        """Return the block with F as one chain."""
        layers = Chain(self.layers).for_prediction().layers
        return replace(self, layers=layers, weight_init=None)

    def arrange(self, place: Place) -> None:
        """Place F and the skip connection."""
        inside, *past = self.children(place.input_shape)
        projection = past[0] if past else (AsArray(), place.input_shape)
        place.inside = place.put_inside(*inside)
        place.past = place.put_inside(*projection)

    def prepare(self, ctx: Pass) -> None:
        """Bind both branches, and allocate their sum."""
        ctx.inside, ctx.past = ctx.bind(ctx.inside), ctx.bind(ctx.past)
        ctx.output = ctx.empty(*ctx.output_shape)
        if ctx.trains:
            ctx.delta = ctx.empty(*ctx.output_shape)

    def forward(self, x: Any, ctx: Pass) -> np.ndarray:
        """Return y = F(x) + x W, or F(x) + x without W."""
        inside, past = ctx.inside.forward(x), ctx.past.forward(x)
        return np.add(inside, past, out=ctx.output)

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return ∂J/∂x, the sum of the gradients through F and the skip connection."""
        np.copyto(ctx.delta, delta)  # F may overwrite it
        inside, past = ctx.inside.backward(delta), ctx.past.backward(ctx.delta)
        if ctx.needs_input_grad:
            inside += past
        return inside
