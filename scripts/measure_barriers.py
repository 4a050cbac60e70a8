"""Barriers of the first rearrangements of a block at rest, against those of soft modes.

Input: block files, stages ``glasses`` and ``thermal``. Output: a table with a row per realization:
``temperature`` (the lowest at which it left its minimum at rest), ``barrier`` and ``reverse``
(energy of the saddle above the minima before and behind), ``predicted`` (2 kappa^3 / (3 tau^2) of
the cubic mode nearest to the place), ``distance`` of that mode from it (length), and ``reason`` why
one of these is missing; it is empty where the pair counts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import SoftfieldError
from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass
from softfield.potentials.pair_potential import PairPotential
from softfield.response.barriers import expected_barrier
from softfield.statistics.thermal_tables import NOT_AT_REST

COLUMNS = {"realization": int, "temperature": float, "barrier": float, "reverse": float,
           "predicted": float, "distance": float, "reason": str}  # fmt: skip


def row_of(
    glass: Glass, potential: PairPotential, left: Record, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The barrier of the first rearrangement of one glass, or why there is none."""
    head = {"realization": left.index, "temperature": left.attributes["left_temperature"]}
    if left["point_rate"].all():
        return {**head, "reason": NOT_AT_REST}
    if len(left["left_positions"]) == 0:
        return {**head, "reason": "the glass did not leave its minimum at rest"}
    if glass.n_particles > settings["most_particles"]:
        return {**head, "reason": f"more than {settings['most_particles']} particles"}
    try:
        after = glass.with_positions(left["left_positions"])
        found = expected_barrier(glass, after, potential, settings["radius"])
    except SoftfieldError as error:
        logger.warning("realization %d: %s: %s", left.index, type(error).__name__, error)
        return {**head, "reason": f"{type(error).__name__}: {error}"}
    return {**head, **vars(found)}


def main(inputs: Mapping[str, str], output: str, described: Described, settings: Any) -> None:
    """Write the table; ``settings`` are ``most_particles`` and ``radius``."""
    rows = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["thermal"], "thermal") as t,
    ):
        for left in t:
            glass = g.glass(left.index)
            row = row_of(glass, potential_of(described, glass), left, settings)
            rows.append(pd.DataFrame([row]).reindex(columns=list(COLUMNS), fill_value=np.nan))
        made = provenance({**t.provenance["parameters"], "barriers": dict(settings)})
    write_table(output, stacked(rows, COLUMNS), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "thermal")},
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
