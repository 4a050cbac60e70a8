"""Following a minimum under strain, exactly, to its instability and over it.

Between instabilities the minimum moves smoothly with the strain; its nonaffine velocity and
acceleration (Maloney and Lemaitre, PRE 74, 016118 (2006), and
:mod:`softfield.response.equilibria`) predict the next state, which Newton's method corrects
with one factorization, made at the prediction. Where an eigenvalue lambda of M approaches
zero, ``lambda^2 ~ gamma_c - gamma``, and because ``dlambda/dgamma = U''' : Psi Psi u'`` is
exact, ``gamma_c - gamma = -lambda / (2 dlambda/dgamma)`` predicts the instability from one
state; velocity and acceleration predict it too (:mod:`softfield.response.instability`). From
nearby it is located on the curve of equilibria; the minimum just before it is factorized, then
pushed over along the critical mode and minimised.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace

import numpy as np

from ..checks.numbers import positive_number, whole_number
from ..errors import InvalidSettingError, NotConvergedError, SaddleError
from ..glass import FloatArray, Glass
from ..potentials.pair_potential import PairPotential
from ..preparation.minimisation import descend
from .branch import Branch, LostBranchError, Point
from .equilibria import Equilibrium, equilibrium
from .events import DESCENT_CAP, ContactChange, PlasticEvent, recorded_event
from .instability import Arc, Fold, Series, arc_ahead, locate_fold, moved_along, point_at

logger = logging.getLogger(__name__)

#: Push over an instability that is tried first, in parts of the largest: a jump that moves no
#: particle further is no plastic event.
LEAST_PUSH = 0.1

#: Pushes that are tried in turn, and the distance of particles (in units of the mean one) below
#: which two minima are one.
_PUSHES, _SAME_PLACE = (LEAST_PUSH, 0.3, 1.0), 1e-8

#: By what energy may differ from the work done in a step, relative to the energy.
_ENERGY_ROUNDOFF = 1e-11


@dataclass(frozen=True)
class Continuation:
    """Numerical settings of the continuation; the defaults suit all three models.

    Lengths are in units of the mean distance of particles (``Glass.spacing``): a glass in another
    unit of length is followed in the same way.

    Attributes
    ----------
    max_step, min_step : float
        Largest and smallest strain increment.
    approach : float
        Fraction of the predicted distance to an instability covered in one step.
    correction : float
        Largest distance of a particle from its predicted place, length.
    fold : float
        Predicted distance (strain) from which an instability is looked for on the curve.
    distance : float
        Distance (strain) before an instability of the minimum that is pushed over it.
    force_tolerance : float
        Largest force on a particle at a minimum, energy per length; in units of the root mean
        square of the forces of pairs where that is below 1.
    skin : float
        Margin of the pair list, length; less where the box has no room for it.
    tracked : int
        Number of lowest modes that are followed.
    push : float
        Largest displacement of a particle when the state is pushed over, length; a tenth of it is
        tried first. A jump is a plastic event if it moves some particle by more than that tenth.
    max_factorizations : int
        Budget per event.
    contact_step, resolution : float
        Largest strain increment of a glass whose force or stiffness jumps at the cutoff of its
        potential (:mod:`softfield.response.contact_walk`), and the bracket of its events.

    Raises
    ------
    InvalidSettingError
        If a setting is not positive and finite, or no whole number where it counts; or if
        ``min_step`` is above ``max_step``, ``approach`` above 1, or ``distance`` not below
        ``fold``.
    """

    max_step: float = 5e-3
    min_step: float = 1e-11
    approach: float = 0.8
    correction: float = 5e-3
    fold: float = 3e-3
    distance: float = 2e-8
    force_tolerance: float = 1e-10
    skin: float = 0.15
    tracked: int = 4
    push: float = 0.05
    max_factorizations: int = 4000
    contact_step: float = 5e-4
    resolution: float = 1e-7

    def __post_init__(self) -> None:
        for setting in fields(self):
            name, value = setting.name, getattr(self, setting.name)
            if isinstance(setting.default, int):
                value = whole_number(value, f"the setting {name} of a continuation")
            else:
                value = positive_number(value, f"the setting {name} of a continuation")
            object.__setattr__(self, name, value)
        if self.min_step > self.max_step or self.approach > 1 or self.distance >= self.fold:
            raise InvalidSettingError(
                f"a continuation has steps from min_step = {self.min_step:g} to max_step = "
                f"{self.max_step:g}, each at most the whole way to an instability (approach = "
                f"{self.approach:g}), which is looked for from fold = {self.fold:g} on and crossed "
                f"from distance = {self.distance:g}, which must be smaller."
            )

    def scaled(self, unit: float) -> Continuation:
        """The same with lengths in the unit of the glass, of which ``unit`` is theirs."""
        lengths = {name: unit * getattr(self, name) for name in ("correction", "skin", "push")}
        return replace(self, **lengths)


class Walk:
    """Follows the minima of one glass in one direction of strain.

    Strains inside are those added since the start; ``visited`` holds strain, slope of the
    energy along the direction, and energy of every minimum.
    """

    def __init__(
        self,
        potential: PairPotential,
        tensor: FloatArray,
        settings: Continuation,
        start: Glass,
    ) -> None:
        self.settings = settings = settings.scaled(start.spacing)
        self.start = start
        self.visited: list[tuple[float, float, float]] = []
        self.changes: list[ContactChange] = []  # of a smooth potential, none
        self._branch = Branch.of(start, potential, tensor, settings.force_tolerance, settings.skin)
        self._random = np.random.default_rng(0)
        try:
            point = self._branch.minimum(start, 0.0)
        except LostBranchError:
            raise NotConvergedError(
                f"Newton's method does not reach a force of {self._branch.force_tolerance:g} "
                f"from the state at strain {start.strain:.8f}; minimise it further first."
            ) from None
        self._spent = 0
        try:
            first = self._fresh(point, np.zeros((0, *start.positions.shape)))
        except LostBranchError as error:
            raise NotConvergedError(
                f"the response of the state at strain {start.strain:.8f} is not found: {error}. "
                "Minimise it further first."
            ) from error
        self._arrive(first)

    def approach_instability(self, max_strain: float) -> bool:
        """Follow the minimum to just before its instability; False at the largest strain."""
        settings = self.settings
        step = settings.max_step
        while True:
            if self.state.distance <= 1.5 * settings.distance:
                return True
            remaining = max_strain - self.state.strain
            if remaining <= settings.min_step:
                return False
            ahead = arc_ahead(self.state)
            if ahead is not None and self._worth_a_search(ahead):
                found = self._through_fold(ahead, max_strain)
                if found is not None:
                    return found
            near = min(self.state.distance, np.inf if ahead is None else ahead.distance)
            step = min(step, settings.max_step, settings.approach * near, remaining)
            step = self._advance(step, remaining)

    def _advance(self, step: float, remaining: float) -> float:
        """One accepted step, shortened as needed; returns the length to try next."""
        while True:
            try:
                following, correction = self._step(step, remaining)
            except (LostBranchError, SaddleError):
                step *= 0.4
                if step < self.settings.min_step:
                    raise NotConvergedError(
                        f"no step above {self.settings.min_step:g} in strain stays on the "
                        f"branch, {self.state.distance:.2g} before a predicted instability."
                    ) from None
                continue
            finally:
                self._check_budget()
            self._arrive(following)
            growth = (0.3 * self.settings.correction / max(correction, 1e-300)) ** (1 / 3)
            return step * min(max(growth, 0.3), 3.0)

    def _step(self, increment: float, remaining: float) -> tuple[Equilibrium, float]:
        """Prediction and correction, by strain or, where an instability is near, by arc."""
        state, branch = self.state, self._branch
        ahead = arc_ahead(state)
        if ahead is not None and 0.2 * ahead.distance < increment < remaining:
            arc = ahead.reaching(min(increment, 0.91 * ahead.distance))
            arc = self._foreseeable(ahead.moved, arc)
            point, correction = point_at(branch, ahead, arc)
            if point.strain - state.strain > remaining:
                raise LostBranchError
        else:
            moved = moved_along(state)
            increment = self._foreseeable(moved, increment)
            positions = state.glass.positions + moved(increment)
            guess = branch.deformed(state.glass.with_positions(positions), increment)
            strain = state.strain + increment
            point = branch.minimum(guess, strain, single=state.resolved)
            correction = furthest(point.glass, guess)
        if correction > self.settings.correction:
            raise LostBranchError
        following = equilibrium(branch, point, state.modes, self.settings.tracked)
        self._check_energy(following)
        return self._linked(following), correction

    def _foreseeable(self, moved: Series, step: float) -> float:
        """The step, or the largest whose last known term is a part of what a correction may be.

        A smaller part where that term is a guess.
        """
        part = 0.2 if self.state.former is None else 0.5
        allowed = part * self.settings.correction
        return step * min(1.0, (allowed / max(moved.last_term(step), 1e-300)) ** (1 / 3))

    def _linked(self, following: Equilibrium) -> Equilibrium:
        """The next minimum with the way back to the one before."""
        step = following.strain - self.state.strain
        back = self._branch.deformed(self.state.glass, step).positions - following.glass.positions
        return replace(following, former=(-step, back - back.mean(axis=0)))

    def _check_energy(self, following: Equilibrium) -> None:
        """The energy must have changed by the work done: otherwise this is another minimum.

        The work is that of the cubic through slopes and curvatures at both ends.
        """
        state = self.state
        step = following.strain - state.strain
        bent = step**2 / 12.0 * (following.curvature - state.curvature)
        work = 0.5 * step * (state.slope + following.slope) - bent
        self._check_work(following, work, 0.5 * abs(bent))

    def _check_work(self, following: Equilibrium, work: float, tolerance: float) -> None:
        missing = work - (following.energy - self.state.energy)
        if abs(missing) > tolerance + _ENERGY_ROUNDOFF * abs(following.energy):
            raise LostBranchError

    def _worth_a_search(self, ahead: Arc) -> bool:
        """Whether the instability is near, and two predictions of its distance agree."""
        distance = self.state.distance
        return distance < self.settings.fold and 0.6 < ahead.distance / distance < 1.5

    def _through_fold(self, ahead: Arc, max_strain: float) -> bool | None:
        """Locate the instability and arrive just before it, or at the largest strain.

        None if that fails: other modes may change too much between here and there.
        """
        fold = locate_fold(self._branch, ahead, 0.05 * self.settings.distance)
        if fold is None:
            return None
        target = fold.strain - self.settings.distance
        reached = target < max_strain
        try:
            following = self._before_fold(fold, min(target, max_strain))
        except (LostBranchError, SaddleError):
            return None
        finally:
            self._check_budget()
        if reached and not 0.5 < following.distance / self.settings.distance < 1.5:
            return None
        self._arrive(following)
        return reached

    def _before_fold(self, fold: Fold, strain: float) -> Equilibrium:
        """The minimum at a strain below that of the fold, interpolated, corrected, factorized."""
        branch, state = self._branch, self.state
        guess, work = fold.before(branch, strain)
        point = branch.minimum(guess, strain)
        if furthest(point.glass, guess) > 0.1 * self.settings.correction:
            raise LostBranchError
        guesses = np.concatenate([state.modes, state.acceleration[None]])
        following = equilibrium(branch, point, guesses, self.settings.tracked)
        change = abs(following.slope - state.slope) * (strain - state.strain)
        self._check_work(following, work, 0.01 * change)
        return following

    def cross(self, ordinal: int) -> PlasticEvent | None:
        """Push over the instability ahead and minimise.

        The smallest push that leaves the minimum counts, since a larger one may leap over the next.
        None where the jump moves no particle far enough for a plastic event.

        Raises
        ------
        NotConvergedError
            If nothing irreversible happens.
        """
        before, branch = self.state, self._branch
        mode = before.critical_mode
        largest = np.linalg.norm(mode, axis=1).max()
        for attempt in range(4):
            overshoot = 2.0 * before.distance * 10.0**attempt
            strain = before.strain + overshoot
            beyond = branch.deformed(before.glass, overshoot)
            for share in _PUSHES:
                push = share * self.settings.push * 1.5**attempt / largest
                pushed = beyond.with_positions(beyond.positions + push * mode)
                point = self._minimized(pushed, strain)
                shift = point.glass.positions - beyond.positions
                shift -= shift.mean(axis=0)
                moved = np.linalg.norm(shift, axis=1)
                energy = float(point.found.g0.sum())
                if energy >= before.energy + before.slope * overshoot:
                    continue
                far = bool(moved.max() > LEAST_PUSH * self.settings.push)
                if not far and self._returns(point):
                    continue
                self._arrive(self._fresh(point, np.concatenate([before.modes, shift[None]])))
                if not far:
                    logger.debug("a jump of %.2g at strain %.8f", moved.max(), strain)
                    return None
                event = self._event(before, mode, moved, ordinal, point)
                self._spent = branch.factorizations
                return event
        raise NotConvergedError(
            f"the state at the predicted instability {before.strain + before.distance:.8f} returns "
            "to where it was after every push along the critical mode."
        )

    def _returns(self, point: Point) -> bool:
        """Whether a minimum beyond is one with the state before, to which it leads back."""
        before = self.state
        back = self._branch.deformed(point.glass, before.strain - point.strain)
        try:
            there = self._branch.minimum(back, before.strain)
        except (LostBranchError, SaddleError):
            return False
        away = furthest(there.glass, before.glass)
        return away < 0.1 * furthest(back, before.glass) or away < _SAME_PLACE * self.start.spacing

    def _minimized(self, glass: Glass, strain: float) -> Point:
        """The minimum below a state: descent until Newton's method contracts."""
        for force in self._branch.forces_of_descent:
            cap = DESCENT_CAP * self.start.spacing
            glass = descend(glass, self._branch.potential, force, step_cap=cap).glass
            try:
                point = self._branch.minimum(glass, strain)
            except (LostBranchError, SaddleError):
                continue
            shift = point.glass.positions - glass.positions
            if np.abs(shift - shift.mean(axis=0)).max() < 2.0 * self.settings.correction:
                return point
        raise NotConvergedError(
            f"no minimum was found beyond the instability at strain {strain:.8f}."
        )

    def _event(
        self,
        before: Equilibrium,
        mode: FloatArray,
        moved: FloatArray,
        ordinal: int,
        point: Point,
    ) -> PlasticEvent:
        after, start = self.state, self.start
        width = after.strain - before.strain
        return recorded_event(
            start, mode, moved, point.found.pairs,
            ordinal=ordinal,
            strain=before.strain + before.distance,
            strain_bracket=width,
            stress_drop=(before.slope - after.slope) / start.volume,
            energy_drop=before.energy + before.slope * width - after.energy,
            n_factorizations=self._branch.factorizations - self._spent,
        )  # fmt: skip

    def _fresh(self, point: Point, guesses: FloatArray) -> Equilibrium:
        """Derivatives and modes of a minimum whose modes are not known yet."""
        extra = self._random.normal(size=(self.settings.tracked, *point.glass.positions.shape))
        guesses = np.concatenate([guesses, extra])
        return equilibrium(self._branch, point, guesses, self.settings.tracked, blocks=3)

    def _arrive(self, state: Equilibrium) -> None:
        self.state = state
        self.visited.append((state.strain, state.slope, state.energy))

    @property
    def exhausted(self) -> bool:
        """Whether the budget of the next event is spent."""
        return self._branch.factorizations - self._spent > self.settings.max_factorizations

    def _check_budget(self) -> None:
        if self.exhausted:
            raise NotConvergedError(
                f"{self.settings.max_factorizations} factorizations did not reach the next event."
            )


def furthest(first: Glass, second: Glass) -> float:
    """Largest distance of a particle between two states, shifts of all particles apart."""
    moved = first.positions - second.positions
    return float(np.linalg.norm(moved - moved.mean(axis=0), axis=1).max())
