"""Local thermal energy of a glass, Eqs. 2 and 3 of the paper, exact to rounding.

For an interaction alpha the normalized low-temperature average is (Eq. 3)

    E_alpha = f_alpha . X  +  d f_alpha / dx : M^-1,      X = -M^-1 . U''' : M^-1   (Eq. 2)

in units of k_B T / 2. Only the blocks of M^-1 on interacting pairs and on the diagonal are
needed, and one solve (:mod:`softfield.mechanics.factorization`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray, Glass
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


@dataclass(frozen=True, eq=False)
class LocalThermalEnergy:
    """The local thermal energy field of a glass, in units of k_B T / 2.

    Attributes
    ----------
    pairs : (P, 2) int32
        The interacting pairs alpha = (i, j), i < j.
    energy : (P,)
        E_alpha (Eq. 3), dimensionless; its sum is dN - d.
    harmonic : (P,)
        The part ``d f_alpha / dx : M^-1``; the rest, ``f_alpha . X``, is anharmonic.
    displacement : (N, d)
        X (Eq. 2), length per energy, with zero mean.
    debye_waller : (N,)
        Mean squared displacement <x_i^2> / k_B T of each particle about the centre of mass,
        the trace of the diagonal block of M^-1.
    condition : float
        Upper bound on the condition number of the factorized matrix; times 1e-16 it bounds
        the relative error that rounding can have caused.
    """

    pairs: npt.NDArray[np.int32]
    energy: FloatArray
    harmonic: FloatArray
    displacement: FloatArray
    debye_waller: FloatArray
    condition: float

    @property
    def anharmonic(self) -> FloatArray:
        """(P,) the part ``f_alpha . X`` of E_alpha."""
        return self.energy - self.harmonic

    @property
    def sum_rule_error(self) -> float:
        """Relative deviation of the sum of E_alpha from its exact value dN - d."""
        n, d = self.displacement.shape
        return float(self.energy.sum() / (d * n - d) - 1.0)


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
    """E_alpha from interactions and the factorization of their dynamical matrix."""
    u = found.vectors
    covariance, diagonal = factor.pair_covariance()
    along = np.einsum("pce,pe->pc", covariance, u)
    stretch = np.einsum("pc,pc->p", u, along)
    trace = np.einsum("pcc->p", covariance)

    harmonic = found.g2 * stretch + found.g1 * trace
    on_j = (found.g3 * stretch + found.g2 * trace)[:, None] * u + 2 * found.g2[:, None] * along
    displacement = _solve_refined(found, factor, -scatter_pairs(found, on_j))
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
