"""The figures, from arrays. Reads no files, keeps no state, and does not touch pyplot.

Every function returns a matplotlib ``Figure``; :func:`save` writes it with the fonts it was
laid out with. Lengths are in units of sigma, the smallest pair diameter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import product
from typing import Any, TypeVar

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from .statistics import Curve, FloatArray

Make = TypeVar("Make", bound=Callable[..., Figure])

#: Widths of a figure over one and over two columns of a journal, inches.
ONE_COLUMN, TWO_COLUMNS = 3.42, 7.0

#: Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

#: More line segments than this are drawn as pixels, also in a PDF.
MAX_VECTOR_LINES = 12_000

STYLE: Any = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9,
    "axes.labelsize": 10,
    "axes.linewidth": 0.7,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}


def styled(make: Make) -> Make:
    """Run a function that makes a figure under the house style."""

    @wraps(make)
    def within(*args: Any, **kwargs: Any) -> Figure:
        with matplotlib.rc_context(STYLE):
            return make(*args, **kwargs)

    return within  # type: ignore[return-value]


def save(
    figure: Figure, path: str | os.PathLike[str], resolution: int = 300, origin: str = ""
) -> None:
    """Write a figure; the suffix of ``path`` chooses the format.

    ``origin`` goes into the metadata (PDF: Keywords, PNG and SVG: Description). No date is
    written: the same figure gives the same bytes.
    """
    metadata = {
        "pdf": {"CreationDate": None, "Keywords": origin},
        "svg": {"Date": None, "Description": origin},
        "png": {"Description": origin},
    }
    suffix = os.fspath(path).rsplit(".", 1)[-1]
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "softfield"}):
        figure.savefig(path, dpi=resolution, metadata=metadata.get(suffix))


# --- maps of a glass ------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class BondMapData:
    """What a map of E_alpha needs, in two dimensions.

    Attributes
    ----------
    positions : (N, 2), wrapped into the box or not
    box : (2,)
    pairs : (P, 2)
    energy : (P,) E_alpha
    """

    positions: FloatArray
    box: FloatArray
    pairs: npt.NDArray[np.integer]
    energy: FloatArray


def bond_segments(
    positions: FloatArray, box: FloatArray, pairs: npt.NDArray[np.integer]
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Line segments (S, 2, 2) that draw every bond inside the box, and their bonds (S,).

    A bond across the boundary is drawn once at each of its ends, and runs out of the box
    there: clipped to the box, the parts make one bond, and none runs across the box.
    """
    start = positions[pairs[:, 0]] % box
    bond = positions[pairs[:, 1]] - positions[pairs[:, 0]]
    bond = bond - box * np.rint(bond / box)
    leaves = np.floor((start + bond) / box)
    segments, owners = [], []
    for axes in product((0, 1), repeat=2):
        # the bond itself, then its copies moved by the axes along which it leaves the box
        chosen = np.flatnonzero((leaves[:, np.flatnonzero(axes)] != 0).all(axis=1))
        moved = start[chosen] - leaves[chosen] * np.array(axes) * box
        segments.append(np.stack([moved, moved + bond[chosen]], axis=1))
        owners.append(chosen)
    return np.concatenate(segments), np.concatenate(owners)


def draw_bonds(axes: Axes, data: BondMapData, saturation: float) -> None:
    """E_alpha as bonds: red where negative, black where positive.

    Width and opacity grow linearly with |E_alpha| and stop at ``saturation``.
    """
    segments, owner = bond_segments(data.positions, data.box, data.pairs)
    strength = np.minimum(np.abs(data.energy[owner]) / saturation, 1.0)
    order = np.argsort(strength, kind="stable")  # the strongest on top
    colours = np.zeros((order.size, 4))
    colours[:, 0] = np.where(data.energy[owner[order]] < 0, 0.85, 0.0)
    colours[:, 3] = _opacity(strength[order])
    scale = min(1.0, 45.0 / float(data.box.max()))
    lines = LineCollection(
        list(segments[order]),
        colors=colours,
        linewidths=scale * _width(strength[order]),
        capstyle="round",
        rasterized=len(segments) > MAX_VECTOR_LINES,
    )
    axes.add_collection(lines)
    _frame(axes, data.box)


def saturation_of(energy: FloatArray) -> float:
    """|E| at which maps saturate: the 99.5th percentile, to one significant digit."""
    value = float(np.quantile(np.abs(energy), 0.995))
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / power) * power)


