"""Estimates and curves with intervals, by resampling realizations.

Pairs of one soft spot are strongly correlated, so the realization is the unit of
resampling everywhere: a bootstrap draws realizations with replacement and keeps the values
of each together. A draw is a row of ``weights`` (how often each realization was drawn,
:func:`bootstrap_weights`), which makes every resampled count a matrix product. The same
weights, used for two quantities, give the interval of their ratio or difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InvalidSettingError, TooFewDataError, TooManyFailuresError
from ..glass import FloatArray, IndexArray

#: Probability content of every interval, unless told otherwise.
LEVEL = 0.95


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
    if n_realizations < 1 or n_resamples < 1:
        raise InvalidSettingError(
            f"cannot draw {n_resamples} resamples of {n_realizations} realizations; both "
            "numbers must be at least 1."
        )
    share = np.full(n_realizations, 1.0 / n_realizations)
    return rng.multinomial(n_realizations, share, size=n_resamples).astype(np.float64)


def percentile_interval(samples: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Lower and upper end of the central ``level`` share of the samples along axis 0.

    Takes samples that are infinite (a ratio with an empty denominator): order statistics
    are used as they are, never interpolated, so that infinity stays infinity.
    """
    tail = 0.5 * (1.0 - level)
    lower = np.quantile(samples, tail, axis=0, method="lower")
    upper = np.quantile(samples, 1.0 - tail, axis=0, method="higher")
    return lower, upper


def mean_with_interval(
    values: FloatArray, realization: IndexArray, weights: FloatArray, level: float = LEVEL
) -> Estimate:
    """Mean of values (K,), each of the realization (K,) that is a column of ``weights``."""
    if values.size == 0:
        raise TooFewDataError("there are no values to average; run more realizations.")
    n_realizations = weights.shape[1]
    sums = np.bincount(realization, values, n_realizations)
    counts = np.bincount(realization, minlength=n_realizations)
    drawn = weights @ counts
    samples = (weights @ sums)[drawn > 0] / drawn[drawn > 0]
    lower, upper = percentile_interval(samples, level)
    return Estimate(float(values.mean()), float(lower), float(upper), n_realizations, level)


Tables = dict[str, pd.DataFrame]


FITTED, TOO_FEW = "ok", "too few data"


def check_complete(
    summary: pd.DataFrame, tolerance: float, stages: Sequence[str] | None = None
) -> pd.DataFrame:
    """The realizations without failure, if the others are few enough.

    ``stages`` names those that count; by default all do, the soft spots too.

    Raises
    ------
    TooManyFailuresError
        If a larger fraction than ``tolerance`` failed: the message says in which stage most of
        them did, and for which reason.
    """
    failed = summary["failure"] != ""
    if stages is not None:
        failed &= summary["failure"].str.split(":").str[0].isin(list(stages))
    if failed.sum() > tolerance * len(summary):
        count, reason = commonest(summary.loc[failed, "failure"])
        raise TooManyFailuresError(
            f"{failed.sum()} of {len(summary)} realizations failed, more than the tolerated "
            f"fraction {tolerance:g}; {count} of them like this: {reason.rstrip('.')}. What is "
            "left is no fair sample: mend the cause, or raise failure_tolerance knowingly."
        )
    return summary[~failed].reset_index(drop=True)


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


def first_realizations(table: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rows of the realizations 0 to ``number`` - 1; blocks may hold more."""
    return table[table["realization"] < number].reset_index(drop=True)


def succeeded(glasses: pd.DataFrame) -> pd.DataFrame:
    return glasses[glasses["failure"] == ""]
