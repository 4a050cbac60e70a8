"""Which map predicts plastic events best: scores of all maps, with intervals.

Input: tables ``estimates`` and ``summary`` of an ensemble. Output: the figure as PDF and PNG.
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

PANELS = {
    "mean percentile": "mean percentile of events",
    "mean spot_fraction": "mean rank / number of spots",
    "F(1)": "share at the softest spot",
}


def scores(
    estimates: pd.DataFrame, quantity: str, maps: Mapping[str, str], n_max: int = 3
) -> list[Score]:
    """One score of every map for the first ``n_max`` events, and what chance gives."""
    chosen = relied_upon(estimates[estimates["quantity"] == quantity])
    events = chosen[(chosen["source"] == "events") & (chosen["ordinal"] <= n_max)]
    chance = chosen[(chosen["source"] == "other realization") & (chosen["ordinal"] == 1)]
    rows = pd.concat([events, chance.assign(ordinal=0)])
    columns = ("map", "ordinal", "value", "lower", "upper")
    found = [
        Score(maps[name], int(ordinal), value, lower, upper)
        for name, ordinal, value, lower, upper in zip(*(rows[c] for c in columns), strict=True)
    ]
    if quantity == "mean percentile":  # of a place that has nothing to do with the map
        found += [Score(maps[name], 0, 0.5, 0.5, 0.5) for name in rows["map"].unique()]
    return found


def main(
    estimates: str,
    summary: str,
    outputs: list[str],
    label: str,
    maps: Mapping[str, str],
    resolution: int,
) -> None:
    """Draw the figure of one ensemble; ``maps`` are the labels of the maps."""
    table = read_table(estimates)
    title = ensemble_title(label, read_table(summary), table)
    panels = {words: scores(table, quantity, maps) for quantity, words in PANELS.items()}
    figure = ranking(panels, title)
    write_figure(figure, outputs, resolution, provenance_from_tables(estimates, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            estimates=snakemake.input.estimates,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            maps=snakemake.params.maps,
            resolution=snakemake.params.resolution,
        )
