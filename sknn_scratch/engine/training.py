"""Training: epochs of mini-batches, and L-BFGS."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from .averaging import Average
from .batches import Batch, TrainingSet
from .kernels import norm_2, scale
from .objective import Objective, Value
from .online import BLOCK, gradients_that_move, skips
from .optimizers import Optimizer
from .schedules import Schedule
from .steps import Steps


@dataclass(frozen=True)
class Epoch:
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


@dataclass
class Progress:
    """All that mini-batch training carries from one epoch to the next.

    Attributes
    ----------
    optimizer : Optimizer
        How to step.
    random_state : numpy.random.RandomState
        The stream that the shuffling draws from.
    rows : ndarray of int
        Samples to train on, in the order of the last epoch.
    initial_rate : float
        What the schedule's factors multiply.
    rate : float
        Learning rate of the next epoch.
    lowering : float
        Product of what plateaus have multiplied the rate by.
    n_seen : int
        Number of samples seen so far, each as often as it was seen.
    n_steps : int
        Number of steps so far.
    noise : numpy.random.BitGenerator, optional
        Where dropout takes its random numbers from.
    augmenting : numpy.random.RandomState, optional
        Where augmentation takes its random numbers from.
    params : ndarray of shape (n_params,), optional
        The parameters that steps are taken from, where the model is an average.
    factors : list of float, optional
        Factors on the rate, as a `LayerRates` gives them.
    input_scale : float, optional
        Factor on the rate of the trainable scale of the features, if there is one.
    optimizer_states : list, optional
        What the optimizer remembers, for each group of parameters.
    scaled : ndarray, optional
        Weights and scale of an `InputScale`.
    steps_per_epoch, n_epochs : int
        How long the training is going to be, if nothing ends it earlier.
    """

    optimizer: Optimizer
    random_state: np.random.RandomState
    rows: np.ndarray
    initial_rate: float
    rate: float
    lowering: float = 1.0
    n_seen: int = 0
    n_steps: int = 0
    noise: np.random.BitGenerator | None = None
    augmenting: np.random.RandomState | None = None
    params: np.ndarray | None = None
    factors: list[float] | None = None
    input_scale: float | None = None
    optimizer_states: list[Any] | None = None
    scaled: np.ndarray | None = None
    steps_per_epoch: int = 1
    n_epochs: int = 1

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes, with the states of random streams as numbers.

        Pickling a generator object ties a file to the version of NumPy.
        """
        return vars(self) | {name: _state_of(vars(self)[name]) for name in _STREAMS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__.update((name, _stream_of(state[name])) for name in _STREAMS)

    @property
    def is_over(self) -> bool:
        """Whether the training has been as long as planned."""
        return self.n_steps >= self.n_epochs * self.steps_per_epoch

    def set_rate(self, schedule: Schedule) -> None:
        """Set the rate of the next epoch or step.

        Parameters
        ----------
        schedule : Schedule
            Where the factor comes from.
        """
        if schedule.counts_steps:
            n_done, per_epoch = self.n_steps, self.steps_per_epoch
        else:
            n_done, per_epoch = self.n_seen, len(self.rows)
        factor = schedule.factor(n_done, self.n_epochs * per_epoch)
        self.rate = self.initial_rate * factor * self.lowering

    def is_rising(self, schedule: Schedule) -> bool:
        """Return whether the rate is on its way up.

        Parameters
        ----------
        schedule : Schedule
            That of the training.

        Returns
        -------
        rising : bool
            What the schedule says of the steps so far.
        """
        return schedule.is_rising(self.n_steps, self.n_epochs * self.steps_per_epoch)

    def lower_rate(self, schedule: Schedule) -> bool:
        """Answer a plateau of the loss.

        Parameters
        ----------
        schedule : Schedule
            Says by how much, and down to which rate.

        Returns
        -------
        lowered : bool
            Whether training goes on, at a lower rate.
        """
        if schedule.plateau_divisor is None or self.rate <= schedule.min_rate:
            return False
        self.lowering /= schedule.plateau_divisor
        self.rate /= schedule.plateau_divisor
        return True


# The attributes of a `Progress` that are sources of random numbers.
_STREAMS = ("random_state", "noise", "augmenting")

# Those of NumPy; the state of any other one is not known to be numbers.
_BIT_GENERATORS: dict[str, Any] = {
    kind.__name__: kind for kind in np.random.BitGenerator.__subclasses__()
}


def _state_of(stream: Any) -> Any:
    """Return the state of a random stream as a dict of numbers and names."""
    if stream is None:
        return None
    is_legacy = isinstance(stream, np.random.RandomState)
    state = dict(stream.get_state(legacy=False) if is_legacy else stream.state)
    return state if state["bit_generator"] in _BIT_GENERATORS else stream


def _stream_of(state: Any) -> Any:
    """Return a random stream in a state that `_state_of` has returned."""
    if not isinstance(state, dict):
        return state
    bit_generator = _BIT_GENERATORS[state["bit_generator"]]()
    if "has_gauss" in state:  # only a RandomState keeps the second normal deviate
        random_state = np.random.RandomState(bit_generator)
        random_state.set_state(state)
        return random_state
    bit_generator.state = state
    return bit_generator


def train_epochs(
    objective: Objective,
    training_set: TrainingSet,
    schedule: Schedule,
    progress: Progress,
    *,
    batch_size: int,
    shuffle: bool = True,
    clip_norm: float | None = None,
    augment: Callable[[Any], Any] | None = None,
    average: Average | None = None,
) -> Iterator[Epoch]:
    """Train by mini-batch gradient descent, and report after every epoch.

    The iterator never ends by itself: whoever asks for epochs decides when it is
    enough, and may lower the rate of the next one in between.

    Parameters
    ----------
    objective : Objective
        What to minimise; the parameters of its network are moved in place.
    training_set : TrainingSet
        What to train on.
    schedule : Schedule
        How the rate changes from epoch to epoch.
    progress : Progress
        Where to go on from; updated in place.
    batch_size : int
        Samples in a batch.
    shuffle : bool, default=True
        Whether to reorder the rows before every epoch.
    clip_norm : float > 0, optional
        Longer gradients are shortened to this Euclidean norm.
    augment : callable, optional
        Takes the input of a batch, which it may overwrite, and returns what the
        network is given instead.
    average : Average, optional
        Told of the parameters after every step.

    Yields
    ------
    epoch : Epoch
        The epoch just finished.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import TrainingSet
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.objective import Objective
    >>> from sknn_scratch.engine.optimizers import SGD
    >>> from sknn_scratch.engine.schedules import Constant
    >>> from sknn_scratch.engine.training import Progress, train_epochs
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> line = TrainingSet(X, 2 * X.T + 1)
    >>> network, sgd = Network([1, 1], []), SGD()
    >>> rows, random_state = np.arange(20), np.random.RandomState(0)
    >>> progress = Progress(sgd, random_state, rows, initial_rate=0.1, rate=0.1)
    >>> objective = Objective(network, SquaredError())
    >>> epochs = train_epochs(objective, line, Constant(), progress, batch_size=5)
    >>> losses = [next(epochs).loss for _ in range(100)]
    >>> losses[-1] < 1e-9 < losses[0]
    True
    >>> network.params.round(3).tolist()  # slope and intercept
    [2.0, 1.0]
    >>> progress.n_steps  # 100 epochs of 4 batches
    400
    """
    grad = objective.grad
    steps = Steps(
        objective.network,
        grad,
        progress.optimizer,
        progress.factors,
        progress.input_scale,
        progress.optimizer_states,
        progress.scaled,
    )
    progress.optimizer_states, progress.scaled = steps.states, steps.scaled
    params = objective.network.params
    per_step = schedule.per_step
    rows = progress.rows
    n_rows = len(rows)
    whole: list[Batch] | None = None
    if n_rows <= batch_size:  # in a single batch the order is of no account
        whole = [training_set.subset(rows).everything()]
    online = batch_size == 1 and augment is None and skips(objective, steps.optimizer)

    def skip(n: int) -> None:
        progress.n_steps += n - 1
        if per_step:  # of the last of them, should the epoch end here
            progress.set_rate(schedule)
        progress.n_steps += 1
        if average is not None:
            average.update(params, progress.n_steps, n)

    while True:
        if shuffle:
            progress.random_state.shuffle(rows)
        if objective.dropout is not None:
            objective.dropout.begin_epoch()
        batches = whole or training_set.batches(rows, BLOCK if online else batch_size)
        if online:
            values = gradients_that_move(objective, batches, skip)
        else:
            values = _gradients(objective, batches, augment, whole is not None)
        total = 0.0
        for value, n_samples in values:
            if per_step:
                progress.set_rate(schedule)
            if clip_norm is not None:
                _clip(grad, clip_norm)
            steps.take(progress.rate)
            progress.n_steps += 1
            if average is not None:
                average.update(params, progress.n_steps)
            total += value.reported * n_samples
        epoch = Epoch(total / n_rows, progress.rate)
        progress.n_seen += n_rows
        if not per_step:
            progress.set_rate(schedule)
        yield epoch


def _gradients(
    objective: Objective,
    batches: Iterable[Batch],
    augment: Callable[[Any], Any] | None,
    in_place: bool,
) -> Iterator[tuple[Value, int]]:
    """Evaluate the objective on every batch; yield its value and the samples in it."""
    for X, y, sample_weight in batches:
        if augment is not None:
            X = augment(X.copy() if in_place else X)
        yield objective.evaluate(X, y, sample_weight), len(y)


def _clip(grad: np.ndarray, largest: float) -> None:
    """Shorten the gradient to a norm (Pascanu, Mikolov and Bengio, 2013)."""
    norm = norm_2(grad)
    if largest < norm < inf:  # beyond, training diverges, and is to say so
        scale(grad, largest / norm)


def train_lbfgs(
    objective: Objective,
    training_set: TrainingSet,
    *,
    max_iter: int,
    max_evaluations: int,
    tol: float,
    after_iteration: Callable[[float], bool],
) -> OptimizeResult:
    """Train on the whole set at once by L-BFGS (SciPy's).

    SciPy works in float64; the network stays in its own precision.

    Parameters
    ----------
    objective : Objective
        What to minimise; its network ends with the best parameters found, also if
        an exception ends the search.
    training_set : TrainingSet
        What to train on.
    max_iter, max_evaluations : int
        Bounds on iterations and on evaluations of the objective.
    tol : float
        The search has converged once no entry of the gradient is larger.
    after_iteration : callable
        Takes the reported loss, with the network at the iteration's parameters;
        returns True to end the search.

    Returns
    -------
    result : scipy.optimize.OptimizeResult
        With `nit`, `status` and `message` as SciPy gives them, and `reported`, the
        reported loss where the search ended.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import TrainingSet
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.objective import Objective
    >>> from sknn_scratch.engine.training import train_lbfgs
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> network = Network([1, 1], [])
    >>> result = train_lbfgs(
    ...     Objective(network, SquaredError()),
    ...     TrainingSet(X, 2 * X.T + 1),
    ...     max_iter=100,
    ...     max_evaluations=1000,
    ...     tol=1e-6,
    ...     after_iteration=lambda loss: False,
    ... )
    >>> network.params.round(3).tolist()  # slope and intercept
    [2.0, 1.0]
    >>> result.nit < 10
    True
    """
    batch = training_set.everything()
    params = objective.network.params
    accepted = params.copy()
    accepted_loss: float | None = None
    evaluated_loss = 0.0

    def value_and_gradient(vector: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal accepted_loss, evaluated_loss
        params[...] = vector
        value = objective.evaluate(*batch)
        evaluated_loss = value.reported
        if accepted_loss is None:
            accepted_loss = evaluated_loss
        return value.objective, objective.grad.astype(np.float64)

    def callback(intermediate_result: OptimizeResult) -> None:
        # A line search ends with the point it accepts, unless it fails.
        nonlocal accepted_loss
        accepted_loss = evaluated_loss
        accepted[...] = intermediate_result.x
        params[...] = accepted
        if after_iteration(accepted_loss):
            raise StopIteration

    # In float32 the objective cannot fall by SciPy's default 2.2e-9 of itself; a
    # search for less than its rounding error would end in a failed line search.
    ftol = max(2.22e-9, 4 * float(np.finfo(params.dtype).eps))
    try:
        result = minimize(
            value_and_gradient,
            params.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=callback,
            options={
                "maxiter": max_iter,
                "maxfun": max_evaluations,
                "gtol": tol,
                "ftol": ftol,
            },
        )
    finally:
        params[...] = accepted
    result.reported = accepted_loss
    return result
