"""What the library asks of a pair potential.

Everything the theory needs are derivatives with respect to ``h = r^2 / 2``
(``g0 = phi``, ``g1 = phi'/r``, ``g2 = (phi'' - phi'/r)/r^2``, ``g3 = dg2/dh``), because
``d r^2/2`` is the relative position itself and no square root is left over.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import InvalidPotentialError, UnknownSpeciesError
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
    UnknownSpeciesError
        If the potential has no such species.
    """
    r = np.atleast_1d(np.asarray(distance, dtype=np.float64))
    i, j = np.full(len(r), species_i), np.full(len(r), species_j)
    g0, g1, g2, g3 = potential.derivatives(r**2, i, j)
    return np.array([g0, r * g1, g1 + r**2 * g2, 3 * r * g2 + r**3 * g3])


def check_potential(potential: object) -> None:
    """Raise InvalidPotentialError where something else stands in place of a potential."""
    needed = ("n_species", "ranges", "derivatives")
    if not all(hasattr(potential, name) for name in needed):
        raise InvalidPotentialError(
            f"a pair potential is needed, not {type(potential).__name__}: take "
            'softfield.model("2dipl").potential, one of your own such as softfield.lennard_jones, '
            'or softfield.lammps_potential("in.glass").'
        )


#: Between these is the range of a potential whose unit of length is about that of a particle.
_RANGES = (0.1, 100.0)


def check_unit_of_length(potential: PairPotential) -> None:
    """Raise InvalidPotentialError where lengths are in a unit far from the size of a particle.

    Steps of minimisation and of strain, displacements of events and radii are meant for lengths
    of the order of 1.
    """
    check_potential(potential)
    reach = float(np.max(potential.ranges))
    if not _RANGES[0] <= reach <= _RANGES[1]:
        raise InvalidPotentialError(
            f"the potential reaches {reach:.3g}, so its unit of length is far from the size of "
            "a particle, to which steps and tolerances belong. Give potential and glass in another "
            "unit, such as the diameter of a particle or the Angstrom, not in metres."
        )


def check_species(potential: PairPotential, *species: npt.NDArray[np.integer]) -> None:
    """Raise UnknownSpeciesError if one of the indices has no parameters in ``potential``."""
    check_potential(potential)
    for indices in species:
        if indices.dtype.kind not in "iu":
            raise UnknownSpeciesError(
                f"species are whole numbers (0 = A, 1 = B, ...), not {indices.dtype}."
            )
        lowest, highest = int(indices.min(initial=0)), int(indices.max(initial=0))
        if lowest >= 0 and highest < potential.n_species:
            continue
        raise UnknownSpeciesError(
            f"species {lowest if lowest < 0 else highest} has no parameters: the potential knows "
            f"species 0 to {potential.n_species - 1}. Map the species of the file to these, or use "
            "a potential with more species."
        )
