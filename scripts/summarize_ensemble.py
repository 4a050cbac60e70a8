"""Gather the summaries of all blocks of an ensemble, and count the failures.

Input: summary tables of the blocks. Output: one table with all their rows. Steps that average over
an ensemble refuse where a larger fraction of it failed than ``failure_tolerance``.
"""

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_tables, write_table


def main(summaries: list[str], output: str) -> None:
    """Write the summary of the ensemble."""
    summary = read_tables(summaries)
    for _, row in summary[summary["failure"] != ""].iterrows():
        logger.warning("realization %d failed: %s", row["realization"], row["failure"])
    failed = (summary["failure"] != "").sum()
    logger.info("%d of %d realizations succeeded", len(summary) - failed, len(summary))
    write_table(output, summary, provenance_from_tables(summaries[0], {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            summaries=list(snakemake.input.summaries),
            output=snakemake.output[0],
        )
