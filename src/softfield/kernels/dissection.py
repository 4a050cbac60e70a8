"""Nested dissection of a graph of particles in a periodic box, and its elimination tree.

A region is cut at the median of one coordinate. The separator is a minimum vertex cover
of the bonds that cross the cut (Koenig's theorem, from a maximum matching), so it is as
thin as the pair list itself allows, and a first cut along a periodic axis, which meets
both of its faces, needs no special case.

Written without numpy's functions on arrays: each would take numba a second or three to compile.
"""

import numpy as np
from numba import njit

_OUTSIDE, _LEFT, _RIGHT = 0, 1, 2


@njit(cache=True, nogil=True)
def adjacency(n, pairs):
    """Neighbours in compressed rows: (start (n+1,), neighbour (2P,))."""
    start = np.zeros(n + 1, np.int64)
    for p in range(pairs.shape[0]):
        start[pairs[p, 0] + 1] += 1
        start[pairs[p, 1] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start[:-1].copy()
    neighbor = np.empty(2 * pairs.shape[0], np.int32)
    for p in range(pairs.shape[0]):
        i, j = pairs[p, 0], pairs[p, 1]
        neighbor[fill[i]] = j
        fill[i] += 1
        neighbor[fill[j]] = i
        fill[j] += 1
    return start, neighbor


@njit(cache=True, nogil=True)
def _smallest(values, middle):
    """The value that has ``middle`` others before it in ascending order (Hoare's selection)."""
    first, last = 0, len(values) - 1
    while first < last:
        pivot = values[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            last = j
        elif middle >= i:
            first = i
        else:
            break
    return values[middle]


@njit(cache=True, nogil=True)
def _label_sides(vertices, coordinates, axis, side, work):
    """Mark the halves below and above the median of one coordinate."""
    n = len(vertices)
    for k in range(n):
        work[k] = coordinates[vertices[k], axis]
    median = _smallest(work[:n], n // 2)
    for v in vertices:
        side[v] = _LEFT if coordinates[v, axis] < median else _RIGHT


@njit(cache=True, nogil=True)
def _boundary_size(vertices, side, start, neighbor):
    """The smaller of the two one-sided separators of the marked cut."""
    left = right = 0
    for v in vertices:
        other = _RIGHT if side[v] == _LEFT else _LEFT
        for slot in range(start[v], start[v + 1]):
            if side[neighbor[slot]] == other:
                if side[v] == _LEFT:
                    left += 1
                else:
                    right += 1
                break
    return min(left, right)


@njit(cache=True, nogil=True)
def _augment(root, side, start, neighbor, partner, seen, stamp, path, slots):
    """Grow the matching by one along an alternating path from ``root``, if there is one."""
    depth = 0
    path[0] = root
    slots[0] = start[root]
    while depth >= 0:
        v = path[depth]
        advanced = False
        while slots[depth] < start[v + 1]:
            w = neighbor[slots[depth]]
            slots[depth] += 1
            if side[w] != _RIGHT or seen[w] == stamp:
                continue
            seen[w] = stamp
            if partner[w] < 0:
                while depth >= 0:
                    v = path[depth]
                    following = partner[v]
                    partner[v], partner[w] = w, v
                    w = following
                    depth -= 1
                return True
            depth += 1
            path[depth] = partner[w]
            slots[depth] = start[path[depth]]
            advanced = True
            break
        if not advanced:
            depth -= 1
    return False


@njit(cache=True, nogil=True)
def _minimum_cover(vertices, side, start, neighbor, partner, seen, path, slots, in_cover):
    """Mark a minimum vertex cover of the bonds between the two sides."""
    for v in vertices:
        partner[v] = -1
        seen[v] = -1
        in_cover[v] = False
    for v in vertices:
        if side[v] == _LEFT:
            for slot in range(start[v], start[v + 1]):
                w = neighbor[slot]
                if side[w] == _RIGHT and partner[w] < 0:
                    partner[v], partner[w] = w, v
                    break
    for v in vertices:
        if side[v] == _LEFT and partner[v] < 0:
            _augment(v, side, start, neighbor, partner, seen, v, path, slots)
    # Koenig: from the unmatched left vertices along alternating paths; the cover is the
    # right vertices reached and the matched left vertices not reached.
    reached = -2
    count = 0
    for v in vertices:
        if side[v] == _LEFT and partner[v] < 0:
            seen[v] = reached
            path[count] = v
            count += 1
    while count > 0:
        count -= 1
        v = path[count]
        for slot in range(start[v], start[v + 1]):
            w = neighbor[slot]
            if side[w] == _RIGHT and seen[w] != reached:
                seen[w] = reached
                in_cover[w] = True
                following = partner[w]
                if following >= 0 and seen[following] != reached:
                    seen[following] = reached
                    path[count] = following
                    count += 1
    for v in vertices:
        if side[v] == _LEFT and partner[v] >= 0 and seen[v] != reached:
            in_cover[v] = True


@njit(cache=True, nogil=True)
def _split(region, coordinates, side, start, neighbor, partner, seen, path, slots, in_cover, work):
    """Reorder ``region`` as left, right, separator; returns the two sizes, or (-1, -1)."""
    d = coordinates.shape[1]
    best_axis, best_size = -1, len(region)
    for axis in range(d):
        _label_sides(region, coordinates, axis, side, work)
        size = _boundary_size(region, side, start, neighbor)
        if size < best_size:
            best_axis, best_size = axis, size
    if best_axis >= 0:
        _label_sides(region, coordinates, best_axis, side, work)
        _minimum_cover(region, side, start, neighbor, partner, seen, path, slots, in_cover)
    n_left = n_right = 0
    if best_axis >= 0:
        for v in region:
            if not in_cover[v]:
                if side[v] == _LEFT:
                    n_left += 1
                else:
                    n_right += 1
    if n_left == 0 or n_right == 0:
        for v in region:
            side[v] = _OUTSIDE
        return -1, -1
    left, right, own = 0, n_left, n_left + n_right
    for v in region:
        if in_cover[v]:
            path[own] = v
            own += 1
        elif side[v] == _LEFT:
            path[left] = v
            left += 1
        else:
            path[right] = v
            right += 1
        side[v] = _OUTSIDE
    for k in range(len(region)):
        region[k] = path[k]
    return n_left, n_right


@njit(cache=True, nogil=True)
def dissect(vertices, coordinates, start, neighbor, leaf_size):
    """Elimination order and tree of ``vertices``.

    Returns
    -------
    order : the vertices in order of elimination; every node's own vertices are contiguous
    own : (n_nodes, 2) range in ``order`` that each node eliminates, nodes in postorder
    parent : (n_nodes,) parent of each node, -1 for the root
    """
    n = coordinates.shape[0]
    order = vertices.copy()
    side = np.zeros(n, np.uint8)
    partner, seen = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    path, slots = np.empty(n, np.int64), np.empty(n, np.int64)
    in_cover, work = np.zeros(n, np.bool_), np.empty(n)
    capacity = 2 * len(order) + 1
    own = np.empty((capacity, 2), np.int64)
    parent = np.empty(capacity, np.int64)
    stack = np.empty((capacity, 3), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, len(order), -1
    waiting, nodes = 1, 0
    while waiting > 0:
        waiting -= 1
        first, last, above = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2]
        node = nodes
        nodes += 1
        parent[node] = above
        n_left = n_right = -1
        if last - first > leaf_size:
            n_left, n_right = _split(
                order[first:last], coordinates, side, start, neighbor, partner, seen, path,
                slots, in_cover, work,
            )  # fmt: skip
        own[node, 0], own[node, 1] = first, last
        if n_left < 0:
            continue
        middle, end = first + n_left, first + n_left + n_right
        own[node, 0] = end
        stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = first, middle, node
        stack[waiting + 1, 0], stack[waiting + 1, 1], stack[waiting + 1, 2] = middle, end, node
        waiting += 2
    # Created as root, right, left; read backwards that is left, right, root: postorder.
    own_in_order, parent_in_order = np.empty((nodes, 2), np.int64), np.empty(nodes, np.int64)
    for node in range(nodes):
        made = nodes - 1 - node
        own_in_order[node, 0], own_in_order[node, 1] = own[made, 0], own[made, 1]
        parent_in_order[node] = nodes - 1 - parent[made] if parent[made] >= 0 else -1
    return order, own_in_order, parent_in_order


@njit(cache=True, nogil=True)
def boundaries(order, own, parent, start, neighbor, n):
    """Later-eliminated vertices that each node's subtree touches, and where they go.

    Returns
    -------
    rank : (n,) position of each vertex in ``order``, -1 if it is not eliminated
    pointer : (n_nodes + 1,) range of each node in the two arrays below
    boundary : ranks of the boundary of each node, ascending
    place : the position of each of them in the front (own, then boundary) of the parent
    """
    nodes = len(parent)
    rank = np.full(n, -1, np.int64)
    for k in range(len(order)):
        rank[order[k]] = k
    marked = np.full(len(order), -1, np.int64)
    pointer = np.zeros(nodes + 1, np.int64)
    boundary = np.empty(8 * len(order) + 64, np.int64)
    found = np.empty(len(order), np.int64)
    first_child = np.full(nodes, -1, np.int64)
    next_child = np.full(nodes, -1, np.int64)
    for node in range(nodes):
        count = 0
        last = own[node, 1]
        for k in range(own[node, 0], last):
            v = order[k]
            for slot in range(start[v], start[v + 1]):
                r = rank[neighbor[slot]]
                if r >= last and marked[r] != node:
                    marked[r] = node
                    found[count] = r
                    count += 1
        child = first_child[node]
        while child >= 0:
            for slot in range(pointer[child], pointer[child + 1]):
                r = boundary[slot]
                if r >= last and marked[r] != node:
                    marked[r] = node
                    found[count] = r
                    count += 1
            child = next_child[child]
        total = pointer[node] + count
        if total > len(boundary):
            larger = np.empty(2 * total, np.int64)
            for slot in range(pointer[node]):
                larger[slot] = boundary[slot]
            boundary = larger
        for slot in range(count):
            boundary[pointer[node] + slot] = found[slot]
        boundary[pointer[node] : total].sort()
        pointer[node + 1] = total
        if parent[node] >= 0:
            next_child[node] = first_child[parent[node]]
            first_child[parent[node]] = node
    boundary = boundary[: pointer[nodes]].copy()
    place = np.empty(len(boundary), np.int64)
    for node in range(nodes):
        for slot in range(pointer[node], pointer[node + 1]):
            place[slot] = _place(boundary[slot], parent[node], own, pointer, boundary)
    return rank, pointer, boundary, place


@njit(cache=True, nogil=True)
def _place(rank, node, own, pointer, boundary):
    """Position of a rank in the front of ``node``: its own vertices, then its boundary."""
    if rank < own[node, 1]:
        return rank - own[node, 0]
    first, last = pointer[node], pointer[node + 1]
    while first < last:
        middle = (first + last) // 2
        if boundary[middle] < rank:
            first = middle + 1
        else:
            last = middle
    return own[node, 1] - own[node, 0] + first - pointer[node]


@njit(cache=True, nogil=True)
def place_pairs(pairs, rank, own, pointer, boundary):
    """Where the block of each pair lives: node, and row and column particle of its front.

    The node is the one that eliminates the earlier of the two particles (the column).
    Pairs of a particle that is not eliminated get node -1. Also returns the pairs sorted
    by node, as compressed rows.
    """
    nodes = len(own)
    owner = np.empty(len(rank), np.int64)
    for node in range(nodes):
        for k in range(own[node, 0], own[node, 1]):
            owner[k] = node
    where = np.full((len(pairs), 3), -1, np.int64)
    start = np.zeros(nodes + 1, np.int64)
    for p in range(len(pairs)):
        a, b = rank[pairs[p, 0]], rank[pairs[p, 1]]
        if a < 0 or b < 0:
            continue
        node = owner[min(a, b)]
        where[p, 0] = node
        where[p, 1] = _place(max(a, b), node, own, pointer, boundary)
        where[p, 2] = min(a, b) - own[node, 0]
        start[node + 1] += 1
    for node in range(nodes):
        start[node + 1] += start[node]
    fill = start[:-1].copy()
    members = np.empty(start[nodes], np.int64)
    for p in range(len(pairs)):
        if where[p, 0] >= 0:
            members[fill[where[p, 0]]] = p
            fill[where[p, 0]] += 1
    return where, start, members
