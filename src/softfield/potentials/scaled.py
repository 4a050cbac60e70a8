"""A law f(x) of the scaled distance x = r/s, as a potential between species.

A *law* is a function of x that returns f, f', f'' and f'''. Per pair of species (a, b),

    phi(r) = eps_ab [ f(x) + c0 + c2 x^2 + c4 x^4 + c6 x^6 ],  x = r / s_ab < x_c,

and zero beyond. ``truncation`` chooses the c's: "smooth" makes phi to phi''' vanish at x_c
(as in the three models), "shifted" only phi, "none" leaves f as it is. The local thermal
energy needs phi''': without a smooth truncation its values are those of the untruncated
force law at every distance but x_c itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..checks.arrays import real_numbers
from ..checks.names import check_choice
from ..errors import InvalidPotentialError
from ..glass import FloatArray
from .pair_potential import check_pairs, checked_distances

#: x (P,) -> (4, P) array of f, f', f'', f'''
Law = Callable[[FloatArray], FloatArray]


TRUNCATIONS = ("smooth", "shifted", "none")


@dataclass(frozen=True, eq=False)
class ScaledPotential:
    """``phi(r) = eps_ab f(r / s_ab)`` for any law f, truncated at ``x_c = cutoff``.

    Parameters
    ----------
    law : callable
        x (P,) -> (4, P): f and its first three derivatives with respect to x = r/s.
    diameters, strengths : (S, S) array_like, or a number for one species
        Symmetric s_ab (length) and eps_ab (energy).
    cutoff : float or (S, S) array_like
        x_c, in units of the pair's diameter.
    truncation : "smooth", "shifted" or "none"

    Raises
    ------
    InvalidPotentialError
        For tables that are not square, symmetric, finite and positive, or another truncation.
    """

    law: Law
    diameters: FloatArray
    strengths: FloatArray
    cutoff: FloatArray
    truncation: str = "smooth"

    def __post_init__(self) -> None:
        diameters = _table("diameters", self.diameters)
        object.__setattr__(self, "diameters", diameters)
        for name in ("strengths", "cutoff"):
            object.__setattr__(self, name, _table(name, getattr(self, name), len(diameters)))
        if not ((diameters > 0).all() and (self.cutoff > 0).all()):
            raise InvalidPotentialError("diameters and the cutoff must be positive lengths.")
        check_choice(self.truncation, "truncation", TRUNCATIONS, InvalidPotentialError)
        with np.errstate(all="ignore"):
            finite = np.isfinite(self.smoothing).all()
        if not finite:
            raise InvalidPotentialError(
                f"the law has no finite value or derivative at the cutoff {self.cutoff.tolist()}, "
                f"where truncation {self.truncation!r} needs it; choose another cutoff."
            )

    @property
    def n_species(self) -> int:
        return len(self.diameters)

    @property
    def ranges(self) -> FloatArray:
        """(S, S) cutoff of each pair of species, length; zero where the strength is."""
        return np.where(self.strengths == 0, 0.0, self.cutoff * self.diameters)

    @cached_property
    def smoothing(self) -> FloatArray:
        """(S, S, 4) coefficients c0, c2, c4, c6 in units of eps."""
        conditions = {"smooth": 4, "shifted": 1, "none": 0}[self.truncation]
        found = np.zeros((self.cutoff.size, 4))
        if not conditions:
            return found.reshape(*self.cutoff.shape, 4)
        at_cutoff = np.asarray(self.law(self.cutoff.ravel())).T  # (S*S, 4)
        for k, (edge, values) in enumerate(zip(self.cutoff.ravel(), at_cutoff, strict=True)):
            matrix = _even_polynomial(np.full(4, edge), np.eye(4))[:conditions, :conditions]
            found[k, :conditions] = np.linalg.solve(matrix, -values[:conditions])
        return found.reshape(*self.cutoff.shape, 4)

    def added(self, distance: npt.ArrayLike, species_i: int = 0, species_j: int = 0) -> FloatArray:
        """(P,) energy that the truncation adds to the law at distances within the range.

        Raises
        ------
        As :func:`softfield.radial_derivatives`.
        """
        r, _, _ = checked_distances(self, distance, species_i, species_j)
        x = r / self.diameters[species_i, species_j]
        polynomial = _even_polynomial(x, self.smoothing[species_i, species_j][:, None])[0]
        inside = x < self.cutoff[species_i, species_j]
        return np.where(inside, self.strengths[species_i, species_j] * polynomial, 0.0)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_pairs(self, squared_distance, species_i, species_j)
        result = np.zeros((4, len(squared_distance)))
        inside = squared_distance < self.ranges[species_i, species_j] ** 2
        i, j = species_i[inside], species_j[inside]
        s = self.diameters[i, j]
        x = np.sqrt(squared_distance[inside]) / s
        f = self.law(x)
        if self.truncation != "none":
            f += _even_polynomial(x, self.smoothing[i, j].T)
        result[:, inside] = self.strengths[i, j] * by_squared_distance(f, x, s)
        return result


def scaled_potential(
    law: Law,
    diameters: npt.ArrayLike,
    strengths: npt.ArrayLike,
    cutoff: npt.ArrayLike,
    truncation: str,
    acts: bool = True,
) -> ScaledPotential:
    """The potential of a law; one that does not act, being zero everywhere, has no strength."""
    return ScaledPotential(
        law,
        real_numbers(diameters, "diameters", InvalidPotentialError),
        real_numbers(strengths, "strengths", InvalidPotentialError) * (1.0 if acts else 0.0),
        real_numbers(cutoff, "cutoffs", InvalidPotentialError),
        truncation,
    )


def one_species(law: Law, cutoff: float, truncation: str, acts: bool = True) -> ScaledPotential:
    """A law whose x is the distance itself."""
    return scaled_potential(law, 1.0, 1.0, cutoff, truncation, acts)


def by_squared_distance(f: FloatArray, x: FloatArray, s: FloatArray) -> FloatArray:
    """g0 ... g3, derivatives in r^2/2, from derivatives (4, P) of f in x = r/s."""
    f0, f1, f2, f3 = f
    g1 = f1 / x
    g2 = (f2 - g1) / x**2
    g3 = (f3 / x - 3 * g2) / x**2
    return np.array([f0, g1 / s**2, g2 / s**4, g3 / s**6])


def _even_polynomial(x: FloatArray, coefficients: FloatArray) -> FloatArray:
    """(4, P) c0 + c2 x^2 + c4 x^4 + c6 x^6 and its derivatives, coefficients (4, P)."""
    c0, c2, c4, c6 = coefficients
    t = x**2
    return np.array(
        [
            c0 + t * (c2 + t * (c4 + t * c6)),
            x * (2 * c2 + t * (4 * c4 + 6 * t * c6)),
            2 * c2 + t * (12 * c4 + 30 * t * c6),
            x * (24 * c4 + 120 * t * c6),
        ]
    )


def _table(name: str, values: npt.ArrayLike, size: int | None = None) -> FloatArray:
    """A read-only symmetric (S, S) table; a number fills it."""
    table = real_numbers(values, name, InvalidPotentialError)
    if table.ndim == 0:
        table = np.full((size or 1, size or 1), float(table))
    if table.ndim != 2 or table.shape != (size or len(table),) * 2:
        wanted = f"({size}, {size})" if size else "square"
        raise InvalidPotentialError(
            f"{name} have shape {table.shape}, not {wanted}; give one row and column per species."
        )
    if not (np.isfinite(table).all() and np.array_equal(table, table.T)):
        raise InvalidPotentialError(f"{name} must be finite, and symmetric in the two species.")
    table.setflags(write=False)
    return table
