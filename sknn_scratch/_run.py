"""One run of training: what is watched on the way, and when it is over."""

import math

import numpy as np
from scipy import sparse

from .engine.training import train_epochs, train_lbfgs


class Monitor:
    """Keeps the curves of a run and its best epoch, and loses patience.

    Parameters
    ----------
    network : Network
        The network that is to be the model; of a validated one, the best parameters
        are kept.
    validate : callable or None
        Takes nothing, returns loss and score of the network on the validation set.
        None: there is none, and the accuracy or the training loss counts.
    tol : float
        An epoch that is not better than the best by this much tries the patience.
    patience : float
        Number of such epochs in a row that are put up with.
    accuracy : callable or None
        Takes nothing, returns the share of training samples without a mistake, for a
        loss that counts mistakes; the training is over when there are none.
    best : float or None
        Score of the network as it is, or best loss so far, if the run goes on from a
        fitted one.
    n_no_improvement, n_iter : int, default=0
        Where the counts of epochs go on from.
    table : EpochTable or None
        Told of every epoch.

    Attributes
    ----------
    loss_curve, validation_loss_curve, validation_scores, learning_rate_curve : list \
of float
        What was observed, one entry per epoch.
    best_epoch : int or None
        Number of the epoch with the best score; 0 is the start.
    best_params : ndarray or None
        Its parameters; None as long as there are none.
    """

    def __init__(
        self,
        network,
        validate,
        *,
        tol,
        patience,
        accuracy=None,
        best=None,
        n_no_improvement=0,
        n_iter=0,
        table=None,
    ):
        self.network = network
        self.validate = validate
        self.tol = tol
        self.patience = patience
        self.accuracy = accuracy
        self.has_score = validate is not None or accuracy is not None
        if best is None:
            best = -math.inf if self.has_score else math.inf
        self.best = best
        self.n_no_improvement = n_no_improvement
        self.n_iter = n_iter
        self.table = table
        self.loss_curve = []
        self.validation_loss_curve = []
        self.validation_scores = []
        self.learning_rate_curve = []
        self._tasks = self._fitted = None
        self.best_epoch = self.best_params = None
        if math.isfinite(best) and self.has_score:
            self._keep_best()

    def tell(self, tasks, fitted):
        """From now on tell the callbacks of every epoch.

        Parameters
        ----------
        tasks : FitTasks
            Who tells them.
        fitted : callable
            Returns the attributes of an estimator with the network as it is.
        """
        self._tasks, self._fitted = tasks, fitted

    def begin(self):
        """Begin an epoch."""
        if self._tasks is not None:
            self._tasks.begin_epoch(self._fitted)

    @property
    def out_of_patience(self):
        """Whether too many epochs in a row brought no improvement."""
        return self.n_no_improvement > self.patience

    def observe(self, loss, rate=math.nan):
        """Take note of an epoch.

        Parameters
        ----------
        loss : float
            Training loss of the epoch, with the network as the epoch left it.
        rate : float, optional
            Its learning rate.

        Returns
        -------
        stop_reason : {"diverged", "no_mistakes", "callback", None}
            Why the run is over, if it is: the loss or a parameter is not finite, there
            are no mistakes, or a callback requests it.
        """
        diverged = not (math.isfinite(loss) and self._is_finite())
        validation_loss = score = math.nan
        # Before anything is noted: it may take long, and be interrupted.
        if self.validate is not None and not diverged:
            validation_loss, score = self.validate()
        elif self.accuracy is not None and not diverged:
            score = self.accuracy()
        self.loss_curve.append(loss)
        self.learning_rate_curve.append(rate)
        self.n_iter += 1
        if self.validate is not None:
            self.validation_loss_curve.append(validation_loss)
            self.validation_scores.append(score)
        if not self.has_score:
            improved = loss <= self.best - self.tol
            self.best = min(self.best, loss)
        else:
            improved = score >= self.best + self.tol
            # Later weights of a perceptron with as many mistakes have settled more.
            ties = self.accuracy is not None and score == self.best
            if score > self.best or ties:
                self.best = score
                self._keep_best()
        self.n_no_improvement = 0 if improved else self.n_no_improvement + 1
        if self.table is not None:
            self.table.add(self.n_iter, loss, validation_loss, score, rate)
        if diverged:
            return "diverged"
        stops = self._tasks is not None and self._tasks.end_epoch(self._fitted)
        if self.accuracy is not None and score == 1:
            return "no_mistakes"
        return "callback" if stops else None

    @property
    def has_risen(self):
        """Whether the training loss is far above what it was at first.

        With a validation set it does not matter: the best epoch is kept.
        """
        curve = self.loss_curve
        if self.validate is not None:
            return False
        return len(curve) > 1 and curve[-1] > curve[0] + 9 * abs(curve[0]) > 0

    @property
    def _last_loss(self):
        return self.loss_curve[-1] if self.loss_curve else 0.0

    def about_divergence(self):
        """Return what has happened where a loss or a parameter is not finite."""
        return (
            f"Training diverged in epoch {self.n_iter} (loss="
            f"{self._last_loss:g}): lower learning_rate_init, or scale the inputs, "
            "for example with StandardScaler."
        )

    def finish(self):
        """Return to the best epoch, if there is one.

        Returns
        -------
        is_usable : bool
            False if a parameter or the last loss is not finite and there is no best
            epoch.
        """
        if self.best_params is not None:
            self.network.params[...] = self.best_params
            return True
        return math.isfinite(self._last_loss) and self._is_finite()

    def _keep_best(self):
        self.best_epoch = self.n_iter
        self.best_params = self.network.params.copy()

    def _is_finite(self):
        return bool(np.isfinite(self.network.params).all())

    def say(self, consequence):
        """Print that the patience is at an end, and what follows."""
        if self.table is not None:
            what = "Validation score" if self.has_score else "Training loss"
            if self.accuracy is not None:
                what = "Training accuracy"
            print(
                f"{what} did not improve more than tol={self.tol:f} for "
                f"{self.patience} consecutive epochs. {consequence}"
            )


