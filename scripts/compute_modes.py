"""Compute the lowest normal modes of a block of glasses.

Input: block file, stage ``glasses``. Output: block file, stage ``modes``; per realization
``frequencies`` (k,) in units of sqrt(energy / mass) / length, ``mode_map`` (N,) = sum over
the modes of |Psi_i|^2, ``lowest_mode`` (N,) = |Psi_1|^2 alone, ``participation_ratio`` (k,),
between 1/N and 1. The zero modes of translation are left out.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.mode_record import mode_record
from workflow_helpers.pair_potential import Described, potential_of

from softfield.glass import Glass
from softfield.response.modes import normal_modes


def main(glasses: str, output: str, described: Described, settings: Mapping[str, Any]) -> None:
    """Write the modes of the glasses in ``glasses`` to ``output``."""

    def compute(glass: Glass) -> Result:
        return mode_record(normal_modes(glass, potential_of(described, glass), **settings))

    make_block_from_glasses(glasses, output, "modes", {"modes": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
