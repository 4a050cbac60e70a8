"""BLAS and LAPACK for compiled code: the routines that scipy was built with.

Each wrapper works on column-major blocks inside flat arrays: ``a`` is the whole array,
``at`` the offset of the block's first element, ``lda`` its leading dimension. ``work`` is
a scratch int32 array of at least 8 elements that holds what Fortran takes by reference.
The symbols are registered by name, so compiled code that calls them can be cached.

Addresses are plain integers, and letters and factors lie in constant arrays: numba compiles a
wrapper anew for every combination of literal arguments, and slices or small arrays in it would
take longer to compile than the factorization itself.
"""

import llvmlite.binding as llvm
import numpy as np
from numba import njit, types
from numba.extending import get_cython_function_address


def _external(name, library, n_arguments):
    symbol = f"softfield_{name}"
    llvm.add_symbol(symbol, get_cython_function_address(f"scipy.linalg.cython_{library}", name))
    return types.ExternalFunction(symbol, types.void(*[types.uintp] * n_arguments))


_dpotrf = _external("dpotrf", "lapack", 5)
_dpotri = _external("dpotri", "lapack", 5)
_dtrsm = _external("dtrsm", "blas", 11)
_dsyrk = _external("dsyrk", "blas", 10)
_dsymm = _external("dsymm", "blas", 12)
_dgemm = _external("dgemm", "blas", 13)
_dtrsv = _external("dtrsv", "blas", 8)
_dgemv = _external("dgemv", "blas", 11)

#: What Fortran reads at an address: letters, by their places below, and factors -1, 0 and 1.
_LETTERS = np.frombuffer(b"NTLR", dtype=np.uint8)
_TRANSPOSED, _LEFT, _RIGHT, _LOWER = 1, 2, 3, 2
_FACTORS = np.array([-1.0, 0.0, 1.0])
_MINUS_ONE, _ZERO, _ONE = 0, 8, 16
_FLOAT, _INTEGER = 8, 4


@njit(cache=True, nogil=True)
def potrf(n, a, at, lda, work):
    """Lower Cholesky factor in place; returns LAPACK's info (0 = positive definite)."""
    letters, sizes = _LETTERS.ctypes.data, work.ctypes.data
    work[0], work[1], work[2] = n, lda, 0
    _dpotrf(
        letters + _LOWER, sizes, a.ctypes.data + _FLOAT * at, sizes + _INTEGER, sizes + 2 * _INTEGER
    )
    return work[2]


@njit(cache=True, nogil=True)
def potri(n, a, at, lda, work):
    """Lower triangle of (L L^T)^-1 from the factor L, in place."""
    letters, sizes = _LETTERS.ctypes.data, work.ctypes.data
    work[0], work[1], work[2] = n, lda, 0
    _dpotri(
        letters + _LOWER, sizes, a.ctypes.data + _FLOAT * at, sizes + _INTEGER, sizes + 2 * _INTEGER
    )


@njit(cache=True, nogil=True)
def trsm(transposed, m, n, a, a_at, lda, b, b_at, ldb, work):
    """b <- b op(L)^-1 with b (m, n) and L lower triangular in ``a``."""
    letters, sizes = _LETTERS.ctypes.data, work.ctypes.data
    work[0], work[1], work[2], work[3] = m, n, lda, ldb
    _dtrsm(
        letters + _RIGHT, letters + _LOWER, letters + int(transposed),
        letters, sizes, sizes + _INTEGER, _FACTORS.ctypes.data + _ONE,
        a.ctypes.data + _FLOAT * a_at, sizes + 2 * _INTEGER,
        b.ctypes.data + _FLOAT * b_at, sizes + 3 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def syrk(n, k, a, a_at, lda, c, c_at, ldc, work):
    """Lower triangle of c <- c - a a^T with a (n, k)."""
    letters, sizes, factors = _LETTERS.ctypes.data, work.ctypes.data, _FACTORS.ctypes.data
    work[0], work[1], work[2], work[3] = n, k, lda, ldc
    _dsyrk(
        letters + _LOWER, letters, sizes, sizes + _INTEGER, factors + _MINUS_ONE,
        a.ctypes.data + _FLOAT * a_at, sizes + 2 * _INTEGER, factors + _ONE,
        c.ctypes.data + _FLOAT * c_at, sizes + 3 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def symm(m, n, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- -a b with a (m, m) symmetric, lower triangle stored, and b (m, n)."""
    letters, sizes, factors = _LETTERS.ctypes.data, work.ctypes.data, _FACTORS.ctypes.data
    work[0], work[1], work[2], work[3], work[4] = m, n, lda, ldb, ldc
    _dsymm(
        letters + _LEFT, letters + _LOWER, sizes, sizes + _INTEGER, factors + _MINUS_ONE,
        a.ctypes.data + _FLOAT * a_at, sizes + 2 * _INTEGER,
        b.ctypes.data + _FLOAT * b_at, sizes + 3 * _INTEGER, factors + _ZERO,
        c.ctypes.data + _FLOAT * c_at, sizes + 4 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def gemm(turn_a, turn_b, beta, m, n, k, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- beta c - op(a) op(b), op(a) (m, k), op(b) (k, n); beta 0 or 1, ``turn``: transposed."""
    letters, sizes, factors = _LETTERS.ctypes.data, work.ctypes.data, _FACTORS.ctypes.data
    work[0], work[1], work[2], work[3], work[4], work[5] = m, n, k, lda, ldb, ldc
    _dgemm(
        letters + int(turn_a), letters + int(turn_b), sizes, sizes + _INTEGER, sizes + 2 * _INTEGER,
        factors + _MINUS_ONE, a.ctypes.data + _FLOAT * a_at, sizes + 3 * _INTEGER,
        b.ctypes.data + _FLOAT * b_at, sizes + 4 * _INTEGER,
        factors + (_ONE if beta else _ZERO), c.ctypes.data + _FLOAT * c_at, sizes + 5 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def trsv(transposed, n, a, a_at, lda, x, x_at, work):
    """x <- op(L)^-1 x of a vector, with L lower triangular in ``a``."""
    letters, sizes = _LETTERS.ctypes.data, work.ctypes.data
    work[0], work[1], work[2] = n, lda, 1
    _dtrsv(
        letters + _LOWER, letters + int(transposed), letters, sizes,
        a.ctypes.data + _FLOAT * a_at, sizes + _INTEGER,
        x.ctypes.data + _FLOAT * x_at, sizes + 2 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def gemv(transposed, beta, m, n, a, a_at, lda, x, x_at, y, y_at, work):
    """y <- beta y - op(a) x of vectors, a (m, n); beta 0 or 1."""
    letters, sizes, factors = _LETTERS.ctypes.data, work.ctypes.data, _FACTORS.ctypes.data
    work[0], work[1], work[2], work[3] = m, n, lda, 1
    _dgemv(
        letters + int(transposed), sizes, sizes + _INTEGER, factors + _MINUS_ONE,
        a.ctypes.data + _FLOAT * a_at, sizes + 2 * _INTEGER,
        x.ctypes.data + _FLOAT * x_at, sizes + 3 * _INTEGER,
        factors + (_ONE if beta else _ZERO), y.ctypes.data + _FLOAT * y_at, sizes + 3 * _INTEGER,
    )  # fmt: skip
