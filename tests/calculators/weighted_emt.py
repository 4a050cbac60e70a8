"""ase's EMT with U + lambda eps_i as its energy, for free energies, and without its jumps."""

import numpy as np
from ase.calculators.emt import EMT, beta


class WeightedEMT(EMT):
    def __init__(self, weights):
        super().__init__()
        self.weights = np.asarray(weights)

    def _calc_cutoff(self, atoms):
        """ase ends its lists where pairs still have 7e-6 of their energy; here nothing is left."""
        rc, _, acut = super()._calc_cutoff(atoms)
        return rc, rc + 1.2, acut

    def calculate(self, atoms=None, properties=("energy",), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.results["energy"] = self.results["free_energy"] = self.weights @ self.energies

    def _calc_e_c_a2(self, a1, dsigma1s):
        super()._calc_e_c_a2(a1, dsigma1s)
        self.deds[a1] *= self.weights[a1]

    def _calc_efs_a1(self, a1, a2, d, invr, dwdroverw, dsigma2s, dsigma2o):
        before = self.forces[a1].copy()
        super()._calc_efs_a1(a1, a2, d, invr, dwdroverw, dsigma2s, dsigma2o)
        own, other = self.ia2iz[a1], self.ia2iz[a2]
        along = self.par["neghalfv0overgamma2"][own] * dsigma2s * (
            dwdroverw - self.par["kappa"][other] / beta
        ) + self.par["neghalfv0overgamma2"][other] * dsigma2o * (
            dwdroverw - self.par["kappa"][own] / beta
        )
        shared = 0.5 * (self.weights[a1] + self.weights[a2])
        self.forces[a1] = before + (shared * along * invr) @ d
