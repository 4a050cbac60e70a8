"""How a map of the unsheared glass ranks the places of its plastic events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, TooFewDataError
from ..glass import (
    AtomThermalEnergy,
    FloatArray,
    Glass,
    IndexArray,
    PairMap,
    ThermalEnergy,
    real_numbers,
)
from .coarse_graining import POINTS_PER_BIN, checked_places, coarse_grain
from .distances import nearest_spot
from .spots import VICINITY_RADIUS, SoftSpot, soft_spots


@dataclass(frozen=True, eq=False)
class EventScores:
    """How a map ranks the places of E events, one entry per event.

    Attributes
    ----------
    delta_epsilon : Delta eps >= 1 of the nearest soft spot
    rank : rank of that spot, 1 = softest; infinite, as delta_epsilon and the distances are, where
        a map of places says of no place that it is soft
    n_spots : number of spots of the map
    distance : to that spot, length
    first_distance : to the softest spot of all, the first choice of the map, length
    first_softness : softness of that spot, the same for all events
    percentile : share of the box area that is less soft than the place of the event
    area_fraction : share of it that is as soft or softer; bins of equal softness count by half
        in both
    """

    delta_epsilon: FloatArray
    rank: FloatArray
    n_spots: int
    distance: FloatArray
    first_distance: FloatArray
    first_softness: FloatArray
    percentile: FloatArray
    area_fraction: FloatArray


def delta_epsilon(softness: npt.ArrayLike) -> FloatArray:
    """Delta eps = largest softness / softness (S,), at least 1; the softest spot has 1.

    Raises
    ------
    TooFewDataError
        If there is no spot.
    InvalidSettingError
        If the softness of a spot is not positive.
    """
    values = real_numbers(softness, "softness values")
    if values.size == 0:
        raise TooFewDataError("there is no soft spot to compare with; check the map.")
    if not (values > 0).all():
        raise InvalidSettingError(
            f"a soft spot has the softness {values.min():g}; Delta eps is a ratio and needs "
            "positive values. Check the map."
        )
    return values.max() / values


def score_events(
    places: npt.ArrayLike,
    spots: Sequence[SoftSpot],
    area: tuple[npt.ArrayLike, npt.ArrayLike],
    box: npt.ArrayLike,
) -> EventScores:
    """Score the places (E, d) of events against the spots of one map.

    ``area`` is percentile and area fraction (E,) of :func:`area_shares`, ``box`` (d,) that of an
    unsheared glass.

    Raises
    ------
    TooFewDataError
        If the map has no spot.
    """
    spread = delta_epsilon([spot.softness for spot in spots])
    nearest, distance = nearest_spot(places, [spot.position for spot in spots], box)
    first = spots[int(spread.argmin())]
    return EventScores(
        spread[nearest],
        ranks(spread)[nearest].astype(np.float64),
        len(spots),
        distance,
        nearest_spot(places, first.position, box)[1],
        np.full(len(distance), first.softness),
        *(np.asarray(share, dtype=np.float64) for share in area),
    )


def score_without_spots(area: tuple[npt.ArrayLike, npt.ArrayLike]) -> EventScores:
    """Scores of events that a map of places found no place for: a miss, whatever is asked.

    ``area`` as in :func:`score_events`.
    """
    shares = [np.asarray(share, dtype=np.float64) for share in area]
    never = np.full(len(shares[0]), np.inf)
    return EventScores(never, never, 0, never, never, np.zeros(len(never)), *shares)


def area_shares(
    glass: Glass,
    field: PairMap | AtomThermalEnergy | npt.ArrayLike,
    places: npt.ArrayLike,
    points_per_bin: int = POINTS_PER_BIN,
) -> tuple[FloatArray, FloatArray]:
    """Percentile (E,) and area fraction (E,) of each place (E, d): see :class:`EventScores`.

    Counted on the paper's bins, laid so that one of them has its centre at the place: the shares
    do not depend on where the box begins.

    Raises
    ------
    InvalidSettingError
        As :func:`~softfield.softness.coarse_graining.coarse_grain`.
    """
    at = checked_places(glass, places, "places of events")
    around = [coarse_grain(glass, field, points_per_bin, centre=place) for place in at]
    found = zip(around, at, strict=True)
    shares = [(bins.percentile(place)[0], bins.area_fraction(place)[0]) for bins, place in found]
    less_soft, as_soft = np.array(shares, dtype=np.float64).reshape(-1, 2).T
    return less_soft, as_soft


def on_pairs(values: PairMap | npt.ArrayLike, pairs: npt.NDArray) -> PairMap:
    """A map as one on pairs (P, 2): the mean of both particles; a map on pairs stays as it is.

    So a map of particles is coarse-grained on the bins that the pairs have: one grid for all maps.
    """
    if hasattr(values, "pairs") and hasattr(values, "energy"):
        return PairMap(values.pairs, values.energy)
    of_particles = np.abs(real_numbers(values, "the values of a map"))
    ends = np.asarray(pairs, dtype=np.intp)
    return PairMap(ends, of_particles[ends].mean(axis=1))


def on_common_bins(values: PairMap | npt.ArrayLike, field: ThermalEnergy) -> PairMap | FloatArray:
    """A map on the pairs of the field, so that both have the same bins: see :func:`on_pairs`.

    Where the field is one of atoms, all maps are.
    """
    if isinstance(field, AtomThermalEnergy):
        return real_numbers(values, "the values of a map")
    return on_pairs(values, field.pairs)


def score_map(
    glass: Glass,
    field: PairMap | AtomThermalEnergy | npt.ArrayLike,
    places: npt.ArrayLike,
    vicinity_radius: float = VICINITY_RADIUS,
    points_per_bin: int = POINTS_PER_BIN,
) -> EventScores:
    """Score the places (E, d) of events against a map of the unsheared glass.

    Raises
    ------
    As :func:`~softfield.softness.spots.soft_spots` and :func:`area_shares`.
    """
    spots = soft_spots(glass, field, vicinity_radius)
    area = area_shares(glass, field, places, points_per_bin)
    return score_events(places, spots, area, glass.box)


def ranks(spread: FloatArray) -> IndexArray:
    """(S,) rank of each spot by Delta eps (S,), 1 = softest; ties share the better rank."""
    return np.searchsorted(np.sort(spread), spread, side="left") + 1
