"""Tables behind Eqs. 4 to 6, from those of single realizations: fits, distributions, shares.

Tables in, tables out (pandas), as in :mod:`softfield.evaluation`; ``docs/statistics.md`` lists
their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .errors import TooFewDataError
from .evaluation import FITTED, TOO_FEW
from .statistics import (
    Estimate,
    FloatArray,
    TailSample,
    bootstrap_weights,
    candidate_thresholds,
    density,
    exponent_scan,
    fit_tail,
)
from .trends import FORCES, SHARE_ENERGIES, SHARES, log_slope, share_quantile

#: Plane waves of fewer lengths do not show an exponent and its correction.
_LEAST_ORDERS = 4

_MODE_COLUMNS = ["frequency", "energy", "single_mode", "coupling", "pull"]

#: Quartiles of the share of f.X in E.
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


def first_realizations(table: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rows of the realizations 0 to ``number`` - 1; blocks may hold more."""
    return table[table["realization"] < number].reset_index(drop=True)


def phonon_free_limit(glasses: pd.DataFrame, fraction: float) -> float:
    """Frequency below which there are no plane waves: a fraction of the lowest transverse one.

    ``glasses`` has the column transverse_frequency; its median counts.
    """
    return fraction * float(glasses["transverse_frequency"].median())


def localised_modes(modes: pd.DataFrame, limit: float, participation: float) -> pd.DataFrame:
    """The modes below the limit whose participation ratio is below ``participation``."""
    return modes[(modes["frequency"] < limit) & (modes["participation_ratio"] < participation)]


