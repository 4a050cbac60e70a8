"""Independent answers that the tests hold the library against.

Nothing here calls the code under test for the quantity it checks: pairs come from a loop
over all images, the dynamical matrix from the textbook formula in phi' and phi'', its
inverse from a dense eigendecomposition.
"""

from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

import softfield as sf
from softfield.potentials.pair_potential import radial_derivatives
from softfield.preparation.minimisation import minimize, relax_overlaps

REFERENCE = Path(__file__).parent / "reference"


def reference(name):
    """(glass, model, archive) of a LAMMPS minimum in tests/reference."""
    archive = np.load(REFERENCE / f"{name}.npz")
    model = sf.model(str(archive["model"]))
    return sf.Glass(archive["positions"], archive["species"], archive["box"]), model, archive


@cache
def quenched(name, seed=0):
    """(glass, potential): a small minimum kept by tests/reference/make_quenched.py."""
    model = sf.model(name)
    positions = np.load(REFERENCE / "quenched.npz")[f"{name}_{seed}"]
    n = len(positions)
    return sf.Glass(positions, model.species_of(n), model.box_of(n)), model.potential


def hexagonal(columns=8, rows=5, edge=1.1):
    """A perfect crystal of one species in two dimensions."""
    cells = np.stack(np.meshgrid(range(columns), range(rows), indexing="ij"), axis=-1)
    sites = np.concatenate([cells.reshape(-1, 2), cells.reshape(-1, 2) + 0.5])
    unit = edge * np.array([1.0, np.sqrt(3.0)])
    return sf.Glass(sites * unit, np.zeros(len(sites), int), unit * [columns, rows])


@cache
def freshly_quenched(name, n_particles, seed=0):
    """A minimum made now from random positions; (glass, potential)."""
    model = sf.model(name)
    box = model.box_of(n_particles)
    positions = np.random.default_rng(seed).random((n_particles, model.dimension)) * box
    start = sf.Glass(positions, model.species_of(n_particles), box)
    relaxed = relax_overlaps(start, model.potential)
    return minimize(relaxed, model.potential, max_force=1e-11), model.potential


def image_pairs(glass, ranges):
    """{(i, j): u} from all pairs and all neighbouring images."""
    n, d = glass.positions.shape
    home = glass.wrapped().positions
    shifts = np.array(list(product((-1, 0, 1), repeat=d))) @ glass.cell
    i, j = np.triu_indices(n, 1)
    vectors = (home[j] - home[i])[:, None] + shifts
    reach = ranges[glass.species[i], glass.species[j]]
    near = np.einsum("psc,psc->ps", vectors, vectors) < reach[:, None] ** 2
    assert near.sum(axis=1).max() <= 1, "the box is too small for the test"
    pair, image = np.nonzero(near)
    return {(int(i[p]), int(j[p])): vectors[p, s] for p, s in zip(pair, image, strict=True)}


def pair_blocks(glass, potential, pairs, vectors):
    """(P, d, d) Hessian of each pair energy in its relative position, and phi' (P,)."""
    r = np.linalg.norm(vectors, axis=1)
    first, second = np.empty(len(r)), np.empty(len(r))
    for a in range(potential.n_species):
        for b in range(potential.n_species):
            chosen = (glass.species[pairs[:, 0]] == a) & (glass.species[pairs[:, 1]] == b)
            _, first[chosen], second[chosen], _ = radial_derivatives(potential, r[chosen], a, b)
    normal = vectors / r[:, None]
    along = normal[:, :, None] * normal[:, None, :]
    across = np.eye(glass.dimension) - along
    return second[:, None, None] * along + (first / r)[:, None, None] * across, first


def dense_hessian(glass, potential):
    """(dN, dN) Hessian: phi'' along the bond, phi'/r across it."""
    n, d = glass.n_particles, glass.dimension
    found = image_pairs(glass, potential.ranges)
    pairs, vectors = np.array(list(found)), np.array(list(found.values()))
    blocks, _ = pair_blocks(glass, potential, pairs, vectors)
    hessian = np.zeros((n, n, d, d))
    i, j = pairs.T
    np.add.at(hessian, (i, i), blocks)
    np.add.at(hessian, (j, j), blocks)
    np.subtract.at(hessian, (i, j), blocks)
    np.subtract.at(hessian, (j, i), blocks)
    return hessian.transpose(0, 2, 1, 3).reshape(n * d, n * d)


def pair_hessian(glass, potential, i, j):
    """(2d, 2d) Hessian and (2d,) gradient of the energy of one pair in (x_i, x_j)."""
    u = glass.minimum_image(glass.positions[j] - glass.positions[i])
    blocks, first = pair_blocks(glass, potential, np.array([[i, j]]), u[None])
    pull = first[0] * u / np.linalg.norm(u)
    block = blocks[0]
    return np.block([[block, -block], [-block, block]]), np.concatenate([-pull, pull])


def dense_inverse(glass, potential):
    """Moore-Penrose inverse, frequencies and modes (translations left out) from eigh."""
    values, vectors = np.linalg.eigh(dense_hessian(glass, potential))
    keep = np.argsort(np.abs(values))[glass.dimension :]
    values, vectors = values[keep], vectors[:, keep]
    return (vectors / values) @ vectors.T, values, vectors


def central_difference(function, step):
    """Fourth-order central first derivative at zero."""
    return (8 * (function(step) - function(-step)) - (function(2 * step) - function(-2 * step))) / (
        12 * step
    )


def error_slope(errors, steps):
    """Exponent p of error ~ step^p, by a straight line in the logarithms."""
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


class LoweredWithinRange:
    """A law less a constant within its range: the same forces, and a jump of the energy."""

    def __init__(self, base, constant):
        self.base, self.constant = base, constant
        self.n_species, self.ranges = base.n_species, base.ranges

    def derivatives(self, squared_distance, species_i, species_j):
        rows = self.base.derivatives(squared_distance, species_i, species_j)
        inside = squared_distance < self.ranges[species_i, species_j] ** 2
        rows[0, inside] -= self.constant
        return rows
