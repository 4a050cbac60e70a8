"""Soft spots as oriented marks in their glass, and predicted strains against measured ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass
from .glass_maps import frame_of_cell, in_cell
from .style import COLOURS, MARKERS, ONE_COLUMN, TWO_COLUMNS, key_below, plain_ticks, styled

if TYPE_CHECKING:
    from ..response.soft_modes import SoftMode

#: Length of the double arrow of the softest spot, and the smallest that is drawn, length.
_LONGEST, _SHORTEST = 6.0, 0.8


@styled
def oriented_spots(
    glass: Glass,
    positions: npt.ArrayLike,
    orientations: npt.ArrayLike,
    softness: npt.ArrayLike,
    events: Mapping[str, npt.ArrayLike] | None = None,
    diameters: npt.ArrayLike = 1.0,
) -> Figure:
    """A glass with its soft spots as double arrows and its first events beside them.

    Parameters
    ----------
    glass : Glass
        In two dimensions.
    positions : (S, 2) of the spots
    orientations : (S, 2) unit vectors along which the glass extends where a spot yields first
    softness : (S,) not negative; the length of an arrow is proportional to it
    events : name of a direction of shear -> position (2,) of the first event in it
    diameters : (N,) or float
        At which particles are drawn, length.

    Raises
    ------
    InvalidSettingError
        If the glass is not two-dimensional, or the arrays do not fit together.
    """
    if glass.dimension != 2:
        raise InvalidSettingError(
            "spots are drawn as arrows in two dimensions only; in three, write a dump with the "
            "modes as vectors and look at it in OVITO."
        )
    places, axes_, sizes = _spots(positions, orientations, softness)
    figure = Figure(figsize=(0.75 * TWO_COLUMNS, 0.75 * TWO_COLUMNS * 1.06))
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.92))
    _particles(axes, glass, diameters)
    home = in_cell(glass, places)
    lengths = np.maximum(_LONGEST * sizes / sizes.max(initial=1e-300), _SHORTEST)
    halves = 0.5 * lengths[:, None] * axes_
    for k, (name, place) in enumerate((events or {}).items()):
        where = in_cell(glass, np.asarray(place, dtype=np.float64)[None])[0]
        axes.plot(
            *where, MARKERS[k % len(MARKERS)], ms=11, mfc="none", mew=1.6,
            color=COLOURS[k % 6], label=f"first event, {_named(name)}",
        )  # fmt: skip
    frame_of_cell(axes, glass)
    for place, half in zip(home, halves, strict=True):
        _double_arrow(axes, glass, place, half)
    if events:
        figure.legend(loc="upper center", ncols=min(4, len(events)), handletextpad=0.3)
    return figure


def mode_marks(
    glass: Glass,
    modes: Sequence[SoftMode],
    events: Mapping[str, npt.ArrayLike] | None = None,
    diameters: npt.ArrayLike = 1.0,
) -> Figure:
    """:func:`oriented_spots` of soft modes, softest first; softness is the inverse stiffness."""
    return oriented_spots(
        glass,
        [mode.position for mode in modes],
        [mode.orientation for mode in modes],
        [modes[0].stiffness / mode.stiffness for mode in modes],
        events,
        diameters,
    )


@styled
def predicted_strains(
    measured: npt.ArrayLike, predicted: npt.ArrayLike, right: npt.ArrayLike
) -> Figure:
    """Predicted against measured strain of first events, on logarithmic scales.

    Parameters
    ----------
    measured, predicted : (E,) positive
    right : (E,) bool, whether the place was predicted too
    """
    x, y = np.asarray(measured, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    there = np.asarray(right, dtype=bool)
    if not (x.shape == y.shape == there.shape) or x.ndim != 1 or not ((x > 0) & (y > 0)).all():
        raise InvalidSettingError(
            "measured and predicted strains must be positive and as many as there are marks, not "
            f"of shapes {x.shape}, {y.shape} and {there.shape}."
        )
    figure = Figure(figsize=(ONE_COLUMN, 1.05 * ONE_COLUMN), layout="constrained")
    axes = figure.subplots()
    low, high = min(x.min(), y.min()) / 1.3, max(x.max(), y.max()) * 1.3
    axes.plot([low, high], [low, high], color="0.6", lw=0.8, zorder=0)
    axes.plot(x[there], y[there], "o", ms=3, color=COLOURS[0], label="place and strain")
    axes.plot(x[~there], y[~there], "x", ms=3.5, color=COLOURS[1], label="another place")
    axes.set(
        xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal",
        xlabel="strain of the first event", ylabel="predicted strain",
    )  # fmt: skip
    if high < 50 * low:  # beyond, numbers written out would cover each other
        for axis in (axes.xaxis, axes.yaxis):
            plain_ticks(axis)
    axes.legend(**key_below(columns=2))
    return figure


def _spots(
    positions: npt.ArrayLike, orientations: npt.ArrayLike, softness: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    places = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    axes = np.asarray(orientations, dtype=np.float64).reshape(-1, 2)
    sizes = np.asarray(softness, dtype=np.float64).ravel()
    if not len(places) == len(axes) == len(sizes) or not (np.isfinite(sizes) & (sizes >= 0)).all():
        raise InvalidSettingError(
            f"{len(places)} positions, {len(axes)} orientations and {len(sizes)} values of the "
            "softness do not fit together, or a softness is negative or not finite."
        )
    return places, axes, sizes


def _particles(axes: Axes, glass: Glass, diameters: npt.ArrayLike) -> None:
    sizes = np.broadcast_to(np.asarray(diameters, dtype=np.float64), (glass.n_particles,))
    drawn = EllipseCollection(
        sizes, sizes, np.zeros(glass.n_particles), units="xy",
        offsets=in_cell(glass, glass.positions), offset_transform=axes.transData,
        facecolors="0.93", edgecolors="0.75", linewidths=0.3,
    )  # fmt: skip
    axes.add_collection(drawn)


def _double_arrow(axes: Axes, glass: Glass, place: FloatArray, half: FloatArray) -> None:
    """From place - half to place + half, and again where it comes in across the boundary."""
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
    for shift in product((0, -1, 1), repeat=2):
        ends = place + shift @ glass.cell[:2, :2] + np.outer((-1.0, 1.0), half)
        if not ((ends > low) & (ends < high)).all(axis=1).any():
            continue
        mark = axes.annotate(
            "", ends[1], ends[0], annotation_clip=False,
            arrowprops={"arrowstyle": "<->", "lw": 1.1, "color": "black", "shrinkA": 0,
                        "shrinkB": 0, "mutation_scale": 6},
        )  # fmt: skip
        if mark.arrow_patch is not None:
            mark.arrow_patch.set_clip_box(axes.bbox)


def _named(direction: str) -> str:
    return direction.replace("-", "−")
