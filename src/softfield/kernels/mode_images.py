"""Third derivatives of the energy along many displacement fields at a time."""

from numba import njit


@njit(cache=True, nogil=True)
def third_order(pairs, vectors, g2, g3, fields, total):
    """Add ``U''' : z z`` of every field (N, d, k) to ``total`` (N, d, k), zero before."""
    d, k = fields.shape[1], fields.shape[2]
    for p in range(len(pairs)):
        i, j = pairs[p]
        for m in range(k):
            along = 0.0
            square = 0.0
            for c in range(d):
                v = fields[j, c, m] - fields[i, c, m]
                along += vectors[p, c] * v
                square += v * v
            front = g3[p] * along * along + g2[p] * square
            twice = 2.0 * g2[p] * along
            for c in range(d):
                v = fields[j, c, m] - fields[i, c, m]
                f = front * vectors[p, c] + twice * v
                total[j, c, m] += f
                total[i, c, m] -= f


@njit(cache=True, nogil=True)
def fourth_power(pairs, fields, total):
    """Add a quarter of the gradient of ``sum (v.v)^2`` of every field to ``total``."""
    d, k = fields.shape[1], fields.shape[2]
    for p in range(len(pairs)):
        i, j = pairs[p]
        for m in range(k):
            square = 0.0
            for c in range(d):
                v = fields[j, c, m] - fields[i, c, m]
                square += v * v
            for c in range(d):
                f = square * (fields[j, c, m] - fields[i, c, m])
                total[j, c, m] += f
                total[i, c, m] -= f
