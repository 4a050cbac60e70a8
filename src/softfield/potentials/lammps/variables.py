"""Variables of a LAMMPS script, and what ``$`` puts into its lines.

Styles that are static are kept: equal, index, string, internal, loop, format. The others
(getenv, python, file, atomfile, world, universe, uloop, vector, atom, timer) execute, read
the environment or a file, or exist in a running simulation only; nothing is executed or
read, and a value that is needed from them is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import NoReturn

from .expressions import Formula, FormulaError
from .lines import Line, quotes

#: Why a variable of each other style has no value here.
NOT_STATIC = {
    "getenv": "reads the environment",
    "python": "executes Python",
    "file": "reads a file line by line",
    "atomfile": "reads a file of values per atom",
    "world": "depends on the partition of a parallel run",
    "universe": "depends on the partition of a parallel run",
    "uloop": "depends on the partition of a parallel run",
    "vector": "is a vector",
    "atom": "has a value for each atom",
    "timer": "reads the clock",
}

#: Styles of which a second definition is ignored by LAMMPS.
KEPT = ("index", "loop", "world", "universe", "uloop", "file", "atomfile")

#: Deepest chain of variables that refer to one another.
DEEPEST = 50


@dataclass
class Variable:
    """``values`` in order, or a formula, or the reason that there is no value."""

    style: str
    values: list[str]
    line: Line | None = None
    reason: str = ""


class Variables:
    """The variables of a script at one point of it.

    Parameters
    ----------
    given : mapping of name -> value
        As ``-var name value`` on the command line of LAMMPS: they win over ``index``.
    type_of : callable
        Number of a type label, for ``label2type``.
    """

    def __init__(self, given: Mapping[str, object], type_of: Callable[[str], int]) -> None:
        self._known = {
            str(name): Variable("index", [_as_text(value)]) for name, value in given.items()
        }
        self._type_of = type_of
        self._open: list[str] = []

    def define(self, line: Line, words: list[str]) -> None:
        """``variable name style ...``"""
        if len(words) < 2:
            return  # LAMMPS refuses it; no pair needs it
        name, style, *rest = words
        if style == "delete":
            self._known.pop(name, None)
        elif style in KEPT and name in self._known:
            pass
        elif self._known.get(name, Variable(style, [])).style not in (style, "unknown"):
            old = self._known[name].style
            reason = f"has been one of style {old}, which LAMMPS does not let it leave"
            self._known[name] = Variable(style, [], line, reason)
        elif style in NOT_STATIC:
            self._known[name] = Variable(style, [], line, NOT_STATIC[style])
        elif style == "loop":
            self._known[name] = _loop(line, rest)
        elif style in ("equal", "internal", "string") and len(rest) != 1:
            reason = "needs one word; a formula or text with spaces must be quoted"
            self._known[name] = Variable(style, [], line, reason)
        elif style in ("equal", "internal", "string", "index", "format") and rest:
            self._known[name] = Variable(style, rest, line)
        else:
            self._known[name] = Variable(style, [], line, "is of no style that is known here")

    def advance(self, names: Iterable[str]) -> bool:
        """``next name ...``: the next value; after the last the variable is gone.

        Returns
        -------
        bool
            Whether that may have been so for one of them: LAMMPS passes over the next jump then.
        """
        ended = False
        for name in names:
            variable = self._known.get(name)
            if variable is None or variable.reason:
                ended = True
                continue
            variable.values = variable.values[1:]
            if not variable.values:
                del self._known[name]
                ended = True
        return ended

    def knows(self, name: str) -> bool:
        """Whether there is such a variable, with a value or without."""
        return name in self._known

    def taint(self, name: str, line: Line, reason: str) -> None:
        """From here on the value of ``name`` is unknown, for a reason."""
        self._known[name] = Variable("unknown", [], line, reason)

    def text(self, line: Line, name: str) -> str:
        """What ``${name}`` puts into a line."""
        try:
            return self._text(name)
        except FormulaError as error:
            self._refuse(line, error)

    def value(self, line: Line, name: str) -> float:
        """Value of ``v_name``."""
        try:
            return self._value(name)
        except FormulaError as error:
            self._refuse(line, error)

    def substituted(self, line: Line) -> str:
        """The text of a line with ``$x``, ``${x}`` and ``$(formula)`` replaced; not in quotes."""
        text, result, place = line.text, [], 0
        for at, character, quoted in quotes(text):
            if at < place:
                continue
            if character == "$" and not quoted:
                value, place = self._dollar(line, at)
                result.append(value)
            else:
                result.append(character)
        return "".join(result)

    def _dollar(self, line: Line, place: int) -> tuple[str, int]:
        """Replacement of the ``$`` at a place, and where the text goes on."""
        text = line.text
        following = text[place + 1 : place + 2]
        if following == "{":
            end = text.find("}", place)
            if end < 0:
                line.refuse("a ${ is not closed", "Close it with }")
            return self.text(line, text[place + 2 : end]), end + 1
        if following == "(":
            end = _closing(text, place + 1)
            if end < 0:
                line.refuse("a $( is not closed", "Close it with )")
            return self._immediate(line, text[place + 2 : end]), end + 1
        if not following.strip():
            line.refuse("a $ names no variable", "Write $x, ${name} or $(formula)")
        return self.text(line, following), place + 2

    def _immediate(self, line: Line, text: str) -> str:
        """``$(formula)`` or ``$(formula:%format)``."""
        formula, _, form = text.partition(":%")
        try:
            number = self.formula(formula)
        except FormulaError as error:
            self._refuse(line, error)
        return _formatted(line, f"%{form}" if form else "%.20g", number)

    def formula(self, text: str) -> float:
        """Value of a formula; raises FormulaError."""
        return Formula(text, self._value, self._type_of).value()

    def _find(self, name: str) -> Variable:
        variable = self._known.get(name)
        if variable is None:
            raise FormulaError(f"there is no variable {name!r}")
        if variable.reason:
            where = f", defined on line {variable.line.number}," if variable.line else ""
            raise FormulaError(
                f"the variable {name!r}{where} of style {variable.style} {variable.reason}"
                if variable.style != "unknown"
                else f"the variable {name!r} {variable.reason}"
            )
        return variable

    def _guarded(self, name: str, evaluate: Callable[[], float]) -> float:
        if name in self._open:
            raise FormulaError(f"the variable {name!r} refers to itself")
        if len(self._open) >= DEEPEST:
            raise FormulaError("variables refer to one another too deeply")
        self._open.append(name)
        try:
            return evaluate()
        finally:
            self._open.pop()

    def _text(self, name: str) -> str:
        variable = self._find(name)
        if variable.style in ("equal", "internal"):
            return "%.15g" % self._value(name)  # noqa: UP031 (the format of LAMMPS)
        if variable.style == "format":
            if variable.line is None or len(variable.values) != 2:
                raise FormulaError(f"the variable {name!r} needs a variable and a format")
            number = self._guarded(name, lambda: self._value(variable.values[0]))
            return _formatted(variable.line, variable.values[1], number)
        return variable.values[0]

    def _value(self, name: str) -> float:
        variable = self._find(name)
        if variable.style in ("equal", "internal"):
            return self._guarded(name, lambda: self.formula(variable.values[0]))
        text = self._text(name)
        try:
            return float(text)
        except ValueError:
            raise FormulaError(f"the variable {name!r} is {text!r}, which is no number") from None

    @staticmethod
    def _refuse(line: Line, error: FormulaError) -> NoReturn:
        line.refuse(str(error), 'Write the number itself, or give variables={"name": value}')


def _as_text(value: object) -> str:
    """Text, or a number as LAMMPS reads it; numbers of numpy have their name in their ``repr``."""
    if isinstance(value, str):
        return value
    if isinstance(value, Integral):
        return str(int(value))
    return repr(float(value)) if isinstance(value, Real) else str(value)


def _loop(line: Line, words: list[str]) -> Variable:
    """``loop N``, ``loop N M``, with ``pad``: its values as text."""
    padded = words[-1:] == ["pad"]
    bounds = words[:-1] if padded else words
    if not 1 <= len(bounds) <= 2 or not all(re.fullmatch(r"\d{1,9}", word) for word in bounds):
        return Variable("loop", [], line, "has bounds that are no whole numbers")
    last = int(bounds[-1])
    first = int(bounds[0]) if len(bounds) == 2 else 1
    width = len(str(last)) if padded else 0
    # The values are needed one at a time, and the first at most: ``next`` in a loop is refused.
    values = [str(n).zfill(width) for n in range(first, min(last, first + 1000) + 1)]
    return Variable("loop", values, line, "" if values else "has no values")


def _closing(text: str, place: int) -> int:
    """Place of the parenthesis that closes the one at ``place``, or -1."""
    depth = 0
    for end in range(place, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end
    return -1


def _formatted(line: Line, form: str, number: float) -> str:
    """A number in a format of C that takes one double."""
    if not re.fullmatch(r"%[-+ 0#]*\d{0,2}(\.\d{1,2})?[eEfFgG]", form):
        line.refuse(f"{form!r} is no format of one number", "Use one such as %.6g or %8.3f")
    return form % number
