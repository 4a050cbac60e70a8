"""Reads a LAMMPS script for what it says about pairs. Text is read; nothing is run.

Commands are taken in order, as LAMMPS does. Those that bear on pairs are listed in
``ScriptReader``; all others (``run``, ``fix``, ``dump``, ...; also ``shell`` and ``python``)
are passed over: they are never executed, and refused only where a value that the pairs need
would come from them. Control flow is refused only where it decides what the pairs are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import FileFormatError
from .lammps_lines import (
    CALCULATOR,
    LammpsScriptError,
    Line,
    inside,
    logical_lines,
    text_of,
    whole_number,
    words_of,
)
from .lammps_pairs import FROM_COEFF_FILE, types_named
from .lammps_read_data import ReadData, read_data_of
from .lammps_refusals import plain_name
from .lammps_surroundings import COMMANDS, Surroundings
from .lammps_variables import Variables, conditional_commands

#: Commands that decide what the pairs are: they must not depend on how a run goes.
DECISIVE = frozenset(
    {
        "pair_style", "pair_coeff", "pair_modify", "include", "read_data", "labelmap", "units",
        "clear", "create_box", "quit", "dimension", "neigh_modify", "boundary",
    }
)  # fmt: skip

DEEPEST_INCLUDE = 20


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
    masses : type -> mass, where they are said
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


class ScriptReader:
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
        self.state = ScriptState()
        self.variables = Variables(variables, self._type_of)
        self._folder = folder
        self._data = data
        self._moved: Line | None = None
        self._ended = False
        self._include_depth = 0
        self._handlers: dict[str, Callable[[Line, list[str]], None]] = {
            "pair_style": partial(self._statement, "pair_style"),
            "pair_coeff": partial(self._statement, "pair_coeff"),
            "pair_modify": partial(self._statement, "pair_modify"),
            "suffix": partial(self._statement, "suffix"),
            "include": self._include,
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
            "run": self._run,
            "partition": self._partition,
            "kspace_style": self._long_range,
            "shell": self._shell,
            "python": self._python,
            **{name: partial(self._around, name) for name in COMMANDS},
        }

    def read(self, text: str, source: str) -> None:
        """Take the commands of a script.

        Raises
        ------
        LammpsScriptError
            Where the pairs depend on what is no static text.
        """
        lines = list(logical_lines(text, source))
        _check_coeff_file(self.state, text, source)
        flow = ControlFlow(lines, source)
        place = 0
        while place < len(lines):
            line = lines[place]
            for name, reason in flow.tainted.get(place, ()):
                self.variables.taint(name, line, reason)
            command = self._command(line)
            if command in DECISIVE and place in flow.undecided:
                line.refuse(
                    f"{command} {flow.undecided[place]}", "Write out what the pairs are without it"
                )
            self._ended = self._ended or command == "quit"
            if self._ended:
                break
            self._take(command, line, in_doubt=place in flow.undecided)
            place = flow.skips.get(place, place + 1)

    def _command(self, line: Line) -> str:
        word = line.text.split(maxsplit=1)[0]
        if "$" in word:
            word = (self.variables.substituted(line).split(maxsplit=1) or [""])[0]
        return word.strip("\"'")

    def _take(self, command: str, line: Line, in_doubt: bool) -> None:
        if command == "variable":
            self._variable(line, in_doubt)
        elif command == "next" and not in_doubt:
            self.variables.advance(line.text.split()[1:])
        elif command in self._handlers:
            self._handlers[command](line, self._words(line))

    def _words(self, line: Line) -> list[str]:
        """Words behind the command; in commands that decide nothing, ``$`` may stay as it is."""
        decisive = line.text.split(maxsplit=1)[0] in DECISIVE
        try:
            text = self.variables.substituted(line)
            return words_of(line, text)[1:]
        except LammpsScriptError:
            if decisive:
                raise
            return line.text.split()[1:]

    # --- variables ---

    def _variable(self, line: Line, in_doubt: bool) -> None:
        name = (line.text.split()[1:2] or [""])[0]
        if in_doubt:
            self.variables.taint(name, line, f"is set or not by a jump, line {line.number}")
            return
        try:
            self.variables.define(line, words_of(line, self.variables.substituted(line))[1:])
        except LammpsScriptError as error:
            # Refused when it is needed.
            self.variables.taint(name, line, f"has no value, because of {error}")

    def _type_of(self, label: str) -> int:
        return self.state.labels.get(label, -1) + 1

    # --- statements ---

    def _statement(self, command: str, line: Line, words: list[str]) -> None:
        self.state.statements.append(Statement(command, line, tuple(words)))

    def _include(self, line: Line, words: list[str]) -> None:
        self._need_place(line, "include")
        if not words:
            line.refuse("include names no file", "Name it")
        path = inside(line, self._folder, words[0], "the included file")
        if self._include_depth == DEEPEST_INCLUDE:
            line.refuse("files include one another too deeply", "Include each once")
        self._include_depth += 1
        self.read(text_of(line, path, "the included file"), path.name)
        self._include_depth -= 1

    def _need_place(self, line: Line, command: str) -> None:
        if self._moved is not None:
            line.refuse(
                f"{command} after `shell` on line {self._moved.number} of {self._moved.source}, "
                "which may change the folder and is not executed",
                "Remove it, or name the files from the script's folder",
            )

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
        if last and others:
            style, one = others[0]
            state.notes.append(
                f"{one.line.source} has coefficients of pair style {style}, not {last}: not taken"
            )
        said[place:place] = [
            one for style, one in late if not last or not style or plain_name(style) == last
        ]

    def _take_data(self, line: Line, path: Path, reading: ReadData, given: bool) -> None:
        state = self.state
        data = reading.sections(line, path, state.labels)
        state.data, state.read_here = path, not given
        state.added = line if reading.adds else state.added
        state.n_types = max(state.n_types, data.n_types + reading.extra if data.n_types else 0)
        state.labels |= data.labels()
        state.masses |= data.masses(state.labels)
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

    def _run(self, line: Line, words: list[str]) -> None:
        """``run N every M "command" ...``"""
        inner = [word.strip("\"'").split()[:1] for word in words[1:]]
        told = next((first[0] for first in inner if first and first[0] in DECISIVE), None)
        if told is not None:
            line.refuse(
                f"{told} is executed in the course of a run, which is not followed",
                "Write out what the pairs are without it",
            )

    def _partition(self, line: Line, words: list[str]) -> None:
        """``partition yes|no N command ...``"""
        if words[2:3] and words[2].strip("\"'") in DECISIVE:
            line.refuse(
                f"{words[2]} depends on the partition of a parallel run",
                "Write out what the pairs are without it",
            )

    def _long_range(self, line: Line, words: list[str]) -> None:
        if words[:1] not in ([], ["none"]):
            line.refuse(
                f"kspace_style {words[0]} adds long-range forces, which no sum over near pairs is",
                CALCULATOR,
            )

    def _shell(self, line: Line, words: list[str]) -> None:
        if words[:1] not in (["mkdir"], ["rm"], ["rmdir"], ["mv"]):
            self._moved = self._moved or line

    def _python(self, line: Line, words: list[str]) -> None:
        self.state.notes.append(f"python (line {line.number}) is not executed")


class ControlFlow:
    """Where loops, jumps and conditions of a script leave open what is read.

    Attributes
    ----------
    skips : line -> line that follows an unconditional jump forwards
    undecided : line -> why it may or may not be read
    tainted : line -> (variable, reason) of which the value is unknown from there on
    """

    def __init__(self, lines: list[Line], source: str) -> None:
        self.skips: dict[int, int] = {}
        self.undecided: dict[int, str] = {}
        self.tainted: dict[int, list[tuple[str, str]]] = {}
        self._lines = lines
        self._source = source
        for place, line in enumerate(lines):
            command = line.text.split(maxsplit=1)[0]
            if command == "jump":
                self._jump(place, line.text.split()[1:], certain=True)
            elif command == "if":
                self._condition(place, line)

    def _jump(self, place: int, words: list[str], certain: bool) -> None:
        line = self._lines[place]
        end = len(self._lines)
        if not words or words[0] not in ("SELF", self._source):
            reason = f"follows a jump to another file, line {line.number}"
            self.undecided |= dict.fromkeys(range(place + 1, end), reason)
            return
        target = self._label(words[1]) if len(words) > 1 else 0
        if target <= place:
            self._loop(target, place)
        elif certain:
            self.skips[place] = target
        else:
            reason = f"is skipped or not, by a jump on line {line.number}"
            self.undecided |= dict.fromkeys(range(place + 1, target), reason)
            for skipped in range(place + 1, target):
                self._taint(place, _defined(self._lines[skipped]), reason)

    def _label(self, name: str) -> int:
        """Place of a label; the end where there is none that can be found."""
        for place, line in enumerate(self._lines):
            if line.text.split() == ["label", name]:
                return place
        return len(self._lines)

    def _loop(self, first: int, last: int) -> None:
        """A loop is read once; what differs from pass to pass is unknown in it and after it."""
        reason = f"changes in the loop that line {self._lines[last].number} closes"
        before = {name for line in self._lines[:first] for name in _defined(line)}
        for line in self._lines[first : last + 1]:
            command, *words = line.text.split()
            if command == "next":
                self._taint(first, words, reason)
            for name in _defined(line):
                itself = rf"(\bv_{re.escape(name)}\b|\$\{{{re.escape(name)}\}}|\${re.escape(name)})"
                if name in before or re.search(itself, line.text):
                    self._taint(first, [name], reason)

    def _condition(self, place: int, line: Line) -> None:
        try:
            commands = conditional_commands(line)
        except LammpsScriptError:
            self.undecided[place] = "has quotes that do not match"
            return
        for words in commands:
            if not words:
                continue
            reason = f"is decided by `if` on line {line.number}"
            if words[0] == "jump":
                self._jump(place, words[1:], certain=False)
            elif words[0] == "variable":
                self._taint(place + 1, words[1:2], reason)
            elif words[0] == "next":
                self._taint(place + 1, words[1:], reason)
            elif words[0] in DECISIVE - {"quit"}:
                line.refuse(
                    f"{words[0]} {reason}, and conditions are not evaluated",
                    "Write out the branch that is meant",
                )

    def _taint(self, place: int, names: Iterable[str], reason: str) -> None:
        self.tainted.setdefault(place, []).extend((name, reason) for name in names)


def _defined(line: Line) -> list[str]:
    """Name of the variable that a line defines, if any."""
    words = line.text.split()
    return words[1:2] if words[0] == "variable" else []


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
