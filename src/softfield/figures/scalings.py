"""Scaling laws of localised modes and plane waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..glass import FloatArray
from .curves import has_points
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

    Keys stand below the panels: there are more points than room in them. Guides: omega^-4 (Eq. 5),
    and omega^3 and omega for plane waves.
    """
    figure = Figure(figsize=(TWO_COLUMNS, 5.6 + 0.3 * len(ensembles)), layout="constrained")
    panels = figure.subplots(2, 2)
    (energy, share), (coupling, pull) = panels
    for k, shown in enumerate(ensembles):
        style: Any = {"ls": "", "marker": marker_of(k), "color": colour_of(k), "ms": 3}
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
    panel_letters(*panels.flat)
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


def _scaling_axes(energy: Axes, share: Axes, coupling: Axes, pull: Axes) -> None:
    for axes in filter(has_points, (energy, share, coupling, pull)):
        axes.set_xscale("log")
        axes.set_xlabel(FREQUENCY)
        plain_ticks(axes.xaxis)
    for axes in filter(has_points, (energy, coupling, pull)):
        axes.set_yscale("log")
    for axes in (energy, coupling, pull):
        axes.legend(**key_below())
    share.axhline(1.0, color="0.4", lw=0.7, ls=":")
    share.axhline(0.0, color="0.4", lw=0.7)
    share.set_ylim(-0.6, 1.6)
    energy.set_ylabel(r"largest $|\mathcal{E}_\alpha|$ at the core")
    share.set_ylabel(r"$-(f_\alpha\!\cdot\!\Psi)\,c_{iii}\,\omega^{-4}\ /\ \mathcal{E}_\alpha$")
    coupling.set_ylabel(r"$|c_{iii}|$; waves: rms $c_{ijj}$")
    pull.set_ylabel(r"rms of $f_\alpha\!\cdot\!\Psi$ over $\alpha$")
