"""What Eqs. 4 to 6 and Fig. 3 take for granted, of an ensemble: modes apart, waves, both signs.

Input: of all blocks with the realizations looked at the tables of measure_signs and of
measure_couplings (``glasses``, ``pairs``), and the frequencies of the normal modes where there are
any. Output: a table with a row per quantity; ``docs/statistics.md`` lists its columns.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.columns import AXES, provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.premises import premises
from softfield.statistics.resampling import check_complete, first_realizations


def main(
    inputs: Mapping[str, list[str]],
    output: str,
    dimension: int,
    settings: Mapping[str, Any],
    summary: str,
    failure_tolerance: float,
) -> None:
    """Write the table; ``inputs`` has the paths for each kind of table."""
    known = read_table(summary)
    known = check_complete(known, failure_tolerance, ("glasses", "fields", "modes"))
    tables = {
        name: first_realizations(read_tables(paths), settings["realizations"])
        for name, paths in inputs.items()
        if paths
    }
    boxes = first_realizations(known, settings["realizations"])
    edges = boxes[[f"box_{axis}" for axis in AXES[:dimension]]]
    found = premises(tables, dimension, settings, edges if len(edges) else None)
    made = provenance_from_tables(inputs["glasses"][0], {"premises": dict(settings)})
    write_table(output, found, made)
    logger.info("premises:\n%s", found.to_string())


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={
                name: list(snakemake.input.get(name, []))
                for name in ("signs", "glasses", "pairs", "frequencies")
            },
            output=snakemake.output[0],
            dimension=snakemake.params.dimension,
            settings=snakemake.params.settings,
            summary=snakemake.input.summary,
            failure_tolerance=snakemake.params.failure_tolerance,
        )
