"""A toy with known barriers: a small particle in a crystal, which hops from hole to hole.

A triangular lattice of sixteen particles holds a small one in one of its 32 triangles, all of one
energy. It leaves through one of the three sides, over saddles of one height, where it lies half
way between two particles of the lattice.

With rows of two kinds of particles in turn (``UNEQUAL``), a triangle has two of one and one of the
other: half of the holes are of one energy, half of another.
"""

from dataclasses import replace
from functools import cache

import numpy as np
from scipy.optimize import minimize as scipy_minimize

import softfield as sf
from oracles import dense_hessian

SPACING = 1.05

POTENTIAL = sf.TruncatedPowers(((-10, 1.0),), 1.48, [[1.0, 0.5], [0.5, 0.5]], [[1.0] * 2] * 2)

#: Species 0 and 2 make the rows of the lattice in turn, and are the same but for the small one.
UNEQUAL = sf.TruncatedPowers(
    ((-10, 1.0),), 1.48, [[1.0, 0.5, 1.0], [0.5, 0.5, 0.57], [1.0, 0.57, 1.0]], [[1.0] * 3] * 3
)

#: Number of the particle that hops.
SMALL = 16

#: Sides of a triangle.
N_WAYS = 3


def with_particle_at(place):
    """The lattice with the small particle at a place (2,); not minimised."""
    rows = np.arange(4)
    lattice = [
        ((i + 0.5 * (j % 2)) * SPACING, j * SPACING * np.sqrt(0.75)) for j in rows for i in rows
    ]
    box = [4 * SPACING, 4 * SPACING * np.sqrt(0.75)]
    return sf.Glass([*lattice, place], [0] * SMALL + [1], box)


#: The middles of two triangles that share a side.
NEIGHBOURS = np.array([[0.5, np.sqrt(0.75) / 3], [1.0, 2 * np.sqrt(0.75) / 3]]) * SPACING


@cache
def two_holes():
    """The minima with the small particle in two triangles that share a side."""
    return tuple(sf.minimize(with_particle_at(place), POTENTIAL) for place in NEIGHBOURS)


@cache
def unequal_holes():
    """The same for rows of two kinds of particles: a low minimum, and a high one."""
    species = [2 * (i // 4 % 2) for i in range(SMALL)] + [1]
    return tuple(
        sf.minimize(replace(with_particle_at(place), species=species), UNEQUAL)
        for place in NEIGHBOURS
    )


@cache
def energy_along(share):
    """Least energy with the small particle held at a share of the way between the holes.

    By BFGS on all other coordinates; the mean of the lattice stays where it is.
    """
    one, other = two_holes()
    ends = [glass.positions[SMALL] - glass.positions[:SMALL].mean(axis=0) for glass in (one, other)]
    normal = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    aside = np.array([-normal[1], normal[0]])
    held = ends[0] + share * (ends[1] - ends[0])

    def glass_of(free):
        lattice = free[:-1].reshape(SMALL, 2)
        return one.with_positions([*(lattice - lattice.mean(axis=0)), held + free[-1] * aside])

    def energy_and_slope(free):
        glass = glass_of(free)
        slope = -sf.forces(glass, POTENTIAL)
        lattice = slope[:SMALL] - slope[:SMALL].mean(axis=0)
        return sf.energy(glass, POTENTIAL), np.append(lattice, slope[SMALL] @ aside)

    start = one.positions[:SMALL] - one.positions[:SMALL].mean(axis=0)
    free = np.append(start.ravel(), 0.0)
    options = {"gtol": 1e-9}
    done = scipy_minimize(energy_and_slope, free, jac=True, method="BFGS", options=options)
    return float(done.fun), glass_of(done.x)


def nonzero_eigenvalues(glass, potential=POTENTIAL):
    """Eigenvalues of the dense Hessian, translations left out."""
    values = np.linalg.eigvalsh(dense_hessian(glass, potential))
    return values[np.argsort(np.abs(values))[2:]]


@cache
def barrier_and_rate():
    """Height of the saddles, and the rate prefactor of leaving a hole through any side.

    Harmonic transition state theory, G. H. Vineyard, J. Phys. Chem. Solids 3, 121 (1957).
    """
    low, hole = energy_along(0.0)
    high, saddle = energy_along(0.5)
    at_rest, on_top = nonzero_eigenvalues(hole), nonzero_eigenvalues(saddle)
    stable = on_top[on_top > 0]
    assert len(stable) == len(at_rest) - 1
    prefactor = np.exp(0.5 * (np.log(at_rest).sum() - np.log(stable).sum())) / (2 * np.pi)
    return high - low, N_WAYS * prefactor
