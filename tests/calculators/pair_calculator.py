"""A pair potential of ours as a calculator of ase: every atom has half of each pair."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

import softfield as sf
from softfield.calculators.glasses import glass_from_atoms
from softfield.mechanics.derivatives import pair_dynamical_matrix, pair_forces


class PairCalculator(Calculator):
    implemented_properties = ("energy", "energies", "forces")

    def __init__(self, potential, hessian=False):
        super().__init__()
        self.potential = potential
        if hessian:
            self.get_hessian = self._hessian

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        found = sf.interactions(glass_from_atoms(atoms), self.potential)
        energies = 0.5 * np.bincount(found.pairs.ravel(), np.repeat(found.g0, 2), len(atoms))
        forces = np.zeros((len(atoms), 3))
        forces[:, : found.dimension] = pair_forces(found)
        self.results = {"energy": energies.sum(), "energies": energies, "forces": forces}

    def _hessian(self, atoms):
        found = sf.interactions(glass_from_atoms(atoms), self.potential)
        return pair_dynamical_matrix(found)


class Unshifted(PairCalculator):
    """Energies that jump where a pair comes into range, as those of LAMMPS without a shift."""

    def calculate(self, *arguments, **keywords):
        super().calculate(*arguments, **keywords)
        pairs = sf.interactions(glass_from_atoms(self.atoms), self.potential).pairs
        self.results["energies"] -= 0.015 * np.bincount(pairs.ravel(), minlength=len(self.atoms))
        self.results["energy"] -= 0.03 * len(pairs)
