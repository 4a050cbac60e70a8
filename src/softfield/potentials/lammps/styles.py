"""The pair styles of LAMMPS that are a sum over pairs: one registry, name -> law.

A style is a :class:`PairStyle`: the words of its ``pair_style`` and ``pair_coeff``, its
force law with three derivatives, how it mixes, and what it does with ``shift`` and
``tail``. Adding one is one entry of ``STYLES``; names, documentation and errors follow.
Laws are those of the LAMMPS manual, in the script's units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...glass import FloatArray
from ..radial import exponential, gaussian, polynomial, power, product

#: Parameters of one pair of types, by name.
Values = dict[str, float]

#: What a law takes: the same, or arrays (P,) for contacts of particles with their own radii.
Parameters = Mapping[str, Any]

#: Distances (P,) and parameters -> (4, P) of phi, phi', phi'' and phi''' in r.
StyleLaw = Callable[[FloatArray, Parameters], FloatArray]


# --- mixing ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mixing:
    """The rule of ``pair_modify mix``: geometric, arithmetic or sixthpower."""

    rule: str = "geometric"

    def distance(self, a: float, b: float) -> float:
        """A length between two types."""
        if self.rule == "arithmetic":
            return 0.5 * (a + b)
        if self.rule == "sixthpower":
            return math.pow(0.5 * (math.pow(a, 6.0) + math.pow(b, 6.0)), 1.0 / 6.0)
        return math.sqrt(a * b)

    def energy(self, a: float, b: float, size_a: float, size_b: float) -> float:
        """An energy between two types of some size."""
        if self.rule == "sixthpower":
            cubes = math.pow(size_a, 3.0) * math.pow(size_b, 3.0)
            return 2.0 * math.sqrt(a * b) * cubes / (math.pow(size_a, 6.0) + math.pow(size_b, 6.0))
        return math.sqrt(a * b)


Mix = Callable[[Values, Values, Mixing], Values]


def _mixed_by_size(energy: str, size: str, *others: str) -> Mix:
    """Energy by the rule for energies, with a size; the size and other names as lengths."""

    def mix(a: Values, b: Values, mixing: Mixing) -> Values:
        result = {name: mixing.distance(a[name], b[name]) for name in (size, *others)}
        result[energy] = mixing.energy(a[energy], b[energy], a[size], b[size])
        return result

    return mix


def _mixed_expand(a: Values, b: Values, mixing: Mixing) -> Values:
    shift = 0.5 * (a["delta"] + b["delta"])
    return _mixed_by_size("epsilon", "sigma", "cut")(a, b, mixing) | {"delta": shift}


def _mixed_class2(a: Values, b: Values, mixing: Mixing) -> Values:
    """Sixth powers whatever ``pair_modify`` says, but for the cutoff."""
    sixth = _mixed_by_size("epsilon", "sigma")(a, b, Mixing("sixthpower"))
    return sixth | {"cut": mixing.distance(a["cut"], b["cut"])}


def _mixed_yukawa(a: Values, b: Values, mixing: Mixing) -> Values:
    return {
        "A": mixing.energy(a["A"], b["A"], 1.0, 1.0),
        "cut": mixing.distance(a["cut"], b["cut"]),
    }


def _mixed_soft(a: Values, b: Values, mixing: Mixing) -> Values:
    """The prefactor is geometric whatever ``pair_modify`` says."""
    return {"A": math.sqrt(a["A"] * b["A"]), "cut": mixing.distance(a["cut"], b["cut"])}


def _sign(value: float) -> float:
    return 1.0 if value >= 0 else -1.0


def _mixed_gauss(a: Values, b: Values, mixing: Mixing) -> Values:
    """Widths mix as lengths; a repulsive type (A < 0) makes the pair repulsive."""
    wide = [math.sqrt(0.5 / abs(one["B"])) for one in (a, b)]
    width = mixing.distance(*wide)
    depth = mixing.energy(abs(a["A"]), abs(b["A"]), *wide)
    return {
        "A": min(_sign(a["A"]), _sign(b["A"])) * depth,
        "B": max(_sign(a["B"]), _sign(b["B"])) * 0.5 / width**2,
        "cut": mixing.distance(a["cut"], b["cut"]),
    }


def _mixed_gauss_cut(a: Values, b: Values, mixing: Mixing) -> Values:
    height = mixing.energy(abs(a["H"]), abs(b["H"]), abs(a["sigma_h"]), abs(b["sigma_h"]))
    lengths = {n: mixing.distance(a[n], b[n]) for n in ("r_mh", "sigma_h", "cut")}
    return lengths | {"H": max(_sign(a["H"]), _sign(b["H"])) * height}


# --- laws -----------------------------------------------------------------------------------


# Sums of powers, as pairs (n, c) of c r^-n; the tails need them too.


def _lj_terms(p: Parameters) -> list[tuple[float, float]]:
    e, s = 4 * p["epsilon"], p["sigma"]
    return [(12, e * s**12), (6, -e * s**6)]


def _lj96_terms(p: Parameters) -> list[tuple[float, float]]:
    e, s = 4 * p["epsilon"], p["sigma"]
    return [(9, e * s**9), (6, -e * s**6)]


def _class2_terms(p: Parameters) -> list[tuple[float, float]]:
    e, s = p["epsilon"], p["sigma"]
    return [(9, 2 * e * s**9), (6, -3 * e * s**6)]


def _mie_terms(p: Parameters) -> list[tuple[float, float]]:
    n, m, s = p["gamma_R"], p["gamma_A"], p["sigma"]
    e = p["epsilon"] * n / (n - m) * (n / m) ** (m / (n - m))
    return [(n, e * s**n), (m, -e * s**m)]


def _nm_terms(p: Parameters) -> list[tuple[float, float]]:
    n, m, s = p["n"], p["m"], p["r0"]
    e = p["E0"] / (n - m)
    return [(n, e * m * s**n), (m, -e * n * s**m)]


def _lennard_jones(r: FloatArray, p: Parameters) -> FloatArray:
    """4 epsilon [(sigma/r)^12 - (sigma/r)^6]"""
    (n, repulsion), (m, attraction) = _lj_terms(p)
    return power(r, -n, repulsion) + power(r, -m, attraction)


def _lj96(r: FloatArray, p: Parameters) -> FloatArray:
    """4 epsilon [(sigma/r)^9 - (sigma/r)^6]"""
    (n, repulsion), (m, attraction) = _lj96_terms(p)
    return power(r, -n, repulsion) + power(r, -m, attraction)


def _class2(r: FloatArray, p: Parameters) -> FloatArray:
    """epsilon [2 (sigma/r)^9 - 3 (sigma/r)^6]"""
    (n, repulsion), (m, attraction) = _class2_terms(p)
    return power(r, -n, repulsion) + power(r, -m, attraction)


def _linearly_shifted(law: StyleLaw) -> StyleLaw:
    """phi(r) - phi(r_c) - (r - r_c) phi'(r_c)"""

    def shifted(r: FloatArray, p: Parameters) -> FloatArray:
        edge = law(np.atleast_1d(p["cut"]), p)
        return law(r, p) - polynomial(r - p["cut"], edge[0], edge[1])

    return shifted


