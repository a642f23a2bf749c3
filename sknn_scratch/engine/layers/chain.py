"""Chains: layers applied one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, ClassVar

import numpy as np

from .base import Layer, Shape, as_tuple
from .checks import backward_of, forward_of, is_user_defined, output_shape_of
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class Chain(Layer):
    """Chain of layers, y = L_n(… L_2(L_1(x)) …).

    Parameters
    ----------
    layers : sequence of Layer or int
        L_1 to L_n. A number of units means a dense layer, and is allowed in
        `hidden_layer_sizes` of an estimator only.

    Examples
    --------
    >>> from sknn_scratch.engine.activations import Relu
    >>> from sknn_scratch.engine.layers import Chain, Dense
    >>> Chain([Dense(5), Relu(), Dense(2)]).output_shape((3,))
    (2,)
    """

    layers: Sequence[Any]

    accepts_sparse: ClassVar[bool] = True
    layers_field: ClassVar[str] = "layers"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", as_tuple("Chain", self.layers))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the last output."""
        for layer in self.layers:
            input_shape = output_shape_of(layer, input_shape)
        return input_shape

    def children(self, input_shape: Shape) -> list[tuple[Layer, Shape]]:
        """Return the layers."""
        children = []
        for layer in self.layers:
            children.append((layer, input_shape))
            input_shape = output_shape_of(layer, input_shape)
        return children

    def for_prediction(self) -> "Chain":
        """Return the layers in one chain, without nested chains."""
        return replace(self, layers=tuple(super().for_prediction().flat()))

    def flat(self, with_noise: bool = True) -> Iterator[Layer]:
        """Yield the layers, with the layers of nested chains in place of these.

        Parameters
        ----------
        with_noise : bool, default=True
            Whether to include layers that are active in training only.

        Yields
        ------
        layer : Layer
            The next layer.
        """
        for layer in self.layers:
            if type(layer) is Chain:  # a subclass may do something else
                yield from layer.flat(with_noise)
            elif with_noise or not layer.training_only:
                yield layer

    def arrange(self, place: Place) -> None:
        """Insert copies where a layer overwrites an input that another layer needs."""
        layers = _pooled_first(list(self.flat(place.with_noise)))
        if place.may_be_sparse and all(layer.preserves_sparse for layer in layers):
            layers.append(AsArray())  # the output of a chain is never sparse
        shape, factor = place.input_shape, 1.0
        last: Any = None
        owned, wanted = place.may_overwrite_input, place.needs_input_grad
        may_be_sparse = place.may_be_sparse
        place.steps, place.trained = [], []
        for layer, after in zip_longest(layers, layers[1:]):
            chosen = [layer]
            if layer.overwrites and not owned:
                chosen.insert(0, Copy())
            if may_be_sparse and not layer.accepts_sparse:
                chosen.insert(0, AsArray())
            for one in chosen:  # only the last of them multiplies by the factor
                last = place.put(
                    one,
                    shape,
                    before=last,
                    after=after,
                    factor=factor,
                    may_overwrite_input=owned,
                    needs_input_grad=wanted,
                    may_be_sparse=may_be_sparse,
                )
                place.steps.append(last)
                owned = not one.caches_output
            if last.is_trained or wanted:
                place.trained.append(len(place.steps) - 1)
            wanted = wanted or last.is_trained
            may_be_sparse = may_be_sparse and layer.preserves_sparse
            shape, factor = last.output_shape, last.factor_left

    def prepare(self, ctx: Pass) -> None:
        """Bind the layers."""
        ctx.steps = [ctx.bind(place) for place in ctx.steps]
        ctx.last = ctx.steps[-1] if ctx.steps else ctx
        ctx.forwards = [(forward_of(step), step) for step in ctx.steps]
        if ctx.trains:
            back = [ctx.steps[i] for i in reversed(ctx.trained)]
            ctx.backwards = [(backward_of(step), step) for step in back]

    def forward(self, x: Any, ctx: Pass) -> Any:
        """Run the layers forward."""
        for forward, step in ctx.forwards:
            x = forward(x, step)
        return x

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Run the layers backward, as far as a gradient is needed."""
        for backward, step in ctx.backwards:
            delta = backward(delta, step)
        return delta


def _pooled_first(layers: list[Layer]) -> list[Layer]:
    """Move monotone activations behind max pooling, where there are fewer values.

    A user's subclass inherits both attributes but may compute something else.
    """
    layers = list(layers)
    for i in range(len(layers) - 1):
        one, after = layers[i : i + 2]
        commute = one.is_monotone and after.is_maximum
        if commute and not (is_user_defined(one) or is_user_defined(after)):
            layers[i : i + 2] = after, one
    return layers


@dataclass(frozen=True, repr=False)
class AsArray(Layer):
    """y = x, as an ndarray."""

    accepts_sparse: ClassVar[bool] = True

    def forward(self, x: Any, ctx: Pass) -> np.ndarray:
        """Return x as an ndarray."""
        array: np.ndarray = x if isinstance(x, np.ndarray) else x.toarray()
        return array

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return delta unchanged."""
        return delta


@dataclass(frozen=True, repr=False)
class Copy(Layer):
    """y = x in a new array, for a layer that overwrites its input."""

    caches_output: ClassVar[bool] = False

    def prepare(self, ctx: Pass) -> None:
        """Allocate the copy."""
        ctx.output = ctx.empty(*ctx.input_shape)

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Copy x."""
        np.copyto(ctx.output, x)
        return ctx.output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return delta unchanged."""
        return delta
