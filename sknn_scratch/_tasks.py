"""What scikit-learn's callbacks are told: the fit as a task, its epochs as subtasks."""

from ._checkpoint import Checkpoint
from ._sklearn import callbacks_of


class FitTasks:
    """Calls the callbacks of an estimator's fit.

    Parameters
    ----------
    estimator : estimator
        The one being fitted, as the user knows it.
    max_epochs : int
        Largest number of epochs, or of iterations.
    X, y, sample_weight : array-like
        What `fit` was given; weights may be None.

    Attributes
    ----------
    checkpoint : Checkpoint or None
        The one among the callbacks, which the fit itself tells when to save.
    """

    def __init__(self, estimator, max_epochs, X, y, sample_weight):
        metadata = None
        if sample_weight is not None:
            metadata = {"sample_weight": sample_weight}
        self._offered = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=max_epochs)
        self._fit.call_on_fit_task_begin(**self._offered)
        self._n_left = max_epochs
        self._epoch = None
        ours = [one for one in callbacks_of(estimator) if isinstance(one, Checkpoint)]
        self.checkpoint = ours[0] if ours else None

    def skip(self, n_epochs):
        """Leave out epochs that were made before a checkpoint."""
        for _ in range(n_epochs):
            self._fit.subcontext(task_name="epoch")
        self._n_left -= n_epochs

    def begin_epoch(self, fitted):
        """Begin an epoch, if there may be one more.

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
        """End it; return whether a callback wants the fit to stop."""
        epoch, self._epoch = self._epoch, None
        return epoch.call_on_fit_task_end(
            **self._offered, reconstruction_attributes=lambda: self._only(fitted())
        )

    def end(self, fitted):
        """End the fit, and an iteration of L-BFGS that was never made."""
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._offered["estimator"])
        self._fit.call_on_fit_task_end(
            **self._offered, reconstruction_attributes=lambda: self._only(fitted())
        )

    def remove_checkpoint(self):
        """Forget how to go on from what is now complete."""
        if self.checkpoint is not None:
            self.checkpoint.remove()

    def _only(self, attributes):
        """Return the attributes, and None for those that only the last fit had set."""
        before = vars(self._offered["estimator"]).keys() - attributes.keys()
        stale = [name for name in before if name.endswith("_")]
        return dict.fromkeys(stale) | attributes
