"""What stands behind Eqs. 4 to 6: couplings of modes and waves, forces, networks at rest.

Notation of the paper: Psi_i normal modes of frequency omega_i, ``c_ijj = U''' : Psi_i Psi_j
Psi_j`` the cubic coupling, ``f_alpha . Psi`` the pull of the internal force of the
interaction alpha along a mode. Modes and waves are normalised to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from .factorization import Factorization
from .fields import LocalThermalEnergy, thermal_energy_of_pairs
from .glass import FloatArray, Glass
from .mechanics import (
    factorize,
    pair_stiffness,
    relative,
    scatter_pairs,
    shear_derivatives,
    third_order,
)
from .pairs import Interactions
from .spectrum import lowest_eigenpairs, participation_ratio

#: Plane waves with a squared wave number up to this, in units of (2 pi / L)^2, make up the
#: space that the phonon weight of a mode is measured in.
_LARGEST_SQUARED_ORDER = 4


def shear_modulus(glass: Glass, found: Interactions, factor: Factorization) -> float:
    """Shear modulus in the xy plane, energy per volume: Born term less the nonaffine one.

    ``(d^2U/dgamma^2 - Xi . M^-1 . Xi) / V`` at fixed volume. It is the modulus that enters the
    speed of a transverse wave also in a glass under pressure, because shear along x that
    varies along y is what such a wave is made of.
    """
    _, xi, born = shear_derivatives(found)
    return float((born - (xi * factor.solve(xi)).sum()) / glass.volume)


def transverse_speed(glass: Glass, modulus: float) -> float:
    """Speed of long transverse waves, sqrt(G / density), mass 1; zero without stiffness."""
    return float(np.sqrt(max(modulus, 0.0) / glass.density))


def lowest_transverse_frequency(glass: Glass, modulus: float) -> float:
    """omega of the longest transverse wave in the box, 2 pi c_T / L."""
    return float(2.0 * np.pi * transverse_speed(glass, modulus) / glass.box.max())


def plane_waves(glass: Glass, orders: npt.ArrayLike, polarisations: npt.ArrayLike) -> FloatArray:
    """(2K, N, d) cosine and sine waves, each of zero mean and normalised to one.

    Parameters
    ----------
    orders : (K, d) int, waves that fit into the box in each direction
    polarisations : (K, d) directions of the displacement
    """
    phases = 2.0 * np.pi * glass.fractional() @ np.asarray(orders, dtype=np.float64).T
    waves = np.concatenate([np.cos(phases), np.sin(phases)], axis=1).T
    directions = np.tile(np.asarray(polarisations, dtype=np.float64), (2, 1))
    fields = waves[:, :, None] * directions[:, None, :]
    fields -= fields.mean(axis=1, keepdims=True)
    return fields / np.sqrt(np.einsum("knc,knc->k", fields, fields))[:, None, None]


def transverse_waves(glass: Glass, order: int) -> FloatArray:
    """Transverse plane waves with ``order`` periods along one axis of the box, (K, N, d)."""
    axes = np.eye(glass.dimension, dtype=int)
    pairs = [(a, b) for a, b in product(range(glass.dimension), repeat=2) if a != b]
    return plane_waves(glass, [order * axes[a] for a, _ in pairs], [axes[b] for _, b in pairs])


def phonon_weights(glass: Glass, vectors: FloatArray) -> FloatArray:
    """(k,) share of each mode (k, N, d) that lies in the span of the longest plane waves.

    1 for a mode made of long waves alone; a localised mode has little of it.
    """
    d = glass.dimension
    orders = [
        n for n in product(range(-2, 3), repeat=d)
        if 0 < sum(k * k for k in n) <= _LARGEST_SQUARED_ORDER and n > (0,) * d
    ]  # fmt: skip
    pairs = list(product(orders, np.eye(d)))
    waves = plane_waves(glass, [n for n, _ in pairs], [e for _, e in pairs])
    basis, _ = np.linalg.qr(waves.reshape(len(waves), -1).T)
    return ((vectors.reshape(len(vectors), -1) @ basis) ** 2).sum(axis=1)


def cubic_couplings(found: Interactions, first: FloatArray, second: FloatArray) -> FloatArray:
    """(k, l) couplings ``c_ijj = U''' : Psi_i Psi_j Psi_j`` of fields (k, N, d) and (l, N, d)."""
    forces = np.array([third_order(found, field, field) for field in second])
    return first.reshape(len(first), -1) @ forces.reshape(len(second), -1).T


def pulls(found: Interactions, field: FloatArray) -> FloatArray:
    """(P,) ``f_alpha . Psi`` of every interaction along a field (N, d)."""
    return found.g1 * np.einsum("pc,pc->p", found.vectors, relative(found, field))


def internal_forces(found: Interactions) -> FloatArray:
    """(P,) magnitude of the force between the two particles of every interaction, |phi'|."""
    return np.abs(found.g1) * np.sqrt(found.squared_distances)


@dataclass(frozen=True, eq=False)
class ModeCouplings:
    """The lowest modes of a glass and the local thermal energy at their cores, k modes.

    Attributes
    ----------
    frequency, participation_ratio, phonon_weight : (k,)
    coupling : (k,) c_iii
    pull : (k,) root mean square of f_alpha . Psi_i over the interactions
    energy : (k,) E_alpha of the interaction with the largest |E_alpha| near the core, the
        particle with the largest component of the mode
    core_pull : (k,) f_alpha . Psi_i of that interaction
    """

    frequency: FloatArray
    participation_ratio: FloatArray
    phonon_weight: FloatArray
    coupling: FloatArray
    pull: FloatArray
    energy: FloatArray
    core_pull: FloatArray

    @property
    def single_mode(self) -> FloatArray:
        """(k,) what the mode alone adds to that energy, -(f . Psi_i) c_iii / omega_i^4."""
        return -self.core_pull * self.coupling / self.frequency**4


def mode_couplings(
    glass: Glass,
    found: Interactions,
    factor: Factorization,
    energy: FloatArray,
    count: int,
    radius: float,
) -> ModeCouplings:
    """Couplings of the ``count`` lowest modes, and E_alpha (P,) within ``radius`` of their cores.

    Raises
    ------
    InvalidSettingError, NotConvergedError
        As :func:`~softfield.spectrum.lowest_eigenpairs`.
    """
    squares, vectors = lowest_eigenpairs(factor, count)
    middles = glass.positions[found.pairs[:, 0]] + found.vectors / 2
    coupling, pull, largest, core_pull = np.empty((4, count))
    for k, vector in enumerate(vectors):
        coupling[k] = (third_order(found, vector, vector) * vector).sum()
        along = pulls(found, vector)
        pull[k] = np.sqrt((along**2).mean())
        core = int(np.argmax(np.einsum("nc,nc->n", vector, vector)))
        alpha = _largest_near(glass, middles - glass.positions[core], energy, radius)
        largest[k], core_pull[k] = energy[alpha], along[alpha]
    return ModeCouplings(
        np.sqrt(squares), participation_ratio(vectors), phonon_weights(glass, vectors),
        coupling, pull, largest, core_pull,
    )  # fmt: skip


def _largest_near(glass: Glass, away: FloatArray, energy: FloatArray, radius: float) -> int:
    """Interaction of the largest |E| within ``radius``; the nearest if there is none."""
    distance = np.linalg.norm(glass.minimum_image(away), axis=1)
    near = np.flatnonzero(distance <= max(radius, float(distance.min())))
    return int(near[np.argmax(np.abs(energy[near]))])


def wave_couplings(glass: Glass, found: Interactions, order: int) -> tuple[float, float]:
    """Root mean squares of c_ijj and of f_alpha . Psi_i over transverse waves of one length.

    i and j run over the waves with ``order`` periods along an axis, alpha over all interactions.
    """
    waves = transverse_waves(glass, order)
    couplings = cubic_couplings(found, waves, waves)
    squared = np.mean([(pulls(found, wave) ** 2).mean() for wave in waves])
    return float(np.sqrt((couplings**2).mean())), float(np.sqrt(squared))


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
    blocks = pair_stiffness(found)
    matrix = np.zeros((n, n, d, d))
    i, j = found.pairs.T
    for rows, columns, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
        np.add.at(matrix, (rows, columns), sign * blocks)
    squares, vectors = np.linalg.eigh(matrix.transpose(0, 2, 1, 3).reshape(n * d, n * d))
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


def wave_orders(glass: Glass, shortest: float) -> Sequence[int]:
    """1, 2, ... periods of the waves in the box that are no shorter than a length."""
    return range(1, int(glass.box.min() / shortest + 1e-9) + 1)
