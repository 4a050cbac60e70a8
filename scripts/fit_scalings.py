"""Exponents of the scaling laws behind Eqs. 5 and 6, distribution of forces, shares of f.X.

Input: the tables of measure_couplings of all blocks with the realizations looked at, and the
frequencies of the normal modes where there are any. Output: tables ``scaling_fits``,
``density_scan`` (exponent of D(omega) against the upper end of the frequencies), ``forces``
(p(|f_alpha|)), ``scaled_forces`` (in units of its mean), ``shares`` (of f.X in E, by |E|),
``force_estimates`` (means, spread, and the share of f.X where |E| is large), ``localised_modes``
and ``mean_waves`` (what was fitted), ``mode_counts`` (number of modes below a frequency);
``docs/statistics.md`` lists their columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger

from softfield.files.tables import read_table, read_tables, write_table
from softfield.statistics.forces import (
    anharmonic_shares,
    force_distribution,
    force_estimates,
    scaled_forces,
)
from softfield.statistics.mode_density import mode_counts
from softfield.statistics.resampling import check_complete, first_realizations
from softfield.statistics.scaling_laws import (
    localised_of,
    mean_waves,
    scaling_fits,
    with_known_limits,
)


def counts_table(frequencies: pd.DataFrame | None) -> pd.DataFrame:
    """Modes per glass below a frequency, with intervals; no rows without frequencies."""
    if frequencies is None:
        columns = ["frequency", "number", "lower", "upper", "count", "n_realizations"]
        return pd.DataFrame(columns=columns, dtype=float)
    return mode_counts(frequencies).table("frequency", "number")


def main(
    inputs: Mapping[str, list[str]],
    outputs: Mapping[str, str],
    seed: int,
    settings: Mapping[str, Any],
    summary: str,
    failure_tolerance: float,
) -> None:
    """Write the tables; ``inputs`` and ``outputs`` have paths for each name."""
    known = read_table(summary)
    check_complete(known, failure_tolerance, ("glasses", "fields", "modes"))
    rng = np.random.default_rng(seed)
    tables = {
        name: first_realizations(read_tables(inputs[name]), settings["realizations"])
        for name in ("glasses", "modes", "waves", "histograms")
    }
    frequencies = None
    if inputs["frequencies"]:
        every = read_tables(inputs["frequencies"])
        frequencies = with_known_limits(every, tables["glasses"], known)
    fitted = scaling_fits(tables, frequencies, settings, rng)
    forces = force_distribution(tables["histograms"])
    estimates = force_estimates(tables["histograms"])
    written = {
        "scaling_fits": fitted["fits"],
        "density_scan": fitted["density_scan"],
        "forces": forces,
        "scaled_forces": scaled_forces(forces, estimates),
        "force_estimates": estimates,
        "shares": anharmonic_shares(tables["histograms"]),
        "localised_modes": localised_of(tables["glasses"], tables["modes"], settings),
        "mean_waves": mean_waves(tables["waves"]),
        "mode_counts": counts_table(frequencies),
    }
    made = provenance_from_tables(inputs["glasses"][0], {"fits": dict(settings), "seed": seed})
    for name, table in written.items():
        write_table(outputs[name], table, made)
    logger.info("fits:\n%s", fitted["fits"].to_string())


if __name__ == "__main__":
    with job(snakemake):
        names = ("glasses", "modes", "waves", "histograms", "frequencies")
        main(
            inputs={name: list(snakemake.input.get(name, [])) for name in names},
            outputs=dict(snakemake.output.items()),
            seed=snakemake.params.seed,
            settings=snakemake.params.settings,
            summary=snakemake.input.summary,
            failure_tolerance=snakemake.params.failure_tolerance,
        )
