"""From a configuration to the nearest minimum of its potential energy.

First-order descent (nonlinear conjugate gradient, :func:`descend`) reaches any tolerance
on its own; :func:`minimize` lets Newton's method finish where it is faster and proves by a
Cholesky factorization that the result is a minimum and no saddle.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from ..checks.numbers import positive_number, whole_number
from ..errors import FloatingParticlesError, NotConvergedError, OverlapError, SaddleError
from ..glass import FloatArray, Glass, check_glass
from ..kernels import integrator
from ..mechanics.derivatives import FAR, force_limit, pair_forces
from ..mechanics.factorization import factorize
from ..mechanics.pairs import interactions
from ..potentials.cutoffs import rounded_cutoff
from ..potentials.pair_potential import PairPotential, check_unit_of_length
from .dynamics import is_compiled, restored, workspace
from .fire import fire

logger = logging.getLogger(__name__)


#: Skin of the list while particles move little, in units of length.
_SKIN = 0.2


#: No particle moves further than this in one line search, in units of length.
_STEP_CAP = 0.1


#: A line search ends when the force along it has fallen to this fraction.
_LINE_ACCURACY = 0.1


@dataclass(frozen=True)
class Descent:
    """Result of :func:`descend`: a glass, what it cost, and its largest force norm."""

    glass: Glass
    evaluations: int
    max_force: float


def largest_force(forces: FloatArray) -> float:
    """Largest Euclidean norm of the force on one particle."""
    return float(np.sqrt(np.einsum("ic,ic->i", forces, forces).max()))


def relax_overlaps(
    glass: Glass,
    potential: PairPotential,
    *,
    cap: float = 0.05,
    gain: float = 1e-3,
    max_steps: int = 10000,
) -> Glass:
    """Push overlapping particles apart by steepest descent with capped displacement.

    Every particle moves by ``gain`` times its force, but no further than ``cap`` (a
    length) per step, until no step is cut off any more. However close two particles of
    the start were, nothing moves far, so that dynamics or descent can follow.

    Raises
    ------
    NotConvergedError
        If forces still exceed ``cap / gain`` after ``max_steps``.
    """
    work = workspace(glass, potential, _SKIN)
    steps = integrator.relax_overlaps(
        work.positions, work.images, work.species, work.ids, work.cell, work.table,
        _SKIN, gain, cap, max_steps,
    )  # fmt: skip
    if steps >= max_steps:
        raise NotConvergedError(
            f"overlaps of {glass.n_particles} particles at density {glass.density:.3g} are not "
            f"relaxed after {max_steps} capped steps; is the density meant for this potential?"
        )
    logger.debug("overlaps relaxed in %d steps", steps)
    return glass.with_positions(restored(glass, work))


def descend(
    glass: Glass,
    potential: PairPotential,
    max_force: float = 1e-10,
    *,
    max_evaluations: int = 200_000,
    step_cap: float = _STEP_CAP,
) -> Descent:
    """Nonlinear conjugate gradient until the largest force norm is below ``max_force``.

    Robust far from the minimum (a cap on the displacement per line search, a bracketing
    search for the zero of the force along each direction) and in sheared boxes.

    Parameters
    ----------
    max_force : float
        Energy per length, whatever the forces of pairs are: a glass whose forces are all below it
        is returned as it is. :func:`minimize` goes by what pairs do.

    Raises
    ------
    NotConvergedError
        With the state's size, strain and residual force if ``max_evaluations`` force
        evaluations do not suffice.
    OverlapError
        If two particles are so close that forces are not finite.
    """
    check_glass(glass)
    check_unit_of_length(potential, glass.species)
    max_force, max_evaluations, step_cap = _checked_settings(
        max_force, max_evaluations, step_cap, "step_cap"
    )
    if not is_compiled(potential):
        found = fire(
            glass, potential, max_force, max_evaluations=max_evaluations, step_cap=step_cap
        )
        return Descent(*found)
    work = workspace(glass, potential, _SKIN)
    evaluations, largest = integrator.conjugate_gradient(
        work.positions, work.images, work.species, work.ids, work.cell, work.table,
        _SKIN, max_force, max_evaluations, step_cap, _LINE_ACCURACY,
    )  # fmt: skip
    if not np.isfinite(largest):
        raise OverlapError(
            "two particles are so close that their force is not finite. Relax the overlaps "
            "first (relax_overlaps), or check for duplicate particles in the file."
        )
    result = Descent(glass.with_positions(restored(glass, work)), evaluations, largest)
    if largest > max_force:
        raise NotConvergedError(
            f"{_name(glass)} still has a force of {largest:.3g} after {evaluations} force "
            f"evaluations, above max_force = {max_force:.3g}. Allow more evaluations, or a "
            "larger force if this is the roundoff floor."
        )
    logger.debug("%s: %d force evaluations to %.2g", _name(glass), evaluations, largest)
    return result


def minimize(
    glass: Glass,
    potential: PairPotential,
    max_force: float = 1e-10,
    *,
    newton_force: float = 1e-4,
    max_evaluations: int = 200_000,
    step_cap: float = _STEP_CAP,
) -> Glass:
    """The minimum of the potential energy below ``glass``, box and strain fixed.

    Descends to ``newton_force``, then takes Newton steps as long as each lowers the
    largest force; where one does not, or the state is a saddle, descends further. The
    dynamical matrix of the result has been factorized: it is a minimum.

    Parameters
    ----------
    glass : Glass
        Any configuration without coinciding particles; ``glass.strain`` may be nonzero.
        Particles more than a hundred boxes away are moved into the box.
    max_force : float
        Largest allowed Euclidean norm of the force on one particle, eps_AA / s_AA; in units of the
        root mean square of the forces of pairs where that is below 1.
    newton_force : float
        Largest force norm at which Newton's method is tried, in the same units.
    max_evaluations : int
        Budget of force evaluations of each descent.
    step_cap : float
        No particle moves further than this in one line search, length. Large steps may lead over
        a low saddle to another minimum.

    Raises
    ------
    NotConvergedError
        If the tolerance is not met within ``max_evaluations`` force evaluations, or if a pair
        that repels up to its cutoff rests on it, where the energy has a corner.
    SaddleError, FloatingParticlesError
        If forces vanish but the state is no minimum, or has free particles.
    OverlapError, BoxTooSmallError, UnknownSpeciesError
        If the state has no finite forces, no room, or unknown species.
    InvalidPotentialError
        If the unit of length is far from the size of a particle.
    """
    check_glass(glass)
    check_unit_of_length(potential, glass.species)
    max_force, max_evaluations, newton_force = _checked_settings(
        max_force, max_evaluations, newton_force, "newton_force"
    )
    step_cap = positive_number(step_cap, "step_cap")
    away = float(np.abs(glass.positions / glass.box).max())
    if away > FAR:
        logger.info("particles up to %.3g boxes away are moved into the box", away)
        glass = glass.wrapped()
    law = rounded_cutoff(potential)
    if law is not potential:
        glass = minimize(
            glass, law, max_force, newton_force=newton_force,
            max_evaluations=max_evaluations, step_cap=step_cap,
        )  # fmt: skip
        _check_no_corner(glass, law, potential)
    target = max(newton_force, max_force)
    while True:
        goal = force_limit(interactions(glass, potential), target)
        glass = descend(
            glass, potential, goal, max_evaluations=max_evaluations, step_cap=step_cap
        ).glass
        try:
            polished, residual, limit = _newton(glass, potential, max_force)
        except (SaddleError, FloatingParticlesError):
            # In a small unit of energy the goal is that of the overlaps of the start, at first.
            if target <= max_force:
                raise
            logger.debug("%s is no minimum yet at a force of %.2g", _name(glass), target)
        else:
            if residual <= limit:
                return polished
            # Newton steps that gained decades and then no more have met roundoff.
            if target <= max_force or residual < 1e-3 * goal:
                raise NotConvergedError(
                    f"{_name(glass)}: neither descent nor Newton steps bring the force below "
                    f"{residual:.3g}; max_force = {limit:.3g} is below the roundoff floor. "
                    "Allow a larger force."
                )
        target = max(1e-2 * target, max_force)


def _check_no_corner(glass: Glass, law: PairPotential, potential: PairPotential) -> None:
    """Refuse a minimum on a cutoff, which descent would approach without end."""
    rounded, sharp = (
        pair_forces(interactions(glass, law)),
        pair_forces(interactions(glass, potential)),
    )
    if np.abs(rounded - sharp).max() > 0:
        raise NotConvergedError(
            f"{_name(glass)} has no smooth minimum here: the potential repels at its cutoff, and "
            "pairs rest on the cutoff, a corner of the energy. Use a law that ends smoothly, such "
            "as softfield.rounded_cutoff(potential)."
        )


def _newton(glass: Glass, potential: PairPotential, max_force: float) -> tuple[Glass, float, float]:
    """Newton steps while they lower the largest force; the result is factorized.

    A factor serves several steps while these still gain a factor of ten. Returns the glass, its
    largest force, and the :func:`force_limit` down to which steps were taken.
    """
    found = interactions(glass, potential)
    limit = force_limit(found, max_force)
    force = pair_forces(found)
    factor, factorized = factorize(glass, found), glass
    while largest_force(force) > limit:
        moved = glass.with_positions(glass.positions + factor.solve(force))
        found_moved = interactions(moved, potential)
        force_moved = pair_forces(found_moved)
        ratio = largest_force(force_moved) / largest_force(force)
        fresh = factorized is glass
        if ratio < 1.0:
            glass, found, force = moved, found_moved, force_moved
        if fresh and ratio > 0.5:
            break
        if ratio > 0.1:
            factor, factorized = factorize(glass, found), glass
    if factorized is not glass:
        factorize(glass, found)
    return glass, largest_force(force), limit


def _checked_settings(
    max_force: float, max_evaluations: int, other: float, what: str
) -> tuple[float, int, float]:
    return (
        positive_number(max_force, "max_force"),
        whole_number(max_evaluations, "max_evaluations"),
        positive_number(other, what),
    )


def _name(glass: Glass) -> str:
    return (
        f"the {glass.dimension}D glass of {glass.n_particles} particles at strain "
        f"{glass.strain:.6g}"
    )
