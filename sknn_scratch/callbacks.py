"""Callbacks for the estimators, beside those that come with scikit-learn.

The estimators call scikit-learn's callbacks (1.9 or newer), set by ``set_callbacks``:
every epoch is a subtask of the fit, and every iteration of L-BFGS.
"""

import copy
from numbers import Integral

import numpy as np

from ._sklearn import forget_callbacks
from .listeners._checkpoint import Checkpoint

__all__ = ["Checkpoint", "WeightHistory"]


class WeightHistory:
    """Keeps what the model was after chosen epochs, and before the first.

    Set on an estimator, or on one inside a pipeline, it starts afresh with every fit.
    After a search it has the last fit in this process, which is that of the best
    estimator unless ``refit=False``. It is not for fits in several threads at once.

    Parameters
    ----------
    every : int >= 1, default=1
        Keeps the epochs whose number is divisible by it; 0 is the start. A larger one
        saves memory, not time.

    Attributes
    ----------
    epochs : list of int
        Numbers of the epochs that were kept.
    models : list of estimators
        The estimator with the weights of that moment, its own copy of them, ready to
        predict; also with early stopping, where the fit ends with those of the best
        epoch. The curves are left to the fit itself.

    Examples
    --------
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
    """

    def __init__(self, every=1):
        if not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every must be an int >= 1; got {every!r}.")
        self.every = every
        self._forget()

    def _forget(self):
        self.epochs, self.models = [], []

    @property
    def params(self):
        """All weights, then all biases: ndarray of shape (n_epochs, n_parameters)."""
        return np.array([model.model_.network.params for model in self.models])

    def setup(self, estimator, context):
        """Start afresh.

        Parameters
        ----------
        estimator : estimator
            The one that is fitted.
        context : CallbackContext
            That of the fit.
        """
        self._forget()

    def teardown(self, estimator, context):
        """Keep what there is.

        Parameters
        ----------
        estimator : estimator
            The one that is fitted.
        context : CallbackContext
            That of the fit.
        """

    def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
        """Keep the start.

        Parameters
        ----------
        estimator : estimator
            The one that is fitted.
        context : CallbackContext
            That of the epoch, or of the fit.
        fitted_estimator : estimator or None, default=None
            One with the weights of this moment.
        """
        if context.task_name == "epoch" and context.task_id == 0:
            self._keep(0, fitted_estimator)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Keep an epoch.

        Parameters
        ----------
        estimator : estimator
            The one that is fitted.
        context : CallbackContext
            That of the epoch, or of the fit.
        fitted_estimator : estimator or None, default=None
            One with the weights of this moment.
        """
        if context.task_name == "epoch" and (context.task_id + 1) % self.every == 0:
            self._keep(context.task_id + 1, fitted_estimator)

    def _keep(self, epoch, model):
        if model is None:  # an iteration that was begun, and never made
            return
        model = copy.copy(model)  # other callbacks are given the same one
        forget_callbacks(model)
        # Kept once per epoch, the curves would need more memory than the weights.
        vars(model).pop("_members", None)
        self.epochs.append(epoch)
        self.models.append(model)
