"""Reads a LAMMPS script for what it says about pairs. Text is read; nothing is run.

Commands are taken in order, as LAMMPS does. Those that bear on pairs are listed in
``ScriptReader``; all others (``run``, ``fix``, ``dump``, ...; also ``shell`` and ``python``)
are passed over: they are never executed, and refused only where a value that the pairs need
would come from them. Control flow is refused only where it decides what the pairs are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import FileFormatError
from .lammps_data_sections import DataSections, data_sections
from .lammps_lines import CALCULATOR, LammpsScriptError, Line, inside, whole_number, words_of
from .lammps_pairs import FROM_COEFF_FILE
from .lammps_refusals import plain_name
from .lammps_walk import ScriptWalk

#: Commands that give no more than notes, so that they may be in doubt.
NOTED = ("fix", "python", "read_restart")


@dataclass(frozen=True)
class Statement:
    """``pair_style``, ``pair_coeff`` or ``pair_modify`` with its words, variables replaced."""

    command: str
    line: Line
    words: tuple[str, ...]


@dataclass
class ScriptState:
    """What a script has said so far.

    Attributes
    ----------
    statements : those about pairs, in order
    units, dimension, atom_style : as LAMMPS presumes them until they are said
    n_types : number of atom types, 0 while it is unknown
    labels : type label -> type, from 0
    masses : type -> mass, where they are said
    excluded : pairs of type words of ``neigh_modify exclude type``
    data : data file that was read for coefficients
    late : coefficients of data files that count behind the last ``pair_style``, each with the
        style that its file says they are of, or ""
    late_place : statements before it precede them in any case
    notes : what a reader of the result should know
    """

    statements: list[Statement] = field(default_factory=list)
    units: str = "lj"
    dimension: int = 3
    atom_style: str = "atomic"
    n_types: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    masses: dict[int, float] = field(default_factory=dict)
    excluded: list[tuple[Line, str, str]] = field(default_factory=list)
    data: Path | None = None
    late: list[tuple[str, Statement]] = field(default_factory=list)
    late_place: int = 0
    notes: list[str] = field(default_factory=list)


class ScriptReader(ScriptWalk):
    """Reads scripts into a :class:`ScriptState`.

    Parameters
    ----------
    folder : where the script lies, for files that it names; None: they are refused
    variables : values as ``-var`` gives them
    data : data file that counts after the one that the script names
    """

    def __init__(
        self, folder: Path | None, variables: Mapping[str, object], data: Path | None
    ) -> None:
        super().__init__(folder, variables, self._type_of)
        self.state = ScriptState()
        self._data = data
        self._handlers |= {
            "pair_style": partial(self._statement, "pair_style"),
            "pair_coeff": partial(self._statement, "pair_coeff"),
            "pair_modify": partial(self._statement, "pair_modify"),
            "read_data": self._read_data,
            "read_restart": self._read_restart,
            "create_box": self._create_box,
            "labelmap": self._labelmap,
            "mass": self._mass,
            "units": self._units,
            "dimension": self._dimension,
            "atom_style": self._atom_style,
            "clear": self._clear,
            "neigh_modify": self._neigh_modify,
            "fix": self._fix,
            "kspace_style": self._long_range,
            "python": self._python,
            **dict.fromkeys(
                ("bond_style", "angle_style", "dihedral_style", "improper_style"), self._bonds
            ),
        }

    def read(self, text: str, source: str, name: str = "") -> None:
        """Take the commands of a script; see :meth:`ScriptWalk.read`."""
        _check_coeff_file(self.state, text, source)
        super().read(text, source, name)

    def decides(self, words: list[str]) -> bool:
        """Commands that have a handler for more than a note."""
        return super().decides(words) and words[0] not in NOTED

    def _type_of(self, label: str) -> int:
        return self.state.labels.get(label, -1) + 1

    # --- statements ---

    def _statement(self, command: str, line: Line, words: list[str]) -> None:
        self.state.statements.append(Statement(command, line, tuple(words)))

    def _read_data(self, line: Line, words: list[str]) -> None:
        if not words:
            line.refuse("read_data names no file", "Name it")
        extra = 0
        if "extra/atom/types" in words[:-1]:
            word = words[words.index("extra/atom/types") + 1]
            extra = whole_number(line, word, "extra/atom/types")
        for path, given in ((self._existing(line, words[0]), False), (self._data, True)):
            if path is None:
                continue
            try:
                self._take_data(path, data_sections(path), extra, "nocoeff" in words, given)
            except (OSError, FileFormatError):
                self.state.notes.append(f"{path.name} cannot be read, so it gives no coefficients")

    def _existing(self, line: Line, name: str) -> Path | None:
        """The data file that a script names, where it may be read; otherwise a note."""
        if self._folder is None or self._moved is not None:
            return None
        try:
            path = inside(line, self._folder, name, "the data file")
        except LammpsScriptError:
            self.state.notes.append(
                f"{name} lies outside the script's folder, so no coefficients were read from it"
            )
            return None
        return path if path.is_file() else None

    def take_late_coefficients(self) -> None:
        """Coefficients of the data file that was given, which the script may have written itself,
        and of one read before any style: the last ``pair_style`` is theirs."""
        state = self.state
        if self._data is not None and state.data is None:
            self._take_data(self._data, data_sections(self._data), given=True)
        said = state.statements
        styles = [place for place, s in enumerate(said) if s.command == "pair_style"]
        place = max(state.late_place, styles[-1] + 1 if styles else 0)
        last = plain_name((said[styles[-1]].words or ("",))[0]) if styles else ""
        others = [(style, one) for style, one in state.late if style and plain_name(style) != last]
        if last and others:
            style, one = others[0]
            state.notes.append(
                f"{one.line.source} has coefficients of pair style {style}, not {last}: not taken"
            )
        said[place:place] = [late[1] for late in state.late if not last or late not in others]

    def _take_data(
        self,
        path: Path,
        data: DataSections,
        extra: int = 0,
        no_coeff: bool = False,
        given: bool = False,
    ) -> None:
        state = self.state
        state.data = path
        state.n_types = max(state.n_types, data.n_types + extra if data.n_types else 0)
        state.labels |= data.labels()
        state.masses |= data.masses(state.labels)
        if no_coeff:
            return
        found = [
            (style, Statement("pair_coeff", at, tuple(words_of(at))))
            for style, at in data.coefficients()
        ]
        if given or not any(s.command == "pair_style" for s in state.statements):
            state.late += found
        else:
            state.statements += [one for _, one in found]
            state.late_place = len(state.statements)

    def _read_restart(self, line: Line, words: list[str]) -> None:
        self.state.notes.append(
            "read_restart: a binary restart holds a force law too, which is not read; what the "
            "script itself says is all there is here"
        )

    def _create_box(self, line: Line, words: list[str]) -> None:
        if words:
            self.state.n_types = max(
                self.state.n_types, whole_number(line, words[0], "the number of atom types")
            )
        if "extra/atom/types" in words[:-1]:
            self.state.n_types += whole_number(
                line, words[words.index("extra/atom/types") + 1], "extra/atom/types"
            )

    def _labelmap(self, line: Line, words: list[str]) -> None:
        if words[:1] == ["clear"]:
            self.state.labels = {}
        elif words[:1] == ["atom"]:
            for kind, label in zip(words[1::2], words[2::2], strict=False):
                self.state.labels[label] = whole_number(line, kind, "the type") - 1

    def _mass(self, line: Line, words: list[str]) -> None:
        if len(words) != 2:
            return
        try:
            mass = float(words[1])
        except ValueError:
            return
        kinds: Iterable[int] = ()
        if words[0] in self.state.labels:
            kinds = [self.state.labels[words[0]]]
        elif re.fullmatch(r"\d{1,6}", words[0]):
            kinds = [int(words[0]) - 1]
        elif re.fullmatch(r"\d{0,6}\*\d{0,6}", words[0]):
            low, high = words[0].split("*")
            last = min(int(high or self.state.n_types), self.state.n_types)
            kinds = range(int(low or 1) - 1, last)
        self.state.masses |= dict.fromkeys(kinds, mass)

    def _units(self, line: Line, words: list[str]) -> None:
        if words:
            self.state.units = words[0]

    def _dimension(self, line: Line, words: list[str]) -> None:
        if words[:1] in (["2"], ["3"]):
            self.state.dimension = int(words[0])

    def _atom_style(self, line: Line, words: list[str]) -> None:
        if words:
            self.state.atom_style = words[0]

    def _clear(self, line: Line, words: list[str]) -> None:
        self.state = ScriptState()

    # --- what else acts between particles ---

    def _neigh_modify(self, line: Line, words: list[str]) -> None:
        for place, word in enumerate(words):
            if word == "include" and words[place + 1 : place + 2] != ["all"]:
                line.refuse(
                    "neigh_modify include switches off all pairs outside of a group, which a "
                    "potential between types cannot tell",
                    "Remove it, and the particles outside of the group from the file",
                )
            if word != "exclude":
                continue
            kind = words[place + 1 : place + 2]
            if kind == ["none"]:
                self.state.excluded = []
            elif kind == ["type"] and len(words) >= place + 4:
                self.state.excluded.append((line, words[place + 2], words[place + 3]))
            else:
                line.refuse(
                    "neigh_modify exclude switches pairs off by group or molecule, which a "
                    "potential between types cannot tell",
                    "Exclude by type, or remove the particles from the file",
                )

    def _fix(self, line: Line, words: list[str]) -> None:
        style = words[2] if len(words) > 2 else ""
        if re.match(r"(wall|gravity|efield|spring|bond)", style):
            self.state.notes.append(
                f"fix {style} (line {line.number}) acts on particles, and is not part of the sum "
                "over pairs"
            )

    def _long_range(self, line: Line, words: list[str]) -> None:
        if words[:1] not in ([], ["none"]):
            line.refuse(
                f"kspace_style {words[0]} adds long-range forces, which no sum over near pairs is",
                CALCULATOR,
            )

    def _bonds(self, line: Line, words: list[str]) -> None:
        if words[:1] not in ([], ["none"], ["zero"]):
            line.refuse(
                f"{line.text.split()[0]} {words[0]}: bonded forces are not supported",
                "Use a force law without bonds",
            )

    def _python(self, line: Line, words: list[str]) -> None:
        self.state.notes.append(f"python (line {line.number}) is not executed")


def _check_coeff_file(state: ScriptState, text: str, source: str) -> None:
    """What write_coeff leaves names its style in a comment; it is taken where none was said."""
    told = re.search(r"^# pair_style (\S+)", text, re.M)
    styled = any(statement.command == "pair_style" for statement in state.statements)
    if not told or styled or "write_coeff" not in text.split("\n", 1)[0]:
        return
    number = text[: told.start()].count("\n") + 1
    line = Line(source, number, f"pair_style {told.group(1)}")
    state.statements.append(Statement("pair_style", line, (told.group(1), FROM_COEFF_FILE)))
    state.notes.append(
        f"{source} was left by write_coeff: it has six digits, and does not say whether the "
        "potential is shifted; put it behind pair_style and pair_modify by include"
    )
