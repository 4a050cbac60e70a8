"""Multifrontal Cholesky factorization, solves and selected inverse, on dense fronts.

A node of the elimination tree has a front: its own particles, then its boundary, d rows
each. The factor keeps, per node, the panel ``[L11; L21]`` of its own columns (column-major,
``rows`` = d * (own + boundary)). All sizes below that are named ``ns`` (own), ``nb``
(boundary) and ``nf = ns + nb`` count rows, not particles.
"""

import math

import numpy as np
from numba import njit

from . import panels
from .lapack import gemm, gemv, potrf, potri, symm, syrk, trsm, trsv


@njit(cache=True, nogil=True)
def front_sizes(own, pointer, parent, d):
    """(nodes, 2) ns and nb; panel offsets; depths' offsets and size of the inverse's stack."""
    nodes = len(parent)
    sizes = np.empty((nodes, 2), np.int64)
    panel = np.zeros(nodes + 1, np.int64)
    for node in range(nodes):
        sizes[node, 0] = d * (own[node, 1] - own[node, 0])
        sizes[node, 1] = d * (pointer[node + 1] - pointer[node])
        panel[node + 1] = panel[node] + sizes[node, 0] * (sizes[node, 0] + sizes[node, 1])
    offset = np.zeros(nodes, np.int64)
    depth_size = 0
    for node in range(nodes - 1, -1, -1):
        above = parent[node]
        if above >= 0:
            offset[node] = offset[above] + (sizes[above, 0] + sizes[above, 1]) ** 2
        depth_size = max(depth_size, offset[node] + (sizes[node, 0] + sizes[node, 1]) ** 2)
    return sizes, panel, offset, depth_size


@njit(cache=True, nogil=True)
def _stack_size(sizes, parent):
    """Largest total of Schur complements that wait for their parents at one time."""
    nodes = len(parent)
    waiting = 0
    largest = 0
    held = np.zeros(nodes, np.int64)
    for node in range(nodes):
        waiting += sizes[node, 1] ** 2 - held[node]
        largest = max(largest, waiting + held[node])
        if parent[node] >= 0:
            held[parent[node]] += sizes[node, 1] ** 2
    return largest


@njit(cache=True, nogil=True)
def _add_block(block, sign, row, column, d, a, at, lda):
    for c in range(d):
        first = at + (column * d + c) * lda + row * d
        for r in range(d):
            a[first + r] += sign * block[r, c]


@njit(cache=True, nogil=True)
def _extend_add(update, update_at, nb_child, places, d, ns, nf, factor, panel_at, schur):
    """Add the child's Schur complement to the parent's panel and remaining block."""
    nb = nf - ns
    for a in range(len(places)):
        for c in range(d):
            column = places[a] * d + c
            source = update_at + (a * d + c) * nb_child
            for b in range(a, len(places)):
                row = places[b] * d
                if column < ns:
                    target = panel_at + column * nf + row
                    for r in range(d):
                        factor[target + r] += update[source + b * d + r]
                else:
                    target = (column - ns) * nb + row - ns
                    for r in range(d):
                        schur[target + r] += update[source + b * d + r]


@njit(cache=True, nogil=True)
def factorize(d, own, parent, pointer, place, sizes, panel, order, where, pair_start,
              pair_members, blocks, diagonal, factor):  # fmt: skip
    """Fill ``factor``; returns -1, or the node whose pivot block is not positive definite."""
    nodes = len(parent)
    largest = 0
    for node in range(nodes):
        largest = max(largest, sizes[node, 1])
    stack = np.empty(_stack_size(sizes, parent) + 1, factor.dtype)
    schur = np.empty(largest**2 + 1, factor.dtype)
    top = 0
    stack_at = np.zeros(nodes + 1, np.int64)
    pending = np.empty(nodes + 1, np.int64)
    n_pending = 0
    work = np.empty(8, np.int32)
    for node in range(nodes):
        ns, nb = sizes[node, 0], sizes[node, 1]
        nf = ns + nb
        at = panel[node]
        for m in range(at, at + ns * nf):
            factor[m] = 0.0
        for m in range(nb * nb):
            schur[m] = 0.0
        for k in range(own[node, 0], own[node, 1]):
            local = k - own[node, 0]
            _add_block(diagonal[order[k]], 1.0, local, local, d, factor, at, nf)
        for slot in range(pair_start[node], pair_start[node + 1]):
            p = pair_members[slot]
            _add_block(blocks[p], -1.0, where[p, 1], where[p, 2], d, factor, at, nf)
        while n_pending > 0 and parent[pending[n_pending - 1]] == node:
            n_pending -= 1
            child = pending[n_pending]
            top = stack_at[child]
            _extend_add(
                stack, top, sizes[child, 1], place[pointer[child] : pointer[child + 1]], d,
                ns, nf, factor, at, schur,
            )  # fmt: skip
        if ns > 0:
            if potrf(ns, factor, at, nf, work) != 0:
                return node
            if nb > 0:
                trsm(True, nb, ns, factor, at, nf, factor, at + ns, nf, work)
                syrk(nb, ns, factor, at + ns, nf, schur, 0, nb, work)
        stack_at[node] = top
        for m in range(nb * nb):
            stack[top + m] = schur[m]
        top += nb * nb
        pending[n_pending] = node
        n_pending += 1
    return -1


