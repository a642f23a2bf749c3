"""Mini-batch gradient descent: epochs of steps, each for the next few samples."""

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
    """What one pass over the training set reports.

    Attributes
    ----------
    loss : float
        Mean of the batches' objectives, each as it was before its step.
    rate : float
        Learning rate of the epoch, or of its last step if it changes with the steps.
    """

    loss: float
    rate: float


class Workspace(NamedTuple):
    """What is bound to the arrays of a training.

    Attributes
    ----------
    objective : Objective
        What is minimized.
    steps : Steps
        What moves the parameters of its network.
    """

    objective: Objective
    steps: Steps


# Number of parameters, and of input values in a batch, up to which binding takes longer
# than copying them.
_SMALL = 2**16


@dataclass(frozen=True)
class MiniBatches(Solver):
    """Mini-batch gradient descent.

    Parameters
    ----------
    optimizer : Optimizer
        How to step.
    learning_rate_init : float > 0
        What the schedule's factors multiply.
    batch_size : int >= 1
        Samples in a batch.
    schedule : Schedule, default=Constant()
        How the rate changes.
    n_epochs : int >= 1, default=1
        Number of epochs that the schedule is for.
    shuffle : bool, default=True
        Whether to reorder the rows before every epoch.
    clip_norm : float > 0, optional
        Longer gradients are shortened to this Euclidean norm.
    augment : callable, optional
        Takes the input of a batch, which it may overwrite, and a RandomState; returns
        what the network is given instead.
    average : float in (0, 1], default=0.0
        If given, the model is the average of the parameters with this decay.
    multipliers : list of float, optional
        Factors on the rate, as a `LayerRates` gives them; all 1 if not given.
    input_scale : float > 0, optional
        If given, the features have a trainable scale, with this factor on the rate.

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
        """Whether the schedule brings the rate to its end."""
        return self.schedule.per_step

    def start(self, n_rows: int, n_seen: int = 0, last: Any = None) -> Progress:
        """Return a new progress, or one that continues an earlier one.

        Parameters
        ----------
        n_rows : int
            Number of samples to train on.
        n_seen : int, default=0
            Number of samples seen before.
        last : Progress, optional
            What to continue, if mini-batches have left it; it stays as it is.

        Returns
        -------
        progress : Progress
            The progress.
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
        """Set the rate of the next epoch.

        Parameters
        ----------
        progress : Progress
            Updated in place.
        n_seen : int
            Number of samples seen so far.
        """
        progress.rate = self._rate(progress, n_seen)

    def _continue(self, progress: Progress, last: Progress) -> None:
        """Take over from an earlier progress what still holds."""
        taken_over = ["noise", "augmenting", "n_steps"]
        if last.stepping == progress.stepping:
            taken_over += ["optimizer_states", "scaled"]
        if self.schedule.plateau_divisor:
            taken_over += ["plateau_factor"]
        for name in taken_over:
            setattr(progress, name, getattr(last, name))

    def uses_random_state(self, network: Network, progress: Progress) -> bool:
        """Return whether the random stream of a training is drawn from.

        Parameters
        ----------
        network : Network
            The network to train.
        progress : Progress
            Where it starts.

        Returns
        -------
        uses_random_state : bool
            True for a shuffle, and where other streams are seeded.
        """
        layers = network.differs_in_training and progress.noise is None
        augments = self.augment is not None and progress.augmenting is None
        return self.shuffle or layers or augments

    def rows_at_once(self, n_rows: int) -> int:
        """Return the number of samples in a batch."""
        return min(self.batch_size, n_rows)

    def run(self, run: "Run") -> str | None:
        """Train until patience, mistakes or the planned epochs run out.

        Parameters
        ----------
        run : Run
            The training.

        Returns
        -------
        stop_reason : {"diverged", "callback", "no_mistakes", "no_improvement", \
"max_iter", None}
            Why it was the last epoch; None if others may follow.
        """
        state, max_epochs = run.state, run.plan.max_epochs
        progress: Progress = state.progress
        network = state.network
        if self.average:  # the model is another network than that in training
            network = state.network_in_training()
        state.params = network.params if self.average else None
        workspace = state.workspace
        if workspace is None:
            objective = run.plan.objective(network)
            workspace = Workspace(objective, self._steps(objective, progress))
        if max_epochs is None and self._keeps_workspace(network, len(state.rows)):
            state.workspace = workspace
        objective, steps = workspace
        epochs = self.epochs(objective, run.training_set, state, steps)
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
                    run.say(f"Setting learning rate to {progress.rate:f}")
                elif max_epochs is not None:
                    run.say("Stopping.")
                    return run.plan.stopping.stop_reason
            if max_epochs is not None and state.history.n_iter < max_epochs:
                run.go_on()
        return None if max_epochs is None else "max_iter"

    def epochs(
        self,
        objective: Objective,
        training_set: TrainingSet,
        state: State,
        steps: Steps | None = None,
    ) -> Iterator[Epoch]:
        """Return an iterator over epochs that never ends by itself.

        The caller decides when to stop, and may lower the rate of the next epoch in
        between.

        Parameters
        ----------
        objective : Objective
            What to minimize; the parameters of its network are moved in place.
        training_set : TrainingSet
            What to train on.
        state : State
            Where to start from; updated in place.
        steps : Steps, optional
            What takes steps, bound to the arrays of the state; made if not given.

        Returns
        -------
        epochs : iterator of Epoch
            What every pass over the rows reports.
        """
        if steps is None:
            steps = self._steps(objective, state.progress)
        self._draw_streams(objective, state)
        return self._epochs(objective, steps, training_set, state)

    def _steps(self, objective: Objective, progress: Progress) -> Steps:
        """Return the steps, which continue the state of the optimizer."""
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
        """Return whether the next training may reuse the arrays of this one.

        Binding new arrays takes as long as a step of a small network. Layers and
        optimizers of users always get new ones, because what they keep is not known.
        """
        if self.average or self.augment or self.input_scale:
            return False
        if network.has_user_layers or is_user_defined(self.optimizer):
            return False
        n_inputs = self.rows_at_once(n_rows) * network.n_features
        is_small = max(network.n_parameters, n_inputs) <= _SMALL
        return is_small and not network.differs_in_training

    def _draw_streams(self, objective: Objective, state: State) -> None:
        """Seed the streams of layers and augmentation when they are first used."""
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
    ) -> Iterator[Epoch]:
        """Shuffle, and take a step for every batch."""
        progress, history, rows = state.progress, state.history, state.rows
        per_step, clip_norm = self.schedule.per_step, self.clip_norm
        average = None
        if self.average:
            average = Average(state.network.params, self.average)
        params, grad = objective.network.params, objective.grad
        gradients = self._gradients(objective, training_set, state, average)
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
    ) -> Callable[[], Iterator[tuple[Value, int]]]:
        """Return what evaluates the objective on every batch of an epoch.

        Each time it yields the value and the number of samples, with the gradient in
        `objective.grad`.
        """
        progress, rows = state.progress, state.rows
        if len(rows) <= self.batch_size:
            X, *others = training_set.subset(rows).everything()
            if state.workspace is not None:
                X = X.copy()  # layers that outlive the call hold their input
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
            if self.schedule.per_step:  # of the last one, should the epoch end here
                progress.rate = self._rate(progress, state.history.n_seen)
            progress.n_steps += 1
            if average is not None:
                average.update(objective.network.params, progress.n_steps, n)

        return lambda: gradients_that_move(
            objective, training_set.batches(rows, BLOCK), skip
        )

    def _augment(
        self, progress: Progress, in_place: bool
    ) -> Callable[[Any], Any] | None:
        """Return what changes the input of a batch, or None."""
        if self.augment is None or progress.augmenting is None:
            return None
        augment = checked(self.augment, progress.augmenting)
        return augment if in_place else lambda X: augment(X.copy())

    def _rate(self, progress: Progress, n_seen: int) -> float:
        """Return the rate of the next epoch or step."""
        n_done, per_epoch = n_seen, progress.samples_per_epoch
        if self.schedule.counts_steps:
            n_done, per_epoch = progress.n_steps, progress.steps_per_epoch
        factor = self.schedule.factor(n_done, progress.n_epochs * per_epoch)
        return self.learning_rate_init * factor * progress.plateau_factor

    def _is_rising(self, progress: Progress) -> bool:
        """Return whether the rate is on its way up."""
        n_steps = progress.n_epochs * progress.steps_per_epoch
        return self.schedule.is_rising(progress.n_steps, n_steps)

    def _lower_rate(self, progress: Progress) -> bool:
        """Answer a plateau of the loss; return whether training continues."""
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
    """Shorten the gradient to a norm (Pascanu, Mikolov and Bengio, 2013)."""
    norm = norm_2(grad)
    if largest < norm < inf:  # an infinite one is reported as divergence
        scale(grad, largest / norm)
