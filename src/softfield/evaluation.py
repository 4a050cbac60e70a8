"""From tables of single realizations to curves and estimates with intervals.

Tables in, tables out (pandas). Where data do not suffice, a row says so in its column
``status`` ("too few data"); a fit or a largest ratio then has no value. The columns of every
table are listed in ``docs/statistics.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from .errors import TooFewDataError, TooManyFailuresError
from .prediction import (
    chance_scores,
    fraction_ratio,
    largest_ratio,
    nearest_spot,
    predicted_fraction,
)
from .statistics import (
    Curve,
    Estimate,
    FloatArray,
    TailFit,
    TailSample,
    bootstrap_weights,
    candidate_thresholds,
    density,
    exponent_convergence,
    exponent_scan,
    fit_tail,
    mean_with_interval,
    percentile_interval,
    pool_tails,
)

Tables = dict[str, pd.DataFrame]

FITTED, TOO_FEW = "ok", "too few data"
SIGNS = ("all", "positive", "negative")

#: What the fraction of events is plotted against -> the column of scores.
SCORES = ("delta_epsilon", "rank", "spot_fraction", "area_fraction")

#: Map -> map that it is compared with, event by event.
COMPARED = ("lte", "nm")

_LARGEST_DELTA_EPSILON = 10.0
_STEP_DELTA_EPSILON = 0.02


def check_complete(summary: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """The realizations without failure, if the others are few enough.

    Raises
    ------
    TooManyFailuresError
        If a larger fraction than ``tolerance`` failed.
    """
    failed = summary[summary["failure"] != ""]
    if len(failed) > tolerance * len(summary):
        first = failed.iloc[0]
        raise TooManyFailuresError(
            f"{len(failed)} of {len(summary)} realizations failed, more than the tolerated "
            f"fraction {tolerance:g}; the first is realization {first['realization']}: "
            f"{first['failure']}. What is left is no fair sample: mend the cause, or raise "
            "failure_tolerance knowingly."
        )
    return summary[summary["failure"] == ""].reset_index(drop=True)


# --- distribution of E_alpha ----------------------------------------------------------------


def energy_distribution(
    histograms: pd.DataFrame, edges: FloatArray, n_resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """p(E) of |E|, E > 0 and E < 0 with intervals, from histograms of realizations.

    ``histograms`` has the columns realization, sign, bin (0 = below the first edge, last =
    above the last) and count.
    """
    owners, columns = np.unique(histograms["realization"], return_inverse=True)
    counts = np.zeros((len(SIGNS), owners.size, edges.size + 1))
    signs = histograms["sign"].map(SIGNS.index).to_numpy()
    np.add.at(counts, (signs, columns, histograms["bin"].to_numpy()), histograms["count"])
    n_values = counts[0].sum(axis=1)
    weights = bootstrap_weights(owners.size, n_resamples, rng)
    parts = []
    for sign, of_sign in zip(SIGNS, counts, strict=True):
        curve = density(of_sign, n_values, edges, weights)
        parts.append(_curve_table(curve, "energy", "density", sign=sign))
    return pd.concat(parts, ignore_index=True)


def tail_tables(
    tails: pd.DataFrame, settings: Mapping[str, Any], rng: np.random.Generator
) -> Tables:
    """Power-law tail of the pooled |E| and of the largest |E| of each realization.

    Parameters
    ----------
    tails : columns realization and energy, every |E| above the floor, and the largest |E|
    settings : ``n_resamples``, ``min_tail``, ``min_realizations``, ``tail_floor``

    Returns
    -------
    dict with ``fits``, ``scan`` (exponent against x_min), ``convergence`` (exponent against
    the number of realizations) and ``comparisons`` (with other distributions)
    """
    by_realization = [part.to_numpy() for _, part in tails.groupby("realization")["energy"]]
    maxima = np.array([part.max() for part in by_realization])
    samples = {
        "pooled": pool_tails(by_realization, settings["tail_floor"]),
        "maxima": TailSample(maxima, np.arange(maxima.size), maxima.size, float(maxima.min())),
    }
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("fits", "scan", "convergence", "comparisons")
    }
    for name, sample in samples.items():
        enough = settings["min_realizations"] if name == "maxima" else settings["min_tail"]
        for table, found in _tail_of_sample(sample, settings, enough, rng).items():
            parts[table].append(found.assign(sample=name))
    return {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}


def _tail_of_sample(
    sample: TailSample, settings: Mapping[str, Any], min_tail: int, rng: np.random.Generator
) -> Tables:
    n_resamples, least = settings["n_resamples"], settings["min_realizations"]
    weights = bootstrap_weights(sample.n_realizations, n_resamples, rng)
    tables = {name: pd.DataFrame() for name in ("scan", "convergence", "comparisons")}
    try:
        fit = fit_tail(sample, weights, rng, min_tail, least)
    except TooFewDataError as error:
        row = {"n_realizations": sample.n_realizations, "status": TOO_FEW, "reason": str(error)}
        return {**tables, "fits": pd.DataFrame([row])}
    thresholds = candidate_thresholds(sample, min_tail)
    curve = exponent_scan(sample, thresholds, weights)
    tables["scan"] = _curve_table(curve, "x_min", "exponent")
    sizes = np.unique(np.rint(np.geomspace(least, sample.n_realizations, 8)).astype(int))
    fits = exponent_convergence(sample, list(sizes), n_resamples, rng, min_tail, least)
    tables["convergence"] = pd.DataFrame([_fit_row(found) for found in fits])
    tables["comparisons"] = pd.DataFrame([asdict(found) for found in fit.comparisons])
    return {**tables, "fits": pd.DataFrame([{**_fit_row(fit), "reason": ""}])}


def _fit_row(fit: TailFit) -> dict[str, Any]:
    return {
        **_estimate_row(fit.exponent),
        "x_min": fit.x_min,
        "distance": fit.distance,
        "n_tail": fit.n_tail,
        "independent_error": fit.independent_error,
    }


def mode_counts(frequencies: pd.DataFrame, n_resamples: int, rng: np.random.Generator) -> Curve:
    """Number of modes per glass below a frequency, with intervals over realizations.

    ``frequencies`` (realization, frequency) has the lowest modes of every glass. The curve
    ends at the lowest of their highest, above which not every glass has all of its modes
    in the table. Where D(omega) ~ omega^4, the number grows as omega^5.
    """
    owners, columns = np.unique(frequencies["realization"], return_inverse=True)
    values = frequencies["frequency"].to_numpy()
    complete = float(frequencies.groupby("realization")["frequency"].max().min())
    x = np.geomspace(values.min(), max(complete, values.min()), 100)
    cell = columns * (x.size + 1) + np.searchsorted(x, values * (1 - 1e-12), side="left")
    number = np.bincount(cell, np.ones(cell.size), owners.size * (x.size + 1))
    below = number.reshape(owners.size, -1).cumsum(axis=1)[:, :-1]
    weights = bootstrap_weights(owners.size, n_resamples, rng)
    lower, upper = percentile_interval(weights @ below / owners.size)
    return Curve(x, below.mean(axis=0), lower, upper, below.sum(axis=0), owners.size)


# --- prediction of plastic events -----------------------------------------------------------


def prediction_tables(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> Tables:
    """F_n and its companions for every map, with what chance gives.

    Parameters
    ----------
    events : one row per realization, map and event: realization, map, ordinal, x, y(, z),
        delta_epsilon, rank, n_spots, percentile
    spots : one row per realization, map and spot: realization, map, rank, delta_epsilon,
        x, y(, z)
    summary : the realizations that did not fail: realization, box_x, box_y(, box_z)
    settings : ``n_resamples``, ``min_realizations``, ``min_events``, ``n_shifts``

    Returns
    -------
    dict with ``curves``, ``ratios`` and ``estimates``
    """
    scored = _scored(events, summary)
    chance = _scored(_chance(events, spots, summary, settings["n_shifts"], rng), summary)
    weights = bootstrap_weights(len(summary), settings["n_resamples"], rng)
    curves: list[pd.DataFrame] = []
    ratios: list[pd.DataFrame] = []
    estimates: list[dict[str, Any]] = []
    for (name, source), of_map in pd.concat([scored, chance]).groupby(["map", "source"]):
        for ordinal, rows in of_map.groupby("ordinal"):
            labels = {"map": name, "source": source, "ordinal": ordinal}
            curves += _curves(rows, weights, labels)
            estimates += _estimates(rows, weights, labels, settings)
    for ordinal, rows in scored.groupby("ordinal"):
        found, largest = _ratios(rows, weights, int(ordinal), settings)
        ratios += found
        estimates += largest
    return {
        "curves": pd.concat(curves, ignore_index=True),
        "ratios": pd.concat(ratios, ignore_index=True) if ratios else pd.DataFrame(),
        "estimates": pd.DataFrame(estimates),
    }


def parameter_table(
    scores: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimates of the prediction for every choice of every free parameter.

    ``scores`` has the columns of the events in :func:`prediction_tables`, and parameter and
    setting; the same resamples of realizations are used for all choices.
    """
    scored = _scored(scores, summary)
    weights = bootstrap_weights(len(summary), settings["n_resamples"], rng)
    rows: list[dict[str, Any]] = []
    names = ["parameter", "setting", "map", "ordinal"]
    for values, part in scored.groupby(names, sort=False):
        labels = dict(zip(names, values, strict=True))
        rows += _estimates(part, weights, labels, settings)
    return pd.DataFrame(rows)


