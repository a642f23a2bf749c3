"""Products and sums that are written into memory that is there already.

The vector operations are those of SciPy's BLAS, which take fewer passes over the memory
than NumPy's, and a fraction of the overhead of a call. A vector that is not contiguous
they would copy, and leave as it was. That BLAS has threads of its own, apart from those
that NumPy's matrix products use. Training should hold them to one: two sets of
threads on the same cores wait for each other most of the time.
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

# What is behind `X.T @ B` in SciPy; the only thing private to SciPy that is used here.
from scipy.sparse._sparsetools import csc_matvecs

_AXPY = {np.dtype(np.float32): saxpy, np.dtype(np.float64): daxpy}
_NRM2 = {np.dtype(np.float32): snrm2, np.dtype(np.float64): dnrm2}
_SCAL = {np.dtype(np.float32): sscal, np.dtype(np.float64): dscal}


def product(
    A: np.ndarray | csr_matrix | csr_array, B: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with A B.

    np.dot takes less overhead than np.matmul, and leaves also the product of a column
    and a row to the BLAS: a tenth of the time.

    Parameters
    ----------
    A : ndarray or CSR of shape (n, m)
        The left one.
    B : ndarray of shape (m, k)
        The right one.
    out : C- or Fortran-contiguous ndarray of shape (n, k)
        Overwritten. All three have the same dtype.

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


def add_scaled(y: np.ndarray, a: float, x: np.ndarray) -> None:
    """Add a x to y.

    Parameters
    ----------
    y : contiguous ndarray of shape (n,)
        The vector that is changed, of float32 or float64.
    a : float
        What x is multiplied by.
    x : contiguous ndarray of shape (n,)
        Of the same dtype.

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
        The vector that is changed, of float32 or float64.
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
    """Return √Σ x_i², also where the squares overflow.

    Parameters
    ----------
    x : contiguous ndarray of shape (n,)
        A vector of float32 or float64.

    Returns
    -------
    norm : float
        Its Euclidean norm.

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
    """Return whether all numbers in an array are finite.

    Parameters
    ----------
    array : ndarray
        Of numbers.

    Returns
    -------
    all_finite : bool
        False if one of them is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.kernels import all_finite
    >>> all_finite(np.array([1.0, 2.0])), all_finite(np.array([1.0, np.nan]))
    (True, False)
    """
    # The sum takes a fraction of the time, and is not finite if one of them is not.
    total = np.add.reduce(array, axis=None)
    return isfinite(total) or bool(np.isfinite(array).all())


def transposed_product(
    A: np.ndarray | csr_matrix | csr_array, B: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with Aᵀ B.

    For a sparse matrix it is what SciPy does for ``A.T @ B``, except that there the
    product is a new array: of a gradient that is as large as the weights, to allocate
    and to copy it takes longer than to compute it.

    Parameters
    ----------
    A : ndarray or CSR of shape (n, m)
        The left one, before it is transposed.
    B : ndarray of shape (n, k)
        The right one.
    out : C-contiguous ndarray of shape (m, k)
        Overwritten. All three have the same dtype.

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
    A = A.tocsr()  # nothing else is checked from here on
    out[...] = 0
    flat = B.ravel(), out.reshape(-1)
    csc_matvecs(len(out), *B.shape, A.indptr, A.indices, A.data, *flat)


def multiply(array: np.ndarray, factor: float) -> None:
    """Multiply an array by a number, which is 1 most of the time.

    Parameters
    ----------
    array : ndarray of any shape
        Changed in place.
    factor : float
        The number.

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
