"""Small glasses of ase.Atoms, kept by tests/reference/make_atoms.py."""

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from gupta import Gupta
from pair_calculator import PairCalculator

import softfield as sf
from oracles import quenched

ARCHIVE = Path(__file__).parents[1] / "reference" / "atoms.npz"

CALCULATORS = {
    "cuau": EMT,
    "cuzr": Gupta,
    "silicon": lambda: sf.calculator_from_settings({"kind": "stillinger_weber"}),
}


def sample(name):
    """A relaxed glass with its calculator."""
    archive = np.load(ARCHIVE)
    parts = {part: archive[f"{name}_{part}"] for part in ("numbers", "positions", "cell")}
    return Atoms(**parts, pbc=True, calculator=CALCULATORS[name]())


def pair_sample(name, hessian=True, seed=0):
    """(atoms, glass, potential) of a small minimum of one of the models."""
    glass, potential = quenched(name, seed)
    atoms = sf.atoms_from_glass(glass, calculator=PairCalculator(potential, hessian))
    return atoms, glass, potential


def of_atoms(pairs, values, n):
    """(N,) half the sum of a value over the pairs of each atom."""
    return 0.5 * np.bincount(pairs.ravel(), np.repeat(values, 2), n)
