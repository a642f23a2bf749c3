"""Losses: how wrong a network's raw outputs are, and in which direction.

A loss takes raw outputs (the last layer before its output activation) and composes
the activation itself. So its value and its gradient agree at any raw output, where
a loss of clipped probabilities would stop agreeing beyond raw outputs of about 36.
"""

from dataclasses import dataclass
from math import log, pi
from typing import ClassVar

import numpy as np
from scipy.special import expit, kl_div, log_expit, log_softmax


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
    of_classes : bool
        Whether the targets are classes, each output being 0 or 1; else numbers.
    counts_mistakes : bool
        Whether training is over once no sample has a gradient any more.
    raw_per_target : int
        Number of raw outputs that a target needs. With several, the first stand for
        all targets, then come the second, and so on.
    """

    out_activation: ClassVar[str]
    mean_over_outputs: ClassVar[bool] = False
    of_classes: ClassVar[bool] = False
    counts_mistakes: ClassVar[bool] = False
    raw_per_target: ClassVar[int] = 1

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """Compute every sample's loss and its gradient with respect to `raw`.

        Parameters
        ----------
        raw : ndarray of shape (n_samples, raw_per_target · n_outputs)
            Raw outputs, overwritten with ∂L/∂raw.
        y : ndarray of shape (n_samples, n_outputs)
            Targets: numbers, or 0 / 1 (one-hot rows for several classes).
        losses : ndarray of shape (n_samples,)
            Overwritten with L of each sample.
        spare : ndarray like `raw`
            Room to work in; its content means nothing before and after.
        """
        raise NotImplementedError

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw outputs with predictions (the output activation)."""
        raise NotImplementedError

    def check_target(self, y: np.ndarray) -> None:
        """Raise a ValueError if `y` holds a value the loss is not defined for."""

    def binary(self) -> "Loss":
        """Return the same for outputs that say yes or no, each for itself."""
        return self


@dataclass(frozen=True)
class LossOfErrors(Loss):
    """A loss of raw − y, whose raw outputs are the prediction."""

    out_activation: ClassVar[str] = "identity"
    mean_over_outputs: ClassVar[bool] = True

    def predict(self, raw: np.ndarray) -> None:
        """The raw outputs are the prediction."""


@dataclass(frozen=True)
class SquaredError(LossOfErrors):
    """L = ½ Σ_k (raw_k − y_k)²."""

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = raw − y."""
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5


@dataclass(frozen=True)
class AbsoluteError(LossOfErrors):
    """L = Σ_k |raw_k − y_k|, which the median minimises."""

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = sign(raw − y)."""
        raw -= y
        np.abs(raw, out=spare)
        spare.sum(axis=1, out=losses)
        np.sign(raw, out=raw)


@dataclass(frozen=True)
class Huber(LossOfErrors):
    """Half the squared error up to a distance of δ, and from there a straight line.

    L = Σ_k c (r − c/2), where r = raw − y and c is r clipped to ±δ (Huber, 1964).

    Parameters
    ----------
    delta : float > 0, default=1.0
        δ: errors beyond it count like absolute ones, in the units of the target.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.delta < np.inf:
            raise ValueError(f"delta must be finite and > 0; got {self.delta}.")

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = c."""
        raw -= y
        spare[...] = raw
        raw.clip(-self.delta, self.delta, out=raw)
        spare -= 0.5 * raw
        np.einsum("ik,ik->i", raw, spare, out=losses)


