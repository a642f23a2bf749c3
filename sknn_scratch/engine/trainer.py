"""A training run: from a plan and a state to a result, with listeners."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from .batches import TrainingSet
from .kernels import all_finite
from .plan import Plan
from .state import State


class Listener:
    """Base class of listeners to a training run. Its methods do nothing; override them.

    Attributes
    ----------
    watches_steps : bool
        Whether `on_steps` is called.
    """

    watches_steps: ClassVar[bool] = False

    def on_begin(self, run: "Run") -> None:
        """Handle the start of training, when the state is complete.

        Parameters
        ----------
        run : Run
            The training run, whose state may be replaced in place by a saved one.
        """

    def on_epoch_begin(self, run: "Run") -> None:
        """Handle the start of an epoch.

        Parameters
        ----------
        run : Run
            The training run.
        """

    def on_epoch_end(self, run: "Run") -> bool:
        """Handle the end of an epoch.

        Parameters
        ----------
        run : Run
            The training run, with the epoch in its history.

        Returns
        -------
        stops : bool
            True to stop training.
        """
        return False

    def on_steps(self, run: "Run", n_steps: int) -> None:
        """Handle the end of one or more steps, if `watches_steps` is True.

        Parameters
        ----------
        run : Run
            The training run.
        n_steps : int >= 1
            Number of steps since the last call. Several steps are reported together if
            none of them changed the parameters.
        """

    def on_continue(self, run: "Run") -> None:
        """Handle the time between two epochs, when the state is complete.

        Parameters
        ----------
        run : Run
            The training run.
        """

    def on_message(self, text: str) -> None:
        """Handle a plateau.

        Parameters
        ----------
        text : str
            Message about the plateau and the consequence.
        """


@dataclass(frozen=True)
class TrainResult:
    """Result of a training run.

    Attributes
    ----------
    state : State
        Final state, with the parameters of the best epoch if the stopping rule restores
        them.
    stop_reason : str or None
        Reason to stop.
    is_usable : bool
        False if a parameter or the last loss is not finite.
    search : OptimizeResult or None
        Result of SciPy, if the solver is L-BFGS.
    """

    state: State
    stop_reason: str | None
    is_usable: bool
    search: Any = None


class Run:
    """A training run in progress, between the solver and the listeners.

    Parameters
    ----------
    plan : Plan
        Settings.
    training_set : TrainingSet
        Training samples.
    state : State
        Initial state, updated in place.
    listeners : iterable of Listener
        Listeners to the training run.

    Attributes
    ----------
    search : OptimizeResult or None
        Result of L-BFGS.
    has_diverged : bool
        Whether the loss or a parameter is not finite.
    """

    def __init__(
        self,
        plan: Plan,
        training_set: TrainingSet,
        state: State,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self.plan = plan
        self.training_set = training_set
        self.state = state
        self._listeners = tuple(listeners)
        self._step_listeners = [one for one in self._listeners if one.watches_steps]
        self.search: Any = None
        self.has_diverged = False

    def begin(self) -> None:
        """Start training: the state is complete."""
        for listener in self._listeners:
            listener.on_begin(self)

    def begin_epoch(self) -> None:
        """Start an epoch."""
        for listener in self._listeners:
            listener.on_epoch_begin(self)

    @property
    def watches_steps(self) -> bool:
        """Whether a listener is called after each step."""
        return bool(self._step_listeners)

    def end_steps(self, n_steps: int) -> None:
        """Report steps to the listeners that watch them.

        Parameters
        ----------
        n_steps : int >= 1
            Number of steps, all with the parameters that the network has now.
        """
        for listener in self._step_listeners:
            listener.on_steps(self, n_steps)

    def end_epoch(self, loss: float, rate: float = math.nan) -> str | None:
        """Record an epoch.

        Parameters
        ----------
        loss : float
            Training loss of the epoch.
        rate : float, optional
            Learning rate of the epoch.

        Returns
        -------
        stop_reason : {"diverged", "no_mistakes", "callback", None}
            Reason to stop; None to continue.
        """
        history, stopping = self.state.history, self.plan.stopping
        network = self.state.network
        self.has_diverged = not (math.isfinite(loss) and all_finite(network.params))
        validation_loss = score = math.nan
        # This may take long and be interrupted, so nothing is recorded before it.
        if not self.has_diverged:
            validation_loss, score = stopping.measure(network)
        history.loss_curve.append(loss)
        history.learning_rate_curve.append(rate)
        history.n_iter += 1
        if stopping.validates:
            history.validation_loss_curve.append(validation_loss)
            history.validation_scores.append(score)
        stopping.observe(history, network.params, loss, score)
        stops = False
        # All listeners are called, even if one stops training.
        for listener in self._listeners:
            stops = bool(listener.on_epoch_end(self)) or stops
        if self.has_diverged:
            return "diverged"
        if stopping.is_perfect(score):
            return "no_mistakes"
        return "callback" if stops else None

    @property
    def is_out_of_patience(self) -> bool:
        """Whether the patience is exhausted."""
        return self.plan.stopping.is_over(self.state.history)

    def report(self, consequence: str) -> None:
        """Report to the listeners that the patience is exhausted.

        Parameters
        ----------
        consequence : str
            Consequence.
        """
        for listener in self._listeners:
            listener.on_message(f"{self.plan.stopping.message} {consequence}")

    def continue_training(self) -> None:
        """Report to the listeners that another epoch follows."""
        for listener in self._listeners:
            listener.on_continue(self)

    def result(self, stop_reason: str | None) -> TrainResult:
        """Restore the best epoch, if there is one, and return the result.

        Parameters
        ----------
        stop_reason : str or None
            Reason to stop.

        Returns
        -------
        result : TrainResult
            The result.
        """
        state = self.state
        if state.history.best_params is not None:
            state.network.params[...] = state.history.best_params
            is_usable = True
        elif stop_reason == "interrupted" or self.search is not None:
            is_usable = math.isfinite(state.history.last_loss) and all_finite(
                state.network.params
            )
        else:  # unchanged since the last epoch
            is_usable = not self.has_diverged
        return TrainResult(state, stop_reason, is_usable, self.search)


def train(
    plan: Plan,
    training_set: TrainingSet,
    state: State,
    listeners: Iterable[Listener] = (),
) -> TrainResult:
    """Train until a stopping rule, the last epoch, a listener or Ctrl-C stops it.

    Parameters
    ----------
    plan : Plan
        Settings.
    training_set : TrainingSet
        Training samples.
    state : State
        Initial state, updated in place.
    listeners : iterable of Listener, default=()
        Listeners to the training run.

    Returns
    -------
    result : TrainResult
        Result.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import TrainingSet
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.mini_batches import MiniBatches
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> from sknn_scratch.engine.plan import Plan
    >>> from sknn_scratch.engine.state import State
    >>> from sknn_scratch.engine.stopping import Stopping
    >>> from sknn_scratch.engine.trainer import train
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> line = TrainingSet(X, 2 * X.T + 1)
    >>> solver = MiniBatches(SGD(), learning_rate_init=0.1, batch_size=5)
    >>> plan = Plan(SquaredError(), solver, Stopping(1e-9, patience=5), max_epochs=200)
    >>> network = Network(1, [Dense(1)])
    >>> state = State(network, np.arange(20), np.random.RandomState(0))
    >>> state.progress = solver.start(n_rows=20)
    >>> result = train(plan, line, state)
    >>> result.stop_reason, network.params.round(3).tolist()  # slope and intercept
    ('no_improvement', [2.0, 1.0])
    """
    run = Run(plan, training_set, state, listeners)
    try:
        stop_reason = plan.solver.run(run)
    except KeyboardInterrupt:
        stop_reason = "interrupted"
        state.workspace = None  # a step may be incomplete
    return run.result(stop_reason)
