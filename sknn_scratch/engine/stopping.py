"""Rules for early stopping."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from .network import Network
from .state import History, State


@dataclass(frozen=True)
class Stopping:
    """Stop when the training loss no longer improves; keep the last parameters.

    Other rules are subclasses, which measure the network, decide whether an epoch is an
    improvement, and when training ends. A schedule with a plateau divisor first lowers
    the learning rate.

    Parameters
    ----------
    tol : float >= 0
        Minimum improvement.
    patience : float >= 0
        Patience: training stops after more than this number of consecutive epochs
        without improvement.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.state import History
    >>> from sknn_scratch.engine.stopping import Stopping
    >>> rule, history = Stopping(tol=0.1, patience=1), History()
    >>> params = np.zeros(3)
    >>> for loss in [1.0, 0.8, 0.75, 0.74]:
    ...     rule.observe(history, params, loss, score=np.nan)
    ...     print(rule.is_over(history))
    False
    False
    False
    True
    """

    tol: float
    patience: float
    watched: ClassVar[str] = "Training loss"
    validates: ClassVar[bool] = False
    stop_reason: ClassVar[str] = "no_improvement"

    @property
    def message(self) -> str:
        """The message when training ends by this rule."""
        return (
            f"{self.watched} did not improve more than tol={self.tol:f} for "
            f"{self.patience} consecutive epochs."
        )

    def measure(self, network: Network) -> tuple[float, float]:
        """Return the validation loss and score of the network.

        Parameters
        ----------
        network : Network
            Network after an epoch.

        Returns
        -------
        validation_loss, score : float
            NaN without a validation set.
        """
        return math.nan, math.nan

    def observe(
        self, history: History, params: np.ndarray, loss: float, score: float
    ) -> None:
        """Update the history after an epoch: the best value and the patience.

        Parameters
        ----------
        history : History
            Updated.
        params : ndarray of shape (n_params,)
            Parameters after the epoch, copied if they are the best so far.
        loss, score : float
            Training loss and score of the epoch.
        """
        best = math.inf if history.best is None else history.best
        history.best = min(best, loss)
        history.count(loss <= best - self.tol)

    def is_perfect(self, score: float) -> bool:
        """Return whether the score cannot improve.

        Parameters
        ----------
        score : float
            Score of the epoch.

        Returns
        -------
        is_perfect : bool
            True if training should stop immediately.
        """
        return False

    def is_over(self, history: History) -> bool:
        """Return whether the patience is exhausted.

        Parameters
        ----------
        history : History
            History so far.

        Returns
        -------
        is_over : bool
            True if training should stop.
        """
        return history.n_no_improvement > self.patience

    def without_samples(self) -> "Stopping":
        """Return the rule without its validation samples.

        Returns
        -------
        rule : Stopping
            Rule that cannot measure any more, so that the memory of the samples is
            freed.
        """
        return self

    def begin(self, state: State) -> None:
        """Measure a network that is trained further, as the value to improve on.

        Parameters
        ----------
        state : State
            Initial state; its history is updated.
        """


@dataclass(frozen=True)
class ScoreStopping(Stopping):
    """Stop when a score no longer improves; restore the parameters of the best epoch.

    Parameters
    ----------
    tol, patience : float >= 0
        As in `Stopping`.
    validate : callable
        Function of the network that returns its loss and score on a validation set.
    """

    validate: Callable[[Network], tuple[float, float]]
    watched: ClassVar[str] = "Validation score"
    validates: ClassVar[bool] = True

    def measure(self, network: Network) -> tuple[float, float]:
        """Return the loss and score on the validation set."""
        return self.validate(network)

    def observe(
        self, history: History, params: np.ndarray, loss: float, score: float
    ) -> None:
        """Compare the score with the best one, and copy the parameters if better."""
        best = -math.inf if history.best is None else history.best
        if self.is_best(score, best):
            history.best_epoch, history.best_params = history.n_iter, params.copy()
        history.best = max(best, score)
        history.count(score >= best + self.tol)

    def is_best(self, score: float, best: float) -> bool:
        """Return whether a score is the best so far.

        Parameters
        ----------
        score, best : float
            Score of the epoch, and the highest score before it.

        Returns
        -------
        is_best : bool
            True if the score is higher.
        """
        return score > best

    def without_samples(self) -> "Stopping":
        """Return the rule without its validation samples."""
        return replace(self, validate=_measured)

    def begin(self, state: State) -> None:
        """Measure the network, and store its parameters as the best so far."""
        _, score = self.measure(state.network)
        if math.isfinite(score):
            history = state.history
            history.best, history.best_epoch = score, history.n_iter
            history.best_params = state.network.params.copy()


@dataclass(frozen=True)
class AccuracyStopping(ScoreStopping):
    """Stop when the training accuracy no longer improves, or when it is 1.

    Among epochs with the same accuracy the last one is the best, because the weights of
    a perceptron settle.

    Parameters
    ----------
    tol, patience : float >= 0
        As in `Stopping`.
    validate : callable
        Function of the network that returns NaN and its accuracy on the training
        samples.
    """

    watched: ClassVar[str] = "Training accuracy"
    validates: ClassVar[bool] = False

    def is_best(self, score: float, best: float) -> bool:
        """Return whether the accuracy is not lower."""
        return score >= best

    def is_perfect(self, score: float) -> bool:
        """Return whether all samples are classified correctly."""
        return score == 1


def _measured(network: Network) -> tuple[float, float]:
    raise RuntimeError("The samples of this rule were released after training.")
