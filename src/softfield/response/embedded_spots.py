"""One soft spot as a nonlinear inclusion in the linear medium that the glass around it is.

At rest, the whole glass answers small forces with G = M^-1. A spot gives way at strains at which
the particles around its centre (the *core*) are far from linear while the rest of the glass is
not. So the pairs within the core keep their full potential, and everything else its harmonic
response: with x the nonaffine displacement of the core particles, v the nonaffine velocity of
the glass at rest, and f the part of the forces of the core pairs beyond first order,

    K (x - gamma v) + f(x, gamma) = 0,        K = (G restricted to the core)^-1.

K is the exact condensed stiffness of the whole glass. This holds one glass at rest and 2 dm
numbers, no simulation of the glass: neither the other spots nor the medium changes. The minimum
of this small system is followed to its instability as in
:mod:`softfield.response.continuation`: tangent, Newton, and the exact slope of the lowest
eigenvalues, whose square falls linearly to zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh, expm

from ..glass import FloatArray, Glass, IndexArray
from ..mechanics.derivatives import force_limit
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions
from ..potentials.pair_potential import PairPotential

#: Largest force on a core particle at a minimum, energy per length, as ``force_limit`` has it.
_AT_REST = 1e-9

#: Distance, in units of the mean one of pairs, up to which two states are on one branch: it leads
#: around a corner where a pair comes into contact, and from rest where symmetry lets nothing move.
#: An instability carries a spot much further.
_SAME_BRANCH = 1e-4

#: An instability counts as located at this share of the strain spent on the way to it.
_CLOSE = 0.02


@dataclass(frozen=True)
class Path:
    """How a spot is followed; strains.

    Attributes
    ----------
    max_strain : float
        Where to stop without an instability.
    max_step, min_step : float
        Largest and smallest increment.
    approach : float
        Share of the predicted distance to the instability covered in one step.
    max_states : int
        Minima visited at most, beside those of the largest steps up to ``max_strain``.
    """

    max_strain: float = 0.05
    max_step: float = 4e-3
    min_step: float = 1e-7
    approach: float = 0.8
    max_states: int = 100


@dataclass(frozen=True, eq=False)
class Yield:
    """Where the core becomes unstable: ``strain``, and the critical mode (m, d) of its particles.

    ``strain`` is infinite, and ``mode`` the softest, where it does not up to the largest strain.
    ``located`` is false where the minimum was lost before its instability was near, as it is
    where the stiffness of a pair jumps; ``strain`` is then where that happened.
    """

    strain: float
    mode: FloatArray
    located: bool


@dataclass(frozen=True, eq=False)
class _State:
    """A minimum of the core under strain."""

    strain: float
    displacement: FloatArray
    tangent: FloatArray
    modes: FloatArray
    eigenvalues: FloatArray
    distances: FloatArray

    @property
    def nearest(self) -> int:
        return int(np.argmin(self.distances))


@dataclass(frozen=True, eq=False)
class EmbeddedSpot:
    """The core of a soft spot in the linear response of its glass; m particles, P pairs.

    Attributes
    ----------
    particles : (m,) of the core
    away : (m,) their distances from its centre
    inverse, stiffness : (dm, dm) G on the core, and K
    i, j : (P,) ends of the pairs within the core, as indices into ``particles``
    vectors, g1, blocks : at rest, of these pairs
    species_i, species_j : (P,)
    at_rest : largest component of a force at a minimum, energy per length
    """

    potential: PairPotential
    particles: IndexArray
    away: FloatArray
    inverse: FloatArray
    i: IndexArray
    j: IndexArray
    vectors: FloatArray
    g1: FloatArray
    blocks: FloatArray
    species_i: npt.NDArray
    species_j: npt.NDArray
    at_rest: float

    @cached_property
    def stiffness(self) -> FloatArray:
        found = np.linalg.inv(self.inverse)
        return np.asarray(0.5 * (found + found.T), dtype=np.float64)

    @cached_property
    def spacing(self) -> float:
        """Mean distance of the pairs at rest."""
        return float(np.linalg.norm(self.vectors, axis=1).mean())

    @cached_property
    def places(self) -> IndexArray:
        """Flat indices in a (dm, dm) matrix of the blocks ii, jj, ij and ji of every pair."""
        d = self.vectors.shape[1]
        component = np.arange(d)
        rows = np.concatenate([self.i, self.j, self.i, self.j])[:, None, None]
        columns = np.concatenate([self.i, self.j, self.j, self.i])[:, None, None]
        first = (d * rows + component[:, None]) * (d * len(self.particles))
        return (first + d * columns + component).ravel()

    def within(self, radius: float) -> EmbeddedSpot:
        """The smaller core of the particles up to ``radius`` from the centre."""
        keep = np.flatnonzero(self.away < radius)
        d = self.vectors.shape[1]
        rows = (d * keep[:, None] + np.arange(d)).ravel()
        index = np.full(len(self.particles), -1)
        index[keep] = np.arange(len(keep))
        inside = (index[self.i] >= 0) & (index[self.j] >= 0)
        return replace(
            self,
            particles=self.particles[keep],
            away=self.away[keep],
            inverse=self.inverse[np.ix_(rows, rows)],
            i=index[self.i[inside]],
            j=index[self.j[inside]],
            **{
                name: getattr(self, name)[inside]
                for name in ("vectors", "g1", "blocks", "species_i", "species_j")
            },
        )

    def follow(self, velocity: FloatArray, tensor: FloatArray, path: Path) -> Yield:
        """Follow the core's minimum under strain to its first instability.

        Parameters
        ----------
        velocity : (N, d) nonaffine velocity of the glass at rest
        tensor : (d, d) D of the deformation x -> exp(gamma D) x
        """
        drive = velocity[self.particles].ravel()
        count = min(3, len(drive))
        modes = eigh(self.stiffness, subset_by_index=[0, count - 1])[1]
        start = self._state(np.zeros_like(drive), 0.0, drive, tensor, modes)
        if start is None:
            return Yield(0.0, modes[:, 0].reshape(-1, tensor.shape[0]), False)
        state, step = start, path.max_step
        for _ in range(path.max_states + ceil(path.max_strain / path.max_step)):
            distance = state.distances[state.nearest]
            if distance < _CLOSE * state.strain + path.min_step:
                return self._result(state, state.strain + distance, True)
            if state.strain >= path.max_strain:
                return self._result(state, np.inf, True)
            step = min(step, path.max_step, path.approach * distance)
            following = self._step(state, step, drive, tensor)
            while following is None and step > path.min_step:
                step *= 0.4
                following = self._step(state, step, drive, tensor)
            if following is None:
                break
            state, step = following, 2.0 * step
        return self._result(state, state.strain, False)

    def _result(self, state: _State, strain: float, located: bool) -> Yield:
        mode = state.modes[:, state.nearest if np.isfinite(strain) else 0]
        return Yield(float(strain), mode.reshape(len(self.particles), -1), located)

    def _step(
        self, state: _State, step: float, drive: FloatArray, tensor: FloatArray
    ) -> _State | None:
        """The minimum after one predictor and its correction; None where it left the branch."""
        predicted = state.tangent * step
        q = min(step / state.distances[state.nearest], 1.0)
        if q > 1e-2:  # the velocity along the critical mode grows as (gamma_c - gamma)^(-1/2)
            mode = state.modes[:, state.nearest]
            stretch = 2.0 * (1.0 - np.sqrt(1.0 - q)) / q
            predicted = predicted + (stretch - 1.0) * (mode @ predicted) * mode
        guess = state.displacement + predicted
        found = self._newton(guess, state.strain + step, drive, tensor)
        if found is None:
            return None
        allowed = max(0.5 * float(np.linalg.norm(predicted)), _SAME_BRANCH * self.spacing)
        if np.linalg.norm(found - guess) > allowed:
            return None
        return self._state(found, state.strain + step, drive, tensor, state.modes)

    def _newton(
        self, guess: FloatArray, strain: float, drive: FloatArray, tensor: FloatArray
    ) -> FloatArray | None:
        previous = np.inf
        for _ in range(10):
            u, g1, g2, _ = self._pairs(guess, strain, tensor)
            force = self._force(guess, strain, drive, tensor, u, g1)
            size = float(np.abs(force).max())
            if size <= self.at_rest:
                return guess
            if not size < 0.7 * previous:
                return None
            previous = size
            try:
                factor = cho_factor(self._jacobian(u, g1, g2), lower=True, check_finite=False)
            except LinAlgError:
                return None
            guess = guess - cho_solve(factor, force, check_finite=False)
        return None

    def _state(
        self,
        displacement: FloatArray,
        strain: float,
        drive: FloatArray,
        tensor: FloatArray,
        guesses: FloatArray,
    ) -> _State | None:
        """Tangent, lowest modes and the distances to an instability that each predicts."""
        u, g1, g2, g3 = self._pairs(displacement, strain, tensor)
        try:
            factor = cho_factor(self._jacobian(u, g1, g2), lower=True, check_finite=False)
        except LinAlgError:
            return None
        affine = self._affine(strain, tensor) @ tensor.T
        bent = _times(u, g1, g2, affine)
        bent -= np.einsum("pce,pe->pc", self.blocks, self.vectors @ tensor.T)
        tangent = cho_solve(factor, self.stiffness @ drive - self._scatter(bent))
        basis = np.column_stack([guesses, tangent / max(np.linalg.norm(tangent), 1e-300)])
        for _ in range(2):
            basis = np.linalg.qr(basis)[0]
            image = cho_solve(factor, basis, check_finite=False)
            values, rotation = np.linalg.eigh(basis.T @ image)
            basis = image @ rotation[:, ::-1]
        basis /= np.linalg.norm(basis, axis=0)
        eigenvalues = 1.0 / values[::-1]
        slopes = self._slopes(basis, u, g2, g3, affine + self._relative(tangent))
        with np.errstate(divide="ignore"):
            distances = np.where(slopes < 0, -eigenvalues / (2.0 * slopes), np.inf)
        keep = guesses.shape[1]
        return _State(
            strain, displacement, tangent, basis[:, :keep], eigenvalues[:keep], distances[:keep]
        )

    def _slopes(
        self, modes: FloatArray, u: FloatArray, g2: FloatArray, g3: FloatArray, moved: FloatArray
    ) -> FloatArray:
        """(k,) derivatives of the eigenvalues along the path, ``U''' : z z du/dgamma``."""
        stretch = np.einsum("pc,pc->p", u, moved)
        slopes = np.empty(modes.shape[1])
        for k, mode in enumerate(modes.T):
            z = self._relative(mode)
            along, across = np.einsum("pc,pc->p", u, z), np.einsum("pc,pc->p", moved, z)
            square = np.einsum("pc,pc->p", z, z)
            slopes[k] = (g3 * along**2 * stretch).sum()
            slopes[k] += (g2 * (2.0 * along * across + square * stretch)).sum()
        return slopes

    def _affine(self, strain: float, tensor: FloatArray) -> FloatArray:
        return self.vectors @ expm(strain * tensor).T

    def _relative(self, displacement: FloatArray) -> FloatArray:
        x = displacement.reshape(len(self.particles), -1)
        return x[self.j] - x[self.i]

    def _scatter(self, on_j: FloatArray) -> FloatArray:
        m, d = len(self.particles), on_j.shape[1]
        total = np.empty((m, d))
        for c in range(d):
            total[:, c] = np.bincount(self.j, on_j[:, c], m) - np.bincount(self.i, on_j[:, c], m)
        return total.ravel()

    def _pairs(
        self, displacement: FloatArray, strain: float, tensor: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        u = self._affine(strain, tensor) + self._relative(displacement)
        squared = np.einsum("pc,pc->p", u, u)
        _, g1, g2, g3 = self.potential.derivatives(squared, self.species_i, self.species_j)
        return u, g1, g2, g3

    def _force(
        self,
        displacement: FloatArray,
        strain: float,
        drive: FloatArray,
        tensor: FloatArray,
        u: FloatArray,
        g1: FloatArray,
    ) -> FloatArray:
        """(dm,) gradient of the energy of the core in its medium."""
        linear = strain * (self.vectors @ tensor.T) + self._relative(displacement)
        beyond = g1[:, None] * u - self.g1[:, None] * self.vectors
        beyond -= np.einsum("pce,pe->pc", self.blocks, linear)
        return self.stiffness @ (displacement - strain * drive) + self._scatter(beyond)

    def _jacobian(self, u: FloatArray, g1: FloatArray, g2: FloatArray) -> FloatArray:
        blocks = _blocks(u, g1, g2) - self.blocks
        values = np.concatenate([blocks, blocks, -blocks, -blocks]).ravel()
        size = self.stiffness.shape[0]
        added = np.bincount(self.places, values, size * size).reshape(size, size)
        return self.stiffness + added


def embed(
    glass: Glass,
    potential: PairPotential,
    found: Interactions,
    factor: Factorization,
    centre: FloatArray,
    radius: float,
) -> EmbeddedSpot:
    """The particles within ``radius`` of a place as a core in the medium of the rest.

    Parameters
    ----------
    found : the interactions at rest, on a list of pairs with a margin, so that pairs that come
        into range within the core are there
    factor : factorization of the dynamical matrix at rest
    """
    vectors = glass.minimum_image(glass.positions - centre)
    away = np.sqrt(np.einsum("nc,nc->n", vectors, vectors))
    particles = np.flatnonzero(away < radius)
    n, d, m = found.n_particles, found.dimension, len(particles)
    index = np.full(n, -1)
    index[particles] = np.arange(m)
    inside = np.flatnonzero((index[found.pairs] >= 0).all(axis=1))
    units = np.zeros((n, d, m * d))
    components = np.arange(d)
    units[particles[:, None], components, d * np.arange(m)[:, None] + components] = 1.0
    inverse = factor.solve(units)[particles].reshape(m * d, m * d)
    if m == n:  # a core without a medium: translations, which nothing holds, are held here
        held = np.kron(np.full((n, n), 1.0 / n), np.eye(d))
        inverse += np.trace(inverse) / (d * n) * held
    u, g1, g2 = found.vectors[inside], found.g1[inside], found.g2[inside]
    i, j = index[found.pairs[inside]].T
    species_i, species_j = glass.species[found.pairs[inside]].T
    return EmbeddedSpot(
        potential, particles, away[particles], 0.5 * (inverse + inverse.T),
        i, j, u, g1, _blocks(u, g1, g2), species_i, species_j, force_limit(found, _AT_REST),
    )  # fmt: skip


def _blocks(u: FloatArray, g1: FloatArray, g2: FloatArray) -> FloatArray:
    blocks = g2[:, None, None] * u[:, :, None] * u[:, None, :]
    blocks += g1[:, None, None] * np.eye(u.shape[1])
    return blocks


def _times(u: FloatArray, g1: FloatArray, g2: FloatArray, v: FloatArray) -> FloatArray:
    return (g2 * np.einsum("pc,pc->p", u, v))[:, None] * u + g1[:, None] * v
