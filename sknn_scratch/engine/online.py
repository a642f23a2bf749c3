"""Online training: one sample per step, where most samples need none."""

from collections.abc import Callable, Iterable, Iterator

from .batches import Batch
from .objective import Objective, Value
from .optimizers import SGD, Optimizer

# At most this many samples are scored together, and at least the other number.
BLOCK, _FEWEST = 64, 4


def skips(objective: Objective, optimizer: Optimizer) -> bool:
    """Return whether a sample without a gradient of the outputs moves no parameter.

    Parameters
    ----------
    objective : Objective
        What is minimized.
    optimizer : Optimizer
        How to step.

    Returns
    -------
    skips : bool
        True for the losses of a perceptron without a penalty or momentum.
    """
    without_memory = isinstance(optimizer, SGD) and not optimizer.momentum
    plain = not objective.alpha and objective.noise is None
    return objective.loss.ignores_correct and without_memory and plain


def gradients_that_move(
    objective: Objective, batches: Iterable[Batch], skip: Callable[[int], None]
) -> Iterator[tuple[Value, int]]:
    """Evaluate the objective on one sample after another, except on those it ignores.

    Blocks of samples are scored at once. Up to the first mistake the scores are those
    of the single steps; after the step for the mistake, the next block begins. Blocks
    are about twice as long as the distance between mistakes.

    Parameters
    ----------
    objective : Objective
        What is minimized, with the parameters as the last step has left them.
    batches : iterable of (X, y, sample_weight)
        Samples, ordered as their steps.
    skip : callable
        Takes how many consecutive samples have no gradient.

    Yields
    ------
    value : Value
        Of the next sample with a gradient, which is in `objective.grad`.
    n_samples : int
        1.
    """
    size = BLOCK
    for X, y, sample_weight in batches:
        start = 0
        while start < len(y):
            block = slice(start, min(start + size, len(y)))
            weight = None if sample_weight is None else sample_weight[block]
            n_right, value = objective.evaluate_first(X[block], y[block], weight)
            if n_right:
                skip(n_right)
            start += n_right
            size = min(2 * size, BLOCK)
            if value is not None:
                size = min(BLOCK, max(_FEWEST, 2 * n_right))
                start += 1
                yield value, 1
