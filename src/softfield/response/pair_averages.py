"""The local thermal energy by brute force: molecular dynamics at low temperatures.

An average at one temperature (:func:`pair_energy_average`) differs from E_alpha of Eq. 3 by a
term proportional to T, which is small only where the softest modes are still harmonic;
averages at several temperatures are extrapolated to T = 0 (:func:`cold_energies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential
from ..preparation.dynamics import compiled, evolve, thermal_velocities
from ..preparation.fire import largest_frequency

#: Time step of the dynamics, and mean time between two draws of the velocities: those of the
#: models, and what they are at most and at least, in units of 1 / (a bound on) omega_max.
_TIME_STEP, _LONGEST_STEP = 0.005, 0.4
_REFRESH_TIME, _SHORTEST_REFRESH = 2.0, 100.0


@dataclass(frozen=True, eq=False)
class PairAverage:
    """Measured energies of P pairs, ``(phi - phi_0) / (k_B T / 2)`` averaged over time.

    Attributes
    ----------
    time : (m,) time covered, of both mirror trajectories together
    running : (m, P) average up to each time
    mean, error : (P,) average over all the run and its standard error, from blocking
    """

    time: FloatArray
    running: FloatArray
    mean: FloatArray
    error: FloatArray


def pair_energy_average(
    glass: Glass,
    potential: PairPotential,
    pairs: npt.ArrayLike,
    temperature: float,
    *,
    duration: float,
    rng: np.random.Generator,
    time_step: float | None = None,
    refresh_time: float | None = None,
    sample_interval: int = 5,
) -> PairAverage:
    """Local thermal energy of chosen pairs by brute force: molecular dynamics at low T.

    Constant-energy runs from the minimum ``glass``, between which all velocities are drawn
    anew from the Maxwell distribution (Andersen, J. Chem. Phys. 72, 2384 (1980), for all
    particles at once, at random times): unlike one long run at constant energy, this
    gives every normal mode its share k_B T although modes hardly exchange energy. Two
    mirror trajectories get opposite velocities. Each samples the canonical ensemble; in
    their mean the terms linear in the displacement, which average to the small signal but
    fluctuate like 1/sqrt(T), cancel up to anharmonicity. For T -> 0 the averages tend to
    E_alpha (Eq. 3; inset of Fig. 2).

    Parameters
    ----------
    pairs : (P, 2) array_like of int
        Interacting pairs of the minimum.
    temperature : float
    duration : float
        Total time, of both trajectories together.
    time_step : float, optional
        By default 0.005, or less where the stiffest vibration asks for it.
    refresh_time : float, optional
        Mean time between draws of the velocities, by default 2, or more where vibrations are slow.
    sample_interval : int
        Steps between samples.

    Raises
    ------
    InvalidSettingError
        For a temperature or duration that is not positive, or too short for an error bar; for a
        time step that is too long for the stiffest vibration.
    OverlapError, BoxTooSmallError, UnknownSpeciesError, InvalidPotentialError
        As :func:`evolve`.
    """
    compiled(potential)  # before anything is asked of settings
    time_step, refresh_time = _times(interactions(glass, potential), time_step, refresh_time)
    _check_average(temperature, duration, refresh_time, time_step * sample_interval)
    chosen = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    rest = _pair_energies(glass, potential, chosen, glass.positions[chosen][None])[0]
    states = [glass, glass]
    lengths, averages, covered = [], [], 0.0
    while covered < duration:
        blocks = max(1, int(rng.exponential(refresh_time) / (time_step * sample_interval)))
        draw = thermal_velocities(glass, temperature, rng)
        energies = np.zeros(len(chosen))
        for k, sign in enumerate((1.0, -1.0)):
            run = evolve(
                states[k],
                sign * draw,
                potential,
                time_step=time_step,
                n_steps=blocks * sample_interval,
                sample_interval=sample_interval,
                tracked=chosen.ravel(),
            )
            states[k] = run.glass
            paths = run.positions.reshape(blocks, len(chosen), 2, glass.dimension)
            energies += _pair_energies(glass, potential, chosen, paths).mean(axis=0) / 2
        averages.append((energies - rest) / (temperature / 2))
        lengths.append(blocks * sample_interval * time_step)
        covered += 2 * lengths[-1]
    return averaged(np.array(averages), np.array(lengths))


def _pair_energies(
    glass: Glass, potential: PairPotential, pairs: npt.NDArray, paths: FloatArray
) -> FloatArray:
    """(m, P) pair energies from positions (m, P, 2, d)."""
    u = glass.minimum_image(paths[:, :, 1] - paths[:, :, 0])
    squared = np.einsum("mpc,mpc->mp", u, u)
    i, j = (np.broadcast_to(glass.species[pairs[:, k]], squared.shape).ravel() for k in (0, 1))
    return potential.derivatives(squared.ravel(), i, j)[0].reshape(squared.shape)


def averaged(averages: FloatArray, lengths: FloatArray) -> PairAverage:
    """Length-weighted means of segment averages (m, P), with errors from blocking."""
    total = np.cumsum(lengths)
    running = np.cumsum(averages * lengths[:, None], axis=0) / total[:, None]
    # The largest variance over block sizes that leave 32 blocks or more (Flyvbjerg and Petersen,
    # J. Chem. Phys. 91, 461 (1989)), and what two of them say of infinite blocks: what blocks of b
    # segments do not see yet of the correlation goes as 1 / b.
    deviations = (averages - running[-1]) * (lengths / lengths.mean())[:, None]
    variances = list[FloatArray]()
    while len(deviations) >= 32:
        variances.append(deviations.var(axis=0, ddof=1) / len(deviations))
        even = len(deviations) // 2 * 2
        deviations = (deviations[0:even:2] + deviations[1:even:2]) / 2
    beyond = [2.0 * longer - shorter for shorter, longer in pairwise(variances)]
    error = np.sqrt(np.max([*variances, *beyond], axis=0))
    return PairAverage(2 * total, running, running[-1], error)


def _times(
    found: Interactions, time_step: float | None, refresh_time: float | None
) -> tuple[float, float]:
    """Time step and mean time between draws, those that suit the vibrations where none is given."""
    fastest = largest_frequency(found)
    if time_step is None:
        time_step = min(_TIME_STEP, _LONGEST_STEP / fastest)
    if not 0 < time_step <= 2 * _LONGEST_STEP / fastest:
        raise InvalidSettingError(
            f"a time step of {time_step:g} is too long for vibrations of frequencies up to "
            f"{fastest:.3g}: energies would be wrong. Take at most {_LONGEST_STEP / fastest:.2g}, "
            "or leave it out."
        )
    if refresh_time is None:
        refresh_time = max(_REFRESH_TIME, _SHORTEST_REFRESH / fastest)
    return time_step, refresh_time


def _check_average(
    temperature: float, duration: float, refresh_time: float, interval: float
) -> None:
    if not (temperature > 0 and refresh_time > 0):
        raise InvalidSettingError(
            f"temperature and refresh_time must be positive, not {temperature}, {refresh_time}."
        )
    if not duration >= 256 * refresh_time:
        raise InvalidSettingError(
            f"a duration of {duration} is too short for an error bar; use at least 256 refresh "
            f"times ({256 * refresh_time})."
        )
    if not duration >= 256 * interval:
        raise InvalidSettingError(
            f"a duration of {duration} is too short for an error bar: velocities are drawn no more "
            f"often than samples are taken, every {interval:g}; use at least {256 * interval:g}, "
            "or a smaller sample_interval."
        )


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
    time_step: float | None = None,
) -> ColdEnergies:
    """Energies of chosen pairs by molecular dynamics, extrapolated to zero temperature.

    :func:`pair_energy_average` at each temperature, with the same random
    numbers: the velocities differ by the square root of the temperature only. As long as
    the glass is nearly harmonic, the noise is then common to all temperatures, and what
    differs between them is the effect of the temperature.

    Raises
    ------
    As :func:`extrapolated` and :func:`~softfield.response.pair_averages.pair_energy_average`.
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
    limit = averaged(np.einsum("k,kmp->mp", to_limit, segments), lengths)
    slope = averaged(np.einsum("k,kmp->mp", to_slope, segments), lengths)
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
