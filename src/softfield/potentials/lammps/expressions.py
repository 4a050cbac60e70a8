"""Formulas of LAMMPS scripts: ``variable x equal ...`` and ``$(...)``.

A parser of its own for the grammar that LAMMPS has: numbers, ``v_name``, the constants PI,
yes, no, on, off, true, false, the functions below, and the operators, from loose to tight,

    || |^   &&   == !=   < <= > >=   + -   * / %   ^   - !  (in front of a number)

all of which group from the left, the last before ``^``: ``-2^2`` is 4 and ``2^3^2`` is 64,
as in LAMMPS. What only a running simulation knows (thermo keywords, computes, fixes, groups,
random numbers) is refused by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

#: name -> (number of arguments, function)
FUNCTIONS: dict[str, tuple[int, Callable[..., float]]] = {
    "sqrt": (1, math.sqrt),
    "exp": (1, math.exp),
    "ln": (1, math.log),
    "log": (1, math.log10),
    "abs": (1, abs),
    "sign": (1, lambda x: 1.0 if x >= 0 else -1.0),
    "sin": (1, math.sin),
    "cos": (1, math.cos),
    "tan": (1, math.tan),
    "asin": (1, math.asin),
    "acos": (1, math.acos),
    "atan": (1, math.atan),
    "atan2": (2, math.atan2),
    "ceil": (1, math.ceil),
    "floor": (1, math.floor),
    "round": (1, lambda x: math.floor(x) + (x - math.floor(x) >= 0.5)),
    "ternary": (3, lambda x, y, z: y if x != 0 else z),
}

CONSTANTS = {"PI": math.pi, "yes": 1.0, "on": 1.0, "true": 1.0, "no": 0.0, "off": 0.0, "false": 0.0}

#: Operators by how tightly they bind.
LEVELS: tuple[dict[str, Callable[[float, float], float]], ...] = (
    {
        "||": lambda a, b: float(a != 0 or b != 0),
        "|^": lambda a, b: float((a != 0) != (b != 0)),
    },
    {"&&": lambda a, b: float(a != 0 and b != 0)},
    {"==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b)},
    {
        "<": lambda a, b: float(a < b),
        "<=": lambda a, b: float(a <= b),
        ">": lambda a, b: float(a > b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: a / b, "%": math.fmod},
    {"^": math.pow},
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>\|\||\|\^|&&|==|!=|<=|>=|[-+*/%^<>!(),\[\]]))"
)

#: Deepest nesting of parentheses and signs; LAMMPS has no limit, no script needs more.
DEEPEST = 60


class FormulaError(Exception):
    """What is wrong with a formula, without the place where it stands."""


class Formula:
    """One formula, to be evaluated once.

    Parameters
    ----------
    text : str
    variable : callable
        name -> value of ``v_name``; raises FormulaError where there is none.
    type_of : callable
        label -> number, for ``label2type(atom,label)``.
    """

    def __init__(
        self,
        text: str,
        variable: Callable[[str], float],
        type_of: Callable[[str], int],
    ) -> None:
        self._text = text.strip()
        self._variable = variable
        self._type_of = type_of
        self._place = 0
        self._depth = 0
        self._next = self._token()

    def value(self) -> float:
        """The number that the formula stands for.

        Raises
        ------
        FormulaError
            If it is none, has no finite value, or needs what only a simulation knows.
        """
        try:
            result = float(self._level(0))
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise FormulaError(f"the formula {self._text!r} has no value ({error})") from None
        if self._next[1]:
            raise FormulaError(f"{self._next[1]!r} is not expected in the formula {self._text!r}")
        if not math.isfinite(result):
            raise FormulaError(f"the formula {self._text!r} has no finite value")
        return result

    def _token(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._place)
        if found is None:
            rest = self._text[self._place :].strip()
            if rest:
                raise FormulaError(f"{rest[0]!r} is not expected in the formula {self._text!r}")
            return "end", ""
        self._place = found.end()
        kind = str(found.lastgroup)
        return kind, found.group(kind)

    def _take(self) -> tuple[str, str]:
        taken, self._next = self._next, self._token()
        return taken

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise FormulaError(f"{sign!r} is missing in the formula {self._text!r}")

    def _level(self, level: int) -> float:
        if level == len(LEVELS):
            return self._signed()
        value = self._level(level + 1)
        while self._next[0] == "sign" and self._next[1] in LEVELS[level]:
            operator = LEVELS[level][self._take()[1]]
            value = operator(value, self._level(level + 1))
        return value

    def _signed(self) -> float:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(f"the formula {self._text[:40]!r}... is nested too deeply")
        try:
            if self._next == ("sign", "-"):
                self._take()
                return -self._signed()
            if self._next == ("sign", "!"):
                self._take()
                return float(self._signed() == 0)
            return self._atom()
        finally:
            self._depth -= 1

    def _atom(self) -> float:
        kind, text = self._take()
        if kind == "number":
            return float(text)
        if (kind, text) == ("sign", "("):
            value = self._level(0)
            self._expect(")")
            return value
        if kind == "word":
            return self._word(text)
        what = repr(text) if text else "its end"
        raise FormulaError(f"{what} is not expected in the formula {self._text!r}")

    def _word(self, word: str) -> float:
        if word.startswith("v_") and self._next[1] not in ("(", "["):
            return self._variable(word[2:])
        if word in CONSTANTS:
            return CONSTANTS[word]
        if word == "label2type" and self._next[1] == "(":
            return self._label()
        if word in FUNCTIONS and self._next[1] == "(":
            return self._call(word)
        raise FormulaError(
            f"{word!r} in the formula {self._text!r} is known to a running simulation at most"
        )

    def _call(self, name: str) -> float:
        self._expect("(")
        arguments = [self._level(0)]
        while self._next[1] == ",":
            self._take()
            arguments.append(self._level(0))
        self._expect(")")
        count, function = FUNCTIONS[name]
        if len(arguments) != count:
            raise FormulaError(
                f"{name}() takes {count} numbers, not {len(arguments)}, in the formula "
                f"{self._text!r}"
            )
        return float(function(*arguments))

    def _label(self) -> float:
        """``label2type(atom,label)``; a label may be anything but a comma or a parenthesis."""
        rest = re.match(r"\s*(\w+)\s*,\s*([^,()\s]+)\s*\)", self._text[self._place :])
        if rest is None or rest.group(1) != "atom":
            raise FormulaError(f"label2type needs (atom,label) in the formula {self._text!r}")
        self._place += rest.end()
        self._next = self._token()
        return float(self._type_of(rest.group(2)))
