"""Maps that are said to show where a glass is soft, all in the form that soft spots need.

Every map is one value per bond or per particle, larger where it should be softer; the
coarse-graining and the spots are the same for all (:mod:`softfield.softspots`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import internal_forces
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential


@dataclass(frozen=True, eq=False)
class PairMap:
    """One value ``energy`` (P,) per pair of particles ``pairs`` (P, 2)."""

    pairs: npt.NDArray
    energy: FloatArray


Map = PairMap | FloatArray


Arrays = Mapping[str, npt.NDArray]


#: Name of a map -> what it is (for figures and documentation).
INDICATORS = {
    "lte": "local thermal energy",
    "nm": "normal modes",
    "lowest_mode": "lowest normal mode",
    "harmonic": "harmonic part of the LTE",
    "displacement": "thermal displacement",
    "debye_waller": "Debye–Waller factor",
    "potential_energy": "potential energy",
    "internal_force": "internal force",
    "neighbors": "few neighbours",
}


def indicator_map(
    name: str, glass: Glass, potential: PairPotential, field: Arrays, modes: Arrays
) -> Map:
    """The map called ``name``.

    Parameters
    ----------
    name : one of ``INDICATORS``
        ``lte`` |E_alpha| (Eq. 3); ``nm`` sum of |Psi_i|^2 over the lowest modes;
        ``lowest_mode`` |Psi_1|^2 of the lowest one; ``harmonic`` the first part of Eq. 3
        alone; ``displacement`` |X| (Eq. 2) of each particle; ``debye_waller`` mean squared
        displacement; ``potential_energy`` of each bond; ``internal_force`` |f_alpha| of each
        bond; ``neighbors`` the inverse of the number of interacting neighbours.
    field : mapping
        ``pairs``, ``energy``, ``harmonic``, ``displacement`` and ``debye_waller``, as in a
        block of the stage fields.
    modes : mapping
        ``mode_map`` and ``lowest_mode``, as in a block of the stage modes; used by ``nm`` and
        ``lowest_mode`` only.

    Raises
    ------
    InvalidSettingError
        If there is no map of this name.
    """
    from_field: dict[str, Callable[[], Map]] = {
        "lte": lambda: PairMap(field["pairs"], field["energy"]),
        "nm": lambda: modes["mode_map"],
        "lowest_mode": lambda: modes["lowest_mode"],
        "harmonic": lambda: PairMap(field["pairs"], field["harmonic"]),
        "displacement": lambda: np.linalg.norm(field["displacement"], axis=1),
        "debye_waller": lambda: field["debye_waller"],
    }
    if name in from_field:
        return from_field[name]()
    return _structural_map(name, interactions(glass, potential))


def _structural_map(name: str, found: Interactions) -> Map:
    match name:
        case "potential_energy":
            return PairMap(found.pairs, found.g0)
        case "internal_force":
            return PairMap(found.pairs, internal_forces(found))
        case "neighbors":
            number = np.bincount(found.pairs.ravel(), minlength=found.n_particles)
            return 1.0 / np.maximum(number, 1)
    raise InvalidSettingError(f"there is no map {name!r}; the maps are {', '.join(INDICATORS)}.")
