"""Inset of Fig. 2: the local thermal energy of a few interactions, by molecular dynamics.

Input: the blocks of glasses and fields with the glass. The interactions are ``n_pairs`` drawn
at random, and the one of the largest |E| in the glass (of Eq. 3). Output: a table with a row per
interaction, temperature and time: ``pair``, ``chosen`` (``random``, ``largest``), ``i``, ``j``
(particles), ``temperature``, ``time``, ``average`` (running average of (eps - eps0) / (T / 2)),
``mean`` and ``error`` (average over all the run and its standard error, from blocking), and
the same for every temperature: ``limit``, ``limit_error`` (T -> 0), ``slope``,
``slope_error`` (per temperature), ``exact`` (E_alpha of Eq. 3).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workflow_helpers.glass_map import read_glass_map
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import InvalidSettingError, TooFewDataError
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.response.pair_averages import ColdEnergies, chosen_interactions, cold_energies


def rows_of(
    found: ColdEnergies, k: int, chosen: str, pair: npt.NDArray, exact: float
) -> pd.DataFrame:
    """The rows of the interaction number ``k``."""
    same = {
        "pair": k, "chosen": chosen, "i": pair[0], "j": pair[1], "exact": exact,
        "limit": found.limit[k], "limit_error": found.error[k],
        "slope": found.slope[k], "slope_error": found.slope_error[k],
    }  # fmt: skip
    return pd.concat(
        pd.DataFrame(
            {
                "temperature": temperature, "time": average.time,
                "average": average.running[:, k], "mean": average.mean[k],
                "error": average.error[k],
            }
        )
        for temperature, average in zip(found.temperatures, found.averages, strict=True)
    ).assign(**same)  # fmt: skip


def main(
    glasses: str,
    fields: str,
    output: str,
    described: Described,
    seed: int,
    settings: Mapping[str, Any],
) -> None:
    """Write the running averages of the interactions of one glass, and their limits."""
    shown = read_glass_map(glasses, fields, settings["realization"])
    energy = shown.field.energy
    alphas = chosen_interactions(energy, settings["n_pairs"], np.random.default_rng(seed))
    pairs, exact = shown.field.pairs[alphas], energy[alphas]
    try:
        found = cold_energies(
            shown.glass,
            potential_of(described, shown.glass),
            pairs,
            settings["temperatures"],
            duration=settings["duration"],
            seed=seed,
        )
    except InvalidSettingError as short:  # what is long enough depends on the vibrations of the law
        raise TooFewDataError(f"fields.dynamics: {short}") from short
    names = ["random"] * settings["n_pairs"] + ["largest"]
    for name, (i, j), limit, error, value in zip(
        names, pairs, found.limit, found.error, exact, strict=True
    ):
        logger.info(
            "%s pair %d-%d: %.4f +- %.4f by dynamics, %.4f exactly", name, i, j, limit, error, value
        )
    tables = [rows_of(found, k, name, pairs[k], exact[k]) for k, name in enumerate(names)]
    parameters = {**shown.provenance["parameters"], "dynamics": dict(settings), "seed": seed}
    write_table(output, pd.concat(tables, ignore_index=True), provenance(parameters))


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
