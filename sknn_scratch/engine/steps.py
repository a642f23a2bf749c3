"""Update steps of parameter groups."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .network import Network
from .optimizers import Optimizer
from .optimizers.base import copied_state


@dataclass(frozen=True)
class Stepping:
    """Settings of the update steps.

    Parameters
    ----------
    optimizer : Optimizer
        Update rule.
    multipliers : list of float, optional
        Learning-rate multipliers, as from `LayerRates`; by default, all are 1.
    input_scale : float > 0, optional
        If given, the features have a trainable scale with this learning-rate
        multiplier.
    """

    optimizer: Optimizer
    multipliers: list[float] | None = None
    input_scale: float | None = None


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are updated together.

    Parameters
    ----------
    params, grad : ndarray of shape (n,)
        The parameters and their gradient.
    n_weights : int
        Number of weights, which come first.
    multiplier : float
        Learning-rate multiplier.
    """

    params: np.ndarray
    grad: np.ndarray
    n_weights: int
    multiplier: float

    def begin(self, optimizer: Optimizer) -> Any:
        """Return the initial state of an optimizer.

        Parameters
        ----------
        optimizer : Optimizer
            Update rule.

        Returns
        -------
        state : object
            State for `move`.
        """
        return optimizer.init(self.params, self.n_weights)

    def move(self, optimizer: Optimizer, state: Any, rate: float) -> None:
        """Take a step.

        Parameters
        ----------
        optimizer : Optimizer
            Update rule.
        state : object
            State of the optimizer, updated in place.
        rate : float
            Learning rate before the multiplier.
        """
        optimizer.update(self.params, self.grad, state, rate * self.multiplier)


def copied_states(states: Any) -> Any:
    """Return copies of the optimizer states of parameter groups.

    Parameters
    ----------
    states : list or None
        States from `Steps`; the states of an `InputScale` are a list in it.

    Returns
    -------
    states : list or None
        Copies with their own arrays.
    """
    if isinstance(states, list):
        return [copied_states(state) for state in states]
    return copied_state(states)


class InputScale:
    """Reparametrized weights s_j V_jk of the first layer: a trainable feature scale s.

    V and s are trained. Useful features get a larger scale, and therefore larger steps
    of their weights (Holzmüller et al., 2024, arXiv 2407.04491).

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        W, the product of s and V.
    grad : ndarray of shape (n_features, n_units)
        Gradient of W.
    multipliers : tuple of two float, default=(1.0, 1.0)
        Learning-rate multipliers of V and of s.
    vector : ndarray, optional
        V and s to continue from. By default, or if W is no longer their product, s
        starts at 1.

    Attributes
    ----------
    vector : ndarray of shape (n_features * n_units + n_features,)
        V and s, concatenated.
    vector_grad : ndarray of the same shape
        Gradient of `vector`.
    is_new : bool
        Whether s started at 1.

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
        """Return the initial states of an optimizer for V and s.

        Parameters
        ----------
        optimizer : Optimizer
            Update rule.

        Returns
        -------
        states : list
            State for `move`.
        """
        return [group.begin(optimizer) for group in self._groups]

    def move(self, optimizer: Optimizer, states: list[Any], rate: float) -> None:
        """Update V and s, and set the weights of the layer to their product.

        ∂J/∂V_jk = s_j ∂J/∂W_jk and ∂J/∂s_j = Σ_k V_jk ∂J/∂W_jk.

        Parameters
        ----------
        optimizer : Optimizer
            Update rule.
        states : list
            State of the optimizer, updated in place.
        rate : float
            Learning rate before the multipliers.
        """
        np.multiply(self._product_grad, self._scale[:, None], out=self._weights_grad)
        np.einsum("jk,jk->j", self._product_grad, self._weights, out=self._scale_grad)
        for group, state in zip(self._groups, states, strict=True):
            group.move(optimizer, state, rate)
        np.multiply(self._weights, self._scale[:, None], out=self._product)


class Steps:
    """Update steps of all parameters of a network.

    Parameters
    ----------
    network : Network
        Network whose parameters are updated in place.
    grad : ndarray of shape (n_params,)
        Gradient at every step; overwritten.
    stepping : Stepping
        Update rule.
    states : list, optional
        Optimizer states of the groups to continue from, updated in place.
    scaled : ndarray, optional
        Weights and scale of an `InputScale` to continue from.

    Attributes
    ----------
    optimizer : Optimizer
        Update rule.
    states : list
        Optimizer states of the groups.
    scaled : ndarray or None
        Weights and scale of an `InputScale`; updated in place.

    Examples
    --------
    The weight and bias of a line, with half the learning rate for the bias:

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
            weights = network.weights[0]
            rates = groups[0].multiplier, float(input_scale)
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
            Learning rate before the multipliers.
        """
        for group, state in zip(self._groups, self.states, strict=True):
            group.move(self.optimizer, state, rate)


def _groups(
    network: Network, grad: np.ndarray, multipliers: list[float], first_alone: bool
) -> list[ParameterGroup]:
    """Return the smallest number of groups with equal multipliers."""
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
