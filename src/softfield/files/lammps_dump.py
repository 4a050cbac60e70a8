"""LAMMPS text dumps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError
from ..glass import FloatArray, Glass
from .configuration import Configuration, cell_3d, chosen_frame, positions_3d, value_columns

#: Names of per-particle columns that say what a particle is or where.
_STATE_COLUMNS = {"id", "type", "element", "mol", "mass"} | {
    axis + kind for axis in "xyz" for kind in ("", "u", "s", "su")
} | {"i" + axis for axis in "xyz"}  # fmt: skip


def read_dump(path: Path, frame: int = -1) -> Configuration:
    """One frame of a LAMMPS dump of style atom or custom, particles in the order of ids."""
    frames = list(_dump_frames(path))
    text = chosen_frame(frames, frame, path)
    return _dump_configuration(text, path)


def _dump_frames(path: Path) -> Iterator[list[str]]:
    """Lines of each frame; the text before the first ITEM: TIMESTEP must be empty."""
    lines: list[str] = []
    for line in path.read_text().splitlines():
        if line.startswith("ITEM: TIMESTEP") and lines:
            yield lines
            lines = []
        lines.append(line)
    if not lines or not lines[0].startswith(("ITEM: TIMESTEP", "ITEM: UNITS")):
        raise FileFormatError(
            f"{path} does not begin with 'ITEM: TIMESTEP'; it is no LAMMPS text dump."
        )
    yield lines


def _dump_configuration(lines: list[str], path: Path) -> Configuration:
    items = _dump_items(lines)
    try:
        count = int(items["ITEM: NUMBER OF ATOMS"][1][0])
        box_title, box = next(v for k, v in items.items() if k.startswith("ITEM: BOX BOUNDS"))
        title, rows = next(v for k, v in items.items() if k.startswith("ITEM: ATOMS"))
    except (KeyError, StopIteration, IndexError, ValueError) as error:
        raise FileFormatError(
            f"{path} lacks one of NUMBER OF ATOMS, BOX BOUNDS and ATOMS; it is truncated."
        ) from error
    if count < 1:
        raise FileFormatError(f"{path} has no atoms in this frame; choose another one.")
    columns = title.split()[2:]
    cells = [row.split() for row in rows]
    if len(cells) != count or any(len(row) != len(columns) for row in cells):
        raise FileFormatError(
            f"{path} announces {count} atoms with {len(columns)} columns, but has {len(cells)} "
            "lines, or lines of another length; it is truncated or damaged."
        )
    table = dict(zip(columns, np.array(cells).T, strict=True))
    low, cell = _dump_cell(box_title, box, path)
    try:
        return _dump_table(table, low, cell, path)
    except ValueError as error:
        raise FileFormatError(f"{path} has a column that is not numeric ({error}).") from error


def _dump_items(lines: list[str]) -> dict[str, tuple[str, list[str]]]:
    """Lines under each ITEM, with its title."""
    items: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("ITEM:"):
            current = []
            items[line.strip()] = (line.strip(), current)
        elif line.strip():
            current.append(line)
    return items


def _dump_cell(title: str, lines: list[str], path: Path) -> tuple[FloatArray, FloatArray]:
    """Lower corner (3,) and cell (3, 3). Bounds of a tilted box enclose it (LAMMPS manual)."""
    if "abc origin" in title:
        raise FileFormatError(
            f"{path} has a box of general vectors; dump a restricted triclinic box instead."
        )
    words = title.split()[3:]
    periodic = [word for word in words if set(word) <= set("pfsm")]
    if any(word != "pp" for word in periodic[:2]):
        raise FileFormatError(
            f"{path} has boundaries {' '.join(periodic)}; the theory needs periodic ones (p p p)."
        )
    try:
        numbers = np.array([line.split() for line in lines], dtype=np.float64)
    except ValueError as error:
        raise FileFormatError(f"{path} has box bounds that are not numbers.") from error
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


def _dump_table(
    table: dict[str, npt.NDArray], low: FloatArray, cell: FloatArray, path: Path
) -> Configuration:
    count = len(next(iter(table.values())))
    names = [axis for axis in "xyz" if any(axis + k in table for k in ("", "u", "s", "su"))]
    kind = next((k for k in ("u", "su", "", "s") if all(a + k in table for a in names)), None)
    if names[:2] != ["x", "y"] or kind is None or not {"type", "element"} & set(table):
        raise FileFormatError(
            f"{path} needs columns type (or element) and x y z (or xu.., xs.., xsu..); it has "
            f"{' '.join(table)}."
        )
    positions = np.zeros((count, 3))
    for axis in names:
        positions[:, "xyz".index(axis)] = table[axis + kind].astype(np.float64)
    if kind.startswith("s"):
        positions = positions @ cell + low
    if kind in ("", "s") and all("i" + axis in table for axis in names):
        images = np.zeros((count, 3))
        for axis in names:
            images[:, "xyz".index(axis)] = table["i" + axis].astype(np.float64)
        positions += images @ cell
    order = np.arange(count)
    if "id" in table:
        order = np.argsort(table["id"].astype(np.int64), kind="stable")
    labels = table["type"].astype(np.int64) if "type" in table else table["element"]
    known = tuple(range(1, int(labels.max()) + 1)) if "type" in table else ()
    values = {
        name: column.astype(np.float64)[order]
        for name, column in table.items()
        if name not in _STATE_COLUMNS and _is_numeric(column)
    }
    flat = names == ["x", "y"]
    return Configuration(positions[order], labels[order], cell, known, values, flat)


def _is_numeric(column: npt.NDArray) -> bool:
    try:
        column.astype(np.float64)
    except ValueError:
        return False
    return True


def dump_lines(glass: Glass, values: Mapping[str, npt.NDArray]) -> list[str]:
    """A LAMMPS dump of one frame, wrapped, with per-particle values as columns."""
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
    columns = value_columns(glass, values)
    lines.append(f"ITEM: ATOMS id type x y z {' '.join(columns)}".rstrip())
    numbers = np.column_stack([positions_3d(glass), *columns.values()]).tolist()
    for i, (kind, row) in enumerate(zip(glass.species.tolist(), numbers, strict=True)):
        lines.append(f"{i + 1} {kind + 1} {' '.join(map(repr, row))}")
    return lines
