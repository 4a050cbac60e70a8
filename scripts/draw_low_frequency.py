"""Density of low-frequency modes of every ensemble with modes, and its fitted exponents.

Input: per ensemble the tables ``mode_counts``, ``scaling_fits`` and ``density_scan`` of
fit_scalings, and the ``summary``. Output: the figure as PDF and PNG.
"""

from collections.abc import Mapping

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import sized_apart
from workflow_helpers.left_out import those_made

from softfield.figures.low_frequency import ModeDensity, low_frequency
from softfield.files.tables import read_table
from softfield.statistics.resampling import FITTED, Curve


def read_density(label: str, counts: str, fits: str, scan: str) -> ModeDensity:
    """Modes of one ensemble, with the fit and the scan where there are enough data."""
    table, scanned = read_table(fits), read_table(scan)
    fit = table[table["quantity"] == "density of modes"].iloc[0]
    fitted = fit["status"] == FITTED
    return ModeDensity(
        label=label,
        counts=Curve.from_table(read_table(counts), "frequency", "number"),
        highest=fit["highest"],
        exponent=(fit["value"], fit["lower"], fit["upper"]) if fitted else None,
        n_fitted=int(fit["n_values"]),
        n_glasses=int(fit["n_realizations"]),
        scan=Curve.from_table(scanned, "frequency", "exponent") if len(scanned) else None,
    )


def main(
    inputs: Mapping[str, list[str]], outputs: list[str], labels: list[str], resolution: int
) -> None:
    """Draw all ensembles; ``inputs`` has a list of paths, one per ensemble, for each table."""
    rows = zip(labels, *(inputs[name] for name in ("counts", "fits", "scans")), strict=True)
    figure = low_frequency(those_made(rows, read_density))
    write_figure(figure, outputs, resolution, provenance_from_tables(inputs["fits"][0], {}))


if __name__ == "__main__":
    with job(snakemake):
        names = ("counts", "fits", "scans")
        main(
            inputs={name: list(snakemake.input[name]) for name in names},
            outputs=list(snakemake.output),
            labels=sized_apart(
                snakemake.params.labels, snakemake.params.ensembles, snakemake.input.summary
            ),
            resolution=snakemake.params.resolution,
        )
