"""Laurent polynomials in r^2, with derivatives: the pair potentials of the three models."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")  # an overlap gives inf, and is reported
def laurent_derivatives(r2, species_i, species_j, range2, tables, lowest):
    """(4, P) derivatives g0 ... g3 in h = r^2 / 2, zero beyond the range.

    ``tables`` (4, S, S, K) holds the coefficients of each derivative, for the consecutive
    exponents ``lowest[order]``, ``lowest[order] + 1``, ... of r^2.
    """
    result = np.zeros((4, len(r2)))
    terms = tables.shape[3]
    for p in range(len(r2)):
        a, b = species_i[p], species_j[p]
        if r2[p] >= range2[a, b]:
            continue
        inverse = 1.0 / r2[p]
        for order in range(4):
            total = 0.0
            for k in range(terms - 1, -1, -1):
                total = total * r2[p] + tables[order, a, b, k]
            scale = 1.0
            for _ in range(-lowest[order]):
                scale *= inverse
            result[order, p] = total * scale
    return result
