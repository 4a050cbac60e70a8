"""Curves with their bands, and points with their intervals: what several figures draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..glass import FloatArray
from ..statistics.resampling import Curve
from .style import colour_of, key_below, marker_of

#: The maps of which figures show a ratio, and whether they are drawn filled.
_COMPARED = {"LTE": True, "NM": False}


@dataclass(frozen=True, eq=False)
class Band:
    """A curve, and how it is drawn: ``ordinal`` 0 is chance, dotted where not ``filled``."""

    curve: Curve
    label: str
    ordinal: int = 1
    filled: bool = True


def draw_band(axes: Axes, band: Band, steps: bool) -> None:
    chance = band.ordinal == 0
    colour = "0.45" if chance else colour_of(band.ordinal - 1)
    marker = "" if chance else marker_of(band.ordinal - 1)
    curve = band.curve
    upper = np.minimum(curve.upper, 1e6)  # an infinite ratio leaves the panel
    alpha = 0.22 if band.filled else 0.12
    axes.fill_between(
        curve.x, curve.lower, upper, color=colour, alpha=alpha, lw=0, step="post" if steps else None
    )
    axes.plot(
        curve.x,
        curve.estimate,
        drawstyle="steps-post" if steps else "default",
        color=colour,
        ls=_line(band),
        marker=marker,
        mfc=colour if band.filled else "white",
        markevery=every(curve.x),
        clip_on=True,
        label=band.label,
    )


def _line(band: Band) -> str:
    if band.ordinal == 0:
        return "--" if band.filled else ":"
    return "-" if band.filled else "--"


def reach(bands: Sequence[Band], fraction: float) -> float:
    """Where the last of the curves reaches ``fraction``, at least 2 (Delta eps or rank)."""
    curves = [band.curve for band in bands]
    ends = [c.x[min(int(np.searchsorted(c.estimate, fraction)), c.x.size - 1)] for c in curves]
    return float(max([2.0, *ends]))


def every(x: FloatArray, wanted: int = 10) -> list[int]:
    """Indices of about ten points, the first one included."""
    return list(np.unique(np.linspace(0, x.size - 1, min(wanted, x.size)).astype(int)))


def legend_of_fractions(axes: Axes, bands: Sequence[Band], below: bool = False) -> None:
    """One entry per ordinal, one per map, one per kind of chance."""
    handles: dict[str, Line2D] = {}
    for band in bands:
        if band.ordinal == 0:
            handles.setdefault(
                band.label, Line2D([], [], color="0.45", ls=_line(band), label=band.label)
            )
            continue
        k = band.ordinal - 1
        handles.setdefault(
            f"n{band.ordinal}",
            Line2D([], [], color=colour_of(k), marker=marker_of(k), label=f"$n$ = {band.ordinal}"),
        )
    for name, filled in _COMPARED.items():
        if _shown(bands, filled):
            style: Any = {"mfc": "0.3" if filled else "white", "ls": "-" if filled else "--"}
            handles[name] = Line2D([], [], color="0.3", marker="o", label=name, **style)
    place: Any = key_below(columns=4) if below else {"loc": "lower right", "labelspacing": 0.3}
    axes.legend(handles=list(handles.values()), **place)


def _shown(bands: Sequence[Band], filled: bool) -> bool:
    return any(band.filled == filled and band.ordinal > 0 for band in bands)


def without_ratio(bands: Sequence[Band]) -> str:
    """Why maps have no ratio: one of the two is not among them, or there are too few data."""
    missing = [name for name, filled in _COMPARED.items() if not _shown(bands, filled)]
    return f"{' and '.join(missing)} not among the maps" if missing else "too few data"


def ceiling(bands: Sequence[Band], largest: float) -> float:
    """Upper end of the axis of ratios: above all estimates and most of their bands."""
    curves = [band.curve for band in bands]
    shown = [(c.estimate[c.x <= largest], c.upper[c.x <= largest]) for c in curves]
    estimates = np.concatenate([estimate for estimate, _ in shown])
    uppers = np.concatenate([upper[np.isfinite(upper)] for _, upper in shown])
    top = max(float(estimates.max(initial=1.0)) * 1.15, 2.0)
    return min(max(top, float(np.quantile(uppers, 0.9)) if uppers.size else top), 3 * top)


def has_points(axes: Axes) -> bool:
    """Whether anything was drawn; a logarithmic axis without points has no ticks."""
    return any(np.size(line.get_xdata()) for line in axes.lines)


@dataclass(frozen=True, eq=False)
class Points:
    """A score of one map along N or along the ordinal of the event, as a curve.

    ``series`` chooses colour and symbol, as in :func:`prediction` 0 is filled and others are
    open; ``chance`` draws a dotted line without symbols. ``palette`` is the colour of series 0,
    where others of the figure have a meaning already.
    """

    label: str
    curve: Curve
    series: int = 0
    chance: bool = False
    palette: int = 0

    @property
    def look(self) -> int:
        """Index of its colour and symbol."""
        return self.series + self.palette

    @property
    def highest(self) -> FloatArray:
        """(K,) upper ends of what is drawn: of the intervals, where there are some."""
        curve = self.curve
        return curve.estimate if self.chance else np.fmax(curve.upper, curve.estimate)


def fractions_from_zero(axes: Axes, series: Sequence[Points]) -> None:
    """Fractions are shown from 0 on; other scores keep the limits that suit them.

    Where an interval reaches below 0, as that of an excess over chance, a line is drawn at 0.
    """
    if any((p.curve.lower < 0).any() for p in series):
        axes.axhline(0.0, color="0.5", lw=0.7, ls=":")
        return
    tops = [p.highest for p in series]
    top = max((float(values.max()) for values in tops), default=1.0)
    if top <= 1.0:
        axes.set_ylim(0.0, max(0.1, 1.08 * top))


def draw_points(axes: Axes, points: Points, shift: float, add: bool = False) -> None:
    """Points with intervals, moved by a little so that series do not hide each other."""
    colour = colour_of(points.look)
    if points.chance:
        alone = "_" if points.curve.x.size == 1 else ""  # one point makes no line
        line: Any = {"ls": ":", "marker": alone, "ms": 12, "color": colour, "zorder": 0}
        axes.plot(points.curve.x, points.curve.estimate, **line)
        return
    curve = points.curve
    below, above = curve.estimate - curve.lower, np.minimum(curve.upper, 1e6) - curve.estimate
    axes.errorbar(
        curve.x + shift if add else curve.x * shift,
        curve.estimate,
        yerr=np.maximum(0.0, [below, above]),
        fmt=marker_of(points.look),
        color=colour,
        mfc="white" if points.series else colour,
        ls="-",
        lw=0.8,
        elinewidth=0.9,
        capsize=1.5,
    )


def legends_of_points(
    figure: Figure, grid: npt.NDArray, panels: Mapping[str, Sequence[Points]]
) -> None:
    """One legend for all panels with the series of the first, one in each with others.

    Chance is in the first legend, whichever panel shows it.
    """
    names = [[p.label for p in series if not p.chance] for series in panels.values()]
    for k, (axes, series) in enumerate(zip(grid, panels.values(), strict=True)):
        handles = [handle_of_points(points) for points in series if not points.chance]
        if k == 0:
            if any(points.chance for shown in panels.values() for points in shown):
                handles.append(Line2D([], [], color="0.4", ls=":", label="chance"))
            figure.legend(handles=handles, loc="outside lower center", ncols=4)
        elif names[k] != names[0] and handles:
            axes.legend(handles=handles, fontsize=7, labelspacing=0.3)


def handle_of_points(points: Points) -> Line2D:
    k = points.look
    face = "white" if points.series else colour_of(k)
    return Line2D(
        [], [], color=colour_of(k), marker=marker_of(k), mfc=face, lw=0.8, label=points.label
    )


def legend_of_ordinals(axes: Axes, bands: Sequence[Band]) -> None:
    handles = [
        Line2D([], [], color=colour_of(n - 1), marker=marker_of(n - 1), label=f"$n$ = {n}")
        for n in sorted({band.ordinal for band in bands} - {0})
    ]
    axes.legend(handles=handles, loc="lower right", labelspacing=0.2, fontsize=7)
