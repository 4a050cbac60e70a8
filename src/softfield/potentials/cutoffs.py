"""What happens at the cutoff of a potential: whether its force or stiffness jumps there.

A potential whose phi' and phi'' end at zero is *smooth*: minima move smoothly with the strain.
Where phi' jumps (``lj/cut``), the state jumps when a pair crosses its cutoff; where only phi''
jumps (harmonic contacts), its velocity does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray
from .pair_potential import PairPotential

#: A jump counts if it is larger than this share of the same derivative at nine tenths of the
#: range. What rounding leaves of a smooth truncation is 1e-12 of it or less; phi'' of Hertzian
#: contacts, a root of the overlap, is 1e-7 of it one rounding step inside of the cutoff.
JUMP_SHARE = 1e-6

#: Distance inside of the cutoff at which its derivatives are taken, relative.
_INSIDE = 4.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class CutoffJumps:
    """How a potential ends at its cutoffs.

    Attributes
    ----------
    force : float
        Largest jump of phi' over the pairs of species, energy per length.
    stiffness : float
        Largest jump of phi'', energy per length squared.
    repulsive : bool
        Whether some pair still repels at its cutoff, so that a minimum can sit on it.
    smooth : bool
        Whether neither jumps.
    """

    force: float
    stiffness: float
    repulsive: bool

    @property
    def smooth(self) -> bool:
        return self.force == 0 and self.stiffness == 0


def ranges_of_pairs(
    potential: PairPotential, species_i: npt.NDArray, species_j: npt.NDArray
) -> FloatArray:
    """(P,) range of each pair, zero where it does not interact."""
    own = getattr(potential, "pair_ranges", None)
    if own is not None:
        found: FloatArray = own(species_i, species_j)
        return found
    return np.asarray(potential.ranges[species_i, species_j], dtype=np.float64)


def derivatives_at_cutoff(
    potential: PairPotential, species_i: npt.NDArray, species_j: npt.NDArray
) -> FloatArray:
    """(4, P) g0 ... g3 just inside of the cutoff of each pair; g1 to g3 are 0 at a smooth end."""
    reach = ranges_of_pairs(potential, species_i, species_j)
    found = np.zeros((4, len(reach)))
    acting = np.flatnonzero(reach > 0)
    i, j, reach = species_i[acting], species_j[acting], reach[acting]
    rows = potential.derivatives(reach**2 * (1.0 - _INSIDE), i, j)
    slope, curvature = _jumps(potential, reach, i, j)
    rows[1:, (slope == 0) & (curvature == 0)] = 0.0
    found[:, acting] = rows
    return found


def cutoff_jumps(potential: PairPotential) -> CutoffJumps:
    """Jumps of force and stiffness at the cutoffs of a potential, found from its law alone."""
    i, j = _kinds_of_pairs(potential)
    reach = ranges_of_pairs(potential, i, j)
    i, j, reach = i[reach > 0], j[reach > 0], reach[reach > 0]
    if not len(reach):
        return CutoffJumps(0.0, 0.0, False)
    slope, curvature = _jumps(potential, reach, i, j)
    return CutoffJumps(
        float(np.abs(slope).max()), float(np.abs(curvature).max()), bool((slope < 0).any())
    )


def _jumps(
    potential: PairPotential, reach: FloatArray, i: npt.NDArray, j: npt.NDArray
) -> tuple[FloatArray, FloatArray]:
    """phi' and phi'' (P,) inside of the cutoff, 0 where they are no jumps."""
    slope, curvature = _radial(potential, reach * (1.0 - _INSIDE), i, j)
    slope_within, curvature_within = _radial(potential, 0.9 * reach, i, j)
    scale = np.maximum(np.abs(curvature_within), np.abs(slope_within) / reach)
    slope[np.abs(slope) <= JUMP_SHARE * scale * reach] = 0.0
    curvature[np.abs(curvature) <= JUMP_SHARE * scale] = 0.0
    return slope, curvature


def _radial(
    potential: PairPotential, r: FloatArray, i: npt.NDArray, j: npt.NDArray
) -> tuple[FloatArray, FloatArray]:
    """phi' and phi'' (P,)."""
    _, g1, g2, _ = potential.derivatives(r**2, i, j)
    return r * g1, g1 + r**2 * g2


def _kinds_of_pairs(potential: PairPotential) -> tuple[npt.NDArray, npt.NDArray]:
    """Species of every kind of pair; where each particle is its own species, of like pairs.

    One law scaled to sizes ends in one way, so like pairs tell.
    """
    n = potential.n_species
    if len(potential.ranges) < n:
        each = np.arange(n, dtype=np.int32)
        return each, each
    i, j = np.triu_indices(n)
    return i.astype(np.int32), j.astype(np.int32)
