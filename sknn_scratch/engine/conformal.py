"""Conformal prediction: calibrated prediction intervals."""

import numpy as np
from scipy.special import ndtri

from .losses import Gaussian, Loss, Quantiles
from .losses.of_quantiles import inverse_softplus

# Coverage of the central interval that determines the scale of σ.
GAUSSIAN_COVERAGE = 0.9
# Raw output of an increment of 0 for all samples: softplus is 1e-13.
_LOWEST_RAW = -30.0


def conformal_quantile(
    scores: np.ndarray, level: float, sample_weight: np.ndarray | None = None
) -> float:
    """Return the score that a new sample exceeds with a probability <= 1 − level.

    This is the ⌈(n + 1) level⌉-th smallest of the n scores, because all ranks of the
    new sample among the others are equally likely. With weights, the new sample
    counts as Σ w² / Σ w.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,)
        Scores of samples that were not used in training.
    level : float in (0, 1)
        Probability.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples, not all zero.

    Returns
    -------
    quantile : float
        The score.

    Raises
    ------
    ValueError
        If there are fewer than level / (1 − level) samples.

    References
    ----------
    Y. Romano, E. Patterson, E. J. Candès (2019). Conformalized quantile regression.
    NeurIPS 32. arXiv:1905.03222.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.conformal import conformal_quantile
    >>> conformal_quantile(np.arange(1.0, 20.0), 0.9)
    18.0
    """
    weight = np.ones(len(scores))
    if sample_weight is not None:  # its squares may overflow in float32
        weight = np.asarray(sample_weight, float)
    order = scores.argsort()
    reached = np.cumsum(weight[order])
    n_effective = reached[-1] ** 2 / np.sum(weight**2)
    wanted = level * reached[-1] * (1 + 1 / n_effective)
    place = int(reached.searchsorted(wanted * (1 - 1e-9)))
    if place == len(scores):
        fewest = int(np.ceil(level / (1 - level) * (1 - 1e-9)))
        raise ValueError(
            f"The validation set must have >= {fewest} samples (with weights, the "
            "effective sample size) to calibrate a bound with a probability of "
            f"{level:g}; got {n_effective:.4g}. Increase validation_fraction, pass a "
            "larger X_val, or set calibrate=False."
        )
    return float(scores[order[place]])


def conformal_shift(
    loss: Loss,
    raw: np.ndarray,
    y: np.ndarray,
    sample_weight: np.ndarray | None = None,
) -> np.ndarray:
    """Return the shift of the raw outputs for intervals with the right coverage.

    With `Gaussian`, the standard deviation of each target is multiplied by a factor, so
    that the central 90 % intervals contain 90 % of the samples. With `Quantiles`, a
    number is added to each raw output except that of the median. Starting at the base,
    each quantile is shifted until the proportion of samples below it is right. Large
    increments change by this number, small ones by a factor, and the quantiles stay
    ordered.

    Both methods are split conformal prediction. If the samples were not used in
    training and are exchangeable with new samples, an interval contains the target with
    at least the nominal probability [1]_. Each bound is calibrated separately, as in
    theorem 2 of [1]_.

    Parameters
    ----------
    loss : Gaussian or Quantiles
        Loss of training.
    raw : ndarray of shape (n_samples, n_raw)
        Raw outputs of held-out samples.
    y : ndarray of shape (n_samples, n_outputs)
        Targets of these samples.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of these samples, not all zero.

    Returns
    -------
    shift : ndarray of shape (n_raw,)
        Shift to add to the raw outputs.

    References
    ----------
    .. [1] Y. Romano, E. Patterson, E. J. Candès (2019). Conformalized quantile
       regression. NeurIPS 32. arXiv:1905.03222.

    Examples
    --------
    Standard deviations that are too small by a factor of 2:

    >>> import numpy as np
    >>> from sknn_scratch.engine.conformal import conformal_shift
    >>> from sknn_scratch.engine.losses import Gaussian
    >>> y = np.random.default_rng(0).normal(scale=2, size=(10000, 1))
    >>> shift = conformal_shift(Gaussian(), np.zeros((10000, 2)), y)
    >>> np.exp(shift / 2).round(1).tolist()  # of μ, and of log σ²
    [1.0, 2.0]
    """
    n_outputs = y.shape[1]
    of_target = [
        _shift_of_target(loss, raw[:, k::n_outputs], y[:, k], sample_weight)
        for k in range(n_outputs)
    ]
    return np.column_stack(of_target).ravel()


def _shift_of_target(
    loss: Loss, raw: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray:
    """Return the shift of the raw outputs of one target."""
    raw, y = raw.astype(float), y.astype(float)
    if isinstance(loss, Quantiles):
        return _shift_of_quantiles(loss, raw, y, sample_weight)
    limit = np.log(np.finfo(np.float32).max) / 2
    Gaussian().predict(raw)
    mean, std = raw.T
    found = conformal_quantile(np.abs(y - mean) / std, GAUSSIAN_COVERAGE, sample_weight)
    factor = found / ndtri((1 + GAUSSIAN_COVERAGE) / 2)
    with np.errstate(divide="ignore"):  # all errors are 0
        return np.array([0.0, np.clip(2 * np.log(factor), -limit, limit)])


def _shift_of_quantiles(
    loss: Quantiles, raw: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray:
    shift, base = np.zeros(raw.shape[1]), loss.central
    if loss.quantiles[base] != 0.5:
        sign = 1 if loss.quantiles[base] > 0.5 else -1
        level = _level(loss.quantiles[base], sign)
        excess = sign * (y - raw[:, base])
        shift[base] = sign * conformal_quantile(excess, level, sample_weight)
    for j, neighbor, sign in loss.increments():
        predicted = raw + shift
        loss.predict(predicted)
        gap = sign * (y - predicted[:, neighbor])
        needed = inverse_softplus(np.maximum(gap, 0)) - raw[:, j]
        level = _level(loss.quantiles[j], sign)
        # A sample on the inner side of the neighbor is on the inner side of this
        # quantile.
        scores = np.where(gap > 0, needed, -np.inf)
        found = conformal_quantile(scores, level, sample_weight)
        shift[j] = max(found, _LOWEST_RAW - raw[:, j].max())
    return shift


def _level(quantile: float, sign: int) -> float:
    """Return the nominal probability of the inner side of a quantile."""
    return quantile if sign > 0 else 1 - quantile
