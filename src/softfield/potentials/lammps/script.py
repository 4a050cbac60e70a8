"""Reads a LAMMPS script for what it says about pairs. Text is read; nothing is run.

Commands are taken in order, as LAMMPS does. Those that bear on pairs are listed in
``ScriptReader``; all others (``run``, ``fix``, ``dump``, ...; also ``shell`` and ``python``)
are passed over: they are never executed, and refused only where a value that the pairs need
would come from them. Control flow is refused only where it decides what the pairs are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...errors import FileFormatError
from .lines import CALCULATOR, LammpsScriptError, Line, inside, whole_number, words_of
from .pair_commands import FROM_COEFF_FILE, types_named
from .read_data import ReadData, read_data_of
from .refusals import plain_name
from .surroundings import COMMANDS, Surroundings
from .walk import ScriptWalk

#: Commands that are refused or noted alike whether they are executed for certain or not.
NOTED = ("fix", "fix_modify", "set", "create_bonds", "python", "read_restart")


@dataclass(frozen=True)
class Statement:
    """``pair_style``, ``pair_coeff`` or ``pair_modify`` with its words, variables replaced.

    Also ``suffix``, and ``read_data`` with the reason why coefficients of its file are not known.
    """

    command: str
    line: Line
    words: tuple[str, ...]


@dataclass(frozen=True)
class OwnData:
    """The data file that was given, where the script itself reads it.

    Attributes
    ----------
    line : the ``read_data``
    place : of its coefficients among the statements; None where there is no style for them yet
    coefficients : each with the style that the file says they are of, or ""
    """

    line: Line
    place: int | None
    coefficients: list[tuple[str, Statement]]


@dataclass
class ScriptState:
    """What a script has said so far.

    Attributes
    ----------
    statements : those about pairs, in order
    units, dimension, atom_style : as LAMMPS presumes them until they are said
    n_types : number of atom types, 0 while it is unknown
    labels : type label -> type, from 0
    file_labels : those of the data file that was given, which count where the script has none
    masses : type -> mass, as the script says them behind the data file that was given
    excluded : pairs of type words of ``neigh_modify exclude type``
    data : data file that was read for coefficients, the last of several
    read_here : whether it was read by the script, as it was then
    added : the last ``read_data`` that added particles to others
    own : the ``read_data`` of the data file that was given
    late : coefficients of data files that count behind the last ``pair_style``, each with the
        style that its file says they are of, or ""
    given : those of the data file that was given, where the script does not read it: after them
    late_place : statements before it precede them in any case
    around : box, bonds, and forces beside those of pairs
    notes : what a reader of the result should know
    """

    statements: list[Statement] = field(default_factory=list)
    units: str = "lj"
    dimension: int = 3
    atom_style: str = "atomic"
    n_types: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    file_labels: dict[str, int] = field(default_factory=dict)
    masses: dict[int, float] = field(default_factory=dict)
    excluded: list[tuple[Line, str, str]] = field(default_factory=list)
    data: Path | None = None
    read_here: bool = False
    added: Line | None = None
    own: OwnData | None = None
    late: list[tuple[str, Statement]] = field(default_factory=list)
    given: list[tuple[str, Statement]] = field(default_factory=list)
    late_place: int = 0
    around: Surroundings = field(default_factory=Surroundings)
    notes: list[str] = field(default_factory=list)


class ScriptReader(ScriptWalk):
    """Reads scripts into a :class:`ScriptState`.

    Parameters
    ----------
    folder : where the script lies, for files that it names; None: they are refused
    variables : values as ``-var`` gives them
    data : data file that counts where the script reads it, otherwise after those that it names
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
            "suffix": partial(self._statement, "suffix"),
            "read_data": self._read_data,
            "write_data": self._write_data,
            "read_restart": self._read_restart,
            "create_box": self._create_box,
            "labelmap": self._labelmap,
            "mass": self._mass,
            "units": self._units,
            "dimension": self._dimension,
            "atom_style": self._atom_style,
            "clear": self._clear,
            "neigh_modify": self._neigh_modify,
            "kspace_style": self._long_range,
            "python": self._python,
            **{name: partial(self._around, name) for name in COMMANDS},
        }

    def read(self, text: str, source: str, name: str = "") -> None:
        """Take the commands of a script; see :meth:`ScriptWalk.read`."""
        _check_coeff_file(self.state, text, source)
        super().read(text, source, name)

    def decides(self, words: list[str]) -> bool:
        """Commands that have a handler for more than a note."""
        if words[0] == "change_box":
            return "boundary" in words
        if words[0] == "write_data":
            return self.state.own is not None and self._may_be_given((words[1:] or [""])[0])
        return super().decides(words) and words[0] not in NOTED

    def _type_of(self, label: str) -> int:
        return self.state.labels.get(label, -1) + 1

    # --- statements ---

    def _statement(self, command: str, line: Line, words: list[str]) -> None:
        self.state.statements.append(Statement(command, line, tuple(words)))

    def _read_data(self, line: Line, words: list[str]) -> None:
        reading = read_data_of(line, words)
        path = self._data_path(line, reading.name)
        if path is None or not self._read_as(line, path, reading):
            self._unread(line, reading)
        if self._data is not None and path != self._data and self.state.own is None:
            one = ReadData(extra=reading.extra, coefficients=reading.coefficients)
            self._take_data(line, self._data, one, given=True)

    def _read_as(self, line: Line, path: Path, reading: ReadData) -> bool:
        """Whether a data file could be read; a note if not. The one that was given must be."""
        try:
            self._take_data(line, path, reading, given=False)
        except (OSError, FileFormatError):
            if path == self._data:
                raise
            self.state.notes.append(f"{path.name} cannot be read, so it gives no coefficients")
            return False
        return True

    def _data_path(self, line: Line, name: str) -> Path | None:
        """The data file that a script names, where it may be read; otherwise a note.

        The one that was given may lie anywhere. It is the one that is meant, too, if it has the
        name of one that is not there.
        """
        given, path = self._data, None
        if given is not None and self._is_given(name):
            return given
        if self._folder is not None and self._moved is None:
            try:
                path = inside(line, self._folder, name, "the data file")
            except LammpsScriptError:
                self.state.notes.append(
                    f"{name} lies outside the script's folder, so no coefficients were read from it"
                )
        if path is not None and path.is_file():
            return path
        if given is None or Path(name).name != given.name:
            return None
        self.state.notes.append(f"{name} (line {line.number}) is taken to be {given}")
        return given

    def _is_given(self, name: str) -> bool:
        """Whether a name in the script is that of the data file that was given."""
        if self._data is None:
            return False
        try:
            named = Path(name)
            if not named.is_absolute():
                if self._folder is None or self._moved is not None:
                    return False
                named = self._folder / name
            return named.resolve() == self._data.resolve()
        except (OSError, ValueError, RuntimeError):
            return False

    def _may_be_given(self, name: str) -> bool:
        """Whether a name is that of the data file that was given, whatever its variables are."""
        open_name = re.sub(r"\$(\{[^}]*\}|\(.*\)|.)|\*", "\0", name).split("/")[-1]
        pattern = ".*".join(map(re.escape, open_name.split("\0")))
        return self._data is not None and re.fullmatch(pattern, self._data.name) is not None

    def _unread(self, line: Line, reading: ReadData) -> None:
        """Coefficients are missing if the file may have some: LAMMPS wants a style before them."""
        state = self.state
        styles = [s.words for s in state.statements if s.command == "pair_style"]
        if not reading.coefficients or not styles:
            return
        state.statements.append(Statement("read_data", line, ("was not read",)))
        state.late_place = len(state.statements)
        if styles[-1][:1] in (("hybrid/overlay",), ("hybrid/scaled",)):
            state.notes.append(
                f"{reading.name} (line {line.number}) was not read; what it may add to pairs that "
                "have other coefficients is missing"
            )

    def _write_data(self, line: Line, words: list[str]) -> None:
        """The file that was given is of here, and what the script has read from it is gone."""
        state, own = self.state, self.state.own
        if own is None or not words or not self._is_given(words[0]):
            return
        state.own, state.read_here = None, False
        if own.place is not None:
            end = own.place + len(own.coefficients)
            reason = f"is written over on line {line.number}"
            state.statements[own.place : end] = [Statement("read_data", own.line, (reason,))]
            state.late_place += 1 - len(own.coefficients)
            state.given = own.coefficients

    def take_late_coefficients(self) -> None:
        """Coefficients of the data file that was given, which the script may have written itself,
        and of one read before any style: the last ``pair_style`` is theirs."""
        state = self.state
        if self._data is not None and state.data is None:
            self._take_data(Line(self._data.name, 1, ""), self._data, ReadData(), given=True)
        said = state.statements
        styles = [place for place, s in enumerate(said) if s.command == "pair_style"]
        place = max(state.late_place, styles[-1] + 1 if styles else 0)
        last = plain_name((said[styles[-1]].words or ("",))[0]) if styles else ""
        late = [*state.late, *state.given]
        others = [(style, one) for style, one in late if style and plain_name(style) != last]
        self._check_types_of_given()
        if last and others:
            style, one = others[0]
            state.notes.append(
                f"{one.line.source} has coefficients of pair style {style}, not {last}: not taken"
            )
        said[place:place] = [
            one for style, one in late if not last or not style or plain_name(style) == last
        ]

    def _check_types_of_given(self) -> None:
        """Coefficients in the data file that was given are those of its own types."""
        known = self.state.labels
        for name, kind in self.state.file_labels.items():
            if self.state.given and known.get(name, kind) != kind:
                self.state.given[0][1].line.refuse(
                    f"there are coefficients, and {name} is type {kind + 1} in this file and type "
                    f"{known[name] + 1} in the script",
                    "Take the coefficients out of the file, or give its types the same numbers",
                )

    def _take_data(self, line: Line, path: Path, reading: ReadData, given: bool) -> None:
        state = self.state
        data = reading.sections(line, path, state.labels)
        state.data, state.read_here = path, not given
        state.added = line if reading.adds else state.added
        state.n_types = max(state.n_types, data.n_types + reading.extra if data.n_types else 0)
        if not (given and state.labels):  # types of the script keep their names
            state.labels |= data.labels()
        if path == self._data:
            state.file_labels = data.labels()
        masses = data.masses(state.labels | data.labels())
        if path != self._data:
            state.masses |= masses
        elif masses:  # they are the particles' own, whatever was said before
            state.masses = {}
        found = [
            (style, Statement("pair_coeff", at, tuple(words_of(at))))
            for style, at in (data.coefficients() if reading.coefficients else ())
        ]
        place = None
        if given:
            state.given = found
        elif not any(s.command == "pair_style" for s in state.statements):
            state.late += found
        elif reading.coefficients:
            place = len(state.statements)
            state.statements += [one for _, one in found]
            state.late_place = len(state.statements)
        if path == self._data and not given:
            self._check_own(line, reading)
            state.own, state.given = OwnData(line, place, found), []

    def _check_own(self, line: Line, reading: ReadData) -> None:
        if reading.offset:
            line.refuse(
                f"types of {reading.name} are counted from {reading.offset + 1} on in the script, "
                "and from 1 on in the file",
                "Give the data file that the script writes, or one with the types of the script",
            )

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
        known = self.state.n_types
        kinds = types_named(words[0], self.state.labels, known) or range(0)
        if "*" in words[0]:
            kinds = range(kinds.start, min(kinds.stop, known))
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

    def _around(self, command: str, line: Line, words: list[str]) -> None:
        self.state.around.take(command, line, words)

    def _long_range(self, line: Line, words: list[str]) -> None:
        if words[:1] not in ([], ["none"]):
            line.refuse(
                f"kspace_style {words[0]} adds long-range forces, which no sum over near pairs is",
                CALCULATOR,
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
