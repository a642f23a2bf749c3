"""One BLAS routine that NumPy has no in-place spelling for."""

import numpy as np
from scipy.linalg import blas

_AXPY = {np.dtype(np.float32): blas.saxpy, np.dtype(np.float64): blas.daxpy}


def add_scaled(y: np.ndarray, a: float, x: np.ndarray) -> None:
    """Add a·x to y in place, in one pass and without a temporary.

    Parameters
    ----------
    y : contiguous ndarray of shape (n,), float32 or float64
        Overwritten with y + a·x.
    a : float
        The factor.
    x : contiguous ndarray of shape (n,), of the same dtype as `y`
        Only read.
    """
    if y.size:
        _AXPY[y.dtype](x, y, a=a)
