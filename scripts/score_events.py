"""Score the plastic events of a block against the soft spots of every map.

Input: block files, stages ``glasses``, ``fields``, ``modes`` and ``shear``, and the table of
soft spots. Output: a table with a row per realization, map and event: ``ordinal`` (1 = first
event), ``strain``, place ``x``, ``y`` (, ``z``) in the unsheared glass, and of the nearest
spot ``delta_epsilon``, ``rank``, ``n_spots`` (of the map) and ``distance``; ``percentile`` is
the share of the box that is less soft than the place of the event, ``area_fraction`` the share
that is as soft or softer.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from workflow_helpers.columns import AXES, stacked, vector_columns
from workflow_helpers.events import event_places
from workflow_helpers.job import job
from workflow_helpers.observed import Described, observed

from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import read_table, write_table
from softfield.softness.indicators import indicator_map
from softfield.softness.scores import area_shares, on_common_bins, score_events
from softfield.softness.spots import SoftSpot


def spots_from(table: pd.DataFrame, dimension: int) -> list[SoftSpot]:
    """The spots of one realization and map, softest first."""
    ordered = table.sort_values("rank")
    places = ordered[list(AXES[:dimension])].to_numpy()
    return [SoftSpot(p, s) for p, s in zip(places, ordered["softness"], strict=True)]


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
        for (index, name), table in spots[spots["failure"] == ""].groupby(["realization", "map"]):
            if index not in s.indices:
                continue  # recorded as failed in the block and counted in the summary
            glass, events = g.glass(index), s[index]
            known = observed(described, glass, f.field(index), m[index].arrays())
            field = indicator_map(name, known)
            if settings["common_bins"]:
                field = on_common_bins(field, known.field)
            places = event_places(glass, events, settings["event_location"])
            scores = score_events(
                places,
                spots_from(table, glass.dimension),
                area_shares(glass, field, places, settings["points_per_bin"]),
                glass.box,
            )
            columns = {
                "ordinal": events["ordinal"],
                "strain": events["strain"],
                **vector_columns("", places, glass.dimension),
                **asdict(scores),
            }
            parts.append(pd.DataFrame({"realization": index, "map": name, **columns}))
    table = stacked(parts, {"realization": int, "map": str, "ordinal": int})
    write_table(output, table, provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
