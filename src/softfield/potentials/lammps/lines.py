"""Lines of LAMMPS scripts: continuation, comments, quotes, words; and what errors say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ...errors import FileFormatError, InvalidPotentialError, NoPairSumError
from ...files.source import Source

#: Longest part of a line that an error repeats.
SHOWN = 100

CALCULATOR = (
    "Compute the field with softfield.calculator_field and an ASE or LAMMPS calculator instead"
)


class LammpsScriptError(InvalidPotentialError):
    """A line of a LAMMPS script, table or data file that gives no pair potential."""


class ManyBodyStyleError(LammpsScriptError, NoPairSumError):
    """A line with a pair style that is no sum over pairs of types."""


@dataclass(frozen=True)
class Line:
    """One command, continuation lines joined.

    Attributes
    ----------
    source : name of the file, or "the script"
    number : of its first line, from 1
    text : without comment
    """

    source: str
    number: int
    text: str

    def refuse(self, what: str, way_out: str) -> NoReturn:
        """Raise LammpsScriptError: place, line, what is wrong, and what to do."""
        raise LammpsScriptError(f"{self.complaint(what)}. {way_out.rstrip('.')}.")

    def refuse_sum(self, what: str, way_out: str) -> NoReturn:
        """Raise ManyBodyStyleError: the same, where a calculator may take it."""
        error = ManyBodyStyleError(f"{self.complaint(what)}. {way_out.rstrip('.')}.")
        error.reason = self.complaint(what)
        raise error

    def complaint(self, what: str) -> str:
        """Place, line and what is wrong, without full stop."""
        shown = " ".join(self.text.split())
        shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + " ..."
        return f"{self.source}, line {self.number} ({shown}): {what.rstrip('.')}"


def logical_lines(text: str, source: str) -> Iterator[Line]:
    """Commands of a script: lines that end in ``&``, and triple quotes, joined; no comments.

    As LAMMPS joins before it strips comments, a comment that ends in ``&`` goes on.
    """
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        first = number
        joined = lines[number].rstrip()
        number += 1
        while number < len(lines) and (continued := _continued(joined)) is not None:
            joined = continued + lines[number].rstrip()
            number += 1
        joined = _continued(joined, at_end=True) or joined
        command = without_comment(joined).strip()
        if command:
            yield Line(source, first + 1, command)


def _continued(text: str, at_end: bool = False) -> str | None:
    """What comes before the next line, or None if the command ends here."""
    if text.endswith("&"):
        return text[:-1]
    if not at_end and text.count('"""') % 2:
        return text + "\n"
    return None


def quotes(text: str) -> Iterator[tuple[int, str, bool]]:
    """Place, character and whether it is quoted, for each character; a mark of three is one."""
    mark, until = "", 0
    for place, character in enumerate(text):
        yield place, character, bool(mark) or place < until
        if place < until:
            continue
        three = text.startswith('"""', place)
        if not mark and character in "\"'":
            mark = '"""' if three else character
            until = place + len(mark)
        elif mark and text.startswith(mark, place):
            until = place + len(mark)
            mark = ""


def without_comment(text: str) -> str:
    """The text before the first ``#`` that is not quoted."""
    ends = (place for place, character, quoted in quotes(text) if character == "#" and not quoted)
    return text[: next(ends, len(text))]


def words_of(line: Line, text: str | None = None) -> list[str]:
    """Words of a command; quoted text is one word, without its quotes."""
    rest = (line.text if text is None else text).lstrip()
    words = []
    while rest:
        mark = '"""' if rest.startswith('"""') else rest[0]
        if mark[0] in "\"'":
            end = rest.find(mark, len(mark))
            if end < 0:
                line.refuse("a quote is not closed", "Close it")
            words.append(rest[len(mark) : end])
            rest = rest[end + len(mark) :]
            if rest and not rest[0].isspace():
                line.refuse("a closing quote is followed by more text", "Put a space between")
        else:
            word = re.split(r"\s", rest, maxsplit=1)[0]
            words.append(word)
            rest = rest[len(word) :]
        rest = rest.lstrip()
    return words


def plain_words(line: Line, text: str | None = None) -> list[str]:
    """Words of a command as they are written, also where its quotes do not match."""
    try:
        return words_of(line, text)
    except LammpsScriptError:
        return (line.text if text is None else text).split()


def joined(words: Iterable[str]) -> str:
    """Words as one command, quoted where they must be."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if re.fullmatch(r"[^\s\"'#&$]+", word):
        return word
    mark = next((mark for mark in ('"', "'") if mark not in word), '"""')
    return f"{mark}{word}{mark}"


def number(line: Line, word: str, name: str) -> float:
    """The number that a word is, as LAMMPS reads it (no NaN, no infinity, no hexadecimal)."""
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", word):
        line.refuse(f"{name} is {word!r}, which is no number", "Give a number")
    value = float(word)
    if abs(value) == float("inf"):
        line.refuse(f"{name} is {word!r}, which is too large", "Give a finite number")
    return value


def whole_number(line: Line, word: str, name: str) -> int:
    """The whole number that a word is."""
    if not re.fullmatch(r"[-+]?\d{1,9}", word):
        line.refuse(f"{name} is {word!r}, which is no whole number", "Give a whole number")
    return int(word)


def inside(line: Line, folder: Path | None, name: str, what: str) -> Path:
    """Path of a file named in a script, refused unless it lies in the script's folder or below.

    Links are followed first: a link that leads out of the folder is outside.
    """
    if folder is None:
        line.refuse(
            f"{what} {name} is named by a script that was given as text, so it has no folder",
            "Give the path of the script, or folder=",
        )
    try:
        path = (folder / name).resolve()
        within = path.is_relative_to(folder.resolve())
    except (OSError, ValueError):
        line.refuse(f"{what} {name[:SHOWN]!r} is no name of a file", "Correct it")
    if not within:
        line.refuse(
            f"{what} {name} lies outside the script's folder, and is not read",
            "Copy it beside the script and name it there",
        )
    return path


def text_of(line: Line, path: Path, what: str) -> str:
    """Text of a file that a line names."""
    try:
        return "\n".join(Source(path).lines())
    except FileNotFoundError:
        line.refuse(f"{what} {path.name} does not exist", "Put it there, or correct the name")
    except (OSError, FileFormatError) as error:
        line.refuse(f"{what} {path.name} cannot be read ({error})", "Correct it")
