"""What the log of LAMMPS says of a glass: energy, pressure and their parts, in its units."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..checks.numbers import check_number
from ..errors import FileFormatError, InvalidPotentialError
from ..files.configuration import Configuration, integers, reals
from ..files.lammps_data import read_lammps_data
from ..files.source import Source
from ..glass import FloatArray, Glass, check_glass
from ..potentials.lammps.data_sections import data_sections, is_data_file
from ..potentials.lammps.lines import Line
from ..potentials.lammps.potential import LammpsContacts, LammpsPotential
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
    path: str | os.PathLike[str],
    units: str = "lj",
    masses: Mapping[int, float] | None = None,
    atom_style: str | None = None,
    length_unit: float = 1.0,
    species: npt.NDArray[np.int32] | None = None,
) -> float | None:
    """Kinetic energy of the velocities in a LAMMPS data file; None without such a section.

    Parameters
    ----------
    units : of the script
    masses : species -> mass, as a script says it behind the file; the file's where it does not
    atom_style : where neither the file says it nor its columns tell
    length_unit : one length of the script in lengths of the file, as for :func:`read_glass`
    species : (N,) of the particles for the script, in the order of ids; by default types of the
        file minus one

    Raises
    ------
    FileFormatError
        If an atom has no velocity, or several, or no mass.
    """
    path = Path(path)
    if not is_data_file(path):
        return None
    lines = data_sections(path, ("Atoms", "Velocities")).lines
    if not lines.get("Velocities") or not lines.get("Atoms"):
        return None
    velocities = _velocities(path, lines) / length_unit
    mass = _masses(read_lammps_data(Source(path), atom_style), masses or {}, species, path)
    with np.errstate(over="ignore"):
        energy = 0.5 * float(mass @ (velocities**2).sum(axis=1))
    energy *= CONVERSIONS.get(units, (1.0, 1.0))[0]
    if not energy < np.inf:
        raise FileFormatError(
            f"{path}: the velocities give no finite kinetic energy; correct them."
        )
    return energy


def _velocities(path: Path, lines: Mapping[str, Sequence[Line]]) -> FloatArray:
    """(N, 3) in the order of the ids of the atoms."""
    rows = [line.text.split() for line in lines["Velocities"]]
    short = next((row for row in rows if len(row) < 4), None)
    if short is not None:
        raise FileFormatError(f"{path}: a line of Velocities has {len(short)} columns, not 4.")
    ids = integers([row[0] for row in rows], "id", path)
    atoms = integers([line.text.split()[0] for line in lines["Atoms"]], "id", path)
    if not np.array_equal(np.sort(ids), np.sort(atoms)):
        raise FileFormatError(
            f"{path}: Velocities does not have one line for each of {len(atoms)} atoms; the file "
            "is truncated or damaged."
        )
    columns = [reals([row[k] for row in rows], "velocity", path) for k in (1, 2, 3)]
    return np.column_stack(columns)[np.argsort(ids)]


def _masses(
    found: Configuration,
    given: Mapping[int, float],
    species: npt.NDArray[np.int32] | None,
    path: Path,
) -> FloatArray:
    """(N,) masses in the order of the ids, by species or else of the file."""
    if species is None:
        types = [found.names.index(label) for label in found.labels.tolist()]
    else:
        types = species.tolist()
    missing = sorted(set(types) - set(given))
    if missing and found.masses is None:
        raise FileFormatError(
            f"{path} has velocities and no mass of type {missing[0] + 1}, and the script has none; "
            "give it one there (mass) or in the section Masses."
        )
    own = [0.0] * len(types) if found.masses is None else found.masses.tolist()
    return np.array([given.get(kind, mass) for kind, mass in zip(types, own, strict=True)])
