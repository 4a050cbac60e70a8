"""How near the first choice of every map comes to the first event, in every direction of shear.

Input: tables ``directions`` and ``summary`` of an ensemble. Output: the figure as PDF and PNG.
"""

from collections.abc import Mapping

import pandas as pd

from workflow_helpers.bands import ensemble_title
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.figures.ranking import Score, ranking
from softfield.files.tables import read_table
from softfield.statistics.resampling import relied_upon

#: Quantity -> its words in the figure, with the distance within which a first choice is right.
PANELS = {
    "first choice near": r"first choice within {:g} $\sigma$ of the event",
    "F(1)": "share at the softest spot",
}
SOURCES = {"first choice near": "random points", "F(1)": "other realization"}


def scores(
    table: pd.DataFrame, quantity: str, directions: list[str], maps: Mapping[str, str]
) -> list[Score]:
    """One score of every map for first events in each direction, and what chance gives."""
    chosen = relied_upon(table[table["quantity"] == quantity])
    chance = chosen[chosen["source"] == SOURCES[quantity]]
    events = chosen[(chosen["source"] == "events") & (chosen["ordinal"] == 1)]
    rows = [(row, 1 + directions.index(row.direction)) for row in events.itertuples()]
    rows += [(row, 0) for row in chance[chance["ordinal"] <= 1].itertuples()]
    return [Score(maps[row.map], place, row.value, row.lower, row.upper) for row, place in rows]


def main(
    table: str,
    summary: str,
    outputs: list[str],
    label: str,
    near: float,
    maps: Mapping[str, str],
    resolution: int,
) -> None:
    """Draw the figure of one ensemble; ``maps`` are the labels of the maps."""
    found = read_table(table)
    directions = list(dict.fromkeys(found["direction"]))
    title = ensemble_title(label, read_table(summary), found, ", first events")
    panels = {
        words.format(near): scores(found, quantity, directions, maps)
        for quantity, words in PANELS.items()
    }
    figure = ranking(panels, title, [name.replace("-", "−") for name in directions])
    write_figure(figure, outputs, resolution, provenance_from_tables(table, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            table=snakemake.input.directions,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            near=snakemake.params.near,
            maps=snakemake.params.maps,
            resolution=snakemake.params.resolution,
        )
