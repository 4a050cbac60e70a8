"""Power-law tails p(E) ~ E^-tau: fit, scan, convergence, comparison with other laws."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import erfc, erfcx, log_ndtr

from ..checks.numbers import check_number, whole_number
from ..errors import InvalidSettingError, TooFewDataError
from ..glass import FloatArray, IndexArray
from .distributions import check_finite
from .resampling import (
    LEVEL,
    MIN_OWNERS,
    TOO_FEW,
    Curve,
    Estimate,
    Tables,
    bootstrap_weights,
    estimate_row,
    jackknife_interval,
    percentile_interval,
)

#: Tails are compared with other distributions on at most this many values, drawn at random.
MAX_COMPARED = 10_000


_GRID_PER_DECADE = 40

#: Random halves of the glasses, whose fits show what more glasses change.
_HALVES = 40

#: An exponent has settled only where 20 glasses have values beyond this multiple of x_min.
_LEAST_SPAN, _FAR_OWNERS = 5.0, 20

#: Largest drift from half of the glasses to all of them, in half widths of the interval.
_TOLERATED_DRIFT = 0.5


@dataclass(frozen=True, eq=False)
class TailSample:
    """The largest values of every realization; complete at and above ``floor``.

    Attributes
    ----------
    values : (K,) positive
    realization : (K,) index 0 ... n_realizations - 1 of each value
    n_realizations : int
    floor : float
        No value at or above it is missing, in any realization.
    """

    values: FloatArray
    realization: IndexArray
    n_realizations: int
    floor: float


@dataclass(frozen=True)
class Comparison:
    """Log-likelihood ratio of a power law against another distribution.

    Positive favours the power law. ``p`` is the probability of a ratio of this size when
    both are equally good (Vuong's test; the likelihood-ratio test where one is nested in
    the other); it takes the values for independent, so it is too small for pooled bonds.
    """

    alternative: str
    log_likelihood_ratio: float
    p: float
    n_values: int


@dataclass(frozen=True)
class Drift:
    """How a fitted exponent changes with more glasses and farther out in the tail.

    Attributes
    ----------
    glasses : exponent less the mean of those of random halves of the glasses
    far : exponent above the x_min where it departs most, less that of the tail; NaN where fewer
        than 20 glasses reach five times x_min
    far_x_min : that x_min
    far_significance : the departure over the largest that chance gives at any x_min of the tail in
        95 % of cases; above 1 the exponent drifts
    half_width : half the width of the interval of the exponent
    """

    glasses: float
    far: float
    far_x_min: float
    far_significance: float
    half_width: float

    @property
    def reason(self) -> str:
        """Why the exponent has not settled; empty where it has."""
        if not np.isfinite(self.far):
            return (
                f"fewer than {_FAR_OWNERS} realizations have values above {_LEAST_SPAN:g} times "
                "x_min: too short a tail to show whether its exponent drifts"
            )
        found = []
        if self.far_significance > 1:
            found.append(f"{self.far:+.2g} above {self.far_x_min:.3g}")
        if abs(self.glasses) > _TOLERATED_DRIFT * self.half_width:
            found.append(f"{self.glasses:+.2g} from half of the realizations to all")
        return f"the exponent drifts: {', '.join(found)}" if found else ""

    @property
    def settled(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class TailFit:
    """Power-law tail p(x) ~ x^-exponent at x >= x_min.

    ``independent_error`` is the error that independent values would have; ``exponent``
    carries the bootstrap interval over realizations, in which x_min is chosen anew. The interval
    contains the exponent.
    """

    exponent: Estimate
    x_min: float
    distance: float
    n_tail: int
    independent_error: float
    drift: Drift
    comparisons: tuple[Comparison, ...]


def upper_tail(energies: FloatArray, floor: float) -> FloatArray:
    """All |E| >= ``floor``, descending; at least the largest, even where it lies below.

    Keeping a fixed number or share of every realization instead would lose most of the
    tail: one very soft glass can hold more of it than all others.
    """
    check_finite(energies)
    check_number(floor, "the floor of a tail", 0.0, inside=True)
    ordered = np.sort(np.abs(energies))[::-1]
    return ordered[: max(1, int((ordered >= floor).sum()))]


def pool_tails(tails: Sequence[FloatArray], floor: float) -> TailSample:
    """The tails of all realizations together, each complete above ``floor``."""
    check_number(floor, "the floor of a tail", 0.0, inside=True)
    if len(tails) == 0:
        raise TooFewDataError("there is no realization to pool; run at least one.")
    values = np.concatenate(tails)
    realization = np.repeat(np.arange(len(tails)), [len(tail) for tail in tails])
    keep = values >= floor
    return TailSample(values[keep], realization[keep], len(tails), floor)


def candidate_thresholds(sample: TailSample, min_tail: int) -> FloatArray:
    """Logarithmic grid (C,) of x_min candidates, from the floor of the sample upwards.

    Above each of them lie at least ``min_tail`` values, of at least ``MIN_OWNERS``
    realizations: the tail of a single very soft glass says nothing about the ensemble.

    Raises
    ------
    TooFewDataError
        If not even the floor has so many values and realizations above it.
    """
    maxima = np.zeros(sample.n_realizations)
    np.maximum.at(maxima, sample.realization, sample.values)
    owners = int((maxima > 0).sum())
    if sample.values.size < min_tail or owners < MIN_OWNERS:
        raise TooFewDataError(
            f"a tail fit needs {min_tail} values of {MIN_OWNERS} realizations above "
            f"{sample.floor:.3g}, and there are {sample.values.size} of {owners}; run more "
            "realizations."
        )
    highest = min(np.sort(sample.values)[-min_tail], np.sort(maxima)[-MIN_OWNERS])
    n_steps = int(np.floor(np.log10(highest / sample.floor) * _GRID_PER_DECADE))
    return sample.floor * 10.0 ** (np.arange(n_steps + 1) / _GRID_PER_DECADE)


def exponent_scan(sample: TailSample, thresholds: FloatArray, level: float = LEVEL) -> Curve:
    """Maximum-likelihood exponent against x_min, with intervals over realizations.

    alpha = 1 + n / sum ln(x / x_min) over the n values x >= x_min (Clauset, Shalizi,
    Newman, SIAM Rev. 51, 661 (2009), Eq. 3.1). At the highest x_min a handful of glasses has
    values left, of which a bootstrap draws too few: intervals are those of the jackknife for
    ln(alpha - 1), NaN where fewer than 5 realizations have values.

    Raises
    ------
    InvalidSettingError
        If a threshold lies below the floor of the sample.
    """
    counts, logs = _tail_sums(sample, thresholds)
    n_tail, total = counts.sum(axis=0), logs.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # NaN where one glass has them all
        slope, without = np.log(n_tail / total), np.log((n_tail - counts) / (total - logs))
        lower, upper = jackknife_interval(slope, without, level)
        estimate, lower, upper = (1.0 + np.exp(end) for end in (slope, lower, upper))
    few = np.count_nonzero(counts, axis=0) < MIN_OWNERS
    lower[few], upper[few] = np.nan, np.nan
    return Curve(thresholds, estimate, lower, upper, n_tail, sample.n_realizations, level)


def fit_tail(
    sample: TailSample,
    weights: FloatArray,
    rng: np.random.Generator,
    min_tail: int = 50,
    min_realizations: int = 20,
    level: float = LEVEL,
    compare: bool = True,
) -> TailFit:
    """Fit a power-law tail; x_min minimises the Kolmogorov-Smirnov distance.

    The candidates for x_min and the points where the distance is taken are a logarithmic
    grid (40 a decade), so that x_min can be chosen anew in every bootstrap resample; the
    exponent at that x_min and the comparison with other tails are those of the
    ``powerlaw`` package (Alstott, Bullmore, Plenz, PLoS ONE 9, e85777 (2014)).

    Parameters
    ----------
    sample : TailSample
    weights : (n_resamples, R) from :func:`bootstrap_weights`
    rng : draws the values for the comparisons where there are too many
    min_tail : smallest number of values that a tail may have
    min_realizations : smallest number of realizations for which an interval means something
    compare : also compare with other distributions, which takes most of the time

    Raises
    ------
    TooFewDataError
        If there are fewer values or realizations than that.
    """
    whole_number(min_tail, "min_tail")
    whole_number(min_realizations, "min_realizations")
    if sample.n_realizations < min_realizations:
        raise TooFewDataError(
            f"a tail fit with an interval needs {min_realizations} realizations, not "
            f"{sample.n_realizations}; run more."
        )
    thresholds = candidate_thresholds(sample, min_tail)
    ones = np.ones((1, sample.n_realizations))
    (x_min,), (found,) = _best_thresholds(sample, thresholds, ones, min_tail)
    _, resampled = _best_thresholds(sample, thresholds, weights, min_tail)
    tail = sample.values[sample.values >= x_min]
    _check_tail(tail, resampled, len(weights), min_tail)
    lower, upper = percentile_interval(resampled, level)
    exponent = Estimate(
        float(found), min(float(lower), float(found)), max(float(upper), float(found)),
        sample.n_realizations, level,
    )  # fmt: skip
    fit = _powerlaw_fit(tail, x_min)
    distance, error = float(fit.power_law.D), float((found - 1.0) / np.sqrt(tail.size))
    drift = _drift(sample, exponent, float(x_min), thresholds, weights, min_tail, rng)
    comparisons = compare_tails(tail, float(x_min), rng) if compare else ()
    return TailFit(exponent, float(x_min), distance, tail.size, error, drift, comparisons)


def _check_tail(tail: FloatArray, resampled: FloatArray, wanted: int, min_tail: int) -> None:
    """Refuse a tail that determines no exponent, or not in nearly all of the resamples."""
    different = np.unique(tail).size
    if different < MIN_OWNERS:
        raise TooFewDataError(
            f"the tail has {tail.size} values but only {different} different ones, which "
            "determine no exponent; check where they come from."
        )
    usable = int(np.isfinite(resampled).sum())
    if usable < 0.9 * wanted or usable < resampled.size:
        raise TooFewDataError(
            f"{wanted - usable} of {wanted} resamples have fewer than {min_tail} values in the "
            "tail, or only equal ones; run more realizations."
        )


def _drift(
    sample: TailSample,
    exponent: Estimate,
    x_min: float,
    thresholds: FloatArray,
    weights: FloatArray,
    min_tail: int,
    rng: np.random.Generator,
) -> Drift:
    """How the exponent changes from half of the glasses to all, and in the far tail."""
    number = sample.n_realizations
    halves = np.zeros((_HALVES, number))
    for half in halves:
        half[rng.permutation(number)[: number // 2]] = 1.0
    _, of_halves = _best_thresholds(sample, thresholds, halves, min_tail)
    glasses = exponent.value - float(of_halves.mean()) if of_halves.size else np.nan
    half_width = 0.5 * (exponent.upper - exponent.lower)
    beyond = _far_thresholds(sample, thresholds, x_min)
    if beyond[-1] < _LEAST_SPAN * x_min:
        return Drift(glasses, np.nan, np.nan, np.nan, half_width)
    counts, logs = _tail_sums(sample, beyond)
    # the mean of ln(x / x_min), 1 / (exponent - 1), is more nearly normal than the exponent
    mean, drawn = logs.sum(axis=0) / counts.sum(axis=0), weights @ counts
    means = np.divide(weights @ logs, drawn, out=np.tile(mean, (len(weights), 1)), where=drawn > 0)
    away, aways = mean[1:] - mean[0], means[:, 1:] - means[:, :1]
    error = aways.std(axis=0)
    chance = float(np.quantile((np.abs(aways - away) / error).max(axis=1), LEVEL))
    at = int(np.argmax(np.abs(away) / error))
    far = float(1.0 / mean[at + 1] - 1.0 / mean[0])
    significance = float(abs(away[at]) / error[at] / chance)
    return Drift(glasses, far, float(beyond[at + 1]), significance, half_width)


def _far_thresholds(sample: TailSample, thresholds: FloatArray, x_min: float) -> FloatArray:
    """Those from x_min on above which enough realizations have values, the first one at least."""
    maxima = np.zeros(sample.n_realizations)
    np.maximum.at(maxima, sample.realization, sample.values)
    beyond = thresholds[thresholds >= x_min * (1 - 1e-12)]
    reached = np.array([np.count_nonzero(maxima >= x) for x in beyond])
    return beyond[: max(1, int(np.count_nonzero(reached >= _FAR_OWNERS)))]


def compare_tails(
    tail: FloatArray, x_min: float, rng: np.random.Generator
) -> tuple[Comparison, ...]:
    """A power law against lognormal, exponential and truncated power-law tails.

    More than ``MAX_COMPARED`` values are thinned to that many at random.
    """
    if tail.size > MAX_COMPARED:
        tail = rng.choice(tail, MAX_COMPARED, replace=False)
    fit = _powerlaw_fit(tail, x_min)
    found = [_against_lognormal(tail, x_min)] if tail.max() > x_min else []
    for name in ("exponential", "truncated_power_law"):
        with warnings.catch_warnings():  # a parameter at the edge of its range is a result
            warnings.simplefilter("ignore")
            ratio, p = fit.distribution_compare("power_law", name)
        if np.isfinite(ratio) and np.isfinite(p):
            found.append(Comparison(name, float(ratio), float(p), tail.size))
    return tuple(found)


def _against_lognormal(tail: FloatArray, x_min: float) -> Comparison:
    """A power law against the lognormal tails that it is a limit of, by their likelihoods.

    With y = ln(x / x_min) a lognormal tail has the density exp(-a y - b y^2) / Z, b > 0, and the
    power law is b = 0. The logarithm of the likelihood is concave in (a, b), and largest at b = 0
    where the mean of y^2 is at least twice the square of the mean of y: the ratio is never above
    zero. (In mu and sigma that limit is at infinity, where rounding would decide.)
    """
    y = np.log(tail / x_min)
    y /= y.mean()  # a = 1, b = 0 is the power law then
    second = float((y * y).mean())

    def log_norm(a: float, b: float) -> float:
        scaled = a / (2.0 * np.sqrt(b))
        if scaled > 0:  # ln erfcx, which overflows where the other form is exact
            shape = np.log(erfcx(scaled))
        else:
            shape = scaled**2 + np.log(2.0) + log_ndtr(-np.sqrt(2.0) * scaled)
        return float(0.5 * np.log(np.pi / (4.0 * b)) + shape)

    def loss(parameters: FloatArray) -> float:
        a, log_b = parameters
        b = float(np.exp(log_b))
        return a + b * second + log_norm(float(a), b)

    if second >= 2.0:
        return Comparison("lognormal", 0.0, 1.0, tail.size)
    best = minimize(loss, [1.0, np.log(0.1)], method="Nelder-Mead",
                    options={"xatol": 1e-8, "fatol": 1e-13, "maxiter": 4000})  # fmt: skip
    ratio = min(tail.size * (float(best.fun) - 1.0), 0.0)  # the power law has a loss of 1
    return Comparison("lognormal", ratio, float(erfc(np.sqrt(-ratio))), tail.size)


def exponent_convergence(
    sample: TailSample,
    sizes: Sequence[int],
    n_resamples: int,
    rng: np.random.Generator,
    min_tail: int = 50,
    min_realizations: int = 20,
    first: Callable[[int], TailSample] | None = None,
) -> list[TailFit]:
    """The fit with the first ``size`` realizations only, for each size that suffices.

    ``first`` makes the sample of so many realizations where it is not just a part of the whole.
    """

    def part_of(size: int) -> TailSample:
        part = sample.realization < size
        return TailSample(sample.values[part], sample.realization[part], size, sample.floor)

    fits = []
    for size in sizes:
        subset = (first or part_of)(int(size))
        weights = bootstrap_weights(size, n_resamples, rng)
        try:
            fits.append(fit_tail(subset, weights, rng, min_tail, min_realizations, compare=False))
        except TooFewDataError:
            continue
    return fits


def _powerlaw_fit(tail: FloatArray, x_min: float):  # type: ignore[no-untyped-def]
    import powerlaw  # half a second to import

    # Left to itself, version 2.0 cuts every exponent off at 3.
    return powerlaw.Fit(tail, xmin=x_min, parameter_ranges={"alpha": [1, 50]}, verbose=0)


def _tail_sums(sample: TailSample, thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Per realization and threshold t (R, C): number of x >= t, and sum of ln(x / t)."""
    if thresholds[0] < sample.floor * (1 - 1e-12):
        raise InvalidSettingError(
            f"the tail is complete only above {sample.floor:.4g}, so an x_min of "
            f"{thresholds[0]:.4g} would miss values; choose a larger x_min, or keep a "
            "larger share of every realization."
        )
    n_realizations, n_thresholds = sample.n_realizations, thresholds.size
    below = np.searchsorted(thresholds, sample.values, side="right")
    cell = sample.realization * (n_thresholds + 1) + below
    size = n_realizations * (n_thresholds + 1)
    shape = (n_realizations, n_thresholds + 1)
    number = np.bincount(cell, np.ones(cell.size), size).reshape(shape)
    logs = np.bincount(cell, np.log(sample.values), size).reshape(shape)
    counts = _reversed_sum(number)[:, 1:]
    return counts, _reversed_sum(logs)[:, 1:] - counts * np.log(thresholds)


