"""The command ``read_data`` of LAMMPS: which file, and as which types its own count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .data_sections import OF_TYPES, DataSections, data_sections
from .lines import Line, whole_number
from .surroundings import BONDED


@dataclass(frozen=True)
class ReadData:
    """``read_data name keyword value ...``

    Attributes
    ----------
    name : of the file, as written
    extra : types beside those of the file (``extra/atom/types``)
    adds : whether particles are added to those that are there (``add``)
    offset : is added to the types of the file (``offset``)
    coefficients : whether coefficients of pairs are taken (no ``nocoeff``)
    """

    name: str = ""
    extra: int = 0
    adds: bool = False
    offset: int = 0
    coefficients: bool = True

    def sections(self, line: Line, path: Path, labels: Mapping[str, int]) -> DataSections:
        """Header and sections of the file, its types counted as those of the script.

        Parameters
        ----------
        labels : type label -> type from 0, as known before

        Raises
        ------
        LammpsScriptError
            If the file has bonds, or labels that are not those known before and are added to them.
        OSError, FileFormatError
            If the file cannot be read, or is no text.
        """
        data = data_sections(path, (*OF_TYPES, "Bonds"))
        for bond in data.lines.get("Bonds", ())[:1]:
            bond.refuse(f"there are bonds, and {BONDED}", "Take the bonds out of the file")
        own = data.labels()
        if self.adds and own and (self.offset or not own.items() <= labels.items()):
            line.refuse(
                f"{path.name} is added, and has type labels of its own, which LAMMPS makes types "
                "by their names",
                "Write its types as numbers, without the section Atom Type Labels",
            )
        return data.moved(self.offset)


def read_data_of(line: Line, words: Sequence[str]) -> ReadData:
    """What the words behind ``read_data`` say."""
    if not words:
        line.refuse("read_data names no file", "Name it")

    def value(keyword: str) -> int:
        if keyword not in words[1:-1]:
            return 0
        return whole_number(line, words[words.index(keyword, 1) + 1], keyword)

    return ReadData(
        name=words[0],
        extra=value("extra/atom/types"),
        adds="add" in words[1:],
        offset=value("offset"),
        coefficients="nocoeff" not in words[1:],
    )
