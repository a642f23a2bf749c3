"""From the parameters of an estimator to the layers of its network."""

from dataclasses import replace
from numbers import Integral, Real

from ..engine.activations import ACTIVATIONS, Activation
from ..engine.initializers import INITIALIZERS, GlorotUniform
from ..engine.layers import Chain, Dense, Dropout, Layer, Residual
from ..engine.layers.base import is_layer, numbers_in
from ._choices import make


def layers_of(estimator, n_outputs):
    """Return the layers that the parameters of an estimator describe.

    Parameters
    ----------
    estimator : estimator
        Whose `hidden_layer_sizes`, `activation`, dropout and initial weights they are.
    n_outputs : int
        Number of raw outputs.

    Returns
    -------
    layers : list of Layer
        One for each entry of `hidden_layer_sizes`, a chain where that is a number,
        then the output layer; dropout of the input before them.
    """
    hidden = _entries(estimator.hidden_layer_sizes)
    layers = list(map(_Filling(estimator, hidden), hidden))
    if estimator.input_dropout:
        layers.insert(0, Dropout(estimator.input_dropout))
    return [*layers, Dense(n_outputs, weight_init=_output_initializer(estimator))]


class _Filling:
    """Puts layers in the place of numbers, one after another.

    Parameters
    ----------
    estimator : estimator
        Whose parameters say which.
    hidden : list of Layer or int
        Where the numbers are.
    """

    def __init__(self, estimator, hidden):
        n_numbers = len(numbers_in(Chain(hidden)))
        self._estimator = estimator
        self._activations = iter(_activations(estimator.activation, n_numbers))
        self._rates = iter(_dropout_rates(estimator.dropout, n_numbers))

    def __call__(self, entry):
        """Return an entry, with layers for the numbers in it."""
        if isinstance(entry, Integral):
            activation, rate = next(self._activations), next(self._rates)
            initializer = _initializer(self._estimator, activation)
            layers = [Dense(int(entry), weight_init=initializer), activation]
            return Chain([*layers, Dropout(rate)] if rate else layers)
        entry = entry.replaced(self)
        if isinstance(entry, Dense | Residual) and entry.weight_init is None:
            initializer = _initializer(self._estimator, Activation)
            return replace(entry, weight_init=initializer)
        return entry


def _entries(sizes):
    """Return `hidden_layer_sizes` as a list of layers and numbers."""
    sizes = [sizes] if isinstance(sizes, Integral | Layer) else list(sizes)
    for one in sizes:
        if not is_layer(one):
            raise ValueError(
                "hidden_layer_sizes must be layers or numbers of units, ints >= 1 and "
                f"< 2**31, one for each hidden layer; got {one!r} in {sizes!r}. For no "
                "hidden layer pass an empty list; write a list inside it as a Chain, "
                "an activation as Relu(), and an instance instead of a class."
            )
    return sizes


def _activations(choice, n_numbers):
    """Return the activation of every number in `hidden_layer_sizes`."""
    if not isinstance(choice, list | tuple):
        return [make(ACTIVATIONS, choice)] * n_numbers
    for one in choice:
        named = isinstance(one, str) and one in ACTIVATIONS
        if not (named or isinstance(one, Activation)):
            raise ValueError(
                f"Every activation must be one of {sorted(ACTIVATIONS)} or an "
                f"instance of Activation; got {one!r}."
            )
    if len(choice) != n_numbers:
        raise ValueError(
            "activation must be one for all hidden layers, or a list with one for "
            f"each of the {n_numbers} numbers in hidden_layer_sizes; got {choice}."
        )
    return [make(ACTIVATIONS, one) for one in choice]


def _dropout_rates(rates, n_numbers):
    """Return the share of every hidden layer's output that is left out in training."""
    if isinstance(rates, Real):
        return [rates] * n_numbers
    if len(rates) != n_numbers or not all(
        isinstance(rate, Real) and 0 <= rate < 1 for rate in rates
    ):
        raise ValueError(
            "dropout must be one number in [0, 1), or a list with one for each of the "
            f"{n_numbers} numbers in hidden_layer_sizes; got {rates}."
        )
    return list(rates)


def _initializer(estimator, activation):
    """Return what the weights before an activation start from."""
    if estimator.weight_init == "auto":
        return GlorotUniform(activation.glorot_factor)
    return make(INITIALIZERS, estimator.weight_init)


def _output_initializer(estimator):
    """Return what the weights of the output layer start from."""
    if estimator.output_init != "auto":
        return make(INITIALIZERS, estimator.output_init)
    # The layer starts as if it had the last hidden layer's activation.
    last = estimator.activation
    if isinstance(last, list | tuple):
        last = last[-1] if last else "identity"
    return _initializer(estimator, make(ACTIVATIONS, last))


def check_same_in_training(network, sizes):
    """Raise a ValueError if layers that differ in training are in `sizes`."""
    if network.differs_in_training:
        raise ValueError(
            "hidden_layer_sizes must not contain layers that differ in training, such "
            "as Dropout, with solver='lbfgs', which follows one fixed objective to its "
            f"end; got {sizes!r}. Choose another solver."
        )


def check_begins_dense(network, sizes):
    """Raise a ValueError if the features have no weights of their own."""
    if not isinstance(network.function[0], Dense):
        raise ValueError(
            "input_scale must be None unless the first layer is dense; got "
            f"hidden_layer_sizes={sizes!r}. Set it to None, or begin with a number or "
            "Dense."
        )
