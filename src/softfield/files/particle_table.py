"""What the named columns of a table of particles mean, in whatever spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError
from ..glass import FloatArray
from .configuration import (
    Configuration,
    as_kinds,
    diameters_of,
    id_order,
    integers,
    is_number,
    is_real,
    most_types,
    numeric,
    positive,
    reals,
)

#: What a column is -> its names, in small letters without separators.
_ROLES = {
    "positions": "pos position positions coordinate coordinates",
    "x": "x posx positionx",
    "y": "y posy positiony",
    "z": "z posz positionz",
    "index": "speciesindex",
    "names": "species element elements symbol symbols chemicalsymbol typelabel speciesname",
    "types": "type types atomtype atomtypes particletype particletypes particlespecies atomspecies "
    "typeid typeids typeindex atomtypeid",
    "numbers": "number numbers atomicnumber atomicnumbers",
    "others": "name names label labels kind kinds atomname particlename",
    "ids": "id ids identifier identifiers particleidentifier particleidentifiers particleid "
    "particleids atomid atomids",
    "masses": "mass masses particlemass",
    "radii": "radius radii rad particleradius",
    "diameters": "diameter diameters particlediameter",
}

_ROLE_OF_NAME = {name: role for role, names in _ROLES.items() for name in names.split()}

#: Roles that say what species a particle is, the best name first; an index gives their order.
_SPECIES = ("names", "types", "index")

#: What says so where no other column does, the first that there is; else it is a value.
_LAST_RESORTS = ("numbers", "others")

#: What :func:`softfield.files.xyz.extended_xyz_lines` calls every species beyond its elements.
_UNKNOWN = "X"


@dataclass(frozen=True)
class Column:
    """One named column: a list of words for each particle."""

    name: str
    words: Sequence[Sequence[str]]

    @property
    def width(self) -> int:
        return len(self.words[0])

    @property
    def first(self) -> list[str]:
        return [words[0] for words in self.words]


def role_of(name: str) -> str | None:
    """What a column of this name is; None for a value of the user's own."""
    return _ROLE_OF_NAME.get(re.sub(r"[\s_\-.]", "", name).lower())


def configuration_of(
    columns: Sequence[Column],
    cell: FloatArray | None,
    flat: bool,
    periodic: tuple[bool, bool, bool],
    path: Path,
) -> Configuration:
    """The configuration that a table of particles describes, in the order of the ids.

    Raises
    ------
    FileFormatError
        If positions or species are missing, twice there, or no numbers.
    """
    table = _by_role(columns, path)
    single = [c for c in columns if c.width == 1]
    species = [c for c in single if role_of(c.name) in _SPECIES]
    for last in _LAST_RESORTS:
        species = species or [c for c in single if role_of(c.name) == last]
    if not species and _names_species(table.get("ids")):
        species = [table.pop("ids")]
    known = {column.name for column in (*table.values(), *species)}
    if not any(role_of(column.name) == "index" for column in species):
        species = [_with_kinds(column, path) for column in species]
    positions, no_z = _positions(table, path)
    labels, names, aliases = _labels(species, path)
    order = np.arange(len(positions))
    if "ids" in table:
        order = id_order(table["ids"].first, path)
    values = {
        column.name: array[order]
        for column in columns
        if column.name not in known and (array := _numbers(column)) is not None
    }
    masses = None
    if "masses" in table:
        column = table["masses"]
        masses = positive(reals(column.first, column.name, path), column.name, path)[order]
    sizes = {role: table[role].first for role in ("radii", "diameters") if role in table}
    diameters = diameters_of(sizes.get("radii"), sizes.get("diameters"), path)
    return Configuration(
        positions[order], labels[order], cell, names, values, flat or no_z, masses,
        None if diameters is None else diameters[order], aliases, periodic,
    )  # fmt: skip


def _by_role(columns: Sequence[Column], path: Path) -> dict[str, Column]:
    """Columns that mean something, by what they mean; species apart, which may be said twice."""
    names = [column.name for column in columns]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FileFormatError(f"{path} has the column {', '.join(sorted(twice))} twice.")
    found: dict[str, Column] = {}
    placed = any(role_of(name) == "positions" for name in names)
    for column in columns:
        role = role_of(column.name)
        if (
            role is None
            or role in (*_SPECIES, *_LAST_RESORTS)
            or (placed and role in ("x", "y", "z"))
            or (role != "positions" and column.width != 1)
        ):
            continue
        if role in found:
            raise FileFormatError(
                f"{path} has two columns that say the same, {found[role].name} and {column.name}; "
                "take one out."
            )
        found[role] = column
    return found


