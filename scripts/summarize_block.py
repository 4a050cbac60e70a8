"""Summarize the realizations of a block, failed ones included.

Input: block files of the stages that the ensemble goes through, and the table of soft spots
where there is one. Output: a table with a row per realization: ``failure`` (empty, or the
first reason), ``failures`` (the reasons of all stages, each on a line that begins with its stage),
``n_particles``, edges ``box_x`` ..., ``strain`` (of the cell), ``energy_per_particle``,
``pressure``, ``max_force``; from the fields ``n_pairs`` (where E is that of pairs),
``largest_energy`` (of |E|) and ``sum_rule_error`` (relative deviation of the sum of E from dN - d);
from the modes ``lowest_frequency``; from shear ``n_events``, ``first_strain``; from the watch at
temperatures ``n_points`` and ``n_thermal_events``. What a failed realization does not have is
empty.
"""

from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import vector_columns
from workflow_helpers.job import job

from softfield.errors import InvalidSettingError
from softfield.files.blocks import Block, Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import read_table, write_table


def glass_row(record: Record) -> dict[str, Any]:
    box = record["box"]
    edges = {name: edge[0] for name, edge in vector_columns("box", box, box.size).items()}
    names = ("energy_per_particle", "pressure", "max_force")
    return {
        "n_particles": len(record["positions"]),
        **edges,
        "strain": record.attributes.get("strain", 0.0),
        **{name: record.attributes[name] for name in names},
    }


def field_row(record: Record) -> dict[str, Any]:
    energy = record["energy"]
    return {
        **({"n_pairs": energy.size} if "pairs" in record.names else {}),
        "largest_energy": np.abs(energy).max(),
        "sum_rule_error": record.attributes["sum_rule_error"],
    }


def mode_row(record: Record) -> dict[str, Any]:
    return {"lowest_frequency": record["frequencies"][0]}


def shear_row(record: Record) -> dict[str, Any]:
    strains = record["strain"]
    return {"n_events": strains.size, **({"first_strain": strains[0]} if strains.size else {})}


def thermal_row(record: Record) -> dict[str, Any]:
    return {"n_points": record["point_events"].size, "n_thermal_events": record["time"].size}


#: Stage -> what the summary says of a realization there. A new stage is entered here.
ROWS = {
    "glasses": glass_row,
    "fields": field_row,
    "modes": mode_row,
    "shear": shear_row,
    "thermal": thermal_row,
}


def row_of(block: Block, index: int) -> dict[str, Any]:
    """What the summary says of a realization in one stage."""
    if block.stage not in ROWS:
        raise InvalidSettingError(
            f"summaries do not know the stage {block.stage!r} of {block.path}: add a function "
            f"for it to ROWS in scripts/summarize_block.py, beside {', '.join(ROWS)}."
        )
    return ROWS[block.stage](block[index])


def realization_row(index: int, blocks: list[Block], failed_spots: pd.DataFrame) -> dict[str, Any]:
    """What is known of one realization, and the reasons for which it failed."""
    reasons = [f"{b.stage}: {b.failures[index]}" for b in blocks if index in b.failures]
    failed = failed_spots[failed_spots["realization"] == index]
    reasons += [f"spots of {m}: {f}" for m, f in zip(failed["map"], failed["failure"], strict=True)]
    lines = [" ".join(reason.split()) for reason in reasons]
    row = {"realization": index, "failure": lines[0] if lines else "", "failures": "\n".join(lines)}
    for block in blocks:
        if index in block.indices:
            row |= row_of(block, index)
    return row


def main(paths: list[str], spots: str | None, output: str) -> None:
    """Write the summary of the block whose files, one per stage, are ``paths``."""
    failed = pd.DataFrame({"realization": [], "map": [], "failure": []})
    if spots is not None:
        table = read_table(spots)
        failed = table[table["failure"] != ""]
    parameters: dict[str, Any] = {}
    with ExitStack() as stack:
        blocks = [stack.enter_context(read_block(path)) for path in paths]
        for block in blocks:
            parameters |= block.provenance["parameters"]
        rows = [realization_row(index, blocks, failed) for index in blocks[0].all_indices]
    write_table(output, pd.DataFrame(rows), provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            paths=list(snakemake.input.blocks),
            spots=snakemake.input.get("spots"),
            output=snakemake.output[0],
        )
