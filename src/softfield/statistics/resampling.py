"""Estimates and curves with intervals, by resampling realizations.

Pairs of one soft spot are strongly correlated, so the realization is the unit of
resampling everywhere: a bootstrap draws realizations with replacement and keeps the values
of each together. A draw is a row of ``weights`` (how often each realization was drawn,
:func:`bootstrap_weights`), which makes every resampled count a matrix product. The same
weights, used for two quantities, give the interval of their ratio or difference. Percentiles of a
bootstrap are too narrow where few realizations contribute: what follows smoothly from sums over
realizations has the interval of a jackknife (:func:`jackknife_interval`). Fractions of events have
intervals of their own (:mod:`softfield.statistics.fractions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from ..checks.numbers import check_number, whole_number
from ..errors import TooFewDataError, TooManyFailuresError
from ..glass import FloatArray, IndexArray

#: Probability content of every interval, unless told otherwise.
LEVEL = 0.95

#: Realizations that must have a value in a bin or a tail, at least: of fewer, resamples say too
#: little of others.
MIN_OWNERS = 5

#: Realizations below which the resamples of a mean are too few different ones: of two, there is
#: one with a standard error. Student's t takes their place.
_FEW = 5


@dataclass(frozen=True)
class Estimate:
    """A number with its bootstrap interval over ``n_realizations`` realizations."""

    value: float
    lower: float
    upper: float
    n_realizations: int
    level: float = LEVEL

    def covers(self, value: float) -> bool:
        """Whether ``value`` lies in the interval."""
        return self.lower <= value <= self.upper


@dataclass(frozen=True, eq=False)
class Curve:
    """Estimates (G,) along ``x`` (G,) with pointwise intervals.

    ``counts`` (G,) says how many events or values each estimate rests on.
    """

    x: FloatArray
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    counts: FloatArray
    n_realizations: int
    level: float = LEVEL

    def table(self, x: str, estimate: str, **labels: Any) -> pd.DataFrame:
        """One row per point: the columns called ``x`` and ``estimate``, lower, upper, count,
        n_realizations, and ``labels``."""
        columns = {
            x: self.x,
            estimate: self.estimate,
            "lower": self.lower,
            "upper": self.upper,
            "count": self.counts,
        }
        return pd.DataFrame(columns).assign(n_realizations=self.n_realizations, **labels)

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, x: str, estimate: str, ends: tuple[str, str] = ("lower", "upper")
    ) -> Curve:
        """The curve of such rows, in ascending order of ``x``; rows without a value are left out.

        ``ends`` names the columns of the interval.
        """
        rows = table.reindex(columns=list(dict.fromkeys([*table.columns, x, estimate, *ends])))
        rows = rows.dropna(subset=[estimate]).sort_values(x, kind="stable")
        at, middle, low, high = (rows[c].to_numpy(dtype=np.float64) for c in (x, estimate, *ends))
        counts = rows["count"] if "count" in rows else np.full(len(rows), np.nan)
        number = int(rows["n_realizations"].max()) if "n_realizations" in rows and len(rows) else 0
        return cls(at, middle, low, high, np.asarray(counts, dtype=np.float64), number)


def bootstrap_weights(
    n_realizations: int, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """How often each realization is drawn, (n_resamples, n_realizations)."""
    whole_number(n_realizations, "the number of realizations")
    whole_number(n_resamples, "n_resamples")
    share = np.full(n_realizations, 1.0 / n_realizations)
    return rng.multinomial(n_realizations, share, size=n_resamples).astype(np.float64)


def percentile_interval(samples: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Lower and upper end of the central ``level`` share of the samples along axis 0.

    Takes samples that are infinite (a ratio with an empty denominator): order statistics
    are used as they are, never interpolated, so that infinity stays infinity.
    """
    check_number(level, "the level of an interval", 0.0, 1.0, inside=True)
    tail = 0.5 * (1.0 - level)
    lower = np.quantile(samples, tail, axis=0, method="lower")
    upper = np.quantile(samples, 1.0 - tail, axis=0, method="higher")
    return lower, upper


