"""Fractions of predicted events against Delta eps, rank, and share of the area counted.

Input: tables ``curves`` and ``summary`` of an ensemble. Output: the figure as PDF and PNG.
Equal Delta eps does not mean equally many spots in two maps; equal rank or area does.
"""

from workflow_helpers.bands import chance_bands, event_bands, events_title
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.figures.prediction import prediction_by_effort
from softfield.files.tables import read_table

PANELS = {
    "delta_epsilon": r"$\Delta\varepsilon$",
    "rank": "rank of the spot",
    "area_fraction": "softest share of the area",
}


def main(curves: str, summary: str, outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure of one ensemble."""
    table = read_table(curves)
    panels = {
        axis: [*chance_bands(table, score), *event_bands(table, score, "fraction")]
        for score, axis in PANELS.items()
    }
    title = events_title(label, read_table(summary), table)
    figure = prediction_by_effort(panels, title)
    write_figure(figure, outputs, resolution, provenance_from_tables(curves, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            curves=snakemake.input.curves,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