def _reversed_sum(array: npt.NDArray) -> FloatArray:
    return array[:, ::-1].cumsum(axis=1)[:, ::-1]


def _exponents(counts: FloatArray, logs: FloatArray, weights: FloatArray) -> FloatArray:
    """Exponents (n_resamples, C) of the resamples; infinite without a value above the threshold."""
    with np.errstate(divide="ignore", invalid="ignore"):
        number, total = weights @ counts, weights @ logs
        return np.where(number > 0, 1.0 + number / total, np.inf)


def _best_thresholds(
    sample: TailSample, thresholds: FloatArray, weights: FloatArray, min_tail: int
) -> tuple[FloatArray, FloatArray]:
    """Threshold of least Kolmogorov-Smirnov distance and the exponent there, per resample.

    Resamples without ``min_tail`` values above any threshold are left out.
    """
    grid = _continued(thresholds, float(sample.values.max()))
    counts, logs = _tail_sums(sample, grid)
    exponents = _exponents(counts, logs, weights)
    number = weights @ counts
    distances = np.full((len(weights), thresholds.size), np.inf)
    for k in range(thresholds.size):
        enough = number[:, k] >= min_tail
        model = (grid[k:] / grid[k])[None, :] ** (1.0 - exponents[enough, k, None])
        data = number[enough, k:] / number[enough, k, None]
        distances[enough, k] = np.abs(data - model).max(axis=1)
    usable = np.isfinite(distances).any(axis=1)
    best = np.argmin(distances[usable], axis=1)
    return thresholds[best], exponents[usable][np.arange(best.size), best]


