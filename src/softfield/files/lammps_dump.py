"""LAMMPS text dumps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InvalidSettingError
from ..glass import FloatArray, Glass
from .configuration import (
    Configuration,
    as_kinds,
    cell_3d,
    checked_frame,
    diameters_of,
    id_order,
    integers,
    is_real,
    numeric,
    positions_3d,
    positive,
    real,
    reals,
    type_names,
    value_columns,
)
from .labels import types_of
from .source import Source

_KINDS = ("", "u", "s", "su")

#: Names of per-particle columns that say what a particle is or where.
STATE_COLUMNS = frozenset(
    {"id", "type", "typelabel", "element", "mol", "mass", "radius", "diameter"}
    | {axis + kind for axis in "xyz" for kind in _KINDS}
    | {"i" + axis for axis in "xyz"}
)

#: Words in the title of the box that are no boundaries.
_BOX_WORDS = ("xy", "xz", "yz", "abc", "origin")

#: Columns of a dump of style atom by versions of LAMMPS that did not name them.
_UNNAMED = ("id", "type", "xs", "ys", "zs")


@dataclass(frozen=True)
class _Frame:
    """The lines under each item of one frame, by the item's kind: title and lines."""

    items: dict[str, tuple[str, list[str]]]

    def rows(self, kind: str, path: Path) -> tuple[str, list[str]]:
        if kind not in self.items:
            raise FileFormatError(
                f"{path} has no 'ITEM: {kind}' in this frame; it is truncated or damaged."
            )
        return self.items[kind]

    def count(self, path: Path) -> int:
        lines = self.rows("NUMBER OF ATOMS", path)[1]
        try:
            (text,) = lines
            return int(text)
        except ValueError as error:
            raise FileFormatError(
                f"{path} has no number under 'ITEM: NUMBER OF ATOMS', but {lines[:2]}; it is "
                "truncated or damaged."
            ) from error


def looks_like_dump(head: str) -> bool:
    """Whether text begins as every LAMMPS text dump."""
    return head.lstrip().startswith("ITEM:")


def read_dump(source: Source, frame: int = -1) -> Configuration:
    """One frame of a LAMMPS dump of style atom or custom, particles in the order of ids."""
    path = source.path
    frames = list(_frames(source.lines(), path))
    chosen = checked_frame(len(frames), frame, path) if len(frames) > 1 or frame else 0
    # a frame of the wrong length may be two, or a part of one: the count would be wrong
    counted = range(chosen, len(frames)) if frame < 0 else range(chosen + 1)
    for number in counted:
        _check_length(frames[number], number, path)
    return _dump_configuration(frames[chosen], path)


def _frames(lines: Sequence[str], path: Path) -> Iterator[_Frame]:
    """Frames in order. Each begins with UNITS, TIME or TIMESTEP, whatever LAMMPS was asked to
    write, so it begins where the last one has its atoms, or an item comes again."""
    if not looks_like_dump("\n".join(lines[:50])):
        raise FileFormatError(
            f"{path} does not begin with 'ITEM: TIMESTEP'; it is no LAMMPS text dump."
        )
    items: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("ITEM:"):
            kind = _kind(line)
            if "ATOMS" in items or kind in items:
                yield _Frame(items)
                items = {}
            current = []
            items[kind] = (line.strip(), current)
        elif line.strip():
            current.append(line)
    yield _Frame(items)


def _kind(line: str) -> str:
    title = line.removeprefix("ITEM:").strip()
    known = ("TIMESTEP", "NUMBER OF ATOMS", "BOX BOUNDS", "ATOMS")
    return next((kind for kind in known if title.startswith(kind)), title)


def _check_length(frame: _Frame, number: int, path: Path) -> None:
    count, rows = frame.count(path), frame.rows("ATOMS", path)[1]
    if len(rows) != count:
        raise FileFormatError(
            f"{path} announces {count} atoms in frame {number}, but has {len(rows)} lines; it is "
            "truncated or damaged."
        )


