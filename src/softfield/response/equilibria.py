"""Minima along a path of strain with their exact derivatives along it, and their lowest modes.

With T the tensor of the deformation, a relative position u changes along the path as
``u' = T u + w_j - w_i`` and ``u'' = T T u + 2 T (w_j - w_i) + a_j - a_i``, where the nonaffine
velocity w and acceleration a keep all forces at zero:

``M w = -Xi``,  ``M a = -(U''':(u', u') + the forces of u'' without a)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..glass import FloatArray, Glass
from ..mechanics.derivatives import relative, scatter_pairs, shear_derivatives, stiffness_times
from ..mechanics.factorization import Factorization
from ..mechanics.pairs import Interactions
from .branch import Branch, LostBranchError, Point

#: Solves for one right-hand side with a factor made nearby, before it is made anew.
_SOLVES = 5

#: Lowest eigenvalue, in units of the norm of M, above which a factor of single precision will do.
_RESOLVED = 1e-5

#: Accuracy of velocity and acceleration, as shares of the largest force that moves them. What they
#: predict of a step is corrected, by at least 1e-3 of it.
_OF_VELOCITY, _OF_ACCELERATION = 1e-6, 1e-4

#: Share of its summands below which a sum is rounding.
_ROUNDING = 1e-14

_SADDLE = "forces vanish, but the state is a saddle"


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A minimum on the path with its derivatives along the strain.

    Attributes
    ----------
    energy, slope, curvature : float
        U, and its first two derivatives along the path of minima.
    velocity, acceleration : (N, d)
        First two derivatives of the nonaffine displacement.
    modes : (m, N, d)
        The lowest modes, with ``eigenvalues`` (m,); ``distances`` (m,) the strain to the
        instability that each predicts, infinite for modes that stiffen.
    former : (float, (N, d)) or None
        Strain of the minimum before this one on the same branch, relative to this one, and its
        nonaffine displacement from here.
    """

    glass: Glass
    strain: float
    factor: Factorization
    energy: float
    slope: float
    curvature: float
    velocity: FloatArray
    acceleration: FloatArray
    modes: FloatArray
    eigenvalues: FloatArray
    distances: FloatArray
    former: tuple[float, FloatArray] | None = None

    @property
    def nearest(self) -> int:
        """The mode whose instability is predicted first."""
        return int(np.argmin(self.distances))

    @property
    def resolved(self) -> bool:
        """Whether a factor of single precision has the lowest mode, to a percent or so."""
        return bool(self.eigenvalues[0] > _RESOLVED * self.factor.row_norm)

    @property
    def distance(self) -> float:
        """Strain to the first predicted instability."""
        return float(self.distances[self.nearest])

    @property
    def critical_mode(self) -> FloatArray:
        """(N, d) that mode, with the sign in which the state moves along it."""
        mode: FloatArray = self.modes[self.nearest]
        return mode if (mode * self.velocity).sum() >= 0 else -mode


def equilibrium(
    branch: Branch, point: Point, guesses: FloatArray, tracked: int, blocks: int = 2
) -> Equilibrium:
    """Derivatives and modes of a minimum; ``guesses`` (k, N, d) for the modes.

    The factor may be that of a state nearby. That M is positive definite also here is seen in
    three ways: that one could be factorized, conjugate gradients preconditioned by it meet no
    negative curvature, and the lowest Ritz values are positive.

    Raises
    ------
    LostBranchError, SaddleError
        If it is not.
    """
    found, factor = point.found, point.factor
    slope, mismatch, born = shear_derivatives(found, branch.tensor)
    try:
        motion = _motion(found, factor, branch.tensor, mismatch)
    except LostBranchError:
        factor = branch.factorize(point.glass, found)
        motion = _motion(found, factor, branch.tensor, mismatch)
    velocity, acceleration, stretching = motion
    modes = lowest_modes(factor, np.concatenate([guesses, velocity[None]]), tracked, blocks)
    modes, eigenvalues, slopes = _ritz_pairs(found, modes, stretching)
    if eigenvalues[0] <= 0:
        raise LostBranchError(_SADDLE)
    with np.errstate(divide="ignore"):
        distances = np.where(slopes < 0, -eigenvalues / (2 * slopes), np.inf)
    return Equilibrium(
        point.glass, point.strain, factor, float(found.g0.sum()), slope,
        born + float((mismatch * velocity).sum()), velocity, acceleration,
        modes, eigenvalues, distances,
    )  # fmt: skip


