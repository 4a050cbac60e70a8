"""A calculator as the force law of glasses, which know species and no elements."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidPotentialError
from ..glass import Glass
from ..potentials.settings import species_by_label, take_by_number
from .glasses import atoms_from_glass
from .lammps import LammpsScript, parse_script
from .packages import needed
from .relaxation import relax_atoms
from .settings import CALCULATORS, calculator_from_settings, script_path


@dataclass(frozen=True, eq=False)
class CalculatorLaw:
    """A calculator, and what it takes the species of glasses for.

    Attributes
    ----------
    calculator : of ase
    elements : of species 0, 1, ...; None where it goes by the species
    """

    calculator: Any
    elements: tuple[str, ...] | None = None

    def atoms(self, glass: Glass) -> Any:
        """ase.Atoms of a glass, whose lengths are those of the calculator, with its masses.

        Raises
        ------
        InvalidSettingError
            If there are fewer elements than species.
        """
        return atoms_from_glass(glass, self.elements, self.calculator)


def minimum_of(glass: Glass, law: CalculatorLaw, max_force: float) -> Glass:
    """The minimum of the energy near a glass.

    Raises
    ------
    As :func:`softfield.relax_atoms`.
    """
    relaxed = relax_atoms(law.atoms(glass), max_force)
    return glass.with_positions(relaxed.get_positions()[:, : glass.dimension])


def calculator_law(
    settings: Mapping[str, Any],
    names: Sequence[str | int] | None = None,
    folder: str | os.PathLike[str] = ".",
    mapped: bool = False,
) -> CalculatorLaw:
    """The calculator that a section of a configuration file describes, for species of a file.

    Types of a LAMMPS script are found by the elements that the settings give, else as LAMMPS does
    by the labels of the script, else by elements that the file names, else they are the species
    plus one.

    Parameters
    ----------
    settings : mapping
        As :func:`softfield.calculator_from_settings`, and ``elements``: those of species 0, 1, ...
    names : what the file calls species 0, 1, ..., a number where it has none; taken for elements
        where they are
    folder : where the files that it names are
    mapped : whether the user has said which species each name is, so that no label says otherwise

    Raises
    ------
    InvalidPotentialError
        If nothing says which elements the species are, or one is none.
    InvalidGlassError
        If the script has some of the names as labels, and for other types than the file has.
    As :func:`softfield.calculator_from_settings`.
    """
    described = dict(settings)
    given = described.pop("elements", None)
    elements = _given_elements(given) if given is not None else _elements(names)
    kind = str(described.get("kind", ""))
    if kind == "lammps":
        if "script" in described and described.get("types") is None:
            path = script_path(str(described["script"]), folder)
            script = parse_script(path, described.get("variables"))
            stated = given is not None and set(elements or ()) <= set(script.elements)
            labels = () if mapped or stated else names or ()
            elements, described["types"] = _by_label(script, elements, labels) or (
                elements,
                lammps_types(script, elements, labels),
            )
    elif kind in CALCULATORS and elements is None:
        told = ", ".join(map(str, names or ())) or "by numbers"
        raise InvalidPotentialError(
            f"the file calls its species {told}, which are no elements, and a calculator goes by "
            "elements; say which they are, in the order of the species: elements: [Cu, Zr]."
        )
    return CalculatorLaw(calculator_from_settings(described, folder), elements)


def _by_label(
    script: LammpsScript, elements: Sequence[str] | None, names: Sequence[str | int]
) -> tuple[tuple[str, ...], dict[str, int]] | None:
    """Elements of species 0, 1, ..., such that stand for them where none are known, and the type
    of each by the labels of a script; None unless it has all names, and they tell types apart."""
    by_label = species_by_label(names, script.labels)
    if by_label is None:
        return None
    known = tuple(elements or needed("ase.data").chemical_symbols[1 : len(names) + 1])
    named = {symbol: name for symbol, name in zip(known, names, strict=False) if name in by_label}
    if len(named) < len(by_label):
        return None
    return known, {symbol: by_label[str(name)] + 1 for symbol, name in named.items()}


def lammps_types(
    script: LammpsScript, elements: Sequence[str] | None, names: Sequence[str | int] | None = None
) -> dict[str, int] | None:
    """Type of the script for each element; None: species plus one, which is said where it matters.

    Parameters
    ----------
    elements, names : of species 0, 1, ..., where they are known

    Raises
    ------
    InvalidPotentialError
        If the script has several types of an element, and the species do not say which; or it
        names elements, and others are asked for.
    InvalidGlassError
        If it has some of the names as labels of other types.
    """
    if elements is not None and set(elements) <= set(script.elements):
        if tuple(elements) == script.elements and len(set(elements)) < len(elements):
            return None
        types = script.types_of(elements)
        return {name: types[name] for name in elements}
    wanted = elements or _elements(names) or ()
    foreign = [name for name in wanted if name not in script.elements]
    if foreign and any(script.elements):
        raise InvalidPotentialError(
            f"the file has {', '.join(foreign)}, for which the LAMMPS script names no type (it "
            f"names {', '.join(script.types_of(()))}); give types, such as {{'{foreign[0]}': 1}}, "
            "or map the species of the file, where these are names and no elements."
        )
    take_by_number({name: k for k, name in enumerate(names or ())}, script.labels)
    return None


def _given_elements(given: Any) -> tuple[str, ...]:
    known = needed("ase.data").atomic_numbers
    listed = list(given) if isinstance(given, list | tuple) else [given]
    wrong = [str(name) for name in listed if not isinstance(name, str) or name not in known]
    if wrong or not listed:
        raise InvalidPotentialError(
            f"elements = {listed}: {', '.join(wrong) or 'an empty list'} is none; give the "
            "elements of species 0, 1, ... in order, such as [Cu, Zr]."
        )
    return tuple(listed)


def _elements(names: Sequence[str | int] | None) -> tuple[str, ...] | None:
    """The names, if all of them are elements; a species without one is called as the first."""
    named = [name for name in names or () if isinstance(name, str)]
    if not named or not needed("ase.data").atomic_numbers.keys() >= set(named):
        return None
    return tuple(name if isinstance(name, str) else named[0] for name in names or ())
