"""Shear a block of glasses to their first plastic events in fixed steps, with a calculator.

Input: block file, stage ``glasses``. Output: block file, stage ``shear``, as that of
``shear_glasses``.
"""

from collections.abc import Mapping
from typing import Any

from workflow_helpers.calculator import law_of
from workflow_helpers.job import Result, job, make_block_from_glasses
from workflow_helpers.shear_record import shear_record

from softfield.calculators.shear import shear_atoms
from softfield.errors import NotConvergedError
from softfield.glass import Glass
from softfield.response.events import PlasticEvent


def main(
    glasses: str, output: str, described: Mapping[str, Any], settings: Mapping[str, Any]
) -> None:
    """Write the plastic events of the glasses in ``glasses`` to ``output``."""
    law = law_of(described)
    asked = {name: value for name, value in settings.items() if name != "directions"}

    def compute(glass: Glass) -> Result:
        def events_of(direction: str) -> list[PlasticEvent]:
            path = shear_atoms(law.atoms(glass), direction=direction, **asked)
            if not path.complete:
                raise NotConvergedError(
                    f"lost at strain {path.strain[-1]:.6f} of {direction}: {path.reason}"
                )
            return path.events

        return shear_record(glass, settings, events_of)

    make_block_from_glasses(glasses, output, "shear", {"shear": dict(settings)}, compute)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            output=snakemake.output[0],
            described=snakemake.params.calculator,
            settings=snakemake.params.settings,
        )
