"""The summary of a fitted network: a table of its layers."""

from math import prod

from ..engine.activations import Activation
from ..engine.layers import Chain, Conv2D, Dense, Parallel, Residual
from ..engine.layers.base import leaves
from ._choices import name_of


def summary_of(model):
    """Describe a network, one line per layer.

    Parameters
    ----------
    model : Model
        The network, and the loss that has the output activation.

    Returns
    -------
    summary : str
        Names, sizes, numbers of parameters and activations.
    """
    network, out_activation = model.network, model.loss.out_activation
    rows = [("layer", "inputs", "units", "parameters", "activation")]
    for i, (layers, features) in enumerate(network.branches, start=1):
        shape = (network.n_features if features is None else len(features),)
        own = _rows_of(Chain(layers), shape, out_activation)
        if layers is not network.layers:
            count = _n_parameters(Chain(layers), shape)
            rows.append((f"network {i}", "", "", f"{count:,}", ""))
            own = [(f"  {row[0]}", *row[1:]) for row in own]
        rows += own
    rows.append(("total", "", "", f"{network.n_parameters:,}", ""))
    width = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        f"{row[0]:{width[0]}}  {row[1]:>{width[1]}}  {row[2]:>{width[2]}}  "
        f"{row[3]:>{width[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def _rows_of(chain, shape, out_activation):
    """Return the rows of the layers of a network."""
    *hidden, (output, shape) = _used(chain, shape)
    rows = []
    for i, (layer, its_shape) in enumerate(hidden, start=1):
        kind = _kind(layer)
        kind = "" if kind == "Dense" and type(layer) is Chain else f": {kind}"
        rows += _rows(f"hidden {i}{kind}", layer, its_shape)
    return rows + _rows("output", output, shape, out_activation)


def _rows(name, layer, shape, activation=""):
    """Return the rows of a layer and of its inner layers."""
    sizes = [_size(one) for one in (shape, layer.output_shape(shape))]
    if _is_activated(layer):
        activation = name_of(layer.layers[1])
    elif layer.layers_field:
        rows = [(name, *sizes, "", activation)]
        for inner_name, one, its_shape in _named_parts(layer, shape):
            rows += _rows(_indent(name) + inner_name, one, its_shape)
        return rows
    return [(name, *sizes, f"{_n_parameters(layer, shape):,}", activation)]


def _n_parameters(layer, shape):
    """Return the number of parameters of a layer and its inner layers."""
    return sum(
        prod(one)
        for leaf, its_shape in leaves(layer, shape)
        for shapes in leaf.parameter_shapes(its_shape)
        for one in shapes.values()
    )


def _named_parts(layer, shape):
    """Yield the name of each layer inside one, the layer, and the shape of its input.

    Those of a residual block are in the block itself, those of a branch in the branch.
    """
    if isinstance(layer, Parallel):
        for i, (branch, its_shape) in enumerate(layer.children(shape), start=1):
            kind = "" if type(branch) is Chain else f": {type(branch).__name__}"
            yield f"branch {i}{kind}", branch, its_shape
        return
    past = []
    if isinstance(layer, Residual):
        (layer, shape), *past = layer.children(shape)
    for one, its_shape in _used(layer, shape):
        yield _kind(one), one, its_shape
    for one, its_shape in past:
        yield "shortcut", one, its_shape


def _indent(name):
    return " " * (len(name) - len(name.lstrip()) + 2)


def _used(layer, shape):
    """Return the layers of a chain that are used in prediction."""
    return [(one, s) for one, s in layer.children(shape) if not one.training_only]


def _is_activated(layer):
    """Return whether a layer is a chain of a layer of units and its activation."""
    if type(layer) is not Chain:
        return False
    kinds = [type(one) for one in layer.layers if not one.training_only]
    is_pair = len(kinds) == 2 and kinds[0] in (Dense, Conv2D)
    return is_pair and issubclass(kinds[1], Activation)


def _kind(layer):
    """Return the name of the class of a layer, without its activation."""
    return type(layer.layers[0] if _is_activated(layer) else layer).__name__


def _size(shape):
    """Return a number of units, or the shape of images and sequences."""
    return " x ".join(f"{n:,}" for n in shape)
