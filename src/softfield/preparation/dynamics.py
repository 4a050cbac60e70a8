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

from ..errors import InvalidPotentialError, InvalidSettingError, OverlapError
from ..glass import FloatArray, Glass, face_distances, least_tilt
from ..kernels import integrator
from ..kernels.pair_forces import Cell, PairTable
from ..mechanics.pairs import cell_counts, check_box
from ..potentials.pair_potential import PairPotential, largest_range
from ..potentials.truncated_powers import TruncatedPowers

#: Default thickness of the shell of listed pairs beyond the range, measured to be near the
#: fastest for liquids of the three models (docs/preparation.md).
DEFAULT_SKIN = 0.3

#: The wide list's reach beyond the thin one's, in units of the skin, in 2D and 3D.
_SHELL = {2: 4.0, 3: 2.5}

#: Cells along an axis below which the wide list must not cost one.
_FEW_CELLS = 4

#: As many kinds of pairs as two species have; loops for fewer are those for so many.
_LEAST_KINDS = 3

#: The kind of a pair is a byte.
_MOST_KINDS = 256


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
    list_builds, wide_builds : int
        How often the list of forces was renewed, and how often from the cells.
    """

    glass: Glass
    velocities: FloatArray
    time: FloatArray
    kinetic_energy: FloatArray
    potential_energy: FloatArray | None
    pressure: FloatArray | None
    positions: FloatArray
    list_builds: int
    wide_builds: int

    @property
    def temperature(self) -> FloatArray:
        """(m,) kinetic temperature, 2K / (dN - d): the total momentum is zero."""
        n, d = self.velocities.shape
        return 2.0 * self.kinetic_energy / (d * (n - 1))


def workspace(glass: Glass, potential: PairPotential, skin: float, shell: float = 0.0) -> Workspace:
    """Copies of a glass and tables of a potential for the compiled loops.

    The list made from the cells reaches ``skin + shell`` beyond the range of forces.

    Raises
    ------
    BoxTooSmallError
        If an edge of the box is below twice the largest interaction range.
    UnknownSpeciesError
        If a species of the glass has no parameters.
    InvalidSettingError
        If the skin is negative or not finite.
    InvalidPotentialError
        As :func:`compiled`.
    """
    law = compiled(potential)
    reach = largest_range(law, glass.species)
    if not (np.isfinite(skin) and skin >= 0):
        raise InvalidSettingError(f"the skin must be a length >= 0, not {skin}.")
    check_box(glass, reach)
    return Workspace(
        positions=np.array(glass.positions),
        images=np.zeros(glass.positions.shape, np.int32),
        species=np.array(glass.species, dtype=np.uint32),
        ids=np.arange(glass.n_particles),
        cell=_cell(glass, reach + skin + shell),
        table=_table(law, skin, shell),
    )


def compiled(potential: PairPotential) -> TruncatedPowers:
    """The potential, if there are compiled loops for it.

    Raises
    ------
    InvalidPotentialError
        If it is not a :class:`~softfield.potentials.truncated_powers.TruncatedPowers`, or its
        species interact in more than 256 different ways.
    """
    if not isinstance(potential, TruncatedPowers):
        raise InvalidPotentialError(
            f"dynamics and descent are compiled for TruncatedPowers, not for "
            f"{type(potential).__name__}; write the potential as even powers of r."
        )
    if not is_compiled(potential):
        raise InvalidPotentialError(
            f"the {potential.n_species} species interact in more than {_MOST_KINDS} different "
            "ways, and dynamics are compiled for so many; use fewer species. Minimising "
            "(softfield.minimize) takes any number."
        )
    return potential


def is_compiled(potential: PairPotential) -> bool:
    """Whether there are compiled loops for a potential."""
    if not isinstance(potential, TruncatedPowers):
        return False
    if potential.n_species * (potential.n_species + 1) // 2 <= _MOST_KINDS:
        return True
    kinds, _ = _kinds(potential)
    return int(kinds.max()) < _MOST_KINDS


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

    Velocity Verlet, mass 1 whatever masses the glass has. With ``temperatures``, the
    thermostat of Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007), rescales
    all velocities every ``sample_interval`` steps so that the kinetic energy relaxes with
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
    check_run(time_step, n_steps, sample_interval, thermostat_time)
    shell = _shell(glass, potential, skin)
    work = workspace(glass, potential, skin, shell)
    v = checked_velocities(velocities, glass)
    n_samples = n_steps // sample_interval
    targets, deviates = thermostat_numbers(
        temperatures, n_samples, (glass.n_particles - 1) * glass.dimension, rng
    )
    picked = np.asarray(tracked, dtype=np.int64).ravel()
    samples = np.empty((n_samples, 3))
    track = np.empty((n_samples, len(picked), glass.dimension))
    wide_lists, lists = integrator.velocity_verlet(
        work.positions, v, work.images, work.species, work.ids, work.cell, work.table,
        skin, shell, time_step, sample_interval, targets,
        np.exp(-sample_interval * time_step / thermostat_time), deviates,
        measure, picked, samples, track,
    )  # fmt: skip
    final = np.empty(glass.positions.shape)
    final[work.ids] = v
    check_finite(work.positions, final, time_step)
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
        list_builds=lists,
        wide_builds=wide_lists,
    )


def _cell(glass: Glass, reach: float) -> Cell:
    edges = glass.box
    tilt = least_tilt(edges, glass.strain)
    # Cells are at least one reach wide, so that only adjacent ones hold neighbours.
    counts = cell_counts(face_distances(edges, tilt), reach, glass.n_particles)
    return Cell(_floats(edges), tilt, counts)


def _shell(glass: Glass, potential: PairPotential, skin: float) -> float:
    """How much further the wide list reaches than the thin one; 0: it does not pay.

    In a box of few cells a longer reach must not cost a cell: the search of the cells
    takes as long as several searches of the wide list.
    """
    reach = largest_range(potential, glass.species) + skin
    shell = _SHELL[glass.dimension] * skin
    cell = _cell(glass, reach)
    for width, cells in zip(face_distances(cell.edges, cell.tilt), cell.counts, strict=True):
        if cells < _FEW_CELLS:
            shell = min(shell, (1 - 1e-9) * width / cells - reach)
    return float(shell) if shell > 0.5 * skin else 0.0


def _table(potential: TruncatedPowers, skin: float, shell: float) -> PairTable:
    # In units of eps and s, phi is the same Laurent polynomial for every pair of species.
    first = int(potential.exponents[0])
    terms = potential.terms
    kinds, chosen = _kinds(potential)
    inverse, strength = potential.diameters[chosen] ** -2.0, potential.strengths[chosen]
    # Pairs without interaction may meet, where 0 times infinity is no number: not listed.
    silent, ranges = strength == 0, potential.ranges[chosen]
    return PairTable(
        kinds=kinds.astype(np.uint8),
        inverse=_floats(inverse),
        slope=_floats(2.0 * strength * inverse),
        strength=_floats(strength),
        cutoff2=float(potential.cutoff**2),
        inner=_floats(terms[:-first][::-1]) or (0.0,),  # the loops need one term at least
        outer=_floats(terms[-first:]),
        wide2=_floats(np.where(silent, 0.0, ranges + skin + shell) ** 2),
        thin2=_floats(np.where(silent, 0.0, ranges + skin) ** 2),
    )


def _kinds(
    potential: TruncatedPowers,
) -> tuple[npt.NDArray[np.intp], tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Kind (S, S) of each pair of species, and a pair of species of each kind.

    Pairs that interact alike are of one kind. Loops are compiled for a number of kinds: there are
    never fewer than two species have, so that most potentials find them compiled.
    """
    upper = np.triu_indices(potential.n_species)
    laws = np.column_stack([potential.diameters[upper], potential.strengths[upper]])
    _, seen, which = np.unique(laws, axis=0, return_index=True, return_inverse=True)
    in_order = np.argsort(seen)
    kinds = np.empty((potential.n_species, potential.n_species), np.intp)
    kinds[upper] = kinds.T[upper] = np.argsort(in_order)[which.ravel()]
    chosen = seen[in_order]
    chosen = np.append(chosen, np.repeat(chosen[:1], max(0, _LEAST_KINDS - len(chosen))))
    return kinds, (upper[0][chosen], upper[1][chosen])


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def thermostat_numbers(
    temperatures: npt.ArrayLike | None,
    n_samples: int,
    freedom: int,
    rng: np.random.Generator | None,
) -> tuple[FloatArray, FloatArray]:
    """Target temperatures (m,) and deviates (m, 2) of m rescalings; both empty without them."""
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


