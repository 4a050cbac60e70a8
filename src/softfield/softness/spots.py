"""Soft spots: the softest vicinities of a map, wherever the box begins.

The paper takes the local maxima of its coarse-grained field and refines them to the
|E|-weighted centre of the bonds in their near vicinity. A grid of bins has an origin, which the
glass has not: which maxima there are, and the softest of them, would depend on it. So the climb
to the weighted centre starts from every particle here, and the maxima are taken among the places
where it ends. The bins remain the paper's for the field that is shown
(:mod:`softfield.softness.coarse_graining`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..checks.numbers import is_number
from ..errors import InvalidGlassError, InvalidSettingError, NotConvergedError
from ..glass import AtomThermalEnergy, FloatArray, Glass, IndexArray, PairMap, check_glass
from ..kernels.vicinity import climb
from .coarse_graining import weighted_points

#: Radius of the near vicinity of a spot, in units of the smallest pair diameter. The paper
#: does not give it. This is about half the width of the 3 x 3 bins over which one value of
#: the field is averaged (docs/soft_spots.md has the measured bin sizes): the vicinity sees
#: what the field saw.
VICINITY_RADIUS = 2.5

#: Softness that differs by less than this, relative, is the same: rounding of a mean.
_SAME_VALUE = 1e-11

#: Share of the vicinity by which rounding may move what lies at its border.
_ROUNDING = 1e-9

_MAX_MOVES = 1000
_AT_REST = 1e-9


@dataclass(frozen=True, eq=False)
class SoftSpot:
    """A soft spot: ``position`` (d,) inside the box, ``softness`` = mean |E_alpha| around it."""

    position: FloatArray
    softness: float


def soft_spots(
    glass: Glass,
    field: PairMap | AtomThermalEnergy | npt.ArrayLike,
    vicinity_radius: float = VICINITY_RADIUS,
) -> list[SoftSpot]:
    """Soft spots of a map, softest first.

    From every particle a place moves to the |value|-weighted centre of the bonds
    (particles) within ``vicinity_radius`` of it, again and again until it rests. Softness is the
    mean |value| within ``vicinity_radius`` of a place of rest. A soft spot is a place of rest
    that nothing within ``vicinity_radius`` exceeds in softness: no other place of rest, and no
    particle from which the climb leads to a softer place. A flat region counts once. Hence spots
    are further apart than ``vicinity_radius``, the first is the softest place of rest that there
    is, and the list follows the glass under translations, relabelling and exchange of axes.
    Softness that rounding alone tells apart is the same.

    Parameters
    ----------
    glass : Glass
        Unsheared: the paper takes soft spots from the quiescent glass.
    field : object with ``pairs`` (P, 2) and ``energy`` (P,), AtomThermalEnergy, or array (N,)
        A bond counts where its midpoint lies, a particle where it is.
    vicinity_radius : float
        Length, at most half the shortest edge of the box.

    Raises
    ------
    InvalidGlassError
        If the glass is sheared.
    InvalidSettingError
        If the radius does not fit the box, or leaves nothing in any vicinity, or values and glass
        do not match or are not finite.
    NotConvergedError
        If a place does not come to rest.
    """
    _check_vicinity(glass, vicinity_radius)
    points, weights = weighted_points(glass, field)
    inside = _wrap(points, glass.box)
    starts = _wrap(glass.positions, glass.box)
    # what lies at exactly the radius, as on a lattice, is within it wherever the origin is
    reach = (1.0 + _ROUNDING) * vicinity_radius
    climbs = _climbs(starts, inside, weights, glass.box, reach)
    if weights.any() and not climbs.softness.any():
        raise InvalidSettingError(
            "vicinity_radius is so small that no particle has a bond (or value) other than zero in "
            "its vicinity: there are no spots. Take a larger one, some 2.5 distances of neighbours."
        )
    kept = _local_maxima(climbs, glass.box, reach)
    kept = kept[np.argsort(-climbs.softness[kept], kind="stable")]
    softness = _without_rounding(climbs.softness[kept])
    places = climbs.places[kept]
    return [SoftSpot(p.copy(), float(s)) for p, s in zip(places, softness, strict=True)]


def check_unsheared(glass: Glass) -> None:
    """Raise InvalidGlassError for a glass that is sheared, whose soft spots are not defined."""
    check_glass(glass)
    if glass.strain != 0:
        raise InvalidGlassError(
            f"the glass is sheared by {glass.strain:g}; soft spots are defined for the "
            "unsheared glass. Pass the glass from before the deformation."
        )


def _check_vicinity(glass: Glass, radius: float) -> None:
    check_unsheared(glass)
    if not is_number(radius) or not 0 < radius <= 0.5 * glass.box.min():
        raise InvalidSettingError(
            f"vicinity_radius = {radius} must be positive and at most half the shortest "
            f"edge of the box, {0.5 * glass.box.min():.4g}; choose it within that range."
        )


@dataclass(frozen=True, eq=False)
class _Climbs:
    """From every start (N, d) the place of rest, and the mean weight around both (N,)."""

    starts: FloatArray
    at_start: FloatArray
    places: FloatArray
    softness: FloatArray


def _climbs(
    starts: FloatArray, points: FloatArray, weights: FloatArray, box: FloatArray, radius: float
) -> _Climbs:
    cells, first, members, around = _sorted_into_cells(points, box, radius)
    limits = radius, cells, first, members, around, _AT_REST * radius, _MAX_MOVES
    places, softness, at_start, unrested = climb(starts, points, weights, box, *limits)
    if unrested:
        raise NotConvergedError(
            f"{unrested} places did not come to rest after {_MAX_MOVES} moves; the map "
            "may be flat around them. Choose another vicinity_radius."
        )
    return _Climbs(starts, at_start, _wrap(places, box), softness)


def _sorted_into_cells(
    points: FloatArray, box: FloatArray, radius: float
) -> tuple[IndexArray, IndexArray, IndexArray, IndexArray]:
    """Cells per axis, first member of each cell, members by cell, and the cells around each.

    Cells are at least as wide as the radius, and not more than there are points.
    """
    most = max(1, int(len(points) ** (1.0 / box.size)))
    cells = np.clip((box / radius).astype(np.intp), 1, most)
    index = np.minimum((points / box * cells).astype(np.intp), cells - 1)
    flat = np.ravel_multi_index(tuple(index.T), tuple(cells))
    size = int(np.prod(cells))
    first = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=size))])
    members = np.argsort(flat, kind="stable")
    # where an axis has fewer than three cells, all of them are around each, once
    steps = [range(-1, 2) if n >= 3 else range(n) for n in cells.tolist()]
    here = np.stack(np.unravel_index(np.arange(size), tuple(cells)), axis=1)
    around = [
        np.ravel_multi_index(tuple(((here + step) % cells).T), tuple(cells))
        for step in product(*steps)
    ]
    return cells, first, members, np.stack(around, axis=1)


def _local_maxima(climbs: _Climbs, box: FloatArray, radius: float) -> IndexArray:
    """One index for every plateau of equal softness that nothing within the radius exceeds."""
    places, softness = climbs.places, climbs.softness
    level = _SAME_VALUE * (float(softness.max()) or 1.0)
    one, other = cKDTree(places, boxsize=box).query_pairs(radius, output_type="ndarray").T
    equal = np.abs(softness[other] - softness[one]) <= level
    edges = (np.ones(np.count_nonzero(equal)), (one[equal], other[equal]))
    graph = csr_array(edges, shape=(len(places),) * 2)
    count, plateau = connected_components(graph, directed=False)
    # steps of rounding add up where a plateau is wide: what counts is its highest place
    peak = np.zeros(count)
    np.maximum.at(peak, plateau, softness)
    exceeded = np.zeros(count, dtype=bool)
    exceeded[plateau[one[softness[other] > peak[plateau[one]] + level]]] = True
    exceeded[plateau[other[softness[one] > peak[plateau[other]] + level]]] = True
    # a shoulder: a bond nearby is softer, and the climb from it leads to what is softer still
    left = np.flatnonzero(~exceeded[plateau])
    near = cKDTree(climbs.starts, boxsize=box).query_ball_point(places[left], radius)
    place = np.repeat(left, [len(found) for found in near])
    start = np.concatenate([np.asarray(found, dtype=np.intp) for found in near])
    lowest = peak[plateau[place]] + level
    shoulder = (climbs.at_start[start] > lowest) & (softness[start] > lowest)
    exceeded[plateau[place[shoulder]]] = True
    # nothing within reach is no vicinity
    first = np.unique(plateau, return_index=True)[1][~exceeded]
    return first[softness[first] > 0] if softness.max() > 0 else first


def _without_rounding(softness: FloatArray) -> FloatArray:
    """Values (S,), largest first, each as large as that before it where they are the same."""
    if softness.size == 0:
        return softness
    apart = softness[:-1] - softness[1:] > _SAME_VALUE * softness[0]
    group = np.concatenate([[0], np.cumsum(apart)])
    first = np.unique(group, return_index=True)[1]
    return softness[first][group]


def _wrap(points: FloatArray, box: FloatArray) -> FloatArray:
    """Points inside the box, the upper edge excluded (-1e-17 % 1.0 is 1.0)."""
    wrapped = points - box * np.floor(points / box)
    return np.where(wrapped >= box, 0.0, wrapped)
