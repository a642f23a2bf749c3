"""Losses: how wrong a network's raw outputs are, and in which direction.

A loss takes raw outputs (the last layer before its output activation) and composes
the activation itself. So its value and its gradient agree at any raw output, where
a loss of clipped probabilities would stop agreeing beyond raw outputs of about 36.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, kl_div


@dataclass(frozen=True)
class Loss:
    """L(raw, y) of one sample, its gradient, and the prediction it implies.

    Attributes
    ----------
    out_activation : str
        Name of the output activation that turns raw outputs into predictions.
    mean_over_outputs : bool
        Whether a loss curve reports the mean over the outputs rather than the sum.
        The gradient is that of the sum either way.
    counts_mistakes : bool
        Whether training is over once no sample has a gradient any more.
    """

    out_activation: ClassVar[str]
    mean_over_outputs: ClassVar[bool] = False
    counts_mistakes: ClassVar[bool] = False

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """Compute every sample's loss and its gradient with respect to `raw`.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs, overwritten with ∂L/∂raw.
        y : ndarray of shape (n_samples, n_outputs)
            Targets: numbers, or 0 / 1 (one-hot rows for several classes).
        losses : ndarray of shape (n_samples,)
            Overwritten with L of each sample.
        spare : ndarray of shape (n_samples, n_outputs)
            Room to work in; its content means nothing before and after.
        """
        raise NotImplementedError

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw outputs with predictions (the output activation)."""
        raise NotImplementedError

    def check_target(self, y: np.ndarray) -> None:
        """Raise a ValueError if `y` holds a value the loss is not defined for."""


@dataclass(frozen=True)
class SquaredError(Loss):
    """L = ½ Σ_k (raw_k − y_k)²."""

    out_activation: ClassVar[str] = "identity"
    mean_over_outputs: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = raw − y."""
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5

    def predict(self, raw: np.ndarray) -> None:
        """The raw outputs are the prediction."""


@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance of a mean μ = exp(raw), for targets y ≥ 0.

    L = Σ_k y_k log(y_k / μ_k) − y_k + μ_k

    Beyond raw outputs of ± the largest whose exponential leaves room for sums, μ stays
    constant and L goes on as a straight line, so that both remain finite.
    """

    out_activation: ClassVar[str] = "exp"

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = μ − y."""
        limit = self._limit(raw.dtype)
        np.clip(raw, -limit, limit, out=spare)
        raw -= spare
        beyond = raw.copy() if raw.any() else None  # rare
        np.exp(spare, out=spare)  # μ
        kl_div(y, spare, out=raw)  # y log(y / μ) − y + μ, without cancellation
        if beyond is not None:
            raw += beyond * (spare - y)
        raw.sum(axis=1, out=losses)
        np.subtract(spare, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with μ."""
        limit = self._limit(raw.dtype)
        np.clip(raw, -limit, limit, out=raw)
        np.exp(raw, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Counts are not negative."""
        if (y < 0).any():
            raise ValueError(
                f"y must be >= 0 for loss='poisson'; got a minimum of {y.min()}. "
                "Shift or clip the target, or choose loss='squared_error'."
            )

    @staticmethod
    def _limit(dtype: np.dtype) -> float:
        """About 66 in float32 and 532 in float64."""
        return 0.75 * float(np.log(np.finfo(dtype).max))


@dataclass(frozen=True)
class BinaryLogLoss(Loss):
    """Cross-entropy of independent yes / no outputs, p = 1 / (1 + exp(−raw)).

    L = Σ_k −y_k log p_k − (1 − y_k) log(1 − p_k) = Σ_k log(1 + exp(raw_k)) − y_k raw_k
    """

    out_activation: ClassVar[str] = "logistic"

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = p − y."""
        expit(raw, out=spare)
        np.einsum("ik,ik->i", y, raw, out=losses)
        np.logaddexp(0, raw, out=raw)
        raw[:, 0] -= losses
        raw.sum(axis=1, out=losses)
        np.subtract(spare, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with p."""
        expit(raw, out=raw)


@dataclass(frozen=True)
class LogLoss(Loss):
    """Cross-entropy of one class out of several, p = softmax(raw).

    L = −Σ_k y_k log p_k = log Σ_k exp(raw_k) − Σ_k y_k raw_k
    """

    out_activation: ClassVar[str] = "softmax"

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = p − y."""
        raw.max(axis=1, out=losses)
        raw -= losses[:, None]  # changes neither p nor L, and no exponential overflows
        np.exp(raw, out=spare)
        np.einsum("ik,ik->i", y, raw, out=losses)
        total = raw[:, 0]  # raw is used up: its first column holds Σ exp from here
        spare.sum(axis=1, out=total)
        spare /= total[:, None]
        np.log(total, out=total)
        np.subtract(total, losses, out=losses)
        np.subtract(spare, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with p."""
        raw -= raw.max(axis=1, keepdims=True)
        np.exp(raw, out=raw)
        raw /= raw.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Perceptron(Loss):
    """Rosenblatt's rule as a loss: how far the winner is ahead of the truth.

    One output: L = |raw| if its sign is wrong, else 0. Several: L = max_j raw_j −
    Σ_k y_k raw_k. A gradient step moves the true class towards x and the winning
    wrong class away from it. Winners that tie share the step: of all subgradients
    the one that prefers no class, which matters where training starts from zeros.
    """

    out_activation: ClassVar[str] = "identity"
    counts_mistakes: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = winner − y, both one-hot: zero unless there is a mistake."""
        if raw.shape[1] == 1:
            np.heaviside(raw, 0.5, out=spare)
            spare -= y
            raw *= spare
            raw.sum(axis=1, out=losses)
            np.copyto(raw, spare)
        else:
            raw.max(axis=1, out=losses)
            np.equal(raw, losses[:, None], out=spare)
            raw *= y
            np.negative(raw, out=raw)
            raw[:, 0] += losses
            raw.sum(axis=1, out=losses)
            n_winners = raw[:, 0]
            spare.sum(axis=1, out=n_winners)
            spare /= n_winners[:, None]
            np.subtract(spare, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """The raw outputs are scores; the largest wins."""


@dataclass(frozen=True)
class Hinge(Perceptron):
    """The perceptron's loss with a margin: right is not enough, it must be by 1.

    One output, t = ±1: L = max(0, 1 − t raw). Several: L = max_j(raw_j + [j ≠ true]) −
    raw_true (Crammer and Singer, 2001). Both are the perceptron's loss after every
    wrong answer has been given a head start of 1.
    """

    counts_mistakes: ClassVar[bool] = False

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = winner − y, where the margin is not kept."""
        # The single raw output is the score of class 1 minus that of class 0, so
        # the head start is that of class 1 (1 − y) minus that of class 0 (y).
        np.multiply(y, -2 if raw.shape[1] == 1 else -1, out=spare)
        raw += spare
        raw += 1
        super().evaluate(raw, y, losses, spare)


LOSSES: dict[str, type[Loss]] = {
    "squared_error": SquaredError,
    "poisson": Poisson,
    "binary_log_loss": BinaryLogLoss,
    "log_loss": LogLoss,
    "perceptron": Perceptron,
    "hinge": Hinge,
}
