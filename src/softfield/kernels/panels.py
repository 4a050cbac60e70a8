"""Triangular solves of a front for four right-hand sides at a time.

Four right-hand sides are the row of a vector processor, so that every number of the factor is
loaded once and no loop has a remainder. BLAS would copy the factor first, which takes as long as
to use it; its own way pays for more right-hand sides than these.

Panels lie as in :mod:`softfield.kernels.multifrontal`; ``x`` and ``front`` are flat rows of WIDTH
numbers in the precision of the factor. Places count numbers.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .rows import repeated

#: Right-hand sides that are solved for together.
WIDTH = 4

#: Columns of the factor that are used in one pass over the rows.
_COLUMNS = 4

_CONTRACT = ("contract",)
_INTEGER = ir.IntType(64)


class _Array:
    """An array in code that is generated: its numbers, and its rows of WIDTH of them."""

    def __init__(self, context, builder, array_type, array):
        bits = array_type.dtype.bitwidth
        self._builder = builder
        self._data = context.make_array(array_type)(context, builder, array).data
        self._bytes = bits // 8
        number = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.row_type = ir.VectorType(number, WIDTH)

    def _pointer(self, place):
        at = self._builder.gep(self._data, [place])
        return self._builder.bitcast(at, self.row_type.as_pointer())

    def row(self, place):
        row = self._builder.load(self._pointer(place))
        row.align = self._bytes
        return row

    def set_row(self, place, value):
        self._builder.store(value, self._pointer(place)).align = self._bytes

    def repeated(self, place):
        """A row of the number at a place."""
        number = self._builder.load(self._builder.gep(self._data, [place]))
        return repeated(self._builder, number, self.row_type)


def _further(builder, place, number, stride):
    """A place so many strides further."""
    if isinstance(stride, int):
        return builder.add(place, ir.Constant(_INTEGER, number * stride))
    return builder.add(place, builder.mul(stride, ir.Constant(_INTEGER, number)))


def _less_product(builder, total, number, row):
    product = builder.fmul(number, row, flags=_CONTRACT)
    return builder.fsub(total, product, flags=_CONTRACT)


@intrinsic
def _subtract_below(_, factor, at, rows, x, source, y, target, count):
    """Subtract from ``count`` rows of y four columns of the factor times four rows of x.

    The columns begin at ``at``, ``rows`` numbers apart.
    """
    place = types.uint64
    signature = types.void(factor, place, place, x, place, y, place, place)

    def generate(context, builder, signature, arguments):
        factor, at, rows, x, source, y, target, count = arguments
        columns = _Array(context, builder, signature.args[0], factor)
        solved = _Array(context, builder, signature.args[3], x)
        below = _Array(context, builder, signature.args[5], y)
        starts = [_further(builder, at, q, rows) for q in range(_COLUMNS)]
        known = [solved.row(_further(builder, source, q, WIDTH)) for q in range(_COLUMNS)]
        with cgutils.for_range(builder, count, intp=_INTEGER) as loop:
            row = builder.add(target, builder.mul(loop.index, ir.Constant(_INTEGER, WIDTH)))
            total = below.row(row)
            for start, value in zip(starts, known, strict=True):
                number = columns.repeated(builder.add(start, loop.index))
                total = _less_product(builder, total, number, value)
            below.set_row(row, total)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _subtract_above(_, factor, at, rows, y, source, x, target, count):
    """Subtract from four rows of x four columns of the factor times ``count`` rows of y."""
    place = types.uint64
    signature = types.void(factor, place, place, y, place, x, place, place)

    def generate(context, builder, signature, arguments):
        factor, at, rows, y, source, x, target, count = arguments
        columns = _Array(context, builder, signature.args[0], factor)
        known = _Array(context, builder, signature.args[3], y)
        above = _Array(context, builder, signature.args[5], x)
        starts = [_further(builder, at, q, rows) for q in range(_COLUMNS)]
        places = [_further(builder, target, q, WIDTH) for q in range(_COLUMNS)]
        totals = [cgutils.alloca_once_value(builder, above.row(row)) for row in places]
        with cgutils.for_range(builder, count, intp=_INTEGER) as loop:
            row = builder.add(source, builder.mul(loop.index, ir.Constant(_INTEGER, WIDTH)))
            value = known.row(row)
            for start, total in zip(starts, totals, strict=True):
                number = columns.repeated(builder.add(start, loop.index))
                builder.store(_less_product(builder, builder.load(total), number, value), total)
        for row, total in zip(places, totals, strict=True):
            above.set_row(row, builder.load(total))
        return context.get_dummy_value()

    return signature, generate


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _subtract(x, target, number, y, source):
    for q in range(np.uint64(WIDTH)):
        x[target + q] -= number * y[source + q]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _divide(x, row, number):
    for q in range(np.uint64(WIDTH)):
        x[row + q] /= number


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate(ns, nb, factor, at, x, first, front):
    """x <- L11^-1 x of a node's own rows; front <- -L21 x."""
    own, rows, width = np.uint64(ns), np.uint64(ns + nb), np.uint64(WIDTH)
    boundary, columns, one = np.uint64(nb), np.uint64(_COLUMNS), np.uint64(1)
    for m in range(boundary * width):
        front[m] = 0.0
    c = np.uint64(0)
    while c + columns <= own:
        pivot, row = np.uint64(at) + c * (rows + one), np.uint64(first) + c * width
        for j in range(columns):
            for k in range(j):
                _subtract(x, row + j * width, factor[pivot + k * rows + j], x, row + k * width)
            _divide(x, row + j * width, factor[pivot + j * (rows + one)])
        below, left = pivot + columns, own - c - columns
        _subtract_below(factor, below, rows, x, row, x, row + columns * width, left)
        _subtract_below(factor, below + left, rows, x, row, front, np.uint64(0), boundary)
        c += columns
    while c < own:
        pivot, row = np.uint64(at) + c * (rows + one), np.uint64(first) + c * width
        _divide(x, row, factor[pivot])
        for r in range(one, own - c):
            _subtract(x, row + r * width, factor[pivot + r], x, row)
        for r in range(boundary):
            _subtract(front, r * width, factor[pivot + own - c + r], x, row)
        c += one


@njit(cache=True, nogil=True, error_model="numpy")
def substitute(ns, nb, factor, at, x, first, front):
    """x <- L11^-T (x - L21^T front) of a node's own rows."""
    own, rows, width = np.uint64(ns), np.uint64(ns + nb), np.uint64(WIDTH)
    boundary, columns, one = np.uint64(nb), np.uint64(_COLUMNS), np.uint64(1)
    c = own
    while c % columns:
        c -= one
        pivot, row = np.uint64(at) + c * (rows + one), np.uint64(first) + c * width
        for r in range(one, own - c):
            _subtract(x, row, factor[pivot + r], x, row + r * width)
        for r in range(boundary):
            _subtract(x, row, factor[pivot + own - c + r], front, r * width)
        _divide(x, row, factor[pivot])
    while c > np.uint64(0):
        c -= columns
        pivot, row = np.uint64(at) + c * (rows + one), np.uint64(first) + c * width
        below, left = pivot + columns, own - c - columns
        _subtract_above(factor, below, rows, x, row + columns * width, x, row, left)
        _subtract_above(factor, below + left, rows, front, np.uint64(0), x, row, boundary)
        for back in range(columns):
            j = columns - one - back
            for k in range(j + one, columns):
                _subtract(x, row + j * width, factor[pivot + j * rows + k], x, row + k * width)
            _divide(x, row + j * width, factor[pivot + j * (rows + one)])
