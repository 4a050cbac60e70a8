"""Glasses whose pairs keep their contacts: the branch between two crossings of a cutoff.

A *contact* is a pair that acts on each other. While contacts are held as they are, a pair in
contact goes on by the Taylor series of its law when it is further than the cutoff, and one out of
contact does nothing when it is nearer: the minimum then moves smoothly with the strain, also
where force or stiffness jump at the cutoff. It is a minimum of the glass as long as every
contact is nearer than its cutoff and every other pair further. Where several laws with cutoffs of
their own act on a pair, it has a contact for each of these *parts* of the potential.

A particle that nothing holds, a *rattler*, has no contacts while it finds room among its
neighbours: it goes along with one of them, and its place is no part of the state.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray, Glass
from ..mechanics.derivatives import pair_forces
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions, interactions
from ..potentials.cutoffs import derivatives_at_cutoff, ranges_of_pairs
from ..potentials.pair_potential import PairPotential, largest_range
from ..potentials.parts import parts_of
from .branch import Branch, LostBranchError, Point

Pairs = npt.NDArray[np.int32]

#: A contact bears load if its force is more than this share of the mean: descent to a force of
#: 1e-10 leaves less on a rattler. A rattler is held again where it finds no place at which its
#: forces are less than the second share. They differ because a cage yields when what is in it
#: does not push any more.
BEARING, _HELD = 1e-6, 1e-4

#: Displacement, in units of the range, by which a rattler is moved to find a better place.
_SHAKEN = 1e-3

#: How often a rattler is pushed out of the way before it has no room.
_TRIES = 500


@dataclass(frozen=True, eq=False)
class _Cutoffs:
    """The cutoffs of a pair list of P pairs and K parts of the law, part by part: L = K P.

    Keys of contacts (L,), squared distances (L,), and g0 ... g3 just inside (4, L).
    """

    pairs: Pairs
    keys: npt.NDArray[np.int64]
    squared: FloatArray
    inside: FloatArray


@dataclass(frozen=True, eq=False)
class _Acting:
    """Which cutoffs of a list are those of contacts: their places (C,), and what they need.

    ``row`` is the place of the pair in the list of pairs, ``parts`` where each part begins in
    ``place``, and where the last one ends.
    """

    cutoffs: _Cutoffs
    contacts: npt.NDArray[np.int64]
    place: npt.NDArray[np.intp]
    row: npt.NDArray[np.intp]
    parts: list[int]
    edge: FloatArray
    species: npt.NDArray[np.int32]


@dataclass
class ContactBranch(Branch):
    """A branch on which the contacts are held.

    Attributes
    ----------
    contacts : (C,) sorted int64
        Contacts by their key, (i * N + j) * K + k: pair i < j and part k of the K of the law.
    partial : (int, float) or None
        A contact of which only a share acts, and the share.
    rattlers : (N,) of bool, or None where every particle is held
    """

    contacts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    partial: tuple[int, float] | None = None
    rattlers: npt.NDArray[np.bool_] | None = None
    _cutoffs: _Cutoffs | None = None
    _acting: _Acting | None = None

    @cached_property
    def _parts(self) -> tuple[PairPotential, ...]:
        return parts_of(self.potential)

    def hold(self, glass: Glass, strain: float, least: float = BEARING) -> None:
        """Hold the contacts that a glass has; rattlers have none.

        A contact bears load if its force is more than the share ``least`` of the mean.
        """
        pairs = self._pair_list(glass, strain)
        cutoffs = self._cutoffs_of(glass, pairs)
        squared = _squared_distances(glass, pairs)
        near = squared < cutoffs.squared.reshape(len(self._parts), -1)
        found = interactions(glass, self.potential, pairs[near.any(axis=0)])
        loose = _rattlers(found, least)
        self.rattlers = loose if loose.any() else None
        near &= ~loose[pairs].any(axis=1)
        self.contacts = np.sort(cutoffs.keys[near.ravel()])
        self.partial = None

    def factorize(self, glass: Glass, found: Interactions, single: bool = False) -> Factorization:
        """Factorization at a point; each rattler is tied to one neighbour.

        A spring to one neighbour alone leaves the motion of all others as it is.
        """
        if self.rattlers is not None:
            found = _tied(found, self.rattlers)
        return super().factorize(glass, found, single)

    def shaken(self, glass: Glass, random: np.random.Generator) -> Glass:
        """The glass with its rattlers moved a little: one may be balanced between two others."""
        if self.rattlers is None:
            return glass
        positions = np.array(glass.positions)
        scale = _SHAKEN * largest_range(self.potential, glass.species)
        positions[self.rattlers] += scale * random.normal(size=positions[self.rattlers].shape)
        return glass.with_positions(positions)

    def with_room(self, point: Point) -> Point:
        """The point with rattlers moved out of the way of other particles.

        Raises
        ------
        LostBranchError
            If one finds no room: it is held again.
        """
        loose = self.rattlers
        if loose is None:
            return point
        glass, pairs = point.glass, point.found.pairs
        around = np.flatnonzero(loose[pairs].any(axis=1))
        i, j = pairs[around].T
        cutoffs = ranges_of_pairs(self.potential, glass.species[i], glass.species[j])
        typical = _mean_force(point.found)
        positions = np.array(glass.positions)
        for _ in range(_TRIES):
            u = glass.minimum_image(positions[j] - positions[i])
            r = np.linalg.norm(u, axis=1)
            near = np.flatnonzero(r < cutoffs)
            rows = self.potential.derivatives(
                r[near] ** 2, glass.species[i[near]], glass.species[j[near]]
            )
            if not (np.abs(rows[1]) * r[near] > _HELD * typical).any():
                break
            gap = cutoffs[near] - r[near]
            push = (gap / r[near])[:, None] * u[near]
            both = loose[i[near]] & loose[j[near]]
            push[both] *= 0.5
            for side, sign in ((i[near], -1.0), (j[near], 1.0)):
                np.add.at(positions, side[loose[side]], sign * push[loose[side]])
        else:
            raise LostBranchError
        moved = glass.with_positions(positions)
        return replace(point, glass=moved, found=self.interactions(moved, point.strain))

    def change(self, contact: int) -> None:
        """Open a contact, or close one."""
        if self.has(contact):
            self.contacts = self.contacts[self.contacts != contact]
        else:
            self.contacts = np.sort(np.append(self.contacts, contact))

    def has(self, contact: int) -> bool:
        return bool(_among(np.array([contact]), self.contacts)[0])

    def pairs_of(
        self, contacts: npt.ArrayLike, n_particles: int
    ) -> tuple[npt.NDArray, npt.NDArray]:
        """Particles i and j of contacts, given by their keys."""
        i, j = np.divmod(np.asarray(contacts) // len(self._parts), n_particles)
        return i, j

    def crossed(self, point: Point) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
        """Pairs on the wrong side of a cutoff: (keys, squared distances, squared cutoffs)."""
        acting = self._acting_in(point.glass, point.found.pairs)
        squared, cutoffs = np.tile(point.found.squared_distances, len(self._parts)), acting.cutoffs
        wrong = squared < cutoffs.squared
        wrong[acting.place] = squared[acting.place] >= acting.edge
        if self.rattlers is not None:
            held = ~self.rattlers[point.found.pairs].any(axis=1)
            wrong &= np.tile(held, len(self._parts))
        return cutoffs.keys[wrong], squared[wrong], cutoffs.squared[wrong]

    def continuous_energy(self, found: Interactions, glass: Glass) -> float:
        """The energy whose slope the forces are: phi less its value at the cutoff."""
        acting = self._acting_in(glass, found.pairs)
        return float(found.g0.sum() - acting.cutoffs.inside[0][acting.place].sum())

    def _forces(self, glass: Glass, strain: float) -> FloatArray:
        return pair_forces(self._interactions(glass, strain))

    def _interactions(self, glass: Glass, strain: float) -> Interactions:
        pairs = self._pair_list(glass, strain)
        acting = self._acting_in(glass, pairs)
        i, j = pairs.T
        vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
        held = vectors[acting.row]
        squared = np.einsum("pc,pc->p", held, held)
        beyond = np.flatnonzero(squared >= acting.edge)
        further = squared[beyond] - acting.edge[beyond]
        squared[beyond] = acting.edge[beyond] * (1.0 - 1e-15)
        rows = np.zeros((4, len(acting.cutoffs.keys)))
        for part, bounds in zip(self._parts, pairwise(acting.parts), strict=True):
            some = slice(*bounds)
            rows[:, acting.place[some]] = part.derivatives(squared[some], *acting.species[:, some])
        past = acting.place[beyond]
        rows[:, past] = _continued(acting.cutoffs.inside[:, past], 0.5 * further)
        if self.partial is not None:
            contact, share = self.partial
            rows[:, acting.cutoffs.keys == contact] *= share
        away = float(np.abs(glass.positions / glass.box).max())
        g0, g1, g2, g3 = rows.reshape(4, len(self._parts), len(pairs)).sum(axis=1)
        return Interactions(pairs, vectors, g0, g1, g2, g3, glass.n_particles, away)

    def _acting_in(self, glass: Glass, pairs: Pairs) -> _Acting:
        known = self._acting
        if known is None or known.cutoffs.pairs is not pairs or known.contacts is not self.contacts:
            cutoffs = self._cutoffs_of(glass, pairs)
            place = np.flatnonzero(_among(cutoffs.keys, self.contacts))
            row = place % max(len(pairs), 1)
            species = np.ascontiguousarray(glass.species[pairs[row]].T)
            begins = np.arange(len(self._parts) + 1) * len(pairs)
            parts = np.searchsorted(place, begins).tolist()
            self._acting = known = _Acting(
                cutoffs, self.contacts, place, row, parts, cutoffs.squared[place], species
            )
        return known

    def _cutoffs_of(self, glass: Glass, pairs: Pairs) -> _Cutoffs:
        if self._cutoffs is None or self._cutoffs.pairs is not pairs:
            i, j = glass.species[pairs].T
            parts, keys = self._parts, _keys(pairs, glass.n_particles)
            self._cutoffs = _Cutoffs(
                pairs,
                np.concatenate([keys * len(parts) + k for k in range(len(parts))]),
                np.concatenate([ranges_of_pairs(part, i, j) ** 2 for part in parts]),
                np.concatenate([derivatives_at_cutoff(part, i, j) for part in parts], axis=1),
            )
        return self._cutoffs


def _rattlers(found: Interactions, least: float) -> npt.NDArray[np.bool_]:
    """(N,) particles that nothing holds: fewer than d + 1 contacts, all of which repel.

    Contacts with less than a share of the mean force bear nothing. Where one particle is loose,
    others that leaned on it may be, so this is repeated.
    """
    n, d = found.n_particles, found.dimension
    force = found.g1 * np.sqrt(found.squared_distances)
    bearing = found.pairs[np.abs(force) > least * _mean_force(found)]
    attracted = np.zeros(n, dtype=bool)
    attracted[found.pairs[force > 0]] = True
    loose = np.zeros(n, dtype=bool)
    while True:
        among = bearing[~loose[bearing].any(axis=1)]
        more = (np.bincount(among.ravel(), minlength=n) <= d) & ~attracted & ~loose
        if not more.any():
            return loose
        loose |= more


def _mean_force(found: Interactions) -> float:
    """Mean magnitude of the forces of pairs that act."""
    force = np.abs(found.g1) * np.sqrt(found.squared_distances)
    return float(force[force > 0].mean()) if force.any() else 0.0


def _tied(found: Interactions, loose: npt.NDArray[np.bool_]) -> Interactions:
    """The interactions with a spring from each rattler to a neighbour, a tree of them."""
    rows = np.array([found.g1, found.g2])
    stiffness = np.abs(found.g2 * found.squared_distances)
    typical = float(stiffness[stiffness > 0].mean())
    tied = ~loose
    while True:
        ends = tied[found.pairs]
        new = np.flatnonzero(ends[:, 0] != ends[:, 1])
        reached = found.pairs[new][~ends[new]]
        reached, first = np.unique(reached, return_index=True)
        if not len(reached):
            return replace(found, g1=rows[0], g2=rows[1])
        rows[:, new[first]] = [[typical], [0.0]]
        tied[reached] = True


def _continued(inside: FloatArray, h: FloatArray) -> FloatArray:
    """g0 ... g3 at a distance h = (r^2 - r_c^2) / 2 beyond the cutoff, by Taylor's series."""
    g0, g1, g2, g3 = inside
    return np.array(
        [
            g0 + h * (g1 + h / 2 * (g2 + h / 3 * g3)),
            g1 + h * (g2 + h / 2 * g3),
            g2 + h * g3,
            g3,
        ]
    )


def _squared_distances(glass: Glass, pairs: Pairs) -> FloatArray:
    i, j = pairs.T
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    return np.einsum("pc,pc->p", vectors, vectors)


def _keys(pairs: Pairs, n_particles: int) -> npt.NDArray[np.int64]:
    return pairs[:, 0].astype(np.int64) * n_particles + pairs[:, 1]


def _among(keys: npt.NDArray[np.int64], some: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each key is among the sorted ``some``."""
    if not len(some):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(some, keys), len(some) - 1)
    return some[place] == keys