@dataclass(frozen=True)
class Quantile(LossOfErrors):
    """The pinball loss, which a quantile minimises (Koenker and Bassett, 1978).

    L = Σ_k max(q r, (q − 1) r), where r = y − raw.

    Parameters
    ----------
    quantile : float in (0, 1), default=0.5
        q: the share of targets that the prediction is to be above; 0.5 is the median.
    """

    quantile: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise ValueError(f"quantile must be in (0, 1); got {self.quantile}.")

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − q above the target, −q below, and 0 on it."""
        raw -= y
        np.heaviside(raw, self.quantile, out=spare)
        spare -= self.quantile
        np.einsum("ik,ik->i", raw, spare, out=losses)
        raw[...] = spare


@dataclass(frozen=True)
class LossOfMean(Loss):
    """A loss of a positive mean μ = exp(raw).

    Beyond raw outputs of ± the largest whose exponential leaves room for sums, 66 in
    float32 and 532 in float64, μ stays constant and L goes on as a straight line, so
    that both remain finite.
    """

    out_activation: ClassVar[str] = "exp"

    @staticmethod
    def clip(raw: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` with the raw outputs that exp may be taken of."""
        limit = 0.75 * float(np.log(np.finfo(raw.dtype).max))
        np.clip(raw, -limit, limit, out=out)

    def split(self, raw: np.ndarray, clipped: np.ndarray) -> np.ndarray | None:
        """Fill `clipped`, and return what is beyond, if anything: it is rare."""
        self.clip(raw, clipped)
        raw -= clipped
        return raw.copy() if raw.any() else None

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with μ."""
        self.clip(raw, raw)
        np.exp(raw, out=raw)


@dataclass(frozen=True)
class Poisson(LossOfMean):
    """Half the Poisson deviance of a mean μ = exp(raw), for targets y ≥ 0.

    L = Σ_k y_k log(y_k / μ_k) − y_k + μ_k
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = μ − y."""
        beyond = self.split(raw, spare)
        np.exp(spare, out=spare)  # μ
        kl_div(y, spare, out=raw)  # y log(y / μ) − y + μ, without cancellation
        if beyond is not None:
            raw += beyond * (spare - y)
        raw.sum(axis=1, out=losses)
        np.subtract(spare, y, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Counts are not negative."""
        if (y < 0).any():
            raise ValueError(
                f"y must be >= 0 for loss='poisson'; got a minimum of {y.min()}. "
                "Shift or clip the target, or choose loss='squared_error'."
            )


@dataclass(frozen=True)
class Gamma(LossOfMean):
    """Half the gamma deviance of a mean μ = exp(raw), for targets y > 0.

    L = Σ_k log(μ_k / y_k) + y_k / μ_k − 1

    It counts relative errors: being off by a tenth costs the same at 1 and at 1000.
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = 1 − y / μ."""
        beyond = self.split(raw, spare)
        np.log(y, out=raw)
        spare -= raw  # log(μ / y), and the loss is that of its exponential
        np.negative(spare, out=raw)
        np.expm1(raw, out=raw)  # y / μ − 1, without cancellation
        spare += raw
        if beyond is not None:
            spare -= beyond * raw
        spare.sum(axis=1, out=losses)
        np.negative(raw, out=raw)

    def check_target(self, y: np.ndarray) -> None:
        """Amounts are positive."""
        if (y <= 0).any():
            raise ValueError(
                f"y must be > 0 for loss='gamma'; got a minimum of {y.min()}. "
                "Leave such samples out, or choose loss='poisson'."
            )


