"""Exponent of the tail against x_min and against the number of realizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..glass import FloatArray
from .curves import Band, every
from .style import COLOURS, MARKERS, TWO_COLUMNS, panel_letters, styled


@dataclass(frozen=True, eq=False)
class ExponentCurves:
    """Tail exponents of one ensemble.

    Attributes
    ----------
    scan : exponent against x_min, pooled bonds; None where the data are too few
    chosen : (x_min, exponent) of the fit, or None
    pooled, maxima : rows (n_realizations, exponent, lower, upper)
    """

    label: str
    scan: Band | None
    chosen: tuple[float, float] | None
    pooled: FloatArray
    maxima: FloatArray


@styled
def tail_exponent(ensembles: Sequence[ExponentCurves]) -> Figure:
    """Exponent of the tail of p(|E|) against x_min and against the number of realizations."""
    figure = Figure(figsize=(TWO_COLUMNS, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for k, shown in enumerate(ensembles):
        if shown.scan is not None:
            band = shown.scan
            left.fill_between(band.x, band.lower, band.upper, color=COLOURS[k], alpha=0.2, lw=0)
            left.plot(band.x, band.estimate, color=COLOURS[k], label=band.label)
        if shown.chosen is not None:
            left.plot(*shown.chosen, MARKERS[k], color=COLOURS[k], mec="black", ms=6, zorder=3)
        for rows, fill, aside in ((shown.pooled, COLOURS[k], 0.99), (shown.maxima, "white", 1.01)):
            if len(rows):
                n, value, lower, upper = rows.T
                right.errorbar(
                    n * aside,
                    value,
                    yerr=np.maximum(0.0, [value - lower, upper - value]),
                    fmt=MARKERS[k] + ("-" if fill != "white" else "--"),
                    color=COLOURS[k],
                    mfc=fill,
                    elinewidth=0.8,
                    capsize=1.5,
                )
    for axes in (left, right):
        axes.axhline(9 / 4, color="0.3", ls=":", lw=1.0)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    sizes = sorted({int(row[0]) for shown in ensembles for row in shown.pooled})
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
    values = [row[1] for shown in ensembles for row in (*shown.pooled, *shown.maxima)]
    values += [v for s in ensembles if s.scan is not None for v in s.scan.estimate]
    left.set_ylim(1.0, min(6.0, max(4.0, 1.2 * max(values, default=3.0))))
    left.text(0.98, 9 / 4, "9/4 ", transform=left.get_yaxis_transform(), ha="right", va="bottom")
    if not values:
        left.text(0.5, 0.6, "too few data", transform=left.transAxes, ha="center", color="0.4")
        return
    left.legend(loc="upper left")
    handles = [
        Line2D([], [], color="0.3", marker="o", label="all bonds pooled"),
        Line2D([], [], color="0.3", marker="o", mfc="white", ls="--", label="largest of each"),
    ]
    right.legend(handles=handles, loc="upper right")
