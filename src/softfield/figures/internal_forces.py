"""Internal forces, and their part in the local thermal energy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..statistics.resampling import Curve
from .style import TWO_COLUMNS, colour_of, key_below, marker_of, panel_letters, styled

#: Shares of f.X in E that are shown.
_SHARES = (0.03, 100.0)


@styled
def internal_forces(
    forces: Mapping[str, tuple[Curve, Curve]],
    shares: Mapping[str, tuple[Curve, Curve]],
    floor: float,
) -> Figure:
    """Distribution of |f_alpha| by ensemble, and the part of f.X in E_alpha against |E_alpha|.

    Parameters
    ----------
    forces : by label, p(f / mean) of all interactions and of those with large |E|
    shares : by label, the median of |E - harmonic| / |E| with its interval (0 or infinite where it
        has no end, NaN where there is none), and with the quartiles in its place
    floor : the |E| from which on it counts as large
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.0 + 0.08 * len(forces)), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, (label, curves) in enumerate(forces.items()):
        for curve, line in zip(curves, ("-", "--"), strict=True):
            seen = curve.estimate > 0
            x, colour = curve.x[seen], colour_of(k)
            left.fill_between(
                x, curve.lower[seen], curve.upper[seen], color=colour, alpha=0.2, lw=0
            )
            left.plot(x, curve.estimate[seen], color=colour, ls=line, lw=0.9,
                      label=label if line == "-" else None)  # fmt: skip
    for k, (label, (median, quartiles)) in enumerate(shares.items()):
        colour = colour_of(k)
        right.fill_between(
            quartiles.x, quartiles.lower, quartiles.upper, color=colour, alpha=0.12, lw=0
        )
        # an end that the glasses do not bound runs to the rim of the panel
        lower, upper = (np.clip(end, *_SHARES) for end in (median.lower, median.upper))
        bars = [median.estimate - lower, upper - median.estimate]
        right.errorbar(
            median.x, median.estimate, np.maximum(0.0, bars), fmt=marker_of(k) + "-",
            color=colour, mfc="white", ms=3, elinewidth=0.8, label=label,
        )  # fmt: skip
    _force_axes(left, right, floor)
    panel_letters(left, right)
    return figure


def _force_axes(left: Axes, right: Axes, floor: float) -> None:
    large = rf"those with $|\mathcal{{E}}_\alpha|\geq {floor:g}$"
    left.plot([], [], "--", color="0.4", label=large)
    left.set_yscale("log")
    left.set_xlim(0.0, 12.0)
    left.set_ylim(1e-4, 5.0)
    left.set_xlabel(r"$|f_\alpha|\,/\,\langle|f_\alpha|\rangle$")
    left.set_ylabel("probability density")
    left.legend(**key_below(columns=2))
    right.set_xscale("log")
    right.axhline(1.0, color="0.4", lw=0.7, ls=":")
    right.set_yscale("log")
    right.set_ylim(*_SHARES)
    right.set_xlabel(r"$|\mathcal{E}_\alpha|$")
    right.set_ylabel(r"$|f_\alpha\cdot\mathcal{X}|\,/\,|\mathcal{E}_\alpha|$")
    right.legend(**key_below(columns=2))
