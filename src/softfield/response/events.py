"""A plastic event: where, at what strain, and how much it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..glass import FloatArray, Glass
from ..mechanics.spectrum import participation_ratio

#: Displacement in a drop beyond which a particle counts as rearranged, in units of the mean
#: distance of particles.
REARRANGED = 0.1

#: Furthest that a step of a descent to the minimum behind a drop moves a particle, in these units.
DESCENT_CAP = 0.1


@dataclass(frozen=True, eq=False)
class PlasticEvent:
    """An irreversible rearrangement under quasistatic shear.

    Places are those of particles in the glass from which shear started, inside its cell, so
    that they can be compared with each other and with every map of that glass.

    Attributes
    ----------
    ordinal : int
        1 for the first event, 2 for the second, ...
    strain : float
        Strain gamma_c of the instability.
    strain_bracket : float
        How far apart the strains are between which it was seen to happen: a minimum before it, and
        one behind it.
    position : (d,)
        Place of the particle with the largest component of the critical mode.
    particle : int
        That particle.
    centre : (d,)
        Centre of the critical mode: places weighted by |Psi|^4.
    displaced_particle : int
        Particle with the largest displacement in the drop.
    displaced_position : (d,)
        Its place.
    stress_drop : float
        Decrease of the shear stress in the sense in which the glass is sheared, energy per
        volume: where the strain falls, the stress along the direction rises by it.
    energy_drop : float
        Decrease of the potential energy, by the work of its forces: jumps of the energy itself at
        a cutoff do not count.
    participation_ratio : float
        Of the critical mode at the instability.
    n_rearrangements : int
        Separate clusters of particles that moved further than REARRANGED in the drop;
        more than one is an avalanche, and one of very many particles, too.
    n_factorizations : int
        Spent on this event since the previous one.
    """

    ordinal: int
    strain: float
    strain_bracket: float
    position: FloatArray
    particle: int
    centre: FloatArray
    displaced_particle: int
    displaced_position: FloatArray
    stress_drop: float
    energy_drop: float
    participation_ratio: float
    n_rearrangements: int
    n_factorizations: int


@dataclass(frozen=True, eq=False)
class ContactChange:
    """A pair that crossed the cutoff of a potential whose force or stiffness jumps there.

    Attributes
    ----------
    strain : float
        Strain at which it crossed, interpolated in the step.
    strain_bracket : float
        Length of that step.
    pair : (int, int)
        The two particles.
    closed : bool
        Whether they came into range; otherwise they went out of it.
    displacement : float
        Largest displacement of a particle when the force of the pair came or went.
    """

    strain: float
    strain_bracket: float
    pair: tuple[int, int]
    closed: bool
    displacement: float


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


def directed_event_arrays(
    events: Mapping[str, Sequence[PlasticEvent]], dimension: int
) -> dict[str, npt.NDArray]:
    """As :func:`event_arrays` of the events of several directions of shear, one after the other.

    ``direction`` (E,) has the name of that of each event, as bytes; ordinals count in each anew.
    """
    parts = [event_arrays(found, dimension) for found in events.values()]
    names = np.repeat(list(events), [len(found) for found in events.values()])
    stacked = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"direction": names.astype(bytes), **stacked}


def recorded_event(
    start: Glass,
    mode: FloatArray,
    moved: FloatArray,
    pairs: npt.NDArray[np.int32],
    **changes: Any,
) -> PlasticEvent:
    """The event of a critical mode (N, d) and of the displacements (N,) in the drop.

    Places are those in ``start``; ``changes`` are the fields of strain, stress and energy.
    """
    particle = int(np.argmax(np.einsum("nc,nc->n", mode, mode)))
    displaced = int(np.argmax(moved))
    return PlasticEvent(
        position=start.into_box(start.positions[particle]),
        particle=particle,
        centre=centre_of_mode(start, mode),
        displaced_particle=displaced,
        displaced_position=start.into_box(start.positions[displaced]),
        participation_ratio=float(participation_ratio(mode)),
        n_rearrangements=count_clusters(pairs, moved / start.spacing),
        **changes,
    )


def centre_of_mode(glass: Glass, mode: FloatArray) -> FloatArray:
    """(d,) centre of a mode (N, d) in a glass, weighted by |Psi|^4, inside the cell.

    Images are the nearest to the particle with the largest component.
    """
    weight = np.einsum("nc,nc->n", mode, mode)
    core = glass.positions[np.argmax(weight)]
    around = glass.minimum_image(glass.positions - core)
    return glass.into_box(core + (weight**2 @ around) / (weight**2).sum())


def count_clusters(pairs: npt.NDArray[np.int32], moved: FloatArray) -> int:
    """Clusters of interacting particles that were displaced by more than REARRANGED."""
    far = moved > REARRANGED
    linked = pairs[far[pairs[:, 0]] & far[pairs[:, 1]]]
    graph = coo_array((np.ones(len(linked)), linked.T), shape=(len(moved), len(moved)))
    _, labels = connected_components(graph, directed=False)
    return max(1, len(np.unique(labels[far])))