def system_size_table(
    estimates: Mapping[str, pd.DataFrame], n_particles: Mapping[str, int]
) -> pd.DataFrame:
    """Estimates of the compared maps and of their ratio, of ensembles of several sizes.

    Parameters
    ----------
    estimates : by ensemble, as :func:`prediction_tables` returns them
    n_particles : by ensemble, N

    Returns
    -------
    DataFrame
        The rows of the maps ``lte``, ``nm`` and ``lte/nm``, unchanged, with the columns
        ensemble and n_particles, in ascending order of N.
    """
    names = [*COMPARED, "/".join(COMPARED)]
    parts = [
        table[table["map"].isin(names)].assign(ensemble=name, n_particles=n_particles[name])
        for name, table in sorted(estimates.items(), key=lambda item: n_particles[item[0]])
    ]
    return pd.concat(parts, ignore_index=True)


def _scored(events: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """Events of the realizations of the summary, with every score and a column index."""
    column = pd.Series(np.arange(len(summary)), index=summary["realization"])
    rows = events[events["realization"].isin(column.index)].copy()
    rows["column"] = column.loc[rows["realization"]].to_numpy()
    rows["spot_fraction"] = rows["rank"] / rows["n_spots"]
    if "percentile" in rows:
        rows["area_fraction"] = 1.0 - rows["percentile"]
    return rows if "source" in rows else rows.assign(source="events")


def _chance(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    n_shifts: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Scores of the events against spots of other realizations, and of random points."""
    axes = [axis for axis in "xyz" if axis in spots]
    boxes = list(summary[[f"box_{axis}" for axis in axes]].to_numpy())
    shifts = min(n_shifts, len(boxes) - 1)
    parts: list[pd.DataFrame] = []
    for name, of_map in spots.groupby("map"):
        known = dict(list(of_map.sort_values("rank").groupby("realization")))
        tables = [known[r] for r in summary["realization"]]
        places = [table[axes].to_numpy() for table in tables]
        mine = dict(list(events[events["map"] == name].groupby("realization")))
        empty = events.iloc[:0]
        of_events = [mine.get(r, empty) for r in summary["realization"]]
        if shifts > 0:
            at = [rows[axes].to_numpy() for rows in of_events]
            parts += _met(chance_scores(at, places, boxes, shifts), of_events, tables, name)
        parts += _random(places, tables, boxes, name, rng)
    return pd.concat(parts, ignore_index=True)


def _met(
    found: list[Any], of_events: list[pd.DataFrame], tables: list[pd.DataFrame], name: Any
) -> Iterable[pd.DataFrame]:
    for r, rows in enumerate(found):
        for shift, nearest in enumerate(rows, start=1):
            other = tables[(r + shift) % len(tables)]
            scored = _spots_met(other, nearest, name, "other realization")
            yield scored.assign(
                realization=of_events[r]["realization"].to_numpy(),
                ordinal=of_events[r]["ordinal"].to_numpy(),
            )


def _random(
    places: list[FloatArray],
    tables: list[pd.DataFrame],
    boxes: list[FloatArray],
    name: Any,
    rng: np.random.Generator,
    n_points: int = 50,
) -> Iterable[pd.DataFrame]:
    for spots, table, box in zip(places, tables, boxes, strict=True):
        nearest, _ = nearest_spot(rng.random((n_points, box.size)) * box, spots, box)
        scored = _spots_met(table, nearest, name, "random points")
        yield scored.assign(realization=table["realization"].iloc[0], ordinal=0)


def _spots_met(table: pd.DataFrame, nearest: Any, name: Any, source: str) -> pd.DataFrame:
    met = table[["delta_epsilon", "rank"]].iloc[nearest].reset_index(drop=True)
    return met.assign(n_spots=len(table), map=name, source=source)


def _thresholds(score: str, rows: pd.DataFrame) -> FloatArray:
    if score == "delta_epsilon":
        last = min(_LARGEST_DELTA_EPSILON, max(2.0, float(rows[score].max())))
        steps = int(np.ceil((last - 1.0) / _STEP_DELTA_EPSILON - 1e-9))
        return np.round(1.0 + _STEP_DELTA_EPSILON * np.arange(steps + 1), 6)
    if score == "rank":
        return np.arange(1, int(rows["n_spots"].max()) + 1, dtype=np.float64)
    return np.linspace(0.0, 1.0, 101)


def _curves(
    rows: pd.DataFrame, weights: FloatArray, labels: Mapping[str, Any]
) -> Iterable[pd.DataFrame]:
    for score in SCORES:
        if rows.get(score) is None or rows[score].isna().any():
            continue  # chance has no place in the field, hence no area fraction
        x = _thresholds(score, rows)
        curve = predicted_fraction(rows[score], rows["column"], x, weights)
        yield _curve_table(curve, "x", "fraction", against=score, **labels)


def _estimates(
    rows: pd.DataFrame, weights: FloatArray, labels: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterable[dict[str, Any]]:
    """F_n(1), F_n(2) and mean scores of one map and ordinal."""
    with_event = rows["column"].nunique()
    counted = {
        **labels,
        "n_events": len(rows),
        "n_missing": weights.shape[1] - with_event,
        "status": FITTED if with_event >= settings["min_realizations"] else TOO_FEW,
    }
    marks = np.array([1.0, 2.0])
    curve = predicted_fraction(rows["delta_epsilon"], rows["column"], marks, weights)
    for k, mark in enumerate(marks):
        ends = float(curve.lower[k]), float(curve.upper[k])
        found = Estimate(float(curve.estimate[k]), *ends, n_realizations=curve.n_realizations)
        yield {**_estimate_row(found), **counted, "quantity": f"F({mark:g})"}
    for score in ("percentile", "rank", "spot_fraction", "distance"):
        if rows.get(score) is None or rows[score].isna().any():
            continue
        values, columns = rows[score].to_numpy(dtype=float), rows["column"].to_numpy()
        found = mean_with_interval(values, columns, weights)
        yield {**_estimate_row(found), **counted, "quantity": f"mean {score}"}


def _ratios(
    rows: pd.DataFrame, weights: FloatArray, ordinal: int, settings: Mapping[str, Any]
) -> tuple[list[pd.DataFrame], list[dict[str, Any]]]:
    """Ratio of the fractions of two maps on the same n-th events, and its largest value."""
    ours, reference = (
        rows[rows["map"] == name].sort_values("column").reset_index(drop=True) for name in COMPARED
    )
    curves: list[pd.DataFrame] = []
    estimates: list[dict[str, Any]] = []
    if ours.empty or reference.empty:
        return curves, estimates
    labels = {"map": f"{COMPARED[0]}/{COMPARED[1]}", "source": "events", "ordinal": ordinal}
    for score in SCORES:
        x = _thresholds(score, pd.concat([ours, reference]))
        arguments = (ours[score], reference[score], ours["column"], x, weights)
        curve = fraction_ratio(*arguments, settings["min_events"])
        curves.append(_curve_table(curve, "x", "ratio", against=score, **labels))
        row = {
            **labels,
            "quantity": f"largest ratio against {score}",
            "n_events": len(ours),
            "n_missing": weights.shape[1] - ours["column"].nunique(),
            "n_realizations": weights.shape[1],
            "status": TOO_FEW,
        }
        if curve.x.size and ours["column"].nunique() >= settings["min_realizations"]:
            found = largest_ratio(*arguments, settings["min_events"])
            row |= _estimate_row(found)
        estimates.append(row)
    return curves, estimates


# --- shared ---------------------------------------------------------------------------------


def _curve_table(curve: Curve, x: str, estimate: str, **labels: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            x: curve.x,
            estimate: curve.estimate,
            "lower": curve.lower,
            "upper": curve.upper,
            "count": curve.counts,
        }
    )
    return table.assign(n_realizations=curve.n_realizations, **labels)


def _estimate_row(found: Estimate) -> dict[str, Any]:
    return {
        "value": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "n_realizations": found.n_realizations,
        "status": FITTED,
    }
