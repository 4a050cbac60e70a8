"""What the paper claims, and what we measured, side by side.

Zylberg, Lerner, Bar-Sinai, Bouchbinder, PNAS 114, 7289 (2017). ``CLAIMS`` is one registry: what is
claimed and in which words, the number if there is one, how it follows from the tables of a run, and
what would count as agreement. The rows, the pages and their verdicts follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .statistics.claims import (
    FOUR_DIRECTIONS,
    WIDE_TAIL,
    Measured,
    Measurements,
    of_barriers,
    of_dynamics,
    of_estimates,
    of_forces,
    of_identity,
    of_orientations,
    of_premises,
    of_scalings,
    of_signs,
    of_tails,
    one_exponent,
    one_of_each_law,
    smallest_fall,
    sum_rule,
)
from .statistics.forces import LARGE_ENERGY, LARGE_OVER_ALL, LARGE_SHARE, SPREAD
from .statistics.premises import DENSITY_OF_WAVES, MODES_APART

AGREES, DIFFERS, UNINFORMATIVE = "agrees", "differs", "uninformative"
CONSTRUCTED, TOO_FEW = "by construction", "too few"
NOT_SETTLED, NOT_MEASURED = "not settled", "not measured"

#: Verdicts that judge a claim.
DECISIVE = (AGREES, DIFFERS, CONSTRUCTED)

#: How ours is held against the paper's. NEAR: our interval reaches its value, up to a tolerance.
#: ABOVE, BELOW: our interval lies above it, or below. EQUAL, AT_LEAST, AT_MOST: what is exact, up
#: to rounding.
NEAR, ABOVE, BELOW = "near", "above", "below"
EQUAL, AT_LEAST, AT_MOST = "equal", "at least", "at most"

#: Largest deviation from an exact statement, relative to its scale, that counts as rounding.
EXACT_TOLERANCE = 1e-6

#: Exponent of the tail of p(E), Eq. 6.
TAIL_EXPONENT = 9 / 4


@dataclass(frozen=True)
class Claim:
    """A claim of the paper, and the rule by which ours is held against it.

    Attributes
    ----------
    figure : where the paper has it
    text : what is claimed and measured
    words : the paper's words or number, as it has them
    measure : tables -> measurements; None: no table has what it takes, and ``words`` say what
    paper : the paper's value; NaN where it has none
    against : what ours is held against where that is not the paper's value
    tolerance : what the paper's words leave open on either side ("about", "nearly")
    informative : an interval wider than this says nothing either way
    central : one of the five claims that the others serve
    check : an exact statement or an identity, true of any correct program
    constructed : what is measured was built so that it holds
    size : N of the paper's glasses, where the claim depends on N
    """

    figure: str
    text: str
    words: str
    measure: Callable[[Measurements], Iterable[Measured]] | None = None
    paper: float = math.nan
    against: float = math.nan
    rule: str = NEAR
    tolerance: float = 0.0
    informative: float = math.inf
    central: bool = False
    check: bool = False
    constructed: bool = False
    size: float = math.nan

    @property
    def target(self) -> float:
        return self.paper if math.isnan(self.against) else self.against


# --- the registry ---

#: Particles in the glass of Fig. 3; those of Fig. 4 are "such as the one shown" there.
_SHEARED = 10_000

_LOCALISED = "localised, omega -> 0"

#: Name -> claim.
CLAIMS: Mapping[str, Claim] = {
    "tail": Claim(
        "Fig. 2", "tail exponent of p(E), all bonds pooled", "9/4, “fully consistent”",
        partial(of_tails, sample="pooled"), TAIL_EXPONENT, informative=WIDE_TAIL, central=True,
    ),
    "tail of maxima": Claim(
        "Fig. 2", "the same, of the largest |E| per realization", "9/4",
        partial(of_tails, sample="maxima"), TAIL_EXPONENT, informative=WIDE_TAIL,
    ),
    "one exponent": Claim(
        "Fig. 2", "one exponent for all models: p-value, from the largest |E| per realization",
        "“independent of model or spatial dimension”", one_exponent, against=0.05,
        rule=AT_LEAST, central=True,
    ),
    "molecular dynamics": Claim(
        "Fig. 2, inset", "E by molecular dynamics, T → 0", "“perfect agreement” with Eq. 3",
        of_dynamics, check=True,
    ),
    "E of modes": Claim(
        "Eq. 5", "exponent p of E ~ ω^p at the cores of localised modes, for ω → 0", "−4",
        partial(of_scalings, quantity="energy", modes=_LOCALISED), -4.0, informative=2.0,
        central=True,
    ),
    "E of modes, straight": Claim(
        "Eq. 5", "the same, a straight line through all of them", "−4",
        partial(of_scalings, quantity="energy", modes="localised"), -4.0, informative=2.0,
    ),
    "f.X": Claim(
        "Eq. 4", f"median of |f·X| / |E| over all interactions of |E| ≥ {LARGE_ENERGY:g}",
        "f·X “expected to dominate”", partial(of_forces, quantity=LARGE_SHARE), against=0.5,
        rule=ABOVE,
    ),
    "c_ijj of waves": Claim(
        "Eq. 4", "exponent p of c_ijj ~ ω^p, plane waves", "3",
        partial(of_scalings, quantity="coupling", modes="plane waves"), 3.0, tolerance=0.1,
        informative=1.0, constructed=True,
    ),
    "f.Psi of waves": Claim(
        "Eq. 4", "exponent p of f·Ψ ~ ω^p, plane waves", "1",
        partial(of_scalings, quantity="pull", modes="plane waves"), 1.0, tolerance=0.01,
        informative=0.5, constructed=True,
    ),
    "c_iii of modes": Claim(
        "Eq. 4", "exponent p of c_iii ~ ω^p, localised modes", "“nearly independent” of ω",
        partial(of_scalings, quantity="coupling", modes="localised"), against=0.0, tolerance=0.25,
        informative=1.5,
    ),
    "f.Psi of modes": Claim(
        "Eq. 4", "exponent p of f·Ψ ~ ω^p, localised modes", "“nearly independent” of ω",
        partial(of_scalings, quantity="pull", modes="localised"), against=0.0, tolerance=0.25,
        informative=1.0,
    ),
    "modes apart": Claim(
        "Eq. 4", "median over glasses of |c_ijj| / |c_iii|, localised modes i, j apart",
        "“much smaller”", partial(of_premises, quantity=MODES_APART), against=0.1, rule=BELOW,
    ),
    "density of modes": Claim(
        "Eq. 6", "exponent p of D(ω) ~ ω^p below the plane waves", "4",
        partial(of_scalings, quantity="density of modes", modes="below the phonons"), 4.0,
        informative=2.0,
    ),
    "density of waves": Claim(
        "Eq. 6", "exponent p of D(ω) ~ ω^p, extended modes, as the plane waves of the box have it",
        "d − 1 (Debye)", partial(of_premises, quantity=DENSITY_OF_WAVES), against=1.0,
        tolerance=0.25, informative=1.0,
    ),
    "characteristic force": Claim(
        "Eq. 6", "99 % quantile of |f| over its median, all interactions: within a decade",
        "“a characteristic value”", partial(of_forces, quantity=SPREAD), against=10.0, rule=BELOW,
    ),
    "force of soft pairs": Claim(
        "Eq. 6", "mean |f| of interactions of large |E| over the mean of all",
        "“a characteristic value”: that of all others, to a factor of two",
        partial(of_forces, quantity=LARGE_OVER_ALL), against=1.0, tolerance=1.0,
    ),
    "signs": Claim(
        "Fig. 3", f"share of E ≤ −{LARGE_ENERGY:g} with E ≥ {LARGE_ENERGY:g} nearby, less chance",
        "“strongly correlated in space”", of_signs, against=0.0, rule=ABOVE,
    ),
    "barriers": Claim(
        "Fig. 3", "mean log10 of the barrier of first rearrangements over 2 κ³ / (3 τ²) of the "
        "soft mode there", "“of order” ω^6 / c²", of_barriers, against=0.0, tolerance=1.0,
        informative=1.0,
    ),
    "first four events": Claim(
        "Fig. 3", "share of the first four events in the softest tenth of the area",
        "4 of 4 events of one glass overlap soft spots (that is 0.40 or more)",
        partial(of_estimates, name="lte", ordinal=4, chance=0.1,
                quantity="share of the first 4 in the softest tenth"),
        1.0, tolerance=0.6, informative=0.2, size=_SHEARED,
    ),
    "F_1(1)": Claim(
        "Fig. 4", "F_1(1), LTE: share of first events at the softest spot", "about 0.20",
        partial(of_estimates, name="lte", ordinal=1, quantity="F(1)"), 0.20, tolerance=0.025,
        informative=0.1, central=True, size=_SHEARED,
    ),
    "F_1(2)": Claim(
        "Fig. 4", "F_1(2), LTE: share of first events at spots with Δε ≤ 2", "nearly 0.70",
        partial(of_estimates, name="lte", ordinal=1, quantity="F(2)"), 0.70, tolerance=0.05,
        informative=0.15, size=_SHEARED,
    ),
    "better than chance": Claim(
        "Fig. 4", "F_1(1) of the LTE less that by chance", "“predict the loci”",
        partial(of_estimates, name="lte", ordinal=1, quantity="excess F(1)"), against=0.0,
        rule=ABOVE, size=_SHEARED,
    ),
    "smaller n": Claim(
        "Fig. 4", "fall of F_n(2) from n to n + 1, LTE; the smaller of n = 1 and 2",
        "“the smaller the n, the larger the predictive power”",
        partial(smallest_fall, quantity="fall of F(2)"), against=0.0, rule=ABOVE, size=_SHEARED,
    ),
    "LTE over modes": Claim(
        "Fig. 4", "F_1 ratio LTE / NM at the softest spot, Δε = 1", "“significantly outperforms”",
        partial(of_estimates, name="lte/nm", ordinal=1, quantity="ratio at delta_epsilon 1"),
        against=1.0, rule=ABOVE, central=True, size=_SHEARED,
    ),
    "LTE over modes, 1.5": Claim(
        "Fig. 4", "F_1 ratio LTE / NM at Δε = 1.5", "“significantly outperforms”",
        partial(of_estimates, name="lte/nm", ordinal=1, quantity="ratio at delta_epsilon 1.5"),
        against=1.0, rule=ABOVE, size=_SHEARED,
    ),
    "LTE over modes, 2": Claim(
        "Fig. 4", "F_1 ratio LTE / NM at Δε = 2", "“significantly outperforms”",
        partial(of_estimates, name="lte/nm", ordinal=1, quantity="ratio at delta_epsilon 2"),
        against=1.0, rule=ABOVE, size=_SHEARED,
    ),
    "largest F_1 ratio": Claim(
        "Fig. 4", "largest F_1 ratio LTE / NM, Δε from 1 to 3", "up to 1.85",
        partial(of_estimates, name="lte/nm", ordinal=1,
                quantity="largest ratio against delta_epsilon"),
        1.85, tolerance=0.05, informative=0.7, size=_SHEARED,
    ),
    "largest F_2 ratio": Claim(
        "Fig. 4", "largest F_2 ratio LTE / NM, Δε from 1 to 3",
        "“significantly outperforms”",
        partial(of_estimates, name="lte/nm", ordinal=2,
                quantity="largest ratio against delta_epsilon"),
        against=1.0, rule=ABOVE, size=_SHEARED,
    ),
    "largest F_3 ratio": Claim(
        "Fig. 4", "largest F_3 ratio LTE / NM, Δε from 1 to 3", "up to 3.3",
        partial(of_estimates, name="lte/nm", ordinal=3,
                quantity="largest ratio against delta_epsilon"),
        3.3, tolerance=0.05, informative=1.5, size=_SHEARED,
    ),
    "LTE over X": Claim(
        "Eq. 3", "mean percentile of first events, LTE less thermal displacement",
        "the LTE “filters out” what X shows",
        partial(of_estimates, name="lte-displacement", ordinal=1,
                quantity="difference of mean percentile"),
        against=0.0, rule=ABOVE, size=_SHEARED,
    ),
    "LTE over Debye-Waller": Claim(
        "Eq. 2", "mean percentile of first events, LTE less Debye–Waller factor",
        "the distinction “makes a qualitative difference”",
        partial(of_estimates, name="lte-debye_waller", ordinal=1,
                quantity="difference of mean percentile"),
        against=0.0, rule=ABOVE, size=_SHEARED,
    ),
    "one direction": Claim(
        "Conclusions",
        "share of softest spots (LTE) that yield first in one given direction of shear",
        "25 % of equally soft spots, a “naive estimation”",
        partial(of_orientations, quantity="softest spot yields first"), 0.25, tolerance=0.05,
        informative=0.2,
    ),
    "exactly one direction": Claim(
        "Conclusions", "the same, in exactly one of four directions 45 degrees apart",
        "no number; all of them, if orientation were all that counts",
        partial(of_orientations, quantity="softest spot yields first in 1 of 4",
                directions=FOUR_DIRECTIONS),
        against=1.0,
        informative=0.2,
    ),
    "some direction": Claim(
        "Conclusions", "the same, in one or more of the four",
        "no number; all of them, if orientation were all that counts",
        partial(of_orientations, quantity="softest spot yields first in any",
                directions=FOUR_DIRECTIONS),
        against=1.0,
        informative=0.2,
    ),
    "polarity": Claim(
        "Conclusions",
        "mean cos 2a, with a the angle between the predicted orientation of the soft mode at a "
        "first event and the direction in which it yielded",
        "“characterized by orientation and polarity”",
        partial(of_orientations, quantity="polarity", chance=0.0), against=0.0, rule=ABOVE,
    ),
    "angle": Claim(
        "Conclusions",
        "share of these angles below 15 degrees, against that of random orientations",
        "“characterized by orientation and polarity”",
        partial(of_orientations, quantity="angle 0 to 15", chance=1 / 6), against=1 / 6,
        rule=ABOVE,
    ),
    "sum rule": Claim(
        "Eq. 1", "sum of E over pairs / (dN − d), worst realization", "1", sum_rule, 1.0,
        rule=EQUAL, check=True,
    ),
    "Eq. 4": Claim(
        "Eq. 4", "double sum over modes against f·X of Eq. 3, largest relative difference", "0",
        partial(of_identity, column="double_sum_error", worst="max", value=0.0), 0.0, rule=EQUAL,
        check=True,
    ),
    "Eq. 4, both sums": Claim(
        "Eq. 4", "both sums over modes against E of Eq. 3, largest relative difference", "0",
        partial(of_identity, column="mode_sum_error", worst="max", value=0.0), 0.0, rule=EQUAL,
        check=True,
    ),
    "equipartition": Claim(
        "Eq. 1", "sum of the harmonic part / (dN − d)", "1",
        partial(of_identity, column="harmonic_sum", worst="worst", value=1.0), 1.0, rule=EQUAL,
        check=True,
    ),
    "no stress, smallest": Claim(
        "ref. 38", "smallest E in a network without stress", "≥ 0",
        partial(of_identity, column="smallest_at_rest", worst="min", value=0.0), 0.0, rule=AT_LEAST,
        check=True,
    ),
    "no stress, largest": Claim(
        "ref. 38", "largest E in a network without stress", "≤ 1",
        partial(of_identity, column="largest_at_rest", worst="max", value=1.0), 1.0, rule=AT_MOST,
        check=True,
    ),
}  # fmt: skip

COLUMNS = ("claim", "figure", "quantity", "ensemble", "n_particles", "n_realizations", "words",
           "paper", "against", "measured", "lower", "upper", "chance", "rule", "tolerance",
           "informative", "verdict", "needs", "reason")  # fmt: skip

_KINDS = ("summaries", "fits", "estimates", "scalings", "identities", "dynamics", "forces",
          "orientations", "premises", "barriers")  # fmt: skip


def compare_with_paper(
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    min_realizations: int,
    laws: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A row for every claim of the paper and every ensemble that bears on it.

    Parameters
    ----------
    tables : kind -> ensemble -> table
        ``summaries`` of the realizations, ``fits`` of tails, ``estimates`` of the prediction,
        ``scalings`` (fits), ``identities``, ``dynamics`` (pair energies), ``shares`` (of f.X),
        ``forces`` (scaled by their mean), ``orientations``, ``premises``, ``barriers``; what
        is left out has no rows.
    min_realizations : int
        Below this number the verdict is "too few".
    laws : by ensemble
        Name of the force law; ensembles of which it is not given have laws of their own.

    Returns
    -------
    DataFrame
        With ``COLUMNS`` (docs/statistics.md). ``paper`` has the paper's values only; ``against`` is
        what ours is held against.
    """
    given = {kind: tables.get(kind, {}) for kind in _KINDS}
    sizes = {
        name: float(table["n_particles"].max())
        for name, table in given["summaries"].items()
        if "n_particles" in table  # none of its glasses came so far, otherwise
    }
    of_laws = one_of_each_law(given["fits"], sizes, laws or {})
    known: Measurements = {**given, "one_of_each_law": of_laws}
    rows = []
    for name, claim in CLAIMS.items():
        head = {"claim": name, "figure": claim.figure, "words": claim.words, "paper": claim.paper,
                "rule": claim.rule, "tolerance": claim.tolerance}  # fmt: skip
        measured = list(claim.measure(known)) if claim.measure else []
        if not measured and not claim.check:
            reason = "no ensemble of this run bears on it" if claim.measure else ""
            rows.append({**head, "quantity": claim.text, "ensemble": "", "verdict": NOT_MEASURED,
                         "reason": reason})  # fmt: skip
        rows += [{**head, **_row(claim, found, min_realizations)} for found in measured]
    compared = pd.DataFrame(rows, columns=list(COLUMNS))
    compared["n_particles"] = compared["ensemble"].map(sizes)
    return compared


