"""Magnitudes of internal forces, and the share of f.X in E."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import FileFormatError
from ..glass import FloatArray
from .distributions import check_finite, density, logarithmic_edges
from .quantiles import BinnedQuantile, binned_quantile, bins_of, quantile_of
from .resampling import BEYOND, FITTED, MIN_OWNERS, NO_INTERVAL, TOO_FEW, jackknife_interval

#: Bins of |E_alpha|, in units of k_B T / 2, that shares are counted in; what lies above them is
#: counted in a bin of its own.
SHARE_ENERGIES = logarithmic_edges(1e-2, 1e5, 4)

#: Bins of the share |E - harmonic| / |E|; what lies below and above is counted in open bins.
SHARES = logarithmic_edges(1e-3, 1e4, 100)

#: Bins of the magnitude of internal forces, energy per length, between two open ones.
FORCES = logarithmic_edges(1e-4, 1e3, 20)

#: |E| from which "large" is meant where the share of f.X is looked at, k_B T / 2: an edge of
#: SHARE_ENERGIES, fixed beforehand.
LARGE_ENERGY = 10.0

#: Quartiles of the share of f.X in E.
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}

_HISTOGRAM = ["quantity", "energy_bin", "bin", "count", "sum"]

_SHARE_COLUMNS = ["energy", *_QUARTILES, "lower", "upper", "count", "n_glasses", "n_realizations",
                  "status", "reason"]  # fmt: skip

_ESTIMATES = ["quantity", "value", "lower", "upper", "count", "n_realizations", "status",
              "reason"]  # fmt: skip

#: Quantities of force_estimates that others rest on.
MEAN = "mean"
SPREAD, LARGE_OVER_ALL, LARGE_SHARE = "spread", "large over all", "share of f.X where |E| is large"


# --- counting, in one realization ---


def count_shares(energy: FloatArray, harmonic: FloatArray) -> FloatArray:
    """(B + 1, S + 2) interactions by |E| (SHARE_ENERGIES, the last entry for what lies above) and
    by |E - harmonic| / |E| (SHARES, with an open bin at either end).

    Interactions whose |E| lies below the first bin of energies are left out.
    """
    check_finite(energy)
    check_finite(harmonic)
    size = np.abs(energy)
    large = size >= SHARE_ENERGIES[0]
    rows = bins_of(size[large], SHARE_ENERGIES) - 1
    columns = bins_of(np.abs(energy - harmonic)[large] / size[large], SHARES)
    shape = SHARE_ENERGIES.size, SHARES.size + 1
    cell = rows * shape[1] + columns
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def coupling_histograms(
    forces: FloatArray, energy: FloatArray, harmonic: FloatArray, floor: float
) -> pd.DataFrame:
    """Filled bins of |f| and of the share of f.X, of the interactions of one realization.

    Parameters
    ----------
    forces, energy, harmonic : (P,) |f_alpha|, E_alpha and its harmonic part
    floor : |E| from which interactions count as ``large_force``, too

    Returns
    -------
    DataFrame
        quantity (``force``, ``large_force``, ``share``), energy_bin (of shares), bin (0: below the
        first edge, the last: above the last), count, and sum of the |f| counted (0 for shares).

    Raises
    ------
    InvalidSettingError
        If a force or an energy is not finite.
    """
    check_finite(forces)
    parts = []
    of_large = forces[np.abs(energy) >= floor]
    for quantity, values in (("force", forces), ("large_force", of_large)):
        bins = bins_of(values, FORCES)
        counts, sums = (np.bincount(bins, w, FORCES.size + 1) for w in (None, values))
        (filled,) = np.nonzero(counts)
        parts.append(_rows(quantity, 0, filled, counts[filled], sums[filled]))
    shares = count_shares(energy, harmonic)
    at, bins = np.nonzero(shares)
    parts.append(_rows("share", at, bins, shares[at, bins], 0.0))
    return pd.concat(parts, ignore_index=True)


def _rows(quantity: str, energy_bin: Any, bins: Any, counts: Any, sums: Any) -> pd.DataFrame:
    rows = pd.DataFrame({"energy_bin": energy_bin, "bin": bins, "count": counts, "sum": sums})
    return rows.astype({"count": float, "sum": float}).assign(quantity=quantity)[_HISTOGRAM]


# --- tables of an ensemble ---


def force_distribution(histograms: pd.DataFrame) -> pd.DataFrame:
    """p(|f_alpha|) of all interactions and of those with large |E|, with intervals.

    Columns quantity (``force``, ``large_force``), force, density, lower, upper, count,
    n_realizations. Normalised over all interactions, those beyond the bins too.
    """
    parts = []
    for quantity in ("force", "large_force"):
        counts = _dense(histograms, quantity, (FORCES.size + 1,))
        if not counts.any():
            continue
        curve = density(counts, counts.sum(axis=1), FORCES)
        parts.append(curve.table("force", "density", quantity=quantity))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def scaled_forces(forces: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`force_distribution` with |f| in units of its mean over all interactions.

    ``estimates`` (:func:`force_estimates`) has that mean.
    """
    if forces.empty:
        return forces
    mean = float(estimates.set_index("quantity").loc[MEAN, "value"])
    columns = ["density", "lower", "upper"]
    scaled = {name: forces[name] * mean for name in columns}
    return forces.assign(force=forces["force"] / mean, **scaled)


