"""Soft spots: the local maxima of a softness field.

What the paper leaves to its SI Appendix (vicinity, merging) is stated where it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..errors import InvalidGlassError, InvalidSettingError, NotConvergedError
from ..glass import FloatArray, Glass, PairMap
from .coarse_graining import POINTS_PER_BIN, SoftnessField, coarse_grain, weighted_points

#: Radius of the near vicinity of a spot, in units of the smallest pair diameter. The paper
#: does not give it. This is about half the width of the 3 x 3 bins over which one value of
#: the field is averaged (docs/soft_spots.md has the measured bin sizes): the vicinity sees
#: what the field saw.
VICINITY_RADIUS = 2.5


_MAX_MOVES = 200


_AT_REST = 1e-9


_SAME_VALUE = 1e-12


@dataclass(frozen=True, eq=False)
class SoftSpot:
    """A soft spot: ``position`` (d,) inside the box, ``softness`` = mean |E_alpha| around it."""

    position: FloatArray
    softness: float


def soft_spots(
    glass: Glass,
    field: PairMap | npt.ArrayLike,
    vicinity_radius: float = VICINITY_RADIUS,
    points_per_bin: int = POINTS_PER_BIN,
) -> list[SoftSpot]:
    """Soft spots of a map, softest first.

    Every local maximum of the coarse-grained field over the 3^d bins around a bin (a
    plateau counts once) gives a spot. It starts at the softest of those bins and moves to
    the |value|-weighted centre of the bonds (particles) within ``vicinity_radius``, again
    and again until it rests, so that its place hardly depends on the bins. Softness is the mean
    |value| within ``vicinity_radius`` of the place of rest. A spot that rests within half
    of ``vicinity_radius`` of a softer one shares most of its vicinity (69 % in two
    dimensions): it is the same spot, and is left out.

    Parameters
    ----------
    glass : Glass
        Unsheared: the paper takes soft spots from the quiescent glass.
    field, points_per_bin
        As :func:`coarse_grain`.
    vicinity_radius : float
        Length, at most half the shortest edge of the box.

    Raises
    ------
    InvalidGlassError
        If the glass is sheared.
    InvalidSettingError
        If the radius does not fit the box, or as :func:`coarse_grain`.
    NotConvergedError
        If a spot does not come to rest.
    """
    _check_vicinity(glass, vicinity_radius)
    points, weights = weighted_points(glass, field)
    starts = _starts(coarse_grain(glass, field, points_per_bin))
    wrapped = _wrap(points, glass.box)
    tree = cKDTree(wrapped, boxsize=glass.box)
    places, softness = _climb(starts, wrapped, weights, tree, glass, vicinity_radius)
    order = np.argsort(-softness, kind="stable")
    kept = _without_duplicates(places[order], glass.box, 0.5 * vicinity_radius)
    return [SoftSpot(places[k].copy(), float(softness[k])) for k in order[kept]]


def _check_vicinity(glass: Glass, radius: float) -> None:
    if glass.strain != 0:
        raise InvalidGlassError(
            f"the glass is sheared by {glass.strain:g}; soft spots are defined for the "
            "unsheared glass. Pass the glass from before the deformation."
        )
    if not 0 < radius <= 0.5 * glass.box.min():
        raise InvalidSettingError(
            f"vicinity_radius = {radius:g} must be positive and at most half the shortest "
            f"edge of the box, {0.5 * glass.box.min():.4g}; choose it within that range."
        )


def _starts(field: SoftnessField) -> FloatArray:
    """(S, d) centres of the softest bins around the maxima of the field.

    One very soft bin gives all 3^d bins around it nearly the same mean, and chance decides
    which of them is the maximum; the bin's own mean tells where the softness is.
    """
    shape = field.values.shape
    layers = _neighbours(shape, with_itself=True)[:, _local_maxima(field.values)]
    softest = np.argmax(field.bin_means.ravel()[layers], axis=0)
    bins = np.unique(np.take_along_axis(layers, softest[None], axis=0))
    return (np.stack(np.unravel_index(bins, shape), axis=1) + 0.5) * field.bin_size


def _local_maxima(values: FloatArray) -> npt.NDArray[np.intp]:
    """Flat indices of the bins that no neighbouring bin exceeds, one per plateau."""
    # Equal means can differ by rounding, which would tear a plateau to pieces.
    level = np.round(values / (_SAME_VALUE * (float(values.max()) or 1.0))).ravel()
    neighbours = _neighbours(values.shape)
    which, here = np.nonzero(level[neighbours] == level)
    edges = (np.ones(which.size), (neighbours[which, here], here))
    graph = csr_array(edges, shape=(level.size, level.size))
    count, plateau = connected_components(graph, directed=False)
    exceeded = np.bincount(plateau, (level[neighbours] > level).any(axis=0), count)
    first = np.unique(plateau, return_index=True)[1]
    return np.sort(first[exceeded == 0])


def _neighbours(shape: tuple[int, ...], with_itself: bool = False) -> npt.NDArray[np.intp]:
    """(3^d - 1 or 3^d, B) flat indices of the bins around each bin, periodic."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    axes = tuple(range(len(shape)))
    steps = [s for s in product((-1, 0, 1), repeat=len(shape)) if with_itself or any(s)]
    return np.stack([np.roll(index, step, axes).ravel() for step in steps])


