"""Tools to look at a network with: is its gradient right, and which rate suits it?"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from ._pipeline import split_data, split_network
from ._warnings import warn
from .estimators._threads import threads_for
from .estimators._trial import losses_of_steps, objective_of

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
    in ``assert check_gradients(...)``, if something could be compared and all errors
    are within the tolerance.

    Attributes
    ----------
    errors : dict of str to float
        For each array of parameters, such as ``"weights 1"`` or ``"biases 2"``, the
        largest difference between both gradients, as a share of the largest entry of
        either.
    n_checked : dict of str to int
        Number of parameters of each that were compared. Not among them are those at a
        kink, as of relu, and those of arrays whose gradient drowns in rounding.
    tol : float
        The largest error that passes.

    Examples
    --------
    A loss whose derivative is twice what it should be:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from sknn_scratch import MLPScratchRegressor
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.inspection import check_gradients
    >>> @dataclass(frozen=True)
    ... class Wrong(SquaredError):
    ...     def evaluate(self, raw, y, losses, spare):
    ...         super().evaluate(raw, y, losses, spare)
    ...         raw *= 2
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> mlp = MLPScratchRegressor(Wrong(), 3, "tanh", alpha=0, random_state=0)
    >>> check = check_gradients(mlp, X, X.ravel())
    >>> print(check)
    parameters    checked      error
    weights 1           3    5.0e-01  WRONG
    biases 1            3    5.0e-01  WRONG
    weights 2           3    5.0e-01  WRONG
    biases 2            1    5.0e-01  WRONG
    >>> bool(check), round(check.max_error, 3)
    (False, 0.5)
    """

    errors: dict
    n_checked: dict
    tol: float

    @property
    def max_error(self):
        """The largest of the errors; NaN if one of them is."""
        return float(np.max(list(self.errors.values())))

    def __bool__(self):
        return bool(self.max_error <= self.tol) and any(self.n_checked.values())

    def __str__(self):
        lines = [f"{'parameters':12}{'checked':>9}{'error':>11}"]
        for name, error in self.errors.items():
            verdict = "" if error <= self.tol else "  WRONG"
            if not self.n_checked[name]:
                verdict = "  not compared: at a kink, or lost in rounding"
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
    estimator : estimator or Pipeline
        An estimator of this library, or a pipeline that ends in one, fitted or not; it
        stays as it is. The steps before transform X, as they are fitted or else as
        clones that are fitted to X and y.
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
    across it is no derivative. What differs is looked at again with a tenth of `step`,
    and left out if the slopes to both sides stay apart. A perceptron that starts from
    zeros is at a kink altogether: fit it, or take ``weight_init="normal"``.

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
    split_network(estimator)
    if not isinstance(n_params, Integral) or n_params < 1:
        raise ValueError(f"n_params must be an int >= 1; got {n_params!r}.")
    for name, value in (("step", step), ("tol", tol)):
        if not value > 0:
            raise ValueError(f"{name} must be > 0; got {value!r}.")
    estimator, X = split_data(estimator, X, y)
    objective, batch = objective_of(estimator, X, y, sample_weight)
    network = objective.network
    with threads_for(network, min(X.shape[0], network.chunk_rows)):
        differences = _Differences(objective, batch, step, tol)
        random_state = check_random_state(random_state)
        places = network.views(np.arange(len(network.params)))
        kinds = ("weights", "biases") if network.has_biases else ("weights",)
        errors, n_checked = {}, {}
        for layer, arrays in enumerate(zip(*places, strict=True), start=1):
            for kind, array in zip(kinds, arrays, strict=False):
                n = min(n_params, array.size)
                chosen = random_state.choice(array.ravel(), n, replace=False)
                name = f"{kind} {layer}"
                errors[name], n_checked[name] = differences.compare(chosen)
    return GradientCheck(errors, n_checked, tol)


