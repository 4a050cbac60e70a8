"""Even powers of r/s, truncated smoothly: the potentials of the paper's three models.

A potential that is a Laurent polynomial in r^2 keeps that form under every derivative, which
is how it reaches the compiled loops: one table of coefficients per pair of species.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.arrays import real_numbers
from ..checks.numbers import check_number, shown
from ..errors import InvalidPotentialError
from ..glass import FloatArray
from ..kernels.powers import laurent_derivatives
from .pair_potential import check_pairs

#: Powers of r/s beyond this are refused: coefficients of all powers between are kept.
_HIGHEST = 1000

#: Even powers of r/s that the smooth truncation adds: c0 + c2 x^2 + c4 x^4 + c6 x^6.
SMOOTHING_POWERS = (0, 2, 4, 6)


@dataclass(frozen=True, eq=False)
class TruncatedPowers:
    """Sum of even powers of x = r/s, truncated smoothly at x_c.

    ``phi(r) = eps [ sum_k a_k x^(p_k) + c0 + c2 x^2 + c4 x^4 + c6 x^6 ]`` for ``x < x_c``
    and zero beyond, where the four c's follow from ``phi = phi' = phi'' = phi''' = 0``
    at x_c (PNAS 114, 7289 (2017), models 2DIPL, 3DIPL, 3DKABLJ). Continuity up to the
    third derivative matters because U''' enters the local thermal energy.

    Parameters
    ----------
    powers : tuple of (int, float)
        Pairs (p_k, a_k): even powers of x and their prefactors, e.g. ((-10, 1.0),).
    cutoff : float
        x_c, in units of the pair diameter.
    diameters, strengths : (S, S) array_like
        Symmetric s_ab (length) and eps_ab (energy) for each pair of species.

    Raises
    ------
    InvalidPotentialError
        For odd powers, a cutoff or diameter that is not positive, asymmetric tables, or numbers
        that are not finite or become so large that the coefficients are not.
    """

    powers: tuple[tuple[int, float], ...]
    cutoff: float
    diameters: FloatArray
    strengths: FloatArray

    def __post_init__(self) -> None:
        for name in ("diameters", "strengths"):
            table = real_numbers(getattr(self, name), name, InvalidPotentialError)
            table.setflags(write=False)
            object.__setattr__(self, name, table)
        edge = check_number(self.cutoff, "the cutoff", error=InvalidPotentialError)
        object.__setattr__(self, "cutoff", edge)
        object.__setattr__(self, "powers", checked_powers(self.powers))
        _check_parameters(self)

    @property
    def n_species(self) -> int:
        return self.diameters.shape[0]

    @property
    def ranges(self) -> FloatArray:
        """(S, S) cutoff of each pair of species, length; zero where the strength is."""
        return np.where(self.strengths == 0, 0.0, self.cutoff * self.diameters)

    @cached_property
    def smoothing(self) -> FloatArray:
        """(4,) coefficients c0, c2, c4, c6 in units of eps."""
        # In t = (x / x_c)^2 the four conditions are those on derivatives in t at t = 1.
        exponents = np.array([p // 2 for p, _ in self.powers], dtype=np.float64)
        weights = np.array([a * self.cutoff**p for p, a in self.powers])
        orders = range(4)
        bare = np.array([(weights * _falling(exponents, n)).sum() for n in orders])
        matrix = np.array([_falling(np.arange(4.0), n) for n in orders])
        scaled = np.linalg.solve(matrix, -bare)
        return scaled / self.cutoff ** np.array(SMOOTHING_POWERS, dtype=np.float64)

    @cached_property
    def exponents(self) -> npt.NDArray[np.int64]:
        """(K,) consecutive exponents of r^2 that the coefficient tables run over."""
        lowest = min(0, *(p // 2 for p, _ in self.powers))
        highest = max(3, *(p // 2 for p, _ in self.powers))
        return np.arange(lowest, highest + 1)

    @cached_property
    def terms(self) -> FloatArray:
        """(K,) coefficients of phi/eps as a Laurent polynomial in x^2, the same for all pairs."""
        terms = np.zeros(len(self.exponents))
        pairs = [*self.powers, *zip(SMOOTHING_POWERS, self.smoothing, strict=True)]
        for power, prefactor in pairs:
            terms[power // 2 - self.exponents[0]] += prefactor
        return terms

    @cached_property
    def coefficients(self) -> FloatArray:
        """(S, S, K) coefficients of phi as a Laurent polynomial in r^2, eps and s folded in."""
        scale = self.diameters[..., None] ** (-2.0 * self.exponents)
        return self.strengths[..., None] * self.terms * scale

    @cached_property
    def derivative_coefficients(self) -> FloatArray:
        """(4, S, S, K) coefficients of g0 ... g3, for exponents lowered by one per order."""
        # d/dh = 2 d/d(r^2) brings the exponent down as a factor.
        exponents = self.exponents.astype(np.float64)
        factors = [2.0**order * _falling(exponents, order) for order in range(4)]
        return np.array([self.coefficients * factor for factor in factors])

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """g0, g1, g2, g3: phi and its first three derivatives in ``h = r^2/2``.

        Parameters
        ----------
        squared_distance : (P,) array of r^2, positive
        species_i, species_j : (P,) arrays of int

        Returns
        -------
        (4, P) array, zero beyond the range of each pair
        """
        check_pairs(self, squared_distance, species_i, species_j)
        return laurent_derivatives(
            np.array(squared_distance, dtype=np.float64),
            np.array(species_i, dtype=np.int32),
            np.array(species_j, dtype=np.int32),
            self.ranges**2,
            self.derivative_coefficients,
            self.exponents[0] - np.arange(4),
        )


def inverse_power_law() -> TruncatedPowers:
    """The binary x^-10 repulsion of models 2DIPL and 3DIPL."""
    return TruncatedPowers(
        powers=((-10, 1.0),),
        cutoff=1.48,
        diameters=np.array([[1.0, 1.18], [1.18, 1.4]]),
        strengths=np.ones((2, 2)),
    )


def kob_andersen() -> TruncatedPowers:
    """The Kob-Andersen binary Lennard-Jones mixture (PRE 51, 4626 (1995)), truncated smoothly."""
    return TruncatedPowers(
        powers=((-12, 4.0), (-6, -4.0)),
        cutoff=2.5,
        diameters=np.array([[1.0, 0.8], [0.8, 0.88]]),
        strengths=np.array([[1.0, 1.5], [1.5, 0.5]]),
    )


def _falling(exponents: FloatArray, order: int) -> FloatArray:
    """Factor that the ``order``-th derivative of t^k brings down: k (k-1) ... (k-order+1)."""
    factor = np.ones_like(exponents, dtype=np.float64)
    for step in range(order):
        factor = factor * (exponents - step)
    return factor


def checked_powers(powers: Any) -> tuple[tuple[int | float, float], ...]:
    """Pairs (power, prefactor), all of them finite numbers; powers whole where they can be.

    Raises
    ------
    InvalidPotentialError
    """
    terms = real_numbers(powers, "powers and their prefactors", InvalidPotentialError)
    if terms.shape == (0,):
        return ()
    if terms.ndim != 2 or terms.shape[1] != 2 or not np.isfinite(terms).all():
        raise InvalidPotentialError(
            f"powers are {shown(powers)}; give pairs (power, prefactor), both finite numbers."
        )
    return tuple((int(p) if p.is_integer() else p, a) for p, a in terms.tolist())


def _check_parameters(potential: TruncatedPowers) -> None:
    if not all(np.isfinite(table).all() for table in (potential.diameters, potential.strengths)):
        raise InvalidPotentialError("diameters and strengths must be finite numbers.")
    if not potential.powers or any(p % 2 or p == 0 for p, _ in potential.powers):
        raise InvalidPotentialError(
            f"powers of r/s must be even and not zero, not {[p for p, _ in potential.powers]}; "
            "odd powers are not smooth functions of r^2."
        )
    diameters, strengths = potential.diameters, potential.strengths
    if diameters.ndim != 2 or diameters.shape != diameters.shape[::-1]:
        raise InvalidPotentialError(
            f"diameters have shape {diameters.shape}; give one row and column per species."
        )
    if strengths.shape != diameters.shape:
        raise InvalidPotentialError(
            f"strengths have shape {strengths.shape}, diameters {diameters.shape}; "
            "give both for every pair of species."
        )
    if not (np.array_equal(diameters, diameters.T) and np.array_equal(strengths, strengths.T)):
        raise InvalidPotentialError("diameters and strengths must be symmetric in the two species.")
    if not (diameters > 0).all() or not potential.cutoff > 0:
        raise InvalidPotentialError("diameters and the cutoff must be positive lengths.")
    if max(abs(p) for p, _ in potential.powers) > _HIGHEST or not _is_finite(potential):
        raise InvalidPotentialError(
            f"the powers {potential.powers} with cutoff {potential.cutoff:g} and these diameters "
            f"and strengths leave the range of numbers; powers go from -{_HIGHEST} to {_HIGHEST}."
        )


def _is_finite(potential: TruncatedPowers) -> bool:
    """Whether the coefficients of the energy and its derivatives are."""
    with np.errstate(all="ignore"):
        try:
            return bool(np.isfinite(potential.derivative_coefficients).all())
        except (OverflowError, ZeroDivisionError):
            return False
