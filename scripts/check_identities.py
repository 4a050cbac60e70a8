"""Exact statements of the paper, on the first few glasses of an ensemble, by dense algebra.

Input: the blocks that hold the first ``realizations`` glasses. Output: a table with a row per
realization: ``failure`` (empty, or the reason), ``n_particles``, and the columns of
``softfield.response.identities.Identities``. Glasses of more than ``degrees_of_freedom`` are left
out, and so are those that failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import SoftfieldError
from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass
from softfield.mechanics.factorization import factorize
from softfield.mechanics.pairs import interactions
from softfield.potentials.pair_potential import PairPotential
from softfield.response.fields import thermal_energy_of_pairs
from softfield.response.identities import check_identities


def row_of(index: int, glass: Glass, potential: PairPotential) -> dict[str, Any]:
    """The row of one realization."""
    row: dict[str, Any] = {"realization": index, "n_particles": glass.n_particles, "failure": ""}
    found = interactions(glass, potential)
    try:
        field = thermal_energy_of_pairs(found, factorize(glass, found))
        row |= asdict(check_identities(glass, found, field))
    except SoftfieldError as error:
        row["failure"] = f"{type(error).__name__}: {error}"
    logger.info("%s", row)
    return row


def rows_of(path: str, described: Described, settings: Mapping[str, Any]) -> list[pd.DataFrame]:
    """The rows of those realizations of a block that are among the first of the ensemble."""
    rows = []
    with read_block(path, "glasses") as block:
        for index in (i for i in block.indices if i < settings["realizations"]):
            glass = block.glass(index)
            if glass.positions.size <= settings["degrees_of_freedom"]:
                potential = potential_of(described, glass)
                rows.append(pd.DataFrame([row_of(index, glass, potential)]))
    return rows


def main(
    glasses: Sequence[str], output: str, described: Described, settings: Mapping[str, Any]
) -> None:
    """Write the checks of the first ``realizations`` glasses of the ensemble."""
    rows = [row for path in glasses for row in rows_of(path, described, settings)]
    with read_block(glasses[0], "glasses") as block:
        made = provenance({**block.provenance["parameters"], "identities": dict(settings)})
    columns = {"realization": int, "n_particles": int, "failure": str}
    write_table(output, stacked(rows, columns), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=list(snakemake.input.glasses),
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
