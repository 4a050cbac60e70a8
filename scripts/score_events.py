"""Score the plastic events of a block against the soft spots of every map.

Input: block files, stages ``glasses``, ``fields``, ``maps`` and ``shear``, and the table of soft
spots. Output: a table with a row per realization, direction of shear, map and event:
``ordinal`` (1 = first event in this direction), ``strain``, place ``x``, ``y`` (, ``z``) in the
unsheared glass, and of the nearest spot ``delta_epsilon``, ``rank``, ``n_spots`` (of the map) and
``distance``; of the softest spot ``first_distance`` and ``first_softness``; ``percentile`` is the
share of the box that is less soft than the place of the event, ``area_fraction`` the share that is
as soft or softer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.event_scores import scored
from workflow_helpers.events import Events, of_direction
from workflow_helpers.job import job
from workflow_helpers.map_record import map_from

from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import read_table, write_table
from softfield.glass import Glass, ThermalEnergy


def of_directions(
    glass: Glass,
    field: ThermalEnergy,
    maps: Record,
    spots: pd.DataFrame,
    events: Events,
    settings: Mapping[str, Any],
) -> Iterator[pd.DataFrame]:
    """The scores of one glass in every direction and map that its spots are known of."""
    for (direction, name), table in spots.groupby(["direction", "map"], sort=False):
        shown = map_from(maps, name, direction, field)
        found = of_direction(events, direction)
        rows = scored(glass, field, shown, table, found, settings)
        rows.insert(0, "map", name)
        yield rows.assign(direction=direction)


def main(inputs: Mapping[str, str], output: str, settings: Mapping[str, Any]) -> None:
    """Write the scores of all events; ``inputs`` has a path per stage and ``spots``."""
    spots = read_table(inputs["spots"])
    parts = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["fields"], "fields") as f,
        read_block(inputs["maps"], "maps") as m,
        read_block(inputs["shear"], "shear") as s,
    ):
        parameters = {**m.provenance["parameters"], **s.provenance["parameters"]}
        parameters["statistics"] = {**parameters["statistics"], **settings}
        usable = spots[(spots["failure"] == "") & spots["realization"].isin(s.indices)]
        for index, of_glass in usable.groupby("realization"):
            known = (g.glass(index), f.field(index), m[index], of_glass, s[index])
            rows = of_directions(*known, settings)
            parts += [part.assign(realization=index) for part in rows]
    kinds = {"realization": int, "direction": str, "map": str, "ordinal": int, "rank": float,
             "n_spots": int}  # fmt: skip
    write_table(output, stacked(parts, kinds), provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            output=snakemake.output[0],
            settings=snakemake.params.settings,
        )
