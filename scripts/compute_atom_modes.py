"""Compute the lowest normal modes of a block of glasses, with a calculator.

Input: block file, stage ``glasses``. Output: block file, stage ``modes``, as that of
``compute_modes``; frequencies are in the units of the calculator.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.calculator import law_of
from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.mode_record import mode_record

from softfield.calculators.second_order import calculator_modes
from softfield.errors import InvalidSettingError
from softfield.glass import Glass


def main(
    glasses: str,
    output: str,
    described: Mapping[str, Any],
    settings: Mapping[str, Any],
    processes: int,
) -> None:
    """Write the modes of the glasses in ``glasses`` to ``output``."""
    law = law_of(described)

    def compute(glass: Glass) -> Result:
        if settings.get("masses") == "atoms" and glass.masses is None:
            raise InvalidSettingError(
                "the glass has no masses, which the setting masses of the ensemble asks for."
            )
        return mode_record(calculator_modes(law.atoms(glass), **settings, processes=processes))

    make_block_from_glasses(glasses, output, "modes", {"modes": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.calculator,
            settings=snakemake.params.settings,
            processes=snakemake.threads,
        )
