"""Sizes of the circles that stand for particles."""

from __future__ import annotations

import numpy as np

from ..glass import FloatArray, Glass
from ..mechanics.pairs import nearest_distances, neighbor_pairs
from ..potentials.cutoffs import ranges_of_pairs
from ..potentials.pair_potential import PairPotential, checked_ranges


def drawn_diameters(glass: Glass, potential: PairPotential) -> FloatArray:
    """(N,) diameters to draw, length: of the glass, or proportional to the range of like pairs.

    Half of the nearest neighbours overlap then.
    """
    if glass.diameters is not None:
        return glass.diameters
    like, table = (
        ranges_of_pairs(potential, glass.species, glass.species),
        checked_ranges(potential),
    )
    if len(table) > 1:
        largest = table[:, np.unique(glass.species)].max(axis=1)
        like = np.where(like > 0, like, largest[glass.species])  # not with their like
    pairs = neighbor_pairs(glass, potential)
    i, j = pairs.T
    apart = np.linalg.norm(glass.minimum_image(glass.positions[j] - glass.positions[i]), axis=1)
    touching = apart / (0.5 * (like[i] + like[j]))
    return like * float(np.median(nearest_distances(glass.n_particles, pairs, touching)))
