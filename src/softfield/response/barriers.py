"""The barrier between two minima: a string of states from one to the other, and its saddle.

A string of states between the minima moves downhill and is spaced evenly again after every step
(E, Ren and Vanden-Eijnden, J. Chem. Phys. 126, 164103 (2007)). Steps are those of Newton's method
with the dynamical matrix of the first minimum, made stiffer: such a string bends otherwise between
its saddles than a path of steepest descent, but goes over the same ones. From its highest state
Newton's method leads to the saddle (:mod:`softfield.response.saddles`), from which both minima are
looked for downhill.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..checks.numbers import positive_number, whole_number
from ..errors import (
    InvalidGlassError,
    InvalidSettingError,
    NotConvergedError,
    OverlapError,
    SaddleError,
)
from ..glass import FloatArray, Glass, check_glass
from ..mechanics.derivatives import (
    FORCE_TOLERANCE,
    check_minimum,
    energy,
    force_limit,
    pair_forces,
    pair_stiffness,
)
from ..mechanics.factorization import Factorization, order_particles
from ..mechanics.pairs import Interactions, interactions, nearest_distances
from ..potentials.cutoffs import continuous_energy
from ..potentials.pair_potential import PairPotential, check_potential
from ..preparation.minimisation import minimize
from .saddles import Saddle, find_saddle
from .soft_modes import soft_modes
from .thermal_events import displacement

logger = logging.getLogger(__name__)

#: Two states are one minimum where no particle is further from its place than this. Like the other
#: lengths here it is a share of the mean distance of nearest neighbours.
SAME_MINIMUM = 1e-2

#: Added to the dynamical matrix of the steps, in units of its mean diagonal entry.
_STIFFER = 0.02

#: Share of the step downhill that is taken; more overshoots where a pair is stiffer than at rest.
_RELAXATION = 0.4

#: Largest displacement of a particle in one step of the string, in one of Newton's method to the
#: saddle, and in one downhill from there.
_STEP_CAP, _NEWTON_CAP, _DESCENT_CAP = 0.05, 0.1, 0.1

#: How far from the highest state of the string its saddle may be.
_REACH = 0.5

#: Steps of the string between two looks for its saddle.
_SWEEPS = 10

#: Steps of a string after which a barrier that is one of many is given up.
EFFORT = 60

#: Saddles one after the other with which a way between two minima is given up.
_MOST_SADDLES = 6

#: What :func:`barrier` takes where nothing else is said.
_STATES, _MAX_FORCE = 11, 1e-10

#: Largest displacement of a particle with which the search for a minimum leaves the saddle.
_PUSH = 0.02


@dataclass(frozen=True, eq=False)
class Barrier:
    """The lowest saddle that was found on a way from one minimum to another.

    Attributes
    ----------
    energy : float
        Of the saddle above the first minimum.
    reverse : float
        Of the saddle above the other minimum.
    saddle : Glass
    mode : (N, d)
        Direction downhill at the saddle, of unit norm, towards the other minimum.
    eigenvalue : float
        Of the dynamical matrix along it, negative.
    max_force : float
        Largest force on a particle at the saddle.
    sides : (Glass, Glass)
        The minima downhill from the saddle, against the mode and along it.
    direct : bool
        Whether these are the two minima. If not, the way leads through others, and over more
        saddles than this one, the highest of them.
    """

    energy: float
    reverse: float
    saddle: Glass
    mode: FloatArray
    eigenvalue: float
    max_force: float
    sides: tuple[Glass, Glass]
    direct: bool


def barrier(
    glass: Glass,
    other: Glass,
    potential: PairPotential,
    *,
    n_states: int = _STATES,
    max_sweeps: int = 200,
    max_force: float = _MAX_FORCE,
) -> Barrier:
    """The barrier between two minima of the same particles in the same cell.

    The saddle is verified: no force above ``max_force``, exactly one negative eigenvalue (a
    theorem on ranks, see :mod:`softfield.response.saddles`), and the minima on both sides of it
    are looked for. Where these are others than the two, the ways from the first minimum to them
    and on to the other are looked for as well. That no other way is lower is not known.

    Parameters
    ----------
    glass, other : Glass
        Minima of the energy. Particles move from one to the other by the shortest image.
    potential : PairPotential
        Energies are the work of its forces: jumps of the energy itself at a cutoff do not count.
    n_states : int
        States of the string, both ends counted; 5 or more.
    max_sweeps : int
        Steps of the string until the search is given up.
    max_force : float
        Largest force on a particle at the saddle, energy per length.

    Raises
    ------
    InvalidGlassError
        If the two are not the same particles in the same cell.
    InvalidSettingError
        If a setting makes no sense, or both are the same minimum.
    NotAMinimumError
        If one of them is none.
    NotConvergedError
        If no saddle of first order is found, or no way over several that leads from the one minimum
        to the other.
    """
    whole_number(n_states, "n_states, the states of a string,", least=5)
    whole_number(max_sweeps, "max_sweeps, the steps of a string,")
    positive_number(max_force, "max_force")
    search = _Search.between(glass, other, potential, n_states, max_sweeps, max_force)
    highest = search.way(glass, other, [])
    behind, ahead = highest.sides
    if highest.direct and search.same(behind, glass) and search.same(ahead, other):
        return highest
    low, high = energy(glass, search.potential), energy(other, search.potential)
    top = highest.energy + energy(highest.sides[0], search.potential)
    return replace(highest, energy=top - low, reverse=top - high, direct=False)


@dataclass(frozen=True)
class _Search:
    """Looks for saddles, with the settings of :func:`barrier`."""

    potential: PairPotential
    n_states: int
    max_sweeps: int
    max_force: float
    spacing: float

    @classmethod
    def between(
        cls,
        glass: Glass,
        other: Glass,
        potential: PairPotential,
        n_states: int,
        max_sweeps: int,
        max_force: float,
    ) -> _Search:
        """A search for the ways between two glasses, which are checked.

        Energies are the work of the forces of the potential.
        """
        check_potential(potential)
        potential = continuous_energy(potential)
        _check_alike(glass, other)
        found = interactions(glass, potential)
        for one in (found, interactions(other, potential)):
            check_minimum(one, FORCE_TOLERANCE)
        limit = force_limit(found, max_force)
        search = cls(potential, n_states, max_sweeps, limit, _spacing(found))
        if search.same(glass, other):
            raise InvalidSettingError(
                "both glasses are the same minimum: no particle is further from its place than "
                f"{SAME_MINIMUM:g} of the distance of neighbours. No barrier is between."
            )
        return search

    def same(self, one: Glass, other: Glass) -> bool:
        """Whether two states are the same minimum, or the same saddle."""
        moved = np.linalg.norm(displacement(one, other), axis=1)
        return bool(moved.max() < SAME_MINIMUM * self.spacing)

    def way(self, glass: Glass, other: Glass, passed: list[Barrier]) -> Barrier:
        """The highest saddle between two minima, above the first of its own two ``sides``.

        ``passed`` has the saddles of the whole way that were found before.
        """
        try:
            found = self.saddle(glass, other)
        except NotConvergedError:  # the steps of a string depend on where it begins
            back = self.saddle(other, glass)
            found = replace(
                back, energy=back.reverse, reverse=back.energy, mode=-back.mode,
                sides=(back.sides[1], back.sides[0]),
            )  # fmt: skip
        if found.direct:
            return found
        again = any(self.same(found.saddle, one.saddle) for one in passed)
        if again or len(passed) == _MOST_SADDLES:
            raise NotConvergedError(
                "the two minima are many rearrangements apart: of the saddles that were found "
                "between them, no way leads from the one to the other. Take nearer ones."
            )
        behind, ahead = found.sides
        if _way(glass, ahead) + _way(behind, other) < _way(glass, behind) + _way(ahead, other):
            behind, ahead = ahead, behind
            found = replace(found, sides=(behind, ahead), mode=-found.mode)
        above = energy(glass, self.potential) - energy(behind, self.potential)
        parts = [replace(found, energy=found.energy + above)]
        for start, end in ((glass, behind), (ahead, other)):
            if not self.same(start, end):
                parts.append(self.way(start, end, [*passed, found]))
        return max(parts, key=lambda part: part.energy + energy(part.sides[0], self.potential))

    def saddle(self, glass: Glass, other: Glass) -> Barrier:
        """A saddle between two minima, above the first; it may lead to others."""
        try:
            return self._saddle(glass, other)
        except OverlapError as error:
            raise NotConvergedError(
                "particles meet on the straight way from the one minimum to the other, as where "
                "two change places; take nearer minima."
            ) from error

    def _saddle(self, glass: Glass, other: Glass) -> Barrier:
        way = displacement(glass, other)
        cap = _STEP_CAP * self.spacing
        string = _String(glass, way, self.potential, self.n_states, cap)
        best: Barrier | None = None
        for _ in range(0, self.max_sweeps, _SWEEPS):
            string.relax(_SWEEPS)
            try:
                saddle = find_saddle(
                    *string.highest(), self.max_force,
                    _REACH * self.spacing, _NEWTON_CAP * self.spacing,
                )  # fmt: skip
                found = self._with_sides(saddle, glass, other)
            except (SaddleError, NotConvergedError) as error:
                logger.debug("no saddle yet: %s", error)
                continue
            if found.direct:
                return found
            if best is not None and self.same(found.saddle, best.saddle):
                return found
            best = found
        if best is None:
            raise NotConvergedError(
                f"a string of {self.n_states} states shows no saddle of first order after "
                f"{self.max_sweeps} steps. The two minima may be many rearrangements apart; take "
                "nearer ones, or more states and steps."
            )
        return best

    def _with_sides(self, saddle: Saddle, glass: Glass, other: Glass) -> Barrier:
        """The barrier of a saddle, with the minima on both sides of it."""
        mode, potential = saddle.mode, self.potential
        if (displacement(glass, other) * mode).sum() < 0:
            mode = -mode
        push = _PUSH * self.spacing / float(np.linalg.norm(mode, axis=1).max())
        top = saddle.glass
        behind, ahead = (
            minimize(
                top.with_positions(top.positions + side * push * mode),
                potential,
                step_cap=_DESCENT_CAP * self.spacing,
            )
            for side in (-1.0, 1.0)
        )
        direct = self.same(behind, glass) and self.same(ahead, other)
        if not direct and self.same(behind, other) and self.same(ahead, glass):
            behind, ahead, mode, direct = ahead, behind, -mode, True
        low, high = energy(glass, potential), energy(other, potential)
        return Barrier(
            saddle.energy - low, saddle.energy - high, saddle.glass, mode, saddle.eigenvalue,
            saddle.max_force, (behind, ahead), direct,
        )  # fmt: skip


@dataclass(frozen=True)
class ExpectedBarrier:
    """A barrier, and the one that the soft mode at its place has in the cubic expansion.

    Attributes
    ----------
    barrier, reverse : float
        Of the saddle above the two minima, energy; NaN where it is not known.
    predicted : float
        ``2 kappa^3 / (3 tau^2)`` of the cubic mode nearest to the particle that moves most.
    distance : float
        Between the two, length.
    reason : str
        Why the two are no pair; empty where they are.
    """

    barrier: float
    reverse: float
    predicted: float
    distance: float
    reason: str


def expected_barrier(
    glass: Glass, other: Glass, potential: PairPotential, radius: float
) -> ExpectedBarrier:
    """The barrier from one minimum to another, beside that of the soft mode at its place.

    A pair of them where the way leads over one saddle, and a cubic soft mode is within ``radius``
    (a length) of the particle that moves most. The search is given up after EFFORT steps.

    Raises
    ------
    InvalidGlassError, InvalidSettingError, NotAMinimumError, NotConvergedError
        As :func:`barrier` and :func:`~softfield.response.soft_modes.soft_modes`.
    """
    positive_number(radius, "the radius around a place")
    moved = displacement(glass, other)
    place = glass.positions[int(np.argmax(np.linalg.norm(moved, axis=1)))]
    modes = soft_modes(glass, potential)
    away = [float(np.linalg.norm(glass.minimum_image(mode.position - place))) for mode in modes]
    distance, predicted = math.inf, math.nan
    if modes:
        nearest = int(np.argmin(away))
        distance, predicted = away[nearest], modes[nearest].barrier
    height = reverse = math.nan
    reason = f"no cubic mode is within {radius:g} of the place" if distance > radius else ""
    search = _Search.between(glass, other, potential, _STATES, EFFORT, _MAX_FORCE)
    try:
        found = search.saddle(glass, other)
    except NotConvergedError as error:
        reason = str(error)
    else:
        height, reverse = found.energy, found.reverse
        reason = reason if found.direct else "the way leads over several saddles"
    return ExpectedBarrier(height, reverse, predicted, distance, reason)


def _check_alike(glass: Glass, other: Glass) -> None:
    check_glass(glass)
    check_glass(other)
    same = glass.positions.shape == other.positions.shape
    if not same or not (
        np.array_equal(glass.species, other.species)
        and np.array_equal(glass.box, other.box)
        and glass.strain == other.strain
    ):
        raise InvalidGlassError(
            "a barrier lies between two minima of the same particles in the same cell; particles, "
            "species, box or strain of these differ."
        )


def _spacing(found: Interactions) -> float:
    """Mean distance of nearest neighbours, of the particles that have any."""
    distances = np.sqrt(found.squared_distances)
    return float(nearest_distances(found.n_particles, found.pairs, distances).mean())


def _way(one: Glass, other: Glass) -> float:
    """Length of the straight way from one state to another."""
    return float(np.linalg.norm(displacement(one, other)))


class _String:
    """States (K, N, d), relative to the first minimum, and the steps that they take."""

    def __init__(
        self, glass: Glass, way: FloatArray, potential: PairPotential, count: int, cap: float
    ) -> None:
        self._glass, self._potential, self._cap = glass, potential, cap
        self._states: FloatArray = np.linspace(0.0, 1.0, count)[:, None, None] * way
        self._factor = _stiffer_factor(glass, potential)
        self._energies = np.zeros(count)

    def relax(self, sweeps: int) -> None:
        """Steps of all states but the ends, which are minima."""
        for _ in range(sweeps):
            for k in range(1, len(self._states) - 1):
                found = interactions(self._at(k), self._potential)
                step = _RELAXATION * self._factor.solve(pair_forces(found))
                largest = float(np.linalg.norm(step, axis=1).max())
                self._states[k] += step * min(1.0, self._cap / max(largest, self._cap))
            self._space_evenly()
        self._energies = np.array(
            [energy(self._at(k), self._potential) for k in range(len(self._states))]
        )

    def highest(self) -> tuple[Glass, PairPotential, FloatArray]:
        """The highest state between the ends, the potential, and the way over it (N, d)."""
        top = 1 + int(np.argmax(self._energies[1:-1]))
        return self._at(top), self._potential, self._states[top + 1] - self._states[top - 1]

    def _at(self, k: int) -> Glass:
        return self._glass.with_positions(self._glass.positions + self._states[k])

    def _space_evenly(self) -> None:
        """Move the states along the string to equal distances, by straight lines between them."""
        lengths = np.linalg.norm(np.diff(self._states, axis=0), axis=(1, 2))
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        wanted = np.linspace(0.0, along[-1], len(along))
        after = np.clip(np.searchsorted(along, wanted), 1, len(along) - 1)
        share: npt.NDArray = (wanted - along[after - 1]) / (along[after] - along[after - 1])
        share = share[:, None, None]
        self._states = (1.0 - share) * self._states[after - 1] + share * self._states[after]


def _stiffer_factor(glass: Glass, potential: PairPotential) -> Factorization:
    """Factor of the dynamical matrix of a minimum with a multiple of 1 added."""
    found = interactions(glass, potential)
    blocks = pair_stiffness(found)
    mean = 2.0 * float(np.einsum("pcc->", blocks)) / found.n_particles / found.dimension
    return order_particles(found.pairs, glass.fractional()).factorize(blocks, _STIFFER * mean)
