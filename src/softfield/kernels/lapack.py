"""BLAS and LAPACK for compiled code: the routines that scipy was built with.

Each wrapper works on column-major blocks inside flat arrays: ``a`` is the whole array,
``at`` the offset of the block's first element, ``lda`` its leading dimension. ``work`` is
a scratch int32 array of at least 8 elements that holds what Fortran takes by reference.
The symbols are registered by name, so compiled code that calls them can be cached.

All arrays of a call have the precision of the first one, double or single (``a.itemsize``);
``potri`` and ``symm`` are of double precision.

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


_dpotrf, _spotrf = _external("dpotrf", "lapack", 5), _external("spotrf", "lapack", 5)
_dpotri = _external("dpotri", "lapack", 5)
_dtrsm, _strsm = _external("dtrsm", "blas", 11), _external("strsm", "blas", 11)
_dsyrk, _ssyrk = _external("dsyrk", "blas", 10), _external("ssyrk", "blas", 10)
_dsymm = _external("dsymm", "blas", 12)
_dgemm, _sgemm = _external("dgemm", "blas", 13), _external("sgemm", "blas", 13)
_dtrsv, _strsv = _external("dtrsv", "blas", 8), _external("strsv", "blas", 8)
_dgemv, _sgemv = _external("dgemv", "blas", 11), _external("sgemv", "blas", 11)

#: What Fortran reads at an address: letters, by their places below, and factors -1, 0 and 1.
_LETTERS = np.frombuffer(b"NTLR", dtype=np.uint8)
_TRANSPOSED, _LEFT, _RIGHT, _LOWER = 1, 2, 3, 2
_FACTORS = np.array([-1.0, 0.0, 1.0])
_SINGLE_FACTORS = _FACTORS.astype(np.float32)
_MINUS_ONE, _ZERO, _ONE = 0, 1, 2  # times the size of a number
_SINGLE, _INTEGER = 4, 4


@njit(cache=True, nogil=True)
def _factors(real):
    """Address of -1, 0 and 1 in the precision whose numbers have ``real`` bytes."""
    return _FACTORS.ctypes.data if real != _SINGLE else _SINGLE_FACTORS.ctypes.data


@njit(cache=True, nogil=True)
def potrf(n, a, at, lda, work):
    """Lower Cholesky factor in place; returns LAPACK's info (0 = positive definite)."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    work[0], work[1], work[2] = n, lda, 0
    arguments = (
        letters + _LOWER,
        sizes,
        a.ctypes.data + real * at,
        sizes + _INTEGER,
        sizes + 2 * _INTEGER,
    )
    if real == _SINGLE:
        _spotrf(*arguments)
    else:
        _dpotrf(*arguments)
    return work[2]


@njit(cache=True, nogil=True)
def potri(n, a, at, lda, work):
    """Lower triangle of (L L^T)^-1 from the factor L, in place."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    work[0], work[1], work[2] = n, lda, 0
    _dpotri(
        letters + _LOWER, sizes, a.ctypes.data + real * at, sizes + _INTEGER, sizes + 2 * _INTEGER
    )


@njit(cache=True, nogil=True)
def trsm(transposed, m, n, a, a_at, lda, b, b_at, ldb, work):
    """b <- b op(L)^-1 with b (m, n) and L lower triangular in ``a``."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    factors = _factors(real)
    work[0], work[1], work[2], work[3] = m, n, lda, ldb
    arguments = (
        letters + _RIGHT, letters + _LOWER, letters + int(transposed),
        letters, sizes, sizes + _INTEGER, factors + real * _ONE,
        a.ctypes.data + real * a_at, sizes + 2 * _INTEGER,
        b.ctypes.data + real * b_at, sizes + 3 * _INTEGER,
    )  # fmt: skip
    if real == _SINGLE:
        _strsm(*arguments)
    else:
        _dtrsm(*arguments)