def _lj_smooth(r: FloatArray, p: Parameters) -> FloatArray:
    """lj/cut up to the inner cutoff, then a force cubic in r that ends with zero slope"""
    inner, width = p["inner"], p["cut"] - p["inner"]
    if width == 0:
        return _lennard_jones(r, p)
    edge = _lennard_jones(np.atleast_1d(inner), p)
    f1, f2 = -edge[1], -edge[2]  # the force and its slope
    f3 = -(3.0 / width**2) * (f1 + 2.0 / 3.0 * f2 * width)
    f4 = -1.0 / (3.0 * width**2) * (f2 + 2.0 * f3 * width)
    outer = polynomial(r - inner, edge[0], -f1, -f2 / 2, -f3 / 3, -f4 / 4)
    return np.where(r < inner, _lennard_jones(r, p), outer)


def _lj_gromacs(r: FloatArray, p: Parameters) -> FloatArray:
    """lj/cut plus S(r), so that energy, force and its slope vanish at the cutoff"""
    inner, width = p["inner"], p["cut"] - p["inner"]
    edge = _lennard_jones(np.atleast_1d(p["cut"]), p)
    c = -edge[0] + 0.5 * width * edge[1] - width**2 * edge[2] / 12.0
    a = b = np.zeros(1)
    if width > 0:
        a = (-3.0 * edge[1] + width * edge[2]) / width**2
        b = (2.0 * edge[1] - width * edge[2]) / width**3
    switch = polynomial(np.maximum(r - inner, 0.0), c, 0.0, 0.0, a / 3, b / 4)
    switch[1:] *= r > inner  # the third derivative starts with a jump
    return _lennard_jones(r, p) + switch


