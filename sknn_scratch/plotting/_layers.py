"""Weights and sizes of the layers of a network, for plots."""

from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.linalg import block_diag

from ..engine.activations import Activation
from ..engine.layers import Chain, Conv2D, Dense, Reshape
from ..engine.layers.base import leaves


def _drawn(network):
    """Return the networks that are drawn, with their features.

    A linear model next to deeper networks is omitted, because its layers differ.
    """
    found = []
    for member, (layers, features) in zip(
        network.members(), network.branches, strict=True
    ):
        depth = sum(not layer.training_only for layer in layers)
        if not found or depth == found[0][0]:
            found.append((depth, member, features))
    return [(member, features) for _, member, features in found]


@dataclass
class FirstWeights:
    """Weights of the first layer of a network.

    Parameters
    ----------
    values : ndarray of shape (n_inputs, n_units)
        The weights. For an ensemble, those of all its networks.
    image : tuple of three int or None
        Shape of the filters of a convolution: height, width and number of channels.
    are_outputs : bool
        Whether the network has no other layer with weights.
    """

    values: np.ndarray
    image: tuple[int, int, int] | None
    are_outputs: bool


def first_weights(network):
    """Return the weights of the first layer, or of the first one after `Reshape`.

    Parameters
    ----------
    network : Network
        Any network. A linear model next to deeper networks is omitted.

    Returns
    -------
    weights : FirstWeights
        The weights. They are 0 for a feature that a network of an ensemble does not
        use.

    Raises
    ------
    ValueError
        If the layer is neither dense nor `Conv2D`.
    """
    members = _drawn(network)
    only = members[0][0]
    layer, shape = _first_layer(only)
    are_outputs = len(only.weights) == 1
    if isinstance(layer, Conv2D):
        filters = [member.weights[0] for member, _ in members]
        sizes = layer.geometry(shape)
        image = (*sizes.kernel, sizes.n_channels)
        return FirstWeights(np.hstack(filters), image, are_outputs)
    if not isinstance(layer, Dense):
        raise ValueError(
            "The first layer, or the first one after Reshape, must be Dense or Conv2D "
            f"for its weights to be plotted; got {layer!r}. Use `coefs_` for the "
            "weights of other layers."
        )
    columns = []
    for member, features in members:
        own = member.weights[0]
        weights = np.zeros((network.n_features, own.shape[1]), own.dtype)
        weights[slice(None) if features is None else features] = own
        columns.append(weights)
    # The outputs of networks without hidden layers are averaged.
    values = np.mean(columns, axis=0) if are_outputs else np.hstack(columns)
    return FirstWeights(values, None, are_outputs)


def _first_layer(network):
    """Return the first layer that is not `Reshape`, and the shape of its input."""
    layers = Chain(network.function).children((network.n_features,))
    return next((one, s) for one, s in layers if not isinstance(one, Reshape))


def sizes_and_layers(network):
    """Return the sizes of the columns of a diagram, and the weights between them.

    Parameters
    ----------
    network : Network
        Any network. The networks of an ensemble are joined, without a linear model next
        to deeper networks.

    Returns
    -------
    sizes : list of int
        Number of features, then the number of outputs of each layer.
    layers : list of (ndarray, or str)
        The weights of each layer, or the name of a layer that is drawn as a box.
    """
    members = [member for member, _ in _drawn(network)]
    sizes, layers = zip(*map(_layers_of, members), strict=True)
    if members[0] is network:
        return [network.n_features, *sizes[0]], layers[0]
    together = []
    for i, column in enumerate(zip(*layers, strict=True)):
        if isinstance(column[0], str):
            together.append(column[0])
        elif i == 0:
            together.append(first_weights(network).values)
        elif i == len(layers[0]) - 1:  # their outputs are averaged
            together.append(np.vstack(column) / len(network.members()))
        else:
            together.append(block_diag(*column))
    hidden = [sum(column) for column in zip(*sizes, strict=True)][:-1]
    return [network.n_features, *hidden, network.n_outputs], together


def _layers_of(network):
    """Return the number of outputs of each layer, and its weights or its name."""
    sizes, layers = [], []
    parts = iter(network.parts())
    for layer, shape in Chain(network.layers).children((network.n_features,)):
        if layer.training_only:
            continue
        inside = list(leaves(layer, shape))
        own = [next(parts) for one, s in inside if any(one.parameter_shapes(s))]
        kinds = [type(one) for one in Chain((layer,)).flat(with_noise=False)]
        is_activated = all(issubclass(kind, Activation) for kind in kinds[1:])
        sizes.append(prod(layer.output_shape(shape)))
        if kinds[:1] == [Dense] and is_activated:
            layers.append(own[0][1].weights.copy())
        elif kinds[:1] == [Conv2D] and is_activated:
            layers.append("Conv2D")  # its weights do not join pairs of units
        else:
            layers.append(type(layer).__name__)
    return sizes, layers
