"""Products and sums that write into existing arrays.

The vector operations call SciPy's BLAS, which needs fewer passes over memory than NumPy
and has a lower call overhead. Vectors must be contiguous: BLAS would copy other vectors
and not change them. SciPy's BLAS has its own threads, in addition to those of NumPy's
matrix products. Training should limit it to one thread, because two thread pools on the
same cores wait for each other.
"""

from math import isfinite

import numpy as np
from scipy.linalg.blas import (
    daxpy,
    dnrm2,
    dscal,
    saxpy,
    snrm2,
    sscal,
)
from scipy.sparse import csr_array, csr_matrix

# The implementation of `X.T @ B` in SciPy, and the only private SciPy function used.
from scipy.sparse._sparsetools import csc_matvecs

_AXPY = {np.dtype(np.float32): saxpy, np.dtype(np.float64): daxpy}
_NRM2 = {np.dtype(np.float32): snrm2, np.dtype(np.float64): dnrm2}
_SCAL = {np.dtype(np.float32): sscal, np.dtype(np.float64): dscal}


def product(
    A: np.ndarray | csr_matrix | csr_array, B: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with A B.

    np.dot has less overhead than np.matmul. It also uses BLAS for the product of a
    column and a row, which is ten times faster.

    Parameters
    ----------
    A : ndarray or CSR of shape (n, m)
        Left factor.
    B : ndarray of shape (m, k)
        Right factor.
    out : C- or Fortran-contiguous ndarray of shape (n, k)
        Overwritten with the product. All three arrays have the same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import product
    >>> out = np.empty((2, 1), order="F")
    >>> product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [-1.0]]), out)
    >>> out.tolist()
    [[-1.0], [-1.0]]
    """
    if not isinstance(A, np.ndarray):
        out[...] = A @ B
    elif out.flags.c_contiguous:
        np.dot(A, B, out=out)
    else:
        np.dot(B.T, A.T, out=out.T)


def negate(x: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` with −x.

    np.negative is wrong in NumPy 2.4 on processors with AVX-512, if neither array is
    contiguous and the rows of x are 16 bytes (float32) or 64 bytes (float64) apart.

    Parameters
    ----------
    x : ndarray
        Values of float32 or float64.
    out : ndarray of the same shape and dtype
        Overwritten with −x; may be x.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import negate
    >>> x = np.array([1.0, -2.0])
    >>> negate(x, out=x)
    >>> x.tolist()
    [-1.0, 2.0]
    """
    np.multiply(x, -1, out=out)


def add_scaled(y: np.ndarray, a: float, x: np.ndarray) -> None:
    """Add a x to y.

    Parameters
    ----------
    y : contiguous ndarray of shape (n,)
        Contiguous vector of float32 or float64, changed in place.
    a : float
        Factor of x.
    x : contiguous ndarray of shape (n,)
        Vector of the same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import add_scaled
    >>> y = np.array([1.0, 2.0])
    >>> add_scaled(y, -0.5, np.array([2.0, 8.0]))
    >>> y.tolist()
    [0.0, -2.0]
    """
    _AXPY[y.dtype](x, y, a=a)


def scale(x: np.ndarray, a: float) -> None:
    """Multiply x by a.

    Parameters
    ----------
    x : contiguous ndarray of shape (n,)
        Contiguous vector of float32 or float64, changed in place.
    a : float
        The factor.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import scale
    >>> x = np.array([1.0, -2.0])
    >>> scale(x, 3)
    >>> x.tolist()
    [3.0, -6.0]
    """
    _SCAL[x.dtype](a, x)


def norm_2(x: np.ndarray) -> float:
    """Return the Euclidean norm √Σ x_i², without overflow of the squares.

    Parameters
    ----------
    x : contiguous ndarray of shape (n,)
        Vector of float32 or float64.

    Returns
    -------
    norm : float
        Euclidean norm of x.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import norm_2
    >>> norm_2(np.array([3.0, -4.0]))
    5.0
    >>> f"{norm_2(np.array([3e200, 4e200])):.1e}"
    '5.0e+200'
    """
    return float(_NRM2[x.dtype](x))


def all_finite(array: np.ndarray) -> bool:
    """Return whether all values of an array are finite.

    Parameters
    ----------
    array : ndarray
        Numeric array.

    Returns
    -------
    all_finite : bool
        False if a value is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import all_finite
    >>> all_finite(np.array([1.0, 2.0])), all_finite(np.array([1.0, np.nan]))
    (True, False)
    """
    # The sum is much faster, and is finite only if all values are.
    total = np.add.reduce(array, axis=None)
    return isfinite(total) or bool(np.isfinite(array).all())


def transposed_product(
    A: np.ndarray | csr_matrix | csr_array, B: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with Aᵀ B.

    For a sparse matrix this is SciPy's ``A.T @ B``, but without a new array for the
    product. For a gradient with the size of the weights, allocating and copying would
    take longer than computing it.

    Parameters
    ----------
    A : ndarray or CSR of shape (n, m)
        Left factor before it is transposed.
    B : ndarray of shape (n, k)
        Right factor.
    out : C-contiguous ndarray of shape (m, k)
        Overwritten with the product. All three arrays have the same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from sknn_scratch.engine.kernels import transposed_product
    >>> A = csr_array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
    >>> out = np.empty((3, 1))
    >>> transposed_product(A, np.array([[1.0], [10.0]]), out)
    >>> out.tolist()
    [[1.0], [30.0], [2.0]]
    """
    if isinstance(A, np.ndarray):
        np.dot(A.T, B, out=out)
        return
    A = A.tocsr()  # the function below checks nothing
    out[...] = 0
    flat = B.ravel(), out.reshape(-1)
    csc_matvecs(len(out), *B.shape, A.indptr, A.indices, A.data, *flat)


def multiply(array: np.ndarray, factor: float) -> None:
    """Multiply an array by a number, and do nothing if it is 1, the usual case.

    Parameters
    ----------
    array : ndarray of any shape
        Changed in place.
    factor : float
        Factor.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import multiply
    >>> array = np.array([[1.0, 2.0]])
    >>> multiply(array, 1)
    >>> multiply(array, 4)
    >>> array.tolist()
    [[4.0, 8.0]]
    """
    if factor != 1:
        array *= factor
