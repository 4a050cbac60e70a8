"""XYZ files: extended, as simulation codes of the community write them, and plain ones.

The line behind the number of particles says which: ``Lattice="..." Properties=...``
(extended), ``columns:name,pos cell:Lx,Ly`` (codes that keep the origin in the middle of the
box), or anything else (plain: species, coordinates, and columns without a name).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidSettingError
from ..glass import FloatArray, Glass
from .configuration import (
    Configuration,
    cell_3d,
    checked_frame,
    is_number,
    is_real,
    positions_3d,
    real,
    value_columns,
)
from .labels import types_of
from .particle_table import Column, configuration_of, role_of
from .source import Source


def looks_like_xyz(head: str) -> bool:
    """Whether text begins with the number of particles alone on a line."""
    return re.match(r"\s*\d+[ \t]*\r?\n", head) is not None


@dataclass(frozen=True)
class _Comment:
    """What the second line says.

    Attributes
    ----------
    fields : by name in small letters
    columns : (name, width) of each column; a width of 0 is not known. None: not named.
    cell : (3, 3) or None
    flat : whether the cell has two edges, or the line says that there are two dimensions
    """

    fields: dict[str, str]
    columns: list[tuple[str, int]] | None
    cell: FloatArray | None
    flat: bool


def read_xyz(source: Source, frame: int = -1) -> Configuration:
    """One frame of an XYZ file, particles in the order of ids where there are ids."""
    path = source.path
    frames, damage = _frames(source.lines(), path)
    if damage is not None and not 0 <= frame < len(frames):
        raise damage
    comment, rows = frames[checked_frame(len(frames), frame, path)]
    cells = [row.split() for row in rows]
    width = len(cells[0])
    wrong = next((number for number, words in enumerate(cells) if len(words) != width), None)
    if wrong is not None:
        raise FileFormatError(
            f"{path}: the line of particle {wrong} has {len(cells[wrong])} columns, that of "
            f"particle 0 has {width}; the file is truncated or damaged."
        )
    said = _said(comment, path)
    columns = _columns(said, cells, path)
    table, first = [], 0
    for name, size in columns:
        words = [row[first : first + size] for row in cells]
        table.append(Column(name, words))
        first += size
    return configuration_of(table, said.cell, said.flat, _periodic(said, path), path)


Frame = tuple[str, Sequence[str]]


def _frames(lines: Sequence[str], path: Path) -> tuple[list[Frame], FileFormatError | None]:
    """Comment and lines of the particles of each frame, up to one that is damaged."""
    frames: list[Frame] = []
    here = 0
    while here < len(lines):
        if not lines[here].strip():
            here += 1
            continue
        number, text = len(frames), lines[here].strip()
        if not is_number(text):  # the frame before may have more particles than it announces
            return frames[:-1], FileFormatError(
                f"{path} has {text[:40]!r} where the number of particles of frame {number} "
                "should be; it is damaged or no XYZ file."
            )
        count = int(text)
        if count < 1:
            return frames, FileFormatError(f"{path} has no particles in frame {number}.")
        rows = lines[here + 2 : here + 2 + count]
        held = sum(1 for row in rows if row.strip())
        if held < count:
            return frames, FileFormatError(
                f"{path} announces {count} particles in frame {number}, but has {held} lines "
                "of them; it is truncated or damaged."
            )
        frames.append((lines[here + 1], rows))
        here += 2 + count
    return frames, None if frames else FileFormatError(f"{path} is empty: it has no frame.")


# --- the second line -----------------------------------------------------------------------


#: A value with spaces: in quotes or brackets, which may hold brackets of rows.
_QUOTED = r""""[^"]*"|'[^']*'|\{[^}]*\}|\([^)]*\)|\[(?:[^\[\]]|\[[^\[\]]*\])*\]"""


def _bare(text: str) -> str:
    """A value without the quotes or brackets around it, and rows of numbers in one."""
    if re.fullmatch(_QUOTED, text):
        return re.sub(r"[\[\]]", " ", text[1:-1]).strip()
    return text


