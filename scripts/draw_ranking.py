"""Which map predicts plastic events best: scores of all maps, with intervals.

Input: tables ``estimates`` and ``summary`` of an ensemble. Output: the figure as PDF and PNG.
"""

import pandas as pd

from columns import provenance_from_tables
from drawing import write_figure
from job import job
from softfield.figures import Score, ranking
from softfield.indicators import INDICATORS
from softfield.tables import read_table

PANELS = {
    "mean percentile": "mean percentile of the event (area under ROC curve)",
    "mean spot_fraction": "mean share of spots as soft",
    "F(1)": "share of events at the softest spot",
}


def scores(estimates: pd.DataFrame, quantity: str, n_max: int = 3) -> list[Score]:
    """One score of every map for the first ``n_max`` events."""
    chosen = estimates[
        (estimates["quantity"] == quantity)
        & (estimates["source"] == "events")
        & (estimates["ordinal"] <= n_max)
    ]
    columns = ("map", "ordinal", "value", "lower", "upper")
    return [
        Score(INDICATORS[name], int(ordinal), value, lower, upper)
        for name, ordinal, value, lower, upper in zip(*(chosen[c] for c in columns), strict=True)
    ]


def main(estimates: str, summary: str, outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure of one ensemble."""
    table, realizations = read_table(estimates), read_table(summary)
    title = (
        f"{label}, $N$ = {int(realizations['n_particles'].max()):,}, "
        f"{int(table['n_realizations'].max()):,} realizations; 95 % bootstrap intervals"
    )
    panels = {label: scores(table, quantity) for quantity, label in PANELS.items()}
    figure = ranking(panels, {PANELS["mean percentile"]: 0.5}, title)
    write_figure(figure, outputs, resolution, provenance_from_tables(estimates, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            estimates=snakemake.input.estimates,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
