"""Conversion of parameters: names to instances, and arrays of weights."""

from dataclasses import fields

import numpy as np

from ..engine.activations import ACTIVATIONS


def from_registry(registry, choice, params):
    """Return an instance, or make one from its name.

    The settings come from the parameters with the same names.
    """
    if not isinstance(choice, str):
        return choice
    cls = registry[choice]
    names = [field.name for field in fields(cls) if field.name in params]
    return cls(**{name: params[name] for name in names})


def make(registry, choice):
    """Return an instance from a name or an instance."""
    return registry[choice]() if isinstance(choice, str) else choice


def name_of(activation):
    """Return the name of an activation, or its repr if it has settings."""
    for name, cls in ACTIVATIONS.items():
        if activation == cls():
            return name
    return repr(activation)


def assign(arrays, values, name):
    """Copy `values` into the arrays of a network, layer by layer.

    `name` is the name of the parameter or attribute, for the error message.
    """
    shapes = [array.shape for array in arrays]
    try:
        values = [np.asarray(value, dtype=np.float64) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a list of numeric arrays with the shapes {shapes}; got "
            f"{values!r}."
        ) from error
    got = [value.shape for value in values]
    if got != shapes:
        raise ValueError(f"{name} must have the shapes {shapes}; got {got}.")
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError(f"{name} must be finite; got NaN or infinity.")
    for array, value in zip(arrays, values, strict=True):
        array[...] = value
