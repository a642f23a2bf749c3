"""Runtime checks of user-defined layers. Layers of this package are tested instead."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .base import Layer, Shape, Shapes
    from .passes import Pass

_PACKAGE = __name__.split(".", maxsplit=1)[0] + "."


def is_user_defined(layer: Any) -> bool:
    """Return whether the class of a layer or optimizer is user-defined.

    Parameters
    ----------
    layer : Layer or Optimizer
        The layer.

    Returns
    -------
    is_user_defined : bool
        True if the class is not part of this package.
    """
    return not type(layer).__module__.startswith(_PACKAGE)


def output_shape_of(layer: "Layer", input_shape: "Shape") -> "Shape":
    """Return the checked output shape of a layer for one sample.

    Parameters
    ----------
    layer : Layer
        The layer.
    input_shape : tuple of int
        Shape of the input for one sample.

    Returns
    -------
    output_shape : tuple of int
        Value that the layer returns.

    Raises
    ------
    ValueError
        If the value has another type.
    """
    shape = layer.output_shape(input_shape)
    if is_user_defined(layer) and not is_shape(shape):
        raise ValueError(
            f"output_shape of {layer!r} must return a tuple of ints >= 1, such as "
            f"(64,); got {shape!r}."
        )
    if is_user_defined(layer) and layer.training_only and shape != input_shape:
        raise ValueError(
            "A layer with training_only = True must preserve the shape of its input; "
            f"got {shape} for {input_shape} of {layer!r}. Set training_only = False."
        )
    return shape


def parameter_shapes_of(
    layer: "Layer", input_shape: "Shape", taken: set[str]
) -> tuple["Shapes", "Shapes"]:
    """Return the checked names and shapes of the parameters of a layer.

    Parameters
    ----------
    layer : Layer
        The layer.
    input_shape : tuple of int
        Shape of the input for one sample.
    taken : set of str
        Names that parameters must not use.

    Returns
    -------
    weights, biases : dict of str to tuple of int
        Value that the layer returns.

    Raises
    ------
    ValueError
        If the value has another type, if names are not unique, or if they are
        attributes of a pass.
    """
    shapes = layer.parameter_shapes(input_shape)
    if not is_user_defined(layer):
        return shapes
    _check_settings(type(layer))
    if not (
        isinstance(shapes, tuple)
        and [type(one) for one in shapes] == [dict, dict]
        and all(is_shape(shape) for one in shapes for shape in one.values())
    ):
        raise ValueError(
            f"parameter_shapes of {layer!r} must return two dicts of names and shapes, "
            f"such as ({{}}, {{'scale': (64,)}}); got {shapes!r}."
        )
    names = [*shapes[0], *shapes[1]]
    all_names = [*names, *(f"d_{name}" for name in names)]
    if len(set(all_names)) < len(all_names) or taken.intersection(all_names):
        raise ValueError(
            "The parameter names of a layer must be unique, and different from the "
            f"attributes of Pass; got {names} of {layer!r}. Rename them in "
            "parameter_shapes."
        )
    if names and layer.training_only:
        raise ValueError(
            f"A layer with training_only = True must not have parameters; got {names} "
            f"of {layer!r}. Set training_only = False."
        )
    return shapes


def _check_settings(kind: type) -> None:
    """Raise a ValueError if layers of a class cannot be compared."""
    for cls in kind.__mro__[:-1]:
        if "__init__" in vars(cls) and "__dataclass_fields__" not in vars(cls):
            raise ValueError(
                "A layer must be a frozen dataclass, so that its settings can be "
                f"compared; got {cls.__name__}, which defines __init__. Declare its "
                "settings as fields, with @dataclass(frozen=True)."
            )


def is_shape(value: Any) -> bool:
    """Return whether a value is a tuple of ints >= 1.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    is_shape : bool
        True for such a tuple.
    """
    return isinstance(value, tuple) and all(
        isinstance(n, int | np.integer) and n >= 1 for n in value
    )


def forward_of(step: "Pass") -> Callable[..., Any]:
    """Return the forward function of a layer, with checks for user-defined layers.

    Parameters
    ----------
    step : Pass
        Pass of the layer.

    Returns
    -------
    forward : callable
        Function of the input and the pass.
    """
    if not is_user_defined(step.layer):
        return step.layer.forward
    return partial(_checked_forward, parameters_of(step))


def backward_of(step: "Pass") -> Callable[..., Any]:
    """Return the backward function of a layer, with checks for user-defined layers.

    Parameters
    ----------
    step : Pass
        Pass of the layer, with gradients.

    Returns
    -------
    backward : callable
        Function of the gradient of the output and the pass.
    """
    if not is_user_defined(step.layer):
        return step.layer.backward
    return partial(_checked_backward, parameters_of(step, "d_"))


def parameters_of(ctx: "Pass", prefix: str = "") -> dict[str, np.ndarray]:
    """Return the parameters of a layer, or their gradients, by name.

    Parameters
    ----------
    ctx : Pass
        Pass of the layer.
    prefix : {"", "d_"}, default=""
        Prefix of their names: "d_" for gradients.

    Returns
    -------
    parameters : dict of str to ndarray
        The arrays.
    """
    names = [prefix + name for name in (*ctx.weight_shapes, *ctx.bias_shapes)]
    return {name: getattr(ctx, name) for name in names}


def check_in_place(ctx: "Pass", method: str, arrays: dict[str, np.ndarray]) -> None:
    """Raise a ValueError if a layer has replaced arrays of its pass.

    Parameters
    ----------
    ctx : Pass
        Pass of the layer.
    method : str
        Name of the method that was called.
    arrays : dict of str to ndarray
        The arrays before the call.
    """
    for name, array in arrays.items():
        if getattr(ctx, name) is not array:
            raise ValueError(
                f"{method} of {ctx.layer!r} must write into ctx.{name}; got a new "
                f"array of that name. Write ctx.{name}[...] = …"
            )


def _checked_forward(parameters: dict[str, np.ndarray], x: Any, ctx: "Pass") -> Any:
    layer = ctx.layer
    if isinstance(x, np.ndarray) and not layer.overwrites:
        x = x.view()
        x.flags.writeable = False  # other layers need the input unchanged
    output = layer.forward(x, ctx)
    check_in_place(ctx, "forward", parameters)
    _check_returned(ctx, "forward", output, ctx.output_shape)
    if not (layer.overwrites or layer.caches_output) and np.may_share_memory(output, x):
        raise ValueError(
            f"caches_output of {layer!r} must be True, because forward returns its "
            "input or a view of it, which other layers must not overwrite; got False. "
            "Set caches_output = True, or return a copy."
        )
    return output


def _checked_backward(
    gradients: dict[str, np.ndarray], delta: np.ndarray, ctx: "Pass"
) -> np.ndarray:
    before = ctx.layer.backward(delta, ctx)
    check_in_place(ctx, "backward", gradients)
    if not ctx.needs_input_grad:
        return delta
    _check_returned(ctx, "backward", before, ctx.input_shape)
    return before


def _check_returned(ctx: "Pass", method: str, array: Any, shape: "Shape") -> None:
    """Raise a ValueError if a layer has returned another shape or dtype."""
    expected = (ctx.n_rows, *shape)
    if not isinstance(array, np.ndarray):
        got = repr(array)
    elif array.shape != expected or array.dtype != ctx.dtype:
        got = f"{array.shape} and {array.dtype}"
    else:
        return
    raise ValueError(
        f"{method} of {ctx.layer!r} must return an ndarray of shape {expected} and "
        f"dtype {ctx.dtype}; got {got}. Compare it with output_shape and ctx.dtype."
    )
