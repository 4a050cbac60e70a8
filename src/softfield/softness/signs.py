"""Whether large negative and large positive local thermal energies lie together in space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from ..checks.numbers import positive_number
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, face_distances, least_tilt

#: Distance between the points at which the volume near interactions is looked at, in units of the
#: reach.
_SPACING = 0.2

#: Points that are looked at together.
_AT_ONCE = 100_000


class NearSigns(NamedTuple):
    """Interactions of large energy in one glass, and how near to each other both signs lie.

    positive, negative : interactions with E >= threshold, and with E <= -threshold
    near : of the negative ones those that have a positive one within reach
    covered : share of the volume that has one within reach. It is what ``near / negative`` would
        be in the mean over all translations of the positive ones.
    """

    positive: int
    negative: int
    near: int
    covered: float


def near_signs(
    glass: Glass, middles: npt.ArrayLike, energy: npt.ArrayLike, threshold: float, reach: float
) -> NearSigns:
    """Count the interactions of large negative energy that have one of large positive nearby.

    Parameters
    ----------
    glass : Glass
        Its cell is what counts.
    middles : (P, d)
        Midpoints of the interactions.
    energy : (P,)
        E_alpha, k_B T / 2.
    threshold : float
        |E_alpha| from which on it is large.
    reach : float
        Largest distance from midpoint to midpoint, length; by the shortest image.

    Raises
    ------
    InvalidSettingError
        If the threshold or the reach is not positive, or the reach above the distance of two
        opposite sides of the box.
    """
    positive_number(threshold, "the threshold of large energies")
    reach = positive_number(reach, "the reach from one sign to the other")
    glass = replace(glass, strain=least_tilt(glass.box, glass.strain))
    width = float(face_distances(glass.box, glass.strain).min())
    if reach > width:
        raise InvalidSettingError(
            f"the reach from one sign to the other, {reach:g}, is larger than the distance of two "
            f"sides of the box, {width:g}: everything would be near. Take a smaller reach."
        )
    points = np.asarray(middles, dtype=np.float64)
    values = np.asarray(energy, dtype=np.float64)
    positive, negative = points[values >= threshold], points[values <= -threshold]
    if len(positive) == 0:
        return NearSigns(0, len(negative), 0, 0.0)
    tree = cKDTree(_with_images(glass, positive))
    near = _within(tree, glass.into_box(negative), reach)
    found = [_within(tree, part, reach) for part in _points_of_cell(glass, _SPACING * reach)]
    covered = sum(int(part.sum()) for part in found) / sum(part.size for part in found)
    return NearSigns(len(positive), len(negative), int(near.sum()), covered)


def _within(tree: cKDTree, points: FloatArray, reach: float) -> npt.NDArray[np.bool_]:
    return tree.query(points, distance_upper_bound=np.nextafter(reach, np.inf))[0] <= reach


def _with_images(glass: Glass, points: FloatArray) -> FloatArray:
    """The points in the cell, and their images in all cells around it."""
    shifts = np.array(list(product((-1, 0, 1), repeat=glass.dimension))) @ glass.cell
    return (glass.into_box(points)[None] + shifts[:, None]).reshape(-1, glass.dimension)


def _points_of_cell(glass: Glass, spacing: float) -> Iterator[FloatArray]:
    """Points (K, d) of a regular grid over the cell, in parts."""
    counts = np.ceil(glass.box / spacing).astype(int)
    total = int(np.prod(counts))
    for first in range(0, total, _AT_ONCE):
        flat = np.arange(first, min(first + _AT_ONCE, total))
        steps = np.stack(np.unravel_index(flat, counts), axis=1)
        yield ((steps + 0.5) / counts) @ glass.cell