def localised_of(
    glasses: pd.DataFrame, modes: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """The localised modes of an ensemble, as in :func:`scaling_fits`; none of failed glasses."""
    whole = _succeeded(glasses)
    if whole.empty:
        return pd.DataFrame(columns=["realization", *_MODE_COLUMNS], dtype=float)
    limit = phonon_free_limit(whole, settings["phonon_free"])
    return localised_modes(modes, limit, settings["localised"])


def mean_waves(waves: pd.DataFrame) -> pd.DataFrame:
    """Frequency and couplings of the plane waves, averaged over the glasses, by their order."""
    columns = ["frequency", "coupling", "pull"]
    if "order" not in waves:
        return pd.DataFrame(columns=columns, dtype=float)
    return waves.groupby("order")[columns].mean().reset_index()


def scaled_forces(forces: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`force_distribution` with |f| in units of its mean over all pairs."""
    every = forces[forces["quantity"] == "force"]
    mean = float((every["force"] * every["count"]).sum() / every["count"].sum())
    scaled = forces.assign(force=forces["force"] / mean)
    columns = ["density", "lower", "upper"]
    return scaled.assign(**{name: forces[name] * mean for name in columns})


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
    frequencies : realization, frequency of the lowest modes of every glass, or None
    settings : ``phonon_free``, ``localised``, ``n_resamples``, ``min_tail``,
        ``min_realizations``

    Returns
    -------
    dict with ``fits`` (quantity, modes, value, lower, upper, lowest and highest frequency,
    n_values, n_realizations, status, reason) and ``density_scan``
    """
    glasses = _succeeded(tables["glasses"])
    rows = []
    scan = pd.DataFrame(columns=["frequency", "exponent", "lower", "upper", "count"])
    if len(glasses):
        limit = phonon_free_limit(glasses, settings["phonon_free"])
        chosen = localised_of(glasses, tables["modes"], settings)
        for quantity in ("energy", "coupling", "pull"):
            fit = _slope_fit(chosen, "frequency", quantity, settings, rng)
            rows.append(_fit_row(quantity, "localised", chosen, fit))
        fit = _slope_fit(chosen, "frequency", "energy", settings, rng, correction=True)
        rows.append(_fit_row("energy", "localised, omega -> 0", chosen, fit))
        for quantity in ("coupling", "pull"):
            fit = _wave_fit(tables["waves"], quantity, settings, rng)
            rows.append(_fit_row(quantity, "plane waves", tables["waves"], fit))
        if frequencies is not None:
            row, scan = _density_fit(frequencies, limit, settings, rng)
            rows.append(row)
    return {"fits": pd.DataFrame(rows, columns=_COLUMNS), "density_scan": scan}


_COLUMNS = ["quantity", "modes", "value", "lower", "upper", "lowest", "highest", "n_values",
            "n_realizations", "status", "reason"]  # fmt: skip


def force_distribution(
    histograms: pd.DataFrame, n_resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """p(|f_alpha|) of all interactions and of those with large |E|, with intervals.

    Columns quantity (``force``, ``large_force``), force, density, lower, upper, count.
    """
    parts = []
    for quantity in ("force", "large_force"):
        counts = _dense(histograms, quantity, (FORCES.size - 1,))
        if not counts.size:
            continue
        padded = np.pad(counts, ((0, 0), (1, 1)))
        weights = bootstrap_weights(len(counts), n_resamples, rng)
        held = counts.sum(axis=1)
        usable = (weights @ held) > 0
        curve = density(padded, held, FORCES, weights[usable])
        parts.append(
            pd.DataFrame(
                {
                    "quantity": quantity, "force": curve.x, "density": curve.estimate,
                    "lower": curve.lower, "upper": curve.upper, "count": curve.counts,
                    "n_realizations": curve.n_realizations,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def anharmonic_shares(
    histograms: pd.DataFrame, n_resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Median and quartiles of |E - harmonic| / |E| in bins of |E|.

    Columns energy, median, lower, upper (bootstrap interval of the median), lower_quartile,
    upper_quartile, count, n_realizations.
    """
    counts = _dense(histograms, "share", (SHARE_ENERGIES.size - 1, SHARES.size - 1))
    if not counts.size:
        return pd.DataFrame()
    weights = bootstrap_weights(len(counts), n_resamples, rng)
    curves = {name: share_quantile(counts, q, weights) for name, q in _QUARTILES.items()}
    median = curves["median"]
    columns = {name: curve.estimate for name, curve in curves.items()}
    return pd.DataFrame(
        {"energy": median.x, **columns, "lower": median.lower, "upper": median.upper,
         "count": median.counts, "n_realizations": median.n_realizations}
    )  # fmt: skip


def _dense(histograms: pd.DataFrame, quantity: str, shape: tuple[int, ...]) -> FloatArray:
    """(R, *shape) counts of one quantity, from the filled bins."""
    rows = histograms[histograms["quantity"] == quantity]
    owners, columns = np.unique(rows["realization"], return_inverse=True)
    counts = np.zeros((owners.size, *shape))
    bins = [rows["bin"].to_numpy(dtype=int)]
    if len(shape) == 2:
        bins.insert(0, rows["energy_bin"].to_numpy(dtype=int))
    np.add.at(counts, (columns, *bins), rows["count"].to_numpy())
    return counts


def _succeeded(glasses: pd.DataFrame) -> pd.DataFrame:
    return glasses[glasses["failure"] == ""]


def _slope_fit(
    rows: pd.DataFrame, x: str, y: str, settings: Mapping[str, Any], rng: np.random.Generator,
    correction: bool = False,
) -> Callable[[], Estimate]:  # fmt: skip
    def fit() -> Estimate:
        owners, columns = np.unique(rows["realization"], return_inverse=True)
        if owners.size < settings["min_realizations"]:
            raise TooFewDataError(
                f"{owners.size} of the glasses checked have such a mode; an exponent needs "
                f"{settings['min_realizations']}. Run more realizations."
            )
        weights = bootstrap_weights(owners.size, settings["n_resamples"], rng)
        values = rows[x].to_numpy(dtype=float), rows[y].to_numpy(dtype=float)
        return log_slope(*values, columns, weights, correction)

    return fit


def _wave_fit(
    waves: pd.DataFrame, quantity: str, settings: Mapping[str, Any], rng: np.random.Generator
) -> Callable[[], Estimate]:
    """Exponent in the wave number, hence in omega = c_T k, for k -> 0.

    Over so little scatter the next correction, of order k^4, can matter: the interval is the
    hull of that with all waves and that without the shortest.
    """

    def fit() -> Estimate:
        lengths = waves["order"].nunique()
        if lengths < _LEAST_ORDERS:
            raise TooFewDataError(
                f"the box holds plane waves of {lengths} lengths above "
                "statistics.couplings.shortest_wave; an exponent with its correction needs "
                f"{_LEAST_ORDERS}. Take larger glasses."
            )
        longer = waves[waves["order"] < waves["order"].max()]
        every, fewer = (
            _slope_fit(rows, "order", quantity, settings, rng, correction=True)()
            for rows in (waves, longer)
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


def _density_fit(
    frequencies: pd.DataFrame, limit: float, settings: Mapping[str, Any], rng: np.random.Generator
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Exponent of D(omega) ~ omega^beta below the limit, and against a lower limit.

    In 1/omega this is a power-law tail with the exponent beta + 2, so it is fitted as one
    (:func:`~softfield.statistics.fit_tail`): maximum likelihood, the upper end of the
    frequencies by Kolmogorov-Smirnov distance.
    """
    owners, columns = np.unique(frequencies["realization"], return_inverse=True)
    complete = min(limit, float(frequencies.groupby("realization")["frequency"].max().min()))
    values = frequencies["frequency"].to_numpy()
    low = values < complete
    sample = TailSample(1.0 / values[low], columns[low], owners.size, 1.0 / complete)
    weights = bootstrap_weights(owners.size, settings["n_resamples"], rng)
    row: dict[str, Any] = {
        "quantity": "density of modes", "modes": "below the phonons", "highest": complete,
        "lowest": values.min(), "n_values": int(low.sum()), "n_realizations": owners.size,
        "status": FITTED, "reason": "",
    }  # fmt: skip
    try:
        fit = fit_tail(
            sample, weights, rng, settings["min_tail"], settings["min_realizations"], compare=False
        )
    except TooFewDataError as error:
        scan = pd.DataFrame(columns=["frequency", "exponent", "lower", "upper", "count"])
        return row | {"status": TOO_FEW, "reason": str(error)}, scan
    found = fit.exponent
    row |= {"value": found.value - 2, "lower": found.lower - 2, "upper": found.upper - 2}
    row |= {"highest": 1.0 / fit.x_min, "n_values": fit.n_tail}
    curve = exponent_scan(sample, candidate_thresholds(sample, settings["min_tail"]), weights)
    scan = pd.DataFrame(
        {"frequency": 1.0 / curve.x, "exponent": curve.estimate - 2, "lower": curve.lower - 2,
         "upper": curve.upper - 2, "count": curve.counts}
    )  # fmt: skip
    return row, scan
