"""Products and sums that are written into memory that is there already.

The vector operations are those of SciPy's BLAS: each is a single pass where NumPy takes
two, at a fraction of the overhead of a call. That BLAS has threads of its own, apart
from those that NumPy's matrix products use. Whoever trains should hold them to one: two
sets of threads on the same cores wait for each other most of the time.
"""

import numpy as np
from scipy.linalg.blas import daxpy, dscal, saxpy, sscal
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse._sparsetools import csc_matvecs

_AXPY = {"f": saxpy, "d": daxpy}
_SCAL = {"f": sscal, "d": dscal}


def product(A: np.ndarray, B: np.ndarray, out: np.ndarray) -> None:
    """Fill `out`, C- or Fortran-contiguous, with A B.

    All three are matrices of the same dtype. np.dot takes less overhead than np.matmul,
    and leaves also the product of a column and a row to the BLAS: a tenth of the time.
    """
    if out.flags.c_contiguous:
        np.dot(A, B, out=out)
    else:
        np.dot(B.T, A.T, out=out.T)


def add_scaled(y: np.ndarray, a: float, x: np.ndarray) -> None:
    """Add a x to y, contiguous vectors of the same dtype."""
    _AXPY[y.dtype.char](x, y, a=a)


def scale(x: np.ndarray, a: float) -> None:
    """Multiply x, a contiguous vector, by a."""
    _SCAL[x.dtype.char](a, x)


def transposed_product(
    X: csr_matrix | csr_array, B: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with Xᵀ B.

    What SciPy does for ``X.T @ B``, except that there the product is a new array: of a
    gradient that is as large as the weights, to allocate and to copy it takes longer
    than to compute it.

    Parameters
    ----------
    X : CSR of shape (n, m)
        A sparse matrix.
    B : ndarray of shape (n, k)
        A dense one.
    out : C-contiguous ndarray of shape (m, k)
        Overwritten. All three have the same dtype.
    """
    out[...] = 0
    flat = B.ravel(), out.reshape(-1)
    csc_matvecs(len(out), *B.shape, X.indptr, X.indices, X.data, *flat)
