"""Coarse-grained softness field and soft spots, from a per-bond or a per-particle map.

The paper's construction (main text, section "Softness Field and Predicting Plastic
Rearrangements"): space is divided into the smallest bins that hold at least two bonds
each, a bin takes the mean of |E_alpha| over its bonds, and then the mean of itself and of
its first layer of neighbours. Soft spots are the local maxima of that field. What the
paper leaves to its SI Appendix (vicinity, merging) is stated where it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .errors import InvalidGlassError, InvalidSettingError, NotConvergedError
from .glass import FloatArray, Glass

#: Bonds (or particles) that every bin must hold at least: "at least two bonds each".
POINTS_PER_BIN = 2

#: Radius of the near vicinity of a spot, in units of the smallest pair diameter. The paper
#: does not give it. This is about half the width of the 3 x 3 bins over which one value of
#: the field is averaged (docs/soft_spots.md has the measured bin sizes): the vicinity sees
#: what the field saw.
VICINITY_RADIUS = 2.5

_MAX_MOVES = 200
_AT_REST = 1e-9
_SAME_VALUE = 1e-12


class BondMap(Protocol):
    """Anything with pairs (P, 2) and one value ``energy`` (P,) per pair."""

    @property
    def pairs(self) -> npt.NDArray: ...

    @property
    def energy(self) -> npt.NDArray: ...


@dataclass(frozen=True, eq=False)
class SoftnessField:
    """Coarse-grained |E_alpha| on equal bins that tile the periodic box.

    Attributes
    ----------
    values : (n_1, ..., n_d) mean |E_alpha| of a bin and its first layer of neighbours
    bin_means : (n_1, ..., n_d) mean |E_alpha| of the bonds in a bin, before that
    bin_size : (d,) edge lengths of a bin; the first bin has a corner at the origin
    strain : shear strain of the glass (bins are parallelograms where it is not zero)
    """

    values: FloatArray
    bin_means: FloatArray
    bin_size: FloatArray
    strain: float = 0.0

    def at(self, positions: npt.ArrayLike) -> FloatArray:
        """Field (M,) at positions (M, d): the values of the bins that they lie in."""
        points = np.atleast_2d(np.asarray(positions, dtype=np.float64))
        box = self.bin_size * self.values.shape
        points = points.copy()
        points[:, 0] -= self.strain * points[:, 1]
        return self.values[tuple(_bins_of(points / box, self.values.shape).T)]

    def percentile(self, positions: npt.ArrayLike) -> FloatArray:
        """Share (M,) of the box area that is less soft than each position, 0 to 1.

        Bins as soft as the bin of the position count by half, so that a position drawn
        at random has a mean of exactly 1/2, whatever the field.
        """
        ordered = np.sort(self.values, axis=None)
        here = self.at(positions)
        below = np.searchsorted(ordered, here, side="left")
        up_to = np.searchsorted(ordered, here, side="right")
        return 0.5 * (below + up_to) / ordered.size


@dataclass(frozen=True, eq=False)
class SoftSpot:
    """A soft spot: ``position`` (d,) inside the box, ``softness`` = mean |E_alpha| around it."""

    position: FloatArray
    softness: float


def coarse_grain(
    glass: Glass, field: BondMap | npt.ArrayLike, points_per_bin: int = POINTS_PER_BIN
) -> SoftnessField:
    """The softness field of a map: bin means of |value|, averaged over neighbouring bins.

    Parameters
    ----------
    glass : Glass
    field : object with ``pairs`` (P, 2) and ``energy`` (P,), or array (N,)
        A bond counts where its midpoint lies, a particle where it is.
    points_per_bin : int
        Every bin holds at least this many bonds (particles), and no smaller bins that
        tile the box do. Bins are square (cubic) up to the rounding that tiling needs.

    Raises
    ------
    InvalidSettingError
        If values and glass do not match, are not finite, or are too few for one bin.
    """
    points, weights = _weighted_points(glass, field)
    if points_per_bin < 1:
        raise InvalidSettingError(
            f"points_per_bin is {points_per_bin}, but the mean over an empty bin has no "
            "value; give 1 or more (the paper has 2)."
        )
    fractions = points @ np.linalg.inv(glass.cell)
    shape = _smallest_bins(fractions, glass.box, points_per_bin)
    flat = np.ravel_multi_index(tuple(_bins_of(fractions, shape).T), shape)
    size = int(np.prod(shape))
    means = np.bincount(flat, weights, size) / np.bincount(flat, minlength=size)
    means = means.reshape(shape)
    values = means
    for axis in range(values.ndim):
        values = _mean_with_neighbours(values, axis)
    return SoftnessField(values, means, glass.box / shape, glass.strain)


def soft_spots(
    glass: Glass,
    field: BondMap | npt.ArrayLike,
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
    points, weights = _weighted_points(glass, field)
    starts = _starts(coarse_grain(glass, field, points_per_bin))
    wrapped = _wrap(points, glass.box)
    tree = cKDTree(wrapped, boxsize=glass.box)
    places, softness = _climb(starts, wrapped, weights, tree, glass, vicinity_radius)
    order = np.argsort(-softness, kind="stable")
    kept = _without_duplicates(places[order], glass.box, 0.5 * vicinity_radius)
    return [SoftSpot(places[k].copy(), float(softness[k])) for k in order[kept]]


def bond_midpoints(glass: Glass, pairs: npt.NDArray) -> FloatArray:
    """Midpoint (P, d) of each pair across the nearest periodic image, not wrapped."""
    start = glass.positions[pairs[:, 0]]
    return start + 0.5 * glass.minimum_image(glass.positions[pairs[:, 1]] - start)


def _weighted_points(glass: Glass, field: BondMap | npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Places (M, d) and |values| (M,) of a per-bond or a per-particle map."""
    if hasattr(field, "pairs") and hasattr(field, "energy"):
        pairs = np.asarray(field.pairs)
        values = np.asarray(field.energy, dtype=np.float64)
        if pairs.ndim != 2 or pairs.shape != (values.size, 2) or values.ndim != 1:
            raise InvalidSettingError(
                f"pairs have shape {pairs.shape} and energies {values.shape}; a map over "
                "bonds needs (P, 2) and (P,). Pass both from the same field."
            )
        if pairs.size and (pairs.min() < 0 or pairs.max() >= glass.n_particles):
            raise InvalidSettingError(
                f"a pair names particle {int(pairs.max())}, but the glass has "
                f"{glass.n_particles}; pass the glass that the field was computed for."
            )
        points = bond_midpoints(glass, pairs)
    else:
        values = np.asarray(field, dtype=np.float64)
        if values.shape != (glass.n_particles,):
            raise InvalidSettingError(
                f"a per-particle map needs one value for each of the {glass.n_particles} "
                f"particles, shape (N,), not {values.shape}. For a map over bonds pass an "
                "object with .pairs and .energy."
            )
        points = glass.positions
    if not np.isfinite(values).all():
        raise InvalidSettingError(
            f"value {int(np.argmin(np.isfinite(values)))} of the map is not finite; soft "
            "spots need a finite value everywhere. Check how the map was made."
        )
    return points, np.abs(values)


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


