"""What a block of the stage ``shear`` holds of a glass, however it was sheared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflow_helpers.job import Result

from softfield.glass import Glass
from softfield.response.events import PlasticEvent, directed_event_arrays


def shear_record(
    glass: Glass, settings: Mapping[str, Any], events_of: Callable[[str], Sequence[PlasticEvent]]
) -> Result:
    """Arrays of the events in every direction of the settings, and whether all were found."""
    events = {direction: events_of(direction) for direction in settings["directions"]}
    complete = all(len(found) == settings["n_events"] for found in events.values())
    return directed_event_arrays(events, glass.dimension), {"complete": complete}
