"""BLAS and LAPACK for compiled code: the routines that scipy was built with.

Each wrapper works on column-major blocks inside flat arrays: ``a`` is the whole array,
``at`` the offset of the block's first element, ``lda`` its leading dimension. ``work`` is
a scratch int32 array of at least 8 elements that holds what Fortran takes by reference.
The symbols are registered by name, so compiled code that calls them can be cached.
"""

import llvmlite.binding as llvm
import numpy as np
from numba import njit, types
from numba.extending import get_cython_function_address

_CHAR = types.CPointer(types.uint8)
_INT = types.CPointer(types.int32)
_REAL = types.CPointer(types.float64)


def _external(name, library, *arguments):
    symbol = f"softfield_{name}"
    llvm.add_symbol(symbol, get_cython_function_address(f"scipy.linalg.cython_{library}", name))
    return types.ExternalFunction(symbol, types.void(*arguments))


_dpotrf = _external("dpotrf", "lapack", _CHAR, _INT, _REAL, _INT, _INT)
_dpotri = _external("dpotri", "lapack", _CHAR, _INT, _REAL, _INT, _INT)
_dtrsm = _external(
    "dtrsm", "blas", _CHAR, _CHAR, _CHAR, _CHAR, _INT, _INT, _REAL, _REAL, _INT, _REAL, _INT
)
_dsyrk = _external(
    "dsyrk", "blas", _CHAR, _CHAR, _INT, _INT, _REAL, _REAL, _INT, _REAL, _REAL, _INT
)
_dsymm = _external(
    "dsymm", "blas", _CHAR, _CHAR, _INT, _INT, _REAL, _REAL, _INT, _REAL, _INT, _REAL, _REAL, _INT
)
_dgemm = _external(
    "dgemm", "blas", _CHAR, _CHAR, _INT, _INT, _INT, _REAL, _REAL, _INT, _REAL, _INT,
    _REAL, _REAL, _INT,
)  # fmt: skip

_LEFT, _RIGHT, _LOWER, _NO, _TRANSPOSED = (ord(c) for c in "LRLNT")


@njit(cache=True, nogil=True)
def potrf(n, a, at, lda, work):
    """Lower Cholesky factor in place; returns LAPACK's info (0 = positive definite)."""
    flag = np.array([_LOWER], np.uint8)
    work[0], work[1], work[2] = n, lda, 0
    _dpotrf(flag.ctypes, work[0:].ctypes, a[at:].ctypes, work[1:].ctypes, work[2:].ctypes)
    return work[2]


@njit(cache=True, nogil=True)
def potri(n, a, at, lda, work):
    """Lower triangle of (L L^T)^-1 from the factor L, in place."""
    flag = np.array([_LOWER], np.uint8)
    work[0], work[1], work[2] = n, lda, 0
    _dpotri(flag.ctypes, work[0:].ctypes, a[at:].ctypes, work[1:].ctypes, work[2:].ctypes)
    return work[2]


@njit(cache=True, nogil=True)
def trsm(right, transposed, m, n, a, a_at, lda, b, b_at, ldb, work):
    """b <- op(L)^-1 b, or b op(L)^-1 if ``right``, with L lower triangular in ``a``."""
    flags = np.array(
        [_RIGHT if right else _LEFT, _LOWER, _TRANSPOSED if transposed else _NO, _NO], np.uint8
    )
    one = np.array([1.0])
    work[0], work[1], work[2], work[3] = m, n, lda, ldb
    _dtrsm(
        flags[0:].ctypes, flags[1:].ctypes, flags[2:].ctypes, flags[3:].ctypes,
        work[0:].ctypes, work[1:].ctypes, one.ctypes, a[a_at:].ctypes, work[2:].ctypes,
        b[b_at:].ctypes, work[3:].ctypes,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def syrk(n, k, a, a_at, lda, c, c_at, ldc, work):
    """Lower triangle of c <- c - a a^T with a (n, k)."""
    flags = np.array([_LOWER, _NO], np.uint8)
    scalars = np.array([-1.0, 1.0])
    work[0], work[1], work[2], work[3] = n, k, lda, ldc
    _dsyrk(
        flags[0:].ctypes, flags[1:].ctypes, work[0:].ctypes, work[1:].ctypes,
        scalars[0:].ctypes, a[a_at:].ctypes, work[2:].ctypes, scalars[1:].ctypes,
        c[c_at:].ctypes, work[3:].ctypes,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def symm(m, n, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- -a b with a (m, m) symmetric, lower triangle stored, and b (m, n)."""
    flags = np.array([_LEFT, _LOWER], np.uint8)
    scalars = np.array([-1.0, 0.0])
    work[0], work[1], work[2], work[3], work[4] = m, n, lda, ldb, ldc
    _dsymm(
        flags[0:].ctypes, flags[1:].ctypes, work[0:].ctypes, work[1:].ctypes,
        scalars[0:].ctypes, a[a_at:].ctypes, work[2:].ctypes, b[b_at:].ctypes, work[3:].ctypes,
        scalars[1:].ctypes, c[c_at:].ctypes, work[4:].ctypes,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def gemm(turn_a, turn_b, beta, m, n, k, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- beta c - op(a) op(b) with op(a) (m, k), op(b) (k, n); ``turn``: transposed."""
    flags = np.array([_TRANSPOSED if turn_a else _NO, _TRANSPOSED if turn_b else _NO], np.uint8)
    scalars = np.array([-1.0, beta])
    work[0], work[1], work[2], work[3], work[4], work[5] = m, n, k, lda, ldb, ldc
    _dgemm(
        flags[0:].ctypes, flags[1:].ctypes, work[0:].ctypes, work[1:].ctypes, work[2:].ctypes,
        scalars[0:].ctypes, a[a_at:].ctypes, work[3:].ctypes, b[b_at:].ctypes, work[4:].ctypes,
        scalars[1:].ctypes, c[c_at:].ctypes, work[5:].ctypes,
    )  # fmt: skip
