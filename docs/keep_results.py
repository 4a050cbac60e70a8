"""Keep the figures and the small tables of a run in the documentation.

    python docs/keep_results.py results/workstation

Copies every PNG to docs/images, writes the tables of the ensembles to docs/results as CSV with
what made them in provenance.json, and puts the table *paper versus measured* into
docs/results.md, between its two comments.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

from softfield.tables import read_table, table_provenance

DOCS = Path(__file__).resolve().parent

#: Tables of megabytes: curves that the figures show.
LARGE = {"curves", "ratios", "pair_energies"}


def keep_figures(results: Path) -> None:
    for path in sorted((results / "figures").glob("*.png")):
        shutil.copy(path, DOCS / "images" / path.name)


def keep_tables(results: Path) -> None:
    folder = DOCS / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
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


def show_comparison(results: Path) -> None:
    page = DOCS / "results.md"
    table = (results / "paper_versus_measured.md").read_text().split("\n", 1)[1].strip()
    marked = re.compile("(<!-- table -->\n).*(<!-- end of table -->)", re.DOTALL)
    text, replaced = marked.subn(lambda m: f"{m[1]}\n{table}\n\n{m[2]}", page.read_text())
    if not replaced:
        raise SystemExit(f"{page} lacks the comments between which the table belongs.")
    page.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    keep_figures(results)
    keep_tables(results)
    show_comparison(results)


if __name__ == "__main__":
    main()
