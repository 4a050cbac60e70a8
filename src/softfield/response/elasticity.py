"""Shear modulus, and the speed of transverse waves that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..glass import Glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, shear_derivatives
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential


@dataclass(frozen=True)
class ShearModulus:
    """Shear modulus mu = born - nonaffine, energy per volume."""

    born: float
    nonaffine: float

    @property
    def total(self) -> float:
        return self.born - self.nonaffine


def shear_modulus(glass: Glass, potential: PairPotential) -> ShearModulus:
    """Shear modulus in the xy plane: affine (Born) and nonaffine part.

    ``mu = (d^2U/dgamma^2 - Xi . M^-1 . Xi) / V`` at a minimum.
    """
    found = interactions(glass, potential)
    check_minimum(found, FORCE_TOLERANCE)
    born, nonaffine = shear_stiffness(found, factorize(glass, found))
    return ShearModulus(born / glass.volume, nonaffine / glass.volume)


def shear_stiffness(found: Interactions, factor: Factorization) -> tuple[float, float]:
    """Born and nonaffine part of d^2U/dgamma^2 in the xy plane, energies.

    Their difference over the volume is the modulus at fixed volume. It is the one that enters
    the speed of a transverse wave also in a glass under pressure, because shear along x that
    varies along y is what such a wave is made of.
    """
    _, mismatch, born = shear_derivatives(found)
    return born, float((mismatch * factor.solve(mismatch)).sum())


def transverse_speed(glass: Glass, modulus: float) -> float:
    """Speed of long transverse waves, sqrt(G / density), mass 1; zero without stiffness."""
    return float(np.sqrt(max(modulus, 0.0) / glass.density))


def lowest_transverse_frequency(glass: Glass, modulus: float) -> float:
    """omega of the longest transverse wave in the box, 2 pi c_T / L."""
    return float(2.0 * np.pi * transverse_speed(glass, modulus) / glass.box.max())
