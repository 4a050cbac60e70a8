"""The potential that a section of a configuration file describes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from ..checks.names import mapping_of, path_of
from ..errors import FileFormatError, InvalidGlassError, InvalidPotentialError, SoftfieldError
from ..glass import Glass
from .functions import potential_from_table
from .lammps.potential import LammpsContacts, LammpsPotential, lammps_potential
from .laws import harmonic_contacts, hertzian_contacts, inverse_powers, lennard_jones
from .mixtures import polydisperse
from .pair_potential import PairPotential

logger = logging.getLogger(__name__)


def potential_from_settings(
    settings: Mapping[str, Any], folder: str | os.PathLike[str] = "."
) -> PairPotential:
    """The potential that a section of a configuration file describes.

    ``kind`` names it, every other key is a parameter of the function of that name:
    "inverse_powers", "lennard_jones", "harmonic_contacts", "hertzian_contacts"; or "table",
    with ``file`` (text, two columns r and phi, relative to ``folder``) and ``truncation``; or
    "lammps", with ``file`` (a LAMMPS script, relative to ``folder``) and, as
    :func:`lammps_potential` takes them, ``variables``, ``data``, ``n_types``, ``diameters``.

    Raises
    ------
    InvalidPotentialError
        For a kind or key that does not exist, a key that is missing, or parameters that
        define no potential.
    FileFormatError
        If the file of a table cannot be read.
    """
    parameters = mapping_of(settings, "the settings of a potential", InvalidPotentialError)
    folder = path_of(folder, "the folder of a potential", InvalidPotentialError)
    kind = str(parameters.pop("kind", ""))
    if kind not in _KINDS:
        raise InvalidPotentialError(
            f"there is no kind of potential {kind!r}; set kind to one of "
            f"{', '.join(sorted(_KINDS))}."
        )
    make = _KINDS[kind]
    known = signature(make).parameters
    required = {n for n, p in known.items() if p.default is p.empty} - {"folder"}
    wrong = [*(set(parameters) - set(known)), *(required - set(parameters))]
    if wrong:
        raise InvalidPotentialError(
            f"the potential {kind} has the keys {', '.join(n for n in known if n != 'folder')}; "
            f"unknown or missing: {', '.join(sorted(wrong))}."
        )
    if "folder" in known:
        parameters["folder"] = folder
    try:
        return make(**parameters)
    except (TypeError, ValueError) as error:
        if isinstance(error, SoftfieldError):
            raise
        raise InvalidPotentialError(
            f"the parameters of the potential {kind} are not the numbers or tables that it "
            f"needs ({error})."
        ) from error


def potential_of_glass(
    settings: Mapping[str, Any],
    glass: Glass,
    folder: str | os.PathLike[str] = ".",
    names: Sequence[str | int] | None = None,
) -> tuple[Glass, PairPotential]:
    """The potential of one glass, and the glass with the species that it has there.

    As :func:`potential_from_settings`; with the keys ``sizes = "file"`` and, if need be,
    ``nonadditivity`` the potential, of one species, is scaled by the size that the file has for
    each particle. LAMMPS scripts of contacts take the sizes of the file in any case. Where each
    particle has a size of its own, each is a species of its own.

    Parameters
    ----------
    names : (N,) what the file calls the type of each particle; types that a LAMMPS script names,
        too, are matched by it. None where the user has said which species it is.

    Raises
    ------
    InvalidPotentialError
        Also if ``sizes`` is no such thing, or the glass has none.
    InvalidGlassError
        If the script has some of the names, and for other types than the file has.
    As :func:`potential_from_settings`.
    """
    parameters = dict(settings)
    sizes, nonadditivity = parameters.pop("sizes", None), parameters.pop("nonadditivity", 0.0)
    if sizes not in (None, "file") or not isinstance(nonadditivity, int | float):
        raise InvalidPotentialError(
            f'sizes = {sizes!r}, nonadditivity = {nonadditivity!r}: sizes = "file" takes those '
            "of the file with the glass, and the nonadditivity is a number."
        )
    if sizes is not None:
        glass = glass.with_own_species()
        return glass, polydisperse(
            potential_from_settings(parameters, folder), glass, nonadditivity
        )
    measured = parameters.get("kind") == "lammps" and parameters.get("diameters") is None
    if measured:
        parameters["diameters"] = diameters_by_type(glass)
    potential = potential_from_settings(parameters, folder)
    if isinstance(potential, LammpsPotential | LammpsContacts):
        matched = _matched(glass, names or (), potential.labels or ())
        if measured and matched is not glass and glass.diameters is not None:
            parameters["diameters"] = diameters_by_type(matched)
            potential = potential_from_settings(parameters, folder)
        glass = matched
    if isinstance(potential, LammpsContacts):
        return with_contacts(glass, potential), potential
    return glass, potential


def species_by_label(names: Sequence[str | int], labels: Sequence[str]) -> dict[str, int] | None:
    """Species by the labels of a LAMMPS script for its types; None unless it has all names."""
    told = {name for name in names if isinstance(name, str)}
    return {name: labels.index(name) for name in told} if told and told <= set(labels) else None


def _matched(glass: Glass, names: Sequence[str | int], labels: Sequence[str]) -> Glass:
    """The glass with the types of a script, where the file has names for them."""
    by_label = species_by_label(names, labels)
    if by_label is not None:
        species = np.array([by_label[str(name)] for name in names], dtype=np.int32)
        same = np.array_equal(species, glass.species)
        return glass if same else replace(glass, species=species)
    take_by_number(dict(zip(names, glass.species.tolist(), strict=False)), labels)
    return glass


def take_by_number(species: Mapping[str | int, int], labels: Sequence[str]) -> None:
    """Say that names of a file are taken by their numbers, where a script does not name them all.

    Parameters
    ----------
    species : name in the file, or number where it has none -> species
    labels : of the types of the script

    Raises
    ------
    InvalidGlassError
        If the script has one of the names for another type.
    """
    named = {name: kind for name, kind in species.items() if isinstance(name, str)}
    for name, kind in named.items():
        if name in labels and labels.index(name) != kind:
            raise InvalidGlassError(
                f"the script names the types {', '.join(filter(None, labels))}, the file "
                f"{', '.join(sorted(named))}: {name} is type {labels.index(name) + 1} there and "
                f"{kind + 1} here. Say which species each is (species=, --species)."
            )
    if not named.keys() <= set(labels):
        logger.warning(
            "the file names its types and the script does not name all of them: taken as %s; a "
            "mapping of species (--species) tells otherwise",
            ", ".join(f"{name} = type {kind + 1}" for name, kind in sorted(named.items())),
        )


def with_contacts(glass: Glass, potential: LammpsContacts) -> Glass:
    """The glass with a species for each particle, as contacts of many sizes have it.

    Raises
    ------
    InvalidGlassError
        If the diameters are not those of these particles.
    """
    if potential.n_species != glass.n_particles:
        raise InvalidGlassError(
            f"the glass has {glass.n_particles} particles, and there are {potential.n_species} "
            "diameters; give the data file (Atoms # sphere) that holds these particles."
        )
    return glass.with_own_species()


def diameters_by_type(glass: Glass) -> Any:
    """Diameters that the file gave the glass: of each type, where they are the same.

    A type without particles has no contacts; any size does that widens no range.
    """
    own = glass.diameters
    if own is None:
        return None
    by_type = [np.unique(own[glass.species == kind]) for kind in range(glass.species.max() + 1)]
    if any(len(sizes) > 1 for sizes in by_type):
        return own
    return np.array([sizes[0] if len(sizes) else own.min() for sizes in by_type])


def _table_from_file(
    file: str, folder: str | os.PathLike[str], truncation: str = "none"
) -> PairPotential:
    path = Path(folder) / file
    try:
        columns = np.loadtxt(path, ndmin=2)
    except (OSError, ValueError) as error:
        raise FileFormatError(f"{path} cannot be read as a table of numbers: {error}") from error
    if columns.shape[1] != 2:
        raise FileFormatError(
            f"{path} has {columns.shape[1]} columns; a table needs two, r and phi."
        )
    return potential_from_table(columns[:, 0], columns[:, 1], truncation)


def _lammps_from_file(
    file: str,
    folder: str | os.PathLike[str],
    variables: Mapping[str, Any] | None = None,
    data: str | None = None,
    n_types: int | None = None,
    diameters: Any = None,
) -> PairPotential:
    return lammps_potential(
        Path(folder) / file,
        variables=variables,
        data=None if data is None else Path(folder) / data,
        n_types=n_types,
        diameters=diameters,
    )


_KINDS: dict[str, Callable[..., PairPotential]] = {
    "inverse_powers": inverse_powers,
    "lennard_jones": lennard_jones,
    "harmonic_contacts": harmonic_contacts,
    "hertzian_contacts": hertzian_contacts,
    "table": _table_from_file,
    "lammps": _lammps_from_file,
}
