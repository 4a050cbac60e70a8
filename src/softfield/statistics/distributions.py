"""The distribution p(E) of the local thermal energy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..checks.numbers import whole_number
from ..errors import InvalidSettingError
from ..glass import FloatArray
from .fractions import share_interval
from .resampling import MIN_OWNERS, Curve, jackknife_interval

#: Parts that energies are counted in: |E|, E > 0 and -E where E < 0.
SIGNS = ("all", "positive", "negative")


def logarithmic_edges(lowest: float, highest: float, bins_per_decade: int) -> FloatArray:
    """Edges (B + 1,) of equal bins in log10(x) from ``lowest`` to at least ``highest``."""
    whole_number(bins_per_decade, "bins_per_decade")
    if not 0 < lowest < highest < np.inf:
        raise InvalidSettingError(
            f"logarithmic bins from {lowest:g} to {highest:g}: the limits must be positive, finite "
            "and ascending."
        )
    n_bins = int(np.ceil(np.log10(highest / lowest) * bins_per_decade - 1e-9))
    return lowest * 10.0 ** (np.arange(n_bins + 1) / bins_per_decade)


def count_signed(energies: FloatArray, edges: FloatArray) -> dict[str, npt.NDArray[np.int64]]:
    """Histograms of |E|, of E > 0 and of -E where E < 0.

    Each is (B + 2,): the first entry counts what lies below ``edges[0]`` (zero belongs to
    "all" only), the last what lies at or above ``edges[-1]``, so that nothing is lost.
    """
    check_finite(energies)
    parts = (np.abs(energies), energies[energies > 0], -energies[energies < 0])
    return {
        sign: np.bincount(np.searchsorted(edges, part, side="right"), minlength=edges.size + 1)
        for sign, part in zip(SIGNS, parts, strict=True)
    }


def density(counts: npt.NDArray, n_values: npt.NDArray, edges: FloatArray) -> Curve:
    """Probability density p(E) on logarithmic bins, with intervals over realizations.

    Parameters
    ----------
    counts : (R, B + 2) histograms of R realizations, as :func:`count_signed` gives them
    n_values : (R,) number of all values of each realization, which normalises: densities
        of the two signs add up to that of |E|
    edges : (B + 1,)

    Returns
    -------
    Curve
        x = geometric centres of the B bins.
    """
    inside = np.asarray(counts, dtype=np.float64)[:, 1:-1]
    widths = np.diff(edges)
    total = np.asarray(n_values, dtype=np.float64)
    hits = inside.sum(axis=0)
    lower, upper = share_interval(inside, total)
    centres = np.sqrt(edges[:-1] * edges[1:])
    estimate = hits / total.sum() / widths
    return Curve(centres, estimate, lower / widths, upper / widths, hits, len(inside))


#: Bins of a window, and values that both windows of a local exponent hold.
_WINDOW, _LEAST_VALUES = 3, 20


def local_exponent(counts: npt.NDArray, edges: FloatArray) -> Curve:
    """Exponent tau of p(E) ~ E^-tau around every bin, with intervals over realizations.

    From the numbers of values in three bins below the bin and three above it: for a power law
    their ratio is a power of the ratio of the edges. NaN where either holds fewer than 20 values
    or values of fewer than 5 realizations. p(E) E^(9/4) is level where tau is 9/4. Intervals are
    those of the jackknife.

    Parameters
    ----------
    counts, edges : as in :func:`density`
    """
    inside = np.asarray(counts, dtype=np.float64)[:, 1:-1]
    n_bins = inside.shape[1]
    centres = np.sqrt(edges[:-1] * edges[1:])
    estimate, lower, upper = np.full((3, n_bins), np.nan)
    step = (_WINDOW + 1) * np.log(edges[1] / edges[0])
    for k in range(_WINDOW, n_bins - _WINDOW):
        windows = (slice(k - _WINDOW, k), slice(k + 1, k + 1 + _WINDOW))
        below, above = (inside[:, window].sum(axis=1) for window in windows)
        if min(below.sum(), above.sum()) < _LEAST_VALUES:
            continue
        if min(np.count_nonzero(below), np.count_nonzero(above)) < MIN_OWNERS:
            continue
        total = np.array([below.sum(), above.sum()])
        without = total - np.column_stack([below, above])  # at least four realizations are left
        estimate[k] = 1.0 - np.log(total[1] / total[0]) / step
        others = 1.0 - np.log(without[:, 1] / without[:, 0]) / step
        ends = jackknife_interval(estimate[k : k + 1], others[:, None])
        lower[k], upper[k] = (float(end[0]) for end in ends)
    return Curve(centres, estimate, lower, upper, inside.sum(axis=0), len(inside))


def check_finite(energies: FloatArray) -> None:
    if energies.ndim != 1 or energies.size == 0 or not np.isfinite(energies).all():
        raise InvalidSettingError(
            f"energies of shape {energies.shape} must be a non-empty list of finite numbers; "
            "check the field that they come from."
        )


def energy_distribution(histograms: pd.DataFrame, edges: FloatArray) -> pd.DataFrame:
    """p(E) of |E|, E > 0 and E < 0 and its local exponent, from histograms of realizations.

    ``histograms`` has the columns realization, sign, bin (0 = below the first edge, last =
    above the last) and count.
    """
    owners, columns = np.unique(histograms["realization"], return_inverse=True)
    counts = np.zeros((len(SIGNS), owners.size, edges.size + 1))
    signs = histograms["sign"].map(SIGNS.index).to_numpy()
    np.add.at(counts, (signs, columns, histograms["bin"].to_numpy()), histograms["count"])
    n_values = counts[0].sum(axis=1)
    parts = []
    for sign, of_sign in zip(SIGNS, counts, strict=True):
        table = density(of_sign, n_values, edges).table("energy", "density", sign=sign)
        local = local_exponent(of_sign, edges)
        parts.append(
            table.assign(
                local_exponent=local.estimate, local_lower=local.lower, local_upper=local.upper
            )
        )
    return pd.concat(parts, ignore_index=True)
