"""Local thermal energy of a glass, Eqs. 2 and 3 of the paper, exact to rounding.

For an interaction alpha the normalized low-temperature average is (Eq. 3)

    E_alpha = f_alpha . X  +  d f_alpha / dx : M^-1,      X = -M^-1 . U''' : M^-1   (Eq. 2)

in units of k_B T / 2. Only the blocks of M^-1 on interacting pairs and on the diagonal are
needed, and one solve (:mod:`softfield.mechanics.factorization`).
"""

from __future__ import annotations

import numpy as np

from ..glass import FloatArray, Glass, LocalThermalEnergy
from ..mechanics.derivatives import (
    FORCE_TOLERANCE,
    check_minimum,
    relative,
    scatter_pairs,
    stiffness_times,
)
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential


def local_thermal_energy(
    glass: Glass, potential: PairPotential, force_tolerance: float = FORCE_TOLERANCE
) -> LocalThermalEnergy:
    """E_alpha of every interaction of a glass (Eq. 3), exact to rounding.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    potential : PairPotential
    force_tolerance : float
        Largest force on a particle that is accepted, energy per length.

    Raises
    ------
    NotAMinimumError
        If a particle feels a larger force.
    SaddleError, FloatingParticlesError
        If the dynamical matrix is not positive definite up to translations.
    OverlapError, BoxTooSmallError, UnknownSpeciesError
        If the glass and the potential do not fit together.
    """
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    return thermal_energy_of_pairs(found, factorize(glass, found))


def thermal_energy_of_pairs(found: Interactions, factor: Factorization) -> LocalThermalEnergy:
    """E_alpha from interactions and the factorization of their dynamical matrix.

    With u = r_j - r_i, the derivatives g1, g2, g3 of the pair energy in u.u/2 and the relative
    covariance C = G_ii + G_jj - G_ij - G_ji of the pair (G = M^-1), the thermal force
    ``U''' : M^-1`` is (g3 u.C.u + g2 tr C) u + 2 g2 C.u on j, and minus that on i.
    """
    u = found.vectors
    covariance, diagonal = factor.pair_covariance()
    along = np.einsum("pce,pe->pc", covariance, u)
    stretch = np.einsum("pc,pc->p", u, along)
    trace = np.einsum("pcc->p", covariance)

    # Eq. 2: X = -M^-1 . U''' : M^-1
    on_j = (found.g3 * stretch + found.g2 * trace)[:, None] * u + 2 * found.g2[:, None] * along
    displacement = _solve_refined(found, factor, -scatter_pairs(found, on_j))

    # Eq. 3: E_alpha = d f_alpha / dx : M^-1  +  f_alpha . X
    harmonic = found.g2 * stretch + found.g1 * trace
    anharmonic = found.g1 * np.einsum("pc,pc->p", u, relative(found, displacement))
    return LocalThermalEnergy(
        pairs=found.pairs,
        energy=harmonic + anharmonic,
        harmonic=harmonic,
        displacement=displacement,
        debye_waller=_debye_waller(factor, diagonal),
        condition=factor.row_norm * float(np.einsum("ncc->", diagonal)),
    )


def _solve_refined(found: Interactions, factor: Factorization, rhs: FloatArray) -> FloatArray:
    """M^+ rhs with one step of iterative refinement."""
    solution = factor.solve(rhs)
    return solution + factor.solve(rhs - stiffness_times(found, solution))


def _debye_waller(factor: Factorization, diagonal: FloatArray) -> FloatArray:
    """(N,) traces of the diagonal blocks of the Moore-Penrose inverse.

    With the projector P that removes the mean, M^+ = P G P for the anchored inverse G, so
    the row sums of G are all that is needed beside its diagonal.
    """
    n, d, _ = diagonal.shape
    ones = np.broadcast_to(np.eye(d), (n, d, d))
    row_sums = np.einsum("ncc->n", factor.solve_anchored(ones))
    return np.einsum("ncc->n", diagonal) - 2 * row_sums / n + row_sums.sum() / n**2
