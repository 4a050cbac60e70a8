"""Figure 2: distributions of the local thermal energy of every model, with their tails.

Input: per ensemble the tables ``distribution``, ``tail_fits`` and ``summary``, and for the inset
the table of measure_pair_energies. Output: the figure as PDF and PNG.
"""

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.dynamics_table import read_dynamics
from workflow_helpers.job import job, logger
from workflow_helpers.labels import distinct, size_words
from workflow_helpers.left_out import those_made

from softfield.errors import LeftOutError
from softfield.figures.distributions import Distribution, distributions
from softfield.figures.pair_energies import MolecularDynamics
from softfield.files.tables import read_table
from softfield.statistics.resampling import FITTED, Curve


def read_distribution(label: str, distribution: str, fits: str, summary: str) -> Distribution:
    """p(|E|) of one ensemble: the bins that hold something, and the tail of pooled bonds."""
    table = read_table(distribution)
    filled = table[(table["sign"] == "all") & (table["count"] > 0)]
    fit = read_table(fits).set_index("sample").loc["pooled"]
    fitted = fit["status"] == FITTED
    return Distribution(
        label=label,
        size=size_words(read_table(summary)),
        density=Curve.from_table(filled, "energy", "density"),
        exponent=(fit["value"], fit["lower"], fit["upper"]) if fitted else None,
        x_min=fit["x_min"] if fitted else None,
        local=Curve.from_table(
            filled, "energy", "local_exponent", ends=("local_lower", "local_upper")
        ),
    )


def dynamics_made(path: str) -> list[MolecularDynamics]:
    """The energies of the inset; none where they were left out."""
    try:
        return read_dynamics(path)
    except LeftOutError as error:
        logger.warning("no inset: %s", error)
        return []


def main(
    inputs: dict[str, list[str]], outputs: list[str], labels: list[str], resolution: int
) -> None:
    """Draw all ensembles; ``inputs`` has a list of paths, one per ensemble, for each table."""
    rows = zip(labels, *(inputs[k] for k in ("distribution", "fits", "summary")), strict=True)
    dynamics = [shown for path in inputs["dynamics"] for shown in dynamics_made(path)]
    figure = distributions(those_made(rows, read_distribution), dynamics)
    made = provenance_from_tables(inputs["distribution"][0], {})
    write_figure(figure, outputs, resolution, made)


if __name__ == "__main__":
    with job(snakemake):
        names = ("distribution", "fits", "summary", "dynamics")
        main(
            inputs={name: list(snakemake.input[name]) for name in names},
            outputs=list(snakemake.output),
            labels=distinct(snakemake.params.labels, snakemake.params.ensembles),
            resolution=snakemake.params.resolution,
        )
