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
    """Base class of layers, the differentiable steps of a network.

    Subclass it to define a layer: a frozen dataclass whose fields are its settings, so
    that layers can be compared, copied and searched over. A subclass must define
    `forward` and `backward`. The other methods have defaults for a layer without
    parameters whose output has the shape of its input.

    Attributes
    ----------
    overwrites : bool
        Whether `forward` overwrites its input. The layer then gets a copy if another
        layer still needs the input.
    caches_output : bool
        Whether `backward` needs the output, so that no other layer may overwrite it.
    accepts_sparse : bool
        Whether `forward` and `backward` support a CSR input. If not, the layer gets an
        ndarray.
    preserves_sparse : bool
        Whether the output for a CSR input is a CSR matrix as well.
    applies_factor : bool
        Whether `forward` multiplies its input by the `factor` of its pass.
    is_stochastic : bool
        Whether the layer uses random numbers in training.
    training_only : bool
        Whether the layer is skipped in prediction, such as dropout.
    is_monotone : bool
        Whether it applies a non-decreasing function to each value separately.
    is_maximum : bool
        Whether each output is the maximum of some inputs.
    layers_field : str
        Name of the field with the inner layers; empty without inner layers.

    Examples
    --------
    y = x ∘ s, with a trainable scale for every input:

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
        """Return the expression that makes the layer, without default settings."""
        settings = []
        for i, field in enumerate(fields(self)):
            value = getattr(self, field.name)
            if value != field.default:
                # Layers are shown as a list, sizes as a tuple.
                is_size = field.name != self.layers_field and is_shape(value)
                if isinstance(value, tuple) and not is_size:
                    value = list(value)
                settings.append(f"{field.name}={value!r}" if i else repr(value))
        return f"{type(self).__name__}({', '.join(settings)})"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for one sample.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input for one sample.

        Returns
        -------
        output_shape : tuple of int
            By default, `input_shape`.

        Raises
        ------
        ValueError
            If the layer does not support this shape.
        """
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """Return the names and shapes of the parameters.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input for one sample.

        Returns
        -------
        weights : dict of str to tuple of int
            Parameters that the penalty `alpha` and weight decay apply to.
        biases : dict of str to tuple of int
            All other parameters.
        """
        return {}, {}

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Set the initial parameters; without it they are zero.

        Parameters
        ----------
        ctx : Pass
            Pass with the parameters to overwrite.
        random_state : numpy.random.RandomState
            Source of random numbers.
        """

    def arrange(self, place: Place) -> None:
        """Make decisions that depend on the neighboring layers, once per network.

        Parameters
        ----------
        place : Place
            Position of the layer in the network. Attributes set here are part of every
            pass.
        """

    def prepare(self, ctx: Pass) -> None:
        """Allocate the arrays of a pass, once for every batch size.

        Parameters
        ----------
        ctx : Pass
            Pass with the attributes of `Place` and `Pass`.
        """

    def forward(self, x: Any, ctx: Pass) -> Any:
        """Compute the output.

        Parameters
        ----------
        x : ndarray with a row for each sample
            Input, each row of `input_shape`. It must not be overwritten unless the
            layer `overwrites`.
        ctx : Pass
            Context to store what `backward` needs.

        Returns
        -------
        output : ndarray with a row for each sample
            Output, each row of `output_shape`. Other layers may overwrite it unless the
            layer `caches_output`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward.")

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Compute the gradients of the parameters and return that of the input.

        Parameters
        ----------
        delta : ndarray of the shape of the output
            ∂J/∂output; may be overwritten.
        ctx : Pass
            Context that `forward` has filled.

        Returns
        -------
        delta : ndarray of the shape of the input
            ∂J/∂input; any array if ``ctx.needs_input_grad`` is False.
        """
        raise NotImplementedError(f"{type(self).__name__} must define backward.")

    def children(self, input_shape: Shape) -> list[tuple["Layer", Shape]]:
        """Return the inner layers and the shapes of their inputs.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input for one sample.

        Returns
        -------
        children : list of tuple (layer, input_shape)
            From first to last; empty without inner layers.
        """
        return []

    def replaced(self, change: Callable[[list[Any]], list[Any]]) -> Any:
        """Return the layer with changed inner layers.

        Parameters
        ----------
        change : callable
            Function of a list of consecutive layers, or numbers of units, that returns
            the list to replace it.

        Returns
        -------
        layer : Layer
            The layer itself without inner layers.
        """
        if not self.layers_field:
            return self
        return replace(self, **{self.layers_field: tuple(change(list(inside(self))))})

    def for_prediction(self) -> Any:
        """Return the layer as it is used in prediction.

        Returns
        -------
        layer : Layer or None
            Layer without settings that do not affect predictions, so that layers with
            the same predictions are equal; None if the layer is skipped.
        """
        if self.training_only:
            return None
        return self.replaced(predicting)


def predicting(layers: list[Any]) -> list[Any]:
    """Return layers as they are used in prediction.

    Parameters
    ----------
    layers : list of Layer
        Consecutive layers.

    Returns
    -------
    layers : list of Layer
        Layers without those that are active in training only.
    """
    found = [layer.for_prediction() for layer in layers]
    return [layer for layer in found if layer is not None]


def leaves(layer: Layer, input_shape: Shape) -> Iterator[tuple[Layer, Shape]]:
    """Yield the layers without inner layers, in order.

    Parameters
    ----------
    layer : Layer
        Layer to search.
    input_shape : tuple of int
        Shape of its input for one sample.

    Yields
    ------
    leaf : Layer
        The next layer.
    input_shape : tuple of int
        Shape of its input for one sample.
    """
    children = layer.children(input_shape)
    if not children:
        yield layer, input_shape
    for child, shape in children:
        yield from leaves(child, shape)


def numbers_in(layer: Layer) -> list[int]:
    """Return the numbers of units (ints) among the inner layers of a layer.

    Parameters
    ----------
    layer : Layer
        Layer to search.

    Returns
    -------
    numbers : list of int
        From first to last.
    """
    found: list[int] = []
    for one in inside(layer):
        found += numbers_in(one) if isinstance(one, Layer) else [one]
    return found


def anywhere(layer: Layer, holds: Callable[[Layer], bool]) -> bool:
    """Return whether a condition holds for a layer or one of its inner layers.

    Parameters
    ----------
    layer : Layer
        Layer to search.
    holds : callable
        Function of a layer that returns whether the condition holds for it.

    Returns
    -------
    found : bool
        True if there is such a layer.
    """
    return holds(layer) or any(anywhere(one, holds) for one in inside(layer))


def differs_in_training(layer: Layer) -> bool:
    """Return whether a layer or an inner layer behaves differently in training.

    Parameters
    ----------
    layer : Layer
        Layer to search.

    Returns
    -------
    differs : bool
        True for stochastic layers and layers that are active in training only.
    """
    return anywhere(layer, lambda one: one.is_stochastic or one.training_only)


def inside(layer: Layer) -> Sequence[Any]:
    """Return the inner layers, and numbers of units, of a layer.

    Parameters
    ----------
    layer : Layer
        Any layer.

    Returns
    -------
    inside : sequence of Layer or int
        Empty without inner layers.
    """
    return getattr(layer, layer.layers_field) if layer.layers_field else ()


def as_tuple(name: str, layers: Any) -> tuple[Any, ...]:
    """Return layers as a checked tuple.

    Parameters
    ----------
    name : str
        Name of the container, for the error message.
    layers : sequence of Layer or int, or one of these
        Layers or numbers of units.

    Returns
    -------
    layers : tuple
        The same layers.

    Raises
    ------
    ValueError
        If an entry is neither a layer nor a number of units.
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
    """Return whether a value is a layer or a number of units.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    is_layer : bool
        True for a layer and for a number of units.
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
