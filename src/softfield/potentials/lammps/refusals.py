"""Pair styles of LAMMPS that are no sum over pairs of types, and why."""

from __future__ import annotations

import re

from .lines import CALCULATOR, Line
from .styles import STYLES

#: Pattern of the style's name -> what it is, and the way out.
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r".*(coul|tip4p|dipole|slater|thole|spin|amoeba|hippo|buck6d|dielectric|ctip).*|.*/long.*|"
        r"lj/charmm.*|born/.*dsf.*|nm/cut/split.*",
        "has charges, dipoles or long-range forces, which a sum over pairs of types does not hold",
        CALCULATOR,
    ),
    (
        r"(eam|meam|adp|sw|tersoff|vashishta|edip|eim|bop|airebo|rebo|lcbop|comb|agni|atm|gw|"
        r"nb3b|polymorphic|extep|local/density|multi|threebody|mesont|mesocnt|e3b|reax|reaxff|"
        r"quip|snap|pace|mliap|pod|uf3|hdnnp|deepmd|kim|nequip|allegro|mace|nnp|aenet|smtbq|"
        r"exp6|ilp|saip|drip|kolmogorov|lebedeva|aip|dispersion|hbond)(/.*)?(bomos)?",
        "depends on more than two particles at a time",
        CALCULATOR,
    ),
    (
        r"(gayberne|resquared|body|line|tri|ylz|oxdna\d?|oxrna\d?|lj/cut/sphere|lj/expand/sphere|"
        r"cosine/squared/.*)(/.*)?",
        "acts between particles with a shape or a size of their own",
        "Give the law by potential_from_function, with sf.polydisperse for sizes",
    ),
    (
        r"granular(/.*)?",
        "chooses among many models of contacts, some with memory",
        "Where the normal force is linear or Hertzian, write gran/hooke or gran/hertz/history",
    ),
    (
        r"(dpd|edpd|mdpd|tdpd|sdpd|sph|rheo|smd|lubricate\w*|brownian|dsmc|peri|bpm|srp|list|"
        r"tracker|meso|momb|rann|python|lepton)(/.*)?",
        "is dissipative, random, hydrodynamic or bonded, or is computed by other programs",
        "Give its conservative part by potential_from_function, or use calculator_field",
    ),
)

#: Suffixes of accelerated versions of a style, the law of which is the same.
_SUFFIXES = ("opt", "omp", "gpu", "intel", "kk", "kk/host", "kk/device")

HYBRIDS = ("hybrid", "hybrid/overlay", "hybrid/scaled")


def plain_name(name: str) -> str:
    """Name of a pair style without the suffix of an accelerated version."""
    for suffix in _SUFFIXES:
        if name.endswith(f"/{suffix}"):
            return name.removesuffix(f"/{suffix}")
    return name


def is_style_name(word: str) -> bool:
    """Whether a word in the middle of ``pair_style hybrid`` begins another style."""
    name = plain_name(word)
    if name in STYLES or name in ("table", "none", *HYBRIDS):
        return True
    return any(re.fullmatch(pattern, name) for pattern, _, _ in _REASONS)


def refuse_style(line: Line, word: str) -> None:
    """Raise LammpsScriptError: why there is no such potential here, and the way out."""
    name = plain_name(word)
    for pattern, reason, way_out in _REASONS:
        if re.fullmatch(pattern, name):
            refuse = line.refuse_sum if way_out == CALCULATOR else line.refuse
            refuse(f"pair style {word} {reason}", way_out)
    known = ", ".join([*STYLES, "table", *HYBRIDS])
    line.refuse_sum(
        f"pair style {word} is not one of those that are read ({known})",
        f"Give the law by potential_from_function. {CALCULATOR}",
    )
