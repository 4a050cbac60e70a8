"""Shear a block of glasses to their first plastic events.

Input: block file, stage ``glasses``. Output: block file, stage ``shear``; per realization
one entry per event (there may be fewer than asked for), the directions of shear one after the
other, in every field of :class:`softfield.PlasticEvent`, places (n, d), and ``direction``, and the
attribute ``complete``: whether all events that were asked for came before the largest strain.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.pair_potential import Described, potential_of
from workflow_helpers.shear_record import shear_record

from softfield.glass import Glass
from softfield.response.events import PlasticEvent
from softfield.response.shear import shear


def main(glasses: str, output: str, described: Described, settings: Mapping[str, Any]) -> None:
    """Write the plastic events of the glasses in ``glasses`` to ``output``."""
    asked = {name: value for name, value in settings.items() if name != "directions"}

    def compute(glass: Glass) -> Result:
        potential = potential_of(described, glass)

        def events_of(direction: str) -> list[PlasticEvent]:
            return shear(glass, potential, direction=direction, **asked)

        return shear_record(glass, settings, events_of)

    make_block_from_glasses(glasses, output, "shear", {"shear": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
