"""How well the maps of an ensemble predict its plastic events: F_n and its companions.

Input: tables of soft spots and of event scores of all blocks, and the summary of the
ensemble. Output: tables ``curves`` (fraction of n-th events against Delta eps, rank,
fraction of spots and of area, with what chance gives), ``ratios`` (LTE over normal modes)
and ``estimates`` (F_n and its excess over chance, ratios at fixed marks, mean scores), of the
events in all directions of shear together, and ``directions`` (scores in each alone);
``docs/soft_spots.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.event_tables import prediction_tables
from softfield.statistics.resampling import check_complete


def main(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, str],
    seed: int,
    failure_tolerance: float,
    settings: Mapping[str, Any],
) -> None:
    """Write the four tables; ``inputs`` are ``spots``, ``scores`` (lists) and ``summary``."""
    complete = check_complete(read_table(inputs["summary"]), failure_tolerance)
    tables = prediction_tables(
        read_tables(inputs["scores"]),
        read_tables(inputs["spots"]),
        complete,
        settings,
        np.random.default_rng(seed),
    )
    parameters = {"statistics": dict(settings), "seed": seed}
    made = provenance_from_tables(inputs["scores"][0], parameters)
    for name, table in tables.items():
        write_table(outputs[name], table, made)
    logger.info("estimates:\n%s", tables["estimates"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            failure_tolerance=snakemake.params.failure_tolerance,
            settings=snakemake.params.settings,
        )
