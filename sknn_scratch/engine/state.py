"""The state of a training run: everything it changes or needs to continue."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .network import Network
from .streams import state_of, stream_of


@dataclass
class History:
    """The history of a training run.

    Attributes
    ----------
    n_iter : int
        Number of epochs or iterations.
    n_seen : int
        Number of samples processed by mini-batches.
    n_no_improvement : int
        Number of consecutive epochs without improvement so far.
    best : float or None
        Best loss or score so far; None if there is none.
    best_epoch : int or None
        Number of the epoch with the best score; 0 is the initial model.
    best_params : ndarray of shape (n_params,) or None
        Parameters of the best epoch.
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
            Whether the epoch was an improvement.
        """
        self.n_no_improvement = 0 if improved else self.n_no_improvement + 1

    def to_continue(self) -> "History":
        """Return the initial history of a continued training run: counts, no curves.

        Returns
        -------
        history : History
            History without a best epoch.
        """
        return History(self.n_iter, self.n_seen, self.n_no_improvement, self.best)

    @property
    def last_loss(self) -> float:
        """Loss of the last epoch; 0 before the first."""
        return self.loss_curve[-1] if self.loss_curve else 0.0


@dataclass
class State:
    """Everything that training changes.

    Attributes
    ----------
    network : Network
        The model: the trained network, or its average over steps.
    rows : ndarray of int
        Training samples, in the order of the last epoch.
    random_state : numpy.random.RandomState
        Source of random numbers for shuffling.
    history : History
        Losses and scores so far.
    progress : object or None
        State of the solver; None without a state.
    params : ndarray of shape (n_params,) or None
        Parameters in training, if the model is an average.
    workspace : object or None
        Objects that the solver has bound to the arrays of this state, for reuse in the
        next training run. They are not saved.
    """

    network: Network
    rows: np.ndarray
    random_state: np.random.RandomState
    history: History = field(default_factory=History)
    progress: Any = None
    params: np.ndarray | None = None
    workspace: Any = None

    def network_in_training(self) -> Network:
        """Return a copy of the network with the parameters in training.

        Returns
        -------
        network : Network
            It differs from the model if that is an average.
        """
        network = self.network.copy()
        if self.params is not None:
            network.params[...] = self.params
        return network

    def with_network(self, network: Any) -> "State":
        """Return the state with another network.

        Parameters
        ----------
        network : Network or None
            The network.

        Returns
        -------
        state : State
            State with the same arrays and streams, without a workspace.
        """
        progress, params = self.progress, self.params
        return State(
            network, self.rows, self.random_state, self.history, progress, params
        )

    def detached(self) -> "State":
        """Return a state with copies of the arrays that the workspace is bound to.

        Returns
        -------
        state : State
            State without a workspace.
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
