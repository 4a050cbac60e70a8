"""Fig. 4: prediction of plastic events, and its companions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .curves import (
    Band,
    Points,
    ceiling,
    draw_band,
    draw_points,
    fractions_from_zero,
    legend_of_fractions,
    legend_of_ordinals,
    legends_of_points,
    reach,
)
from .style import TWO_COLUMNS, panel_letters, styled


@styled
def prediction(fractions: Sequence[Band], ratios: Sequence[Band], caption: str) -> Figure:
    """Fig. 4: F_n(Delta eps) of LTE (filled) and normal modes (open), and their ratio.

    The axis ends where every map has found 97 % of the events.
    """
    largest = reach(fractions, 0.97)
    figure = Figure(figsize=(TWO_COLUMNS, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for band in fractions:
        draw_band(left, band, steps=True)
    left.set_ylim(0, 1.0)
    left.set_ylabel(r"$F_n(\Delta\varepsilon)$")
    legend_of_fractions(left, fractions)
    for band in ratios:
        draw_band(right, band, steps=False)
    right.axhline(1.0, color="0.5", lw=0.7, ls=":")
    right.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        right.set_ylim(0, ceiling(ratios, largest))
        right.legend(loc="upper right")
    else:
        right.text(0.5, 0.5, "too few data", transform=right.transAxes, ha="center", color="0.4")
    for axes in (left, right):
        axes.set_xlim(1.0, largest)
        axes.set_xlabel(r"$\Delta\varepsilon$")
    panel_letters(left, right)
    figure.suptitle(caption, fontsize=8)
    return figure


@styled
def prediction_by_effort(panels: Mapping[str, Sequence[Band]], caption: str) -> Figure:
    """Fractions of n-th events against measures of how much of the map is counted.

    ``panels`` has the label of the abscissa and its curves; those with ordinal 0 are chance
    and drawn in grey. The axes end where every map has found 97 % of the events.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 2.9), layout="constrained")
    grid = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axes, (label, bands) in zip(grid, panels.items(), strict=True):
        for band in bands:
            draw_band(axes, band, steps=True)
        axes.set_xlabel(label)
        first = min((float(band.curve.x[0]) for band in bands), default=0.0)
        axes.set_xlim(first, reach(bands, 0.97) if first else 1.0)
        axes.set_ylim(0, 1.0)
    grid[0].set_ylabel("fraction of events")
    legend_of_fractions(grid[-1], [band for bands in panels.values() for band in bands])
    panel_letters(*grid)
    figure.suptitle(caption, fontsize=8)
    return figure


@styled
def later_events(
    fractions: Mapping[str, Sequence[Band]],
    ratios: Sequence[Band],
    scores: Mapping[str, Sequence[Points]],
    caption: str,
) -> Figure:
    """F_n of all recorded events by map and their ratio; below, scores against the ordinal.

    ``fractions`` has the title of a panel and its curves F_n(Delta eps).
    """
    figure = Figure(figsize=(TWO_COLUMNS, 5.2), layout="constrained")
    columns = max(len(fractions) + 1, len(scores))
    grid = figure.subplots(2, columns)
    largest = reach([band for bands in fractions.values() for band in bands], 0.97)
    for axes, (title, bands) in zip(grid[0], fractions.items(), strict=False):
        for band in bands:
            draw_band(axes, band, steps=True)
        axes.set(ylim=(0, 1.0), ylabel=rf"$F_n(\Delta\varepsilon)$, {title}")
    legend_of_ordinals(grid[0, 0], [band for bands in fractions.values() for band in bands])
    last = grid[0, columns - 1]
    for band in ratios:
        draw_band(last, band, steps=False)
    last.axhline(1.0, color="0.5", lw=0.7, ls=":")
    last.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        last.set_ylim(0, ceiling(ratios, largest))
    else:
        last.text(0.5, 0.5, "too few data", transform=last.transAxes, ha="center", color="0.4")
    for axes in grid[0]:
        axes.set_xlim(1.0, largest)
        axes.set_xlabel(r"$\Delta\varepsilon$")
    for axes, (label, series) in zip(grid[1], scores.items(), strict=False):
        for points in series:
            draw_points(axes, points, shift=0.12 * (points.series - 0.5), add=True)
        ordinals = np.unique(np.concatenate([np.ones(1), *(points.curve.x for points in series)]))
        axes.set_xticks(ordinals, [f"{int(n)}" for n in ordinals])
        axes.set(xlim=(0.5, ordinals[-1] + 0.5), xlabel="ordinal $n$ of the event", ylabel=label)
        fractions_from_zero(axes, series)
    shown = [*grid[0, : len(fractions)], last, *grid[1, : len(scores)]]
    for axes in set(grid.ravel()) - set(shown):
        axes.remove()
    legends_of_points(figure, grid[1, : len(scores)], scores)
    panel_letters(*shown)
    figure.suptitle(caption, fontsize=8)
    return figure
