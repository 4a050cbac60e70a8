"""Make every map of a block of glasses, and find its soft spots.

Input: block files, stages ``glasses``, ``fields`` and ``modes``. Output: a block file of the maps
(``workflow_helpers/map_record.py``), without those that failed, and a table with a row per
realization, direction of shear, map and spot: ``rank`` (1 = softest; equals share it),
``softness`` (mean |value| near the spot, or what a map of places has for it), ``delta_epsilon``
(largest softness / softness), position ``x``, ``y`` (, ``z``), and ``failure``, empty but where no
spots could be found in a map: then the reason. A map of places that finds no place in a direction
has one row, without a rank.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked, vector_columns
from workflow_helpers.job import Result, job, logger, make_block
from workflow_helpers.map_record import array_of, map_record
from workflow_helpers.observed import Described, observed

from softfield.errors import FileFormatError, SoftfieldError
from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.softness.indicators import Map, Observed, indicator_map, indicator_spots
from softfield.softness.scores import delta_epsilon, ranks
from softfield.softness.spots import SoftSpot


def spot_rows(spots: Sequence[SoftSpot], dimension: int) -> pd.DataFrame:
    """The spots of one map, softest first; without any, one row that has no rank."""
    if not spots:
        return pd.DataFrame({"rank": [np.nan], "failure": [""]})
    softness = [spot.softness for spot in spots]
    spread = delta_epsilon(softness)
    columns = {
        "rank": ranks(spread),
        "softness": softness,
        "delta_epsilon": spread,
        **vector_columns("", [spot.position for spot in spots], dimension),
    }
    return pd.DataFrame({**columns, "failure": ""})


def of_map(
    name: str, known: Observed, settings: Mapping[str, Any]
) -> tuple[Map | None, pd.DataFrame]:
    """The map ``name`` and its spots; or no map and one row with the reason why there are none."""
    try:
        made = indicator_map(name, known)
        spots = indicator_spots(
            name, known, settings["vicinity_radius"], settings["common_bins"], made
        )
        return made, spot_rows(spots, known.glass.dimension)
    except FileFormatError:
        raise
    except SoftfieldError as error:
        logger.warning("map %s failed: %s", name, error)
        return None, pd.DataFrame({"failure": [f"{type(error).__name__}: {error}"]})


def of_glass(
    known: Observed, directions: Sequence[str], settings: Mapping[str, Any]
) -> tuple[dict[str, Map], list[pd.DataFrame]]:
    """Every map by the name of its array, and the spots of every map for every direction.

    A map that is not directed is made once.
    """
    maps: dict[str, Map] = {}
    found: dict[str, pd.DataFrame] = {}
    tables = []
    for direction in directions:
        known = known.towards(direction)
        for name in settings["maps"]:
            array = array_of(name, direction)
            if array not in found:
                made, found[array] = of_map(name, known, settings)
                if made is not None:
                    maps[array] = made
            tables.append(found[array].assign(direction=direction, map=name))
    return maps, tables


def main(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    described: Described | None,
    directions: Sequence[str],
    settings: Mapping[str, Any],
) -> None:
    """Write the maps and their spots of the realizations that went through every stage."""
    parts: list[pd.DataFrame] = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["fields"], "fields") as f,
        read_block(inputs["modes"], "modes") as m,
    ):
        parameters = {**f.provenance["parameters"], **m.provenance["parameters"]}
        parameters["statistics"] = dict(settings)

        def compute(index: int) -> Result:
            field = f.field(index)
            arrays, furthest = m[index].arrays(), settings["max_strain"]
            known = observed(described, g.glass(index), field, arrays, furthest)
            maps, tables = of_glass(known, directions, settings)
            parts.extend(rows.assign(realization=index) for rows in tables)
            return map_record(maps, field)

        usable = sorted({*f.indices} & {*m.indices})
        make_block(outputs["maps"], "maps", parameters, usable, compute)
    kinds = {"realization": int, "direction": str, "map": str, "rank": int, "failure": str}
    write_table(outputs["spots"], stacked(parts, kinds), provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "fields", "modes")},
            outputs=dict(snakemake.output.items()),
            described=snakemake.params.potential,
            directions=snakemake.params.directions,
            settings=snakemake.params.settings,
        )
