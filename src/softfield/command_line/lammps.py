"""``--lammps``: the force law of a script for the glass of a file, and what its log says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InvalidGlassError
from ..glass import Glass
from ..mechanics.lammps_log import kinetic_energy, lammps_log
from ..potentials.lammps import LammpsContacts, LammpsPotential, lammps_potential
from ..potentials.lammps_data_sections import is_data_file


def with_script(
    glass: Glass, file: Path, script: Path, variables: Mapping[str, str]
) -> tuple[Glass, LammpsPotential | LammpsContacts]:
    """The glass of a file and the force law of a script.

    Particles that each have a diameter of their own (granular styles) become species of their
    own; otherwise the glass stays as it is.

    Raises
    ------
    InvalidGlassError
        If the diameters are not those of these particles.
    """
    potential = lammps_potential(
        script,
        variables=variables,
        data=file if is_data_file(file) else None,
        n_types=int(glass.species.max()) + 1,
        diameters=_diameters(glass),
    )
    if not isinstance(potential, LammpsContacts):
        return glass, potential
    if potential.n_species != glass.n_particles:
        raise InvalidGlassError(
            f"{file} has {glass.n_particles} particles, and there are {potential.n_species} "
            "diameters; give the data file (Atoms # sphere) that holds these particles."
        )
    return glass.with_own_species(), potential


def _diameters(glass: Glass) -> Any:
    """Diameters that the file gave the glass: of each type, where they are the same."""
    own = glass.diameters
    if own is None:
        return None
    by_type = [np.unique(own[glass.species == kind]) for kind in range(glass.species.max() + 1)]
    return own if any(len(sizes) != 1 for sizes in by_type) else np.concatenate(by_type)


def as_in_the_log(
    glass: Glass, potential: LammpsPotential | LammpsContacts, file: Path
) -> dict[str, str]:
    """What was read, and energy, pressure and their parts as LAMMPS prints them."""
    kinetic = kinetic_energy(file, potential.units, potential.masses)
    log = lammps_log(glass, potential, kinetic)
    tail = "none"
    if log.tail_energy or log.tail_pressure:
        tail = f"{log.tail_energy:.12g} in PotEng, {log.tail_pressure:.12g} in Press"
    moving = "no velocities in the file: at rest"
    if log.kinetic_pressure is not None:
        moving = f"{log.kinetic_pressure:.12g}  (KinEng {log.kinetic_energy:.12g})"
    return {
        "force law": f"{potential.source}, units {potential.units}: {'; '.join(potential.styles)}",
        "types": ", ".join(potential.labels or ()) or f"{potential.n_species}",
        "potential energy": f"{log.energy:.12g}  (PotEng)",
        "energy per particle": f"{log.energy / glass.n_particles:.12g}",
        "pressure": f"{log.pressure:.12g}  (Press = virial + kinetic + tail)",
        "virial part": f"{log.virial_pressure:.12g}",
        "kinetic part": moving,
        "tail correction": tail,
    }
