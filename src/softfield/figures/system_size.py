"""The prediction against the number of particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from .curves import Points, draw_points, fractions_from_zero, legends_of_points
from .style import TWO_COLUMNS, panel_letters, styled


@styled
def system_size(panels: Mapping[str, Sequence[Points]], caption: str) -> Figure:
    """Scores of the maps against the number of particles, one panel per score."""
    rows = -(-len(panels) // 3)
    figure = Figure(figsize=(TWO_COLUMNS, 0.7 + 2.1 * rows), layout="constrained")
    grid = np.atleast_1d(figure.subplots(rows, min(3, len(panels)))).ravel()
    for axes, (label, series) in zip(grid, panels.items(), strict=False):
        axes.set_xscale("log")
        for points in series:
            draw_points(axes, points, shift=1.06 ** (points.series - 0.5))
        sizes = np.unique(np.concatenate([np.ones(0), *(points.curve.x for points in series)]))
        axes.set_xticks(sizes, [f"{int(n):,}" for n in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(0.6 * sizes[0], 1.7 * sizes[-1])
        axes.set_xlabel("particles $N$")
        axes.set_ylabel(label)
        fractions_from_zero(axes, series)
    for axes in grid[len(panels) :]:
        axes.remove()
    legends_of_points(figure, grid[: len(panels)], panels)
    panel_letters(*grid[: len(panels)])
    figure.suptitle(caption, fontsize=8)
    return figure
