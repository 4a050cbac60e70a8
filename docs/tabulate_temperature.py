"""Put what was measured at temperatures and rates into docs/temperature.md, with its figure.

    python docs/tabulate_temperature.py RESULTS ENSEMBLE [ENSEMBLE ...]
    python docs/tabulate_temperature.py --later RESULTS ENSEMBLE

Reads ``thermal_estimates`` and ``passages`` of each ensemble in a results folder, and the barriers
of the first, its blocks' too, writes them as CSV to docs/results/thermal, and puts tables and
figure where the page has their comments. With ``--later`` that is done for later rearrangements, by
their ordinal and (``thermal_in_time``) their time, without figure and barriers. Nothing is written
unless all of these tables are there; docs/temperature.md has the calls that make them. Numbers are
followed by their 95 % intervals, glasses as units; chance is the same events at the spots of other
glasses.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks

from softfield.files.tables import read_table, read_tables, table_provenance
from softfield.softness.indicators import INDICATORS
from softfield.statistics.chance import CHANCE
from softfield.statistics.event_tables import EVENTS, NEAR
from softfield.statistics.resampling import relied_upon

DOCS = Path(__file__).resolve().parent
PAGE, KEPT, IMAGE = DOCS / "temperature.md", DOCS / "results/thermal", DOCS / "images"
QUANTITIES = ("F(1)", "first choice near", "mean percentile")
LATER = ("F(1)", "mean percentile")
POINT = ["temperature", "rate"]


def words(row, digits=2):
    """A value with its interval, or what it is without one."""
    value, lower, upper = (f"{row[name]:.{digits}f}" for name in ("value", "lower", "upper"))
    return f"{value} (too few)" if pd.isna(row["lower"]) else f"{value} ({lower} to {upper})"


def lines(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def point_words(temperature, rate):
    return f"{temperature:g}", "at rest" if rate == 0 else f"{rate:.0e}"


def span(after, until):
    return f"{after:g} to {until:g}"


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


def scores_table(estimates, quantity, keys, head, label):
    """A score of every map in every group of the columns ``keys``; ``label`` names a group."""
    chosen = relied_upon(estimates[estimates["quantity"] == quantity])
    maps = [name for name in INDICATORS if name in set(chosen["map"])]
    rows = []
    for group, table in chosen.groupby(keys):
        events, chance = (table[table["source"] == s].set_index("map") for s in (EVENTS, CHANCE))
        cells = []
        for name in maps:
            cell = words(events.loc[name]) if name in events.index else "—"
            by_chance = chance["value"].get(name)
            told = by_chance is None or quantity == "mean percentile"
            cells.append(cell if told else f"{cell}; {by_chance:.2f}")
        rows.append([*label(*group), str(int(events["n_events"].max())), *cells])
    return lines([*head, "events", *(INDICATORS[name].label for name in maps)], rows)


def repeats_table(passages):
    """How many events there were, and how many of the later ones were where one had been."""
    rows = []
    for (temperature, _), table in passages.groupby(POINT):
        of = table.set_index("quantity")
        left, repeats, back = (of.loc[name] for name in ("left", "repeats", "returns"))
        number = f"{left['n_events']} of {left['n_realizations']}"
        later = str(int(repeats["n_events"]))
        rows.append([f"{temperature:g}", number, later, words(repeats), words(back)])
    head = ["T", "glasses with an event", "later events", "at an earlier place", "back"]
    return lines(head, rows)


def paths_of(results, ensembles, kinds):
    """Where the tables of each kind are, of all ensembles, if the page can be made of them."""
    statistics = results / "statistics"
    paths = {kind: [statistics / name / f"{kind}.parquet" for name in ensembles] for kind in kinds}
    lacking = [str(path) for of_kind in paths.values() for path in of_kind if not path.exists()]
    if lacking:
        raise SystemExit(f"There is no {', no '.join(lacking)}: {PAGE} has the call that makes it.")
    for path in paths["thermal_estimates"]:
        settings = table_provenance(path)["parameters"].get("statistics", {})
        reach = settings.get("near_radius", NEAR)
        if reach != NEAR:
            raise SystemExit(f"{path} has a near_radius of {reach:g}; {PAGE} speaks of {NEAR:g}.")
    return paths


def of_ensembles(paths):
    """The tables of each kind, those of the ensembles one below the other."""
    return {
        kind: pd.concat(
            [read_table(path).assign(ensemble=path.parent.name) for path in of_kind],
            ignore_index=True,
        )
        for kind, of_kind in paths.items()
    }


def barriers(folder):
    """The barriers of an ensemble, and those of its glasses."""
    table, blocks = folder / "barriers.parquet", sorted(folder.glob("blocks/barriers/*.parquet"))
    if not (table.exists() and blocks):
        raise SystemExit(f"There is no {table}, or no table in {folder / 'blocks/barriers'}.")
    return {"barriers": read_table(table), "barriers_of_glasses": read_tables(blocks)}


def keep(tables, prefix=""):
    """Write the tables as CSV."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(KEPT / f"{prefix}{name}.csv", index=False, float_format="%.6g")


def first_events(results, ensembles):
    """Tables and figure of first rearrangements."""
    paths = paths_of(results, ensembles, ("thermal_estimates", "passages"))
    tables = of_ensembles(paths) | barriers(results / "statistics" / ensembles[0])
    estimates = tables["thermal_estimates"]
    first = estimates[estimates["ordinal"] == 1]
    blocks = {"passages": passages_table(tables["passages"])}
    for quantity in QUANTITIES:
        blocks[quantity] = scores_table(first, quantity, POINT, ["T", "rate"], point_words)
    draw(paths)
    keep(tables)
    put_blocks(PAGE, blocks)


def draw(paths):
    sys.path[:0] = [str(DOCS.parent / "scripts")]
    import draw_prediction_against_temperature as figure

    figure.main(
        estimates=[str(path) for path in paths["thermal_estimates"]],
        passages=[str(path) for path in paths["passages"]],
        outputs=[str(IMAGE / "prediction_against_temperature.png")],
        label="2DIPL, $N$ = 1,600",
        near=NEAR,
        maps={name: one.label for name, one in INDICATORS.items()},
        resolution=200,
    )


def later_events(results, ensembles):
    """Tables of all rearrangements that were watched, by ordinal and by time."""
    kinds = ("thermal_estimates", "thermal_in_time", "passages")
    tables = of_ensembles(paths_of(results, ensembles, kinds))
    estimates, in_time, passages = (tables[kind] for kind in kinds)
    in_turn = estimates[estimates["ordinal"] > 0]
    blocks = {"repeats": repeats_table(passages)}
    for quantity in LATER:
        in_order = ["temperature", "ordinal"], ["T", "n"]
        blocks[f"{quantity} in turn"] = scores_table(
            in_turn, quantity, *in_order, lambda t, n: (f"{t:g}", str(n))
        )
        in_decades = ["temperature", "after", "until"], ["T", "time"]
        blocks[f"{quantity} in time"] = scores_table(
            in_time,
            quantity,
            *in_decades,
            lambda t, *ends: (f"{t:g}", span(*ends)),
        )
    keep(tables, prefix="later_")
    put_blocks(PAGE, blocks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--later", action="store_true")
    parser.add_argument("results", type=Path)
    parser.add_argument("ensembles", nargs="+")
    arguments = parser.parse_args()
    (later_events if arguments.later else first_events)(arguments.results, arguments.ensembles)


if __name__ == "__main__":
    main()
