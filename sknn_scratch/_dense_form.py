"""A network as a plain chain of dense layers with one activation between them.

That is the only form that scikit-learn has. Layers side by side become wider layers
with blocks of zeros, and layers without an activation between them become one.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from .engine.activations import Activation, Identity, LeakyReLU, Logistic, Relu, Tanh
from .engine.layers import Chain, Dense, Parallel, Residual
from .engine.layers.base import leaves
from .engine.layers.chain import AsArray, Copy

INSTEAD = "Convert the model to ONNX (see sknn_scratch.onnx), or train another one."


def _itself(activation):
    return (1.0,), (1.0,), 0.0


# How A(z) = c + Σ_i w_i a(s_i z) is written with an activation a of scikit-learn:
# a function from A to all s_i, all w_i and c. The keys are methods, so a subclass is
# found if it inherits the method, but not if it overrides it.
_TERMS: dict[str, dict[Any, Any]] = {
    "identity": {Identity.activate: _itself},
    "logistic": {Logistic.activate: _itself},
    "tanh": {
        Tanh.activate: _itself,
        Logistic.activate: lambda _: ((0.5,), (0.5,), 0.5),
    },
    "relu": {
        Relu.activate: _itself,
        LeakyReLU.activate: lambda leaky: ((1.0, -1.0), (1.0, -leaky.slope), 0.0),
        Identity.activate: lambda _: ((1.0, -1.0), (1.0, -1.0), 0.0),
    },
}


def activations_of(network):
    """Return the activations in a network.

    Parameters
    ----------
    network : Network
        The network.
    """
    return [
        layer
        for layer, _ in leaves(Chain(network.layers), (network.n_features,))
        if isinstance(layer, Activation)
    ]


def common_activation(activations):
    """Return the activation of scikit-learn that can express all of some.

    Parameters
    ----------
    activations : list of Activation
        Those of a network.

    Returns
    -------
    name : str
        One of "identity", "logistic", "tanh" and "relu".

    Raises
    ------
    ValueError
        If there is none.
    """
    used = {type(one).activate for one in activations} - {Identity.activate}
    for name, terms in _TERMS.items():
        if used <= terms.keys():
            return name
    found = list(dict.fromkeys(map(repr, activations)))
    raise ValueError(
        "activation must be the same in all layers, one of 'identity', 'logistic', "
        "'tanh' and 'relu', to be converted to scikit-learn ('leaky_relu' is "
        "converted to 'relu', and 'logistic' to 'tanh' if both occur); got "
        f"{', '.join(found)}. {INSTEAD}"
    )


class Affine(NamedTuple):
    """y = x W + b.

    Attributes
    ----------
    weights : sparse array of shape (n_inputs, n_outputs)
        W, in float64.
    biases : ndarray of shape (n_outputs,)
        b, likewise.
    """

    weights: Any
    biases: np.ndarray


@dataclass(frozen=True)
class DenseForm:
    """Dense layers with one activation between them.

    Attributes
    ----------
    activation : str
        Name of the activation, one of scikit-learn's.
    maps : tuple of Affine
        The dense layers. The activation follows all but the last.
    """

    activation: str
    maps: tuple[Affine, ...]

    @classmethod
    def identity(cls, activation, n_inputs, features=None):
        """Return the form of y = x, or of some of the inputs.

        Parameters
        ----------
        activation : str
            As for the class.
        n_inputs : int
            Number of inputs.
        features : ndarray of int or None, default=None
            The inputs to keep; None for all.
        """
        weights = sparse.eye_array(n_inputs, format="csr")
        weights = weights if features is None else weights[:, features]
        return cls(activation, (Affine(weights, np.zeros(weights.shape[1])),))

    @classmethod
    def of(cls, network, activation):
        """Return the form of a network up to its raw outputs.

        Parameters
        ----------
        network : Network
            The network.
        activation : str
            As `common_activation` returns it.

        Raises
        ------
        ValueError
            If it has no such form.
        """
        ctx = network.copy(np.float64).bind(1)
        return _with_layer(cls.identity(activation, network.n_features), ctx)

    @property
    def n_outputs(self):
        """Number of outputs."""
        return self.maps[-1].weights.shape[1]

    def then(self, weights, biases=0.0):
        """Return the form followed by x W + b.

        Parameters
        ----------
        weights : array or sparse array of shape (n_outputs, n)
            W.
        biases : array of shape (n,) or float, default=0.0
            b.
        """
        *before, last = self.maps
        weights = sparse.csr_array(weights)
        biases = last.biases @ weights + biases
        return replace(self, maps=(*before, Affine(last.weights @ weights, biases)))

    def activated(self, activation):
        """Return the form followed by an activation.

        Parameters
        ----------
        activation : Activation
            One that the activation of scikit-learn can express.
        """
        terms = _TERMS[self.activation][type(activation).activate]
        scales, factors, shift = terms(activation)
        n = self.n_outputs
        one = sparse.eye_array(n, format="csr")
        form = self.then(sparse.hstack([scale * one for scale in scales]))
        after = sparse.vstack([factor * one for factor in factors], format="csr")
        return replace(form, maps=(*form.maps, Affine(after, np.full(n, shift))))


def _repeated(n, times):
    """Return the weights that put out all of n inputs several times."""
    return sparse.hstack([sparse.eye_array(n)] * times, format="csr")


def _side_by_side(forms):
    """Return the form whose outputs are those of several forms with the same inputs."""
    name, depth = forms[0].activation, max(len(form.maps) for form in forms)
    deep = []
    for form in forms:
        while len(form.maps) < depth:  # the outputs pass through further layers
            if Identity.activate not in _TERMS[name]:
                raise ValueError(
                    "Networks and branches must have the same number of hidden layers, "
                    f"with activation {name!r}, to be converted to scikit-learn; got "
                    f"{sorted(len(form.maps) - 1 for form in forms)}. {INSTEAD}"
                )
            form = form.activated(Identity())
        deep.append(form)
    n_inputs = forms[0].maps[0].weights.shape[0]
    first, *others = (
        Affine(
            sparse.block_diag([one.weights for one in maps], format="csr"),
            np.concatenate([one.biases for one in maps]),
        )
        for maps in zip(*(form.maps for form in deep), strict=True)
    )
    shared = first._replace(weights=_repeated(n_inputs, len(forms)) @ first.weights)
    return DenseForm(name, (shared, *others))


def _with_dense(form, dense, ctx):
    return form.then(ctx.weights, ctx.biases if dense.has_biases else 0.0)


def _with_chain(form, chain, ctx):
    for step in ctx.steps:
        form = _with_layer(form, step)
    return form


def _with_branches(form, branches, combine):
    """Return a form followed by branches, given as (pass, features), side by side."""
    n, name = form.n_outputs, form.activation
    forms = [
        _with_layer(DenseForm.identity(name, n, features), step)
        for step, features in branches
    ]
    whole = _side_by_side(forms)
    if combine != "concatenate":
        divisor = len(forms) if combine == "mean" else 1
        whole = whole.then(_repeated(forms[0].n_outputs, len(forms)).T / divisor)
    form = form.then(*whole.maps[0])
    return replace(form, maps=(*form.maps, *whole.maps[1:]))


_LAYERS = {
    Dense.forward: _with_dense,
    Chain.forward: _with_chain,
    Parallel.forward: lambda form, parallel, ctx: _with_branches(
        form, [(step, step.features) for step in ctx.branches], parallel.combine
    ),
    Residual.forward: lambda form, _, ctx: _with_branches(
        form, [(ctx.inside, None), (ctx.past, None)], "sum"
    ),
    AsArray.forward: lambda form, *_: form,
    Copy.forward: lambda form, *_: form,
}


def _with_layer(form, ctx):
    """Return a form followed by a layer, given its pass."""
    layer = ctx.layer
    if type(layer).forward is Activation.forward:
        is_identity = type(layer).activate is Identity.activate
        if is_identity and form.activation != "identity":
            return form
        return form.activated(layer)
    if type(layer).forward not in _LAYERS:
        raise ValueError(
            "Layers must be Dense and Dropout, or Chain, Parallel and Residual of "
            f"these, to be converted to scikit-learn; got {layer!r}. {INSTEAD}"
        )
    return _LAYERS[type(layer).forward](form, layer, ctx)
