"""Inverse powers, Lennard-Jones, and contacts (harmonic, Hertzian)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import InvalidPotentialError
from ..glass import FloatArray
from .pair_potential import PairPotential
from .scaled import Law, ScaledPotential, scaled_potential
from .truncated_powers import TruncatedPowers, checked_powers


def inverse_powers(
    powers: Sequence[tuple[float, float]],
    diameters: npt.ArrayLike = 1.0,
    strengths: npt.ArrayLike = 1.0,
    cutoff: npt.ArrayLike = 2.5,
    truncation: str = "smooth",
) -> PairPotential:
    """Sum of powers of x = r/s, ``f(x) = sum_k a_k x^(p_k)``: any real p_k, odd ones too.

    Even powers with a smooth truncation at one x_c come back as
    :class:`~softfield.potentials.truncated_powers.TruncatedPowers`, which has compiled
    dynamics and descent.

    Parameters
    ----------
    powers : sequence of (p_k, a_k)
        For example ``[(-10, 1.0)]``.
    diameters, strengths : (S, S) array_like, or a number for one species
        Symmetric s_ab (length) and eps_ab (energy).
    cutoff : float or (S, S) array_like
        x_c, in units of the pair's diameter.
    truncation : "smooth", "shifted" or "none"
        Whether phi to phi''', only phi, or nothing is made to vanish at x_c.

    Raises
    ------
    InvalidPotentialError
        As :class:`ScaledPotential`, or without any power.
    """
    terms = tuple((float(p), float(a)) for p, a in checked_powers(powers))
    if not terms:
        raise InvalidPotentialError("there are no powers; give at least one (power, prefactor).")
    acts = any(a != 0 for _, a in terms)
    law = _powers_law(terms)
    potential = scaled_potential(law, diameters, strengths, cutoff, truncation, acts)
    even = all(p % 2 == 0 and p != 0 for p, _ in terms)
    if even and truncation == "smooth" and np.ptp(potential.cutoff) == 0:
        whole = tuple((int(p), a) for p, a in terms)
        edge = float(potential.cutoff[0, 0])
        return TruncatedPowers(whole, edge, potential.diameters, potential.strengths)
    return potential


def lennard_jones(
    diameters: npt.ArrayLike = 1.0,
    strengths: npt.ArrayLike = 1.0,
    cutoff: npt.ArrayLike = 2.5,
    truncation: str = "smooth",
) -> PairPotential:
    """``4 eps (x^-12 - x^-6)`` with x = r/s; parameters as :func:`inverse_powers`.

    ``truncation="none"`` is LAMMPS' ``lj/cut``, ``"shifted"`` adds ``pair_modify shift yes``.
    """
    return inverse_powers([(-12, 4.0), (-6, -4.0)], diameters, strengths, cutoff, truncation)


def harmonic_contacts(
    diameters: npt.ArrayLike = 1.0, strengths: npt.ArrayLike = 1.0
) -> ScaledPotential:
    """Harmonic repulsion ``eps/2 (1 - r/s)^2`` of particles in contact, r < s.

    phi'' jumps at contact, so a contact that is just closed counts in full.
    """
    return scaled_potential(_contact_law(2.0), diameters, strengths, 1.0, "none")


def hertzian_contacts(
    diameters: npt.ArrayLike = 1.0, strengths: npt.ArrayLike = 1.0
) -> ScaledPotential:
    """Hertzian repulsion ``(2/5) eps (1 - r/s)^(5/2)`` of particles in contact, r < s.

    phi''' diverges as (1 - r/s)^(-1/2) where a contact is about to open. It is evaluated as
    it is, without a floor: E_alpha is finite for every contact with r < s, but the range of
    temperatures in which the low-temperature limit describes a contact shrinks with its
    overlap. A pair at r = s exactly is no contact.
    """
    return scaled_potential(_contact_law(2.5), diameters, strengths, 1.0, "none")


def _powers_law(terms: tuple[tuple[float, float], ...]) -> Law:
    def law(x: FloatArray) -> FloatArray:
        total = np.zeros((4, len(x)))
        inverse = 1.0 / x
        for power, prefactor in terms:
            part = prefactor * x**power
            for order in range(4):
                total[order] += part
                part = (power - order) * part * inverse
        return total

    return law


def _contact_law(exponent: float) -> Law:
    """(1 - x)^a / a and its derivatives, for x < 1."""

    def law(x: FloatArray) -> FloatArray:
        # x = 1 is reached only when the (unused) smoothing asks for the value at the cutoff.
        overlap = np.maximum(1.0 - x, np.finfo(float).tiny)
        curvature = (exponent - 1.0) * overlap ** (exponent - 2.0)
        return np.array(
            [
                overlap**exponent / exponent,
                -(overlap ** (exponent - 1.0)),
                curvature,
                -(exponent - 2.0) * curvature / overlap,
            ]
        )

    return law
