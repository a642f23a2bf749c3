"""Tools to look at a network with: is its gradient right, and which rate suits it?"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state, shuffle
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import indexable

from ._input import with_native_dtype
from ._pipeline import split_data, split_network
from ._sklearn import safe_indexing
from ._targets import ScaledTarget
from ._warnings import warn

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
    objective, batch = estimator._objective_of(X, y, sample_weight)
    random_state = check_random_state(random_state)
    params = objective.network.params
    value = objective.evaluate(*batch).objective
    analytic = objective.grad.copy()
    # What rounding may add to a difference of two values of this size.
    rounding = 10 * np.finfo(float).eps * abs(value)

    def slopes(i, h):
        """Return the differences to the left and to the right of a parameter."""
        kept = params[i]
        params[i] = kept + h
        right = (objective.evaluate(*batch).objective - value) / h
        params[i] = kept - h
        left = (value - objective.evaluate(*batch).objective) / h
        params[i] = kept
        return np.array([left, right])

    def compare(chosen):
        """Return the largest error of some parameters, and how many were compared."""
        sides = np.array([slopes(i, step) for i in chosen])
        size = np.abs([sides.mean(axis=1), analytic[chosen]]).max()
        if size <= rounding / step:
            return 0.0, 0 if size else len(chosen)
        off = np.abs(analytic[chosen] - sides.mean(axis=1))
        allowed = tol * size + rounding / step
        n_kinks = 0
        for k in np.flatnonzero(off > allowed):
            # A kink nearby is out of reach of a smaller step; one at the parameter
            # itself stays, while the sides of what is smooth come closer.
            closer = slopes(chosen[k], step / 10)
            off[k] = min(off[k], np.abs(analytic[chosen[k]] - closer.mean()))
            apart = abs(np.diff(closer)[0])
            if apart > max(abs(np.diff(sides[k])[0]) / 3, 100 * rounding / step):
                off[k] = 0.0
                n_kinks += 1
        # What rounding can do is no error beyond `tol`.
        return float(off.max() / (size + rounding / step / tol)), len(chosen) - n_kinks

    places = objective.network.views(np.arange(len(params)))
    kinds = ("weights", "biases") if objective.network.has_biases else ("weights",)
    errors, n_checked = {}, {}
    for layer, arrays in enumerate(zip(*places, strict=True), start=1):
        for kind, array in zip(kinds, arrays, strict=False):
            n = min(n_params, array.size)
            chosen = random_state.choice(array.ravel(), n, replace=False)
            name = f"{kind} {layer}"
            errors[name], n_checked[name] = compare(chosen)
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
        Rates, losses and a suggestion; ``test.plot()`` draws them.

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
    model, batches, classes = _prepare_steps(estimator, X, y, sample_weight)
    rates = np.geomspace(min_rate, max_rate, n_steps)
    losses, smoothed = [], []
    for rate in rates:
        model.set_params(learning_rate_init=float(rate))
        X_batch, y_batch, weight = next(batches)
        try:
            model.partial_fit(X_batch, y_batch, sample_weight=weight, **classes)
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


def _prepare_steps(estimator, X, y, sample_weight):
    """Return a clone, batches without end, and what else `partial_fit` wants."""
    model = clone(estimator)
    model._validate_params()
    model.set_params(early_stopping=False, learning_rate="constant", verbose=False)
    off = {"refit": False, "calibrate": False, "views": None}
    model.set_params(**{k: v for k, v in off.items() if hasattr(model, k)})
    y = with_native_dtype(y) if sparse.issparse(y) else np.asarray(y)
    X, y, sample_weight = indexable(with_native_dtype(X), y, sample_weight)
    if sample_weight is not None:
        some = np.flatnonzero(sample_weight)
        X, y, sample_weight = (safe_indexing(a, some) for a in (X, y, sample_weight))
    if getattr(model, "standardize_target", False):
        # Batch by batch, partial_fit would go by the first.
        y = ScaledTarget(y, sample_weight).encode(y)
        model.set_params(standardize_target=False)
    batches = _batches(model, X, y, sample_weight)
    if not is_classifier(model):
        return model, batches, {}
    several = type_of_target(y).startswith("multilabel")
    classes = np.arange(y.shape[1]) if several else np.unique(y)
    if isinstance(model.class_weight, str) and not several:
        # Batch by batch, partial_fit cannot know how often a class is.
        weights = compute_class_weight(model.class_weight, classes=classes, y=y)
        model.set_params(class_weight=dict(zip(classes, weights, strict=True)))
    return model, batches, {"classes": classes}


def _batches(model, X, y, sample_weight):
    """Yield batches of reshuffled samples without end."""
    random_state = check_random_state(model.random_state)
    n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
    size = model._n_batch(n_samples)
    if model.batch_size is not None:
        model.set_params(batch_size=size)  # which may have been a share of all
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
