"""Gather the summaries of all blocks of an ensemble, and count the failures.

Input: summary tables of the blocks. Output: one table with all their rows. Fails if a larger
fraction of the realizations failed than ``failure_tolerance``.
"""

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_tables, write_table
from softfield.statistics.resampling import check_complete


def main(summaries: list[str], output: str, failure_tolerance: float) -> None:
    """Write the summary of the ensemble."""
    summary = read_tables(summaries)
    complete = check_complete(summary, failure_tolerance)
    for _, row in summary[summary["failure"] != ""].iterrows():
        logger.warning("realization %d failed: %s", row["realization"], row["failure"])
    logger.info("%d of %d realizations succeeded", len(complete), len(summary))
    parameters = {"failure_tolerance": failure_tolerance}
    write_table(output, summary, provenance_from_tables(summaries[0], parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            summaries=list(snakemake.input.summaries),
            output=snakemake.output[0],
            failure_tolerance=snakemake.params.failure_tolerance,
        )
