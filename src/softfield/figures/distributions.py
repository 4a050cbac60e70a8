"""Fig. 2: distributions of the local thermal energy, with molecular dynamics as inset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..statistics.resampling import Curve
from .pair_energies import FIRST_LOOK, MolecularDynamics
from .style import (
    TIME_UNIT,
    TWO_COLUMNS,
    colour_of,
    key_below,
    marker_of,
    panel_letters,
    plain_ticks,
    styled,
)

#: Smallest |E| that is shown, and from where on the tail is looked at.
_SMALLEST, _SMALLEST_LARGE = 1e-2, 0.5


@dataclass(frozen=True, eq=False)
class Distribution:
    """p(|E|) of one ensemble: bins that hold something, and the tail fitted to it.

    ``size`` says N in words; ``exponent`` is (value, lower, upper) or None, where the data are too
    few; ``x_min`` is where the fitted tail begins; ``local`` is the exponent around each energy, if
    it is known.
    """

    label: str
    size: str
    density: Curve
    exponent: tuple[float, float, float] | None
    x_min: float | None
    local: Curve | None = None


@styled
def distributions(
    ensembles: Sequence[Distribution], dynamics: Sequence[MolecularDynamics] = ()
) -> Figure:
    """Fig. 2: p(|E_alpha|) of the models, each two decades below the one before.

    Beside it p E^(9/4), which is level where the paper's law holds, and the local exponent.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 4.4 + 0.15 * len(ensembles)), layout="constrained")
    panels = figure.subplot_mosaic([["p", "level"], ["p", "local"]], width_ratios=(1.5, 1.0))
    axes = panels["p"]
    axes.set_xscale("log")
    axes.set_yscale("log")
    for k, shown in enumerate(ensembles):
        _draw_distribution(axes, shown, 10.0 ** (-2 * k), k)
        _guide(axes, shown, 10.0 ** (-2 * k), labelled=k == 0)
    _limit(axes, ensembles)
    _tail_panels(panels["level"], panels["local"], ensembles)
    axes.set_xlabel(r"$|\mathcal{E}_\alpha|$")
    shift = r", shifted by $10^{-2}$ each" if len(ensembles) > 1 else ""
    axes.set_ylabel(rf"$p(|\mathcal{{E}}_\alpha|)${shift}")
    axes.legend(**key_below(0.12))
    if dynamics:
        _inset(axes, dynamics)
    panel_letters(axes, panels["level"], panels["local"])
    return figure


def _draw_distribution(axes: Axes, shown: Distribution, shift: float, k: int) -> None:
    exponent = "tail: too few data"
    if shown.exponent is not None:
        value, lower, upper = shown.exponent
        exponent = rf"$\mathcal{{E}}^{{-{value:.2f}}}$, 95 %: {lower:.2f} to {upper:.2f}"
    label = (
        f"{shown.label}, {shown.size}, {shown.density.n_realizations:,} realizations; {exponent}"
    )
    # A bar that reaches zero has no end on a logarithmic axis: it is drawn upwards only.
    p = shown.density
    below = np.where(p.lower > 0, np.maximum(p.estimate - p.lower, 0.0), 0.0)
    above = np.maximum(p.upper - p.estimate, 0.0)
    axes.errorbar(
        p.x,
        shift * p.estimate,
        yerr=shift * np.stack([below, above]),
        fmt=marker_of(k),
        color=colour_of(k),
        mfc="white",
        mew=0.9,
        ms=3.6,
        elinewidth=0.7,
        label=label,
    )
    if shown.exponent is not None and shown.x_min is not None:
        x = np.array([shown.x_min, float(shown.density.x.max())])
        y = _tail_mass(shown) * (shown.exponent[0] - 1) / x[0] * (x / x[0]) ** -shown.exponent[0]
        axes.plot(x, shift * y, color=colour_of(k), lw=1.0)


def _tail_mass(shown: Distribution) -> float:
    """Probability above x_min, from logarithmic bins of equal ratio."""
    energy = shown.density.x
    ratios = energy[1:] / energy[:-1]
    half = np.sqrt(ratios.min()) if ratios.size else 1.0
    x_min = shown.x_min or 0.0
    widths = energy * half - np.maximum(energy / half, x_min)
    return float((shown.density.estimate * np.maximum(widths, 0.0)).sum())


def _limit(axes: Axes, ensembles: Sequence[Distribution]) -> None:
    if not ensembles:
        return
    largest = max(float(shown.density.x.max()) for shown in ensembles)
    axes.set_xlim(_SMALLEST, 2.0 * largest)
    seen = [
        shown.density.estimate[shown.density.x > _SMALLEST] * 10.0 ** (-2 * k)
        for k, shown in enumerate(ensembles)
    ]
    axes.set_ylim(min(float(p.min()) for p in seen) / 3.0, 5.0 * max(float(p.max()) for p in seen))


