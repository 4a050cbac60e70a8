"""Density of low-frequency modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..statistics.resampling import Curve
from .style import (
    FREQUENCY,
    TWO_COLUMNS,
    colour_of,
    key_below,
    marker_of,
    panel_letters,
    plain_ticks,
    styled,
)


@dataclass(frozen=True, eq=False)
class ModeDensity:
    """Low-frequency modes of one ensemble.

    Attributes
    ----------
    counts : modes per glass below omega
    highest : upper end of the frequencies that were fitted; below the plane waves
    exponent : (value, lower, upper) of D(omega) ~ omega^beta, or None: too few data
    n_fitted, n_glasses : modes in the fit, and the glasses that it looked at
    scan : beta against the upper end, or None
    """

    label: str
    counts: Curve
    highest: float
    exponent: tuple[float, float, float] | None
    n_fitted: int
    n_glasses: int
    scan: Curve | None


@styled
def low_frequency(ensembles: Sequence[ModeDensity]) -> Figure:
    """Modes per glass below omega with the fitted power laws, and the exponents of D(omega).

    The number of modes below omega is the integral of D(omega): exponent beta + 1.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.0 + 0.14 * len(ensembles)), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, shown in enumerate(ensembles):
        _draw_mode_counts(left, shown, k)
        if shown.scan is not None:
            scan = shown.scan
            right.fill_between(scan.x, scan.lower, scan.upper, color=colour_of(k), alpha=0.2, lw=0)
            right.plot(scan.x, scan.estimate, color=colour_of(k))
        if shown.exponent is not None:
            value, lower, upper = shown.exponent
            right.errorbar(
                shown.highest, value, np.maximum(0.0, [[value - lower], [upper - value]]),
                fmt=marker_of(k), color=colour_of(k), mec="black", capsize=2,
                label=f"{value:.2f} ({lower:.2f} to {upper:.2f}), {shown.n_fitted:,} modes",
            )  # fmt: skip
    _density_axes(left, right, ensembles)
    panel_letters(left, right)
    return figure


def _draw_mode_counts(axes: Axes, shown: ModeDensity, k: int) -> None:
    counts, colour = shown.counts, colour_of(k)
    seen = counts.counts > 0
    x, estimate = counts.x[seen], counts.estimate[seen]
    below = np.maximum(counts.lower[seen], 1e-9)
    axes.fill_between(x, below, counts.upper[seen], color=colour, alpha=0.2, lw=0, step="post")
    label = f"{shown.label}, {counts.n_realizations:,} glasses"
    axes.plot(x, estimate, color=colour, drawstyle="steps-post", label=label)
    axes.axvline(shown.highest, color=colour, lw=0.8, ls=":")
    if shown.exponent is not None:
        ends = np.array([x[0], shown.highest])
        height = shown.n_fitted / shown.n_glasses
        axes.plot(ends, height * (ends / ends[1]) ** (shown.exponent[0] + 1), color=colour, ls="--")


def _density_axes(left: Axes, right: Axes, ensembles: Sequence[ModeDensity]) -> None:
    fewest = min((1.0 / shown.counts.n_realizations for shown in ensembles), default=0.01)
    most = max((float(shown.counts.estimate.max()) for shown in ensembles), default=1.0)
    left.set_ylim(0.4 * fewest, 3.0 * most)
    left.set_xscale("log")
    left.set_yscale("log")
    plain_ticks(left.xaxis)
    left.legend(**key_below())
    left.set_xlabel(FREQUENCY)
    left.set_ylabel(r"modes per glass below $\omega$")
    right.axhline(4.0, color="0.3", ls=":", lw=1.0)
    right.set_ylim(0.0, 9.0)
    right.set_xlabel(f"upper end of the fit, {FREQUENCY}")
    right.set_ylabel(r"exponent $\beta$ of $D(\omega)\sim\omega^\beta$")
    if any(shown.exponent is not None for shown in ensembles):
        right.legend(**key_below())
    else:
        right.text(0.5, 0.6, "too few data", transform=right.transAxes, ha="center", color="0.4")
