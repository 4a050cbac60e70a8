"""Find the soft spots of a block of glasses in every map.

Input: block files, stages ``glasses``, ``fields`` and ``modes``. Output: a table with a row
per realization, map and spot: ``rank`` (1 = softest), ``softness`` (mean |value| near the
spot), ``delta_epsilon`` (largest softness / softness), position ``x``, ``y`` (, ``z``), and
``failure``, empty but where no spots could be found in a map: then the reason.
"""

from collections.abc import Mapping
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
from softfield.glass import Glass
from softfield.softness.indicators import Map, Observed, indicator_map
from softfield.softness.scores import delta_epsilon, on_common_bins
from softfield.softness.spots import soft_spots


def spot_rows(glass: Glass, field: Map, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The spots of one map, softest first."""
    spots = soft_spots(glass, field, settings["vicinity_radius"])
    softness = [spot.softness for spot in spots]
    columns = {
        "rank": np.arange(1, len(spots) + 1),
        "softness": softness,
        "delta_epsilon": delta_epsilon(softness),
        **vector_columns("", [spot.position for spot in spots], glass.dimension),
    }
    return pd.DataFrame({**columns, "failure": ""})


def spots_or_failure(name: str, known: Observed, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The spots of the map ``name``, or one row with the reason why there are none."""
    try:
        field = indicator_map(name, known)
        if settings["common_bins"]:
            field = on_common_bins(field, known.field)
        return spot_rows(known.glass, field, settings)
    except FileFormatError:
        raise
    except SoftfieldError as error:
        logger.warning("map %s failed: %s", name, error)
        return pd.DataFrame({"failure": [f"{type(error).__name__}: {error}"]})


def main(
    glasses: str,
    fields: str,
    modes: str,
    output: str,
    described: Described | None,
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
            for name in settings["maps"]:
                rows = spots_or_failure(name, known, settings)
                parts.append(rows.assign(realization=index, map=name))
    table = stacked(parts, {"realization": int, "map": str, "rank": int, "failure": str})
    write_table(output, table, provenance({**parameters, "statistics": dict(settings)}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            modes=snakemake.input.modes,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
