"""Following a minimum under strain, exactly, to its instability and over it.

Between instabilities the minimum moves smoothly with the strain gamma,
``dx/dgamma = -M^-1 Xi`` beside the affine motion (Xi = d^2U/dx dgamma; Maloney and
Lemaitre, PRE 74, 016118 (2006)). It is followed with that velocity as predictor and
Newton's method as corrector. Where an eigenvalue lambda of M approaches zero,
``lambda^2 ~ gamma_c - gamma``, and because ``dlambda/dgamma = U''' : Psi Psi dx/dgamma``
is exact, ``gamma_c - gamma = -lambda / (2 dlambda/dgamma)`` predicts the instability from
one state. Steps shrink with that distance, until it is below a tolerance; the state is
then pushed over along the critical mode and minimised.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import NotConvergedError, SaddleError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import pair_forces, relative, shear_derivatives
from ..mechanics.factorization import Factorization, Ordering, factorize, order_particles
from ..mechanics.pairs import Interactions, interactions, neighbor_pairs
from ..mechanics.spectrum import lowest_eigenpairs, participation_ratio
from ..potentials.pair_potential import PairPotential
from ..preparation.minimisation import minimize
from .events import PlasticEvent, centre_of_mode, count_clusters


@dataclass(frozen=True)
class Continuation:
    """Numerical settings of the continuation; the defaults suit all three models.

    Attributes
    ----------
    max_step, min_step : float
        Largest and smallest strain increment.
    approach : float
        Fraction of the predicted distance to an instability covered in one step.
    distance : float
        Predicted distance (strain) at which an instability counts as located.
    force_tolerance : float
        Largest force on a particle at a minimum, energy per length.
    skin : float
        Margin of the pair list, length; less where the box has no room for it.
    tracked : int
        Number of lowest modes that are followed.
    push : float
        Largest displacement of a particle when the state is pushed over, length.
    max_factorizations : int
        Budget per event.
    """

    max_step: float = 2e-3
    min_step: float = 1e-11
    approach: float = 0.8
    distance: float = 2e-8
    force_tolerance: float = 1e-10
    skin: float = 0.15
    tracked: int = 4
    push: float = 0.05
    max_factorizations: int = 4000


@dataclass(frozen=True, eq=False)
class _Listed:
    """A pair list with a margin, its ordering, and where it was made."""

    pairs: npt.NDArray[np.int32]
    ordering: Ordering
    glass: Glass
    skin: float

    def holds(self, glass: Glass, reach: float) -> bool:
        """Whether no pair can have come into range since the list was made."""
        increment = glass.strain - self.glass.strain
        moved = glass.positions - self.glass.positions
        moved[:, 0] -= increment * glass.positions[:, 1]
        nonaffine = np.sqrt(np.einsum("nc,nc->n", moved, moved).max())
        return bool(2 * nonaffine + abs(increment) * (reach + self.skin) < self.skin)


@dataclass(frozen=True, eq=False)
class _Equilibrium:
    """A minimum on the path with its derivatives along the strain.

    ``velocity`` is the nonaffine velocity, ``modes`` (m, N, d) the lowest modes with
    ``eigenvalues`` (m,); ``distances`` (m,) the strain to the instability that each mode
    predicts, infinite for modes that stiffen.
    """

    glass: Glass
    listed: _Listed
    energy: float
    slope: float
    velocity: FloatArray
    modes: FloatArray
    eigenvalues: FloatArray
    distances: FloatArray

    @property
    def nearest(self) -> int:
        return int(np.argmin(self.distances))


class _StepRejectedError(Exception):
    """The corrector did not stay on the branch that was followed."""


@dataclass
class Walk:
    """Follows minima of one glass; counts the factorizations that it spends."""

    potential: PairPotential
    settings: Continuation
    direction: float
    factorizations: int = field(default=0)

    def polish(self, glass: Glass) -> _Equilibrium:
        """The minimum at ``glass`` to the tolerance, with fresh modes."""
        try:
            corrected, listed = self._newton(glass, self._list(glass))
        except _StepRejectedError:
            raise NotConvergedError(
                f"Newton's method does not reach a force of {self.settings.force_tolerance:g} "
                f"from the state at strain {glass.strain:.8f}; minimise it further first."
            ) from None
        return self._equilibrium(corrected, listed, None)

    def approach_instability(
        self, state: _Equilibrium, max_strain: float, visited: list[_Equilibrium]
    ) -> _Equilibrium | None:
        """Follow the minimum to just before its instability; None at the largest strain."""
        start = self.factorizations
        step = self.settings.max_step
        while True:
            distance = state.distances[state.nearest]
            if distance < self.settings.distance:
                return state
            remaining = abs(max_strain - state.glass.strain)
            if remaining <= self.settings.min_step:
                return None
            step = min(step, self.settings.max_step, self.settings.approach * distance, remaining)
            try:
                following = self._step(state, self.direction * step)
            except (_StepRejectedError, SaddleError):
                step *= 0.3
                if step < self.settings.min_step:
                    raise NotConvergedError(
                        f"no step above {self.settings.min_step:g} in strain stays on the "
                        f"branch at {state.glass.strain:.8f}, {distance:.2g} before a "
                        "predicted instability."
                    ) from None
                continue
            finally:
                self._check_budget(start)
            state = following
            visited.append(state)
            step *= 2.0

    def cross(
        self, before: _Equilibrium, ordinal: int, start: Glass
    ) -> tuple[_Equilibrium, PlasticEvent]:
        """Push over the instability ahead and minimise; raises if nothing irreversible happens."""
        critical = before.nearest
        mode = before.modes[critical]
        mode = mode * np.sign((mode * before.velocity).sum() * self.direction)
        onset = before.glass.strain + self.direction * before.distances[critical]
        largest = np.linalg.norm(mode, axis=1).max()
        for attempt in range(4):
            overshoot = 2.0 * before.distances[critical] * 10.0**attempt
            beyond = before.glass.sheared(self.direction * overshoot)
            push = self.settings.push * 1.5**attempt / largest
            pushed = beyond.with_positions(beyond.positions + push * mode)
            after = self.polish(minimize(pushed, self.potential))
            moved = after.glass.positions - beyond.positions
            moved = np.linalg.norm(moved - moved.mean(axis=0), axis=1)
            expected = before.energy + before.slope * self.direction * overshoot
            if after.energy < expected and moved.max() > self.settings.push * 0.1:
                event = self._event(before, after, mode, onset, moved, ordinal, start)
                self.factorizations = 0
                return after, event
        raise NotConvergedError(
            f"the state at the predicted instability {onset:.8f} returns to where it was "
            "after every push along the critical mode."
        )

    def _event(
        self,
        before: _Equilibrium,
        after: _Equilibrium,
        mode: FloatArray,
        onset: float,
        moved: FloatArray,
        ordinal: int,
        start: Glass,
    ) -> PlasticEvent:
        particle = int(np.argmax(np.einsum("nc,nc->n", mode, mode)))
        displaced = int(np.argmax(moved))
        work = before.slope * (after.glass.strain - before.glass.strain)
        return PlasticEvent(
            ordinal=ordinal,
            strain=float(onset),
            position=start.into_box(start.positions[particle]),
            particle=particle,
            centre=centre_of_mode(start, mode),
            displaced_particle=displaced,
            displaced_position=start.into_box(start.positions[displaced]),
            stress_drop=float(self.direction * (before.slope - after.slope) / start.volume),
            energy_drop=float(before.energy + work - after.energy),
            participation_ratio=float(participation_ratio(mode)),
            n_rearrangements=count_clusters(before.listed.pairs, moved),
            n_factorizations=self.factorizations,
        )

    def _step(self, state: _Equilibrium, increment: float) -> _Equilibrium:
        """One predictor and corrector; raises if the corrector left the branch."""
        affine = state.glass.sheared(increment)
        predicted = self._prediction(state, increment)
        guess = affine.with_positions(affine.positions + predicted)
        corrected, listed = self._newton(guess, self._fresh(guess, state.listed))
        correction = corrected.positions - guess.positions
        correction -= correction.mean(axis=0)
        if np.linalg.norm(correction) > 0.5 * np.linalg.norm(predicted):
            raise _StepRejectedError
        following = self._equilibrium(corrected, listed, state)
        self._check_energy(state, following, increment)
        return following

    def _prediction(self, state: _Equilibrium, increment: float) -> FloatArray:
        """Nonaffine displacement over the increment.

        Along the critical mode the velocity grows as (gamma_c - gamma)^(-1/2); integrating
        that instead of the tangent stretches this component by 2 (1 - sqrt(1 - q)) / q.
        """
        prediction = state.velocity * increment
        q = abs(increment) / state.distances[state.nearest]
        if q < 1e-2:
            return prediction
        mode = state.modes[state.nearest]
        stretch = 2.0 * (1.0 - np.sqrt(1.0 - min(q, 1.0))) / q
        return prediction + (stretch - 1.0) * (mode * prediction).sum() * mode

    def _newton(self, glass: Glass, listed: _Listed) -> tuple[Glass, _Listed]:
        """Newton's method from a good guess; raises where it does not contract."""
        previous = np.inf
        for _ in range(12):
            listed = self._fresh(glass, listed)
            found = interactions(glass, self.potential, listed.pairs)
            residual = pair_forces(found)
            largest = float(np.linalg.norm(residual, axis=1).max())
            if largest < self.settings.force_tolerance:
                return glass, listed
            if largest > 0.5 * previous:
                raise _StepRejectedError
            previous = largest
            move = self._factorize(glass, found, listed).solve(residual)
            if np.abs(move).max() > 0.1:
                raise _StepRejectedError
            glass = glass.with_positions(glass.positions + move)
        raise _StepRejectedError

    def _equilibrium(
        self, glass: Glass, listed: _Listed, previous: _Equilibrium | None
    ) -> _Equilibrium:
        found = interactions(glass, self.potential, listed.pairs)
        factor = self._factorize(glass, found, listed)
        slope, mismatch, _ = shear_derivatives(found)
        velocity = -factor.solve(mismatch)
        if previous is None:
            eigenvalues, modes = lowest_eigenpairs(factor, self.settings.tracked)
        else:
            guesses = np.concatenate([previous.modes, velocity[None]])
            modes, eigenvalues = _refine_modes(factor, guesses, self.settings.tracked)
        slopes = self.direction * _eigenvalue_slopes(found, modes, velocity)
        with np.errstate(divide="ignore"):
            distances = np.where(slopes < 0, -eigenvalues / (2 * slopes), np.inf)
        return _Equilibrium(
            glass, listed, float(found.g0.sum()), slope, velocity, modes, eigenvalues, distances
        )

    def _check_energy(self, first: _Equilibrium, second: _Equilibrium, increment: float) -> None:
        """The energy must have changed by the work done: a fall beyond that is a lost event."""
        work = 0.5 * increment * (first.slope + second.slope)
        missing = work - (second.energy - first.energy)
        change = 0.5 * abs(increment * (second.slope - first.slope))
        if missing > 0.5 * change + 1e-9 * abs(first.energy):
            raise _StepRejectedError

    def _factorize(self, glass: Glass, found: Interactions, listed: _Listed) -> Factorization:
        self.factorizations += 1
        return factorize(glass, found, listed.ordering)

    def _check_budget(self, start: int) -> None:
        if self.factorizations - start > self.settings.max_factorizations:
            raise NotConvergedError(
                f"{self.settings.max_factorizations} factorizations did not reach the next event."
            )

    def _fresh(self, glass: Glass, listed: _Listed) -> _Listed:
        reach = float(self.potential.ranges.max())
        if listed.holds(glass, reach):
            return listed
        return self._list(glass)

    def _list(self, glass: Glass) -> _Listed:
        room = 0.5 * float(glass.box.min()) - float(self.potential.ranges.max())
        skin = min(self.settings.skin, max(room, 0.0))
        pairs = neighbor_pairs(glass, self.potential, skin)
        ordering = order_particles(pairs, glass.fractional())
        return _Listed(pairs, ordering, glass, skin)


