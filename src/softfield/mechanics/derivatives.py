"""Energy, forces, stress, dynamical matrix and third order of a glass.

Units: energy eps_AA, length s_AA, mass 1. Each quantity comes in two forms: from a glass
and a potential, or, with the prefix ``pair_``, from interactions already at hand.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..checks.numbers import check_tolerance
from ..errors import NotAMinimumError
from ..glass import FloatArray, Glass
from ..kernels.pair_sums import laurent_forces, stiffness_product
from ..potentials.pair_potential import PairPotential
from ..potentials.truncated_powers import TruncatedPowers
from .directions import direction_tensor
from .pairs import Interactions, interactions

#: Largest force on a particle (energy / length) at which a state counts as a minimum. The
#: sum rule is then met to about 1e-8, because a residual force f changes the sum of E_alpha
#: by the sum of f.X over the particles. See :func:`force_limit` for weak potentials.
FORCE_TOLERANCE = 1e-8


#: Rounding of the forces of a glass: share of the stiffness of a pair times its length.
_FORCE_ROUNDOFF = 1e-14


#: Root mean square of the forces of pairs above which they are strong.
_STRONG = 100.0


#: Boxes away from the cell beyond which rounding of positions may be what is felt as a force.
FAR = 100.0


def energy(glass: Glass, potential: PairPotential) -> float:
    """Potential energy U = sum of phi over pairs."""
    return float(interactions(glass, potential).g0.sum())


def forces(glass: Glass, potential: PairPotential) -> FloatArray:
    """(N, d) forces -dU/dx."""
    return pair_forces(interactions(glass, potential))


def pressure(glass: Glass, potential: PairPotential) -> float:
    """Virial pressure at rest, ``-(1/dV) sum phi' r``, energy per volume."""
    return -float(np.trace(stress(glass, potential))) / glass.dimension


def stress(glass: Glass, potential: PairPotential) -> FloatArray:
    """(d, d) Cauchy stress at rest, ``(1/V) sum g1 u u``; tension is positive."""
    found = interactions(glass, potential)
    return np.einsum("p,pc,pe->ce", found.g1, found.vectors, found.vectors) / glass.volume


def dynamical_matrix(glass: Glass, potential: PairPotential) -> sp.csr_array:
    """(dN, dN) Hessian of the energy, row and column d*i + c for component c of particle i."""
    return pair_dynamical_matrix(interactions(glass, potential))


def scatter_pairs(found: Interactions, on_j: FloatArray) -> FloatArray:
    """(N, d) sum over pairs of ``+on_j`` on particle j and ``-on_j`` on particle i."""
    total = np.empty((found.n_particles, found.dimension))
    i, j = found.pairs[:, 0], found.pairs[:, 1]
    for c in range(found.dimension):
        total[:, c] = np.bincount(j, on_j[:, c], found.n_particles)
        total[:, c] -= np.bincount(i, on_j[:, c], found.n_particles)
    return total


def relative(found: Interactions, field: FloatArray) -> FloatArray:
    """(P, d) differences v = x_j - x_i of a particle field (N, d)."""
    return field[found.pairs[:, 1]] - field[found.pairs[:, 0]]


def pair_forces(found: Interactions) -> FloatArray:
    """(N, d) forces -dU/dx."""
    return -scatter_pairs(found, found.g1[:, None] * found.vectors)


def listed_forces(
    glass: Glass, potential: TruncatedPowers, pairs: npt.NDArray[np.int32]
) -> FloatArray:
    """(N, d) forces from a list (P, 2) that holds every pair in range, in one pass.

    Not finite where two particles are too close.
    """
    forces: FloatArray = laurent_forces(
        np.array(glass.positions),
        np.array(glass.species),
        pairs,
        np.array(glass.box),
        glass.strain,
        potential.ranges**2,
        potential.derivative_coefficients[1],
        potential.exponents[0] - 1,
    )
    return forces


def pair_stiffness(found: Interactions) -> FloatArray:
    """(P, d, d) blocks ``B = g2 u u^T + g1 1`` of the dynamical matrix, pre-stress included."""
    blocks = found.g2[:, None, None] * found.vectors[:, :, None] * found.vectors[:, None, :]
    blocks += found.g1[:, None, None] * np.eye(found.dimension)
    return blocks


def pair_dynamical_matrix(found: Interactions) -> sp.csr_array:
    """(dN, dN) dynamical matrix as a sparse array."""
    return assemble_pairs(found, pair_stiffness(found))


def assemble_pairs(found: Interactions, blocks: FloatArray) -> sp.csr_array:
    """(dN, dN) matrix of pair blocks (P, d, d): plus on ii and jj, minus on ij and ji."""
    n, d = found.n_particles, found.dimension
    i, j = found.pairs[:, 0], found.pairs[:, 1]
    rows = np.concatenate([i, j, i, j]).astype(np.int64)
    columns = np.concatenate([i, j, j, i]).astype(np.int64)
    values = np.concatenate([blocks, blocks, -blocks, -blocks])
    component = np.arange(d)
    rows_c = np.broadcast_to(d * rows[:, None, None] + component[:, None], values.shape)
    columns_c = np.broadcast_to(d * columns[:, None, None] + component, values.shape)
    matrix = sp.coo_array(
        (values.ravel(), (rows_c.ravel(), columns_c.ravel())), shape=(n * d, n * d)
    )
    return matrix.tocsr()


