"""Arguments of losses and activations that are called on plain arrays."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse


def floats(name: str, values: ArrayLike) -> np.ndarray:
    """Return a copy of the values as float32, if they are float32, or else float64.

    Parameters
    ----------
    name : str
        Name of the argument, for the error message.
    values : array-like of numbers
        The argument. It is not modified.

    Returns
    -------
    copy : ndarray of the same shape
        The values, in an array that the caller may overwrite.

    Raises
    ------
    TypeError
        If the values are sparse or not real numbers.
    ValueError
        If values are masked.

    Examples
    --------
    >>> from sknn_scratch.engine._arguments import floats
    >>> floats("z", [1, 2])
    array([1., 2.])
    """
    if issparse(values):
        raise TypeError(f"{name} must be a dense array; got a sparse one. Use toarray.")
    if isinstance(values, np.ma.MaskedArray) and (n_masked := values.mask.sum()):
        raise ValueError(
            f"{name} must have no masked values; got {n_masked} of them. Remove or "
            "replace them."
        )
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} must be real numbers; got an array of dtype {array.dtype}. "
            "Convert it to float first."
        )
    with np.errstate(over="ignore"):  # a long double may become infinite
        return array.astype(np.float32 if array.dtype == np.float32 else np.float64)
