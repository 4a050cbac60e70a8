"""How the local thermal energy changes under strain: dE_alpha/dgamma along the minimum.

A soft spot that strain in one direction softens is stiffened by strain in the other, so the
derivative knows what E_alpha itself cannot: the direction in which a spot will yield. Near an
instability E_alpha ~ 1 / (gamma_c - gamma), so that ``E / (dE/dgamma)`` is the strain at which a
spot gives way, and ``E dE/dgamma = E^2 / gamma_c`` weighs its softness with how near that is
(Schwartzman-Nowik, Lerner and Bouchbinder, PRE 99, 060601 (2019) for the idea).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..glass import FloatArray, Glass, LocalThermalEnergy, PairMap, check_glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum, pair_stiffness
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.factorization import Factorization, factorize
from ..mechanics.pairs import Interactions, interactions
from ..potentials.pair_potential import PairPotential
from .deformed_states import (
    check_stable,
    deformed_minimum,
    nonaffine_velocity,
    pair_velocity,
    softening_rate,
)
from .fields import thermal_energy_of_pairs

#: Step of the central difference, in units of the strain over which the stiffness of the most
#: sensitive mode changes by its own size. The difference is then wrong by a few 1e-9 of the
#: largest slopes, by truncation and by rounding alike.
RELATIVE_STEP = 3e-5

#: Strain over which the stiffness changes by its own size where nothing is sensitive.
_LARGEST_SCALE = 1.0


@dataclass(frozen=True, eq=False)
class StrainResponse(PairMap):
    """The local thermal energy of a glass and its derivative along the minimum under strain.

    Attributes
    ----------
    pairs : (P, 2) int32
        The interacting pairs alpha = (i, j), i < j.
    energy : (P,)
        E_alpha (Eq. 3) at rest, in units of k_B T / 2.
    slope : (P,)
        dE_alpha/dgamma, per unit of strain; its sum is zero, because that of E_alpha is dN - d.
    error : (P,)
        Estimated error of the slope, from truncation and from rounding.
    step : float
        Strain of the central difference.
    tensor : (d, d)
        D of the deformation x -> exp(gamma D) x.
    field : LocalThermalEnergy
        The whole field at rest, which the difference needs anyway.
    """

    slope: FloatArray
    error: FloatArray
    step: float
    tensor: FloatArray
    field: LocalThermalEnergy

    @property
    def yield_strain(self) -> FloatArray:
        """(P,) ``E / (dE/dgamma)``, the strain at which E would diverge; infinite where it falls.

        ``E ~ 1 / (gamma_c - gamma)`` at an instability. Far from one the number is a measure,
        not a prediction.
        """
        product = self.energy * self.slope
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(product > 0, self.energy / self.slope, np.inf)

    @property
    def indicator(self) -> FloatArray:
        """(P,) max(0, E dE/dgamma): softness squared over the strain at which it gives way."""
        return np.maximum(0.0, self.energy * self.slope)


def strain_response(
    glass: Glass,
    potential: PairPotential,
    direction: Direction = "xy",
    force_tolerance: float = FORCE_TOLERANCE,
) -> StrainResponse:
    """dE_alpha/dgamma of every interaction along the minimum, in any direction.

    A central difference of two minima that are reached to rounding from the stiffness at rest.
    Its step is RELATIVE_STEP of the strain over which the stiffness changes by its own size, so
    it stays right next to an instability. The states are given by the relative positions of the
    pairs, so every traceless tensor will do, whether or not a box can follow.

    Parameters
    ----------
    glass : Glass
        A minimum of the energy.
    potential : PairPotential
    direction : str or (d, d) array_like
        "xy", "-xy", "x-y", ... (:mod:`softfield.mechanics.directions`), or a traceless tensor D.
    force_tolerance : float
        Largest force on a particle that is accepted, energy per length.

    Raises
    ------
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum, or at an instability.
    NotConvergedError
        If a minimum next to it is not reached.
    InvalidSettingError
        If there is no such direction.
    """
    check_glass(glass)
    tensor = direction_tensor(direction, glass.dimension)
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    return response_of_pairs(glass, potential, found, factorize(glass, found), tensor)


def response_of_pairs(
    glass: Glass,
    potential: PairPotential,
    found: Interactions,
    factor: Factorization,
    tensor: FloatArray,
    field: LocalThermalEnergy | None = None,
) -> StrainResponse:
    """As :func:`strain_response`, from interactions and the factorization of their matrix.

    ``field`` may be given where it is already known.
    """
    field = thermal_energy_of_pairs(found, factor) if field is None else field
    velocity = nonaffine_velocity(found, factor, tensor)
    moved = pair_velocity(found, velocity, tensor)
    rate = softening_rate(found, factor, moved)
    check_stable(rate)
    step = RELATIVE_STEP / max(rate, 1.0 / _LARGEST_SCALE)
    around = [
        deformed_minimum(glass, potential, found, factor, velocity, tensor, sign * step)
        for sign in (1.0, -1.0)
    ]
    forward, backward = (_energy_at(state, factor) for state, _ in around)
    slope = (forward - backward) / (2.0 * step)
    # Next to a pole the third derivative is 6 rate times the second. Off a minimum by a
    # share of what moves pairs, E is off by that share of the slope.
    curvature = (forward - 2.0 * field.energy + backward) / step**2
    share = sum(leftover for _, leftover in around) / np.abs(moved).max()
    rounding = share * np.abs(slope) + 64 * np.finfo(float).eps * np.abs(field.energy)
    return StrainResponse(
        pairs=found.pairs,
        energy=field.energy,
        slope=slope,
        error=rate * step**2 * np.abs(curvature) + rounding / step,
        step=step,
        tensor=tensor,
        field=field,
    )


def _energy_at(state: Interactions, factor: Factorization) -> FloatArray:
    """(P,) E_alpha at a minimum with the pairs of ``factor``."""
    there = factor.ordering.factorize(pair_stiffness(state))
    return thermal_energy_of_pairs(state, there).energy