def _row(claim: Claim, found: Measured, min_realizations: int) -> dict[str, object]:
    verdict, needs, reason = judge(claim, found, min_realizations)
    return {
        "quantity": f"{claim.text}: {found.detail}" if found.detail else claim.text,
        "ensemble": found.ensemble, "n_realizations": found.n_realizations,
        "against": _target(claim, found), "measured": found.value, "lower": found.lower,
        "upper": found.upper, "chance": found.chance, "informative": _informative(claim, found),
        "verdict": verdict, "needs": needs, "reason": reason,
    }  # fmt: skip


# --- the rule of the verdicts ---

#: Claims that are judged by an interval; one in 20 of these would miss the value by chance.
_BY_INTERVAL = sum(
    not claim.check and claim.rule in (NEAR, ABOVE, BELOW) for claim in CLAIMS.values()
)

#: How much wider than 95 % an interval has to be to decide: all that decide are right then, with
#: a probability of 95 % (Bonferroni, normal errors).
SURER = float(ndtri(1 - 0.025 / _BY_INTERVAL) / ndtri(1 - 0.025))


def _target(claim: Claim, found: Measured) -> float:
    return claim.target if math.isnan(found.against) else found.against


def _informative(claim: Claim, found: Measured) -> float:
    return claim.informative if math.isnan(found.informative) else found.informative


