"""Calibration: temperature scaling."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.optimize import minimize_scalar

from .losses import JointLoss, Loss
from .objective import mean_loss

_LOG_BOUNDS = (-5.0, 5.0)


def best_temperature(
    loss: Loss,
    batches: Callable[[], Iterable[tuple[np.ndarray, np.ndarray]]],
    sample_weight: np.ndarray | None = None,
) -> float:
    """Return the temperature T with which raw / T has the lowest loss.

    It is looked for between exp(−5) and exp(5). Labels are smoothed by
    1 / (n_samples + 1), as if one more had been seen that said nothing, so that T stays
    above 0 where all are right. A T below 1 makes probabilities more certain; which
    class is the most likely does not depend on it, except for `Ordinal`.

    Parameters
    ----------
    loss : LogLoss, BinaryLogLoss, Ordinal or JointLoss of these
        The log loss of what the outputs stand for.
    batches : callable
        Returns an iterable of tuples (raw, y) at every call: the samples, in one batch
        or in several that need not be in memory together. `raw`, of shape (n_rows,
        n_outputs), are raw outputs; `y`, of the same shape, is 1 for what is true and
        else 0.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples in the log loss, not all zero; those of weight 0 are
        not counted. The probabilities are calibrated for the weighted samples.

    Returns
    -------
    temperature : float > 0
        T, to a thousandth.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern neural
    networks. ICML. arXiv:1706.04599. Smoothed for the reason that J. Platt (1999) gives
    in: Probabilistic outputs for support vector machines.

    Examples
    --------
    Sure of every sample, and wrong about one in four:

    >>> import numpy as np
    >>> from sknn_scratch.engine.calibration import best_temperature
    >>> from sknn_scratch.engine.losses import BinaryLogLoss
    >>> raw = np.full((400, 1), 10.0)
    >>> y = np.array([[0.0], [1.0], [1.0], [1.0]] * 100)
    >>> temperature = best_temperature(BinaryLogLoss(), lambda: [(raw, y)])
    >>> probability = float(1 / (1 + np.exp(-10 / temperature)))
    >>> round(probability, 2)
    0.75
    """
    if sample_weight is None:
        n_samples = sum(len(y) for _, y in batches())
    else:
        n_samples = int(np.count_nonzero(sample_weight))

    def loss_at(log_temperature: float) -> float:
        divided = (
            (
                raw / raw.dtype.type(np.exp(log_temperature)),
                _smooth(loss, y, raw.dtype.type(n_samples + 1)),
            )
            for raw, y in batches()
        )
        return mean_loss(loss, divided, sample_weight)

    found = minimize_scalar(
        loss_at, bounds=_LOG_BOUNDS, method="bounded", options={"xatol": 1e-3}
    )
    return float(np.exp(found.x))


def _smooth(loss: Loss, y: np.ndarray, n: np.floating) -> np.ndarray:
    """Return targets of which 1/n says nothing of the class."""
    if isinstance(loss, JointLoss):
        blocks = loss.blocks
        return np.hstack([_smooth(one, y[:, block], n) for one, block in blocks])
    nothing_said = 0.5 if loss.out_activation == "logistic" else 1 / y.shape[1]
    smoothed: np.ndarray = y + (nothing_said - y) / n
    return smoothed
