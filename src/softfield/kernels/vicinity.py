"""Mean shift: places that climb to the weighted centre of what lies around them."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=False)
def climb(starts, points, weights, box, radius, cells, first, members, around, at_rest, max_moves):
    """Move every start (S, d) to rest: places, mean weight there and at the start, not at rest.

    ``points`` (M, d) inside the box, sorted into ``cells`` of at least the radius:
    ``members[first[c] : first[c + 1]]`` are those of cell c, ``around[c]`` the distinct cells
    around it, padded with -1.
    """
    n_starts, d = starts.shape
    places = starts.copy()
    softness = np.zeros(n_starts)
    at_start = np.zeros(n_starts)
    unrested = 0
    middle = np.empty(d)
    for s in range(n_starts):
        rested = False
        for moves in range(max_moves):
            cell = 0
            for c in range(d):
                k = int(places[s, c] / box[c] * cells[c])
                cell = cell * cells[c] + min(max(k, 0), cells[c] - 1)
            count, total = 0, 0.0
            middle[:] = 0.0
            for other in around[cell]:
                if other < 0:
                    break
                for k in range(first[other], first[other + 1]):
                    p = members[k]
                    squared = 0.0
                    for c in range(d):
                        away = points[p, c] - places[s, c]
                        away -= box[c] * np.rint(away / box[c])
                        squared += away * away
                    if squared <= radius * radius:
                        count += 1
                        total += weights[p]
                        for c in range(d):
                            away = points[p, c] - places[s, c]
                            middle[c] += weights[p] * (away - box[c] * np.rint(away / box[c]))
            softness[s] = total / max(count, 1)
            if moves == 0:
                at_start[s] = softness[s]
            largest = 0.0
            if total > 0.0:
                for c in range(d):
                    move = middle[c] / total
                    largest = max(largest, abs(move))
                    moved = places[s, c] + move
                    places[s, c] = moved - box[c] * np.floor(moved / box[c])
            if largest <= at_rest:
                rested = True
                break
        if not rested:
            unrested += 1
    return places, softness, at_start, unrested
