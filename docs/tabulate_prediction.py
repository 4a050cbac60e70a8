"""Put the numbers of a run into docs/measurements.md and docs/choices.md.

    python docs/tabulate_prediction.py results/paper [--ensemble 2dipl] [--as NAME]

Reads ``statistics/ENSEMBLE/estimates.parquet`` and ``parameter_study.parquet``, and
``system_size.parquet``. A number is followed by its 95 % interval; chance is the same events at the
spots of other glasses, excess what lies above it. With ``--as NAME``, the tables of
the ensemble go between the comments with that name, and those of all sizes stay as they are; only
then has docs/choices.md a table of the effects.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.files.tables import read_table, table_provenance
from softfield.softness.indicators import INDICATORS
from softfield.statistics.chance import CHANCE
from softfield.statistics.event_tables import RATIO, RATIO_MARKS

DOCS = Path(__file__).resolve().parent
PAGE, CHOICES = DOCS / "measurements.md", DOCS / "choices.md"
SCORES = {
    "delta_epsilon": r"$\Delta\varepsilon$",
    "rank": "number of spots:",
    "spot_fraction": "share of spots:",
    "area_fraction": "share of area:",
}


def cell(table, digits=2, interval=True, **labels):
    """The one value of the rows with these labels, or a dash."""
    for name, wanted in labels.items():
        table = table[table[name] == wanted]
    if len(table) != 1 or pd.isna(table["value"].iloc[0]):
        return "–"
    row = table.iloc[0]
    ends = f" ({row['lower']:.{digits}f} to {row['upper']:.{digits}f})" if interval else ""
    return f"{row['value']:.{digits}f}{ends}"


def with_chance(table, quantity, **labels):
    chance = cell(table, interval=False, quantity=quantity, source=CHANCE, **labels)
    return f"{cell(table, quantity=quantity, source='events', **labels)}; {chance}"


def fractions_and_excess(table, **labels):
    """F(1) with chance, its excess, and the same of F(2)."""
    return [
        found
        for mark in ("1", "2")
        for found in (
            with_chance(table, f"F({mark})", **labels),
            cell(table, quantity=f"excess F({mark})", source="events", **labels),
        )
    ]


def lines(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def by_map(estimates):
    """Every map, best mean percentile of first events first."""
    first = estimates[(estimates["ordinal"] == 1) & (estimates["source"] == "events")]
    ranked = first[first["quantity"] == "mean percentile"].sort_values("value", ascending=False)
    ordinals = [n for n in (1, 3, 5) if n in set(estimates["ordinal"])]
    percentile_heads = ["mean percentile, $n = 1$", *(f"$n = {n}$" for n in ordinals[1:])]
    head = ["map", *percentile_heads, "mean rank / spots; chance",
            "$F_1(1)$; chance", "excess", "$F_1(2)$; chance", "excess"]  # fmt: skip
    rows = []
    for name in ranked["map"]:
        percentiles = [
            cell(estimates, map=name, source="events", quantity="mean percentile", ordinal=n)
            for n in ordinals
        ]
        rank = with_chance(estimates, "mean spot_fraction", map=name, ordinal=1)
        fractions = fractions_and_excess(estimates, map=name, ordinal=1)
        rows.append([INDICATORS[name].label, *percentiles, rank, *fractions])
    return lines(head, rows)


def by_ordinal(estimates):
    """F_n of all recorded events, its excess over chance, and the ratio at fixed Delta eps."""
    head = ["n", "events", "map", "$F_n(1)$; chance", "excess", "$F_n(2)$; chance", "excess",
            "ratio LTE/NM at 1; chance", "at 1.5", "at 2", "largest, 1 to 3"]  # fmt: skip
    events = estimates[(estimates["quantity"] == "F(1)") & (estimates["map"] == "lte")
                       & (estimates["source"] == "events")]  # fmt: skip
    rows = []
    for n, of_n in events.groupby("ordinal"):
        ratios = [with_chance(estimates, f"ratio at delta_epsilon {mark}", map=RATIO, ordinal=n)
                  for mark in ("1", "1.5", "2")]  # fmt: skip
        largest = cell(estimates, ordinal=n, quantity="largest ratio against delta_epsilon")
        for name, words in (("lte", "LTE"), ("nm", "NM")):
            fractions = fractions_and_excess(estimates, map=name, ordinal=n)
            shown = [*ratios, largest] if name == "lte" else [""] * 4
            number = f"{int(of_n['n_events'].max()):,}"
            rows.append([str(n), number, words, *fractions, *shown])
    return lines(head, rows)


def by_size(table):
    """First events against N."""
    head = ["N", "glasses", "map", "$F_1(1)$; chance", "excess", "$F_1(2)$; chance", "excess",
            "mean percentile", "mean rank / spots; chance"]  # fmt: skip
    rows = []
    for size, of_size in table.groupby("n_particles"):
        for name, words in (("lte", "LTE"), ("nm", "NM")):
            labels = {"map": name, "ordinal": 1}
            fractions = fractions_and_excess(of_size, **labels)
            percentile = cell(of_size, quantity="mean percentile", source="events", **labels)
            rank = with_chance(of_size, "mean spot_fraction", **labels)
            count = f"{int(of_size['n_realizations'].max()):,}"
            rows.append([f"{size:,}", count, words, *fractions, percentile, rank])
    return lines(head, rows)


def by_effort(table):
    """Ratio LTE / NM of first events at marks fixed beforehand, by N."""
    sizes = sorted(table["n_particles"].unique())
    head = ["held equal", *(f"N = {size:,}; chance" for size in sizes)]
    rows = []
    for score, marks in RATIO_MARKS.items():
        for mark in marks:
            cells = []
            for size in sizes:
                of_size = table[table["n_particles"] == size]
                labels = {"quantity": f"ratio at {score} {mark:g}", "map": RATIO, "ordinal": 1}
                if score == "area_fraction":  # both fractions are the share itself by chance
                    cells.append(f"{cell(of_size, source='events', **labels)}; 1")
                else:
                    cells.append(with_chance(of_size, **labels))
            rows.append([f"{SCORES[score]} {mark:g}", *cells])
    return lines(head, rows)


def of_glasses(study):
    """How many glasses, the first of the run, the study scored again."""
    return f"{int(study['n_realizations'].max()):,} glasses, the first of the run."


def by_choice(study):
    """Who leads, for every choice of every free parameter: first events."""
    head = ["choice", "ratio LTE / NM at 1", "at 2", "mean percentile LTE", "NM"]
    rows = []
    for (parameter, setting), of_choice in study.groupby(["parameter", "setting"], sort=False):
        ratios = [
            cell(of_choice, quantity=f"ratio at delta_epsilon {mark}", map=RATIO, ordinal=1,
                 source="events")
            for mark in ("1", "2")
        ]  # fmt: skip
        percentiles = [
            cell(of_choice, quantity="mean percentile", map=name, ordinal=1)
            for name in ("lte", "nm")
        ]
        rows.append([f"{parameter} {setting}".replace("_", " "), *ratios, *percentiles])
    return f"{of_glasses(study)}\n\n{lines(head, rows)}"


def by_parameter(study):
    """First events for every choice of every free parameter."""
    head = ["parameter", "setting", "$F_1(1)$ LTE", "NM", "$F_1(2)$ LTE", "NM",
            "mean percentile LTE", "NM"]  # fmt: skip
    rows = []
    for (parameter, setting), of_choice in study.groupby(["parameter", "setting"], sort=False):
        cells = [
            cell(of_choice, quantity=quantity, map=name, ordinal=1)
            for quantity in ("F(1)", "F(2)", "mean percentile")
            for name in ("lte", "nm")
        ]
        rows.append([parameter.replace("_", " "), setting.replace("_", " "), *cells])
    return f"{of_glasses(study)}\n\n{lines(head, rows)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--ensemble", default="2dipl")
    parser.add_argument("--as", dest="name", default="", help="comments with this name")
    arguments = parser.parse_args()
    of_ensemble = arguments.results / "statistics" / arguments.ensemble
    estimates = read_table(of_ensemble / "estimates.parquet")
    sources = {
        "maps": (of_ensemble / "estimates.parquet", by_map),
        "events": (of_ensemble / "estimates.parquet", by_ordinal),
        "sizes": (arguments.results / "system_size.parquet", by_size),
        "ratios": (arguments.results / "system_size.parquet", by_effort),
        "parameters": (of_ensemble / "parameter_study.parquet", by_parameter),
        "effects": (of_ensemble / "parameter_study.parquet", by_choice),
    }
    elsewhere = ("sizes", "ratios") if arguments.name else ("effects",)
    sources = {name: source for name, source in sources.items() if name not in elsewhere}
    commit = table_provenance(of_ensemble / "estimates.parquet").get("commit", "unknown")[:7]
    made = f"{int(estimates['n_realizations'].max()):,} glasses, tables made at commit `{commit}`."
    blocks = {"run": made}
    for name, (path, tabulate) in sources.items():
        if path.exists():
            blocks[name] = tabulate(read_table(path))
        else:
            sys.stderr.write(f"{path} is not there: its table stays as it is\n")
    effects = {"effects": blocks.pop("effects")} if "effects" in blocks else {}
    for page, of_page in ((PAGE, blocks), (CHOICES, effects)):
        put_blocks(page, {f"{block} {arguments.name}".strip(): t for block, t in of_page.items()})


if __name__ == "__main__":
    main()
