"""Judge the tables that are kept in docs/results by the rule of the claims.

    python docs/judge_kept_results.py

Puts one row per claim of the paper into docs/results.md, the five central ones there and into
README.md, and a row for every ensemble into docs/results.md and paper_versus_measured.csv. Glasses
of N = 10,000 are those of docs/results/n10000.
"""

from pathlib import Path

import pandas as pd
from marked_blocks import every_ensemble, put_blocks

from softfield.paper import CLAIMS, as_markdown, claims_markdown, compare_with_paper

DOCS = Path(__file__).resolve().parent
KEPT = DOCS / "results"

#: Kind of table -> name of its files, as in scripts/compare_with_paper.py.
KINDS = {"summaries": "summary", "fits": "tail_fits", "estimates": "estimates",
         "scalings": "scaling_fits", "identities": "identities", "forces": "force_estimates",
         "premises": "premises", "dynamics": "pair_energies"}  # fmt: skip
LARGE = KEPT / "n10000"
MIN_REALIZATIONS = 20


def kept(name: str) -> dict[str, pd.DataFrame]:
    """The tables of one name by ensemble."""
    found = {
        path.stem.removesuffix(f"_{name}"): pd.read_csv(path)
        for path in KEPT.glob(f"*_{name}.csv")
        if name != "estimates" or not path.stem.endswith("force_estimates")
    }
    return dict(sorted(found.items()))


def main() -> None:
    tables = {kind: kept(name) for kind, name in KINDS.items()}
    tables["estimates"]["2dipl_large"] = pd.read_csv(LARGE / "estimates.csv")
    tables["summaries"]["2dipl_large"] = pd.read_csv(LARGE / "summary.csv")
    compared = compare_with_paper(tables, MIN_REALIZATIONS)
    compared.to_csv(KEPT / "paper_versus_measured.csv", index=False, float_format="%.8g")
    judged = compared[compared["ensemble"].ne("") | compared["claim"].map(_central)]
    central = claims_markdown(judged, central=True)
    every = every_ensemble(as_markdown(compared, MIN_REALIZATIONS))
    blocks = {"claims": central, "judged": claims_markdown(judged), "table": every}
    put_blocks(DOCS / "results.md", blocks)
    put_blocks(DOCS.parent / "README.md", {"claims": central})


def _central(claim: str) -> bool:
    return CLAIMS[claim].central


if __name__ == "__main__":
    main()
