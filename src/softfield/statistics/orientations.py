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
    jackknife_interval,
    mean_with_interval,
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
    settings : ``n_resamples``, ``min_realizations``, and ``near_radius`` where it is not NEAR

    Returns
    -------
    dict with ``orientations``: quantity, value, lower, upper, n_events, n_realizations, chance (of
    orientations at random, where that is known), directions (of shear, in alphabetical order),
    status, reason; and ``strains``: realization, direction, measured, predicted, right, with a row
    for each first event for which a strain was predicted

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
    reach = settings.get("near_radius", NEAR)
    strains = predicted_strains(first, reach)
    polar = polar.assign(near=polar["distance"] <= reach)
    found = pd.DataFrame([
        *_of_softest_spots(first[first["map"] == SOFTEST], rows),
        *_of_angles(polar, rows, 3 if "box_z" in summary else 2),
        *_of_strains(strains, rows),
    ])  # fmt: skip
    found["directions"] = " ".join(sorted(set(first["direction"])))
    return {"orientations": found, "strains": strains}


def share_of_angles(low: float, high: float, dimension: int) -> float:
    """Share of angles in [low, high) degrees by chance.

    The cosine of twice the angle is that between two symmetric traceless tensors, which have two
    components in two dimensions and five in three. By chance all directions in the space of these
    are alike. In three dimensions a tensor of given shape that is turned at random does not reach
    all of them: of (1, 0, -1) 0.016, 0.133 and 0.351 are in the first three sixths, where this
    has 0.013, 0.143 and 0.344.
    """
    if dimension == 2:
        return (high - low) / 90.0
    first, last = np.cos(2 * np.radians([low, high]))
    return float(0.75 * (first - last - (first**3 - last**3) / 3.0))


def predicted_strains(first: pd.DataFrame, reach: float = NEAR) -> pd.DataFrame:
    """Strains of first events, those predicted, and whether the first choice was near."""
    rows = first[(first["map"] == STRAINS) & (first["first_softness"] > 0)]
    return pd.DataFrame(
        {
            "realization": rows["realization"],
            "direction": rows["direction"],
            "measured": rows["strain"],
            "predicted": 1.0 / rows["first_softness"],
            "right": rows["first_distance"] <= reach,
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

    def mean(
        self,
        quantity: str,
        table: pd.DataFrame,
        values: pd.Series,
        within: tuple[float, float] = (-np.inf, np.inf),
    ) -> dict[str, Any]:
        """Mean of the values of the rows of a table, which lie ``within`` a range."""
        numbers = values.to_numpy(dtype=np.float64)

        def found() -> Estimate:
            return mean_with_interval(numbers, self.owners(table), self.weights, within=within)

        return self.row(quantity, table, found)


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


def _of_angles(polar: pd.DataFrame, rows: _Rows, dimension: int) -> Iterator[dict[str, Any]]:
    """How the orientation of the mode at an event fits the direction in which it yielded."""
    if polar.empty:
        return
    yield rows.share("a mode at the event", polar, polar["near"])
    near = polar[polar["near"]]
    if near.empty:
        return
    yield rows.mean("polarity", near, near["polarity"], (-1.0, 1.0)) | {"chance": 0.0}
    angle = np.degrees(np.arccos(near["polarity"].clip(-1, 1))) / 2
    yield rows.mean("angle", near, angle, (0.0, 90.0))
    for low, high in pairwise(ANGLES):
        inside = (angle >= low) & ((angle < high) | (high == ANGLES[-1]))
        chance = share_of_angles(low, high, dimension)
        yield rows.share(f"angle {low} to {high}", near, inside) | {"chance": chance}


def _of_strains(strains: pd.DataFrame, rows: _Rows) -> Iterator[dict[str, Any]]:
    """Predicted against measured strains."""
    if strains.empty:
        return
    estimate = partial(_correlation, strains, rows.owners(strains))
    yield rows.row("correlation of log strains", strains, estimate)
    right = strains[strains["right"]]
    if len(right):
        ratio = np.log(right["predicted"] / right["measured"])
        yield rows.mean("mean log of predicted over measured strain, where right", right, ratio)


def _correlation(strains: pd.DataFrame, owners: IndexArray) -> Estimate:
    """Pearson's coefficient r of the logarithms.

    The interval is that of the jackknife over glasses for Fisher's z = artanh r. Percentiles of a
    bootstrap cover 79 % with three glasses.
    """
    x, y = (np.log(strains[name].to_numpy()) for name in ("measured", "predicted"))
    x, y = x - x.mean(), y - y.mean()
    moments = [np.ones(x.size), x, y, x * x, y * y, x * y]
    glasses, column = np.unique(owners, return_inverse=True)
    sums = np.stack([np.bincount(column, m) for m in moments])
    total, n = sums.sum(axis=1), glasses.size
    value, without_one = _coefficient(total), _coefficient(total[:, None] - sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        z, z_without = np.arctanh(value), np.arctanh(without_one)
    ends = jackknife_interval(np.array([z]), z_without[:, None])
    lower, upper = (float(np.tanh(end[0])) for end in ends)
    # of two strains r is 1 or -1, of equal ones nothing: such glasses give no interval
    if n < 3 or total[0] - sums[0].max() < 3 or not lower < upper:
        raise TooFewDataError("fewer than three glasses have strains that differ; run more.")
    return Estimate(float(value), lower, upper, n)


def _coefficient(sums: FloatArray) -> FloatArray:
    """From sums of 1, x, y, x^2, y^2 and x y."""
    n, x, y, xx, yy, xy = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y))
    return np.clip(found, -1.0, 1.0)  # beyond by rounding
