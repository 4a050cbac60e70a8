"""Formats that are left to ase."""

from __future__ import annotations

import numpy as np

from ..errors import FileFormatError
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
    except Exception as error:  # readers of ase raise almost anything for a damaged file
        raise FileFormatError(
            f"{path} cannot be read by ase ({type(error).__name__}: {error})."
        ) from error
    atoms = chosen_frame(frames, frame, path)
    cell = np.array(atoms.cell.array)
    positions = np.array(atoms.positions)
    if not len(positions):
        raise FileFormatError(f"{path} has no atoms in this frame.")
    if not cell.any():
        boxed = None
    else:
        boxed = cell
        if not cell[2].any() and not atoms.pbc[2]:
            boxed[2, 2] = 1.0
    state = {"numbers", "positions", "masses"}
    values = {name: array for name, array in atoms.arrays.items() if name not in state}
    masses = atoms.get_masses() if "masses" in atoms.arrays else None
    symbols = np.array(atoms.get_chemical_symbols())
    if "X" in symbols:  # what ase calls a particle of which it knows no element
        kinds = [name for name in atoms.arrays if role_of(name) == "types"]
        if not kinds:
            raise FileFormatError(
                f"{path} names species that are no elements, which ase does not tell apart; write "
                "the glass as LAMMPS data or extended XYZ."
            )
        symbols = atoms.arrays[kinds[0]]
    flags = tuple(bool(flag) for flag in atoms.pbc)
    return Configuration(
        positions, symbols, boxed, (), values, masses=masses,
        periodic=(flags[0], flags[1], flags[2]),
    )  # fmt: skip
