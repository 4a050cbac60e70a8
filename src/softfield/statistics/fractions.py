"""Fractions of events, their ratios and differences, with intervals that hold for small counts.

The glass is the unit. Where every glass has at most one event, a fraction is binomial and its
interval exact (Clopper and Pearson, Biometrika 26, 404 (1934)). Where the events of a glass come
together, the number of events is replaced by an effective one, from the variance between glasses
(Korn and Graubard, Survey Methodology 24, 193 (1998)). Ratios and differences of two fractions
take their ends from those of the two (MOVER: Zou and Donner, Stat. Med. 27, 1693 (2008); Donner
and Zou, Stat. Methods Med. Res. 21, 347 (2012)) and the correlation between them. No interval has
width zero, whatever the counts. The tests show that 95 % intervals cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

from ..errors import InvalidSettingError, TooFewDataError
from ..glass import FloatArray, IndexArray
from .resampling import LEVEL, Curve, Estimate, clustered_variance, freedom


@dataclass(frozen=True, eq=False)
class Fractions:
    """Fractions of K events with a score up to each of G thresholds, of R glasses.

    Attributes
    ----------
    x : (G,) thresholds
    value, lower, upper : (G,)
    hits : (G,) events counted
    n_events : K
    n_glasses : glasses with an event
    residual : (R, G) what each glass counts more than its share of the events; the correlation
        of two fractions is that of their residuals
    """

    x: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    hits: FloatArray
    n_events: int
    n_glasses: int
    residual: FloatArray
    level: float = LEVEL

    def curve(self) -> Curve:
        n_events = np.full(self.x.size, float(self.n_events))
        n_realizations = len(self.residual)
        return Curve(
            self.x, self.value, self.lower, self.upper, n_events, n_realizations, self.level
        )

    def estimate(self, k: int = 0) -> Estimate:
        """The fraction at the threshold ``k``."""
        ends = float(self.lower[k]), float(self.upper[k])
        return Estimate(float(self.value[k]), *ends, len(self.residual), self.level)


def binomial_interval(
    hits: npt.ArrayLike, number: npt.ArrayLike, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Exact (Clopper-Pearson) interval of a probability; neither count need be an integer."""
    k, n = np.broadcast_arrays(np.asarray(hits, dtype=float), np.asarray(number, dtype=float))
    tail = 0.5 * (1.0 - level)
    with np.errstate(invalid="ignore"):
        lower = np.where(k > 0, betaincinv(k, n - k + 1, tail), 0.0)
        upper = np.where(k < n, betaincinv(k + 1, n - k, 1.0 - tail), 1.0)
    return lower, upper


def fractions(
    scores: npt.ArrayLike,
    owners: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    n_realizations: int,
    level: float = LEVEL,
) -> Fractions:
    """Fractions of events with a score up to each threshold, with intervals over glasses.

    Parameters
    ----------
    scores : (K,) infinite where an event counts at no threshold
    owners : (K,) glass, 0 ... ``n_realizations`` - 1, that each event belongs to; or (K, 2)
        where it belongs to two, as an event of one that meets the spots of another
    thresholds : (G,) ascending

    Raises
    ------
    TooFewDataError
        If there is no event.
    InvalidSettingError
        If scores, owners and thresholds do not go together.
    """
    x = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    values = np.asarray(scores, dtype=np.float64)
    columns = _columns(values, owners)
    sides = [_counted(values, column, x, n_realizations) for column in columns]
    counted, events = sides[0]
    hits, number = counted.sum(axis=0), int(events.sum())
    value = hits / number
    residuals = [side - value * of_glass[:, None] for side, of_glass in sides]
    n_glasses = min(int((of_glass > 0).sum()) for _, of_glass in sides)
    if len(columns) == 1 and events.max() <= 1:
        size = np.full(x.size, float(number))
    else:
        size = _effective_size(value, residuals, number, n_glasses, level)
    lower, upper = binomial_interval(value * size, size, level)
    residual = residuals[0] if len(residuals) == 1 else residuals[0] + residuals[1]
    return Fractions(x, value, lower, upper, hits, number, n_glasses, residual, level)


