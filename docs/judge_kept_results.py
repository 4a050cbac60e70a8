"""Judge the tables that are kept in docs/results, of two runs, by the rule of the claims.

    python docs/judge_kept_results.py

Puts one row per claim of the paper into docs/results.md, and the five central ones there and into
README.md: from the ensemble that can judge it best, Fig. 4 at N = 10,000 from docs/results/n10000.
"""

from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.paper import CLAIMS, claims_markdown, compare_with_paper

DOCS = Path(__file__).resolve().parent
KEPT = DOCS / "results"

#: Kind of table -> name of its files, as in scripts/compare_with_paper.py.
KINDS = {"summaries": "summary", "fits": "tail_fits", "estimates": "estimates",
         "scalings": "scaling_fits", "identities": "identities", "forces": "force_estimates",
         "premises": "premises"}  # fmt: skip
LARGE = KEPT / "n10000"
MIN_REALIZATIONS = 20


def kept(name: str) -> dict[str, pd.DataFrame]:
    """The tables of one name by ensemble."""
    return {
        path.stem.removesuffix(f"_{name}"): pd.read_csv(path)
        for path in sorted(KEPT.glob(f"*_{name}.csv"))
        if name != "estimates" or not path.stem.endswith("force_estimates")
    }


def main() -> None:
    tables = {kind: kept(name) for kind, name in KINDS.items()}
    tables["estimates"]["2dipl_large"] = pd.read_csv(LARGE / "estimates.csv")
    tables["summaries"]["2dipl_large"] = pd.read_csv(LARGE / "summary.csv")
    compared = compare_with_paper(tables, MIN_REALIZATIONS)
    judged = compared[compared["ensemble"].ne("") | compared["claim"].map(_central)]
    central = claims_markdown(judged, central=True)
    put_blocks(DOCS / "results.md", {"claims": central, "judged": claims_markdown(judged)})
    put_blocks(DOCS.parent / "README.md", {"claims": central})


def _central(claim: str) -> bool:
    return CLAIMS[claim].central


if __name__ == "__main__":
    main()
