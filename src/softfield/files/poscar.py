"""POSCAR and CONTCAR files of VASP, with species of any name."""

from __future__ import annotations

import re
from itertools import takewhile

import numpy as np

from ..errors import FileFormatError, SoftfieldError
from ..glass import FloatArray
from .configuration import REAL, Configuration, checked_frame, is_number, is_real, real
from .source import Source

_END = r"[ \t]*(?:[!#].*)?\n"  # a comment may stand behind numbers
_VECTOR = rf"[ \t]*{REAL}[ \t]+{REAL}[ \t]+{REAL}{_END}"
_FACTORS = rf"[ \t]*{REAL}(?:[ \t]+{REAL}[ \t]+{REAL})?{_END}"
_HEAD = re.compile(rf".*\n{_FACTORS}(?:{_VECTOR}){{3}}")


def looks_like_poscar(head: str) -> bool:
    """Whether text has a factor, or three, alone on its second line, and three vectors below it."""
    return _HEAD.match(head) is not None


def read_poscar(source: Source, frame: int = -1) -> Configuration:
    """The configuration of a POSCAR file, Cartesian or direct.

    A negative factor is the volume of the cell; three factors are those of x, y and z. Species
    without names are called 1, 2, ...

    Raises
    ------
    FileFormatError
        If the file is truncated or damaged.
    """
    path = source.path
    checked_frame(1, frame, path)
    try:
        return _configuration([line.split() for line in source.lines()])
    except SoftfieldError as error:
        raise FileFormatError(f"{path}: {error}") from error
    except (ValueError, IndexError) as error:
        raise FileFormatError(f"{path} is truncated or damaged ({error}).") from error


def _configuration(rows: list[list[str]]) -> Configuration:
    cell = np.array([[real(word) for word in row[:3]] for row in rows[2:5]])
    if not (np.isfinite(cell).all() and np.linalg.det(cell)):
        raise FileFormatError("its lattice vectors are none.")
    factor = _factor(rows[1], cell)
    cell *= factor
    place = 5
    names = None if is_number(rows[place][0]) else _before_comment(rows[place])
    place += names is not None
    counts = [int(word) for word in takewhile(is_number, rows[place])]
    names = [str(k + 1) for k in range(len(counts))] if names is None else names
    if len(names) != len(counts) or not sum(counts):
        raise FileFormatError(
            f"it names {len(names)} groups of particles and has {len(counts)} numbers of them; one "
            "number for each is needed."
        )
    place += 1 + rows[place + 1][0].lower().startswith("s")  # selective dynamics
    lines = rows[place + 1 : place + 1 + sum(counts)]
    held = len([row for row in lines if row])
    behind = rows[place + 1 + held : place + 2 + held]  # nothing, or the title of the velocities
    more = any(row and is_real(row[0]) for row in behind)
    if held < sum(counts) or more:
        raise FileFormatError(
            f"it announces {sum(counts)} particles, but has {'more' if more else held} lines of "
            "them; it is truncated or damaged."
        )
    positions = np.array([[real(word) for word in row[:3]] for row in lines])
    if not np.isfinite(positions).all():
        raise FileFormatError("not all its coordinates are finite; it is damaged.")
    cartesian = rows[place][0][0] in "CcKk"
    positions = positions * factor if cartesian else positions @ cell
    return Configuration(positions, np.repeat(names, counts), cell, tuple(dict.fromkeys(names)))


def _before_comment(words: list[str]) -> list[str]:
    return list(takewhile(lambda word: word[0] not in "!#", words))


def _factor(words: list[str], cell: FloatArray) -> FloatArray:
    """What x, y and z (3,) of the cell (3, 3) and of Cartesian coordinates are multiplied by."""
    factors = np.array([real(word) for word in takewhile(is_real, words)])
    if len(factors) == 1 and factors[0] < 0:
        factors = (-factors / abs(np.linalg.det(cell))) ** (1 / 3)
    if len(factors) not in (1, 3) or not (np.isfinite(factors) & (factors > 0)).all():
        raise FileFormatError(
            f"its second line is {' '.join(words)!r}; give one factor, three positive ones of x, y "
            "and z, or the volume with a minus sign."
        )
    return np.broadcast_to(factors, 3)
