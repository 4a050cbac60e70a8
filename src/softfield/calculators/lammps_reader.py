"""Reads from a LAMMPS script the commands that define its potential, for LAMMPS to evaluate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import FileFormatError
from ..potentials.lammps.lines import Line, joined, number, whole_number, words_of
from ..potentials.lammps.read_data import read_data_of
from ..potentials.lammps.refusals import plain_name
from ..potentials.lammps.surroundings import new_boundary, open_axes
from ..potentials.lammps.walk import ScriptWalk
from .packages import needed

#: Commands that define a potential and are passed on as they are.
_KEPT = (
    "pair_style", "pair_coeff", "pair_modify", "kspace_style", "kspace_modify", "dielectric",
    "neighbor", "neigh_modify", "special_bonds", "comm_modify",
)  # fmt: skip

#: Commands of which only the argument matters.
_STATED = ("units", "atom_style")

#: Beyond energies of atoms from positions alone.
_BONDED = ("bond_style", "angle_style", "dihedral_style", "improper_style")

#: Styles that take elements of a library, then a file or NULL, then those of the types.
_WITH_LIBRARY = ("meam", "meam/c", "meam/ms")

#: A word that may call a type, and is neither a number nor the name of a file.
_NAME = r"[A-Za-z][\w()+-]*"

#: Types by their numbers.
_TYPES = r"\d+|\d*\*\d*"

#: Pair styles that use the charges of atoms; long alone is an argument.
_CHARGED = r"(?!long$).*(coul|long|tip4p|thole|ctip|comb|reax|smtbq|amoeba|hippo).*"

#: Fixes that move charges between atoms, and such that make atoms with charges of their own.
_CHARGING_FIXES = r"(qeq|qtpie|acks2|electrode|charge|conp|conq)\b.*"
_MAKING_FIXES = r"(gcmc|deposit|pour|bond/react)"

ATOM_STYLES = ("atomic", "charge")

_BY_TYPE = "Set them in the script, by type: set type 1 charge 1.2"


@dataclass
class Said:
    """What a script has said so far.

    Attributes
    ----------
    commands : that define the potential, in order, each with its line; files with their paths
    stated : units and atom_style, where they are said
    style : name of the last pair style
    elements : of types 1, 2, ..., where ``pair_coeff * *`` names them; "" for other names
    labels : of types by their numbers, as ``labelmap`` or the file of ``read_data`` gives them
    sub_styles : those of a hybrid style that a ``pair_coeff`` names
    n_types : the largest type that is named
    neighbor : margin of the neighbour list, length, if it is said
    charged : ``pair_style`` or ``kspace_style`` -> what of it uses charges
    charges : words for the types that are given charges, such as 1, 2* or *
    tail : command that asks for a tail correction
    open_axes : those of x, y and z that are not periodic
    """

    commands: list[tuple[Line, list[str]]] = field(default_factory=list)
    stated: dict[str, str] = field(default_factory=dict)
    style: str = ""
    elements: list[str] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    sub_styles: set[str] = field(default_factory=set)
    n_types: int = 0
    neighbor: float | None = None
    charged: dict[str, str] = field(default_factory=dict)
    charges: list[str] = field(default_factory=list)
    tail: Line | None = None
    open_axes: str = ""

    @property
    def hybrid(self) -> bool:
        return self.style.startswith("hybrid")

    def labels_of_types(self) -> tuple[str, ...]:
        """Labels of types 1, 2, ..., "" where a type has none."""
        return tuple(self.labels.get(k, "") for k in range(1, max(self.labels, default=0) + 1))

    def elements_of_types(self) -> tuple[str, ...]:
        """Elements of types 1, 2, ... by ``pair_coeff``, "" for other names; else labels, if all
        of them are elements: B beside A is not boron."""
        labels = self.labels_of_types()
        if labels and not any(self.elements) and _symbols().issuperset(self.labels.values()):
            return labels
        return tuple(self.elements)


class CalculatorReader(ScriptWalk):
    """Reads scripts into what they have :class:`Said`.

    Parameters
    ----------
    folder : where the script lies
    variables : values as ``-var`` gives them
    """

    def __init__(self, folder: Path, variables: Mapping[str, object]) -> None:
        super().__init__(folder, variables)
        self.said = Said()
        self._home = folder
        self._handlers |= {
            **{command: partial(self._keep, command) for command in _KEPT},
            **{command: partial(self._state, command) for command in _STATED},
            **dict.fromkeys(_BONDED, self._bonds),
            "clear": self._clear,
            "set": self._set,
            "labelmap": self._labelmap,
            "mass": self._mass,
            "read_data": self._read_data,
            "read_restart": self._read_restart,
            "create_atoms": self._more_atoms,
            "suffix": self._suffix,
            "boundary": self._boundary,
            "change_box": self._change_box,
        }

    def decides(self, words: list[str]) -> bool:
        """Commands that are passed on, or say what charges are."""
        if words[0] == "set":
            typed = any(word.startswith("type") for word in words[3:])
            return "charge" in words or (typed and bool(self.said.charges))
        if words[0] == "create_atoms":
            return bool(self.said.charges)
        if words[0] == "change_box":
            return bool(new_boundary(words[1:]))
        return super().decides(words) and words[0] != "mass"

    def unfollowed(self, words: list[str]) -> str:
        """Also fixes by which charges change."""
        style = words[3] if words[0] == "fix" and len(words) > 3 else ""
        making = bool(self.said.charges) and re.fullmatch(_MAKING_FIXES, style)
        if making or re.fullmatch(_CHARGING_FIXES, style):
            return f"fix {style} changes charges during a run, which is not followed"
        return super().unfollowed(words)

    def commands(self) -> tuple[str, ...]:
        """Those that define the potential; LAMMPS evaluates variables when it runs, at the end."""
        return tuple(
            joined(self._valued(line, word) for word in self._with_paths(words))
            for line, words in self.said.commands
        )

    def _with_paths(self, words: list[str]) -> list[str]:
        """The words of ``pair_style`` that are files, with their paths; no style is one."""
        if words[0] != "pair_style":
            return words
        styles = self.said.sub_styles
        return words[:2] + [w if w in styles else self._with_path(w) for w in words[2:]]

    def _valued(self, line: Line, word: str) -> str:
        """A word, or the number of the variable that it names."""
        if word.startswith("v_") and self.variables.knows(word[2:]):
            return repr(self.variables.value(line, word[2:]))
        return word

    # --- what is passed on ---

    def _keep(self, command: str, line: Line, words: list[str]) -> None:
        said = self.said
        if command == "pair_style":
            self._style(words)
        elif command == "pair_coeff":
            self._coefficients(words)
            behind = 3 if said.hybrid else 2  # types, and a sub-style
            words = [*words[:behind], *map(self._with_path, words[behind:])]
        elif command == "kspace_style":
            # what only disperses takes charges where the pair style does
            uses = words[:1] != ["none"] and not any("/disp" in word for word in words[:1])
            said.charged[command] = command if uses else ""
        elif command == "pair_modify" and "tail" in words[:-1]:
            asked = words[words.index("tail") + 1] not in ("no", "off", "false")
            said.tail = line if asked else said.tail if "pair" in words else None
        elif command == "neighbor" and words:
            said.neighbor = number(line, words[0], "the margin")
        said.commands.append((line, [command, *words]))
        if command == "kspace_style" and words[:1] and words[0].startswith("msm"):
            # the stress is asked for, and msm has the trace of it alone by default
            said.commands.append((line, ["kspace_modify", "pressure/scalar", "no"]))

    def _with_path(self, word: str) -> str:
        """A word, or the path of the file of this name beside the script."""
        if "*" in word or word.isdigit() or word in _symbols():
            return word
        try:
            path = (self._home / word).resolve()
            return str(path) if path.is_file() else word
        except (OSError, ValueError):
            return word

    def _style(self, words: list[str]) -> None:
        """``pair_style``: another one forgets, the same one keeps what it had."""
        said, name = self.said, (words or [""])[0]
        if name != said.style or name.startswith("hybrid"):
            said.elements, said.tail = [], None
        said.style = name
        named = (
            word
            for k, word in enumerate(words)
            if re.fullmatch(_CHARGED, word) and words[k + 2 : k + 3] != ["off"]  # long off
        )
        said.charged["pair_style"] = next(named, "")

    def _suffix(self, line: Line, words: list[str]) -> None:
        """Versions of a style are one law, but another version forgets coefficients."""
        if self.said.style:
            line.refuse("a suffix behind pair_style is not passed on", "Put it before pair_style")

    def _coefficients(self, words: list[str]) -> None:
        """Types and elements that ``pair_coeff`` names; the last that names an element counts."""
        said, rest, style = self.said, words[2:], self.said.style
        self._count_types(words[:2])
        if said.hybrid and rest:
            style, rest = rest[0], rest[1:]
            said.sub_styles.add(style)
            rest = rest[1:] if rest and rest[0].isdigit() else rest  # one of several such styles
        if words[:2] != ["*", "*"]:
            return
        names = self._names(rest)
        if plain_name(style) in _WITH_LIBRARY and "NULL" in names and len(names) == len(rest) - 1:
            names = names[names.index("NULL") + 1 :]  # in front: elements of the library, no file
        named = [name if name in _symbols() else "" for name in names]
        said.n_types = max(said.n_types, len(named))
        if len(named) == len(said.elements):
            named = [b if b != "NULL" else a for a, b in zip(said.elements, named, strict=True)]
        if any(named) or len(named) > 1:  # a single word that is no element may be a keyword
            said.elements = named

    def _names(self, words: list[str]) -> list[str]:
        """The last words of ``pair_coeff * *`` that may be names of types; a file is none."""
        first = len(words)
        while first and re.fullmatch(_NAME, words[first - 1]) and not self._is_file(words, first):
            first -= 1
        return words[first:]

    def _is_file(self, words: list[str], first: int) -> bool:
        """Whether the word in front of ``first`` is one: there, or where the file has to be."""
        word = words[first - 1]
        return word not in _symbols() and (first == 1 or self._with_path(word) != word)

    def _count_types(self, words: list[str]) -> None:
        """Take in types that are named by number, also as 1*3; labels are counted already."""
        numbers = [word for word in words if re.fullmatch(_TYPES, word)]
        counted = [int(n) for word in numbers for n in re.findall(r"\d+", word)]
        self.said.n_types = max([self.said.n_types, *counted])

    def _state(self, command: str, line: Line, words: list[str]) -> None:
        if words:
            self.said.stated[command] = words[0]

    def _clear(self, line: Line, words: list[str]) -> None:
        self.said = Said()

    def _boundary(self, line: Line, words: list[str]) -> None:
        self.said.open_axes = open_axes(words)

    def _change_box(self, line: Line, words: list[str]) -> None:
        changed = new_boundary(words)
        if changed:
            self.said.open_axes = open_axes(changed)

    def _mass(self, line: Line, words: list[str]) -> None:
        """Masses are those of the atoms; types are counted."""
        self._count_types(words[:1])

    def _labelmap(self, line: Line, words: list[str]) -> None:
        """Labels may stand for numbers in what is passed on."""
        if words[:1] == ["clear"]:
            self.said.labels = {}
        elif words[:1] == ["atom"]:
            for kind, label in zip(words[1::2], words[2::2], strict=False):
                self.said.labels[whole_number(line, kind, "the type")] = label
                self._count_types([kind])
        else:
            return
        self.said.commands.append((line, ["labelmap", *words]))

    def _bonds(self, line: Line, words: list[str]) -> None:
        if words[:1] != ["none"]:
            line.refuse(
                f"{line.text.split()[0]}: bonds are not supported here", "Use a script without them"
            )

    # --- charges ---

    def _set(self, line: Line, words: list[str]) -> None:
        """``set type T charge Q``; what else ``set`` changes is as the atoms are."""
        changes = words[2:]
        typed = any(word.startswith("type") for word in changes)
        if "charge" not in changes[:-1]:
            if typed and self.said.charges:
                line.refuse(
                    "types change after charges were given by type, so that these are of other "
                    "types now",
                    "Set charges behind it",
                )
            return
        if typed:
            line.refuse("types are those of the atoms", "Set nothing but charges")
        kind = "*" if words[:2] == ["group", "all"] else words[1]
        kind = next((str(k) for k, label in self.said.labels.items() if label == kind), kind)
        if (words[0] != "type" and kind != "*") or not re.fullmatch(_TYPES, kind):
            line.refuse(
                f"set {words[0]} {words[1]} gives charges to atoms that are not told by their type",
                _BY_TYPE,
            )
        charge = self._valued(line, changes[changes.index("charge") + 1])
        number(line, charge, "the charge")
        self._count_types([kind])
        self.said.charges.append(kind)
        self.said.commands.append((line, ["set", "type", kind, "charge", charge]))

    def _more_atoms(self, line: Line, words: list[str]) -> None:
        if self.said.charges:
            line.refuse(
                f"{line.text.split()[0]} adds atoms after charges were set, which have others",
                "Set charges behind it",
            )

    # --- files ---

    def _read_data(self, line: Line, words: list[str]) -> None:
        """Labels of a data file are those of the script from there on, if it can be read.

        Coefficients count as in LAMMPS: where it is read behind ``pair_style``.
        """
        self._more_atoms(line, words)
        reading = read_data_of(line, words)
        counts = bool(self.said.style) and reading.coefficients
        if counts:
            self._need_place(line, "read_data")
        elif self._moved is not None:
            return
        known = {label: kind - 1 for kind, label in self.said.labels.items()}
        try:
            data = reading.sections(line, self._home / reading.name, known)
        except (OSError, FileFormatError) as error:
            if counts:
                line.refuse(
                    f"{words[0]} may have coefficients of pairs, and cannot be read ({error})",
                    "Put it there, or add nocoeff where all are in the script",
                )
            return
        labels = [word for label, kind in data.labels().items() for word in (str(kind + 1), label)]
        if labels:
            self._labelmap(line, ["atom", *labels])
        for _, at in data.coefficients() if counts else ():
            self._keep("pair_coeff", at, words_of(at))

    def _read_restart(self, line: Line, words: list[str]) -> None:
        line.refuse(
            "a restart holds a force law too, which is not read",
            "Give a script that says all of it, with read_data",
        )


def _symbols() -> set[str]:
    """What ``pair_coeff`` calls types: elements, or NULL."""
    return {*needed("ase.data").atomic_numbers, "NULL"}
