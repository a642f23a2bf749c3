"""Inspection of networks: learning-rate finder, gradient check, gradient norms."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from ._gradients import GradientCheck, check_gradients, gradient_norms
from ._pipeline import split_data, split_network
from ._warnings import warn
from .estimators._trial import losses_of_steps

__all__ = [
    "GradientCheck",
    "LearningRateTest",
    "check_gradients",
    "find_learning_rate",
    "gradient_norms",
]


@dataclass(frozen=True)
class LearningRateTest:
    """Result of a learning-rate range test.

    Attributes
    ----------
    rates : ndarray of shape (n_rates,)
        Learning rate of each step, in ascending order.
    losses : ndarray of shape (n_rates,)
        Loss on the batch of each step, before the step.
    smoothed : ndarray of shape (n_rates,)
        Exponential moving average of the losses.
    suggestion : float
        Suggested learning rate: a tenth of the rate with the lowest smoothed loss. This
        is a high rate, but usually well below the rates at which training diverges.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.inspection import find_learning_rate
    >>> X, y = load_iris(return_X_y=True)
    >>> test = find_learning_rate(MLPScratchClassifier(random_state=0), X, y)
    >>> bool(test.suggestion == test.rates[test.smoothed.argmin()] / 10)
    True
    >>> bool(test.losses[-1] > test.losses[0])  # at the largest rate
    True
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float


def find_learning_rate(
    estimator,
    X,
    y,
    sample_weight=None,
    *,
    min_rate=1e-6,
    max_rate=1.0,
    n_steps=100,
    smoothing=0.9,
):
    """Find a learning rate with a range test (learning-rate finder).

    A clone of the estimator is trained for up to `n_steps` steps, each with a learning
    rate that is larger than the previous one by a constant factor. Usually the loss is
    almost constant at first, then falls, and finally rises because the rate is too
    large; then the test ends. The suggestion is a tenth of the rate with the lowest
    smoothed loss.

    This is the procedure of fastai's learning-rate finder. The original range test of
    Smith (2017, WACV, arXiv:1506.01186) increases the rate linearly over several
    epochs, and derives the bounds of a cyclical schedule from the accuracy.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator of this library, or a pipeline that ends in one. It is not
        modified. The solver must not be 'lbfgs'. The other steps of the pipeline
        transform X; if they are not fitted, clones of them are fitted to X and y.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The training samples, as for `fit` of the estimator or the pipeline.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples. By default, all weights are 1.
    min_rate, max_rate : float > 0, default=1e-6 and 1.0
        Learning rates of the first step, and of the last one if all steps are run.
    n_steps : int >= 2, default=100
        Maximum number of steps.
    smoothing : float in [0, 1), default=0.9
        Decay of the exponential moving average of the losses.

    Returns
    -------
    test : LearningRateTest
        Rates, losses and a suggestion. To plot them, use
        :class:`~sknn_scratch.plotting.LearningRateDisplay`.

    Raises
    ------
    ValueError
        If a parameter is out of range, if the solver is 'lbfgs', if the loss is
        'perceptron' and ``weight_init='zeros'``, or if training diverges at `min_rate`.

    Warns
    -----
    UserWarning
        If the loss was lowest at the first or at the last rate.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.inspection import find_learning_rate
    >>> X, y = load_digits(return_X_y=True)
    >>> test = find_learning_rate(MLPScratchClassifier(random_state=0), X / 16, y)
    >>> 1e-3 < test.suggestion < 0.1
    True
    """
    _check_range_test(estimator, min_rate, max_rate, n_steps, smoothing)
    estimator, X = split_data(estimator, X, y)
    rates = np.geomspace(min_rate, max_rate, n_steps)
    losses, smoothed = [], []
    for loss in losses_of_steps(estimator, X, y, sample_weight, rates):
        losses.append(loss)
        total = smoothing * (smoothed[-1] if smoothed else losses[0])
        smoothed.append(total + (1 - smoothing) * losses[-1])
        fallen = losses[0] - min(smoothed)
        if smoothed[-1] > losses[0] + 2 * max(fallen, 0.1 * abs(losses[0])):
            break
    if not losses:
        raise ValueError(
            "min_rate must be small enough for the first steps; training diverged at "
            f"{min_rate}. Lower min_rate, or scale X and the target."
        )
    rates = rates[: len(losses)]
    lowest = int(np.argmin(smoothed))
    if lowest in (0, n_steps - 1):
        which, advice = "last", "raise max_rate"
        if not lowest:
            which, advice = "first", "lower min_rate"
        warn(
            f"The loss was lowest at the {which} learning rate of the test, "
            f"{rates[lowest]:g}, so the best rate may be outside its range. To extend "
            f"the range, {advice}.",
        )
    suggestion = float(rates[lowest] / 10)
    return LearningRateTest(rates, np.array(losses), np.array(smoothed), suggestion)


def _check_range_test(estimator, min_rate, max_rate, n_steps, smoothing):
    _, estimator = split_network(estimator)
    if not 0 < min_rate < max_rate < np.inf:
        raise ValueError(
            f"min_rate must be > 0 and less than max_rate; got {min_rate} and "
            f"{max_rate}."
        )
    if not isinstance(n_steps, Integral) or n_steps < 2:
        raise ValueError(f"n_steps must be an int >= 2; got {n_steps!r}.")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in [0, 1); got {smoothing}.")
    if not hasattr(estimator, "partial_fit"):
        raise ValueError(
            f"solver must be stochastic; got {estimator.solver!r}, which has no "
            "learning rate. Choose 'adam' or 'sgd'."
        )
    if estimator.loss == "perceptron" and estimator.weight_init == "zeros":
        raise ValueError(
            "loss must not be 'perceptron' with weight_init='zeros', because all "
            "learning rates then give the same decisions. Choose another loss, or "
            "weight_init='normal'."
        )
