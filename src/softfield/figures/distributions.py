"""Fig. 2: distributions of the local thermal energy, with molecular dynamics as inset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..statistics.resampling import Curve
from .pair_energies import MolecularDynamics
from .style import COLOURS, MARKERS, styled


@dataclass(frozen=True, eq=False)
class Distribution:
    """p(|E|) of one ensemble: bins that hold something, and the tail fitted to it.

    ``exponent`` is (value, lower, upper) or None, where the data are too few; ``x_min`` is
    where the fitted tail begins.
    """

    label: str
    n_particles: int
    density: Curve
    exponent: tuple[float, float, float] | None
    x_min: float | None


@styled
def distributions(
    ensembles: Sequence[Distribution], dynamics: Sequence[MolecularDynamics] = ()
) -> Figure:
    """Fig. 2: p(|E_alpha|) of the models, each two decades below the one before."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_yscale("log")
    for k, shown in enumerate(ensembles):
        _draw_distribution(axes, shown, 10.0 ** (-2 * k), k)
    _limit(axes, ensembles)
    _guide(axes, ensembles)
    axes.set_xlabel(r"$|\mathcal{E}_\alpha|$")
    shift = r", shifted by $10^{-2}$ each" if len(ensembles) > 1 else ""
    axes.set_ylabel(rf"$p(|\mathcal{{E}}_\alpha|)${shift}")
    # The inset leaves room above the data, where the key is clear of them.
    axes.legend(
        loc="upper left" if dynamics else "lower left",
        fontsize=7 if dynamics else 8,
        handletextpad=0.3,
        labelspacing=0.7,
        borderaxespad=0.8,
    )
    if dynamics:
        _inset(axes, dynamics)
    return figure


def _draw_distribution(axes: Axes, shown: Distribution, shift: float, k: int) -> None:
    exponent = "tail: too few data"
    if shown.exponent is not None:
        value, lower, upper = shown.exponent
        exponent = rf"$\mathcal{{E}}^{{-{value:.2f}}}$, 95 %: {lower:.2f} to {upper:.2f}"
    label = (
        f"{shown.label}, $N$ = {shown.n_particles:,}, "
        f"{shown.density.n_realizations:,} realizations\n{exponent}"
    )
    # A bar that reaches zero has no end on a logarithmic axis: it is drawn upwards only.
    p = shown.density
    below = np.where(p.lower > 0, np.maximum(p.estimate - p.lower, 0.0), 0.0)
    above = np.maximum(p.upper - p.estimate, 0.0)
    axes.errorbar(
        p.x,
        shift * p.estimate,
        yerr=shift * np.stack([below, above]),
        fmt=MARKERS[k % 8],
        color=COLOURS[k % 8],
        mfc="white",
        mew=0.9,
        ms=3.6,
        elinewidth=0.7,
        label=label,
    )
    if shown.exponent is not None and shown.x_min is not None:
        x = np.array([shown.x_min, float(shown.density.x.max())])
        y = _tail_mass(shown) * (shown.exponent[0] - 1) / x[0] * (x / x[0]) ** -shown.exponent[0]
        axes.plot(x, shift * y, color=COLOURS[k % 8], lw=1.0)


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
    axes.set_xlim(1e-2, 2.0 * largest)
    lowest = min(
        float(shown.density.estimate[shown.density.x > 1e-2].min()) * 10.0 ** (-2 * k)
        for k, shown in enumerate(ensembles)
    )
    # The legend takes the lower left corner, the guide the upper right.
    axes.set_ylim(lowest / 10.0, 30.0)


def _guide(axes: Axes, ensembles: Sequence[Distribution]) -> None:
    """The paper's slope of -9/4, above the tail of the first ensemble."""
    if not ensembles:
        return
    first = ensembles[0].density
    x = np.array([2.0, max(20.0, float(first.x.max()))])
    near = int(np.argmin(np.abs(np.log(first.x / x[0]))))
    y = 6.0 * first.estimate[near] * (x / x[0]) ** (-9 / 4)
    axes.plot(x, y, "--", color="0.35", lw=1.1)
    axes.annotate(
        r"$\mathcal{E}^{-9/4}$",
        (np.sqrt(x[0] * x[1]), np.sqrt(y[0] * y[1])),
        xytext=(6, 4),
        textcoords="offset points",
        color="0.25",
    )


def _inset(axes: Axes, dynamics: Sequence[MolecularDynamics]) -> None:
    # Room above the data, in decades: the inset must not hide them.
    lowest, highest = axes.get_ylim()
    decades = np.log10(highest / lowest)
    axes.set_ylim(top=highest * 10 ** (0.5 * decades))
    inset = axes.inset_axes((0.57, 0.76, 0.41, 0.22))
    for k, shown in enumerate(dynamics):
        # The first few samples are noise that would set the scale.
        some = np.unique(np.linspace(len(shown.time) // 20, len(shown.time) - 1, 25).astype(int))
        for average, marker, size in zip(
            (shown.average[0], shown.average[-1]), (MARKERS[k % 8], "."), (2.8, 1.6), strict=True
        ):
            inset.plot(
                shown.time[some], average[some], marker, color=COLOURS[k % 8], ms=size,
                mfc="white" if marker != "." else None, mew=0.6,
            )  # fmt: skip
        inset.errorbar(
            shown.time[-1], *shown.limit, color=COLOURS[k % 8], elinewidth=1.0, capsize=1.5
        )
        inset.axhline(shown.exact, color=COLOURS[k % 8], lw=0.8, zorder=0)
    _signed_scale(inset, [shown.exact for shown in dynamics])
    inset.set_xlabel("time of molecular dynamics", fontsize=7, labelpad=1)
    inset.set_ylabel(
        r"$2(\langle\varepsilon_\alpha\rangle_T-\varepsilon_\alpha^{(0)})/k_BT$",
        fontsize=6,
        labelpad=0,
    )
    inset.tick_params(labelsize=6)


def _signed_scale(axes: Axes, values: Sequence[float]) -> None:
    """Logarithmic, with a linear part around zero where some values are negative."""
    sizes = np.abs(values)
    if min(values) > 0:
        axes.set_yscale("log")
        axes.set_ylim(0.4 * sizes.min(), 2.5 * sizes.max())
    else:
        axes.set_yscale("symlog", linthresh=max(0.1, float(sizes.min())), linscale=0.5)
        axes.yaxis.set_minor_locator(NullLocator())
