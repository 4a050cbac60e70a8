"""Put what was measured at temperatures and rates into docs/temperature.md, with its figure.

    python docs/tabulate_temperature.py RESULTS ENSEMBLE [ENSEMBLE ...]

Reads ``thermal_estimates`` and ``passages`` of each ensemble in a results folder, writes them as
CSV to docs/results/thermal, and puts tables and figure where the page has their comments. Numbers
are followed by their 95 % intervals, glasses as units; chance is the same events at the spots of
other glasses.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.files.tables import read_table
from softfield.softness.indicators import INDICATORS
from softfield.statistics.event_tables import CHANCE, EVENTS
from softfield.statistics.resampling import TOO_FEW

DOCS = Path(__file__).resolve().parent
PAGE, KEPT, IMAGE = DOCS / "temperature.md", DOCS / "results/thermal", DOCS / "images"
QUANTITIES = ("F(1)", "first choice near", "mean percentile")
POINT = ["temperature", "rate"]


def words(row, digits=2):
    """A value with its interval."""
    ends = [row["value"], row["lower"], row["upper"]]
    value, lower, upper = (f"{number:.{digits}f}" for number in ends)
    return f"{value} ({lower} to {upper})"


def cell_words(row, quantity):
    """As :func:`words`; a mean of few values has no interval that could be relied on."""
    if quantity.startswith("mean") and row["status"] == TOO_FEW:
        return f"{row['value']:.2f} (too few)"
    return words(row)


def lines(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def point_words(temperature, rate):
    return f"{temperature:g}", "at rest" if rate == 0 else f"{rate:.0e}"


def passages_table(passages):
    """How many glasses left their minimum at every point, and when."""
    rows = []
    for point, table in passages.groupby(POINT):
        of = table.set_index("quantity")
        left, when = of.loc["left"], "time" if point[1] == 0 else "strain"
        median = of.loc[f"median {when}", "value"]
        found = "later" if median == float("inf") else f"{median:.3g} ({when})"
        rows.append([*point_words(*point), f"{left['n_events']} of {left['n_realizations']}",
                     words(left), found, f"{of.loc['flickers', 'value']:.2g}"])  # fmt: skip
    head = ["T", "rate", "glasses", "share that rearranged", "median of the first", "flickers"]
    return lines(head, rows)


def scores_table(estimates, quantity):
    """A score of every map at every point."""
    first = estimates[(estimates["quantity"] == quantity) & (estimates["ordinal"] == 1)]
    maps = [name for name in INDICATORS if name in set(first["map"])]
    rows = []
    for point, table in first.groupby(POINT):
        events, chance = (table[table["source"] == s].set_index("map") for s in (EVENTS, CHANCE))
        cells = []
        for name in maps:
            cell = cell_words(events.loc[name], quantity) if name in events.index else "—"
            by_chance = chance["value"].get(name)
            cells.append(cell if by_chance is None else f"{cell}; {by_chance:.2f}")
        number = str(int(events["n_events"].max()))
        rows.append([*point_words(*point), number, *cells])
    return lines(["T", "rate", "events", *(INDICATORS[name].label for name in maps)], rows)


def main(results, ensembles):
    sys.path[:0] = [str(DOCS.parent / "scripts")]
    import draw_prediction_against_temperature as figure

    paths = {
        kind: [results / "statistics" / name / f"{kind}.parquet" for name in ensembles]
        for kind in ("thermal_estimates", "passages")
    }
    KEPT.mkdir(parents=True, exist_ok=True)
    tables = {}
    for kind, of_kind in paths.items():
        parts = [
            read_table(path).assign(ensemble=name)
            for path, name in zip(of_kind, ensembles, strict=True)
        ]
        tables[kind] = pd.concat(parts, ignore_index=True)
        tables[kind].to_csv(KEPT / f"{kind}.csv", index=False, float_format="%.6g")
    blocks = {"passages": passages_table(tables["passages"])}
    for quantity in QUANTITIES:
        blocks[quantity] = scores_table(tables["thermal_estimates"], quantity)
    put_blocks(PAGE, blocks)
    maps = {name: one.label for name, one in INDICATORS.items()}
    image = IMAGE / "prediction_against_temperature.png"
    strings = [[str(path) for path in of_kind] for of_kind in paths.values()]
    figure.main(*strings, [str(image)], "2DIPL, $N$ = 1,600", maps, 200)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("ensembles", nargs="+")
    arguments = parser.parse_args()
    main(arguments.results, arguments.ensembles)