def run_epochs(
    monitor,
    objective,
    training_set,
    schedule,
    progress,
    *,
    max_iter,
    after_epoch=None,
    **how,
):
    """Train by mini-batches until patience, mistakes or `max_iter` run out.

    Without a `max_iter` it is one epoch, of which there may be more to come.

    Parameters
    ----------
    monitor : Monitor
        Told of every epoch.
    objective, training_set, schedule, progress, **how
        As for `train_epochs`.
    max_iter : int or None
        Largest number of epochs, those before a checkpoint included.
    after_epoch : callable or None
        Called after every epoch that another one may follow.

    Returns
    -------
    stop_reason : {"diverged", "callback", "no_mistakes", "no_improvement", \
"max_iter", None}
        Why it was the last epoch.
    """
    epochs = train_epochs(objective, training_set, schedule, progress, **how)
    for _ in range(1 if max_iter is None else max_iter - monitor.n_iter):
        monitor.begin()
        epoch = next(epochs)
        if stop_reason := monitor.observe(epoch.loss, epoch.rate):
            return stop_reason
        if progress.is_rising(schedule):
            monitor.n_no_improvement = 0
        if monitor.out_of_patience:
            if progress.lower_rate(schedule):
                monitor.n_no_improvement = 0
                monitor.say(f"Setting learning rate to {progress.rate:f}")
            elif max_iter is not None:
                monitor.say("Stopping.")
                return "no_improvement"
        if after_epoch is not None and monitor.n_iter < max_iter:
            after_epoch()
    if max_iter is None:
        return None
    return "max_iter"


def checked_augment(augment, random_state):
    """Return the user's augmentation with its stream, and its results checked."""

    def run(X):
        shape, dtype = X.shape, X.dtype
        changed = augment(X, random_state)
        if changed is None:
            raise ValueError(
                "augment must return the batch, also if it changed it in place; got "
                "None. End it with: return X_batch."
            )
        try:
            if sparse.issparse(changed):
                changed = changed.tocsr().astype(dtype, copy=False)
                values = changed.data
            else:
                changed = values = np.asarray(changed, dtype, order="C")
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"augment must return an array of numbers; got {changed!r}."
            ) from error
        if changed.shape != shape:
            raise ValueError(
                f"augment must return a batch of the shape it is given, {shape}; got "
                f"{changed.shape}."
            )
        # The sum is quick, and not finite if one of the values is not.
        if not np.isfinite(values.sum()) and not np.isfinite(values).all():
            raise ValueError("augment must return finite numbers; got NaN or infinity.")
        return changed

    return run


def run_lbfgs(monitor, objective, training_set, *, max_iter, max_fun, tol):
    """Train by L-BFGS until it converges, or the patience or `max_iter` runs out.

    Parameters
    ----------
    monitor : Monitor
        Told of every iteration.
    objective, training_set, max_iter, tol
        As for `train_lbfgs`.
    max_fun : int
        Largest number of evaluations of the objective.

    Returns
    -------
    result : scipy.optimize.OptimizeResult
        As `train_lbfgs` returns it, also if the search took no step at all.
    stop_reason : {"diverged", "callback", "no_improvement", "converged", "max_iter", \
"max_fun", "line_search"}
        Why it ended; the last: no smaller value was found along the way down.
    """
    stop_reason = None

    def after_iteration(loss):
        nonlocal stop_reason
        stop_reason = monitor.observe(loss)
        if stop_reason is None and monitor.out_of_patience:
            stop_reason = "no_improvement"
        if stop_reason is None:
            monitor.begin()
        return stop_reason is not None

    monitor.begin()
    result = train_lbfgs(
        objective,
        training_set,
        max_iter=max_iter,
        max_evaluations=max_fun,
        tol=tol,
        after_iteration=after_iteration,
    )
    if stop_reason == "no_improvement":
        monitor.say("Stopping.")
    if stop_reason is not None:
        return result, stop_reason
    if not math.isfinite(result.reported):
        return result, monitor.observe(result.reported)
    if result.status == 0:
        return result, "converged"
    if result.status == 2:
        return result, "line_search"
    return result, "max_iter" if result.nit >= max_iter else "max_fun"
