"""Another potential for each pair of species, or a size for each particle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..checks.arrays import real_numbers
from ..checks.numbers import is_number, shown
from ..errors import InvalidPotentialError, OverlapError
from ..glass import FloatArray, Glass
from .pair_potential import (
    PairPotential,
    check_alike,
    check_pairs,
    check_species,
    checked_ranges,
)
from .parts import NoInteraction, parts_of

#: Distances at which two potentials are compared.
COMPARED = 101


@dataclass(frozen=True, eq=False)
class PotentialByPair:
    """Another potential for each pair of species; made by :func:`potential_by_pair`."""

    members: tuple[tuple[PairPotential, ...], ...]

    @property
    def n_species(self) -> int:
        return len(self.members)

    @cached_property
    def ranges(self) -> FloatArray:
        return np.array([[checked_ranges(member)[0, 0] for member in row] for row in self.members])

    @cached_property
    def parts(self) -> tuple[PotentialByPair, ...]:
        """Potentials that add up to this one: its members' parts, see :func:`parts_of`."""
        parts = [[parts_of(member) for member in row] for row in self.members]
        most = max(len(own) for row in parts for own in row)
        if most < 2:
            return (self,)
        return tuple(
            PotentialByPair(
                tuple(tuple((*own, *[NoInteraction()] * most)[k] for own in row) for row in parts)
            )
            for k in range(most)
        )

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_pairs(self, squared_distance, species_i, species_j)
        result = np.zeros((4, len(squared_distance)))
        for a, row in enumerate(self.members):
            for b, member in enumerate(row):
                chosen = (species_i == a) & (species_j == b)
                zeros = np.zeros(np.count_nonzero(chosen), dtype=np.int32)
                result[:, chosen] = member.derivatives(squared_distance[chosen], zeros, zeros)
        return result


@dataclass(frozen=True, eq=False)
class PolydispersePotential:
    """One law for particles that each have a size of their own; made by :func:`polydisperse`.

    ``ranges`` is a 1 x 1 table with the largest range: a table over all pairs of N sizes
    would need N^2 numbers. ``pair_ranges`` has the range of each pair.
    """

    law: PairPotential
    sizes: FloatArray
    nonadditivity: float

    @property
    def n_species(self) -> int:
        return len(self.sizes)

    @cached_property
    def ranges(self) -> FloatArray:
        largest = float(self.sizes.max()) * max(1.0, _largest_factor(self.sizes, self))
        return checked_ranges(self.law) * largest

    @cached_property
    def parts(self) -> tuple[PolydispersePotential, ...]:
        """Potentials that add up to this one: the parts of its law, see :func:`parts_of`."""
        parts = parts_of(self.law)
        return (self,) if len(parts) < 2 else tuple(replace(self, law=part) for part in parts)

    def pair_diameters(self, particle_i: npt.NDArray, particle_j: npt.NDArray) -> FloatArray:
        """(P,) s_ij of pairs of particles."""
        check_species(self, particle_i, particle_j)
        check_alike(particle_i, particle_j)
        a, b = self.sizes[particle_i], self.sizes[particle_j]
        return 0.5 * (a + b) * (1.0 - self.nonadditivity * np.abs(a - b))

    def pair_ranges(self, particle_i: npt.NDArray, particle_j: npt.NDArray) -> FloatArray:
        """(P,) distance beyond which each pair of particles does not interact."""
        return checked_ranges(self.law)[0, 0] * self.pair_diameters(particle_i, particle_j)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_pairs(self, squared_distance, species_i, species_j)
        squared_size = self.pair_diameters(species_i, species_j) ** 2
        zeros = np.zeros(len(squared_size), dtype=np.int32)
        scaled = self.law.derivatives(squared_distance / squared_size, zeros, zeros)
        # h scales with s^2, so every derivative in h brings down s^-2.
        return scaled * squared_size ** -np.arange(4.0)[:, None]


def potential_by_pair(members: Sequence[Sequence[PairPotential]]) -> PotentialByPair:
    """One potential per pair of species: ``potential_by_pair([[AA, AB], [AB, BB]])``.

    Each member has one species. The table must be symmetric: equal potentials at (a, b) and
    (b, a).

    Raises
    ------
    InvalidPotentialError
        If the table is not square and symmetric, or a member has several species.
    """
    try:
        rows = tuple(tuple(row) for row in members)
    except TypeError:  # no table
        rows = ()
    if not rows or any(len(row) != len(rows) for row in rows):
        raise InvalidPotentialError("give a square table: one row and column per species.")
    for row in rows:
        for member in row:
            checked_ranges(member)
    if any(member.n_species != 1 for row in rows for member in row):
        raise InvalidPotentialError("every member of the table must be a one-species potential.")
    for a in range(len(rows)):
        for b in range(a):
            if not _equal(rows[a][b], rows[b][a]):
                raise InvalidPotentialError(
                    f"the potentials of species ({a}, {b}) and ({b}, {a}) differ; a pair has one."
                )
    return PotentialByPair(rows)