def force_estimates(histograms: pd.DataFrame) -> pd.DataFrame:
    """Numbers that stand for the forces and for the share of f.X, with intervals over glasses.

    Means come from sums over all interactions, quantiles from bins.

    Returns
    -------
    DataFrame
        quantity, value, lower, upper, count (interactions), n_realizations (glasses that have any),
        status and reason. ``mean`` and ``mean of large``: of |f| of all interactions, and of those
        with large |E|; ``large over all``: the second in the first. ``spread``: 99 % quantile of
        |f| over its median. ``below the bins`` and ``above the bins``: shares
        of all interactions. ``share of f.X where |E| is large``: median of |f.X| / |E| over all
        interactions of |E| >= LARGE_ENERGY. No rows where nothing was counted.
    """
    counts, large_counts = (
        _dense(histograms, quantity, (FORCES.size + 1,)) for quantity in ("force", "large_force")
    )
    if not counts.any():
        return pd.DataFrame(columns=_ESTIMATES)
    sums, large_sums = (
        _dense(histograms, quantity, (FORCES.size + 1,), "sum").sum(axis=1)
        for quantity in ("force", "large_force")
    )
    number, large_number = counts.sum(axis=1), large_counts.sum(axis=1)
    rows = [_ratio_row(MEAN, number, (sums, number))]
    if large_number.any():
        large = large_sums, large_number
        rows.append(_ratio_row("mean of large", large_number, large))
        rows.append(_ratio_row(LARGE_OVER_ALL, large_number, large, (sums, number)))
    rows.append(_spread_row(counts))
    for name, outside in (("below the bins", counts[:, 0]), ("above the bins", counts[:, -1])):
        rows.append({"quantity": name, "value": outside.sum() / number.sum(),
                     "count": number.sum(), "n_realizations": np.count_nonzero(number),
                     "status": FITTED, "reason": ""})  # fmt: skip
    first = int(np.searchsorted(SHARE_ENERGIES, LARGE_ENERGY))
    shares = _share_counts(histograms)[:, first:].sum(axis=1)
    if shares.any():
        rows.append(_quantile_row(LARGE_SHARE, binned_quantile(shares, SHARES, 0.5)))
    return pd.DataFrame(rows, columns=_ESTIMATES)


