"""Following a minimum of a glass whose force or stiffness jumps at the cutoff of its potential.

While contacts are held the minimum moves smoothly (:mod:`softfield.response.contacts`). It is
followed in steps of strain, each predicted with the nonaffine velocity and corrected by Newton's
method. Pairs that crossed their cutoff in a step are then opened or closed, one after the other
in the order in which they crossed, the minimum corrected after each. A step that does not succeed
is made shorter, and so is one in which contacts without a jump of the force lead the state away
from where the velocity did: an instability may lie between two crossings. Where no step
above the resolution succeeds, the state is pushed over and minimised. If it ends elsewhere, that
was a plastic event.

A contact change is the elastic answer to the force of a pair that comes or goes: the minimum
moves smoothly when that force is scaled from 0 to 1 or from 1 to 0. A plastic event is an
instability: no minimum is left near, with the strain or with that scale.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..errors import NotConvergedError, SaddleError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import shear_derivatives
from ..mechanics.factorization import Factorization
from ..potentials.cutoffs import cutoff_jumps
from ..potentials.pair_potential import PairPotential
from ..preparation.minimisation import descend
from .branch import LostBranchError, Point
from .contacts import BEARING, ContactBranch
from .continuation import LEAST_PUSH, Continuation, furthest
from .equilibria import Equilibrium, equilibrium
from .events import DESCENT_CAP, ContactChange, PlasticEvent, recorded_event

logger = logging.getLogger(__name__)

#: Share of the force of a pair that may be left to change when the minimum is lost on the way.
_SMALLEST_SHARE = 1e-3

#: A predicted instability is at hand if it is nearer than this many of the last, lost step.
_NEAR = 10.0

#: Largest force that may be left between two changes of contacts in one step; the places of
#: particles are then known to some 1e-8, a thousandth of what a change moves them or less.
_BETWEEN_CHANGES = 1e-7

#: Contacts that may change in one step, by far more than do.
_MOST_CHANGES = 500

#: Share of the work done by the change of the stress in a step that may be missing.
_WORK_SHARE = 0.2

#: Energy that may be missing from the work done in a step, relative to the energy.
_ENERGY_ROUNDOFF = 1e-11


class _UnstableError(LostBranchError):
    """The minimum is lost while the force of a pair comes or goes; what was there last."""

    def __init__(self, point: Point, held: npt.NDArray[np.int64], partial: tuple[int, float]):
        super().__init__()
        self.point, self.held, self.partial = point, held, partial
        self.share = 1.0  # of the step, at which the pair crossed its cutoff


@dataclass(frozen=True, eq=False)
class _State:
    """A minimum on the path: its contacts, and its nonaffine velocity."""

    point: Point
    held: npt.NDArray[np.int64]
    rattlers: npt.NDArray[np.bool_] | None
    energy: float
    continuous: float
    slope: float
    velocity: FloatArray

    @property
    def glass(self) -> Glass:
        return self.point.glass

    @property
    def strain(self) -> float:
        return self.point.strain

    @property
    def factor(self) -> Factorization:
        return self.point.factor


class ContactWalk:
    """Follows the minima of one glass in one direction of strain, over changes of contacts.

    As :class:`softfield.response.continuation.Walk`; ``changes`` holds the contacts that came
    and went. The walk starts ``here``, a minimum and its strain, if that is not the start.
    """

    def __init__(
        self,
        potential: PairPotential,
        tensor: FloatArray,
        settings: Continuation,
        start: Glass,
        here: tuple[Glass, float] | None = None,
    ) -> None:
        self.settings = settings = settings.scaled(start.spacing)
        self.start = start
        self.visited: list[tuple[float, float, float]] = []
        self.changes: list[ContactChange] = []
        self._branch = ContactBranch.of(
            start, potential, tensor, settings.force_tolerance, settings.skin
        )
        self._continuous = cutoff_jumps(potential).force == 0
        self._random = np.random.default_rng(0)
        self._spent = 0
        self._event: PlasticEvent | None = None
        glass, strain = (start, 0.0) if here is None else here
        self._branch.hold(glass, strain)
        self._step = settings.contact_step
        self._lost_at, self._target = np.inf, -np.inf
        try:
            state = self._settled(self._branch.minimum(glass, strain))
        except LostBranchError:
            raise NotConvergedError(
                f"Newton's method does not reach a force of {self._branch.force_tolerance:g} "
                f"from the state at strain {start.strain:.8f}; minimise it further first."
            ) from None
        self._arrive(state)

    # --- steps ---------------------------------------------------------------------------

    def approach_instability(self, max_strain: float) -> bool:
        """Follow the minimum until a plastic event has happened; False at the largest strain."""
        while True:
            remaining = max_strain - self.state.strain
            if remaining <= self.settings.min_step:
                return False
            step = self._next_step(remaining)
            try:
                state, changes, correction = self._stepped(step)
            except LostBranchError as error:
                self._branch.contacts, self._branch.partial = self.state.held, None
                if step <= self.settings.resolution:
                    if self._fell(step, error):
                        return True
                else:
                    self._lost(step, error)
            else:
                self.changes += changes
                self._arrive(state)
                growth = (0.3 * self.settings.correction / max(correction, 1e-300)) ** 0.5
                self._step = step * min(max(growth, 0.3), 3.0)
            finally:
                self._check_budget()

    def _next_step(self, remaining: float) -> float:
        """The step to try: as far as it may go, or half way to where the minimum was lost."""
        step = min(self._step, self.settings.contact_step, remaining)
        gap = self._lost_at - self.state.strain
        if gap <= 0:
            self._lost_at = np.inf
        elif gap <= self.settings.resolution:
            return min(gap, remaining)
        elif np.isfinite(gap):
            step = min(step, 0.5 * gap)
        if self._target > self.state.strain:
            step = min(self._target - self.state.strain, remaining)
        self._target = -np.inf
        return step

    def _lost(self, step: float, lost: LostBranchError) -> None:
        """Shorten the next steps after one that failed.

        Where the force of a pair drove the state away, the next one ends just before it crosses,
        unless that has been tried from here.
        """
        strain = self.state.strain
        again = self._lost_at < np.inf
        self._lost_at = strain + step
        self._step = 0.5 * step
        if isinstance(lost, _UnstableError) and not again:
            crossed, margin = strain + lost.share * step, 0.4 * self.settings.resolution
            self._target = crossed - margin
            self._lost_at = min(self._lost_at, max(crossed, strain) + margin)

    def cross(self, ordinal: int) -> PlasticEvent:
        """The event that has just happened."""
        if self._event is None:
            raise NotConvergedError("no event has happened yet.")
        return replace(self._event, ordinal=ordinal)

    def _stepped(self, step: float) -> tuple[_State, list[ContactChange], float]:
        """One step: prediction, correction, and the contacts that change in it."""
        state, branch = self.state, self._branch
        positions = state.glass.positions + step * state.velocity
        guess = branch.deformed(state.glass.with_positions(positions), step)
        strain = state.strain + step
        try:
            point = branch.minimum(guess, strain, state.factor)
        except SaddleError:
            raise LostBranchError from None
        correction = furthest(point.glass, guess)
        if correction > self.settings.correction:
            raise LostBranchError
        self._check_energy(point, step)
        changes: list[ContactChange] = []
        reached = 0.0
        while (found := self._first_crossed(point)) is not None:
            if len(changes) == _MOST_CHANGES:
                raise LostBranchError
            pair, share = found
            before = point.glass
            try:
                point = self._changed(point, pair)
            except _UnstableError as error:
                error.share = share
                raise
            reached = max(reached, share)  # one that another one caused does not come before it
            changes.append(self._change(pair, step, reached, furthest(point.glass, before)))
        try:
            if changes:
                point = branch.minimum(point.glass, strain, point.factor)
                if self._continuous and furthest(point.glass, guess) > self.settings.correction:
                    raise LostBranchError  # far from every crossing: an event may be among them
            return self._settled(branch.with_room(point)), changes, correction
        except SaddleError:
            raise LostBranchError from None

    def _first_crossed(self, point: Point) -> tuple[int, float] | None:
        """The pair that crossed its cutoff first in a step, and at which share of the step.

        Along the step the squared distance of a pair is taken as the parabola through both ends
        with the slope ``2 u.(T u + w_j - w_i)`` at the first.
        """
        keys, squared, cutoffs = self._branch.crossed(point)
        if not len(keys):
            return None
        state, step = self.state, point.strain - self.state.strain
        i, j = self._branch.pairs_of(keys, self.start.n_particles)
        u = state.glass.minimum_image(state.glass.positions[j] - state.glass.positions[i])
        velocity = u @ self._branch.tensor.T + state.velocity[j] - state.velocity[i]
        start = np.einsum("pc,pc->p", u, u) - cutoffs
        slope = 2.0 * step * np.einsum("pc,pc->p", u, velocity)
        share = _first_root(start, slope, squared - cutoffs - start - slope)
        first = int(np.argmin(share))
        return int(keys[first]), float(share[first])

    def _changed(self, point: Point, pair: int) -> Point:
        """The minimum after a contact has opened or closed, followed while its force changes.

        Raises
        ------
        _UnstableError
            If a minimum ends on the way.
        """
        branch = self._branch
        opening = branch.has(pair)
        if not opening:
            branch.change(pair)
        done, step = 0.0, 1.0
        while done < 1.0:
            share = done + step
            branch.partial = (pair, 1.0 - share if opening else share)
            try:
                following = branch.minimum(
                    point.glass, point.strain, point.factor, branch.force_unit * _BETWEEN_CHANGES
                )
                if furthest(following.glass, point.glass) > self.settings.correction:
                    raise LostBranchError
            except (LostBranchError, SaddleError):
                step *= 0.5
                if step < _SMALLEST_SHARE:
                    partial = (pair, 1.0 - done if opening else done)
                    raise _UnstableError(point, branch.contacts, partial) from None
                continue
            point, done = following, share
            step = min(2.0 * step, 1.0 - done)
        branch.partial = None
        if opening:
            branch.change(pair)
        return replace(point, found=branch.interactions(point.glass, point.strain))

    def _check_energy(self, point: Point, step: float) -> None:
        """The energy must have changed by the work done: a fall beyond that is a lost event."""
        state, found = self.state, point.found
        slope = shear_derivatives(found, self._branch.tensor)[0]
        work = 0.5 * step * (state.slope + slope)
        energy = float(found.g0.sum())
        missing = work - (energy - state.energy)
        if missing > _WORK_SHARE * step * abs(slope - state.slope) + _ENERGY_ROUNDOFF * abs(energy):
            raise LostBranchError

    def _settled(self, point: Point) -> _State:
        """A minimum with a factor of its own, which proves that it is one."""
        branch, found = self._branch, point.found
        factor = branch.factorize(point.glass, found)
        slope, mismatch, _ = shear_derivatives(found, branch.tensor)
        return _State(
            replace(point, factor=factor), branch.contacts, branch.rattlers, float(found.g0.sum()),
            branch.continuous_energy(found, point.glass), slope, -factor.solve(mismatch),
        )  # fmt: skip

    def _arrive(self, state: _State) -> None:
        self.state = state
        self.visited.append((state.strain, state.slope, state.energy))

    def _change(self, pair: int, step: float, share: float, displacement: float) -> ContactChange:
        i, j = map(int, self._branch.pairs_of(pair, self.start.n_particles))
        return ContactChange(
            strain=self.state.strain + share * step,
            strain_bracket=step,
            pair=(i, j),
            closed=self._branch.has(pair),
            displacement=displacement,
        )

    # --- where no minimum is near ----------------------------------------------------------

    def _fell(self, step: float, lost: LostBranchError) -> bool:
        """Go over the end of the branch; whether that was a plastic event.

        If not, contacts changed where Newton's method could not follow.
        """
        before, branch = self.state, self._branch
        strain = before.strain + step
        beyond = branch.deformed(before.glass, step)
        begin, last = beyond, self._last_minimum(lost)
        if isinstance(lost, _UnstableError):
            begin = lost.point.glass
        ahead = step if last is None else last.distance
        if last is not None and (begin is not beyond or ahead < _NEAR * step):
            mode = _towards(last, begin, beyond)
            push = LEAST_PUSH * self.settings.push / np.linalg.norm(mode, axis=1).max()
            begin = begin.with_positions(begin.positions + push * mode)
        state = self._minimized(begin, strain)
        shift = state.glass.positions - beyond.positions
        shift -= shift.mean(axis=0)
        for loose in (before.rattlers, state.rattlers):
            if loose is not None:  # a free particle may be anywhere
                shift[loose] = 0.0
        moved = np.linalg.norm(shift, axis=1)
        fall = before.continuous + before.slope * step - state.continuous
        logger.debug(
            "at strain %.8f a particle jumps by %.3g, the energy falls by %.3g",
            strain, moved.max(), fall,
        )  # fmt: skip
        plastic = moved.max() > LEAST_PUSH * self.settings.push and fall > _ENERGY_ROUNDOFF * abs(
            before.energy
        )
        if plastic:
            mode = shift if last is None else _towards(last, begin, beyond)
            self._event = self._recorded(before, state, mode, moved, fall, ahead)
            self._spent = branch.factorizations
        else:
            self._note_changes(before, state, float(moved.max()))
        self._arrive(state)
        self._step = 10.0 * step
        return plastic

    def _last_minimum(self, lost: LostBranchError) -> Equilibrium | None:
        """The last minimum before the end of the branch with its modes; None if it is too near."""
        branch, state = self._branch, self.state
        guesses = self._random.normal(size=(8, *state.glass.positions.shape))
        guesses = np.concatenate([state.velocity[None], guesses])
        point = state.point
        try:
            if isinstance(lost, _UnstableError):
                branch.contacts, branch.partial = lost.held, lost.partial
                found = branch.interactions(lost.point.glass, lost.point.strain)
                factor = branch.factorize(lost.point.glass, found)
                point = replace(lost.point, found=found, factor=factor)
            return equilibrium(branch, point, guesses, self.settings.tracked, blocks=4)
        except (LostBranchError, SaddleError):
            return None
        finally:
            branch.contacts, branch.partial = state.held, None

    def _minimized(self, glass: Glass, strain: float) -> _State:
        """The minimum below a state: descent until Newton's method contracts."""
        for force in self._branch.forces_of_descent:
            cap = DESCENT_CAP * self.start.spacing
            glass = descend(glass, self._branch.potential, force, step_cap=cap).glass
            for least in (BEARING, 0.0):  # a rattler that finds no room is held after all
                try:
                    state = self._nearest(glass, strain, least)
                except (LostBranchError, SaddleError):
                    continue
                if furthest(state.glass, glass) < 4.0 * self.settings.correction:
                    return state
            glass = self._branch.shaken(glass, self._random)
        raise NotConvergedError(
            f"no minimum was found beyond the instability at strain {strain:.8f}."
        )

    def _nearest(self, glass: Glass, strain: float, least: float) -> _State:
        """The minimum next to a glass with the contacts that it has, or some changed."""
        branch = self._branch
        branch.hold(glass, strain, least)
        point = branch.minimum(glass, strain)
        for _ in range(_MOST_CHANGES):
            found = self._first_crossed(point)
            if found is None:
                point = branch.minimum(point.glass, strain, point.factor)
                return self._settled(branch.with_room(point))
            point = self._changed(point, found[0])
        raise LostBranchError

    def _recorded(
        self,
        before: _State,
        after: _State,
        mode: FloatArray,
        moved: FloatArray,
        fall: float,
        ahead: float,
    ) -> PlasticEvent:
        start, bracket = self.start, after.strain - before.strain
        return recorded_event(
            start, mode, moved, after.point.found.pairs,
            ordinal=0,
            strain=before.strain + (ahead if ahead < bracket else 0.5 * bracket),
            strain_bracket=bracket,
            stress_drop=(before.slope - after.slope) / start.volume,
            energy_drop=fall,
            n_factorizations=self._branch.factorizations - self._spent,
        )  # fmt: skip

    def _note_changes(self, before: _State, after: _State, displacement: float) -> None:
        """Contacts that came and went where the branch was left."""
        width = after.strain - before.strain
        for pair in np.setxor1d(before.held, after.held).tolist():
            i, j = map(int, self._branch.pairs_of(pair, self.start.n_particles))
            closed = pair in after.held
            self.changes.append(
                ContactChange(before.strain + 0.5 * width, width, (i, j), closed, displacement)
            )

    def _check_budget(self) -> None:
        if self._branch.factorizations - self._spent > self.settings.max_factorizations:
            raise NotConvergedError(
                f"{self.settings.max_factorizations} factorizations did not reach the next event."
            )


def _towards(last: Equilibrium, reached: Glass, affine: Glass) -> FloatArray:
    """The mode that becomes unstable, with the sign in which the state moves along it.

    Where a pair's force drove it, the state has moved from the affine place to that reached.
    """
    if reached is affine:
        return last.critical_mode
    mode: FloatArray = last.modes[0]
    moved = reached.positions - affine.positions
    return mode if (mode * moved).sum() >= 0 else -mode


def _first_root(constant: FloatArray, slope: FloatArray, bend: FloatArray) -> FloatArray:
    """First root of ``constant + slope s + bend s^2`` for s from 0 to 1; 1 where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(slope**2 - 4.0 * constant * bend)
        q = -0.5 * (slope + np.where(slope >= 0, root, -root))
        roots = np.array([q / bend, constant / q])
    inside = (roots >= 0) & (roots <= 1)
    first: FloatArray = np.where(inside, roots, 1.0).min(axis=0)
    return first
