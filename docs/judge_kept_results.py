"""Judge the tables that are kept in docs/results, of several runs, by the rule of today.

    python docs/judge_kept_results.py

Puts one row per claim of the paper, and the five central ones, into docs/results.md: from the
ensemble that can judge it best. Pooled exponents of a run that did not look for a drift count as
not settled.
"""

from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.paper import CLAIMS, claims_markdown, compare_with_paper

DOCS = Path(__file__).resolve().parent
KEPT = DOCS / "results"

#: Kind of table -> name of its files, as in scripts/compare_with_paper.py. Fractions of events of
#: older runs have no excess over chance, and are left out.
KINDS = {"summaries": "summary", "fits": "tail_fits", "scalings": "scaling_fits",
         "identities": "identities"}  # fmt: skip
LARGE = KEPT / "n10000"
MIN_REALIZATIONS = 20
NOT_LOOKED = "this run did not look for a drift"


def kept(name: str) -> dict[str, pd.DataFrame]:
    """The tables of one name by ensemble."""
    found = {}
    for path in sorted(KEPT.glob(f"*_{name}.csv")):
        table = pd.read_csv(path)
        if name == "tail_fits" and "settled" not in table:
            pooled = table["sample"] == "pooled"
            reasons = table["reason"].astype(object).mask(pooled, NOT_LOOKED)
            table = table.assign(settled=~pooled, reason=reasons.fillna(""))
        found[path.stem.removesuffix(f"_{name}")] = table
    return found


def main() -> None:
    tables = {kind: kept(name) for kind, name in KINDS.items()}
    tables["estimates"] = {"2dipl_large": pd.read_csv(LARGE / "estimates.csv")}
    tables["summaries"]["2dipl_large"] = pd.read_csv(LARGE / "summary.csv")
    compared = compare_with_paper(tables, MIN_REALIZATIONS)
    judged = compared[compared["ensemble"].ne("") | compared["claim"].map(_central)]
    put_blocks(
        DOCS / "results.md",
        {"claims": claims_markdown(judged, central=True), "judged": claims_markdown(judged)},
    )


def _central(claim: str) -> bool:
    return CLAIMS[claim].central


if __name__ == "__main__":
    main()
