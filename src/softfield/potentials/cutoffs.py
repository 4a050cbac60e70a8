"""What happens at the cutoffs of a potential: whether its force or stiffness jumps there.

A potential whose phi' and phi'' end at zero is *smooth*: minima move smoothly with the strain.
Where phi' jumps (``lj/cut``), the state jumps when a pair crosses its cutoff; where only phi''
jumps (harmonic contacts), its velocity does.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..checks.numbers import check_number
from ..glass import FloatArray
from .mixtures import PolydispersePotential
from .pair_potential import PairPotential, check_alike, check_species, checked_ranges
from .parts import SumOfParts, parts_of
from .scaled import by_squared_distance

logger = logging.getLogger(__name__)

#: A jump counts if it is larger than this share of the same derivative at nine tenths of the
#: range. What rounding leaves of a smooth truncation is 1e-12 of it or less; phi'' of Hertzian
#: contacts, a root of the overlap, is 1e-7 of it one rounding step inside of the cutoff.
JUMP_SHARE = 1e-6

#: The same for the energy: rounding is less there, and pairs that cross the cutoff add up.
_ENERGY_SHARE = 1e-10

#: Distance inside of the cutoff at which its derivatives are taken, relative.
_INSIDE = 4.0 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class CutoffJumps:
    """How a potential ends at its cutoffs.

    Attributes
    ----------
    energy : float
        Largest jump of phi over the pairs of species, energy.
    force : float
        Largest jump of phi', energy per length.
    stiffness : float
        Largest jump of phi'', energy per length squared.
    repulsive : bool
        Whether some law still repels at its cutoff, so that a minimum can sit on it.
    smooth : bool
        Whether neither force nor stiffness jumps.
    """

    energy: float
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
    table: FloatArray = np.asarray(potential.ranges, dtype=np.float64)
    if len(table) == 1:  # the largest range is all that there is
        return np.full(len(species_i), table[0, 0])
    return table[species_i, species_j]


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
    """Jumps of energy, force and stiffness at the cutoffs of a potential, from its law alone.

    Where several laws with cutoffs of their own act on a pair, at each of these.
    """
    jumps = [_jumps_of_part(part) for part in parts_of(potential)]
    return CutoffJumps(
        max(one.energy for one in jumps),
        max(one.force for one in jumps),
        max(one.stiffness for one in jumps),
        any(one.repulsive for one in jumps),
    )


def _jumps_of_part(potential: PairPotential) -> CutoffJumps:
    i, j = _kinds_of_pairs(potential)
    reach = ranges_of_pairs(potential, i, j)
    i, j, reach = i[reach > 0], j[reach > 0], reach[reach > 0]
    if not len(reach):
        return CutoffJumps(0.0, 0.0, 0.0, False)
    energy = _energies_at_cutoff(potential, reach, i, j)
    slope, curvature = _jumps(potential, reach, i, j)
    return CutoffJumps(
        float(np.abs(energy).max()),
        float(np.abs(slope).max()),
        float(np.abs(curvature).max()),
        bool((slope < 0).any()),
    )


def _energies_at_cutoff(
    potential: PairPotential, reach: FloatArray, i: npt.NDArray, j: npt.NDArray
) -> FloatArray:
    """phi (P,) inside of the cutoff, 0 where that is rounding."""
    edge: FloatArray = potential.derivatives((reach * (1.0 - _INSIDE)) ** 2, i, j)[0]
    slope, curvature = _radial(potential, 0.9 * reach, i, j)
    scale = np.maximum(np.abs(curvature) * reach, np.abs(slope)) * reach
    return np.where(np.abs(edge) > _ENERGY_SHARE * scale, edge, 0.0)


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

#: Nodes of the quadrature that are tried first and last, and the relative change of an energy at
#: which there are enough.
_FEWEST_NODES, _MOST_NODES, _SETTLED = 6, 200, 1e-13


@dataclass(frozen=True, eq=False)
class _BetweenTheSamePairs:
    """A potential made of another, between the same pairs and with their ranges."""

    base: PairPotential

    @property
    def n_species(self) -> int:
        return self.base.n_species

    @property
    def ranges(self) -> FloatArray:
        return np.asarray(self.base.ranges)

    def pair_ranges(self, species_i: npt.NDArray, species_j: npt.NDArray) -> FloatArray:
        """(P,) distance beyond which each pair does not interact."""
        check_species(self.base, species_i, species_j)
        check_alike(species_i, species_j)
        return ranges_of_pairs(self.base, species_i, species_j)

    def _inside(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> tuple[npt.NDArray[np.intp], FloatArray]:
        """Which of the pairs (P,) are in range, and the ranges of these."""
        reach = self.pair_ranges(species_i, species_j)
        inside = np.flatnonzero(squared_distance < reach**2)
        return inside, reach[inside]

    def _kinds(self) -> tuple[npt.NDArray, npt.NDArray, FloatArray] | None:
        """Species (K,) of the kinds of pairs that interact, both ways, and their ranges.

        None where there is no table of pairs of species.
        """
        n = self.n_species
        if len(self.ranges) < n:
            return None
        i, j = (k.ravel() for k in np.indices((n, n), dtype=np.int32))
        reach = ranges_of_pairs(self.base, i, j)
        return i[reach > 0], j[reach > 0], reach[reach > 0]


@dataclass(frozen=True, eq=False)
class RoundedCutoff(_BetweenTheSamePairs):
    """A potential whose repulsion ends smoothly at the cutoff; made by :func:`rounded_cutoff`.

    ``phi'(r)`` is multiplied by ``S = 6 t^5 - 15 t^4 + 10 t^3``, ``t = (r_c - r) / w``, over the
    last w of the range, and phi is its integral from the cutoff, by quadrature. Pairs that
    attract at their cutoff, or end smoothly, stay as they are.
    """

    width: float

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        rows = self.base.derivatives(squared_distance, species_i, species_j)
        inside, reach = self._inside(squared_distance, species_i, species_j)
        i, j = species_i[inside], species_j[inside]
        repelled, lowered = self._lowering(reach, i, j)
        inside, i, j, reach = inside[repelled], i[repelled], j[repelled], reach[repelled]
        if not len(inside):
            return rows
        rows[0, inside] -= lowered[repelled]
        width = self.width * reach
        r = np.sqrt(squared_distance[inside])
        outer = r >= reach - width
        layer, i, j = inside[outer], i[outer], j[outer]
        r, reach, width = r[outer], reach[outer], width[outer]
        t = (reach - r) / width
        f = _rows(self.base, r, i, j)
        s1 = -30.0 * t**2 * (1.0 - t) ** 2 / width
        s2 = 60.0 * t * (1.0 - t) * (1.0 - 2.0 * t) / width**2
        rounded = np.array(
            [
                _energy_of_layer(self.base, reach, self.width, t, i, j, self._nodes),
                f[1] * _share(t),
                f[2] * _share(t) + f[1] * s1,
                f[3] * _share(t) + 2.0 * f[2] * s1 + f[1] * s2,
            ]
        )
        rows[:, layer] = by_squared_distance(rounded, r, np.ones_like(t))
        return rows

    def _lowering(
        self, reach: FloatArray, i: npt.NDArray, j: npt.NDArray
    ) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        """Whether pairs (P,) repel at their cutoff, and the energy that phi then lacks further in.

        A table where the pairs of species have one; pair by pair where each particle is a species.
        """
        if self._table is None:
            return self._lowered(reach, i, j)
        repelled, energy = self._table
        return repelled[i, j], energy[i, j]

    def _lowered(
        self, reach: FloatArray, i: npt.NDArray, j: npt.NDArray
    ) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        repelled = _jumps(self.base, reach, i, j)[0] < 0
        edge = _rows(self.base, reach * (1.0 - self.width), i, j)[0]
        layer = _energy_of_layer(
            self.base, reach, self.width, np.ones_like(reach), i, j, self._nodes
        )
        return repelled, edge - layer

    @cached_property
    def _table(self) -> tuple[npt.NDArray[np.bool_], FloatArray] | None:
        """(S, S) as :meth:`_lowering`; None where there is no table of pairs of species."""
        kinds = self._kinds()
        if kinds is None:
            return None
        i, j, reach = kinds
        n = self.n_species
        repelled, energy = np.zeros((n, n), dtype=bool), np.zeros((n, n))
        repelled[i, j], energy[i, j] = self._lowered(reach, i, j)
        return repelled, energy

    @cached_property
    def _nodes(self) -> int:
        """Nodes of the quadrature over a layer: doubled until the energies do not change."""
        i, j = _kinds_of_pairs(self.base)
        reach = ranges_of_pairs(self.base, i, j)
        i, j, reach = i[reach > 0], j[reach > 0], reach[reach > 0]
        count, whole = _FEWEST_NODES, np.ones_like(reach)
        before = _energy_of_layer(self.base, reach, self.width, whole, i, j, count)
        while True:
            after = _energy_of_layer(self.base, reach, self.width, whole, i, j, 2 * count)
            change = float(np.abs(after - before).max() / np.abs(after).max())
            if change < _SETTLED:
                return count
            if 2 * count > _MOST_NODES:
                logger.warning(
                    "the force law is not smooth over the last %.3g of its range: the energy of "
                    "its rounded cutoff is good to %.1g",
                    self.width, change,
                )  # fmt: skip
                return count
            before, count = after, 2 * count


def rounded_cutoff(potential: PairPotential, width: float = ROUNDED_WIDTH) -> PairPotential:
    """The potential with the repulsion at its cutoff, if there is any, ending smoothly.

    A pair that repels up to its cutoff, and not beyond, can hold a minimum on the cutoff itself,
    a corner: it is pushed out on one side and in on the other. The minimum of the rounded law
    has such a pair within ``width`` (a share of the range) of the corner, with the force that
    balances it. Where several laws with cutoffs of their own act on a pair, each is rounded that
    repels at its own.

    Raises
    ------
    InvalidSettingError
        If the width is no share between 0 and 1.
    InvalidPotentialError
        If the ranges of the potential are no symmetric table of lengths.
    """
    checked_ranges(potential)
    width = check_number(
        width, "the width of a rounded cutoff, a share of the range,", 0.0, 1.0, inside=True
    )
    if not cutoff_jumps(potential).repulsive:
        return potential
    if isinstance(potential, PolydispersePotential):  # a share of the range, whatever the size
        return replace(potential, law=rounded_cutoff(potential.law, width))
    parts = parts_of(potential)
    if len(parts) > 1:
        return SumOfParts(tuple(rounded_cutoff(part, width) for part in parts))
    return RoundedCutoff(potential, width)


@dataclass(frozen=True, eq=False)
class ContinuousEnergy(_BetweenTheSamePairs):
    """A potential less its energy at the cutoff; made by :func:`continuous_energy`."""

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        rows = self.base.derivatives(squared_distance, species_i, species_j)
        inside, reach = self._inside(squared_distance, species_i, species_j)
        i, j = species_i[inside], species_j[inside]
        if self._table is None:
            rows[0, inside] -= _energies_at_cutoff(self.base, reach, i, j)
        else:
            rows[0, inside] -= self._table[i, j]
        return rows

    @cached_property
    def _table(self) -> FloatArray | None:
        """(S, S) energies at the cutoffs; None where there is no table of pairs of species."""
        kinds = self._kinds()
        if kinds is None:
            return None
        i, j, reach = kinds
        energy = np.zeros((self.n_species, self.n_species))
        energy[i, j] = _energies_at_cutoff(self.base, reach, i, j)
        return energy


def continuous_energy(potential: PairPotential) -> PairPotential:
    """The potential with every phi less its value at the cutoff, where that is not zero.

    Forces are the same, and the energy is what they do as work: it does not jump where a pair
    crosses its cutoff. Of several laws with cutoffs of their own, each at its own.
    """
    if not cutoff_jumps(potential).energy:
        return potential
    if isinstance(potential, PolydispersePotential):
        return replace(potential, law=continuous_energy(potential.law))
    parts = parts_of(potential)
    if len(parts) > 1:
        return SumOfParts(tuple(continuous_energy(part) for part in parts))
    return ContinuousEnergy(potential)


def _rows(potential: PairPotential, r: FloatArray, i: npt.NDArray, j: npt.NDArray) -> FloatArray:
    """(4, P) phi, phi', phi'', phi'''."""
    g0, g1, g2, g3 = potential.derivatives(r**2, i, j)
    return np.array([g0, r * g1, g1 + r**2 * g2, 3 * r * g2 + r**3 * g3])


def _share(t: FloatArray) -> FloatArray:
    """S, the share of the force that is left in the layer."""
    return t**3 * (10.0 + t * (6.0 * t - 15.0))


def _energy_of_layer(
    potential: PairPotential,
    reach: FloatArray,
    width: float,
    t: FloatArray,
    i: npt.NDArray,
    j: npt.NDArray,
    nodes: int,
) -> FloatArray:
    """``int phi' S dr`` (P,) from the cutoff to ``r_c - t w``, by Gauss and Legendre."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    total = np.zeros_like(t)
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        s = 0.5 * (1.0 + place) * t
        r = reach * (1.0 - width * s)
        total -= 0.5 * weight * r * potential.derivatives(r**2, i, j)[1] * _share(s)
    return total * width * reach * t
