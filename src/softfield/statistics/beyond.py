"""What the paper calls for and has no values of: its prediction at temperatures and rates."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from .claims import sizes_of
from .resampling import relied_upon

#: Quantities of first rearrangements at temperatures and rates, of these maps, and their names.
_THERMAL = {"F(1)": "F_1(1)", "mean percentile": "mean percentile"}
_THERMAL_MAPS = {"lte": "LTE", "nm": "NM", "barrier": "lowest barriers"}


def beyond_the_paper(tables: Mapping[str, Mapping[str, pd.DataFrame]]) -> pd.DataFrame:
    """What the paper calls for and has no values of: its prediction at temperatures and rates.

    ``tables["thermal"]`` has the estimates of :mod:`softfield.statistics.thermal_tables` by
    ensemble. One row per ensemble, point, map and quantity: quantity, ensemble, n_particles
    and fewest_particles (of its glasses), n_events, n_realizations, measured, lower, upper and
    chance. There are no verdicts, and no intervals of means of too few values.
    """
    rows = []
    for ensemble, every in tables.get("thermal", {}).items():
        table = relied_upon(every)
        first = table[
            (table["ordinal"] == 1)
            & table["quantity"].isin(list(_THERMAL))
            & table["map"].isin(list(_THERMAL_MAPS))
        ]
        by_chance = first[first["source"] == "other realization"]
        keys = ["temperature", "rate", "map", "quantity"]
        chance = by_chance.set_index(keys)["value"].to_dict()
        for row in first[first["source"] == "events"].to_dict("records"):
            known = 0.5 if row["quantity"] == "mean percentile" else math.nan
            at_rest = "at rest" if row["rate"] == 0 else f"rate {row['rate']:g}"
            rows.append({
                "quantity": f"{_THERMAL[row['quantity']]} of first rearrangements, "
                f"{_THERMAL_MAPS[row['map']]}, T = {row['temperature']:g}, {at_rest}",
                "ensemble": ensemble,
                "n_events": row["n_events"], "n_realizations": row["n_realizations"],
                "measured": row.get("value"), "lower": row.get("lower"), "upper": row.get("upper"),
                "chance": chance.get(tuple(row[key] for key in keys), known),
            })  # fmt: skip
    beyond = pd.DataFrame(rows, columns=list(BEYOND_COLUMNS))
    return beyond.assign(**sizes_of(beyond, tables.get("summaries", {})))


BEYOND_COLUMNS = ("quantity", "ensemble", "n_particles", "fewest_particles", "n_events",
                  "n_realizations", "measured", "lower", "upper", "chance")  # fmt: skip