def _lj_expand(r: FloatArray, p: Parameters) -> FloatArray:
    """4 epsilon [(sigma/(r - Delta))^12 - (sigma/(r - Delta))^6], r < r_c + Delta"""
    return _lennard_jones(r - p["delta"], p)


def _mie(r: FloatArray, p: Parameters) -> FloatArray:
    """C epsilon [(sigma/r)^gamma_R - (sigma/r)^gamma_A]"""
    (n, repulsion), (m, attraction) = _mie_terms(p)
    return power(r, -n, repulsion) + power(r, -m, attraction)


def _nm(r: FloatArray, p: Parameters) -> FloatArray:
    """E0 / (n - m) [m (r0/r)^n - n (r0/r)^m]"""
    (n, repulsion), (m, attraction) = _nm_terms(p)
    return power(r, -n, repulsion) + power(r, -m, attraction)


def _morse(r: FloatArray, p: Parameters) -> FloatArray:
    """D0 [exp(-2 alpha (r - r0)) - 2 exp(-alpha (r - r0))]"""
    depth, rate, t = p["D0"], p["alpha"], r - p["r0"]
    return exponential(t, 2 * rate, depth) - exponential(t, rate, 2 * depth)


def _yukawa(r: FloatArray, p: Parameters) -> FloatArray:
    """A exp(-kappa r) / r"""
    return product(exponential(r, p["kappa"], p["A"]), power(r, -1))


def _buckingham(r: FloatArray, p: Parameters) -> FloatArray:
    """A exp(-r/rho) - C / r^6"""
    return exponential(r, 1.0 / p["rho"], p["A"]) - power(r, -6, p["C"])


def _born(r: FloatArray, p: Parameters) -> FloatArray:
    """A exp((sigma - r)/rho) - C / r^6 + D / r^8"""
    repulsion = exponential(r - p["sigma"], 1.0 / p["rho"], p["A"])
    return repulsion - power(r, -6, p["C"]) + power(r, -8, p["D"])


def _soft(r: FloatArray, p: Parameters) -> FloatArray:
    """A [1 + cos(pi r / r_c)]"""
    k = np.pi / p["cut"]
    c, s = np.cos(k * r), np.sin(k * r)
    return p["A"] * np.array([1 + c, -k * s, -(k**2) * c, k**3 * s])


def _gauss(r: FloatArray, p: Parameters) -> FloatArray:
    """-A exp(-B r^2)"""
    return -p["A"] * gaussian(r, p["B"])


def _gauss_cut(r: FloatArray, p: Parameters) -> FloatArray:
    """H / (sigma_h sqrt(2 pi)) exp[-(r - r_mh)^2 / (2 sigma_h^2)]"""
    height = p["H"] / (math.sqrt(2 * math.pi) * p["sigma_h"])
    return height * gaussian(r, 0.5 / p["sigma_h"] ** 2, p["r_mh"])


def _harmonic(r: FloatArray, p: Parameters) -> FloatArray:
    """K (r - r_c)^2"""
    return polynomial(r - p["cut"], 0.0, 0.0, p["K"])


def _hooke(r: FloatArray, p: Parameters) -> FloatArray:
    """K_n/2 (R_i + R_j - r)^2"""
    return polynomial(r - p["contact"], 0.0, 0.0, 0.5 * p["K_n"])


