"""Output activations for bounded and for positive regression targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit

from .activations import Activation, Identity, Logistic, Softplus, Tanh
from .losses import Loss


@dataclass(frozen=True)
class Exp(Activation):
    """A(z) = exp(z), constant where its square would overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.outputs import Exp
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> Exp().activate(z, None)
    >>> z.round(3).tolist()
    [0.368, 1.0, 7.389]
    """

    def activate(self, z: np.ndarray, cache: Any) -> None:
        """Overwrite z with A(z)."""
        limit = 0.45 * float(np.log(np.finfo(z.dtype).max))
        z.clip(-limit, limit, out=z)
        np.exp(z, out=z)

    def differentiate(self, output: np.ndarray, delta: np.ndarray, cache: Any) -> None:
        """A′ = A."""
        delta *= output


@dataclass(frozen=True)
class Output:
    """An output activation and the range of its values.

    Attributes
    ----------
    activation : Activation
        Activation whose `differentiate` does not read the cache.
    inverse : callable
        Function from values of the activation to raw outputs.
    low, high : float
        Bounds of the values, which targets may reach.

    Examples
    --------
    >>> from sknn_scratch.engine.outputs import OUTPUTS
    >>> OUTPUTS["tanh"].activation, OUTPUTS["tanh"].low, OUTPUTS["tanh"].high
    (Tanh(), -1.0, 1.0)
    >>> float(OUTPUTS["logistic"].inverse(0.5))
    0.0
    """

    activation: Activation
    inverse: Callable[..., Any]
    low: float = -np.inf
    high: float = np.inf


OUTPUTS = {
    "identity": Output(Identity(), np.positive),
    "logistic": Output(Logistic(), logit, 0.0, 1.0),
    "tanh": Output(Tanh(), np.arctanh, -1.0, 1.0),
    "exp": Output(Exp(), np.log, 0.0),
    "softplus": Output(Softplus(), lambda y: y + np.log(-np.expm1(-y)), 0.0),
}


@dataclass(frozen=True)
class ActivatedLoss(Loss):
    """A regression loss of predictions A(raw), with an output activation A.

    L(raw, y) = loss(A(raw), y), and by the chain rule ∂L/∂raw = ∂loss/∂A · A′.

    Parameters
    ----------
    loss : Loss
        Loss of the predictions.
    name : str
        Name of the output activation, a key of `OUTPUTS`.

    Examples
    --------
    p = 0.5 for a target of 1: ½ (p − 1)², and the gradient (p − 1) p (1 − p):

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.outputs import ActivatedLoss
    >>> raw, losses = np.zeros((1, 1)), np.empty(1)
    >>> loss = ActivatedLoss(SquaredError(), "logistic")
    >>> loss.evaluate(raw, np.ones((1, 1)), losses, np.empty_like(raw))
    >>> losses.tolist(), raw.tolist()
    ([0.125], [[-0.125]])
    """

    loss: Loss
    name: str

    @property
    def out_activation(self) -> str:  # type: ignore[override]
        """The name of the output activation."""
        return self.name

    @property
    def mean_over_outputs(self) -> bool:  # type: ignore[override]
        """As for the loss of the predictions."""
        return self.loss.mean_over_outputs

    @property
    def raw_per_target(self) -> int:  # type: ignore[override]
        """As for the loss of the predictions."""
        return self.loss.raw_per_target

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """Evaluate the loss of the predictions, and apply the chain rule."""
        self.predict(raw)
        predicted = raw.copy()
        self.loss.evaluate(raw, y, losses, workspace)
        OUTPUTS[self.name].activation.differentiate(predicted, raw, predicted)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the raw outputs for the best constant of the loss."""
        constant = self.loss.best_constant(y, sample_weight)
        if constant is None:
            return None
        # At the bounds of the activation they are infinite.
        return np.asarray(np.nan_to_num(OUTPUTS[self.name].inverse(constant)))

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with A(raw)."""
        OUTPUTS[self.name].activation.activate(raw, np.empty_like(raw))

    def check_target(self, y: np.ndarray) -> None:
        """Check that the targets are within the bounds of the activation."""
        self.loss.check_target(y)
        low, high = OUTPUTS[self.name].low, OUTPUTS[self.name].high
        if y.min() < low or y.max() > high:
            raise ValueError(
                f"y must be in [{low:g}, {high:g}] for "
                f"output_activation={self.name!r}; got values from {y.min()} to "
                f"{y.max()}. Scale the target, or choose another output_activation."
            )
