"""Find the soft spots of a block of glasses in every map.

Input: block files, stages ``glasses``, ``fields`` and ``modes``. Output: a table with a row per
realization, direction of shear, map and spot: ``rank`` (1 = softest), ``softness`` (mean |value|
near the spot, or what a map of places has for it), ``delta_epsilon`` (largest softness /
softness), position ``x``, ``y`` (, ``z``), and ``failure``, empty but where no spots could be
found in a map: then the reason. A map of places that finds no place in a direction has one row,
without a rank.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked, vector_columns
from workflow_helpers.job import job, logger
from workflow_helpers.observed import Described, observed

from softfield.errors import FileFormatError, SoftfieldError
from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.softness.indicators import INDICATORS, Observed, indicator_spots
from softfield.softness.scores import delta_epsilon
from softfield.softness.spots import SoftSpot


def spot_rows(spots: Sequence[SoftSpot], dimension: int) -> pd.DataFrame:
    """The spots of one map, softest first; without any, one row that has no rank."""
    if not spots:
        return pd.DataFrame({"rank": [np.nan], "failure": [""]})
    softness = [spot.softness for spot in spots]
    columns = {
        "rank": np.arange(1, len(spots) + 1),
        "softness": softness,
        "delta_epsilon": delta_epsilon(softness),
        **vector_columns("", [spot.position for spot in spots], dimension),
    }
    return pd.DataFrame({**columns, "failure": ""})


def spots_or_failure(name: str, known: Observed, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The spots of the map ``name``, or one row with the reason why there are none."""
    try:
        spots = indicator_spots(
            name, known, settings["vicinity_radius"], common_bins=settings["common_bins"]
        )
        return spot_rows(spots, known.glass.dimension)
    except FileFormatError:
        raise
    except SoftfieldError as error:
        logger.warning("map %s failed: %s", name, error)
        return pd.DataFrame({"failure": [f"{type(error).__name__}: {error}"]})


def of_directions(
    known: Observed, directions: Sequence[str], settings: Mapping[str, Any]
) -> Iterator[pd.DataFrame]:
    """The spots of every map for every direction; a map that is not directed is made once."""
    found: dict[str, pd.DataFrame] = {}
    for direction in directions:
        known = known.towards(direction)
        for name in settings["maps"]:
            if name not in found or INDICATORS[name].directed:
                found[name] = spots_or_failure(name, known, settings)
            yield found[name].assign(direction=direction, map=name)


def main(
    glasses: str,
    fields: str,
    modes: str,
    output: str,
    described: Described | None,
    directions: Sequence[str],
    settings: Mapping[str, Any],
) -> None:
    """Write the spots of all maps of the realizations that went through every stage."""
    parts = []
    with (
        read_block(glasses, "glasses") as g,
        read_block(fields, "fields") as f,
        read_block(modes, "modes") as m,
    ):
        parameters = {**f.provenance["parameters"], **m.provenance["parameters"]}
        for index in sorted({*f.indices} & {*m.indices}):
            known = observed(described, g.glass(index), f.field(index), m[index].arrays())
            found = of_directions(known, directions, settings)
            parts += [rows.assign(realization=index) for rows in found]
    kinds = {"realization": int, "direction": str, "map": str, "rank": int, "failure": str}
    table = stacked(parts, kinds)
    write_table(output, table, provenance({**parameters, "statistics": dict(settings)}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            modes=snakemake.input.modes,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            directions=snakemake.params.directions,
            settings=snakemake.params.settings,
        )