def _hertz(r: FloatArray, p: Parameters) -> FloatArray:
    """(2/5) K_n sqrt(R_i R_j / (R_i + R_j)) (R_i + R_j - r)^(5/2)"""
    # The tiny overlap is that of a pair exactly at contact, which the range leaves out.
    overlap = np.maximum(p["contact"] - r, np.finfo(float).tiny)
    rows = power(overlap, 2.5, 0.4 * p["K_n"] * np.sqrt(p["reduced"]))
    rows[1::2] *= -1.0
    return rows


def _zero(r: FloatArray, p: Parameters) -> FloatArray:
    """nothing, within a cutoff"""
    return np.zeros((4, len(r)))


# --- tails ----------------------------------------------------------------------------------

#: Parameters -> the integrals of phi r^2 and of phi' r^3 from the cutoff to infinity.
Tail = Callable[[Values], tuple[float, float]]


def _tail_of_powers(terms: Callable[[Values], list[tuple[float, float]]]) -> Tail:
    """For phi = sum of c x^-n with x = r - Delta; terms gives (n, c)."""

    def tail(p: Values) -> tuple[float, float]:
        energy = virial = 0.0
        cut, shift = p["cut"], p.get("delta", 0.0)
        for n, c in terms(p):
            for k in range(3):
                weight = math.comb(2, k) * shift ** (2 - k)
                energy += weight * c * cut ** (k + 1 - n) / (n - k - 1)
            for k in range(4):
                weight = math.comb(3, k) * shift ** (3 - k)
                virial -= weight * n * c * cut ** (k - n) / (n - k)
        return energy, virial

    return tail


def _with_exponential(powers: Tail, origin: str = "") -> Tail:
    """Adds A exp((r0 - r)/rho) to a tail of powers."""

    def tail(p: Values) -> tuple[float, float]:
        energy, virial = powers(p)
        rho, cut = p["rho"], p["cut"]
        value = p["A"] * math.exp(((p[origin] if origin else 0.0) - cut) / rho)
        energy += value * rho * (cut**2 + 2 * rho * cut + 2 * rho**2)
        virial -= value * (cut**3 + 3 * rho * cut**2 + 6 * rho**2 * cut + 6 * rho**3)
        return energy, virial

    return tail


# --- the registry ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PairStyle:
    """One pair style.

    Attributes
    ----------
    settings : names of the numbers of ``pair_style``, in order
    coefficients : names of the numbers of ``pair_coeff``, in order
    cutoffs : names of the numbers that may end ``pair_coeff``, all or none; without them
        those of ``pair_style`` hold
    law : force law
    mix : parameters of a pair of types from those of each with itself; None: not mixed
    shift : whether ``pair_modify shift yes`` subtracts phi(r_c)
    shifted_by : the law that it evaluates at the range, where that is another one
    tail : integrals beyond the cutoff, where ``pair_modify tail yes`` adds them
    reach : parameters that add up to the range
    positive : parameters that must be positive
    granular : parameters come from the radii of the particles
    """

    settings: tuple[str, ...]
    coefficients: tuple[str, ...]
    law: StyleLaw
    mix: Mix | None = None
    cutoffs: tuple[str, ...] = ("cut",)
    shift: bool = True
    shifted_by: StyleLaw | None = None
    tail: Tail | None = None
    reach: tuple[str, ...] = ("cut",)
    positive: tuple[str, ...] = ()
    granular: bool = False

    @property
    def formula(self) -> str:
        return " ".join((self.law.__doc__ or "").split())


_LJ_MIX = _mixed_by_size("epsilon", "sigma", "cut")
_LJ_INNER_MIX = _mixed_by_size("epsilon", "sigma", "inner", "cut")
_LJ = ("epsilon", "sigma")
_GRAN = ("K_n", "K_t", "gamma_n", "gamma_t", "x_mu", "dampflag")

_smooth_linear_lj = _linearly_shifted(_lennard_jones)
_smooth_linear_lj.__doc__ = "phi(r) - phi(r_c) - (r - r_c) phi'(r_c) with phi of lj/cut"
_smooth_linear_morse = _linearly_shifted(_morse)
_smooth_linear_morse.__doc__ = "phi(r) - phi(r_c) - (r - r_c) phi'(r_c) with phi of morse"


