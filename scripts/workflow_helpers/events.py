"""Where the plastic events of a block are."""

from collections.abc import Callable, Mapping

import numpy.typing as npt

import workflow_helpers.checkout  # noqa: F401

from softfield.files.blocks import Record
from softfield.glass import Glass

#: What a record of the stage shear and the tables of its arrays have in common.
Events = Record | Mapping[str, npt.NDArray]

#: Setting ``statistics.event_location`` -> places (E, d) of the events in the unsheared glass:
#: the particle with the largest component of the critical mode, the centre of that mode, or the
#: particle with the largest nonaffine displacement across the drop.
EVENT_LOCATIONS: Mapping[str, Callable[[Glass, Events], npt.NDArray]] = {
    "critical_particle": lambda glass, events: events["position"],
    "critical_centre": lambda glass, events: events["centre"],
    "displaced_particle": lambda glass, events: glass.positions[events["displaced_particle"]],
}


def of_direction(events: Events, direction: str) -> dict[str, npt.NDArray]:
    """The arrays of the events under shear in one direction."""
    arrays = events.arrays() if isinstance(events, Record) else dict(events)
    chosen = arrays["direction"].astype(str) == direction
    return {name: values[chosen] for name, values in arrays.items()}


def event_places(glass: Glass, events: Events, location: str) -> npt.NDArray:
    """Places (E, d) of the events in the unsheared glass, by one of EVENT_LOCATIONS."""
    return EVENT_LOCATIONS[location](glass, events)
