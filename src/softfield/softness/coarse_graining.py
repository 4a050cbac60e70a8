"""Coarse-grained softness field of a map on pairs or particles.

The paper's construction (main text, section "Softness Field and Predicting Plastic
Rearrangements"): space is divided into the smallest bins that hold at least two bonds
each, a bin takes the mean of |E_alpha| over its bonds, and then the mean of itself and of
its first layer of neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..checks.arrays import finite_numbers, listed, real_numbers
from ..checks.names import check_kind
from ..checks.numbers import whole_number
from ..errors import InvalidSettingError
from ..glass import (
    AtomThermalEnergy,
    FloatArray,
    Glass,
    LocalThermalEnergy,
    PairMap,
    check_glass,
)

#: Bonds (or particles) that every bin must hold at least: "at least two bonds each".
POINTS_PER_BIN = 2

#: Largest factor by which rounding lowers a number of bins: 1.5 becomes 1 at worst.
_ROUNDED_DOWN = 1.5


@dataclass(frozen=True, eq=False)
class SoftnessField:
    """Coarse-grained |E_alpha| on equal bins that tile the periodic box.

    Attributes
    ----------
    values : (n_1, ..., n_d) mean |E_alpha| of a bin and its first layer of neighbours
    bin_means : (n_1, ..., n_d) mean |E_alpha| of the bonds in a bin, before that
    bin_size : (d,) edge lengths of a bin
    strain : shear strain of the glass (bins are parallelograms where it is not zero)
    corner : (d,) a corner of the first bin
    """

    values: FloatArray
    bin_means: FloatArray
    bin_size: FloatArray
    strain: float = 0.0
    corner: FloatArray | float = 0.0

    def at(self, positions: npt.ArrayLike) -> FloatArray:
        """Field (M,) at positions (M, d): the values of the bins that they lie in.

        Raises
        ------
        InvalidSettingError
            If these are no places, as in :meth:`percentile` and :meth:`area_fraction`.
        """
        places = np.atleast_2d(real_numbers(positions, "positions"))
        d = self.values.ndim
        points = finite_numbers(places, "positions", (None, d)) - self.corner
        box = self.bin_size * self.values.shape
        points[:, 0] -= self.strain * points[:, 1]
        return self.values[tuple(bins_of(points / box, self.values.shape).T)]

    def percentile(self, positions: npt.ArrayLike) -> FloatArray:
        """Share (M,) of the box area that is less soft than each position, 0 to 1.

        Bins as soft as the bin of the position count by half, so that a position drawn
        at random has a mean of exactly 1/2, whatever the field.
        """
        counted = self._less_soft_twice(positions)
        return counted / (2 * self.values.size)

    def area_fraction(self, positions: npt.ArrayLike) -> FloatArray:
        """Share (M,) of the box area that is as soft as each position or softer, 0 to 1.

        One division of integers, as are thresholds such as 2 / 100: no rounding stands between
        equal shares, as it does in 1 - :meth:`percentile`.
        """
        size = 2 * self.values.size
        return (size - self._less_soft_twice(positions)) / size

    def _less_soft_twice(self, positions: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Twice the number of bins that are less soft, and once those that are as soft."""
        ordered = np.sort(self.values, axis=None)
        here = self.at(positions)
        below = np.searchsorted(ordered, here, side="left")
        return below + np.searchsorted(ordered, here, side="right")


def coarse_grain(
    glass: Glass,
    field: PairMap | AtomThermalEnergy | npt.ArrayLike,
    points_per_bin: int = POINTS_PER_BIN,
    centre: npt.ArrayLike | None = None,
) -> SoftnessField:
    """The softness field of a map: bin means of |value|, averaged over neighbouring bins.

    Parameters
    ----------
    glass : Glass
    field : object with ``pairs`` (P, 2) and ``energy`` (P,), AtomThermalEnergy, or array (N,)
        A bond counts where its midpoint lies, a particle where it is.
    points_per_bin : int
        Every bin holds at least this many bonds (particles), and no smaller bins that
        tile the box do. Bins are square (cubic) up to the rounding that tiling needs.
    centre : (d,)
        A point that is the centre of a bin. The paper says nothing of where the bins begin; by
        default a bin has a corner at the origin of coordinates.

    Raises
    ------
    InvalidSettingError
        If values and glass do not match, are not finite, or are too few for one bin.
    """
    points, weights = weighted_points(glass, field)
    points_per_bin = whole_number(
        points_per_bin, "points_per_bin (a whole number of values, as an empty bin has no mean)"
    )
    inverse = np.linalg.inv(glass.cell)
    fractions, corner = points @ inverse, np.zeros(glass.dimension)
    if centre is not None:
        middle = finite_numbers(
            centre, "the coordinates of the centre of a bin", (glass.dimension,)
        )
        fractions = fractions - middle @ inverse
    shape, fractions = _smallest_bins(fractions, glass.box, points_per_bin, centre is not None)
    if centre is not None:
        corner = middle - (0.5 / np.array(shape)) @ glass.cell
    flat = np.ravel_multi_index(tuple(bins_of(fractions, shape).T), shape)
    size = int(np.prod(shape))
    means = np.bincount(flat, weights, size) / np.bincount(flat, minlength=size)
    means = means.reshape(shape)
    values = means
    for axis in range(values.ndim):
        values = _mean_with_neighbours(values, axis)
    return SoftnessField(values, means, glass.box / shape, glass.strain, corner)


