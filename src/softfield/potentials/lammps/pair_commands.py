"""What ``pair_style``, ``pair_coeff`` and ``pair_modify`` add up to, in their order.

Types are counted from 0 here. A pair of types (a, b) has a <= b.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .lines import Line, number, whole_number
from .refusals import HYBRIDS, is_style_name, plain_name, refuse_style
from .styles import STYLES, Mixing, PairStyle
from .sub_styles import Context, FormulaSubStyle, Member, SubStyle, TableSubStyle, Types
from .tables import INTERPOLATIONS, LONG_RANGE, LONGEST

#: Stands for the numbers of ``pair_style`` where write_coeff has left them out.
FROM_COEFF_FILE = "write_coeff"


def types_named(word: str, labels: Mapping[str, int], n_types: int) -> range | None:
    """Types from 0 that a label, ``2``, ``2*``, ``*3``, ``2*3`` or ``*`` names; else None."""
    if word in labels:
        return range(labels[word], labels[word] + 1)
    if not re.fullmatch(r"\d{1,9}|\d{0,9}\*\d{0,9}", word):
        return None
    low, star, high = word.partition("*")
    first = int(low or 1)
    return range(first - 1, int(high or n_types) if star else first)


class PairCommands:
    """Takes the statements about pairs one by one; :meth:`members` is what they amount to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._style = ""
        self._written = ("", "")
        self._suffix, self._former_suffix = "", ""
        self._line: Line | None = None
        self._subs: list[SubStyle] = []
        self._scales: list[float] = []
        self._assigned: dict[Types, list[int]] = {}
        self._whole = {"shift": False, "tail": False}
        self._unread: tuple[Line, str] | None = None
        self._since: set[Types] = set()

    def take(self, command: str, line: Line, words: list[str]) -> None:
        """``pair_style``, ``pair_coeff``, ``pair_modify``, ``suffix``, unread ``read_data``."""
        takers = {
            "pair_style": self.style,
            "pair_coeff": self.coeff,
            "pair_modify": self.modify,
            "suffix": self.suffix,
            "read_data": self.unread,
        }
        takers[command](line, words)

    # --- pair_style ---

    def style(self, line: Line, words: list[str]) -> None:
        """``pair_style name ...``"""
        if not words:
            line.refuse("pair_style names no style", "Name one")
        name = plain_name(words[0])
        same = self._again(line, words[0])
        old = self._subs
        self._written = (words[0], self._suffix)
        if not same:
            self._unread, self._whole = None, {"shift": False, "tail": False}
        self._line, self._style, self._subs, self._scales = line, name, [], []
        if name == "none":
            return
        if name in HYBRIDS:
            self._hybrid(line, words[1:], scaled=name == "hybrid/scaled")
            self._assigned = {}
            return
        sub = self._sub_style(line, words)
        if same and isinstance(sub, FormulaSubStyle) and isinstance(old[0], FormulaSubStyle):
            _restyle(old[0], sub)
        self._subs, self._scales = [sub], [1.0]

    def _again(self, line: Line, word: str) -> bool:
        """Whether it is the style before, which keeps its coefficients and modifications.

        One with another suffix is another style; with ``suffix``, that is what the build has.
        """
        name, (before, suffix) = plain_name(word), self._written
        if name != self._style or name in ("table", *HYBRIDS):
            return False
        if (before, suffix) != (word, self._suffix) and (suffix or self._suffix):
            line.refuse(
                f"pair style {name} is stated again with another suffix, and keeps what was said "
                "of it only where LAMMPS has no accelerated version",
                "Remove the first, or the command suffix",
            )
        return before == word

    def _sub_style(self, line: Line, words: list[str]) -> SubStyle:
        name = plain_name(words[0])
        if name == "table":
            return self._table(line, words[1:])
        style = STYLES.get(name)
        if style is None:
            refuse_style(line, words[0])
            raise AssertionError("a refusal raises")
        if style.granular:
            return self._granular(line, name, style, words[1:])
        if words[1:] == [FROM_COEFF_FILE]:
            return self._of_coeff_file(line, name, style)
        if name == "zero":
            words = [word for word in words if word not in ("nocoeff", "full")]
        if len(words) - 1 != len(style.settings):
            line.refuse(
                f"pair_style {words[0]} has {len(words) - 1} numbers",
                f"Give {' '.join(style.settings) or 'none'}",
            )
        settings = {n: number(line, w, n) for n, w in zip(style.settings, words[1:], strict=True)}
        sub = FormulaSubStyle(name, line, style, settings, self._context)
        sub._check(line, settings)
        return sub

    def _of_coeff_file(self, line: Line, name: str, style: PairStyle) -> SubStyle:
        """The style that write_coeff names: every line has its cutoffs, or it does not do."""
        if not set(style.settings) <= set(style.cutoffs):
            line.refuse(
                "write_coeff does not keep the numbers of this pair_style", "Put pair_style before"
            )
        return FormulaSubStyle(name, line, style, {}, self._context)

    def _granular(self, line: Line, name: str, style: PairStyle, words: list[str]) -> SubStyle:
        """``gran/hooke K_n K_t gamma_n gamma_t x_mu dampflag``; K_t, gamma_t may be NULL."""
        words = words[: words.index("limit_damping")] if "limit_damping" in words else words
        if len(words) != len(style.settings):
            line.refuse(
                f"pair_style {name} has {len(words)} numbers", f"Give {' '.join(style.settings)}"
            )
        settings = {
            n: number(line, w, n)
            for n, w in zip(style.settings, words, strict=True)
            if not (w == "NULL" and n in ("K_t", "gamma_t"))
        }
        if not settings["K_n"] > 0:
            line.refuse("K_n must be positive", "Correct it")
        return FormulaSubStyle(name, line, style, settings, self._context)

    def _table(self, line: Line, words: list[str]) -> TableSubStyle:
        if len(words) < 2 or words[0] not in INTERPOLATIONS:
            line.refuse(
                f"pair_style table needs one of {', '.join(INTERPOLATIONS)} and a number of points",
                "Give both",
            )
        unknown = [word for word in words[2:] if word not in LONG_RANGE]
        if unknown:
            line.refuse(
                f"{unknown[0]!r} is not expected here",
                f"Behind the number of points there may be {', '.join(LONG_RANGE)}",
            )
        points = whole_number(line, words[1], "the number of points")
        most = 24 if words[0] == "bitmap" else LONGEST
        if not 2 <= points <= most:
            line.refuse(f"{points} points cannot be used", f"Give 2 to {most}")
        return TableSubStyle("table", line, words[0], points, self._context)

    def _hybrid(self, line: Line, words: list[str], scaled: bool) -> None:
        place = 0
        while place < len(words):
            scale = 1.0
            if scaled:
                scale = self._scale(line, words[place])
                place += 1
            if place >= len(words) or not is_style_name(words[place]):
                word = words[place] if place < len(words) else "the end of the line"
                if place < len(words):
                    refuse_style(line, word)
                line.refuse("a pair style is missing at the end", "Name it")
            end = place + 1
            while end < len(words) and not is_style_name(words[end]):
                end += 1
            # A scale in front of the next style belongs to that.
            stop = end - 1 if scaled and end < len(words) else end
            if plain_name(words[place]) in ("none", *HYBRIDS):
                line.refuse(f"{words[place]} cannot be a sub-style", "Leave it out")
            self._subs.append(self._sub_style(line, words[place:stop]))
            self._scales.append(scale)
            place = stop
        if not self._subs:
            line.refuse("pair_style hybrid names no sub-style", "Name them")

    def _scale(self, line: Line, word: str) -> float:
        if word.startswith("v_"):
            return self._context.variable(line, word[2:])
        return number(line, word, "the scale factor")

    # --- pair_coeff ---

    def coeff(self, line: Line, words: list[str]) -> None:
        """``pair_coeff I J ...``"""
        self._need_style(line, "pair_coeff")
        if len(words) < 2:
            line.refuse("pair_coeff needs two types", "Give them")
        pairs = self.pairs(line, words[0], words[1])
        if self._unread is not None:
            self._since |= set(pairs)
        rest = words[2:]
        if self._style not in HYBRIDS:
            self._subs[0].coefficients(line, pairs, rest)
            return
        if not rest:
            line.refuse("pair_coeff names no sub-style of the hybrid style", "Name it")
        if rest[0] == "none":
            self._assigned |= {pair: [] for pair in pairs}
            return
        index, rest = self._named(line, rest)
        self._subs[index].coefficients(line, pairs, rest)
        for pair in pairs:
            assigned = self._assigned.get(pair, [])
            if self._style == "hybrid":
                self._assigned[pair] = [index]
            elif index not in assigned:
                self._assigned[pair] = [*assigned, index]

    def _named(self, line: Line, words: list[str]) -> tuple[int, list[str]]:
        """Index of the sub-style that words begin with, and what follows."""
        name = plain_name(words[0])
        alike = [k for k, sub in enumerate(self._subs) if sub.name == name]
        if not alike:
            names = ", ".join(sub.name for sub in self._subs)
            line.refuse(f"{words[0]} is no sub-style; there are {names}", "Name one of them")
        if len(alike) == 1:
            return alike[0], words[1:]
        which = words[1] if len(words) > 1 else ""
        if not re.fullmatch(r"\d{1,4}", which) or not 1 <= int(which) <= len(alike):
            line.refuse(
                f"there are {len(alike)} sub-styles {name}", f"Follow it by 1 to {len(alike)}"
            )
        return alike[int(which) - 1], words[2:]

    def pairs(self, line: Line, first: str, second: str) -> list[Types]:
        rows, columns = (self._range(line, word) for word in (first, second))
        if "*" not in first + second:
            return [(min(rows[0], columns[0]), max(rows[0], columns[0]))]
        pairs = [(a, b) for a in rows for b in columns if a <= b]
        if not pairs:
            line.refuse(
                "no pair of types lies in these ranges (of two types the first must not be larger)",
                "Turn them round",
            )
        return pairs

    def _range(self, line: Line, word: str) -> range:
        labels, n_types = self._context.labels, self._context.n_types
        kinds = types_named(word, labels, n_types)
        if kinds is None and "*" in word:
            line.refuse(f"{word!r} is no range of types", "Write it as *, 2*, *3 or 2*3")
        if kinds is None:
            known = ", ".join(labels) or "none"
            line.refuse(f"{word!r} is no type; the type labels are {known}", "Correct it")
        for kind in (kinds.start + 1, kinds.stop):
            if not 1 <= kind <= n_types:
                line.refuse(f"there is no type {kind}; types are 1 to {n_types}", "Correct it")
        return kinds

    def suffix(self, line: Line, words: list[str]) -> None:
        """``suffix off|on|opt|omp|...``, ``suffix hybrid intel omp``"""
        if words == ["off"]:
            self._suffix, self._former_suffix = "", self._suffix or self._former_suffix
        else:
            self._suffix = self._former_suffix if words == ["on"] else " ".join(words)

    def unread(self, line: Line, words: list[str]) -> None:
        """``read_data`` of a file that may have coefficients: those before it may not stand."""
        self._unread, self._since = (line, " ".join(words)), set()

    def _check_known(self, pair: Types) -> None:
        """Refuse a pair of types that may have other coefficients, in a file that was not read."""
        if self._unread is None or pair in self._since:
            return
        line, reason = self._unread
        types = f"{pair[0] + 1} {pair[1] + 1}"
        line.refuse(
            f"the file {reason}, and may have had coefficients of types {types}, which no "
            "pair_coeff gives behind it",
            "Put it where the script names it, below its folder, or pass it as data=; or add "
            f"pair_coeff {types}, or nocoeff to read_data",
        )

    # --- pair_modify ---

    def modify(self, line: Line, words: list[str]) -> None:
        """``pair_modify keyword value ...``; ``pair style [n]`` in front chooses a sub-style."""
        self._need_style(line, "pair_modify")
        chosen = self._subs
        while words:
            key, rest = words[0], words[1:]
            if key == "pair" and rest:
                index, words = self._named(line, rest)
                chosen = [self._subs[index]]
            elif key == "nofdotr":
                words = rest
            elif key == "special":
                words = rest[4:]  # weights of bonded neighbours, of which there are none
            elif not rest:
                line.refuse(f"pair_modify {key} has no value", "Give it")
            else:
                self._modified(line, chosen, key, rest[0])
                words = rest[1:]

    def _modified(self, line: Line, chosen: list[SubStyle], key: str, value: str) -> None:
        if key == "mix":
            if value not in ("geometric", "arithmetic", "sixthpower"):
                line.refuse(
                    f"there is no mixing rule {value!r}",
                    "Choose geometric, arithmetic or sixthpower",
                )
            for sub in chosen:
                sub.mixing = Mixing(value)
        elif key in ("shift", "tail", "compute"):
            if value not in ("yes", "no", "on", "off", "true", "false"):
                line.refuse(f"pair_modify {key} {value} is neither yes nor no", "Correct it")
            on = value in ("yes", "on", "true")
            if key == "compute" and not on:
                line.refuse("pair_modify compute no switches the forces off", "Remove it")
            if key == "compute":
                return
            # LAMMPS sets it for the hybrid style itself, too, even where one sub-style is named
            self._whole[key] = on
            for sub in chosen:
                setattr(sub, key, on)
        elif key not in ("table", "table/disp", "tabinner", "tabinner/disp", "neigh/trim",
                         "compute/tally"):  # fmt: skip
            line.refuse(f"pair_modify has no keyword {key}", "Correct it")

    def _need_style(self, line: Line, command: str) -> None:
        if not self._subs:
            line.refuse(f"{command} before any pair_style", "Put pair_style in front of it")

    # --- the result ---

    @property
    def name(self) -> str:
        """The style as written, with its sub-styles."""
        names = " + ".join(sub.name for sub in self._subs)
        return f"{self._style} ({names})" if self._style in HYBRIDS else self._style

    @property
    def sub_styles(self) -> list[SubStyle]:
        return self._subs

    def members(self, source: str) -> dict[Types, list[Member]]:
        """The laws between every pair of types.

        Raises
        ------
        LammpsScriptError
            If a pair of types has no coefficients, neither given nor mixed, or shift and tail
            are both asked for.
        """
        line = self._line or Line(source, 1, "")
        if not self._subs:
            line.refuse("there is no pair_style", "Give the script that has it")
        self._check_tails()
        members = {pair: list(self._of(line, pair)) for pair in self._all_pairs()}
        self._check_used()
        return members

    def _check_tails(self) -> None:
        """Shift and tail exclude each other; a hybrid style without tail counts no sub-style's."""
        for sub in self._subs:
            whole = self._style in HYBRIDS and all(self._whole.values())
            if whole or (sub.shift and sub.tail):
                sub.line.refuse(
                    "pair_modify asks for shift and tail, which LAMMPS does not do together",
                    "Switch one off",
                )
        if self._style in HYBRIDS and not self._whole["tail"]:
            for sub in self._subs:
                sub.tail = False

    def _check_used(self) -> None:
        """Refuse a sub-style between no pair of types, as PairHybrid::init_style of LAMMPS does.

        The version of 22 July 2025 stops with "Pair hybrid sub-style is not used".
        """
        if self._style not in HYBRIDS:
            return
        used = {index for indices in self._assigned.values() for index in indices}
        for index, sub in enumerate(self._subs):
            if index not in used:
                sub.line.refuse(
                    f"no pair of types has the sub-style {sub.name} in the end, at which LAMMPS "
                    "stops",
                    "Remove it from pair_style, or give it a pair_coeff",
                )

    def _all_pairs(self) -> list[Types]:
        n = self._context.n_types
        return [(a, b) for a in range(n) for b in range(a, n)]

    def _of(self, line: Line, pair: Types) -> Iterator[Member]:
        self._check_known(pair)
        for index in self._sub_styles_of(line, pair):
            member = self._subs[index].member(pair, self._scales[index])
            if member is None:
                self._missing(line, pair, index)
            else:
                yield member

    def _sub_styles_of(self, line: Line, pair: Types) -> list[int]:
        """Sub-styles between a pair of types.

        A hybrid style mixes where both types have one sub-style with themselves, and the same.
        """
        if self._style not in HYBRIDS:
            return [0]
        if pair in self._assigned:
            return self._assigned[pair]
        a, b = (self._assigned.get((kind, kind)) for kind in pair)
        if not a or not b or len(a) != 1 or a != b:
            self._missing(line, pair, a[0] if a else 0)
        return a or []

    def _missing(self, line: Line, pair: Types, index: int) -> None:
        a, b = pair[0] + 1, pair[1] + 1
        sub = self._subs[index]
        given = [kind for kind in pair if sub.has((kind, kind))]
        unmixed = isinstance(sub, TableSubStyle) or (
            isinstance(sub, FormulaSubStyle) and sub.style.mix is None
        )
        why = f", and pair style {sub.name} does not mix" if a != b and unmixed and given else ""
        line.refuse(
            f"types {a} and {b} have no coefficients{why}",
            f"Add pair_coeff {a} {b}, or include the file that has it. Coefficients in a data "
            "file are found through read_data or data=, those in a binary restart through "
            "write_coeff",
        )


def _restyle(old: FormulaSubStyle, new: FormulaSubStyle) -> None:
    """The same style again: coefficients and modifications stay, every cutoff is the new one."""
    new.mixing, new.shift, new.tail = old.mixing, old.shift, old.tail
    new.given = {pair: values | new.settings for pair, values in old.given.items()}