def _continued(thresholds: FloatArray, highest: float) -> FloatArray:
    """The logarithmic grid of thresholds, continued to the largest value of the sample."""
    steps = int(np.ceil(np.log10(highest / thresholds[-1]) * _GRID_PER_DECADE))
    beyond = 10.0 ** (np.arange(1, max(steps, 0) + 1) / _GRID_PER_DECADE)
    return np.concatenate([thresholds, thresholds[-1] * beyond])


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
        "maxima": _larger_half(maxima),
    }
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("fits", "scan", "convergence", "comparisons")
    }
    for name, sample in samples.items():
        enough = settings["min_realizations"] if name == "maxima" else settings["min_tail"]
        first = None if name == "pooled" else lambda size: _larger_half(maxima[:size])
        for table, found in _tail_of_sample(sample, settings, enough, rng, first).items():
            parts[table].append(found.assign(sample=name))
    return {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}


def _larger_half(maxima: FloatArray) -> TailSample:
    """The largest value of each glass, from their median on.

    Below it lies the bulk of a distribution of extremes, which is no power law: an exponent fitted
    to all of 20 or 40 maxima is too small by more than its interval.
    """
    middle = float(np.median(maxima))
    (kept,) = np.nonzero(maxima >= middle)
    return TailSample(maxima[kept], kept, maxima.size, middle)


