"""Read a block of glasses of the user's own from their files, and relax them with a calculator.

Input: the files of the block, one glass each. Output: block file, stage ``glasses``, as that
of ``read_glasses``, in the units of the calculator.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workflow_helpers.calculator import law_of
from workflow_helpers.glass_record import glass_record, relaxation
from workflow_helpers.job import Result, job, make_block

from softfield.calculators.force_law import minimum_of
from softfield.calculators.state import atoms_state
from softfield.files.blocks import block_indices
from softfield.files.glasses import read_glass


def main(
    files: Sequence[str],
    output: str,
    ensemble: str,
    block: str,
    described: Mapping[str, Any],
    settings: Mapping[str, Any],
    force_tolerance: float,
) -> None:
    """Write the glasses in ``files`` to ``output``; ``settings`` are those of the ensemble."""
    law, indices = law_of(described), block_indices(block)
    reading = {key: value for key, value in settings.items() if key != "relax"}

    def read(index: int) -> Result:
        path = files[index - indices.start]
        found = read_glass(path, **reading)
        glass = minimum_of(found, law, force_tolerance) if settings["relax"] else found
        state = atoms_state(law.atoms(glass), force_tolerance)
        return glass_record(
            glass,
            energy_per_particle=state.energy / glass.n_particles,
            pressure=state.pressure,
            max_force=state.largest_force,
            file=path,
            relaxation=relaxation(found, glass),
        )

    parameters = {
        "ensemble": ensemble,
        "calculator": dict(described),
        "reading": dict(settings),
    }
    make_block(output, "glasses", parameters, indices, read)


if __name__ == "__main__":
    with job(snakemake):
        main(
            files=list(snakemake.input.files),
            output=snakemake.output[0],
            ensemble=snakemake.wildcards.ensemble,
            block=snakemake.wildcards.block,
            described=snakemake.params.calculator,
            settings=snakemake.params.settings,
            force_tolerance=snakemake.params.force_tolerance,
        )
