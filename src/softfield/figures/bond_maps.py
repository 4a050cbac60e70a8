"""Figs. 1 and 3: maps of the local thermal energy on the bonds of one glass."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Affine2D

from ..glass import FloatArray, Glass, LocalThermalEnergy, PairMap
from .style import TWO_COLUMNS, one_digit, panel_letters, styled

#: More line segments than this are drawn as pixels, also in a PDF.
MAX_VECTOR_LINES = 12_000


def bond_segments(
    glass: Glass, pairs: npt.NDArray[np.integer]
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Line segments (S, 2, 2) that draw every bond inside the cell, and their bonds (S,).

    A bond across the boundary is drawn once at each of its ends, and runs out of the cell
    there: clipped to the cell, the parts make one bond, and none runs across the cell.
    """
    first, second = glass.positions[pairs[:, 0]], glass.positions[pairs[:, 1]]
    start, bond = glass.into_box(first), glass.minimum_image(second - first)
    leaves = np.floor((start + bond) @ np.linalg.inv(glass.cell))
    segments, owners = [], []
    for axes in product((0, 1), repeat=2):
        # the bond itself, then its copies moved by the axes along which it leaves the cell
        chosen = np.flatnonzero((leaves[:, np.flatnonzero(axes)] != 0).all(axis=1))
        moved = start[chosen] - leaves[chosen] * np.array(axes) @ glass.cell
        segments.append(np.stack([moved, moved + bond[chosen]], axis=1))
        owners.append(chosen)
    return np.concatenate(segments), np.concatenate(owners)


def draw_bonds(axes: Axes, glass: Glass, field: PairMap, saturation: float) -> None:
    """E_alpha as bonds: red where negative, black where positive.

    Width and opacity grow linearly with |E_alpha| and stop at ``saturation``.
    """
    segments, owner = bond_segments(glass, field.pairs)
    strength = np.minimum(np.abs(field.energy[owner]) / saturation, 1.0)
    order = np.argsort(strength, kind="stable")  # the strongest on top
    colours = np.zeros((order.size, 4))
    colours[:, 0] = np.where(field.energy[owner[order]] < 0, 0.85, 0.0)
    colours[:, 3] = _opacity(strength[order])
    scale = min(1.0, 45.0 / float(glass.box.max()))
    lines = LineCollection(
        list(segments[order]),
        colors=colours,
        linewidths=scale * _width(strength[order]),
        capstyle="round",
        rasterized=len(segments) > MAX_VECTOR_LINES,
    )
    axes.add_collection(lines)
    _frame(axes, glass)


def saturation_of(energy: FloatArray) -> float:
    """|E| at which maps saturate: the 99.5th percentile, to one significant digit."""
    value = float(np.quantile(np.abs(energy), 0.995))
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / power) * power)


@styled
def displacement_and_energy(glass: Glass, field: LocalThermalEnergy, caption: str = "") -> Figure:
    """Fig. 1: the thermal displacement X (N, 2) and the map of E_alpha of one glass."""
    figure = Figure(figsize=(TWO_COLUMNS, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_displacement(left, glass, field.displacement)
    saturation = saturation_of(field.energy)
    draw_bonds(right, glass, field, saturation)
    _energy_legend(right, saturation)
    panel_letters(left, right)
    if caption:
        figure.suptitle(caption, fontsize=8)
    return figure


@styled
def softness_field(
    glass: Glass,
    field: PairMap,
    coarse: FloatArray,
    events: FloatArray,
    caption: str = "",
) -> Figure:
    """Fig. 3: the map of E_alpha and its coarse-grained field with numbered plastic events.

    Parameters
    ----------
    coarse : (n_x, n_y) values of equal bins that tile the cell, along its edges
    events : (E, 2) places of the plastic events, in order of occurrence
    """
    figure = Figure(figsize=(TWO_COLUMNS, 3.55), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.0))
    saturation = saturation_of(field.energy)
    draw_bonds(left, glass, field, saturation)
    _energy_legend(left, saturation)
    image = _draw_bins(right, glass, coarse)
    bar = figure.colorbar(image, ax=right, pad=0.02, fraction=0.046)
    bar.set_label(r"coarse-grained $|\mathcal{E}_\alpha|$")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    _number_events(right, glass, events)
    _frame(right, glass)
    panel_letters(left, right)
    if caption:
        figure.suptitle(caption, fontsize=8)
    return figure


def _draw_displacement(axes: Axes, glass: Glass, displacement: FloatArray) -> None:
    size = np.linalg.norm(displacement, axis=1)
    # The 99th percentile becomes 3 sigma long: spots stand out and do not hide each other.
    scale = float(np.quantile(size, 0.99)) / 3.0
    places = glass.into_box(glass.positions)
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
    _frame(axes, glass)
    key = one_digit(3.0 * scale)
    label = rf"$|\mathcal{{X}}| = {key:g}\,\sigma/\epsilon$"
    axes.quiverkey(arrows, 0.74, 1.035, key, label, labelpos="E", fontproperties={"size": 8})


def _draw_bins(axes: Axes, glass: Glass, coarse: FloatArray) -> AxesImage:
    """Bins (n_x, n_y) that tile the cell, on a logarithmic scale."""
    image = axes.imshow(
        coarse.T,
        origin="lower",
        extent=(0, glass.box[0], 0, glass.box[1]),
        norm=LogNorm(float(coarse.min()), float(coarse.max())),
        cmap="inferno",
        interpolation="nearest",
    )
    tilted = Affine2D.from_values(1.0, 0.0, glass.strain, 1.0, 0.0, 0.0)
    image.set_transform(tilted + axes.transData)
    return image


def _number_events(axes: Axes, glass: Glass, events: FloatArray) -> None:
    for number, place in enumerate(glass.into_box(events), start=1):
        for shift in product((-1, 0, 1), repeat=2):  # a ring across the boundary has two parts
            ring = place + np.array(shift) @ glass.cell
            axes.plot(*ring, "o", mfc="none", mec="black", mew=2.2, ms=11)
            axes.plot(*ring, "o", mfc="none", mec="white", mew=1.1, ms=11)
        # a number on the frame would be hard to read: beside the ring then
        share = place @ np.linalg.inv(glass.cell)
        near, far = share < 0.035, share > 0.965
        inwards = np.where(near, 0.07, np.where(far, 0.93, share)) @ glass.cell
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


def _frame(axes: Axes, glass: Glass) -> None:
    """The cell as the frame; that of a sheared glass is drawn, and cuts off what lies outside."""
    a, b = glass.cell
    corners = np.array([0 * a, a, a + b, b])
    low, high = corners.min(axis=0), corners.max(axis=0)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    axes.set_xlabel(r"$x\,/\,\sigma$")
    axes.set_ylabel(r"$y\,/\,\sigma$")
    if glass.strain:
        cell = axes.add_patch(Polygon(list(corners), fill=False, lw=0.7))
        axes.spines[["left", "right"]].set_visible(False)
        for drawn in (*axes.collections, *axes.images, *axes.lines):
            drawn.set_clip_path(cell)


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
