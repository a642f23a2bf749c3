"""One training: from a plan and a state to a result, watched by listeners."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .batches import TrainingSet
from .kernels import all_finite
from .plan import Plan
from .state import State


class Listener:
    """What may watch a training. Its methods do nothing; override those of interest."""

    def on_begin(self, run: "Run") -> None:
        """Called before the first epoch, when the state is complete.

        Parameters
        ----------
        run : Run
            The training; its state may be replaced in place by a saved one.
        """

    def on_epoch_begin(self, run: "Run") -> None:
        """Called before each epoch.

        Parameters
        ----------
        run : Run
            The training.
        """

    def on_epoch_end(self, run: "Run") -> bool:
        """Called after each epoch.

        Parameters
        ----------
        run : Run
            The training, with the epoch in its history.

        Returns
        -------
        stops : bool
            Whether training is to stop.
        """
        return False

    def on_continue(self, run: "Run") -> None:
        """Called where another epoch follows, when the state is complete.

        Parameters
        ----------
        run : Run
            The training.
        """

    def on_message(self, text: str) -> None:
        """Called at a plateau.

        Parameters
        ----------
        text : str
            What happened, and what follows.
        """


@dataclass(frozen=True)
class TrainResult:
    """What comes of a training.

    Attributes
    ----------
    state : State
        As training has left it, with the parameters of the best epoch if the plan's
        rule for stopping names one.
    stop_reason : str or None
        Why it ended.
    is_usable : bool
        False if a parameter or the last loss is not finite.
    search : OptimizeResult or None
        What SciPy has returned, if the solver is L-BFGS.
    """

    state: State
    stop_reason: str | None
    is_usable: bool
    search: Any = None


class Run:
    """A training under way: what a solver reports to and listeners look at.

    Parameters
    ----------
    plan : Plan
        What to do.
    training_set : TrainingSet
        What to train on.
    state : State
        Where to start from; updated in place.
    listeners : iterable of Listener
        What watches it.

    Attributes
    ----------
    search : OptimizeResult or None
        Where L-BFGS leaves its result.
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
        self.search: Any = None
        self.has_diverged = False

    def begin(self) -> None:
        """Begin: the state is complete."""
        for listener in self._listeners:
            listener.on_begin(self)

    def begin_epoch(self) -> None:
        """Begin an epoch."""
        for listener in self._listeners:
            listener.on_epoch_begin(self)

    def end_epoch(self, loss: float, rate: float = math.nan) -> str | None:
        """Take note of an epoch.

        Parameters
        ----------
        loss : float
            Training loss of the epoch.
        rate : float, optional
            Its learning rate.

        Returns
        -------
        stop_reason : {"diverged", "no_mistakes", "callback", None}
            Why training is over, if it is.
        """
        history, stopping = self.state.history, self.plan.stopping
        network = self.state.network
        self.has_diverged = not (math.isfinite(loss) and all_finite(network.params))
        validation_loss = score = math.nan
        # Before anything is noted: it may take long, and be interrupted.
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
        for listener in self._listeners:  # each is called, also after one that stops
            stops = bool(listener.on_epoch_end(self)) or stops
        if self.has_diverged:
            return "diverged"
        if stopping.is_perfect(score):
            return "no_mistakes"
        return "callback" if stops else None

    @property
    def is_out_of_patience(self) -> bool:
        """Whether too many epochs in a row brought no improvement."""
        return self.plan.stopping.is_over(self.state.history)

    def say(self, consequence: str) -> None:
        """Tell the listeners that the patience is at an end.

        Parameters
        ----------
        consequence : str
            What follows.
        """
        for listener in self._listeners:
            listener.on_message(f"{self.plan.stopping.message} {consequence}")

    def go_on(self) -> None:
        """Tell the listeners that another epoch follows."""
        for listener in self._listeners:
            listener.on_continue(self)

    def result(self, stop_reason: str | None) -> TrainResult:
        """Return to the best epoch, if there is one, and return what came of it all.

        Parameters
        ----------
        stop_reason : str or None
            Why training has ended.

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
        else:  # nothing has changed since the end of the last epoch
            is_usable = not self.has_diverged
        return TrainResult(state, stop_reason, is_usable, self.search)


def train(
    plan: Plan,
    training_set: TrainingSet,
    state: State,
    listeners: Iterable[Listener] = (),
) -> TrainResult:
    """Train until the plan's rule, its end, a listener or Ctrl-C stops it.

    Parameters
    ----------
    plan : Plan
        What to do.
    training_set : TrainingSet
        What to train on.
    state : State
        Where to start from; updated in place.
    listeners : iterable of Listener, default=()
        What watches the training.

    Returns
    -------
    result : TrainResult
        What came of it.

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
        state.workspace = None  # a step may be half done
    return run.result(stop_reason)