def _guide(axes: Axes, shown: Distribution, shift: float, labelled: bool) -> None:
    """The paper's slope of -9/4, beside the tail of one ensemble."""
    p = shown.density
    x = np.array([2.0, max(20.0, float(p.x.max()))])
    near = int(np.argmin(np.abs(np.log(p.x / x[0]))))
    y = 2.5 * shift * p.estimate[near] * (x / x[0]) ** (-9 / 4)
    axes.plot(x, y, "--", color="0.35", lw=1.0)
    if not labelled:  # the text would lie on the data of another ensemble
        return
    axes.annotate(
        r"$\mathcal{E}^{-9/4}$",
        (np.sqrt(x[0] * x[1]), np.sqrt(y[0] * y[1])),
        xytext=(4, 2),
        textcoords="offset points",
        color="0.25",
        fontsize=7,
    )


def _tail_panels(level: Axes, local: Axes, ensembles: Sequence[Distribution]) -> None:
    """p E^(9/4), and the local exponent."""
    for k, shown in enumerate(ensembles):
        p, colour = shown.density, colour_of(k)
        factor = p.x ** (9 / 4)
        below = np.where(p.lower > 0, np.maximum(p.estimate - p.lower, 0.0), 0.0)
        bars = factor * np.stack([below, np.maximum(p.upper - p.estimate, 0.0)])
        level.errorbar(
            p.x, factor * p.estimate, yerr=bars, fmt=marker_of(k), color=colour, mfc="white",
            ms=2.5, elinewidth=0.6,
        )  # fmt: skip
        if shown.local is not None and shown.local.x.size:
            curve = shown.local
            local.fill_between(curve.x, curve.lower, curve.upper, color=colour, alpha=0.2, lw=0)
            local.plot(curve.x, curve.estimate, color=colour, marker=marker_of(k), ms=2.5)
    local.axhline(9 / 4, color="0.3", ls=":", lw=1.0)
    local.text(0.98, 9 / 4, "9/4 ", transform=local.get_yaxis_transform(), ha="right", va="bottom")
    largest = max((float(shown.density.x.max()) for shown in ensembles), default=10.0)
    for axes in (level, local):
        axes.set_xscale("log")
        axes.set_xlim(_SMALLEST_LARGE, 2.0 * largest)
        axes.set_xlabel(r"$|\mathcal{E}_\alpha|$")
    if ensembles:
        level.set_yscale("log")
        seen = [
            (shown.density.x ** (9 / 4) * shown.density.estimate)[shown.density.x > _SMALLEST_LARGE]
            for shown in ensembles
        ]
        heights = np.concatenate(seen)
        level.set_ylim(heights.min() / 5, heights.max() * 3)
    level.set_ylabel(r"$p\,|\mathcal{E}_\alpha|^{9/4}$")
    local.set(ylim=(0.0, 6.0), ylabel=r"local exponent")


def _inset(axes: Axes, dynamics: Sequence[MolecularDynamics]) -> None:
    # Room above the data, in decades: the inset must not hide them.
    lowest, highest = axes.get_ylim()
    decades = np.log10(highest / lowest)
    axes.set_ylim(top=highest * 10 ** (0.5 * decades))
    inset = axes.inset_axes((0.42, 0.76, 0.55, 0.22))
    for k, shown in enumerate(dynamics):
        look = k + FIRST_LOOK
        # The first few samples are noise that would set the scale.
        some = np.unique(np.linspace(len(shown.time) // 20, len(shown.time) - 1, 25).astype(int))
        for average, marker, size in zip(
            (shown.average[0], shown.average[-1]), (marker_of(look), "."), (2.8, 1.6), strict=True
        ):
            inset.plot(
                shown.time[some], average[some], marker, color=colour_of(look), ms=size,
                mfc="white" if marker != "." else None, mew=0.6,
            )  # fmt: skip
        inset.errorbar(
            shown.time[-1], *shown.limit, color=colour_of(look), elinewidth=1.0, capsize=1.5
        )
        inset.axhline(shown.exact, color=colour_of(look), lw=0.8, zorder=0)
    _signed_scale(inset, [shown.exact for shown in dynamics])
    inset.set_xlabel(f"time of molecular dynamics / {TIME_UNIT}", fontsize=7, labelpad=1)
    inset.set_ylabel(
        r"$2(\langle\varepsilon_\alpha\rangle_T-\varepsilon_\alpha^{(0)})/k_BT$",
        fontsize=7,
        labelpad=1,
    )
    inset.tick_params(labelsize=7)


def _signed_scale(axes: Axes, values: Sequence[float]) -> None:
    """Logarithmic, with a linear part around zero where some values are negative."""
    sizes = np.abs(values)
    if min(values) > 0:
        axes.set_yscale("log")
        axes.set_ylim(0.4 * sizes.min(), 2.5 * sizes.max())
        # numbers that do not meet, along an axis of less than an inch
        plain_ticks(axes.yaxis, (1, 3) if sizes.max() < 30 * sizes.min() else (1,))
    else:
        axes.set_yscale("symlog", linthresh=max(0.1, float(sizes.min())), linscale=0.5)
        axes.yaxis.set_minor_locator(NullLocator())
