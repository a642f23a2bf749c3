"""The layers that the parameters of an estimator describe."""

from dataclasses import replace
from itertools import repeat, zip_longest
from numbers import Integral, Real

import numpy as np

from ..engine.activations import ACTIVATIONS, Activation
from ..engine.initializers import INITIALIZERS, GlorotUniform
from ..engine.layers import LSTM, Chain, Conv2D, Dense, Dropout, Layer, Residual
from ..engine.layers.base import is_layer, numbers_in
from ._choices import make

# The layers with a `weight_init` setting.
_INITIALIZED = Dense | Residual | Conv2D | LSTM


def layers_of(estimator, n_outputs):
    """Return the layers that the parameters of an estimator describe.

    Parameters
    ----------
    estimator : estimator
        Estimator with `hidden_layer_sizes`, `activation`, `dropout` and `weight_init`.
    n_outputs : int
        Number of raw outputs.

    Returns
    -------
    layers : list of Layer
        One for each entry of `hidden_layer_sizes`, a chain where that is a number,
        then the output layer; dropout of the input before them.
    """
    hidden = _entries(estimator.hidden_layer_sizes)
    layers = _filled(estimator, hidden)
    if estimator.input_dropout:
        layers.insert(0, Dropout(estimator.input_dropout))
    return [*layers, Dense(n_outputs, weight_init=_output_initializer(estimator))]


def _filled(estimator, hidden):
    """Return layers completed with the parameters of an estimator.

    That is a dense layer for each number, initial weights of layers without some, and
    an activation after each number and each convolution.
    """
    n_numbers = len(numbers_in(Chain(hidden)))
    activations = _activations(estimator.activation, _count_activated(hidden))
    rates = iter(_dropout_rates(estimator.dropout, n_numbers))

    def fill(entry, after):
        is_activated = _is_activated(entry, after)
        own = [next(activations)] if is_activated else []
        initializer = _initializer(estimator, *own or [Activation])
        if isinstance(entry, Integral):
            entry, rate = Dense(int(entry), weight_init=initializer), next(rates)
            own += [Dropout(rate)] if rate else []
        elif isinstance(entry, _INITIALIZED) and entry.weight_init is None:
            entry = replace(entry, weight_init=initializer)
        return Chain([entry, *own]) if own else entry

    return _changed(hidden, fill)


def _changed(entries, change):
    """Return entries, including inner ones, after a change.

    `change` is a function of an entry and the next entry, None for the last one.
    """
    return [
        change(
            one.replaced(lambda inner: _changed(inner, change))
            if isinstance(one, Layer)
            else one,
            after,
        )
        for one, after in zip_longest(entries, entries[1:])
    ]


def _is_activated(entry, after):
    """Return whether the activation of the estimator is added after an entry."""
    is_linear = isinstance(entry, Conv2D) and not isinstance(after, Activation)
    return is_linear or isinstance(entry, Integral)


def _count_activated(entries):
    """Return the number of such entries, including those inside layers."""
    found = []

    def note(entry, after):
        if _is_activated(entry, after):
            found.append(entry)
        return entry

    _changed(entries, note)
    return len(found)


def _entries(sizes):
    """Return `hidden_layer_sizes` as a list of layers and numbers."""
    sizes = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
    sizes = [sizes] if isinstance(sizes, Integral | Layer) else list(sizes)
    for one in sizes:
        if not is_layer(one):
            raise ValueError(
                "hidden_layer_sizes must be a list of layers or numbers of units "
                f"(ints >= 1 and < 2**31), one for each hidden layer; got {one!r} in "
                f"{sizes!r}. For no hidden layer, pass an empty list. Write a nested "
                "list as Chain([...]), an activation as Relu(), and an instance "
                "instead of a class."
            )
    return sizes


def _activations(choice, n_layers):
    """Return an iterator of the activations of all numbers and convolutions."""
    if not isinstance(choice, list | tuple):
        return repeat(make(ACTIVATIONS, choice))
    for one in choice:
        named = isinstance(one, str) and one in ACTIVATIONS
        if not (named or isinstance(one, Activation)):
            raise ValueError(
                f"Every activation must be one of {sorted(ACTIVATIONS)} or an "
                f"instance of Activation; got {one!r}."
            )
    if len(choice) != n_layers:
        raise ValueError(
            "activation must be one activation for all hidden layers, or a list of "
            f"{n_layers} activations, one for each number of units in "
            "hidden_layer_sizes and each Conv2D that is not followed by an activation; "
            f"got {choice}."
        )
    return iter([make(ACTIVATIONS, one) for one in choice])


def _dropout_rates(rates, n_numbers):
    """Return the dropout rate of every hidden layer."""
    if isinstance(rates, Real):
        return [rates] * n_numbers
    if len(rates) != n_numbers or not all(
        isinstance(rate, Real) and 0 <= rate < 1 for rate in rates
    ):
        raise ValueError(
            f"dropout must be a number in [0, 1), or a list of {n_numbers} such "
            "numbers, one for each number of units in hidden_layer_sizes; got "
            f"{rates}."
        )
    return list(rates)


def _initializer(estimator, activation):
    """Return the initializer of the weights before an activation."""
    if estimator.weight_init == "auto":
        return GlorotUniform(activation.glorot_factor)
    return make(INITIALIZERS, estimator.weight_init)


def _output_initializer(estimator):
    """Return the initializer of the output layer."""
    if estimator.output_init != "auto":
        return make(INITIALIZERS, estimator.output_init)
    # The initializer is that for the activation of the last hidden layer.
    last = estimator.activation
    if isinstance(last, list | tuple):
        last = last[-1] if last else "identity"
    return _initializer(estimator, make(ACTIVATIONS, last))


def check_same_in_training(network, sizes):
    """Raise a ValueError if layers that differ in training are in `sizes`."""
    if network.differs_in_training:
        raise ValueError(
            "solver='lbfgs' does not support layers that differ in training, such as "
            "Dropout, because it minimizes a fixed objective; got "
            f"hidden_layer_sizes={sizes!r}. Choose another solver, or remove these "
            "layers."
        )


def check_begins_dense(network, sizes):
    """Raise a ValueError if the first layer is not dense."""
    if not isinstance(network.function[0], Dense):
        raise ValueError(
            "input_scale must be None unless the first layer is dense; got "
            f"hidden_layer_sizes={sizes!r}. Set input_scale=None, or begin with a "
            "number of units or a Dense layer."
        )
