"""Forces between neighbours from an image-resolved Verlet list, in 2D and 3D.

Particles are kept sorted by cell, so that neighbours lie in a few contiguous runs. The
list is a flat half list: pairs inside the box first, then pairs that meet across its
border with the code of the image, so no step computes a minimum image. A run of dynamics
keeps two: a wide one from the cells, and a thin one picked out of it, which is renewed
several times for each wide one and from which forces come. Forces of a
stretch of the list take three passes: relative positions into a buffer, the slope of the
potential for all pairs of the buffer (vectorised over pairs, no branch at the cutoff),
and the sum over particles.

Positions, relative positions and forces are flat rows inside the force loop
(:mod:`softfield.kernels.rows`): the list holds the place of each particle's row. Dimension and
terms of the potential are lengths of tuples, hence constants when a kernel is compiled.
"""

from collections import namedtuple

import numpy as np
from numba import njit

from .rows import GROUP, as_rows, exert_row, negative_places, row_width, separate_rows, shift_row

#: Reordering and fused multiply-add are allowed; NaN, infinity and division stay exact.
FAST = {"contract", "reassoc", "nsz"}

#: Code of the home image; image (i, j, k) has (i + 1) + 3 (j + 1) + 9 (k + 1).
HOME = 13

#: Pairs in one stretch of the force loop; its buffers stay in the first-level cache.
STRETCH = 256

#: Streams of the list that are interleaved, so that successive pairs share no particle.
STREAMS = 8

#: Periodic cell: ``edges`` (d floats), ``tilt`` (shift in x per height in y, reduced) and
#: ``counts`` (d ints), cells along each axis, each at least as wide as the list reaches.
Cell = namedtuple("Cell", "edges tilt counts")

#: Potential: phi = eps P(t), t = r^2/s^2 < ``cutoff2``. Pairs of species have a kind,
#: ``kinds`` (S, S); the tuples ``inverse``, ``slope`` and ``strength`` hold 1/s^2, 2 eps/s^2
#: and eps of each kind, ``inner`` the coefficients of t^-1, t^-2, ... and ``outer`` those
#: of 1, t, t^2, ... in P; ``wide2`` and ``thin2`` squared ranges of the lists, skins included.
PairTable = namedtuple("PairTable", "kinds inverse slope strength cutoff2 inner outer wide2 thin2")

#: Pairs of the list: places of both particles, kind, and image codes of the pairs that
#: cross the border, which come last.
PairList = namedtuple("PairList", "first second kind image")


