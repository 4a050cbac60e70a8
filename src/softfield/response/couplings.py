"""Couplings of modes and plane waves that make up Eqs. 4 and 5.

Notation of the paper: Psi_i normal modes of frequency omega_i, ``c_ijj = U''' : Psi_i Psi_j
Psi_j`` the cubic coupling, ``f_alpha . Psi`` the pull of the internal force of the
interaction alpha along a mode. Modes and waves are normalised to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray, Glass, least_tilt
from ..mechanics.derivatives import relative, third_order
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions
from ..mechanics.spectrum import lowest_eigenpairs, participation_ratio
from .elasticity import lattice_wave_numbers, longest_wave_number

#: Plane waves with a squared wave number up to this, in units of (2 pi)^2 / V^(2/d), make up the
#: space that the phonon weight of a mode is measured in: in a square box, two periods along it.
_LARGEST_SQUARED_ORDER = 4

#: The same box a little sheared has the same waves: an allowance for their squared wave numbers.
_SHEARED = 0.01

#: Share by which edges of the box may differ, and the waves along them are of one length.
_AS_LONG = 0.01


def plane_waves(glass: Glass, orders: npt.ArrayLike, polarisations: npt.ArrayLike) -> FloatArray:
    """(2K, N, d) cosine and sine waves of zero mean, the squared norms of both one on average.

    So a wave of another phase, or of the same glass with another origin, is a sum of the two.

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
    of_pairs = np.einsum("knc,knc->k", fields, fields).reshape(2, -1).mean(axis=0)
    return fields / np.sqrt(np.tile(of_pairs, 2))[:, None, None]


def transverse_waves(glass: Glass, order: int) -> FloatArray:
    """Transverse plane waves of one length, ``order`` periods in the box, (K, N, d).

    The longest that vary along one lattice vector of the cell that leans least, and others as long
    to within _AS_LONG.
    """
    glass = replace(glass, strain=least_tilt(glass.box, glass.strain))
    numbers = lattice_wave_numbers(glass)
    lengths = np.linalg.norm(numbers, axis=1)
    axes = np.eye(glass.dimension)
    waves = [
        (order * axes[a], across)
        for a in np.flatnonzero(lengths <= lengths.min() / (1.0 - _AS_LONG))
        for across in _perpendicular(numbers[a], int(a))
    ]
    return plane_waves(glass, *(list(part) for part in zip(*waves, strict=True)))


def _perpendicular(vector: FloatArray, axis: int) -> FloatArray:
    """(d - 1, d) directions perpendicular to a vector, near the axes other than ``axis``."""
    others = np.delete(np.eye(len(vector)), axis, axis=0)
    columns = np.column_stack([vector, *others])
    q, r = np.linalg.qr(columns)
    return (q * np.sign(np.diag(r))).T[1:]


def phonon_weights(glass: Glass, vectors: FloatArray) -> FloatArray:
    """(k,) share of each mode (k, N, d) that lies in the span of the longest plane waves.

    1 for a mode made of long waves alone; a localised mode has little of it. The waves are those
    of wave numbers up to 4 pi / V^(1/d), of any direction: about as many in every box.
    """
    d = glass.dimension
    length = glass.volume ** (1.0 / d)
    largest = (1.0 + _SHEARED) * _LARGEST_SQUARED_ORDER
    reach = [range(-r, r + 1) for r in _periods(glass.cell, np.sqrt(largest) / length)]
    numbers = np.linalg.inv(glass.cell) * length
    orders = [
        n for n in product(*reach)
        if n > (0,) * d and ((numbers @ np.asarray(n)) ** 2).sum() <= largest
    ]  # fmt: skip
    pairs = list(product(orders, np.eye(d)))
    waves = plane_waves(glass, [n for n, _ in pairs], [e for _, e in pairs])
    basis, _ = np.linalg.qr(waves.reshape(len(waves), -1).T)
    return ((vectors.reshape(len(vectors), -1) @ basis) ** 2).sum(axis=1)


def _periods(cell: FloatArray, per_length: float) -> list[int]:
    """(d,) periods along each lattice vector that waves of so many periods per length can have."""
    return [int(per_length * edge + 1e-9) for edge in np.linalg.norm(cell, axis=1)]


def cubic_couplings(found: Interactions, first: FloatArray, second: FloatArray) -> FloatArray:
    """(k, l) couplings ``c_ijj = U''' : Psi_i Psi_j Psi_j`` of fields (k, N, d) and (l, N, d)."""
    forces = np.array([third_order(found, field, field) for field in second])
    return first.reshape(len(first), -1) @ forces.reshape(len(second), -1).T