def _solved(
    found: Interactions, factor: Factorization, rhs: FloatArray, accuracy: float, summand: float
) -> FloatArray:
    """M^-1 rhs by conjugate gradients, preconditioned by the factor of a state nearby.

    ``summand`` is the size of what pairs add to the right-hand side: what is rounding beside that
    is zero, as in crystals, whose symmetry leaves nothing of the sum.

    Raises
    ------
    LostBranchError
        If that takes as long as another factorization, or M is not positive definite.
    """
    solution = factor.solve(rhs)
    target = max(accuracy * float(np.abs(rhs).max()), _ROUNDING * summand)
    residual = rhs - stiffness_times(found, solution)
    direction, before = np.zeros_like(rhs), 1.0
    for _ in range(_SOLVES):
        if np.abs(residual).max() <= target:
            return solution
        moved = factor.solve(residual)
        now = float((residual * moved).sum())
        direction = moved + (now / before) * direction
        image = stiffness_times(found, direction)
        stiffness = float((direction * image).sum())
        if stiffness <= 0:
            raise LostBranchError(_SADDLE)
        step = now / stiffness
        solution = solution + step * direction
        residual = residual - step * image
        before = now
    raise LostBranchError("conjugate gradients take too long")


def _motion(
    found: Interactions, factor: Factorization, tensor: FloatArray, mismatch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nonaffine velocity and acceleration (N, d), and u' (P, d)."""
    u = found.vectors
    affine = u @ tensor.T
    pulls = found.g2 * np.einsum("pc,pc->p", u, affine)
    summand = float(np.abs(pulls[:, None] * u + found.g1[:, None] * affine).max())
    velocity = _solved(found, factor, -mismatch, _OF_VELOCITY, summand)
    stretching = affine + relative(found, velocity)
    bending = u @ (tensor @ tensor).T + 2.0 * relative(found, velocity) @ tensor.T
    along = np.einsum("pc,pc->p", u, stretching)
    square = np.einsum("pc,pc->p", stretching, stretching)
    square += np.einsum("pc,pc->p", u, bending)
    on_j = (found.g3 * along**2 + found.g2 * square)[:, None] * u
    on_j += (2.0 * found.g2 * along)[:, None] * stretching + found.g1[:, None] * bending
    summand = float(np.abs(on_j).max())
    acceleration = _solved(found, factor, -scatter_pairs(found, on_j), _OF_ACCELERATION, summand)
    return velocity, acceleration, stretching


def lowest_modes(
    factor: Factorization, guesses: FloatArray, count: int, blocks: int = 2
) -> FloatArray:
    """(count, N, d) lowest modes by a block Krylov space of M^-1 from guesses (k, N, d)."""
    shape = guesses.shape[1:]
    block = guesses - guesses.mean(axis=1, keepdims=True)
    block = np.linalg.qr(block.reshape(len(guesses), -1).T)[0]
    basis, images = [block], []
    for step in range(blocks):
        image = factor.solve(block.reshape(*shape, -1)).reshape(block.shape)
        images.append(image)
        if step + 1 < blocks:
            known = np.concatenate(basis, axis=1)
            block = image - known @ (known.T @ image)
            block -= known @ (known.T @ block)
            block = np.linalg.qr(block)[0]
            basis.append(block)
    space = np.concatenate(basis, axis=1)
    inverse = space.T @ np.concatenate(images, axis=1)
    _, rotation = np.linalg.eigh(0.5 * (inverse + inverse.T))
    return (space @ rotation[:, ::-1][:, :count]).T.reshape(-1, *shape)


def _ritz_pairs(
    found: Interactions, modes: FloatArray, stretching: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ritz vectors, values and their slopes dlambda/dgamma = U''' : Psi Psi u' along the path."""
    u = found.vectors
    psi = modes[:, found.pairs[:, 1]] - modes[:, found.pairs[:, 0]]
    along = np.einsum("pc,kpc->kp", u, psi)
    matrix = (along * found.g2) @ along.T
    flat = psi.reshape(len(psi), -1)
    matrix += (flat * np.repeat(found.g1, psi.shape[2])) @ flat.T
    values, rotation = np.linalg.eigh(matrix)
    along = rotation.T @ along
    across = rotation.T @ np.einsum("kpc,pc->kp", psi, stretching)
    stretch = np.einsum("pc,pc->p", u, stretching)
    bending = 2.0 * (along * across) @ found.g2 + along**2 @ (found.g3 * stretch)
    turning = (flat * np.repeat(found.g2 * stretch, psi.shape[2])) @ flat.T
    slopes = bending + np.diag(rotation.T @ turning @ rotation)
    return np.einsum("kl,knc->lnc", rotation, modes), values, slopes
