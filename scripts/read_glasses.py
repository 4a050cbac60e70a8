"""Read a block of glasses of the user's own from their files, and relax them.

Input: the files of the block, one glass each. Output: block file, stage ``glasses``, as that
of ``prepare_glasses``, with the attributes ``file`` and ``relaxation`` (largest displacement
of a particle on the way to the minimum, length) in place of ``seed``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workflow_helpers.glass_record import glass_record, relaxation
from workflow_helpers.job import Result, job, make_block
from workflow_helpers.pair_potential import Described, glass_and_potential
from workflow_helpers.pair_state import pair_state

from softfield.files.blocks import block_indices
from softfield.files.glasses import read_glass
from softfield.preparation.minimisation import minimize


def main(
    files: Sequence[str],
    output: str,
    ensemble: str,
    block: str,
    described: Described,
    settings: Mapping[str, Any],
    force_tolerance: float,
) -> None:
    """Write the glasses in ``files`` to ``output``; ``settings`` are those of the ensemble."""
    indices = block_indices(block)

    def read(index: int) -> Result:
        path = files[index - indices.start]
        found, potential = glass_and_potential(described, read_glass(path, **reading))
        glass = minimize(found, potential, min(1e-10, force_tolerance)) if relax else found
        state = pair_state(glass, potential)
        return glass_record(glass, **state, file=path, relaxation=relaxation(found, glass))

    reading = {key: value for key, value in settings.items() if key != "relax"}
    relax = settings["relax"]
    parameters = {
        "ensemble": ensemble,
        "potential": described if isinstance(described, str) else dict(described),
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
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
            force_tolerance=snakemake.params.force_tolerance,
        )
