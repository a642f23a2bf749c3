"""scikit-learn's callbacks: the fit is a task, and its epochs are subtasks."""

from ..engine.trainer import Listener


class FitTasks:
    """Calls the callbacks of the fit of an estimator.

    Parameters
    ----------
    estimator : estimator
        Estimator of the user that is being fitted.
    request : Request
        Arguments of `fit`.
    """

    def __init__(self, estimator, request):
        max_epochs, metadata = estimator.max_iter, None
        if request.sample_weight is not None:
            metadata = {"sample_weight": request.sample_weight}
        self._offered = {
            "estimator": estimator,
            "X": request.X,
            "y": request.y,
            "metadata": metadata,
        }
        self._fit = estimator._init_callback_context(max_subtasks=max_epochs)
        self._fit.call_on_fit_task_begin(**self._offered)
        self._n_left = max_epochs
        self._epoch = None

    def skip(self, n_epochs):
        """Skip epochs that were trained before a checkpoint."""
        for _ in range(n_epochs):
            self._fit.subcontext(task_name="epoch")
        self._n_left -= n_epochs

    def begin_epoch(self, fitted):
        """Begin an epoch, if there can be another one.

        Parameters
        ----------
        fitted : callable
            Returns the attributes of an estimator that ends here; only called if a
            callback asks for one.
        """
        if self._n_left:
            self._n_left -= 1
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(
                **self._offered, reconstruction_attributes=lambda: self._only(fitted())
            )

    def end_epoch(self, fitted):
        """End an epoch; return whether a callback requests to stop."""
        epoch, self._epoch = self._epoch, None
        return epoch.call_on_fit_task_end(
            **self._offered, reconstruction_attributes=lambda: self._only(fitted())
        )

    def end(self, fitted):
        """End the fit, and an iteration of L-BFGS that did not take place."""
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._offered["estimator"])
        self._fit.call_on_fit_task_end(
            **self._offered, reconstruction_attributes=lambda: self._only(fitted())
        )

    def _only(self, attributes):
        """Return the attributes, with None for those that only the last fit has set."""
        before = vars(self._offered["estimator"]).keys() - attributes.keys()
        stale = [name for name in before if name.endswith("_")]
        return dict.fromkeys(stale) | attributes


class EpochTasks(Listener):
    """Listener that calls the callbacks in every epoch.

    Parameters
    ----------
    tasks : FitTasks
        Task of the fit.
    fitted : callable
        Function of the training run; returns the attributes of an estimator with the
        current network.
    """

    def __init__(self, tasks, fitted):
        self._tasks, self._fitted = tasks, fitted

    def on_begin(self, run):
        """Skip epochs that were trained before a checkpoint."""
        self._tasks.skip(run.state.history.n_iter)

    def on_epoch_begin(self, run):
        """Begin a subtask."""
        self._tasks.begin_epoch(lambda: self._fitted(run))

    def on_epoch_end(self, run):
        """End a subtask if the model is usable; return whether to stop training."""
        if run.has_diverged:
            return False
        return self._tasks.end_epoch(lambda: self._fitted(run))