def _names_species(ids: Column | None) -> bool:
    """Whether a column ``id`` cannot be ids: some codes call the species so."""
    if ids is None:
        return False
    return len(set(ids.first)) < len(ids.first) or not all(map(is_real, ids.first))


def _with_kinds(column: Column, path: Path) -> Column:
    """The column with whole numbers that are written as reals (2.0) as such."""
    return replace(column, words=[[word] for word in as_kinds(column.first, column.name, path)])


def _positions(table: dict[str, Column], path: Path) -> tuple[FloatArray, bool]:
    """Positions (N, 3), and whether there are two coordinates only."""
    if "positions" in table:
        column = table["positions"]
        parts = list(zip(*column.words, strict=True))
        if len(parts) not in (2, 3):
            raise FileFormatError(
                f"{path} has {len(parts)} coordinates in the column {column.name}, not two or "
                "three."
            )
    else:
        parts = [tuple(table[axis].first) for axis in "xyz" if axis in table]
        if "x" not in table or "y" not in table:
            raise FileFormatError(f"{path} has no column with the positions (pos, or x, y, z).")
    positions = np.zeros((len(parts[0]), 3))
    for k, part in enumerate(parts):
        positions[:, k] = reals(part, f"{'xyz'[k]} of the positions", path)
    return positions, len(parts) == 2


def _labels(
    columns: Sequence[Column], path: Path
) -> tuple[npt.NDArray, tuple[Any, ...], dict[str, str]]:
    """What species are called: labels (N,), all names in order, and other names of them."""
    if not columns:
        raise FileFormatError(
            f"{path} lacks a column that says what species a particle is (species, type, element, "
            "name); write one."
        )
    # a name that all particles have says nothing beside types that differ
    telling = [column for column in columns if len(set(column.first)) > 1] or columns
    index = next((column.first for column in telling if role_of(column.name) == "index"), None)
    if index is not None:
        telling = [column for column in telling if _one_unknown(column.first, index)]
    for other in telling[1:]:
        pairs = set(zip(telling[0].first, other.first, strict=True))
        if not len(pairs) == len(set(telling[0].first)) == len(set(other.first)):
            raise FileFormatError(
                f"{path}: the columns {telling[0].name} and {other.name} disagree on which "
                "particles are of one species; take one out."
            )
    best = sorted(telling, key=_rank)
    named = next((c for c in best if not all(map(is_number, c.first))), best[0])
    ordered = (c for role in ("index", "types") for c in best if role_of(c.name) == role)
    counted = next(ordered, None)
    labels = np.array(named.first)
    if all(map(is_number, named.first)):
        labels = integers(named.first, named.name, path)
    if counted is None or not all(map(is_number, counted.first)):
        return labels, (), {}
    numbers = integers(counted.first, counted.name, path)
    return _in_order_of(labels, numbers, 0 if role_of(counted.name) == "index" else 1, path)


def _one_unknown(names: Sequence[str], index: Sequence[str]) -> bool:
    """Whether what is called X, if anything, is one species by the index."""
    return len({k for k, name in zip(index, names, strict=True) if name == _UNKNOWN}) < 2


def _rank(column: Column) -> int:
    role = role_of(column.name)
    return _SPECIES.index(role if role in _SPECIES else "names")


def _in_order_of(
    labels: npt.NDArray, numbers: npt.NDArray[np.int64], lowest: int, path: Path
) -> tuple[npt.NDArray, tuple[Any, ...], dict[str, str]]:
    """Labels, and their names in the order of numbers; types count from 1 unless one is 0."""
    lowest = min(lowest, int(numbers.min()))
    most = most_types(len(numbers))
    if numbers.max() > most:
        raise FileFormatError(
            f"{path} has the type {numbers.max()}, more than {most}; the file is damaged."
        )
    by_number = dict(zip(numbers.tolist(), labels.tolist(), strict=True))
    every = range(lowest, int(numbers.max()) + 1)
    names = tuple(by_number.get(number, f"unused {number}") for number in every)
    return labels, names, {str(number): str(label) for number, label in by_number.items()}


def _numbers(column: Column) -> FloatArray | None:
    """A column as numbers, (N,) or (N, width); None if it is none."""
    array = numeric([word for words in column.words for word in words])
    if array is None:
        return None
    return array if column.width == 1 else array.reshape(-1, column.width)
