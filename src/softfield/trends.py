"""Exponents of scaling laws, and shares by bin, with bootstrap intervals over realizations."""

from __future__ import annotations

import numpy as np

from .errors import TooFewDataError
from .statistics import (
    LEVEL,
    Curve,
    Estimate,
    FloatArray,
    IndexArray,
    logarithmic_edges,
    percentile_interval,
)

#: Bins of |E_alpha|, in units of k_B T / 2, that shares are counted in.
SHARE_ENERGIES = logarithmic_edges(1e-2, 1e5, 4)

#: Bins of the share |E - harmonic| / |E|; the last bin takes what lies beyond.
SHARES = np.concatenate([np.linspace(0.0, 3.0, 121), [np.inf]])

#: Bins of the magnitude of internal forces, energy per length.
FORCES = logarithmic_edges(1e-4, 1e3, 20)


def log_slope(
    x: FloatArray,
    y: FloatArray,
    realization: IndexArray,
    weights: FloatArray,
    correction: bool = False,
    level: float = LEVEL,
) -> Estimate:
    """Exponent p of y ~ x^p, a straight line through ln y against ln x by least squares.

    Parameters
    ----------
    x, y : (K,) positive
    realization : (K,) index of the realization of each value, a column of ``weights``
    weights : (n_resamples, R) from :func:`~softfield.statistics.bootstrap_weights`
    correction : fit ln y = a + p ln x + b x^2, the leading correction of a law that holds
        for small x

    Raises
    ------
    TooFewDataError
        If the values do not determine the line, or not in most of the resamples.
    """
    columns = [np.ones_like(x), np.log(x)] + ([x**2 / np.max(x) ** 2] if correction else [])
    design = np.column_stack(columns)
    n_realizations, n_columns = weights.shape[1], design.shape[1]
    products = np.zeros((n_realizations, n_columns, n_columns + 1))
    augmented = np.column_stack([design, np.log(np.abs(y))])
    np.add.at(products, realization, design[:, :, None] * augmented[:, None, :])
    slope = _slopes(products.sum(axis=0)[None])
    samples = _slopes(np.tensordot(weights, products, axes=1))
    if slope.size == 0 or samples.size < 0.9 * len(weights):
        raise TooFewDataError(
            f"{x.size} values of {n_realizations} realizations at {np.unique(x).size} places do "
            "not determine an exponent; run more realizations, or larger ones."
        )
    lower, upper = percentile_interval(samples, level)
    return Estimate(float(slope[0]), float(lower), float(upper), n_realizations, level)


def _slopes(normal: FloatArray) -> FloatArray:
    """Second coefficient of every system of normal equations (S, p, p + 1) of full rank."""
    matrix = normal[:, :, :-1]
    scale = np.sqrt(np.maximum(np.einsum("spp->sp", matrix), 1e-300))
    scaled = matrix / scale[:, :, None] / scale[:, None, :]
    usable = np.linalg.cond(scaled) < 1e10
    right = (normal[:, :, -1] / scale)[usable, :, None]
    return np.linalg.solve(scaled[usable], right)[:, 1, 0] / scale[usable, 1]


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
        nothing in a bin is left out there.
    """
    total = counts.sum(axis=(0, 2))
    filled = np.flatnonzero(total > 0)
    centres = np.sqrt(SHARE_ENERGIES[:-1] * SHARE_ENERGIES[1:])[filled]
    estimate, lower, upper = np.empty((3, filled.size))
    for k, b in enumerate(filled):
        estimate[k] = _binned_quantile(counts[:, b].sum(axis=0)[None], quantile)[0]
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
