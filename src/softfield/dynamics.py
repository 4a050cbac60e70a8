"""Molecular dynamics: velocity Verlet with an image-resolved Verlet list.

Reduced units: energy eps_AA, length s_AA, mass 1, k_B = 1; time sqrt(m s_AA^2 / eps_AA).
The compiled loops are in :mod:`softfield.kernels.integrator`; this module validates,
draws random numbers from the caller's generator and gives results their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import BoxTooSmallError, InvalidPotentialError, InvalidSettingError, OverlapError
from .glass import FloatArray, Glass
from .kernels import integrator
from .kernels.pair_forces import Cell, PairTable
from .potentials import PairPotential, TruncatedPowers, check_species

#: Default thickness of the shell of listed pairs beyond the range, measured to be near the
#: fastest for liquids of the three models (0.35 to 0.5 in docs/preparation.md).
DEFAULT_SKIN = 0.4


class Workspace(NamedTuple):
    """Writable copies of a glass, as the compiled loops take them."""

    positions: FloatArray
    images: npt.NDArray[np.int32]
    species: npt.NDArray[np.uint32]
    ids: npt.NDArray[np.int64]
    cell: Any
    table: Any


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a run of molecular dynamics leaves behind, m samples of N particles.

    Attributes
    ----------
    glass : Glass
        Final state, positions unwrapped (they continue those of the initial state).
    velocities : (N, d)
    time : (m,) since the start of the run
    kinetic_energy : (m,) of all particles, before the thermostat acts
    potential_energy, pressure : (m,) or None if they were not asked for; the pressure
        includes the kinetic part
    positions : (m, P, d) unwrapped positions of the tracked particles
    list_builds : int
    """

    glass: Glass
    velocities: FloatArray
    time: FloatArray
    kinetic_energy: FloatArray
    potential_energy: FloatArray | None
    pressure: FloatArray | None
    positions: FloatArray
    list_builds: int

    @property
    def temperature(self) -> FloatArray:
        """(m,) kinetic temperature, 2K / (dN - d): the total momentum is zero."""
        n, d = self.velocities.shape
        return 2.0 * self.kinetic_energy / (d * (n - 1))


def workspace(glass: Glass, potential: PairPotential, skin: float) -> Workspace:
    """Copies of a glass and tables of a potential for the compiled loops.

    Raises
    ------
    BoxTooSmallError
        If an edge of the box is below twice the largest interaction range.
    UnknownSpeciesError
        If a species of the glass has no parameters.
    InvalidSettingError
        If the skin is negative or not finite.
    InvalidPotentialError
        If the potential is not a :class:`~softfield.potentials.TruncatedPowers`.
    """
    if not isinstance(potential, TruncatedPowers):
        raise InvalidPotentialError(
            f"dynamics and descent are compiled for TruncatedPowers, not for "
            f"{type(potential).__name__}; write the potential as even powers of r."
        )
    check_species(int(glass.species.max()), potential)
    if not (np.isfinite(skin) and skin >= 0):
        raise InvalidSettingError(f"the skin must be a length >= 0, not {skin}.")
    reach = float(potential.ranges.max())
    if glass.box.min() < 2 * reach:
        raise BoxTooSmallError(
            f"the box edge {glass.box.min():.4g} is below twice the interaction range "
            f"{reach:.4g}: a particle would meet two images of the same neighbour. "
            "Use a larger system."
        )
    return Workspace(
        positions=np.array(glass.positions),
        images=np.zeros(glass.positions.shape, np.int32),
        species=np.array(glass.species, dtype=np.uint32),
        ids=np.arange(glass.n_particles),
        cell=_cell(glass, reach + skin),
        table=_table(potential, skin),
    )


def restored(glass: Glass, work: Workspace) -> FloatArray:
    """(N, d) unwrapped positions of a workspace in the order of the glass."""
    unwrapped = work.positions + work.images * glass.box
    unwrapped[:, 0] += work.images[:, 1] * work.cell.tilt * glass.box[1]
    positions = np.empty_like(unwrapped)
    positions[work.ids] = unwrapped
    return positions


def thermal_velocities(glass: Glass, temperature: float, rng: np.random.Generator) -> FloatArray:
    """(N, d) Maxwell-Boltzmann velocities with zero total momentum, mass 1."""
    velocities = np.sqrt(temperature) * rng.standard_normal(glass.positions.shape)
    return velocities - velocities.mean(axis=0)


