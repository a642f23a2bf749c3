"""The base class of all layers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from .checks import is_shape
from .passes import Pass, Place

Shape = tuple[int, ...]
Shapes = dict[str, Shape]


@dataclass(frozen=True, repr=False)
class Layer:
    """A differentiable step of a network.

    A layer is a subclass: a frozen dataclass whose fields are its settings, so that
    layers can be compared, copied and searched over. It has to define `forward` and
    `backward`; the other methods have defaults for a layer without parameters whose
    output has the shape of its input.

    Attributes
    ----------
    overwrites : bool
        Whether `forward` writes over its input. The layer is then given a copy if
        another layer still reads the input.
    caches_output : bool
        Whether `backward` reads the output, so that no other layer may overwrite it.
    accepts_sparse : bool
        Whether `forward` and `backward` can work with a CSR input. If not, the layer
        is given an ndarray.
    preserves_sparse : bool
        Whether the output of a CSR input is one, too.
    applies_factor : bool
        Whether `forward` multiplies its input by the `factor` of its pass.
    is_stochastic : bool
        Whether it takes random numbers while training.
    training_only : bool
        Whether predictions leave it out.
    is_monotone : bool
        Whether it works on each value by itself, with a function that never decreases.
    is_maximum : bool
        Whether each value that it puts out is the largest of some inputs.
    layers_field : str
        The name of the field that has the layers inside, if there are any.

    Examples
    --------
    y = x ∘ s, with a trainable factor for every input:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import Layer
    >>> from sknn_scratch.engine.network import Network
    >>> @dataclass(frozen=True)
    ... class Scale(Layer):
    ...     def parameter_shapes(self, input_shape):
    ...         return {}, {"scale": input_shape}
    ...
    ...     def initialize(self, ctx, random_state):
    ...         ctx.scale[...] = 1
    ...
    ...     def forward(self, x, ctx):
    ...         ctx.input = x
    ...         return x * ctx.scale
    ...
    ...     def backward(self, delta, ctx):
    ...         ctx.d_scale[...] = (delta * ctx.input).sum(axis=0)
    ...         return delta * ctx.scale
    >>> network = Network(2, [Scale()])
    >>> network.initialize(np.random.RandomState(0))
    >>> network.raw(np.array([[2.0, 3.0]])).tolist()
    [[2.0, 3.0]]
    """

    overwrites: ClassVar[bool] = False
    caches_output: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = False
    preserves_sparse: ClassVar[bool] = False
    applies_factor: ClassVar[bool] = False
    is_stochastic: ClassVar[bool] = False
    training_only: ClassVar[bool] = False
    is_monotone: ClassVar[bool] = False
    is_maximum: ClassVar[bool] = False
    layers_field: ClassVar[str] = ""

    def __repr__(self) -> str:
        """Return how the layer is written, without settings that are by default."""
        settings = []
        for i, field in enumerate(fields(self)):
            value = getattr(self, field.name)
            if value != field.default:
                # Layers are written as a list, sizes as a tuple.
                is_size = field.name != self.layers_field and is_shape(value)
                if isinstance(value, tuple) and not is_size:
                    value = list(value)
                settings.append(f"{field.name}={value!r}" if i else repr(value))
        return f"{type(self).__name__}({', '.join(settings)})"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for a sample.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of the input for a sample.

        Returns
        -------
        output_shape : tuple of int
            The same, if a layer does not say otherwise.

        Raises
        ------
        ValueError
            If the layer cannot work with such an input.
        """
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """Return the names and shapes of the parameters.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of the input for a sample.

        Returns
        -------
        weights : dict of str to tuple of int
            Those that `alpha` and weight decay draw towards zero.
        biases : dict of str to tuple of int
            All others.
        """
        return {}, {}

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Set the parameters that training starts from; all are zero before.

        Parameters
        ----------
        ctx : Pass
            With the parameters to overwrite.
        random_state : numpy.random.RandomState
            The stream to draw from.
        """

    def arrange(self, place: Place) -> None:
        """Decide what depends on the neighbors, once for a network.

        Parameters
        ----------
        place : Place
            With all that is known of the network. What is added to it, every pass has.
        """

    def prepare(self, ctx: Pass) -> None:
        """Put the arrays to write into in a pass, once for every size of batch.

        Parameters
        ----------
        ctx : Pass
            With all that is said in `Place` and `Pass`.
        """

    def forward(self, x: Any, ctx: Pass) -> Any:
        """Return the output.

        Parameters
        ----------
        x : ndarray with a row for each sample
            The input, each row of `input_shape`. Not to be overwritten, unless the
            layer `overwrites`.
        ctx : Pass
            For `backward`, the place to keep what it needs.

        Returns
        -------
        output : ndarray with a row for each sample
            Each row of `output_shape`. An array that may be overwritten, unless the
            layer `caches_output`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward.")

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Compute the gradients of the parameters and return that of the input.

        Parameters
        ----------
        delta : ndarray of the shape of the output
            ∂J/∂output. May be overwritten.
        ctx : Pass
            As `forward` has left it.

        Returns
        -------
        delta : ndarray of the shape of the input
            ∂J/∂input; anything where it is not wanted.
        """
        raise NotImplementedError(f"{type(self).__name__} must define backward.")

    def children(self, input_shape: Shape) -> list[tuple["Layer", Shape]]:
        """Return the layers that the layer consists of, and the shapes of their inputs.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of the input for a sample.

        Returns
        -------
        children : list of tuple (layer, input_shape)
            From the first to the last; empty if the layer contains no others.
        """
        return []

    def replaced(self, change: Callable[[list[Any]], list[Any]]) -> Any:
        """Return the layer with its own layers changed.

        Parameters
        ----------
        change : callable
            Takes a list of layers, or numbers of units, that follow one another;
            returns those to put there.

        Returns
        -------
        layer : Layer
            The layer itself if it contains no others.
        """
        if not self.layers_field:
            return self
        return replace(self, **{self.layers_field: tuple(change(list(inside(self))))})

    def for_prediction(self) -> Any:
        """Return what the layer comes to once it is trained.

        Returns
        -------
        layer : Layer or None
            Equal for layers that compute the same with the same parameters, without
            settings that predictions do not depend on; None if it does nothing.
        """
        if self.training_only:
            return None
        return self.replaced(predicting)


def predicting(layers: list[Any]) -> list[Any]:
    """Return what layers come to once they are trained.

    Parameters
    ----------
    layers : list of Layer
        One after another.

    Returns
    -------
    layers : list of Layer
        Without those that only train.
    """
    found = [layer.for_prediction() for layer in layers]
    return [layer for layer in found if layer is not None]


def leaves(layer: Layer, input_shape: Shape) -> Iterator[tuple[Layer, Shape]]:
    """Yield the layers that contain no others, in order.

    Parameters
    ----------
    layer : Layer
        Where to look.
    input_shape : tuple of int
        The shape of its input for a sample.

    Yields
    ------
    leaf : Layer
        The next layer.
    input_shape : tuple of int
        The shape of its input for a sample.
    """
    children = layer.children(input_shape)
    if not children:
        yield layer, input_shape
    for child, shape in children:
        yield from leaves(child, shape)


def numbers_in(layer: Layer) -> list[int]:
    """Return the numbers of units that stand for layers inside a layer.

    Parameters
    ----------
    layer : Layer
        Where to look.

    Returns
    -------
    numbers : list of int
        From the first layer to the last.
    """
    found: list[int] = []
    for one in inside(layer):
        found += numbers_in(one) if isinstance(one, Layer) else [one]
    return found


def anywhere(layer: Layer, holds: Callable[[Layer], bool]) -> bool:
    """Return whether a condition holds for a layer, or for one inside.

    Parameters
    ----------
    layer : Layer
        Where to look.
    holds : callable
        Takes a layer, returns whether the condition holds for it alone.

    Returns
    -------
    found : bool
        Whether there is such a layer.
    """
    return holds(layer) or any(anywhere(one, holds) for one in inside(layer))


def differs_in_training(layer: Layer) -> bool:
    """Return whether a layer, or one inside, does something else in training.

    Parameters
    ----------
    layer : Layer
        Where to look.

    Returns
    -------
    differs : bool
        True for layers that take random numbers, or that predictions leave out.
    """
    return anywhere(layer, lambda one: one.is_stochastic or one.training_only)


def inside(layer: Layer) -> Sequence[Any]:
    """Return the layers, and numbers of units, inside a layer.

    Parameters
    ----------
    layer : Layer
        Any layer.

    Returns
    -------
    inside : sequence of Layer or int
        Empty if it contains no others.
    """
    return getattr(layer, layer.layers_field) if layer.layers_field else ()


def as_tuple(name: str, layers: Any) -> tuple[Any, ...]:
    """Return layers as a tuple, checked.

    Parameters
    ----------
    name : str
        Who has them, for the error message.
    layers : sequence of Layer or int, or one of these
        Layers, or numbers of units.

    Returns
    -------
    layers : tuple
        The same.

    Raises
    ------
    ValueError
        If there is something else among them.
    """
    if isinstance(layers, np.ndarray):
        layers = layers.tolist()
    if is_layer(layers):
        layers = (layers,)
    is_sequence = isinstance(layers, Sequence)
    if not is_sequence or isinstance(layers, str) or not all(map(is_layer, layers)):
        raise ValueError(
            f"{name} must contain layers or numbers of units (ints >= 1 and < 2**31); "
            f"got {layers!r}. Pass a list of them, and write a nested list as "
            "Chain([...])."
        )
    return tuple(one if isinstance(one, Layer) else int(one) for one in layers)


def is_layer(value: Any) -> bool:
    """Return whether a value is a layer, or stands for one.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    is_layer : bool
        True for a layer, and for a number of units.
    """
    return isinstance(value, Layer) or is_count(value)


def is_count(value: Any) -> bool:
    """Return whether a value is an int >= 1 and < 2**31.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    is_count : bool
        True if it is.
    """
    is_int = isinstance(value, Integral) and not isinstance(value, bool)
    return is_int and 0 < value < 2**31
