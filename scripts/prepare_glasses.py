"""Prepare a block of glasses: liquid, cooled by molecular dynamics, minimised.

Output: block file, stage ``glasses``; per realization ``positions`` (N, d), ``species``
(N,), ``box`` (d,) and the attributes ``strain`` (0), ``energy_per_particle``, ``pressure``,
``max_force``, ``seed``. Reduced units: length = smallest pair diameter, energy = (AA)
energy scale.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workflow_helpers.glass_record import glass_record
from workflow_helpers.job import Result, job, make_block
from workflow_helpers.pair_state import pair_state

from softfield.files.blocks import block_indices, realization_seed
from softfield.potentials.models import model
from softfield.preparation.protocol import prepare_glass, protocol_of


def main(
    output: str,
    ensemble: str,
    block: str,
    model_name: str,
    n_particles: int,
    master_seed: int,
    settings: Mapping[str, Any],
) -> None:
    """Write the glasses of ``block`` ("00000-00024") of ``ensemble`` to ``output``.

    ``settings`` replace some of the model's own protocol.
    """
    glass_former = model(model_name)

    def prepare(index: int) -> Result:
        seed = realization_seed(master_seed, ensemble, index)
        glass = prepare_glass(glass_former, n_particles=n_particles, seed=seed, **settings)
        return glass_record(glass, **pair_state(glass, glass_former.potential), seed=str(seed))

    parameters = {
        "ensemble": ensemble,
        "model": model_name,
        "n_particles": n_particles,
        "master_seed": master_seed,
        "glasses": asdict(protocol_of(glass_former, **settings)),
    }
    make_block(output, "glasses", parameters, block_indices(block), prepare)


if __name__ == "__main__":
    with job(snakemake):
        main(
            output=snakemake.output[0],
            ensemble=snakemake.wildcards.ensemble,
            block=snakemake.wildcards.block,
            model_name=snakemake.params.model,
            n_particles=snakemake.params.n_particles,
            master_seed=snakemake.params.master_seed,
            settings=snakemake.params.settings,
        )
