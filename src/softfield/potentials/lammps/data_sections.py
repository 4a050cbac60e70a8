"""Sections of a LAMMPS data file that concern the force law, and particle sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...errors import FileFormatError
from ...files.lammps_data import looks_like_data
from ...files.source import Source
from ...glass import FloatArray
from .lines import Line, number, whole_number

#: Sections with one line for each type or pair of types.
OF_TYPES = ("Atom Type Labels", "Masses", "Pair Coeffs", "PairIJ Coeffs")

#: Titles that a data file may have; a line with one of them begins a section.
TITLES = (
    *OF_TYPES, "Atoms", "Velocities", "Bonds", "Angles", "Dihedrals", "Impropers", "Bodies",
    "Ellipsoids", "Lines", "Triangles", "Bond Coeffs", "Angle Coeffs", "Dihedral Coeffs",
    "Improper Coeffs", "Bond Type Labels", "Angle Type Labels", "Dihedral Type Labels",
    "Improper Type Labels",
)  # fmt: skip


@dataclass
class DataSections:
    """What was asked for of a data file.

    Attributes
    ----------
    n_types : number of atom types, 0 if the header does not say
    hints : section -> the comment behind its title, e.g. the atom style
    lines : section -> its lines, without comments
    """

    n_types: int = 0
    hints: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def labels(self) -> dict[str, int]:
        """Type label -> type, from 0."""
        found = {}
        for line in self.lines.get("Atom Type Labels", ()):
            words = line.text.split()
            if len(words) == 2:
                found[words[1]] = whole_number(line, words[0], "the type") - 1
        return found

    def masses(self, labels: dict[str, int]) -> dict[int, float]:
        """Mass by type, from 0."""
        found = {}
        for line in self.lines.get("Masses", ()):
            kind, *rest = line.text.split()
            if rest:
                found[_type(line, kind, labels)] = number(line, rest[0], "the mass")
        return found

    def moved(self, offset: int) -> DataSections:
        """The same with a number added to every type, as ``read_data ... offset`` does."""
        if not offset:
            return self
        lines = {
            title: [_moved(line, 2 if title == "PairIJ Coeffs" else 1, offset) for line in rows]
            for title, rows in self.lines.items()
            if title in OF_TYPES
        }
        return replace(self, n_types=self.n_types and self.n_types + offset, lines=lines)

    def coefficients(self) -> Iterator[tuple[str, Line]]:
        """The style that the title names, or "", and lines as ``pair_coeff`` has them."""
        for title in ("Pair Coeffs", "PairIJ Coeffs"):
            style = (self.hints.get(title, "").split() or [""])[0]
            for line in self.lines.get(title, ()):
                first = f"{line.text.split()[0]} " if title == "Pair Coeffs" else ""
                yield style, Line(line.source, line.number, first + line.text)


def _moved(line: Line, count: int, offset: int) -> Line:
    """A line with a number added to the types that it begins with."""
    words = line.text.split()
    types = [str(whole_number(line, word, "the type") + offset) for word in words[:count]]
    return replace(line, text=" ".join([*types, *words[count:]]))


def _type(line: Line, word: str, labels: dict[str, int]) -> int:
    return labels[word] if word in labels else whole_number(line, word, "the type") - 1


def data_sections(path: Path, wanted: Collection[str] = OF_TYPES) -> DataSections:
    """Header and wanted sections of a data file; nothing is checked beyond their titles.

    Raises
    ------
    OSError, FileFormatError
        If the file cannot be read, or is no text.
    """
    found = DataSections()
    current: list[Line] | None = None
    for row, raw in enumerate(Source(path).lines()[1:], start=2):  # the first is a comment
        text, _, comment = raw.partition("#")
        text = text.strip()
        if not text:
            continue
        if text in TITLES:
            current = found.lines.setdefault(text, []) if text in wanted else None
            found.hints[text] = comment.strip()
        elif current is not None:
            current.append(Line(path.name, row, text))
        elif not found.hints and text.split()[1:] == ["atom", "types"]:
            found.n_types = whole_number(Line(path.name, row, text), text.split()[0], "N")
    return found


def is_data_file(path: Path) -> bool:
    """Whether a file begins as a data file does."""
    try:
        return looks_like_data(Source(path).head.decode("latin-1"))
    except (OSError, FileFormatError):
        return False


def particle_diameters(path: Path, atom_style: str, labels: dict[str, int]) -> FloatArray | None:
    """(N, 2) type from 0 and diameter of each particle, by id; None if the file has no sizes.

    Types that have a name in the file are those of ``labels``.
    """
    found = data_sections(path, ("Atoms", "Atom Type Labels"))
    own = found.labels()
    types = {kind: labels.get(name, kind) for name, kind in own.items()}
    style = (found.hints.get("Atoms", "").split() or [atom_style])[0]
    lines = found.lines.get("Atoms", [])
    if style != "sphere" or not lines:
        return None
    rows = []
    for line in lines:
        words = line.text.split()
        if len(words) < 7:
            line.refuse("atom style sphere has 7 columns or more", "Correct the file")
        kind = _type(line, words[1], labels | own)
        size = number(line, words[2], "the diameter")
        rows.append((whole_number(line, words[0], "the id"), types.get(kind, kind), size))
    table = np.array(sorted(rows), dtype=np.float64)
    return table[:, 1:]
