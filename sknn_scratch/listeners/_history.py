"""The weights of a network after chosen epochs or steps of its training."""

import copy
from numbers import Integral

import numpy as np

from .._sklearn import forget_callbacks
from ..engine.kernels import all_finite
from ..engine.trainer import Listener


class WeightHistory:
    """Record the weights of a model during training.

    It records the model before training, and after every epoch or every step of the
    solver. Set it with ``set_callbacks`` on an estimator of this library, or on the
    last step of a pipeline. Each call of ``fit`` with valid data clears the history.
    After a search, it holds the last fit in this process: that of the best estimator,
    unless ``refit=False``. Do not use one history for fits that run in several threads
    at once. In an ensemble, it records the first network.

    Parameters
    ----------
    every : int >= 1, default=1
        Record the epochs or steps whose number is divisible by `every`. A larger value
        saves memory. With ``unit="step"`` it also saves time.
    unit : {"epoch", "step"}, default="epoch"
        Unit of `every` and `numbers`. A step is one update of the parameters with a
        batch: with ``batch_size=1`` (online learning), there is one step per sample. A
        sample that the perceptron rule classifies correctly counts as a step that
        changes nothing. With ``solver="lbfgs"``, a step is an iteration, and so is an
        epoch.

    Attributes
    ----------
    numbers : list of int
        Numbers of the recorded epochs or steps, counted from the start of training; 0
        is the model before training.
    models : list of estimators
        A fitted copy of the estimator for each recorded epoch or step, with the weights
        at that time, also with early stopping (not those of the best epoch). Loss
        curves are not included. Consecutive steps that change nothing share a model.

    Raises
    ------
    ValueError
        If `every` is not an int >= 1, or `unit` is unknown.

    Examples
    --------
    The weights after every tenth epoch:

    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import PerceptronClassifier
    >>> from sknn_scratch.callbacks import WeightHistory
    >>> X, y = load_iris(return_X_y=True)
    >>> history = WeightHistory(every=10)
    >>> perceptron = PerceptronClassifier(
    ...     "log_loss", learning_rate="linear", max_iter=30
    ... )
    >>> perceptron = perceptron.set_callbacks(history).fit(X, y)
    >>> history.epochs
    [0, 10, 20, 30]
    >>> history.params.shape
    (4, 15)

    The weights after every sample of the online perceptron rule:

    >>> history = WeightHistory(unit="step")
    >>> online = PerceptronClassifier(batch_size=1, max_iter=1, random_state=0)
    >>> online = online.set_callbacks(history).fit(X[:100], y[:100])
    >>> history.steps[:3], history.params.shape
    ([0, 1, 2], (101, 5))
    """

    def __init__(self, every=1, unit="epoch"):
        if not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every must be an int >= 1; got {every!r}.")
        if unit not in ("epoch", "step"):
            raise ValueError(f"unit must be 'epoch' or 'step'; got {unit!r}.")
        self.every = every
        self.unit = unit
        self._forget()

    def _forget(self):
        self.numbers, self.models = [], []

    @property
    def epochs(self):
        """Numbers of the recorded epochs; empty with ``unit="step"``."""
        return self.numbers if self.unit == "epoch" else []

    @property
    def steps(self):
        """Numbers of the recorded steps; empty with ``unit="epoch"``."""
        return self.numbers if self.unit == "step" else []

    @property
    def params(self):
        """Weights, then biases: ndarray of shape (n_recorded, n_parameters)."""
        return np.array([model.model_.network.params for model in self.models])

    def setup(self, estimator, context):
        """Clear the history. scikit-learn calls this before a fit.

        Parameters
        ----------
        estimator : estimator
            The estimator that is fitted.
        context : CallbackContext
            The context of the fit.
        """
        self._forget()

    def teardown(self, estimator, context):
        """Do nothing. scikit-learn calls this after a fit.

        Parameters
        ----------
        estimator : estimator
            The estimator that is fitted.
        context : CallbackContext
            The context of the fit.
        """

    def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
        """Record the model before the first epoch, if epochs are recorded.

        Parameters
        ----------
        estimator : estimator
            The estimator that is fitted.
        context : CallbackContext
            The context of the epoch or the fit.
        fitted_estimator : estimator or None, default=None
            A copy of the estimator with the current weights.
        """
        if context.task_id == 0:
            self._record_epoch(0, context, fitted_estimator)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Record the model after an epoch, if epochs are recorded.

        Parameters
        ----------
        estimator : estimator
            The estimator that is fitted.
        context : CallbackContext
            The context of the epoch or the fit.
        fitted_estimator : estimator or None, default=None
            A copy of the estimator with the current weights.
        """
        self._record_epoch(context.task_id + 1, context, fitted_estimator)

    def _record_epoch(self, number, context, model):
        # There is no model of an iteration that L-BFGS began and did not finish.
        is_epoch = context.task_name == "epoch" and model is not None
        if self.unit == "epoch" and is_epoch and number % self.every == 0:
            self._record([number], model)

    def _record(self, numbers, model):
        """Append a copy of the model for each of the numbers."""
        model = copy.copy(model)  # other callbacks receive the same one
        forget_callbacks(model)
        # A copy of the curves for each epoch would need more memory than the weights.
        vars(model).pop("_members", None)
        self.numbers += numbers
        self.models += [model] * len(numbers)


class StepRecorder(Listener):
    """Listener that records the steps of a training run in a `WeightHistory`.

    Parameters
    ----------
    history : WeightHistory
        The history, with ``unit="step"``.
    estimator : estimator
        The estimator that is fitted.
    fitted : callable
        Function of the training run; returns all attributes of an estimator with the
        current network.
    """

    watches_steps = True

    def __init__(self, history, estimator, fitted):
        self._history, self._estimator, self._fitted = history, estimator, fitted
        self._n_steps = 0

    def on_begin(self, run):
        """Record the model before the first step; count the steps of a checkpoint."""
        n_epochs = run.state.history.n_iter
        if n_epochs:
            self._n_steps = n_epochs * run.state.progress.steps_per_epoch
        else:
            self._record([0], run)

    def on_steps(self, run, n_steps):
        """Record the steps that are due, unless training has diverged."""
        first, self._n_steps = self._n_steps + 1, self._n_steps + n_steps
        steps = range(first, self._n_steps + 1)
        due = [step for step in steps if step % self._history.every == 0]
        if due and all_finite(run.state.network.params):
            self._record(due, run)

    def _record(self, steps, run):
        model = copy.copy(self._estimator)
        model.__dict__ = self._fitted(run)
        self._history._record(steps, model)


def step_recorders(callbacks, estimator, fitted):
    """Return a listener for each callback that records steps.

    Parameters
    ----------
    callbacks : list of callbacks
        The callbacks of the estimator.
    estimator : estimator
        The estimator that is fitted.
    fitted : callable
        Function of the training run; returns all attributes of an estimator with the
        current network.
    """
    return [
        StepRecorder(one, estimator, fitted)
        for one in callbacks
        if isinstance(one, WeightHistory) and one.unit == "step"
    ]