def _equal(one: PairPotential, other: PairPotential) -> bool:
    """Whether two one-species potentials are the same function, to rounding.

    They are compared down to a third of the range, or to where both cannot go closer.
    """
    if one is other:
        return True
    reach = float(checked_ranges(one)[0, 0])
    if not np.isclose(reach, checked_ranges(other)[0, 0], rtol=1e-13, atol=0.0):
        return False
    places = reach * np.linspace(0.997, 0.33, COMPARED)
    values = [_down_to_overlap(potential, places) for potential in (one, other)]
    if values[0].shape != values[1].shape:
        return False
    typical = np.median(np.abs(values[0]), axis=1, keepdims=True)
    return bool((np.abs(values[0] - values[1]) <= 1e-10 * (np.abs(values[0]) + typical)).all())


def _down_to_overlap(potential: PairPotential, distances: FloatArray) -> FloatArray:
    """(4, P) g0 ... g3 at falling distances, as far as the potential is defined."""
    kind = np.zeros(1, dtype=np.int32)
    values = []
    for r in distances:
        try:
            values.append(potential.derivatives(np.array([r**2]), kind, kind))
        except OverlapError:  # nearer than a table goes
            break
    return np.concatenate(values, axis=1) if values else np.zeros((4, 0))


def polydisperse(
    law: PairPotential, sizes: npt.ArrayLike | Glass, nonadditivity: float = 0.0
) -> PolydispersePotential:
    """The one-species potential ``law`` between particles that each have their own size.

    ``phi_ij(r) = law(r / s_ij)`` with ``s_ij = (s_i + s_j)/2 (1 - nu |s_i - s_j|)``; nu = 0
    mixes additively, nu = 0.2 is the mixture of Ninarello, Berthier and Coslovich, PRX 7,
    021039 (2017). The species of a particle in the glass is its own index:
    ``Glass(positions, np.arange(N), box)``, or, with the sizes that a file has,
    ``glass = read_glass(path).with_own_species()`` and ``polydisperse(law, glass)``.

    Parameters
    ----------
    law : PairPotential
        One species; its lengths are in units of s_ij.
    sizes : (N,) array_like, or a Glass
        Diameter s_i of each particle, length; of a glass its ``diameters``.
    nonadditivity : float
        nu, 1 / length; small enough that every s_ij is positive.

    Raises
    ------
    InvalidPotentialError
        If sizes are not positive, or the law has several species, or a glass has no sizes, or
        its species are not 0, 1, ... N - 1.
    """
    checked_ranges(law)
    given = _sizes_of(sizes) if isinstance(sizes, Glass) else sizes
    diameters = real_numbers(given, "sizes", InvalidPotentialError)
    if diameters.ndim != 1 or not diameters.size or not (diameters > 0).all():
        raise InvalidPotentialError("sizes must be positive lengths, one per particle, shape (N,).")
    if law.n_species != 1:
        raise InvalidPotentialError(
            f"the law has {law.n_species} species; sizes scale a one-species potential."
        )
    spread = float(np.ptp(diameters))
    finite = np.isfinite(spread) and is_number(nonadditivity) and np.isfinite(float(nonadditivity))
    if not (finite and nonadditivity * spread < 1):
        raise InvalidPotentialError(
            f"sizes that differ by {spread:.3g} with nonadditivity {shown(nonadditivity)} give "
            "pair diameters that are not positive and finite; lower the nonadditivity."
        )
    diameters.setflags(write=False)
    return PolydispersePotential(law, diameters, float(nonadditivity))


def _sizes_of(glass: Glass) -> FloatArray:
    """The diameters of a glass in which every particle is its own species."""
    if glass.diameters is None:
        raise InvalidPotentialError(
            "the glass has no diameters: its file has no column with a radius or diameter. Pass "
            "the sizes themselves."
        )
    if not np.array_equal(glass.species, np.arange(glass.n_particles)):
        raise InvalidPotentialError(
            "with a size for each particle, the species of a particle is its own number: pass "
            "glass.with_own_species(), and go on with that glass."
        )
    return glass.diameters


def _largest_factor(sizes: FloatArray, potential: PolydispersePotential) -> float:
    """Bound on s_ij / max(sizes); above 1 only for negative nonadditivity."""
    return 1.0 - min(potential.nonadditivity, 0.0) * float(np.ptp(sizes))