@dataclass(frozen=True)
class Gaussian(Loss):
    """−log density of a normal distribution of mean μ and variance σ² = exp(v).

    L = ½ Σ_k log 2π + v_k + (μ_k − y_k)² exp(−v_k)

    Mean and variance are learned together (Nix and Weigend, 1994, ICNN). Where v goes
    beyond half the logarithm of the largest float (±44 in float32, ±354 in float64), σ
    stays constant and L rises by half of what is beyond.
    """

    out_activation: ClassVar[str] = "mean_and_std"
    raw_per_target: ClassVar[int] = 2

    @staticmethod
    def clip(v: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` with the v that exp may be taken of."""
        limit = 0.5 * float(np.log(np.finfo(v.dtype).max))
        np.clip(v, -limit, limit, out=out)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂μ = (μ − y) exp(−v);  ∂L/∂v = ½ (1 − (μ − y)² exp(−v))."""
        n_outputs = y.shape[1]
        error, beyond = raw[:, :n_outputs], raw[:, n_outputs:]
        slope, v = spare[:, :n_outputs], spare[:, n_outputs:]
        self.clip(beyond, v)
        beyond -= v
        error -= y
        np.negative(v, out=slope)
        np.exp(slope, out=slope)
        slope *= error
        error *= slope  # (μ − y)² exp(−v)
        v += error
        v += np.abs(beyond)
        v.sum(axis=1, out=losses)
        losses += n_outputs * log(2 * pi)
        losses *= 0.5
        np.sign(beyond, out=beyond)
        np.subtract(1, error, out=beyond, where=beyond == 0)
        beyond *= 0.5
        error[...] = slope

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with μ, and with σ."""
        v = raw[:, raw.shape[1] // 2 :]
        self.clip(v, v)
        v *= 0.5
        np.exp(v, out=v)


@dataclass(frozen=True)
class BinaryLogLoss(Loss):
    """Cross-entropy of independent yes / no outputs, p = 1 / (1 + exp(−raw)).

    L = Σ_k −y_k log p_k − (1 − y_k) log(1 − p_k) = Σ_k log(1 + exp(raw_k)) − y_k raw_k
    """

    out_activation: ClassVar[str] = "logistic"
    of_classes: ClassVar[bool] = True

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
    of_classes: ClassVar[bool] = True

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

    def binary(self) -> Loss:
        """Return the cross-entropy of yes / no outputs."""
        return BinaryLogLoss()


@dataclass(frozen=True)
class BinaryBrier(BinaryLogLoss):
    """Half the squared error of the probabilities of yes / no outputs.

    L = ½ Σ_k (p_k − y_k)², p = 1 / (1 + exp(−raw))
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = (p − y) p (1 − p)."""
        expit(raw, out=raw)
        np.subtract(1, raw, out=spare)
        spare *= raw
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5
        raw *= spare


@dataclass(frozen=True)
class Brier(LogLoss):
    """Half the squared error of the probabilities p = softmax(raw) (Brier, 1950).

    L = ½ Σ_k (p_k − y_k)². Certain and wrong costs 1 at most, while the log loss has
    no bound: labels that are wrong themselves do less harm.
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw_j = p_j [(p_j − y_j) − Σ_k p_k (p_k − y_k)]."""
        self.predict(raw)
        np.subtract(raw, y, out=spare)
        np.einsum("ik,ik->i", raw, spare, out=losses)
        raw *= spare - losses[:, None]
        np.einsum("ik,ik->i", spare, spare, out=losses)
        losses *= 0.5

    def binary(self) -> Loss:
        """Return the squared error of yes / no outputs."""
        return BinaryBrier()


def _check_gamma(gamma: float) -> None:
    if not 0 <= gamma < np.inf:
        raise ValueError(f"gamma must be finite and >= 0; got {gamma}.")


def _focus(log_p: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return f(log p) = −(1 − p)^γ log p, and its derivative by log p."""
    gamma = float(gamma)  # that of NumPy would turn float32 into float64
    q = -np.expm1(log_p)  # 1 − p
    power = q**gamma
    ratio = np.full_like(q, -1)  # log p / (1 − p), also where p is 1
    np.divide(log_p, q, out=ratio, where=q > 0)
    return -power * log_p, power * (gamma * np.exp(log_p) * ratio - 1)


@dataclass(frozen=True)
class BinaryFocal(BinaryLogLoss):
    """The focal loss of yes / no outputs; see `Focal`."""

    gamma: float = 2.0

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw = y f′(log p) (1 − p) − (1 − y) f′(log(1 − p)) p."""
        expit(raw, out=spare)
        yes, yes_slope = _focus(log_expit(raw), self.gamma)
        no, no_slope = _focus(log_expit(-raw), self.gamma)
        (y * yes + (1 - y) * no).sum(axis=1, out=losses)
        raw[...] = y * yes_slope * (1 - spare) - (1 - y) * no_slope * spare


@dataclass(frozen=True)
class Focal(LogLoss):
    """The log loss with less weight on what is right already (Lin et al., 2017).

    L = Σ_k y_k f(log p_k), f(log p) = −(1 − p)^γ log p, p = softmax(raw), arXiv
    1708.02002. For classes of which one is rare, and mostly easy to tell.

    Parameters
    ----------
    gamma : float >= 0, default=2.0
        γ; with 0 it is the log loss.
    """

    gamma: float = 2.0

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, spare: np.ndarray
    ) -> None:
        """∂L/∂raw_j = y_j f′(log p_j) − p_j Σ_k y_k f′(log p_k)."""
        log_p = log_softmax(raw, axis=1)
        value, slope = _focus(log_p, self.gamma)
        np.einsum("ik,ik->i", y, value, out=losses)
        np.multiply(y, slope, out=spare)
        raw[...] = spare - np.exp(log_p) * spare.sum(axis=1, keepdims=True)

    def binary(self) -> Loss:
        """Return the focal loss of yes / no outputs."""
        return BinaryFocal(self.gamma)


@dataclass(frozen=True)
class Perceptron(Loss):
    """Rosenblatt's rule as a loss: how far the winner is ahead of the truth.

    One output: L = |raw| if its sign is wrong, else 0. Several: L = max_j raw_j −
    Σ_k y_k raw_k. A gradient step moves the true class towards x and the winning
    wrong class away from it. Winners that tie share the step: of all subgradients
    the one that prefers no class, which matters where training starts from zeros.
    """

    out_activation: ClassVar[str] = "identity"
    of_classes: ClassVar[bool] = True
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
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
    "gamma": Gamma,
    "gaussian": Gaussian,
    "binary_log_loss": BinaryLogLoss,
    "log_loss": LogLoss,
    "binary_brier": BinaryBrier,
    "brier": Brier,
    "binary_focal": BinaryFocal,
    "focal": Focal,
    "perceptron": Perceptron,
    "hinge": Hinge,
}
