"""Judge the tables that are kept in docs/results by the rule of the claims.

    python docs/judge_kept_results.py

Puts one row per claim of the paper into docs/results.md, the five central ones there and into
README.md, and a row for every ensemble into docs/results.md and paper_versus_measured.csv. Glasses
of N = 10,000 are those of docs/results/n10000.
"""

from pathlib import Path

from kept_tables import kept_of_ensembles, read_kept
from marked_blocks import every_ensemble, put_blocks

from softfield.paper import CLAIMS, as_markdown, claims_markdown, compare_with_paper
from softfield.statistics.beyond import beyond_the_paper

DOCS = Path(__file__).resolve().parent
KEPT = DOCS / "results"

#: Kind of table, all of scripts/compare_with_paper.py -> name of the table in a run.
KINDS = {"summaries": "summary", "fits": "tail_fits", "estimates": "estimates",
         "scalings": "scaling_fits", "identities": "identities", "dynamics": "pair_energies",
         "forces": "force_estimates", "orientations": "orientations", "premises": "premises",
         "barriers": "barriers", "thermal": "thermal_estimates"}  # fmt: skip
LARGE = KEPT / "n10000"
MIN_REALIZATIONS = 20


def main() -> None:
    tables = {kind: kept_of_ensembles(KEPT, name) for kind, name in KINDS.items()}
    tables["estimates"]["2dipl_large"] = read_kept(LARGE / "estimates.csv")
    tables["summaries"]["2dipl_large"] = read_kept(LARGE / "summary.csv")
    # names of the kept ensembles begin with that of their model
    laws = {name: name.partition("_")[0] for name in tables["fits"]}
    compared = compare_with_paper(tables, MIN_REALIZATIONS, laws)
    compared.to_csv(KEPT / "paper_versus_measured.csv", index=False, float_format="%.8g")
    judged = compared[compared["ensemble"].ne("") | compared["claim"].map(_central)]
    central = claims_markdown(judged, central=True)
    every = every_ensemble(as_markdown(compared, MIN_REALIZATIONS, beyond_the_paper(tables)))
    blocks = {"claims": central, "judged": claims_markdown(judged), "table": every}
    put_blocks(DOCS / "results.md", blocks)
    put_blocks(DOCS.parent / "README.md", {"claims": central})


def _central(claim: str) -> bool:
    return CLAIMS[claim].central


if __name__ == "__main__":
    main()
