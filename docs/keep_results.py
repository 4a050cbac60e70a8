"""Keep the figures and the small tables of a run in the documentation.

    python docs/keep_results.py results/workstation
    python docs/keep_results.py results/large --as large --figures fig4_prediction ranking

Copies the PNG of every figure (or of those named) to docs/images, writes the tables of the
ensembles to docs/results as CSV with what made them in provenance.json, and puts *paper versus
measured* of every ensemble and the five central claims into docs/results.md, between their comments
(docs/judge_kept_results.py then judges the claims from all runs that are kept). With
``--as NAME``, into folders of that name and between the comments with that name; no claims then.
"""

import argparse
import json
import shutil
from pathlib import Path

from marked_blocks import put_blocks

from softfield.files.tables import read_table, table_provenance
from softfield.paper import claims_markdown

DOCS = Path(__file__).resolve().parent

#: Tables of megabytes: curves that the figures show.
LARGE = {"curves", "ratios", "pair_energies"}


def keep_figures(results: Path, folder: Path, names: list[str] | None) -> None:
    folder.mkdir(exist_ok=True)
    for path in sorted((results / "figures").glob("*.png")):
        if names is None or path.stem in names:
            shutil.copy(path, folder / path.name)


def keep_tables(results: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in (*folder.glob("*.csv"), *folder.glob("*.json")):
        path.unlink()
    paths = [*results.glob("*.parquet"), *results.glob("statistics/*/*.parquet")]
    made_by = {}
    for path in sorted(paths):
        if path.stem in LARGE:
            continue
        ensemble = path.parent.name if path.parent != results else ""
        name = f"{ensemble}_{path.stem}.csv".lstrip("_")
        read_table(path).to_csv(folder / name, index=False, float_format="%.8g")
        made_by[name] = table_provenance(path)
    (folder / "provenance.json").write_text(json.dumps(made_by, indent=1, sort_keys=True) + "\n")


def show_comparison(results: Path, label: str) -> None:
    comparison = (results / "paper_versus_measured.md").read_text()
    of_every_ensemble = comparison[comparison.index("## Every ensemble") :].strip()
    blocks = {label: of_every_ensemble.replace("## ", "### ")}
    if label == "table":
        compared = read_table(results / "paper_versus_measured.parquet")
        blocks["claims"] = claims_markdown(compared, central=True)
    put_blocks(DOCS / "results.md", blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--as", dest="name", default="", help="folder and comments of this name")
    parser.add_argument("--figures", nargs="*", help="names of figures; by default all")
    arguments = parser.parse_args()
    keep_figures(arguments.results, DOCS / "images" / arguments.name, arguments.figures)
    keep_tables(arguments.results, DOCS / "results" / arguments.name)
    show_comparison(arguments.results, f"table {arguments.name}".strip())


if __name__ == "__main__":
    main()
