"""What the log of LAMMPS says of a glass: energy, pressure and their parts, in its units."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checks.numbers import check_number
from ..errors import FileFormatError, InvalidPotentialError
from ..glass import Glass, check_glass
from ..potentials.lammps import LammpsContacts, LammpsPotential
from ..potentials.lammps_data_sections import DataSections, data_sections, is_data_file
from .derivatives import pressure
from .pairs import interactions

#: units -> (energy of mass x velocity^2, pressure of energy / volume), as LAMMPS converts them.
CONVERSIONS = {
    "lj": (1.0, 1.0),
    "metal": (1.0364269e-4, 1.6021765e6),
    "real": (48.88821291 * 48.88821291, 68568.415),
    "electron": (1.06657236, 2.94210108e13),
    "si": (1.0, 1.0),
    "cgs": (1.0, 1.0),
    "micro": (1.0, 1.0),
    "nano": (1.0, 1.0),
}


@dataclass(frozen=True)
class LammpsLog:
    """Thermodynamic output of one state.

    Attributes
    ----------
    energy : PotEng of the whole glass, tail correction included
    tail_energy : the part of it that ``pair_modify tail yes`` adds
    virial_pressure, kinetic_pressure, tail_pressure : the parts of Press
    kinetic_energy : KinEng, or None where no velocities are known
    """

    energy: float
    tail_energy: float
    virial_pressure: float
    tail_pressure: float
    kinetic_energy: float | None
    kinetic_pressure: float | None

    @property
    def pressure(self) -> float:
        """Press; without velocities that of a state at rest."""
        return self.virial_pressure + self.tail_pressure + (self.kinetic_pressure or 0.0)


def lammps_log(
    glass: Glass,
    potential: LammpsPotential | LammpsContacts,
    kinetic_energy: float | None = None,
) -> LammpsLog:
    """What the log of LAMMPS says of a glass.

    ``Press = (2 K + W)/(d V)`` with the kinetic energy K and the virial W, in LAMMPS' unit of
    pressure; PotEng as for ``thermo_modify norm no`` (units lj print it per particle).

    Parameters
    ----------
    kinetic_energy : float
        K in units of energy, from :func:`kinetic_energy`; none for a state at rest.

    Raises
    ------
    InvalidPotentialError, InvalidSettingError
        If the potential is not that of a script, or K no energy from 0 on.
    """
    check_glass(glass)
    if not isinstance(potential, LammpsPotential | LammpsContacts):
        raise InvalidPotentialError(
            f"the potential of a LAMMPS script is needed, not {type(potential).__name__}: take "
            "softfield.lammps_potential(script)."
        )
    if kinetic_energy is not None:
        kinetic_energy = check_number(kinetic_energy, "the kinetic energy", 0.0)
    _, per_volume = CONVERSIONS.get(potential.units, (1.0, 1.0))
    tail = potential.tail_correction(glass)
    kinetic_pressure = None
    if kinetic_energy is not None:
        kinetic_pressure = 2 * kinetic_energy / (glass.dimension * glass.volume) * per_volume
    return LammpsLog(
        energy=float(interactions(glass, potential).g0.sum()) + tail.energy,
        tail_energy=tail.energy,
        virial_pressure=pressure(glass, potential) * per_volume,
        tail_pressure=tail.pressure * per_volume,
        kinetic_energy=kinetic_energy,
        kinetic_pressure=kinetic_pressure,
    )


def kinetic_energy(
    path: str | os.PathLike[str], units: str = "lj", masses: Mapping[int, float] | None = None
) -> float | None:
    """Kinetic energy of the velocities in a LAMMPS data file; None without such a section.

    Parameters
    ----------
    units : of the script
    masses : species -> mass, where the file has none

    Raises
    ------
    FileFormatError
        If the sections do not fit one another, or a mass is missing.
    """
    path = Path(path)
    if not is_data_file(path):
        return None
    found = data_sections(path, ("Masses", "Atom Type Labels", "Atoms", "Velocities"))
    if not found.lines.get("Velocities") or not found.lines.get("Atoms"):
        return None
    try:
        mass = _masses(found, masses or {})
        rows = [line.text.split() for line in found.lines["Velocities"]]
        doubled = sum(mass[row[0]] * sum(float(v) ** 2 for v in row[1:4]) for row in rows)
    except (KeyError, ValueError, IndexError) as error:
        raise FileFormatError(
            f"{path}: velocities, atoms and masses do not fit one another ({error}); the kinetic "
            "energy is not known."
        ) from error
    return 0.5 * doubled * CONVERSIONS.get(units, (1.0, 1.0))[0]


def _masses(found: DataSections, given: Mapping[int, float]) -> dict[str, float]:
    """Mass of each atom by its id."""
    labels = found.labels()
    by_type = {**given, **found.masses(labels)}
    style = (found.hints.get("Atoms", "").split() or ["atomic"])[0]
    column = 2 if style in ("bond", "angle", "molecular", "full") else 1
    masses = {}
    for line in found.lines["Atoms"]:
        words = line.text.split()
        if style == "sphere":
            diameter, density = float(words[2]), float(words[3])
            masses[words[0]] = density * (np.pi / 6 * diameter**3 if diameter else 1.0)
        else:
            kind = labels.get(words[column])
            masses[words[0]] = by_type[int(words[column]) - 1 if kind is None else kind]
    return masses
