"""From ase.Atoms to a glass and back, so that the rest of the library runs on both."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.names import check_kind
from ..checks.numbers import shown
from ..errors import InvalidGlassError, InvalidSettingError
from ..files.ase_formats import configuration_of_atoms
from ..files.configuration import cell_3d, glass_from
from ..glass import Glass, check_glass
from .packages import needed

logger = logging.getLogger(__name__)


def glass_from_atoms(
    atoms: Any, species: Mapping[Any, int] | None = None, length_unit: float = 1.0
) -> Glass:
    """The glass of ase.Atoms in an orthogonal cell, tilted at most by shear in the xy plane.

    Positions stay in the units of the atoms (Angstrom) unless ``length_unit`` says otherwise:
    mind that lengths of the library, such as ``vicinity_radius`` of
    :func:`softfield.soft_spots`, are then in that unit too. Charges and magnetic moments of atoms
    are not kept, which is said where there are some: a calculator that reads them gives other
    energies for the atoms of the glass.

    Parameters
    ----------
    species : mapping
        From element to species 0, 1, ...; by default elements in alphabetical order, or the
        array ``species_index`` of the atoms where they have one.
    length_unit : float
        All lengths are divided by it.

    Raises
    ------
    InvalidGlassError
        If the cell is of another shape, or not periodic. :func:`softfield.calculator_field`
        needs no glass and takes cells of any shape.
    """
    check_kind(atoms, needed("ase").Atoms, "read_glass reads files", InvalidGlassError)
    found = configuration_of_atoms(atoms)
    if not all(found.periodic[: 2 if found.flat else 3]):
        raise InvalidGlassError(
            f"the atoms are not periodic (pbc = {atoms.pbc.tolist()}); a glass is along every "
            "axis, or along x and y where all atoms lie in one plane."
        )
    tell_not_kept(atoms.arrays)
    return glass_from(found, species, length_unit)


def tell_not_kept(arrays: Mapping[str, npt.NDArray]) -> None:
    """Warn of arrays of atoms, or columns of a file, that a glass has no place for."""
    for what in sorted({_NOT_KEPT[name] for name in set(arrays) & set(_NOT_KEPT)}):
        if any(np.any(arrays[name]) for name in arrays if _NOT_KEPT.get(name) == what):
            logger.warning(
                "a glass does not keep the %s of atoms: a calculator that reads them gives other "
                "energies for atoms that are made of it",
                what,
            )


#: Arrays that a calculator may read -> what they are.
_NOT_KEPT = {
    **dict.fromkeys(("initial_charges", "charges", "charge", "q"), "charges"),
    **dict.fromkeys(("initial_magmoms", "magmoms", "magmom"), "magnetic moments"),
}

#: Entry of ``atoms.info`` where the elements stand for species and say nothing else.
PLACEHOLDERS = "placeholder_elements"


def atoms_from_glass(
    glass: Glass, symbols: Sequence[str] | None = None, calculator: Any = None
) -> Any:
    """ase.Atoms of a glass, with its species as the array ``species_index``.

    Parameters
    ----------
    symbols : elements of species 0, 1, ...; by default the first of the periodic table
    calculator : becomes ``atoms.calc``

    Raises
    ------
    InvalidSettingError
        If there are fewer symbols than species.
    """
    check_glass(glass)
    n_species = int(glass.species.max()) + 1
    placeholders = symbols is None
    if symbols is None:
        symbols = needed("ase.data").chemical_symbols[1 : n_species + 1]
    elements = needed("ase.data").atomic_numbers
    if isinstance(symbols, str) or not isinstance(symbols, Sequence):
        raise InvalidSettingError(f"symbols are a list of elements, not {shown(symbols)}.")
    wrong = [one for one in symbols if not isinstance(one, str) or one not in elements]
    if wrong:
        raise InvalidSettingError(f"{shown(wrong[0])} is no element; give symbols such as Cu.")
    if len(symbols) < n_species:
        raise InvalidSettingError(
            f"{len(symbols)} elements were given for the {n_species} species of the glass; name "
            "one for each."
        )
    positions = np.zeros((glass.n_particles, 3))
    positions[:, : glass.dimension] = glass.positions
    atoms = needed("ase").Atoms(
        symbols=[symbols[k] for k in glass.species.tolist()],
        positions=positions,
        cell=cell_3d(glass),
        pbc=[True, True, glass.dimension == 3],
    )
    atoms.set_array("species_index", glass.species.astype(np.int64))
    if placeholders:
        atoms.info[PLACEHOLDERS] = True
    if glass.masses is not None:
        atoms.set_masses(glass.masses)
    atoms.calc = calculator
    return atoms