def _dump_configuration(frame: _Frame, path: Path) -> Configuration:
    count = frame.count(path)
    box_title, box = frame.rows("BOX BOUNDS", path)
    title, rows = frame.rows("ATOMS", path)
    if count < 1:
        raise FileFormatError(f"{path} has no atoms in this frame; choose another one.")
    columns = title.split()[2:] or list(_UNNAMED)
    cells = [row.split() for row in rows]
    wrong = next((words for words in cells if len(words) != len(columns)), None)
    if wrong is not None:
        raise FileFormatError(
            f"{path} names {len(columns)} columns ({' '.join(columns)}), but has a line of "
            f"{len(wrong)}: {' '.join(wrong)[:60]!r}; it is truncated or damaged."
        )
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        raise FileFormatError(f"{path} has the column {', '.join(sorted(twice))} twice.")
    low, cell = _dump_cell(box, path, box_title)
    table = dict(zip(columns, zip(*cells, strict=True), strict=True))
    return _from_table(table, low, cell, _periodic(box_title, path), path)


def _periodic(title: str, path: Path) -> tuple[bool, bool, bool]:
    """Along x, y and z; old dumps do not say, and periodic is what LAMMPS does unasked."""
    words = [word for word in title.split()[3:] if word not in _BOX_WORDS]
    if len(words) not in (0, 3) or any(not set(word) <= set("pfsm") for word in words):
        raise FileFormatError(f"{path} has a damaged line {title!r}.")
    flags = [word == "pp" for word in words] or [True] * 3
    return flags[0], flags[1], flags[2]


def _dump_cell(lines: list[str], path: Path, title: str) -> tuple[FloatArray, FloatArray]:
    """Lower corner (3,) and cell (3, 3). Bounds of a tilted box enclose it (LAMMPS manual)."""
    try:
        numbers = np.array([[real(word) for word in line.split()] for line in lines])
    except ValueError as error:
        raise FileFormatError(f"{path} has box bounds that are not numbers ({error}).") from error
    if "abc origin" in title and numbers.shape == (3, 4):  # vectors, and the corner behind them
        return numbers[:, 3], numbers[:, :3]
    if numbers.shape not in ((3, 2), (3, 3)):
        raise FileFormatError(f"{path} has box bounds of shape {numbers.shape}, not 3 x 2 or 3.")
    low, high = numbers[:, 0].copy(), numbers[:, 1].copy()
    xy, xz, yz = numbers[:, 2] if numbers.shape[1] == 3 else (0.0, 0.0, 0.0)
    low[0] -= min(0.0, xy, xz, xy + xz)
    high[0] -= max(0.0, xy, xz, xy + xz)
    low[1] -= min(0.0, yz)
    high[1] -= max(0.0, yz)
    cell = np.diag(high - low)
    cell[1, 0], cell[2, 0], cell[2, 1] = xy, xz, yz
    return low, cell


Table = dict[str, tuple[str, ...]]


def _from_table(
    table: Table, low: FloatArray, cell: FloatArray, periodic: Any, path: Path
) -> Configuration:
    positions, flat, images = _positions(table, low, cell, path)
    labels, names, aliases = _labels(table, path)
    count = len(positions)
    order = id_order(table["id"], path) if "id" in table else np.arange(count)
    values = {
        name: column[order]
        for name, words in table.items()
        if name not in STATE_COLUMNS and (column := numeric(words)) is not None
    }
    masses = None
    if "mass" in table:
        masses = positive(reals(table["mass"], "mass", path), "mass", path)[order]
    diameters = diameters_of(table.get("radius"), table.get("diameter"), path)
    return Configuration(
        positions[order], labels[order], cell, names, values, flat, masses,
        None if diameters is None else diameters[order], aliases, periodic,
        None if images is None else images[order],
    )  # fmt: skip


def _positions(
    table: Table, low: FloatArray, cell: FloatArray, path: Path
) -> tuple[FloatArray, bool, npt.NDArray[np.int64] | None]:
    """Unwrapped positions (N, 3), whether there is no z, and image flags (N, 3) in them."""
    names = [axis for axis in "xyz" if any(axis + k in table for k in _KINDS)]
    kind = next((k for k in ("u", "su", "", "s") if all(a + k in table for a in names)), None)
    if names[:2] != ["x", "y"] or kind is None:
        raise FileFormatError(
            f"{path} needs columns x y z (or xu.., xs.., xsu..) with the positions; it has "
            f"{' '.join(table)}."
        )
    positions = np.zeros((len(next(iter(table.values()))), 3))
    for axis in names:
        positions[:, "xyz".index(axis)] = reals(table[axis + kind], axis + kind, path)
    if kind.startswith("s"):
        positions = positions @ cell + low
    images = None
    if kind in ("", "s") and all("i" + axis in table for axis in names):
        images = np.zeros(positions.shape, np.int64)
        for axis in names:
            images[:, "xyz".index(axis)] = integers(table["i" + axis], "i" + axis, path)
        positions += images @ cell
    return positions, names == ["x", "y"], images