def _granular(law: StyleLaw) -> PairStyle:
    return PairStyle(_GRAN, (), law, cutoffs=(), shift=False, reach=("contact",), granular=True)


#: Every pair style that is read, without the suffixes of accelerated versions; ``table``,
#: ``hybrid`` and its kin, ``none`` are apart.
STYLES: dict[str, PairStyle] = {
    "lj/cut": PairStyle(
        ("cut",), _LJ, _lennard_jones, _LJ_MIX, tail=_tail_of_powers(_lj_terms)
    ),
    "lj96/cut": PairStyle(("cut",), _LJ, _lj96, _LJ_MIX, tail=_tail_of_powers(_lj96_terms)),
    "lj/class2": PairStyle(
        ("cut",), _LJ, _class2, _mixed_class2, tail=_tail_of_powers(_class2_terms)
    ),
    "lj/smooth": PairStyle(
        ("inner", "cut"), _LJ, _lj_smooth, _LJ_INNER_MIX, ("inner", "cut"), positive=("inner",)
    ),
    "lj/smooth/linear": PairStyle(("cut",), _LJ, _smooth_linear_lj, _LJ_MIX, shift=False),
    "lj/gromacs": PairStyle(
        ("inner", "cut"), _LJ, _lj_gromacs, _LJ_INNER_MIX, ("inner", "cut"), shift=False,
        positive=("inner",),
    ),
    "lj/expand": PairStyle(
        ("cut",), (*_LJ, "delta"), _lj_expand, _mixed_expand, reach=("cut", "delta"),
        shifted_by=_lennard_jones,  # LAMMPS forgets Delta there
        tail=_tail_of_powers(_lj_terms),
    ),
    "mie/cut": PairStyle(
        ("cut",), (*_LJ, "gamma_R", "gamma_A"), _mie,
        _mixed_by_size("epsilon", "sigma", "gamma_R", "gamma_A", "cut"),
        tail=_tail_of_powers(_mie_terms), positive=("gamma_R", "gamma_A"),
    ),
    "nm/cut": PairStyle(
        ("cut",), ("E0", "r0", "n", "m"), _nm, tail=_tail_of_powers(_nm_terms)
    ),
    "morse": PairStyle(("cut",), ("D0", "alpha", "r0"), _morse),
    "morse/smooth/linear": PairStyle(
        ("cut",), ("D0", "alpha", "r0"), _smooth_linear_morse, shift=False
    ),
    "yukawa": PairStyle(("kappa", "cut"), ("A",), _yukawa, _mixed_yukawa),
    "buck": PairStyle(
        ("cut",), ("A", "rho", "C"), _buckingham, positive=("rho",),
        tail=_with_exponential(_tail_of_powers(lambda p: [(6, -p["C"])])),
    ),
    "born": PairStyle(
        ("cut",), ("A", "rho", "sigma", "C", "D"), _born, positive=("rho",),
        tail=_with_exponential(_tail_of_powers(lambda p: [(6, -p["C"]), (8, p["D"])]), "sigma"),
    ),
    "soft": PairStyle(("cut",), ("A",), _soft, _mixed_soft, shift=False),
    "gauss": PairStyle(("cut",), ("A", "B"), _gauss, _mixed_gauss),
    "gauss/cut": PairStyle(
        ("cut",), ("H", "r_mh", "sigma_h"), _gauss_cut, _mixed_gauss_cut, positive=("sigma_h",)
    ),
    "harmonic/cut": PairStyle(
        (), ("K", "cut"), _harmonic, _mixed_by_size("K", "cut"), cutoffs=(), shift=False
    ),
    "gran/hooke": _granular(_hooke),
    "gran/hooke/history": _granular(_hooke),
    "gran/hertz/history": _granular(_hertz),
    "zero": PairStyle(("cut",), (), _zero, lambda a, b, m: {"cut": m.distance(a["cut"], b["cut"])}),
}  # fmt: skip

#: LAMMPS calls the Hertzian style with history only; the short name is what people write.
STYLES["gran/hertz"] = STYLES["gran/hertz/history"]
