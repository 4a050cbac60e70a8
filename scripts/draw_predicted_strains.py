"""Predicted against measured strains of first plastic events.

Input: table ``strains`` of an ensemble. Output: the figure as PDF and PNG.
"""

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.errors import TooFewDataError
from softfield.figures.oriented_spots import predicted_strains
from softfield.files.tables import read_table


def main(strains: str, outputs: list[str], resolution: int) -> None:
    """Draw the figure of one ensemble."""
    table = read_table(strains)
    if table.empty:
        raise TooFewDataError("no strain was predicted; add predicted to the maps.")
    figure = predicted_strains(table["measured"], table["predicted"], table["right"])
    write_figure(figure, outputs, resolution, provenance_from_tables(strains, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            strains=snakemake.input.strains,
            outputs=list(snakemake.output),
            resolution=snakemake.params.resolution,
        )
