"""What the paper says in numbers, and what we measure, side by side.

Zylberg, Lerner, Bar-Sinai, Bouchbinder, PNAS 114, 7289 (2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

CONSISTENT, DIFFERS, TOO_FEW = "consistent", "differs", "too few data"

#: Exponent of the tail of p(E), Eq. 6.
TAIL_EXPONENT = 9 / 4

#: (ordinal, quantity, map, the paper's words, value) of Fig. 4.
PREDICTION_CLAIMS = (
    (1, "F(1)", "lte", "F_1(1), LTE: share of first events at the softest spot", 0.20),
    (1, "F(2)", "lte", "F_1(2), LTE: share of first events at spots with Δε ≤ 2", 0.70),
    (1, "largest ratio against delta_epsilon", "lte/nm", "largest F_1 ratio LTE/NM", 1.85),
    (3, "largest ratio against delta_epsilon", "lte/nm", "largest F_3 ratio LTE/NM", 3.3),
)

#: How a verdict is reached. INTERVAL: the paper's value in our bootstrap interval over
#: realizations. ERROR_BAR: in 1.96 standard errors of a measurement on one glass. EQUAL, AT_LEAST,
#: AT_MOST: exact statements, up to a tolerance.
INTERVAL, ERROR_BAR = "interval", "error bar"
EQUAL, AT_LEAST, AT_MOST = "equal", "at least", "at most"

#: Largest deviation from an exact statement, relative to its scale, that counts as rounding.
EXACT_TOLERANCE = 1e-6

#: (quantity and modes in the table of scaling fits, figure, words, exponent) of the paper.
SCALING_CLAIMS = (
    (("energy", "localised, omega -> 0"), "Eq. 5",
     "E ~ ω^p at the cores of localised modes, for ω → 0", -4.0),
    (("energy", "localised"), "Eq. 5", "the same, a straight line through all of them", -4.0),
    (("coupling", "plane waves"), "Eq. 4", "c_ijj ~ ω^p, plane waves", 3.0),
    (("pull", "plane waves"), "Eq. 4", "f·Ψ ~ ω^p, plane waves", 1.0),
    (("coupling", "localised"), "Eq. 4", "c_iii ~ ω^p, localised modes", 0.0),
    (("pull", "localised"), "Eq. 4", "f·Ψ ~ ω^p, localised modes", 0.0),
    (("density of modes", "below the phonons"), "Eq. 6", "D(ω) ~ ω^p below the plane waves", 4.0),
)  # fmt: skip

#: (column of the table of identities, worst of several, figure, words, rule, value).
IDENTITY_CLAIMS = (
    ("double_sum_error", "max", "Eq. 4",
     "double sum over modes against f·X of Eq. 3, largest relative difference", EQUAL, 0.0),
    ("mode_sum_error", "max", "Eq. 4",
     "both sums over modes against E of Eq. 3, largest relative difference", EQUAL, 0.0),
    ("harmonic_sum", "worst", "Eq. 1", "sum of the harmonic part / (dN − d)", EQUAL, 1.0),
    ("smallest_at_rest", "min", "ref. 38", "smallest E in a network without stress", AT_LEAST, 0.0),
    ("largest_at_rest", "max", "ref. 38", "largest E in a network without stress", AT_MOST, 1.0),
)  # fmt: skip

_COLUMNS = ["figure", "quantity", "ensemble", "n_realizations", "paper", "measured", "lower",
            "upper", "rule", "chance", "status"]  # fmt: skip

VERDICT_RULE = (
    "*consistent*: the paper's value lies in our 95 % interval (bootstrap over realizations), or "
    "three digits do not tell the two apart; "
    "*differs*: it does not; *too few data*: fewer than {min_realizations} realizations (or "
    "too few events, modes or plane waves) to say. *By chance*: the same events at the spots of "
    "other glasses. Exact statements (sums, Eq. 4 against Eq. 3, bounds) are consistent up to "
    f"{EXACT_TOLERANCE:g}. Energies by molecular dynamics are of one glass; their interval is "
    "1.96 standard errors from blocking about the limit of zero temperature, and the value "
    "beside it is that of Eq. 3. "
    "The paper does not give N, and its numbers come from 5,000 "
    "realizations; small ensembles do not reach the tail exponent, and the largest of many "
    "ratios is biased upwards in them (docs/statistics.md, docs/soft_spots.md)."
)


def compare_with_paper(
    summaries: Mapping[str, pd.DataFrame],
    fits: Mapping[str, pd.DataFrame],
    estimates: Mapping[str, pd.DataFrame],
    min_realizations: int,
    scalings: Mapping[str, pd.DataFrame] | None = None,
    identities: Mapping[str, pd.DataFrame] | None = None,
    dynamics: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """A row for every quantitative claim of the paper that the ensembles bear on.

    Parameters
    ----------
    summaries, fits, estimates : by ensemble
        Tables of the realizations, of the tail fits and of the prediction.
    min_realizations : int
        Below this number the verdict is "too few data".
    scalings, identities, dynamics : by ensemble
        Tables of the scaling fits, of the exact statements, and of pair energies by molecular
        dynamics, where there are any.

    Returns
    -------
    DataFrame
        Columns figure, quantity, ensemble, n_particles, n_realizations, paper, measured,
        lower, upper, rule (how the verdict is reached), chance (the same fraction of events at
        the spots of other glasses, where that means something), verdict.
    """
    rows = []
    for ensemble, table in fits.items():
        rows += [_tail_row(ensemble, fit) for _, fit in table.iterrows()]
    for ensemble, table in (dynamics or {}).items():
        rows += _dynamics_rows(ensemble, table)
    rows += _scaling_rows(scalings or {})
    for ensemble, table in estimates.items():
        rows += _prediction_rows(ensemble, table)
    for ensemble, table in summaries.items():
        if "sum_rule_error" in table:
            rows.append(_sum_rule_row(ensemble, table))
    for ensemble, table in (identities or {}).items():
        rows += _identity_rows(ensemble, table)
    sizes = {name: int(table["n_particles"].max()) for name, table in summaries.items()}
    compared = pd.DataFrame(rows, columns=_COLUMNS)
    compared.insert(3, "n_particles", compared["ensemble"].map(sizes))
    compared["verdict"] = [_verdict(row, min_realizations) for _, row in compared.iterrows()]
    return compared.drop(columns=["status"])


def as_markdown(compared: pd.DataFrame, min_realizations: int) -> str:
    """The comparison as a page in Markdown."""
    lines = [
        "# Paper versus measured",
        "",
        "| figure | quantity | ensemble | N | realizations | paper | measured | 95 % interval "
        "| by chance | verdict |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for _, row in compared.iterrows():
        cells = (
            row["figure"],
            row["quantity"].replace("|", "\\|"),
            row["ensemble"],
            f"{row['n_particles']:,}",
            f"{row['n_realizations']:,}",
            {AT_LEAST: "≥ ", AT_MOST: "≤ "}.get(row["rule"], "") + f"{row['paper']:.3g}",
            _measured_words(row),
            _interval_words(row),
            f"{row['chance']:.2g}" if pd.notna(row["chance"]) else "—",
            row["verdict"],
        )
        lines.append("| " + " | ".join(cells) + " |")
    rule = VERDICT_RULE.format(min_realizations=min_realizations)
    return "\n".join([*lines, "", rule, ""])


def _measured_words(row: pd.Series) -> str:
    if pd.isna(row["measured"]):
        return "—"
    if row["rule"] == EQUAL:  # what matters is how far it is off
        deviation = abs(row["measured"] - row["paper"])
        return f"{row['paper']:.3g} ± {deviation:.1g}" if row["paper"] else f"{deviation:.1g}"
    return f"{row['measured']:.3g}"


def _interval_words(row: pd.Series) -> str:
    """Both ends, with as many digits as tell them from each other and from the paper's value.

    Three, where an end is the paper's value and no digit does.
    """
    if pd.isna(row["lower"]) or row["verdict"] == TOO_FEW:
        return "—"
    for digits in (*range(3, 9), 3):
        lower, upper, paper = (f"{row[k]:.{digits}g}" for k in ("lower", "upper", "paper"))
        if len({lower, upper, paper}) == 3:
            break
    return f"{lower} to {upper}"


def _tail_row(ensemble: str, fit: pd.Series) -> dict[str, Any]:
    words = {"pooled": "of all bonds pooled", "maxima": "of the largest |E| per realization"}
    return {
        "figure": "Fig. 2",
        "quantity": f"tail exponent {words[fit['sample']]}",
        "ensemble": ensemble,
        "n_realizations": int(fit["n_realizations"]),
        "paper": TAIL_EXPONENT,
        "measured": fit.get("value"),
        "lower": fit.get("lower"),
        "upper": fit.get("upper"),
        "rule": INTERVAL,
        "status": fit["status"],
    }


def _dynamics_rows(ensemble: str, table: pd.DataFrame) -> list[dict[str, Any]]:
    """E of each interaction by molecular dynamics, T -> 0, against Eq. 3."""
    rows = []
    for pair in table.groupby("pair").first().itertuples():
        half = 1.96 * pair.limit_error
        rows.append(
            {
                "figure": "Fig. 2, inset",
                "quantity": f"E by molecular dynamics, T → 0: {pair.chosen} interaction "
                f"{pair.i}-{pair.j}",
                "ensemble": ensemble,
                "n_realizations": 1,
                "paper": pair.exact,
                "measured": pair.limit,
                "lower": pair.limit - half,
                "upper": pair.limit + half,
                "rule": ERROR_BAR,
                "status": "ok",
            }
        )
    return rows


def _scaling_rows(scalings: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Fitted exponents of every ensemble; where none could be fitted, one row says so."""
    rows = []
    for of, figure, words, exponent in SCALING_CLAIMS:
        found = [
            (ensemble, fit)
            for ensemble, table in scalings.items()
            for _, fit in table.iterrows()
            if (fit["quantity"], fit["modes"]) == of
        ]
        fitted = [(ensemble, fit) for ensemble, fit in found if fit["status"] == "ok"]
        rows += [
            {
                "figure": figure,
                "quantity": f"exponent p of {words}",
                "ensemble": ensemble,
                "n_realizations": int(fit["n_realizations"]),
                "paper": exponent,
                "measured": fit["value"],
                "lower": fit["lower"],
                "upper": fit["upper"],
                "rule": INTERVAL,
                "status": fit["status"],
            }
            for ensemble, fit in fitted or found[:1]
        ]
    return rows


