"""Thermally activated rearrangements: how a glass leaves its minimum at a temperature.

Molecular dynamics, at rest (:func:`softfield.preparation.dynamics.evolve`) or under steady shear
(:func:`softfield.preparation.shear_flow.evolve_sheared`), is quenched at intervals to the minimum
below it, its inherent structure (Stillinger and Weber, Phys. Rev. A 25, 978 (1982)). Where
that is no longer the minimum from which the glass started, and stays another one for some
intervals, the interval is bisected until the change is known to within the resolution.

Under shear the minimum moves with the strain. An inherent structure is still the same minimum if it
is near the last one, affinely sheared, or if shearing it back to the strain of that restores it.

The dynamics goes in pieces of one resolution each. Every piece has random numbers of its own,
which depend on the seed and on its number alone: the trajectory is the same bits whatever the
interval, and every state in it can be had again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from ..checks.names import check_kind
from ..checks.numbers import check_number, positive_number, random_seed, whole_number
from ..errors import InvalidSettingError, SaddleError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, force_limit, shear_derivatives
from ..mechanics.pairs import interactions
from ..potentials.pair_potential import PairPotential
from ..preparation.dynamics import Trajectory, evolve, thermal_velocities
from ..preparation.minimisation import descend, minimize
from ..preparation.shear_flow import FlowTrajectory, evolve_sheared
from .events import DESCENT_CAP, REARRANGED, PlasticEvent, recorded_event

logger = logging.getLogger(__name__)

#: Time steps between two actions of the thermostat.
THERMOSTAT_INTERVAL = 10

#: Largest force after the descent whose end shows that the minimum is the old one: near to it,
#: such a force leaves a particle a hundredth of the least displacement that counts from its place.
#: In units of the forces of pairs where these are below 1.
_NEAR_FORCE = 1e-3

#: Intervals beyond which a watch is refused: years of computing.
_MOST_INTERVALS = 1e9


@dataclass(frozen=True)
class ThermalWatch:
    """How closely a glass is watched, and what counts as a change.

    Attributes
    ----------
    time_step : float
        Of the dynamics, time.
    thermostat_time : float
        Over which the thermostat acts, time.
    resolution : float
        To which the time of a change is narrowed down, time; rounded to a multiple of ten steps.
    interval : float
        Between two inherent structures, time; rounded to a multiple of the resolution. What goes
        and comes back between two of them is not seen.
    persistence : int
        Intervals for which a new minimum must last. A return to the old one at the end of any of
        them is a flicker, and no event.
    displacement : float
        Largest displacement of a particle between two minima beyond which they are different,
        length; by default that of a rearranged particle, ``events.REARRANGED``.
    strain_interval : float
        Largest strain between two inherent structures: under fast shear the interval and the
        resolution are shorter in proportion, the resolution down to ten time steps.

    Raises
    ------
    InvalidSettingError
        If a setting is not positive and finite, ``persistence`` no whole number, the resolution
        above the interval, or below ten time steps.
    """

    time_step: float = 0.01
    thermostat_time: float = 1.0
    resolution: float = 0.5
    interval: float = 5.0
    persistence: int = 2
    displacement: float = REARRANGED
    strain_interval: float = 1e-3

    def __post_init__(self) -> None:
        for one in fields(self):
            what, value = f"the setting {one.name} of a thermal watch", getattr(self, one.name)
            if one.name == "persistence":
                value = whole_number(value, what)
            else:
                value = positive_number(value, what)
            object.__setattr__(self, one.name, value)
        least = THERMOSTAT_INTERVAL * self.time_step
        # a resolution of ten steps may be a little less in floating point
        if not least * (1 - 1e-9) <= self.resolution <= self.interval:
            raise InvalidSettingError(
                f"the resolution {self.resolution:g} must be from {THERMOSTAT_INTERVAL} time "
                f"steps ({least:g}) to the interval ({self.interval:g}); change one of the three."
            )

    def at_rate(self, rate: float) -> ThermalWatch:
        """The watch in whose interval the glass is sheared by ``strain_interval`` at most.

        Raises
        ------
        InvalidSettingError
            If the rate is no finite number from 0 on.
        """
        rate = check_number(rate, "the shear rate of a watch", 0.0)
        shorter = self.strain_interval / max(rate * self.interval, self.strain_interval)
        resolution = max(THERMOSTAT_INTERVAL * self.time_step, shorter * self.resolution)
        interval = max(resolution, shorter * self.interval)
        return replace(self, resolution=resolution, interval=interval)

    @property
    def steps(self) -> int:
        """Time steps of a piece of the dynamics."""
        blocks = round(self.resolution / (self.time_step * THERMOSTAT_INTERVAL))
        return THERMOSTAT_INTERVAL * max(1, blocks)

    @property
    def piece(self) -> float:
        """Duration of a piece, time: the resolution, in whole steps."""
        return self.steps * self.time_step

    @property
    def pieces(self) -> int:
        """Pieces of an interval."""
        return max(1, round(self.interval / self.piece))


@dataclass(frozen=True, eq=False)
class ThermalPath:
    """The minima that a glass went through at a temperature.

    Attributes
    ----------
    events : list of PlasticEvent
        The changes, as the record of a plastic event has them. ``strain`` is that of the new
        minimum, and ``strain_bracket`` what it was sheared since the old one was seen last; both
        are 0 of a glass that is not sheared. The critical mode is the displacement between the two
        minima, beyond the affine one, so that the particle of its largest component is the
        displaced one. ``energy_drop`` is the energy of the old minimum less that of the new one,
        and the work of the shear in between; negative where the glass went up. ``stress_drop`` is
        the same of the shear stress. ``n_factorizations`` is 0: no branch of minima is followed.
    times, time_brackets : (E,)
        Each change came no later than its time, and less than its bracket before it.
    minima : list of Glass
        The minimum from which the dynamics started, then that behind each event, at its strain.
    n_flickers : int
        Changes that were seen and went back.
    n_quenches : int
        Inherent structures that were made.
    time : float
        How long the glass was watched. Without an event, that is all that is known: the first one
        comes later (a censored observation).
    temperature : float
        Mean kinetic temperature over the watch.
    reason : str
        Why the watch ended: "events", "max_time" or "max_strain".
    """

    events: list[PlasticEvent]
    times: FloatArray
    time_brackets: FloatArray
    minima: list[Glass]
    n_flickers: int
    n_quenches: int
    time: float
    temperature: float
    reason: str

    @property
    def complete(self) -> bool:
        """Whether all events that were asked for were seen; otherwise the next is censored."""
        return self.reason == "events"


def thermal_path(
    glass: Glass,
    potential: PairPotential,
    *,
    temperature: float,
    seed: int | np.random.SeedSequence,
    max_time: float = 400.0,
    n_events: int = 1,
    shear_rate: float = 0.0,
    max_strain: float = 0.1,
    watch: ThermalWatch | None = None,
) -> ThermalPath:
    """The first changes of minimum of a glass at a temperature, at rest or under steady shear.

    Velocity Verlet with the thermostat of Bussi, Donadio and Parrinello (canonical), from the
    minimum with velocities of the temperature: the vibrations take a few thermostat times to
    reach it, and the clock runs from the start. Under shear these are the SLLOD equations with the
    thermostat on peculiar velocities (:mod:`softfield.preparation.shear_flow`). Same arguments,
    same bits.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy. All particles move with mass 1, whatever masses it has.
    potential : PairPotential
        Such as dynamics are compiled for: even powers of r (``TruncatedPowers``).
    temperature : float
        k_B T, energy, positive; 0 under shear, for the athermal limit.
    seed : int or SeedSequence
    max_time : float
        The watch ends at rest, time; rounded up to a whole interval. A change that is seen until
        then is followed for as long as it must last.
    n_events : int
        Stop after this many events.
    shear_rate : float
        Of simple shear in the plane xy, strain per time; 0: at rest.
    max_strain : float
        The watch ends under shear, strain added, as ``max_time`` at rest.
    watch : ThermalWatch
        Interval, resolution, and what counts as a change.

    Raises
    ------
    InvalidSettingError
        For a temperature, time or number without meaning.
    NotAMinimumError
        If the glass is not a minimum.
    InvalidPotentialError, OverlapError
        If dynamics are not compiled for the potential, or the time step is too long.
    NotConvergedError, SaddleError
        If a state of the dynamics cannot be minimised.
    """
    settings = ThermalWatch() if watch is None else watch
    check_kind(settings, ThermalWatch, "its fields are the settings of the watch")
    shear_rate = check_number(shear_rate, "the shear_rate of a thermal path", 0.0)
    # without motion nothing would ever happen
    temperature = check_number(
        temperature, "the temperature of a thermal path", 0.0, inside=shear_rate == 0
    )
    max_time = positive_number(max_time, "max_time, after which the watch ends,")
    max_strain = positive_number(max_strain, "max_strain, after which the watch ends,")
    sequence = random_seed(seed, "the seed of a thermal path")
    whole_number(n_events, "n_events, the number of events after which the watch ends,")
    check_minimum(interactions(glass, potential), FORCE_TOLERANCE)
    settings = settings.at_rate(shear_rate)
    run = _Run(glass, potential, temperature, shear_rate, sequence, settings)
    longest = max_strain / shear_rate if shear_rate > 0 else max_time
    intervals = np.ceil(longest / (settings.pieces * settings.piece) - 1e-9)
    if intervals > _MOST_INTERVALS:
        raise InvalidSettingError(
            f"a watch of {intervals:.3g} intervals has no end; take a shorter max_time, a longer "
            "interval or, under shear, a larger rate."
        )
    last = settings.pieces * int(intervals)
    return _watched(run, n_events, last)


def _watched(run: _Run, n_events: int, last: int) -> ThermalPath:
    """Follow the run until enough events were seen, or piece ``last`` is reached."""
    start, settings = run.start, run.settings
    events: list[PlasticEvent] = []
    times: list[float] = []
    minima, flickers = [start], 0
    known = 0  # the last piece whose inherent structure is the present minimum
    present = start
    while len(events) < n_events and known < last:
        seen = min(known + settings.pieces, last)
        if run.unchanged(seen, present):
            known, present = run.forget_before(seen), run.moved_on(present, seen)
            continue
        later = [seen + (m + 1) * settings.pieces for m in range(settings.persistence)]
        back = next((piece for piece in later if run.unchanged(piece, present)), None)
        if back is not None:
            flickers += 1
            known, present = run.forget_before(back), run.moved_on(present, back)
            continue
        known = run.first_changed(known, seen, present)
        before, present = run.moved_on(present, known - 1), run.inherent(known)
        events.append(change_of_minimum(start, before, present, run.potential, len(events) + 1))
        times.append(known * settings.piece)
        minima.append(present)
        run.forget_before(known)
        logger.debug("event %d at time %.6g", len(events), times[-1])
    return ThermalPath(
        events,
        np.array(times),
        np.full(len(times), settings.piece),
        minima,
        flickers,
        run.n_quenches,
        known * settings.piece,
        run.temperature_reached,
        "events" if len(events) >= n_events else "max_strain" if run.rate > 0 else "max_time",
    )


def displacement(before: Glass, after: Glass) -> FloatArray:
    """(N, d) shortest displacements between two states, without their mean.

    Where strains differ, beyond the affine displacement. A translation of all particles does not
    count, by whatever distance.
    """
    sheared = before.sheared(after.strain - before.strain)
    apart = after.positions - sheared.positions
    moved = sheared.minimum_image(apart - _common(sheared, apart))
    result: FloatArray = moved - moved.mean(axis=0)
    return result


def _common(glass: Glass, apart: FloatArray) -> FloatArray:
    """(d,) the displacement of which most others (N, d) are near images: of a middle one."""
    first = glass.minimum_image(apart - apart[0])
    middle: FloatArray = apart[0] + np.median(first, axis=0)
    return middle


def change_of_minimum(
    start: Glass, before: Glass, after: Glass, potential: PairPotential, ordinal: int
) -> PlasticEvent:
    """The record of a change from one minimum to another; see :class:`ThermalPath`.

    Places are those in ``start``; strains and the slope of the energy are along xy.
    """
    old, new = interactions(before, potential), interactions(after, potential)
    width = after.strain - before.strain
    moved = displacement(before, after)
    slope_before, slope_after = shear_derivatives(old)[0], shear_derivatives(new)[0]
    work = width * slope_before
    return recorded_event(
        start, moved / np.linalg.norm(moved), np.linalg.norm(moved, axis=1), new.pairs,
        ordinal=ordinal,
        strain=after.strain,
        strain_bracket=abs(width),
        stress_drop=(slope_before - slope_after) / start.volume,
        energy_drop=float(old.g0.sum() - new.g0.sum()) + work,
        n_factorizations=0,
    )  # fmt: skip


def _furthest(before: Glass, after: Glass) -> float:
    """Largest displacement of a particle, beyond the affine one where strains differ."""
    return float(np.linalg.norm(displacement(before, after), axis=1).max())


@dataclass
class _Run:
    """The dynamics of one glass in pieces, made when they are asked for, and their minima."""

    start: Glass
    potential: PairPotential
    temperature: float
    rate: float
    seed: np.random.SeedSequence
    settings: ThermalWatch
    n_quenches: int = 0
    _states: dict[int, Glass] = field(default_factory=dict)
    _minima: dict[int, Glass] = field(default_factory=dict)
    _kinetic: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self._random(0)
        self._velocities = thermal_velocities(self.start, self.temperature, rng)
        self._states[0], self._end = self.start, 0
        self._near_force = force_limit(interactions(self.start, self.potential), _NEAR_FORCE)
        self._cap = DESCENT_CAP * self.start.spacing

    @property
    def temperature_reached(self) -> float:
        """Mean kinetic temperature over all pieces so far."""
        return float(np.mean(self._kinetic)) if self._kinetic else 0.0

    def _random(self, piece: int) -> np.random.Generator:
        """Random numbers of a piece, whatever was drawn before."""
        key = (*self.seed.spawn_key, piece)
        return np.random.default_rng(np.random.SeedSequence(self.seed.entropy, spawn_key=key))

    def state(self, piece: int) -> Glass:
        """The glass at the end of a piece of the dynamics that was not forgotten."""
        while self._end < piece:
            self._go_on()
        return self._states[piece]

    def _go_on(self) -> None:
        given: dict[str, Any] = {
            "time_step": self.settings.time_step,
            "n_steps": self.settings.steps,
            "sample_interval": THERMOSTAT_INTERVAL,
            "temperatures": self.temperature,
            "thermostat_time": self.settings.thermostat_time,
            "rng": self._random(self._end + 1),
        }
        state = (self._states[self._end], self._velocities, self.potential)
        moved: Trajectory | FlowTrajectory
        if self.rate > 0:
            moved = evolve_sheared(*state, shear_rate=self.rate, **given)
        else:
            moved = evolve(*state, **given)
        self._end += 1
        self._states[self._end], self._velocities = moved.glass, moved.velocities
        self._kinetic.append(float(moved.temperature.mean()))

    def inherent(self, piece: int) -> Glass:
        """The minimum below the state at the end of a piece."""
        if piece not in self._minima:
            self._minima[piece] = self._quenched(self.state(piece))
            self.n_quenches += 1
        return self._minima[piece]

    def _quenched(self, state: Glass) -> Glass:
        """The minimum below a state; a descent that ends at a saddle goes by shorter steps."""
        try:
            return minimize(state, self.potential, step_cap=self._cap)
        except SaddleError:
            return minimize(state, self.potential, step_cap=0.25 * self._cap)

    def unchanged(self, piece: int, minimum: Glass) -> bool:
        """Whether the glass is above a minimum at the end of a piece, as it moves with the strain.

        At rest, a descent that comes near enough to it need not be finished. Under shear it must:
        beyond an instability small forces remain where the minimum was.
        """
        largest = self.settings.displacement
        if piece not in self._minima and self.rate == 0:
            state = self.state(piece)
            near = descend(state, self.potential, self._near_force, step_cap=self._cap).glass
            if _furthest(minimum, near) <= 0.5 * largest:
                self.n_quenches += 1
                return True
        found = self.inherent(piece)
        if _furthest(minimum, found) <= largest:
            return True
        back = minimum.strain - found.strain
        if back == 0:
            return False
        return _furthest(minimum, self._quenched(found.sheared(back))) <= largest

    def moved_on(self, minimum: Glass, piece: int) -> Glass:
        """A minimum that is unchanged at the end of a piece, at the strain that it has there."""
        return self.inherent(piece) if self.rate > 0 else minimum

    def first_changed(self, known: int, seen: int, minimum: Glass) -> int:
        """A piece at whose end the minimum is another, while it is not at the end of the last."""
        while seen - known > 1:
            middle = (known + seen) // 2
            if self.unchanged(middle, minimum):
                known = middle
            else:
                seen = middle
        return seen

    def forget_before(self, piece: int) -> int:
        """Drop all states before that of a piece, which is returned."""
        for kept in (self._states, self._minima):
            for earlier in [k for k in kept if k < piece]:
                del kept[earlier]
        return piece