@styled
def displacement_and_energy(
    data: BondMapData, displacement: FloatArray, caption: str = ""
) -> Figure:
    """Fig. 1: the thermal displacement X (N, 2) and the map of E_alpha of one glass."""
    figure = Figure(figsize=(TWO_COLUMNS, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_displacement(left, data, displacement)
    saturation = saturation_of(data.energy)
    draw_bonds(right, data, saturation)
    _energy_legend(right, saturation)
    _panel_letters(left, right)
    if caption:
        figure.suptitle(caption, fontsize=8)
    return figure


@styled
def softness_field(
    data: BondMapData, field: FloatArray, events: FloatArray, caption: str = ""
) -> Figure:
    """Fig. 3: the map of E_alpha and its coarse-grained field with numbered plastic events.

    Parameters
    ----------
    field : (n_x, n_y) values of equal bins that tile the box
    events : (E, 2) places of the plastic events, in order of occurrence
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.55), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.0))
    saturation = saturation_of(data.energy)
    draw_bonds(left, data, saturation)
    _energy_legend(left, saturation)
    image = right.imshow(
        field.T,
        origin="lower",
        extent=(0, data.box[0], 0, data.box[1]),
        norm=LogNorm(float(field.min()), float(field.max())),
        cmap="inferno",
        interpolation="nearest",
    )
    bar = figure.colorbar(image, ax=right, pad=0.02, fraction=0.046)
    bar.set_label(r"coarse-grained $|\mathcal{E}_\alpha|$")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    _frame(right, data.box)
    _number_events(right, events % data.box, data.box)
    _panel_letters(left, right)
    if caption:
        figure.suptitle(caption, fontsize=8)
    return figure


def _draw_displacement(axes: Axes, data: BondMapData, displacement: FloatArray) -> None:
    size = np.linalg.norm(displacement, axis=1)
    # The 99th percentile becomes 3 sigma long: spots stand out and do not hide each other.
    scale = float(np.quantile(size, 0.99)) / 3.0
    places = data.positions % data.box
    arrows = axes.quiver(
        *places.T,
        *displacement.T,
        angles="xy",
        scale_units="xy",
        scale=scale,
        width=0.0022,
        headwidth=4,
        headlength=5,
        headaxislength=4.5,
        minlength=0.2,
        color="black",
        rasterized=len(places) > MAX_VECTOR_LINES,
    )
    _frame(axes, data.box)
    key = _one_digit(3.0 * scale)
    label = rf"$|\mathcal{{X}}| = {key:g}\,\sigma/\epsilon$"
    axes.quiverkey(arrows, 0.74, 1.035, key, label, labelpos="E", fontproperties={"size": 8})


def _number_events(axes: Axes, events: FloatArray, box: FloatArray) -> None:
    for number, place in enumerate(events, start=1):
        for shift in product((-1, 0, 1), repeat=2):  # a ring across the boundary has two parts
            ring = place + np.array(shift) * box
            axes.plot(*ring, "o", mfc="none", mec="black", mew=2.2, ms=11)
            axes.plot(*ring, "o", mfc="none", mec="white", mew=1.1, ms=11)
        # a number on the frame would be hard to read: beside the ring then
        near, far = place < 0.035 * box, place > 0.965 * box
        inwards = np.where(near, 0.07 * box, np.where(far, 0.93 * box, place))
        axes.annotate(
            str(number),
            tuple(inwards),
            ha="center",
            va="center_baseline",
            color="white",
            fontsize=9,
            fontweight="bold",
            path_effects=[withStroke(linewidth=1.8, foreground="black")],
        )


def _frame(axes: Axes, box: FloatArray) -> None:
    axes.set_xlim(0, box[0])
    axes.set_ylim(0, box[1])
    axes.set_aspect("equal")
    axes.set_xlabel(r"$x\,/\,\sigma$")
    axes.set_ylabel(r"$y\,/\,\sigma$")


def _energy_legend(axes: Axes, saturation: float) -> None:
    handles = [Line2D([], [], ls="", label=r"$\mathcal{E}_\alpha$:")]
    for value in (saturation, -saturation):
        for share in (0.25, 1.0):
            red = 0.85 if value < 0 else 0.0
            colour = (red, 0.0, 0.0, float(_opacity(np.array(share))))
            sign = "" if share < 1 else (r"\geq" if value > 0 else r"\leq")
            label = rf"${sign}{value * share:g}$"
            width = float(_width(np.array(share)))
            handles.append(Line2D([], [], color=colour, lw=width, label=label))
    axes.legend(
        handles=handles,
        ncols=5,
        loc="lower right",
        bbox_to_anchor=(1.015, 0.985),
        handlelength=1.0,
        columnspacing=0.8,
        handletextpad=0.4,
        borderpad=0.1,
    )


def _opacity(strength: FloatArray) -> FloatArray:
    return 0.06 + 0.94 * strength


def _width(strength: FloatArray) -> FloatArray:
    return 0.25 + 2.4 * strength


def _one_digit(value: float) -> float:
    """The value rounded down to one significant digit."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.floor(value / power) * power)


def _panel_letters(*panels: Axes) -> None:
    for letter, axes in zip("abcdef", panels, strict=False):
        axes.text(
            0.0, 1.015, f"({letter})", transform=axes.transAxes, ha="left", va="bottom", fontsize=10
        )


# --- distribution of E_alpha ----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Distribution:
    """p(|E|) of one ensemble: bins that hold something, and the tail fitted to it.

    ``exponent`` is (value, lower, upper) or None, where the data are too few; ``x_min`` is
    where the fitted tail begins.
    """

    label: str
    n_particles: int
    n_realizations: int
    energy: FloatArray
    density: FloatArray
    lower: FloatArray
    upper: FloatArray
    exponent: tuple[float, float, float] | None
    x_min: float | None


@dataclass(frozen=True, eq=False)
class MolecularDynamics:
    """Running average of (eps_alpha - eps_alpha0) / (T / 2) and the exact E_alpha.

    ``error`` is the standard error of the average at the end.
    """

    time: FloatArray
    average: FloatArray
    exact: float
    error: float


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
    axes.set_ylabel(r"$p(|\mathcal{E}_\alpha|)$, shifted by $10^{-2}$ each")
    # The inset leaves room above the data, where the key is clear of them.
    axes.legend(
        loc="upper left" if dynamics else "lower left",
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
        f"{shown.n_realizations:,} realizations\n{exponent}"
    )
    # A bar that reaches zero has no end on a logarithmic axis: it is drawn upwards only.
    below = np.where(shown.lower > 0, np.maximum(shown.density - shown.lower, 0.0), 0.0)
    above = np.maximum(shown.upper - shown.density, 0.0)
    axes.errorbar(
        shown.energy,
        shift * shown.density,
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
        x = np.array([shown.x_min, float(shown.energy.max())])
        y = _tail_mass(shown) * (shown.exponent[0] - 1) / x[0] * (x / x[0]) ** -shown.exponent[0]
        axes.plot(x, shift * y, color=COLOURS[k % 8], lw=1.0)


def _tail_mass(shown: Distribution) -> float:
    """Probability above x_min, from logarithmic bins of equal ratio."""
    ratios = shown.energy[1:] / shown.energy[:-1]
    half = np.sqrt(ratios.min()) if ratios.size else 1.0
    x_min = shown.x_min or 0.0
    widths = shown.energy * half - np.maximum(shown.energy / half, x_min)
    return float((shown.density * np.maximum(widths, 0.0)).sum())


def _limit(axes: Axes, ensembles: Sequence[Distribution]) -> None:
    if not ensembles:
        return
    largest = max(float(shown.energy.max()) for shown in ensembles)
    axes.set_xlim(1e-2, 2.0 * largest)
    lowest = min(
        float((shown.density[shown.energy > 1e-2]).min()) * 10.0 ** (-2 * k)
        for k, shown in enumerate(ensembles)
    )
    # The legend takes the lower left corner, the guide the upper right.
    axes.set_ylim(lowest / 10.0, 30.0)


def _guide(axes: Axes, ensembles: Sequence[Distribution]) -> None:
    """The paper's slope of -9/4, above the tail of the first ensemble."""
    if not ensembles:
        return
    first = ensembles[0]
    x = np.array([2.0, max(20.0, float(first.energy.max()))])
    near = int(np.argmin(np.abs(np.log(first.energy / x[0]))))
    y = 6.0 * first.density[near] * (x / x[0]) ** (-9 / 4)
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
    inset = axes.inset_axes((0.5, 0.75, 0.48, 0.235))
    for k, shown in enumerate(dynamics):
        # The first few samples are noise that would set the scale.
        some = np.unique(np.linspace(len(shown.time) // 20, len(shown.time) - 1, 25).astype(int))
        inset.plot(
            shown.time[some], shown.average[some], MARKERS[k], color=COLOURS[k], ms=2.5, mfc="white"
        )
        inset.errorbar(
            shown.time[-1], shown.average[-1], shown.error, color=COLOURS[k], elinewidth=1.0
        )
        inset.axhline(shown.exact, color=COLOURS[k], lw=1.0)
    inset.set_xlabel("time of molecular dynamics", fontsize=7, labelpad=1)
    inset.set_ylabel(
        r"$(\langle\varepsilon_\alpha\rangle_T-\varepsilon_\alpha^{(0)})/\frac{1}{2}k_BT$",
        fontsize=7,
        labelpad=1,
    )
    inset.tick_params(labelsize=6)


# --- prediction of plastic events -----------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Band:
    """A curve with a bootstrap band, and how it is drawn."""

    x: FloatArray
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    label: str
    ordinal: int = 1
    filled: bool = True


@styled
def prediction(fractions: Sequence[Band], ratios: Sequence[Band], caption: str) -> Figure:
    """Fig. 4: F_n(Delta eps) of LTE (filled) and normal modes (open), and their ratio.

    The axis ends where every map has found 97 % of the events.
    """
    largest = _reach(fractions, 0.97)
    figure = Figure(figsize=(TWO_COLUMNS, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for band in fractions:
        _draw_band(left, band, steps=True)
    left.set_ylim(0, 1.0)
    left.set_ylabel(r"$F_n(\Delta\varepsilon)$")
    _legend_of_fractions(left, fractions)
    for band in ratios:
        _draw_band(right, band, steps=False)
    right.axhline(1.0, color="0.5", lw=0.7, ls=":")
    right.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        right.set_ylim(0, _ceiling(ratios, largest))
        right.legend(loc="upper right")
    else:
        right.text(0.5, 0.5, "too few data", transform=right.transAxes, ha="center", color="0.4")
    for axes in (left, right):
        axes.set_xlim(1.0, largest)
        axes.set_xlabel(r"$\Delta\varepsilon$")
    _panel_letters(left, right)
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
            _draw_band(axes, band, steps=True)
        axes.set_xlabel(label)
        first = min((float(band.x[0]) for band in bands), default=0.0)
        axes.set_xlim(first, _reach(bands, 0.97) if first else 1.0)
        axes.set_ylim(0, 1.0)
    grid[0].set_ylabel("fraction of events")
    _legend_of_fractions(grid[-1], [band for bands in panels.values() for band in bands])
    _panel_letters(*grid)
    figure.suptitle(caption, fontsize=8)
    return figure


def _draw_band(axes: Axes, band: Band, steps: bool) -> None:
    chance = band.ordinal == 0
    colour = "0.45" if chance else COLOURS[(band.ordinal - 1) % 8]
    marker = "" if chance else MARKERS[(band.ordinal - 1) % 8]
    upper = np.minimum(band.upper, 1e6)  # an infinite ratio leaves the panel
    alpha = 0.22 if band.filled else 0.12
    axes.fill_between(
        band.x, band.lower, upper, color=colour, alpha=alpha, lw=0, step="post" if steps else None
    )
    axes.plot(
        band.x,
        band.estimate,
        drawstyle="steps-post" if steps else "default",
        color=colour,
        ls="-" if band.filled and not chance else "--",
        marker=marker,
        mfc=colour if band.filled else "white",
        markevery=_every(band.x),
        clip_on=True,
        label=band.label,
    )


def _reach(bands: Sequence[Band], fraction: float) -> float:
    """Where the last of the curves reaches ``fraction``, at least 2 (Delta eps or rank)."""
    ends = [b.x[min(int(np.searchsorted(b.estimate, fraction)), b.x.size - 1)] for b in bands]
    return float(max([2.0, *ends]))


def _every(x: FloatArray, wanted: int = 10) -> list[int]:
    """Indices of about ten points, the first one included."""
    return list(np.unique(np.linspace(0, x.size - 1, min(wanted, x.size)).astype(int)))


def _legend_of_fractions(axes: Axes, bands: Sequence[Band]) -> None:
    """One entry per ordinal, one per map, one per kind of chance."""
    handles: dict[str, Line2D] = {}
    for band in bands:
        if band.ordinal == 0:
            handles.setdefault(band.label, Line2D([], [], color="0.45", ls="--", label=band.label))
            continue
        k = (band.ordinal - 1) % 8
        handles.setdefault(
            f"n{band.ordinal}",
            Line2D([], [], color=COLOURS[k], marker=MARKERS[k], label=f"$n$ = {band.ordinal}"),
        )
    for filled, name in ((True, "LTE"), (False, "NM")):
        if any(band.filled == filled and band.ordinal for band in bands):
            style: Any = {"mfc": "0.3" if filled else "white", "ls": "-" if filled else "--"}
            handles[name] = Line2D([], [], color="0.3", marker="o", label=name, **style)
    axes.legend(handles=list(handles.values()), loc="lower right", labelspacing=0.3)


def _ceiling(bands: Sequence[Band], largest: float) -> float:
    """Upper end of the axis of ratios: above all estimates and most of their bands."""
    shown = [(band.estimate[band.x <= largest], band.upper[band.x <= largest]) for band in bands]
    estimates = np.concatenate([estimate for estimate, _ in shown])
    uppers = np.concatenate([upper[np.isfinite(upper)] for _, upper in shown])
    top = max(float(estimates.max(initial=1.0)) * 1.15, 2.0)
    return min(max(top, float(np.quantile(uppers, 0.9)) if uppers.size else top), 3 * top)


# --- beside the paper -----------------------------------------------------------------------


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
        right.set_xticks([sizes[k] for k in _every(np.array(sizes), 5)])
        right.minorticks_off()
    _exponent_axes(left, right, ensembles)
    _panel_letters(left, right)
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


@styled
def low_frequency(
    counts: Curve, lowest_frequency: FloatArray, largest_energy: FloatArray, caption: str
) -> Figure:
    """Modes per glass below omega, and the largest |E| against the lowest omega (R,) each.

    Guides: omega^5, the integral of D(omega) ~ omega^4, and omega^-4 (Eq. 5).
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    seen = counts.counts > 0
    x, below = counts.x[seen], np.maximum(counts.lower[seen], 1e-9)
    left.fill_between(x, below, counts.upper[seen], color=COLOURS[0], alpha=0.2, lw=0, step="post")
    left.plot(x, counts.estimate[seen], color=COLOURS[0], drawstyle="steps-post")
    ends = np.array([x[0], np.sqrt(x[0] * x[-1])])
    height = 2.0 * np.interp(ends[1], x, counts.estimate[seen])
    left.plot(ends, height * (ends / ends[1]) ** 5, "k--", label=r"$\omega^5$")
    left.legend(loc="upper left")
    left.set_ylim(0.4 / counts.n_realizations, 2.0 * float(counts.estimate.max()))
    left.set_xlabel(r"$\omega$")
    left.set_ylabel(r"modes per glass below $\omega$")
    right.plot(lowest_frequency, largest_energy, "o", color=COLOURS[0], mfc="white")
    ends = np.array([lowest_frequency.min(), lowest_frequency.max()])
    through = np.median(largest_energy * lowest_frequency**4)
    right.plot(ends, through * ends**-4.0, "k--", label=r"$\omega^{-4}$")
    right.set_xlabel(r"lowest $\omega$ of the glass")
    right.set_ylabel(r"largest $|\mathcal{E}_\alpha|$ of the glass")
    right.legend(loc="upper right")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            axis.set_minor_formatter(NullFormatter())
    _panel_letters(left, right)
    figure.suptitle(caption, fontsize=8)
    return figure


@dataclass(frozen=True, eq=False)
class Score:
    """A score of one map for the n-th events, with its interval."""

    name: str
    ordinal: int
    value: float
    lower: float
    upper: float


@styled
def ranking(panels: Mapping[str, Sequence[Score]], caption: str) -> Figure:
    """Scores of every map: one panel per score, one row per map.

    ``panels`` has the label of the score and its values; those with ordinal 0 are what chance
    gives. Maps are ordered by their score for first events in the first panel, best on top.
    """
    first = next(iter(panels.values()))
    names = [s.name for s in sorted(first, key=lambda s: s.value) if s.ordinal == 1]
    height = 1.45 + 0.42 * max(len(names), 2)
    figure = Figure(figsize=(TWO_COLUMNS, height), layout="constrained")
    grid = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axes, (label, scores) in zip(grid, panels.items(), strict=True):
        for score in scores:
            if score.name in names:
                _draw_score(axes, score, names.index(score.name))
        axes.set_xlabel(label)
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(-0.6, len(names) - 0.4)
    handles = [
        Line2D([], [], color=COLOURS[n - 1], marker=MARKERS[n - 1], ls="", label=f"$n$ = {n}")
        for n in sorted({score.ordinal for score in first} - {0})
    ]
    handles.append(Line2D([], [], color="0.4", marker="|", ms=14, ls="", label="chance"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handletextpad=0.2)
    _panel_letters(*grid)
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
    _panel_letters(*grid)
    figure.suptitle(caption, fontsize=8)
    return figure


def _draw_score(axes: Axes, score: Score, row: int) -> None:
    if score.ordinal == 0:
        axes.plot(score.value, row, "|", color="0.4", ms=26, zorder=0)
        return
    k = score.ordinal - 1
    axes.errorbar(
        score.value,
        row + 0.2 * (1 - k),
        xerr=np.maximum(0.0, [[score.value - score.lower], [score.upper - score.value]]),
        fmt=MARKERS[k % 8],
        color=COLOURS[k % 8],
        elinewidth=0.9,
        capsize=1.5,
    )
