"""All pairs within a distance, by cell lists in a periodic, possibly sheared box."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _cells_of(fractional, counts):
    """Cell index of each particle and the particles sorted by cell."""
    n, d = fractional.shape
    index = np.empty(n, np.int64)
    for i in range(n):
        cell = 0
        for k in range(d):
            f = fractional[i, k] - np.floor(fractional[i, k])
            c = min(int(f * counts[k]), counts[k] - 1)
            cell = cell * counts[k] + c
        index[i] = cell
    total = 1
    for k in range(d):
        total *= counts[k]
    start = np.zeros(total + 1, np.int64)
    for i in range(n):
        start[index[i] + 1] += 1
    for c in range(total):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    members = np.empty(n, np.int64)
    for i in range(n):
        members[fill[index[i]]] = i
        fill[index[i]] += 1
    return index, start, members


@njit(cache=True, nogil=True)
def _neighbor_cells(cell, counts, out):
    """Distinct cells that touch ``cell``, itself included; returns how many."""
    d = counts.shape[0]
    coordinate = np.empty(d, np.int64)
    rest = cell
    for k in range(d - 1, -1, -1):
        coordinate[k] = rest % counts[k]
        rest //= counts[k]
    found = 0
    for code in range(3**d):
        rest = code
        other = 0
        for k in range(d):
            shift = rest % 3 - 1
            rest //= 3
            other = other * counts[k] + (coordinate[k] + shift) % counts[k]
        new = True
        for m in range(found):
            if out[m] == other:
                new = False
                break
        if new:
            out[found] = other
            found += 1
    return found


@njit(cache=True, nogil=True)
def _sort(values, count):
    """Sort the first values in place (Shell): few, and quick to compile."""
    gap = 1
    while 3 * gap < count:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            value, place = values[i], i
            while place >= gap and values[place - gap] > value:
                values[place] = values[place - gap]
                place -= gap
            values[place] = value
        gap //= 3


@njit(cache=True, nogil=True, inline="always")
def nearest_image(positions, i, j, box, strain, u):
    """Put the vector from i to the nearest image of j into ``u`` (d,); its square.

    Images as in ``glass.minimum_image``.
    """
    rows = np.rint((positions[j, 1] - positions[i, 1]) / box[1])
    r2 = 0.0
    for k in range(len(u)):
        u[k] = positions[j, k] - positions[i, k]
        if k == 0:
            u[k] -= strain * box[1] * rows
        u[k] -= box[k] * np.rint(u[k] / box[k])
        r2 += u[k] * u[k]
    return r2


@njit(cache=True, nogil=True)
def find_pairs(positions, fractional, counts, species, box, strain, range2):
    """Pairs i < j closer than their range, in lexicographic order.

    ``range2`` (S, S) holds squared distances; ``counts`` (d,) the number of cells along
    each lattice vector, each at least one range wide.
    """
    n, d = positions.shape
    index, start, members = _cells_of(fractional, counts)
    stencil = np.empty(27, np.int64)
    u = np.empty(d)
    partners = np.empty(n, np.int64)
    capacity = 8 * n
    pairs = np.empty((capacity, 2), np.int32)
    total = 0
    for i in range(n):
        touching = _neighbor_cells(index[i], counts, stencil)
        found = 0
        for m in range(touching):
            for slot in range(start[stencil[m]], start[stencil[m] + 1]):
                j = members[slot]
                if j <= i:
                    continue
                r2 = nearest_image(positions, i, j, box, strain, u)
                if r2 < range2[species[i], species[j]]:
                    partners[found] = j
                    found += 1
        if total + found > capacity:
            capacity = max(2 * capacity, total + found)
            larger = np.empty((capacity, 2), np.int32)
            for p in range(total):  # numba takes seconds to compile an assignment of slices
                larger[p, 0], larger[p, 1] = pairs[p, 0], pairs[p, 1]
            pairs = larger
        _sort(partners, found)
        for m in range(found):
            pairs[total, 0] = i
            pairs[total, 1] = partners[m]
            total += 1
    return pairs[:total].copy()
