"""Vector instructions on rows: two numbers a row in 2D, four in 3D, of which the last is zero.

Numba does not join operations on neighbouring numbers into one of a vector processor. These do:
a row is loaded, changed and stored as a whole. Rows lie in flat arrays; the place of a row is
that of its first number. Dimension is the length of the tuple ``edges``, as in
:mod:`softfield.kernels.pair_forces`.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, register_jitable

_CONTRACT = ("contract",)
_NUMBER_BYTES = 8

#: Numbers that are looked at together for their sign.
GROUP = 8

#: Places of the bits that are set in each number of as many bits, then zeros.
_SET_BITS = np.zeros(GROUP * 2**GROUP, np.uint32)
for _bits in range(2**GROUP):
    _places = [bit for bit in range(GROUP) if _bits >> bit & 1]
    _SET_BITS[GROUP * _bits : GROUP * _bits + len(_places)] = _places


@register_jitable
def row_width(dimension):
    """Numbers in a row."""
    return 2 if dimension == 2 else 4


def _vector(edges):
    return ir.VectorType(ir.DoubleType(), row_width(edges.count))


def _row(context, builder, array_type, array, place, vector):
    """Pointer to the row of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), vector.as_pointer())


def _load(builder, row):
    value = builder.load(row)
    value.align = _NUMBER_BYTES
    return value


def _store(builder, value, row):
    builder.store(value, row).align = _NUMBER_BYTES


def repeated(builder, number, vector):
    """A vector of the same number everywhere."""
    none, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(builder.insert_element(none, number, first), none, everywhere)


def _norm2(builder, value, dimension):
    """Squared length of the first numbers of a row."""
    squares = builder.fmul(value, value, flags=_CONTRACT)
    total = builder.extract_element(squares, ir.Constant(ir.IntType(32), 0))
    for axis in range(1, dimension):
        square = builder.extract_element(squares, ir.Constant(ir.IntType(32), axis))
        total = builder.fadd(total, square, flags=_CONTRACT)
    return total


@intrinsic
def separate_rows(_, edges, x, i, j, u, place):
    """Store row i of ``x`` less row j as a row of ``u``; returns its squared length."""
    signature = types.float64(edges, x, types.uint64, types.uint64, u, types.uint64)

    def generate(context, builder, signature, arguments):
        _, x, i, j, u, place = arguments
        vector = _vector(edges)
        ours = _load(builder, _row(context, builder, signature.args[1], x, i, vector))
        theirs = _load(builder, _row(context, builder, signature.args[1], x, j, vector))
        apart = builder.fsub(ours, theirs)
        _store(builder, apart, _row(context, builder, signature.args[4], u, place, vector))
        return _norm2(builder, apart, edges.count)

    return signature, generate


@intrinsic
def shift_row(_, edges, u, place, shifts, which):
    """Subtract a row of ``shifts`` from a row of ``u``; returns its squared length."""
    signature = types.float64(edges, u, types.uint64, shifts, types.uint64)

    def generate(context, builder, signature, arguments):
        _, u, place, shifts, which = arguments
        vector = _vector(edges)
        row = _row(context, builder, signature.args[1], u, place, vector)
        shift = _load(builder, _row(context, builder, signature.args[3], shifts, which, vector))
        shifted = builder.fsub(_load(builder, row), shift)
        _store(builder, shifted, row)
        return _norm2(builder, shifted, edges.count)

    return signature, generate


@intrinsic
def exert_row(_, edges, u, place, factor, i, j, f):
    """Subtract ``factor`` times a row of ``u`` from row i of ``f``, and add it to row j."""
    whole = types.uint64
    signature = types.void(edges, u, whole, types.float64, whole, whole, f)

    def generate(context, builder, signature, arguments):
        _, u, place, factor, i, j, f = arguments
        vector = _vector(edges)
        along = _load(builder, _row(context, builder, signature.args[1], u, place, vector))
        force = builder.fmul(repeated(builder, factor, vector), along, flags=_CONTRACT)
        ours = _row(context, builder, signature.args[6], f, i, vector)
        _store(builder, builder.fsub(_load(builder, ours), force, flags=_CONTRACT), ours)
        theirs = _row(context, builder, signature.args[6], f, j, vector)
        _store(builder, builder.fadd(_load(builder, theirs), force, flags=_CONTRACT), theirs)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _keep_negative(_, values, place, places_of_bits, hits, count):
    """Of a group of values from ``place`` on, write where they are negative to ``hits``.

    From ``count`` on; returns how many there are. What is written beyond them has no meaning.
    """
    signature = types.uint64(values, types.uint64, places_of_bits, hits, types.uint64)

    def generate(context, builder, signature, arguments):
        values, place, places_of_bits, hits, count = arguments
        numbers, integer = ir.VectorType(ir.DoubleType(), GROUP), ir.IntType(64)
        places = ir.VectorType(ir.IntType(32), GROUP)
        zeros = ir.Constant(numbers, [0.0] * GROUP)
        group = _load(builder, _row(context, builder, signature.args[0], values, place, numbers))
        negative = builder.bitcast(builder.fcmp_ordered("<", group, zeros), ir.IntType(GROUP))
        bits = builder.zext(negative, integer)
        entry = builder.mul(bits, ir.Constant(integer, GROUP))
        row = _row(context, builder, signature.args[2], places_of_bits, entry, places)
        base = builder.trunc(place, ir.IntType(32))
        bases = repeated(builder, base, places)
        found = builder.load(row)
        found.align = 4
        target = _row(context, builder, signature.args[3], hits, count, places)
        builder.store(builder.add(found, bases), target).align = 4
        return builder.ctpop(bits)

    return signature, generate


@njit(cache=True, nogil=True, error_model="numpy")
def negative_places(values, size, hits):
    """Write to ``hits`` where the first ``size`` values are negative; returns how many.

    There is no branch, so that nothing has to be guessed. ``hits`` has room for ``size`` places
    and a group more; what is written beyond those found has no meaning.
    """
    count, place, whole = np.uint64(0), np.uint64(0), np.uint64(size - size % GROUP)
    while place < whole:
        count += _keep_negative(values, place, _SET_BITS, hits, count)
        place += np.uint64(GROUP)
    for rest in range(whole, np.uint64(size)):
        hits[count] = rest
        count += np.uint64(values[rest] < 0.0)
    return np.int64(count)


@njit(cache=True, nogil=True, error_model="numpy")
def as_rows(x, edges):
    """Rows of an array (N, d), flat: in 2D the array itself, in 3D a copy."""
    if len(edges) == 2:
        return x.reshape(-1)
    # a new array of numba's begins where a row does not lie across two lines of the cache
    rows = np.empty(4 * x.shape[0])
    for i in range(x.shape[0]):
        for k in range(3):
            rows[4 * i + k] = x[i, k]
        rows[4 * i + 3] = 0.0
    return rows
