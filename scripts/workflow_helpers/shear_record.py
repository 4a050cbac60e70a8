"""What a block of the stage ``shear`` holds of a glass, however it was sheared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflow_helpers.job import Result

from softfield.errors import InvalidSettingError
from softfield.glass import Glass
from softfield.mechanics.directions import direction_tensor
from softfield.response.events import PlasticEvent, directed_event_arrays
from softfield.response.shear import strain_along


def shear_record(
    glass: Glass, settings: Mapping[str, Any], events_of: Callable[[str], Sequence[PlasticEvent]]
) -> Result:
    """Arrays of the events in every direction of the settings, and whether all were found.

    Raises
    ------
    InvalidSettingError
        If the glass is strained beyond the largest strain of a direction already.
    """
    for direction in settings["directions"]:
        start = strain_along(glass, direction_tensor(direction, glass.dimension))
        if start >= settings["max_strain"]:
            raise InvalidSettingError(
                f"the glass has a strain of {start:g} along {direction} already, not below "
                f"shear.max_strain = {settings['max_strain']:g}: it would be sheared back. Give a "
                "larger one."
            )
    events = {direction: events_of(direction) for direction in settings["directions"]}
    complete = all(len(found) == settings["n_events"] for found in events.values())
    return directed_event_arrays(events, glass.dimension), {"complete": complete}
