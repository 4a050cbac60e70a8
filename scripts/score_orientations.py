"""Which way and at what strain: the paper's 25 %, orientations and predicted strains.

Input: tables of event scores and of polarities of all blocks, and the summary of an ensemble that
is sheared in several directions. Output: tables ``orientations`` and ``strains``;
``docs/soft_spots.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.orientations import orientation_tables
from softfield.statistics.resampling import check_complete


def main(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, str],
    seed: int,
    failure_tolerance: float,
    settings: Mapping[str, Any],
) -> None:
    """Write both tables; ``inputs`` are ``scores``, ``polarities`` (lists) and ``summary``."""
    tables = orientation_tables(
        read_tables(inputs["scores"]),
        read_tables(inputs["polarities"]),
        check_complete(read_table(inputs["summary"]), failure_tolerance),
        settings,
        np.random.default_rng(seed),
    )
    made = provenance_from_tables(inputs["scores"][0], {"statistics": dict(settings), "seed": seed})
    for name, table in tables.items():
        write_table(outputs[name], table, made)
    logger.info("orientations:\n%s", tables["orientations"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            failure_tolerance=snakemake.params.failure_tolerance,
            settings=snakemake.params.settings,
        )
