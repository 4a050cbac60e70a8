"""Exponents of the scaling laws behind Eqs. 4 to 6, with intervals over realizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TooFewDataError
from ..glass import FloatArray, IndexArray
from .mode_density import density_fit
from .resampling import (
    FITTED,
    LEVEL,
    TOO_FEW,
    Estimate,
    common_failure,
    jackknife_interval,
    succeeded,
)


def log_slope(
    x: FloatArray,
    y: FloatArray,
    realization: IndexArray,
    correction: bool = False,
    level: float = LEVEL,
) -> Estimate:
    """Exponent p of y ~ x^p, a straight line through ln y against ln x by least squares.

    The interval is that of the jackknife over realizations.

    Parameters
    ----------
    x, y : (K,) positive
    realization : (K,) index 0 ... R - 1 of the realization of each value
    correction : fit ln y = a + p ln x + b x^2, the leading correction of a law that holds
        for small x

    Raises
    ------
    TooFewDataError
        If the values do not determine the line, or not without each of the realizations.
    """
    design = _design(x, correction)
    n_realizations, n_columns = int(realization.max()) + 1, design.shape[1]
    products = np.zeros((n_realizations, n_columns, n_columns + 1))
    augmented = np.column_stack([design, np.log(np.abs(y))])
    np.add.at(products, realization, design[:, :, None] * augmented[:, None, :])
    total = products.sum(axis=0)
    slope, without = _slopes(total[None]), _slopes(total - products)
    if slope.size == 0 or without.size < n_realizations or n_realizations < 2:
        raise TooFewDataError(
            f"{x.size} values of {n_realizations} realizations at {np.unique(x).size} places do "
            "not determine an exponent; run more realizations, or larger ones."
        )
    ends = jackknife_interval(slope, without[:, None], level)
    lower, upper = (np.where(np.isnan(end), slope, end) for end in ends)  # NaN: none differs
    return Estimate(float(slope[0]), float(lower[0]), float(upper[0]), n_realizations, level)


def _design(x: FloatArray, correction: bool) -> FloatArray:
    columns = [np.ones_like(x), np.log(x)] + ([x**2 / np.max(x) ** 2] if correction else [])
    return np.column_stack(columns)


def effective_number(x: FloatArray, realization: IndexArray, correction: bool = False) -> float:
    """How many realizations an exponent of :func:`log_slope` rests on.

    The exponent is a weighted sum of ln y, and the few values at the ends of x have most of the
    weight. With the squared weights W of the realizations this is ``(sum W)^2 / sum W^2``.
    """
    weights = np.linalg.pinv(_design(x, correction))[1]
    squared = np.bincount(realization, weights**2)
    return float(squared.sum() ** 2 / (squared**2).sum())


def _slopes(normal: FloatArray) -> FloatArray:
    """Second coefficient of every system of normal equations (S, p, p + 1) of full rank."""
    matrix = normal[:, :, :-1]
    scale = np.sqrt(np.maximum(np.einsum("spp->sp", matrix), 1e-300))
    scaled = matrix / scale[:, :, None] / scale[:, None, :]
    usable = np.linalg.cond(scaled) < 1e10
    right = (normal[:, :, -1] / scale)[usable, :, None]
    return np.linalg.solve(scaled[usable], right)[:, 1, 0] / scale[usable, 1]


#: Plane waves of fewer lengths do not show an exponent and its correction.
_LEAST_ORDERS = 4

#: Waves whose ln k agrees to so many digits are of one length.
_SAME_LENGTH = 9

#: An exponent that rests on fewer glasses (:func:`effective_number`) is not given: with 3.1 of 53
#: glasses of 2DIPL, N = 400, one had -11 (-13 to -9), where 124 have -3.6 (-7.5 to 0.2).
_LEAST_EFFECTIVE = 5

#: Share by which edges of boxes that are alike may differ, and by how much their strains.
_ALIKE = 1e-9


_MODE_COLUMNS = ["frequency", "energy", "single_mode", "coupling", "pull"]


def phonon_free_limits(glasses: pd.DataFrame, fraction: float) -> pd.Series:
    """Frequency below which a glass has no plane waves, of every realization.

    A fraction of the lowest transverse one: the median speed of the glasses times the wave number
    of the longest wave in the box. ``glasses`` has realization, transverse_frequency and
    wave_number; tables of earlier versions, without the last, are of boxes of one size.
    """
    lowest = glasses["transverse_frequency"]
    numbers = glasses.get("wave_number", pd.Series(1.0, index=glasses.index))
    limits = fraction * (lowest / numbers).median() * numbers
    return limits.set_axis(glasses["realization"].to_numpy())


def with_masses(glasses: pd.DataFrame) -> pd.DataFrame:
    """The glasses with the transverse frequency that they have with the masses of their modes.

    c_T is that of mass 1 in the tables, and goes as one over the root of the density of mass.
    ``mean_mass`` is that of the particles where modes have the masses of the files; tables of
    earlier versions do not have it.
    """
    if "mean_mass" not in glasses:
        return glasses
    lowest = glasses["transverse_frequency"] / np.sqrt(glasses["mean_mass"])
    return glasses.assign(transverse_frequency=lowest)


def with_known_limits(
    frequencies: pd.DataFrame, glasses: pd.DataFrame, summary: pd.DataFrame
) -> pd.DataFrame:
    """The frequencies of the glasses whose limit (:func:`phonon_free_limits`) is known.

    Where all boxes are alike, to _ALIKE, it is that of all glasses; where they differ, that of a
    glass is known of the measured ones alone. All frequencies where no glass could be measured.

    Parameters
    ----------
    frequencies : realization, frequency of the lowest modes of every glass
    glasses : of scripts/measure_couplings.py, of the realizations that were looked at
    summary : realization, edges ``box_x`` ... and ``strain`` of every glass

    Raises
    ------
    TooFewDataError
        If none of these glasses has modes.
    """
    measured = succeeded(glasses)["realization"]
    held = summary["realization"].isin([*frequencies["realization"], *measured])
    boxes = summary[held].filter(regex="^box_")
    strains = summary[held].get("strain", pd.Series(0.0))  # none in tables of earlier versions
    alike = (boxes.max() <= boxes.min() * (1 + _ALIKE)).all()
    alike = alike and strains.max() <= strains.min() + _ALIKE
    if not (alike or measured.empty):
        frequencies = frequencies[frequencies["realization"].isin(measured)]
    if frequencies.empty:
        raise TooFewDataError(
            f"none of the {len(measured)} glasses whose shear modulus was measured has modes; "
            "raise statistics.couplings.realizations, or run more realizations."
        )
    return frequencies


def localised_modes(modes: pd.DataFrame, limits: pd.Series, participation: float) -> pd.DataFrame:
    """The modes below the limit of their glass whose participation ratio is below a value."""
    below = modes["frequency"] < modes["realization"].map(limits)
    return modes[below & (modes["participation_ratio"] < participation)]


def localised_of(
    glasses: pd.DataFrame, modes: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """The localised modes of an ensemble, as in :func:`scaling_fits`; none of failed glasses."""
    whole = succeeded(glasses)
    if whole.empty:
        return pd.DataFrame(columns=["realization", *_MODE_COLUMNS], dtype=float)
    limits = phonon_free_limits(whole, settings["phonon_free"])
    return localised_modes(modes, limits, settings["localised"])


def mean_waves(waves: pd.DataFrame) -> pd.DataFrame:
    """Frequency and couplings of the plane waves, averaged over glasses, by order and length."""
    columns = ["frequency", "coupling", "pull"]
    if "order" not in waves:
        return pd.DataFrame(columns=columns, dtype=float)
    alike = [waves["order"]]
    if "wave_number" in waves:
        alike.append(np.log(waves["wave_number"]).round(_SAME_LENGTH))
    return waves.groupby(alike)[columns].mean().reset_index(level="order").reset_index(drop=True)


def scaling_fits(
    tables: Mapping[str, pd.DataFrame],
    frequencies: pd.DataFrame | None,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Exponents of every scaling law, and the exponent of D(omega) against the limit.

    Parameters
    ----------
    tables : ``glasses``, ``modes`` and ``waves`` of scripts/measure_couplings.py
    frequencies : realization, frequency of the lowest modes of every glass whose limit is known
        (:func:`with_known_limits`), or None
    settings : ``phonon_free``, ``localised``, ``n_resamples``, ``min_tail``,
        ``min_realizations``

    Returns
    -------
    dict with ``fits`` (quantity, modes, value, lower, upper, lowest and highest frequency,
    n_values, n_realizations, status, reason) and ``density_scan``
    """
    glasses = succeeded(tables["glasses"])
    scan = pd.DataFrame(columns=["frequency", "exponent", "lower", "upper", "count"])
    if glasses.empty:
        return {"fits": _no_fits(tables["glasses"], frequencies), "density_scan": scan}
    chosen = localised_of(glasses, tables["modes"], settings)
    rows = []
    for quantity in ("energy", "coupling", "pull"):
        fit = _slope_fit(chosen, "frequency", quantity, settings)
        rows.append(_fit_row(quantity, "localised", chosen, fit))
    fit = _slope_fit(chosen, "frequency", "energy", settings, correction=True)
    rows.append(_fit_row("energy", "localised, omega -> 0", chosen, fit))
    for quantity in ("coupling", "pull"):
        fit = _wave_fit(tables["waves"], quantity, settings)
        rows.append(_fit_row(quantity, "plane waves", tables["waves"], fit))
    if frequencies is not None:
        limits = phonon_free_limits(with_masses(glasses), settings["phonon_free"])
        row, scan = density_fit(frequencies, float(limits.min()), settings, rng)
        rows.append(row)
    return {"fits": pd.DataFrame(rows, columns=_COLUMNS), "density_scan": scan}


