"""Steps: which parameters are moved together, and how fast."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .network import Network
from .optimizers import Optimizer
from .optimizers.base import copied_state


@dataclass(frozen=True)
class Stepping:
    """How steps are taken.

    Parameters
    ----------
    optimizer : Optimizer
        How to move.
    multipliers : list of float, optional
        Factors on the rate, as a `LayerRates` gives them; all 1 if not given.
    input_scale : float > 0, optional
        If given, the features have a trainable scale, with this factor on the rate.
    """

    optimizer: Optimizer
    multipliers: list[float] | None = None
    input_scale: float | None = None


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are moved together.

    Parameters
    ----------
    params, grad : ndarray of shape (n,)
        The parameters and their gradient.
    n_weights : int
        How many of them, from the first, are weights.
    multiplier : float
        What the rate is multiplied by.
    """

    params: np.ndarray
    grad: np.ndarray
    n_weights: int
    multiplier: float

    def begin(self, optimizer: Optimizer) -> Any:
        """Return what an optimizer remembers before the first step.

        Parameters
        ----------
        optimizer : Optimizer
            How to move.

        Returns
        -------
        state : object
            For `move`.
        """
        return optimizer.init(self.params, self.n_weights)

    def move(self, optimizer: Optimizer, state: Any, rate: float) -> None:
        """Take a step.

        Parameters
        ----------
        optimizer : Optimizer
            How to move.
        state : object
            What it remembers; updated in place.
        rate : float
            The learning rate, before its factor.
        """
        optimizer.update(self.params, self.grad, state, rate * self.multiplier)


def copied_states(states: Any) -> Any:
    """Return copies of what an optimizer remembers of groups of parameters.

    Parameters
    ----------
    states : list or None
        As `Steps` has them; those of an `InputScale` are a list themselves.

    Returns
    -------
    states : list or None
        With arrays of their own.
    """
    if isinstance(states, list):
        return [copied_states(state) for state in states]
    return copied_state(states)


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
    multipliers : tuple of two float, default=(1.0, 1.0)
        What the rate of V, and that of s, is multiplied by.
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
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> from sknn_scratch.engine.steps import InputScale
    >>> weights, grad = np.array([[2.0, 1.0]]), np.array([[10.0, 1.0]])
    >>> scale, sgd = InputScale(weights, grad), SGD(momentum=0)
    >>> scale.move(sgd, scale.begin(sgd), rate=0.1)
    >>> scale.vector_grad.tolist()  # of V and of s
    [10.0, 1.0, 21.0]
    >>> scale.vector.round(3).tolist()
    [1.0, 0.9, -1.1]
    >>> weights.round(3).tolist()
    [[-1.1, -0.99]]
    """

    def __init__(
        self,
        weights: np.ndarray,
        grad: np.ndarray,
        multipliers: tuple[float, float] = (1.0, 1.0),
        vector: np.ndarray | None = None,
    ) -> None:
        self._product, self._product_grad = weights, grad
        n_features, n_units = weights.shape
        self.vector = np.ones(n_features * (n_units + 1), weights.dtype)
        self.vector_grad = np.empty_like(self.vector)
        n = weights.size
        self._groups = (
            ParameterGroup(self.vector[:n], self.vector_grad[:n], n, multipliers[0]),
            ParameterGroup(self.vector[n:], self.vector_grad[n:], 0, multipliers[1]),
        )
        self._weights = self.vector[:n].reshape(weights.shape)
        self._weights_grad = self.vector_grad[:n].reshape(weights.shape)
        self._scale, self._scale_grad = self._groups[1].params, self._groups[1].grad
        if vector is not None:
            self.vector[...] = vector
        product = self._weights * self._scale[:, None]
        self.is_new = vector is None or not np.array_equal(product, weights)
        if self.is_new:
            self._weights[...], self._scale[...] = weights, 1

    def begin(self, optimizer: Optimizer) -> list[Any]:
        """Return what an optimizer remembers of V and of s before the first step.

        Parameters
        ----------
        optimizer : Optimizer
            How to move.

        Returns
        -------
        states : list
            For `move`.
        """
        return [group.begin(optimizer) for group in self._groups]

    def move(self, optimizer: Optimizer, states: list[Any], rate: float) -> None:
        """Take a step of V and s, and set the weights of the layer to the product.

        ∂J/∂V_jk = s_j ∂J/∂W_jk and ∂J/∂s_j = Σ_k V_jk ∂J/∂W_jk.

        Parameters
        ----------
        optimizer : Optimizer
            How to move.
        states : list
            What it remembers; updated in place.
        rate : float
            The learning rate, before its factors.
        """
        np.multiply(self._product_grad, self._scale[:, None], out=self._weights_grad)
        np.einsum("jk,jk->j", self._product_grad, self._weights, out=self._scale_grad)
        for group, state in zip(self._groups, states, strict=True):
            group.move(optimizer, state, rate)
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
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> from sknn_scratch.engine.steps import Stepping, Steps
    >>> network, grad = Network(1, [Dense(1)]), np.array([1.0, 1.0])
    >>> steps = Steps(network, grad, Stepping(SGD(momentum=0), multipliers=[1.0, 0.5]))
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
        input_scale = stepping.input_scale
        multipliers = stepping.multipliers or [1.0] * (len(network.weights) + 1)
        groups: list[Any] = _groups(network, grad, multipliers, input_scale is not None)
        self.scaled = None
        if input_scale is not None:
            weights, rates = (
                network.weights[0],
                (groups[0].multiplier, float(input_scale)),
            )
            of_weights = groups[0].grad.reshape(weights.shape)
            first = groups[0] = InputScale(weights, of_weights, rates, scaled)
            self.scaled = first.vector
            if states and first.is_new:
                states[0] = first.begin(self.optimizer)
        self.states = states or [group.begin(self.optimizer) for group in groups]
        self._groups = groups

    def take(self, rate: float) -> None:
        """Take one step.

        Parameters
        ----------
        rate : float
            The learning rate, before its factors.
        """
        for group, state in zip(self._groups, self.states, strict=True):
            group.move(self.optimizer, state, rate)


def _groups(
    network: Network, grad: np.ndarray, multipliers: list[float], first_alone: bool
) -> list[ParameterGroup]:
    """Return the fewest groups in which all have the same factor on the rate."""
    sizes = [weights.size for weights in network.weights]
    sizes.append(len(network.params) - network.n_weights)
    groups: list[ParameterGroup] = []
    start = 0
    for i, (size, multiplier) in enumerate(zip(sizes, multipliers, strict=True)):
        if not size:  # no biases
            continue
        joins = i > first_alone and multiplier == groups[-1].multiplier
        first = start - len(groups[-1].params) if joins else start
        start += size
        if joins:
            groups.pop()
        n_weights = max(0, min(start, network.n_weights) - first)
        group = ParameterGroup(
            network.params[first:start], grad[first:start], n_weights, multiplier
        )
        groups.append(group)
    return groups
