"""Gradient check by finite differences, and gradient norms of each layer."""

from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from ._pipeline import split_data, split_network
from .estimators._threads import threads_to_train
from .estimators._trial import objective_of


@dataclass(frozen=True)
class GradientCheck:
    """Result of a gradient check: back-propagation against central differences.

    ``print(check)`` shows a table with one line per array of parameters. Its truth
    value, as in ``assert check_gradients(...)``, is True if at least one parameter was
    compared and all errors are within the tolerance.

    Attributes
    ----------
    errors : dict of str to float
        Relative error for each array of parameters, such as ``"weights 1"`` or
        ``"biases 2"``: the largest difference between the two gradients, divided by the
        largest absolute entry of either.
    n_checked : dict of str to int
        Number of parameters of each array that were compared. Parameters at a kink,
        such as that of relu, and arrays with a gradient below the rounding error are
        not compared.
    tol : float
        Largest relative error that passes.

    Examples
    --------
    A loss with a wrong derivative, twice the correct one:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from sknn_scratch import MLPScratchRegressor
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.inspection import check_gradients
    >>> @dataclass(frozen=True)
    ... class Wrong(SquaredError):
    ...     def evaluate(self, raw, y, losses, workspace):
    ...         super().evaluate(raw, y, losses, workspace)
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
        """The largest relative error, or NaN if an error is NaN."""
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
    """Check the gradients of back-propagation against central differences.

    The gradient is that of the estimator's objective, with its loss, activations and
    penalty. It is evaluated at the fitted weights, or at the initial weights if the
    estimator is not fitted. Dropout and augmentation are left out, because they change
    the objective from step to step. All computations are in float64.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator of this library, or a pipeline that ends in one, fitted or not. It
        is not modified. The other steps of the pipeline transform X; if they are not
        fitted, clones of them are fitted to X and y.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The samples. A few dozen are enough.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples. By default, all weights are 1.
    n_params : int >= 1, default=100
        Maximum number of parameters to check in each array of weights or biases. They
        are drawn at random. Each needs two forward passes.
    step : float > 0, default=1e-5
        Step of the central differences.
    tol : float > 0, default=1e-5
        Largest relative error that passes.
    random_state : int, RandomState instance or None, default=0
        Determines which parameters are checked.

    Returns
    -------
    check : GradientCheck
        The errors. Its truth value is True if all are within `tol`.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if `fit` could not use `X` or `y`.

    Notes
    -----
    At a kink, such as those of relu and the absolute error, the central difference is
    not the derivative. Parameters whose gradients differ are therefore compared again
    with a tenth and a hundredth of `step`. They are left out if the slopes to the left
    and to the right remain different. A perceptron with zero weights is at a kink in
    all parameters: fit it first, or set ``weight_init="normal"``.

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
    with _objective_of(estimator, X, y, sample_weight) as (objective, batch):
        differences = _Differences(objective, batch, step, tol)
        random_state = check_random_state(random_state)
        errors, n_checked = {}, {}
        for name, places in _named_places(objective.network):
            n = min(n_params, places.size)
            chosen = random_state.choice(places.ravel(), n, replace=False)
            errors[name], n_checked[name] = differences.compare(chosen)
    return GradientCheck(errors, n_checked, tol)


def gradient_norms(estimator, X, y, sample_weight=None):
    """Compute the norm of the gradient for each array of parameters.

    The norms show vanishing or exploding gradients: in a deep network, they then fall
    or rise by orders of magnitude from the last layer to the first (Glorot and Bengio,
    2010, AISTATS). The gradient is that of the estimator's objective, at the fitted
    weights, or at the initial weights if the estimator is not fitted. It is computed in
    float64, without dropout and augmentation.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator of this library, or a pipeline that ends in one, fitted or not. It
        is not modified. The other steps of the pipeline transform X; if they are not
        fitted, clones of them are fitted to X and y.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The samples. The gradient is that of the objective on all of them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the samples. By default, all weights are 1.

    Returns
    -------
    norms : dict of str to float
        Euclidean norm for each array of parameters, such as ``"weights 1"`` or
        ``"biases 2"``, from the first layer to the last.

    Raises
    ------
    ValueError
        If `fit` could not use `X` or `y`.

    Examples
    --------
    The gradient vanishes in a network with ten hidden layers of logistic units:

    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.inspection import gradient_norms
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPScratchClassifier([8] * 10, "logistic", alpha=0, random_state=0)
    >>> norms = gradient_norms(mlp, X, y)
    >>> norms["weights 1"] < 1e-5 * norms["weights 11"]
    True
    """
    with _objective_of(estimator, X, y, sample_weight) as (objective, batch):
        objective.evaluate(*batch)
    return {
        name: float(np.linalg.norm(objective.grad[places]))
        for name, places in _named_places(objective.network)
    }


@contextmanager
def _objective_of(estimator, X, y, sample_weight):
    """Limit the threads, for an objective and the batch to evaluate it on.

    Parameters
    ----------
    estimator : estimator or Pipeline
        As in `check_gradients`.
    X, y, sample_weight : array-like
        The samples; weights may be None.

    Yields
    ------
    objective : Objective
        In float64.
    batch : tuple of (X, y, sample_weight)
        What `objective.evaluate` takes.
    """
    estimator, X = split_data(estimator, X, y)
    objective, batch = objective_of(estimator, X, y, sample_weight)
    network = objective.network
    with threads_to_train(network, min(batch[0].shape[0], network.chunk_rows)):
        yield objective, batch


def _named_places(network):
    """Yield the name of every array of parameters, and where in `params` it is.

    Parameters
    ----------
    network : Network
        The network.

    Yields
    ------
    name : str
        What its layer calls it, and the number of the layer among those that have
        parameters.
    places : ndarray of int
        Indices, in the shape of the array.
    """
    parts = network.parts(np.arange(len(network.params)))
    for number, (_, ctx) in enumerate(parts, start=1):
        for name in (*ctx.weight_shapes, *ctx.bias_shapes):
            yield f"{name} {number}", getattr(ctx, name)


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
        # Maximum rounding error of a difference of two values of this size.
        self._rounding = 10 * np.finfo(float).eps * abs(self._value)

    def _slopes(self, i, h):
        """Return the differences to the left and to the right of a parameter."""
        params, sides = self._objective.network.params, []
        before = params[i]
        for moved in (-h, h):
            params[i] = before + moved
            value = self._objective.evaluate(*self._batch).objective
            sides.append((value - self._value) / moved)
        params[i] = before
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
            # A smaller step does not reach a kink nearby. At a kink of the parameter
            # itself, the two slopes stay different; otherwise they converge.
            for smaller in (step / 10, step / 100):
                closer = self._slopes(chosen[k], smaller)
                off[k] = min(off[k], np.abs(analytic[k] - closer.mean()))
            apart = abs(np.diff(closer)[0])
            if apart > max(abs(np.diff(sides[k])[0]) / 3, 10 * rounding / smaller):
                off[k] = 0.0
                n_kinks += 1
        # What rounding can do is no error beyond `tol`.
        return float(off.max() / (size + rounding / step / tol)), len(chosen) - n_kinks
