"""Pair potentials of one's own: inverse powers, contacts, tables, functions, polydisperse sizes.

Everything here satisfies :class:`softfield.potentials.PairPotential`, so it works wherever a
model's potential does. The building block is a *law*: a function of the dimensionless
distance x = r/s that returns f, f', f'' and f'''. Per pair of species (a, b),

    phi(r) = eps_ab [ f(x) + c0 + c2 x^2 + c4 x^4 + c6 x^6 ],  x = r / s_ab < x_c,

and zero beyond. ``truncation`` chooses the c's: "smooth" makes phi to phi''' vanish at x_c
(as in the three models), "shifted" only phi, "none" leaves f as it is. The local thermal
energy needs phi''': without a smooth truncation its values are those of the untruncated
force law at every distance but x_c itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import make_interp_spline

from .errors import FileFormatError, InvalidPotentialError, OverlapError, SoftfieldError
from .glass import FloatArray
from .potentials import PairPotential, TruncatedPowers, check_species

#: x (P,) -> (4, P) array of f, f', f'', f'''
Law = Callable[[FloatArray], FloatArray]

TRUNCATIONS = ("smooth", "shifted", "none")

#: Largest relative mismatch between a given derivative and finite differences of the one
#: below it. Richardson-extrapolated differences are good to about 1e-9; a wrong term is not.
DERIVATIVE_TOLERANCE = 1e-5


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
        if self.truncation not in TRUNCATIONS:
            raise InvalidPotentialError(
                f"there is no truncation {self.truncation!r}; choose one of "
                f"{', '.join(TRUNCATIONS)}."
            )

    @property
    def n_species(self) -> int:
        return len(self.diameters)

    @property
    def ranges(self) -> FloatArray:
        return self.cutoff * self.diameters

    @cached_property
    def smoothing(self) -> FloatArray:
        """(S, S, 4) coefficients c0, c2, c4, c6 in units of eps."""
        at_cutoff = np.asarray(self.law(self.cutoff.ravel())).T  # (S*S, 4)
        conditions = {"smooth": 4, "shifted": 1, "none": 0}[self.truncation]
        found = np.zeros((at_cutoff.shape[0], 4))
        for k, (edge, values) in enumerate(zip(self.cutoff.ravel(), at_cutoff, strict=True)):
            matrix = _even_polynomial(np.full(4, edge), np.eye(4))[:conditions, :conditions]
            found[k, :conditions] = np.linalg.solve(matrix, -values[:conditions])
        return found.reshape(*self.cutoff.shape, 4)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_species(max(species_i.max(initial=0), species_j.max(initial=0)), self)
        result = np.zeros((4, len(squared_distance)))
        inside = squared_distance < self.ranges[species_i, species_j] ** 2
        i, j = species_i[inside], species_j[inside]
        s = self.diameters[i, j]
        x = np.sqrt(squared_distance[inside]) / s
        f = self.law(x)
        if self.truncation != "none":
            f += _even_polynomial(x, self.smoothing[i, j].T)
        result[:, inside] = self.strengths[i, j] * _by_squared_distance(f, x, s)
        return result


@dataclass(frozen=True, eq=False)
class PotentialByPair:
    """Another potential for each pair of species; made by :func:`potential_by_pair`."""

    members: tuple[tuple[PairPotential, ...], ...]

    @property
    def n_species(self) -> int:
        return len(self.members)

    @cached_property
    def ranges(self) -> FloatArray:
        return np.array([[member.ranges[0, 0] for member in row] for row in self.members])

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_species(max(species_i.max(initial=0), species_j.max(initial=0)), self)
        result = np.zeros((4, len(squared_distance)))
        for a, row in enumerate(self.members):
            for b, member in enumerate(row):
                chosen = (species_i == a) & (species_j == b)
                zeros = np.zeros(np.count_nonzero(chosen), dtype=np.int32)
                result[:, chosen] = member.derivatives(squared_distance[chosen], zeros, zeros)
        return result


@dataclass(frozen=True, eq=False)
class PolydispersePotential:
    """One law for particles that each have a size of their own; made by :func:`polydisperse`.

    ``ranges`` is a 1 x 1 table with the largest range: a table over all pairs of N sizes
    would need N^2 numbers. ``pair_ranges`` has the range of each pair.
    """

    law: PairPotential
    sizes: FloatArray
    nonadditivity: float

    @property
    def n_species(self) -> int:
        return len(self.sizes)

    @cached_property
    def ranges(self) -> FloatArray:
        largest = float(self.sizes.max()) * max(1.0, _largest_factor(self.sizes, self))
        return self.law.ranges * largest

    def pair_diameters(self, particle_i: npt.NDArray, particle_j: npt.NDArray) -> FloatArray:
        """(P,) s_ij of pairs of particles."""
        a, b = self.sizes[particle_i], self.sizes[particle_j]
        return 0.5 * (a + b) * (1.0 - self.nonadditivity * np.abs(a - b))

    def pair_ranges(self, particle_i: npt.NDArray, particle_j: npt.NDArray) -> FloatArray:
        """(P,) distance beyond which each pair of particles does not interact."""
        return self.law.ranges[0, 0] * self.pair_diameters(particle_i, particle_j)

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair."""
        check_species(max(species_i.max(initial=0), species_j.max(initial=0)), self)
        squared_size = self.pair_diameters(species_i, species_j) ** 2
        zeros = np.zeros(len(squared_size), dtype=np.int32)
        scaled = self.law.derivatives(squared_distance / squared_size, zeros, zeros)
        # h scales with s^2, so every derivative in h brings down s^-2.
        return scaled * squared_size ** -np.arange(4.0)[:, None]


