"""Exponent of the tail against x_min and against the number of realizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..statistics.resampling import Curve
from .curves import every
from .style import TWO_COLUMNS, colour_of, key_below, marker_of, panel_letters, plain_ticks, styled


@dataclass(frozen=True, eq=False)
class ExponentCurves:
    """Tail exponents of one ensemble.

    Attributes
    ----------
    scan : exponent against x_min, pooled bonds; None where the data are too few
    chosen : (x_min, exponent) of the fit, or None
    pooled, maxima : exponent against the number of realizations
    """

    label: str
    scan: Curve | None
    chosen: tuple[float, float] | None
    pooled: Curve
    maxima: Curve


@styled
def tail_exponent(ensembles: Sequence[ExponentCurves]) -> Figure:
    """Exponent of the tail of p(|E|) against x_min and against the number of realizations."""
    figure = Figure(figsize=(TWO_COLUMNS, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for k, shown in enumerate(ensembles):
        colour, marker = colour_of(k), marker_of(k)
        if shown.scan is not None:
            scan = shown.scan
            left.fill_between(scan.x, scan.lower, scan.upper, color=colour, alpha=0.2, lw=0)
            left.plot(scan.x, scan.estimate, color=colour, label=shown.label)
        if shown.chosen is not None:
            left.plot(*shown.chosen, marker, color=colour, mec="black", ms=6, zorder=3)
        for curve, fill, aside in (
            (shown.pooled, colour, 0.99),
            (shown.maxima, "white", 1.01),
        ):
            if curve.x.size:
                bars = [curve.estimate - curve.lower, curve.upper - curve.estimate]
                right.errorbar(
                    curve.x * aside,
                    curve.estimate,
                    yerr=np.maximum(0.0, bars),
                    fmt=marker + ("-" if fill != "white" else "--"),
                    color=colour,
                    mfc=fill,
                    elinewidth=0.8,
                    capsize=1.5,
                )
    for axes in (left, right):
        axes.axhline(9 / 4, color="0.3", ls=":", lw=1.0)
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    sizes = sorted({int(n) for shown in ensembles for n in shown.pooled.x})
    if sizes:
        right.set_xticks([sizes[k] for k in every(np.array(sizes), 5)])
        right.minorticks_off()
    _exponent_axes(left, right, ensembles)
    panel_letters(left, right)
    return figure


def _exponent_axes(left: Axes, right: Axes, ensembles: Sequence[ExponentCurves]) -> None:
    left.set_xlabel(r"$x_\mathrm{min}$ of $|\mathcal{E}_\alpha|$")
    left.set_ylabel("tail exponent")
    right.set_xlabel("number of realizations")
    values = [v for s in ensembles for c in (s.pooled, s.maxima) for v in c.estimate]
    values += [v for s in ensembles if s.scan is not None for v in s.scan.estimate]
    left.set_ylim(1.0, min(6.0, max(4.0, 1.2 * max(values, default=3.0))))
    left.text(0.98, 9 / 4, "9/4 ", transform=left.get_yaxis_transform(), ha="right", va="bottom")
    if not values:
        left.text(0.5, 0.6, "too few data", transform=left.transAxes, ha="center", color="0.4")
        return
    left.legend(**key_below(columns=3))
    handles = [
        Line2D([], [], color="0.3", marker="o", label="all bonds pooled"),
        Line2D([], [], color="0.3", marker="o", mfc="white", ls="--", label="largest of each"),
    ]
    right.legend(handles=handles, **key_below(columns=2))
