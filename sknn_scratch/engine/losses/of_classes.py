"""Losses for classification."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, log_expit, log_softmax, logit

from ..kernels import negate
from .base import Loss, weighted_mean

# Frequency of classes that do not occur, so that logarithms are finite.
TINY = 1e-7


@dataclass(frozen=True)
class BinaryLogLoss(Loss):
    """Cross-entropy of independent binary outputs, p = 1 / (1 + exp(−raw)).

    L = Σ_k −y_k log p_k − (1 − y_k) log(1 − p_k) = Σ_k log(1 + exp(raw_k)) − y_k raw_k

    Examples
    --------
    A sample with p = 0.5, and a misclassified one whose p underflows to 0:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import BinaryLogLoss
    >>> raw, y = np.array([[0.0], [-1000.0]]), np.array([[1.0], [1.0]])
    >>> losses = np.empty(2)
    >>> BinaryLogLoss().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.693, 1000.0], [[-0.5], [-1.0]])
    """

    out_activation: ClassVar[str] = "logistic"
    for_classification: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = p − y."""
        expit(raw, out=workspace)
        np.einsum("ik,ik->i", y, raw, out=losses)
        np.logaddexp(0, raw, out=raw)
        raw[:, 0] -= losses
        raw.sum(axis=1, out=losses)
        np.subtract(workspace, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with p."""
        expit(raw, out=raw)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the log-odds of the mean of y."""
        mean = weighted_mean(y, sample_weight)
        return np.asarray(logit(np.clip(mean, TINY, 1 - TINY)))


@dataclass(frozen=True)
class LogLoss(Loss):
    """Cross-entropy of several exclusive classes, p = softmax(raw).

    L = −Σ_k y_k log p_k = log Σ_k exp(raw_k) − Σ_k y_k raw_k

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import LogLoss
    >>> raw, y = np.array([[2.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
    >>> losses = np.empty(1)
    >>> LogLoss().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.408], [[-0.335, 0.245, 0.09]])
    """

    out_activation: ClassVar[str] = "softmax"
    for_classification: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = p − y."""
        np.maximum.reduce(raw, axis=1, out=losses)
        raw -= losses[:, None]  # p and L do not change, and no exponential overflows
        np.exp(raw, out=workspace)
        np.einsum("ik,ik->i", y, raw, out=losses)
        total = raw[:, 0]  # its first column is reused for Σ exp
        np.add.reduce(workspace, axis=1, out=total)
        workspace /= total[:, None]
        np.log(total, out=total)
        np.subtract(total, losses, out=losses)
        np.subtract(workspace, y, out=raw)

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with p."""
        raw -= np.maximum.reduce(raw, axis=1, keepdims=True)
        np.exp(raw, out=raw)
        raw /= np.add.reduce(raw, axis=1, keepdims=True)

    def log_predict(self, raw: np.ndarray) -> np.ndarray:
        """Return log p, which is finite even if p is too small for a float."""
        log_p: np.ndarray = log_softmax(raw, axis=1)
        return log_p

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the logarithm of the mean of y."""
        mean = weighted_mean(y, sample_weight)
        return np.asarray(np.log(np.maximum(mean, TINY)))

    def binary(self) -> Loss:
        """Return the cross-entropy of binary outputs."""
        return BinaryLogLoss()


@dataclass(frozen=True)
class BinaryBrier(BinaryLogLoss):
    """Half the squared error of the probabilities of independent binary outputs.

    L = ½ Σ_k (p_k − y_k)², p = 1 / (1 + exp(−raw))

    Examples
    --------
    A sample with p = 0.5, and a misclassified one, whose gradient almost vanishes:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import BinaryBrier
    >>> raw, y = np.array([[0.0], [-5.0]]), np.array([[1.0], [1.0]])
    >>> losses = np.empty(2)
    >>> BinaryBrier().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.125, 0.493], [[-0.125], [-0.007]])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = (p − y) p (1 − p)."""
        expit(raw, out=raw)
        np.subtract(1, raw, out=workspace)
        workspace *= raw
        raw -= y
        np.einsum("ik,ik->i", raw, raw, out=losses)
        losses *= 0.5
        raw *= workspace


@dataclass(frozen=True)
class Brier(LogLoss):
    """Half the squared error of the probabilities p = softmax(raw) (Brier, 1950).

    L = ½ Σ_k (p_k − y_k)². The loss of a confident wrong prediction is at most 1, while
    the log loss is unbounded. Wrong labels therefore have less influence.

    Examples
    --------
    A sample with equal probabilities, and a confident wrong prediction:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Brier
    >>> raw, y = np.array([[0.0, 0.0], [0.0, 50.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> losses = np.empty(2)
    >>> Brier().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw[0].tolist()
    ([0.25, 1.0], [-0.25, 0.25])
    """

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw_j = p_j [(p_j − y_j) − Σ_k p_k (p_k − y_k)]."""
        self.predict(raw)
        np.subtract(raw, y, out=workspace)
        np.einsum("ik,ik->i", raw, workspace, out=losses)
        raw *= workspace - losses[:, None]
        np.einsum("ik,ik->i", workspace, workspace, out=losses)
        losses *= 0.5

    def binary(self) -> Loss:
        """Return the squared error of binary outputs."""
        return BinaryBrier()


def _check_gamma(gamma: float) -> None:
    if not 0 <= gamma < np.inf:
        raise ValueError(f"gamma must be finite and >= 0; got {gamma}.")


def _focus(log_p: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return f(log p) = −(1 − p)^γ log p, and its derivative with respect to log p."""
    gamma = float(gamma)  # a NumPy float64 would convert float32 to float64
    q = -np.expm1(log_p)  # 1 − p
    power = q**gamma
    ratio = np.full_like(q, -1)  # log p / (1 − p), with its limit for p = 1
    np.divide(log_p, q, out=ratio, where=q > 0)
    return -power * log_p, power * (gamma * np.exp(log_p) * ratio - 1)


@dataclass(frozen=True)
class BinaryFocal(BinaryLogLoss):
    """The focal loss of independent binary outputs; see `Focal`.

    Parameters
    ----------
    gamma : float >= 0, default=2.0
        γ; with 0, the loss is the log loss.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import BinaryFocal
    >>> raw, y, losses = np.array([[0.0], [3.0]]), np.array([[1.0], [1.0]]), np.empty(2)
    >>> BinaryFocal().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(4).tolist(), raw.round(4).tolist()
    ([0.1733, 0.0001], [[-0.2983], [-0.0003]])
    """

    gamma: float = 2.0

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = y f′(log p) (1 − p) − (1 − y) f′(log(1 − p)) p."""
        expit(raw, out=workspace)
        yes, yes_slope = _focus(log_expit(raw), self.gamma)
        no, no_slope = _focus(log_expit(-raw), self.gamma)
        (y * yes + (1 - y) * no).sum(axis=1, out=losses)
        raw[...] = y * yes_slope * (1 - workspace) - (1 - y) * no_slope * workspace


@dataclass(frozen=True)
class Focal(LogLoss):
    """The log loss with a lower weight on well-classified samples (Lin et al., 2017).

    L = Σ_k y_k f(log p_k), f(log p) = −(1 − p)^γ log p, p = softmax(raw), arXiv
    1708.02002. Useful for imbalanced classes in which most samples are easy to
    classify.

    Parameters
    ----------
    gamma : float >= 0, default=2.0
        γ; with 0, the loss is the log loss.

    Examples
    --------
    A sample with equal probabilities, and a well-classified one:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Focal
    >>> y, losses = np.array([[1.0, 0.0], [1.0, 0.0]]), np.empty(2)
    >>> for gamma in (0, 2):
    ...     raw = np.array([[0.0, 0.0], [3.0, 0.0]])
    ...     Focal(gamma).evaluate(raw, y, losses, np.empty_like(raw))
    ...     print(losses.round(4).tolist(), raw[:, 0].round(4).tolist())
    [0.6931, 0.0486] [-0.5, -0.0474]
    [0.1733, 0.0001] [-0.2983, -0.0003]
    """

    gamma: float = 2.0

    def __post_init__(self) -> None:
        _check_gamma(self.gamma)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw_j = y_j f′(log p_j) − p_j Σ_k y_k f′(log p_k)."""
        log_p = log_softmax(raw, axis=1)
        value, slope = _focus(log_p, self.gamma)
        np.einsum("ik,ik->i", y, value, out=losses)
        np.multiply(y, slope, out=workspace)
        raw[...] = workspace - np.exp(log_p) * workspace.sum(axis=1, keepdims=True)

    def binary(self) -> Loss:
        """Return the focal loss of binary outputs."""
        return BinaryFocal(self.gamma)


@dataclass(frozen=True)
class Perceptron(Loss):
    """The perceptron loss: the highest score minus the score of the true class.

    Its gradient steps are Rosenblatt's rule. One output: L = abs(raw) if the sign is
    wrong, else 0. Several: L = max_j raw_j − Σ_k y_k raw_k. A gradient step moves the
    weights of the true class towards x, and those of the wrongly predicted class away
    from x. Classes with equal highest scores share the step. This subgradient does not
    depend on the order of the classes, which matters if the initial weights are zero.

    Examples
    --------
    One output, wrong and correct:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Perceptron
    >>> raw, y = np.array([[-2.0], [0.5]]), np.array([[1.0], [1.0]])
    >>> losses = np.empty(2)
    >>> Perceptron().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([2.0, 0.0], [[-1.0], [0.0]])
    """

    out_activation: ClassVar[str] = "identity"
    for_classification: ClassVar[bool] = True
    stops_when_separated: ClassVar[bool] = True
    ignores_correct: ClassVar[bool] = True

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = winner − y, both one-hot: zero for a correct prediction."""
        if raw.shape[1] == 1:
            np.heaviside(raw, 0.5, out=workspace)
            workspace -= y
            raw *= workspace
            raw.sum(axis=1, out=losses)
            np.copyto(raw, workspace)
        else:
            np.maximum.reduce(raw, axis=1, out=losses)
            np.equal(raw, losses[:, None], out=workspace)
            raw *= y
            negate(raw, out=raw)
            raw[:, 0] += losses
            raw.sum(axis=1, out=losses)
            n_winners = raw[:, 0]
            workspace.sum(axis=1, out=n_winners)
            workspace /= n_winners[:, None]
            np.subtract(workspace, y, out=raw)

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return scores for which the most frequent class is predicted."""
        mean = weighted_mean(y, sample_weight)
        return np.asarray(2 * mean - 1)

    def predict(self, raw: np.ndarray) -> None:
        """Leave raw unchanged: the class with the largest raw output is predicted."""


@dataclass(frozen=True)
class Hinge(Perceptron):
    """The hinge loss: the perceptron loss with a margin of 1.

    One output, t = ±1: L = max(0, 1 − t raw). Several: L = max_j(raw_j + [j ≠ true]) −
    raw_true (Crammer and Singer, 2001). Both are the perceptron loss after 1 has been
    added to the score of every wrong class.

    Examples
    --------
    One output: wrong, correct by a half, and correct by more than the margin:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Hinge
    >>> raw, y = np.array([[-2.0], [0.5], [3.0]]), np.array([[1.0], [1.0], [1.0]])
    >>> losses = np.empty(3)
    >>> Hinge().evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([3.0, 0.5, 0.0], [[-1.0], [-1.0], [0.0]])
    """

    stops_when_separated: ClassVar[bool] = False

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw = winner − y, if the margin is violated."""
        # The single raw output is the score of class 1 minus that of class 0, so the
        # margin is that of class 1 (1 − y) minus that of class 0 (y).
        np.multiply(y, -2 if raw.shape[1] == 1 else -1, out=workspace)
        raw += workspace
        raw += 1
        super().evaluate(raw, y, losses, workspace)
