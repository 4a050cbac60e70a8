"""Curves and scores of the prediction tables as the figures want them."""

from collections.abc import Mapping

import pandas as pd

import workflow_helpers.checkout  # noqa: F401
from workflow_helpers.labels import size_words

from softfield.figures.curves import Band, Points
from softfield.figures.prediction import PaperNumbers
from softfield.paper import CLAIMS
from softfield.statistics.chance import CHANCE
from softfield.statistics.event_tables import COMPARED, RATIO
from softfield.statistics.resampling import Curve, relied_upon

#: What a figure calls the compared maps.
WORDS = {"lte": "LTE", "nm": "NM", RATIO: "LTE / NM"}

#: The compared maps alone.
SCORED = {name: WORDS[name] for name in COMPARED}

#: Mean percentile of a place that has nothing to do with the map.
CHANCE_PERCENTILE = 0.5


def event_bands(table: pd.DataFrame, against: str, quantity: str, n_max: int = 3) -> list[Band]:
    """Curves of the first ``n_max`` events against one score, one per map and ordinal.

    The first of the two compared maps, and ratios, are drawn filled.
    """
    chosen = table[
        (table["against"] == against) & (table["source"] == "events") & (table["ordinal"] <= n_max)
    ]
    names = [*COMPARED, RATIO]
    return [
        _band(rows, quantity, f"$n$ = {ordinal}", int(ordinal), name != COMPARED[1])
        for (ordinal, name), rows in chosen[chosen["map"].isin(names)].groupby(["ordinal", "map"])
    ]


def chance_bands(table: pd.DataFrame, against: str, quantity: str = "fraction") -> list[Band]:
    """What chance gives: first events at the spots of other glasses, of both maps or the ratio."""
    chosen = table[
        (table["against"] == against)
        & (table["source"] == CHANCE)
        & (table["ordinal"] == 1)
        & table["map"].isin([*COMPARED, RATIO])
    ]
    return [
        _band(rows, quantity, f"chance, {WORDS[name]}", 0, name != COMPARED[1])
        for name, rows in chosen.groupby("map")
    ]


def paper_numbers() -> PaperNumbers:
    """What the paper says in numbers of Fig. 4."""
    fractions = [(mark, CLAIMS[f"F_1({mark:g})"].paper) for mark in (1.0, 2.0)]
    return PaperNumbers(fractions, {n: CLAIMS[f"largest F_{n} ratio"].paper for n in (1, 3)})


def score_points(
    estimates: pd.DataFrame, quantity: str, along: str, labels: Mapping[str, str] = SCORED
) -> list[Points]:
    """A score of some maps, and what chance gives, along a column of the table.

    A mean of too few values has no interval that could be relied on, and none is drawn.
    """
    chosen = relied_upon(estimates[estimates["quantity"] == quantity])
    found = []
    for series, (name, label) in enumerate(labels.items()):
        of_map = chosen[chosen["map"] == name]
        events = of_map[of_map["source"] == "events"]
        chance = of_map[of_map["source"] == CHANCE]
        if quantity == "mean percentile":
            chance = events.assign(value=CHANCE_PERCENTILE)
        found += [
            points_along(events, along, label, series),
            points_along(chance, along, label, series, chance=True),
        ]
    return [points for points in found if points.curve.x.size]


def points_along(
    rows: pd.DataFrame, along: str, label: str, series: int, chance: bool = False
) -> Points:
    """The rows that have a value, in ascending order of the column ``along``."""
    return Points(label, Curve.from_table(rows, along, "value"), series=series, chance=chance)


def _band(rows: pd.DataFrame, quantity: str, label: str, ordinal: int, filled: bool) -> Band:
    return Band(Curve.from_table(rows, "x", quantity), label, ordinal, filled)


def ensemble_title(label: str, summary: pd.DataFrame, scores: pd.DataFrame, what: str = "") -> str:
    """What the title of a figure of scores says of the ensemble: N, realizations, ``what``."""
    return (
        f"{label}, {size_words(summary)}, "
        f"{int(scores['n_realizations'].max()):,} realizations{what}; 95 % intervals"
    )


def events_title(label: str, summary: pd.DataFrame, curves: pd.DataFrame, n_max: int = 3) -> str:
    """What the title of a figure says of the ensemble: N, realizations, first events.

    Events are counted in the first of the compared maps that is there, or in any other.
    """
    events = curves[(curves["source"] == "events") & (curves["ordinal"] <= n_max)]
    counted = min(events["map"], key=lambda name: [*COMPARED, name].index(name))
    numbers = events[events["map"] == counted].groupby("ordinal")["count"].max().astype(int)
    listed = ", ".join(f"{count:,}" for count in numbers)
    ordinals = ", ".join(f"{ordinal}" for ordinal in numbers.index)
    return (
        f"{label}, {size_words(summary)}, "
        f"{int(curves['n_realizations'].max()):,} realizations; "
        f"events with $n$ = {ordinals}: {listed}; bands: 95 %, realizations as units"
    )
