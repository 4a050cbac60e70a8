"""The local thermal energy of a glass, and other thermal averages as T -> 0 (Eqs. 1 to 3).

Notation of the paper (PNAS 114, 7289 (2017)): M dynamical matrix, U''' third derivative of
the energy, X normalized thermal displacement (Eq. 2), E_alpha normalized local thermal
energy of the interaction alpha (Eq. 3). All averages are in units of k_B T / 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .errors import InvalidSettingError
from .factorization import Factorization
from .glass import FloatArray, Glass
from .mechanics import (
    FORCE_TOLERANCE,
    check_minimum,
    factorize,
    pair_dynamical_matrix,
    pair_forces,
    pair_stiffness,
    relative,
    scatter_pairs,
    stiffness_times,
)
from .pairs import Interactions, interactions
from .potentials import PairPotential


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


@dataclass(frozen=True, eq=False)
class Observable:
    """An observable A(x) to second order about a minimum.

    Attributes
    ----------
    gradient : (N, d) dA/dx
    hessian : (dN, dN) sparse d^2A/dx^2, or None where it vanishes
    """

    gradient: FloatArray
    hessian: sp.sparray | None = None


def thermal_average(
    glass: Glass,
    potential: PairPotential,
    observable: Observable,
    force_tolerance: float = FORCE_TOLERANCE,
) -> float:
    """Normalized thermal average of an observable as T -> 0 (Eq. 1).

    ``lim (<A>_T - A0) / (k_B T / 2) = A'' : M^-1 - A' . M^-1 . U''' : M^-1``, with
    displacements measured from the centre of mass.

    Parameters
    ----------
    observable : Observable
        The solves needed are as many as the Hessian has nonzero rows.

    Raises
    ------
    As :func:`local_thermal_energy`.
    """
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    factor = factorize(glass, found)
    field = thermal_energy_of_pairs(found, factor)
    linear = float((observable.gradient * field.displacement).sum())
    if observable.hessian is None:
        return linear
    return linear + _trace_with_inverse(sp.csr_array(observable.hessian), factor)


def total_energy(glass: Glass, potential: PairPotential) -> Observable:
    """The potential energy U as an observable; its average is dN - d (equipartition)."""
    found = interactions(glass, potential)
    return Observable(-pair_forces(found), pair_dynamical_matrix(found))


def coordinate(glass: Glass, particle: int, axis: int) -> Observable:
    """One coordinate of one particle; its average is that component of X (Eq. 2).

    Raises
    ------
    InvalidSettingError
        If the glass has no such particle or axis.
    """
    if not (0 <= particle < glass.n_particles and 0 <= axis < glass.dimension):
        raise InvalidSettingError(
            f"there is no coordinate {axis} of particle {particle} in a glass of "
            f"{glass.n_particles} particles in {glass.dimension} dimensions."
        )
    gradient = np.zeros((glass.n_particles, glass.dimension))
    gradient[particle, axis] = 1.0
    return Observable(gradient)


def pair_energy(glass: Glass, potential: PairPotential, alpha: int) -> Observable:
    """The energy of the interaction number ``alpha``; its average is E_alpha (Eq. 3).

    Raises
    ------
    InvalidSettingError
        If there are not that many interactions.
    """
    found = interactions(glass, potential)
    if not 0 <= alpha < len(found.pairs):
        raise InvalidSettingError(
            f"there is no interaction {alpha}: the glass has {len(found.pairs)}."
        )
    i, j = found.pairs[alpha]
    gradient = np.zeros((glass.n_particles, glass.dimension))
    gradient[j] = found.g1[alpha] * found.vectors[alpha]
    gradient[i] = -gradient[j]
    incidence = sp.csr_array(([1.0, -1.0], ([0, 0], [j, i])), shape=(1, glass.n_particles))
    signed = sp.kron(incidence, sp.eye_array(glass.dimension))
    return Observable(gradient, sp.csr_array(signed.T @ pair_stiffness(found)[alpha] @ signed))


def _trace_with_inverse(hessian: sp.csr_array, factor: Factorization, batch: int = 64) -> float:
    """A'' : M^+, by solving for the columns of the inverse that A'' touches."""
    n, d = factor.ordering.n_particles, factor.ordering.dimension
    rows = np.flatnonzero(np.diff(hessian.indptr))
    total = 0.0
    for first in range(0, len(rows), batch):
        chosen = rows[first : first + batch]
        units = np.zeros((n * d, len(chosen)))
        units[chosen, range(len(chosen))] = 1.0
        columns = factor.solve(units.reshape(n, d, -1)).reshape(n * d, -1)
        total += float((hessian[chosen] @ columns).diagonal().sum())
    return total