@njit(cache=True, nogil=True, error_model="numpy")
def image_shifts(cell):
    """(27, 4) translation of each image code, and zeros."""
    shifts = np.zeros((27, 4))
    for code in range(27):
        along = code // 3 % 3 - 1
        shifts[code, 0] = (code % 3 - 1) * cell.edges[0] + along * cell.tilt * cell.edges[1]
        shifts[code, 1] = along * cell.edges[1]
        if len(cell.edges) == 3:
            shifts[code, 2] = (code // 9 - 1) * cell.edges[-1]
    return shifts


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def forward_ranges(place, start, cell, ranges):
    """Runs (first, last, image code) of sorted particles ahead of cell ``place``.

    "Ahead" is one half of the stencil, so that each pair in each image is met once; the
    cell itself is not in it. Returns the number of runs.
    """
    nx, ny = cell.counts[0], cell.counts[1]
    cx, cy, cz = place % nx, place // nx % ny, place // (nx * ny)
    nz, layers = 1, 1
    if len(cell.edges) == 3:
        nz, layers = cell.counts[-1], 2
    found = 0
    for dz in range(layers):
        turn_z, row_z = (cz + dz) // nz, (cz + dz) % nz
        for dy in range(-1 if dz > 0 else 0, 2):
            turn_y, row_y = (cy + dy) // ny, (cy + dy) % ny
            base = (row_z * ny + row_y) * nx
            low = cx + 1 if dz == 0 and dy == 0 else cx - 1
            for turn_x in range(-1, 2):
                first = max(low, turn_x * nx) - turn_x * nx
                last = min(cx + 1, turn_x * nx + nx - 1) - turn_x * nx
                if first <= last and start[base + first] < start[base + last + 1]:
                    ranges[found, 0] = start[base + first]
                    ranges[found, 1] = start[base + last + 1]
                    ranges[found, 2] = turn_x + 1 + 3 * (turn_y + 1) + 9 * (turn_z + 1)
                    found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _empty_target(size):
    """Arrays for places of both particles, kind and image of ``size`` pairs."""
    return (
        np.empty(size, np.uint32),
        np.empty(size, np.uint32),
        np.empty(size, np.uint8),
        np.empty(size, np.uint8),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def overwrite(target, source):
    """Copy rows onto the first of an array; to compile ``target[:] = source`` takes seconds."""
    ours, theirs = target.reshape(-1), source.reshape(-1)
    for m in range(theirs.shape[0]):
        ours[m] = theirs[m]


@njit(cache=True, nogil=True, error_model="numpy")
def _with_room(target, used, more):
    """The arrays, or longer copies of them, with room for ``more`` pairs after ``used``."""
    if used + more <= target[0].shape[0]:
        return target
    larger = _empty_target(2 * target[0].shape[0] + more)
    overwrite(larger[0], target[0][:used])
    overwrite(larger[1], target[1][:used])
    overwrite(larger[2], target[2][:used])
    overwrite(larger[3], target[3][:used])
    return larger


@njit(cache=True, nogil=True, error_model="numpy")
def _by_coordinate(x, species, table):
    """(d + S, N) coordinates of all particles, then their squared reach to each species."""
    n, d = x.shape
    columns = np.empty((d + table.kinds.shape[0], n))
    for k in range(d):
        for i in range(n):
            columns[k, i] = x[i, k]
    for s in range(table.kinds.shape[0]):
        for i in range(n):
            columns[d + s, i] = table.wide2[table.kinds[s, species[i]]]
    return columns


@njit(cache=True, nogil=True, error_model="numpy")
def _pack_run(columns, d, run, shifts, packed, labels, used):
    """Copy one run (first, last, image code), shifted, behind the ``used`` particles."""
    first, last, code = run
    for k in range(columns.shape[0]):
        shift = shifts[code, k] if k < d else 0.0
        source, target = columns[k, first:last], packed[k, used:]
        for j in range(source.shape[0]):
            target[j] = source[j] + shift
    places, codes = labels[0, used:], labels[1, used:]
    for j in range(last - first):
        places[j] = first + j
        codes[j] = code
    return used + last - first


@njit(cache=True, nogil=True, error_model="numpy")
def _pack_runs(columns, d, own, ranges, found, shifts, packed, labels):
    """A cell and the runs ahead of it side by side, images shifted, home image first.

    ``packed`` (d + S, M) takes coordinates and the squared reach to each species,
    ``labels`` (2, M) index and image code. Returns the number of particles in the home
    image and in all.
    """
    home = _pack_run(columns, d, (own[0], own[1], HOME), shifts, packed, labels, 0)
    for m in range(found):
        if ranges[m, 2] == HOME:
            run = (ranges[m, 0], ranges[m, 1], HOME)
            home = _pack_run(columns, d, run, shifts, packed, labels, home)
    used = home
    for m in range(found):
        if ranges[m, 2] != HOME:
            run = (ranges[m, 0], ranges[m, 1], ranges[m, 2])
            used = _pack_run(columns, d, run, shifts, packed, labels, used)
    return home, used


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _near_packed(d, packed, room, at, kind, first, last, excess, hits):
    """Places from ``first`` of packed particles up to ``last`` within reach of ``at``.

    That one is of species ``kind``; ``packed`` is flat, with ``room`` for each coordinate.
    Returns how many there are.
    """
    # Flat and unsigned: slices cost as much as fifty particles, and an index of unknown sign
    # would keep the loops from vectorising.
    size, ours = np.uint64(room), np.uint64(at)
    x = np.uint64(first)
    y, z, reach = x + size, x + size + size, x + size * np.uint64(d + np.int64(kind))
    px, py = packed[ours], packed[ours + size]
    if d == 2:
        for m in range(np.uint64(last - first)):
            dx, dy = px - packed[x + m], py - packed[y + m]
            excess[m] = dx * dx + dy * dy - packed[reach + m]
    else:
        pz = packed[ours + size + size]
        for m in range(np.uint64(last - first)):
            dx, dy, dz = px - packed[x + m], py - packed[y + m], pz - packed[z + m]
            excess[m] = dx * dx + dy * dy + dz * dz - packed[reach + m]
    return negative_places(excess, last - first, hits)


@njit(cache=True, nogil=True, error_model="numpy")
def _interleave(array, result, offset):
    """Copy an array into ``result`` from ``offset`` on, as interleaved streams."""
    length = array.shape[0] // STREAMS
    for m in range(length):
        target = result[offset + m * STREAMS : offset + (m + 1) * STREAMS]
        for stream in range(STREAMS):
            target[stream] = array[stream * length + m]
    for m in range(STREAMS * length, array.shape[0]):
        result[offset + m] = array[m]


@njit(cache=True, nogil=True, error_model="numpy")
def _joined(home, crossing):
    result = np.empty(home.shape[0] + crossing.shape[0], home.dtype)
    _interleave(home, result, 0)
    _interleave(crossing, result, home.shape[0])
    return result


@njit(cache=True, nogil=True, error_model="numpy")
def _append(target, used, own, begin, hits, count, species, kinds, labels, width):
    """Append the pairs of particle ``own`` with ``count`` hits; returns the new end.

    Places of hits count from ``begin``.
    """
    first, second, kind, image = target
    end, row, ours = np.uint64(used), np.uint64(width * own), species[own]
    for m in range(np.uint64(count)):
        hit = np.uint64(begin) + np.uint64(hits[m])
        j = np.uint64(labels[0, hit])
        first[end + m] = row
        second[end + m] = np.uint64(width) * j
        kind[end + m] = kinds[ours, species[j]]
        image[end + m] = labels[1, hit]
    return used + count


@njit(cache=True, nogil=True, error_model="numpy")
def _list_cell(d, width, own, near, end, packed, labels, species, kinds, scratch, home, crossing,
               used, used_c):  # fmt: skip
    """Append the pairs of one cell's particles, ``packed`` first; returns the new ends."""
    excess, hits = scratch
    flat, room = packed.reshape(-1), packed.shape[1]
    for at in range(own[1] - own[0]):
        i = own[0] + at
        count = _near_packed(d, flat, room, at, species[i], at + 1, near, excess, hits)
        used = _append(home, used, i, at + 1, hits, count, species, kinds, labels, width)
        if end > near:
            count = _near_packed(d, flat, room, at, species[i], near, end, excess, hits)
            used_c = _append(crossing, used_c, i, near, hits, count, species, kinds, labels, width)
    return used, used_c


@njit(cache=True, nogil=True, error_model="numpy")
def _most_packed(start, cell, ranges):
    """Particles of the cell, and of those ahead of it, that has most of them."""
    most = 0
    for place in range(start.shape[0] - 1):
        found = forward_ranges(place, start, cell, ranges)
        count = start[place + 1] - start[place]
        for m in range(found):
            count += ranges[m, 1] - ranges[m, 0]
        most = max(most, count)
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def build_list(x, species, start, cell, table):
    """Half list of sorted particles ``x`` (N, d) within reach of one another."""
    n, d, width = x.shape[0], len(cell.edges), row_width(len(cell.edges))
    shifts = image_shifts(cell)
    columns = _by_coordinate(x, species, table)
    ranges = np.empty((32, 3), np.int64)
    room = _most_packed(start, cell, ranges)
    packed = np.empty((columns.shape[0], room))
    labels = np.empty((2, room), np.uint32)
    scratch = np.empty(room), np.empty(room + GROUP, np.uint32)
    home, crossing = _empty_target(16 * n), _empty_target(4 * n)
    used, used_c = 0, 0
    for place in range(start.shape[0] - 1):
        own = (start[place], start[place + 1])
        found = forward_ranges(place, start, cell, ranges)
        near, end = _pack_runs(columns, d, own, ranges, found, shifts, packed, labels)
        home = _with_room(home, used, (own[1] - own[0]) * end)
        crossing = _with_room(crossing, used_c, (own[1] - own[0]) * end)
        used, used_c = _list_cell(
            d, width, own, near, end, packed, labels, species, table.kinds, scratch, home, crossing,
            used, used_c,
        )  # fmt: skip
    image = np.empty(used_c, np.uint8)
    _interleave(crossing[3][:used_c], image, 0)
    return PairList(
        _joined(home[0][:used], crossing[0][:used_c]),
        _joined(home[1][:used], crossing[1][:used_c]),
        _joined(home[2][:used], crossing[2][:used_c]),
        image,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _separate(rows, cell, first, second, u, r2):
    """Relative positions r_i - r_j, rows of ``u``, and their squares of a stretch of pairs."""
    width = np.uint64(row_width(len(cell.edges)))
    for m in range(first.shape[0]):
        i, j = np.uint64(first[m]), np.uint64(second[m])
        r2[m] = separate_rows(cell.edges, rows, i, j, u, width * np.uint64(m))


@njit(cache=True, nogil=True, error_model="numpy")
def _shift(cell, image, shifts, u, r2):
    """Subtract the image shifts from relative positions."""
    width, four = np.uint64(row_width(len(cell.edges))), np.uint64(4)
    for m in range(image.shape[0]):
        code = four * np.uint64(image[m])
        r2[m] = shift_row(cell.edges, u, width * np.uint64(m), shifts, code)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST, inline="always")
def _polynomial_slope(t, table):
    """dP/dt of the potential, not truncated."""
    w = 1.0 / t
    inner = 0.0
    for k in range(len(table.inner) - 1, -1, -1):
        inner = inner * w - (k + 1) * table.inner[k]
    outer = 0.0
    for k in range(len(table.outer) - 1, 0, -1):
        outer = outer * t + k * table.outer[k]
    return inner * (w * w) + outer


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _slopes(r2, kind, table, g):
    """g1 = phi'/r of a stretch of pairs, 0 beyond the range."""
    for m in range(kind.shape[0]):
        inverse, slope = table.inverse[0], table.slope[0]
        for q in range(1, len(table.inverse)):
            inverse = table.inverse[q] if kind[m] == q else inverse
            slope = table.slope[q] if kind[m] == q else slope
        t = r2[m] * inverse
        value = slope * _polynomial_slope(t, table)
        g[m] = value if t < table.cutoff2 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter(cell, u, g, first, second, f):
    """Add the forces of a stretch of pairs to both partners."""
    width = np.uint64(row_width(len(cell.edges)))
    for m in range(first.shape[0]):
        i, j = np.uint64(first[m]), np.uint64(second[m])
        exert_row(cell.edges, u, width * np.uint64(m), g[m], i, j, f)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _near_of_stretch(r2, kind, near2, hits):
    """Which pairs of a stretch are near, and how many."""
    for m in range(kind.shape[0]):
        limit = near2[0]
        for q in range(1, len(near2)):
            limit = near2[q] if kind[m] == q else limit
        r2[m] -= limit
    return negative_places(r2, kind.shape[0], hits)


@njit(cache=True, nogil=True, error_model="numpy")
def _picked(array, hits, target):
    for m in range(hits.shape[0]):
        target[m] = array[np.uint64(hits[m])]


@njit(cache=True, nogil=True, error_model="numpy")
def thin_out(x, cell, wide, table):
    """The pairs of the wide list that lie within the ranges of the thin one, same order."""
    rows, shifts = as_rows(x, cell.edges), image_shifts(cell)
    u, r2 = np.empty(4 * STRETCH), np.empty(STRETCH)
    total = wide.first.shape[0]
    near = total - wide.image.shape[0]
    first, second = np.empty(total, np.uint32), np.empty(total, np.uint32)
    kind, image = np.empty(total, np.uint8), np.empty(total - near, np.uint8)
    hits = np.empty(STRETCH + GROUP, np.uint32)
    begin, used, crossing = 0, 0, 0
    while begin < total:
        end = min(begin + STRETCH, near if begin < near else total)
        _separate(rows, cell, wide.first[begin:end], wide.second[begin:end], u, r2)
        if begin >= near:
            _shift(cell, wide.image[begin - near : end - near], shifts, u, r2)
        count = _near_of_stretch(r2, wide.kind[begin:end], table.thin2, hits)
        _picked(wide.first[begin:end], hits[:count], first[used:])
        _picked(wide.second[begin:end], hits[:count], second[used:])
        _picked(wide.kind[begin:end], hits[:count], kind[used:])
        if begin >= near:
            _picked(wide.image[begin - near : end - near], hits[:count], image[crossing:])
            crossing += count
        used += count
        begin = end
    return PairList(first[:used], second[:used], kind[:used], image[:crossing])


@njit(cache=True, nogil=True, error_model="numpy")
def add_forces(x, cell, listed, table, f):
    """Forces (N, d) of all pairs of the list; ``f`` is overwritten."""
    d, width = len(cell.edges), row_width(len(cell.edges))
    rows, shifts = as_rows(x, cell.edges), image_shifts(cell)
    total = np.zeros(width * x.shape[0])
    u = np.empty(4 * STRETCH)
    r2, g = np.empty(STRETCH), np.empty(STRETCH)
    near = listed.first.shape[0] - listed.image.shape[0]
    begin = 0
    while begin < listed.first.shape[0]:
        # A stretch never holds pairs of both parts of the list.
        end = min(begin + STRETCH, near if begin < near else listed.first.shape[0])
        first, second = listed.first[begin:end], listed.second[begin:end]
        _separate(rows, cell, first, second, u, r2)
        if begin >= near:
            _shift(cell, listed.image[begin - near : end - near], shifts, u, r2)
        _slopes(r2, listed.kind[begin:end], table, g)
        _scatter(cell, u, g, first, second, total)
        begin = end
    for i in range(x.shape[0]):
        for k in range(d):
            f[i, k] = total[width * i + k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def total_energy(x, cell, listed, table):
    """Potential energy and virial ``sum g1 r^2`` over all pairs of the list."""
    rows, shifts = as_rows(x, cell.edges), image_shifts(cell)
    near = listed.first.shape[0] - listed.image.shape[0]
    energy, virial = 0.0, 0.0
    for m in range(listed.first.shape[0]):
        code = HOME if m < near else listed.image[m - near]
        i, j, q = listed.first[m], listed.second[m], listed.kind[m]
        r2 = 0.0
        for k in range(len(cell.edges)):
            r2 += (rows[i + k] - rows[j + k] - shifts[code, k]) ** 2
        t = r2 * table.inverse[q]
        if t < table.cutoff2:
            inner, outer = 0.0, 0.0
            for k in range(len(table.inner) - 1, -1, -1):
                inner = (inner + table.inner[k]) / t
            for k in range(len(table.outer) - 1, -1, -1):
                outer = outer * t + table.outer[k]
            energy += table.strength[q] * (inner + outer)
            virial += table.slope[q] * _polynomial_slope(t, table) * r2
    return energy, virial


@njit(cache=True, nogil=True, error_model="numpy")
def permuted(array, order):
    """Rows of an array (N,) or (N, d) in another order."""
    result = np.empty_like(array)
    flat, target = array.reshape(-1), result.reshape(-1)
    width = array.size // array.shape[0]
    for i in range(order.shape[0]):
        for k in range(width):
            target[width * i + k] = flat[width * order[i] + k]
    return result


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def largest_squared(a, b):
    """Largest squared distance between rows of two arrays (N, d)."""
    largest = 0.0
    for i in range(a.shape[0]):
        r2 = 0.0
        for k in range(a.shape[1]):
            r2 += (a[i, k] - b[i, k]) ** 2
        largest = max(largest, r2)
    return largest