def _no_fits(glasses: pd.DataFrame, frequencies: pd.DataFrame | None) -> pd.DataFrame:
    """The rows of an ensemble none of whose glasses could be measured."""
    reason = f"no glass could be measured: {common_failure(glasses)}"
    fits = [(quantity, "localised") for quantity in ("energy", "coupling", "pull")]
    fits += [("energy", "localised, omega -> 0"), ("coupling", "plane waves")]
    fits += [("pull", "plane waves")]
    fits += [] if frequencies is None else [("density of modes", "below the phonons")]
    rows = [
        {"quantity": quantity, "modes": modes, "n_values": 0, "n_realizations": 0,
         "status": TOO_FEW, "reason": reason}
        for quantity, modes in fits
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = ["quantity", "modes", "value", "lower", "upper", "lowest", "highest", "n_values",
            "n_realizations", "status", "reason"]  # fmt: skip


def _slope_fit(
    rows: pd.DataFrame, x: str, y: str, settings: Mapping[str, Any], correction: bool = False
) -> Callable[[], Estimate]:
    def fit() -> Estimate:
        owners, columns = np.unique(rows["realization"], return_inverse=True)
        if owners.size < settings["min_realizations"]:
            raise TooFewDataError(
                f"{owners.size} of the glasses checked have such a mode; an exponent needs "
                f"{settings['min_realizations']}. Run more realizations."
            )
        values = rows[x].to_numpy(dtype=float), rows[y].to_numpy(dtype=float)
        resting = effective_number(values[0], columns, correction)
        if resting < _LEAST_EFFECTIVE:
            raise TooFewDataError(
                f"the exponent rests on {resting:.1f} of {owners.size} glasses, those with a mode "
                f"at the end of the range; an exponent needs {_LEAST_EFFECTIVE}. Run more "
                "realizations."
            )
        return log_slope(*values, columns, correction)

    return fit


def _wave_fit(
    waves: pd.DataFrame, quantity: str, settings: Mapping[str, Any]
) -> Callable[[], Estimate]:
    """Exponent in the wave number, hence in omega = c_T k, for k -> 0.

    Over so little scatter the next correction, of order k^4, can matter: the interval is the
    hull of that with all waves and that without the shortest of each glass. Tables of earlier
    versions have no wave number; where all boxes are alike the order does as well.
    """
    x = "wave_number" if "wave_number" in waves else "order"

    def fit() -> Estimate:
        lengths = waves["order"].nunique()
        if lengths < _LEAST_ORDERS:
            raise TooFewDataError(
                f"the box holds plane waves of {lengths} lengths above "
                "statistics.couplings.shortest_wave; an exponent with its correction needs "
                f"{_LEAST_ORDERS}. Take larger glasses."
            )
        longer = waves[waves["order"] < waves.groupby("realization")["order"].transform("max")]
        every, fewer = (
            _slope_fit(rows, x, quantity, settings, correction=True)() for rows in (waves, longer)
        )
        return Estimate(
            every.value, min(every.lower, fewer.lower), max(every.upper, fewer.upper),
            every.n_realizations,
        )  # fmt: skip

    return fit


def _fit_row(
    quantity: str,
    modes: str,
    rows: pd.DataFrame,
    fit: Callable[[], Estimate],
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "quantity": quantity,
        "modes": modes,
        "lowest": rows["frequency"].min() if len(rows) else np.nan,  # NaN: none
        "highest": rows["frequency"].max() if len(rows) else np.nan,
        "n_values": len(rows),
        "n_realizations": rows["realization"].nunique(),
        "status": FITTED,
        "reason": "",
    }
    try:
        found = fit()
    except TooFewDataError as error:
        return row | {"status": TOO_FEW, "reason": str(error)}
    return row | {"value": found.value, "lower": found.lower, "upper": found.upper}
