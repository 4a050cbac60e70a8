"""Rearrangements at temperatures and rates: how many came, when, and how well they are predicted.

A *point* is a temperature with a rate of shear, 0 at rest. What is estimated at each is what
:mod:`softfield.statistics.event_tables` has for plastic events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import TooFewDataError
from ..glass import minimum_image
from .event_tables import NEAR, class_estimates, prediction_tables
from .fractions import fractions
from .resampling import (
    FITTED,
    TOO_FEW,
    bootstrap_weights,
    commonest,
    estimate_row,
    mean_with_interval,
)

#: Quantities of the prediction that are followed along temperature and rate.
QUANTITIES = ("F(1)", "excess F(1)", "first choice near", "mean percentile", "mean rank",
              "mean spot_fraction")  # fmt: skip

#: The quantity of :func:`barrier_table`.
BARRIERS = "log10 of barrier over prediction"

#: Reason why a glass has no barrier where all of its points were sheared.
NOT_AT_REST = "the glass was not watched at rest"

#: Ends of the intervals of time, decades, in which events count together; fixed before any were
#: seen. An event at an end belongs to the interval that ends there.
TIME_EDGES = (0.0, 1.0, 10.0, 100.0, 1000.0, np.inf)

#: Two minima of a glass are the same where their energies differ by less than this share of the
#: largest drop between two: far above rounding, far below what a rearrangement changes.
SAME_ENERGY = 1e-5

_POINT = ["temperature", "rate"]

_NOTHING_HAPPENED = (
    "no glass left its minimum at any temperature or rate; watch for longer (thermal.max_time, "
    "thermal.max_strain)."
)

_ALL_FAILED = (
    "the glasses that left their minimum failed in some stage, which the summary of the ensemble "
    "names; mend the cause."
)


def thermal_estimates(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """``QUANTITIES`` of every map at every point, with what chance gives.

    Parameters
    ----------
    events : as :func:`softfield.statistics.event_tables.prediction_tables` takes them, and
        temperature, rate
    spots, summary, settings, rng : as there

    Returns
    -------
    DataFrame
        The rows of its ``estimates``, with the columns temperature and rate.

    Raises
    ------
    TooFewDataError
        If no point has an event.
    InvalidSettingError
        As :func:`softfield.statistics.event_tables.prediction_tables`.
    """

    def of_point(rows: pd.DataFrame, met: pd.DataFrame) -> pd.DataFrame:
        return prediction_tables(rows, met, summary, settings, rng)["estimates"]

    return _at_points(events, spots, of_point)


def estimates_in_time(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """``QUANTITIES`` of every map at every point, of the events between two of ``TIME_EDGES``.

    Parameters, errors and columns are those of :func:`thermal_estimates`; the events have a
    ``time``, too. In place of the ordinal there are ``after`` and ``until``, between which the
    events came. All events of a glass count, so that the glass is the unit of the intervals.
    """
    edges = np.array(TIME_EDGES)
    last = np.searchsorted(edges, events["time"], side="left")

    def of_point(rows: pd.DataFrame, met: pd.DataFrame) -> pd.DataFrame:
        found = class_estimates(rows, met, summary, settings, rng)
        found = found[found["ordinal"] > 0]  # random points have no time
        ends = found.pop("ordinal").to_numpy(dtype=np.intp)
        return found.assign(after=edges[ends - 1], until=edges[ends])

    return _at_points(events.assign(ordinal=last), spots, of_point)


def _at_points(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    estimates: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """What is estimated of the events at every point, from the spots for their shear."""
    parts = []
    spots = spots[spots["direction"].isin(events["direction"])]
    for (temperature, rate), of_point in events.groupby(_POINT):
        try:
            found = estimates(of_point, spots)
        except TooFewDataError:  # the summary has none of the glasses with an event here
            continue
        rows = found[found["quantity"].isin(QUANTITIES)]
        parts.append(rows.assign(temperature=temperature, rate=rate))
    if not parts:
        raise TooFewDataError(_NOTHING_HAPPENED if events.empty else _ALL_FAILED)
    return pd.concat(parts, ignore_index=True)


def returns(energy_drops: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each event (E,) of a glass at rest led to a minimum that it had been in before.

    ``energy_drops`` (E,) are those of all its events, in their order: minima are known by their
    energy, to ``SAME_ENERGY``.
    """
    drops = np.asarray(energy_drops, dtype=np.float64)
    energy = np.concatenate([[0.0], -np.cumsum(drops)])
    same = np.abs(energy[:, None] - energy) < SAME_ENERGY * np.abs(drops).max(initial=0.0)
    found: npt.NDArray[np.bool_] = np.tril(same, -1).any(axis=1)[1:]
    return found


def at_earlier_places(
    places: npt.ArrayLike, box: npt.ArrayLike, reach: float = NEAR
) -> npt.NDArray[np.bool_]:
    """Whether each event (E,) lies within ``reach`` of the place of an earlier one of the glass.

    ``places`` (E, d) in the box (d,) of an unsheared glass, in the order of the events.
    """
    at = np.asarray(places, dtype=np.float64)
    away = np.linalg.norm(minimum_image(at[:, None] - at, box), axis=-1)
    found: npt.NDArray[np.bool_] = np.tril(away <= reach, -1).any(axis=1)
    return found


