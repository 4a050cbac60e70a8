"""What the library asks of a pair potential.

Everything the theory needs are derivatives with respect to ``h = r^2 / 2``
(``g0 = phi``, ``g1 = phi'/r``, ``g2 = (phi'' - phi'/r)/r^2``, ``g3 = dg2/dh``), because
``d r^2/2`` is the relative position itself and no square root is left over.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..checks.arrays import finite_numbers, listed, real_numbers
from ..checks.numbers import whole_number
from ..errors import InvalidPotentialError, InvalidSettingError, UnknownSpeciesError
from ..glass import FloatArray


class PairPotential(Protocol):
    """What the rest of the library asks of a pair potential."""

    @property
    def n_species(self) -> int: ...

    @property
    def ranges(self) -> FloatArray:
        """(S, S) distance beyond which each pair of species does not interact."""
        ...

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0, g1, g2, g3 at the squared distances (P,)."""
        ...


def radial_derivatives(
    potential: PairPotential, distance: npt.ArrayLike, species_i: int = 0, species_j: int = 0
) -> FloatArray:
    """(4, P) array of phi, phi', phi'', phi''' at distances (P,) for one pair of species.

    Raises
    ------
    InvalidPotentialError
        If the potential is none.
    InvalidSettingError
        If the distances are not positive and finite.
    UnknownSpeciesError
        If the potential has no such species.
    """
    r, i, j = checked_distances(potential, distance, species_i, species_j)
    g0, g1, g2, g3 = potential.derivatives(r**2, i, j)
    return np.array([g0, r * g1, g1 + r**2 * g2, 3 * r * g2 + r**3 * g3])


def checked_distances(
    potential: PairPotential, distance: npt.ArrayLike, species_i: int, species_j: int
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distances (P,) of a pair of species, and the species i and j of each.

    Raises
    ------
    As :func:`radial_derivatives`.
    """
    check_potential(potential)
    r = finite_numbers(np.atleast_1d(real_numbers(distance, "distances")), "distances", (None,))
    if r.size and r.min() <= 0:
        raise InvalidSettingError(f"distances of a pair are positive; {r.min():g} is not.")
    i, j = (
        np.full(len(r), whole_number(kind, "a species", None, UnknownSpeciesError))
        for kind in (species_i, species_j)
    )
    check_species(potential, i, j)
    return r, i, j


def check_potential(potential: object) -> None:
    """Raise InvalidPotentialError where something else stands in place of a potential."""
    needed = ("n_species", "ranges", "derivatives")
    if isinstance(potential, type) or not all(hasattr(potential, name) for name in needed):
        raise InvalidPotentialError(
            f"a pair potential is needed, not {type(potential).__name__}: take "
            'softfield.model("2dipl").potential, one of your own such as softfield.lennard_jones, '
            'or softfield.lammps_potential("in.glass").'
        )


def checked_ranges(potential: PairPotential) -> FloatArray:
    """Ranges (S, S) of pairs of species, or (1, 1) where the table has only the largest.

    Raises
    ------
    InvalidPotentialError
        If they are no symmetric table of lengths for the species of the potential.
    """
    check_potential(potential)
    ranges = real_numbers(potential.ranges, "ranges of a potential", InvalidPotentialError)
    count = potential.n_species
    if ranges.shape not in ((count, count), (1, 1)):
        raise InvalidPotentialError(
            f"the potential {type(potential).__name__} has {count} species and ranges of shape "
            f"{ranges.shape}: give a table ({count}, {count})."
        )
    if not (np.isfinite(ranges).all() and (ranges >= 0).all() and (ranges == ranges.T).all()):
        raise InvalidPotentialError(
            f"the ranges of the potential {type(potential).__name__} must be finite lengths >= 0, "
            "that of species i and j the same as that of j and i. Correct the table; 0 stands for "
            "pairs that do not interact."
        )
    return ranges


def largest_range(potential: PairPotential, species: npt.NDArray[np.integer]) -> float:
    """Largest range, length, between species that some particle has.

    Raises
    ------
    UnknownSpeciesError
        As :func:`check_species`.
    InvalidPotentialError
        As :func:`checked_ranges`.
    """
    check_species(potential, species)
    ranges = checked_ranges(potential)
    if len(ranges) > 1:
        present = np.flatnonzero(np.bincount(species))
        ranges = ranges[np.ix_(present, present)]
    return float(ranges.max())


#: Between these is the range of a potential whose unit of length is about that of a particle.
_RANGES = (0.1, 100.0)


def check_unit_of_length(potential: PairPotential, species: npt.NDArray[np.integer]) -> None:
    """Raise InvalidPotentialError where lengths are in a unit far from the size of a particle.

    The range between the species (N,) of particles tells. Steps of minimisation and of strain,
    displacements of events and radii are meant for lengths of the order of 1.
    """
    reach = largest_range(potential, species)
    if not _RANGES[0] <= reach <= _RANGES[1]:
        raise InvalidPotentialError(
            f"the potential reaches {reach:.3g}, so its unit of length is far from the size of "
            "a particle, to which steps and tolerances belong. Give potential and glass in another "
            "unit, such as the diameter of a particle or the Angstrom, not in metres."
        )


def check_pairs(
    potential: PairPotential,
    squared_distance: npt.NDArray,
    species_i: npt.NDArray,
    species_j: npt.NDArray,
) -> None:
    """Refuse what is no list of pairs: (P,) squared distances, and as many species i and j.

    Raises
    ------
    InvalidSettingError
        If there are not as many of each, or they are no such numbers.
    UnknownSpeciesError
        As :func:`check_species`.
    """
    check_species(potential, species_i, species_j)
    squares = squared_distance
    numbers = isinstance(squares, np.ndarray) and squares.dtype.kind in "iuf"
    alike = numbers and squares.ndim == 1 and squares.shape == species_i.shape == species_j.shape
    if not alike:
        raise InvalidSettingError(
            "pairs are an array of squared distances (P,) and as many species i and j; these have "
            f"the shapes {listed(squares).shape}, {species_i.shape} and {species_j.shape}."
        )
    if squares.size and not squares.min() >= 0:
        raise InvalidSettingError(
            f"squared distances of pairs are numbers from 0 on; {squares.min():g} is not."
        )


def check_alike(species_i: npt.NDArray, species_j: npt.NDArray) -> None:
    """Raise UnknownSpeciesError where there are not as many species i as j, (P,)."""
    if species_i.ndim != 1 or species_i.shape != species_j.shape:
        raise UnknownSpeciesError(
            f"pairs have as many species i as j, (P,), not {species_i.shape} and {species_j.shape}."
        )


def check_species(potential: PairPotential, *species: npt.NDArray[np.integer]) -> None:
    """Raise UnknownSpeciesError if one of the indices has no parameters in ``potential``."""
    check_potential(potential)
    for indices in species:
        if not isinstance(indices, np.ndarray) or indices.dtype.kind not in "iu":
            raise UnknownSpeciesError(
                "species are an array of whole numbers (0 = A, 1 = B, ...), not "
                f"{getattr(indices, 'dtype', type(indices).__name__)}."
            )
        lowest, highest = int(indices.min(initial=0)), int(indices.max(initial=0))
        if lowest >= 0 and highest < potential.n_species:
            continue
        raise UnknownSpeciesError(
            f"species {lowest if lowest < 0 else highest} has no parameters: the potential knows "
            f"species 0 to {potential.n_species - 1}. Map the species of the file to these, or use "
            "a potential with more species."
        )
