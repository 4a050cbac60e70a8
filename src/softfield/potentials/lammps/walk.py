"""Walks through a LAMMPS script as LAMMPS does, without executing it.

Every command that is certainly executed goes to the handler that a reader has for it. What
decides for the reader and may or may not be executed (in ``if``, ``partition``, ``run every``,
behind a jump or an end that may or may not happen), or changes from pass to pass of a loop, is
refused. Variables that are set in doubt have no value from there on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .lines import (
    LammpsScriptError,
    Line,
    inside,
    joined,
    logical_lines,
    plain_words,
    text_of,
    words_of,
)
from .variables import Variables

Handler = Callable[[Line, list[str]], None]

DEEPEST_INCLUDE = 20

WRITTEN_OUT = "Write out what the pairs are without it"

#: Commands that contain others -> why these are in doubt.
CONTAINING = {
    "if": "is decided by `if` on line {}, and conditions are not evaluated",
    "run": "is executed in the course of a run (line {}), which is not followed",
    "partition": "depends on the partition of a parallel run (line {})",
}

#: Commands that lead the walk. Loops are found by looking for them, so they must be written out.
LEADING = frozenset({*CONTAINING, "jump", "label", "next", "variable", "include"})

#: Commands that a second pass of a loop executes on what the first has left: the same comes out
#: where the loop begins with one of these.
REPEATED = {
    "pair_style": ("clear", "pair_style"),
    **dict.fromkeys(("read_data", "create_box", "labelmap"), ("clear",)),
    "suffix": (),
}

#: Commands that those find changed.
_OF_PAIRS = ("clear", "pair_coeff", "pair_modify", *REPEATED)

#: Commands of ``shell`` that leave the folder and what may be read from it as they are.
_HARMLESS_SHELL = ("mkdir", "rm", "rmdir")


class Flow:
    """One file while it is walked through.

    Attributes
    ----------
    lines : its commands
    names : what a jump to this file calls it
    loops : place of the first command -> of the last, where something jumps back
    doubt : place -> why the command there may or may not be executed
    seen : places that were reached
    place : of the command at hand
    """

    def __init__(self, lines: list[Line], names: Collection[str]) -> None:
        self.lines = lines
        self.names = names
        self.loops: dict[int, int] = {}
        self.doubt: dict[int, str] = {}
        self.seen: set[int] = set()
        self.place = 0
        self._labels: dict[str, int] = {}
        for place, line in enumerate(lines):
            words = plain_words(line)
            if words[0] == "label" and len(words) > 1:
                self._labels.setdefault(words[1], place)
        for place, line in enumerate(lines):
            for words in every_command(line):
                if words[0] == "jump" and words[1:2] and words[1] in names:
                    target = self.label(words[2:])
                    if target is not None and target <= place:
                        self.loops[target] = place

    def label(self, words: list[str]) -> int | None:
        """Place of a label, by default of the first command; None where there is no such label."""
        return self._labels.get(words[0]) if words else 0


@dataclass
class Loop:
    """A loop that is being read, and the first of its commands about pairs."""

    flow: Flow
    last: int
    first: str = ""


class ScriptWalk:
    """Reads scripts command by command; readers add handlers for commands.

    Parameters
    ----------
    folder : where the main script lies, for files that it names; None: they are refused
    variables : values as ``-var`` gives them
    type_of : number of a type label
    """

    def __init__(
        self,
        folder: Path | None,
        variables: Mapping[str, object],
        type_of: Callable[[str], int] = lambda label: 0,
    ) -> None:
        self.variables = Variables(variables, type_of)
        self._handlers: dict[str, Handler] = {"include": self._include}
        self._folder = folder
        self._moved: Line | None = None
        self._written: dict[str, Line] = {}
        self._ended = False
        self._may_have_ended = ""
        self._styles: set[str] = set()
        self._may_skip_jump = False
        self._include_depth = 0
        self._loops: list[Loop] = []

    def decides(self, words: list[str]) -> bool:
        """Whether a command may change what is read, so that it must not be in doubt.

        The handlers of others do the same whether they are executed or not.
        """
        return words[0] in self._handlers

    def unfollowed(self, words: list[str]) -> str:
        """What a command does that decides and is not followed, in words; "" if nothing."""
        if words[0] == "kim":
            return "kim chooses a pair style by itself"
        if words[0] == "python" and "SELF" in words:
            return "this Python function may give commands to LAMMPS, and is not executed"
        style = words[3] if words[0] == "fix" and len(words) > 3 else ""
        if "$" in style or style == "python/invoke":
            return f"fix {style} may be one that changes the pairs during a run"
        unknown = any(word in ("pair", "charge", "kspace") or "$" in word for word in words[4:])
        if style in ("adapt", "adapt/fep") and unknown:
            return f"fix {style} changes the parameters of pairs or charges during a run"
        return ""

    def read(self, text: str, source: str, name: str = "") -> None:
        """Take the commands of a script, which jumps call SELF or by its name.

        Raises
        ------
        LammpsScriptError
            Where what decides is no static text.
        """
        flow = Flow(list(logical_lines(text, source)), ("SELF", name or source))
        while flow.place < len(flow.lines) and not self._ended:
            here, line = flow.place, flow.lines[flow.place]
            self._loops = [one for one in self._loops if one.flow is not flow or one.last >= here]
            if here in flow.loops:
                self._enter_loop(flow)
            flow.seen.add(here)
            words = self._words_of(line)
            if words:
                self._take(flow, line, words, flow.doubt.get(here) or self._may_have_ended)
            if flow.place == here:
                flow.place += 1
        self._loops = [one for one in self._loops if one.flow is not flow]

    # --- words ---

    def _words_of(self, line: Line) -> list[str]:
        """Words of a line, variables replaced; not in what leads the walk, and where nothing is
        decided they may stay."""
        plain = plain_words(line)
        if plain[0] in LEADING - {"include"}:
            return plain if plain[0] == "variable" else words_of(line)
        try:
            words = words_of(line, self.variables.substituted(line))
        except LammpsScriptError:
            if "$" in plain[0] or self.decides(plain):
                raise
            return plain
        if "$" in plain[0] and words and words[0] in LEADING:
            line.refuse(f"a variable stands for the command {words[0]}", "Write the command itself")
        return words

    def _replaced(self, line: Line, word: str) -> str:
        """A word, variables replaced."""
        return self.variables.substituted(Line(line.source, line.number, word))

    # --- commands ---

    def _take(self, flow: Flow, line: Line, words: list[str], doubt: str = "") -> None:
        """One command, and those within it; ``doubt`` says why it may not be executed."""
        command, *rest = words
        for text in commands_within(words):
            inner = words_of(line, text)
            why = doubt or CONTAINING[command].format(line.number)
            if inner and "$" in inner[0]:
                line.refuse(f"the command {inner[0]} {why}", WRITTEN_OUT)
            if inner:
                self._take(flow, line, inner, why)
        leading: dict[str, Callable[[], None]] = {
            "jump": lambda: self._jump(flow, line, rest, doubt),
            "quit": lambda: self._quit(line, doubt),
            "variable": lambda: self._variable(line, rest, doubt),
            "next": lambda: self._next(line, rest, doubt),
            "shell": lambda: self._shell(line, rest),
        }
        self._written |= dict.fromkeys(written_by(words), line)
        if (reason := self.unfollowed(words)) != "":
            line.refuse(reason, "Remove it, and state the parameters that are meant")
        if command in leading:
            leading[command]()
        elif doubt and self.decides(words):
            line.refuse(f"{command} {doubt}", WRITTEN_OUT)
        elif command in self._handlers:
            self._execute(line, words)

    def _execute(self, line: Line, words: list[str]) -> None:
        """A command with a handler, which is executed for certain or decides nothing."""
        command, *rest = words
        for loop in self._loops if command in _OF_PAIRS else ():
            loop.first = loop.first or command
            if command in REPEATED and loop.first not in REPEATED[command]:
                line.refuse(
                    f"{command} is in the loop that line {loop.flow.lines[loop.last].number} "
                    f"closes, which begins with {loop.first}, so that a second pass may find other "
                    "pairs",
                    WRITTEN_OUT,
                )
        if self._may_name_files(command, rest):
            self._need_place(line, command)
        if command == "pair_style":
            self._styles |= {*rest}
        self._handlers[command](line, rest)

    def _variable(self, line: Line, words: list[str], doubt: str) -> None:
        name = self._replaced(line, words[0]) if words else ""
        if doubt:
            self.variables.taint(name, line, doubt)
            return
        try:
            self.variables.define(line, words_of(line, self.variables.substituted(line))[1:])
        except LammpsScriptError as error:
            # Refused when it is needed.
            self.variables.taint(name, line, f"has no value, because of {error}")

    def _next(self, line: Line, words: list[str], doubt: str) -> None:
        names = [self._replaced(line, word) for word in words]
        if doubt:
            self._may_skip_jump = True
            for name in names:
                self.variables.taint(name, line, doubt)
        elif self.variables.advance(names):
            self._may_skip_jump = True

    def _quit(self, line: Line, doubt: str) -> None:
        """In doubt, what follows is executed or not; where no pairs were given, nothing else is."""
        if not doubt:
            self._ended = True
        elif self._styles or self._loops:
            self._may_have_ended = f"follows a `quit` that {doubt}"

    def _shell(self, line: Line, words: list[str]) -> None:
        if words[:1] and words[0] not in _HARMLESS_SHELL:
            self._moved = self._moved or line

    def _need_place(self, line: Line, command: str) -> None:
        if self._moved is not None:
            line.refuse(
                f"{command} after `shell` on line {self._moved.number} of {self._moved.source}, "
                "which may change the folder or files and is not executed",
                "Remove it, or name the files from the script's folder",
            )

    # --- files, jumps and loops ---

    def _may_name_files(self, command: str, words: list[str]) -> bool:
        """Whether a command may read a file: any word may name one that is no number or style."""
        others = [word for word in words if not re.fullmatch(r"[-+*\d.eE]+|NULL|none", word)]
        if command == "pair_coeff":
            return not self._styles.issuperset(set(others) - set(words[:2]))
        return command == "pair_style" and "." in "".join(others)

    def _include(self, line: Line, words: list[str]) -> None:
        path = self._included(line, words)
        self._include_depth += 1
        self.read(text_of(line, path, "the included file"), path.name, words[0])
        self._include_depth -= 1

    def _included(self, line: Line, words: list[str]) -> Path:
        """The file that ``include`` names; as in LAMMPS, from the folder of the main script."""
        self._need_place(line, "include")
        if not words:
            line.refuse("include names no file", "Name it")
        if self._include_depth == DEEPEST_INCLUDE:
            line.refuse("files include one another too deeply", "Include each once")
        if words[0] in self._written:
            line.refuse(
                f"{words[0]} is written on line {self._written[words[0]].number}, which is not "
                "executed",
                "Write what it has into the script itself",
            )
        return inside(line, self._folder, words[0], "the included file")

    def _jump(self, flow: Flow, line: Line, words: list[str], doubt: str) -> None:
        names = [self._replaced(line, word) for word in words]
        if not names or names[0] not in flow.names:
            line.refuse(
                "a jump to another file is not followed",
                "Write SELF if it is the same file, or what it has into the script itself",
            )
        target = flow.label(names[1:])
        if target is None:
            line.refuse(f"there is no label {names[1]} in {line.source}", "Correct the jump")
        certain = not doubt and not self._may_skip_jump
        self._may_skip_jump = self._may_skip_jump and bool(doubt)
        if target <= flow.place:
            if flow.loops.get(target, -1) < flow.place or target not in flow.seen:
                line.refuse(
                    "this jump leads back to what was passed over before, or by a variable",
                    WRITTEN_OUT,
                )
        elif certain:
            flow.place = target
        else:
            reason = f"is skipped or not, by a jump on line {line.number}"
            flow.doubt |= dict.fromkeys(range(flow.place + 1, target), reason)

    def _enter_loop(self, flow: Flow) -> None:
        """A loop is read once; what differs from pass to pass is unknown in it and after it."""
        first, last = flow.place, flow.loops[flow.place]
        line = flow.lines[last]
        self._loops.append(Loop(flow, last))
        advanced: list[str] = []
        defined: list[str] = []
        for at, words in self._every_command(flow.lines[first : last + 1]):
            names = {"next": words[1:], "variable": words[1:2]}.get(words[0], [])
            if any("$" in name for name in names):
                at.refuse("a variable names a variable in a loop", "Write the name itself")
            (advanced if words[0] == "next" else defined).extend(names)
        differing = (n for n in defined if self.variables.knows(n) or defined.count(n) > 1)
        for name in {*advanced, *differing}:
            reason = f"changes in the loop that line {line.number} closes"
            self.variables.taint(name, line, reason)

    def _every_command(self, lines: list[Line], depth: int = 0) -> Iterator[tuple[Line, list[str]]]:
        """All commands of some lines, as they are written, and of the files that they include."""
        for line in lines:
            for words in every_command(line):
                yield line, words
                if words[0] == "include":
                    names = [self._replaced(line, word) for word in words[1:]]
                    path = self._included(line, names)
                    if depth == DEEPEST_INCLUDE:
                        line.refuse("files include one another too deeply", "Include each once")
                    text = text_of(line, path, "the included file")
                    inner = list(logical_lines(text, path.name))
                    yield from self._every_command(inner, depth + 1)


def commands_within(words: list[str]) -> list[str]:
    """Text of the commands that a command may execute."""
    if words[0] == "if":
        after = pairwise(words[1:])
        keywords = ("then", "elif", "else")
        return [word for before, word in after if word not in keywords and before != "elif"]
    if words[0] == "run" and "every" in words:
        return [word for word in words[words.index("every") + 2 :] if word != "NULL"]
    if words[0] == "partition" and len(words) > 3 and not words[3].startswith("partition"):
        return [f"{words[3]} {joined(words[4:])}"]
    return []


def written_by(words: list[str]) -> list[str]:
    """Names of the files that a command writes and that may be scripts."""
    if words[0] == "write_coeff":
        return words[1:2]
    pairs = pairwise(words if words[0] == "print" else ())
    return [name for before, name in pairs if before in ("file", "append")]


def every_command(line: Line, text: str | None = None) -> Iterator[list[str]]:
    """Words of a command, and of those that it may execute, as they are written."""
    words = plain_words(line, text)
    if words:
        yield words
        for inner in commands_within(words):
            yield from every_command(line, inner)