def judge(claim: Claim, found: Measured, min_realizations: int) -> tuple[str, float, str]:
    """Verdict, number of realizations that it needs (NaN where that is not the point), reason."""
    target, width = _target(claim, found), found.upper - found.lower
    if not found.enough or (not claim.check and found.n_realizations < min_realizations):
        wanted = _needed(found.n_realizations, width / _informative(claim, found))
        at_least = wanted if wanted > min_realizations else float(min_realizations)
        reason = found.reason or f"fewer than {min_realizations} realizations"
        return TOO_FEW, at_least if at_least > found.n_realizations else math.nan, reason
    if not found.settled:
        return NOT_SETTLED, math.nan, found.reason
    if claim.rule in (EQUAL, AT_LEAST, AT_MOST):
        away = found.value - target
        broken = {EQUAL: abs(away), AT_LEAST: -away, AT_MOST: away}[claim.rule]
        return (AGREES if broken <= EXACT_TOLERANCE else DIFFERS), math.nan, ""
    if math.isnan(width):
        return TOO_FEW, math.nan, found.reason or "the table has no interval"
    lower, upper = _deciding_interval(claim, found)
    if claim.rule in (ABOVE, BELOW):
        sign = 1.0 if claim.rule == ABOVE else -1.0
        near, far = sorted((sign * (lower - target), sign * (upper - target)))
        if near >= 0:
            return AGREES, math.nan, ""
        if far < 0:
            return DIFFERS, math.nan, ""
        away = abs(found.value - target)
        ratio = 0.5 * (upper - lower) / away if away > 0 else math.inf
        return UNINFORMATIVE, _needed(found.n_realizations, ratio), "the interval has it inside"
    lowest, highest = target - claim.tolerance, target + claim.tolerance
    if lower > highest or upper < lowest:
        return DIFFERS, math.nan, ""
    if found.lower > highest or found.upper < lowest:
        short = (found.value - lower) / (found.value - highest)
        if found.value < target:
            short = (upper - found.value) / (lowest - found.value)
        by_chance = "outside of the interval, as some of so many are by chance"
        return UNINFORMATIVE, _needed(found.n_realizations, short), by_chance
    if width > _informative(claim, found):
        wanted = _needed(found.n_realizations, width / _informative(claim, found))
        wide = f"the interval is wider than {_informative(claim, found):.3g}"
        return UNINFORMATIVE, wanted if not claim.check else math.nan, wide
    return (CONSTRUCTED if claim.constructed else AGREES), math.nan, ""


