"""Formats that are left to ase."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidGlassError, SoftfieldError
from .configuration import Configuration, chosen_frame, optional
from .particle_table import role_of
from .source import Source

#: First bytes of the trajectories of ase.
MAGIC = (b"- of Ulm", b"AFFormat")


def read_ase(source: Source, frame: int = -1, format_name: str | None = None) -> Configuration:
    """One frame of a file that ase reads. A particle's label is its element."""
    path = source.path
    ase_io = optional("ase.io", "ase", path)
    try:
        with source.on_disk() as place:
            frames = ase_io.read(str(place), index=":", format=format_name)
        atoms = chosen_frame(frames, frame, path)
        if not len(atoms):
            raise FileFormatError(f"{path} has no atoms in this frame.")
        found = configuration_of_atoms(atoms)
    except SoftfieldError:
        raise
    except Exception as error:  # readers of ase raise almost anything for a damaged file
        raise FileFormatError(
            f"{path} cannot be read by ase ({type(error).__name__}: {error})."
        ) from error
    if "X" in found.labels:  # what ase calls a particle of which it knows no element
        raise FileFormatError(
            f"{path} names species that are no elements, which ase does not tell apart; write "
            "the glass as LAMMPS data or extended XYZ."
        )
    return found


def configuration_of_atoms(atoms: Any) -> Configuration:
    """What ase.Atoms say of a glass.

    The label of an atom is its number in the array ``species_index``, where there is one, else
    its element; where ase knows none, what an array of types says.
    """
    positions, cell = np.array(atoms.positions), np.array(atoms.cell.array)
    flat = bool(len(positions) and not atoms.pbc[2] and np.ptp(positions[:, 2]) == 0)
    state = {"numbers", "positions", "masses", "species_index"}
    values = {name: array for name, array in atoms.arrays.items() if name not in state}
    try:
        labels: npt.NDArray = np.array(atoms.get_chemical_symbols())
    except IndexError as error:
        raise InvalidGlassError(
            f"the atomic numbers {min(atoms.numbers)} to {max(atoms.numbers)} are not all those of "
            "elements; correct them."
        ) from error
    names: tuple[Any, ...] = ()
    if "species_index" in atoms.arrays:
        labels = atoms.arrays["species_index"].astype(np.int64)
        names = tuple(range(int(labels.max(initial=0)) + 1))
    elif "X" in labels:
        kinds = [name for name in atoms.arrays if role_of(name) == "types"]
        labels = atoms.arrays[kinds[0]] if kinds else labels
    flags = tuple(bool(flag) for flag in atoms.pbc)
    return Configuration(
        positions,
        labels,
        cell if atoms.cell.array.any() else None,
        names,
        values,
        flat,
        masses=atoms.get_masses() if "masses" in atoms.arrays else None,
        periodic=(flags[0], flags[1], flags[2]),
    )
