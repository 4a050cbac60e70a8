"""The curve of equilibria through an instability, and the fold at which a minimum ends.

Near an instability the nonaffine acceleration a of a minimum is along the critical mode; Psi is
its direction. Along it the curve of equilibria is smooth also where minima end: with the arc
``s = Psi.(y - y0)`` of the nonaffine displacement y, both y(s) and the strain gamma(s) are
analytic, and the instability is the maximum of gamma(s). At a minimum
``gamma' = 1 / Psi.w`` and ``gamma'' = -Psi.a / (Psi.w)^3`` are known. Forces zero at a given
arc is a system that stays regular at the fold (Keller's bordering), so the factor of a minimum
nearby serves for its solution, on either side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial import Polynomial

from ..glass import FloatArray, Glass
from ..mechanics.derivatives import shear_derivatives
from ..mechanics.factorization import Factorization
from ..preparation.minimisation import largest_force
from .branch import Accelerated, Branch, LostBranchError, Point
from .equilibria import Equilibrium

#: Iterations of the corrector at one arc, and arcs, after which a search gives up.
_CORRECTIONS, _ARCS = 20, 7

#: Times the expected distance of the fold: a strain further off is none that Newton converges from.
_RUN_AWAY = 10.0

#: Share of velocity along the acceleration, particle by particle, from which a minimum counts as
#: on the way to an instability; where many parts of a glass move, the two have little in common.
_ALIGNED = 0.5


class Series:
    """Interpolation in the arc (or the strain): derivatives at 0, and values elsewhere."""

    def __init__(self, *derivatives: npt.ArrayLike) -> None:
        self._low = [np.asarray(value, dtype=np.float64) for value in derivatives]
        self._arcs: list[float] = []
        self._divided: list[FloatArray] = []

    def add(self, arc: float, value: npt.ArrayLike) -> None:
        """Take the value at another arc."""
        scale = arc ** len(self._low) * np.prod([arc - other for other in self._arcs])
        self._divided.append((np.asarray(value) - self(arc)) / scale)
        self._arcs.append(arc)

    def __call__(self, arc: float) -> FloatArray:
        total, power = np.zeros_like(self._low[0]), 1.0
        for order, derivative in enumerate(self._low, start=1):
            total = total + power * derivative
            power *= arc / order
        power = arc ** len(self._low)
        for other, divided in zip(self._arcs, self._divided, strict=True):
            total = total + power * divided
            power *= arc - other
        return total

    def last_term(self, arc: float) -> float:
        """Largest row of what the last of the further values adds, a measure of the error.

        Without any, of the term after the last known one if terms go on falling by one factor.
        """
        if self._arcs:
            power = arc ** len(self._low) * np.prod([arc - other for other in self._arcs[:-1]])
            return float(abs(power) * np.linalg.norm(self._divided[-1], axis=1).max())
        first, second = (np.linalg.norm(value, axis=1).max() for value in self._low[1:3])
        return float((0.5 * second * arc**2) ** 2 / max(first * abs(arc), 1e-300))

    def polynomial(self) -> Polynomial:
        """The same of a number, as a polynomial."""
        factorial = np.cumprod([1.0, *range(1, len(self._low))])
        total = [*(np.array([float(v) for v in self._low]) / factorial), *np.zeros_like(self._arcs)]
        power = [*np.zeros(len(self._low)), 1.0]
        for other, divided in zip(self._arcs, self._divided, strict=True):
            for m, coefficient in enumerate(power):
                total[m] += float(divided) * coefficient
            power = [up - other * own for up, own in zip([0.0, *power], [*power, 0.0], strict=True)]
        return Polynomial(total)


@dataclass(frozen=True, eq=False)
class Arc:
    """The curve of equilibria ahead of a minimum, by the arc along its acceleration.

    Attributes
    ----------
    state : Equilibrium
    mode : (N, d)
    speed : float
        Psi.w, arc per strain.
    furthest : float
        Arc at which the second-order expansion of gamma(s) has its maximum.
    moved, strain : Series
        Nonaffine displacement (N, d) and strain at an arc.
    """

    state: Equilibrium
    mode: FloatArray
    speed: float
    furthest: float
    moved: Series
    strain: Series

    @property
    def distance(self) -> float:
        """Strain from the state to that maximum."""
        return 0.5 * self.furthest / self.speed

    def reaching(self, increment: float) -> float:
        """Arc at which the expansion has gone ``increment`` in strain, less than ``distance``."""
        return self.furthest * (1.0 - np.sqrt(1.0 - increment / self.distance))


def arc_ahead(state: Equilibrium) -> Arc | None:
    """The curve ahead of a minimum; None where it does not bend towards an instability.

    Near one the acceleration is along the critical mode; in large glasses the lowest eigenvectors
    are mixed with plane waves until the instability is very near.
    """
    growth = float(np.linalg.norm(state.acceleration))
    if not growth > 0:
        return None
    mode = state.acceleration / growth
    speed = float((mode * state.velocity).sum())
    lengths = np.linalg.norm(mode, axis=1) * np.linalg.norm(state.velocity, axis=1)
    if speed <= _ALIGNED * float(lengths.sum()):
        return None
    moved = Series(
        np.zeros_like(mode),
        state.velocity / speed,
        (state.acceleration - (growth / speed) * state.velocity) / speed**2,
    )
    strain = Series(state.strain, 1.0 / speed, -growth / speed**3)
    if state.former is not None:
        back = float((mode * state.former[1]).sum())
        if back < 0:
            moved.add(back, state.former[1])
            strain.add(back, state.strain + state.former[0])
    return Arc(state, mode, speed, speed**2 / growth, moved, strain)


def moved_along(state: Equilibrium) -> Series:
    """Nonaffine displacement (N, d) of the minimum by strain, as far as it is known here."""
    moved = Series(np.zeros_like(state.velocity), state.velocity, state.acceleration)
    if state.former is not None:
        moved.add(*state.former)
    return moved


def point_at(branch: Branch, ahead: Arc, arc: float) -> tuple[Point, float]:
    """The minimum at an arc before the fold, and how far particles are from its prediction.

    Raises
    ------
    LostBranchError, SaddleError
        If the corrector does not contract, or the prediction is beyond the fold.
    """
    moved, strain = ahead.moved(arc), float(ahead.strain(arc))
    glass = _deformed(branch, ahead, moved, strain)
    found = branch.interactions(glass, strain)
    factor = branch.factorize(glass, found, single=ahead.state.resolved)
    velocity = -factor.solve(shear_derivatives(found, branch.tensor)[1])
    border = _Border(factor, velocity, float((ahead.mode * velocity).sum()))
    if border.speed <= 0:
        raise LostBranchError
    point, reached = _equilibrium_at(branch, ahead, arc, moved, strain, border)
    correction = reached - moved
    return point, float(np.linalg.norm(correction - correction.mean(axis=0), axis=1).max())


@dataclass(frozen=True, eq=False)
class Fold:
    """The end of a branch of minima: its strain, and the branch up to it."""

    strain: float
    arc: float
    ahead: Arc
    slope: Series

    def before(self, branch: Branch, strain: float) -> tuple[Glass, float]:
        """State of the branch at a strain up to that of the fold, and the work done until then.

        Both are interpolated; the work starts from the state from which the fold was found.
        """
        gamma = self.ahead.strain.polynomial()
        bend = float(gamma.deriv(2)(self.arc))
        arc = self.arc - np.sqrt(2.0 * max(self.strain - strain, 0.0) / -bend)
        for _ in range(4):
            arc -= float((gamma(arc) - strain) / gamma.deriv()(arc))
        work = (self.slope.polynomial() * gamma.deriv()).integ()(arc)
        return _deformed(branch, self.ahead, self.ahead.moved(arc), strain), float(work)


def locate_fold(branch: Branch, ahead: Arc, accuracy: float) -> Fold | None:
    """The fold ahead of a minimum, its strain to ``accuracy``; None if it is not found from here.

    Equilibria are found at a few arcs, each predicted by the polynomial through the former
    ones, the next at the maximum of gamma(s). That fails where the mode that is critical at
    the fold is not yet the one that the state predicts, or where other modes change too much
    on the way for the factor of the state.
    """
    state = ahead.state
    border = _Border(state.factor, state.velocity, ahead.speed)
    slope = Series(state.slope, state.curvature / ahead.speed)
    arc = ahead.furthest
    top = float(ahead.strain(arc))
    for _ in range(_ARCS):
        try:
            point, moved = _equilibrium_at(
                branch, ahead, arc, ahead.moved(arc), float(ahead.strain(arc)), border
            )
        except LostBranchError:
            return None
        ahead.moved.add(arc, moved)
        ahead.strain.add(arc, point.strain)
        slope.add(arc, shear_derivatives(point.found, branch.tensor)[0])
        following = _maximum(ahead.strain.polynomial(), arc)
        if following is None or not 0.2 < following / ahead.furthest < 3.0:
            return None
        last, top, arc = top, float(ahead.strain(following)), following
        if abs(top - last) < accuracy:
            return Fold(top, arc, ahead, slope)
    return None


def _maximum(strain: Polynomial, arc: float) -> float | None:
    """The maximum of gamma(s) near an arc."""
    first, second = strain.deriv(), strain.deriv(2)
    for _ in range(20):
        bend = float(second(arc))
        if bend >= 0:
            return None
        step = float(first(arc)) / bend
        arc -= step
        if abs(step) < 1e-12 * abs(arc):
            return arc
    return None


@dataclass(frozen=True, eq=False)
class _Border:
    """A factor with the velocity and the speed Psi.w that belong to it."""

    factor: Factorization
    velocity: FloatArray
    speed: float


def _equilibrium_at(
    branch: Branch, ahead: Arc, arc: float, moved: FloatArray, strain: float, border: _Border
) -> tuple[Point, FloatArray]:
    """The equilibrium at an arc, and its nonaffine displacement.

    Newton's method for (y, gamma) with a matrix that is kept, bordered by Xi and Psi:
    ``dy = M^-1 f + w dgamma``, with ``Psi.dy`` what is missing of the arc.
    """
    previous, mixed = np.inf, Accelerated()
    # Strain in units of displacement, so that both weigh alike where iterates are mixed.
    scale = float(np.linalg.norm(border.velocity))
    for _ in range(_CORRECTIONS):
        glass = _deformed(branch, ahead, moved, strain)
        force = branch.forces(glass, strain)
        largest = largest_force(force)
        if largest < branch.force_tolerance:
            found = branch.interactions(glass, strain)
            return Point(glass, strain, found, border.factor), moved
        if largest > 0.8 * previous:
            raise LostBranchError
        step = border.factor.solve(force)
        missing = (arc - float((ahead.mode * (moved + step)).sum())) / border.speed
        joined = mixed(
            np.append(moved, scale * strain),
            np.append(step + missing * border.velocity, scale * missing),
        )
        moved, strain = joined[:-1].reshape(moved.shape), float(joined[-1] / scale)
        previous = largest
    raise LostBranchError


def _deformed(branch: Branch, ahead: Arc, moved: FloatArray, strain: float) -> Glass:
    """The state at a strain; raises LostBranchError where Newton's method has run away.

    The box could not follow: pure shear changes its edges by factors.
    """
    start = ahead.state
    if not abs(strain - start.strain) <= _RUN_AWAY * ahead.distance:
        raise LostBranchError
    glass = start.glass.with_positions(start.glass.positions + moved)
    return branch.deformed(glass, strain - start.strain)
