"""A plastic event: where, at what strain, and how much it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..glass import FloatArray

#: Displacement (length) in a drop beyond which a particle counts as rearranged.
REARRANGED = 0.1


@dataclass(frozen=True, eq=False)
class PlasticEvent:
    """An irreversible rearrangement under quasistatic shear.

    Attributes
    ----------
    ordinal : int
        1 for the first event, 2 for the second, ...
    strain : float
        Strain gamma_c of the instability.
    position : (d,)
        Particle with the largest component of the critical mode, unsheared frame.
    particle : int
        That particle.
    centre : (d,)
        Centre of the critical mode, weighted by |Psi|^4, unsheared frame.
    displaced_particle : int
        Particle with the largest displacement in the drop.
    stress_drop : float
        Decrease of the shear stress, energy per volume.
    energy_drop : float
        Decrease of the potential energy.
    participation_ratio : float
        Of the critical mode at the instability.
    n_rearrangements : int
        Separate clusters of particles that moved further than REARRANGED in the drop;
        more than one is an avalanche.
    n_factorizations : int
        Spent on this event since the previous one.
    """

    ordinal: int
    strain: float
    position: FloatArray
    particle: int
    centre: FloatArray
    displaced_particle: int
    stress_drop: float
    energy_drop: float
    participation_ratio: float
    n_rearrangements: int
    n_factorizations: int


def event_arrays(events: Sequence[PlasticEvent], dimension: int) -> dict[str, npt.NDArray]:
    """Every field of E events as one array (E,) or, for places, (E, d), by name."""
    kinds = {"int": np.int32, "float": np.float64}
    found = {}
    for field in fields(PlasticEvent):
        values = [getattr(event, field.name) for event in events]
        if str(field.type) in kinds:
            found[field.name] = np.array(values, dtype=kinds[str(field.type)])
        else:
            found[field.name] = np.array(values, dtype=np.float64).reshape(-1, dimension)
    return found


def count_clusters(pairs: npt.NDArray[np.int32], moved: FloatArray) -> int:
    """Clusters of interacting particles that were displaced by more than REARRANGED."""
    far = moved > REARRANGED
    linked = pairs[far[pairs[:, 0]] & far[pairs[:, 1]]]
    graph = coo_array((np.ones(len(linked)), linked.T), shape=(len(moved), len(moved)))
    _, labels = connected_components(graph, directed=False)
    return max(1, len(np.unique(labels[far])))
