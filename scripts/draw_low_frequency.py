"""Density of low-frequency modes of every ensemble with modes, and its fitted exponents.

Input: tables of frequencies of all blocks, and per ensemble the tables ``scaling_fits`` and
``density_scan``. Output: the figure as PDF and PNG.
"""

from typing import Any

import numpy as np

from columns import provenance_from_tables
from drawing import write_figure
from grouped import grouped
from job import job
from softfield.figures.curves import Band
from softfield.figures.low_frequency import ModeDensity, low_frequency
from softfield.files.tables import read_table, read_tables
from softfield.statistics.mode_density import mode_counts
from softfield.statistics.resampling import FITTED


def read_density(
    label: str, frequencies: list[str], fits: str, scan: str, rng: Any, n_resamples: int
) -> ModeDensity:
    """Modes of one ensemble, with the fit and the scan where there are enough data."""
    table, scanned = read_table(fits), read_table(scan)
    fit = table[table["quantity"] == "density of modes"].iloc[0]
    names = ("frequency", "exponent", "lower", "upper")
    fitted = fit["status"] == FITTED
    return ModeDensity(
        label=label,
        counts=mode_counts(read_tables(frequencies), n_resamples, rng),
        highest=fit["highest"],
        exponent=(fit["value"], fit["lower"], fit["upper"]) if fitted else None,
        n_fitted=int(fit["n_values"]),
        scan=Band(*(scanned[name].to_numpy() for name in names), label) if len(scanned) else None,
    )


def main(
    frequencies: list[list[str]],
    fits: list[str],
    scans: list[str],
    outputs: list[str],
    labels: list[str],
    seed: int,
    n_resamples: int,
    resolution: int,
) -> None:
    """Draw all ensembles; ``frequencies`` has the paths of each."""
    rng = np.random.default_rng(seed)
    rows = zip(labels, frequencies, fits, scans, strict=True)
    figure = low_frequency([read_density(*row, rng, n_resamples) for row in rows])
    write_figure(figure, outputs, resolution, provenance_from_tables(fits[0], {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            frequencies=grouped(snakemake.input.frequencies, snakemake.params.n_blocks),
            fits=list(snakemake.input.fits),
            scans=list(snakemake.input.scans),
            outputs=list(snakemake.output),
            labels=snakemake.params.labels,
            seed=snakemake.params.seed,
            n_resamples=snakemake.params.n_resamples,
            resolution=snakemake.params.resolution,
        )
