"""Score the rearrangements of a block at temperatures against the soft spots of every map.

Input: block files, stages ``glasses``, ``fields``, ``maps`` and ``thermal``, and the table of
soft spots. Output: a table of ``events`` as that of ``score_events``, with ``temperature``,
``rate``, ``time`` and ``energy_drop`` of each, all of the maps for shear in the plane xy; and a
table of ``points``, a row per realization, temperature and rate: ``n_events``, ``n_returns`` of
them to an earlier minimum and ``n_repeats`` at an earlier place, ``n_flickers``, ``watched``
(time), ``first_time`` (infinite where nothing was seen) and ``first_strain``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.event_scores import scored
from workflow_helpers.events import event_places
from workflow_helpers.job import job
from workflow_helpers.map_record import map_from

from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import read_table, write_table
from softfield.glass import Glass, ThermalEnergy
from softfield.statistics.thermal_tables import at_earlier_places, returns

#: Direction of shear of the dynamics; indicators that are directed are made for it.
DIRECTION = "xy"

#: Columns of an event that are not scores, beside its ordinal and strain.
OF_EVENTS = ("temperature", "rate", "time", "energy_drop", "n_rearrangements",
             "participation_ratio")  # fmt: skip


def of_maps(
    glass: Glass,
    field: ThermalEnergy,
    maps: Record,
    spots: pd.DataFrame,
    record: Record,
    settings: Mapping[str, Any],
) -> Iterator[pd.DataFrame]:
    """The scores of all events of one glass in every map."""
    events = record.arrays()
    columns = {name: events[name] for name in OF_EVENTS}
    for name, table in spots[spots["direction"] == DIRECTION].groupby("map", sort=False):
        shown = map_from(maps, name, DIRECTION, field)
        rows = scored(glass, field, shown, table, events, settings)
        rows.insert(0, "map", name)
        yield rows.assign(direction=DIRECTION, **columns)


def of_points(glass: Glass, record: Record, location: str, reach: float) -> pd.DataFrame:
    """What was seen of one glass at every temperature and rate; ``reach`` of an earlier place."""
    found = record.arrays()
    places = event_places(glass, found, location)
    names = {"temperature": "temperature", "rate": "rate", "n_events": "events",
             "n_flickers": "flickers", "watched": "time"}  # fmt: skip
    table = pd.DataFrame({name: found[f"point_{column}"] for name, column in names.items()})
    first = pd.DataFrame(
        {name: found[name] for name in ("temperature", "rate", "ordinal", "time", "strain")}
    )
    first = first[first["ordinal"] == 1].rename(
        columns={"time": "first_time", "strain": "first_strain"}
    )
    columns = ["temperature", "rate", "first_time", "first_strain"]
    table = table.merge(first[columns], on=columns[:2], how="left")
    for number, row in table.iterrows():
        here = (found["temperature"] == row["temperature"]) & (found["rate"] == row["rate"])
        table.loc[number, "n_returns"] = returns(found["energy_drop"][here]).sum()
        table.loc[number, "n_repeats"] = at_earlier_places(places[here], glass.box, reach).sum()
    table = table.astype({"n_returns": int, "n_repeats": int})
    return table.fillna({"first_time": np.inf, "first_strain": np.inf})


def main(
    inputs: Mapping[str, str], outputs: Mapping[str, str], settings: Mapping[str, Any]
) -> None:
    """Write both tables; ``inputs`` has a path per stage and ``spots``."""
    spots = read_table(inputs["spots"])
    events, points = [], []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["fields"], "fields") as f,
        read_block(inputs["maps"], "maps") as m,
        read_block(inputs["thermal"], "thermal") as t,
    ):
        parameters = {**m.provenance["parameters"], **t.provenance["parameters"]}
        parameters["statistics"] = {**parameters["statistics"], **settings}
        usable = spots[(spots["failure"] == "") & spots["realization"].isin(t.indices)]
        for index, of_glass in usable.groupby("realization"):
            glass = g.glass(index)
            rows = of_maps(glass, f.field(index), m[index], of_glass, t[index], settings)
            events += [part.assign(realization=index) for part in rows]
            seen = of_points(glass, t[index], settings["event_location"], settings["near_radius"])
            points.append(seen.assign(realization=index))
    made = provenance(parameters)
    kinds = {"realization": int, "direction": str, "map": str, "ordinal": int,
             "temperature": float, "rate": float}  # fmt: skip
    write_table(outputs["events"], stacked(events, kinds), made)
    write_table(outputs["points"], stacked(points, {**kinds, "n_events": int}), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            outputs=dict(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
