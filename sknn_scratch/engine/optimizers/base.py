"""What every optimizer does."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# Parameters that are updated together: few enough that their slices of all vectors stay
# in the cache from one pass to the next, so that memory is read and written once.
_BLOCK = 2**16


def blocks(*vectors: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the vectors piece by piece."""
    if len(vectors[0]) <= _BLOCK:
        yield vectors
        return
    for start in range(0, len(vectors[0]), _BLOCK):
        yield tuple(vector[start : start + _BLOCK] for vector in vectors)


def workspace_for(params: np.ndarray) -> np.ndarray:
    """Return an array as long as the longest piece of a vector."""
    return np.empty_like(params[:_BLOCK])


def check_epsilon(epsilon: float) -> None:
    """Raise a ValueError if a divisor might be 0."""
    if not 0 < epsilon < np.inf:
        raise ValueError(f"epsilon must be finite and > 0; got {epsilon}.")


class OptimizerState:
    """What an optimizer remembers, if that is arrays and numbers only."""

    def copied(self) -> Any:
        """Return the same with arrays of its own, much faster than `deepcopy`."""
        twin = object.__new__(type(self))
        for name, value in vars(self).items():
            vars(twin)[name] = value.copy() if isinstance(value, np.ndarray) else value
        return twin


def copied_state(state: Any) -> Any:
    """Return a copy of what an optimizer remembers.

    Parameters
    ----------
    state : object
        What `Optimizer.init` has made: of any kind, if the optimizer is a user's.

    Returns
    -------
    state : object
        Another one, with arrays of its own.
    """
    return state.copied() if isinstance(state, OptimizerState) else copy.deepcopy(state)


@dataclass(frozen=True)
class Optimizer:
    """Turns gradients into steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.optimizers import Optimizer
    >>> class SignDescent(Optimizer):
    ...     def init(self, params, n_weights):
    ...         return None
    ...
    ...     def update(self, params, grad, state, rate):
    ...         params -= rate * np.sign(grad)
    >>> params = np.array([1.0, -2.0])
    >>> SignDescent().update(params, np.array([0.3, -40.0]), None, rate=0.5)
    >>> params.tolist()
    [0.5, -1.5]
    """

    def init(self, params: np.ndarray, n_weights: int) -> Any:
        """Return the state to start from.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            The parameters, for their number and dtype.
        n_weights : int
            How many of them, from the first, are weights; the others are biases.

        Returns
        -------
        state : object
            What `update` takes; None if nothing is to be remembered.
        """
        raise NotImplementedError

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: Any, rate: float
    ) -> None:
        """Take one step.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            Moved in place.
        grad : ndarray of shape (n_params,)
            The gradient. Overwritten: it serves as room to work in.
        state : object
            As `init` made it; updated in place.
        rate : float
            Learning rate of this step.
        """
        raise NotImplementedError
