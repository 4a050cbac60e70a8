"""Distribution of the internal forces, and the part of f.X in the local thermal energy.

Input: per ensemble the tables ``scaled_forces`` and ``shares`` of fit_scalings, and the
``summary``. Output: the figure as PDF and PNG.
"""

from typing import Any

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import sized_apart
from workflow_helpers.left_out import those_made

from softfield.figures.internal_forces import internal_forces
from softfield.files.tables import read_table
from softfield.statistics.resampling import Curve


def read_forces(path: str) -> tuple[Curve, Curve]:
    """p(|f| / mean) of all interactions, and of those with large |E|."""
    table = read_table(path)
    every, large = (
        Curve.from_table(table[table["quantity"] == quantity], "force", "density")
        for quantity in ("force", "large_force")
    )
    return every, large


def read_shares(path: str) -> tuple[Curve, Curve]:
    """Median of the part of f.X with its interval, and with the quartiles."""
    table = read_table(path)
    quartiles = ("lower_quartile", "upper_quartile")
    return (
        Curve.from_table(table, "energy", "median"),
        Curve.from_table(table, "energy", "median", quartiles),
    )


def read_both(label: str, forces: str, shares: str) -> tuple[str, Any, Any]:
    """The label of an ensemble, its forces and its shares."""
    return label, read_forces(forces), read_shares(shares)


def main(
    forces: list[str],
    shares: list[str],
    outputs: list[str],
    labels: list[str],
    floor: float,
    resolution: int,
) -> None:
    """Draw all ensembles."""
    rows = zip(labels, forces, shares, strict=True)
    made = those_made(rows, read_both)
    figure = internal_forces(
        {name: curves for name, curves, _ in made},
        {name: curves for name, _, curves in made},
        floor,
    )
    write_figure(figure, outputs, resolution, provenance_from_tables(forces[0], {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            forces=list(snakemake.input.forces),
            shares=list(snakemake.input.shares),
            outputs=list(snakemake.output),
            labels=sized_apart(
                snakemake.params.labels, snakemake.params.ensembles, snakemake.input.summary
            ),
            floor=snakemake.params.floor,
            resolution=snakemake.params.resolution,
        )
