"""Read and write glasses: LAMMPS data files and softfield's own HDF5."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from .errors import FileFormatError, InvalidGlassError
from .files import replaced_atomically
from .glass import FloatArray, Glass

PathLike = str | os.PathLike[str]
LAMMPS_DATA_SUFFIXES = (".data", ".lmp")
HDF5_SUFFIXES = (".h5", ".hdf5")
HDF5_FORMAT = "softfield glass"

#: Sections of a LAMMPS data file that hold one line per atom type, or nothing of use here.
IGNORED_SECTIONS = ("Masses", "Velocities", "Atom Type Labels", "Pair Coeffs", "PairIJ Coeffs")


def read_glass(path: PathLike) -> Glass:
    """The glass in a file; the suffix says the format.

    ``.data``, ``.lmp``
        LAMMPS data file, atom style ``atomic``. Particles are put in the order of their
        ids, type 1 becomes species 0, image flags unwrap the positions, the tilt ``xy``
        becomes the strain xy / Ly. A box from -0.5 to 0.5 in z with all z = 0 is
        two-dimensional.
    ``.h5``, ``.hdf5``
        softfield's own format, see :func:`write_glass`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the format is not supported, or the file is not what its suffix says.
    InvalidGlassError
        If what was read describes no glass.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if path.suffix.lower() in LAMMPS_DATA_SUFFIXES:
        return _read_lammps_data(path)
    if path.suffix.lower() in HDF5_SUFFIXES:
        return _read_hdf5(path)
    raise _unsupported(path)


def write_glass(path: PathLike, glass: Glass) -> None:
    """Write a glass; the suffix says the format, as in :func:`read_glass`.

    Both formats give back every bit of the positions. The file appears complete or not at
    all. HDF5 files hold the datasets ``positions`` (N, d), ``species`` (N,), ``box`` (d,),
    with checksums, and the attributes ``format`` and ``strain``.

    Raises
    ------
    FileFormatError
        If the format is not supported.
    """
    path = Path(path)
    if path.suffix.lower() in LAMMPS_DATA_SUFFIXES:
        with replaced_atomically(path) as temporary:
            temporary.write_text("\n".join(_lammps_data_lines(glass)) + "\n")
    elif path.suffix.lower() in HDF5_SUFFIXES:
        with replaced_atomically(path) as temporary:
            _write_hdf5(temporary, glass)
    else:
        raise _unsupported(path)


def _unsupported(path: Path) -> FileFormatError:
    return FileFormatError(
        f"{path}: the suffix {path.suffix!r} belongs to no supported format. Supported are "
        f"LAMMPS data files ({', '.join(LAMMPS_DATA_SUFFIXES)}) and softfield's HDF5 "
        f"({', '.join(HDF5_SUFFIXES)}); convert the file, or rename it if it is one of these."
    )


@dataclass
class _Header:
    """What the lines before the first section of a LAMMPS data file say."""

    n_atoms: int = -1
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)


def _read_lammps_data(path: Path) -> Glass:
    try:
        sections = _sections(path.read_text().splitlines()[1:])  # the first line is a comment
        header = _header(sections.pop("", []))
        return _glass_from_sections(header, sections)
    except (FileFormatError, InvalidGlassError) as error:
        raise type(error)(f"{path}: {error}") from None
    except (ValueError, IndexError) as error:
        raise FileFormatError(
            f"{path} is damaged or no LAMMPS data file of atom style 'atomic' ({error})."
        ) from error


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


def _glass_from_sections(header: _Header, sections: dict[str, list[str]]) -> Glass:
    lines = None
    for title, found in sections.items():
        name, _, style = (part.strip() for part in title.partition("#"))
        if name == "Atoms":
            if style not in ("", "atomic"):
                raise FileFormatError(
                    f"the atom style is {style!r}; only 'atomic' is supported. Write the "
                    "configuration from LAMMPS with atom_style atomic."
                )
            lines = found
        elif name not in IGNORED_SECTIONS:
            raise FileFormatError(f"the section {name!r} does not belong to atom style 'atomic'.")
    if lines is None or len(lines) != header.n_atoms:
        count = 0 if lines is None else len(lines)
        raise FileFormatError(
            f"the header announces {header.n_atoms} atoms, the section Atoms has {count}; the "
            "file is truncated."
        )
    table = np.array([line.split() for line in lines], dtype=np.float64)
    return _glass_from_table(header, table)


def _glass_from_table(header: _Header, table: FloatArray) -> Glass:
    """``table``: id, type, x, y, z and, where the file has them, three image flags."""
    if table.shape[1] not in (5, 8):
        raise FileFormatError(
            f"lines of the section Atoms have {table.shape[1]} columns; atom style 'atomic' "
            "has 5 (id type x y z), or 8 with image flags."
        )
    table = table[np.argsort(table[:, 0], kind="stable")]
    if (np.diff(table[:, 0]) == 0).any():
        raise FileFormatError("two atoms have the same id.")
    low, high = np.array([header.bounds[axis] for axis in "xyz"]).T
    edges, tilt = high - low, header.tilt[0]
    positions = table[:, 2:5].copy()
    if table.shape[1] == 8:
        positions += table[:, 5:8] * edges
        positions[:, 0] += table[:, 6] * tilt
    flat = header.bounds["z"] == (-0.5, 0.5) and not table[:, 4].any()
    dimension = 2 if flat else 3
    return Glass(
        positions[:, :dimension],
        table[:, 1].astype(np.int32) - 1,
        edges[:dimension],
        tilt / edges[1],
    )


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


def _read_hdf5(path: Path) -> Glass:
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != HDF5_FORMAT:
                raise FileFormatError(
                    f"{path} is an HDF5 file, but not a single glass written by "
                    "softfield.write_glass; blocks of the workflow are read by "
                    "softfield.blocks.read_block."
                )
            positions, species, box = (file[n][()] for n in ("positions", "species", "box"))
            return Glass(positions, species, box, float(file.attrs["strain"]))
    except (OSError, KeyError, RuntimeError) as error:
        raise FileFormatError(f"{path} is truncated, damaged or not HDF5 ({error}).") from error


def _write_hdf5(path: Path, glass: Glass) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["format"] = HDF5_FORMAT
        file.attrs["strain"] = glass.strain
        for name in ("positions", "species", "box"):
            values = getattr(glass, name)
            file.create_dataset(name, data=values, chunks=values.shape, fletcher32=True)
