"""Forces between neighbours from an image-resolved Verlet list, in 2D and 3D.

Particles are kept sorted by cell, so that the neighbours of one particle lie in a few
contiguous runs. The list is a half list in rows: one row holds the neighbours that a
particle meets in one periodic image, so the force loop adds one shift per row and needs
no minimum image at all. The number of dimensions and of terms of the potential are
lengths of tuples, hence constants when a kernel is compiled.
"""

from collections import namedtuple

import numpy as np
from numba import njit

#: Reordering and fused multiply-add are allowed; NaN, infinity and division stay exact.
FAST = {"contract", "reassoc", "nsz"}

#: Periodic cell: ``edges`` (d floats), ``tilt`` (shift in x per height in y, reduced),
#: ``counts`` (d ints, cells along each axis), ``spans`` (d ints, cells that a list reaches).
Cell = namedtuple("Cell", "edges tilt counts spans")

#: Potential: phi = eps P(t), t = r^2/s^2 < ``cutoff2``. ``scales`` (S, S, 3) holds 1/s^2,
#: 2 eps/s^2 and eps; ``inner`` the coefficients of t^-1, t^-2, ... and ``outer`` those of
#: 1, t, t^2, ... in P; ``reach2`` (S, S) squared ranges of the list, skin included.
PairTable = namedtuple("PairTable", "scales cutoff2 inner outer reach2")

#: Rows of the list: particle, image code and end of each row, and the neighbours.
Rows = namedtuple("Rows", "particle image end neighbors")


