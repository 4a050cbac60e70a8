"""The plastic events that a glass at rest will have: where, which way and at what strain.

Candidates are the places that strain in the given direction softens fastest
(:mod:`softfield.response.softening_modes`). Around each of them the core is followed to its own
instability in the linear response of the rest (:mod:`softfield.response.embedded_spots`), one at
a time and independent of each other. The glass itself is never deformed: what enters is its
stiffness at rest and the potential. Nothing is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks.numbers import check_number, is_number, positive_number, whole_number
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, check_glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions, neighbor_pairs
from ..mechanics.spectrum import participation_ratio
from ..potentials.pair_potential import PairPotential, largest_range
from .deformed_states import nonaffine_velocity
from .embedded_spots import EmbeddedSpot, Path, Yield, embed
from .mode_blocks import largest_particles, normalized
from .softening_modes import softening_modes, symmetric

#: Lengths in units of the mean distance of particles, (V / N)^(1/d): the radius of a core, the
#: distance from its centre up to which its critical mode is well inside, and the distance up to
#: which two candidates are one. docs/oriented_soft_spots.md has what other radii give.
RADIUS = {2: 6.0, 3: 3.5}
CENTRED = 2.0
APART = 2.3

#: A core that sees a part of another spot is followed again without it, down to this radius.
_SMALLEST = 3.0
_SHRINK = 0.9

#: Margin of the list of pairs within a core, in the same units: pairs that come into range.
_MARGIN = 0.3

#: Strain up to which cores are followed at least, so that what is found up to a lower one does not
#: depend on it: what a core shows off its centre, late, may yield early in a core of its own.
_FOLLOWED = 1.0


@dataclass(frozen=True, eq=False)
class PredictedEvent:
    """A plastic event that is predicted for a glass at rest.

    Attributes
    ----------
    strain : float
        Of the instability, in the direction that was asked for. Where force or stiffness of the
        potential jump at its cutoff, it is where the minimum of the spot was lost: mostly an
        instability, but a change of contacts may look like one.
    position : (d,)
        Particle with the largest component of the critical mode, inside the box.
    particle : int
        That particle.
    vector : (N, d)
        The critical mode, of unit norm: its core with the harmonic response of the rest.
    participation_ratio : float
        Of the critical mode.
    linear_strain : float
        First-order prediction at rest, ``1 / (2 rate)`` of the softening mode.
    """

    strain: float
    position: FloatArray
    particle: int
    vector: FloatArray
    participation_ratio: float
    linear_strain: float


@dataclass(frozen=True, eq=False)
class _Found:
    """An instability of a core."""

    spot: EmbeddedSpot
    result: Yield
    particle: int
    linear: float


class EventPredictor:
    """Predictions for one glass in any number of directions; cores are kept between them.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    potential : PairPotential
    count : int
        Candidates: softening modes per direction. By default half the square root of N.
    radius : float
        Of a core, in units of the mean distance of particles; by default RADIUS.
    force_tolerance : float
        Largest force on a particle that is accepted, energy per length.

    Raises
    ------
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    InvalidSettingError
        If a setting makes no sense.
    """

    def __init__(
        self,
        glass: Glass,
        potential: PairPotential,
        count: int | None = None,
        radius: float | None = None,
        force_tolerance: float = FORCE_TOLERANCE,
    ) -> None:
        count = max(2, round(0.5 * glass.n_particles**0.5)) if count is None else count
        radius = RADIUS[glass.dimension] if radius is None else radius
        self.count = whole_number(count, "count (fewer than 1 leave no candidate)")
        if not is_number(radius) or not radius > 1:
            raise InvalidSettingError(
                f"radius = {radius} leaves no core around a candidate; give more than 1."
            )
        self.glass, self.potential = glass, potential
        self.found = interactions(glass, potential)
        check_minimum(self.found, force_tolerance)
        self.factor: Factorization = factorize(glass, self.found)
        self.spacing = glass.spacing
        self.radius = radius * self.spacing
        room = 0.5 * float(glass.box.min()) - largest_range(potential, glass.species)
        margin = min(_MARGIN * self.spacing, room)
        pairs = neighbor_pairs(glass, potential, max(margin, 0.0))
        self._wide: Interactions = interactions(glass, potential, pairs)
        self._spots: dict[int, EmbeddedSpot] = {}

    def events(
        self, direction: Direction = "xy", max_strain: float = 0.1, ahead: float = 2.0
    ) -> list[PredictedEvent]:
        """As :func:`predict_events`."""
        positive_number(max_strain, "max_strain (it must be positive; the direction has the sign)")
        check_number(ahead, "ahead", 1.0)
        tensor = symmetric(direction_tensor(direction, self.glass.dimension))
        size = float(np.sqrt(2.0) * np.linalg.norm(tensor))  # 1 along xy, as steps are meant
        if size == 0:
            raise InvalidSettingError(
                "the direction of shear is a rotation, which strains nothing; give another tensor."
            )
        tensor, max_strain = tensor / size, max_strain * size
        velocity = nonaffine_velocity(self.found, self.factor, tensor)
        modes = softening_modes(self.found, self.factor, tensor, self.count, both=False)
        candidates = list(zip(largest_particles(modes.forward), modes.forward_strain, strict=True))
        with self.factor.ordering.blas_threads():  # cores are small matrices, many of them
            located = self._search(candidates, velocity, tensor, max(max_strain, _FOLLOWED), ahead)
        located = [one for one in located if one.result.strain <= max_strain]
        return self._described(sorted(located, key=lambda one: one.result.strain), size)

    def _search(
        self,
        candidates: list[tuple[int, float]],
        velocity: FloatArray,
        tensor: FloatArray,
        furthest: float,
        ahead: float,
    ) -> list[_Found]:
        """Instabilities up to ``ahead`` times the first, each in a core around itself.

        Cores are followed up to the strain ``furthest`` at most.
        """
        queue: list[tuple[int, float]] = []
        for particle, linear in candidates:
            if self._away(particle, [p for p, _ in queue]) > APART:
                queue.append((int(particle), float(linear)))
        located: list[_Found] = []
        centres: list[int] = []
        first = furthest
        while queue:
            centre, linear = queue.pop(0)
            limit = min(furthest, ahead * first)
            if linear > limit or centre in centres:
                continue
            centres.append(centre)
            one, others = self._follow(centre, linear, velocity, tensor, limit)
            if one is not None:
                located.append(one)
                first = min(first, one.result.strain)
            for particle in others:
                if self._away(particle, centres) > CENTRED:
                    queue.insert(0, (particle, linear))
        return self._distinct([one for one in located if one.result.strain <= ahead * first])

    def _follow(
        self,
        centre: int,
        linear: float,
        velocity: FloatArray,
        tensor: FloatArray,
        limit: float,
    ) -> tuple[_Found | None, list[int]]:
        """The instability of the spot around a particle, and other places that were seen.

        A core whose critical mode is off its centre has seen a part of another spot, which has
        to be followed in a core of its own; this one is followed again without it.
        """
        if centre not in self._spots:
            self._spots[centre] = embed(
                self.glass, self.potential, self._wide, self.factor,
                self.glass.positions[centre], self.radius,
            )  # fmt: skip
        spot = self._spots[centre]
        others: list[int] = []
        while True:
            result = spot.follow(velocity, tensor, Path(max_strain=limit))
            if not np.isfinite(result.strain):
                return None, others
            critical = np.argmax((result.mode**2).sum(axis=1))
            particle, away = int(spot.particles[critical]), float(spot.away[critical])
            if away <= CENTRED * self.spacing:
                return _Found(spot, result, particle, linear), others
            others.append(particle)
            if _SHRINK * away < _SMALLEST * self.spacing:
                return None, others
            spot = spot.within(_SHRINK * away)

    def _distinct(self, located: list[_Found]) -> list[_Found]:
        """One of each place, that of the lowest strain."""
        kept: list[_Found] = []
        for one in sorted(located, key=lambda each: each.result.strain):
            if self._away(one.particle, [other.particle for other in kept]) > CENTRED:
                kept.append(one)
        return kept

    def _away(self, particle: int, others: list[int]) -> float:
        """Distance to the nearest of some particles, in mean distances."""
        if not others:
            return float("inf")
        x = self.glass.positions
        vectors = self.glass.minimum_image(x[others] - x[particle])
        return float(np.linalg.norm(vectors, axis=1).min()) / self.spacing

    def _described(self, located: list[_Found], size: float) -> list[PredictedEvent]:
        """The events; their strains are in units of a direction ``size`` times that followed."""
        if not located:
            return []
        n, d = self.glass.positions.shape
        forces = np.zeros((n, d, len(located)))
        for k, one in enumerate(located):
            pulled = one.spot.stiffness @ one.result.mode.ravel()
            forces[one.spot.particles, :, k] = pulled.reshape(-1, d)
        vectors = normalized(self.factor.solve(forces))
        return [
            PredictedEvent(
                strain=one.result.strain / size,
                position=self.glass.into_box(self.glass.positions[one.particle]),
                particle=one.particle,
                vector=vectors[:, :, k].copy(),
                participation_ratio=float(participation_ratio(vectors[:, :, k])),
                linear_strain=one.linear / size,
            )
            for k, one in enumerate(located)
        ]


def predict_events(
    glass: Glass,
    potential: PairPotential,
    direction: Direction = "xy",
    max_strain: float = 0.1,
    ahead: float = 2.0,
    count: int | None = None,
    radius: float | None = None,
) -> list[PredictedEvent]:
    """The first plastic events of a glass under strain, predicted from the glass at rest.

    Every spot is followed to its instability alone, in the linear response of the glass at rest:
    the softest spot of all is right in more than half of the glasses (the numbers are in
    docs/oriented_soft_spots.md), and what one event does to the next is not in it.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    potential : PairPotential
    direction : str or (d, d) array_like
        "xy", "-xy", "x-y", ... (:mod:`softfield.mechanics.directions`), or a traceless tensor D.
        Of it, the part that is no rotation counts.
    max_strain : float
        Events beyond are left out. Cores are followed further, up to a strain of 1 or to the first
        instability times ``ahead``: a lower limit shortens the list and the time hardly. Strains
        count from the glass as it is, also where it is tilted already; those of
        :func:`softfield.shear` along xy count from an upright cell.
    ahead : float
        Nothing is sought beyond this multiple of the first strain.
    count, radius
        As :class:`EventPredictor`.

    Returns
    -------
    list of PredictedEvent, by strain; empty if no spot gives way up to ``max_strain``

    Raises
    ------
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    NotConvergedError
        If the Lanczos iteration does not converge.
    InvalidSettingError
        If a setting makes no sense.
    """
    check_glass(glass)
    predictor = EventPredictor(glass, potential, count, radius)
    return predictor.events(direction, max_strain, ahead)