def mean_with_interval(
    values: FloatArray,
    owners: IndexArray,
    weights: FloatArray,
    level: float = LEVEL,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> Estimate:
    """Mean of values (K,), each of the realization (K,) that is a column of ``weights``.

    A studentised bootstrap: every resample is measured in its own standard error. The quantiles
    of the means themselves cover only 91 % where 20 skewed values are averaged. On either side it
    reaches no less far than Student's t, which alone is the interval with fewer than _FEW
    realizations, and where ``owners`` is (K, 2), as for events of one realization that meet the
    spots of another, with the variance of both kinds of owners. It is cut at the ends of
    ``within``, the range of what is averaged.

    Raises
    ------
    TooFewDataError
        If there are no values, or realizations that do not differ, which give no interval.
    """
    if values.size == 0:
        raise TooFewDataError("there are no values to average; run more realizations.")
    n_realizations, mean = weights.shape[1], float(values.mean())
    of_owner = owners.reshape(values.size, -1).T
    sums, counts = (
        [np.bincount(column, w, n_realizations).astype(np.float64) for column in of_owner]
        for w in (values, np.ones(values.size))
    )
    residuals = [total - mean * count for total, count in zip(sums, counts, strict=True)]
    n_owners = min(int((count > 0).sum()) for count in counts)
    scale = float(np.abs(values).max())
    if n_owners < 2 or max(np.abs(residual).max() for residual in residuals) <= 1e-12 * scale:
        raise TooFewDataError(
            f"the {values.size} values of {n_owners} realizations do not differ between them, "
            "which gives no interval; run more realizations."
        )
    columns = [residual[:, None] for residual in residuals]
    variance = clustered_variance(columns, values.size, np.array([values.var()]))
    error = float(np.sqrt(variance[0]))
    high = float(stdtrit(n_owners - 1, 0.5 + 0.5 * level))
    low = -high
    if len(sums) == 1 and n_owners >= _FEW:
        below, above = _studentised(sums[0], counts[0], mean, weights, level)
        low, high = min(low, below), max(high, above)
    lower, upper = (min(max(end, within[0]), within[1])
                    for end in (mean - high * error, mean - low * error))  # fmt: skip
    return Estimate(mean, lower, upper, n_realizations, level)


def _studentised(
    sums: FloatArray, counts: FloatArray, mean: float, weights: FloatArray, level: float
) -> tuple[float, float]:
    """Quantiles of (mean - mean of all) / standard error of that mean over the resamples."""
    drawn = weights @ counts
    means = np.divide(weights @ sums, drawn, out=np.zeros_like(drawn), where=drawn > 0)
    squares = weights @ sums**2 - 2 * means * (weights @ (sums * counts))
    squares += means**2 * (weights @ counts**2)
    n_owners = int((counts > 0).sum())
    usable = (drawn > 0) & (squares > 1e-12 * squares.max())
    errors = np.sqrt(squares[usable] * n_owners / (n_owners - 1)) / drawn[usable]
    low, high = percentile_interval((means[usable] - mean) / errors, level)
    return float(low), float(high)


def jackknife_interval(
    value: FloatArray, without: FloatArray, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Ends (G,) of Student's t intervals of G statistics, by leaving out one realization at a time.

    The variance is that of the jackknife over the realizations that contribute: one whose absence
    changes nothing does not count. Its degrees of freedom are those that its few largest terms
    leave (:func:`freedom`). Best on a scale on which the statistic is nearly normal: the logarithm
    of a ratio. Percentiles of a bootstrap cover 70 to 80 % where five realizations contribute.

    Parameters
    ----------
    value : (G,) of all realizations
    without : (R, G) without each of them

    Returns
    -------
    lower, upper : (G,)
        NaN where fewer than two realizations contribute, or where the statistic does not exist
        without one of them.
    """
    check_number(level, "the level of an interval", 0.0, 1.0, inside=True)
    with np.errstate(invalid="ignore"):  # infinite ones
        pull = without - value
    known = np.isfinite(pull).all(axis=0) & (np.count_nonzero(pull, axis=0) > 1)
    lower, upper = np.full((2, value.size), np.nan)
    if known.any():
        at = pull[:, known]
        number = np.count_nonzero(at, axis=0)
        squares = (at**2).sum(axis=0) - at.sum(axis=0) ** 2 / number
        error = np.sqrt((number - 1) / number * np.maximum(squares, 0.0))
        reach = stdtrit(freedom(at), 0.5 + 0.5 * level) * error
        lower[known], upper[known] = value[known] - reach, value[known] + reach
    return lower, upper


def freedom(residual: FloatArray) -> FloatArray:
    """Degrees of freedom (G,) of a variance that a few of the glasses (R, G) may dominate."""
    taking_part = np.count_nonzero(residual, axis=0)
    square, fourth = (residual**2).sum(axis=0), (residual**4).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2.0 / (fourth / square**2 - 1.0 / taking_part)
    found = np.where(np.isfinite(found) & (found > 0), found, np.inf)
    return np.maximum(np.minimum(found, taking_part - 1), 1)


def clustered_variance(
    residuals: Sequence[FloatArray], number: int, single: npt.ArrayLike
) -> FloatArray:
    """Variance (G,) of a mean of ``number`` values from residuals (R, G) summed over owners.

    With two kinds of owners their variances are added, and what a pair of owners shares,
    ``single`` over the number, is taken off (Cameron, Gelbach, Miller, J. Bus. Econ. Stat. 29,
    238 (2011)).
    """
    sides = []
    for residual in residuals:
        n_owners = max(int((residual != 0).any(axis=1).sum()), 2)
        sides.append(n_owners / (n_owners - 1) * (residual**2).sum(axis=0) / number**2)
    if len(sides) == 1:
        return sides[0]
    one, other = sides
    shared = np.asarray(single, dtype=np.float64) / number
    return np.maximum(one + other - shared, np.maximum(one, other))


Tables = dict[str, pd.DataFrame]


#: Status of an estimate. Quantiles in an open bin of a histogram are not known: BEYOND.
FITTED, TOO_FEW, BEYOND = "ok", "too few data", "beyond the bins"

#: Why there is none of a statistic that :func:`jackknife_interval` gives no ends.
NO_INTERVAL = "without one glass it is the same, or not defined: there is no interval"


def check_complete(
    summary: pd.DataFrame, tolerance: float, stages: Sequence[str] | None = None
) -> pd.DataFrame:
    """The realizations without failure, if the others are few enough.

    ``stages`` names those that count, whatever failed beside them; by default all do, the soft
    spots too. ``failure`` in the summary is the first reason, ``failures`` has one a line, which
    begins with the stage.

    Raises
    ------
    TooManyFailuresError
        If a larger fraction than ``tolerance`` failed: the message says in which stage most of
        them did, and for which reason.
    """
    check_number(tolerance, "failure_tolerance", 0.0, 1.0)
    reasons = summary["failure"]
    if stages is not None:
        reasons = summary["failures"].map(partial(_first_in, stages))
    failed = reasons != ""
    if failed.mean() > tolerance:  # a product would round: 0.29 * 100 is less than 29
        count, reason = commonest(reasons[failed])
        raise TooManyFailuresError(
            f"{failed.sum()} of {len(summary)} realizations failed, more than the tolerated "
            f"fraction {tolerance:g}; {count} of them like this: {reason.rstrip('.')}. What is "
            "left is no fair sample: mend the cause, or raise failure_tolerance knowingly."
        )
    return summary[~failed].reset_index(drop=True)


def _first_in(stages: Sequence[str], failures: str) -> str:
    """The first of the lines that begins with one of the stages; empty without."""
    return next((line for line in failures.splitlines() if line.split(":")[0] in stages), "")


def commonest(reasons: pd.Series) -> tuple[int, str]:
    """How many of the reasons are alike but for their numbers, and the first of these."""
    alike = reasons.str.replace(r"[-+.\d]+(e[-+]?\d+)?", "#", regex=True)
    counts = alike.value_counts(sort=True)
    kind = counts.index[0]
    return int(counts.iloc[0]), str(reasons[alike == kind].iloc[0])


def estimate_row(found: Estimate) -> dict[str, Any]:
    return {
        "value": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "n_realizations": found.n_realizations,
        "status": FITTED,
    }


def relied_upon(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of estimates with the intervals that can be relied upon.

    That of a mean of too few values cannot: ``lower`` and ``upper`` are missing there. Those of
    fractions hold for any number.
    """
    few = (estimates["status"] == TOO_FEW) & estimates["quantity"].str.startswith("mean")
    return estimates.assign(**{end: estimates[end].mask(few) for end in ("lower", "upper")})


def first_realizations(table: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rows of the realizations 0 to ``number`` - 1; blocks may hold more."""
    return table[table["realization"] < number].reset_index(drop=True)


def succeeded(glasses: pd.DataFrame) -> pd.DataFrame:
    return glasses[glasses["failure"] == ""]


def common_failure(glasses: pd.DataFrame) -> str:
    """The reason for which most of the glasses that failed did; empty if none failed."""
    reasons = glasses["failure"][glasses["failure"] != ""].value_counts()
    return str(reasons.index[0]) if len(reasons) else ""
