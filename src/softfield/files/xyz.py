"""Extended XYZ, and other formats that ase reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError
from ..glass import Glass
from .configuration import (
    Configuration,
    cell_3d,
    chosen_frame,
    optional,
    positions_3d,
    value_columns,
)


def read_ase(path: Path, frame: int = -1, format_name: str | None = None) -> Configuration:
    """One frame of a file that ase reads. A particle's label is its element or atom type."""
    ase_io = optional("ase.io", "ase", path)
    try:
        frames = ase_io.read(path, index=":", format=format_name)
    except Exception as error:  # readers of ase raise almost anything for a damaged file
        raise FileFormatError(f"{path} cannot be read by ase ({error}).") from error
    atoms = chosen_frame(frames, frame, path)
    if not atoms.pbc[:2].all():
        raise FileFormatError(
            f"{path} is not periodic along x and y (pbc = {atoms.pbc.tolist()}); the theory "
            "needs a periodic box."
        )
    cell = np.array(atoms.cell.array)
    positions = np.array(atoms.positions)
    flat = bool(not atoms.pbc[2] and np.ptp(positions[:, 2]) == 0)
    if flat and not cell[2].any():
        cell[2, 2] = 1.0
    labels = np.array(atoms.get_chemical_symbols())
    state = {"numbers", "positions", "masses", "species_index"}
    names: tuple[Any, ...] = ()
    if "species_index" in atoms.arrays:
        labels = atoms.arrays["species_index"].astype(np.int64)
        names = tuple(range(int(labels.max()) + 1))
    values = {name: array for name, array in atoms.arrays.items() if name not in state}
    return Configuration(positions, labels, cell, names, values, flat)


def extended_xyz_lines(glass: Glass, values: Mapping[str, npt.NDArray]) -> list[str]:
    """Extended XYZ of one frame, wrapped; species A is called H, B He, C Li, ...

    Readers need element symbols, so species are called by atomic number; the column
    ``species_index`` has the number that :func:`read_ase` gives back.
    """
    columns = value_columns(glass, values)
    lattice = " ".join(repr(v) for v in cell_3d(glass).ravel().tolist())
    properties = "species:S:1:pos:R:3:species_index:I:1" + "".join(f":{n}:R:1" for n in columns)
    periodic = "T T T" if glass.dimension == 3 else "T T F"
    lines = [str(glass.n_particles)]
    lines.append(f'Lattice="{lattice}" Properties={properties} pbc="{periodic}"')
    positions = positions_3d(glass).tolist()
    extra = np.column_stack([np.empty((glass.n_particles, 0)), *columns.values()]).tolist()
    for kind, where, row in zip(glass.species.tolist(), positions, extra, strict=True):
        words = [_symbol(kind), *map(repr, where), str(kind), *map(repr, row)]
        lines.append(" ".join(words))
    return lines


#: Elements by atomic number, for species 0, 1, ...; whatever comes after is called X.
_ELEMENTS = ("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne")


def _symbol(kind: int) -> str:
    return _ELEMENTS[kind] if kind < len(_ELEMENTS) else "X"
