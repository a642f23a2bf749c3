"""The context of a layer in a network.

A layer has settings only. A `Place` describes its position in a network. A `Pass` adds
the arrays for batches of one size.
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
    """The position of a layer in a network.

    A layer with inner layers adds their places in `Layer.arrange`.

    Attributes
    ----------
    layer : Layer
        The layer.
    number : int
        Number of the layer, unique in its network.
    numbers : iterator of int
        Counter for the numbers.
    input_shape, output_shape : tuple of int
        Shapes for one sample.
    weight_shapes, bias_shapes : dict of str to tuple of int
        Names and shapes of its parameters.
    parts : list of Place
        Places of the inner layers, from first to last.
    widest : int
        Largest number of output values of the layer or an inner layer.
    product_rows : int
        Largest number of rows per sample in the matrix products of the layer or an
        inner layer.
    with_noise : bool
        Whether stochastic layers are active.
    is_trained : bool
        Whether the layer or an inner layer has parameters.
    needs_input_grad : bool
        Whether `backward` must return the gradient of the input.
    may_overwrite_input : bool
        Whether `forward` may overwrite its input.
    may_be_sparse : bool
        Whether the input can be a CSR matrix.
    factor : float
        Factor of the input: 1, except for a layer that `applies_factor` after dropout.
    factor_left : float
        Factor that the next layer has to apply.
    before : Place or None
        Place of the previous layer, if any.
    after : Layer or None
        Next layer, if any.
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

    if TYPE_CHECKING:  # a layer may set any attribute

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    @classmethod
    def first(
        cls,
        layer: "Layer",
        input_shape: "Shape",
        with_noise: bool = False,
    ) -> "Place":
        """Return the place of a whole network.

        Parameters
        ----------
        layer : Layer
            The network as one layer.
        input_shape : tuple of int
            Shape of the features of one sample.
        with_noise : bool, default=False
            Whether stochastic layers are active.

        Returns
        -------
        place : Place
            Place with the places of all inner layers.
        """
        whole = cls(with_noise=with_noise, numbers=count(), parts=[])
        return whole.put(layer, input_shape, may_be_sparse=True)

    def put(self, layer: "Layer", input_shape: "Shape", **neighbors: Any) -> "Place":
        """Add the place of an inner layer. Call it for the `children` in order.

        Parameters
        ----------
        layer : Layer
            The layer. Wrap it in a `Chain` if it overwrites its input, does not accept
            a sparse input or is active in training only; `put` does not handle these
            cases.
        input_shape : tuple of int
            Shape of its input for one sample.
        **neighbors
            Attributes that differ from their defaults.

        Returns
        -------
        place : Place
            Place that the layer has arranged.
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
        """Yield the places of the layers without inner layers, in order.

        Yields
        ------
        leaf : Place
            The next place; this place if there are no inner layers.
        """
        if not self.parts:
            yield self
        for place in self.parts:
            yield from place.leaves()

    def put_inside(self, layer: "Layer", input_shape: "Shape") -> "Place":
        """Add the place of an inner layer with the same input as this one.

        Parameters
        ----------
        layer : Layer
            The layer, which must not overwrite its input.
        input_shape : tuple of int
            Shape of its input for one sample.

        Returns
        -------
        place : Place
            Place that the layer has arranged.
        """
        return self.put(
            layer,
            input_shape,
            needs_input_grad=self.needs_input_grad,
            may_be_sparse=self.may_be_sparse,
        )


class Pass(Place):
    """The context of a layer for batches of one size, named ``ctx`` in its methods.

    It has the attributes of the layer's `Place`, its parameters under the names given
    by `parameter_shapes`, their gradients under the same names after ``d_``, and the
    arrays that the layer has allocated in `prepare`, so that a step allocates nothing.

    Attributes
    ----------
    trains : bool
        Whether `backward` will be called. If not, there are no gradients.
    n_rows : int
        Number of samples in a batch.
    dtype : dtype
        Dtype of all arrays.
    noise : Noise or None
        Source of random numbers; None in prediction.
    """

    binding: "Binding"
    trains: bool
    n_rows: int
    dtype: np.dtype
    noise: Any

    def forward(self, x: Any) -> Any:
        """Run the layer forward."""
        return self.layer.forward(x, self)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        """Run the layer backward."""
        return self.layer.backward(delta, self)

    def bind(self, place: Place) -> "Pass":
        """Return the pass of an inner layer. Bind layers from first to last.

        Parameters
        ----------
        place : Place
            Place of the layer.

        Returns
        -------
        inner : Pass
            Pass that the layer has prepared.
        """
        return self.binding.bind(place)

    def empty(self, *shape: int) -> np.ndarray:
        """Return an uninitialized array with one row per sample.

        Parameters
        ----------
        *shape : int
            Shape without the first axis.

        Returns
        -------
        array : ndarray of shape (n_rows, …)
            Array in the dtype of the network.
        """
        shape = (self.n_rows, *shape)
        if is_user_defined(self.layer):  # it may rely on the content of its arrays
            return np.empty(shape, self.dtype)
        return self.binding.empty(shape)


_TAKEN = {*dir(Pass), *Place.__annotations__, *Pass.__annotations__}
