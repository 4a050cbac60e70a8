"""The house style of figures, and how they are written.

Functions of this package turn arrays into a matplotlib ``Figure``; they read no files, keep no
state, and do not touch pyplot. :func:`save` writes a figure with the fonts it was laid out
with. Lengths are in units of sigma, the smallest pair diameter.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from string import ascii_lowercase
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

Make = TypeVar("Make", bound=Callable[..., Figure])


#: Widths of a figure over one and over two columns of a journal, inches.
ONE_COLUMN, TWO_COLUMNS = 3.42, 7.0


#: Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")


MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def colour_of(series: int) -> str:
    """Colour of a series 0, 1, ...; those eight apart have the same."""
    return COLOURS[series % len(COLOURS)]


def marker_of(series: int) -> str:
    """Symbol of a series 0, 1, ...: of 64 no two have the same colour and symbol."""
    return MARKERS[(series + series // len(COLOURS)) % len(MARKERS)]


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


#: Labels of axes with the reduced unit of what they show: energy epsilon, length sigma, mass m.
FREQUENCY = r"$\omega\,/\,\sqrt{\epsilon/m}\,\sigma^{-1}$"
TEMPERATURE = r"$k_\mathrm{B}T\,/\,\epsilon$"
RATE = r"$\dot\gamma\,/\,\sqrt{\epsilon/m}\,\sigma^{-1}$"
TIME_UNIT = r"$\sigma\sqrt{m/\epsilon}$"


def key_below(distance: float = 0.2, columns: int = 1) -> Any:
    """Where a key stands that would hide data inside its panel; ``distance`` in panel heights."""
    return {"loc": "upper center", "bbox_to_anchor": (0.5, -distance), "ncols": columns,
            "fontsize": 7, "columnspacing": 1.0, "handletextpad": 0.4,
            "labelspacing": 0.25}  # fmt: skip


def plain_ticks(axis: Axis, steps: tuple[float, ...] = (1, 2, 5)) -> None:
    """Numbers such as 0.2, 0.5 and 1 along a logarithmic axis."""
    axis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


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


def one_digit(value: float) -> float:
    """The value rounded down to one significant digit."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.floor(value / power) * power)


def panel_letters(*panels: Axes) -> None:
    for letter, axes in zip(ascii_lowercase, panels, strict=False):
        axes.text(
            0.0, 1.015, f"({letter})", transform=axes.transAxes, ha="left", va="bottom", fontsize=10
        )


def power_of_ten(value: float) -> str:
    mantissa, _, power = f"{value:.0e}".partition("e")
    factor = "" if mantissa == "1" else mantissa + r"\times "
    return rf"${factor}10^{{{int(power)}}}$"
