"""Maps of one glass: particles coloured by a value, soft spots, stress against strain.

Two dimensions: one map. Three dimensions: slabs of equal thickness along z, side by side,
because a projection through the whole box hides a spot behind everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter

from ..checks.arrays import finite_numbers, real_numbers
from ..checks.names import check_kind
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, check_glass
from ..softness.coarse_graining import checked_places
from .style import TWO_COLUMNS, styled

SLABS = 4


#: Percentiles of the values at the ends of the colour scale; the rest is clipped.
_COLOUR_RANGE = (20.0, 99.8)


@styled
def particle_map(
    glass: Glass,
    values: npt.ArrayLike,
    label: str = "softness",
    spots: Sequence[FloatArray] = (),
    diameters: npt.ArrayLike = 1.0,
) -> Figure:
    """Particles coloured by a value, on a logarithmic scale.

    Parameters
    ----------
    values : (N,) not negative, some positive; zeros have the darkest colour
    label : str
        Of the colour scale.
    spots : sequence of (d,) positions
        Numbered 1, 2, ... where they lie (in three dimensions: in the slab they lie in).
    diameters : (N,) or float
        At which particles are drawn, length.

    Raises
    ------
    InvalidSettingError
        If values, diameters or spots do not match the glass, or cannot be drawn so.
    """
    numbers, sizes = _drawable(glass, values, diameters)
    check_kind(label, str, "the label of a map is text")
    low, high = np.percentile(numbers[numbers > 0], _COLOUR_RANGE)
    norm = LogNorm(low, max(high, 1.0001 * low), clip=True)
    numbers = np.maximum(numbers, min(low, numbers[numbers > 0].min()))
    marked = checked_places(glass, spots, "spots")
    figure, panels, scale = _panels(glass)
    where = in_cell(glass, glass.positions)
    home = in_cell(glass, marked)
    for axes, (bottom, top) in zip(panels, _slabs(glass), strict=True):
        inside = np.flatnonzero(_within(where, bottom, top))
        inside = inside[np.argsort(numbers[inside], kind="stable")]  # the softest on top
        drawn = EllipseCollection(
            sizes[inside], sizes[inside], np.zeros(len(inside)), units="xy", norm=norm,
            offsets=where[inside, :2], offset_transform=axes.transData, cmap="inferno",
            edgecolors="0.5", linewidths=0.2,
        )  # fmt: skip
        drawn.set_array(numbers[inside])
        axes.add_collection(drawn)
        numbered = [(k, s) for k, s in enumerate(home, start=1) if _within(s[None], bottom, top)[0]]
        _number(axes, numbered)
        frame_of_cell(axes, glass)
        if glass.dimension == 3:
            axes.set_title(f"{bottom:.3g} ≤ z < {top:.3g}", fontsize=8)
    bar = figure.colorbar(drawn, cax=scale, label=label, extend="both")
    for which in ("major", "minor"):
        getattr(bar.ax.yaxis, f"set_{which}_formatter")(FormatStrFormatter("%.2g"))
    return figure


def _drawable(
    glass: Glass, values: npt.ArrayLike, diameters: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Values and diameters (N,) as they can be drawn on a logarithmic scale."""
    check_glass(glass)
    numbers = real_numbers(values, "the values of a map")
    if numbers.shape != (glass.n_particles,):
        raise InvalidSettingError(
            f"a map of {glass.n_particles} particles needs one value for each, shape "
            f"({glass.n_particles},), not {numbers.shape}."
        )
    if not np.isfinite(numbers).all() or (numbers < 0).any() or not numbers.any():
        raise InvalidSettingError(
            "a map on a logarithmic scale needs finite values that are not negative, and one "
            f"that is positive; these go from {numbers.min():.3g} to {numbers.max():.3g}. Pass "
            "magnitudes (abs)."
        )
    sizes = real_numbers(diameters, "diameters")
    if sizes.shape not in ((), numbers.shape) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise InvalidSettingError(
            "diameters are one positive length, or one for each particle; not an array of shape "
            f"{sizes.shape} with {sizes.min(initial=np.inf):.3g}."
        )
    return numbers, np.broadcast_to(sizes, numbers.shape)


