"""Events scored against the spots of a map, whatever made them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from workflow_helpers.columns import AXES, vector_columns
from workflow_helpers.events import Events, event_places

from softfield.glass import Glass, ThermalEnergy
from softfield.softness.indicators import Map
from softfield.softness.scores import (
    area_shares,
    on_common_bins,
    score_events,
    score_without_spots,
)
from softfield.softness.spots import SoftSpot


def spots_from(table: pd.DataFrame, dimension: int) -> list[SoftSpot]:
    """The spots of one realization and map, softest first."""
    ordered = table.dropna(subset=["rank"]).sort_values("rank", kind="stable")
    places = ordered[list(AXES[:dimension])].to_numpy()
    return [SoftSpot(p, s) for p, s in zip(places, ordered["softness"], strict=True)]


def scored(
    glass: Glass,
    field: ThermalEnergy,
    shown: Map,
    spots: pd.DataFrame,
    events: Events,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """A row for every event of a glass, scored against the map ``shown`` and its spots."""
    if settings["common_bins"]:
        shown = on_common_bins(shown, field)
    places = event_places(glass, events, settings["event_location"])
    area = area_shares(glass, shown, places, settings["points_per_bin"])
    located = spots_from(spots, glass.dimension)
    scores = (
        score_events(places, located, area, glass.box) if located else score_without_spots(area)
    )
    columns = {
        "ordinal": events["ordinal"],
        "strain": events["strain"],
        **vector_columns("", places, glass.dimension),
        **asdict(scores),
    }
    return pd.DataFrame(columns)
