"""Indicators: maps of a glass that are said to be large where it is soft.

Every indicator is one value per pair or per particle, larger where it should be softer; the
coarse-graining and the spots are the same for all (:mod:`softfield.softness.spots`), but for
indicators that are made of places to begin with and say their own. A new entry of ``INDICATORS``
is a new indicator: the choices of the configuration, the labels of figures and the table in the
docs follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, PairMap, ThermalEnergy
from ..mechanics.derivatives import internal_forces
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential
from ..response.event_prediction import EventPredictor, PredictedEvent
from ..response.soft_modes import SoftMode, soft_modes
from ..response.strain_response import StrainResponse, response_of_pairs
from .scores import on_common_bins
from .spots import VICINITY_RADIUS, SoftSpot, check_unsheared, soft_spots

Map = PairMap | FloatArray


@dataclass(frozen=True, eq=False)
class Observed:
    """What is known of an unsheared glass when an indicator is made.

    Attributes
    ----------
    glass
    potential : None where the force law is no sum over pairs; see ``Indicator.of_pairs``
    field : its local thermal energy
    modes : ``mode_map`` (N,) and ``lowest_mode`` (N,), as in a block of the stage modes
    direction : the strain whose events are asked for; what depends on it is *directed*
    max_strain : up to which events are predicted, as far as they are sought

    What is costly is made when an indicator asks for it, and kept.
    """

    glass: Glass
    potential: PairPotential | None
    field: ThermalEnergy
    modes: Mapping[str, npt.NDArray]
    direction: Direction = "xy"
    max_strain: float = 0.1

    @property
    def pair_potential(self) -> PairPotential:
        """The potential.

        Raises
        ------
        InvalidSettingError
            If there is none.
        """
        if self.potential is None:
            raise InvalidSettingError(
                "this indicator is made from a sum over pairs, which the force law is not; choose "
                f"among {', '.join(n for n, one in INDICATORS.items() if not one.of_pairs)}."
            )
        return self.potential

    @cached_property
    def interactions(self) -> Interactions:
        return interactions(self.glass, self.pair_potential)

    @cached_property
    def factorization(self) -> Factorization:
        return factorize(self.glass, self.interactions)

    @cached_property
    def response(self) -> StrainResponse:
        """dE_alpha/dgamma in the direction."""
        tensor = direction_tensor(self.direction, self.glass.dimension)
        return response_of_pairs(
            self.glass, self.pair_potential, self.interactions, self.factorization, tensor
        )

    @cached_property
    def cubic_modes(self) -> list[SoftMode]:
        return soft_modes(self.glass, self.pair_potential, "cubic")

    @cached_property
    def pseudoharmonic_modes(self) -> list[SoftMode]:
        return soft_modes(self.glass, self.pair_potential, "pseudoharmonic")

    @cached_property
    def softening_modes(self) -> list[SoftMode]:
        return soft_modes(self.glass, self.pair_potential, "softening")

    @cached_property
    def predictor(self) -> EventPredictor:
        return EventPredictor(self.glass, self.pair_potential)

    @cached_property
    def predicted(self) -> list[PredictedEvent]:
        """The events predicted in the direction, up to ``max_strain``."""
        return self.predictor.events(self.direction, self.max_strain)

    def towards(self, direction: Direction) -> Observed:
        """The same glass under another strain; what does not depend on it is kept."""
        other = replace(self, direction=direction)
        undirected = (
            "interactions", "factorization", "cubic_modes", "pseudoharmonic_modes",
            "softening_modes", "predictor",
        )  # fmt: skip
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k in undirected})
        return other


@dataclass(frozen=True)
class Indicator:
    """A map: its name in figures, its definition in words, and the function that makes it.

    ``directed``: whether it depends on the direction of strain. ``of_pairs``: whether it needs the
    derivatives of a sum over pairs. ``spots``: for an indicator that is made of places, their
    list, softest first; the others have the spots of their map.
    """

    label: str
    meaning: str
    make: Callable[[Observed], Map]
    directed: bool = False
    of_pairs: bool = False
    spots: Callable[[Observed], list[SoftSpot]] | None = None


def _of_places(
    label: str,
    meaning: str,
    places: Callable[[Observed], Sequence[SoftMode | PredictedEvent]],
    score: Callable[[Any, Direction], float],
    directed: bool = True,
) -> Indicator:
    """An indicator of localised displacements, each with a score, larger where softer.

    Its map adds up the scores times the squared displacements, scaled to 1 at their largest.
    """

    def scored(known: Observed) -> list[tuple[float, SoftMode | PredictedEvent]]:
        found = [(score(one, known.direction), one) for one in places(known)]
        return sorted((pair for pair in found if pair[0] > 0), key=lambda pair: -pair[0])

    def make(known: Observed) -> Map:
        total = np.zeros(known.glass.n_particles)
        for value, one in scored(known):
            squared = np.einsum("nc,nc->n", one.vector, one.vector)
            total += value * squared / squared.max()
        return total

    def spots(known: Observed) -> list[SoftSpot]:
        return [SoftSpot(one.position, value) for value, one in scored(known)]

    return Indicator(label, meaning, make, directed, of_pairs=True, spots=spots)


def _inverse_yield_strain(mode: SoftMode, direction: Direction) -> float:
    return 1.0 / mode.yield_strain(direction)


def _neighbors(known: Observed) -> npt.NDArray[np.intp]:
    return np.bincount(known.interactions.pairs.ravel(), minlength=known.glass.n_particles)


#: Name of an indicator -> what it is and how it is made.
INDICATORS = {
    "lte": Indicator(
        "local thermal energy",
        "|E| of Eq. 3, per pair",
        lambda known: known.field.mapped(known.field.energy),
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
        lambda known: known.field.mapped(known.field.harmonic),
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
        of_pairs=True,
    ),
    "internal_force": Indicator(
        "internal force",
        "magnitude of the force between the two particles, per pair",
        lambda known: PairMap(known.interactions.pairs, internal_forces(known.interactions)),
        of_pairs=True,
    ),
    "neighbors": Indicator(
        "few neighbours",
        "inverse of the number of interacting neighbours, per particle",
        lambda known: 1.0 / np.maximum(_neighbors(known), 1),
        of_pairs=True,
    ),
    "strain_response": Indicator(
        "strain response of the LTE",
        "max(0, E dE/dγ), per pair",
        lambda known: PairMap(known.response.pairs, known.response.indicator),
        directed=True,
        of_pairs=True,
    ),
    "soft_modes": _of_places(
        "cubic soft modes",
        "inverse yield strain -2 κ'/κ of the cubic modes, per mode",
        lambda known: known.cubic_modes,
        _inverse_yield_strain,
    ),
    "barrier": _of_places(
        "lowest barriers",
        "inverse barrier 3 τ²/(2 κ³) of the cubic modes, per mode",
        lambda known: known.cubic_modes,
        lambda mode, _: 1.0 / mode.barrier,
        directed=False,
    ),
    "pseudoharmonic": _of_places(
        "pseudoharmonic modes",
        "inverse yield strain -2 κ'/κ of the pseudoharmonic modes, per mode",
        lambda known: known.pseudoharmonic_modes,
        _inverse_yield_strain,
    ),
    "softening": _of_places(
        "softening modes",
        "inverse yield strain -2 κ'/κ of the modes that strain softens fastest, per mode",
        lambda known: known.softening_modes,
        _inverse_yield_strain,
    ),
    "predicted": _of_places(
        "predicted events",
        "inverse strain at which a spot yields in the linear response of the rest, per spot",
        lambda known: known.predicted,
        lambda event, _: 1.0 / event.strain,
    ),
}


def indicator_map(name: str, known: Observed) -> Map:
    """The map of the indicator called ``name``, one of ``INDICATORS``.

    Raises
    ------
    InvalidSettingError
        If there is no indicator of this name.
    """
    return _indicator(name).make(known)


def indicator_spots(
    name: str,
    known: Observed,
    vicinity_radius: float = VICINITY_RADIUS,
    common_bins: bool = False,
    made: Map | None = None,
) -> list[SoftSpot]:
    """The spots of the indicator called ``name``, softest first.

    ``made``: its map, where it is known already. ``common_bins``: a map of particles as one of
    pairs where the field is, see :func:`~softfield.softness.scores.on_common_bins`. An indicator
    that is made of places has its own spots, whatever the radius and the bins.

    Raises
    ------
    InvalidGlassError
        If the glass is sheared, whatever the spots are made of.
    InvalidSettingError
        If there is no indicator of this name.
    """
    found = _indicator(name)
    check_unsheared(known.glass)
    if found.spots is not None:
        return found.spots(known)
    field = found.make(known) if made is None else made
    if common_bins:
        field = on_common_bins(field, known.field)
    return soft_spots(known.glass, field, vicinity_radius)


def _indicator(name: str) -> Indicator:
    if name not in INDICATORS:
        raise InvalidSettingError(
            f"there is no indicator {name!r}; the indicators are {', '.join(INDICATORS)}."
        )
    return INDICATORS[name]
