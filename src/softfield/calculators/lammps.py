"""A LAMMPS input script as a calculator: any pair style that LAMMPS has, many-body ones too.

Only what defines the potential is taken from the script; the box, the atoms and what is done
with them come from ase. For scripts that are a sum over pairs, potentials of softfield are
exact and much faster.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checks.names import check_kind, mapping_of, path_of
from ..errors import InvalidGlassError, InvalidPotentialError
from ..files.source import Source
from ..potentials.lammps_lines import logical_lines
from ..potentials.lammps_script import ControlFlow
from .packages import needed

#: Commands that define a potential, in the order in which the script has them.
_KEPT = (
    "pair_style", "pair_coeff", "pair_modify", "kspace_style", "kspace_modify", "dielectric",
    "mass", "set", "variable", "neighbor", "neigh_modify", "special_bonds",
)  # fmt: skip

#: Commands that must not depend on how a script is run.
_DECISIVE = ("pair_style", "pair_coeff", "pair_modify", "include")

#: Commands of which only the argument matters.
_STATED = ("units", "dimension", "atom_style", "newton")

#: Bonded or otherwise beyond energies of atoms from positions alone.
_REFUSED = ("bond_style", "angle_style", "dihedral_style", "improper_style", "hybrid_style")

#: Margin of the neighbour list that LAMMPS has by default, length in its units.
_DEFAULT_SKIN = {"lj": 0.3, "real": 2.0, "metal": 2.0}

_ATOM_STYLES = ("atomic", "charge")


@dataclass(frozen=True)
class LammpsScript:
    """What a script says of a potential.

    Attributes
    ----------
    commands : in order, file names made absolute
    units, atom_style : as in LAMMPS
    elements : of types 1, 2, ... where ``pair_coeff * *`` names them, else empty
    n_types : the largest type that a ``pair_coeff`` names
    skin : margin of the neighbour list, length
    charges : words for the types that it gives charges, such as 1, 2* or *; None where there are no
        charges, or some are not given by type
    """

    commands: tuple[str, ...]
    units: str
    atom_style: str
    elements: tuple[str, ...]
    n_types: int
    skin: float
    charges: tuple[str, ...] | None = None

    def without_charge(self, types: Iterable[int]) -> list[int]:
        """Those of some types that should have a charge and are given none."""
        if self.charges is None:
            return []
        ranges = [word.partition("*") for word in self.charges]
        return [
            kind
            for kind in types
            if not any(
                int(low or 1) <= kind <= int(high or (kind if star else low))
                for low, star, high in ranges
            )
        ]


def lammps_calculator(
    script: str | os.PathLike[str],
    atoms: Any = None,
    types: Mapping[str, int] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Any:
    """A calculator of ase that evaluates a LAMMPS script, with energies of atoms.

    Energies and lengths are eV and Angstrom with the LAMMPS units metal and real, and those of
    the script with units lj. Only one process is used by one calculator.

    Parameters
    ----------
    script : path or text
        ``units``, ``pair_style``, ``pair_coeff``, ``pair_modify``, ``mass``, ... are used;
        box, atoms, fixes, runs and output are passed over. File names are looked for in the
        folder of the script too.
    atoms : ase.Atoms
        Evaluated once, if given, so that mistakes are told here; they get the calculator.
    types : mapping from element to LAMMPS type
        By default the elements named by ``pair_coeff``, where the atoms are of these; else the
        array ``species_index`` of the atoms plus one, else elements in alphabetical order.
    variables : mapping
        Values of the script's variables, as ``-var`` of LAMMPS.

    Raises
    ------
    MissingPackageError
        If the package lammps is not installed, or does not find its MPI library.
    InvalidPotentialError
        If the script defines no pair style, has bonds or charges that it does not set, or LAMMPS
        refuses it.
    """
    for what, given in {"types of elements": types, "variables of a script": variables}.items():
        mapping_of(given, what, InvalidPotentialError)
    if atoms is not None:
        check_kind(atoms, needed("ase").Atoms, "they are evaluated", InvalidGlassError)
    parsed = parse_script(script, variables)
    calculator = needed("softfield.calculators.lammps_instance").LammpsCalculator(parsed, types)
    if atoms is not None:
        calculator.get_property("energies", atoms)
        atoms.calc = calculator
    return calculator


def parse_script(
    script: str | os.PathLike[str], variables: Mapping[str, str] | None = None
) -> LammpsScript:
    """The potential in a script, path or text, with values of its variables as by ``-var``.

    Raises
    ------
    InvalidPotentialError
        As :func:`lammps_calculator`.
    """
    path_of(script, "a LAMMPS script, its path or its text,", InvalidPotentialError)
    folder, lines = _read(os.fspath(script))
    commands = [
        ["variable", name, "index", str(value)] for name, value in (variables or {}).items()
    ]
    commands += _commands(lines, folder)
    stated = {words[0]: words[1] for words in commands if words[0] in _STATED and len(words) > 1}
    kept = tuple(" ".join(words) for words in commands if _is_kept(words))
    if not any(line.startswith("pair_style") for line in kept):
        raise InvalidPotentialError(
            "the LAMMPS script has no pair_style, so it defines no potential; give the script "
            "that has it (files that it includes are read)."
        )
    atom_style = stated.get("atom_style", "atomic")
    charges = _charges(commands)
    bonded = [words[0] for words in commands if words[0] in _REFUSED]
    if bonded or atom_style not in _ATOM_STYLES:
        raise InvalidPotentialError(
            f"the LAMMPS script has {bonded[0] if bonded else 'atom_style ' + atom_style}: bonds "
            f"are not supported here, only the atom styles {' and '.join(_ATOM_STYLES)}."
        )
    elements = _elements(commands)
    n_types = max([len(elements), *(t for words in commands for t in _types_named(words))])
    units = stated.get("units", "lj")
    skin = _DEFAULT_SKIN.get(units, 0.1)
    for words in commands:
        if words[0] == "neighbor" and len(words) > 1:
            skin = float(words[1])
    return LammpsScript(kept, units, atom_style, elements, n_types, skin, charges)


def _read(script: str) -> tuple[Path, Sequence[str]]:
    """Folder and lines of a script, path or text."""
    path = Path(script)
    if "\n" not in script and path.is_file():
        return path.parent, Source(path).lines()
    if "\n" in script or len(script.split()) > 1:
        return Path(), script.splitlines()
    raise InvalidPotentialError(
        f"there is no LAMMPS script {path}; give a file that exists, or the commands as text of "
        "several words."
    )


def _is_kept(words: list[str]) -> bool:
    """Whether a command defines the potential; of ``set`` only charges do.

    Raises
    ------
    InvalidPotentialError
        If it changes in the course of a run.
    """
    if words[0] == "fix" and words[3:4] in (["adapt"], ["adapt/fep"]) and "pair" in words:
        raise InvalidPotentialError(
            f"the LAMMPS script has fix {words[3]}, which changes the parameters of pairs during a "
            "run; remove it, and state the parameters that are meant."
        )
    if words[0] != "set":
        return words[0] in _KEPT
    if "charge" in words[3:] and any(word.startswith("type") for word in words[3:]):
        raise InvalidPotentialError(
            f"the LAMMPS script has {' '.join(words)}, but types are those of the atoms; set "
            "nothing but charges."
        )
    return "charge" in words[3:]


def _charges(commands: list[list[str]]) -> tuple[str, ...] | None:
    """Types that have charges. They come with the atoms, which are ase's: those that the script
    sets are all that is known."""
    styles = [word for words in commands if words[0] == "pair_style" for word in words[1:]]
    charged = [name for name in styles if "coul" in name or "/long" in name]
    charged += [words[0] for words in commands if words[0] == "kspace_style"]
    given = [words for words in commands if words[0] == "set" and _is_kept(words)]
    if charged and not given:
        raise InvalidPotentialError(
            f"the LAMMPS script has {charged[0]}, and does not say the charges of the atoms: those "
            "in a data file are not passed on. Set them in the script, by type: set type 1 charge "
            "1.2."
        )
    by_type = all(w[1] == "type" and re.fullmatch(r"\d+|\d*\*\d*", w[2]) for w in given)
    return tuple(words[2] for words in given) if charged and by_type else None


def _check_flow(lines: Sequence[str]) -> None:
    """Refuse a potential that conditions, jumps or loops decide on: they are passed over."""
    found = list(logical_lines("\n".join(lines), "the LAMMPS script"))
    flow = ControlFlow(found, "the LAMMPS script")
    unknown: dict[str, str] = {}
    for place, line in enumerate(found):
        unknown |= dict(flow.tainted.get(place, ()))
        if line.text.split(maxsplit=1)[0] not in _DECISIVE:
            continue
        if place in flow.undecided:
            line.refuse(flow.undecided[place], "Write out what the pairs are without it")
        for name, reason in unknown.items():
            if re.search(rf"\$\{{{re.escape(name)}\}}|\bv_{re.escape(name)}\b", line.text):
                line.refuse(f"the variable {name!r} {reason}", "Write the number itself")


def _commands(lines: Sequence[str], folder: Path) -> Iterator[list[str]]:
    """Words of every command; comments gone, continued lines joined, files included."""
    _check_flow(lines)
    joined = "\n".join(line.partition("#")[0].rstrip() for line in lines).replace("&\n", " ")
    for line in joined.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "include" and len(words) == 2:
            included = folder / words[1]
            if not included.is_file():
                raise InvalidPotentialError(f"the LAMMPS script includes {included}: no such file.")
            yield from _commands(Source(included).lines(), included.parent)
            continue
        if words[0] in ("pair_coeff", "pair_style"):
            words = [_found(word, folder) for word in words]
        yield words


def _found(word: str, folder: Path) -> str:
    """The word, or the absolute path of the file of this name in the folder of the script."""
    path = folder / word
    return str(path.resolve()) if "*" not in word and path.is_file() else word


def _elements(commands: list[list[str]]) -> tuple[str, ...]:
    symbols = needed("ase.data").atomic_numbers
    for words in commands:
        if words[:3] == ["pair_coeff", "*", "*"]:
            named: list[str] = []
            for word in reversed(words[3:]):
                if word not in symbols and word != "NULL":
                    break
                named.insert(0, word)
            if named:
                return tuple(named)
    return ()


def _types_named(words: list[str]) -> Iterator[int]:
    if words[0] == "pair_coeff":
        yield from (int(word) for word in words[1:3] if word.isdigit())
    elif words[0] == "mass":
        yield from (int(word) for word in words[1:2] if word.isdigit())
