"""Products and sums that are written into memory that is there already.

The vector operations are those of SciPy's BLAS, which take fewer passes over the memory
than NumPy's, and a fraction of the overhead of a call. A vector that is not contiguous
they would copy, and leave as it was. That BLAS has threads of its own, apart from those
that NumPy's matrix products use. Whoever trains should hold them to one: two sets of
threads on the same cores wait for each other most of the time.
"""

import numpy as np
from scipy.linalg.blas import (
    dasum,
    daxpy,
    dnrm2,
    dscal,
    sasum,
    saxpy,
    snrm2,
    sscal,
)
from scipy.sparse import csr_array, csr_matrix

# What is behind `X.T @ B` in SciPy; the only thing private to SciPy that is used here.
from scipy.sparse._sparsetools import csc_matvecs

_AXPY = {np.dtype(np.float32): saxpy, np.dtype(np.float64): daxpy}
_ASUM = {np.dtype(np.float32): sasum, np.dtype(np.float64): dasum}
_NRM2 = {np.dtype(np.float32): snrm2, np.dtype(np.float64): dnrm2}
_SCAL = {np.dtype(np.float32): sscal, np.dtype(np.float64): dscal}


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
    _AXPY[y.dtype](x, y, a=a)


def scale(x: np.ndarray, a: float) -> None:
    """Multiply x, a contiguous vector, by a."""
    _SCAL[x.dtype](a, x)


def norm_1(x: np.ndarray) -> float:
    """Return Σ |x_i| of a contiguous vector."""
    return float(_ASUM[x.dtype](x))


def norm_2(x: np.ndarray) -> float:
    """Return √Σ x_i² of a contiguous vector, also where the squares overflow."""
    return float(_NRM2[x.dtype](x))


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
    X = X.tocsr()  # nothing else is checked from here on
    out[...] = 0
    flat = B.ravel(), out.reshape(-1)
    csc_matvecs(len(out), *B.shape, X.indptr, X.indices, X.data, *flat)
