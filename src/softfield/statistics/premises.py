"""What the argument of Eqs. 4 to 6 and of Fig. 3 takes for granted, with intervals over glasses.

Modes that are apart hardly couple, plane waves have the density of Debye, and large energies of
either sign lie together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..glass import FloatArray
from .distributions import logarithmic_edges
from .fractions import binomial_interval
from .quantiles import binned_quantile, count_values
from .resampling import (
    FITTED,
    MIN_OWNERS,
    NO_INTERVAL,
    TOO_FEW,
    common_failure,
    jackknife_interval,
    succeeded,
)
from .scaling_laws import localised_modes, phonon_free_limits, with_masses

#: Quantities of :func:`premises` that claims rest on.
SIGNS_TOGETHER = "negative near positive, less chance"
NEAR, BY_CHANCE = "negative near positive", "negative near positive, by chance"
MODES_APART = "c_ijj over c_iii of modes apart"
DENSITY_OF_WAVES = "density of waves"

#: Distance of the cores of two modes from which on they are apart, in radii of a core.
APART = 2.0

#: Bins of |c_ijj| / |c_iii|; what lies beyond them is counted in open bins.
_RATIOS = logarithmic_edges(1e-12, 1e6, 100)

#: Share of the glasses whose modes must reach a frequency, at least, for modes below it to be
#: counted: what the others lack changes the exponent by less than 0.01.
_REACH = 0.99

#: Share by which edges of boxes may differ that count as cubes of one size: shells stay apart.
_CUBE = 0.02

_COLUMNS = ["quantity", "value", "lower", "upper", "against", "n_values", "n_realizations",
            "status", "reason"]  # fmt: skip


def premises(
    tables: Mapping[str, pd.DataFrame],
    dimension: int,
    settings: Mapping[str, Any],
    boxes: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """A row for each of them.

    Parameters
    ----------
    tables : ``signs`` of scripts/measure_signs.py, ``glasses`` and ``pairs`` of
        scripts/measure_couplings.py, ``frequencies`` (left out where there are none)
    dimension : of the glasses
    settings : ``phonon_free``, ``localised``, ``radius`` (of a core), ``min_realizations``
    boxes : (R, d) edges of the glasses; None: cubes of one size

    Returns
    -------
    DataFrame
        quantity, value, lower, upper, against (what is expected, where that depends on the
        ensemble), n_values, n_realizations (glasses that have any), status, reason.
    """
    glasses = succeeded(tables["glasses"])
    rows = signs_together(tables["signs"])
    if len(glasses):
        rows.append(modes_apart(tables["pairs"], glasses, settings))
        if "frequencies" in tables:
            rows.append(
                density_of_waves(tables["frequencies"], glasses, dimension, settings, boxes)
            )
    return pd.DataFrame(rows, columns=_COLUMNS)


# --- large energies of either sign ---


def signs_together(signs: pd.DataFrame) -> list[dict[str, Any]]:
    """Share of the large negative energies that have a large positive one nearby; by chance; less.

    Of all of them together. By chance: of the same glass, were its positive ones moved by any
    vector, which is the share of its volume near to one of them.
    """
    found = succeeded(signs)
    number, near, covered = (
        found[name].to_numpy(dtype=np.float64) if name in found else np.empty(0)
        for name in ("negative", "near", "covered")
    )
    parts = {NEAR: near, BY_CHANCE: number * covered, SIGNS_TOGETHER: near - number * covered}
    none = "no glass has a large negative energy"
    if found.empty and len(signs):
        none = f"no glass could be measured: {common_failure(signs)}"
    return [_ratio_row(name, above, number, none) for name, above in parts.items()]


def _ratio_row(quantity: str, above: FloatArray, number: FloatArray, none: str) -> dict[str, Any]:
    """Sum of a part (R,) over the sum of the numbers (R,), with a jackknife over glasses.

    ``none`` says why there is none of them.
    """
    row = _row(quantity, int(number.sum()), int(np.count_nonzero(number)))
    if row["n_realizations"] == 0:
        return row | {"status": TOO_FEW, "reason": none}
    row["value"] = above.sum() / number.sum()
    if row["n_realizations"] < MIN_OWNERS:
        return row | {"status": TOO_FEW, "reason": _few(row["n_realizations"])}
    without = (above.sum() - above) / (number.sum() - number)
    lower, upper = jackknife_interval(np.array([row["value"]]), without[:, None])
    if np.isnan(lower[0]):  # all glasses are alike
        if quantity != NEAR:
            return row | {"status": TOO_FEW, "reason": "all glasses are alike in it"}
        n = row["n_realizations"]  # as if each had one such energy
        lower, upper = np.atleast_1d(*binomial_interval(n * row["value"], n))
    return row | {"lower": float(lower[0]), "upper": float(upper[0])}


# --- modes apart ---


def modes_apart(
    pairs: pd.DataFrame, glasses: pd.DataFrame, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Median over glasses of |c_ijj| / |c_iii|, of each glass the median over its pairs of modes.

    Both modes are localised, as in :func:`~softfield.statistics.scaling_laws.localised_of`, and
    their cores are further apart than two radii.
    """
    limits, participation = (
        phonon_free_limits(glasses, settings["phonon_free"]),
        settings["localised"],
    )
    chosen = localised_modes(pairs, limits, participation)
    if len(chosen):
        chosen = chosen[
            (chosen["other_frequency"] < chosen["realization"].map(limits))
            & (chosen["other_participation_ratio"] < participation)
            & (chosen["distance"] > APART * settings["radius"])
        ]
    ratios = (
        (chosen["coupling"] / chosen["own"]).abs().groupby(chosen["realization"]).median()
        if len(chosen)
        else pd.Series(dtype=float)
    )
    counts = [count_values(np.array([ratio]), _RATIOS) for ratio in ratios]
    found = binned_quantile(np.reshape(counts, (-1, _RATIOS.size + 1)), _RATIOS, 0.5)
    row = _row(MODES_APART, len(chosen), len(ratios))
    row |= {"value": found.value, "lower": found.lower, "upper": found.upper,
            "status": found.status, "reason": found.reason}  # fmt: skip
    if len(ratios) < settings["min_realizations"]:
        few = (f"{len(ratios)} glasses have two localised modes that are apart, fewer than "
               f"{settings['min_realizations']}")  # fmt: skip
        return row | {"status": TOO_FEW, "reason": few}
    return row


