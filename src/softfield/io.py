"""Read and write glasses: LAMMPS data and dump files, extended XYZ, GSD, and our own HDF5."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from . import formats
from .errors import FileFormatError, InvalidGlassError, InvalidSettingError, UnknownSpeciesError
from .files import replaced_atomically
from .formats import Configuration
from .glass import FloatArray, Glass

PathLike = str | os.PathLike[str]
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

HDF5_FORMAT = "softfield glass"
READ_SUFFIXES = tuple(dict.fromkeys((*WRITTEN_SUFFIXES, *ASE_SUFFIXES)))

#: Column of the type and first of x, y, z in lines of the section Atoms, by atom style.
ATOM_STYLES = {
    "atomic": (1, 2),
    "charge": (1, 3),
    "sphere": (1, 4),
    "bond": (2, 3),
    "angle": (2, 3),
    "molecular": (2, 3),
    "full": (2, 4),
}

#: Sections of a LAMMPS data file that hold one line per atom type, or nothing of use here.
IGNORED_SECTIONS = ("Masses", "Velocities", "Atom Type Labels", "Pair Coeffs", "PairIJ Coeffs")


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
        return _read_hdf5(path)[0]
    try:
        return formats.glass_from(_read(path, frame), species, length_unit)
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
        return _read_hdf5(path)[1]
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
            _write_lines(temporary, _lammps_data_lines(glass))
        elif suffix in DUMP_SUFFIXES:
            _write_lines(temporary, formats.dump_lines(glass, given))
        elif suffix in EXTENDED_XYZ_SUFFIXES:
            _write_lines(temporary, formats.extended_xyz_lines(glass, given))
        elif suffix in GSD_SUFFIXES:
            formats.write_gsd(temporary, glass, given)
        else:
            _write_hdf5(temporary, glass, given)


def _check_single_frame(path: Path, frame: int) -> None:
    single = (*LAMMPS_DATA_SUFFIXES, *HDF5_SUFFIXES)
    if path.suffix.lower() in single and frame not in (0, -1):
        raise InvalidSettingError(f"{path} holds one configuration; there is no frame {frame}.")


def _read(path: Path, frame: int) -> Configuration:
    suffix = path.suffix.lower()
    try:
        if suffix in LAMMPS_DATA_SUFFIXES:
            return _read_lammps_data(path)
        if suffix in DUMP_SUFFIXES:
            return formats.read_dump(path, frame)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not a text file, as its suffix says.") from error
    if suffix in GSD_SUFFIXES:
        return formats.read_gsd(path, frame)
    if suffix in ASE_SUFFIXES:
        return formats.read_ase(path, frame, "extxyz" if suffix in EXTENDED_XYZ_SUFFIXES else None)
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


@dataclass
class _Header:
    """What the lines before the first section of a LAMMPS data file say."""

    n_atoms: int = -1
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)


def _read_lammps_data(path: Path) -> Configuration:
    try:
        sections = _sections(path.read_text().splitlines()[1:])  # the first line is a comment
        header = _header(sections.pop("", []))
        return _configuration_from_sections(header, sections)
    except (FileFormatError, InvalidGlassError) as error:
        raise type(error)(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise
    except (ValueError, IndexError) as error:
        raise FileFormatError(f"{path} is damaged or no LAMMPS data file ({error}).") from error


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    """Lines by section title, comments kept in the title only; "" is the header."""
    sections: dict[str, list[str]] = {"": []}
    current = sections[""]
    for line in lines:
        text = line.split("#")[0].strip()
        if text and text[0].isalpha():
            current = sections.setdefault(line.strip(), [])
        elif text:
            current.append(text)
    return sections


def _header(lines: Iterable[str]) -> _Header:
    header = _Header()
    for line in lines:
        words = line.split()
        if words[1:] == ["atoms"]:
            header.n_atoms = int(words[0])
        elif len(words) == 4 and words[2][1:] == "lo" and words[3][1:] == "hi":
            header.bounds[words[2][0]] = (float(words[0]), float(words[1]))
        elif words[3:] == ["xy", "xz", "yz"]:
            header.tilt = (float(words[0]), float(words[1]), float(words[2]))
        elif words[1:2] == ["avec"] or words[-1] in ("avec", "bvec", "cvec"):
            raise FileFormatError(
                "the box is given by general vectors (avec, bvec, cvec); write it as a "
                "restricted box (write_data ... without triclinic/general)."
            )
    if header.n_atoms < 0 or set(header.bounds) != {"x", "y", "z"}:
        raise FileFormatError(
            "the header lacks 'N atoms' or one of the bounds 'xlo xhi', 'ylo yhi', 'zlo zhi'; "
            "it is no complete LAMMPS data file."
        )
    if header.tilt[1] or header.tilt[2]:
        raise FileFormatError(
            f"the box is tilted by xz = {header.tilt[1]}, yz = {header.tilt[2]}; softfield "
            "knows simple shear in the xy plane only."
        )
    return header


def _configuration_from_sections(header: _Header, sections: dict[str, list[str]]) -> Configuration:
    lines, style = None, "atomic"
    for title, found in sections.items():
        name, _, named = (part.strip() for part in title.partition("#"))
        if name == "Atoms":
            lines, style = found, named or style
        elif name not in IGNORED_SECTIONS:
            raise FileFormatError(
                f"the section {name!r} means forces or particles that a pair potential between "
                "points does not have; write a file without it."
            )
    if style not in ATOM_STYLES:
        raise FileFormatError(
            f"the atom style is {style!r}; {', '.join(ATOM_STYLES)} are supported. Write the "
            "configuration from LAMMPS with atom_style atomic."
        )
    if lines is None or len(lines) != header.n_atoms:
        count = 0 if lines is None else len(lines)
        raise FileFormatError(
            f"the header announces {header.n_atoms} atoms, the section Atoms has {count}; the "
            "file is truncated."
        )
    if not lines:
        raise FileFormatError("it has no atoms.")
    table = np.array([line.split() for line in lines], dtype=np.float64)
    return _configuration_from_table(header, table, style)


def _configuration_from_table(header: _Header, table: FloatArray, style: str) -> Configuration:
    """``table``: the columns of the atom style and, where the file has them, three image flags."""
    kind, first = ATOM_STYLES[style]
    if table.shape[1] not in (first + 3, first + 6):
        raise FileFormatError(
            f"lines of the section Atoms have {table.shape[1]} columns; atom style '{style}' "
            f"has {first + 3}, or {first + 6} with image flags."
        )
    table = table[np.argsort(table[:, 0], kind="stable")]
    if (np.diff(table[:, 0]) == 0).any():
        raise FileFormatError("two atoms have the same id.")
    low, high = np.array([header.bounds[axis] for axis in "xyz"]).T
    edges = high - low
    cell = np.diag(edges)
    cell[1, 0] = header.tilt[0]
    positions = table[:, first : first + 3].copy()
    if table.shape[1] == first + 6:
        positions += table[:, first + 3 :] * edges
        positions[:, 0] += table[:, first + 4] * header.tilt[0]
    labels = table[:, kind].astype(np.int64)
    if labels.min(initial=1) < 1:
        raise InvalidGlassError(
            f"atom type {labels.min()} gives no species: types of LAMMPS start at 1."
        )
    return Configuration(positions, labels, cell, tuple(range(1, int(labels.max()) + 1)))


def _lammps_data_lines(glass: Glass) -> list[str]:
    """Positions are written as they are: LAMMPS wraps them, and no digit is lost."""
    edges, positions = glass.box.tolist(), glass.positions.tolist()
    low, high = [0.0] * glass.dimension, edges
    if glass.dimension == 2:
        low, high = [*low, -0.5], [*high, 0.5]
        positions = [[*row, 0.0] for row in positions]
    n_types = int(glass.species.max()) + 1
    lines = ["LAMMPS data file by softfield, units lj, atom_style atomic", ""]
    lines += [f"{glass.n_particles} atoms", f"{n_types} atom types", ""]
    lines += [f"{a!r} {b!r} {axis}lo {axis}hi" for axis, a, b in zip("xyz", low, high, strict=True)]
    if glass.strain:
        lines.append(f"{glass.strain * edges[1]!r} 0.0 0.0 xy xz yz")
    lines += ["", "Masses", "", *(f"{kind + 1} 1.0" for kind in range(n_types))]
    lines += ["", "Atoms # atomic", ""]
    for i, (kind, (x, y, z)) in enumerate(zip(glass.species.tolist(), positions, strict=True)):
        lines.append(f"{i + 1} {kind + 1} {x!r} {y!r} {z!r}")
    return lines


def _read_hdf5(path: Path) -> tuple[Glass, dict[str, npt.NDArray]]:
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != HDF5_FORMAT:
                raise FileFormatError(
                    f"{path} is an HDF5 file, but not a single glass written by "
                    "softfield.write_glass; blocks of the workflow are read by "
                    "softfield.blocks.read_block."
                )
            positions, species, box = (file[n][()] for n in ("positions", "species", "box"))
            values = {name: array[()] for name, array in file.get("values", {}).items()}
            return Glass(positions, species, box, float(file.attrs["strain"])), values
    except (OSError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path} is truncated, damaged or not HDF5 ({error}).") from error


def _write_hdf5(path: Path, glass: Glass, values: Mapping[str, npt.NDArray]) -> None:
    arrays = {name: getattr(glass, name) for name in ("positions", "species", "box")}
    for name, array in formats.checked_values(glass, values).items():
        arrays[f"values/{name}"] = array
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["format"] = HDF5_FORMAT
        file.attrs["strain"] = glass.strain
        for name, array in arrays.items():
            file.create_dataset(name, data=array, chunks=array.shape, fletcher32=True)
