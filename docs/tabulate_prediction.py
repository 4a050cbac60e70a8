"""Put the numbers of a run into docs/soft_spots.md, between their comments.

    python docs/tabulate_prediction.py results/workstation [--ensemble 2dipl]

Reads ``statistics/ENSEMBLE/estimates.parquet`` and ``parameter_study.parquet``, and
``system_size.parquet``. A number is followed by its 95 % bootstrap interval; chance is the same
events at the spots of other glasses.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.files.tables import read_table, table_provenance
from softfield.softness.indicators import INDICATORS

PAGE = Path(__file__).resolve().parent / "soft_spots.md"
CHANCE = "other realization"


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


def lines(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def by_map(estimates):
    """Every map, best mean percentile of first events first."""
    first = estimates[(estimates["ordinal"] == 1) & (estimates["source"] == "events")]
    ranked = first[first["quantity"] == "mean percentile"].sort_values("value", ascending=False)
    head = ["map", "mean percentile, $n = 1$", "$n = 3$", "$n = 5$",
            "mean rank / spots; chance", "$F_1(1)$; chance", "$F_1(2)$; chance"]  # fmt: skip
    rows = []
    for name in ranked["map"]:
        percentiles = [
            cell(estimates, map=name, source="events", quantity="mean percentile", ordinal=n)
            for n in (1, 3, 5)
        ]
        others = [
            with_chance(estimates, quantity, map=name, ordinal=1)
            for quantity in ("mean spot_fraction", "F(1)", "F(2)")
        ]
        rows.append([INDICATORS[name], *percentiles, *others])
    return lines(head, rows)


def by_ordinal(estimates):
    """F_n of all recorded events, and the largest ratios by the measure of effort."""
    head = ["n", "events", "$F_n(1)$ LTE; chance", "NM; chance", "$F_n(2)$ LTE; chance",
            "NM; chance", r"largest ratio LTE/NM at equal $\Delta\varepsilon$",
            "share of spots", "share of area"]  # fmt: skip
    events = estimates[(estimates["source"] == "events") & (estimates["map"] == "lte")]
    rows = []
    for n, of_n in events.groupby("ordinal"):
        fractions = [
            with_chance(estimates, quantity, map=name, ordinal=n)
            for quantity in ("F(1)", "F(2)")
            for name in ("lte", "nm")
        ]
        ratios = [
            cell(estimates, ordinal=n, quantity=f"largest ratio against {score}")
            for score in ("delta_epsilon", "spot_fraction", "area_fraction")
        ]
        rows.append([str(n), f"{int(of_n['n_events'].max()):,}", *fractions, *ratios])
    return lines(head, rows)


def by_size(table):
    """First events against N."""
    head = ["N", "glasses", "map", "$F_1(1)$; chance", "$F_1(2)$; chance", "mean percentile",
            "mean rank / spots; chance"]  # fmt: skip
    rows = []
    for size, of_size in table.groupby("n_particles"):
        for name, words in (("lte", "LTE"), ("nm", "NM")):
            labels = {"map": name, "ordinal": 1}
            fractions = [with_chance(of_size, q, **labels) for q in ("F(1)", "F(2)")]
            percentile = cell(of_size, quantity="mean percentile", source="events", **labels)
            rank = with_chance(of_size, "mean spot_fraction", **labels)
            count = f"{int(of_size['n_realizations'].max()):,}"
            rows.append([f"{size:,}", count, words, *fractions, percentile, rank])
    return lines(head, rows)


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
    return lines(head, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--ensemble", default="2dipl")
    arguments = parser.parse_args()
    of_ensemble = arguments.results / "statistics" / arguments.ensemble
    estimates = read_table(of_ensemble / "estimates.parquet")
    sources = {
        "maps": (of_ensemble / "estimates.parquet", by_map),
        "events": (of_ensemble / "estimates.parquet", by_ordinal),
        "sizes": (arguments.results / "system_size.parquet", by_size),
        "parameters": (of_ensemble / "parameter_study.parquet", by_parameter),
    }
    commit = table_provenance(of_ensemble / "estimates.parquet").get("commit", "unknown")[:7]
    made = f"{int(estimates['n_realizations'].max()):,} glasses, tables made at commit `{commit}`."
    blocks = {"run": made}
    for name, (path, tabulate) in sources.items():
        if path.exists():
            blocks[name] = tabulate(read_table(path))
        else:
            sys.stderr.write(f"{path} is not there: its table stays as it is\n")
    put_blocks(PAGE, blocks)


if __name__ == "__main__":
    main()
