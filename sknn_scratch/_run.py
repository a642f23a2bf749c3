"""One run of training: what is watched on the way, and when it is over."""

import math
import warnings
from itertools import islice

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .engine.training import train_epochs, train_lbfgs


class Monitor:
    """Keeps the curves of a run and its best epoch, and loses patience.

    Parameters
    ----------
    network : Network
        The network in training; with a score, the best of its parameters are kept.
    score : callable or None
        Takes nothing, returns the validation score of the network as it is now.
        None: there is no validation set, and the training loss counts.
    tol : float
        An epoch that is not better than the best by this much tries the patience.
    patience : float
        Number of such epochs in a row that are put up with.
    best : float or None
        Score of the network as it is, or best loss so far, if the run goes on from a
        fitted one.
    n_no_improvement, n_iter : int, default=0
        Where the counts of epochs go on from.
    verbose : bool, default=False
        Whether to print what happens.

    Attributes
    ----------
    loss_curve, validation_scores : list of float
        What was observed, one entry per epoch.
    best_params : ndarray or None
        Parameters of the best score; None as long as there is none.
    """

    def __init__(
        self,
        network,
        score,
        *,
        tol,
        patience,
        best=None,
        n_no_improvement=0,
        n_iter=0,
        verbose=False,
    ):
        self.network = network
        self.score = score
        self.tol = tol
        self.patience = patience
        if best is None:
            best = math.inf if score is None else -math.inf
        self.best = best
        self.n_no_improvement = n_no_improvement
        self.n_iter = n_iter
        self.verbose = verbose
        self.loss_curve = []
        self.validation_scores = []
        self.best_params = None
        if math.isfinite(best) and score is not None:
            self.best_params = network.params.copy()

    @property
    def out_of_patience(self):
        """Whether too many epochs in a row brought no improvement."""
        return self.n_no_improvement > self.patience

    def observe(self, loss):
        """Take note of an epoch.

        Parameters
        ----------
        loss : float
            Training loss of the epoch, with the network as the epoch left it.

        Returns
        -------
        diverged : bool
            Whether the run is over because the loss or a parameter is not finite.
        """
        diverged = not (math.isfinite(loss) and self._is_finite())
        score = None
        if self.score is not None:
            score = math.nan if diverged else self.score()
            self.validation_scores.append(score)
        self.loss_curve.append(loss)
        self.n_iter += 1
        if score is None:
            improved = loss <= self.best - self.tol
            self.best = min(self.best, loss)
        else:
            improved = not score < self.best + self.tol
            if score > self.best:
                self.best = score
                self.best_params = self.network.params.copy()
        self.n_no_improvement = 0 if improved else self.n_no_improvement + 1
        if self.verbose:
            print(f"Iteration {self.n_iter}, loss = {loss:.8f}")
            if score is not None:
                print(f"Validation score: {score:f}")
        return diverged

    def finish(self):
        """Go back to the best epoch, and see to it that the network is usable.

        Raises
        ------
        ValueError
            If a parameter or the last loss is not finite, and there is no best epoch.
        """
        loss = self.loss_curve[-1] if self.loss_curve else 0.0
        diverged = not (math.isfinite(loss) and self._is_finite())
        if diverged:
            message = (
                f"Training diverged in epoch {self.n_iter} (loss={loss:g}): scale the "
                "inputs, for example with StandardScaler (and a regression target "
                "too), or lower learning_rate_init."
            )
            if self.best_params is None:
                raise ValueError(
                    "Solver produced non-finite parameter weights. The input data may "
                    "contain large values and need to be preprocessed. " + message
                )
            warnings.warn(
                message + " The weights of the best epoch are kept.",
                ConvergenceWarning,
                stacklevel=6,
            )
        if self.best_params is not None:
            self.network.params[...] = self.best_params

    def _is_finite(self):
        return bool(np.isfinite(self.network.params).all())

    def say(self, consequence):
        """Print that the patience is at an end, and what follows."""
        if self.verbose:
            what = "Training loss" if self.score is None else "Validation score"
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
    batch_size,
    shuffle,
    clip_norm=None,
    warn=True,
):
    """Train by mini-batches until patience, mistakes or `max_iter` run out.

    Parameters
    ----------
    monitor : Monitor
        Told of every epoch.
    objective, training_set, schedule, progress, batch_size, shuffle, clip_norm
        As for `train_epochs`.
    max_iter : int
        Largest number of epochs.
    warn : bool, default=True
        Whether to warn that training had not converged by then.
    """
    epochs = train_epochs(
        objective,
        training_set,
        schedule,
        progress,
        batch_size=batch_size,
        shuffle=shuffle,
        clip_norm=clip_norm,
    )
    stops_without_mistakes = (
        objective.loss.counts_mistakes and not objective.alpha and monitor.score is None
    )
    for epoch in islice(epochs, max_iter):
        if monitor.observe(epoch.loss):
            return
        if stops_without_mistakes and epoch.n_mistakes == 0:
            return
        if monitor.out_of_patience:
            if not progress.lower_rate(schedule):
                monitor.say("Stopping.")
                return
            monitor.n_no_improvement = 0
            monitor.say(f"Setting learning rate to {progress.rate:f}")
    if warn and not schedule.per_step:  # such a schedule lasts until max_iter
        advice = "Raise max_iter, or tol."
        if stops_without_mistakes:
            advice = (
                f"The last made {epoch.n_mistakes} mistakes. If the classes overlap, "
                "it never will: choose loss='hinge' or 'log_loss'. Else raise max_iter."
            )
        warnings.warn(
            f"Training has not converged after max_iter={max_iter} epochs. {advice}",
            ConvergenceWarning,
            stacklevel=6,
        )


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
    loss : float
        The reported loss where the search ended, also if it took no step at all.
    """

    def after_iteration(loss):
        return monitor.observe(loss) or monitor.out_of_patience

    result = train_lbfgs(
        objective,
        training_set,
        max_iter=max_iter,
        max_evaluations=max_fun,
        tol=tol,
        after_iteration=after_iteration,
    )
    if monitor.out_of_patience:
        monitor.say("Stopping.")
    elif not math.isfinite(result.reported):
        monitor.observe(result.reported)
    elif result.status != 0:
        warnings.warn(
            f"L-BFGS has not converged after {result.nit} iterations: "
            f"{result.message}. Raise max_iter={max_iter} or max_fun={max_fun}, "
            "or scale the inputs.",
            ConvergenceWarning,
            stacklevel=6,
        )
    return result.reported
