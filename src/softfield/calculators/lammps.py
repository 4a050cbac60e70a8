"""A LAMMPS input script as a calculator: any pair style that LAMMPS has, many-body ones too.

Only what defines the potential is taken from the script; the box, the atoms and what is done
with them come from ase. For scripts that are a sum over pairs, potentials of softfield are
exact and much faster.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checks.names import check_kind, mapping_of, path_of
from ..checks.numbers import shown, whole_number
from ..errors import InvalidGlassError, InvalidPotentialError
from ..files.source import Source
from ..potentials.lammps.pair_commands import types_named
from .lammps_reader import ATOM_STYLES, CalculatorReader, Said
from .packages import needed

#: Margin of the neighbour list that LAMMPS has by default, length in its units.
_DEFAULT_SKIN = {"lj": 0.3, "real": 2.0, "metal": 2.0}


@dataclass(frozen=True)
class LammpsScript:
    """What a script says of a potential.

    Attributes
    ----------
    commands : that define it, in order, variables replaced and file names made absolute
    units, atom_style : as in LAMMPS
    elements : of types 1, 2, ... where ``pair_coeff * *`` names them, "" for a name that is no
        element; else the labels, if all of them are elements; else empty
    n_types : the largest type that is named
    skin : margin of the neighbour list, length
    charges : words for the types that it gives charges, such as 1, 2* or *; None where there are no
        charges
    open_axes : those of x, y and z in which the script is not periodic
    labels : of types 1, 2, ... by ``labelmap`` or the file of ``read_data``, "" where one has none
    """

    commands: tuple[str, ...]
    units: str
    atom_style: str
    elements: tuple[str, ...]
    n_types: int
    skin: float
    charges: tuple[str, ...] | None = None
    open_axes: str = ""
    labels: tuple[str, ...] = ()

    @property
    def tells_types_apart(self) -> bool:
        """Whether types of one element may have different laws: no one command names them all."""
        words = [command.split() for command in self.commands if command.strip()]
        first = [one[0] for one in words]
        excluded = any(one[0] == "neigh_modify" and "exclude" in one for one in words)
        return first.count("pair_coeff") > 1 or "set" in first or excluded

    def types_of(self, elements: Iterable[str]) -> dict[str, int]:
        """The first type of every element that it names, of which some are wanted.

        Raises
        ------
        InvalidPotentialError
            If one of these is named for several types, whose laws may differ.
        """
        for name in sorted(set(elements)):
            of_it = [str(k) for k, other in enumerate(self.elements, start=1) if other == name]
            if len(of_it) > 1 and self.tells_types_apart:
                raise InvalidPotentialError(
                    f"the LAMMPS script has {name} as types {' and '.join(of_it)}, whose laws may "
                    f"differ; give types, such as {{'{name}': {of_it[0]}}}."
                )
        named = [name for name in self.elements if name not in ("", "NULL")]
        return {name: self.elements.index(name) + 1 for name in named}

    def without_charge(self, types: Iterable[int]) -> list[int]:
        """Those of some types that should have a charge and are given none."""
        if self.charges is None:
            return []
        kinds = list(types)
        named = [types_named(word, {}, max(kinds, default=0)) for word in self.charges]
        return [kind for kind in kinds if not any(kind - 1 in (some or ()) for some in named)]


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
        ``units``, ``pair_style``, ``pair_coeff``, ``pair_modify``, ``set type ... charge``, ...
        are used; box, atoms, fixes, runs and output are passed over. What depends on the course
        of a run is refused. File names are looked for in the folder of the script too.
    atoms : ase.Atoms
        Evaluated once, if given, so that mistakes are told here; they get the calculator.
    types : mapping from element to LAMMPS type
        By default the elements named by ``pair_coeff * *``, or by all type labels (one that is
        named for several types needs them here, if other commands may tell these apart). Where the
        script names none, or the elements of the atoms stand for species
        (:func:`softfield.atoms_from_glass` without symbols), the array ``species_index`` plus
        one. Without that, atoms of one element are type 1 of a script that has one type; else
        types are asked for.
    variables : mapping
        Values of the script's variables, as ``-var`` of LAMMPS.

    Raises
    ------
    MissingPackageError
        If the package lammps is not installed, or does not find its MPI library.
    InvalidPotentialError
        If the script defines no pair style, has bonds, a tail correction or charges that it does
        not set by type, nothing says which types the atoms are, or LAMMPS refuses it.
    """
    for what, given in {"types of elements": types, "variables of a script": variables}.items():
        mapping_of(given, what, InvalidPotentialError)
    for name, kind in (types or {}).items():
        whole_number(kind, f"the LAMMPS type of {shown(name)}", error=InvalidPotentialError)
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
    folder, text, name = _read(os.fspath(script))
    reader = CalculatorReader(folder, variables or {})
    reader.read(text, name)
    said = reader.said
    _check(said)
    units = said.stated.get("units", "lj")
    return LammpsScript(
        commands=reader.commands(),
        units=units,
        atom_style=said.stated.get("atom_style", "atomic"),
        elements=said.elements_of_types(),
        n_types=said.n_types,
        skin=_DEFAULT_SKIN.get(units, 0.1) if said.neighbor is None else said.neighbor,
        charges=tuple(said.charges) if any(said.charged.values()) else None,
        open_axes=said.open_axes,
        labels=said.labels_of_types(),
    )


def _read(script: str) -> tuple[Path, str, str]:
    """Folder, text and name of a script, path or text."""
    path = Path(script)
    if os.path.isfile(script):  # as of Path raises where a text is too long for a path
        return path.parent, "\n".join(Source(path).lines()), path.name
    if "\n" in script or len(script.split()) > 1:
        return Path(), script, "the LAMMPS script"
    raise InvalidPotentialError(
        f"there is no LAMMPS script {path}; give a file that exists, or the commands as text of "
        "several words."
    )


def _check(said: Said) -> None:
    """Refuse what defines no potential, or one that is not energies of atoms from positions."""
    if not said.style:
        raise InvalidPotentialError(
            "the LAMMPS script has no pair_style, so it defines no potential; give the script "
            "that has it (files that it includes are read)."
        )
    atom_style = said.stated.get("atom_style", "atomic")
    if atom_style not in ATOM_STYLES:
        raise InvalidPotentialError(
            f"the LAMMPS script has atom_style {atom_style}: it is not supported here, only the "
            f"atom styles {' and '.join(ATOM_STYLES)}."
        )
    charged = [name for name in said.charged.values() if name]
    if charged and not said.charges:
        raise InvalidPotentialError(
            f"the LAMMPS script has {charged[0]}, and does not say the charges of the atoms: "
            "those in a data file are not passed on. Set them in the script, by type: set type 1 "
            "charge 1.2."
        )
    _check_left_out_pairs(said)
    if said.tail is not None:
        said.tail.refuse(
            "energies of atoms have no tail correction, which depends on the volume only",
            "Remove tail yes, and add what the log says of it where it is needed",
        )


def _check_left_out_pairs(said: Said) -> None:
    """Refuse ``none`` beside one sub-style: LAMMPS evaluates it with numbers that it never set."""
    if not said.style.startswith("hybrid"):
        return
    coefficients = [(line, words) for line, words in said.commands if words[0] == "pair_coeff"]
    named = {word for _, words in coefficients for word in words[3:4]}
    for line, words in coefficients:
        if words[3:4] == ["none"] and len(named) == 2:
            line.refuse(
                "with a single sub-style LAMMPS does not leave these pairs out, but evaluates them "
                "with numbers that it never set",
                f"Add zero with a cutoff to pair_style {said.style}, and write zero here",
            )
