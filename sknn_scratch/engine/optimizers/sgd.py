"""Stochastic gradient descent, with momentum."""

from dataclasses import dataclass

import numpy as np

from ..kernels import add_scaled, scale
from .base import Optimizer, OptimizerState, blocks


@dataclass
class SGDState(OptimizerState):
    """State of SGD.

    Attributes
    ----------
    velocity : ndarray of shape (n_params,)
        v, the velocity of every parameter; empty without momentum.
    """

    velocity: np.ndarray


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent with momentum.

    v ← μ v − η g;  θ ← θ + v, or with Nesterov momentum θ ← θ + μ v − η g.

    Parameters
    ----------
    momentum : float in [0, 1], default=0.9
        Momentum μ.
    nesterovs_momentum : bool, default=True
        Whether to use Nesterov momentum: the gradient after the momentum step
        (Sutskever et al., 2013).

    Examples
    --------
    With a constant gradient, the steps grow towards 1 / (1 − μ) times the first step:

    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> sgd, theta = SGD(momentum=0.5, nesterovs_momentum=False), np.zeros(1)
    >>> state = sgd.init(theta, n_weights=1)
    >>> for _ in range(3):
    ...     sgd.update(theta, np.ones(1), state, rate=1.0)
    ...     print(theta.tolist())
    [-1.0]
    [-2.5]
    [-4.25]
    """

    momentum: float = 0.9
    nesterovs_momentum: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be in [0, 1]; got {self.momentum}.")

    def init(self, params: np.ndarray, n_weights: int) -> SGDState:
        """Return a state with zero velocity."""
        return SGDState(np.zeros_like(params if self.momentum else params[:0]))

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: SGDState, rate: float
    ) -> None:
        """Take one step, as in the formula of the class."""
        if not self.momentum:
            add_scaled(params, -rate, grad)
            return
        for theta, g, velocity in blocks(params, grad, state.velocity):
            scale(velocity, self.momentum)
            add_scaled(velocity, -rate, g)
            if self.nesterovs_momentum:
                add_scaled(theta, self.momentum, velocity)
                add_scaled(theta, -rate, g)
            else:
                theta += velocity
