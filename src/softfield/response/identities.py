"""Exact statements of the paper, checked on one glass: Eq. 4, equipartition, the bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..glass import FloatArray, Glass
from ..mechanics.derivatives import internal_forces, pair_dynamical_matrix, relative, scatter_pairs
from ..mechanics.factorization import factorize
from ..mechanics.pairs import Interactions
from .couplings import cubic_couplings
from .fields import LocalThermalEnergy, thermal_energy_of_pairs


def sum_over_modes(
    found: Interactions, frequencies: FloatArray, vectors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """E_alpha as sums over all modes: the harmonic part, and Eq. 4 for f_alpha . X, (P,) each.

    ``sum_i (d f_alpha/dx : Psi_i Psi_i) / omega_i^2`` and
    ``-sum_ij (f_alpha . Psi_i) c_ijj / (omega_i^2 omega_j^2)``; the sign, which the paper leaves
    out of Eq. 4, is that of Eq. 2. Takes all modes of a dense diagonalisation.
    """
    squares = frequencies**2
    moved = np.array([relative(found, vector) for vector in vectors])
    stretch = np.einsum("pc,kpc->kp", found.vectors, moved)
    across = np.einsum("kpc,kpc->kp", moved, moved)
    harmonic = ((found.g2 * stretch**2 + found.g1 * across) / squares[:, None]).sum(axis=0)
    couplings = cubic_couplings(found, vectors, vectors) / np.outer(squares, squares)
    anharmonic = -(found.g1 * stretch).T @ couplings.sum(axis=1)
    return harmonic, anharmonic


def dense_modes(found: Interactions) -> tuple[FloatArray, FloatArray]:
    """All nonzero frequencies (dN - d,) and modes, from the dense dynamical matrix."""
    n, d = found.n_particles, found.dimension
    squares, vectors = np.linalg.eigh(pair_dynamical_matrix(found).toarray())
    return np.sqrt(squares[d:]), vectors[:, d:].T.reshape(-1, n, d)


def springs_at_rest(found: Interactions) -> Interactions:
    """The contact network of a glass, of springs of unit stiffness at their rest length.

    phi = (r - r0)^2 / 2 at r = r0: no internal forces, g1 = 0, g2 = 1/r^2, g3 = -3/r^4.
    """
    r2 = found.squared_distances
    zero = np.zeros_like(r2)
    return Interactions(
        found.pairs, found.vectors, zero, zero, 1 / r2, -3 / r2**2, found.n_particles
    )


@dataclass(frozen=True)
class Identities:
    """Exact statements of the paper, checked on one glass.

    Attributes
    ----------
    double_sum_error : Eq. 4 against f . X of Eq. 3, largest difference over largest |f . X|
    mode_sum_error : both sums over modes against E of Eq. 3, over the largest |E|
    harmonic_sum, energy_sum : sums over the interactions, over dN - d; 1 by equipartition
    residual_force : largest force on a particle, over the largest internal force
    smallest_at_rest, largest_at_rest : E_alpha in the network of springs at rest
    """

    double_sum_error: float
    mode_sum_error: float
    harmonic_sum: float
    energy_sum: float
    residual_force: float
    smallest_at_rest: float
    largest_at_rest: float


def check_identities(glass: Glass, found: Interactions, field: LocalThermalEnergy) -> Identities:
    """Eq. 4, equipartition and the bound without internal stresses, for one glass.

    Diagonalises a dense matrix: minutes beyond some thousand degrees of freedom.

    Raises
    ------
    SaddleError, FloatingParticlesError
        If the network of springs at rest is not rigid.
    """
    harmonic, anharmonic = sum_over_modes(found, *dense_modes(found))
    springs = springs_at_rest(found)
    at_rest = thermal_energy_of_pairs(springs, factorize(glass, springs)).energy
    freedoms = glass.dimension * (glass.n_particles - 1)
    net = np.linalg.norm(scatter_pairs(found, found.g1[:, None] * found.vectors), axis=1)
    return Identities(
        double_sum_error=_largest_difference(anharmonic, field.anharmonic),
        mode_sum_error=_largest_difference(harmonic + anharmonic, field.energy),
        harmonic_sum=float(field.harmonic.sum() / freedoms),
        energy_sum=float(field.energy.sum() / freedoms),
        residual_force=float(net.max() / internal_forces(found).max()),
        smallest_at_rest=float(at_rest.min()),
        largest_at_rest=float(at_rest.max()),
    )


def _largest_difference(values: FloatArray, exact: FloatArray) -> float:
    return float(np.abs(values - exact).max() / np.abs(exact).max())