@njit(cache=True, nogil=True)
def image_shifts(cell):
    """(27, 3) translation of each image code ``(i+1) + 3 (j+1) + 9 (k+1)``."""
    shifts = np.zeros((27, 3))
    for code in range(27):
        along = code // 3 % 3 - 1
        shifts[code, 0] = (code % 3 - 1) * cell.edges[0] + along * cell.tilt * cell.edges[1]
        shifts[code, 1] = along * cell.edges[1]
        if len(cell.edges) == 3:
            shifts[code, 2] = (code // 9 - 1) * cell.edges[-1]
    return shifts


@njit(cache=True, nogil=True)
def wrap_into_cells(x, images, cell):
    """Wrap positions into the cell, count the images, return the cell index (N,)."""
    d = len(cell.edges)
    index = np.empty(x.shape[0], np.int64)
    for i in range(x.shape[0]):
        if d == 3:
            turns = np.floor(x[i, 2] / cell.edges[-1])
            x[i, 2] -= turns * cell.edges[-1]
            images[i, 2] += np.int32(turns)
        rows = np.floor(x[i, 1] / cell.edges[1])
        x[i, 1] -= rows * cell.edges[1]
        x[i, 0] -= rows * cell.tilt * cell.edges[1]
        images[i, 1] += np.int32(rows)
        turns = np.floor((x[i, 0] - cell.tilt * x[i, 1]) / cell.edges[0])
        x[i, 0] -= turns * cell.edges[0]
        images[i, 0] += np.int32(turns)
        place = 0
        for k in range(d - 1, -1, -1):
            fraction = x[i, k] / cell.edges[k]
            if k == 0:
                fraction = (x[i, 0] - cell.tilt * x[i, 1]) / cell.edges[0]
            c = min(max(int(fraction * cell.counts[k]), 0), cell.counts[k] - 1)
            place = place * cell.counts[k] + c
        index[i] = place
    return index


@njit(cache=True, nogil=True)
def cell_order(index, cell):
    """Start of each cell in the sorted order, and the order (N,) itself."""
    total = 1
    for k in range(len(cell.counts)):
        total *= cell.counts[k]
    start = np.zeros(total + 1, np.int64)
    for i in range(index.shape[0]):
        start[index[i] + 1] += 1
    for c in range(total):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(index.shape[0], np.int64)
    for i in range(index.shape[0]):
        order[fill[index[i]]] = i
        fill[index[i]] += 1
    return start, order


@njit(cache=True, nogil=True)
def _add_range(ranges, found, first, last, code):
    """Insert a run of particles, runs of the home image (code 13) first, then by code."""
    if last <= first:
        return found
    slot = found
    while slot > 0 and (
        (code == 13 and ranges[slot - 1, 2] != 13)
        or (code != 13 and ranges[slot - 1, 2] != 13 and ranges[slot - 1, 2] > code)
    ):
        for m in range(3):
            ranges[slot, m] = ranges[slot - 1, m]
        slot -= 1
    ranges[slot, 0] = first
    ranges[slot, 1] = last
    ranges[slot, 2] = code
    return found + 1


@njit(cache=True, nogil=True)
def forward_ranges(place, start, cell, ranges):
    """Runs (first, last, image code) of sorted particles ahead of cell ``place``.

    "Ahead" is one half of the stencil, so that each pair in each image is met once; the
    cell itself is not in it. Returns the number of runs.
    """
    nx, ny = cell.counts[0], cell.counts[1]
    cx, cy, cz = place % nx, place // nx % ny, place // (nx * ny)
    nz, span_z = 1, 0
    if len(cell.edges) == 3:
        nz, span_z = cell.counts[-1], cell.spans[-1]
    found = 0
    for dz in range(span_z + 1):
        turn_z, row_z = (cz + dz) // nz, (cz + dz) % nz
        for dy in range(-cell.spans[1] if dz > 0 else 0, cell.spans[1] + 1):
            turn_y, row_y = (cy + dy) // ny, (cy + dy) % ny
            base = (row_z * ny + row_y) * nx
            low = cx + 1 if dz == 0 and dy == 0 else cx - cell.spans[0]
            high = cx + cell.spans[0]
            for turn_x in range(-1, 2):
                first = max(low, turn_x * nx) - turn_x * nx
                last = min(high, turn_x * nx + nx - 1) - turn_x * nx
                if first <= last:
                    code = turn_x + 1 + 3 * (turn_y + 1) + 9 * (turn_z + 1)
                    found = _add_range(
                        ranges, found, start[base + first], start[base + last + 1], code
                    )
    return found


@njit(cache=True, nogil=True)
def _grown(array, used):
    larger = np.empty(2 * array.shape[0] + 64, array.dtype)
    larger[:used] = array[:used]
    return larger


@njit(cache=True, nogil=True, fastmath=FAST)
def _append_near(x, d, point, first, last, species, reach2, neighbors, used):
    """Append the particles of a run that lie within reach of ``point``."""
    px, py, pz = point
    for j in range(first, last):
        dx = px - x[j, 0]
        dy = py - x[j, 1]
        r2 = dx * dx + dy * dy
        if d == 3:
            dz = pz - x[j, 2]
            r2 += dz * dz
        neighbors[used] = j
        used += 1 if r2 < reach2[species[j]] else 0
    return used


@njit(cache=True, nogil=True)
def build_rows(x, species, start, cell, table):
    """Half list of sorted particles, in rows of one particle and one image."""
    n, d = x.shape[0], len(cell.edges)
    shifts = image_shifts(cell)
    ranges = np.empty((256, 3), np.int64)
    particle = np.empty(2 * n, np.uint32)
    image = np.empty(2 * n, np.uint32)
    end = np.empty(2 * n, np.uint32)
    neighbors = np.empty(16 * n, np.uint32)
    rows, used = 0, 0
    for place in range(start.shape[0] - 1):
        found = forward_ranges(place, start, cell, ranges)
        longest = start[place + 1] - start[place]
        for m in range(found):
            longest += ranges[m, 1] - ranges[m, 0]
        for i in range(start[place], start[place + 1]):
            while used + longest > neighbors.shape[0]:
                neighbors = _grown(neighbors, used)
            while rows + found + 1 > particle.shape[0]:
                particle = _grown(particle, rows)
                image = _grown(image, rows)
                end = _grown(end, rows)
            reach2 = table.reach2[species[i]]
            pz = x[i, 2] if d == 3 else 0.0
            code, before = 13, used
            used = _append_near(
                x, d, (x[i, 0], x[i, 1], pz), i + 1, start[place + 1],
                species, reach2, neighbors, used,
            )  # fmt: skip
            for m in range(found):
                if ranges[m, 2] != code:
                    if used > before:
                        particle[rows], image[rows], end[rows] = i, code, used
                        rows += 1
                    code, before = ranges[m, 2], used
                s = shifts[code]
                used = _append_near(
                    x, d, (x[i, 0] - s[0], x[i, 1] - s[1], pz - s[2]),
                    ranges[m, 0], ranges[m, 1], species, reach2, neighbors, used,
                )  # fmt: skip
            if used > before:
                particle[rows], image[rows], end[rows] = i, code, used
                rows += 1
    return Rows(particle[:rows], image[:rows], end[:rows], neighbors[:used])


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def _slope(t, table):
    """dP/dt of the potential, 0 beyond the cutoff."""
    w = 1.0 / t
    inner = 0.0
    for k in range(len(table.inner) - 1, -1, -1):
        inner = inner * w - (k + 1) * table.inner[k]
    outer = 0.0
    for k in range(len(table.outer) - 1, 0, -1):
        outer = outer * t + k * table.outer[k]
    slope = inner * (w * w) + outer
    return slope if t < table.cutoff2 else 0.0


@njit(cache=True, nogil=True, fastmath=FAST)
def add_forces(x, species, cell, rows, table, f):
    """Forces (N, d) of all pairs of the list; ``f`` is overwritten."""
    d = len(cell.edges)
    shifts = image_shifts(cell)
    f[:] = 0.0
    begin = 0
    for row in range(rows.particle.shape[0]):
        i = rows.particle[row]
        last = rows.end[row]
        s = shifts[rows.image[row]]
        scales = table.scales[species[i]]
        px, py, pz = x[i, 0] - s[0], x[i, 1] - s[1], 0.0
        if d == 3:
            pz = x[i, 2] - s[2]
        fx, fy, fz = 0.0, 0.0, 0.0
        for slot in range(begin, last):
            j = rows.neighbors[slot]
            dx = px - x[j, 0]
            dy = py - x[j, 1]
            r2 = dx * dx + dy * dy
            dz = 0.0
            if d == 3:
                dz = pz - x[j, 2]
                r2 += dz * dz
            kind = species[j]
            g1 = scales[kind, 1] * _slope(r2 * scales[kind, 0], table)
            fx -= g1 * dx
            fy -= g1 * dy
            f[j, 0] += g1 * dx
            f[j, 1] += g1 * dy
            if d == 3:
                fz -= g1 * dz
                f[j, 2] += g1 * dz
        f[i, 0] += fx
        f[i, 1] += fy
        if d == 3:
            f[i, 2] += fz
        begin = last


@njit(cache=True, nogil=True, fastmath=FAST)
def total_energy(x, species, cell, rows, table):
    """Potential energy and virial ``sum g1 r^2`` over all pairs of the list."""
    shifts = image_shifts(cell)
    energy, virial, begin = 0.0, 0.0, 0
    for row in range(rows.particle.shape[0]):
        i = rows.particle[row]
        s = shifts[rows.image[row]]
        scales = table.scales[species[i]]
        for slot in range(begin, rows.end[row]):
            j = rows.neighbors[slot]
            r2 = 0.0
            for k in range(len(cell.edges)):
                u = x[i, k] - s[k] - x[j, k]
                r2 += u * u
            kind = species[j]
            t = r2 * scales[kind, 0]
            if t < table.cutoff2:
                inner, outer = 0.0, 0.0
                for k in range(len(table.inner) - 1, -1, -1):
                    inner = (inner + table.inner[k]) / t
                for k in range(len(table.outer) - 1, -1, -1):
                    outer = outer * t + table.outer[k]
                energy += scales[kind, 2] * (inner + outer)
                virial += scales[kind, 1] * _slope(t, table) * r2
        begin = rows.end[row]
    return energy, virial


@njit(cache=True, nogil=True)
def permuted(array, order):
    """Rows of an array in another order."""
    result = np.empty_like(array)
    for i in range(order.shape[0]):
        result[i] = array[order[i]]
    return result


@njit(cache=True, nogil=True, fastmath=FAST)
def largest_squared(a, b):
    """Largest squared distance between rows of two arrays (N, d)."""
    largest = 0.0
    for i in range(a.shape[0]):
        r2 = 0.0
        for k in range(a.shape[1]):
            r2 += (a[i, k] - b[i, k]) ** 2
        largest = max(largest, r2)
    return largest
