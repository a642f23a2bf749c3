"""Calibration of probabilities: temperature scaling."""

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
    """Return the temperature T for which raw / T has the lowest log loss.

    The search range is exp(−5) to exp(5). Label smoothing by 1 / (n_samples + 1), as if
    there were one more sample without information, keeps T above 0 if all samples are
    correct. A T below 1 makes probabilities more confident. The most likely class does
    not depend on T, except for `Ordinal`.

    Parameters
    ----------
    loss : LogLoss, BinaryLogLoss, Ordinal or JointLoss of these
        Log loss of the outputs.
    batches : callable
        Function that returns an iterable of batches (raw, y) at every call. The batches
        need not be in memory together. `raw`, of shape (n_rows, n_outputs), are raw
        outputs; `y`, of the same shape, are targets of 0 and 1.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples in the log loss, not all zero. Samples with weight 0 are
        ignored. The probabilities are calibrated for the weighted samples.

    Returns
    -------
    temperature : float > 0
        T, with a precision of 0.001.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern neural
    networks. ICML. arXiv:1706.04599. The label smoothing is that of J. Platt (1999),
    Probabilistic outputs for support vector machines.

    Examples
    --------
    An overconfident model, wrong for one sample in four:

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
    """Return targets smoothed towards the uniform distribution by 1/n."""
    if isinstance(loss, JointLoss):
        blocks = loss.blocks
        return np.hstack([_smooth(one, y[:, block], n) for one, block in blocks])
    nothing_said = 0.5 if loss.out_activation == "logistic" else 1 / y.shape[1]
    smoothed: np.ndarray = y + (nothing_said - y) / n
    return smoothed
