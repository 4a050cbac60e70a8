"""Pair energies by molecular dynamics at several temperatures, extrapolated to T -> 0.

Eq. 3 is the limit of vanishing temperature. At a temperature T the measured value differs
from it by a term proportional to T, which is small only where the softest modes are still
harmonic; so the value is measured at two or more temperatures and the limit taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .dynamics import PairAverage, _averaged, pair_energy_average
from .errors import InvalidSettingError
from .glass import FloatArray, Glass
from .potentials import PairPotential


@dataclass(frozen=True, eq=False)
class ColdEnergies:
    """Energies of P pairs, in units of k_B T / 2, at K temperatures and in the limit.

    Attributes
    ----------
    temperatures : (K,)
    averages : K averages, one per temperature, over the same segments of time
    limit, error : (P,) at T -> 0 with its standard error, from blocking
    slope, slope_error : (P,) change per unit of temperature with its standard error
    """

    temperatures: FloatArray
    averages: tuple[PairAverage, ...]
    limit: FloatArray
    error: FloatArray
    slope: FloatArray
    slope_error: FloatArray


def chosen_interactions(
    energy: FloatArray, n_random: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """(n_random + 1,) interactions: different ones drawn at random, and that of largest |E|.

    Raises
    ------
    InvalidSettingError
        If there are not so many interactions.
    """
    if not 0 <= n_random < energy.size:
        raise InvalidSettingError(
            f"{n_random} interactions beside the one of the largest energy were asked for; the "
            f"glass has {energy.size}."
        )
    largest = int(np.argmax(np.abs(energy)))
    others = np.delete(np.arange(energy.size), largest)
    return np.append(rng.choice(others, n_random, replace=False), largest)


def cold_energies(
    glass: Glass,
    potential: PairPotential,
    pairs: npt.ArrayLike,
    temperatures: Sequence[float],
    *,
    duration: float,
    seed: int,
    time_step: float = 0.005,
) -> ColdEnergies:
    """Energies of chosen pairs by molecular dynamics, extrapolated to zero temperature.

    :func:`~softfield.dynamics.pair_energy_average` at each temperature, with the same random
    numbers: the velocities differ by the square root of the temperature only. As long as
    the glass is nearly harmonic, the noise is then common to all temperatures, and what
    differs between them is the effect of the temperature.

    Raises
    ------
    As :func:`extrapolated` and :func:`~softfield.dynamics.pair_energy_average`.
    """
    check_temperatures(temperatures)
    averages = [
        pair_energy_average(
            glass, potential, pairs, temperature, duration=duration,
            rng=np.random.default_rng(seed), time_step=time_step,
        )
        for temperature in temperatures
    ]  # fmt: skip
    return extrapolated(temperatures, averages)


def extrapolated(temperatures: Sequence[float], averages: Sequence[PairAverage]) -> ColdEnergies:
    """The straight line in T through averages over the same segments of time.

    The line is fitted by least squares with equal weights, which makes limit and slope fixed
    linear combinations of the temperatures. They are formed segment by segment, and their
    errors are from blocking of these series: noise that the temperatures share cancels in
    the slope and is not counted twice in the limit.

    Raises
    ------
    InvalidSettingError
        For fewer than two different temperatures, or averages over different segments.
    """
    t = check_temperatures(temperatures)
    if len(averages) != t.size:
        raise InvalidSettingError(f"{len(averages)} averages for {t.size} temperatures.")
    time = averages[0].time
    if any(not np.array_equal(found.time, time) for found in averages):
        raise InvalidSettingError(
            "the averages cover different segments of time; run every temperature with the "
            "same seed, time step and duration (cold_energies does)."
        )
    lengths = np.diff(time, prepend=0.0) / 2  # of each of the two mirror trajectories
    segments = np.array([_segments(found) for found in averages])
    design = np.column_stack([np.ones(t.size), t / t.max()])
    to_limit, to_slope = np.linalg.pinv(design)
    limit = _averaged(np.einsum("k,kmp->mp", to_limit, segments), lengths)
    slope = _averaged(np.einsum("k,kmp->mp", to_slope, segments), lengths)
    scale = t.max()
    return ColdEnergies(
        t, tuple(averages), limit.mean, limit.error, slope.mean / scale, slope.error / scale
    )


def check_temperatures(temperatures: Sequence[float]) -> FloatArray:
    """(K,) the temperatures; raises InvalidSettingError unless two or more differ."""
    t = np.array(temperatures, dtype=np.float64)
    if t.ndim != 1 or np.unique(t).size < 2 or not (t > 0).all():
        raise InvalidSettingError(
            f"an extrapolation needs two or more different positive temperatures, not "
            f"{list(temperatures)}."
        )
    return t


def _segments(found: PairAverage) -> FloatArray:
    """(m, P) averages over each segment, from the running averages."""
    weighted = np.diff(found.running * found.time[:, None], axis=0, prepend=0.0)
    return weighted / np.diff(found.time, prepend=0.0)[:, None]
