"""RMSprop."""

from dataclasses import dataclass

import numpy as np

from ..kernels import add_scaled, scale
from .base import Optimizer, OptimizerState, blocks, check_epsilon, workspace_for


@dataclass
class RMSpropState(OptimizerState):
    """State of RMSprop.

    Attributes
    ----------
    second : ndarray of shape (n_params,)
        v, the moving average of the squared gradient.
    workspace : ndarray
        Scratch array.
    """

    second: np.ndarray
    workspace: np.ndarray


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop: gradients divided by the root mean square of recent gradients.

    Tieleman and Hinton (2012, Neural Networks for Machine Learning, lecture 6.5).

    v ← ρ v + (1 − ρ) g²;  θ ← θ − η g / (√v + ε)

    Parameters
    ----------
    rho : float in [0, 1), default=0.9
        Decay rate ρ of the mean square.
    epsilon : float > 0, default=1e-8
        Added to the denominator for numerical stability.

    Examples
    --------
    v starts from 0, so the first step is 1 / √(1 − ρ) times the rate:

    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import RMSprop
    >>> rmsprop, theta = RMSprop(), np.zeros(2)
    >>> state = rmsprop.init(theta, n_weights=2)
    >>> rmsprop.update(theta, np.array([0.001, -100.0]), state, rate=0.1)
    >>> theta.round(3).tolist()
    [-0.316, 0.316]
    """

    rho: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        if not 0 <= self.rho < 1:
            raise ValueError(f"rho must be in [0, 1); got {self.rho}.")
        check_epsilon(self.epsilon)

    def init(self, params: np.ndarray, n_weights: int) -> RMSpropState:
        """Return a state of zeros."""
        return RMSpropState(np.zeros_like(params), workspace_for(params))

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: RMSpropState, rate: float
    ) -> None:
        """Take one step, as in the formula of the class."""
        for theta, g, v in blocks(params, grad, state.second):
            workspace = state.workspace[: len(g)]
            np.multiply(g, g, out=workspace)
            scale(v, self.rho)
            add_scaled(v, 1 - self.rho, workspace)
            np.sqrt(v, out=workspace)
            workspace += self.epsilon
            g /= workspace
            add_scaled(theta, -rate, g)
