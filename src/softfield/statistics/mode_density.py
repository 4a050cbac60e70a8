"""Density of low-frequency modes, D(omega) ~ omega^4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TooFewDataError
from .fractions import share_interval
from .resampling import FITTED, TOO_FEW, Curve, bootstrap_weights
from .tails import TailSample, candidate_thresholds, exponent_scan, fit_tail


def mode_counts(frequencies: pd.DataFrame) -> Curve:
    """Number of modes per glass below a frequency, with intervals over realizations.

    ``frequencies`` (realization, frequency) has the lowest modes of every glass. The curve
    ends at the lowest of their highest, above which not every glass has all of its modes
    in the table. Where D(omega) ~ omega^4, the number grows as omega^5. The interval is that of
    the share of the modes in the table (:func:`~softfield.statistics.fractions.share_interval`).
    """
    owners, columns = np.unique(frequencies["realization"], return_inverse=True)
    values = frequencies["frequency"].to_numpy()
    complete = float(frequencies.groupby("realization")["frequency"].max().min())
    x = np.geomspace(values.min(), max(complete, values.min()), 100)
    cell = columns * (x.size + 1) + np.searchsorted(x, values * (1 - 1e-12), side="left")
    number = np.bincount(cell, np.ones(cell.size), owners.size * (x.size + 1))
    cumulated = number.reshape(owners.size, -1).cumsum(axis=1)
    below, of_each = cumulated[:, :-1], cumulated[:, -1]
    lower, upper = (of_each.mean() * end for end in share_interval(below, of_each))
    return Curve(x, below.mean(axis=0), lower, upper, below.sum(axis=0), owners.size)


def density_fit(
    frequencies: pd.DataFrame, limit: float, settings: Mapping[str, Any], rng: np.random.Generator
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Exponent of D(omega) ~ omega^beta below the limit, and against a lower limit.

    In 1/omega this is a power-law tail with the exponent beta + 2, so it is fitted as one
    (:func:`~softfield.statistics.tails.fit_tail`): maximum likelihood, the upper end of the
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
    curve = exponent_scan(sample, candidate_thresholds(sample, settings["min_tail"]))
    scan = pd.DataFrame(
        {"frequency": 1.0 / curve.x, "exponent": curve.estimate - 2, "lower": curve.lower - 2,
         "upper": curve.upper - 2, "count": curve.counts}
    )  # fmt: skip
    return row, scan
