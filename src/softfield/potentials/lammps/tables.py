"""Pair style ``table`` of LAMMPS: its files, and the four ways in which it interpolates.

LAMMPS fits clamped cubic splines in r through the energies and through the forces of the
file, samples both at N points, evenly spaced in r^2 (or, for ``bitmap``, in the bits of a
single-precision r^2), and interpolates energy and force/r *separately* in r^2:

spline
    cubic splines in q = r^2. Here g0 is LAMMPS' energy, g1 = -(f/r) its force, and g2, g3
    the exact derivatives of that force.
linear, bitmap, lookup
    straight lines between the points, or steps. Here g0 and g1 are LAMMPS' energy and force,
    while g2 and g3 are derivatives of the smooth spline that was sampled: those of broken
    lines are steps and spikes that depend on N, which nobody means by the force law.

Energy and force are thus LAMMPS' to rounding. The force is the slope of the energy as well as
the table's spacing allows, in LAMMPS and here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from ...errors import OverlapError
from ...glass import FloatArray
from ..scaled import by_squared_distance
from .lines import Line, number, text_of, whole_number

INTERPOLATIONS = ("lookup", "linear", "spline", "bitmap")

#: What pair_style table may say of long-range forces, which change nothing between pairs.
LONG_RANGE = ("ewald", "pppm", "msm", "dispersion", "tip4p")

#: Share of a spacing over which LAMMPS takes the slope of the force at both ends.
SECANT = 0.1

#: Longest table that is built, as many points.
LONGEST = 2**24


@dataclass(frozen=True, eq=False)
class TableSection:
    """One section of a table file.

    Attributes
    ----------
    r, energy, force : (K,) as LAMMPS uses them: r is recomputed where the section has R,
        RSQ or BITMAP
    spacing : "", "R", "RSQ" or "BITMAP"
    low, high : of R, RSQ, BITMAP; otherwise the first and last r
    slopes : derivatives of the force at both ends, if the section gives them (FPRIME)
    """

    r: FloatArray
    energy: FloatArray
    force: FloatArray
    spacing: str
    low: float
    high: float
    slopes: tuple[float, float] | None

    @property
    def acts(self) -> bool:
        """Whether the law is anything but zero."""
        return bool(self.energy.any() or self.force.any() or any(self.slopes or ()))


def read_table(line: Line, path: Path, keyword: str, units: str) -> TableSection:
    """The section ``keyword`` of a table file, for a script in some units.

    Raises
    ------
    LammpsScriptError
        With the line of the script, and that of the file where it is damaged.
    """
    text = text_of(line, path, "the table file")
    _check_units(line, text, path.name, units)
    lines = list(_content(text, path.name))
    for place, head in enumerate(lines):
        if head.text.split()[0] == keyword:  # as LAMMPS finds it, whatever stands before
            rest = iter(lines[place + 1 :])
            return _section(head, _options(next(rest, None) or head), rest)
    names = [head.text.split()[0] for head, n in pairwise(lines) if "N" in n.text.split()]
    known = ", ".join(names[:20]) or "none"
    return line.refuse(
        f"{path.name} has no section {keyword}; its sections are {known}", "Name one of them"
    )


def _check_units(line: Line, text: str, name: str, units: str) -> None:
    """The first line with text may say ``UNITS: metal``; LAMMPS converts some, we none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    told = re.search(r"\bUNITS:\s*(\w+)", first)
    if told and told.group(1) != units:
        line.refuse(
            f"{name} is in units {told.group(1)}, the script in units {units}",
            "Write the table in the units of the script",
        )


def _content(text: str, name: str) -> Iterator[Line]:
    for row, content in enumerate(text.splitlines(), start=1):
        stripped = content.split("#")[0].strip()
        if stripped:
            yield Line(name, row, stripped)


@dataclass
class _Options:
    line: Line
    count: int = 0
    spacing: str = ""
    low: float = 0.0
    high: float = 0.0
    slopes: tuple[float, float] | None = None


