"""Distribution of the local thermal energy of an ensemble, and its power-law tail.

Input: tables of histograms and of the largest energies of all blocks. Output: tables
``distribution`` (p(E) by sign), ``tail_fits``, ``tail_scan`` (exponent against x_min),
``tail_convergence`` (exponent against the number of realizations) and ``tail_comparisons``
(with other distributions); ``docs/statistics.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.distributions import energy_distribution, logarithmic_edges
from softfield.statistics.resampling import check_complete
from softfield.statistics.tails import tail_tables


def main(
    histograms: list[str],
    tails: list[str],
    outputs: Mapping[str, str],
    seed: int,
    settings: Mapping[str, Any],
    summary: str,
    failure_tolerance: float,
) -> None:
    """Write the five tables; ``outputs`` has a path for each name."""
    check_complete(read_table(summary), failure_tolerance, ("glasses", "fields"))
    rng = np.random.default_rng(seed)
    edges = logarithmic_edges(**settings["histogram"])
    counts = read_tables(histograms)
    tables = {"distribution": energy_distribution(counts, edges)}
    for name, table in tail_tables(read_tables(tails), settings, rng).items():
        tables[f"tail_{name}"] = table
    made = provenance_from_tables(histograms[0], {"statistics": dict(settings), "seed": seed})
    for name, table in tables.items():
        write_table(outputs[name], table, made)
    logger.info("fits:\n%s", tables["tail_fits"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        main(
            histograms=list(snakemake.input.histograms),
            tails=list(snakemake.input.tails),
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            settings=snakemake.params.settings,
            summary=snakemake.input.summary,
            failure_tolerance=snakemake.params.failure_tolerance,
        )
