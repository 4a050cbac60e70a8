"""Curves of the prediction tables as the figures want them."""

import pandas as pd

from softfield.evaluation import COMPARED
from softfield.figures import Band


def event_bands(table: pd.DataFrame, against: str, quantity: str, n_max: int = 3) -> list[Band]:
    """Curves of the first ``n_max`` events against one score, one per map and ordinal.

    The first of the two compared maps, and ratios, are drawn filled.
    """
    chosen = table[
        (table["against"] == against) & (table["source"] == "events") & (table["ordinal"] <= n_max)
    ]
    names = [*COMPARED, "/".join(COMPARED)]
    return [
        _band(rows, quantity, f"$n$ = {ordinal}", int(ordinal), name != COMPARED[1])
        for (ordinal, name), rows in chosen[chosen["map"].isin(names)].groupby(["ordinal", "map"])
    ]


def chance_bands(table: pd.DataFrame, against: str) -> list[Band]:
    """What chance gives: first events at the spots of another glass (LTE)."""
    chosen = table[
        (table["against"] == against)
        & (table["map"] == COMPARED[0])
        & (table["source"] == "other realization")
        & (table["ordinal"] == 1)
    ]
    return [_band(chosen, "fraction", "chance", 0, True)] if len(chosen) else []


def _band(rows: pd.DataFrame, quantity: str, label: str, ordinal: int, filled: bool) -> Band:
    ordered = rows.sort_values("x")
    columns = (ordered[name].to_numpy() for name in ("x", quantity, "lower", "upper"))
    return Band(*columns, label=label, ordinal=ordinal, filled=filled)


def events_title(label: str, summary: pd.DataFrame, curves: pd.DataFrame) -> str:
    """What the title of a figure says of the ensemble: N, realizations, events."""
    events = curves[(curves["source"] == "events") & (curves["map"] == COMPARED[0])]
    numbers = events.groupby("ordinal")["count"].max().astype(int)
    listed = ", ".join(f"{count:,}" for count in numbers)
    ordinals = ", ".join(f"{ordinal}" for ordinal in numbers.index)
    return (
        f"{label}, $N$ = {int(summary['n_particles'].max()):,}, "
        f"{int(curves['n_realizations'].max()):,} realizations; "
        f"events with $n$ = {ordinals}: {listed}; bands: 95 % bootstrap over realizations"
    )
