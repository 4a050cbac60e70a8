"""LAMMPS data files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, InvalidGlassError
from ..glass import FloatArray, Glass
from .configuration import Configuration

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


@dataclass
class _Header:
    """What the lines before the first section of a LAMMPS data file say."""

    n_atoms: int = -1
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)


def read_lammps_data(path: Path) -> Configuration:
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


def lammps_data_lines(glass: Glass) -> list[str]:
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