@njit(cache=True, nogil=True)
def _gather_boundary(inverse, above_at, nf_above, places, d, at, ns, nf):
    """Lower triangle of Z_bb, picked out of the parent's front."""
    for a in range(len(places)):
        for c in range(d):
            source = above_at + (places[a] * d + c) * nf_above
            target = at + (ns + a * d + c) * nf + ns
            for b in range(a, len(places)):
                row = places[b] * d
                for r in range(d):
                    inverse[target + b * d + r] = inverse[source + row + r]


@njit(cache=True, nogil=True)
def selected_inverse(d, own, parent, pointer, place, sizes, panel, offset, depth_size, order,
                     where, pair_start, pair_members, factor, diagonal, blocks):  # fmt: skip
    """Blocks of the inverse on the diagonal and on every pair (row = later eliminated)."""
    nodes = len(parent)
    inverse = np.empty(depth_size)
    work = np.empty(8, np.int32)
    largest = 0
    for node in range(nodes):
        largest = max(largest, sizes[node, 0] * sizes[node, 1])
    y = np.empty(largest + 1)
    for node in range(nodes - 1, -1, -1):
        ns, nb = sizes[node, 0], sizes[node, 1]
        nf = ns + nb
        at, source = offset[node], panel[node]
        for c in range(ns):
            for r in range(c, ns):
                inverse[at + c * nf + r] = factor[source + c * nf + r]
        if ns > 0:
            potri(ns, inverse, at, nf, work)
        if nb > 0:
            above = parent[node]
            _gather_boundary(
                inverse, offset[above], sizes[above, 0] + sizes[above, 1],
                place[pointer[node] : pointer[node + 1]], d, at, ns, nf,
            )  # fmt: skip
        if ns > 0 and nb > 0:
            for c in range(ns):
                for r in range(nb):
                    y[c * nb + r] = factor[source + c * nf + ns + r]
            trsm(False, nb, ns, factor, source, nf, y, 0, nb, work)
            symm(nb, ns, inverse, at + ns * nf + ns, nf, y, 0, nb, inverse, at + ns, nf, work)
            gemm(
                True, False, 1.0, ns, ns, nb, y, 0, nb, inverse, at + ns, nf, inverse, at, nf, work
            )
        for k in range(own[node, 0], own[node, 1]):
            first = (k - own[node, 0]) * d
            for r in range(d):
                for c in range(r + 1):
                    value = inverse[at + (first + c) * nf + first + r]
                    diagonal[order[k], r, c] = value
                    diagonal[order[k], c, r] = value
        for slot in range(pair_start[node], pair_start[node + 1]):
            p = pair_members[slot]
            for r in range(d):
                for c in range(d):
                    blocks[p, r, c] = inverse[at + (where[p, 2] * d + c) * nf + where[p, 1] * d + r]