def _panels(glass: Glass) -> tuple[Figure, list[Axes], Axes]:
    """Figure, a panel per slab and a place for the colour scale; laid out by hand, because
    automatic layout takes longer than everything else that is drawn."""
    count = len(_slabs(glass))
    rows = 1 if count == 1 else 2
    columns = count // rows
    height, width = glass.box[1] * rows, (glass.box[0] + abs(glass.cell[1, 0])) * columns
    across = 0.75 * TWO_COLUMNS
    down = across * height / width + 0.2 * rows
    figure = Figure(figsize=(across + 1.0, down))
    grid = {
        "left": 0.01,
        "right": across / (across + 1.0),
        "bottom": 0.01,
        "top": 1.0 - 0.2 / down,
        "wspace": 0.04,
        "hspace": 0.1,
    }
    panels = figure.subplots(rows, columns, squeeze=False, gridspec_kw=grid).ravel().tolist()
    scale = figure.add_axes(((across + 0.12) / (across + 1.0), 0.1, 0.18 / (across + 1.0), 0.8))
    return figure, panels, scale


@styled
def stress_curve(strain: FloatArray, stress: FloatArray, events: FloatArray) -> Figure:
    """Shear stress (K,) against strain (K,), with the strains of plastic events (E,) marked.

    Raises
    ------
    InvalidSettingError
        If these are no finite numbers, or not as many of both.
    """
    strain = finite_numbers(strain, "strains", (None,))
    stress = finite_numbers(stress, "stresses", strain.shape)
    events = finite_numbers(events, "strains of events", (None,))
    figure = Figure(figsize=(3.42, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(strain, stress, ".-", ms=2, lw=0.8)
    for k, place in enumerate(events, start=1):
        axes.axvline(place, color="0.6", lw=0.6, zorder=0)
        axes.annotate(
            str(k), (place, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom",
            fontsize=7,
        )  # fmt: skip
    axes.set(xlabel="strain γ", ylabel="shear stress")
    return figure


def _slabs(glass: Glass) -> list[tuple[float, float]]:
    if glass.dimension == 2:
        return [(-np.inf, np.inf)]
    edges = np.linspace(0.0, glass.box[2], SLABS + 1).tolist()
    return list(pairwise(edges))


def in_cell(glass: Glass, points: FloatArray) -> FloatArray:
    """Points (M, d) in the cell, below its top, which rounding may reach."""
    inside = glass.into_box(points)
    inside[:, -1] = np.minimum(inside[:, -1], np.nextafter(glass.box[-1], 0.0))
    return inside


def _within(positions: FloatArray, bottom: float, top: float) -> npt.NDArray[np.bool_]:
    height = positions[:, -1]
    return (height >= bottom) & (height < top)


def _number(axes: Axes, spots: Sequence[tuple[int, FloatArray]]) -> None:
    for number, spot in spots:
        axes.annotate(
            str(number), (spot[0], spot[1]), ha="center", va="center", fontsize=7,
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "black", "lw": 0.6},
        )  # fmt: skip


def frame_of_cell(axes: Axes, glass: Glass) -> None:
    """The cell of the glass, without ticks: lengths are told by the particles."""
    a, b = glass.cell[0, :2], glass.cell[1, :2]
    outline = np.array([0 * a, a, a + b, b, 0 * a])
    axes.plot(*outline.T, color="black", lw=0.7)
    low, high = outline.min(axis=0), outline.max(axis=0)
    axes.set(xlim=(low[0] - 0.8, high[0] + 0.8), ylim=(low[1] - 0.8, high[1] + 0.8))
    axes.set_aspect("equal")
    axes.axis("off")
