"""Which way and at what strain glasses yield, against what their soft spots say at rest.

Tables in, tables out, as :mod:`softfield.statistics.event_tables`; all of first events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TooFewDataError
from ..glass import FloatArray, IndexArray
from .event_tables import NEAR
from .fractions import fractions
from .resampling import (
    TOO_FEW,
    Estimate,
    Tables,
    bootstrap_weights,
    estimate_row,
    mean_with_interval,
    percentile_interval,
)

#: The map whose softest spot the paper speaks of, and the one that predicts strains.
SOFTEST, STRAINS = "lte", "predicted"

#: Degrees: edges of the histogram of the angle between orientation and direction of shear.
ANGLES = tuple(range(0, 91, 15))


def orientation_tables(
    scores: pd.DataFrame,
    polarities: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> Tables:
    """What orientation and strain say of first events in several directions.

    Parameters
    ----------
    scores : a row per realization, direction, map and event: realization, direction, map, ordinal,
        strain, rank, first_distance, first_softness
    polarities : a row per realization, direction and event: realization, direction, ordinal,
        polarity, distance (:func:`softfield.softness.orientation.event_polarities`)
    summary : the realizations that did not fail
    settings : ``n_resamples``, ``min_realizations``

    Returns
    -------
    dict with ``orientations``: quantity, value, lower, upper, n_events, n_realizations, status,
    reason; and ``strains``: realization, direction, measured, predicted, right, with a row for each
    first event for which a strain was predicted

    Raises
    ------
    TooFewDataError
        If there is no first event.
    """
    column = pd.Series(np.arange(len(summary)), index=summary["realization"])
    first, polar = (
        table[(table["ordinal"] == 1) & table["realization"].isin(column.index)]
        for table in (scores, polarities)
    )
    if first.empty:
        raise TooFewDataError("no realization of the summary has an event; shear further.")
    weights = bootstrap_weights(len(summary), settings["n_resamples"], rng)
    rows = _Rows(column, weights, settings["min_realizations"])
    strains = predicted_strains(first)
    near = polar[polar["distance"] <= NEAR]
    found = [
        *_of_softest_spots(first[first["map"] == SOFTEST], rows),
        *_of_angles(polar, near, rows),
        *_of_strains(strains, rows),
    ]
    return {"orientations": pd.DataFrame(found), "strains": strains}


def predicted_strains(first: pd.DataFrame) -> pd.DataFrame:
    """Strains of first events, those predicted, and whether the first choice was near."""
    rows = first[(first["map"] == STRAINS) & (first["first_softness"] > 0)]
    return pd.DataFrame(
        {
            "realization": rows["realization"],
            "direction": rows["direction"],
            "measured": rows["strain"],
            "predicted": 1.0 / rows["first_softness"],
            "right": rows["first_distance"] <= NEAR,
        }
    ).reset_index(drop=True)


class _Rows:
    """Rows of the table of estimates; glasses are the units."""

    def __init__(self, column: pd.Series, weights: FloatArray, least: int) -> None:
        self.column, self.weights, self.least = column, weights, least

    def owners(self, table: pd.DataFrame) -> IndexArray:
        return self.column.loc[table["realization"]].to_numpy(dtype=np.intp)

    def row(
        self, quantity: str, table: pd.DataFrame, estimate: Callable[[], Estimate]
    ) -> dict[str, Any]:
        glasses = table["realization"].nunique()
        row: dict[str, Any] = {
            "quantity": quantity, "n_events": len(table), "n_realizations": glasses,
            "status": TOO_FEW, "reason": "",
        }  # fmt: skip
        try:
            row |= estimate_row(estimate())
        except TooFewDataError as error:
            return row | {"reason": str(error)}
        row["n_realizations"] = glasses
        if glasses < self.least:
            row |= {"status": TOO_FEW, "reason": f"{glasses} glasses, fewer than {self.least}."}
        return row

    def share(self, quantity: str, table: pd.DataFrame, hits: Any) -> dict[str, Any]:
        """Share of the rows of a table for which ``hits`` is true."""
        missed = 1.0 - np.asarray(hits, dtype=np.float64)

        def found() -> Estimate:
            return fractions(missed, self.owners(table), [0.5], len(self.column)).estimate()

        return self.row(quantity, table, found)

    def mean(self, quantity: str, table: pd.DataFrame, values: pd.Series) -> dict[str, Any]:
        numbers = values.to_numpy(dtype=np.float64)
        return self.row(
            quantity, table, lambda: mean_with_interval(numbers, self.owners(table), self.weights)
        )


def _of_softest_spots(scores: pd.DataFrame, rows: _Rows) -> Iterator[dict[str, Any]]:
    """In how many directions the softest spot of a glass is the one nearest to the first event."""
    if scores.empty:
        return
    yields = scores.assign(yields=scores["rank"] == 1)
    yield rows.share("softest spot yields first", yields, yields["yields"])
    directions = yields["direction"].nunique()
    of_glass = yields.groupby("realization")["yields"].agg(["sum", "count"]).reset_index()
    complete = of_glass[of_glass["count"] == directions]
    for number in range(directions + 1):
        words = f"softest spot yields first in {number} of {directions}"
        yield rows.share(words, complete, complete["sum"] == number)
    yield rows.share("softest spot yields first in any", complete, complete["sum"] > 0)


def _of_angles(polar: pd.DataFrame, near: pd.DataFrame, rows: _Rows) -> Iterator[dict[str, Any]]:
    """How the orientation of the mode at an event fits the direction in which it yielded."""
    if polar.empty:
        return
    yield rows.share("a mode at the event", polar, polar["distance"] <= NEAR)
    if near.empty:
        return
    yield rows.mean("polarity", near, near["polarity"])
    angle = np.degrees(np.arccos(near["polarity"].clip(-1, 1))) / 2
    yield rows.mean("angle", near, angle)
    for low, high in pairwise(ANGLES):
        inside = (angle >= low) & ((angle < high) | (high == ANGLES[-1]))
        yield rows.share(f"angle {low} to {high}", near, inside)


def _of_strains(strains: pd.DataFrame, rows: _Rows) -> Iterator[dict[str, Any]]:
    """Predicted against measured strains."""
    if strains.empty:
        return
    estimate = partial(_correlation, strains, rows.owners(strains), rows.weights)
    yield rows.row("correlation of log strains", strains, estimate)
    right = strains[strains["right"]]
    if len(right):
        ratio = np.log(right["predicted"] / right["measured"])
        yield rows.mean("mean log of predicted over measured strain, where right", right, ratio)


def _correlation(strains: pd.DataFrame, owners: IndexArray, weights: FloatArray) -> Estimate:
    """Pearson's coefficient of the logarithms; percentiles of the bootstrap over glasses."""
    x, y = (np.log(strains[name].to_numpy()) for name in ("measured", "predicted"))
    x, y = x - x.mean(), y - y.mean()
    moments = [np.ones(x.size), x, y, x * x, y * y, x * y]
    n_glasses = weights.shape[1]
    sums = np.stack([np.bincount(owners, m, n_glasses) for m in moments])
    value = _coefficient(sums.sum(axis=1))
    if not np.isfinite(value) or np.unique(owners).size < 3:
        raise TooFewDataError("fewer than three glasses have strains that differ; run more.")
    drawn = _coefficient(sums @ weights.T)
    lower, upper = percentile_interval(drawn[np.isfinite(drawn)])
    return Estimate(float(value), float(lower), float(upper), n_glasses)


def _coefficient(sums: FloatArray) -> FloatArray:
    """From sums of 1, x, y, x^2, y^2 and x y."""
    n, x, y, xx, yy, xy = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y))
    return np.clip(found, -1.0, 1.0)  # beyond by rounding
