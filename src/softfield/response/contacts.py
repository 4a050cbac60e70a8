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
    """The cutoffs of a pair list: squared distance, and g0 ... g3 just inside (4, P)."""

    pairs: Pairs
    squared: FloatArray
    inside: FloatArray


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
        glass, pairs = point.glass, point.found.pairs
        keys, squared = _keys(pairs, glass.n_particles), point.found.squared_distances
        cutoffs = self._cutoffs_of(glass, pairs).squared
        wrong = _among(keys, self.contacts) != (squared < cutoffs)
        return keys[wrong], squared[wrong], cutoffs[wrong]

    def continuous_energy(self, found: Interactions, glass: Glass) -> float:
        """The energy whose slope the forces are: phi less its value at the cutoff."""
        cutoffs = self._cutoffs_of(glass, found.pairs)
        acting = _among(_keys(found.pairs, glass.n_particles), self.contacts)
        return float(found.g0.sum() - cutoffs.inside[0][acting].sum())

    def _interactions(self, glass: Glass, strain: float) -> Interactions:
        pairs = self._pair_list(glass, strain)
        cutoffs = self._cutoffs_of(glass, pairs)
        acting = np.flatnonzero(_among(_keys(pairs, glass.n_particles), self.contacts))
        i, j = pairs.T
        vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
        squared = np.einsum("pc,pc->p", vectors, vectors)
        edge = cutoffs.squared[acting]
        beyond = squared[acting] >= edge
        place = np.where(beyond, edge * (1.0 - 1e-15), squared[acting])
        rows = np.zeros((4, len(pairs)))
        held = self.potential.derivatives(place, glass.species[i[acting]], glass.species[j[acting]])
        held[:, beyond] = _continued(
            cutoffs.inside[:, acting[beyond]], 0.5 * (squared[acting] - edge)[beyond]
        )
        rows[:, acting] = held
        if self.partial is not None:
            pair, share = self.partial
            rows[:, _keys(pairs, glass.n_particles) == pair] *= share
        return Interactions(
            pairs, vectors, *rows, glass.n_particles,
            boxes_away=float(np.abs(glass.positions / glass.box).max()),
        )  # fmt: skip

    def _cutoffs_of(self, glass: Glass, pairs: Pairs) -> _Cutoffs:
        if self._cutoffs is None or self._cutoffs.pairs is not pairs:
            i, j = glass.species[pairs].T
            squared = ranges_of_pairs(self.potential, i, j) ** 2
            inside = derivatives_at_cutoff(self.potential, i, j)
            self._cutoffs = _Cutoffs(pairs, squared, inside)
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