def evolve(
    glass: Glass,
    velocities: npt.ArrayLike,
    potential: PairPotential,
    *,
    time_step: float,
    n_steps: int,
    sample_interval: int = 10,
    temperatures: npt.ArrayLike | None = None,
    thermostat_time: float = 1.0,
    rng: np.random.Generator | None = None,
    measure: bool = False,
    tracked: npt.ArrayLike = (),
    skin: float = DEFAULT_SKIN,
) -> Trajectory:
    """Molecular dynamics at constant energy, or with stochastic velocity rescaling.

    Velocity Verlet. With ``temperatures``, the thermostat of Bussi, Donadio and
    Parrinello, J. Chem. Phys. 126, 014101 (2007), rescales all velocities every
    ``sample_interval`` steps so that the kinetic energy relaxes with
    ``thermostat_time`` to the canonical distribution of dN - d degrees of freedom; the
    canonical ensemble is sampled exactly up to the time-step error.

    Parameters
    ----------
    glass : Glass
        Initial state, strained or not; the box stays as it is.
    velocities : (N, d) array_like
    time_step : float
    n_steps : int
        A multiple of ``sample_interval``.
    temperatures : float or (m,) array_like, optional
        Target after each of the m = n_steps / sample_interval samples; none: NVE.
    thermostat_time : float
        Relaxation time of the kinetic energy.
    rng : numpy Generator
        Needed with ``temperatures``.
    measure : bool
        Also sample potential energy and pressure.
    tracked : (P,) array_like of int
        Particles whose unwrapped positions are sampled.
    skin : float
        Thickness of the shell of listed pairs beyond the range; no influence on results
        other than roundoff.

    Raises
    ------
    InvalidSettingError
        For a time step, interval or thermostat without meaning.
    OverlapError
        If positions or velocities are no longer finite: the time step was too long, or
        overlaps had not been relaxed.
    BoxTooSmallError, UnknownSpeciesError
        As :func:`workspace`.
    """
    _check_run(time_step, n_steps, sample_interval, thermostat_time)
    work = workspace(glass, potential, skin)
    v = _checked_velocities(velocities, glass)
    n_samples = n_steps // sample_interval
    targets, deviates = _thermostat(
        temperatures, n_samples, (glass.n_particles - 1) * glass.dimension, rng
    )
    picked = np.asarray(tracked, dtype=np.int64).ravel()
    samples = np.empty((n_samples, 3))
    track = np.empty((n_samples, len(picked), glass.dimension))
    builds = integrator.velocity_verlet(
        work.positions, v, work.images, work.species, work.ids, work.cell, work.table,
        skin, time_step, sample_interval, targets,
        np.exp(-sample_interval * time_step / thermostat_time), deviates,
        measure, picked, samples, track,
    )  # fmt: skip
    final = np.empty(glass.positions.shape)
    final[work.ids] = v
    _check_finite(work.positions, final, time_step)
    kinetic = samples[:, 0]
    return Trajectory(
        glass=glass.with_positions(restored(glass, work)),
        velocities=final,
        time=np.linspace(0.0, n_steps * time_step, n_samples + 1)[1:],
        kinetic_energy=kinetic,
        potential_energy=samples[:, 1] if measure else None,
        pressure=(2 * kinetic - samples[:, 2]) / (glass.dimension * glass.volume)
        if measure
        else None,
        positions=track,
        list_builds=builds,
    )


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
    time_step: float = 0.005,
    refresh_time: float = 2.0,
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
    refresh_time : float
        Mean time between draws of the velocities.
    sample_interval : int
        Steps between samples.

    Raises
    ------
    InvalidSettingError
        For a temperature or duration that is not positive, or too short for an error bar.
    OverlapError, BoxTooSmallError, UnknownSpeciesError, InvalidPotentialError
        As :func:`evolve`.
    """
    _check_average(temperature, duration, refresh_time)
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
    return _averaged(np.array(averages), np.array(lengths))


def _pair_energies(
    glass: Glass, potential: PairPotential, pairs: npt.NDArray, paths: FloatArray
) -> FloatArray:
    """(m, P) pair energies from positions (m, P, 2, d)."""
    u = glass.minimum_image(paths[:, :, 1] - paths[:, :, 0])
    squared = np.einsum("mpc,mpc->mp", u, u)
    i, j = (np.broadcast_to(glass.species[pairs[:, k]], squared.shape).ravel() for k in (0, 1))
    return potential.derivatives(squared.ravel(), i, j)[0].reshape(squared.shape)


def _averaged(averages: FloatArray, lengths: FloatArray) -> PairAverage:
    """Length-weighted means of segment averages (m, P), with errors from blocking."""
    total = np.cumsum(lengths)
    running = np.cumsum(averages * lengths[:, None], axis=0) / total[:, None]
    # The largest standard error over block sizes that leave 32 blocks or more
    # (Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989)).
    deviations = (averages - running[-1]) * (lengths / lengths.mean())[:, None]
    errors = []
    while len(deviations) >= 32:
        errors.append(deviations.std(axis=0, ddof=1) / np.sqrt(len(deviations)))
        even = len(deviations) // 2 * 2
        deviations = (deviations[0:even:2] + deviations[1:even:2]) / 2
    return PairAverage(2 * total, running, running[-1], np.max(errors, axis=0))


def _check_average(temperature: float, duration: float, refresh_time: float) -> None:
    if not (temperature > 0 and refresh_time > 0):
        raise InvalidSettingError(
            f"temperature and refresh_time must be positive, not {temperature}, {refresh_time}."
        )
    if not duration >= 256 * refresh_time:
        raise InvalidSettingError(
            f"a duration of {duration} is too short for an error bar; use at least 256 refresh "
            f"times ({256 * refresh_time})."
        )


def _cell(glass: Glass, reach: float) -> Cell:
    edges = glass.box
    tilt = glass.strain - np.rint(glass.strain * edges[1] / edges[0]) * edges[0] / edges[1]
    widths = np.array(edges)
    widths[0] /= np.hypot(1.0, tilt)
    # Cells are at least one reach wide, so that only adjacent ones hold neighbours.
    counts = tuple(max(1, int(width / reach)) for width in widths)
    return Cell(_floats(edges), float(tilt), counts)


def _table(potential: TruncatedPowers, skin: float) -> PairTable:
    # In units of eps and s, phi is the same Laurent polynomial for every pair of species.
    first = int(potential.exponents[0])
    terms = potential.coefficients[0, 0] / potential.strengths[0, 0]
    terms = terms * potential.diameters[0, 0] ** (2.0 * potential.exponents)
    upper = np.triu_indices(potential.n_species)
    kinds = np.empty((potential.n_species, potential.n_species), np.uint8)
    kinds[upper] = kinds.T[upper] = np.arange(len(upper[0]))
    inverse, strength = potential.diameters[upper] ** -2.0, potential.strengths[upper]
    return PairTable(
        kinds=kinds,
        inverse=_floats(inverse),
        slope=_floats(2.0 * strength * inverse),
        strength=_floats(strength),
        cutoff2=float(potential.cutoff**2),
        inner=_floats(terms[:-first][::-1]),
        outer=_floats(terms[-first:]),
        reach2=_floats((potential.ranges[upper] + skin) ** 2),
    )


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _thermostat(
    temperatures: npt.ArrayLike | None,
    n_samples: int,
    freedom: int,
    rng: np.random.Generator | None,
) -> tuple[FloatArray, FloatArray]:
    if temperatures is None:
        return np.empty(0), np.empty((0, 2))
    if rng is None:
        raise InvalidSettingError("a thermostat needs random numbers; pass rng=, a Generator.")
    targets = np.array(np.broadcast_to(np.asarray(temperatures, dtype=np.float64), n_samples))
    if not (np.isfinite(targets) & (targets >= 0)).all():
        raise InvalidSettingError("target temperatures must be finite and not negative.")
    deviates = np.column_stack(
        [rng.standard_normal(n_samples), rng.chisquare(freedom - 1, n_samples)]
    )
    return targets, deviates


def _checked_velocities(velocities: npt.ArrayLike, glass: Glass) -> FloatArray:
    v = np.array(velocities, dtype=np.float64, order="C")
    if v.shape != glass.positions.shape or not np.isfinite(v).all():
        raise InvalidSettingError(
            f"velocities must be finite and have shape {glass.positions.shape}, not {v.shape}; "
            "draw them with thermal_velocities."
        )
    return v


def _check_run(time_step: float, n_steps: int, interval: int, thermostat_time: float) -> None:
    if not (np.isfinite(time_step) and time_step > 0):
        raise InvalidSettingError(f"the time step must be a positive time, not {time_step}.")
    if interval < 1 or n_steps < 0 or n_steps % interval:
        raise InvalidSettingError(
            f"n_steps = {n_steps} is not a multiple of sample_interval = {interval}; "
            "give whole intervals."
        )
    if not thermostat_time > 0:
        raise InvalidSettingError(f"the thermostat time must be positive, not {thermostat_time}.")


def _check_finite(positions: FloatArray, velocities: FloatArray, time_step: float) -> None:
    if not (np.isfinite(positions).all() and np.isfinite(velocities).all()):
        raise OverlapError(
            f"the dynamics blew up with time step {time_step}: positions or velocities are not "
            "finite. Use a shorter step, or relax overlaps first (relax_overlaps)."
        )
