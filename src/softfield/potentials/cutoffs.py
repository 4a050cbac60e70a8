"""What happens at the cutoff of a potential: whether its force or stiffness jumps there.

A potential whose phi' and phi'' end at zero is *smooth*: minima move smoothly with the strain.
Where phi' jumps (``lj/cut``), the state jumps when a pair crosses its cutoff; where only phi''
jumps (harmonic contacts), its velocity does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..checks.numbers import check_number
from ..glass import FloatArray
from .pair_potential import PairPotential, check_alike, check_potential, check_species
from .scaled import by_squared_distance

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


#: Width, in units of the range, over which the repulsion at a cutoff is made to end.
ROUNDED_WIDTH = 1e-4


@dataclass(frozen=True, eq=False)
class RoundedCutoff:
    """A potential whose repulsion ends smoothly at the cutoff; made by :func:`rounded_cutoff`.

    ``phi'(r)`` is multiplied by ``S = 6 t^5 - 15 t^4 + 10 t^3``, ``t = (r_c - r) / w``, over the
    last w of the range. Pairs that attract at their cutoff, or end smoothly, stay as they are.
    """

    base: PairPotential
    width: float

    @property
    def n_species(self) -> int:
        return self.base.n_species

    @property
    def ranges(self) -> FloatArray:
        return np.asarray(self.base.ranges)

    def pair_ranges(self, species_i: npt.NDArray, species_j: npt.NDArray) -> FloatArray:
        """(P,) distance beyond which each pair does not interact."""
        check_species(self, species_i, species_j)
        check_alike(species_i, species_j)
        return ranges_of_pairs(self.base, species_i, species_j)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        rows = self.base.derivatives(squared_distance, species_i, species_j)
        reach = self.pair_ranges(species_i, species_j)
        inside = np.flatnonzero(squared_distance < reach**2)
        i, j, reach = species_i[inside], species_j[inside], reach[inside]
        slope, _ = _jumps(self.base, reach, i, j)
        repelled = slope < 0
        inside, i, j, reach = inside[repelled], i[repelled], j[repelled], reach[repelled]
        if not len(inside):
            return rows
        width = self.width * reach
        r = np.sqrt(squared_distance[inside])
        at_cutoff = _rows(self.base, reach * (1.0 - _INSIDE), i, j)
        inner = r < reach - width
        # Less the energy that the rounding takes away, phi goes on from the layer inwards.
        edge = _rows(self.base, reach - width, i, j)[0]
        rows[0, inside] -= edge - _energy_of_layer(at_cutoff, np.ones_like(r), width)
        layer = inside[~inner]
        t = (reach - r)[~inner] / width[~inner]
        f = _rows(self.base, r[~inner], i[~inner], j[~inner])
        s0 = t**3 * (10.0 + t * (6.0 * t - 15.0))
        s1 = -30.0 * t**2 * (1.0 - t) ** 2 / width[~inner]
        s2 = 60.0 * t * (1.0 - t) * (1.0 - 2.0 * t) / width[~inner] ** 2
        rounded = np.array(
            [
                _energy_of_layer(at_cutoff[:, ~inner], t, width[~inner]),
                f[1] * s0,
                f[2] * s0 + f[1] * s1,
                f[3] * s0 + 2.0 * f[2] * s1 + f[1] * s2,
            ]
        )
        rows[:, layer] = by_squared_distance(rounded, r[~inner], np.ones_like(t))
        return rows


def rounded_cutoff(potential: PairPotential, width: float = ROUNDED_WIDTH) -> PairPotential:
    """The potential with the repulsion at its cutoff, if there is any, ending smoothly.

    A pair that repels up to its cutoff, and not beyond, can hold a minimum on the cutoff itself,
    a corner: it is pushed out on one side and in on the other. The minimum of the rounded law
    has such a pair within ``width`` (a share of the range) of the corner, with the force that
    balances it.

    Raises
    ------
    InvalidSettingError
        If the width is no share between 0 and 1.
    """
    check_potential(potential)
    width = check_number(
        width, "the width of a rounded cutoff, a share of the range,", 0.0, 1.0, inside=True
    )
    return RoundedCutoff(potential, width) if cutoff_jumps(potential).repulsive else potential


def _rows(potential: PairPotential, r: FloatArray, i: npt.NDArray, j: npt.NDArray) -> FloatArray:
    """(4, P) phi, phi', phi'', phi'''."""
    g0, g1, g2, g3 = potential.derivatives(r**2, i, j)
    return np.array([g0, r * g1, g1 + r**2 * g2, 3 * r * g2 + r**3 * g3])


def _energy_of_layer(at_cutoff: FloatArray, t: FloatArray, width: FloatArray) -> FloatArray:
    """``int phi' S dr`` from the cutoff to ``r_c - t w``, phi' by its series at the cutoff."""
    _, first, second, third = at_cutoff
    total = np.zeros_like(t)
    for k, factor in enumerate((first, -second, 0.5 * third)):
        powers = 6.0 * t**6 / (k + 6) - 15.0 * t**5 / (k + 5) + 10.0 * t**4 / (k + 4)
        total -= factor * (width * t) ** k * width * powers
    return total
