"""How a map of the unsheared glass ranks the places of its plastic events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, TooFewDataError
from ..glass import FloatArray, Glass, IndexArray, PairMap, minimum_image
from .coarse_graining import POINTS_PER_BIN, coarse_grain
from .spots import VICINITY_RADIUS, SoftSpot, soft_spots


@dataclass(frozen=True, eq=False)
class EventScores:
    """How a map ranks the places of E events, one entry per event.

    Attributes
    ----------
    delta_epsilon : Delta eps >= 1 of the nearest soft spot
    rank : rank of that spot, 1 = softest
    n_spots : number of spots of the map
    distance : to that spot, length
    percentile : share of the box area that is less soft than the place of the event
    """

    delta_epsilon: FloatArray
    rank: IndexArray
    n_spots: int
    distance: FloatArray
    percentile: FloatArray


def delta_epsilon(softness: npt.ArrayLike) -> FloatArray:
    """Delta eps = largest softness / softness (S,), at least 1; the softest spot has 1.

    Raises
    ------
    TooFewDataError
        If there is no spot.
    InvalidSettingError
        If the softness of a spot is not positive.
    """
    values = np.asarray(softness, dtype=np.float64)
    if values.size == 0:
        raise TooFewDataError("there is no soft spot to compare with; check the map.")
    if not (values > 0).all():
        raise InvalidSettingError(
            f"a soft spot has the softness {values.min():g}; Delta eps is a ratio and needs "
            "positive values. Check the map."
        )
    return values.max() / values


def nearest_spot(
    places: npt.ArrayLike, spots: npt.ArrayLike, box: npt.ArrayLike
) -> tuple[IndexArray, FloatArray]:
    """Index (E,) of the spot (S, d) nearest to each place (E, d), and its distance (E,).

    Periodic distances in the unsheared box (d,). Of spots equally near, the first counts.
    """
    points = np.atleast_2d(np.asarray(places, dtype=np.float64))
    targets = np.atleast_2d(np.asarray(spots, dtype=np.float64))
    if targets.size == 0:
        raise TooFewDataError("there is no soft spot to be nearest to; check the map.")
    away = np.linalg.norm(minimum_image(points[:, None] - targets, box), axis=-1)
    nearest = away.argmin(axis=1)
    return nearest, away[np.arange(len(points)), nearest]


def score_events(
    places: npt.ArrayLike,
    spots: Sequence[SoftSpot],
    percentile: npt.ArrayLike,
    box: npt.ArrayLike,
) -> EventScores:
    """Score the places (E, d) of events against the spots of one map.

    ``percentile`` (E,) is that of :func:`area_percentile`.

    Raises
    ------
    TooFewDataError
        If the map has no spot.
    """
    spread = delta_epsilon([spot.softness for spot in spots])
    nearest, distance = nearest_spot(places, [spot.position for spot in spots], box)
    return EventScores(
        spread[nearest],
        _ranks(spread)[nearest],
        len(spots),
        distance,
        np.asarray(percentile, dtype=np.float64),
    )


def area_percentile(
    glass: Glass,
    field: PairMap | npt.ArrayLike,
    places: npt.ArrayLike,
    points_per_bin: int = POINTS_PER_BIN,
) -> FloatArray:
    """Share (E,) of the box area that is less soft than each place (E, d).

    Counted on the paper's bins, laid so that one of them has its centre at the place: the share
    does not depend on where the box begins.

    Raises
    ------
    InvalidSettingError
        As :func:`~softfield.softness.coarse_graining.coarse_grain`.
    """
    at = np.asarray(places, dtype=np.float64).reshape(-1, glass.dimension)
    around = [coarse_grain(glass, field, points_per_bin, centre=place) for place in at]
    found = [coarse.percentile(place)[0] for coarse, place in zip(around, at, strict=True)]
    return np.array(found, dtype=np.float64)


def score_map(
    glass: Glass,
    field: PairMap | npt.ArrayLike,
    places: npt.ArrayLike,
    vicinity_radius: float = VICINITY_RADIUS,
    points_per_bin: int = POINTS_PER_BIN,
) -> EventScores:
    """Score the places (E, d) of events against a map of the unsheared glass.

    Raises
    ------
    As :func:`~softfield.softness.spots.soft_spots` and :func:`area_percentile`.
    """
    spots = soft_spots(glass, field, vicinity_radius)
    percentile = area_percentile(glass, field, places, points_per_bin)
    return score_events(places, spots, percentile, glass.box)


def _ranks(spread: FloatArray) -> IndexArray:
    """Rank of each spot by Delta eps, 1 = softest; ties share the better rank."""
    return np.searchsorted(np.sort(spread), spread, side="left") + 1
