"""Compiled loops over time steps and over descent iterations.

Every loop keeps its particles sorted by cell and renews the list when some particle has
moved by half the skin: dynamics by thinning out a wider list as long as that holds all pairs,
descents from the cells. ``ids`` carries the original index of each sorted particle and
``images`` the box lengths that wrapping has removed.
"""

import numpy as np
from numba import njit

from .pair_forces import (
    FAST,
    add_forces,
    build_list,
    cell_order,
    largest_squared,
    overwrite,
    permuted,
    thin_out,
    total_energy,
    wrap_into_cells,
)


@njit(cache=True, nogil=True, error_model="numpy")
def sort_and_list(x, images, species, ids, fields, cell, table):
    """Sort particles by cell, all arrays in place, and list their neighbours.

    ``fields`` (m, N, d) holds further arrays that must follow the particles.
    """
    index = wrap_into_cells(x, images, cell)
    start, order = cell_order(index, cell)
    overwrite(x, permuted(x, order))
    overwrite(images, permuted(images, order))
    overwrite(species, permuted(species, order))
    overwrite(ids, permuted(ids, order))
    for m in range(fields.shape[0]):
        overwrite(fields[m], permuted(fields[m], order))
    return build_list(x, species, start, cell, table)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _kick_and_drift(x, v, f, kick, drift):
    for i in range(x.shape[0]):
        v[i] += kick * f[i]
        x[i] += drift * v[i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _kick(v, f, kick):
    """Update velocities; returns twice the kinetic energy. All arrays are flat."""
    twice = 0.0
    for i in range(v.shape[0]):
        v[i] += kick * f[i]
        twice += v[i] * v[i]
    return twice


@njit(cache=True, nogil=True, error_model="numpy")
def rescaling_factor(twice, target, freedom, decay, normal, chi2):
    """Velocity factor of stochastic rescaling, Bussi et al. (2007), their Eq. A7.

    ``twice`` is twice the kinetic energy, ``target`` the temperature, ``decay`` =
    exp(-interval / thermostat time), ``normal`` a standard normal deviate and ``chi2`` a
    chi-squared one with ``freedom - 1`` degrees of freedom.
    """
    ratio = (1.0 - decay) * target / twice
    cross = 2.0 * normal * np.sqrt(decay * ratio)
    return np.sqrt(decay + ratio * (normal * normal + chi2) + cross)


@njit(cache=True, nogil=True, error_model="numpy")
def _record(x, images, ids, cell, tracked, out):
    """Unwrapped positions of the tracked particles, in their given order."""
    place = np.empty(x.shape[0], np.int64)
    for i in range(ids.shape[0]):
        place[ids[i]] = i
    for m in range(tracked.shape[0]):
        i = place[tracked[m]]
        for k in range(len(cell.edges)):
            out[m, k] = x[i, k] + images[i, k] * cell.edges[k]
        out[m, 0] += images[i, 1] * cell.tilt * cell.edges[1]


@njit(cache=True, nogil=True, error_model="numpy")
def velocity_verlet(
    x, v, images, species, ids, cell, table, skin, shell, time_step, interval,
    targets, decay, deviates, with_potential, tracked, samples, track,
):  # fmt: skip
    """Integrate ``len(samples)`` blocks of ``interval`` steps.

    After each block the kinetic energy (and, ``with_potential``, potential energy and
    virial) goes to ``samples`` (m, 3) and the tracked positions to ``track``; then, if
    there are ``targets`` (m,), velocities are rescaled with ``deviates`` (m, 2), the
    normal and chi-squared deviates. The wide list reaches ``shell`` further than the thin
    one, which reaches ``skin`` further than forces. Returns how often each was made.
    """
    f = np.empty_like(x)
    freedom = x.shape[1] * (x.shape[0] - 1)
    fields = v.reshape(1, v.shape[0], v.shape[1])
    flat_x, flat_v, flat_f = x.reshape(-1), v.reshape(-1), f.reshape(-1)
    wide = sort_and_list(x, images, species, ids, fields, cell, table)
    listed = thin_out(x, cell, wide, table) if shell > 0.0 else wide
    wide_origin, origin = x.copy(), x.copy()
    made, thinned = 1, 1
    add_forces(x, cell, listed, table, f)
    for block in range(samples.shape[0]):
        for step in range(interval):
            kick = 0.5 * time_step if step == 0 else time_step
            _kick_and_drift(flat_x, flat_v, flat_f, kick, time_step)
            if 4.0 * largest_squared(x, origin) > skin * skin:
                if 4.0 * largest_squared(x, wide_origin) > shell * shell:
                    wide = sort_and_list(x, images, species, ids, fields, cell, table)
                    overwrite(wide_origin, x)
                    made += 1
                listed = thin_out(x, cell, wide, table) if shell > 0.0 else wide
                overwrite(origin, x)
                thinned += 1
            add_forces(x, cell, listed, table, f)
        twice = _kick(flat_v, flat_f, 0.5 * time_step)
        samples[block, 0] = 0.5 * twice
        if with_potential:
            samples[block, 1], samples[block, 2] = total_energy(x, cell, listed, table)
        if tracked.shape[0] > 0:
            _record(x, images, ids, cell, tracked, track[block])
        if targets.shape[0] > 0:
            factor = rescaling_factor(
                twice, targets[block], freedom, decay, deviates[block, 0], deviates[block, 1]
            )
            v *= factor
    return made, thinned


@njit(cache=True, nogil=True, error_model="numpy")
def relax_overlaps(x, images, species, ids, cell, table, skin, gain, cap, max_steps):
    """Steepest descent ``x += gain f``, each particle's step cut off at ``cap``.

    Stops when no step was cut off, or after ``max_steps``; returns the steps taken.
    """
    f = np.empty_like(x)
    fields = np.empty((0, x.shape[0], x.shape[1]))
    listed = sort_and_list(x, images, species, ids, fields, cell, table)
    origin = x.copy()
    for step in range(max_steps):
        add_forces(x, cell, listed, table, f)
        capped = 0
        for i in range(x.shape[0]):
            largest = 0.0
            for k in range(x.shape[1]):
                largest = max(largest, abs(f[i, k]))
            length = 0.0
            if largest > 0.0:
                for k in range(x.shape[1]):
                    length += (f[i, k] / largest) ** 2
            length = largest * np.sqrt(length)
            factor = gain
            if gain * length > cap:
                factor = cap / length
                capped += 1
            for k in range(x.shape[1]):
                x[i, k] += factor * f[i, k]
        if capped == 0:
            return step + 1
        if 4.0 * largest_squared(x, origin) > skin * skin:
            listed = sort_and_list(x, images, species, ids, fields, cell, table)
            overwrite(origin, x)
    return max_steps


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _dot(a, b):
    total = 0.0
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            total += a[i, k] * b[i, k]
    return total


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _advance(x, p, step):
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            x[i, k] += step * p[i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _largest_row(a):
    """Largest Euclidean norm of a row; infinity if a number is not finite."""
    largest = 0.0
    for i in range(a.shape[0]):
        r2 = 0.0
        for k in range(a.shape[1]):
            r2 += a[i, k] * a[i, k]
        if not np.isfinite(r2):
            return np.inf
        largest = max(largest, r2)
    return np.sqrt(largest)


@njit(cache=True, nogil=True, error_model="numpy")
def conjugate_gradient(
    x, images, species, ids, cell, table, skin, max_force, max_evaluations, cap, accuracy
):
    """Nonlinear conjugate gradient (Polak-Ribiere+) until no force is above ``max_force``.

    The line search looks for a zero of the force along the direction, by secants inside a
    bracket: it needs no energies, whose differences drown in roundoff near the minimum.
    Each trial leads downhill from the last, or back into the bracket; no particle moves
    further than ``cap`` in one search. Returns force evaluations and the largest force.
    """
    f = np.empty_like(x)
    fields = np.zeros((2, x.shape[0], x.shape[1]))
    p, old = fields[0], fields[1]
    listed = sort_and_list(x, images, species, ids, fields, cell, table)
    origin = x.copy()
    add_forces(x, cell, listed, table, f)
    overwrite(p, f)
    evaluations = 1
    largest = _largest_row(f)
    step = min(1e-3, 0.1 * cap / max(largest, 1e-300))
    while max_force < largest < np.inf and evaluations < max_evaluations:
        slope = _dot(f, p)
        if not slope > 0.0:
            overwrite(p, f)
            slope = _dot(f, f)
        overwrite(old, f)
        limit = cap / _largest_row(p)
        here, trial = 0.0, min(step, limit)
        low, slope_low, high, slope_high = 0.0, slope, -1.0, 0.0
        for _ in range(30):
            _advance(x, p, trial - here)
            here = trial
            if 4.0 * largest_squared(x, origin) > skin * skin:
                listed = sort_and_list(x, images, species, ids, fields, cell, table)
                overwrite(origin, x)
            add_forces(x, cell, listed, table, f)
            evaluations += 1
            along = _dot(f, p)
            if abs(along) <= accuracy * slope or (along > 0.0 and trial >= limit):
                break
            if along > 0.0:
                secant = trial + along * (trial - low) / max(slope_low - along, 1e-300)
                low, slope_low = trial, along
                if high < 0.0:
                    trial = min(min(max(secant, 1.2 * trial), 5.0 * trial), limit)
            else:
                high, slope_high = trial, along
            if high > 0.0:
                share = slope_low / (slope_low - slope_high)
                trial = low + min(max(share, 0.02), 0.98) * (high - low)
        step = here
        squared = _dot(old, old)
        beta = max(0.0, (_dot(f, f) - _dot(f, old)) / squared)
        p *= beta
        p += f
        largest = _largest_row(f)
    return evaluations, largest
