"""Mini-batch gradient descent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .augmentation import checked
from .averaging import Average
from .batches import Batch, TrainingSet
from .kernels import norm_2, scale
from .layers import Noise
from .layers.checks import is_user_defined
from .network import Network
from .objective import Objective, Value
from .online import BLOCK, gradients_that_move, skips
from .optimizers import Optimizer
from .plan import Solver
from .progress import Progress
from .schedules import Constant, Schedule
from .state import State
from .steps import Stepping, Steps

if TYPE_CHECKING:
    from .trainer import Run


class Epoch(NamedTuple):
    """Result of one epoch, a pass over the training set.

    Attributes
    ----------
    loss : float
        Mean objective of the batches, each before its step.
    rate : float
        Learning rate of the epoch, or of its last step if it changes in every step.
    """

    loss: float
    rate: float


class Workspace(NamedTuple):
    """Objects that are bound to the arrays of a training run.

    Attributes
    ----------
    objective : Objective
        Objective to minimize.
    steps : Steps
        Update steps of the parameters of its network.
    """

    objective: Objective
    steps: Steps


# Limit for the number of parameters, and of input values in a batch: below it, binding
# takes longer than copying them.
_SMALL = 2**16


@dataclass(frozen=True)
class MiniBatches(Solver):
    """Mini-batch gradient descent.

    Parameters
    ----------
    optimizer : Optimizer
        Update rule.
    learning_rate_init : float > 0
        Initial learning rate, multiplied by the factors of the schedule.
    batch_size : int >= 1
        Number of samples in a batch.
    schedule : Schedule, default=Constant()
        Learning-rate schedule.
    n_epochs : int >= 1, default=1
        Number of epochs of the schedule.
    shuffle : bool, default=True
        Whether to shuffle the samples before every epoch.
    clip_norm : float > 0, optional
        Gradient clipping: maximum Euclidean norm of the gradient.
    augment : callable, optional
        Data augmentation: function of the input of a batch, which it may overwrite, and
        a RandomState, that returns the augmented input.
    average : float in (0, 1], default=0.0
        If given, the model is the average of the parameters over steps, with this decay
        of the exponential moving average.
    multipliers : list of float, optional
        Learning-rate multipliers, as from `LayerRates`; by default, all are 1.
    input_scale : float > 0, optional
        If given, the features have a trainable scale with this learning-rate
        multiplier.

    Examples
    --------
    >>> from sknn_scratch.engine.mini_batches import MiniBatches
    >>> from sknn_scratch.engine.optimizers import Adam
    >>> MiniBatches(Adam(), learning_rate_init=0.001, batch_size=200).shuffle
    True
    """

    optimizer: Optimizer
    learning_rate_init: float
    batch_size: int
    schedule: Schedule = field(default_factory=Constant)
    n_epochs: int = 1
    shuffle: bool = True
    clip_norm: float | None = None
    augment: Callable[[Any, np.random.RandomState], Any] | None = None
    average: float = 0.0
    multipliers: list[float] | None = None
    input_scale: float | None = None
    has_rate: ClassVar[bool] = True

    @property
    def ends_as_planned(self) -> bool:
        """Whether the schedule ends with the planned number of epochs."""
        return self.schedule.per_step

    def start(self, n_rows: int, n_seen: int = 0, last: Any = None) -> Progress:
        """Return the progress of a new or continued training run.

        Parameters
        ----------
        n_rows : int
            Number of training samples.
        n_seen : int, default=0
            Number of samples processed before.
        last : Progress, optional
            Progress to continue, if it is from mini-batches; it is not changed.

        Returns
        -------
        progress : Progress
            State of the solver.
        """
        progress = Progress(
            Stepping(self.optimizer, self.multipliers, self.input_scale),
            rate=self.learning_rate_init,
            steps_per_epoch=-(-n_rows // self.batch_size),
            n_epochs=self.n_epochs,
            samples_per_epoch=n_rows,
        )
        if isinstance(last, Progress):
            self._continue(progress, last.copied())
            self.set_rate(progress, n_seen)
        return progress

    def set_rate(self, progress: Progress, n_seen: int) -> None:
        """Set the learning rate of the next epoch.

        Parameters
        ----------
        progress : Progress
            Updated in place.
        n_seen : int
            Number of samples processed so far.
        """
        progress.rate = self._rate(progress, n_seen)

    def _continue(self, progress: Progress, last: Progress) -> None:
        """Copy the parts of an earlier progress that are still valid."""
        taken_over = ["noise", "augmenting", "n_steps"]
        if last.stepping == progress.stepping:
            taken_over += ["optimizer_states", "scaled"]
        if self.schedule.plateau_divisor:
            taken_over += ["plateau_factor"]
        for name in taken_over:
            setattr(progress, name, getattr(last, name))

    def uses_random_state(self, network: Network, progress: Progress) -> bool:
        """Return whether training uses the random state.

        Parameters
        ----------
        network : Network
            The network to train.
        progress : Progress
            State of the solver.

        Returns
        -------
        uses_random_state : bool
            True with shuffling, or if other random streams have to be seeded.
        """
        layers = network.differs_in_training and progress.noise is None
        augments = self.augment is not None and progress.augmenting is None
        return self.shuffle or layers or augments

    def rows_at_once(self, n_rows: int) -> int:
        """Return the number of samples in a batch."""
        return min(self.batch_size, n_rows)

    def run(self, run: "Run") -> str | None:
        """Train until a stopping rule or the planned number of epochs ends training.

        Parameters
        ----------
        run : Run
            The training run.

        Returns
        -------
        stop_reason : {"diverged", "callback", "no_mistakes", "no_improvement", \
"max_iter", None}
            Reason to stop; None if training may continue.
        """
        state, max_epochs = run.state, run.plan.max_epochs
        progress: Progress = state.progress
        network = state.network
        if self.average:  # the model differs from the network in training
            network = state.network_in_training()
        state.params = network.params if self.average else None
        workspace = state.workspace
        if workspace is None:
            objective = run.plan.objective(network)
            workspace = Workspace(objective, self._steps(objective, progress))
        if max_epochs is None and self._keeps_workspace(network, len(state.rows)):
            state.workspace = workspace
        objective, steps = workspace
        after_steps = run.end_steps if run.watches_steps else None
        epochs = self.epochs(objective, run.training_set, state, steps, after_steps)
        run.begin()
        for _ in range(1 if max_epochs is None else max_epochs - state.history.n_iter):
            run.begin_epoch()
            epoch = next(epochs)
            if stop_reason := run.end_epoch(epoch.loss, epoch.rate):
                return stop_reason
            if self._is_rising(progress):
                state.history.n_no_improvement = 0
            if run.is_out_of_patience:
                if self._lower_rate(progress):
                    state.history.n_no_improvement = 0
                    run.report(f"Setting learning rate to {progress.rate:f}")
                elif max_epochs is not None:
                    run.report("Stopping.")
                    return run.plan.stopping.stop_reason
            if max_epochs is not None and state.history.n_iter < max_epochs:
                run.continue_training()
        return None if max_epochs is None else "max_iter"

    def epochs(
        self,
        objective: Objective,
        training_set: TrainingSet,
        state: State,
        steps: Steps | None = None,
        after_steps: Callable[[int], None] | None = None,
    ) -> Iterator[Epoch]:
        """Return an endless iterator over epochs.

        The caller decides when to stop, and may lower the learning rate between epochs.

        Parameters
        ----------
        objective : Objective
            Objective to minimize; the parameters of its network are updated in place.
        training_set : TrainingSet
            Training samples.
        state : State
            Initial state, updated in place.
        steps : Steps, optional
            What takes steps, bound to the arrays of the state; made if not given.
        after_steps : callable, optional
            Called after each step with the number of steps since its last call.

        Returns
        -------
        epochs : iterator of Epoch
            Results of the epochs.
        """
        if steps is None:
            steps = self._steps(objective, state.progress)
        self._draw_streams(objective, state)
        return self._epochs(objective, steps, training_set, state, after_steps)

    def _steps(self, objective: Objective, progress: Progress) -> Steps:
        """Return the update steps, which continue the state of the optimizer."""
        steps = Steps(
            objective.network,
            objective.grad,
            progress.stepping,
            progress.optimizer_states,
            progress.scaled,
        )
        progress.optimizer_states, progress.scaled = steps.states, steps.scaled
        return steps

    def _keeps_workspace(self, network: Network, n_rows: int) -> bool:
        """Return whether the next training run may reuse the arrays of this one.

        For a small network, binding new arrays takes the time of a step. User-defined
        layers and optimizers always get new arrays, because their caches are not known.
        """
        if self.average or self.augment or self.input_scale:
            return False
        if network.has_user_layers or is_user_defined(self.optimizer):
            return False
        n_inputs = self.rows_at_once(n_rows) * network.n_features
        is_small = max(network.n_parameters, n_inputs) <= _SMALL
        return is_small and not network.differs_in_training

    def _draw_streams(self, objective: Objective, state: State) -> None:
        """Seed the random streams of layers and augmentation before their first use."""
        progress, stream = state.progress, state.random_state
        if objective.network.differs_in_training:
            if progress.noise is None:
                progress.noise = np.random.SFC64(stream.randint(2**31))
            objective.noise = Noise(progress.noise)
        if self.augment is not None and progress.augmenting is None:
            progress.augmenting = np.random.RandomState(stream.randint(2**31))

    def _epochs(
        self,
        objective: Objective,
        steps: Steps,
        training_set: TrainingSet,
        state: State,
        after_steps: Callable[[int], None] | None,
    ) -> Iterator[Epoch]:
        """Shuffle the samples, and take one step per batch."""
        progress, history, rows = state.progress, state.history, state.rows
        per_step, clip_norm = self.schedule.per_step, self.clip_norm
        average = None
        if self.average:
            average = Average(state.network.params, self.average)
        params, grad = objective.network.params, objective.grad
        gradients = self._gradients(
            objective, training_set, state, average, after_steps
        )
        if len(rows) <= self.batch_size:  # a single batch keeps its order
            rows = rows.copy()
        while True:
            if self.shuffle:
                state.random_state.shuffle(rows)
            if objective.noise is not None:
                objective.noise.begin_epoch()
            total = 0.0
            for value, n_samples in gradients():
                if per_step:
                    progress.rate = self._rate(progress, history.n_seen)
                if clip_norm is not None:
                    _clip(grad, clip_norm)
                steps.take(progress.rate)
                progress.n_steps += 1
                if average is not None:
                    average.update(params, progress.n_steps)
                if after_steps is not None:
                    after_steps(1)
                total += value.loss * n_samples
            epoch = Epoch(total / len(rows), progress.rate)
            history.n_seen += len(rows)
            if not per_step:
                progress.rate = self._rate(progress, history.n_seen)
            yield epoch

    def _gradients(
        self,
        objective: Objective,
        training_set: TrainingSet,
        state: State,
        average: Average | None,
        after_steps: Callable[[int], None] | None,
    ) -> Callable[[], Iterator[tuple[Value, int]]]:
        """Return an iterator that evaluates the objective on every batch of an epoch.

        It yields the value and the number of samples, with the gradient in
        `objective.grad`.
        """
        progress, rows = state.progress, state.rows
        if len(rows) <= self.batch_size:
            X, *others = training_set.subset(rows).everything()
            if state.workspace is not None:
                X = X.copy()  # layers that outlive the call keep a reference
            whole = [(X, *others)]
            augment = self._augment(progress, in_place=False)
            return lambda: _evaluated(objective, whole, augment)
        augment = self._augment(progress, in_place=True)
        one_by_one = self.batch_size == 1 and augment is None
        if not (one_by_one and skips(objective, self.optimizer)):
            return lambda: _evaluated(
                objective, training_set.batches(rows, self.batch_size), augment
            )

        def skip(n: int) -> None:
            progress.n_steps += n - 1
            if self.schedule.per_step:  # of the last step, if the epoch ends here
                progress.rate = self._rate(progress, state.history.n_seen)
            progress.n_steps += 1
            params = objective.network.params
            if average is not None:
                average.update_at_once(params, progress.n_steps, n, after_steps)
            elif after_steps is not None:
                after_steps(n)

        return lambda: gradients_that_move(
            objective, training_set.batches(rows, BLOCK), skip
        )

    def _augment(
        self, progress: Progress, in_place: bool
    ) -> Callable[[Any], Any] | None:
        """Return the augmentation of the input of a batch, or None."""
        if self.augment is None or progress.augmenting is None:
            return None
        augment = checked(self.augment, progress.augmenting)
        return augment if in_place else lambda X: augment(X.copy())

    def _rate(self, progress: Progress, n_seen: int) -> float:
        """Return the learning rate of the next epoch or step."""
        n_done, per_epoch = n_seen, progress.samples_per_epoch
        if self.schedule.counts_steps:
            n_done, per_epoch = progress.n_steps, progress.steps_per_epoch
        factor = self.schedule.factor(n_done, progress.n_epochs * per_epoch)
        return self.learning_rate_init * factor * progress.plateau_factor

    def _is_rising(self, progress: Progress) -> bool:
        """Return whether the learning rate is rising."""
        n_steps = progress.n_epochs * progress.steps_per_epoch
        return self.schedule.is_rising(progress.n_steps, n_steps)

    def _lower_rate(self, progress: Progress) -> bool:
        """Lower the rate at a plateau; return whether training continues."""
        divisor = self.schedule.plateau_divisor
        if divisor is None or progress.rate <= self.schedule.min_rate:
            return False
        progress.plateau_factor /= divisor
        progress.rate /= divisor
        return True


def _evaluated(
    objective: Objective,
    batches: Iterable[Batch],
    augment: Callable[[Any], Any] | None,
) -> Iterator[tuple[Value, int]]:
    for X, y, sample_weight in batches:
        if augment is not None:
            X = augment(X)
        yield objective.evaluate(X, y, sample_weight), len(y)


def _clip(grad: np.ndarray, largest: float) -> None:
    """Clip the gradient to a norm (Pascanu, Mikolov and Bengio, 2013)."""
    norm = norm_2(grad)
    if largest < norm < inf:  # an infinite one is reported as divergence
        scale(grad, largest / norm)
