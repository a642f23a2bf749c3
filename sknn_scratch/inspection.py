"""Tools to look at a network with: is its gradient right, and which rate suits it?"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state, shuffle
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import indexable

__all__ = [
    "GradientCheck",
    "LearningRateTest",
    "check_gradients",
    "find_learning_rate",
]


@dataclass(frozen=True)
class GradientCheck:
    """How far the gradient of back-propagation is from central differences.

    Printed, it is a table with a line for each array of parameters. It is true, as
    in ``assert check_gradients(...)``, if all errors are within the tolerance.

    Attributes
    ----------
    errors : dict of str to float
        For each array of parameters, such as ``"weights 1"`` or ``"biases 2"``, the
        largest difference between both gradients, as a share of the largest entry of
        the numeric one.
    n_checked : dict of str to int
        Number of parameters of each that were looked at.
    tol : float
        The largest error that passes.
    """

    errors: dict
    n_checked: dict
    tol: float

    @property
    def max_error(self):
        """The largest of the errors; NaN if one of them is."""
        return float(np.max(list(self.errors.values())))

    def __bool__(self):
        return bool(self.max_error <= self.tol)

    def __str__(self):
        lines = [f"{'parameters':12}{'checked':>9}{'error':>11}"]
        for name, error in self.errors.items():
            verdict = "" if error <= self.tol else "  WRONG"
            lines.append(f"{name:12}{self.n_checked[name]:9}{error:11.1e}{verdict}")
        return "\n".join(lines)


def check_gradients(
    estimator,
    X,
    y,
    sample_weight=None,
    *,
    n_params=100,
    step=1e-5,
    tol=1e-5,
    random_state=0,
):
    """Compare the gradient of back-propagation with central differences.

    The objective is the estimator's own, with its loss, activations, penalty and
    weights, at the weights that it is fitted with, or else would start from. Only
    dropout and augmentation, which change it from step to step, are left out. All is
    computed in float64.

    Parameters
    ----------
    estimator : MLPScratchClassifier, MLPScratchRegressor or PerceptronClassifier
        Fitted or not; it stays as it is.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Some samples. A few dozen will do.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights; 1 if not given.
    n_params : int, default=100
        Number of parameters, drawn at random, to check in each array of weights or
        biases; all of them if it has no more. Each takes two forward passes.
    step : float > 0, default=1e-5
        By how much a parameter is moved to either side.
    tol : float > 0, default=1e-5
        Largest relative error that passes.
    random_state : int, RandomState instance or None, default=0
        Decides which parameters are checked.

    Returns
    -------
    check : GradientCheck
        The errors; true if all are within `tol`.

    Raises
    ------
    ValueError
        If `X` or `y` is not what the estimator could be fitted to.

    Notes
    -----
    Where a function has a kink, as relu and the absolute error have, a difference
    across it is no derivative: with a single parameter out of line, choose another
    `step`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.inspection import check_gradients
    >>> X, y = load_iris(return_X_y=True)
    >>> check = check_gradients(MLPScratchClassifier(8, "tanh", random_state=0), X, y)
    >>> bool(check), list(check.errors)
    (True, ['weights 1', 'biases 1', 'weights 2', 'biases 2'])
    """
    for name, value in (("n_params", n_params), ("step", step), ("tol", tol)):
        if not value > 0:
            raise ValueError(f"{name} must be > 0; got {value!r}.")
    objective, batch = estimator._objective_of(X, y, sample_weight)
    random_state = check_random_state(random_state)
    params = objective.network.params
    objective.evaluate(*batch)
    analytic = objective.grad.copy()

    def slope(i):
        kept = params[i]
        params[i] = kept + step
        above = objective.evaluate(*batch).objective
        params[i] = kept - step
        below = objective.evaluate(*batch).objective
        params[i] = kept
        return (above - below) / (2 * step)

    places = objective.network.views(np.arange(len(params)))
    kinds = ("weights", "biases") if objective.network.has_biases else ("weights",)
    errors, n_checked = {}, {}
    for layer, arrays in enumerate(zip(*places, strict=True), start=1):
        for kind, array in zip(kinds, arrays, strict=False):
            n = min(n_params, array.size)
            chosen = random_state.choice(array.ravel(), n, replace=False)
            numeric = np.array([slope(i) for i in chosen])
            difference = np.abs(analytic[chosen] - numeric).max()
            size = max(np.abs(numeric).max(), np.abs(analytic[chosen]).max())
            name = f"{kind} {layer}"
            # Where all is 0, what is left of the difference is rounding.
            errors[name] = 0.0 if size <= step**2 else float(difference / size)
            n_checked[name] = n
    return GradientCheck(errors, n_checked, tol)


@dataclass(frozen=True)
class LearningRateTest:
    """What a learning-rate range test has found.

    Attributes
    ----------
    rates : ndarray of shape (n_steps,)
        Learning rate of every step, rising.
    losses : ndarray of shape (n_steps,)
        Loss of the step's batch, before the step.
    smoothed : ndarray of shape (n_steps,)
        Their exponential mean.
    suggestion : float
        A tenth of the rate at which the smoothed loss was lowest: large, but with some
        way to go before training diverges.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float

    def plot(self, ax=None):
        """Draw the losses over the rates.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a new figure if not given.

        Returns
        -------
        display : LearningRateDisplay
            What was drawn.
        """
        from .plotting import LearningRateDisplay

        return LearningRateDisplay(self).plot(ax)


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
    """Try out learning rates from small to large in a single short run.

    The range test of Smith (2017, WACV, arXiv:1506.01186): a clone of the estimator
    takes one step for each rate, every rate larger than the last by the same factor.
    The loss stays, falls, and finally rises where the rate is too large; there the
    test ends.

    Parameters
    ----------
    estimator : MLPScratchClassifier, MLPScratchRegressor or PerceptronClassifier
        Not fitted, and left as it is. Its solver must be a stochastic one.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The samples, scaled as they are to be in training.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights; 1 if not given.
    min_rate, max_rate : float > 0, default=1e-6 and 1.0
        The first and the last rate.
    n_steps : int >= 2, default=100
        Number of rates, and of steps.
    smoothing : float in [0, 1), default=0.9
        Share of the exponential mean of the losses that a step leaves.

    Returns
    -------
    test : LearningRateTest
        Rates, losses and a suggestion; ``test.plot()`` draws them.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the solver is 'lbfgs'.

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
    if not 0 < min_rate < max_rate < np.inf:
        raise ValueError(
            f"min_rate must be > 0 and less than max_rate; got {min_rate} and "
            f"{max_rate}."
        )
    if not n_steps >= 2:
        raise ValueError(f"n_steps must be >= 2; got {n_steps}.")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in [0, 1); got {smoothing}.")
    if not hasattr(estimator, "partial_fit"):
        raise ValueError(
            f"solver must be a stochastic one; got {estimator.solver!r}, which has no "
            "learning rate. Choose 'adam' or 'sgd'."
        )
    model = clone(estimator).set_params(early_stopping=False, learning_rate="constant")
    X, y, sample_weight = indexable(X, y, sample_weight)
    first = {}
    if is_classifier(model):
        several = type_of_target(y).startswith("multilabel")
        classes = np.arange(y.shape[1]) if several else np.unique(y)
        first["classes"] = classes
        if isinstance(model.class_weight, str) and not several:
            weights = compute_class_weight(model.class_weight, classes=classes, y=y)
            by_class = dict(zip(classes, weights, strict=True))
            model.set_params(class_weight=by_class)
    rates = np.geomspace(min_rate, max_rate, n_steps)
    losses, smoothed = [], []
    batches = _batches(model, X, y, sample_weight)
    for rate in rates:
        model.set_params(learning_rate_init=float(rate))
        X_batch, y_batch, weight = next(batches)
        try:
            model.partial_fit(X_batch, y_batch, sample_weight=weight, **first)
        except ValueError as error:
            if "diverged" not in str(error):
                raise
            break
        losses.append(model.loss_curve_[-1])
        total = smoothing * (smoothed[-1] if smoothed else losses[0])
        smoothed.append(total + (1 - smoothing) * losses[-1])
        fallen = losses[0] - min(smoothed)
        if smoothed[-1] > losses[0] + 2 * max(fallen, 0.1 * abs(losses[0])):
            break
    rates = rates[: len(losses)]
    suggestion = float(rates[int(np.argmin(smoothed))] / 10)
    return LearningRateTest(rates, np.array(losses), np.array(smoothed), suggestion)


def _batches(model, X, y, sample_weight):
    """Yield batches of reshuffled samples without end."""
    random_state = check_random_state(model.random_state)
    n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
    size = n_samples if model.batch_size is None else model.batch_size
    size = min(200 if size == "auto" else size, n_samples)
    while True:
        if sample_weight is None:
            X_epoch, y_epoch = shuffle(X, y, random_state=random_state)
            weight = None
        else:
            X_epoch, y_epoch, weight = shuffle(
                X, y, sample_weight, random_state=random_state
            )
        for start in range(0, n_samples - size + 1, size):
            rows = slice(start, start + size)
            yield X_epoch[rows], y_epoch[rows], None if weight is None else weight[rows]
