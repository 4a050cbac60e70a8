"""Score the plastic events of a block against the soft spots of every map.

Input: block files, stages ``glasses``, ``fields``, ``modes`` and ``shear``, and the table of
soft spots. Output: a table with a row per realization, direction of shear, map and event:
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
from workflow_helpers.observed import Described, observed

from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import read_table, write_table
from softfield.softness.indicators import Observed


def of_directions(
    known: Observed, spots: pd.DataFrame, events: Events, settings: Mapping[str, Any]
) -> Iterator[pd.DataFrame]:
    """The scores of one glass in every direction and map that its spots are known of."""
    for direction, in_one in spots.groupby("direction", sort=False):
        known = known.towards(direction)
        found = of_direction(events, direction)
        for name, table in in_one.groupby("map", sort=False):
            yield scored(known, name, table, found, settings).assign(direction=direction)


def main(
    inputs: Mapping[str, str], output: str, described: Described | None, settings: Mapping[str, Any]
) -> None:
    """Write the scores of all events; ``inputs`` has a path per stage and ``spots``."""
    spots = read_table(inputs["spots"])
    parts = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["fields"], "fields") as f,
        read_block(inputs["modes"], "modes") as m,
        read_block(inputs["shear"], "shear") as s,
    ):
        parameters = {**f.provenance["parameters"], **m.provenance["parameters"]}
        parameters |= {**s.provenance["parameters"], "statistics": dict(settings)}
        usable = spots[(spots["failure"] == "") & spots["realization"].isin(s.indices)]
        for index, of_glass in usable.groupby("realization"):
            known = observed(described, g.glass(index), f.field(index), m[index].arrays())
            rows = of_directions(known, of_glass, s[index], settings)
            parts += [part.assign(realization=index) for part in rows]
    kinds = {"realization": int, "direction": str, "map": str, "ordinal": int}
    table = stacked(parts, kinds)
    write_table(output, table, provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
