"""What layers work with.

A layer only has settings. A `Place` is what is known of it once it is part of a
network. A `Pass` is a layer at work on batches of one size.
"""

from collections.abc import Iterator
from itertools import count
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .checks import is_user_defined, output_shape_of, parameter_shapes_of

if TYPE_CHECKING:
    from .base import Layer, Shape, Shapes
    from .binding import Binding


class Place:
    """Where a layer stands in a network.

    A layer that contains others adds their places in `Layer.arrange`.

    Attributes
    ----------
    layer : Layer
        The layer.
    number : int
        Different for every layer of a network.
    numbers : iterator of int
        Where the next number comes from.
    input_shape, output_shape : tuple of int
        Of one sample.
    weight_shapes, bias_shapes : dict of str to tuple of int
        The names and shapes of its parameters.
    parts : list of Place
        The places of the layers inside, from first to last.
    widest : int
        The largest number of values that the layer, or one inside, puts out.
    product_rows : int
        The largest number of rows that a sample has in the matrix products of the
        layer, or of one inside.
    with_noise : bool
        Whether there are random numbers, for layers that take some.
    is_trained : bool
        Whether the layer, or one inside, has parameters.
    needs_input_grad : bool
        Whether `backward` has to return the gradient of the input.
    may_overwrite_input : bool
        Whether `forward` may overwrite its input.
    may_be_sparse : bool
        Whether the input may be a CSR matrix.
    factor : float
        What the input has to be multiplied by: 1, except for a layer that
        `applies_factor` after dropout.
    factor_left : float
        What the layer leaves to the one after it to multiply by.
    before : Place or None
        That of the layer before, if there is one.
    after : Layer or None
        The layer after, if there is one.
    """

    layer: "Layer"
    input_shape: "Shape"
    output_shape: "Shape"
    weight_shapes: "Shapes"
    bias_shapes: "Shapes"
    parts: "list[Place]"
    widest: int = 0
    product_rows: int = 1
    with_noise: bool
    numbers: Iterator[int]
    is_trained: bool = False
    needs_input_grad: bool = False
    may_overwrite_input: bool = False
    may_be_sparse: bool = False
    factor: float = 1.0
    factor_left: float = 1.0
    before: "Place | None" = None
    after: "Layer | None" = None

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    if TYPE_CHECKING:  # a layer puts here what it likes

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    @classmethod
    def first(
        cls,
        layer: "Layer",
        input_shape: "Shape",
        with_noise: bool = False,
    ) -> "Place":
        """Return the place of all layers of a network together.

        Parameters
        ----------
        layer : Layer
            What they are together.
        input_shape : tuple of int
            The shape of the features of a sample.
        with_noise : bool, default=False
            As in `Place`.

        Returns
        -------
        place : Place
            With the places of all inside.
        """
        whole = cls(with_noise=with_noise, numbers=count(), parts=[])
        return whole.put(layer, input_shape, may_be_sparse=True)

    def put(self, layer: "Layer", input_shape: "Shape", **neighbors: Any) -> "Place":
        """Return the place of a layer inside. Put `children` from first to last.

        Parameters
        ----------
        layer : Layer
            The layer. Wrap it in a `Chain` if it overwrites its input, takes no sparse
            input or only trains: a chain handles these, `put` does not.
        input_shape : tuple of int
            The shape of its input for a sample.
        **neighbors
            Attributes that are not what they are by default.

        Returns
        -------
        place : Place
            Arranged by the layer.
        """
        weights, biases = parameter_shapes_of(layer, input_shape, _TAKEN)
        output_shape = output_shape_of(layer, input_shape)
        place = Place(
            layer=layer,
            number=next(self.numbers),
            input_shape=input_shape,
            output_shape=output_shape,
            weight_shapes=weights,
            bias_shapes=biases,
            parts=[],
            widest=prod(output_shape),
            with_noise=self.with_noise,
            numbers=self.numbers,
            is_trained=bool(weights or biases),
            **neighbors,
        )
        layer.arrange(place)
        self.parts.append(place)
        self.is_trained = self.is_trained or place.is_trained
        self.widest = max(self.widest, place.widest)
        self.product_rows = max(self.product_rows, place.product_rows)
        return place

    def leaves(self) -> "Iterator[Place]":
        """Yield the places of the layers that contain no others, in order.

        Yields
        ------
        leaf : Place
            The next one; this one, if there is nothing inside.
        """
        if not self.parts:
            yield self
        for place in self.parts:
            yield from place.leaves()

    def put_inside(self, layer: "Layer", input_shape: "Shape") -> "Place":
        """Return the place of a layer that is given what this one is given.

        Parameters
        ----------
        layer : Layer
            The layer, which must not overwrite its input.
        input_shape : tuple of int
            The shape of its input for a sample.

        Returns
        -------
        place : Place
            Arranged by the layer.
        """
        return self.put(
            layer,
            input_shape,
            needs_input_grad=self.needs_input_grad,
            may_be_sparse=self.may_be_sparse,
        )


class Pass(Place):
    """A layer at work on batches of one size: what `forward` and `backward` share.

    It has all attributes of the layer's `Place`; its parameters, under the names that
    `parameter_shapes` gives them; their gradients, under the same names after ``d_``;
    and the arrays that the layer has put here in `prepare`, to write into without
    allocating anything in a step.

    Attributes
    ----------
    trains : bool
        Whether `backward` is going to be called. If not, there are no gradients.
    n_rows : int
        Number of samples in a batch.
    dtype : dtype
        Of all arrays.
    noise : Noise or None
        Where random numbers come from; None where there must be none.
    """

    binding: "Binding"
    trains: bool
    n_rows: int
    dtype: np.dtype
    noise: Any

    def forward(self, x: Any) -> Any:
        """Let the layer go forward."""
        return self.layer.forward(x, self)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        """Let the layer go back."""
        return self.layer.backward(delta, self)

    def bind(self, place: Place) -> "Pass":
        """Return a pass of a layer inside this one. Bind layers from first to last.

        Parameters
        ----------
        place : Place
            That of the layer.

        Returns
        -------
        inner : Pass
            Prepared by the layer.
        """
        return self.binding.bind(place)

    def empty(self, *shape: int) -> np.ndarray:
        """Return an array to write into, with a row for every sample.

        Parameters
        ----------
        *shape : int
            Its shape without the first axis.

        Returns
        -------
        array : ndarray of shape (n_rows, …)
            Its values are not set.
        """
        shape = (self.n_rows, *shape)
        if is_user_defined(self.layer):  # which may fill it once, or ask in every step
            return np.empty(shape, self.dtype)
        return self.binding.empty(shape)


_TAKEN = {*dir(Pass), *Place.__annotations__, *Pass.__annotations__}
