"""Keep the figures and the small tables of a run in the documentation.

    python docs/keep_results.py results/paper --figures fig1_displacement_and_energy ranking
    python docs/keep_results.py results/large --as large --figures fig4_prediction ranking
    python docs/keep_results.py results/n10000 --as n10000 --ensemble 2dipl_large --figures ranking

Copies the PNG of every figure (or of those named) to docs/images and writes the tables of the
ensembles to docs/results as CSV, with what made them in provenance.json. Tables of ensembles that
the run does not have stay as they are, so that models can be run one after the other; one of
several ensembles that has any of the run's goes with those. Then, from all tables that are kept,
docs/judge_kept_results.py puts the claims of the paper into the pages, and
docs/draw_kept_results.py draws the figures of several models. A table that the run left out is
not kept; nothing is written or deleted before all tables are read.

With ``--as NAME``, into folders of that name, in place of all that is there, and *paper versus
measured* of every ensemble between the comments with that name in docs/results.md.

With ``--ensemble``, only the tables of that ensemble, without its name in theirs, beside what the
folder has already; its figures go to docs/images itself, and no page is changed. The tables of its
blocks that the prediction is made of are kept too: from them a run can be continued.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from kept_tables import provenance_of_kept
from marked_blocks import every_ensemble, put_blocks

from softfield.errors import LeftOutError
from softfield.files.tables import read_table, table_provenance

DOCS = Path(__file__).resolve().parent

#: Tables of megabytes: curves that the figures show.
LARGE = {"curves", "ratios"}

#: What follows from the tables of all runs that are kept.
JUDGED = "paper_versus_measured"

#: Tables of blocks that the prediction of plastic events is made of.
PREDICTION = ("summary", "spots", "event_scores")

#: A table and what made it.
Table = tuple[pd.DataFrame, dict[str, Any]]


def keep_figures(results: Path, folder: Path, names: list[str] | None) -> None:
    folder.mkdir(exist_ok=True)
    for path in sorted((results / "figures").glob("*.png")):
        if names is None or path.stem in names:
            shutil.copy(path, folder / path.name)


def keep_tables(results: Path, folder: Path, whole: bool) -> None:
    """The tables of a run, in place of all others, or of those of its ensembles."""
    others = {} if whole else provenance_of_kept(folder)
    paths = sorted([*results.glob("*.parquet"), *results.glob("statistics/*/*.parquet")])
    names = {
        path: f"{path.stem if path.parent == results else f'{path.parent.name}_{path.stem}'}.csv"
        for path in paths
        if whole or path.stem != JUDGED
    }
    tables = read_run(results, names)
    run = {path.parent.name for path in results.glob("statistics/*/*.parquet")}
    stay = {name: made for name, made in others.items() if not run & ensembles_of(made)}
    for name in sorted(set(others) - set(stay) - set(tables)):
        sys.stderr.write(f"{name} is of an earlier run, and goes: this one has no such table\n")
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.csv"):
        if path.name not in stay and (whole or path.stem != JUDGED):
            path.unlink()
    write_tables(tables, folder, stay)


def keep_ensemble(results: Path, ensemble: str, folder: Path) -> None:
    """The tables of one ensemble beside those in the folder, and those of its blocks."""
    statistics = results / "statistics" / ensemble
    names = {path: f"{path.stem}.csv" for path in sorted(statistics.glob("*.parquet"))}
    tables = read_run(statistics, names)
    folder.mkdir(exist_ok=True)
    write_tables(tables, folder, provenance_of_kept(folder))
    for table in PREDICTION:
        blocks = folder / "blocks" / table
        blocks.mkdir(parents=True, exist_ok=True)
        for path in sorted((statistics / "blocks" / table).glob("*.parquet")):
            shutil.copy(path, blocks / path.name)


def ensembles_of(made: dict[str, Any]) -> set[str]:
    """The ensembles that a table is made of, by its provenance."""
    parameters = made["parameters"]
    return {parameters["ensemble"], *parameters.get("ensembles", [])}


def read_run(results: Path, names: dict[Path, str]) -> dict[str, Table]:
    """Tables by the names that they are kept under, without those that the run left out."""
    tables = {}
    for path, name in names.items():
        if path.stem in LARGE:
            continue
        try:
            tables[name] = read_table(path), table_provenance(path)
        except LeftOutError as error:
            sys.stderr.write(f"{name} is not kept, the run left it out: {error}\n")
    if not tables:
        raise SystemExit(f"There is no table in {results}: nothing is kept.")
    return tables


def write_tables(tables: dict[str, Table], folder: Path, made_by: dict[str, Any]) -> None:
    """Tables as CSV under their names, and what made them, beside what is known of others."""
    for name, (table, made) in tables.items():
        table.to_csv(folder / name, index=False, float_format="%.8g")
        made_by[name] = made
    (folder / "provenance.json").write_text(json.dumps(made_by, indent=1, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--as", dest="name", default="", help="folder and comments of this name")
    parser.add_argument("--ensemble", help="keep this one alone")
    parser.add_argument("--figures", nargs="*", help="names of figures; by default all")
    arguments = parser.parse_args()
    results, name = arguments.results, arguments.name
    if arguments.ensemble:
        keep_ensemble(results, arguments.ensemble, DOCS / "results" / name)
        keep_figures(results, DOCS / "images", arguments.figures)
        return
    blocks = {}
    if name:
        comparison = (results / f"{JUDGED}.md").read_text()
        blocks[f"table {name}"] = every_ensemble(comparison)
    keep_tables(results, DOCS / "results" / name, whole=bool(name))
    keep_figures(results, DOCS / "images" / name, arguments.figures)
    put_blocks(DOCS / "results.md", blocks)


if __name__ == "__main__":
    main()