def _smallest_bins(fractions: FloatArray, box: FloatArray, points_per_bin: int) -> tuple[int, ...]:
    """Numbers of bins along each axis: the most with enough points in every one of them.

    Filling is not monotonic in the size, so the search starts from the smallest bins that
    could do, which have ``points_per_bin`` points on average.
    """
    edge = (np.prod(box) * points_per_bin / max(len(fractions), 1)) ** (1.0 / len(box))
    for along_longest in range(max(1, int(box.max() / edge) + 1), 0, -1):
        shape = tuple(int(n) for n in np.maximum(1, np.rint(along_longest * box / box.max())))
        size = int(np.prod(shape))
        flat = np.ravel_multi_index(tuple(_bins_of(fractions, shape).T), shape)
        if np.bincount(flat, minlength=size).min() >= points_per_bin:
            return shape
    raise InvalidSettingError(
        f"the map has {len(fractions)} values, fewer than the {points_per_bin} that one bin "
        "must hold; use a larger glass or a smaller points_per_bin."
    )


def _bins_of(fractions: FloatArray, shape: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """(M, d) bin indices of fractional coordinates (M, d), wrapped into the box."""
    bins = np.floor((fractions % 1.0) * shape).astype(np.intp)
    # -1e-17 % 1.0 is 1.0, and rounding may reach the upper edge as well.
    return np.minimum(bins, np.array(shape) - 1)


def _mean_with_neighbours(values: FloatArray, axis: int) -> FloatArray:
    if values.shape[axis] < 3:  # then the first layer is the whole axis
        return np.broadcast_to(values.mean(axis=axis, keepdims=True), values.shape).copy()
    return (np.roll(values, 1, axis) + values + np.roll(values, -1, axis)) / 3.0


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
