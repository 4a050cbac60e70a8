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
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

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
    """Energies of one interaction by molecular dynamics, in units of k_B T / 2.

    Attributes
    ----------
    label : how the interaction was chosen
    exact : E_alpha of Eq. 3
    temperatures : (K,)
    time : (m,) time covered
    average : (K, m) running averages of (eps_alpha - eps_alpha0) / (T / 2)
    error : (K,) standard errors of the averages at the end
    limit, slope : (value, standard error) at T -> 0, and per unit of temperature
    """

    label: str
    exact: float
    temperatures: FloatArray
    time: FloatArray
    average: FloatArray
    error: FloatArray
    limit: tuple[float, float]
    slope: tuple[float, float]


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


@styled
def pair_energies(dynamics: Sequence[MolecularDynamics], caption: str) -> Figure:
    """Pair energies by molecular dynamics at several temperatures, beside Eq. 3.

    Left: averages and their limit T -> 0 less E_alpha, over |E_alpha|. Right: what the
    temperature changes, over |E_alpha|, and the fitted line.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, shown in enumerate(dynamics):
        t, scale, colour = shown.temperatures, abs(shown.exact), COLOURS[k % 8]
        aside = 1.0 + 0.12 * (k - (len(dynamics) - 1) / 2)
        style: Any = {"fmt": MARKERS[k % 8], "color": colour, "elinewidth": 0.9, "capsize": 1.5}
        deviation = (shown.average[:, -1] - shown.exact) / scale
        left.errorbar(t * aside, deviation, shown.error / scale, mfc="white", **style)
        left.errorbar(
            t.min() / 10 * aside, (shown.limit[0] - shown.exact) / scale, shown.limit[1] / scale,
            label=f"{shown.label}: $\\mathcal{{E}}_\\alpha$ = {shown.exact:.3g}", **style,
        )  # fmt: skip
        change = np.abs(shown.average[1:, -1] - shown.average[0, -1]) / scale
        right.plot(t[1:], change, MARKERS[k % 8], color=colour, mfc="white")
        low, high = (max(abs(shown.slope[0]) + s * shown.slope[1], 0.0) for s in (-1.0, 1.0))
        right.fill_between(t, low * t / scale, high * t / scale, color=colour, alpha=0.2, lw=0)
        right.plot(t, abs(shown.slope[0]) * t / scale, color=colour)
    left.axhline(0.0, color="0.4", lw=0.7)
    _temperature_axes(left, right, dynamics)
    _panel_letters(left, right)
    figure.suptitle(caption, fontsize=8)
    return figure


def _power_of_ten(value: float) -> str:
    mantissa, _, power = f"{value:.0e}".partition("e")
    factor = "" if mantissa == "1" else mantissa + r"\times "
    return rf"${factor}10^{{{int(power)}}}$"


def _temperature_axes(left: Axes, right: Axes, dynamics: Sequence[MolecularDynamics]) -> None:
    left.set_xscale("log")
    right.set_xscale("log")
    right.set_yscale("log")
    ticks = sorted({float(t) for shown in dynamics for t in shown.temperatures})
    left.set_xticks([ticks[0] / 10, *ticks], ["0", *map(_power_of_ten, ticks)])
    left.minorticks_off()
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.5 * (high - low))  # room for the key
    left.legend(loc="upper left")
    left.set_xlabel("$T$")
    left.set_ylabel(r"(average $-\ \mathcal{E}_\alpha)\,/\,|\mathcal{E}_\alpha|$")
    right.set_xlabel("$T$")
    right.set_ylabel(r"$|$change with $T|\,/\,|\mathcal{E}_\alpha|$")


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


@dataclass(frozen=True, eq=False)
class ModeDensity:
    """Low-frequency modes of one ensemble.

    Attributes
    ----------
    counts : modes per glass below omega
    highest : upper end of the frequencies that were fitted; below the plane waves
    exponent : (value, lower, upper) of D(omega) ~ omega^beta, or None: too few data
    n_fitted : modes in the fit
    scan : beta against the upper end, or None
    """

    label: str
    counts: Curve
    highest: float
    exponent: tuple[float, float, float] | None
    n_fitted: int
    scan: Band | None


@styled
def low_frequency(ensembles: Sequence[ModeDensity]) -> Figure:
    """Modes per glass below omega with the fitted power laws, and the exponents of D(omega).

    The number of modes below omega is the integral of D(omega): exponent beta + 1.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, shown in enumerate(ensembles):
        _draw_mode_counts(left, shown, k)
        if shown.scan is not None:
            band = shown.scan
            right.fill_between(
                band.x, band.lower, band.upper, color=COLOURS[k % 8], alpha=0.2, lw=0
            )
            right.plot(band.x, band.estimate, color=COLOURS[k % 8])
        if shown.exponent is not None:
            value, lower, upper = shown.exponent
            right.errorbar(
                shown.highest, value, np.maximum(0.0, [[value - lower], [upper - value]]),
                fmt=MARKERS[k % 8], color=COLOURS[k % 8], mec="black", capsize=2,
                label=f"{value:.2f} ({lower:.2f} to {upper:.2f}), {shown.n_fitted:,} modes",
            )  # fmt: skip
    _density_axes(left, right, ensembles)
    _panel_letters(left, right)
    return figure