def _tail_of_sample(
    sample: TailSample,
    settings: Mapping[str, Any],
    min_tail: int,
    rng: np.random.Generator,
    first: Callable[[int], TailSample] | None,
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
    curve = exponent_scan(sample, thresholds)
    tables["scan"] = curve.table("x_min", "exponent")
    sizes = np.unique(np.rint(np.geomspace(least, sample.n_realizations, 8)).astype(int))
    fits = exponent_convergence(sample, list(sizes), n_resamples, rng, min_tail, least, first)
    tables["convergence"] = pd.DataFrame([_fit_row(found) for found in fits])
    tables["comparisons"] = pd.DataFrame([asdict(found) for found in fit.comparisons])
    return {**tables, "fits": pd.DataFrame([{**_fit_row(fit), "reason": fit.drift.reason}])}


def _fit_row(fit: TailFit) -> dict[str, Any]:
    return {
        **estimate_row(fit.exponent),
        "x_min": fit.x_min,
        "distance": fit.distance,
        "n_tail": fit.n_tail,
        "independent_error": fit.independent_error,
        "drift_glasses": fit.drift.glasses,
        "drift_far": fit.drift.far,
        "drift_far_x_min": fit.drift.far_x_min,
        "drift_far_significance": fit.drift.far_significance,
        "settled": fit.drift.settled,
    }