def _deciding_interval(claim: Claim, found: Measured) -> tuple[float, float]:
    """The interval that decides."""
    wider = 1.0 if claim.check else SURER
    return (
        found.value - wider * (found.value - found.lower),
        found.value + wider * (found.upper - found.value),
    )


def _needed(n_realizations: int, ratio: float) -> float:
    """Realizations with which an interval is narrower by ``ratio``: it shrinks as 1 / sqrt(n)."""
    if not 1.0 < ratio < 1e3:
        return math.nan
    number = n_realizations * ratio**2
    unit = 10.0 ** math.floor(math.log10(number))
    return math.ceil(number / unit) * unit


def one_row_each(compared: pd.DataFrame) -> pd.DataFrame:
    """One row per claim, from the ensemble that can judge it best; checks are left out.

    That is the one with the narrowest interval among those whose verdict judges the claim; of a
    claim that depends on N, the one nearest to the paper's N that is not too few. ``elsewhere``
    says what the others give.
    """
    rows = []
    for name, claim in CLAIMS.items():
        found = compared[compared["claim"] == name]
        if claim.check or found.empty:
            continue
        sized = not math.isnan(claim.size)
        judging = found["verdict"].isin(DECISIVE) if not sized else found["verdict"].ne(TOO_FEW)
        pool = found[judging] if judging.any() else found
        away = np.abs(np.log(pool["n_particles"].astype(float) / claim.size)) if sized else 0.0
        width = (pool["upper"].astype(float) - pool["lower"].astype(float)).fillna(np.inf)
        number = -pool["n_realizations"].astype(float).fillna(0)
        ordered = pool.assign(away=away, width=width, number=number)
        best = ordered.sort_values(["away", "width", "number"]).index[0]
        others = found.drop(index=best)
        elsewhere = ", ".join(
            f"{verdict} ({', '.join(part['ensemble'])})"
            for verdict, part in others.groupby("verdict", sort=False)
        )
        rows.append({**found.loc[best].to_dict(), "elsewhere": elsewhere})
    return pd.DataFrame(rows, columns=[*COLUMNS, "elsewhere"])