def stiffness_times(found: Interactions, field: FloatArray) -> FloatArray:
    """(N, d) product M v of the dynamical matrix with a particle field v, matrix-free."""
    product: FloatArray = stiffness_product(
        found.pairs, found.vectors, found.g1, found.g2, np.ascontiguousarray(field)
    )
    return product


def third_order(found: Interactions, v: FloatArray, w: FloatArray) -> FloatArray:
    """(N, d) contraction ``U''' : (v, w)`` of two particle fields (N, d).

    Per pair ``g3 (u.v)(u.w) u + g2 [(u.v) w + (u.w) v + (v.w) u]`` with relative
    displacements, plus on j and minus on i; U''' itself is never stored.
    """
    u, a, b = found.vectors, relative(found, v), relative(found, w)
    ua, ub = np.einsum("pc,pc->p", u, a), np.einsum("pc,pc->p", u, b)
    ab = np.einsum("pc,pc->p", a, b)
    on_j = (found.g3 * ua * ub + found.g2 * ab)[:, None] * u
    on_j += (found.g2 * ua)[:, None] * b + (found.g2 * ub)[:, None] * a
    return scatter_pairs(found, on_j)


def shear_derivatives(
    found: Interactions, tensor: FloatArray | None = None
) -> tuple[float, FloatArray, float]:
    """Derivatives of U under the affine deformation x -> exp(gamma D) x, at gamma = 0.

    Parameters
    ----------
    tensor : (d, d) D, see :mod:`softfield.mechanics.directions`; by default that of xy

    Returns
    -------
    (dU/dgamma, Xi (N, d) = d^2U/dx dgamma, d^2U/dgamma^2), at fixed reduced coordinates, not
    divided by the volume. Xi is the derivative of the gradient g in the frame of the moving
    particles: the force on the affinely displaced particles changes by -Xi dgamma.
    """
    u = found.vectors
    if tensor is None:
        tensor = direction_tensor("xy", found.dimension)
    moved = u @ tensor.T
    stretch = np.einsum("pc,pc->p", u, moved)
    first = float((found.g1 * stretch).sum())
    on_j = (found.g2 * stretch)[:, None] * u + found.g1[:, None] * moved
    bent = np.einsum("pc,pc->p", moved, moved) + np.einsum("pc,pc->p", u, moved @ tensor.T)
    second = float((found.g2 * stretch**2 + found.g1 * bent).sum())
    return first, scatter_pairs(found, on_j), second


def check_minimum(found: Interactions, force_tolerance: float) -> None:
    """Raise NotAMinimumError if a force exceeds the tolerance (energy per length).

    In a glass whose pairs push by less than 1, the tolerance is that share of what they do
    (:func:`force_limit`). ``inf`` accepts every finite force. Raises InvalidSettingError if the
    tolerance is NaN, zero or negative.
    """
    check_tolerance(force_tolerance, "force_tolerance")
    force_tolerance = force_limit(found, force_tolerance)
    magnitude = np.linalg.norm(pair_forces(found), axis=1)
    worst = int(np.argmax(magnitude))
    if magnitude[worst] > force_tolerance and found.boxes_away > FAR:
        raise NotAMinimumError(
            f"particle {worst} feels a force of {magnitude[worst]:.2g}, more than the "
            f"tolerance {force_tolerance:.2g}, and particles are {found.boxes_away:.3g} boxes "
            "away, where positions have lost digits: wrap them (Glass.wrapped), then minimise."
        )
    if not magnitude[worst] <= force_tolerance:
        raise NotAMinimumError(
            f"particle {worst} feels a force of {magnitude[worst]:.2g}, more than the "
            f"tolerance {force_tolerance:.2g}: the low-temperature expansion needs a "
            "minimum of the energy. Minimise the glass first (softfield.minimize), or raise "
            "force_tolerance if a rougher answer will do."
        )


def force_limit(found: Interactions, tolerance: float) -> float:
    """A tolerance for the force on a particle, less where the forces of pairs are below 1.

    It is then that share of their root mean square, so that a glass in other units of energy, or
    one that hardly jams, is as near to its minimum; but no less than rounding allows. Where the
    forces of pairs are above _STRONG, it may be that share of them over _STRONG, as far as rounding
    asks for it.
    """
    if not len(found.pairs):
        return tolerance
    typical, rounding = force_scales(found)
    attainable = min(rounding, tolerance * max(1.0, typical / _STRONG))
    return max(min(tolerance, tolerance * typical), attainable)


def force_scales(found: Interactions) -> tuple[float, float]:
    """Root mean square of the forces of pairs, and what rounding makes of the force on a particle.

    Energy per length.
    """
    squared = found.squared_distances
    typical = np.sqrt((found.g1**2 * squared).mean())
    stiffness = np.sqrt(((found.g2 * squared + found.g1) ** 2).mean())
    return float(typical), float(_FORCE_ROUNDOFF * stiffness * np.sqrt(squared.mean()))


def internal_forces(found: Interactions) -> FloatArray:
    """(P,) magnitude of the force between the two particles of every interaction, |phi'|."""
    return np.abs(found.g1) * np.sqrt(found.squared_distances)
