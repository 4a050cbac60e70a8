"""Potentials that are sums of others, each of which ends at a cutoff of its own.

In LAMMPS' ``hybrid/overlay`` several laws act on one pair. Where one ends before the others, its
force or stiffness may jump inside the range of the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray
from .pair_potential import PairPotential


def parts_of(potential: PairPotential) -> tuple[PairPotential, ...]:
    """Potentials that add up to one, each with one cutoff for a pair of species.

    Of most potentials it is the potential itself.
    """
    own: tuple[PairPotential, ...] = getattr(potential, "parts", (potential,))
    return own


@dataclass(frozen=True, eq=False)
class SumOfParts:
    """The sum of potentials between the same species."""

    parts: tuple[PairPotential, ...]

    @property
    def n_species(self) -> int:
        return self.parts[0].n_species

    @cached_property
    def ranges(self) -> FloatArray:
        return np.max([part.ranges for part in self.parts], axis=0)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        total = np.zeros((4, len(squared_distance)))
        for part in self.parts:
            total += part.derivatives(squared_distance, species_i, species_j)
        return total


@dataclass(frozen=True, eq=False)
class NoInteraction:
    """No interaction: the part of a pair of species that has fewer parts than others."""

    n_species: int = 1

    @property
    def ranges(self) -> FloatArray:
        return np.zeros((self.n_species, self.n_species))

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) zeros."""
        return np.zeros((4, len(squared_distance)))