def inverse_powers(
    powers: Sequence[tuple[float, float]],
    diameters: npt.ArrayLike = 1.0,
    strengths: npt.ArrayLike = 1.0,
    cutoff: npt.ArrayLike = 2.5,
    truncation: str = "smooth",
) -> PairPotential:
    """Sum of powers of x = r/s, ``f(x) = sum_k a_k x^(p_k)``: any real p_k, odd ones too.

    Even powers with a smooth truncation at one x_c come back as
    :class:`~softfield.potentials.TruncatedPowers`, which has compiled dynamics and descent.

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
    terms = tuple((float(p), float(a)) for p, a in powers)
    if not terms or not np.isfinite(terms).all():
        raise InvalidPotentialError(
            f"powers are {terms}; give at least one pair (power, prefactor), both finite."
        )
    potential = _scaled(_powers_law(terms), diameters, strengths, cutoff, truncation)
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
    return _scaled(_contact_law(2.0), diameters, strengths, 1.0, "none")


def hertzian_contacts(
    diameters: npt.ArrayLike = 1.0, strengths: npt.ArrayLike = 1.0
) -> ScaledPotential:
    """Hertzian repulsion ``(2/5) eps (1 - r/s)^(5/2)`` of particles in contact, r < s.

    phi''' diverges as (1 - r/s)^(-1/2) where a contact is about to open. It is evaluated as
    it is, without a floor: E_alpha is finite for every contact with r < s, but the range of
    temperatures in which the low-temperature limit describes a contact shrinks with its
    overlap. A pair at r = s exactly is no contact.
    """
    return _scaled(_contact_law(2.5), diameters, strengths, 1.0, "none")


def potential_from_function(
    function: Callable[[FloatArray], Iterable[npt.ArrayLike]],
    cutoff: float,
    truncation: str = "smooth",
    *,
    check_from: float | None = None,
) -> ScaledPotential:
    """A potential from a function of r that returns phi, phi', phi'' and phi'''.

    Parameters
    ----------
    function : callable
        r (P,) -> four arrays (P,), or one array (4, P). One species; combine several with
        :func:`potential_by_pair`, scale to sizes with :func:`polydisperse`.
    cutoff : float
        Range, length.
    truncation : "smooth", "shifted" or "none"
        "none" if the function goes to zero at the cutoff by itself.
    check_from : float
        The derivatives are compared with finite differences between this distance and the
        cutoff; by default from 0.4 times the cutoff.

    Raises
    ------
    InvalidPotentialError
        If the function does not return four arrays, or a derivative is not that of the
        one before it.
    """

    def law(x: FloatArray) -> FloatArray:
        parts = tuple(np.asarray(part, dtype=np.float64) for part in function(x))
        return np.array([np.broadcast_to(part, x.shape) for part in parts])

    check_derivatives(law, 0.4 * cutoff if check_from is None else check_from, cutoff)
    return _one_species(law, cutoff, truncation)


def potential_from_table(
    distance: npt.ArrayLike, energy: npt.ArrayLike, truncation: str = "smooth"
) -> ScaledPotential:
    """A potential from a table of phi(r), by a quintic spline (four continuous derivatives).

    Parameters
    ----------
    distance, energy : (K,) array_like, K >= 8
        Increasing distances and phi there; the last distance is the cutoff. Noise in the
        table is amplified threefold by differentiation, so give all digits there are.
    truncation : as :func:`potential_from_function`

    Raises
    ------
    InvalidPotentialError
        For a table that is too short, not increasing or not finite.
    OverlapError
        On use, if a pair is closer than the first distance: nothing is extrapolated.
    """
    r, phi = np.asarray(distance, dtype=np.float64), np.asarray(energy, dtype=np.float64)
    if r.ndim != 1 or r.shape != phi.shape or len(r) < 8:
        raise InvalidPotentialError(
            f"a table needs at least 8 distances and as many energies, not shapes {r.shape} "
            f"and {phi.shape}."
        )
    if not (np.isfinite(r).all() and np.isfinite(phi).all() and (np.diff(r) > 0).all()):
        raise InvalidPotentialError(
            "the distances of a table must increase, and all its numbers be finite."
        )
    if r[0] <= 0:
        raise InvalidPotentialError("the first distance of a table must be positive.")
    spline = make_interp_spline(r, phi, k=5)
    orders = [spline, *(spline.derivative(n) for n in (1, 2, 3))]

    def law(x: FloatArray) -> FloatArray:
        if x.size and x.min() < r[0]:
            raise OverlapError(
                f"a pair is {x.min():.4g} apart, closer than the first distance of the table, "
                f"{r[0]:.4g}. Extend the table to shorter distances, or relax overlaps first."
            )
        return np.array([order(x) for order in orders])

    return _one_species(law, float(r[-1]), truncation)


def potential_by_pair(members: Sequence[Sequence[PairPotential]]) -> PotentialByPair:
    """One potential per pair of species: ``potential_by_pair([[AA, AB], [AB, BB]])``.

    Each member has one species. The table must be symmetric: the same object at (a, b) and
    (b, a).

    Raises
    ------
    InvalidPotentialError
        If the table is not square and symmetric, or a member has several species.
    """
    rows = tuple(tuple(row) for row in members)
    if not rows or any(len(row) != len(rows) for row in rows):
        raise InvalidPotentialError("give a square table: one row and column per species.")
    if any(member.n_species != 1 for row in rows for member in row):
        raise InvalidPotentialError("every member of the table must be a one-species potential.")
    if any(rows[a][b] is not rows[b][a] for a in range(len(rows)) for b in range(a)):
        raise InvalidPotentialError("the potentials of (a, b) and (b, a) must be the same object.")
    return PotentialByPair(rows)


def polydisperse(
    law: PairPotential, sizes: npt.ArrayLike, nonadditivity: float = 0.0
) -> PolydispersePotential:
    """The one-species potential ``law`` between particles that each have their own size.

    ``phi_ij(r) = law(r / s_ij)`` with ``s_ij = (s_i + s_j)/2 (1 - nu |s_i - s_j|)``; nu = 0
    mixes additively, nu = 0.2 is the mixture of Ninarello, Berthier and Coslovich, PRX 7,
    021039 (2017). The species of a particle in the glass is its own index:
    ``Glass(positions, np.arange(N), box)``.

    Parameters
    ----------
    law : PairPotential
        One species; its lengths are in units of s_ij.
    sizes : (N,) array_like
        Diameter s_i of each particle, length.
    nonadditivity : float
        nu, 1 / length; small enough that every s_ij is positive.

    Raises
    ------
    InvalidPotentialError
        If sizes are not positive, or the law has several species.
    """
    diameters = np.array(sizes, dtype=np.float64)
    if diameters.ndim != 1 or not diameters.size or not (diameters > 0).all():
        raise InvalidPotentialError("sizes must be positive lengths, one per particle, shape (N,).")
    if law.n_species != 1:
        raise InvalidPotentialError(
            f"the law has {law.n_species} species; sizes scale a one-species potential."
        )
    spread = float(np.ptp(diameters))
    if not np.isfinite(spread) or not nonadditivity * spread < 1:
        raise InvalidPotentialError(
            f"sizes that differ by {spread:.3g} with nonadditivity {nonadditivity:.3g} give "
            "pair diameters that are not positive and finite; lower the nonadditivity."
        )
    diameters.setflags(write=False)
    return PolydispersePotential(law, diameters, float(nonadditivity))


def potential_from_settings(
    settings: Mapping[str, Any], folder: str | os.PathLike[str] = "."
) -> PairPotential:
    """The potential that a section of a configuration file describes.

    ``kind`` names it, every other key is a parameter of the function of that name:
    "inverse_powers", "lennard_jones", "harmonic_contacts", "hertzian_contacts"; or "table",
    with ``file`` (text, two columns r and phi, relative to ``folder``) and ``truncation``.

    Raises
    ------
    InvalidPotentialError
        For a kind or key that does not exist, a key that is missing, or parameters that
        define no potential.
    FileFormatError
        If the file of a table cannot be read.
    """
    parameters = dict(settings)
    kind = str(parameters.pop("kind", ""))
    if kind not in _KINDS:
        raise InvalidPotentialError(
            f"there is no kind of potential {kind!r}; set kind to one of "
            f"{', '.join(sorted(_KINDS))}."
        )
    make = _KINDS[kind]
    known = signature(make).parameters
    required = {n for n, p in known.items() if p.default is p.empty} - {"folder"}
    wrong = [*(set(parameters) - set(known)), *(required - set(parameters))]
    if wrong:
        raise InvalidPotentialError(
            f"the potential {kind} has the keys {', '.join(n for n in known if n != 'folder')}; "
            f"unknown or missing: {', '.join(sorted(wrong))}."
        )
    if "folder" in known:
        parameters["folder"] = folder
    try:
        return make(**parameters)
    except (TypeError, ValueError) as error:
        if isinstance(error, SoftfieldError):
            raise
        raise InvalidPotentialError(
            f"the parameters of the potential {kind} are not the numbers or tables that it "
            f"needs ({error})."
        ) from error


def _table_from_file(
    file: str, folder: str | os.PathLike[str], truncation: str = "smooth"
) -> PairPotential:
    path = Path(folder) / file
    try:
        columns = np.loadtxt(path, ndmin=2)
    except (OSError, ValueError) as error:
        raise FileFormatError(f"{path} cannot be read as a table of numbers: {error}") from error
    if columns.shape[1] != 2:
        raise FileFormatError(
            f"{path} has {columns.shape[1]} columns; a table needs two, r and phi."
        )
    return potential_from_table(columns[:, 0], columns[:, 1], truncation)


_KINDS: dict[str, Callable[..., PairPotential]] = {
    "inverse_powers": inverse_powers,
    "lennard_jones": lennard_jones,
    "harmonic_contacts": harmonic_contacts,
    "hertzian_contacts": hertzian_contacts,
    "table": _table_from_file,
}


def check_derivatives(law: Law, lowest: float, highest: float, points: int = 40) -> None:
    """Raise InvalidPotentialError unless f', f'', f''' are the derivatives they claim to be.

    Central differences at two steps, Richardson-extrapolated, between ``lowest`` and
    ``highest`` (excluded).
    """
    if not 0 < lowest < highest or not np.isfinite(highest):
        raise InvalidPotentialError(
            f"derivatives cannot be checked between {lowest:g} and {highest:g}; give "
            "0 < check_from < cutoff."
        )
    x = lowest + (highest - lowest) * (np.arange(points) + 0.5) / points
    values = law(x)
    if values.shape != (4, points) or not np.isfinite(values).all():
        raise InvalidPotentialError(
            f"the function must return phi, phi', phi'' and phi''', four arrays of finite "
            f"numbers, between {lowest:.4g} and {highest:.4g}; raise check_from if it is not "
            "meant for such short distances."
        )
    step = 2e-3 * np.minimum(x, highest - x)
    coarse, fine = [(law(x + h)[:3] - law(x - h)[:3]) / (2 * h) for h in (step, step / 2)]
    difference = (4 * fine - coarse) / 3
    scale = np.abs(values[1:]) + np.abs(values[:3]) / np.minimum(x, highest - x) + 1e-300
    error = np.abs(difference - values[1:]) / scale
    if error.max() > DERIVATIVE_TOLERANCE:
        order, worst = np.unravel_index(int(np.argmax(error)), error.shape)
        raise InvalidPotentialError(
            f"derivative number {order + 1} of the function at r = {x[worst]:.6g} is "
            f"{values[order + 1, worst]:.8g}, but finite differences of the one before it give "
            f"{difference[order, worst]:.8g}. Check the derivatives and their signs."
        )


def _scaled(
    law: Law,
    diameters: npt.ArrayLike,
    strengths: npt.ArrayLike,
    cutoff: npt.ArrayLike,
    truncation: str,
) -> ScaledPotential:
    return ScaledPotential(
        law,
        np.asarray(diameters, dtype=np.float64),
        np.asarray(strengths, dtype=np.float64),
        np.asarray(cutoff, dtype=np.float64),
        truncation,
    )


def _one_species(law: Law, cutoff: float, truncation: str) -> ScaledPotential:
    """A law whose x is the distance itself."""
    return _scaled(law, 1.0, 1.0, cutoff, truncation)


def _by_squared_distance(f: FloatArray, x: FloatArray, s: FloatArray) -> FloatArray:
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


def _largest_factor(sizes: FloatArray, potential: PolydispersePotential) -> float:
    """Bound on s_ij / max(sizes); above 1 only for negative nonadditivity."""
    return 1.0 - min(potential.nonadditivity, 0.0) * float(np.ptp(sizes))


def _table(name: str, values: npt.ArrayLike, size: int | None = None) -> FloatArray:
    """A read-only symmetric (S, S) table; a number fills it."""
    table = np.array(values, dtype=np.float64)
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