def _refine_modes(
    factor: Factorization, guesses: FloatArray, count: int, sweeps: int = 3
) -> tuple[FloatArray, FloatArray]:
    """Lowest modes by subspace iteration with M^-1 from good guesses (m, N, d)."""
    shape = guesses.shape[1:]
    basis = np.linalg.qr(guesses.reshape(len(guesses), -1).T)[0]
    for _ in range(sweeps):
        image = factor.solve(basis.reshape(*shape, -1)).reshape(basis.shape)
        values, rotation = np.linalg.eigh(basis.T @ image)
        basis, _ = np.linalg.qr(image @ rotation[:, ::-1])
    # The Ritz values belong to the basis before the last image; one more pair costs little
    # and keeps eigenvalues and vectors together.
    image = factor.solve(basis.reshape(*shape, -1)).reshape(basis.shape)
    values, rotation = np.linalg.eigh(basis.T @ image)
    vectors = (basis @ rotation[:, ::-1])[:, :count]
    return vectors.T.reshape(-1, *shape), 1.0 / values[::-1][:count]


def _eigenvalue_slopes(found: Interactions, modes: FloatArray, velocity: FloatArray) -> FloatArray:
    """(m,) total derivatives dlambda/dgamma = U''' : Psi Psi dx/dgamma along the path."""
    u = found.vectors
    moved = relative(found, velocity)
    moved[:, 0] += u[:, 1]
    stretch = np.einsum("pc,pc->p", u, moved)
    slopes = np.empty(len(modes))
    for k, mode in enumerate(modes):
        psi = relative(found, mode)
        along = np.einsum("pc,pc->p", u, psi)
        across = np.einsum("pc,pc->p", psi, moved)
        square = np.einsum("pc,pc->p", psi, psi)
        slopes[k] = (
            found.g3 * along**2 * stretch + found.g2 * (2 * along * across + square * stretch)
        ).sum()
    return slopes
