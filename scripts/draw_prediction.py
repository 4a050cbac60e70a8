"""Figure 4: F_n of the local thermal energy and of the normal modes, and their ratio.

Input: tables ``curves``, ``ratios`` and ``summary`` of an ensemble. Output: the figure as
PDF and PNG.
"""

from workflow_helpers.bands import chance_bands, event_bands, events_title, paper_numbers
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.figures.prediction import prediction
from softfield.files.tables import read_table


def main(
    curves: str, ratios: str, summary: str, outputs: list[str], label: str, resolution: int
) -> None:
    """Draw the figure of one ensemble."""
    fractions, compared = read_table(curves), read_table(ratios)
    figure = prediction(
        [*chance_bands(fractions, "delta_epsilon"),
         *event_bands(fractions, "delta_epsilon", "fraction")],
        [*chance_bands(compared, "delta_epsilon", "ratio"),
         *event_bands(compared, "delta_epsilon", "ratio")] if len(compared) else [],
        events_title(label, read_table(summary), fractions),
        paper_numbers(),
    )  # fmt: skip
    write_figure(figure, outputs, resolution, provenance_from_tables(curves, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            curves=snakemake.input.curves,
            ratios=snakemake.input.ratios,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