# --- the pages ---

VERDICT_RULE = (
    "*agrees*: our 95 % interval reaches the paper's value, up to what its words leave open "
    "(`tolerance`), and is not wider than a size fixed for each claim (`informative`); for "
    "“larger than” it lies above it, for “smaller” below. *differs*: it does not. Both *differs* "
    f"and “larger” ask for an interval {SURER - 1:.0%} wider, so that of {_BY_INTERVAL} claims "
    "none is decided by chance, in 19 of 20 tables. *uninformative*: neither. *by construction*: "
    "what was measured was built so. "
    "*not settled*: the exponent still drifts with the number of glasses or along the tail. "
    "*too few*: fewer than {min_realizations} realizations, or too few events, modes or plane "
    "waves; or no interval; for one exponent of all models, an exponent whose interval is wider "
    "than 1. *needs about* n: so many realizations that have what is measured, as the table counts "
    "them, since intervals shrink with 1/√n. "
    "*By chance*: the same events at the spots of other glasses. Exact statements hold up to "
    f"{EXACT_TOLERANCE:g}; energies by molecular dynamics are of one glass, with 1.96 standard "
    "errors. The paper does not give N for its Fig. 4; the glass of its Fig. 3 has "
    f"N = {_SHEARED:,}. docs/statistics.md has the intervals."
)