# --- the density of plane waves ---


def wave_gaps(dimension: int) -> list[tuple[float, int]]:
    """The first two gaps between the frequencies of the transverse plane waves of a cubic box.

    Each is its middle, in units of the lowest frequency, and the number of waves below: d - 1
    directions of two waves (sine and cosine) for every pair of opposite wave vectors.
    """
    vectors = [n for n in product(range(-2, 3), repeat=dimension) if any(n)]
    first, second, third, *_ = sorted(Counter(sum(k * k for k in n) for n in vectors).items())
    below = [(dimension - 1) * number for number in (first[1], first[1] + second[1])]
    middles = [
        (one[0] * next_one[0]) ** 0.25 for one, next_one in ((first, second), (second, third))
    ]
    return list(zip(middles, below, strict=True))


def density_of_waves(
    frequencies: pd.DataFrame,
    glasses: pd.DataFrame,
    dimension: int,
    settings: Mapping[str, Any],
    boxes: npt.ArrayLike | None = None,
) -> dict[str, Any]:
    """Exponent p of D(omega) ~ omega^p of extended modes, from their numbers below two frequencies.

    In a finite box plane waves come in shells, and their number is no power of omega. So the
    modes are held against the waves of the box (:func:`wave_gaps`), of which Debye's law is the
    limit: with n modes below a gap between two shells, and W waves, ``n ~ W^q``, and
    ``p = d q - 1``. Frequencies are in units of that of the longest transverse wave (median over
    the glasses), and both gaps below the longitudinal waves, which begin at c_L / c_T, more than 2.
    Extended are the modes that have no participation ratio below ``localised``. Boxes that are no
    upright cubes of one size, to _CUBE, have other shells: nothing is said of them.
    """
    lowest = float(with_masses(glasses)["transverse_frequency"].median())
    highest = frequencies.groupby("realization")["frequency"].max().to_numpy() / lowest
    (start, waves), (end, more) = wave_gaps(dimension)
    extended = frequencies[frequencies["participation_ratio"] >= settings["localised"]]
    owners = np.unique(frequencies["realization"])
    row = _row(DENSITY_OF_WAVES, 0, owners.size) | {"against": dimension - 1.0}
    edges = np.ones(1) if boxes is None else np.asarray(boxes, dtype=np.float64)
    tilted = "strain" in glasses and glasses["strain"].abs().max() > _CUBE
    if tilted or edges.max() > (1.0 + _CUBE) * edges.min():
        other = "the boxes are no squares (cubes) of one size, whose shells of waves are counted"
        return row | {"status": TOO_FEW, "reason": other}
    if (highest >= end).mean() < _REACH:
        few = "the modes in the table do not reach the second shell of plane waves; take more modes"
        return row | {"status": TOO_FEW, "reason": few}
    at = np.searchsorted(owners, extended["realization"])
    scaled = extended["frequency"].to_numpy() / lowest
    low, high = (np.bincount(at, scaled < edge, owners.size) for edge in (start, end))
    row["n_values"] = int(high.sum())
    if owners.size < max(settings["min_realizations"], MIN_OWNERS) or not low.any():
        return row | {"status": TOO_FEW, "reason": _few(owners.size)}

    def exponent(few: FloatArray, many: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return dimension * np.log(many / few) / np.log(more / waves) - 1.0

    value = exponent(np.array([low.sum()]), np.array([high.sum()]))
    without = exponent(low.sum() - low, high.sum() - high)
    lower, upper = jackknife_interval(value, without[:, None])
    row["value"] = float(value[0])
    if np.ptp(low) == np.ptp(high) == 0:  # all glasses alike: as if one had a mode more, or less
        one = np.array([1.0, -1.0])
        lower, upper = np.sort(exponent(low.sum() + one, high.sum() - one))[:, None]
    if np.isnan(lower[0]):
        return row | {"status": TOO_FEW, "reason": NO_INTERVAL}
    return row | {"lower": float(lower[0]), "upper": float(upper[0])}


def _row(quantity: str, n_values: int, n_realizations: int) -> dict[str, Any]:
    return {"quantity": quantity, "value": np.nan, "lower": np.nan, "upper": np.nan,
            "against": np.nan, "n_values": n_values, "n_realizations": n_realizations,
            "status": FITTED, "reason": ""}  # fmt: skip


def _few(number: int) -> str:
    return f"{number} glasses have values, an interval needs more; run more realizations"
