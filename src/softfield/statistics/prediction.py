"""F_n: the fraction of n-th events that a map predicts, and what chance gives.

The scores of many realizations (:mod:`softfield.softness.scores`) give cumulative curves with
bootstrap bands (:func:`predicted_fraction`), the ratio of two maps on the same events
(:func:`fraction_ratio`), and what chance alone gives (:func:`chance_scores`). The n-th
events of the realizations that have one are all the n-th events there are: F_n divides by
their number, and whoever reports it counts the realizations without one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, TooFewDataError
from ..glass import FloatArray, IndexArray
from ..softness.scores import nearest_spot
from .resampling import LEVEL, Curve, Estimate, percentile_interval


def predicted_fraction(
    scores: npt.ArrayLike,
    realization: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    weights: FloatArray,
    level: float = LEVEL,
) -> Curve:
    """Fraction of events with a score <= each threshold: F_n for scores Delta eps.

    Parameters
    ----------
    scores : (K,) of the n-th events
    realization : (K,) column of ``weights`` that each event belongs to
    thresholds : (G,) ascending
    weights : (n_resamples, R) from :func:`softfield.statistics.resampling.bootstrap_weights`

    Raises
    ------
    TooFewDataError
        If there is no event.
    """
    x = np.asarray(thresholds, dtype=np.float64)
    counted, events = _counted(scores, realization, x, weights.shape[1])
    samples = _fractions(counted, events, weights)
    lower, upper = percentile_interval(samples, level)
    estimate = counted.sum(axis=0) / events.sum()
    n_events = np.full(x.size, events.sum())
    return Curve(x, estimate, lower, upper, n_events, weights.shape[1], level)


def fraction_ratio(
    scores: npt.ArrayLike,
    reference: npt.ArrayLike,
    realization: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    weights: FloatArray,
    min_events: int = 10,
    level: float = LEVEL,
) -> Curve:
    """Ratio of two predicted fractions on the same events, delta F_n of the paper.

    Only thresholds at which the ``reference`` counts at least ``min_events`` events are
    kept: below that the ratio is noise. The interval draws both from the same
    realizations; where a resample of the reference counts none, the ratio is infinite.

    Returns
    -------
    Curve
        ``counts`` are the events that the reference counts.
    """
    terms = _ratio_terms(scores, reference, realization, thresholds, weights, min_events)
    x, numerator, denominator = terms
    n_realizations = weights.shape[1]
    if x.size == 0:
        empty = np.empty(0)
        return Curve(x, empty, empty, empty, empty, n_realizations, level)
    lower, upper = percentile_interval(_ratios(numerator, denominator, weights), level)
    counts = denominator.sum(axis=0)
    estimate = numerator.sum(axis=0) / counts
    return Curve(x, estimate, lower, upper, counts, n_realizations, level)


def largest_ratio(
    scores: npt.ArrayLike,
    reference: npt.ArrayLike,
    realization: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    weights: FloatArray,
    min_events: int = 10,
    level: float = LEVEL,
) -> Estimate:
    """Largest value of :func:`fraction_ratio` over the thresholds, with its interval.

    The largest of many noisy numbers is biased upwards in a small ensemble, in the
    estimate and in every resample alike.

    Raises
    ------
    TooFewDataError
        If the reference counts ``min_events`` events nowhere.
    """
    terms = _ratio_terms(scores, reference, realization, thresholds, weights, min_events)
    x, numerator, denominator = terms
    if x.size == 0:
        raise TooFewDataError(
            f"the reference counts {min_events} events at no threshold (there are "
            f"{np.size(scores)}); run more realizations."
        )
    largest = _ratios(numerator, denominator, weights).max(axis=1)
    lower, upper = percentile_interval(largest, level)
    value = float((numerator.sum(axis=0) / denominator.sum(axis=0)).max())
    return Estimate(value, float(lower), float(upper), weights.shape[1], level)


def chance_scores(
    places: Sequence[FloatArray],
    spots: Sequence[FloatArray],
    boxes: Sequence[FloatArray],
    n_shifts: int,
) -> list[IndexArray]:
    """Index of the nearest spot when events meet the spots of *other* realizations.

    Parameters
    ----------
    places : R arrays (E_r, d), the events of each realization
    spots : R arrays (S_r, d), its spots, softest first
    boxes : R arrays (d,)
    n_shifts : int
        Events of realization r meet the spots of r + 1, ..., r + n_shifts (cyclic);
        at most R - 1. Places are scaled to the other box.

    Returns
    -------
    R arrays (n_shifts, E_r) of indices into the spots of those realizations.

    Raises
    ------
    TooFewDataError
        If there are fewer than ``n_shifts`` + 1 realizations.
    """
    count = len(places)
    if not 1 <= n_shifts < count:
        raise TooFewDataError(
            f"events of {count} realizations cannot meet the spots of {n_shifts} others; "
            "run more realizations."
        )
    found = []
    for r in range(count):
        rows = []
        for shift in range(1, n_shifts + 1):
            other = (r + shift) % count
            scaled = places[r] * (boxes[other] / boxes[r])
            rows.append(nearest_spot(scaled, spots[other], boxes[other])[0])
        found.append(np.stack(rows))
    return found


def _counted(
    scores: npt.ArrayLike, realization: npt.ArrayLike, thresholds: FloatArray, n_realizations: int
) -> tuple[FloatArray, FloatArray]:
    """Events with a score up to each threshold (R, G), and all events (R,), by realization."""
    values, owner = np.asarray(scores, dtype=np.float64), np.asarray(realization, dtype=np.intp)
    if values.size == 0:
        raise TooFewDataError("there is no event to count; run more realizations.")
    if values.shape != owner.shape:
        raise InvalidSettingError(
            f"{values.size} scores for {owner.size} events; give one score for every event."
        )
    columns = thresholds.size + 1
    cell = owner * columns + np.searchsorted(thresholds, values, side="left")
    number = np.bincount(cell, minlength=n_realizations * columns).reshape(-1, columns)
    cumulative = number.cumsum(axis=1).astype(np.float64)
    return cumulative[:, :-1], cumulative[:, -1]


def _fractions(counted: FloatArray, events: FloatArray, weights: FloatArray) -> FloatArray:
    """(n_resamples, G) fractions; resamples without any event are left out."""
    total = weights @ events
    return (weights @ counted)[total > 0] / total[total > 0, None]


def _ratio_terms(
    scores: npt.ArrayLike,
    reference: npt.ArrayLike,
    realization: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    weights: FloatArray,
    min_events: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Thresholds where the reference counts enough, and both counts (R, G') there."""
    x, n_realizations = np.asarray(thresholds, dtype=np.float64), weights.shape[1]
    numerator, _ = _counted(scores, realization, x, n_realizations)
    denominator, _ = _counted(reference, realization, x, n_realizations)
    enough = denominator.sum(axis=0) >= max(min_events, 1)
    return x[enough], numerator[:, enough], denominator[:, enough]


def _ratios(numerator: FloatArray, denominator: FloatArray, weights: FloatArray) -> FloatArray:
    above, below = weights @ numerator, weights @ denominator
    ratios = np.full(above.shape, np.inf)
    np.divide(above, below, out=ratios, where=below > 0)
    return ratios
