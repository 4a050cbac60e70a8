"""Orientation of the soft mode at every plastic event, against the direction of shear.

Input: block files, stages ``glasses`` and ``shear``. Output: a table with a row per realization,
direction and event: ``ordinal``, ``polarity`` (cosine between the direction of shear and that to
which the nearest cubic mode yields first) and ``distance`` of that mode, length.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.events import event_places, of_direction
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import SoftfieldError
from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass
from softfield.potentials.pair_potential import PairPotential
from softfield.response.soft_modes import soft_modes
from softfield.softness.orientation import event_polarities


def of_glass(
    glass: Glass, events: Record, potential: PairPotential, location: str
) -> Iterator[pd.DataFrame]:
    """The events of one glass; none, and logged, where its modes cannot be found."""
    try:
        modes = soft_modes(glass, potential)
    except SoftfieldError as error:
        logger.warning("left out: %s: %s", type(error).__name__, error)
        return
    for direction in np.unique(events["direction"].astype(str)):
        found = of_direction(events, direction)
        places = event_places(glass, found, location)
        polarity, distance = event_polarities(glass, modes, places, direction)
        columns = {"ordinal": found["ordinal"], "polarity": polarity, "distance": distance}
        yield pd.DataFrame({"direction": direction, **columns})


def main(inputs: Mapping[str, str], output: str, described: Described, event_location: str) -> None:
    """Write the polarities of the events of a block."""
    parts = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["shear"], "shear") as s,
    ):
        parameters = s.provenance["parameters"]
        for index in s.indices:
            glass = g.glass(index)
            potential = potential_of(described, glass)
            found = of_glass(glass, s[index], potential, event_location)
            parts += [rows.assign(realization=index) for rows in found]
    kinds = {"realization": int, "direction": str, "ordinal": int, "polarity": float}
    made = provenance({**parameters, "statistics": {"event_location": event_location}})
    write_table(output, stacked(parts, {**kinds, "distance": float}), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "shear")},
            output=snakemake.output[0],
            described=snakemake.params.potential,
            event_location=snakemake.params.event_location,
        )
