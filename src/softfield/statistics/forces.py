"""Magnitudes of internal forces, and the share of f.X in E."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..glass import FloatArray
from .distributions import density, logarithmic_edges
from .resampling import MIN_OWNERS, Curve, bootstrap_weights, percentile_interval

#: Bins of |E_alpha|, in units of k_B T / 2, that shares are counted in.
SHARE_ENERGIES = logarithmic_edges(1e-2, 1e5, 4)


#: Bins of the share |E - harmonic| / |E|; the last bin takes what lies beyond.
SHARES = np.concatenate([np.linspace(0.0, 3.0, 121), [np.inf]])


#: Bins of the magnitude of internal forces, energy per length.
FORCES = logarithmic_edges(1e-4, 1e3, 20)


def count_shares(energy: FloatArray, harmonic: FloatArray) -> FloatArray:
    """(B, S) interactions by |E| (SHARE_ENERGIES) and by |E - harmonic| / |E| (SHARES).

    Interactions outside the bins of |E| are left out.
    """
    size = np.abs(energy)
    inside = (size >= SHARE_ENERGIES[0]) & (size < SHARE_ENERGIES[-1])
    share = np.abs(energy - harmonic)[inside] / size[inside]
    return np.histogram2d(size[inside], share, bins=(SHARE_ENERGIES, SHARES))[0]


def share_quantile(counts: FloatArray, quantile: float, weights: FloatArray) -> Curve:
    """A quantile of the share |E - harmonic| / |E| in every filled bin of |E|.

    Parameters
    ----------
    counts : (R, B, S) as :func:`count_shares` gives them
    weights : (n_resamples, R)

    Returns
    -------
    Curve
        x = geometric centres of the bins of |E| that hold something; a resample that has
        nothing in a bin is left out there. Where fewer than five realizations have something in a
        bin, resamples of them say too little of others: the interval is NaN.
    """
    total = counts.sum(axis=(0, 2))
    filled = np.flatnonzero(total > 0)
    centres = np.sqrt(SHARE_ENERGIES[:-1] * SHARE_ENERGIES[1:])[filled]
    estimate, lower, upper = np.full((3, filled.size), np.nan)
    for k, b in enumerate(filled):
        estimate[k] = _binned_quantile(counts[:, b].sum(axis=0)[None], quantile)[0]
        if np.count_nonzero(counts[:, b].any(axis=1)) < MIN_OWNERS:
            continue
        samples = _binned_quantile(weights @ counts[:, b], quantile)
        lower[k], upper[k] = percentile_interval(samples)
    return Curve(centres, estimate, lower, upper, total[filled], len(counts))


def _binned_quantile(counts: FloatArray, quantile: float) -> FloatArray:
    """Quantile (S',) of every histogram (S', S) over SHARES that holds something."""
    held = counts[counts.sum(axis=1) > 0]
    cumulated = held.cumsum(axis=1)
    wanted = quantile * cumulated[:, -1:]
    bin_ = (cumulated < wanted).sum(axis=1)
    rows = np.arange(len(held))
    below = cumulated[rows, bin_] - held[rows, bin_]
    inside = (wanted[:, 0] - below) / np.maximum(held[rows, bin_], 1e-300)
    low, high = SHARES[bin_], np.minimum(SHARES[bin_ + 1], 2 * SHARES[-2])
    return low + np.clip(inside, 0.0, 1.0) * (high - low)


#: Quartiles of the share of f.X in E.
_QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}


def scaled_forces(forces: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`force_distribution` with |f| in units of its mean over all pairs."""
    every = forces[forces["quantity"] == "force"]
    mean = float((every["force"] * every["count"]).sum() / every["count"].sum())
    scaled = forces.assign(force=forces["force"] / mean)
    columns = ["density", "lower", "upper"]
    return scaled.assign(**{name: forces[name] * mean for name in columns})


def force_distribution(histograms: pd.DataFrame) -> pd.DataFrame:
    """p(|f_alpha|) of all interactions and of those with large |E|, with intervals.

    Columns quantity (``force``, ``large_force``), force, density, lower, upper, count.
    """
    parts = []
    for quantity in ("force", "large_force"):
        counts = _dense(histograms, quantity, (FORCES.size - 1,))
        if not counts.size:
            continue
        padded = np.pad(counts, ((0, 0), (1, 1)))
        curve = density(padded, counts.sum(axis=1), FORCES)
        parts.append(
            pd.DataFrame(
                {
                    "quantity": quantity, "force": curve.x, "density": curve.estimate,
                    "lower": curve.lower, "upper": curve.upper, "count": curve.counts,
                    "n_realizations": curve.n_realizations,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def anharmonic_shares(
    histograms: pd.DataFrame, n_resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Median and quartiles of |E - harmonic| / |E| in bins of |E|.

    Columns energy, median, lower, upper (bootstrap interval of the median), lower_quartile,
    upper_quartile, count, n_realizations.
    """
    counts = _dense(histograms, "share", (SHARE_ENERGIES.size - 1, SHARES.size - 1))
    if not counts.size:
        return pd.DataFrame()
    weights = bootstrap_weights(len(counts), n_resamples, rng)
    curves = {name: share_quantile(counts, q, weights) for name, q in _QUARTILES.items()}
    median = curves["median"]
    columns = {name: curve.estimate for name, curve in curves.items()}
    return pd.DataFrame(
        {"energy": median.x, **columns, "lower": median.lower, "upper": median.upper,
         "count": median.counts, "n_realizations": median.n_realizations}
    )  # fmt: skip


def _dense(histograms: pd.DataFrame, quantity: str, shape: tuple[int, ...]) -> FloatArray:
    """(R, *shape) counts of one quantity, from the filled bins."""
    rows = histograms[histograms["quantity"] == quantity]
    owners, columns = np.unique(rows["realization"], return_inverse=True)
    counts = np.zeros((owners.size, *shape))
    bins = [rows["bin"].to_numpy(dtype=int)]
    if len(shape) == 2:
        bins.insert(0, rows["energy_bin"].to_numpy(dtype=int))
    np.add.at(counts, (columns, *bins), rows["count"].to_numpy())
    return counts