def _draw_mode_counts(axes: Axes, shown: ModeDensity, k: int) -> None:
    counts, colour = shown.counts, COLOURS[k % 8]
    seen = counts.counts > 0
    x, estimate = counts.x[seen], counts.estimate[seen]
    below = np.maximum(counts.lower[seen], 1e-9)
    axes.fill_between(x, below, counts.upper[seen], color=colour, alpha=0.2, lw=0, step="post")
    label = f"{shown.label}, {counts.n_realizations:,} glasses"
    axes.plot(x, estimate, color=colour, drawstyle="steps-post", label=label)
    axes.axvline(shown.highest, color=colour, lw=0.8, ls=":")
    if shown.exponent is not None:
        ends = np.array([x[0], shown.highest])
        height = shown.n_fitted / counts.n_realizations
        axes.plot(ends, height * (ends / ends[1]) ** (shown.exponent[0] + 1), color=colour, ls="--")


def _density_axes(left: Axes, right: Axes, ensembles: Sequence[ModeDensity]) -> None:
    fewest = min((1.0 / shown.counts.n_realizations for shown in ensembles), default=0.01)
    most = max((float(shown.counts.estimate.max()) for shown in ensembles), default=1.0)
    left.set_ylim(0.4 * fewest, 30.0 * most)
    left.set_xscale("log")
    left.set_yscale("log")
    left.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    left.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    left.legend(loc="upper left")
    left.set_xlabel(r"$\omega$")
    left.set_ylabel(r"modes per glass below $\omega$")
    right.axhline(4.0, color="0.3", ls=":", lw=1.0)
    right.set_ylim(0.0, 9.0)
    right.set_xlabel(r"upper end of the frequencies fitted")
    right.set_ylabel(r"exponent $\beta$ of $D(\omega)\sim\omega^\beta$")
    if any(shown.exponent is not None for shown in ensembles):
        right.legend(loc="upper right")
    else:
        right.text(0.5, 0.6, "too few data", transform=right.transAxes, ha="center", color="0.4")


@dataclass(frozen=True, eq=False)
class Scalings:
    """Localised modes and plane waves of one ensemble.

    Attributes
    ----------
    frequency, energy, single_mode, coupling, pull : (K,) of every localised mode
    wave_frequency, wave_coupling, wave_pull : (W,) means over the glasses, by wave length
    exponents : (value, lower, upper) by (quantity, modes) of the table of fits
    """

    label: str
    frequency: FloatArray
    energy: FloatArray
    single_mode: FloatArray
    coupling: FloatArray
    pull: FloatArray
    wave_frequency: FloatArray
    wave_coupling: FloatArray
    wave_pull: FloatArray
    exponents: Mapping[tuple[str, str], tuple[float, float, float]]


