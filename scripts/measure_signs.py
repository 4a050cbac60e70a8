"""How near large negative and large positive local thermal energies lie to each other, of a block.

Input: block files, stages ``glasses`` and ``fields``. Output: a table with a row per realization:
``failure`` (empty, or the reason), ``positive`` and ``negative`` (numbers of interactions of large
|E|), ``near`` (negative ones with a positive one within reach) and ``covered`` (share of the volume
with one within reach).
"""

from typing import Any

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job, logger

from softfield.errors import SoftfieldError
from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass
from softfield.softness.coarse_graining import pair_midpoints
from softfield.softness.signs import near_signs
from softfield.statistics.forces import LARGE_ENERGY

COLUMNS = {"realization": int, "failure": str, "positive": int, "negative": int, "near": int,
           "covered": float}  # fmt: skip


def row_of(glass: Glass, field: Record, reach: float) -> dict[str, Any]:
    """The counts of one realization; only the reason where it fails."""
    middles = pair_midpoints(glass, field["pairs"])
    try:
        found = near_signs(glass, middles, field["energy"], LARGE_ENERGY, reach)
    except SoftfieldError as error:
        reason = f"{type(error).__name__}: {error}"
        logger.warning("realization %d failed: %s", field.index, reason)
        return {"realization": field.index, "failure": reason}
    return {"realization": field.index, "failure": "", **found._asdict()}


def main(glasses: str, fields: str, output: str, reach: float) -> None:
    """Write the table; signs are near within a distance ``reach``."""
    with read_block(glasses, "glasses") as g, read_block(fields, "fields") as f:
        rows = [pd.DataFrame([row_of(g.glass(field.index), field, reach)]) for field in f]
        made = provenance({**f.provenance["parameters"], "signs": {"reach": reach}})
    write_table(output, stacked(rows, COLUMNS), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            output=snakemake.output[0],
            reach=snakemake.params.reach,
        )
