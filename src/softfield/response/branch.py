"""A glass under strain along one direction: pair lists, factors and minima as it is deformed.

Strain here is what has been added since the start, along the direction that is walked, never
negative. A point of the path is a glass and its strain; its particles may be anywhere near a
minimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from ..errors import FloatingParticlesError, OverlapError
from ..glass import FloatArray, Glass
from ..kernels.pair_sums import largest_departure
from ..mechanics.derivatives import force_limit, force_scales, listed_forces, pair_forces
from ..mechanics.factorization import Factorization, Ordering, factorize, order_particles
from ..mechanics.pairs import Interactions, interactions, neighbor_pairs
from ..potentials.pair_potential import PairPotential, largest_range
from ..potentials.truncated_powers import TruncatedPowers
from ..preparation.minimisation import largest_force

#: Largest forces at which Newton's method is tried after a descent.
_DESCENTS = (1e-2, 1e-3, 1e-4, 1e-6)

#: Least force that is asked of a descent, in units of what rounding makes of a force.
_ATTAINABLE = 10.0

#: Furthest that a step of Newton's method moves a particle, in units of their mean distance.
_LARGEST_MOVE = 0.1


class LostBranchError(Exception):
    """A corrector does not contract, or leads away from the branch that is followed."""


@dataclass(frozen=True, eq=False)
class Point:
    """A glass at a strain, with its interactions, largest force and a factor made nearby."""

    glass: Glass
    strain: float
    found: Interactions
    factor: Factorization


@dataclass(frozen=True, eq=False)
class _Listed:
    """A pair list up to ``reach``, margin ``skin`` included, its ordering, and its origin."""

    pairs: npt.NDArray[np.int32]
    ordering: Ordering
    positions: FloatArray
    strain: float
    skin: float
    reach: float


class Accelerated:
    """Fixed-point iterations with a factor that is not quite right, mixed as by Anderson.

    The next iterate is that combination of the former ones whose step is least, plus this step
    (Anderson, J. ACM 12, 547 (1965)): where a few soft modes alone have changed since the factor
    was made, it learns how.
    """

    def __init__(self, depth: int = 6) -> None:
        self._depth = depth
        self._values: list[FloatArray] = []
        self._steps: list[FloatArray] = []

    def __call__(self, value: FloatArray, step: FloatArray) -> FloatArray:
        """The next iterate after ``value`` (any shape), for which the plain step is ``step``."""
        self._values = [*self._values[-self._depth :], value]
        self._steps = [*self._steps[-self._depth :], step]
        if len(self._values) == 1:
            return value + step
        changes = np.array([step - other for other in self._steps[:-1]]).reshape(
            len(self._steps) - 1, -1
        )
        moves = np.array([value - other for other in self._values[:-1]])
        share, *_ = np.linalg.lstsq(changes @ changes.T, changes @ step.ravel(), rcond=1e-12)
        mixed = moves + changes.reshape(moves.shape)
        result: FloatArray = value + step - np.tensordot(share, mixed, axes=1)
        return result


@dataclass
class Branch:
    """What is kept while minima of one glass are followed; counts the factorizations.

    Attributes
    ----------
    potential : PairPotential
    tensor : (d, d)
        T of the deformation x -> exp(strain T) x that is walked.
    force_tolerance : float
        Largest force on a particle at a minimum, energy per length.
    skin : float
        Margin of the pair list, length; less where the box has no room for it.
    force_unit : float
        Of what forces of a descent are shares: 1, or less where the forces of pairs are less, or
        more where rounding of strong ones asks for it.
    largest_move : float
        Of a particle in a step of Newton's method, length; what goes further has lost the branch.
    attainable : float
        Least force that is asked of a descent, energy per length.
    """

    potential: PairPotential
    tensor: FloatArray
    force_tolerance: float
    skin: float
    force_unit: float = 1.0
    largest_move: float = _LARGEST_MOVE
    attainable: float = 0.0
    factorizations: int = field(default=0)
    _listed: _Listed | None = field(default=None)
    _lists: list[_Listed] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        start: Glass,
        potential: PairPotential,
        tensor: FloatArray,
        force_tolerance: float,
        skin: float,
    ) -> Self:
        """The branch of a glass, with its :func:`~softfield.mechanics.derivatives.force_limit`."""
        found = interactions(start, potential)
        limit, unit = (force_limit(found, force) for force in (force_tolerance, 1.0))
        attainable = _ATTAINABLE * force_scales(found)[1] if len(found.pairs) else 0.0
        unit = max(unit, attainable / min(_DESCENTS))
        move = _LARGEST_MOVE * start.spacing
        return cls(potential, tensor, limit, skin, unit, move, attainable)

    @property
    def forces_of_descent(self) -> tuple[float, ...]:
        """Forces to which a descent past an instability goes in turn, energy per length."""
        last = max(self.force_tolerance, self.attainable)
        return (*(self.force_unit * share for share in _DESCENTS), last)

    def deformation(self, increment: float) -> FloatArray:
        """(d, d) exp(increment T)."""
        squared = self.tensor @ self.tensor
        if not squared.any():
            return np.eye(len(self.tensor)) + increment * self.tensor
        from scipy.linalg import expm

        matrix: FloatArray = expm(increment * self.tensor)
        return matrix

    def deformed(self, glass: Glass, increment: float) -> Glass:
        """The affine deformation of a glass by ``increment``."""
        simple = self.tensor.copy()
        simple[0, 1] = 0.0
        if not simple.any():
            return glass.sheared(increment * float(self.tensor[0, 1]))
        return glass.deformed(self.tensor, increment)

    def interactions(self, glass: Glass, strain: float) -> Interactions:
        """Interactions of a point, from a list that is kept while it holds.

        Raises
        ------
        LostBranchError
            If particles overlap or lose all contact: no state of the branch is near.
        """
        try:
            return self._interactions(glass, strain)
        except (OverlapError, FloatingParticlesError) as error:
            raise LostBranchError from error

    def forces(self, glass: Glass, strain: float) -> FloatArray:
        """(N, d) forces at a point, without the derivatives of :meth:`interactions`.

        Raises
        ------
        LostBranchError
            As that; also if forces are not finite.
        """
        try:
            force = self._forces(glass, strain)
        except (OverlapError, FloatingParticlesError) as error:
            raise LostBranchError from error
        if not np.isfinite(force).all():
            raise LostBranchError
        return force

    def _forces(self, glass: Glass, strain: float) -> FloatArray:
        if not isinstance(self.potential, TruncatedPowers):
            return pair_forces(self._interactions(glass, strain))
        return listed_forces(glass, self.potential, self._pair_list(glass, strain))

    def _interactions(self, glass: Glass, strain: float) -> Interactions:
        return interactions(glass, self.potential, self._pair_list(glass, strain))

    def _pair_list(self, glass: Glass, strain: float) -> npt.NDArray[np.int32]:
        for listed in self._lists:
            if self._holds(listed, glass, strain):
                self._listed = listed
                return listed.pairs
        largest = largest_range(self.potential, glass.species)
        skin = min(self.skin, max(0.5 * float(glass.box.min()) - largest, 0.0))
        pairs = neighbor_pairs(glass, self.potential, skin)
        ordering = order_particles(pairs, glass.fractional())
        origin = np.array(glass.positions)
        self._listed = _Listed(pairs, ordering, origin, strain, skin, largest + skin)
        # Also the one before: a step that fails may have gone far.
        self._lists = [self._listed, *self._lists[:1]]
        return pairs

    def factorize(self, glass: Glass, found: Interactions, single: bool = False) -> Factorization:
        """Factorization at a point; SaddleError where it is no minimum.

        ``single``: in single precision, for what is then corrected.
        """
        self.factorizations += 1
        ordering = None if self._listed is None else self._listed.ordering
        return factorize(glass, found, ordering, single)

    def minimum(
        self,
        glass: Glass,
        strain: float,
        factor: Factorization | None = None,
        tolerance: float | None = None,
        single: bool = False,
    ) -> Point:
        """Newton's method from a good guess, a factor kept while that is cheaper than a new one.

        Until the largest force is below the tolerance, by default ``force_tolerance``. With
        ``single`` a new factor is of single precision.

        Raises
        ------
        LostBranchError
            If forces do not contract.
        SaddleError
            If a factorization fails.
        """
        tolerance = self.force_tolerance if tolerance is None else tolerance
        previous, age, mixed = np.inf, 2, Accelerated()
        patience = 3.0 if factor is None else _patience(factor)
        for _ in range(30):
            force = self.forces(glass, strain)
            largest = largest_force(force)
            if factor is not None and largest < tolerance:
                return Point(glass, strain, self.interactions(glass, strain), factor)
            if largest > 0.5 * previous and age < 2:
                raise LostBranchError
            if factor is None or _steps_left(largest, previous, tolerance) > patience:
                factor, age = self.factorize(glass, self.interactions(glass, strain), single), 0
                patience = _patience(factor)
            move = factor.solve(force)
            if np.abs(move).max() > self.largest_move:
                raise LostBranchError
            if age == 0:
                mixed = Accelerated()
            glass = glass.with_positions(mixed(glass.positions, move))
            previous, age = largest, age + 1
        raise LostBranchError

    def _holds(self, listed: _Listed, glass: Glass, strain: float) -> bool:
        """Whether no pair can have come into range since the list was made."""
        if listed.skin <= 0:
            return False
        change = self.deformation(strain - listed.strain)
        nonaffine = largest_departure(np.array(glass.positions), listed.positions, change)
        stretched = np.linalg.norm(change - np.eye(len(change)))  # no less than its largest stretch
        return bool(2 * nonaffine + stretched * listed.reach < listed.skin)


def _steps_left(largest: float, previous: float, tolerance: float) -> float:
    """Iterations to the tolerance if forces go on falling as in the last one."""
    if previous == np.inf:
        return 0.0
    ratio = largest / previous
    return np.inf if ratio >= 1.0 else float(np.log(tolerance / largest) / np.log(ratio))


def _patience(factor: Factorization) -> float:
    """Iterations that cost as much as a factorization: 3 to 20, measured, by the largest front."""
    return 3.0 + factor.ordering.largest_front / 100.0
