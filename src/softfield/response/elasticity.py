"""Shear modulus, and the speed of transverse waves that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..glass import FloatArray, Glass, check_glass, least_tilt
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, shear_derivatives
from ..mechanics.directions import Direction, direction_tensor
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


def shear_modulus(
    glass: Glass, potential: PairPotential, direction: Direction = "xy"
) -> ShearModulus:
    """Shear modulus along a direction: affine (Born) and nonaffine part.

    ``mu = (d^2U/dgamma^2 - Xi . M^-1 . Xi) / V`` at a minimum, the slope of the stress
    (1/V) dU/dgamma along the direction; see :mod:`softfield.mechanics.directions`.
    """
    check_glass(glass)
    tensor = direction_tensor(direction, glass.dimension)
    found = interactions(glass, potential)
    check_minimum(found, FORCE_TOLERANCE)
    born, nonaffine = shear_stiffness(found, factorize(glass, found), tensor)
    return ShearModulus(born / glass.volume, nonaffine / glass.volume)


def shear_stiffness(
    found: Interactions, factor: Factorization, tensor: FloatArray | None = None
) -> tuple[float, float]:
    """Born and nonaffine part of d^2U/dgamma^2 along a direction (xy), energies.

    Their difference over the volume is the modulus at fixed volume. It is the one that enters
    the speed of a transverse wave also in a glass under pressure, because shear along x that
    varies along y is what such a wave is made of.
    """
    _, mismatch, born = shear_derivatives(found, tensor)
    return born, float((mismatch * factor.solve(mismatch)).sum())


def transverse_speed(glass: Glass, modulus: float) -> float:
    """Speed of long transverse waves, sqrt(G / density), mass 1; zero without stiffness."""
    return float(np.sqrt(max(modulus, 0.0) / glass.density))


def lowest_transverse_frequency(glass: Glass, modulus: float) -> float:
    """omega of the longest transverse wave along a lattice vector of the box, 2 pi c_T / L."""
    return transverse_speed(glass, modulus) * longest_wave_number(glass)


def longest_wave_number(glass: Glass) -> float:
    """Smallest wave number with one period along one lattice vector, 2 pi / L of an upright box."""
    return float(np.linalg.norm(lattice_wave_numbers(glass), axis=1).min())


def lattice_wave_numbers(glass: Glass) -> FloatArray:
    """(d, d) wave vectors with one period along one lattice vector and none along the others.

    Lattice vectors are those of the cell that leans least.
    """
    cell = replace(glass, strain=least_tilt(glass.box, glass.strain)).cell
    return np.asarray(2.0 * np.pi * np.linalg.inv(cell).T, dtype=np.float64)
