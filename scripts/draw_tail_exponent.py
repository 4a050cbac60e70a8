"""Exponent of the tail of p(E) against x_min and against the number of realizations.

Input: per ensemble the tables ``tail_scan``, ``tail_convergence`` and ``tail_fits``. Output:
the figure as PDF and PNG.
"""

import pandas as pd

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import distinct
from workflow_helpers.left_out import those_made

from softfield.figures.tail_exponent import ExponentCurves, tail_exponent
from softfield.files.tables import read_table
from softfield.statistics.resampling import FITTED, Curve


def convergence_of(table: pd.DataFrame, sample: str) -> Curve:
    """Exponent of one sample against the number of realizations."""
    return Curve.from_table(table[table["sample"] == sample], "n_realizations", "value")


def read_exponents(label: str, scan: str, convergence: str, fits: str) -> ExponentCurves:
    """Exponents of one ensemble."""
    scanned, converged = read_table(scan), read_table(convergence)
    pooled = scanned[scanned["sample"] == "pooled"]
    fit = read_table(fits).set_index("sample").loc["pooled"]
    return ExponentCurves(
        label=label,
        scan=Curve.from_table(pooled, "x_min", "exponent") if len(pooled) else None,
        chosen=(fit["x_min"], fit["value"]) if fit["status"] == FITTED else None,
        pooled=convergence_of(converged, "pooled"),
        maxima=convergence_of(converged, "maxima"),
    )


def main(
    inputs: dict[str, list[str]], outputs: list[str], labels: list[str], resolution: int
) -> None:
    """Draw all ensembles; ``inputs`` has a list of paths, one per ensemble, for each table."""
    rows = zip(labels, *(inputs[k] for k in ("scan", "convergence", "fits")), strict=True)
    figure = tail_exponent(those_made(rows, read_exponents))
    write_figure(figure, outputs, resolution, provenance_from_tables(inputs["scan"][0], {}))


if __name__ == "__main__":
    with job(snakemake):
        names = ("scan", "convergence", "fits")
        main(
            inputs={name: list(snakemake.input[name]) for name in names},
            outputs=list(snakemake.output),
            labels=distinct(snakemake.params.labels, snakemake.params.ensembles),
            resolution=snakemake.params.resolution,
        )
