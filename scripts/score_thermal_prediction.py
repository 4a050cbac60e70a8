"""How well the maps of an ensemble predict its rearrangements at temperatures and rates.

Input: tables of soft spots, of event scores, of points and of barriers of all blocks, and the
summary of the ensemble. Output: tables ``estimates`` (F_1(1), mean percentile, mean rank and
their chance of every map at every temperature and rate), ``in_time`` (the same by the time of the
event), ``passages`` (how many glasses left their minimum, when) and ``barriers`` (of first
rearrangements, over those of soft modes); ``docs/temperature.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.resampling import check_complete
from softfield.statistics.thermal_tables import (
    barrier_table,
    estimates_in_time,
    passage_table,
    thermal_estimates,
)


def main(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, str],
    seed: int,
    failure_tolerance: float,
    settings: Mapping[str, Any],
) -> None:
    """Write the tables; ``inputs`` are the ``summary`` and lists of the other tables."""
    barriers = read_tables(inputs["barriers"])
    complete = check_complete(read_table(inputs["summary"]), failure_tolerance)
    known = (read_tables(inputs["scores"]), read_tables(inputs["spots"]), complete, settings)
    rng = np.random.default_rng(seed)
    tables = {
        "estimates": thermal_estimates(*known, rng),
        "in_time": estimates_in_time(*known, rng),
        "passages": passage_table(read_tables(inputs["points"]), complete, settings),
        "barriers": barrier_table(
            barriers[barriers["realization"].isin(complete["realization"])],
            settings,
            np.random.default_rng(seed),
        ),
    }
    parameters = {"statistics": dict(settings), "seed": seed}
    made = provenance_from_tables(inputs["scores"][0], parameters)
    for name, table in tables.items():
        write_table(outputs[name], table, made)
    logger.info("passages:\n%s", tables["passages"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=dict(snakemake.input.items()),
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            failure_tolerance=snakemake.params.failure_tolerance,
            settings=snakemake.params.settings,
        )