def _labels(table: Table, path: Path) -> tuple[npt.NDArray, tuple[Any, ...], dict[str, str]]:
    """What species are called: labels (N,), all names in order, and other names of them."""
    word = next((name for name in ("typelabel", "element") if name in table), None)
    if "type" in table and not any(map(is_real, table["type"])):
        return np.array(table["type"]), (), {}  # names, as other programs write there
    if "type" not in table and word is None:
        raise FileFormatError(
            f"{path} lacks the column type, which says what species a particle is (typelabel or "
            f"element would do as well); it has {' '.join(table)}. Dump it with type."
        )
    if "type" not in table:
        return np.array(table[str(word)]), (), {}
    types = integers(as_kinds(table["type"], "type", path), "type", path)
    names = type_names(types)
    if word is None:
        return types, names, {}
    pairs = sorted(set(zip(types.tolist(), table[word], strict=True)))
    by_number = dict(pairs)
    if len(by_number) != len(pairs) or len(set(by_number.values())) != len(pairs):
        if word == "element":  # two types may be one element
            return types, names, {}
        raise FileFormatError(f"{path}: the columns type and typelabel contradict each other.")
    if all(is_real(name) and name[0] != "-" for name in by_number.values()):
        # numbers name nothing; those below 0 are names, as they can be no types
        return types, names, {}
    aliases = {str(number): label for number, label in pairs}
    every = tuple(by_number.get(number, f"type {number}") for number in names)
    return np.array(table[word]), every, aliases


def dump_lines(
    glass: Glass,
    values: Mapping[str, npt.NDArray],
    labels: Sequence[str | int] | None = None,
    ids: Sequence[int] | None = None,
) -> list[str]:
    """A LAMMPS dump of one frame, wrapped, with per-particle values as columns."""
    types = types_of(glass, labels, lammps=True)
    columns = value_columns(glass, values)
    clash = STATE_COLUMNS & set(columns)
    if clash:
        raise InvalidSettingError(
            f"{', '.join(sorted(clash))} is a column of every dump with another meaning; call "
            "the values otherwise."
        )
    sizes = {} if glass.masses is None else {"mass": glass.masses}
    sizes |= {} if glass.diameters is None else {"radius": 0.5 * glass.diameters}
    title = ["id", "type", *(["typelabel"] if types.names else []), "x", "y", "z"]
    lines = _box_lines(glass)
    lines.append(f"ITEM: ATOMS {' '.join([*title, *sizes, *columns])}")
    numbers = np.column_stack([positions_3d(glass), *sizes.values(), *columns.values()]).tolist()
    chosen = range(1, glass.n_particles + 1) if ids is None else ids
    for number, kind, row in zip(chosen, types.numbers.tolist(), numbers, strict=True):
        name = f" {types.names[kind - 1]}" if types.names else ""
        lines.append(f"{number} {kind}{name} {' '.join(map(repr, row))}")
    return lines


def _box_lines(glass: Glass) -> list[str]:
    cell = cell_3d(glass)
    low, high = np.zeros(3), np.diag(cell).copy()
    if glass.dimension == 2:
        low[2], high[2] = -0.5, 0.5
    tilt = float(cell[1, 0])
    low[0] += min(0.0, tilt)
    high[0] += max(0.0, tilt)
    title = "xy xz yz pp pp pp" if tilt else "pp pp pp"
    tilts = [tilt, 0.0, 0.0]
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", str(glass.n_particles)]
    lines.append(f"ITEM: BOX BOUNDS {title}")
    for a, b, t in zip(low.tolist(), high.tolist(), tilts, strict=True):
        lines.append(f"{a!r} {b!r}" + (f" {t!r}" if tilt else ""))
    return lines
