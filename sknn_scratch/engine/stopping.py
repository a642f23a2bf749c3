"""When training stops early, and which epoch's parameters it ends with."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from .network import Network
from .state import History, State


@dataclass(frozen=True)
class Stopping:
    """Stop once the training loss no longer improves; end with the last parameters.

    A rule of another kind is a subclass: it measures the network, says whether an epoch
    has improved it, and when training is over. Where a schedule lowers the learning
    rate at a plateau, it does so first when the rule says so.

    Parameters
    ----------
    tol : float >= 0
        An improvement by less does not count.
    patience : float >= 0
        Training stops after more than so many epochs in a row without an improvement.

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
        """What to say when training is over by this rule."""
        return (
            f"{self.watched} did not improve more than tol={self.tol:f} for "
            f"{self.patience} consecutive epochs."
        )

    def measure(self, network: Network) -> tuple[float, float]:
        """Return loss and score of the network on other samples.

        Parameters
        ----------
        network : Network
            As an epoch has left it.

        Returns
        -------
        validation_loss, score : float
            NaN where there is none.
        """
        return math.nan, math.nan

    def observe(
        self, history: History, params: np.ndarray, loss: float, score: float
    ) -> None:
        """Take note of an epoch: of the best value, and whether it was improved.

        Parameters
        ----------
        history : History
            Updated.
        params : ndarray of shape (n_params,)
            The parameters that the epoch has left, to be copied where they are the
            best.
        loss, score : float
            Training loss and score of the epoch.
        """
        best = math.inf if history.best is None else history.best
        history.best = min(best, loss)
        history.count(loss <= best - self.tol)

    def is_perfect(self, score: float) -> bool:
        """Return whether there is nothing left to learn.

        Parameters
        ----------
        score : float
            Score of the epoch.

        Returns
        -------
        is_perfect : bool
            Whether training stops at once.
        """
        return False

    def is_over(self, history: History) -> bool:
        """Return whether too many epochs in a row brought no improvement.

        Parameters
        ----------
        history : History
            So far.

        Returns
        -------
        is_over : bool
            Whether training stops.
        """
        return history.n_no_improvement > self.patience

    def without_samples(self) -> "Stopping":
        """Return the rule without the samples that it measures with.

        Returns
        -------
        rule : Stopping
            For the memory of the samples to be free; it cannot measure any more.
        """
        return self

    def begin(self, state: State) -> None:
        """Measure a network that was trained before: what is to be improved.

        Parameters
        ----------
        state : State
            Of the start of the training; its history is updated.
        """


@dataclass(frozen=True)
class ScoreStopping(Stopping):
    """Stop once a score no longer improves; end with the parameters of the best epoch.

    Parameters
    ----------
    tol, patience : float >= 0
        As for `Stopping`.
    validate : callable
        Takes the network; returns its loss and score on a validation set.
    """

    validate: Callable[[Network], tuple[float, float]]
    watched: ClassVar[str] = "Validation score"
    validates: ClassVar[bool] = True

    def measure(self, network: Network) -> tuple[float, float]:
        """Return loss and score on the validation set."""
        return self.validate(network)

    def observe(
        self, history: History, params: np.ndarray, loss: float, score: float
    ) -> None:
        """Compare the score with the best, whose parameters are kept."""
        best = -math.inf if history.best is None else history.best
        if self.is_best(score, best):
            history.best_epoch, history.best_params = history.n_iter, params.copy()
        history.best = max(best, score)
        history.count(score >= best + self.tol)

    def is_best(self, score: float, best: float) -> bool:
        """Return whether training ends with these parameters if none are better.

        Parameters
        ----------
        score, best : float
            Score of the epoch, and the highest before it.

        Returns
        -------
        is_best : bool
            Whether the score is higher.
        """
        return score > best

    def without_samples(self) -> "Stopping":
        """Return the rule without the samples that it measures with."""
        return replace(self, validate=_measured)

    def begin(self, state: State) -> None:
        """Measure the network, and keep its parameters as the best so far."""
        _, score = self.measure(state.network)
        if math.isfinite(score):
            history = state.history
            history.best, history.best_epoch = score, history.n_iter
            history.best_params = state.network.params.copy()


@dataclass(frozen=True)
class AccuracyStopping(ScoreStopping):
    """Stop once the training accuracy no longer improves, or there are no mistakes.

    Of epochs with equally many mistakes the last one counts: the weights of a
    perceptron settle.

    Parameters
    ----------
    tol, patience : float >= 0
        As for `Stopping`.
    validate : callable
        Takes the network; returns NaN and its accuracy on the training samples.
    """

    watched: ClassVar[str] = "Training accuracy"
    validates: ClassVar[bool] = False

    def is_best(self, score: float, best: float) -> bool:
        """Return whether the accuracy is not lower."""
        return score >= best

    def is_perfect(self, score: float) -> bool:
        """Return whether there are no mistakes."""
        return score == 1


def _measured(network: Network) -> tuple[float, float]:
    raise RuntimeError("The samples of this rule were released after training.")
