"""Energies of single pairs by molecular dynamics, against E of Eq. 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..glass import FloatArray
from .style import (
    TEMPERATURE,
    TWO_COLUMNS,
    colour_of,
    marker_of,
    panel_letters,
    power_of_ten,
    styled,
)

#: Colour and symbol of the first interaction; those before it are of models, in Fig. 2 beside them.
FIRST_LOOK = 5


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
def pair_energies(dynamics: Sequence[MolecularDynamics], caption: str) -> Figure:
    """Pair energies by molecular dynamics at several temperatures, beside Eq. 3.

    Left: averages and their limit T -> 0 less E_alpha, over |E_alpha|. Right: what the
    temperature changes, over |E_alpha|, and the fitted line.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for k, shown in enumerate(dynamics):
        look = k + FIRST_LOOK
        t, scale, colour = shown.temperatures, abs(shown.exact), colour_of(look)
        aside = 1.0 + 0.12 * (k - (len(dynamics) - 1) / 2)
        style: Any = {"fmt": marker_of(look), "color": colour, "elinewidth": 0.9, "capsize": 1.5}
        deviation = (shown.average[:, -1] - shown.exact) / scale
        left.errorbar(t * aside, deviation, shown.error / scale, mfc="white", **style)
        left.errorbar(
            t.min() / 10 * aside, (shown.limit[0] - shown.exact) / scale, shown.limit[1] / scale,
            label=f"{shown.label}: $\\mathcal{{E}}_\\alpha$ = {shown.exact:.3g}", **style,
        )  # fmt: skip
        change = np.abs(shown.average[1:, -1] - shown.average[0, -1]) / scale
        right.plot(t[1:], change, marker_of(look), color=colour, mfc="white")
        low, high = (max(abs(shown.slope[0]) + s * shown.slope[1], 0.0) for s in (-1.0, 1.0))
        right.fill_between(t, low * t / scale, high * t / scale, color=colour, alpha=0.2, lw=0)
        right.plot(t, abs(shown.slope[0]) * t / scale, color=colour)
    left.axhline(0.0, color="0.4", lw=0.7)
    _temperature_axes(left, right, dynamics)
    panel_letters(left, right)
    figure.suptitle(caption, fontsize=8)
    return figure


def _temperature_axes(left: Axes, right: Axes, dynamics: Sequence[MolecularDynamics]) -> None:
    left.set_xscale("log")
    right.set_xscale("log")
    right.set_yscale("log")
    ticks = sorted({float(t) for shown in dynamics for t in shown.temperatures})
    left.set_xticks([ticks[0] / 10, *ticks], ["0", *map(power_of_ten, ticks)])
    left.minorticks_off()
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.5 * (high - low))  # room for the key
    left.legend(loc="upper left")
    left.set_xlabel(TEMPERATURE)
    left.set_ylabel(r"(average $-\ \mathcal{E}_\alpha)\,/\,|\mathcal{E}_\alpha|$")
    right.set_xlabel(TEMPERATURE)
    right.set_ylabel(r"$|$change with $T|\,/\,|\mathcal{E}_\alpha|$")