def _options(line: Line) -> _Options:
    """``N 500 R 0.8 2.5 FP 0 0``"""
    options, words = _Options(line), iter(line.text.split())
    for word in words:
        if word == "N":
            options.count = whole_number(line, next(words, ""), "N")
        elif word in ("R", "RSQ", "BITMAP"):
            options.spacing = word
            options.low = number(line, next(words, ""), f"the first number of {word}")
            options.high = number(line, next(words, ""), f"the second number of {word}")
        elif word == "FPRIME":  # "FP", of the documentation once, is refused by param_extract
            low, high = (number(line, next(words, ""), "a slope") for _ in range(2))
            options.slopes = low, high
        else:
            line.refuse(f"{word!r} is not expected here", "Give N, R, RSQ, BITMAP or FPRIME")
    if not 2 <= options.count <= LONGEST:
        line.refuse(f"a table of {options.count} points is no table", "Give N, at least 2")
    if options.spacing and not 0 < options.low < options.high:
        line.refuse("the distances must be positive and increase", "Correct them")
    return options


def _section(head: Line, options: _Options, lines: Iterator[Line]) -> TableSection:
    rows = []
    for row in range(options.count):
        line = next(lines, None)
        if row == 0 and line is not None and line.number == options.line.number + 1:
            line.refuse(
                "a point follows its N without an empty line between, and LAMMPS passes it over",
                "Put an empty line between",
            )
        if line is None:
            head.refuse(
                f"the section ends after {row} of {options.count} points",
                "Complete the file, or correct N",
            )
        words = line.text.split()
        if len(words) < 4:
            line.refuse(
                f"point {row + 1} of section {head.text.split()[0]} has {len(words)} numbers",
                "Give four: index, r, energy and force",
            )
        whole_number(line, words[0], "the index")
        # LAMMPS passes over what follows the fourth number
        rows.append([number(line, word, "a number of the table") for word in words[1:4]])
    given, energy, force = np.array(rows).T
    r = _distances(options, given)
    if options.spacing and given[0] == 0:  # some programs write it so; LAMMPS computes r anyway
        given[0] = r[0]
    increasing = np.sort(r) if options.spacing == "BITMAP" else r
    if not (r > 0).all() or not (np.diff(increasing) > 0).all():
        head.refuse("the distances must be positive and increase", "Correct the table")
    if (np.abs(r - given) > 1e-4 * np.abs(given)).any():
        options.line.refuse(
            "the distances that stand in the table are not those that N and "
            f"{options.spacing} give, which is what LAMMPS uses",
            f"Correct either, or leave {options.spacing} out",
        )
    low = options.low if options.spacing else float(r[0])
    high = options.high if options.spacing else float(r[-1])
    return TableSection(r, energy, force, options.spacing, low, high, options.slopes)


def _distances(options: _Options, given: FloatArray) -> FloatArray:
    low, high = options.low, options.high
    # in LAMMPS' order: whether the last one is high to the last bit decides on FPRIME there
    steps, bins = np.arange(options.count, dtype=np.float64), options.count - 1
    if options.spacing == "R":
        return low + (high - low) * steps / bins
    if options.spacing == "RSQ":
        return np.sqrt(low * low + (high * high - low * low) * steps / bins)
    if options.spacing == "BITMAP":
        bits = options.count.bit_length() - 1
        if 1 << bits != options.count:
            options.line.refuse("a bitmapped table has 2^n points", "Correct N")
        squares = Bitmap.between(options.line, low, high, bits).squares
        return np.sqrt(squares.astype(np.float64))
    return given