def share_interval(
    counts: FloatArray, number: FloatArray, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Ends of the intervals (G,) of the share of all values that lies in each of G bins.

    That of :func:`fractions` for values that come in clusters: the number of values that would
    scatter as much if they were independent, from the variance between glasses. An empty bin has
    no variance; it takes the clusters of the nearest bin below that holds something (or else
    above): values per glass, weighted by themselves. One glass has no variance: 0 to 1.

    Parameters
    ----------
    counts : (R, G) values of each of R glasses in each bin
    number : (R,) all values of each glass
    """
    total = int(number.sum())
    hits = counts.sum(axis=0)
    value = hits / total
    if np.count_nonzero(number) < 2:
        return np.zeros_like(value), np.ones_like(value)
    residual = counts - value * number[:, None]
    size = _effective_size(value, [residual], total, total, level)
    filled = np.flatnonzero(hits)
    empty = np.flatnonzero(hits == 0)
    if filled.size and empty.size:
        nearest = filled[np.maximum(np.searchsorted(filled, empty) - 1, 0)]
        size[empty] = total * hits[nearest] / (counts[:, nearest] ** 2).sum(axis=0)
    return binomial_interval(value * size, size, level)


def ratio_of_fractions(above: Fractions, below: Fractions) -> Curve:
    """Ratio of two fractions at the same thresholds, with intervals (MOVER-R).

    The upper end is infinite where the lower end of the denominator is 0; where the denominator
    counts nothing there is no ratio, and the threshold is left out. ``counts`` of the curve are
    the events that the denominator counts.
    """
    at = np.flatnonzero(below.hits > 0)
    one, other = above.value[at], below.value[at]
    r = correlation(above.residual[:, at], below.residual[:, at])
    down, up = one - above.lower[at], above.upper[at] - one
    down_other, up_other = other - below.lower[at], below.upper[at] - other
    lower = _root(
        below.upper[at] * (other - up_other), one * other - r * down * up_other,
        above.lower[at] * (one + down), -1.0,
    )  # fmt: skip
    upper = _root(
        below.lower[at] * (other + down_other), one * other - r * up * down_other,
        above.upper[at] * (one - up), 1.0,
    )  # fmt: skip
    n_realizations = len(above.residual)
    return Curve(
        above.x[at], one / other, lower, upper, below.hits[at], n_realizations, above.level
    )


def difference_of_fractions(first: Fractions, second: Fractions) -> Curve:
    """First less second, at the same thresholds, with intervals (MOVER)."""
    r = correlation(first.residual, second.residual)
    value = first.value - second.value
    down, up = first.value - first.lower, first.upper - first.value
    down_other, up_other = second.value - second.lower, second.upper - second.value
    lower = value - np.sqrt(np.maximum(down**2 + up_other**2 - 2 * r * down * up_other, 0.0))
    upper = value + np.sqrt(np.maximum(up**2 + down_other**2 - 2 * r * up * down_other, 0.0))
    n_realizations = len(first.residual)
    return Curve(first.x, value, lower, upper, first.hits, n_realizations, first.level)


def largest_ratio(
    above: Fractions,
    below: Fractions,
    window: tuple[float, float],
    min_events: int,
    weights: FloatArray,
) -> Estimate:
    """Largest ratio of two fractions at the thresholds of a window fixed beforehand.

    Only thresholds at which both count ``min_events`` events enter. The largest of many noisy
    numbers is biased upwards; so the interval is that of the largest values of the two ends of a
    simultaneous band about the logarithm of the ratio (sup-t, by bootstrap over glasses): where
    the band covers the ratio at all thresholds, this interval covers its largest value.

    Parameters
    ----------
    weights : (n_resamples, R) from :func:`~softfield.statistics.resampling.bootstrap_weights`

    Raises
    ------
    TooFewDataError
        If both count ``min_events`` events at no threshold of the window.
    """
    inside = (above.x >= window[0]) & (above.x <= window[1])
    at = np.flatnonzero(inside & (np.minimum(above.hits, below.hits) >= max(min_events, 1)))
    if at.size == 0:
        raise TooFewDataError(
            f"there is no threshold from {window[0]:g} to {window[1]:g} at which both maps count "
            f"{min_events} events (of {above.n_events}); run more realizations."
        )
    ratio = above.value[at] / below.value[at]
    pull = above.residual[:, at] / above.hits[at] - below.residual[:, at] / below.hits[at]
    # one event more that only one of them counts: maps that agree so far may differ
    error = np.sqrt((pull**2).sum(axis=0) + 1.0 / (above.hits[at] * below.hits[at]))
    farthest = (np.abs((weights - 1.0) @ pull) / error).max(axis=1)
    # where neither pulls, as where both count all, the error is that of the one event more
    least = ndtri(0.5 * (1.0 + above.level))
    reach = max(float(np.quantile(farthest, above.level)), float(least)) * error
    ends = float((ratio * np.exp(-reach)).max()), float((ratio * np.exp(reach)).max())
    return Estimate(float(ratio.max()), *ends, len(above.residual), above.level)


def correlation(first: FloatArray, second: FloatArray) -> FloatArray:
    """Correlation (G,) of residuals (R, G), as if each had one more event that the other lacks.

    Two maps that have agreed on every event so far may yet differ: without the extra event their
    ratio would seem to be known exactly.
    """
    product = np.sqrt(((first**2).sum(axis=0) + 1.0) * ((second**2).sum(axis=0) + 1.0))
    return (first * second).sum(axis=0) / product


def _columns(values: FloatArray, owners: npt.ArrayLike) -> list[IndexArray]:
    if values.size == 0:
        raise TooFewDataError("there is no event to count; run more realizations.")
    found = np.asarray(owners, dtype=np.intp)
    if found.shape not in ((values.size,), (values.size, 2)):
        raise InvalidSettingError(
            f"{values.size} scores for events of shape {found.shape}; give one score for every "
            "event."
        )
    if np.isnan(values).any():
        raise InvalidSettingError("the score of an event is NaN, not a number; check the map.")
    return [found] if found.ndim == 1 else [found[:, 0], found[:, 1]]


def _counted(
    values: FloatArray, owner: IndexArray, thresholds: FloatArray, n_realizations: int
) -> tuple[FloatArray, FloatArray]:
    """Events with a score up to each threshold (R, G), and all events (R,), by glass."""
    columns = thresholds.size + 1
    cell = owner * columns + np.searchsorted(thresholds, values, side="left")
    number = np.bincount(cell, minlength=n_realizations * columns).reshape(-1, columns)
    cumulative = number.cumsum(axis=1).astype(np.float64)
    return cumulative[:, :-1], cumulative[:, -1]


def _effective_size(
    value: FloatArray, residuals: Sequence[FloatArray], number: int, without: int, level: float
) -> FloatArray:
    """Number of independent events with the variance of the residuals; ``without`` any, that."""
    variance = clustered_variance(residuals, number, value * (1.0 - value))
    degrees = np.min([freedom(residual) for residual in residuals], axis=0)
    return size_of_variance(value, variance, degrees, number, without, level)


def size_of_variance(
    value: FloatArray,
    variance: FloatArray,
    degrees: FloatArray,
    number: int,
    without: float,
    level: float = LEVEL,
) -> FloatArray:
    """Number (G,) of independent events whose fraction has a variance (Korn and Graubard).

    It is smaller where few degrees of freedom are behind the variance, at most ``number``, and
    ``without`` where there is no variance.
    """
    size = np.full(value.size, float(without))
    at = (value > 0) & (value < 1) & (variance > 0)
    found = value[at] * (1.0 - value[at]) / variance[at]
    if number > 1:  # the variance itself is known from a few glasses only
        end = 0.5 + 0.5 * level
        found *= (stdtrit(number - 1, end) / stdtrit(degrees[at], end)) ** 2
    size[at] = np.clip(found, 1.0, number)
    return size


def _root(a: FloatArray, b: FloatArray, c: FloatArray, sign: float) -> FloatArray:
    """Root of a R^2 - 2 b R + c = 0: the lower (``sign`` -1) or upper (+1) end of a ratio."""
    width = np.sqrt(np.maximum(b * b - a * c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        root = c / (b + width) if sign < 0 else (b + width) / a
    return np.where(b + width > 0, root, 0.0) if sign < 0 else np.where(a > 0, root, np.inf)
