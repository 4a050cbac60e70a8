"""One pair style of a script: its coefficients, and the law that they give a pair of types.

Types are counted from 0 here. A pair of types (a, b) has a <= b.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from ..table_noise import tell_noise
from .lines import Line, inside, number
from .styles import Mixing, PairStyle, Values
from .tables import TableLaw, read_table

Types = tuple[int, int]

#: Shares of the range at which a law must be finite; further in particles may be inside the core
#: of another.
OUTER = np.array([0.83, 0.97])

#: Shares of the range at which a law is looked at that may be zero everywhere.
ANYWHERE = np.linspace(0.02, 0.99, 40)

#: Coefficients in proportion to which laws are: where all of a law are zero, it is.
STRENGTHS = {"epsilon", "E0", "D0", "A", "C", "D", "H", "K", "K_n"}

#: Largest cutoff, in any unit of length: a box of twice that would hold 1e18 particles.
LARGEST_CUTOFF = 1e9

#: Exponents, by name, and beyond which energies of pairs that are close leave the range of numbers.
EXPONENTS, HIGHEST = {"gamma_R", "gamma_A", "n", "m"}, 1000.0


@dataclass(frozen=True)
class Context:
    """What statements about pairs need to know of the rest of the script.

    Attributes
    ----------
    n_types : int
    labels : label -> type, from 0
    folder : of the script, for table files
    units : of the script
    diameters : (S,) of the particles of each type, for granular styles, or None
    variable : value of ``v_name``, for hybrid/scaled
    """

    n_types: int
    labels: Mapping[str, int]
    folder: Path | None
    units: str
    diameters: tuple[float, ...] | None
    variable: Callable[[Line, str], float]


@dataclass(frozen=True, eq=False)
class Member:
    """The law of one sub-style between one pair of types.

    Attributes
    ----------
    style : name, without suffix
    law : a registered style, or a table
    values : parameters, empty for tables
    reach : range, length
    offset : what ``shift yes`` subtracts
    tail : (energy, pressure) of ``tail yes``, times volume and volume^2, per N_a N_b
    scale : of hybrid/scaled, otherwise 1
    """

    style: str
    law: PairStyle | TableLaw
    values: Values
    reach: float
    offset: float = 0.0
    tail: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0


class SubStyle(Protocol):
    """One pair style with its coefficients and modifications."""

    name: str
    line: Line
    mixing: Mixing
    shift: bool
    tail: bool

    def coefficients(self, line: Line, pairs: list[Types], words: list[str]) -> None: ...

    def has(self, pair: Types) -> bool: ...

    def member(self, pair: Types, scale: float) -> Member | None:
        """The law between a pair of types; None if neither given nor mixed."""
        ...


@dataclass
class FormulaSubStyle:
    """A style of the registry."""

    name: str
    line: Line
    style: PairStyle
    settings: Values
    context: Context
    mixing: Mixing = field(default_factory=Mixing)
    shift: bool = False
    tail: bool = False
    given: dict[Types, Values] = field(default_factory=dict)
    _made: dict[Hashable, Member] = field(default_factory=dict)

    def coefficients(self, line: Line, pairs: list[Types], words: list[str]) -> None:
        style = self.style
        names = style.coefficients
        all_names = (*names, *style.cutoffs)
        if len(words) not in (len(names), len(all_names)):
            cutoffs = f" [{' '.join(style.cutoffs)}]" if style.cutoffs else ""
            line.refuse(
                f"pair style {self.name} has {len(words)} coefficients here",
                f"Give {' '.join(names) or 'none'}{cutoffs}",
            )
        if len(words) == len(names) and not set(style.cutoffs) <= set(self.settings):
            line.refuse("there is no cutoff, neither here nor in pair_style", "Give it")
        values = dict(self.settings)
        values |= {n: number(line, w, n) for n, w in zip(all_names, words, strict=False)}
        self._check(line, values)
        for pair in pairs:
            self.given[pair] = values | self._contact(pair)

    def _check(self, line: Line, values: Values) -> None:
        lengths = {*self.style.cutoffs, *self.style.positive} & set(values)
        wrong = [name for name in sorted(lengths) if not values[name] > 0]
        if wrong:
            line.refuse(f"{wrong[0]} = {values[wrong[0]]:g} must be positive", "Correct it")
        steep = [name for name in sorted(EXPONENTS & set(values)) if abs(values[name]) > HIGHEST]
        if steep:
            line.refuse(
                f"{steep[0]} = {values[steep[0]]:g} is an exponent beyond {HIGHEST:g}",
                "Correct it",
            )
        reach = sum(values.get(name, 0.0) for name in self.style.reach)
        if reach > LARGEST_CUTOFF:
            line.refuse(
                f"the cutoff {reach:g} is larger than any box allows, whose edges must be twice it",
                "Give a few diameters of a particle, in the units of the script",
            )
        if values.get("inner", 0.0) > values.get("cut", np.inf):
            line.refuse("the inner cutoff is beyond the outer one", "Correct them")
        if "gamma_R" in values and not values["gamma_R"] > values["gamma_A"]:
            line.refuse("gamma_R must be larger than gamma_A", "Correct them")
        if "delta" in values and not values["cut"] + values["delta"] > 0:
            line.refuse("cutoff and delta add up to no positive distance", "Correct them")

    def _contact(self, pair: Types) -> Values:
        """Sum of radii, and reduced radius, of granular styles."""
        if not self.style.granular or self.context.diameters is None:
            return {}
        a, b = (0.5 * self.context.diameters[kind] for kind in pair)
        return {"contact": a + b, "reduced": a * b / (a + b)}

    def has(self, pair: Types) -> bool:
        return pair in self.given

    def member(self, pair: Types, scale: float) -> Member | None:
        values = self.given.get(pair) or self._mixed(pair)
        if values is None:
            return None
        key = (*values.items(), scale, self.shift, self.tail)
        if key not in self._made:  # of many types, most pairs are alike
            self._made[key] = self._member(pair, values, scale)
        return self._made[key]

    def _member(self, pair: Types, values: Values, scale: float) -> Member:
        reach = sum(values.get(name, np.inf) for name in self.style.reach)
        try:
            offset, tail = self._beyond(reach, values)
            outer = self.style.law(reach * OUTER, values) if np.isfinite(reach) else np.ones(2)
            finite = bool(np.isfinite([offset, *tail, *outer.flat]).all())
        except (OverflowError, ValueError, ZeroDivisionError):
            finite = False
        if not finite:
            self.line.refuse(
                f"the parameters of types {pair[0] + 1} and {pair[1] + 1} give no finite energy, "
                "force or derivative near the cutoff",
                "Correct them",
            )
        if scale == 0 or not self._acts(reach, values):
            reach = 0.0  # an interaction of strength zero is none
        return Member(self.name, self.style, values, reach, offset, tail, scale)

    def _acts(self, reach: float, values: Values) -> bool:
        """Whether the law is anything but zero, as it is without strength, or without size."""
        if not any(values[name] for name in STRENGTHS & set(values)):
            return False
        if not np.isfinite(reach):
            return True
        with np.errstate(all="ignore"):  # what overflows is not zero
            return bool(np.any(self.style.law(reach * ANYWHERE, values)))

    def _beyond(self, reach: float, values: Values) -> tuple[float, tuple[float, float]]:
        """What ``shift`` subtracts and ``tail`` adds."""
        offset, tail = 0.0, (0.0, 0.0)
        if self.shift and self.style.shift:
            law = self.style.shifted_by or self.style.law
            offset = float(law(np.array([reach]), values)[0, 0])
        if self.tail and self.style.tail:
            energy, virial = self.style.tail(values)
            tail = 2 * np.pi * energy, -2 * np.pi / 3 * virial
        return offset, tail

    def _mixed(self, pair: Types) -> Values | None:
        a, b = (self.given.get((kind, kind)) for kind in pair)
        if self.style.mix is None or a is None or b is None:
            return None
        try:
            return self.settings | self.style.mix(a, b, self.mixing)
        except (ValueError, ZeroDivisionError, OverflowError):
            self.line.refuse(
                f"the parameters of types {pair[0] + 1} and {pair[1] + 1} cannot be mixed by the "
                f"{self.mixing.rule} rule",
                f"Give pair_coeff {pair[0] + 1} {pair[1] + 1}",
            )


@dataclass
class TableSubStyle:
    """Pair style table."""

    name: str
    line: Line
    interpolation: str
    points: int
    context: Context
    mixing: Mixing = field(default_factory=Mixing)
    shift: bool = False
    tail: bool = False
    given: dict[Types, TableLaw] = field(default_factory=dict)

    def coefficients(self, line: Line, pairs: list[Types], words: list[str]) -> None:
        if len(words) not in (2, 3):
            line.refuse(
                f"pair style table has {len(words)} coefficients here",
                "Give a file, a section, and a cutoff if it is to be shorter",
            )
        path = inside(line, self.context.folder, words[0], "the table file")
        section = read_table(line, path, words[1], self.context.units)
        order = np.argsort(section.r)
        what = f"the forces of {path.name}, section {words[1]},"
        tell_noise(section.r[order], section.force[order], 3, 2, what)
        cut = number(line, words[2], "the cutoff") if len(words) == 3 else section.high
        law = TableLaw(line, section, self.interpolation, self.points, cut)
        self.given |= dict.fromkeys(pairs, law)

    def has(self, pair: Types) -> bool:
        return pair in self.given

    def member(self, pair: Types, scale: float) -> Member | None:
        law = self.given.get(pair)
        if law is None:
            return None
        acts = scale and law.section.acts
        return Member(self.name, law, {}, law.cut if acts else 0.0, scale=scale)
