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
from softfield.minimize import minimize, relax_overlaps
from softfield.potentials import radial_derivatives

REFERENCE = Path(__file__).parent / "reference"

#: Smallest convenient size of each model: the box must hold twice the range.
SMALL = {"2dipl": 100, "3dipl": 120, "3dkablj": 200}


def reference(name):
    """(glass, model, archive) of a LAMMPS minimum in tests/reference."""
    archive = np.load(REFERENCE / f"{name}.npz")
    model = sf.model(str(archive["model"]))
    return sf.Glass(archive["positions"], archive["species"], archive["box"]), model, archive


@cache
def quenched(name, seed=0, n_particles=None):
    """A minimum of model ``name``, reached from random positions; (glass, potential)."""
    model = sf.model(name)
    n = SMALL[name] if n_particles is None else n_particles
    rng = np.random.default_rng(seed)
    box = model.box_of(n)
    start = sf.Glass(rng.random((n, model.dimension)) * box, model.species_of(n), box)
    relaxed = relax_overlaps(start, model.potential)
    return minimize(relaxed, model.potential, max_force=1e-11), model.potential


def image_pairs(glass, ranges):
    """{(i, j): u} from a loop over all pairs and all neighbouring images."""
    cell = glass.cell
    found = {}
    home = glass.wrapped().positions
    for i in range(glass.n_particles):
        for j in range(i + 1, glass.n_particles):
            for shift in product((-1, 0, 1), repeat=glass.dimension):
                u = home[j] - home[i] + np.array(shift) @ cell
                if u @ u < ranges[glass.species[i], glass.species[j]] ** 2:
                    assert (i, j) not in found, "the box is too small for the test"
                    found[i, j] = u
    return found


def dense_hessian(glass, potential):
    """(dN, dN) Hessian: phi'' along the bond, phi'/r across it."""
    n, d = glass.n_particles, glass.dimension
    hessian = np.zeros((n, d, n, d))
    for (i, j), u in image_pairs(glass, potential.ranges).items():
        r = np.linalg.norm(u)
        _, first, second, _ = radial_derivatives(
            potential, r, glass.species[i], glass.species[j]
        )[:, 0]
        along = np.outer(u, u) / r**2
        block = second * along + first / r * (np.eye(d) - along)
        hessian[i, :, i] += block
        hessian[j, :, j] += block
        hessian[i, :, j] -= block
        hessian[j, :, i] -= block
    return hessian.reshape(n * d, n * d)


def pair_hessian(glass, potential, i, j):
    """(2d, 2d) Hessian and (2d,) gradient of the energy of one pair in (x_i, x_j)."""
    u = glass.minimum_image(glass.positions[j] - glass.positions[i])
    r = np.linalg.norm(u)
    _, first, second, _ = radial_derivatives(potential, r, glass.species[i], glass.species[j])[:, 0]
    along = np.outer(u, u) / r**2
    block = second * along + first / r * (np.eye(len(u)) - along)
    gradient = np.concatenate([-first * u / r, first * u / r])
    return np.block([[block, -block], [-block, block]]), gradient


def dense_inverse(glass, potential):
    """Moore-Penrose inverse, frequencies and modes (translations left out) from eigh."""
    values, vectors = np.linalg.eigh(dense_hessian(glass, potential))
    keep = np.argsort(np.abs(values))[glass.dimension :]
    values, vectors = values[keep], vectors[:, keep]
    return (vectors / values) @ vectors.T, values, vectors


def central_difference(function, step):
    """Fourth-order central first derivative at zero."""
    return (
        8 * (function(step) - function(-step)) - (function(2 * step) - function(-2 * step))
    ) / (12 * step)


def error_slope(errors, steps):
    """Exponent p of error ~ step^p, by a straight line in the logarithms."""
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]