def anharmonic_shares(histograms: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of |E - harmonic| / |E| in the filled bins of |E|.

    Columns energy (geometric centre), lower_quartile, median, upper_quartile (NaN beyond the
    bins), lower, upper (interval of the median over glasses, as
    :func:`~softfield.statistics.quantiles.binned_quantile` has it), count, n_glasses (that have
    something in the bin), n_realizations (all of them), status, reason.
    """
    counts = _share_counts(histograms)[:, :-1]
    centres = np.sqrt(SHARE_ENERGIES[:-1] * SHARE_ENERGIES[1:])
    rows = [
        {"energy": centres[b], **_quartiles(counts[:, b]), "n_realizations": len(counts)}
        for b in np.flatnonzero(counts.any(axis=(0, 2)))
    ]
    return pd.DataFrame(rows, columns=_SHARE_COLUMNS) if rows else pd.DataFrame()


def _quartiles(counts: FloatArray) -> dict[str, Any]:
    """The columns of the quartiles in one bin of |E|, from (R, S + 2) counts of shares."""
    found = {name: binned_quantile(counts, SHARES, q) for name, q in _QUARTILES.items()}
    median = found["median"]
    missing = [f"{name.replace('_', ' ')}: {quantile.reason}" for name, quantile in found.items()
               if quantile.status == BEYOND]  # fmt: skip
    few = [median.reason] if median.status == TOO_FEW else []
    return {
        **{name: quantile.value for name, quantile in found.items()},
        "lower": median.lower, "upper": median.upper, "count": median.n_values,
        "n_glasses": median.n_glasses,
        "status": BEYOND if missing else median.status, "reason": "; ".join([*few, *missing]),
    }  # fmt: skip


def _ratio_row(
    quantity: str, number: FloatArray, above: tuple[FloatArray, FloatArray],
    below: tuple[FloatArray, FloatArray] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Mean of |f| from its (R,) sums and numbers of glasses, or its ratio to another such mean."""
    logs, others = np.zeros(1), np.zeros((number.size, 1))
    with np.errstate(divide="ignore", invalid="ignore"):  # one glass alone: no interval
        for part, sign in [(above, 1.0), *([] if below is None else [(below, -1.0)])]:
            for values, power in zip(part, (sign, -sign), strict=True):
                logs += power * np.log(values.sum())
                others[:, 0] += power * np.log(values.sum() - values)
        lower, upper = (float(np.exp(end)[0]) for end in jackknife_interval(logs, others))
    glasses = int(np.count_nonzero(number))
    row = {
        "quantity": quantity,
        "value": float(np.exp(logs[0])),
        "lower": lower,
        "upper": upper,
        "count": number.sum(),
        "n_realizations": glasses,
        "status": FITTED,
        "reason": "",
    }
    if np.isnan(logs[0]):
        return row | {"status": TOO_FEW, "reason": "all forces are zero"}
    if glasses < MIN_OWNERS:
        few = f"{glasses} glasses have values, an interval needs {MIN_OWNERS}"
        return row | {"lower": np.nan, "upper": np.nan, "status": TOO_FEW, "reason": few}
    return row


def _spread_row(counts: FloatArray) -> dict[str, Any]:
    """Ratio of two quantiles, with a jackknife over glasses for its logarithm."""
    high, middle = (binned_quantile(counts, FORCES, q) for q in (0.99, 0.5))
    missing = [f"{name}: {quantile.reason}" for name, quantile in
               (("99 % quantile", high), ("median", middle))
               if quantile.status == BEYOND]  # fmt: skip
    row = {
        "quantity": SPREAD, "value": high.value / middle.value, "count": middle.n_values,
        "n_realizations": middle.n_glasses, "status": BEYOND if missing else FITTED,
        "reason": "; ".join(missing),
    }  # fmt: skip
    if missing:
        return row
    if middle.n_glasses < MIN_OWNERS:
        few = f"{middle.n_glasses} glasses have values, an interval needs {MIN_OWNERS}"
        return row | {"status": TOO_FEW, "reason": few}
    total = counts.sum(axis=0)
    others = np.array([_log_spread(total - of_glass) for of_glass in counts])
    lower, upper = jackknife_interval(np.array([_log_spread(total)]), others[:, None])
    if np.isnan(lower[0]):
        return row | {"status": TOO_FEW, "reason": NO_INTERVAL}
    return row | {"lower": float(np.exp(lower[0])), "upper": float(np.exp(upper[0]))}


def _log_spread(counts: FloatArray) -> float:
    high, middle = (quantile_of(counts, FORCES, q) for q in (0.99, 0.5))
    with np.errstate(divide="ignore", invalid="ignore"):  # beyond the bins without one glass
        return float(np.log(high) - np.log(middle))


def _quantile_row(quantity: str, found: BinnedQuantile) -> dict[str, Any]:
    return {
        "quantity": quantity, "value": found.value, "lower": found.lower, "upper": found.upper,
        "count": found.n_values, "n_realizations": found.n_glasses, "status": found.status,
        "reason": found.reason,
    }  # fmt: skip


def _share_counts(histograms: pd.DataFrame) -> FloatArray:
    return _dense(histograms, "share", (SHARE_ENERGIES.size, SHARES.size + 1))


def _dense(
    histograms: pd.DataFrame, quantity: str, shape: tuple[int, ...], column: str = "count"
) -> FloatArray:
    """(R, *shape) counts or sums of one quantity, of all realizations, from the filled bins."""
    if "sum" not in histograms:
        raise FileFormatError(
            "the table of couplings_histograms has no column sum: its bins are those of an earlier "
            "version. Make it anew with measure_couplings."
        )
    owners = np.unique(histograms["realization"])
    chosen = (histograms["quantity"] == quantity).to_numpy()
    at: list[npt.NDArray] = [np.searchsorted(owners, histograms["realization"].to_numpy()[chosen])]
    if len(shape) == 2:
        at.append(histograms["energy_bin"].to_numpy()[chosen].astype(int))
    at.append(histograms["bin"].to_numpy()[chosen].astype(int))
    found = np.zeros((owners.size, *shape))
    np.add.at(found, tuple(at), histograms[column].to_numpy()[chosen].astype(float))
    return found