def _identity_rows(ensemble: str, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Exact statements on the glasses that were small enough for dense algebra."""
    checked = table[table["failure"] == ""]
    if checked.empty:
        return []
    rows = []
    for column, worst, figure, words, rule, value in IDENTITY_CLAIMS:
        of_glasses = checked[column]
        if worst == "worst":
            measured = of_glasses.loc[(of_glasses - value).abs().idxmax()]
        else:
            measured = of_glasses.agg(worst)
        rows.append(
            {
                "figure": figure,
                "quantity": words,
                "ensemble": ensemble,
                "n_realizations": len(checked),
                "paper": value,
                "measured": float(measured),
                "lower": None,
                "upper": None,
                "rule": rule,
                "status": "ok",
            }
        )
    return rows


def _prediction_rows(ensemble: str, estimates: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    measured = estimates[estimates["source"] == "events"]
    chance = estimates[estimates["source"] == "other realization"].set_index(
        ["map", "ordinal", "quantity"]
    )["value"]
    for ordinal, quantity, name, words, value in PREDICTION_CLAIMS:
        found = measured[
            (measured["ordinal"] == ordinal)
            & (measured["quantity"] == quantity)
            & (measured["map"] == name)
        ]
        for _, row in found.iterrows():
            rows.append(
                {
                    "figure": "Fig. 4",
                    "quantity": words,
                    "ensemble": ensemble,
                    "n_realizations": int(row["n_realizations"]),
                    "paper": value,
                    "measured": row["value"],
                    "lower": row["lower"],
                    "upper": row["upper"],
                    "chance": chance.get((name, ordinal, quantity)),
                    "rule": INTERVAL,
                    "status": row["status"],
                }
            )
    return rows


def _sum_rule_row(ensemble: str, summary: pd.DataFrame) -> dict[str, Any]:
    errors = summary["sum_rule_error"].dropna()
    return {
        "figure": "Eq. 1",
        "quantity": "sum of E over pairs / (dN − d), worst realization",
        "ensemble": ensemble,
        "n_realizations": len(errors),
        "paper": 1.0,
        "measured": 1.0 + float(errors.abs().max()),
        "lower": None,
        "upper": None,
        "rule": EQUAL,
        "status": "ok",
    }


def _rounds_to_paper(row: pd.Series) -> bool:
    """Whether three digits tell ours from the paper's: an interval may be narrower than they."""
    return f"{row['measured']:.3g}" == f"{row['paper']:.3g}"


def _verdict(row: pd.Series, min_realizations: int) -> str:
    holds = {
        EQUAL: lambda: abs(row["measured"] - row["paper"]) <= EXACT_TOLERANCE,
        AT_LEAST: lambda: row["measured"] >= row["paper"] - EXACT_TOLERANCE,
        AT_MOST: lambda: row["measured"] <= row["paper"] + EXACT_TOLERANCE,
        INTERVAL: lambda: row["lower"] <= row["paper"] <= row["upper"] or _rounds_to_paper(row),
        ERROR_BAR: lambda: row["lower"] <= row["paper"] <= row["upper"],
    }
    few = row["rule"] == INTERVAL and row["n_realizations"] < min_realizations
    if row["status"] != "ok" or few:
        return TOO_FEW
    return CONSISTENT if holds[row["rule"]]() else DIFFERS
