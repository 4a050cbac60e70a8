"""Collect the frequencies of the lowest normal modes of a block.

Input: block file, stage ``modes``. Output: a table with a row per realization and mode:
``frequency`` and ``participation_ratio``.
"""

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job

from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table


def main(modes: str, output: str) -> None:
    """Write the frequencies of the modes in ``modes``."""
    parts = []
    with read_block(modes, "modes") as block:
        for record in block:
            columns = {
                "frequency": record["frequencies"],
                "participation_ratio": record["participation_ratio"],
            }
            parts.append(pd.DataFrame({"realization": record.index, **columns}))
        made = provenance(block.provenance["parameters"])
    write_table(output, stacked(parts, {"realization": int, "frequency": float}), made)


if __name__ == "__main__":
    with job(snakemake):
        main(modes=snakemake.input.modes, output=snakemake.output[0])
