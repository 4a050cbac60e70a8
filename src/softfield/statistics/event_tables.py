"""From tables of single realizations to the tables of F_n and its companions.

Tables in, tables out (pandas). Where data do not suffice, a row says so in its column
``status`` ("too few data"); a largest ratio then has no value. The columns of every table
are listed in ``docs/statistics.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..glass import FloatArray
from ..softness.scores import nearest_spot
from .prediction import chance_scores, fraction_ratio, largest_ratio, predicted_fraction
from .resampling import (
    FITTED,
    TOO_FEW,
    Estimate,
    Tables,
    bootstrap_weights,
    estimate_row,
    mean_with_interval,
)

#: What the fraction of events is plotted against -> the column of scores.
SCORES = ("delta_epsilon", "rank", "spot_fraction", "area_fraction")


#: Map -> map that it is compared with, event by event.
COMPARED = ("lte", "nm")


_LARGEST_DELTA_EPSILON = 10.0


_STEP_DELTA_EPSILON = 0.02


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
        yield curve.table("x", "fraction", against=score, **labels)


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
        yield {**estimate_row(found), **counted, "quantity": f"F({mark:g})"}
    for score in ("percentile", "rank", "spot_fraction", "distance"):
        if rows.get(score) is None or rows[score].isna().any():
            continue
        values, columns = rows[score].to_numpy(dtype=float), rows["column"].to_numpy()
        found = mean_with_interval(values, columns, weights)
        yield {**estimate_row(found), **counted, "quantity": f"mean {score}"}


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
        curves.append(curve.table("x", "ratio", against=score, **labels))
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
            row |= estimate_row(found)
        estimates.append(row)
    return curves, estimates
