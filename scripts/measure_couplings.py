"""Couplings of normal modes and plane waves, internal forces and their share in E, of a block.

Eqs. 4 to 6 rest on them. Input: block files, stages ``glasses`` and ``fields``. Output: five
tables with a row per

- ``glasses``: realization: ``failure`` (empty, or the reason), ``shear_modulus`` (energy per
  volume), ``transverse_frequency`` (mass 1) and ``wave_number`` of the longest transverse wave in
  the box, ``mean_force``, ``strain`` (of the cell), ``mean_mass`` (1 where the modes of the
  ensemble are those of mass 1);
- ``modes``: realization and one of its lowest modes: ``frequency``, ``participation_ratio``,
  ``phonon_weight``, ``coupling`` (c_iii), ``pull`` (root mean square of f.Psi), ``energy`` (E
  of the largest |E| near the core), ``core_pull`` (f.Psi there), ``single_mode``;
- ``pairs``: realization and ordered pair (i, j) of these modes: ``frequency`` and
  ``participation_ratio`` of i, ``other_frequency`` and ``other_participation_ratio`` of j,
  ``distance`` (of their cores), ``own`` (c_iii), ``coupling`` (c_ijj);
- ``waves``: realization and ``order`` (periods in the box): ``wave_number`` (k),
  ``frequency`` (c_T k),
  ``coupling``, ``pull`` (root mean squares over transverse plane waves);
- ``histograms``: realization, ``quantity`` and filled bin of it: ``force`` of all interactions,
  ``large_force`` of those with |E| above the floor of the tail, ``share`` of f.X in E
  (``energy_bin`` and ``bin``); bins as in ``softfield.statistics.forces``, with an open one at
  either end; ``count`` and, of forces, their ``sum``.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import SoftfieldError
from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass
from softfield.mechanics.derivatives import internal_forces
from softfield.mechanics.factorization import factorize
from softfield.mechanics.pairs import Interactions, interactions
from softfield.potentials.pair_potential import PairPotential
from softfield.response.couplings import mode_couplings, wave_couplings, wave_orders
from softfield.response.elasticity import (
    longest_wave_number,
    lowest_transverse_frequency,
    shear_stiffness,
)
from softfield.statistics.forces import coupling_histograms

COLUMNS: dict[str, dict[str, type]] = {
    "glasses": {"realization": int, "failure": str},
    "modes": {"realization": int, "frequency": float},
    "pairs": {"realization": int, "frequency": float},
    "waves": {"order": int, "wave_number": float, "frequency": float, "coupling": float,
              "pull": float, "realization": int},
    "histograms": {"realization": int, "quantity": str, "energy_bin": int, "bin": int,
                   "count": float, "sum": float},
}  # fmt: skip


def mode_rows(
    glass: Glass, found: Interactions, field: Record, settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Tables ``glasses``, ``modes``, ``pairs`` and ``waves`` of one realization."""
    factor = factorize(glass, found)
    born, nonaffine = shear_stiffness(found, factor)
    modulus = (born - nonaffine) / glass.volume
    lowest = lowest_transverse_frequency(glass, modulus)
    couplings, pairs = mode_couplings(
        glass, found, factor, field["energy"], settings["modes"], settings["radius"]
    )
    waves = [
        {
            "order": order,
            "wave_number": order * longest_wave_number(glass),
            "frequency": order * lowest,
            "coupling": coupling,
            "pull": pull,
        }
        for order in wave_orders(glass, settings["shortest_wave"])
        for coupling, pull in [wave_couplings(glass, found, order)]
    ]
    masses = glass.masses if "masses" in settings else None
    row = {
        "failure": "",
        "shear_modulus": modulus,
        "transverse_frequency": lowest,
        "wave_number": longest_wave_number(glass),
        "mean_force": internal_forces(found).mean(),
        "strain": glass.strain,
        "mean_mass": 1.0 if masses is None else float(masses.mean()),
    }
    modes = pd.DataFrame({**vars(couplings), "single_mode": couplings.single_mode})
    tables = {"glasses": pd.DataFrame([row]), "modes": modes, "pairs": pd.DataFrame(vars(pairs))}
    return {**tables, "waves": pd.DataFrame(waves, columns=list(COLUMNS["waves"]))}


def tables_of(
    glass: Glass, potential: PairPotential, field: Record, settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """The five tables of one realization; only the reason where it fails."""
    found = interactions(glass, potential)
    try:
        tables = mode_rows(glass, found, field, settings)
    except SoftfieldError as error:
        reason = f"{type(error).__name__}: {error}"
        logger.warning("realization %d failed: %s", field.index, reason)
        tables = {"glasses": pd.DataFrame([{"failure": reason}])}
    tables["histograms"] = coupling_histograms(
        internal_forces(found), field["energy"], field["harmonic"], settings["floor"]
    )
    return {name: table.assign(realization=field.index) for name, table in tables.items()}


def main(
    glasses: str,
    fields: str,
    outputs: Mapping[str, str],
    described: Described,
    settings: Mapping[str, Any],
) -> None:
    """Write the five tables of the block; ``outputs`` has a path for each."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    with read_block(glasses, "glasses") as g, read_block(fields, "fields") as f:
        for field in f:
            glass = g.glass(field.index)
            found = tables_of(glass, potential_of(described, glass), field, settings)
            for name, table in found.items():
                parts[name].append(table)
            logger.info("realization %d", field.index)
        made = provenance({**f.provenance["parameters"], "couplings": dict(settings)})
    for name, columns in COLUMNS.items():
        write_table(outputs[name], stacked(parts[name], columns), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            outputs=dict(snakemake.output.items()),
            described=snakemake.params.potential,
            settings=snakemake.params.settings,
        )
