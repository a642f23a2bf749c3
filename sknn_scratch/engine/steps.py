"""Steps: which parameters are moved together, and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .network import Network
from .optimizers import Optimizer


@dataclass(frozen=True)
class LayerRates:
    """Factors on the learning rate: one for the weights of every layer, and of biases.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Factor on the rate of all biases.

    Examples
    --------
    A rate that falls from layer to layer:

    >>> from sknn_scratch.engine.steps import LayerRates
    >>> class Falling(LayerRates):
    ...     def of_weights(self, layer_sizes):
    ...         return [0.5**i for i in range(len(layer_sizes) - 1)]
    >>> Falling(biases=0.1).factors([4, 10, 10, 1])
    [1.0, 0.5, 0.25, 0.1]
    """

    biases: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.biases < np.inf:
            raise ValueError(f"biases must be finite and > 0; got {self.biases}.")

    def of_weights(self, layer_sizes: Sequence[int]) -> list[float]:
        """Return the factor of the weights of every layer.

        Parameters
        ----------
        layer_sizes : sequence of int
            Number of features, units of each hidden layer, number of outputs.

        Returns
        -------
        factors : list of float, each > 0
            One for each layer: as many as sizes, less one.
        """
        raise NotImplementedError

    def factors(self, layer_sizes: Sequence[int]) -> list[float]:
        """Return all factors, checked.

        Parameters
        ----------
        layer_sizes : sequence of int
            As for `of_weights`.

        Returns
        -------
        factors : list of float
            That of the weights of every layer, then that of all biases.

        Raises
        ------
        ValueError
            If they are not one for each layer, finite and positive.
        """
        factors = [float(factor) for factor in self.of_weights(layer_sizes)]
        if len(factors) != len(layer_sizes) - 1 or not all(
            0 < factor < np.inf for factor in factors
        ):
            raise ValueError(
                "layer_rates must give a finite factor > 0 for each of the "
                f"{len(layer_sizes) - 1} layers; got {factors}."
            )
        return [*factors, float(self.biases)]


@dataclass(frozen=True)
class ConstantRates(LayerRates):
    """The same rate for the weights of all layers.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Factor on the rate of all biases.

    Examples
    --------
    >>> from sknn_scratch.engine.steps import ConstantRates
    >>> ConstantRates(biases=2).factors([4, 10, 1])
    [1.0, 1.0, 2.0]
    """

    def of_weights(self, layer_sizes: Sequence[int]) -> list[float]:
        """Return 1 for every layer."""
        return [1.0] * (len(layer_sizes) - 1)


@dataclass(frozen=True)
class FanInRates(LayerRates):
    """1 / √fan_in for the weights of a layer: the more inputs, the smaller the steps.

    The best rate depends less on the width than with constant rates. It still depends
    on it: with one hidden layer and Adam, the first steps change the outputs in
    proportion to the square root of the width, instead of to the width.

    With Adam and ``weight_init="lecun_normal"`` these are the steps of the neural
    tangent parametrization (Jacot et al., 2018, arXiv 1806.07572), whose theory is
    about gradient flow, not about Adam. RealMLP uses them (Holzmüller et al., 2024,
    arXiv 2407.04491). Rates that transfer between widths need 1 / fan_in and an output
    layer that starts smaller, or at zero: the maximal update parametrization (Yang et
    al., 2021, arXiv 2203.03466); :doc:`/guide/training` has an example.

    Parameters
    ----------
    biases : float > 0, default=0.1
        Factor on the rate of all biases.

    Examples
    --------
    >>> from sknn_scratch.engine.steps import FanInRates
    >>> FanInRates().factors([16, 100, 1])
    [0.25, 0.1, 0.1]
    """

    biases: float = 0.1

    def of_weights(self, layer_sizes: Sequence[int]) -> list[float]:
        """Return 1 / √fan_in for every layer."""
        return [float(fan_in**-0.5) for fan_in in layer_sizes[:-1]]


@dataclass(frozen=True)
class Stepping:
    """How steps are taken.

    Parameters
    ----------
    optimizer : Optimizer
        How to move.
    factors : list of float, optional
        Factors on the rate, as a `LayerRates` gives them; all 1 if not given.
    input_scale : float > 0, optional
        If given, the features have a trainable scale, with this factor on the rate.
    """

    optimizer: Optimizer
    factors: list[float] | None = None
    input_scale: float | None = None


class Group(NamedTuple):
    """Parameters that are moved together.

    Attributes
    ----------
    params, grad : ndarray of shape (n,)
        The parameters and their gradient.
    n_weights : int
        How many of them, from the first, are weights.
    factor : float
        What the rate is multiplied by.
    """

    params: np.ndarray
    grad: np.ndarray
    n_weights: int
    factor: float


class InputScale:
    """Weights s_j V_jk of a first layer: a scale for every feature, beside the weights.

    Both are trained. Features that are of use get a larger scale, and with it larger
    steps of all their weights (Holzmüller et al., 2024, arXiv 2407.04491).

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        W, the product.
    grad : ndarray of shape (n_features, n_units)
        Where its gradient is found.
    vector : ndarray, optional
        V and s to go on from. If not given, or if W is not their product any more, s
        starts at 1.

    Attributes
    ----------
    vector : ndarray of shape (n_features * n_units + n_features,)
        V and s, one after the other.
    vector_grad : ndarray of the same shape
        Their gradient.
    is_new : bool
        Whether s has started at 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.steps import InputScale
    >>> weights, grad = np.array([[2.0, 1.0]]), np.array([[10.0, 1.0]])
    >>> scale = InputScale(weights, grad)
    >>> scale.pull()
    >>> scale.vector_grad.tolist()  # of V and of s
    [10.0, 1.0, 21.0]
    >>> scale.vector[-1] = 3
    >>> scale.push()
    >>> weights.tolist()
    [[6.0, 3.0]]
    """

    def __init__(
        self, weights: np.ndarray, grad: np.ndarray, vector: np.ndarray | None = None
    ) -> None:
        self._product, self._product_grad = weights, grad
        n_features, n_units = weights.shape
        self.vector = np.ones(n_features * (n_units + 1), weights.dtype)
        self.vector_grad = np.empty_like(self.vector)
        self._weights, self._scale = self._views(self.vector)
        self._weights_grad, self._scale_grad = self._views(self.vector_grad)
        if vector is not None:
            self.vector[...] = vector
        product = self._weights * self._scale[:, None]
        self.is_new = vector is None or not np.array_equal(product, weights)
        if self.is_new:
            self._weights[...], self._scale[...] = weights, 1

    def _views(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n_weights = self._product.size
        return vector[:n_weights].reshape(self._product.shape), vector[n_weights:]

    def pull(self) -> None:
        """Compute the gradient of V and s: ∂V_jk = s_j ∂W_jk, ∂s_j = Σ_k V_jk ∂W_jk."""
        np.multiply(self._product_grad, self._scale[:, None], out=self._weights_grad)
        np.einsum("jk,jk->j", self._product_grad, self._weights, out=self._scale_grad)

    def push(self) -> None:
        """Set the weights of the layer to the product."""
        np.multiply(self._weights, self._scale[:, None], out=self._product)


class Steps:
    """Moves the parameters of a network against the gradient.

    Parameters
    ----------
    network : Network
        The network, whose parameters are moved in place.
    grad : ndarray of shape (n_params,)
        Where the gradient is found at every step; overwritten.
    stepping : Stepping
        How to move.
    states : list, optional
        What the optimizer remembers of each group, to go on from; updated in place.
    scaled : ndarray, optional
        Where an `InputScale` continues from.

    Attributes
    ----------
    optimizer : Optimizer
        How to move.
    states : list
        What the optimizer remembers of each group.
    scaled : ndarray or None
        Weights and scale of an `InputScale`; updated in place.

    Examples
    --------
    The weight and the bias of a line, of which the bias is moved half as fast:

    >>> import numpy as np
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> from sknn_scratch.engine.steps import Stepping, Steps
    >>> network, grad = Network([1, 1], []), np.array([1.0, 1.0])
    >>> steps = Steps(network, grad, Stepping(SGD(momentum=0), factors=[1.0, 0.5]))
    >>> steps.take(0.1)
    >>> network.params.tolist()
    [-0.1, -0.05]
    """

    def __init__(
        self,
        network: Network,
        grad: np.ndarray,
        stepping: Stepping,
        states: list[Any] | None = None,
        scaled: np.ndarray | None = None,
    ) -> None:
        self.optimizer = stepping.optimizer
        factors, input_scale = stepping.factors, stepping.input_scale
        if factors is None:
            factors = ConstantRates().factors(network.layer_sizes)
        groups = _groups(network, grad, factors, input_scale is not None)
        self._input_scale = None
        self.scaled = None
        if input_scale is not None:
            weights = network.weights[0]
            first = InputScale(weights, groups[0].grad.reshape(weights.shape), scaled)
            n = weights.size
            of_weights, of_scale = (
                Group(first.vector[:n], first.vector_grad[:n], n, groups[0].factor),
                Group(first.vector[n:], first.vector_grad[n:], 0, float(input_scale)),
            )
            groups = [of_weights, *groups[1:], of_scale]
            self._input_scale, self.scaled = first, first.vector
        self._groups = groups
        self.states = states or [self._first_state(group) for group in groups]
        if states and self._input_scale is not None and self._input_scale.is_new:
            for i in (0, -1):
                self.states[i] = self._first_state(groups[i])

    def _first_state(self, group: Group) -> Any:
        return self.optimizer.init(group.params, group.n_weights)

    def take(self, rate: float) -> None:
        """Take one step.

        Parameters
        ----------
        rate : float
            The learning rate, before its factors.
        """
        if self._input_scale is not None:
            self._input_scale.pull()
        for (params, grad, _, factor), state in zip(
            self._groups, self.states, strict=True
        ):
            self.optimizer.update(params, grad, state, rate * factor)
        if self._input_scale is not None:
            self._input_scale.push()


def _groups(
    network: Network, grad: np.ndarray, factors: list[float], first_alone: bool
) -> list[Group]:
    """Return the fewest groups in which all have the same factor on the rate."""
    sizes = [weights.size for weights in network.weights]
    sizes.append(len(network.params) - network.n_weights)
    groups: list[Group] = []
    start = 0
    for i, (size, factor) in enumerate(zip(sizes, factors, strict=True)):
        joins = i > first_alone and factor == groups[-1].factor
        first = start - len(groups[-1].params) if joins else start
        start += size
        if joins:
            groups.pop()
        n_weights = max(0, min(start, network.n_weights) - first)
        group = Group(network.params[first:start], grad[first:start], n_weights, factor)
        groups.append(group)
    return groups


LAYER_RATES: dict[str, type[LayerRates]] = {
    "constant": ConstantRates,
    "fan_in": FanInRates,
}