@njit(cache=True, nogil=True)
def syrk(n, k, a, a_at, lda, c, c_at, ldc, work):
    """Lower triangle of c <- c - a a^T with a (n, k)."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    factors = _factors(real)
    work[0], work[1], work[2], work[3] = n, k, lda, ldc
    arguments = (
        letters + _LOWER, letters, sizes, sizes + _INTEGER, factors + real * _MINUS_ONE,
        a.ctypes.data + real * a_at, sizes + 2 * _INTEGER, factors + real * _ONE,
        c.ctypes.data + real * c_at, sizes + 3 * _INTEGER,
    )  # fmt: skip
    if real == _SINGLE:
        _ssyrk(*arguments)
    else:
        _dsyrk(*arguments)


@njit(cache=True, nogil=True)
def symm(m, n, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- -a b with a (m, m) symmetric, lower triangle stored, and b (m, n)."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    factors = _FACTORS.ctypes.data
    work[0], work[1], work[2], work[3], work[4] = m, n, lda, ldb, ldc
    _dsymm(
        letters + _LEFT, letters + _LOWER, sizes, sizes + _INTEGER, factors + real * _MINUS_ONE,
        a.ctypes.data + real * a_at, sizes + 2 * _INTEGER,
        b.ctypes.data + real * b_at, sizes + 3 * _INTEGER, factors + real * _ZERO,
        c.ctypes.data + real * c_at, sizes + 4 * _INTEGER,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def gemm(turn_a, turn_b, beta, m, n, k, a, a_at, lda, b, b_at, ldb, c, c_at, ldc, work):
    """c <- beta c - op(a) op(b), op(a) (m, k), op(b) (k, n); beta 0 or 1, ``turn``: transposed."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    factors = _factors(real)
    work[0], work[1], work[2], work[3], work[4], work[5] = m, n, k, lda, ldb, ldc
    arguments = (
        letters + int(turn_a), letters + int(turn_b), sizes, sizes + _INTEGER, sizes + 2 * _INTEGER,
        factors + real * _MINUS_ONE, a.ctypes.data + real * a_at, sizes + 3 * _INTEGER,
        b.ctypes.data + real * b_at, sizes + 4 * _INTEGER,
        factors + real * (_ONE if beta else _ZERO),
        c.ctypes.data + real * c_at, sizes + 5 * _INTEGER,
    )  # fmt: skip
    if real == _SINGLE:
        _sgemm(*arguments)
    else:
        _dgemm(*arguments)


@njit(cache=True, nogil=True)
def trsv(transposed, n, a, a_at, lda, x, x_at, work):
    """x <- op(L)^-1 x of a vector, with L lower triangular in ``a``."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    work[0], work[1], work[2] = n, lda, 1
    arguments = (
        letters + _LOWER, letters + int(transposed), letters, sizes,
        a.ctypes.data + real * a_at, sizes + _INTEGER,
        x.ctypes.data + real * x_at, sizes + 2 * _INTEGER,
    )  # fmt: skip
    if real == _SINGLE:
        _strsv(*arguments)
    else:
        _dtrsv(*arguments)


@njit(cache=True, nogil=True)
def gemv(transposed, beta, m, n, a, a_at, lda, x, x_at, y, y_at, work):
    """y <- beta y - op(a) x of vectors, a (m, n); beta 0 or 1."""
    letters, sizes, real = _LETTERS.ctypes.data, work.ctypes.data, a.itemsize
    factors = _factors(real)
    work[0], work[1], work[2], work[3] = m, n, lda, 1
    arguments = (
        letters + int(transposed), sizes, sizes + _INTEGER, factors + real * _MINUS_ONE,
        a.ctypes.data + real * a_at, sizes + 2 * _INTEGER,
        x.ctypes.data + real * x_at, sizes + 3 * _INTEGER,
        factors + real * (_ONE if beta else _ZERO),
        y.ctypes.data + real * y_at, sizes + 3 * _INTEGER,
    )  # fmt: skip
    if real == _SINGLE:
        _sgemv(*arguments)
    else:
        _dgemv(*arguments)
