"""Quantiles of values that are counted in bins, with intervals over glasses.

A histogram has an open bin at either end: what lies there is counted, but where it lies is not
known. A quantile in an open bin is missing, and an interval that reaches into one is unbounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import FloatArray
from .fractions import binomial_interval, size_of_variance
from .resampling import BEYOND, FITTED, LEVEL, MIN_OWNERS, TOO_FEW, freedom


@dataclass(frozen=True)
class BinnedQuantile:
    """A quantile of values in bins.

    Attributes
    ----------
    value : NaN where it lies in an open bin
    lower, upper : ends of its interval; 0 and infinity where the glasses do not bound it, or not
        within the bins; NaN where fewer than 5 glasses have values
    n_values, n_glasses : values counted, and glasses that have any
    status, reason : "ok", or why value or interval are missing
    """

    value: float
    lower: float
    upper: float
    n_values: int
    n_glasses: int
    status: str = FITTED
    reason: str = ""


def count_values(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.int64]:
    """Histogram (B + 2,) of values: the first entry counts what lies below ``edges[0]``, the last
    what lies at or above ``edges[-1]``, so that nothing is lost.

    Raises
    ------
    InvalidSettingError
        If a value is not a number.
    """
    return np.bincount(bins_of(values, edges), minlength=edges.size + 1)


def bins_of(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.intp]:
    """Bin (K,) of each value: 0 below ``edges[0]``, B + 1 at or above ``edges[-1]``."""
    if np.isnan(values).any():
        raise InvalidSettingError(
            f"{np.isnan(values).sum()} of {values.size} values to be counted are NaN, which belong "
            "in no bin; check the field that they come from."
        )
    return np.searchsorted(edges, values, side="right")


def binned_quantile(
    counts: npt.ArrayLike, edges: FloatArray, quantile: float, level: float = LEVEL
) -> BinnedQuantile:
    """A quantile of the values of all glasses together.

    The interval has all x whose F(x), the share of values below x, may be the quantile
    (R. S. Woodruff, J. Am. Stat. Assoc. 47, 635 (1952)). F is a ratio of sums over glasses, with
    the variance of the jackknife: a glass that holds most of the values counts as one all the same.

    Parameters
    ----------
    counts : (R, B + 2) values of each glass, as :func:`count_values` gives them
    edges : (B + 1,) positive, ascending; values are taken as evenly spread over ln x in a bin
    quantile : between 0 and 1
    """
    of_glass = np.asarray(counts, dtype=np.float64)
    of_glass = of_glass[of_glass.any(axis=1)]
    n_glasses, n_values = len(of_glass), int(of_glass.sum())
    if n_values == 0:
        nothing = "there is no value to take a quantile of"
        return BinnedQuantile(np.nan, np.nan, np.nan, 0, 0, TOO_FEW, nothing)
    value = quantile_of(of_glass.sum(axis=0), edges, quantile)
    lower, upper = np.nan, np.nan
    status, reasons = FITTED, []
    if n_glasses >= MIN_OWNERS:
        low, high = _share_below(of_glass, level)
        lower, upper = (
            _first_crossing(high, quantile, edges),
            _last_crossing(low, quantile, edges),
        )
    else:
        status = TOO_FEW
        reasons.append(f"{n_glasses} glasses have values, an interval needs {MIN_OWNERS}")
    if not 0 < value < np.inf:
        status = BEYOND
        side = f"below {edges[0]:.3g}" if value == 0 else f"above {edges[-1]:.3g}"
        reasons.append(f"it lies {side}, beyond the bins")
        value = np.nan
    return BinnedQuantile(value, lower, upper, n_values, n_glasses, status, "; ".join(reasons))


def quantile_of(counts: FloatArray, edges: FloatArray, quantile: float) -> float:
    """The quantile of values counted in bins (B + 2,); 0 and infinity in the open ones."""
    return _first_crossing(counts.cumsum()[:-1] / counts.sum(), quantile, edges)


def _share_below(of_glass: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Ends (B + 1,) of the intervals of the share of all values that lies below each edge."""
    number, below = of_glass.sum(axis=1), of_glass.cumsum(axis=1)[:, :-1]
    total, n_glasses = number.sum(), len(of_glass)
    value = below.sum(axis=0) / total
    weight = number / total
    away = (below / total - value * weight[:, None]) / (1.0 - weight)[:, None]  # without each
    variance = (n_glasses - 1) / n_glasses * (away**2).sum(axis=0)
    # where no glass has a value below, or none above, as many values as glasses count
    of_equal_glasses = float(1.0 / (weight**2).sum())
    size = size_of_variance(value, variance, freedom(away), int(total), of_equal_glasses, level)
    return binomial_interval(value * size, size, level)


def _first_crossing(share: FloatArray, quantile: float, edges: FloatArray) -> float:
    """Where a share that is known at the edges first reaches the quantile.

    0 where it does so below the first edge, infinity where it does not up to the last.
    """
    reached = np.flatnonzero(share >= quantile)
    if reached.size == 0:
        return float(np.inf)
    return _inside(share, int(reached[0]) - 1, quantile, edges) if reached[0] > 0 else 0.0


def _last_crossing(share: FloatArray, quantile: float, edges: FloatArray) -> float:
    """Where such a share is last at the quantile; 0 and infinity as there."""
    missed = np.flatnonzero(share <= quantile)
    if missed.size == 0:
        return float(edges[0])
    last = int(missed[-1])
    return float(np.inf) if last == share.size - 1 else _inside(share, last, quantile, edges)


def _inside(share: FloatArray, k: int, quantile: float, edges: FloatArray) -> float:
    """Place between the edges k and k + 1 where the share is the quantile."""
    along = (quantile - share[k]) / (share[k + 1] - share[k])
    return float(edges[k] * (edges[k + 1] / edges[k]) ** along)