def checked_places(glass: Glass, places: npt.ArrayLike, what: str) -> FloatArray:
    """Places (E, d) in a glass, finite; those of no event may have any empty shape.

    Raises
    ------
    InvalidSettingError
    """
    points = real_numbers(places, what)
    if points.size == 0:
        return np.zeros((0, glass.dimension))
    if points.shape[1:] != (glass.dimension,) or not np.isfinite(points).all():
        raise InvalidSettingError(
            f"{what}: a place is {glass.dimension} coordinates, all finite; these have shape "
            f"{points.shape}."
        )
    return points


def pair_midpoints(glass: Glass, pairs: npt.NDArray) -> FloatArray:
    """Midpoint (P, d) of each pair across the nearest periodic image, not wrapped."""
    start = glass.positions[pairs[:, 0]]
    return start + 0.5 * glass.minimum_image(glass.positions[pairs[:, 1]] - start)


def weighted_points(
    glass: Glass, field: PairMap | AtomThermalEnergy | npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Places (M, d) and |values| (M,) of a per-bond or a per-particle map."""
    check_glass(glass)
    values = real_numbers(getattr(field, "energy", field), "the values of a map")
    if hasattr(field, "pairs"):
        pairs = listed(field.pairs)
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
        points = pair_midpoints(glass, pairs)
    else:
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


def _smallest_bins(
    fractions: FloatArray, box: FloatArray, points_per_bin: int, centred: bool
) -> tuple[tuple[int, ...], FloatArray]:
    """Numbers of bins along each axis: the most with enough points in every one of them.

    Returns them with the fractions (M, d) counted from the corner of the first bin, whose centre
    or, if not ``centred``, corner is at 0.

    Filling is not monotonic in the size, so the search starts from the smallest bins that
    could do, which have ``points_per_bin`` points on average. Bins that are longer along an axis
    than they should be, because their number is rounded down there, are narrower along others.
    """
    edge = (np.prod(box) * points_per_bin / max(len(fractions), 1)) ** (1.0 / len(box))
    rounded_down = _ROUNDED_DOWN ** ((len(box) - 1) / len(box))
    for along_longest in range(max(1, int(rounded_down * box.max() / edge) + 1), 0, -1):
        shape = tuple(int(n) for n in np.maximum(1, np.rint(along_longest * box / box.max())))
        size = int(np.prod(shape))
        if size * points_per_bin > len(fractions) and size > 1:
            continue
        shifted = fractions + 0.5 / np.array(shape) if centred else fractions
        flat = np.ravel_multi_index(tuple(bins_of(shifted, shape).T), shape)
        if np.bincount(flat, minlength=size).min() >= points_per_bin:
            return shape, shifted
    raise InvalidSettingError(
        f"the map has {len(fractions)} values, fewer than the {points_per_bin} that one bin "
        "must hold; use a larger glass or a smaller points_per_bin."
    )


def bins_of(fractions: FloatArray, shape: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """(M, d) bin indices of fractional coordinates (M, d), wrapped into the box."""
    bins = np.floor((fractions % 1.0) * shape).astype(np.intp)
    # -1e-17 % 1.0 is 1.0, and rounding may reach the upper edge as well.
    return np.minimum(bins, np.array(shape) - 1)


def _mean_with_neighbours(values: FloatArray, axis: int) -> FloatArray:
    if values.shape[axis] <= 3:  # then the first layer is the whole axis
        return np.broadcast_to(values.mean(axis=axis, keepdims=True), values.shape).copy()
    return (np.roll(values, 1, axis) + values + np.roll(values, -1, axis)) / 3.0


def particle_softness(field: LocalThermalEnergy) -> FloatArray:
    """(N,) mean of |E_alpha| over the interactions of each particle, in units of k_B T / 2.

    E_alpha lives on interactions (Eq. 3); this is its coarse-graining over the first shell.
    A particle without interactions has softness 0.

    Raises
    ------
    InvalidSettingError
        If this is no such field.
    """
    check_kind(field, LocalThermalEnergy, "softfield.local_thermal_energy makes it of a glass")
    n = len(field.displacement)
    ends = np.asarray(field.pairs).ravel()
    magnitude = np.repeat(np.abs(field.energy), 2)
    counts = np.bincount(ends, minlength=n)
    return np.bincount(ends, magnitude, n) / np.maximum(counts, 1)