def _said(line: str, path: Path) -> _Comment:
    if re.search(r"\b(lattice|properties)\s*=", line, re.I):
        extended = re.findall(rf"([^\s=:\"]+)\s*=\s*({_QUOTED}|\S+)", line)
        fields = {name.lower(): _bare(text) for name, text in extended}
        columns = None
        if "properties" in fields:
            columns = _properties(fields["properties"], path)
        return _with_cell(fields, columns, fields.get("lattice"), path)
    line = re.sub(r",\s+(?![^\s,:=]+[:=])", ",", line)  # but not in front of the next name
    listed = re.findall(rf"([^\s:=]+)[:=]({_QUOTED}|\S+)", line)
    fields = {name.lower(): _bare(text.rstrip(",")) for name, text in listed}
    named = fields.get("columns") or fields.get("fields")
    columns = [(name, 0) for name in named.split(",")] if named else None
    cell = next((fields[name] for name in ("cell", "box") if name in fields), None)
    return _with_cell(fields, columns, cell, path)


def _properties(text: str, path: Path) -> list[tuple[str, int]]:
    words = text.split(":")
    if len(words) % 3 or not all(is_number(size) and int(size) for size in words[2::3]):
        raise FileFormatError(f"{path} has Properties={text!r}, which is not name:type:count:...")
    return [(name, int(size)) for name, size in zip(words[::3], words[2::3], strict=True)]


def _with_cell(
    fields: dict[str, str], columns: list[tuple[str, int]] | None, text: str | None, path: Path
) -> _Comment:
    flat = next((fields[k] for k in ("dimension", "dimensions", "ndim", "dim") if k in fields), "")
    if text is None:
        return _Comment(fields, columns, None, flat == "2")
    try:
        numbers = np.array([real(word) for word in re.split(r"[\s,]+", text.strip())])
    except ValueError as error:
        raise FileFormatError(f"{path} has a box that is not numbers ({error}).") from error
    if len(numbers) not in (2, 3, 4, 9):
        raise FileFormatError(
            f"{path} has {text!r} for a box, {len(numbers)} numbers; 2 or 3 edges make one, or 4 "
            "or 9 numbers of lattice vectors, with commas or in quotes."
        )
    edges = numbers if len(numbers) < 4 else numbers.reshape((int(len(numbers) ** 0.5), -1))
    cell = np.zeros((3, 3))
    cell[: len(edges), : len(edges)] = edges if edges.ndim == 2 else np.diag(edges)
    return _Comment(fields, columns, cell, flat == "2" or len(edges) == 2)


def _periodic(said: _Comment, path: Path) -> tuple[bool, bool, bool]:
    words = said.fields.get("pbc", "T T T").replace(",", " ").split()
    known = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
    if len(words) not in (1, 2, 3) or any(word.lower() not in known for word in words):
        raise FileFormatError(f"{path} has pbc={' '.join(words)!r}, which is not three of T and F.")
    flags = [known[word.lower()] for word in words] * (3 if len(words) == 1 else 1)
    return flags[0], flags[1], flags[-1]


# --- columns -------------------------------------------------------------------------------


def _columns(said: _Comment, cells: Sequence[Sequence[str]], path: Path) -> list[tuple[str, int]]:
    """Name and width of every column of the lines."""
    width = len(cells[0])
    columns = said.columns
    if columns is None:
        return _unnamed(cells, said.flat, path)
    if all(size for _, size in columns):
        known = columns
    else:
        known = _widths([name for name, _ in columns], width, 2 if said.flat else 3)
    total = sum(size for _, size in known)
    if total != width:
        raise FileFormatError(
            f"{path} names columns ({', '.join(name for name, _ in columns)}) that make {total} "
            f"words a line, but its lines have {width}; it is damaged."
        )
    return known


#: Columns that have one word for each coordinate, as :func:`role_of` or they themselves say.
_VECTORS = ("pos", "vel", "velocity", "velocities", "force", "forces", "displacement")