@styled
def scalings(ensembles: Sequence[Scalings]) -> Figure:
    """E_alpha, c_ijj and f.Psi against frequency, of localised modes and of plane waves.

    Guides: omega^-4 (Eq. 5), and omega^3 and omega for plane waves.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 5.4), layout="constrained")
    panels = figure.subplots(2, 2)
    (energy, share), (coupling, pull) = panels
    for k, shown in enumerate(ensembles):
        style: Any = {"ls": "", "marker": MARKERS[k % 8], "color": COLOURS[k % 8], "ms": 3}
        label = _exponent_label(shown, ("energy", "localised"))
        energy.plot(shown.frequency, np.abs(shown.energy), mfc="white", label=label, **style)
        share.plot(shown.frequency, shown.single_mode / shown.energy, mfc="white", **style)
        for axes, name, values, of_waves in (
            (coupling, "coupling", shown.coupling, shown.wave_coupling),
            (pull, "pull", shown.pull, shown.wave_pull),
        ):
            localised = _exponent_label(shown, (name, "localised"), "modes")
            axes.plot(shown.frequency, np.abs(values), mfc="white", label=localised, **style)
            if shown.wave_frequency.size:
                waves = _exponent_label(shown, (name, "plane waves"), "waves")
                axes.plot(shown.wave_frequency, of_waves, label=waves, **{**style, "ms": 5})
    _draw_guides(energy, coupling, pull, ensembles)
    _scaling_axes(energy, share, coupling, pull)
    _panel_letters(*panels.flat)
    return figure


def _exponent_label(shown: Scalings, of: tuple[str, str], what: str = "") -> str:
    words = f"{shown.label}{', ' + what if what else ''}"
    if of not in shown.exponents:
        return f"{words}: too few data"
    value, lower, upper = shown.exponents[of]
    return f"{words}: {value:.2f} ({lower:.2f} to {upper:.2f})"


def _draw_guides(energy: Axes, coupling: Axes, pull: Axes, ensembles: Sequence[Scalings]) -> None:
    """The slopes of the paper, beside the points."""
    modes = [s for s in ensembles if s.frequency.size]
    if modes:
        x = np.concatenate([s.frequency for s in modes])
        y = np.abs(np.concatenate([s.energy for s in modes]))
        ends = np.array([x.min(), x.max()])
        lowest = np.argsort(x)[: max(5, x.size // 10)]
        height = 2.0 * float(np.median((y * x**4)[lowest]))
        energy.plot(ends, height * ends**-4.0, "k--", lw=0.9, label=r"$\omega^{-4}$")
    waves = [s for s in ensembles if s.wave_frequency.size]
    for axes, power, name in ((coupling, 3, "wave_coupling"), (pull, 1, "wave_pull")):
        for shown in waves[:1]:
            x, y = shown.wave_frequency, getattr(shown, name)
            label = rf"$\omega^{power}$" if power > 1 else r"$\omega$"
            axes.plot(x, 0.5 * y[0] * (x / x[0]) ** power, "k--", lw=0.9, label=label)


def _has_points(axes: Axes) -> bool:
    """Whether anything was drawn; a logarithmic axis without points has no ticks."""
    return any(np.size(line.get_xdata()) for line in axes.lines)


def _scaling_axes(energy: Axes, share: Axes, coupling: Axes, pull: Axes) -> None:
    for axes in filter(_has_points, (energy, share, coupling, pull)):
        axes.set_xscale("log")
        axes.set_xlabel(r"$\omega$")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    for axes in filter(_has_points, (energy, coupling, pull)):
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        room = 0.15 if axes is energy else 0.6  # for the key
        axes.set_ylim(low, high * (high / low) ** room)
    energy.legend(loc="upper right", fontsize=6.5, labelspacing=0.25)
    for axes in (coupling, pull):
        axes.legend(loc="upper left", fontsize=6.5, labelspacing=0.25)
    share.axhline(1.0, color="0.4", lw=0.7, ls=":")
    share.axhline(0.0, color="0.4", lw=0.7)
    share.set_ylim(-0.6, 1.6)
    energy.set_ylabel(r"largest $|\mathcal{E}_\alpha|$ at the core")
    share.set_ylabel(r"$-(f_\alpha\!\cdot\!\Psi)\,c_{iii}\,\omega^{-4}\ /\ \mathcal{E}_\alpha$")
    coupling.set_ylabel(r"$|c_{iii}|$; waves: rms $c_{ijj}$")
    pull.set_ylabel(r"rms of $f_\alpha\!\cdot\!\Psi$ over $\alpha$")


@styled
def internal_forces(
    forces: Mapping[str, tuple[Band, Band]], shares: Mapping[str, tuple[Band, Band]]
) -> Figure:
    """Distribution of |f_alpha| by ensemble, and the part of f.X in E_alpha against |E_alpha|.

    Parameters
    ----------
    forces : by label, p(f / mean) of all interactions and of those with large |E|
    shares : by label, the median of |E - harmonic| / |E| with its interval, and with the
        quartiles in its place
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, (label, bands) in enumerate(forces.items()):
        for band, line in zip(bands, ("-", "--"), strict=True):
            seen = band.estimate > 0
            x, colour = band.x[seen], COLOURS[k % 8]
            left.fill_between(x, band.lower[seen], band.upper[seen], color=colour, alpha=0.2, lw=0)
            left.plot(x, band.estimate[seen], color=colour, ls=line, lw=0.9,
                      label=label if line == "-" else None)  # fmt: skip
    for k, (label, (median, quartiles)) in enumerate(shares.items()):
        colour = COLOURS[k % 8]
        right.fill_between(
            quartiles.x, quartiles.lower, quartiles.upper, color=colour, alpha=0.12, lw=0
        )
        bars = [median.estimate - median.lower, median.upper - median.estimate]
        right.errorbar(
            median.x, median.estimate, np.maximum(0.0, bars), fmt=MARKERS[k % 8] + "-",
            color=colour, mfc="white", ms=3, elinewidth=0.8, label=label,
        )  # fmt: skip
    _force_axes(left, right)
    _panel_letters(left, right)
    return figure


