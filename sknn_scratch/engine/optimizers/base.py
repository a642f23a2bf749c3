"""The base class of optimizers."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# Number of parameters in a block. The slices of all vectors for a block fit into the
# processor's cache, so that memory is read and written once.
_BLOCK = 2**16


def blocks(*vectors: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the vectors block by block."""
    if len(vectors[0]) <= _BLOCK:
        yield vectors
        return
    for start in range(0, len(vectors[0]), _BLOCK):
        yield tuple(vector[start : start + _BLOCK] for vector in vectors)


def workspace_for(params: np.ndarray) -> np.ndarray:
    """Return an array with the length of a block."""
    return np.empty_like(params[:_BLOCK])


def check_epsilon(epsilon: float) -> None:
    """Raise a ValueError if `epsilon` does not prevent a division by 0."""
    if not 0 < epsilon < np.inf:
        raise ValueError(f"epsilon must be finite and > 0; got {epsilon}.")


class OptimizerState:
    """Base class of states that consist of arrays and numbers."""

    def copied(self) -> Any:
        """Return a copy with its own arrays, much faster than `deepcopy`."""
        twin = object.__new__(type(self))
        for name, value in vars(self).items():
            vars(twin)[name] = value.copy() if isinstance(value, np.ndarray) else value
        return twin


def copied_state(state: Any) -> Any:
    """Return a copy of the state of an optimizer.

    Parameters
    ----------
    state : object
        Result of `Optimizer.init`, of any type for a user-defined optimizer.

    Returns
    -------
    state : object
        Copy with its own arrays.
    """
    return state.copied() if isinstance(state, OptimizerState) else copy.deepcopy(state)


@dataclass(frozen=True)
class Optimizer:
    """Base class of optimizers, which update parameters from gradients.

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
        """Return the initial state.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            Parameters, of which the number and dtype are used.
        n_weights : int
            Number of weights, which come first; the others are biases.

        Returns
        -------
        state : object
            State for `update`; None if there is none.
        """
        raise NotImplementedError(f"{type(self).__name__} must define init.")

    def update(
        self, params: np.ndarray, grad: np.ndarray, state: Any, rate: float
    ) -> None:
        """Take one step.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            Parameters, updated in place.
        grad : ndarray of shape (n_params,)
            Gradient, which may be overwritten.
        state : object
            State from `init`, updated in place.
        rate : float
            Learning rate of this step.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update.")
