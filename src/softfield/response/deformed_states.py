"""Minima close to a glass at rest under any small deformation, on the pairs it has at rest.

Forces and stiffness are sums over pairs and need their relative positions only. Under
x -> exp(gamma D) x these are ``u(gamma) = exp(gamma D) u + y_j - y_i`` with the nonaffine
displacement y, for every D: no box has to be representable. Pairs that come into range on the
way are missed, so this is for strains far below that of a rearrangement.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..errors import NotConvergedError, SaddleError
from ..glass import FloatArray, Glass
from ..mechanics.derivatives import (
    force_limit,
    pair_forces,
    relative,
    scatter_pairs,
    shear_derivatives,
    stiffness_times,
)
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions
from ..potentials.pair_potential import PairPotential

#: Steps of Newton's method with the stiffness at rest. Each shrinks the force by a factor that
#: is about the strain over the strain in which the stiffness changes by its own size.
_MAX_CORRECTIONS = 30

#: Force (energy per length) below which only rounding keeps a correction from gaining more; in
#: weak and in strong potentials as ``force_limit`` has it.
_AT_REST = 1e-10


def at_vectors(
    glass: Glass, potential: PairPotential, found: Interactions, vectors: FloatArray
) -> Interactions:
    """The interactions of the same pairs at other relative positions (P, d)."""
    i, j = found.pairs[:, 0], found.pairs[:, 1]
    squared = np.einsum("pc,pc->p", vectors, vectors)
    g0, g1, g2, g3 = potential.derivatives(squared, glass.species[i], glass.species[j])
    return Interactions(found.pairs, vectors, g0, g1, g2, g3, found.n_particles)


def nonaffine_velocity(
    found: Interactions, factor: Factorization, tensor: FloatArray
) -> FloatArray:
    """(N, d) ``-M^-1 Xi``, the motion of the minimum beside the affine one, per strain."""
    _, mismatch, _ = shear_derivatives(found, tensor)
    velocity = -factor.solve(mismatch)
    residual = mismatch + stiffness_times(found, velocity)
    return velocity - factor.solve(residual)


def pair_velocity(found: Interactions, velocity: FloatArray, tensor: FloatArray) -> FloatArray:
    """(P, d) ``du/dgamma`` of every pair along the minimum, affine part and nonaffine."""
    return found.vectors @ tensor.T + relative(found, velocity)


def deformed_minimum(
    glass: Glass,
    potential: PairPotential,
    found: Interactions,
    factor: Factorization,
    velocity: FloatArray,
    tensor: FloatArray,
    strain: float,
) -> tuple[Interactions, float]:
    """The interactions at the minimum at a small strain, and how far from it they are.

    Newton's method with the stiffness at rest, until rounding lets it gain no more.

    Parameters
    ----------
    found, factor, velocity : at rest; ``velocity`` as :func:`nonaffine_velocity`
    tensor : (d, d) D
    strain : float
        gamma, of either sign.

    Returns
    -------
    The interactions, and the largest displacement (length) that is left by rounding.

    Raises
    ------
    NotConvergedError
        If the strain is too large to be reached with the stiffness at rest.
    """
    affine = found.vectors @ expm(strain * tensor).T
    displacement = strain * velocity
    best, least, leftover = found, np.inf, np.inf
    enough = force_limit(found, _AT_REST)
    for _ in range(_MAX_CORRECTIONS):
        state = at_vectors(glass, potential, found, affine + relative(found, displacement))
        residual = pair_forces(state)
        size = float(np.abs(residual).max())
        at_rest = least <= enough and size >= 0.5 * least
        if at_rest or not np.isfinite(size) or size > 1e3 * max(least, enough):
            break
        correction = factor.solve(residual)
        if size < least:
            best, least, leftover = state, size, float(np.abs(correction).max())
        displacement = displacement + correction
    if least <= enough:
        return best, leftover
    raise NotConvergedError(
        f"the minimum at a strain of {strain:.2g} cannot be reached with the stiffness at rest: "
        f"forces of {least:.2g} are left. The glass is at the edge of an instability; strain it "
        "back by a little and minimise it there."
    )


def softening_rate(found: Interactions, factor: Factorization, moved: FloatArray) -> float:
    """Largest relative change of the stiffness of any displacement, per strain.

    The spectral radius of ``M^-1 dM/dgamma`` by power iteration; one over it is the strain over
    which the stiffness of the most sensitive mode changes by its own size, twice the distance
    to an instability where one is near.

    Parameters
    ----------
    moved : (P, d) du/dgamma of every pair
    """
    blocks = stiffness_change(found, moved)
    field = factor.solve(_scatter_product(found, blocks, _first_guess(found)))
    rate = 0.0
    for _ in range(12):
        size = float(np.linalg.norm(field))
        if size == 0.0:
            return 0.0
        field = factor.solve(_scatter_product(found, blocks, field / size))
        previous, rate = rate, float(np.linalg.norm(field))
        if abs(rate - previous) < 0.05 * rate:
            break
    return rate


def stiffness_change(found: Interactions, moved: FloatArray) -> FloatArray:
    """(P, d, d) change of the blocks ``g2 u u^T + g1 1`` while the pairs move by ``moved``."""
    u = found.vectors
    stretch = np.einsum("pc,pc->p", u, moved)
    mixed = u[:, :, None] * moved[:, None, :]
    blocks = (found.g3 * stretch)[:, None, None] * u[:, :, None] * u[:, None, :]
    blocks += found.g2[:, None, None] * (mixed + mixed.transpose(0, 2, 1))
    blocks += (found.g2 * stretch)[:, None, None] * np.eye(found.dimension)
    return blocks


def check_stable(rate: float) -> None:
    """Raise SaddleError where the stiffness changes by its own size within rounding."""
    if not np.isfinite(rate) or rate * 1e-12 > 1.0:
        raise SaddleError(
            f"the stiffness of a mode changes by its own size over a strain of {1 / rate:.1g}: "
            "the glass is at an instability, where derivatives along the minimum do not exist. "
            "Strain it back by a little and minimise it there."
        )


def _first_guess(found: Interactions) -> FloatArray:
    guess = np.random.default_rng(0).normal(size=(found.n_particles, found.dimension))
    return guess - guess.mean(axis=0)


def _scatter_product(found: Interactions, blocks: FloatArray, field: FloatArray) -> FloatArray:
    return scatter_pairs(found, np.einsum("pce,pe->pc", blocks, relative(found, field)))