def _force_axes(left: Axes, right: Axes) -> None:
    left.plot([], [], "--", color="0.4", label=r"those with $|\mathcal{E}_\alpha|\geq 1$")
    left.set_yscale("log")
    left.set_xlim(0.0, 12.0)
    left.set_ylim(1e-4, 5.0)
    left.set_xlabel(r"$|f_\alpha|\,/\,\langle|f_\alpha|\rangle$")
    left.set_ylabel("probability density")
    left.legend(loc="upper right")
    right.set_xscale("log")
    right.axhline(1.0, color="0.4", lw=0.7, ls=":")
    right.set_ylim(0.0, 2.5)
    right.set_xlabel(r"$|\mathcal{E}_\alpha|$")
    right.set_ylabel(r"$|f_\alpha\cdot\mathcal{X}|\,/\,|\mathcal{E}_\alpha|$")
    right.legend(loc="upper right", fontsize=7)


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


@dataclass(frozen=True, eq=False)
class Points:
    """A score of one map along N or along the ordinal of the event, with intervals.

    ``series`` chooses colour and symbol, as in :func:`prediction` 0 is filled and others are
    open; ``chance`` draws a dotted line without symbols.
    """

    label: str
    x: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    series: int = 0
    chance: bool = False


@styled
def system_size(panels: Mapping[str, Sequence[Points]], caption: str) -> Figure:
    """Scores of the maps against the number of particles, one panel per score."""
    rows = -(-len(panels) // 3)
    figure = Figure(figsize=(TWO_COLUMNS, 0.7 + 2.1 * rows), layout="constrained")
    grid = np.atleast_1d(figure.subplots(rows, min(3, len(panels)))).ravel()
    for axes, (label, series) in zip(grid, panels.items(), strict=False):
        axes.set_xscale("log")
        for points in series:
            _draw_points(axes, points, shift=1.06 ** (points.series - 0.5))
        sizes = np.unique(np.concatenate([np.ones(0), *(points.x for points in series)]))
        axes.set_xticks(sizes, [f"{int(n):,}" for n in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(0.6 * sizes[0], 1.7 * sizes[-1])
        axes.set_xlabel("particles $N$")
        axes.set_ylabel(label)
        _fractions_from_zero(axes, series)
    for axes in grid[len(panels) :]:
        axes.remove()
    _legends_of_points(figure, grid[: len(panels)], panels)
    _panel_letters(*grid[: len(panels)])
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
    reach = _reach([band for bands in fractions.values() for band in bands], 0.97)
    for axes, (title, bands) in zip(grid[0], fractions.items(), strict=False):
        for band in bands:
            _draw_band(axes, band, steps=True)
        axes.set(ylim=(0, 1.0), ylabel=rf"$F_n(\Delta\varepsilon)$, {title}")
    _legend_of_ordinals(grid[0, 0], [band for bands in fractions.values() for band in bands])
    last = grid[0, columns - 1]
    for band in ratios:
        _draw_band(last, band, steps=False)
    last.axhline(1.0, color="0.5", lw=0.7, ls=":")
    last.set_ylabel(r"$\delta F_n(\Delta\varepsilon)$ = LTE / NM")
    if ratios:
        last.set_ylim(0, _ceiling(ratios, reach))
    else:
        last.text(0.5, 0.5, "too few data", transform=last.transAxes, ha="center", color="0.4")
    for axes in grid[0]:
        axes.set_xlim(1.0, reach)
        axes.set_xlabel(r"$\Delta\varepsilon$")
    for axes, (label, series) in zip(grid[1], scores.items(), strict=False):
        for points in series:
            _draw_points(axes, points, shift=0.12 * (points.series - 0.5), add=True)
        ordinals = np.unique(np.concatenate([np.ones(1), *(points.x for points in series)]))
        axes.set_xticks(ordinals, [f"{int(n)}" for n in ordinals])
        axes.set(xlim=(0.5, ordinals[-1] + 0.5), xlabel="ordinal $n$ of the event", ylabel=label)
        _fractions_from_zero(axes, series)
    shown = [*grid[0, : len(fractions)], last, *grid[1, : len(scores)]]
    for axes in set(grid.ravel()) - set(shown):
        axes.remove()
    _legends_of_points(figure, grid[1, : len(scores)], scores)
    _panel_letters(*shown)
    figure.suptitle(caption, fontsize=8)
    return figure


def _fractions_from_zero(axes: Axes, series: Sequence[Points]) -> None:
    """Fractions are shown from 0 on; other scores keep the limits that suit them."""
    tops = [points.value if points.chance else points.upper for points in series]
    top = max((float(values.max()) for values in tops), default=1.0)
    if top <= 1.0:
        axes.set_ylim(0.0, max(0.1, 1.08 * top))


def _draw_points(axes: Axes, points: Points, shift: float, add: bool = False) -> None:
    """Points with intervals, moved by a little so that series do not hide each other."""
    colour = COLOURS[points.series % 8]
    if points.chance:
        axes.plot(points.x, points.value, ls=":", color=colour, zorder=0)
        return
    below, above = points.value - points.lower, np.minimum(points.upper, 1e6) - points.value
    axes.errorbar(
        points.x + shift if add else points.x * shift,
        points.value,
        yerr=np.maximum(0.0, [below, above]),
        fmt=MARKERS[points.series % 8],
        color=colour,
        mfc="white" if points.series else colour,
        ls="-",
        lw=0.8,
        elinewidth=0.9,
        capsize=1.5,
    )


def _legends_of_points(
    figure: Figure, grid: npt.NDArray, panels: Mapping[str, Sequence[Points]]
) -> None:
    """One legend for all panels with the series of the first, one in each with others."""
    names = [[p.label for p in series if not p.chance] for series in panels.values()]
    for k, (axes, series) in enumerate(zip(grid, panels.values(), strict=True)):
        handles = [_handle_of_points(points) for points in series if not points.chance]
        if k == 0:
            if any(points.chance for points in series):
                handles.append(Line2D([], [], color="0.4", ls=":", label="chance"))
            figure.legend(handles=handles, loc="outside lower center", ncols=4)
        elif names[k] != names[0] and handles:
            axes.legend(handles=handles, fontsize=7, labelspacing=0.3)


def _handle_of_points(points: Points) -> Line2D:
    k = points.series % 8
    face = "white" if points.series else COLOURS[k]
    return Line2D([], [], color=COLOURS[k], marker=MARKERS[k], mfc=face, lw=0.8, label=points.label)


def _legend_of_ordinals(axes: Axes, bands: Sequence[Band]) -> None:
    handles = [
        Line2D([], [], color=COLOURS[(n - 1) % 8], marker=MARKERS[(n - 1) % 8], label=f"$n$ = {n}")
        for n in sorted({band.ordinal for band in bands} - {0})
    ]
    axes.legend(handles=handles, loc="lower right", labelspacing=0.2, fontsize=7)


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