def checked_velocities(velocities: npt.ArrayLike, glass: Glass) -> FloatArray:
    """A copy of the velocities (N, d); InvalidSettingError if they are none of this glass."""
    v = np.array(velocities, dtype=np.float64, order="C")
    if v.shape != glass.positions.shape or not np.isfinite(v).all():
        raise InvalidSettingError(
            f"velocities must be finite and have shape {glass.positions.shape}, not {v.shape}; "
            "draw them with thermal_velocities."
        )
    return v


def check_run(time_step: float, n_steps: int, interval: int, thermostat_time: float) -> None:
    """Raise InvalidSettingError if these make no run of whole intervals."""
    if not (np.isfinite(time_step) and time_step > 0):
        raise InvalidSettingError(f"the time step must be a positive time, not {time_step}.")
    if interval < 1 or n_steps < 0 or n_steps % interval:
        raise InvalidSettingError(
            f"n_steps = {n_steps} is not a multiple of sample_interval = {interval}; "
            "give whole intervals."
        )
    if not thermostat_time > 0:
        raise InvalidSettingError(f"the thermostat time must be positive, not {thermostat_time}.")


def check_finite(positions: FloatArray, velocities: FloatArray, time_step: float) -> None:
    """Raise OverlapError if the dynamics blew up."""
    if not (np.isfinite(positions).all() and np.isfinite(velocities).all()):
        raise OverlapError(
            f"the dynamics blew up with time step {time_step}: positions or velocities are not "
            "finite. Use a shorter step, or relax overlaps first (relax_overlaps)."
        )
