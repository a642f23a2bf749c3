"""The plan of a training: every choice made, before anything is trained."""

from dataclasses import dataclass
from typing import Any, ClassVar

from .losses import Loss
from .network import Network
from .objective import Objective
from .stopping import Stopping


@dataclass(frozen=True)
class Solver:
    """How parameters are found. A solver is a subclass, with its settings as fields.

    Attributes
    ----------
    has_rate : bool
        Whether there is a learning rate, which epochs report.
    """

    has_rate: ClassVar[bool] = False

    @property
    def ends_as_planned(self) -> bool:
        """Whether the last of the planned epochs is a good end by itself."""
        return False

    def start(self, n_rows: int, n_seen: int = 0, last: Any = None) -> Any:
        """Return what the solver keeps in the state of a training.

        Parameters
        ----------
        n_rows : int
            Number of samples to train on.
        n_seen : int, default=0
            Number of samples seen before.
        last : object or None, default=None
            What a solver has kept of an earlier training, to continue it.

        Returns
        -------
        progress : object or None
            None: it keeps nothing.
        """
        return None

    def uses_random_state(self, network: Network, progress: Any) -> bool:
        """Return whether the random stream of a training is drawn from.

        Parameters
        ----------
        network : Network
            The network to train.
        progress : object or None
            What `start` has returned.

        Returns
        -------
        uses_random_state : bool
            False, if a solver does not say otherwise.
        """
        return False

    def rows_at_once(self, n_rows: int) -> int:
        """Return how many samples go through the network together.

        Parameters
        ----------
        n_rows : int
            Number of samples to train on.

        Returns
        -------
        n_rows : int
            All of them, if a solver does not say otherwise.
        """
        return n_rows

    def run(self, run: Any) -> str | None:
        """Train until there is a reason to stop.

        Parameters
        ----------
        run : Run
            The training (of `trainer`, above this module). The solver calls `begin`
            before the first epoch, and `begin_epoch` and `end_epoch` around each one;
            the latter returns a reason to stop. The plan's `max_epochs` counts from
            `run.state.history.n_iter`, which a checkpoint may have set; None is one
            epoch. Where another epoch follows it calls `go_on`, for checkpoints to
            save, and where `is_out_of_patience`, `say` what follows.

        Returns
        -------
        stop_reason : str or None
            Why it was the last epoch; None if there may be more later.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Plan:
    """What is minimized, how, and for how long.

    Parameters
    ----------
    loss : Loss
        The loss of a sample.
    solver : Solver
        How its mean is minimized.
    stopping : Stopping
        When training stops early.
    max_epochs : int or None
        Largest number of epochs, or of iterations, those before a checkpoint included.
        None: one epoch, which others may follow.
    alpha : float >= 0, default=0.0
        Strength of the penalty.
    l1_ratio : float in [0, 1], default=0.0
        The share of the penalty that is L1.
    mean_weight : float > 0, default=1.0
        Mean weight of the samples to train on.
    """

    loss: Loss
    solver: Solver
    stopping: Stopping
    max_epochs: int | None
    alpha: float = 0.0
    l1_ratio: float = 0.0
    mean_weight: float = 1.0

    def objective(self, network: Network) -> Objective:
        """Return what is minimized.

        Parameters
        ----------
        network : Network
            The network to train.

        Returns
        -------
        objective : Objective
            The penalized mean loss of the network on batches of the samples.
        """
        return Objective(
            network, self.loss, self.alpha, self.mean_weight, self.l1_ratio
        )