def _widths(names: Sequence[str], width: int, dimension: int) -> list[tuple[str, int]]:
    """Widths of columns of which only the names are known: vectors have d words, others one.

    A third coordinate may be written in two dimensions.
    """

    def widths(d: int) -> list[tuple[str, int]]:
        vector = [role_of(name) == "positions" or name.lower() in _VECTORS for name in names]
        return [(name, d if v else 1) for name, v in zip(names, vector, strict=True)]

    for d in (dimension, 3, 2):
        if sum(size for _, size in widths(d)) == width:
            return widths(d)
    return widths(dimension)


def _unnamed(cells: Sequence[Sequence[str]], flat: bool, path: Path) -> list[tuple[str, int]]:
    """A plain XYZ file: species, two or three coordinates, and what else there may be."""
    width = len(cells[0])
    first = [row[0] for row in cells]
    if not (all(is_number(word) for word in first) or not any(map(is_real, first))):
        raise FileFormatError(
            f"{path} does not say what its columns are, and the first is neither a name nor a "
            "number of a species; write Properties=... into its second line."
        )
    coordinates = 2 if width == 3 or flat else 3
    if width < 3:
        raise FileFormatError(
            f"{path} has lines of {width} words; a species and two or three coordinates are needed."
        )
    rest = [(f"column_{k}", 1) for k in range(coordinates + 2, width + 1)]
    return [("species", 1), ("pos", coordinates), *rest]


# --- writing -------------------------------------------------------------------------------


def extended_xyz_lines(
    glass: Glass,
    values: Mapping[str, npt.NDArray],
    labels: Sequence[str | int] | None = None,
) -> list[str]:
    """Extended XYZ of one frame, wrapped; without labels species A is called H, B He, C Li, ...

    Some readers need element symbols, so species are called by atomic number; the column
    ``species_index`` has the number that :func:`read_xyz` gives back.
    """
    columns = value_columns(glass, values)
    clash = [name for name in columns if role_of(name) is not None]
    if clash:
        raise InvalidSettingError(
            f"{', '.join(clash)} has another meaning in an XYZ file; call the values otherwise."
        )
    lattice = " ".join(repr(v) for v in cell_3d(glass).ravel().tolist())
    sizes = {} if glass.masses is None else {"mass": glass.masses}
    sizes |= {} if glass.diameters is None else {"radius": 0.5 * glass.diameters}
    properties = "species:S:1:pos:R:3:species_index:I:1"
    properties += "".join(f":{name}:R:1" for name in (*sizes, *columns))
    periodic = "T T T" if glass.dimension == 3 else "T T F"
    lines = [str(glass.n_particles)]
    lines.append(f'Lattice="{lattice}" Properties={properties} pbc="{periodic}"')
    positions = positions_3d(glass).tolist()
    extra = [np.empty((glass.n_particles, 0)), *sizes.values(), *columns.values()]
    rows = np.column_stack(extra).tolist()
    names, kinds = _names(glass, labels)
    for name, kind, where, row in zip(names, kinds, positions, rows, strict=True):
        words = [name, *map(repr, where), str(kind), *map(repr, row)]
        lines.append(" ".join(words))
    return lines


def _names(glass: Glass, labels: Sequence[str | int] | None) -> tuple[list[str], list[int]]:
    """Name and number of the species of each particle; labels that split species count."""
    species = (types_of(glass).numbers - 1).tolist()
    if labels is None:
        return [_symbol(kind) for kind in species], species
    types = types_of(glass, labels)
    names = [types.names[n - 1] if types.names else str(n) for n in types.numbers.tolist()]
    pairs = len(set(zip(names, species, strict=True)))
    if pairs == len(set(names)) == len(set(species)):
        return names, species
    return names, (types.numbers - 1).tolist()


#: Elements by atomic number, for species 0, 1, ...; whatever comes after is called X.
_ELEMENTS = ("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne")


def _symbol(kind: int) -> str:
    return _ELEMENTS[kind] if kind < len(_ELEMENTS) else "X"
