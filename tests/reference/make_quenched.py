"""Small glasses for the tests, quenched from random positions: writes quenched.npz.

    python tests/reference/make_quenched.py

They are kept as data because a quench is chaotic: another compiler or minimiser ends in
another minimum, and tests that name an event would then speak of another glass.
"""

from pathlib import Path

import numpy as np

import softfield as sf
from softfield.minimize import minimize, relax_overlaps

SIZES = {"2dipl": 100, "3dipl": 120, "3dkablj": 200}
SEEDS = (0, 1)


def quench(name, n_particles, seed):
    model = sf.model(name)
    box = model.box_of(n_particles)
    positions = np.random.default_rng(seed).random((n_particles, model.dimension)) * box
    start = sf.Glass(positions, model.species_of(n_particles), box)
    relaxed = relax_overlaps(start, model.potential)
    return minimize(relaxed, model.potential, max_force=1e-11).wrapped()


def main():
    arrays = {
        f"{name}_{seed}": quench(name, n, seed).positions
        for name, n in SIZES.items()
        for seed in SEEDS
    }
    np.savez(Path(__file__).parent / "quenched.npz", **arrays)


if __name__ == "__main__":
    main()
