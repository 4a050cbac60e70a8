"""Compiled loop over time steps under steady simple shear, with sheared images.

As in :mod:`softfield.kernels.integrator` particles are kept sorted by cell. Momenta are peculiar:
relative to the linear profile, so that they are the same for every image of a particle.
"""

import numpy as np
from numba import njit

from .integrator import rescaling_factor, sort_and_list
from .pair_forces import (
    FAST,
    HOME,
    Cell,
    _polynomial_slope,
    add_forces,
    image_shifts,
    overwrite,
)
from .rows import as_rows


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _kick_drift_and_turn(x, p, f, kick, step, rate):
    """Kick, drift with the profile, and what the drift along y takes from the x momentum."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            p[i, k] += kick * f[i, k]
        x[i, 0] += step * (p[i, 0] + rate * x[i, 1])
        for k in range(1, x.shape[1]):
            x[i, k] += step * p[i, k]
        p[i, 0] -= rate * step * p[i, 1]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _kick(p, f, kick):
    """Update momenta; returns twice the kinetic energy and the sum of p_x p_y."""
    twice, across = 0.0, 0.0
    for i in range(p.shape[0]):
        for k in range(p.shape[1]):
            p[i, k] += kick * f[i, k]
            twice += p[i, k] * p[i, k]
        across += p[i, 0] * p[i, 1]
    return twice, across


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _largest_nonaffine(x, origin, strain):
    """Largest squared displacement beyond the affine one since ``origin``."""
    largest = 0.0
    for i in range(x.shape[0]):
        r2 = (x[i, 0] - origin[i, 0] - strain * origin[i, 1]) ** 2
        for k in range(1, x.shape[1]):
            r2 += (x[i, k] - origin[i, k]) ** 2
        largest = max(largest, r2)
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def _list_holds(x, origin, strain, reach, skin):
    """Whether no pair can have come into reach since the list was made.

    A pair at u now was at A^-1 (u - what both moved beyond the affine map A), and the norm of
    A^-1 is that of A, |gamma|/2 + sqrt(1 + gamma^2/4).
    """
    stretch = 0.5 * abs(strain) + np.sqrt(1.0 + 0.25 * strain * strain)
    room = (reach + skin) / stretch - reach
    return room > 0.0 and 4.0 * _largest_nonaffine(x, origin, strain) <= room * room


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def energy_and_stress(x, cell, listed, table):
    """Potential energy, and ``sum g1 u_x u_y``, over all pairs of the list."""
    rows, shifts = as_rows(x, cell.edges), image_shifts(cell)
    near = listed.first.shape[0] - listed.image.shape[0]
    energy, across = 0.0, 0.0
    u = np.empty(len(cell.edges))
    for m in range(listed.first.shape[0]):
        code = HOME if m < near else listed.image[m - near]
        i, j, q = listed.first[m], listed.second[m], listed.kind[m]
        r2 = 0.0
        for k in range(len(cell.edges)):
            u[k] = rows[i + k] - rows[j + k] - shifts[code, k]
            r2 += u[k] * u[k]
        t = r2 * table.inverse[q]
        if t < table.cutoff2:
            inner, outer = 0.0, 0.0
            for k in range(len(table.inner) - 1, -1, -1):
                inner = (inner + table.inner[k]) / t
            for k in range(len(table.outer) - 1, -1, -1):
                outer = outer * t + table.outer[k]
            energy += table.strength[q] * (inner + outer)
            across += table.slope[q] * _polynomial_slope(t, table) * u[0] * u[1]
    return energy, across


@njit(cache=True, nogil=True, error_model="numpy")
def shear_flow(
    x, p, images, species, ids, cell, table, skin, reach, rate, time_step, interval,
    targets, decay, deviates, samples,
):  # fmt: skip
    """Integrate ``len(samples)`` blocks of ``interval`` steps; returns lists made, and the tilt.

    After each block, kinetic energy, potential energy and the two parts of the shear stress times
    the volume (of forces, and of momenta) go to ``samples`` (m, 4); then, if there are ``targets``
    (m,), momenta are rescaled. ``reach`` is the largest range of forces.
    """
    f = np.empty_like(x)
    freedom = x.shape[1] * (x.shape[0] - 1)
    fields = p.reshape(1, p.shape[0], p.shape[1])
    listed = sort_and_list(x, images, species, ids, fields, cell, table)
    origin, tilt_of_list = x.copy(), cell.tilt
    made, start = 1, cell.tilt
    add_forces(x, cell, listed, table, f)
    for block in range(samples.shape[0]):
        for step in range(interval):
            kick = 0.5 * time_step if step == 0 else time_step
            _kick_drift_and_turn(x, p, f, kick, time_step, rate)
            tilt = start + rate * time_step * (block * interval + step + 1)
            cell = Cell(cell.edges, tilt, cell.counts)
            if not _list_holds(x, origin, tilt - tilt_of_list, reach, skin):
                listed = sort_and_list(x, images, species, ids, fields, cell, table)
                overwrite(origin, x)
                tilt_of_list = tilt
                made += 1
            add_forces(x, cell, listed, table, f)
        twice, momenta = _kick(p, f, 0.5 * time_step)
        energy, across = energy_and_stress(x, cell, listed, table)
        samples[block, 0], samples[block, 1] = 0.5 * twice, energy
        samples[block, 2], samples[block, 3] = across, -momenta
        if targets.shape[0] > 0:
            p *= rescaling_factor(
                twice, targets[block], freedom, decay, deviates[block, 0], deviates[block, 1]
            )
    return made, cell.tilt
