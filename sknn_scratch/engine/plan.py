"""The plan of a training run: all settings, before anything is trained."""

from dataclasses import dataclass
from typing import Any, ClassVar

from .losses import Loss
from .network import Network
from .objective import Objective
from .stopping import Stopping


@dataclass(frozen=True)
class Solver:
    """Base class of solvers. A solver is a subclass with its settings as fields.

    Attributes
    ----------
    has_rate : bool
        Whether the solver has a learning rate, which epochs report.
    """

    has_rate: ClassVar[bool] = False

    @property
    def ends_as_planned(self) -> bool:
        """Whether training ends well after the planned number of epochs."""
        return False

    def start(self, n_rows: int, n_seen: int = 0, last: Any = None) -> Any:
        """Return the state of the solver for a new or continued training run.

        Parameters
        ----------
        n_rows : int
            Number of training samples.
        n_seen : int, default=0
            Number of samples processed before.
        last : object or None, default=None
            State of a solver from an earlier training run, to continue it.

        Returns
        -------
        progress : object or None
            By default None: no state.
        """
        return None

    def uses_random_state(self, network: Network, progress: Any) -> bool:
        """Return whether training uses the random state.

        Parameters
        ----------
        network : Network
            The network to train.
        progress : object or None
            Result of `start`.

        Returns
        -------
        uses_random_state : bool
            By default False.
        """
        return False

    def rows_at_once(self, n_rows: int) -> int:
        """Return the number of samples that the network processes together.

        Parameters
        ----------
        n_rows : int
            Number of training samples.

        Returns
        -------
        n_rows : int
            By default, all of them.
        """
        return n_rows

    def run(self, run: Any) -> str | None:
        """Train until a reason to stop.

        Parameters
        ----------
        run : Run
            The training run, of module `trainer`. The solver calls `begin` before the
            first epoch, and `begin_epoch` and `end_epoch` around each one; the latter
            returns a reason to stop. `max_epochs` of the plan counts from
            `run.state.history.n_iter`, which a checkpoint may have set; None is one
            epoch. The solver calls `continue_training` if another epoch follows, so
            that checkpoints are saved, and `report` if `is_out_of_patience`.

        Returns
        -------
        stop_reason : str or None
            Reason to stop; None if training may continue later.
        """
        raise NotImplementedError(f"{type(self).__name__} must define run.")


@dataclass(frozen=True)
class Plan:
    """What to minimize, how, and for how long.

    Parameters
    ----------
    loss : Loss
        Loss of a sample.
    solver : Solver
        Method that minimizes the mean loss.
    stopping : Stopping
        Rule for early stopping.
    max_epochs : int or None
        Maximum number of epochs or iterations, including those before a checkpoint.
        None means one epoch, after which training may continue.
    alpha : float >= 0, default=0.0
        α, the strength of the penalty.
    l1_ratio : float in [0, 1], default=0.0
        Proportion of the L1 penalty.
    mean_weight : float > 0, default=1.0
        Mean weight of the training samples.
    """

    loss: Loss
    solver: Solver
    stopping: Stopping
    max_epochs: int | None
    alpha: float = 0.0
    l1_ratio: float = 0.0
    mean_weight: float = 1.0

    def objective(self, network: Network) -> Objective:
        """Return the objective to minimize.

        Parameters
        ----------
        network : Network
            The network to train.

        Returns
        -------
        objective : Objective
            Penalized mean loss of the network on batches.
        """
        return Objective(
            network, self.loss, self.alpha, self.mean_weight, self.l1_ratio
        )
