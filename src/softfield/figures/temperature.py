"""How well rearrangements are predicted, against temperature and against the rate of shear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from .curves import Points, draw_points, handle_of_points
from .style import TWO_COLUMNS, panel_letters, styled

#: Factor by which the points of neighbouring series are moved apart.
_APART = 1.05


@styled
def against_temperature(
    panels: Mapping[str, Mapping[str, Sequence[Points]]], caption: str
) -> Figure:
    """Scores of maps, a row of panels for what they are drawn against and a column per score.

    ``panels``: label of the abscissa -> label of the score -> series. Abscissas are logarithmic,
    all scores shares between 0 and 1.
    """
    columns = max(len(of_row) for of_row in panels.values())
    size = (TWO_COLUMNS, 0.8 + 2.1 * len(panels))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(panels), columns, squeeze=False)
    named: dict[str, Points] = {}
    drawn = []
    for row, (along, of_row) in zip(grid, panels.items(), strict=True):
        for axes, (label, series) in zip(row, of_row.items(), strict=False):
            axes.set_xscale("log")
            axes.set_autoscalex_on(False)
            middle = 0.5 * (len(series) - 1)
            for k, points in enumerate(series):
                draw_points(axes, points, shift=1.0 if points.chance else _APART ** (k - middle))
            _label_abscissa(axes, series)
            axes.set_xlabel(along)
            axes.set_ylabel(label)
            axes.set_ylim(0.0, _highest(series))
            named |= {points.label: points for points in series if not points.chance}
            drawn.append(axes)
        for axes in row[len(of_row) :]:
            axes.remove()
    handles = [handle_of_points(points) for points in named.values()]
    handles.append(Line2D([], [], color="0.4", ls=":", label="chance"))
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    panel_letters(*drawn)
    figure.suptitle(caption, fontsize=8)
    return figure


def _label_abscissa(axes: Axes, series: Sequence[Points]) -> None:
    """Room for all points; where they span a decade at most, each has its number."""
    at = np.unique(np.concatenate([np.ones(0), *(points.curve.x for points in series)]))
    if not at.size:
        return
    axes.set_xlim(0.5 * at[0], 2.0 * at[-1])
    if at[-1] < 10.5 * at[0]:  # a decade, to rounding
        axes.set_xticks(at, [f"{x:g}" for x in at])
        axes.xaxis.set_minor_formatter(NullFormatter())


def _highest(series: Sequence[Points]) -> float:
    """Upper end of an axis of shares: above all intervals, of a mean too as far as it can be."""
    return 1.08 * min(1.0, max((float(p.highest.max()) for p in series), default=1.0))
