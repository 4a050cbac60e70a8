"""Read and write glasses: LAMMPS data and dump files, extended XYZ, GSD, and our own HDF5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..errors import FileFormatError, InvalidGlassError, InvalidSettingError, UnknownSpeciesError
from ..glass import Glass
from .atomic import PathLike, replaced_atomically
from .configuration import Configuration, glass_from
from .gsd import read_gsd, write_gsd
from .hdf5 import read_hdf5, write_hdf5
from .lammps_data import lammps_data_lines, read_lammps_data
from .lammps_dump import dump_lines, read_dump
from .xyz import extended_xyz_lines, read_ase

LAMMPS_DATA_SUFFIXES = (".data", ".lmp")


DUMP_SUFFIXES = (".dump", ".lammpstrj")


EXTENDED_XYZ_SUFFIXES = (".extxyz", ".xyz")


GSD_SUFFIXES = (".gsd",)


HDF5_SUFFIXES = (".h5", ".hdf5")


WRITTEN_SUFFIXES = (
    *LAMMPS_DATA_SUFFIXES,
    *DUMP_SUFFIXES,
    *EXTENDED_XYZ_SUFFIXES,
    *GSD_SUFFIXES,
    *HDF5_SUFFIXES,
)


#: Suffixes that are left to ase.
ASE_SUFFIXES = (*EXTENDED_XYZ_SUFFIXES, ".traj", ".cfg", ".vasp", ".cif", ".pdb", ".res", ".gro")


READ_SUFFIXES = tuple(dict.fromkeys((*WRITTEN_SUFFIXES, *ASE_SUFFIXES)))


def read_glass(
    path: PathLike,
    *,
    species: Mapping[Any, int] | None = None,
    length_unit: float = 1.0,
    frame: int = -1,
) -> Glass:
    """The glass in a file; the suffix says the format.

    ``.data``, ``.lmp``
        LAMMPS data file with atom style atomic, charge, sphere, molecular, bond, angle or
        full. Image flags unwrap the positions.
    ``.dump``, ``.lammpstrj``
        LAMMPS text dump with wrapped, unwrapped or scaled coordinates.
    ``.xyz``, ``.extxyz`` and other suffixes that ase knows (``.cfg``, ``.traj``, ...)
        Read by ase.
    ``.gsd``
        Read by gsd. GSD keeps single precision: relax the glass before analysing it.
    ``.h5``, ``.hdf5``
        softfield's own format, see :func:`write_glass`.

    Particles are put in the order of their ids. The tilt ``xy`` becomes the strain xy / Ly;
    other tilts are refused. A configuration with the same z everywhere is two-dimensional.

    Parameters
    ----------
    path : path
    species : mapping
        From the file's atom type, element or type name to species 0, 1, ... By default
        LAMMPS type 1 becomes species 0, GSD types keep their order, and elements are taken
        in alphabetical order.
    length_unit : float
        What the file calls one unit of length of the potential: all lengths are divided by it.
    frame : int
        Of a trajectory; the first is 0, the last -1.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the format is not supported, or the file is not what its suffix says.
    InvalidGlassError
        If what was read describes no glass, or one in a box that the theory does not cover.
    UnknownSpeciesError
        If ``species`` leaves out a species of the file.
    MissingPackageError
        If the format needs ase or gsd and it is not installed.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    _check_single_frame(path, frame)
    if path.suffix.lower() in HDF5_SUFFIXES:
        if species is not None or length_unit != 1.0:
            raise InvalidSettingError(
                f"{path} is a file of softfield's own, with species and lengths as they are "
                "meant; it takes neither a mapping of species nor a unit of length."
            )
        return read_hdf5(path)[0]
    try:
        return glass_from(_read(path, frame), species, length_unit)
    except (InvalidGlassError, UnknownSpeciesError) as error:
        raise type(error)(f"{path}: {error}") from None


