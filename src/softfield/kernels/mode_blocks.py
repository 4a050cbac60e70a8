"""Third derivative of the energy along many displacement fields, in one pass over the pairs."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=False)
def third_order(pairs, vectors, g2, g3, fields):
    """``U''' : z z`` (N, d, k) of every field z (N, d, k), for pairs (P, 2) with vectors (P, d)."""
    n, d, k = fields.shape
    result = np.zeros((n, d, k))
    along, square = np.empty(k), np.empty(k)
    for p in range(len(pairs)):
        i, j = pairs[p]
        along[:] = 0.0
        square[:] = 0.0
        for c in range(d):
            u = vectors[p, c]
            for m in range(k):
                v = fields[j, c, m] - fields[i, c, m]
                along[m] += u * v
                square[m] += v * v
        for m in range(k):
            square[m] = g3[p] * along[m] ** 2 + g2[p] * square[m]
            along[m] *= 2.0 * g2[p]
        for c in range(d):
            u = vectors[p, c]
            for m in range(k):
                on_j = u * square[m] + along[m] * (fields[j, c, m] - fields[i, c, m])
                result[j, c, m] += on_j
                result[i, c, m] -= on_j
    return result
