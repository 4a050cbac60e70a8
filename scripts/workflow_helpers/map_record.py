"""What the block ``maps`` holds of a glass: the map of every indicator, made once.

One array per map; of a map that is directed one per direction, named ``map:direction``. The
attribute ``of_pairs`` has the names of those that have a value per pair; where these are not the
pairs of the field, they are in the array ``name:pairs``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.job import Result

from softfield.files.blocks import Record
from softfield.glass import PairMap, ThermalEnergy
from softfield.softness.indicators import INDICATORS, Map


def array_of(name: str, direction: str) -> str:
    """Name of the array of a map, for shear in one direction."""
    return f"{name}:{direction}" if INDICATORS[name].directed else name


def map_record(maps: Mapping[str, Map], field: ThermalEnergy) -> Result:
    """The record of maps, which are given by the names of their arrays."""
    arrays: dict[str, Any] = {}
    of_pairs = []
    for name, one in maps.items():
        if isinstance(one, PairMap):
            of_pairs.append(name)
            arrays[name] = one.energy
            if not np.array_equal(one.pairs, getattr(field, "pairs", [])):
                arrays[f"{name}:pairs"] = one.pairs
        else:
            arrays[name] = one
    return arrays, {"of_pairs": " ".join(of_pairs)}


def map_from(record: Record, name: str, direction: str, field: ThermalEnergy) -> Map:
    """The map as its indicator made it."""
    array = array_of(name, direction)
    values = record[array]
    if array not in record.attributes["of_pairs"].split():
        return values
    own = f"{array}:pairs"
    return PairMap(record[own], values) if own in record.names else field.mapped(values)