@dataclass(frozen=True, eq=False)
class Bitmap:
    """Bins of r^2 by the leading bits of a single-precision number.

    ``squares`` (2^n,) float32: lower edge of each bin, in the order of the bits.
    """

    squares: npt.NDArray[np.float32]
    mask: int
    shift: int

    @staticmethod
    def between(line: Line, low: float, high: float, bits: int) -> Bitmap:
        """Bins from r = low to r = high, as LAMMPS lays them out."""
        exponent = int(np.floor(np.log2(low * low)))
        needed, exponent_bits = high * high / 2.0**exponent, 0
        while 2.0 ** (2.0**exponent_bits) < needed:
            exponent_bits += 1
        mantissa_bits = bits - exponent_bits
        if not 3 <= mantissa_bits <= 23:
            line.refuse(
                f"2^{bits} points cannot cover r = {low:g} to {high:g} bit by bit",
                "Choose another N, or spline",
            )
        shift = 23 - mantissa_bits
        mask = (1 << (bits + shift)) - 1
        ends = np.array([low * low, high * high], dtype=np.float32).view(np.int32) & ~mask
        codes = np.arange(1 << bits, dtype=np.int32) << shift
        squares = (codes | ends[0]).astype(np.int32).view(np.float32)
        above = (codes | ends[1]).astype(np.int32).view(np.float32)
        below = squares.astype(np.float64) < low * low  # low^2 is not rounded to single
        return Bitmap(np.where(below, above, squares), mask, shift)

    def bins(self, squared: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Bin of each single-precision r^2."""
        return ((squared.view(np.int32) & self.mask) >> self.shift).astype(np.int64)


@dataclass(frozen=True, eq=False)
class TableLaw:
    """A section of a table as LAMMPS interpolates it, up to ``cut``.

    Attributes
    ----------
    line : of the pair_coeff
    interpolation : one of INTERPOLATIONS
    points : N of pair_style table; for bitmap the number of bits
    """

    line: Line
    section: TableSection
    interpolation: str
    points: int
    cut: float

    def __post_init__(self) -> None:
        section = self.section
        if not section.low < self.cut <= section.high:
            self.line.refuse(
                f"the cutoff {self.cut:g} does not lie in the table, which reaches from "
                f"{section.low:g} to {section.high:g}",
                "Choose one that does",
            )
        if section.spacing == "BITMAP" and not self._matches:
            self.line.refuse(
                "a bitmapped table must be used as it is: pair_style table bitmap with its "
                "number of bits and its cutoff",
                "Do so, or write the table with R or RSQ",
            )
        if self.interpolation == "bitmap":
            _ = self._bitmap  # refused now rather than on use

    @property
    def _matches(self) -> bool:
        """Whether LAMMPS takes the points of the file as they are."""
        section = self.section
        count = len(section.r)
        if self.interpolation == "linear":
            same = count == self.points and section.spacing == "RSQ"
        else:
            same = (
                self.interpolation == "bitmap"
                and section.spacing == "BITMAP"
                and count == 1 << self.points
            )
        return same and section.high == self.cut

    @cached_property
    def _splines(self) -> tuple[CubicSpline, CubicSpline]:
        """Clamped cubic splines in r through energies and forces of the file."""
        order = np.argsort(self.section.r)
        r, e, f = (a[order] for a in (self.section.r, self.section.energy, self.section.force))
        slopes = self.section.slopes or (
            (f[1] - f[0]) / (r[1] - r[0]),
            (f[-1] - f[-2]) / (r[-1] - r[-2]),
        )
        return _clamped(r, e, -f[0], -f[-1]), _clamped(r, f, *slopes)

    @cached_property
    def _sampled(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """r^2, energy and force/r at N points."""
        low, high = self.section.low**2, self.cut**2
        steps = np.arange(self.points, dtype=np.float64)
        squares: FloatArray = low + steps * ((high - low) / (self.points - 1))
        if self._matches:
            return squares, self.section.energy, self.section.force / np.sqrt(squares)
        return squares, *self._at(np.sqrt(squares))

    def _at(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        energy, force = self._splines
        return energy(r), force(r) / r

    @cached_property
    def _bitmap(self) -> Bitmap:
        return Bitmap.between(self.line, self.section.low, self.cut, self.points)

    @property
    def lowest(self) -> float:
        """Distance below which LAMMPS stops."""
        if self.interpolation == "bitmap":
            return float(np.sqrt(self._bitmap.squares.min().astype(np.float64)))
        return self.section.low

    def derivatives(self, squared_distance: FloatArray) -> FloatArray:
        """(4, P) g0 ... g3 at squared distances below cut^2.

        Raises
        ------
        OverlapError
            If a pair is closer than the table reaches; LAMMPS stops there too.
        """
        q = squared_distance
        if q.size and q.min() < self.lowest**2 * (1 - 1e-15):
            raise OverlapError(
                f"a pair is {np.sqrt(q.min()):.6g} apart, closer than the table of "
                f"{self.line.source}, line {self.line.number}, reaches ({self.lowest:.6g}). "
                "Extend the table to shorter distances, or relax overlaps first."
            )
        if self.interpolation == "spline":
            energy, force = self._cubic
            return np.array([energy(q), -force(q), -2.0 * force(q, 1), -4.0 * force(q, 2)])
        force = self._splines[1]
        r = np.sqrt(q)
        rows = by_squared_distance(
            np.array([np.zeros_like(r), -force(r), -force(r, 1), -force(r, 2)]),
            r,
            np.ones_like(r),
        )
        interpolate = {"linear": self._lines, "lookup": self._steps, "bitmap": self._bits}
        rows[0], force_by_r = interpolate[self.interpolation](q)
        rows[1] = -force_by_r
        return rows

    @cached_property
    def _cubic(self) -> tuple[CubicSpline, CubicSpline]:
        """Cubic splines in r^2 of energy and force/r, with the end slopes of LAMMPS."""
        squares, energy, by_r = self._sampled
        low, high = np.sqrt(squares[0]), self.cut
        step = SECANT * (squares[-1] - squares[0]) / (self.points - 1)
        slopes = self.section.slopes
        if slopes:
            first = (slopes[0] / low - by_r[0] / low) / (2 * low)
        else:
            first = (self._at(np.sqrt(squares[:1] + step))[1][0] - by_r[0]) / step
        if slopes and self.cut == self.section.r[-1]:
            last = (slopes[1] / high - by_r[-1] / high) / (2 * high)
        else:
            last = (by_r[-1] - self._at(np.sqrt(np.array([high**2 - step])))[1][0]) / step
        return (
            _clamped(squares, energy, -by_r[0] / 2, -by_r[-1] / 2),
            _clamped(squares, by_r, first, last),
        )

    def _lines(self, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        squares, energy, by_r = self._sampled
        return np.interp(q, squares, energy), np.interp(q, squares, by_r)

    @cached_property
    def _middles(self) -> tuple[FloatArray, FloatArray]:
        """Energy and force/r in the middle of each of N - 1 bins."""
        low, high = self.section.low**2, self.cut**2
        step = (high - low) / (self.points - 1)
        return self._at(np.sqrt(low + (np.arange(self.points - 1) + 0.5) * step))

    def _steps(self, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = self.section.low**2, self.cut**2
        place = ((q - low) * ((self.points - 1) / (high - low))).astype(np.int64)
        place = np.clip(place, 0, self.points - 2)
        return self._middles[0][place], self._middles[1][place]

    @cached_property
    def _edges(self) -> tuple[FloatArray, ...]:
        """r^2, energy and force/r at the lower edge of each bin of bits, and their slopes."""
        squares = self._bitmap.squares
        r = np.sqrt(squares.astype(np.float64))
        if self._matches:
            energy, by_r = self.section.energy, self.section.force / r
        else:
            energy, by_r = self._at(r)
        q = squares.astype(np.float64)
        top = (int(np.argmin(q)) - 1) % len(q)
        d_q, d_e, d_f = (np.roll(a, -1) - a for a in (q, energy, by_r))
        last = np.float32(self.cut**2)
        if self._matches:
            d_q[top], d_e[top], d_f[top] = d_q[top - 1], d_e[top - 1], d_f[top - 1]
        elif q[top] < last:
            end = self._at(np.sqrt(np.array([last], dtype=np.float64)))
            d_q[top] = float(last) - q[top]
            d_e[top], d_f[top] = end[0][0] - energy[top], end[1][0] - by_r[top]
        return q, energy, by_r, d_e / d_q, d_f / d_q

    def _bits(self, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        single = q.astype(np.float32)
        place = self._bitmap.bins(single)
        squares, energy, by_r, slope_e, slope_f = self._edges
        beyond = single.astype(np.float64) - squares[place]
        return energy[place] + beyond * slope_e[place], by_r[place] + beyond * slope_f[place]


def _clamped(x: FloatArray, y: FloatArray, first: float, last: float) -> CubicSpline:
    """Cubic spline with given slopes at both ends."""
    return CubicSpline(x, y, bc_type=((1, float(first)), (1, float(last))))