@njit(cache=True, nogil=True)
def solve(d, own, pointer, boundary, sizes, panel, factor, x, k):
    """Overwrite x: rows in order of elimination, one of k right-hand sides each, flat."""
    nodes = len(own)
    largest = 0
    for node in range(nodes):
        largest = max(largest, sizes[node, 1])
    front = np.empty(largest * k + 1, factor.dtype)
    work = np.empty(8, np.int32)
    width = d * k
    for node in range(nodes):
        ns, nb = sizes[node, 0], sizes[node, 1]
        nf, at, first = ns + nb, panel[node], width * own[node, 0]
        if ns == 0:
            continue
        _eliminate(ns, nb, k, factor, at, nf, x, first, front, work)
        for slot in range(pointer[node], pointer[node + 1]):
            target = x[boundary[slot] * width : (boundary[slot] + 1) * width]
            source = front[(slot - pointer[node]) * width :]
            for m in range(width):
                target[m] += source[m]
    for node in range(nodes - 1, -1, -1):
        ns, nb = sizes[node, 0], sizes[node, 1]
        nf, at, first = ns + nb, panel[node], width * own[node, 0]
        if ns == 0:
            continue
        for slot in range(pointer[node], pointer[node + 1]):
            source = x[boundary[slot] * width : (boundary[slot] + 1) * width]
            target = front[(slot - pointer[node]) * width :]
            for m in range(width):
                target[m] = source[m]
        _substitute(ns, nb, k, factor, at, nf, x, first, front, work)


@njit(cache=True, nogil=True)
def in_order(fields, order, centred, factor):
    """Rows (N, w) in order of elimination, flat; less their mean where they are to be centred.

    For a factor of single precision in units of the largest number's power of two, which comes
    with them.
    """
    n, width = fields.shape
    mean = np.zeros(width)
    if centred:
        for i in range(n):
            for k in range(width):
                mean[k] += fields[i, k]
        for k in range(width):
            mean[k] /= n
    unit = 1.0
    if factor.itemsize == 4:
        largest = 0.0
        for i in range(n):
            for k in range(width):
                largest = max(largest, abs(fields[i, k] - mean[k]))
        if largest > 0.0:
            unit = math.ldexp(1.0, math.frexp(largest)[1])
    x = np.empty(len(order) * width, factor.dtype)
    for row in range(len(order)):
        i = order[row]
        for k in range(width):
            x[row * width + k] = (fields[i, k] - mean[k]) / unit
    return x, unit


@njit(cache=True, nogil=True)
def out_of_order(x, order, n, centred, unit):
    """Rows (n, w) of particles, zero where there is no row of x; less their mean if centred."""
    width = len(x) // len(order)
    fields = np.zeros((n, width))
    mean = np.zeros(width)
    for row in range(len(order)):
        i = order[row]
        for k in range(width):
            fields[i, k] = unit * x[row * width + k]
            mean[k] += fields[i, k]
    if centred:
        for k in range(width):
            mean[k] /= n
        for i in range(n):
            for k in range(width):
                fields[i, k] -= mean[k]
    return fields


# For BLAS, whose matrices are column-major, the rows of x are columns: many right-hand sides are
# solved from the right, in place. A single one is a vector as it lies, and a few are rows of
# vector instructions: trsm and gemm would first copy the factor, which takes as long as to use it.


@njit(cache=True, nogil=True)
def _eliminate(ns, nb, k, factor, at, nf, x, first, front, work):
    """x <- L11^-1 x of a node's own rows; front <- -L21 x."""
    if k == 1:
        trsv(False, ns, factor, at, nf, x, first, work)
        if nb > 0:
            gemv(False, 0.0, nb, ns, factor, at + ns, nf, x, first, front, 0, work)
    elif k == panels.WIDTH:
        panels.eliminate(ns, nb, factor, at, x, first, front)
    else:
        trsm(True, k, ns, factor, at, nf, x, first, k, work)
        if nb > 0:
            gemm(False, True, 0.0, k, nb, ns, x, first, k, factor, at + ns, nf, front, 0, k, work)


@njit(cache=True, nogil=True)
def _substitute(ns, nb, k, factor, at, nf, x, first, front, work):
    """x <- L11^-T (x - L21^T front) of a node's own rows."""
    if k == 1:
        if nb > 0:
            gemv(True, 1.0, nb, ns, factor, at + ns, nf, front, 0, x, first, work)
        trsv(True, ns, factor, at, nf, x, first, work)
    elif k == panels.WIDTH:
        panels.substitute(ns, nb, factor, at, x, first, front)
    else:
        if nb > 0:
            gemm(False, False, 1.0, k, ns, nb, front, 0, k, factor, at + ns, nf, x, first, k, work)
        trsm(False, k, ns, factor, at, nf, x, first, k, work)
