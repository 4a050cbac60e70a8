"""``--lammps``: the force law of a script for the glass of a file, and what its log says."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InvalidGlassError
from ..glass import Glass
from ..mechanics.lammps_log import kinetic_energy, lammps_log
from ..potentials.lammps.data_sections import is_data_file
from ..potentials.lammps.potential import LammpsContacts, LammpsPotential, lammps_potential
from ..potentials.settings import diameters_by_type, with_contacts

logger = logging.getLogger(__name__)


def with_script(
    glass: Glass,
    names: Sequence[str | int] | None,
    file: Path,
    script: Path,
    variables: Mapping[str, str],
) -> tuple[Glass, LammpsPotential | LammpsContacts]:
    """The glass of a file and the force law of a script.

    Types that have a name, in the file and in the script, are matched by it. Particles that
    each have a diameter of their own (granular styles) become species of their own.

    Parameters
    ----------
    names : what the file calls the type of each particle (N,); None where the user has said
        which species it is

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
        diameters=diameters_by_type(glass),
    )
    if not isinstance(potential, LammpsContacts):
        return _matched(glass, names, potential), potential
    try:
        return with_contacts(glass, potential), potential
    except InvalidGlassError as error:
        raise InvalidGlassError(f"{file}: {error}") from error


def _matched(glass: Glass, names: Sequence[str | int] | None, potential: LammpsPotential) -> Glass:
    """The glass with the types of the script, where the file has names for them."""
    labels = potential.labels or ()
    told = sorted({name for name in names or () if isinstance(name, str)})
    if not told:
        return glass
    if set(told) <= set(labels):
        return replace(glass, species=np.array([labels.index(str(name)) for name in names or ()]))
    order = {str(name): int(kind) for name, kind in zip(names or (), glass.species, strict=True)}
    logger.warning(
        "the file names its types and the script does not: taken as %s; --species tells otherwise",
        ", ".join(f"{name} = type {kind + 1}" for name, kind in sorted(order.items())),
    )
    return glass


def as_in_the_log(
    glass: Glass,
    potential: LammpsPotential | LammpsContacts,
    file: Path,
    atom_style: str | None = None,
    length_unit: float = 1.0,
) -> dict[str, str]:
    """What was read, and energy, pressure and their parts as LAMMPS prints them.

    In the units of the script, of which one length is ``length_unit`` in the file.
    """
    kinetic = kinetic_energy(file, potential.units, potential.masses, atom_style, length_unit)
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
