"""Indicators: maps of a glass that are said to be large where it is soft.

Every indicator is one value per pair or per particle, larger where it should be softer; the
coarse-graining and the spots are the same for all (:mod:`softfield.softness.spots`). A new
entry of ``INDICATORS`` is a new indicator: the choices of the configuration, the labels of
figures and the table in the docs follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, LocalThermalEnergy, PairMap
from ..mechanics.derivatives import internal_forces
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential

Map = PairMap | FloatArray


@dataclass(frozen=True, eq=False)
class Observed:
    """What is known of an unsheared glass when an indicator is made.

    Attributes
    ----------
    glass, potential
    field : its local thermal energy
    modes : ``mode_map`` (N,) and ``lowest_mode`` (N,), as in a block of the stage modes
    """

    glass: Glass
    potential: PairPotential
    field: LocalThermalEnergy
    modes: Mapping[str, npt.NDArray]

    @cached_property
    def interactions(self) -> Interactions:
        return interactions(self.glass, self.potential)


@dataclass(frozen=True)
class Indicator:
    """A map: its name in figures, its definition in words, and the function that makes it."""

    label: str
    meaning: str
    make: Callable[[Observed], Map]


def _neighbors(known: Observed) -> npt.NDArray[np.intp]:
    return np.bincount(known.interactions.pairs.ravel(), minlength=known.glass.n_particles)


#: Name of an indicator -> what it is and how it is made.
INDICATORS = {
    "lte": Indicator(
        "local thermal energy",
        "|E| of Eq. 3, per pair",
        lambda known: PairMap(known.field.pairs, known.field.energy),
    ),
    "nm": Indicator(
        "normal modes",
        "sum of |Psi_i|² over the lowest modes, per particle",
        lambda known: known.modes["mode_map"],
    ),
    "lowest_mode": Indicator(
        "lowest normal mode",
        "|Psi_1|² of the lowest mode, per particle",
        lambda known: known.modes["lowest_mode"],
    ),
    "harmonic": Indicator(
        "harmonic part of the LTE",
        "first part of Eq. 3 alone, per pair",
        lambda known: PairMap(known.field.pairs, known.field.harmonic),
    ),
    "displacement": Indicator(
        "thermal displacement",
        "|X| of Eq. 2, per particle",
        lambda known: np.linalg.norm(known.field.displacement, axis=1),
    ),
    "debye_waller": Indicator(
        "Debye–Waller factor",
        "mean squared displacement, per particle",
        lambda known: known.field.debye_waller,
    ),
    "potential_energy": Indicator(
        "potential energy",
        "energy of the interaction, per pair",
        lambda known: PairMap(known.interactions.pairs, known.interactions.g0),
    ),
    "internal_force": Indicator(
        "internal force",
        "magnitude of the force between the two particles, per pair",
        lambda known: PairMap(known.interactions.pairs, internal_forces(known.interactions)),
    ),
    "neighbors": Indicator(
        "few neighbours",
        "inverse of the number of interacting neighbours, per particle",
        lambda known: 1.0 / np.maximum(_neighbors(known), 1),
    ),
}


def indicator_map(name: str, known: Observed) -> Map:
    """The map of the indicator called ``name``, one of ``INDICATORS``.

    Raises
    ------
    InvalidSettingError
        If there is no indicator of this name.
    """
    if name not in INDICATORS:
        raise InvalidSettingError(
            f"there is no indicator {name!r}; the indicators are {', '.join(INDICATORS)}."
        )
    return INDICATORS[name].make(known)
