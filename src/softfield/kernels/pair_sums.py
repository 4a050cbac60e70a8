"""Sums over pairs that are made again and again while a minimum is followed."""

import numpy as np
from numba import njit

from .neighbors import nearest_image


@njit(cache=True, nogil=True, error_model="numpy")
def stiffness_product(pairs, vectors, g1, g2, field):
    """(N, d) dynamical matrix times a field: ``g2 u u.v + g1 v`` on j, its opposite on i."""
    n, d = field.shape
    result = np.zeros((n, d))
    for p in range(len(pairs)):
        i, j = pairs[p, 0], pairs[p, 1]
        along = 0.0
        for k in range(d):
            along += vectors[p, k] * (field[j, k] - field[i, k])
        along *= g2[p]
        for k in range(d):
            pull = along * vectors[p, k] + g1[p] * (field[j, k] - field[i, k])
            result[j, k] += pull
            result[i, k] -= pull
    return result


@njit(cache=True, nogil=True, error_model="numpy")  # an overlap gives inf or NaN, and is reported
def laurent_forces(positions, species, pairs, box, strain, range2, table, lowest):
    """(N, d) forces of a potential whose g1 is a Laurent polynomial in r^2.

    ``table`` (S, S, K) holds its coefficients, for the consecutive exponents ``lowest``,
    ``lowest + 1``, ... of r^2.
    """
    n, d = positions.shape
    forces = np.zeros((n, d))
    terms = table.shape[2]
    u = np.empty(d)
    for p in range(len(pairs)):
        i, j = pairs[p, 0], pairs[p, 1]
        r2 = nearest_image(positions, i, j, box, strain, u)
        a, b = species[i], species[j]
        if r2 >= range2[a, b]:
            continue
        slope = 0.0
        for k in range(terms - 1, -1, -1):
            slope = slope * r2 + table[a, b, k]
        inverse = 1.0 / r2
        for _ in range(-lowest):
            slope *= inverse
        for k in range(d):
            forces[j, k] -= slope * u[k]
            forces[i, k] += slope * u[k]
    return forces


@njit(cache=True, nogil=True, error_model="numpy")
def largest_departure(positions, origin, deformation):
    """Largest distance of a particle from where a deformation (d, d) takes its origin."""
    n, d = positions.shape
    largest = 0.0
    for i in range(n):
        squared = 0.0
        for k in range(d):
            away = positions[i, k]
            for m in range(d):
                away -= deformation[k, m] * origin[i, m]
            squared += away * away
        if not squared <= largest:  # also where it is NaN
            largest = squared
    return np.sqrt(largest)
