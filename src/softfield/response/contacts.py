"""Glasses whose pairs keep their contacts: the branch between two crossings of a cutoff.

A *contact* is a pair that acts on each other. While contacts are held as they are, a pair in
contact goes on by the Taylor series of its law when it is further than the cutoff, and one out of
contact does nothing when it is nearer: the minimum then moves smoothly with the strain, also
where force or stiffness jump at the cutoff. It is a minimum of the glass as long as every
contact is nearer than its cutoff and every other pair further.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray, Glass
from ..mechanics.pairs import Interactions
from ..potentials.cutoffs import derivatives_at_cutoff, ranges_of_pairs
from .branch import Branch, Point

Pairs = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Cutoffs:
    """The cutoffs of a pair list: squared distances, and g0 ... g3 just inside (4, P)."""

    pairs: Pairs
    keys: npt.NDArray[np.int64]
    squared: FloatArray
    inside: FloatArray


@dataclass(frozen=True, eq=False)
class _Acting:
    """Which pairs of a list are in contact: their places in it (C,), and what they need."""

    cutoffs: _Cutoffs
    contacts: npt.NDArray[np.int64]
    place: npt.NDArray[np.intp]
    edge: FloatArray
    species: npt.NDArray[np.int32]


@dataclass
class ContactBranch(Branch):
    """A branch on which the contacts are held.

    Attributes
    ----------
    contacts : (C,) sorted int64
        Pairs in contact, i * N + j.
    partial : (int, float) or None
        A pair of which only a share acts, and the share.
    """

    contacts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    partial: tuple[int, float] | None = None
    _cutoffs: _Cutoffs | None = None
    _acting: _Acting | None = None

    def hold(self, glass: Glass, strain: float) -> None:
        """Hold the contacts that a glass has."""
        pairs = self._pair_list(glass, strain)
        squared = _squared_distances(glass, pairs)
        near = pairs[squared < self._cutoffs_of(glass, pairs).squared]
        self.contacts = np.sort(_keys(near, glass.n_particles))
        self.partial = None

    def change(self, pair: int) -> None:
        """Open a contact, or close one."""
        if self.has(pair):
            self.contacts = self.contacts[self.contacts != pair]
        else:
            self.contacts = np.sort(np.append(self.contacts, pair))

    def has(self, pair: int) -> bool:
        return bool(_among(np.array([pair]), self.contacts)[0])

    def crossed(self, point: Point) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
        """Pairs on the wrong side of their cutoff: (keys, squared distances, squared cutoffs)."""
        acting = self._acting_in(point.glass, point.found.pairs)
        squared, cutoffs = point.found.squared_distances, acting.cutoffs
        wrong = squared < cutoffs.squared
        wrong[acting.place] = squared[acting.place] >= acting.edge
        return cutoffs.keys[wrong], squared[wrong], cutoffs.squared[wrong]

    def continuous_energy(self, found: Interactions, glass: Glass) -> float:
        """The energy whose slope the forces are: phi less its value at the cutoff."""
        acting = self._acting_in(glass, found.pairs)
        return float(found.g0.sum() - acting.cutoffs.inside[0][acting.place].sum())

    def _interactions(self, glass: Glass, strain: float) -> Interactions:
        pairs = self._pair_list(glass, strain)
        acting = self._acting_in(glass, pairs)
        i, j = pairs.T
        vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
        held = vectors[acting.place]
        squared = np.einsum("pc,pc->p", held, held)
        beyond = np.flatnonzero(squared >= acting.edge)
        further = squared[beyond] - acting.edge[beyond]
        squared[beyond] = acting.edge[beyond] * (1.0 - 1e-15)
        rows = np.zeros((4, len(pairs)))
        rows[:, acting.place] = self.potential.derivatives(squared, *acting.species)
        past = acting.place[beyond]
        rows[:, past] = _continued(acting.cutoffs.inside[:, past], 0.5 * further)
        if self.partial is not None:
            pair, share = self.partial
            rows[:, acting.cutoffs.keys == pair] *= share
        return Interactions(
            pairs, vectors, *rows, glass.n_particles,
            boxes_away=float(np.abs(glass.positions / glass.box).max()),
        )  # fmt: skip

    def _acting_in(self, glass: Glass, pairs: Pairs) -> _Acting:
        known = self._acting
        if known is None or known.cutoffs.pairs is not pairs or known.contacts is not self.contacts:
            cutoffs = self._cutoffs_of(glass, pairs)
            place = np.flatnonzero(_among(cutoffs.keys, self.contacts))
            species = np.ascontiguousarray(glass.species[pairs[place]].T)
            self._acting = known = _Acting(
                cutoffs, self.contacts, place, cutoffs.squared[place], species
            )
        return known

    def _cutoffs_of(self, glass: Glass, pairs: Pairs) -> _Cutoffs:
        if self._cutoffs is None or self._cutoffs.pairs is not pairs:
            i, j = glass.species[pairs].T
            squared = ranges_of_pairs(self.potential, i, j) ** 2
            inside = derivatives_at_cutoff(self.potential, i, j)
            self._cutoffs = _Cutoffs(pairs, _keys(pairs, glass.n_particles), squared, inside)
        return self._cutoffs


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
