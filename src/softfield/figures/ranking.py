"""Rankings of maps, and what the free parameters change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .style import COLOURS, TWO_COLUMNS, colour_of, marker_of, panel_letters, styled


@dataclass(frozen=True, eq=False)
class Score:
    """A score of one map for the n-th events, with its interval."""

    name: str
    ordinal: int
    value: float
    lower: float
    upper: float


@styled
def ranking(
    panels: Mapping[str, Sequence[Score]], caption: str, series: Sequence[str] | None = None
) -> Figure:
    """Scores of every map: one panel per score, one row per map.

    ``panels`` has the label of the score and its values; those with ordinal 0 are what chance
    gives. Maps are ordered by their score for first events in the first panel, best on top.
    ``series`` are names of the ordinals 1, 2, ... where they count something else than events.
    """
    first = next(iter(panels.values()))
    names = [s.name for s in sorted(first, key=lambda s: s.value) if s.ordinal == 1]
    height = 1.45 + 0.42 * max(len(names), 2)
    figure = Figure(figsize=(TWO_COLUMNS, height), layout="constrained")
    grid = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axes, (label, scores) in zip(grid, panels.items(), strict=True):
        for score in scores:
            if score.name in names:
                _draw_score(axes, score, names.index(score.name), max(s.ordinal for s in scores))
        axes.set_xlabel(label)
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(-0.6, len(names) - 0.4)
    handles = [
        Line2D([], [], color=colour_of(n - 1), marker=marker_of(n - 1), ls="",
               label=series[n - 1] if series else f"$n$ = {n}")
        for n in sorted({score.ordinal for score in first} - {0})
    ]  # fmt: skip
    handles.append(Line2D([], [], color="0.4", marker="|", ms=14, ls="", label="chance"))
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handletextpad=0.2)
    panel_letters(*grid)
    figure.suptitle(caption, fontsize=8)
    return figure


@styled
def parameter_study(panels: Mapping[str, Sequence[Score]], caption: str) -> Figure:
    """Scores of LTE (filled, ordinal 1) and normal modes (open, ordinal 2) for every choice.

    ``panels`` has the label of the score and its values; the name of a score is the choice,
    and choices are listed from top to bottom in their order.
    """
    names = list(dict.fromkeys(score.name for score in next(iter(panels.values()))))
    figure = Figure(figsize=(TWO_COLUMNS, 1.3 + 0.26 * len(names)), layout="constrained")
    grid = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axes, (label, scores) in zip(grid, panels.items(), strict=True):
        for score in scores:
            open_symbol = score.ordinal == 2
            axes.errorbar(
                score.value,
                names.index(score.name) + (0.14 if open_symbol else -0.14),
                xerr=np.maximum(0, [[score.value - score.lower], [score.upper - score.value]]),
                fmt="s" if open_symbol else "o",
                color=COLOURS[1] if open_symbol else COLOURS[0],
                mfc="white" if open_symbol else COLOURS[0],
                elinewidth=0.8,
            )
        axes.set_xlabel(label)
        axes.axhline(0.5, color="0.6", lw=0.6)  # below the default choice
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(len(names) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=COLOURS[0], marker="o", ls="", label="LTE"),
        Line2D([], [], color=COLOURS[1], marker="s", mfc="white", ls="", label="NM"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, handletextpad=0.2)
    panel_letters(*grid)
    figure.suptitle(caption, fontsize=8)
    return figure


def _draw_score(axes: Axes, score: Score, row: int, series: int) -> None:
    """A score of one of the ``series``, which lie side by side in a row."""
    if score.ordinal == 0:
        axes.plot(score.value, row, "|", color="0.4", ms=26, zorder=0)
        return
    k = score.ordinal - 1
    apart = min(0.2, 0.6 / max(series - 1, 1))
    axes.errorbar(
        score.value,
        row + apart * (0.5 * (series - 1) - k),
        xerr=np.maximum(0.0, [[score.value - score.lower], [score.upper - score.value]]),
        fmt=marker_of(k),
        color=colour_of(k),
        elinewidth=0.9,
        capsize=1.5,
    )
