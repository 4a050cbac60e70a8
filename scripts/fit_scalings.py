"""Exponents of the scaling laws behind Eqs. 5 and 6, distribution of forces, shares of f.X.

Input: the tables of check_scalings of all blocks that were checked, and the frequencies of the
normal modes where there are any. Output: tables ``scaling_fits``, ``density_scan`` (exponent
of D(omega) against the upper end of the frequencies), ``forces`` (p(|f_alpha|)) and ``shares``
(of f.X in E, by |E|); ``docs/statistics.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from columns import provenance_from_tables
from job import job, logger
from softfield.files.tables import read_tables, write_table
from softfield.statistics.forces import anharmonic_shares, force_distribution
from softfield.statistics.resampling import first_realizations
from softfield.statistics.scaling_laws import scaling_fits


def main(
    inputs: Mapping[str, list[str]],
    outputs: Mapping[str, str],
    seed: int,
    settings: Mapping[str, Any],
) -> None:
    """Write the four tables; ``inputs`` and ``outputs`` have paths for each name."""
    rng = np.random.default_rng(seed)
    tables = {
        name: first_realizations(read_tables(inputs[name]), settings["realizations"])
        for name in ("glasses", "modes", "waves", "histograms")
    }
    frequencies = read_tables(inputs["frequencies"]) if inputs["frequencies"] else None
    found = scaling_fits(tables, frequencies, settings, rng)
    n_resamples = settings["n_resamples"]
    made = provenance_from_tables(inputs["glasses"][0], {"fits": dict(settings), "seed": seed})
    write_table(outputs["scaling_fits"], found["fits"], made)
    write_table(outputs["density_scan"], found["density_scan"], made)
    forces = force_distribution(tables["histograms"], n_resamples, rng)
    write_table(outputs["forces"], forces, made)
    shares = anharmonic_shares(tables["histograms"], n_resamples, rng)
    write_table(outputs["shares"], shares, made)
    logger.info("fits:\n%s", found["fits"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        names = ("glasses", "modes", "waves", "histograms", "frequencies")
        main(
            inputs={name: list(snakemake.input.get(name, [])) for name in names},
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            settings=snakemake.params.settings,
        )
