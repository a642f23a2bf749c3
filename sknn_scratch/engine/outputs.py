"""Output activations of one's own choice, for bounded and for positive numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit

from .activations import Activation, Identity, Logistic, Softplus, Tanh
from .losses import Loss


@dataclass(frozen=True)
class Exp(Activation):
    """A(z) = exp(z), which stays constant where its square would leave the floats.

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
    """An output activation and the targets that it can reach.

    Attributes
    ----------
    activation : Activation
        One whose `differentiate` does not read what it keeps.
    inverse : callable
        Takes values of the activation, returns raw outputs.
    low, high : float
        Bounds of its values; a target may be as low, or as high.

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
    """A loss of predictions A(raw), for losses whose own output is the raw one.

    L(raw, y) = loss(A(raw), y), and by the chain rule ∂L/∂raw = ∂loss/∂A · A′.

    Parameters
    ----------
    loss : Loss
        Of the predictions.
    name : str
        The output activation, a key of `OUTPUTS`.

    Examples
    --------
    p = 0.5 where 1 is right: ½ (p − 1)², and (p − 1) p (1 − p).

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
        """The output activation's name."""
        return self.name

    @property
    def mean_over_outputs(self) -> bool:  # type: ignore[override]
        """What the loss says."""
        return self.loss.mean_over_outputs

    @property
    def raw_per_target(self) -> int:  # type: ignore[override]
        """What the loss says."""
        return self.loss.raw_per_target

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """Let the loss see the predictions, and go back through the activation."""
        self.predict(raw)
        predicted = raw.copy()
        self.loss.evaluate(raw, y, losses, workspace)
        OUTPUTS[self.name].activation.differentiate(predicted, raw, predicted)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the raw outputs of the loss's own best constant."""
        constant = self.loss.best_constant(y, sample_weight)
        if constant is None:
            return None
        # At the bounds of the activation they are infinite.
        return np.asarray(np.nan_to_num(OUTPUTS[self.name].inverse(constant)))

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with A(raw)."""
        OUTPUTS[self.name].activation.activate(raw, np.empty_like(raw))

    def check_target(self, y: np.ndarray) -> None:
        """Targets must be within reach."""
        self.loss.check_target(y)
        low, high = OUTPUTS[self.name].low, OUTPUTS[self.name].high
        if y.min() < low or y.max() > high:
            raise ValueError(
                f"y must be in [{low:g}, {high:g}] for "
                f"output_activation={self.name!r}; got values from {y.min()} to "
                f"{y.max()}. Scale the target, or choose another output_activation."
            )
