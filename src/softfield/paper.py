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

#: Largest relative deviation from equipartition that counts as rounding.
SUM_RULE_TOLERANCE = 1e-6

VERDICT_RULE = (
    "*consistent*: the paper's value lies in our 95 % interval (bootstrap over realizations); "
    "*differs*: it does not; *too few data*: fewer than {min_realizations} realizations (or "
    "too few events) to say. *By chance*: the same events at the spots of other glasses. The "
    "sum rule is exact, and consistent below a relative error of "
    f"{SUM_RULE_TOLERANCE:g}. The paper does not give N, and its numbers come from 5,000 "
    "realizations; small ensembles do not reach the tail exponent, and the largest of many "
    "ratios is biased upwards in them (docs/statistics.md, docs/soft_spots.md)."
)


def compare_with_paper(
    summaries: Mapping[str, pd.DataFrame],
    fits: Mapping[str, pd.DataFrame],
    estimates: Mapping[str, pd.DataFrame],
    min_realizations: int,
) -> pd.DataFrame:
    """A row for every quantitative claim of the paper that the ensembles bear on.

    Parameters
    ----------
    summaries, fits, estimates : by ensemble
        Tables of the realizations, of the tail fits and of the prediction.
    min_realizations : int
        Below this number the verdict is "too few data".

    Returns
    -------
    DataFrame
        Columns figure, quantity, ensemble, n_particles, n_realizations, paper, measured,
        lower, upper, chance (the same fraction of events at the spots of other glasses, where
        that means something), verdict.
    """
    rows = []
    for ensemble, table in fits.items():
        rows += [_tail_row(ensemble, fit) for _, fit in table.iterrows()]
    for ensemble, table in estimates.items():
        rows += _prediction_rows(ensemble, table)
    for ensemble, table in summaries.items():
        if "sum_rule_error" in table:
            rows.append(_sum_rule_row(ensemble, table))
    sizes = {name: int(table["n_particles"].max()) for name, table in summaries.items()}
    compared = pd.DataFrame(rows)
    compared.insert(3, "n_particles", compared["ensemble"].map(sizes))
    if "chance" not in compared:
        compared["chance"] = None
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
        known = pd.notna(row["measured"])
        measured = f"{row['measured']:.3g}" if known else "—"
        interval = "—"
        if known and pd.notna(row["lower"]) and row["verdict"] != TOO_FEW:
            interval = f"{row['lower']:.3g} to {row['upper']:.3g}"
        if row["quantity"].startswith("sum"):
            measured = f"1 ± {row['measured'] - 1:.1g}"
        cells = (
            row["figure"],
            row["quantity"].replace("|", "\\|"),
            row["ensemble"],
            f"{row['n_particles']:,}",
            f"{row['n_realizations']:,}",
            f"{row['paper']:.3g}",
            measured,
            interval,
            f"{row['chance']:.2g}" if pd.notna(row["chance"]) else "—",
            row["verdict"],
        )
        lines.append("| " + " | ".join(cells) + " |")
    rule = VERDICT_RULE.format(min_realizations=min_realizations)
    return "\n".join([*lines, "", rule, ""])


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
        "status": fit["status"],
    }


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
        "status": "exact",
    }


def _verdict(row: pd.Series, min_realizations: int) -> str:
    if row["status"] == "exact":
        return CONSISTENT if abs(row["measured"] - 1.0) < SUM_RULE_TOLERANCE else DIFFERS
    if row["status"] != "ok" or row["n_realizations"] < min_realizations:
        return TOO_FEW
    return CONSISTENT if row["lower"] <= row["paper"] <= row["upper"] else DIFFERS
