"""Pair energies by molecular dynamics at several temperatures, and their limit, beside Eq. 3.

Input: the table of measure_pair_energies. Output: the figure as PDF and PNG.
"""

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.dynamics_table import read_dynamics
from workflow_helpers.job import job

from softfield.figures.pair_energies import pair_energies
from softfield.files.tables import table_provenance


def main(table: str, outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure."""
    made = table_provenance(table)["parameters"]
    title = (
        f"{label}, $N$ = {made['n_particles']:,}, one glass; bars: standard errors from blocking"
        if "n_particles" in made
        else f"{label}, one glass; bars: standard errors from blocking"
    )
    write_figure(
        pair_energies(read_dynamics(table), title), outputs, resolution,
        provenance_from_tables(table, {}),
    )  # fmt: skip


if __name__ == "__main__":
    with job(snakemake):
        main(
            table=snakemake.input.table[0],
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