def claims_markdown(compared: pd.DataFrame, central: bool = False) -> str:
    """The table with one row per claim, all of them or the central five."""
    rows = one_row_each(compared)
    if central:
        rows = rows[rows["claim"].map(lambda name: CLAIMS[name].central)]
    head = "| claim | paper | measured | by chance | glasses | verdict | elsewhere |"
    lines = [head, "|" + "---|" * 7]
    for _, row in rows.iterrows():
        cells = (_quantity(row), row["words"], _measured_words(row), _chance_words(row),
                 _glasses(row), _verdict_words(row), row["elsewhere"] or "—")  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_markdown(
    compared: pd.DataFrame, min_realizations: int, beyond: pd.DataFrame | None = None
) -> str:
    """The comparison as a page in Markdown: central claims, one row each, every ensemble.

    ``beyond`` (:func:`beyond_the_paper`) follows without verdicts, where it has rows.
    """
    long = ["| figure | quantity | ensemble | N | realizations | paper | measured | by chance "
            "| verdict |", "|" + "---|" * 9]  # fmt: skip
    for _, row in compared.iterrows():
        cells = (row["figure"], _quantity(row), row["ensemble"] or "—", _number(row["n_particles"]),
                 _number(row["n_realizations"]), row["words"], _measured_words(row),
                 _chance_words(row), _verdict_words(row))  # fmt: skip
        long.append("| " + " | ".join(cells) + " |")
    return "\n".join([
        "# Paper versus measured", "", "## Five central claims", "",
        claims_markdown(compared, central=True), "", "## One claim, one row", "",
        "From the ensemble that can judge it best; a claim on events, which depends on N, from the "
        f"one nearest to N = {_SHEARED:,}.", "", claims_markdown(compared), "",
        "## Every ensemble", "", *long, "",
        VERDICT_RULE.format(min_realizations=min_realizations), "",
        *([] if beyond is None or beyond.empty else _beyond_lines(beyond)),
    ])  # fmt: skip


