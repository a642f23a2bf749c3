"""Data augmentation: a user-defined function of the input of every batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from .kernels import all_finite


def checked(
    augment: Callable[[Any, np.random.RandomState], Any],
    random_state: np.random.RandomState,
) -> Callable[[Any], Any]:
    """Return the augmentation bound to its random state, with checked results.

    Parameters
    ----------
    augment : callable
        Function of the input of a batch, which it may overwrite, and the random state,
        that returns the augmented input.
    random_state : numpy.random.RandomState
        Source of random numbers.

    Returns
    -------
    augment : callable
        Function of the input of a batch that returns an input of the same shape and
        dtype. It raises a ValueError for another result.
    """

    def run(X: Any) -> Any:
        shape, dtype = X.shape, X.dtype
        changed = augment(X, random_state)
        if changed is None:
            raise ValueError(
                "augment must return the batch, even if it changes the batch in "
                "place; got None. End the function with: return X_batch."
            )
        try:
            if sparse.issparse(changed):
                changed = changed.tocsr().astype(dtype, copy=False)
                values = changed.data
            else:
                changed = values = np.asarray(changed, dtype, order="C")
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"augment must return an array of numbers; got {changed!r}."
            ) from error
        if changed.shape != shape:
            raise ValueError(
                "augment must return a batch of the same shape as its input, "
                f"{shape}; got {changed.shape}."
            )
        if not all_finite(values):
            raise ValueError("augment must return finite numbers; got NaN or infinity.")
        return changed

    return run
