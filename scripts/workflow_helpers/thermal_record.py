"""What a block of the stage ``thermal`` holds of a glass."""

import math
from collections.abc import Mapping

import numpy as np

from workflow_helpers.job import Result

from softfield.files.blocks import realization_seed
from softfield.response.events import event_arrays
from softfield.response.thermal_events import ThermalPath

#: Temperature and rate.
Point = tuple[float, float]


def seed_of_point(
    master_seed: int, ensemble: str, index: int, temperature: float, rate: float
) -> int:
    """Seed of the dynamics of one realization, apart from that of the glass itself."""
    return realization_seed(master_seed, f"{ensemble} thermal {temperature:g} {rate:g}", index)


def coldest(paths: Mapping[Point, ThermalPath]) -> tuple[float, ThermalPath | None]:
    """The lowest temperature at which the glass left its minimum at rest, and how it did."""
    left = {t: path for (t, rate), path in paths.items() if rate == 0 and path.events}
    return (min(left), left[min(left)]) if left else (math.nan, None)


def thermal_record(paths: Mapping[Point, ThermalPath], dimension: int) -> Result:
    """Arrays of the events at every point, and of the points; whether all events were seen."""
    temperature, path_left = coldest(paths)
    counts = [len(path.events) for path in paths.values()]
    temperatures, rates = np.array(list(paths), dtype=np.float64).reshape(-1, 2).T
    events = [event for path in paths.values() for event in path.events]
    arrays = {
        **event_arrays(events, dimension),
        "temperature": np.repeat(temperatures, counts),
        "rate": np.repeat(rates, counts),
        "time": np.concatenate([path.times for path in paths.values()]),
        "time_bracket": np.concatenate([path.time_brackets for path in paths.values()]),
        "point_temperature": temperatures,
        "point_rate": rates,
        "point_events": np.array(counts),
        "point_flickers": np.array([path.n_flickers for path in paths.values()]),
        "point_quenches": np.array([path.n_quenches for path in paths.values()]),
        "point_time": np.array([path.time for path in paths.values()]),
        "left_positions": path_left.minima[1].positions if path_left else np.empty((0, dimension)),
    }
    complete = all(path.complete for path in paths.values())
    return arrays, {"complete": complete, "left_temperature": temperature}
