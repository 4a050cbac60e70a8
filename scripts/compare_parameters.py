"""What the free parameters change: estimates of the prediction for every choice.

Input: tables of ``vary_parameters`` of all blocks and the summary of the ensemble. Output:
one table as ``estimates``, with the columns ``parameter`` and ``setting``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job

from softfield.errors import TooFewDataError
from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.event_tables import parameter_table
from softfield.statistics.resampling import check_complete


def main(
    scores: list[str],
    summary: str,
    output: str,
    seed: int,
    failure_tolerance: float,
    settings: Mapping[str, Any],
) -> None:
    """Write the estimates of the first ``settings["study_realizations"]`` of the ensemble."""
    complete = check_complete(read_table(summary), failure_tolerance)
    complete = complete[complete["realization"] < settings["study_realizations"]]
    found = read_tables(scores)
    if not found["realization"].isin(complete["realization"]).any():
        raise TooFewDataError(
            "none of the realizations that are studied has an event that is scored; shear further, "
            "or raise statistics.study_realizations."
        )
    table = parameter_table(found, complete, settings, np.random.default_rng(seed))
    write_table(output, table, provenance_from_tables(scores[0], {"seed": seed}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            scores=list(snakemake.input.scores),
            summary=snakemake.input.summary,
            output=snakemake.output[0],
            seed=snakemake.params.seed,
            failure_tolerance=snakemake.params.failure_tolerance,
            settings=snakemake.params.settings,
        )
