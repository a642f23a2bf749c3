"""The pinball loss of several non-crossing quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit

from .base import Loss, weighted_quantile


@dataclass(frozen=True)
class Quantiles(Loss):
    """The sum of the pinball losses of several quantiles, which cannot cross.

    L = Σ_k Σ_j max(q_j r_kj, (q_j − 1) r_kj), where r_kj = y_k − Q_kj. ``Quantile``
    with a sequence returns this loss.

    The base quantile is the one nearest to the median; its raw output is the quantile
    itself. Every other raw output z gives an increment softplus(z) = log(1 + exp(z)) >=
    0 from the next quantile in the direction of the base. It is added above the base
    and subtracted below it. So the predicted quantiles are in ascending order for any
    raw outputs, and for averages of raw outputs.

    Parameters
    ----------
    quantiles : sequence of float in (0, 1)
        q_j, strictly increasing; stored as a tuple.

    Examples
    --------
    The median is 1; the other quantiles are log 2 below and above it:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import Quantile
    >>> loss = Quantile([0.1, 0.5, 0.9])
    >>> loss
    Quantiles(quantiles=(0.1, 0.5, 0.9))
    >>> raw, y, losses = np.array([[0.0, 1.0, 0.0]]), np.array([[2.0]]), np.empty(1)
    >>> predicted = raw.copy()
    >>> loss.predict(predicted)
    >>> predicted.round(3).tolist()
    [[0.307, 1.0, 1.693]]
    >>> loss.evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()
    ([0.945], [[0.05, -1.5, -0.45]])
    """

    quantiles: Sequence[float]
    out_activation: ClassVar[str] = "quantiles"
    mean_over_outputs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        try:
            q = np.asarray(self.quantiles, float)
        except (TypeError, ValueError):  # strings, or lists of several lengths
            q = np.empty(0)
        # NaN fails every comparison.
        if q.ndim != 1 or not (q.size and (q > 0).all() and (q < 1).all()):
            raise ValueError(
                "quantile must be in (0, 1), or a sequence of such numbers; got "
                f"{self.quantiles}."
            )
        if not (np.diff(q) > 0).all():
            raise ValueError(
                f"quantile must be strictly increasing; got {self.quantiles}. Sort "
                "the quantiles, and remove duplicates."
            )
        object.__setattr__(self, "quantiles", tuple(q.tolist()))

    @property
    def raw_per_target(self) -> int:  # type: ignore[override]
        """One for each quantile."""
        return len(self.quantiles)

    @property
    def central(self) -> int:  # type: ignore[override]
        """Which quantile is the base: the one nearest to the median."""
        distances = [abs(q - 0.5) for q in self.quantiles]
        return distances.index(min(distances))

    def increments(self) -> list[tuple[int, int, int]]:
        """Return the order in which the quantiles are computed from the base.

        Returns
        -------
        increments : list of tuple (j, neighbor, sign)
            The increment of quantile j is added to (sign 1) or subtracted from
            (sign −1) quantile `neighbor`, which is the base or an earlier entry of the
            list.
        """
        base = self.central
        above = [(j, j - 1, 1) for j in range(base + 1, len(self.quantiles))]
        below = [(j, j + 1, -1) for j in range(base - 1, -1, -1)]
        return above + below

    def _by_quantile(self, raw: np.ndarray) -> np.ndarray:
        """Return a view of shape (n_samples, n_quantiles, n_outputs)."""
        n_quantiles = len(self.quantiles)
        return raw.reshape(len(raw), n_quantiles, raw.shape[1] // n_quantiles)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂Q = 1 − q above the target, else −q; times ∂Q/∂z = ± 1 / (1 + exp(−z)).

        An increment changes its quantile and all quantiles farther from the base.
        """
        increments, base = self.increments(), self.central
        slope, error = self._by_quantile(raw), self._by_quantile(workspace)
        q = np.array(self.quantiles, raw.dtype)
        workspace[...] = raw
        _add_up(error, increments)
        expit(raw, out=raw)
        slope[:, base] = 1
        if base:
            slope[:, :base] *= -1
        error -= y[:, None]
        # The pinball loss of an error e = Q − y is max(e, 0) − q e.
        np.einsum("ijk,j->i", error, q, out=losses)
        np.maximum(workspace, 0, out=workspace)
        np.subtract(workspace.sum(axis=1), losses, out=losses)
        np.sign(workspace, out=workspace)
        error -= q[:, None]
        for j, neighbor, _ in reversed(increments):
            error[:, neighbor] += error[:, j]
        raw *= workspace

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with the quantiles, in ascending order."""
        _add_up(self._by_quantile(raw), self.increments())

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the raw outputs of the quantiles of the targets."""
        found = [weighted_quantile(y, q, sample_weight) for q in self.quantiles]
        raw = list(found)
        for j, neighbor, _ in self.increments():
            raw[j] = inverse_softplus(np.abs(found[j] - found[neighbor]))
        return np.concatenate(raw)


def _add_up(raw: np.ndarray, increments: list[tuple[int, int, int]]) -> None:
    """Overwrite raw outputs of shape (n_samples, n_quantiles, n_outputs)."""
    for j, neighbor, sign in increments:
        own = raw[:, j]
        np.logaddexp(0, own, out=own)
        # Rounding is monotonic, so the quantiles are also ordered as floats.
        (np.add if sign > 0 else np.subtract)(raw[:, neighbor], own, out=own)


def inverse_softplus(increment: np.ndarray) -> np.ndarray:
    """Return the z with softplus(z) = increment; finite for an increment of 0.

    Parameters
    ----------
    increment : ndarray of float
        Numbers >= 0.
    """
    positive = np.maximum(increment, np.finfo(increment.dtype).tiny)
    return np.asarray(positive + np.log(-np.expm1(-positive)))
