"""The state of a training: all that it changes, and all that it needs to continue."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .network import Network
from .streams import state_of, stream_of


@dataclass
class History:
    """What a training has observed.

    Attributes
    ----------
    n_iter : int
        Number of epochs, or of iterations.
    n_seen : int
        Number of samples that mini-batches have seen, each as often as it was seen.
    n_no_improvement : int
        Number of the last epochs in a row without an improvement.
    best : float or None
        The best loss or score so far; None if there is none.
    best_epoch : int or None
        Number of the epoch with the best score; 0 is the start.
    best_params : ndarray of shape (n_params,) or None
        Its parameters.
    loss_curve, validation_loss_curve, validation_scores, learning_rate_curve : list \
of float
        One entry per epoch.
    """

    n_iter: int = 0
    n_seen: int = 0
    n_no_improvement: int = 0
    best: float | None = None
    best_epoch: int | None = None
    best_params: np.ndarray | None = None
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    learning_rate_curve: list[float] = field(default_factory=list)

    def count(self, improved: bool) -> None:
        """Count an epoch with or without an improvement.

        Parameters
        ----------
        improved : bool
            Whether it brought one.
        """
        self.n_no_improvement = 0 if improved else self.n_no_improvement + 1

    def to_continue(self) -> "History":
        """Return what a later training starts from: counts, without curves.

        Returns
        -------
        history : History
            Without an epoch whose parameters are kept.
        """
        return History(self.n_iter, self.n_seen, self.n_no_improvement, self.best)

    @property
    def last_loss(self) -> float:
        """Loss of the last epoch; 0 before the first."""
        return self.loss_curve[-1] if self.loss_curve else 0.0


@dataclass
class State:
    """All that training changes.

    Attributes
    ----------
    network : Network
        The model: what is trained, or the average of what is trained.
    rows : ndarray of int
        Samples to train on, in the order of the last epoch.
    random_state : numpy.random.RandomState
        The stream that the shuffling draws from.
    history : History
        What was observed.
    progress : object or None
        What the solver needs to continue; None if it keeps nothing.
    params : ndarray of shape (n_params,) or None
        The parameters that steps are taken from, where the model is an average.
    workspace : object or None
        What the solver has bound to the arrays of this state, for another training
        that reuses them. It is not saved.
    """

    network: Network
    rows: np.ndarray
    random_state: np.random.RandomState
    history: History = field(default_factory=History)
    progress: Any = None
    params: np.ndarray | None = None
    workspace: Any = None

    def network_in_training(self) -> Network:
        """Return a copy of the network with the parameters that steps are taken from.

        Returns
        -------
        network : Network
            Another one than the model if that is an average.
        """
        network = self.network.copy()
        if self.params is not None:
            network.params[...] = self.params
        return network

    def with_network(self, network: Any) -> "State":
        """Return the same state of another network.

        Parameters
        ----------
        network : Network or None
            The network.

        Returns
        -------
        state : State
            With the same arrays and streams, and no workspace.
        """
        progress, params = self.progress, self.params
        return State(
            network, self.rows, self.random_state, self.history, progress, params
        )

    def detached(self) -> "State":
        """Return a state with copies of all that the workspace is bound to.

        Returns
        -------
        state : State
            Without a workspace.
        """
        state = self.with_network(self.network.copy())
        state.progress = self.progress.copied()
        return state

    def __getstate__(self) -> dict[str, Any]:
        stream = state_of(self.random_state)
        return vars(self) | {"random_state": stream, "workspace": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.random_state = stream_of(state["random_state"])