def passage_table(
    points: pd.DataFrame, summary: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """How many glasses left their minimum at every point, and when.

    Parameters
    ----------
    points : one row per realization and point: realization, temperature, rate, n_events,
        n_returns, n_repeats, n_flickers, watched, first_time, first_strain (infinite where no
        event was seen)
    summary : the realizations that did not fail: realization
    settings : ``min_realizations``

    Returns
    -------
    DataFrame
        One row per point and quantity, with value, lower, upper (fractions of glasses: exact
        binomial intervals), n_events (glasses with an event), n_realizations and status. "left":
        share of the glasses that left their minimum. "median time" and "median strain" of the
        first event, infinite where half of the glasses have none: all were watched equally long.
        "flickers": mean number in 100 units of time. Of the events behind the first ones, where
        there are some, "repeats" is the share that lies where the glass had one before
        (:func:`at_earlier_places`), and "returns", at rest, that of those that led back
        (:func:`returns`); ``n_events`` is their number.
    """
    known = points[points["realization"].isin(summary["realization"])]
    rows = [
        {"temperature": temperature, "rate": rate, **row}
        for (temperature, rate), table in known.groupby(_POINT)
        for row in _of_point(table, settings["min_realizations"], rate == 0)
    ]
    return pd.DataFrame(rows)


def barrier_table(
    barriers: pd.DataFrame, settings: Mapping[str, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Barriers of first rearrangements over those of the cubic expansion at their places.

    Parameters
    ----------
    barriers : one row per realization: realization, barrier, predicted, reason (empty where the
        two are a pair)
    settings : ``n_resamples``, ``min_realizations``
    rng : of the bootstrap

    Returns
    -------
    DataFrame
        One row: quantity (BARRIERS: the mean of log10 of the ratio), value, lower, upper,
        n_values, n_realizations (glasses that have a pair), n_missing (that left their minimum and
        have none), status, reason. None where no glass was watched at rest.
    """
    pairs = barriers[barriers["reason"] == ""]
    ratios = np.log10((pairs["barrier"] / pairs["predicted"]).to_numpy(dtype=np.float64))
    row: dict[str, Any] = {
        "quantity": BARRIERS, "value": np.nan, "lower": np.nan, "upper": np.nan,
        "n_values": ratios.size, "n_realizations": ratios.size,
        "n_missing": int(barriers["temperature"].notna().sum()) - ratios.size,
        "status": FITTED, "reason": "",
    }  # fmt: skip
    if len(barriers) and (barriers["reason"] == NOT_AT_REST).all():
        return pd.DataFrame([row])[:0]
    if ratios.size:
        row["value"] = float(ratios.mean())
    if ratios.size < settings["min_realizations"]:
        reasons = barriers.loc[barriers["reason"] != "", "reason"]
        most = f"; most often: {commonest(reasons)[1]}" if len(reasons) else ""
        few = f"{ratios.size} of {len(barriers)} glasses have a barrier beside a soft mode{most}"
        return pd.DataFrame([row | {"status": TOO_FEW, "reason": few}])
    weights = bootstrap_weights(ratios.size, settings["n_resamples"], rng)
    found = mean_with_interval(ratios, np.arange(ratios.size), weights)
    return pd.DataFrame([row | {"lower": found.lower, "upper": found.upper}])


def _of_point(table: pd.DataFrame, least: int, at_rest: bool) -> Iterator[dict[str, Any]]:
    number, left = len(table), int((table["n_events"] > 0).sum())
    head = {
        "n_events": left,
        "n_realizations": number,
        "status": "ok" if number >= least else TOO_FEW,
    }
    missing = np.where(table["n_events"] > 0, 0.0, np.inf)
    share = fractions(missing, np.arange(number), [0.0], number)
    yield {**head, "quantity": "left", **estimate_row(share.estimate()), "status": head["status"]}
    for quantity in ("time", "strain"):
        middle = float(np.median(table[f"first_{quantity}"]))
        yield {**head, "quantity": f"median {quantity}", "value": middle}
    flickers = 100.0 * table["n_flickers"].sum() / table["watched"].sum()
    yield {**head, "quantity": "flickers", "value": float(flickers)}
    later = (table["n_events"] - 1).clip(lower=0).to_numpy()
    if later.sum() == 0:
        return
    enough = "ok" if (later > 0).sum() >= least else TOO_FEW
    head |= {"n_events": int(later.sum()), "status": enough}
    owners = np.repeat(np.arange(number), later)
    for quantity in ("repeats", "returns") if at_rest else ("repeats",):
        hits = table[f"n_{quantity}"].to_numpy()
        counted = np.concatenate([np.arange(n) < k for n, k in zip(later, hits, strict=True)])
        share = fractions(np.where(counted, 0.0, np.inf), owners, [0.0], number)
        yield {**head, "quantity": quantity, **estimate_row(share.estimate()), "status": enough}