def pulls(found: Interactions, field: FloatArray) -> FloatArray:
    """(P,) ``f_alpha . Psi`` of every interaction along a field (N, d)."""
    return found.g1 * np.einsum("pc,pc->p", found.vectors, relative(found, field))


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


@dataclass(frozen=True, eq=False)
class ModePairs:
    """Couplings between the lowest modes of a glass, one of each ordered pair (i, j), i != j.

    Attributes
    ----------
    frequency, participation_ratio : (K,) of mode i
    other_frequency, other_participation_ratio : (K,) of mode j
    distance : (K,) between their cores, the particles that move most; length
    own : (K,) c_iii
    coupling : (K,) c_ijj
    """

    frequency: FloatArray
    participation_ratio: FloatArray
    other_frequency: FloatArray
    other_participation_ratio: FloatArray
    distance: FloatArray
    own: FloatArray
    coupling: FloatArray


def mode_couplings(
    glass: Glass,
    found: Interactions,
    factor: Factorization,
    energy: FloatArray,
    count: int,
    radius: float,
) -> tuple[ModeCouplings, ModePairs]:
    """Couplings of the ``count`` lowest modes, and E_alpha (P,) within ``radius`` of their cores.

    Then those between two of these modes.

    Raises
    ------
    InvalidSettingError, NotConvergedError
        As :func:`~softfield.mechanics.spectrum.lowest_eigenpairs`.
    """
    squares, vectors = lowest_eigenpairs(factor, count)
    frequency, participation = np.sqrt(squares), participation_ratio(vectors)
    couplings = cubic_couplings(found, vectors, vectors)
    cores = glass.positions[np.einsum("knc,knc->kn", vectors, vectors).argmax(axis=1)]
    middles = glass.positions[found.pairs[:, 0]] + found.vectors / 2
    pull, largest, core_pull = np.empty((3, count))
    for k, vector in enumerate(vectors):
        along = pulls(found, vector)
        pull[k] = np.sqrt((along**2).mean())
        alpha = _largest_near(glass, middles - cores[k], energy, radius)
        largest[k], core_pull[k] = energy[alpha], along[alpha]
    own = ModeCouplings(
        frequency, participation, phonon_weights(glass, vectors), np.diag(couplings), pull,
        largest, core_pull,
    )  # fmt: skip
    i, j = np.nonzero(~np.eye(count, dtype=bool))
    return own, ModePairs(
        frequency[i], participation[i], frequency[j], participation[j],
        np.linalg.norm(glass.minimum_image(cores[i] - cores[j]), axis=1),
        couplings[i, i], couplings[i, j],
    )  # fmt: skip


def _largest_near(glass: Glass, away: FloatArray, energy: FloatArray, radius: float) -> int:
    """Interaction of the largest |E| within ``radius``; the nearest if there is none."""
    distance = np.linalg.norm(glass.minimum_image(away), axis=1)
    near = np.flatnonzero(distance <= max(radius, float(distance.min())))
    return int(near[np.argmax(np.abs(energy[near]))])


def wave_couplings(glass: Glass, found: Interactions, order: int) -> tuple[float, float]:
    """Root mean squares of c_ijj and of f_alpha . Psi_i over transverse waves of one length.

    i and j run over :func:`transverse_waves` of an order in all phases, alpha over all
    interactions. The force along a wave of phase t, ``U''' : Psi_j Psi_j``, is
    ``a + b cos(2 t) + c sin(2 t)``, so that its mean square is that of a and half those of b and c.
    """
    waves = transverse_waves(glass, order)
    flat = waves.reshape(len(waves), -1)
    squares = []
    for cosine, sine in zip(*np.split(waves, 2), strict=True):
        of_cosine, of_sine, odd = (
            third_order(found, *fields).ravel()
            for fields in ((cosine, cosine), (sine, sine), (cosine, sine))
        )
        steady, even = 0.5 * (of_cosine + of_sine), 0.5 * (of_cosine - of_sine)
        squares.append((flat @ steady) ** 2 + 0.5 * ((flat @ even) ** 2 + (flat @ odd) ** 2))
    pulled = np.mean([(pulls(found, wave) ** 2).mean() for wave in waves])
    return float(np.sqrt(np.mean(squares))), float(np.sqrt(pulled))


def wave_orders(glass: Glass, shortest: float) -> Sequence[int]:
    """1, 2, ... periods along the longest edge of waves that are no shorter than a length."""
    return range(1, int(2.0 * np.pi / (longest_wave_number(glass) * shortest) + 1e-9) + 1)
