"""Adam and its variants."""

from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from ..kernels import add_scaled, scale
from .base import Optimizer, OptimizerState, blocks, check_epsilon, workspace_for


@dataclass
class AdamState(OptimizerState):
    """State of Adam.

    Attributes
    ----------
    first : ndarray of shape (n_params,)
        Moving sum of the gradient, m / (1 − β₁).
    second : ndarray of shape (n_params,)
        Moving sum of the squared gradient, v / (1 − β₂).
    n_weights : int
        Number of weights. The other parameters, biases, have no weight decay.
    step : int
        t, the number of steps.
    """

    first: np.ndarray
    second: np.ndarray
    n_weights: int
    step: int = 0


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, adaptive moment estimation (Kingma and Ba, 2015, arXiv 1412.6980).

    m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
    θ ← θ − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)

    This is the efficient form at the end of section 2 of the paper, as in scikit-learn.
    The paper's algorithm 1, which PyTorch uses, adds ε after the bias correction, to
    √(v / (1 − β₂ᵗ)). Where ε matters, the results differ in the first steps.

    Parameters
    ----------
    beta_1, beta_2 : float in [0, 1), default=0.9 and 0.999
        Decay rates of the first and second moment.
    epsilon : float > 0, default=1e-8
        Added to the denominator for numerical stability.

    Examples
    --------
    The size of the first step is the learning rate, for any gradient far above ε:

    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import Adam
    >>> adam, theta = Adam(), np.zeros(2)
    >>> state = adam.init(theta, n_weights=2)
    >>> adam.update(theta, np.array([0.001, -100.0]), state, rate=0.1)
    >>> theta.round(3).tolist()
    [-0.1, 0.1]
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        for name in ("beta_1", "beta_2"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be in [0, 1); got {getattr(self, name)}."
                )
        check_epsilon(self.epsilon)

    def init(self, params: np.ndarray, n_weights: int) -> AdamState:
        """Return a state of zeros."""
        return AdamState(np.zeros_like(params), np.zeros_like(params), n_weights)

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: AdamState, rate: float
    ) -> None:
        """Take one step, as in the formula of the class."""
        state.step += 1
        # The state holds m / (1 − β₁) and v / (1 − β₂), which saves two passes over
        # the parameters. ε and the rate are scaled accordingly.
        root = sqrt(1 - self.beta_2)
        epsilon = self.epsilon / root
        rate *= sqrt(1 - self.beta_2**state.step) / (1 - self.beta_1**state.step)
        rate *= (1 - self.beta_1) / root
        for theta, g, m, v in blocks(params, grad, state.first, state.second):
            scale(m, self.beta_1)
            m += g
            g *= g
            scale(v, self.beta_2)
            v += g
            np.sqrt(v, out=g)
            g += epsilon
            np.divide(m, g, out=g)
            add_scaled(theta, -rate, g)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    θ ← θ − η λ θ for weights before the step of Adam (arXiv 1711.05101). This shrinks
    all weights by the same factor. The L2 penalty does not, because Adam rescales its
    gradient for each weight.

    Parameters
    ----------
    beta_1, beta_2 : float in [0, 1), default=0.9 and 0.999
        Decay rates of the first and second moment.
    epsilon : float > 0, default=1e-8
        Added to the denominator for numerical stability.
    weight_decay : float >= 0, default=0.01
        λ. A step with learning rate η multiplies the weights by 1 − η λ. Biases have no
        decay.

    Examples
    --------
    A weight and a bias, without a gradient:

    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import AdamW
    >>> adamw, theta = AdamW(weight_decay=0.5), np.array([10.0, 10.0])
    >>> state = adamw.init(theta, n_weights=1)
    >>> adamw.update(theta, np.zeros(2), state, rate=0.1)
    >>> theta.round(3).tolist()
    [9.5, 10.0]
    """

    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.weight_decay < np.inf:
            raise ValueError(
                f"weight_decay must be finite and >= 0; got {self.weight_decay}."
            )

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: AdamState, rate: float
    ) -> None:
        """Take one step, as in the formula of the class."""
        if state.n_weights:
            scale(params[: state.n_weights], 1 - rate * self.weight_decay)
        super().update(params, grad, state, rate)


@dataclass
class NadamState(AdamState):
    """State of Nadam.

    Attributes
    ----------
    first, second : ndarray of shape (n_params,)
        Moving sums of the gradient and its square, as for Adam.
    n_weights : int
        Number of weights.
    workspace : ndarray
        Scratch array.
    step : int
        t, the number of steps.
    """

    workspace: np.ndarray = field(kw_only=True)


@dataclass(frozen=True)
class Nadam(Adam):
    """Adam with Nesterov momentum (Dozat, 2016, ICLR workshop).

    m and v as for Adam;
    θ ← θ − η / (√(v / (1 − β₂ᵗ)) + ε) · [β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)]

    β₁ is constant, whereas Dozat's algorithm has a schedule for it, in PyTorch's NAdam
    β₁ (1 − ½ · 0.96^(0.004 t)). Unlike for Adam, ε is added after the bias correction.

    Parameters
    ----------
    beta_1, beta_2 : float in [0, 1), default=0.9 and 0.999
        Decay rates of the first and second moment.
    epsilon : float > 0, default=1e-8
        Added to the denominator for numerical stability.

    Examples
    --------
    The first step is longer than that of Adam, 1 + β₁ / (1 + β₁) times the rate:

    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import Nadam
    >>> nadam, theta = Nadam(), np.zeros(2)
    >>> state = nadam.init(theta, n_weights=2)
    >>> nadam.update(theta, np.array([0.001, -100.0]), state, rate=0.1)
    >>> theta.round(3).tolist()
    [-0.147, 0.147]
    """

    def init(self, params: np.ndarray, n_weights: int) -> NadamState:
        """Return a state of zeros."""
        first, second = np.zeros_like(params), np.zeros_like(params)
        return NadamState(first, second, n_weights, workspace=workspace_for(params))

    def update(  # type: ignore[override]
        self, params: np.ndarray, grad: np.ndarray, state: NadamState, rate: float
    ) -> None:
        """Take one step, as in the formula of the class."""
        state.step += 1
        # As in Adam, the state holds m / (1 − β₁) and v / (1 − β₂).
        root = sqrt((1 - self.beta_2) / (1 - self.beta_2**state.step))
        epsilon = self.epsilon / root
        rate *= (1 - self.beta_1) / root
        of_gradient = 1 / (1 - self.beta_1**state.step)
        of_moment = self.beta_1 / (1 - self.beta_1 ** (state.step + 1))
        for theta, g, m, v in blocks(params, grad, state.first, state.second):
            workspace = state.workspace[: len(g)]
            scale(m, self.beta_1)
            m += g
            np.multiply(g, g, out=workspace)
            scale(v, self.beta_2)
            v += workspace
            scale(g, of_gradient)
            add_scaled(g, of_moment, m)
            np.sqrt(v, out=workspace)
            workspace += epsilon
            g /= workspace
            add_scaled(theta, -rate, g)