class _Differences:
    """Compares entries of the gradient with differences of the objective.

    Parameters
    ----------
    objective : Objective
        In float64.
    batch : tuple of (X, y, sample_weight)
        What it is evaluated on.
    step : float
        By how much a parameter is moved to either side.
    tol : float
        Largest relative error that passes.
    """

    def __init__(self, objective, batch, step, tol):
        self._objective, self._batch = objective, batch
        self._step, self._tol = step, tol
        self._value = objective.evaluate(*batch).objective
        self._analytic = objective.grad.copy()
        # What rounding may add to a difference of two values of this size.
        self._rounding = 10 * np.finfo(float).eps * abs(self._value)

    def _slopes(self, i, h):
        """Return the differences to the left and to the right of a parameter."""
        params, sides = self._objective.network.params, []
        kept = params[i]
        for moved in (-h, h):
            params[i] = kept + moved
            value = self._objective.evaluate(*self._batch).objective
            sides.append((value - self._value) / moved)
        params[i] = kept
        return np.array(sides)

    def compare(self, chosen):
        """Return the largest error of some parameters, and how many were compared."""
        step, tol, rounding = self._step, self._tol, self._rounding
        sides = np.array([self._slopes(i, step) for i in chosen])
        analytic, numeric = self._analytic[chosen], sides.mean(axis=1)
        size = np.abs([numeric, analytic]).max()
        if size <= rounding / step:
            return 0.0, 0 if size else len(chosen)
        off = np.abs(analytic - numeric)
        n_kinks = 0
        for k in np.flatnonzero(off > tol * size + rounding / step):
            # A kink nearby is out of reach of a smaller step; one at the parameter
            # itself stays, while the sides of what is smooth come closer.
            closer = self._slopes(chosen[k], step / 10)
            off[k] = min(off[k], np.abs(analytic[k] - closer.mean()))
            apart = abs(np.diff(closer)[0])
            if apart > max(abs(np.diff(sides[k])[0]) / 3, 100 * rounding / step):
                off[k] = 0.0
                n_kinks += 1
        # What rounding can do is no error beyond `tol`.
        return float(off.max() / (size + rounding / step / tol)), len(chosen) - n_kinks


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
    """Find a learning rate with a range test: one step per rate, small to large.

    A clone of the estimator takes one step for each rate, and rates grow by a constant
    factor. The loss stays constant, falls, and finally rises where the rate is too
    large; there the test ends. The suggestion is a tenth of the rate with the lowest
    smoothed loss. This is the procedure of fastai's learning rate finder. The range
    test of Smith (2017, WACV, arXiv:1506.01186), from which it stems, raises the rate
    linearly over several epochs and reads the bounds of a cyclical schedule off the
    accuracy.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator of this library, or a pipeline that ends in one; it stays as it is,
        and its solver must be a stochastic one. The steps before transform X, as they
        are fitted or else as clones that are fitted to X and y.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The samples, as the estimator or the pipeline is fitted to them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights; 1 if not given.
    min_rate, max_rate : float > 0, default=1e-6 and 1.0
        The first and the last rate.
    n_steps : int >= 2, default=100
        Number of rates, and of steps.
    smoothing : float in [0, 1), default=0.9
        Decay of the exponential moving average of the losses.

    Returns
    -------
    test : LearningRateTest
        Rates, losses and a suggestion, which
        :class:`~sknn_scratch.plotting.LearningRateDisplay` draws.

    Raises
    ------
    ValueError
        If a parameter is out of its range, the solver is 'lbfgs', or training
        diverges at the first rate.

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
            f"min_rate must be small enough for a first step; at {min_rate} training "
            "diverged. Lower it, or scale X and the target."
        )
    rates = rates[: len(losses)]
    lowest = int(np.argmin(smoothed))
    if lowest in (0, n_steps - 1):
        which, advice = "last", "raise max_rate"
        if not lowest:
            which, advice = "first", "lower min_rate"
        warn(
            f"The loss was lowest at the {which} rate, {rates[lowest]:g}: the best may "
            f"be beyond it; {advice}.",
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
            f"solver must be a stochastic one; got {estimator.solver!r}, which has no "
            "learning rate. Choose 'adam' or 'sgd'."
        )
    if estimator.loss == "perceptron" and estimator.weight_init == "zeros":
        raise ValueError(
            "loss must not be 'perceptron' with weight_init='zeros': all rates lead to "
            "the same decisions. Choose another loss, or weight_init='normal'."
        )
