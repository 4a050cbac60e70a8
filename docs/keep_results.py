"""Keep the figures and the small tables of a run in the documentation.

    python docs/keep_results.py results/paper --figures fig1_displacement_and_energy ranking
    python docs/keep_results.py results/large --as large --figures fig4_prediction ranking
    python docs/keep_results.py results/n10000 --as n10000 --ensemble 2dipl_large --figures ranking

Copies the PNG of every figure (or of those named) to docs/images and writes the tables of the
ensembles to docs/results as CSV, with what made them in provenance.json. Tables of ensembles that
the run does not have stay as they are, so that models can be run one after the other; then, from
all tables that are kept, docs/judge_kept_results.py puts the claims of the paper into the pages,
and docs/draw_kept_results.py draws the figures of several models.

With ``--as NAME``, into folders of that name, in place of all that is there, and *paper versus
measured* of every ensemble between the comments with that name in docs/results.md.

With ``--ensemble``, only the tables of that ensemble, without its name in theirs, beside what the
folder has already; its figures go to docs/images itself, and no page is changed. The tables of its
blocks that the prediction is made of are kept too: from them a run can be continued.
"""

import argparse
import json
import shutil
from pathlib import Path

from marked_blocks import every_ensemble, put_blocks

from softfield.files.tables import read_table, table_provenance

DOCS = Path(__file__).resolve().parent

#: Tables of megabytes: curves that the figures show.
LARGE = {"curves", "ratios"}

#: What follows from the tables of all runs that are kept.
JUDGED = "paper_versus_measured"

#: Tables of blocks that the prediction of plastic events is made of.
PREDICTION = ("summary", "spots", "event_scores")


def keep_figures(results: Path, folder: Path, names: list[str] | None) -> None:
    folder.mkdir(exist_ok=True)
    for path in sorted((results / "figures").glob("*.png")):
        if names is None or path.stem in names:
            shutil.copy(path, folder / path.name)


def keep_tables(results: Path, folder: Path, whole: bool) -> None:
    """The tables of a run, in place of all others, or of those of its ensembles."""
    folder.mkdir(exist_ok=True)
    known = folder / "provenance.json"
    others = {} if whole or not known.exists() else json.loads(known.read_text())
    paths = sorted([*results.glob("*.parquet"), *results.glob("statistics/*/*.parquet")])
    names = {
        path: f"{path.stem if path.parent == results else f'{path.parent.name}_{path.stem}'}.csv"
        for path in paths
        if whole or path.stem != JUDGED
    }
    run = {path.parent.name for path in results.glob("statistics/*/*.parquet")}
    stay = {
        name: made
        for name, made in others.items()
        if name not in names.values() and made["parameters"]["ensemble"] not in run
    }
    for path in folder.glob("*.csv"):
        if path.name not in stay and (whole or path.stem != JUDGED):
            path.unlink()
    write_tables(names, folder, stay)


def keep_ensemble(results: Path, ensemble: str, folder: Path) -> None:
    """The tables of one ensemble beside those in the folder, and those of its blocks."""
    folder.mkdir(exist_ok=True)
    known = folder / "provenance.json"
    statistics = results / "statistics" / ensemble
    names = {path: f"{path.stem}.csv" for path in sorted(statistics.glob("*.parquet"))}
    write_tables(names, folder, json.loads(known.read_text()) if known.exists() else {})
    for table in PREDICTION:
        blocks = folder / "blocks" / table
        blocks.mkdir(parents=True, exist_ok=True)
        for path in sorted((statistics / "blocks" / table).glob("*.parquet")):
            shutil.copy(path, blocks / path.name)


def write_tables(names: dict[Path, str], folder: Path, made_by: dict[str, object]) -> None:
    """Tables as CSV under their names, and what made them, beside what is known of others."""
    for path, name in names.items():
        if path.stem in LARGE:
            continue
        read_table(path).to_csv(folder / name, index=False, float_format="%.8g")
        made_by[name] = table_provenance(path)
    (folder / "provenance.json").write_text(json.dumps(made_by, indent=1, sort_keys=True) + "\n")


def show_comparison(results: Path, name: str) -> None:
    comparison = (results / f"{JUDGED}.md").read_text()
    put_blocks(DOCS / "results.md", {f"table {name}": every_ensemble(comparison)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--as", dest="name", default="", help="folder and comments of this name")
    parser.add_argument("--ensemble", help="keep this one alone")
    parser.add_argument("--figures", nargs="*", help="names of figures; by default all")
    arguments = parser.parse_args()
    if arguments.ensemble:
        keep_figures(arguments.results, DOCS / "images", arguments.figures)
        keep_ensemble(arguments.results, arguments.ensemble, DOCS / "results" / arguments.name)
        return
    keep_figures(arguments.results, DOCS / "images" / arguments.name, arguments.figures)
    whole = bool(arguments.name)
    keep_tables(arguments.results, DOCS / "results" / arguments.name, whole)
    if whole:
        show_comparison(arguments.results, arguments.name)


if __name__ == "__main__":
    main()
