"""The layers of a network, as far as they can be drawn."""

from math import prod

import numpy as np
from scipy.linalg import block_diag

from ..engine.activations import Activation
from ..engine.layers import Chain, Dense
from ..engine.layers.base import leaves


def _drawn(network):
    """Return the networks that are drawn, with their features.

    A linear model beside deeper networks is left out: it has no layers like theirs.
    """
    found = []
    for member, (layers, features) in zip(
        network.members(), network.branches, strict=True
    ):
        depth = sum(not layer.only_trains for layer in layers)
        if not found or depth == found[0][0]:
            found.append((depth, member, features))
    return [(member, features) for _, member, features in found]


def first_weights(network):
    """Return the weights of the features; of an ensemble, those of all its networks.

    Parameters
    ----------
    network : Network
        A network that begins with a dense layer. A linear model beside deeper networks
        is left out.

    Returns
    -------
    weights : ndarray of shape (n_features, n_units)
        0 for a feature that a network does not see.

    Raises
    ------
    ValueError
        If the first layer is not dense.
    """
    members = _drawn(network)
    only = members[0][0]
    first = only.function[0]
    if not isinstance(first, Dense):
        raise ValueError(
            "The first layer must be dense for its weights to be drawn; got "
            f"{first!r}. `coefs_` has the weights of all layers."
        )
    if only is network:
        return network.weights[0]
    columns = []
    for member, features in members:
        own = member.weights[0]
        weights = np.zeros((network.n_features, own.shape[1]), own.dtype)
        weights[slice(None) if features is None else features] = own
        columns.append(weights)
    if len(only.weights) > 1:
        return np.hstack(columns)
    return np.mean(columns, axis=0)  # of networks without hidden layers


def sizes_and_layers(network):
    """Return the sizes of the columns of a network, and what is between them.

    Parameters
    ----------
    network : Network
        Any network. Those of an ensemble are drawn side by side, without a linear
        model beside deeper networks.

    Returns
    -------
    sizes : list of int
        Number of features, then of what each layer puts out.
    layers : list of (ndarray, or str)
        The weights of every layer, or the name of one that cannot be drawn.
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
            together.append(first_weights(network))
        elif i == len(layers[0]) - 1:  # their outputs are averaged
            together.append(np.vstack(column) / len(network.members()))
        else:
            together.append(block_diag(*column))
    hidden = [sum(column) for column in zip(*sizes, strict=True)][:-1]
    return [network.n_features, *hidden, network.n_outputs], together


def _layers_of(network):
    """Return what each layer of a network puts out, and its weights or its name."""
    sizes, layers = [], []
    parts = iter(network.parts())
    for layer, shape in Chain(network.layers).children((network.n_features,)):
        if layer.only_trains:
            continue
        inside = list(leaves(layer, shape))
        own = [next(parts) for one, s in inside if any(one.parameter_shapes(s))]
        kinds = [type(one) for one in Chain((layer,)).flat(draws=False)]
        is_dense = kinds[:1] == [Dense]
        sizes.append(prod(layer.output_shape(shape)))
        if is_dense and all(issubclass(kind, Activation) for kind in kinds[1:]):
            layers.append(own[0][1].weights.copy())
        else:
            layers.append(type(layer).__name__)
    return sizes, layers
