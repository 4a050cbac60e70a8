"""Inset of Fig. 2: the local thermal energy of a few interactions, by molecular dynamics.

Input: the blocks of glasses and fields with the glass. Output: a table with columns
``pair``, ``i``, ``j`` (particles), ``time``, ``average`` (running average of
``(eps - eps0) / (T / 2)``), ``exact`` (E_alpha of Eq. 3), ``mean`` and ``error`` (average over
all the run and its standard error, from blocking). The interactions are drawn at random.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from glass_map import read_glass_map
from job import job, logger
from pair_potential import Described, potential_of
from softfield.dynamics import pair_energy_average
from softfield.provenance import provenance
from softfield.tables import write_table


def main(
    glasses: str,
    fields: str,
    output: str,
    described: Described,
    seed: int,
    settings: Mapping[str, Any],
) -> None:
    """Write the running averages of ``n_pairs`` interactions of one glass."""
    shown = read_glass_map(glasses, fields, settings["realization"])
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(shown.field["energy"]), settings["n_pairs"], replace=False)
    pairs, exact = shown.field["pairs"][chosen], shown.field["energy"][chosen]
    found = pair_energy_average(
        shown.glass,
        potential_of(described),
        pairs,
        settings["temperature"],
        duration=settings["duration"],
        rng=rng,
    )
    for k, (i, j) in enumerate(pairs):
        logger.info(
            "pair %d-%d: %.4f +- %.4f by dynamics, %.4f exactly",
            i, j, found.mean[k], found.error[k], exact[k],
        )  # fmt: skip
    table = pd.concat(
        pd.DataFrame(
            {
                "pair": k, "i": pairs[k, 0], "j": pairs[k, 1], "time": found.time,
                "average": found.running[:, k], "exact": exact[k], "mean": found.mean[k],
                "error": found.error[k],
            }
        )
        for k in range(len(pairs))
    )  # fmt: skip
    parameters = {**shown.provenance["parameters"], "dynamics": dict(settings), "seed": seed}
    write_table(output, table, provenance(parameters))


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            output=snakemake.output[0],
            described=snakemake.params.potential,
            seed=snakemake.params.seed,
            settings=snakemake.params.settings,
        )