def _climb(
    starts: FloatArray,
    points: FloatArray,
    weights: FloatArray,
    tree: cKDTree,
    glass: Glass,
    radius: float,
) -> tuple[FloatArray, FloatArray]:
    """Move every start to rest at the weighted centre of its vicinity (mean shift).

    With a sharp-edged vicinity the set of points within it stops changing after finitely
    many moves. Returns places (S, d) and mean weights (S,) there.
    """
    places = _wrap(starts, glass.box)
    softness = np.zeros(len(places))
    moving = np.arange(len(places))
    for _ in range(_MAX_MOVES):
        spot, point = _members(tree, places[moving], radius)
        counts = np.bincount(spot, minlength=moving.size)
        sums = np.bincount(spot, weights[point], moving.size)
        softness[moving] = sums / np.maximum(counts, 1)
        away = glass.minimum_image(points[point] - places[moving][spot])
        move = (
            np.stack([np.bincount(spot, weights[point] * a, moving.size) for a in away.T], axis=1)
            / np.where(sums > 0, sums, 1.0)[:, None]
        )
        restless = np.abs(move).max(axis=1) > _AT_REST * radius
        places[moving] = _wrap(places[moving] + move, glass.box)
        moving = moving[restless]
        if moving.size == 0:
            return places, softness
    raise NotConvergedError(
        f"{moving.size} soft spots did not come to rest after {_MAX_MOVES} moves; the map "
        "may be flat around them. Choose another vicinity_radius."
    )


def _members(
    tree: cKDTree, places: FloatArray, radius: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Every (place, point) that lie within ``radius``, as two index arrays."""
    lists = tree.query_ball_point(places, radius)
    lengths = np.array([len(members) for members in lists])
    points = np.concatenate([np.asarray(m, dtype=np.intp) for m in lists])
    return np.repeat(np.arange(len(places)), lengths), points


def _without_duplicates(
    places: FloatArray, box: FloatArray, distance: float
) -> npt.NDArray[np.intp]:
    """Indices to keep so that no place is within ``distance`` of a kept one before it."""
    neighbours = cKDTree(places, boxsize=box).query_pairs(distance, output_type="ndarray")
    neighbours = np.sort(neighbours, axis=1)
    keep = np.ones(len(places), dtype=bool)
    for first, second in neighbours[np.lexsort(neighbours.T[::-1])]:
        if keep[first]:
            keep[second] = False
    return np.flatnonzero(keep)


def _wrap(points: FloatArray, box: FloatArray) -> FloatArray:
    """Points moved into [0, box) along every axis; box itself becomes 0."""
    wrapped = points % box
    return np.where(wrapped >= box, 0.0, wrapped)