def _beyond_lines(beyond: pd.DataFrame) -> list[str]:
    head = "| quantity | ensemble | N | events | glasses | measured | by chance |"
    lines = ["## Beyond the paper", "",
             "The paper asks whether its prediction persists at temperatures and rates; it has no "
             "values, so there are no verdicts.", "", head, "|" + "---|" * 7]  # fmt: skip
    for _, row in beyond.iterrows():
        measured = _measured_words(pd.Series({**row, "rule": NEAR, "verdict": ""}))
        cells = (row["quantity"], row["ensemble"], _number(row["n_particles"]),
                 _number(row["n_events"]), _number(row["n_realizations"]), measured,
                 _chance_words(row))  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _quantity(row: pd.Series) -> str:
    return str(row["quantity"]).replace("|", "\\|")


def _number(value: float) -> str:
    return "—" if pd.isna(value) else f"{int(value):,}"


def _glasses(row: pd.Series) -> str:
    if pd.isna(row["n_realizations"]):
        return "—"
    size = "" if pd.isna(row["n_particles"]) else f", N = {int(row['n_particles']):,}"
    return f"{_number(row['n_realizations'])} of {row['ensemble']}{size}"


def _measured_words(row: pd.Series) -> str:
    """The value and its interval; of an exact statement how far it is off."""
    if pd.isna(row["measured"]):
        return "—"
    if row["rule"] == EQUAL:
        return f"off by {abs(row['measured'] - row['against']):.1g}"
    if pd.isna(row["lower"]) or row["verdict"] == TOO_FEW:
        return f"{row['measured']:.3g}"
    return f"{row['measured']:.3g} ({row['lower']:.3g} to {row['upper']:.3g})"


def _chance_words(row: pd.Series) -> str:
    return "—" if pd.isna(row["chance"]) else f"{row['chance']:.2g}"


def _verdict_words(row: pd.Series) -> str:
    words = [str(row["verdict"])]
    if pd.notna(row["needs"]):
        words.append(f"needs about {int(row['needs']):,}")
    elif row["verdict"] == NOT_SETTLED:
        words.append(str(row["reason"]))
    return ": ".join(words).replace("|", "\\|")
