"""Online training: one sample per step, with skipped samples."""

from collections.abc import Callable, Iterable, Iterator

from .batches import Batch
from .objective import Objective, Value
from .optimizers import SGD, Optimizer

# Maximum and minimum number of samples that are evaluated together.
BLOCK, _FEWEST = 64, 4


def skips(objective: Objective, optimizer: Optimizer) -> bool:
    """Return whether a sample without a gradient changes no parameter.

    Parameters
    ----------
    objective : Objective
        Objective to minimize.
    optimizer : Optimizer
        Update rule.

    Returns
    -------
    skips : bool
        True for perceptron losses without a penalty or momentum.
    """
    without_memory = isinstance(optimizer, SGD) and not optimizer.momentum
    plain = not objective.alpha and objective.noise is None
    return objective.loss.ignores_correct and without_memory and plain


def gradients_that_move(
    objective: Objective, batches: Iterable[Batch], skip: Callable[[int], None]
) -> Iterator[tuple[Value, int]]:
    """Evaluate the objective sample by sample, skipping samples without a gradient.

    Blocks of samples are evaluated at once. Up to the first mistake, the results equal
    those of single steps. After the step for the mistake, the next block begins. Blocks
    have about twice the length of the distance between mistakes.

    Parameters
    ----------
    objective : Objective
        Objective to minimize, at the current parameters.
    batches : iterable of (X, y, sample_weight)
        Samples, in the order of their steps.
    skip : callable
        Function of the number of consecutive samples without a gradient.

    Yields
    ------
    value : Value
        Value for the next sample with a gradient, which is in `objective.grad`.
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
