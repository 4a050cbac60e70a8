"""``--lammps``: the force law of a script for the glass of a file, and what its log says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import InvalidGlassError
from ..glass import Glass
from ..mechanics.lammps_log import kinetic_energy, lammps_log
from ..potentials.lammps.data_sections import is_data_file
from ..potentials.lammps.potential import LammpsContacts, LammpsPotential
from ..potentials.settings import potential_of_glass


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
        If the diameters are not those of these particles, or names and numbers of types disagree.
    """
    described = {
        "kind": "lammps",
        "file": script,
        "variables": variables,
        "data": file if is_data_file(file) else None,
        "n_types": int(glass.species.max()) + 1,
    }
    try:
        return potential_of_glass(described, glass, names=names)  # type: ignore[return-value]
    except InvalidGlassError as error:
        raise InvalidGlassError(f"{file}: {error}") from error


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
    by_type = isinstance(potential, LammpsPotential)  # grains have masses of their own
    kinetic = kinetic_energy(
        file,
        potential.units,
        potential.masses if by_type else None,
        atom_style,
        length_unit,
        glass.species,
    )
    log = lammps_log(glass, potential, kinetic)
    tail = "none"
    if log.tail_energy or log.tail_pressure:
        tail = f"{log.tail_energy:.12g} in PotEng, {log.tail_pressure:.12g} in Press"
    moving = "no velocities in the file: at rest"
    if not is_data_file(file):
        moving = "no velocities read: they are taken from data files only"
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
