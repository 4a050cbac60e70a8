"""Fig. 4: prediction of plastic events, and its companions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from matplotlib.axes import Axes
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
    without_ratio,
)
from .style import COLOURS, TWO_COLUMNS, colour_of, key_below, panel_letters, styled

#: Delta eps that Fig. 4 shows, as in the paper.
SHOWN = (1.0, 4.0)

#: Colours of maps where the first ones are those of ordinals: black, grey.
_OF_MAPS = 6


@dataclass(frozen=True)
class PaperNumbers:
    """What the paper says in numbers of Fig. 4.

    Attributes
    ----------
    fractions : (Delta eps, F_1) of the LTE
    ratios : ordinal -> largest ratio LTE / NM
    """

    fractions: Sequence[tuple[float, float]] = ()
    ratios: Mapping[int, float] = field(default_factory=dict)


@styled
def prediction(
    fractions: Sequence[Band],
    ratios: Sequence[Band],
    caption: str,
    paper: PaperNumbers | None = None,
) -> Figure:
    """Fig. 4: F_n(Delta eps) of LTE (filled) and normal modes (open), and their ratio.

    Bands with ordinal 0 are chance. The numbers of the paper are drawn as stars (fractions) and as
    marks at the right edge (largest ratios).
    """
    largest = SHOWN[1]
    figure = Figure(figsize=(TWO_COLUMNS, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for band in fractions:
        draw_band(left, band, steps=True)
    left.set_ylim(0, 1.0)
    left.set_ylabel(r"$F_n(\Delta\varepsilon)$")
    for band in ratios:
        draw_band(right, band, steps=False)
    _draw_paper(left, right, paper or PaperNumbers())
    legend_of_fractions(left, fractions, below=True)
    right.axhline(1.0, color="0.5", lw=0.7, ls=":")
    right.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        highest = max([0.0, *(paper.ratios.values() if paper else ())])
        right.set_ylim(0, max(ceiling(ratios, largest), 1.1 * highest))
        right.legend(**key_below(columns=4))
    else:
        _write_inside(right, without_ratio(fractions))
    for axes in (left, right):
        axes.set_xlim(*SHOWN)
        axes.set_xlabel(r"$\Delta\varepsilon$")
    panel_letters(left, right)
    figure.suptitle(caption, fontsize=8)
    return figure


def _write_inside(axes: Axes, words: str) -> None:
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color="0.4")


def _draw_paper(left: Axes, right: Axes, paper: PaperNumbers) -> None:
    for x, y in paper.fractions:
        left.plot(x, y, "*", color=COLOURS[0], mec="black", mew=0.6, ms=9, zorder=4, clip_on=False)
    if paper.fractions:
        x, y = paper.fractions[-1]
        left.annotate("paper, $n$ = 1", (x, y), xytext=(6, -2), textcoords="offset points",
                      fontsize=7)  # fmt: skip
    for ordinal, ratio in paper.ratios.items():
        colour = colour_of(ordinal - 1)
        right.axhline(ratio, xmin=0.93, color=colour, lw=2.0)
        right.annotate(
            f"paper, $n$ = {ordinal}", (0.93, ratio), xycoords=right.get_yaxis_transform(),
            xytext=(-2, 0), textcoords="offset points", ha="right", va="center", fontsize=7,
            color=colour,
        )  # fmt: skip


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

    ``fractions`` has the title of a panel and its curves F_n(Delta eps). Colours are ordinals
    above; the maps below have others.
    """
    scores = {
        label: [replace(points, palette=_OF_MAPS) for points in series]
        for label, series in scores.items()
    }
    figure = Figure(figsize=(TWO_COLUMNS, 5.2), layout="constrained")
    columns = max(len(fractions) + 1, len(scores))
    grid = figure.subplots(2, columns)
    every = [band for bands in fractions.values() for band in bands]
    largest = reach(every, 0.97)
    for axes, (title, bands) in zip(grid[0], fractions.items(), strict=False):
        for band in bands:
            draw_band(axes, band, steps=True)
        axes.set(ylim=(0, 1.0), ylabel=rf"$F_n(\Delta\varepsilon)$, {title}")
    legend_of_ordinals(grid[0, 0], every)
    last = grid[0, columns - 1]
    for band in ratios:
        draw_band(last, band, steps=False)
    last.axhline(1.0, color="0.5", lw=0.7, ls=":")
    last.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        last.set_ylim(0, ceiling(ratios, largest))
    else:
        _write_inside(last, without_ratio(every))
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
