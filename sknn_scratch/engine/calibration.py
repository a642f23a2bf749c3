"""Calibration: probabilities that hold on samples the network was not trained on."""

import numpy as np
from scipy.optimize import minimize_scalar

from .losses import Loss
from .objective import mean_loss

_LOG_BOUNDS = (-5.0, 5.0)


def best_temperature(
    loss: Loss,
    raw: np.ndarray,
    y: np.ndarray,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Return the temperature T with which raw / T has the lowest loss.

    It is looked for between exp(−5) and exp(5). Labels are smoothed by
    1 / (n_samples + 1), as if one more had been seen that said nothing, so that T stays
    above 0 where all are right. A T below 1 makes probabilities more certain; which
    class is the most likely does not depend on it.

    Parameters
    ----------
    loss : LogLoss or BinaryLogLoss
        The log loss of what the outputs stand for.
    raw : ndarray of shape (n_samples, n_outputs)
        Raw outputs.
    y : ndarray of shape (n_samples, n_outputs)
        The target, 1 for what is true and else 0.
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
    >>> temperature = best_temperature(BinaryLogLoss(), raw, y)
    >>> probability = float(1 / (1 + np.exp(-10 / temperature)))
    >>> round(probability, 2)
    0.75
    """
    nothing_said = 1 / y.shape[1] if loss.out_activation == "softmax" else 0.5
    n_samples = len(y) if sample_weight is None else np.count_nonzero(sample_weight)
    smoothed = y + (nothing_said - y) / raw.dtype.type(n_samples + 1)

    def loss_at(log_temperature: float) -> float:
        divided = raw / raw.dtype.type(np.exp(log_temperature))
        return mean_loss(loss, divided, smoothed, sample_weight)

    found = minimize_scalar(
        loss_at, bounds=_LOG_BOUNDS, method="bounded", options={"xatol": 1e-3}
    )
    return float(np.exp(found.x))