def read_values(path: PathLike, frame: int = -1) -> dict[str, npt.NDArray]:
    """Per-particle values in a file, (N,) or (N, d) by name, in the order of the particles.

    What :func:`write_glass` was given as ``values``, or other columns of a LAMMPS dump, an
    extended XYZ file or a GSD log.

    Raises
    ------
    As :func:`read_glass`.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    _check_single_frame(path, frame)
    if path.suffix.lower() in HDF5_SUFFIXES:
        return read_hdf5(path)[1]
    return _read(path, frame).values


def write_glass(
    path: PathLike, glass: Glass, values: Mapping[str, npt.NDArray] | None = None
) -> None:
    """Write a glass, with per-particle values if there are any; the suffix says the format.

    LAMMPS data and HDF5 files give back every bit of the positions. LAMMPS dumps and
    extended XYZ hold wrapped positions and open in OVITO with every value as a particle
    property; GSD has single precision. The file appears complete or not at all. HDF5 files
    hold the datasets ``positions`` (N, d), ``species`` (N,), ``box`` (d,) and the group
    ``values``, with checksums, and the attributes ``format`` and ``strain``.

    Parameters
    ----------
    values : mapping of name -> (N,) or (N, d)
        For example ``{"softness": softness}``. Names are words without spaces. Vectors
        become columns ``name_x``, ``name_y``, ... except in HDF5.

    Raises
    ------
    FileFormatError
        If the format is not supported, or has no place for values.
    InvalidSettingError
        If values do not match the particles.
    """
    path, given = Path(path), dict(values or {})
    suffix = path.suffix.lower()
    _check_names(given)
    if suffix in LAMMPS_DATA_SUFFIXES and given:
        raise FileFormatError(
            f"{path}: LAMMPS data files have no place for the values {', '.join(given)}; write "
            "a .dump, .extxyz or .h5 file."
        )
    if suffix not in WRITTEN_SUFFIXES:
        raise _unsupported(path, WRITTEN_SUFFIXES)
    with replaced_atomically(path) as temporary:
        if suffix in LAMMPS_DATA_SUFFIXES:
            _write_lines(temporary, lammps_data_lines(glass))
        elif suffix in DUMP_SUFFIXES:
            _write_lines(temporary, dump_lines(glass, given))
        elif suffix in EXTENDED_XYZ_SUFFIXES:
            _write_lines(temporary, extended_xyz_lines(glass, given))
        elif suffix in GSD_SUFFIXES:
            write_gsd(temporary, glass, given)
        else:
            write_hdf5(temporary, glass, given)


def _check_single_frame(path: Path, frame: int) -> None:
    single = (*LAMMPS_DATA_SUFFIXES, *HDF5_SUFFIXES)
    if path.suffix.lower() in single and frame not in (0, -1):
        raise InvalidSettingError(f"{path} holds one configuration; there is no frame {frame}.")


def _read(path: Path, frame: int) -> Configuration:
    suffix = path.suffix.lower()
    try:
        if suffix in LAMMPS_DATA_SUFFIXES:
            return read_lammps_data(path)
        if suffix in DUMP_SUFFIXES:
            return read_dump(path, frame)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not a text file, as its suffix says.") from error
    if suffix in GSD_SUFFIXES:
        return read_gsd(path, frame)
    if suffix in ASE_SUFFIXES:
        return read_ase(path, frame, "extxyz" if suffix in EXTENDED_XYZ_SUFFIXES else None)
    raise _unsupported(path, READ_SUFFIXES)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def _check_names(values: Mapping[str, npt.NDArray]) -> None:
    for name in values:
        if not name.isidentifier():
            raise InvalidSettingError(
                f"{name!r} is no name for a column; use letters, digits and underscores."
            )


def _unsupported(path: Path, known: Iterable[str]) -> FileFormatError:
    return FileFormatError(
        f"{path}: the suffix {path.suffix!r} belongs to no supported format. Supported are "
        f"{' '.join(known)}; convert the file, or rename it if it is one of these."
    )
