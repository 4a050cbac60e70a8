"""The thermal average of any observable as T -> 0, Eq. 1 of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..checks.arrays import real_numbers
from ..checks.names import check_kind
from ..checks.numbers import whole_number
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, check_glass
from ..mechanics.derivatives import (
    FORCE_TOLERANCE,
    check_minimum,
    pair_dynamical_matrix,
    pair_forces,
    pair_stiffness,
)
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import interactions
from ..potentials.pair_potential import PairPotential
from .fields import thermal_energy_of_pairs


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
    InvalidSettingError
        If the gradient is not (N, d), the Hessian not (dN, dN), or either not finite.
    NotAMinimumError, SaddleError, FloatingParticlesError
        As :func:`local_thermal_energy`.
    """
    gradient, hessian = _checked(observable, glass)
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    factor = factorize(glass, found)
    field = thermal_energy_of_pairs(found, factor)
    linear = float((gradient * field.displacement).sum())
    if hessian is None:
        return linear
    return linear + _trace_with_inverse(hessian, factor)


def _checked(observable: Observable, glass: Glass) -> tuple[FloatArray, sp.csr_array | None]:
    """Gradient (N, d) and Hessian (dN, dN) of an observable of this glass."""
    check_glass(glass)
    check_kind(observable, Observable, "make one of a gradient (N, d) and a Hessian")
    n, d = glass.positions.shape
    gradient = real_numbers(observable.gradient, "the gradient of an observable")
    if gradient.shape != (n, d) or not np.isfinite(gradient).all():
        raise InvalidSettingError(
            f"the gradient of an observable of {n} particles in {d} dimensions has shape "
            f"({n}, {d}) and finite entries; this one has shape {gradient.shape}."
        )
    if observable.hessian is None:
        return gradient, None
    shape = np.shape(observable.hessian)
    hessian = sp.csr_array(observable.hessian) if len(shape) == 2 else None
    if hessian is not None:
        real_numbers(hessian.data, "the Hessian of an observable")
    if hessian is None or shape != (d * n, d * n) or not np.isfinite(hessian.data).all():
        raise InvalidSettingError(
            f"the Hessian of an observable of {n} particles in {d} dimensions has shape "
            f"({d * n}, {d * n}) and finite entries; this one has shape {shape}."
        )
    return gradient, hessian


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
    whole_number(particle, "the particle", least=None)
    whole_number(axis, "the axis", least=None)
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
    whole_number(alpha, "the number of an interaction", least=None)
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
