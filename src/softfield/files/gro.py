"""GRO files of GROMACS, as they are: lengths in nm, atom names for species."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, SoftfieldError
from ..glass import FloatArray
from .configuration import Configuration, checked_frame, is_number, real
from .source import Source

#: Columns of a line before the position: numbers and names of residue and atom, five each.
_BEFORE = 20

#: Places of v1(x) v2(y) v3(z) v1(y) v1(z) v2(x) v2(z) v3(x) v3(y), the line of the box, in a cell.
_PLACES = ((0, 1, 2, 0, 0, 1, 1, 2, 2), (0, 1, 2, 1, 2, 0, 2, 0, 1))

_HEAD = re.compile(r".*\n[ \t]*\d+[ \t]*\n[ \d]{5}.{10}[ \d]{5}(?:[ \t]*-?\d+\.\d+){3}")


def looks_like_gro(head: str) -> bool:
    """Whether text has a number of atoms on its second line, and an atom on its third."""
    return _HEAD.match(head) is not None


def read_gro(source: Source, frame: int = -1) -> Configuration:
    """One frame of a GRO file, particles in the order of its lines.

    Raises
    ------
    FileFormatError
        If the file is truncated or damaged.
    """
    path = source.path
    try:
        found = list(_frames(source.lines(), path))
        return _configuration(*found[checked_frame(len(found), frame, path)], path)
    except SoftfieldError:
        raise
    except ValueError as error:
        raise FileFormatError(f"{path} is truncated or damaged ({error}).") from error


def _frames(lines: list[str], path: Path) -> Iterator[tuple[list[str], list[float]]]:
    """Lines of the atoms and numbers of the box of each frame."""
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    here = 0
    while here < len(lines):
        count = (lines[here + 1 : here + 2] or [""])[0].strip()
        end = here + 2 + (int(count) if is_number(count) else 0)
        rows, box = lines[here + 2 : end], "".join(lines[end : end + 1]).split()
        if not rows or len(box) not in (3, 9):
            raise FileFormatError(
                f"{path}: from line {here + 1} on there are not {count[:40]!r} atoms with a box of "
                "3 or 9 numbers behind them; it is truncated or damaged."
            )
        yield rows, [real(word) for word in box]
        here = end + 1


def _configuration(rows: Sequence[str], box: Sequence[float], path: Path) -> Configuration:
    points = [place for place, letter in enumerate(rows[0]) if letter == "." and place > _BEFORE]
    width = points[1] - points[0] if len(points) > 1 else 0
    table = [_numbers(row, width) for row in rows]
    if not width or {len(numbers) for numbers in table} not in ({3}, {6}):
        raise FileFormatError(
            f"{path} has lines of atoms without three coordinates, or with other columns than the "
            "first; it is truncated or damaged."
        )
    columns: FloatArray = np.array(table)
    cell = np.zeros((3, 3))
    cell[tuple(axis[: len(box)] for axis in _PLACES)] = box
    labels = np.array([row[10:15].strip() for row in rows])
    velocities = {"velocities": columns[:, 3:]} if columns.shape[1] == 6 else {}
    return Configuration(columns[:, :3], labels, cell if cell.any() else None, values=velocities)


def _numbers(row: str, width: int) -> list[float]:
    """Position and velocity, in columns of one width; the blanks between them may be gone."""
    text = row.rstrip()
    return [real(text[k : k + width]) for k in range(_BEFORE, len(text), width or 1)]
