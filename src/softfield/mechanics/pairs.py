"""Interacting pairs: their relative positions and the derivatives g0 ... g3 of each.

Conventions: a pair alpha = (i, j) has i < j and ``u = r_j - r_i`` (minimum image), so
that the force on j is ``-g1 u``. Everything downstream (energy, dynamical matrix, third
order, local thermal energy) is a sum over these pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..checks.arrays import listed
from ..errors import (
    BoxTooSmallError,
    InvalidPotentialError,
    InvalidSettingError,
    OverlapError,
)
from ..glass import FloatArray, Glass, check_glass, face_distances
from ..kernels.neighbors import find_pairs
from ..potentials.pair_potential import PairPotential, check_species, checked_ranges, largest_range


@dataclass(frozen=True, eq=False)
class Interactions:
    """P interacting pairs of N particles in d dimensions.

    Attributes
    ----------
    pairs : (P, 2) int32, i < j, lexicographic
    vectors : (P, d) relative positions u = r_j - r_i, length
    g0, g1, g2, g3 : (P,) potential energy and its derivatives in h = u.u/2
    n_particles : int
    boxes_away : how many boxes the particle furthest from the cell is away from it; far away,
        positions have lost the digits that small forces need
    """

    pairs: npt.NDArray[np.int32]
    vectors: FloatArray
    g0: FloatArray
    g1: FloatArray
    g2: FloatArray
    g3: FloatArray
    n_particles: int
    boxes_away: float = 0.0

    @property
    def dimension(self) -> int:
        return self.vectors.shape[1]

    @property
    def squared_distances(self) -> FloatArray:
        return np.einsum("pc,pc->p", self.vectors, self.vectors)


def check_box(glass: Glass, reach: float, skin: float = 0.0) -> None:
    """Raise BoxTooSmallError if a particle could meet two images of another within ``reach``.

    A list of neighbours reaches further by its ``skin``.
    """
    edge = float(glass.box.min())
    if edge < 2 * reach:
        raise BoxTooSmallError(
            f"the box edge {edge:.4g} is below twice the interaction range "
            f"{reach:.4g}: a particle would meet two images of the same neighbour. "
            "Use a larger system, or a potential with a shorter cutoff."
        )
    if edge < 2 * (reach + skin):
        raise BoxTooSmallError(
            f"the box edge {edge:.4g} is above twice the interaction range {reach:.4g}, but below "
            f"{2 * (reach + skin):.4g}, what a list of neighbours that move needs (its skin is "
            f"{skin:.3g}). Use a larger system, or a smaller skin."
        )


def cell_counts(widths: FloatArray, reach: float, n_particles: int) -> tuple[int, ...]:
    """Numbers of cells along each axis, each at least one ``reach`` wide.

    There are not many more cells than particles, however large the box is.
    """
    with np.errstate(divide="ignore"):  # no reach at all: as many cells as there may be
        counts = np.clip(np.floor(widths / reach), 1.0, max(1.0, n_particles))
    most = 2.0 * n_particles + 8.0
    while np.prod(counts) > most:
        longest = int(np.argmax(counts))
        others = np.prod(np.delete(counts, longest))
        counts[longest] = max(1.0, np.floor(max(counts[longest] / 2, most / others)))
    return tuple(int(count) for count in counts)


def neighbor_pairs(
    glass: Glass, potential: PairPotential, skin: float = 0.0
) -> npt.NDArray[np.int32]:
    """Pairs (P, 2), i < j, closer than their range plus ``skin`` (a length).

    Raises
    ------
    BoxTooSmallError
        If an edge of the box is below twice the largest range, of species that are there, plus
        skin.
    UnknownSpeciesError
        If a species of the glass has no parameters.
    """
    check_glass(glass)
    largest = largest_range(potential, glass.species)
    ranges = checked_ranges(potential)
    check_box(glass, largest, skin)
    widths = face_distances(glass.box, glass.strain)
    counts = np.array(cell_counts(widths, largest + skin, glass.n_particles))
    one_range = len(ranges) == 1
    pairs = find_pairs(
        np.array(glass.positions),
        glass.fractional(),
        counts,
        np.zeros_like(glass.species) if one_range else np.array(glass.species),
        np.array(glass.box),
        glass.strain,
        (ranges + skin) ** 2,
    )
    return _within_own_range(glass, potential, pairs, skin) if one_range else pairs


def nearest_distances(
    n_particles: int, pairs: npt.NDArray[np.integer], distances: FloatArray
) -> FloatArray:
    """Distance to the nearest neighbour of every particle that is in any of the pairs (P, 2)."""
    nearest = np.full(n_particles, np.inf)
    for ends in pairs.T:
        np.minimum.at(nearest, ends, distances)
    return nearest[np.isfinite(nearest)]


def neighbor_spacing(glass: Glass, pairs: npt.NDArray[np.integer]) -> float:
    """Median distance of nearest neighbours, of pairs (P, 2) that interact."""
    i, j = pairs.T
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    distances = np.linalg.norm(vectors, axis=1)
    return float(np.median(nearest_distances(glass.n_particles, pairs, distances)))


def _within_own_range(
    glass: Glass, potential: PairPotential, pairs: npt.NDArray[np.int32], skin: float
) -> npt.NDArray[np.int32]:
    """Pairs within their own range, where the table of ranges holds only the largest.

    Polydisperse sizes (``own_potentials.polydisperse``) have no (S, S) table: S is N there.
    """
    if not hasattr(potential, "pair_ranges"):
        return pairs
    i, j = pairs.T
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    reach = potential.pair_ranges(glass.species[i], glass.species[j]) + skin
    return pairs[np.einsum("pc,pc->p", vectors, vectors) < reach**2]


def interactions(
    glass: Glass, potential: PairPotential, pairs: npt.NDArray[np.int32] | None = None
) -> Interactions:
    """Geometry and derivatives of every interacting pair.

    ``pairs`` may name a list that still holds (from :func:`neighbor_pairs` with a skin);
    pairs beyond their range then stay in it with g0 = ... = g3 = 0.

    Raises
    ------
    InvalidSettingError
        If ``pairs`` are not (P, 2) numbers of particles, i < j.
    OverlapError
        If two particles coincide, or are so close that a derivative overflows.
    BoxTooSmallError, UnknownSpeciesError
        As :func:`neighbor_pairs`.
    """
    if pairs is None:
        pairs = neighbor_pairs(glass, potential)
    else:
        check_glass(glass)
        check_species(potential, glass.species)
        pairs = _checked_pairs(pairs, glass.n_particles)
    i, j = pairs[:, 0], pairs[:, 1]
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    squared = np.einsum("pc,pc->p", vectors, vectors)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        found = potential.derivatives(squared, glass.species[i], glass.species[j])
    g0, g1, g2, g3 = _checked_derivatives(found, potential, len(pairs))
    if not np.isfinite(g3).all():
        worst = int(np.argmin(squared))
        raise OverlapError(
            f"particles {i[worst]} and {j[worst]} are {np.sqrt(squared[worst]):.3g} apart: "
            "their interaction is not finite. Relax the overlaps first, or check for "
            "duplicate particles in the file."
        )
    if not (np.isfinite(g0).all() and np.isfinite(g1).all() and np.isfinite(g2).all()):
        raise InvalidPotentialError(
            f"the potential {type(potential).__name__} gives derivatives that are no finite "
            "numbers where g3 is one; correct its derivatives."
        )
    away = float(np.abs(glass.positions / glass.box).max())
    return Interactions(pairs, vectors, g0, g1, g2, g3, glass.n_particles, away)


def _checked_derivatives(
    found: object, potential: PairPotential, n_pairs: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """g0 ... g3, (P,) each, as a potential gives them."""
    rows = listed(found)
    if rows.shape != (4, n_pairs) or rows.dtype.kind not in "fiu":
        raise InvalidPotentialError(
            f"the derivatives of the potential {type(potential).__name__} are four rows of numbers "
            f"(4, {n_pairs}): g0, g1, g2 and g3 of every pair; these are {rows.dtype} of shape "
            f"{rows.shape}."
        )
    g0, g1, g2, g3 = rows.astype(np.float64, copy=False)
    return g0, g1, g2, g3


def _checked_pairs(pairs: npt.ArrayLike, n_particles: int) -> npt.NDArray[np.int32]:
    """A list of pairs that somebody gives, as :class:`Interactions` has it."""
    given = listed(pairs)
    if given.ndim != 2 or given.shape[1] != 2 or not np.issubdtype(given.dtype, np.integer):
        raise InvalidSettingError(
            f"pairs have shape {given.shape} and are {given.dtype}; give two whole numbers of "
            "particles for each, (P, 2)."
        )
    i, j = given.T
    if len(given) and not (i.min() >= 0 and j.max() < n_particles and (i < j).all()):
        raise InvalidSettingError(
            f"a pair names particles i < j from 0 to {n_particles - 1}; one of these does not. "
            "Take them from neighbor_pairs of this glass."
        )
    return given.astype(np.int32, copy=False)
