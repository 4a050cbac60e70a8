"""Shear a block of glasses to their first plastic events.

Input: block file, stage ``glasses``. Output: block file, stage ``shear``; per realization
one entry per event (there may be fewer than asked for) in ``ordinal`` (1, 2, ...),
``strain``, ``position`` (n, d) in the unsheared frame, ``particle``, ``stress_drop``
(energy per volume), ``energy_drop``, ``participation_ratio``, ``centre`` (n, d),
``displaced_particle``, ``n_factorizations``, and the attribute ``complete``: whether all
events that were asked for came before the largest strain.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.pair_potential import Described, potential_of

from softfield.glass import Glass
from softfield.shear import shear

SCALARS = {
    "ordinal": np.int32,
    "strain": np.float64,
    "particle": np.int32,
    "stress_drop": np.float64,
    "energy_drop": np.float64,
    "participation_ratio": np.float64,
    "n_rearrangements": np.int32,
    "displaced_particle": np.int32,
    "n_factorizations": np.int32,
}
VECTORS = ("position", "centre")


def main(glasses: str, output: str, described: Described, settings: Mapping[str, Any]) -> None:
    """Write the plastic events of the glasses in ``glasses`` to ``output``."""
    potential = potential_of(described)

    def compute(glass: Glass) -> Result:
        events = shear(
            glass, potential, n_events=settings["n_events"], max_strain=settings["max_strain"]
        )
        arrays = {
            name: np.array([getattr(event, name) for event in events], dtype=kind)
            for name, kind in SCALARS.items()
        }
        for name in VECTORS:
            rows = [getattr(event, name) for event in events]
            arrays[name] = np.array(rows, dtype=np.float64).reshape(-1, glass.dimension)
        return arrays, {"complete": len(events) == settings["n_events"]}

    make_block_from_glasses(glasses, output, "shear", {"shear": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
