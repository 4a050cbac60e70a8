"""What chance gives: events that meet the soft spots of other glasses, and random points.

F_n and its ratio are fractions of events (:mod:`softfield.statistics.fractions`). The n-th events
of the realizations that have one are all the n-th events there are: F_n divides by their number,
and whoever reports it counts the realizations without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import TooFewDataError
from ..glass import FloatArray, IndexArray
from ..softness.distances import nearest_spot

#: Where the scores of a row come from.
CHANCE, RANDOM = "other realization", "random points"

_RANDOM_POINTS = 50


def chance_scores(
    places: Sequence[FloatArray],
    spots: Sequence[FloatArray],
    boxes: Sequence[FloatArray],
    n_shifts: int,
) -> list[IndexArray]:
    """Index of the nearest spot when events meet the spots of *other* realizations.

    Parameters
    ----------
    places : R arrays (E_r, d), the events of each realization
    spots : R arrays (S_r, d), its spots, softest first
    boxes : R arrays (d,), of unsheared glasses
    n_shifts : int
        Events of realization r meet the spots of r + 1, ..., r + n_shifts (cyclic);
        at most R - 1. Places are scaled to the other box.

    Returns
    -------
    R arrays (n_shifts, E_r) of indices into the spots of those realizations.

    Raises
    ------
    TooFewDataError
        If there are fewer than ``n_shifts`` + 1 realizations.
    """
    count = len(places)
    if not 1 <= n_shifts < count:
        raise TooFewDataError(
            f"events of {count} realizations cannot meet the spots of {n_shifts} others; "
            "run more realizations."
        )
    found = []
    for r in range(count):
        rows = []
        for shift in range(1, n_shifts + 1):
            other = (r + shift) % count
            scaled = places[r] * (boxes[other] / boxes[r])
            rows.append(nearest_spot(scaled, spots[other], boxes[other])[0])
        found.append(np.stack(rows))
    return found


def scores_by_chance(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    n_shifts: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Scores of the events against spots of other realizations, and of random points.

    Where a map has no spot in a glass all events miss it, those of others too. Glasses in which
    the map failed are left out of its chance; empty if all are.
    """
    spots = _with_misses(spots, events)
    axes = [axis for axis in "xyz" if axis in spots]
    box = dict(zip(summary["realization"], summary[[f"box_{a}" for a in axes]].to_numpy(),
                   strict=True))  # fmt: skip
    parts: list[pd.DataFrame] = []
    for name, of_map in spots[spots["realization"].isin(box)].groupby("map"):
        softest_first = of_map.sort_values("rank", kind="stable")
        tables = [of_one for _, of_one in softest_first.groupby("realization")]
        owners = np.array([table["realization"].iloc[0] for table in tables])
        boxes = [box[owner] for owner in owners]
        places = [table[axes].to_numpy() for table in tables]
        met = _Spots(of_map, tables)
        mine = dict(list(events[events["map"] == name].groupby("realization")))
        of_events = [mine.get(owner, events.iloc[:0]) for owner in owners]
        shifts = min(n_shifts, len(boxes) - 1)
        if shifts > 0:
            at = [rows[axes].to_numpy() for rows in of_events]
            found = chance_scores(at, places, boxes, shifts)
            parts.append(met.by_events(found, of_events, owners, shifts))
        points = [rng.random((_RANDOM_POINTS, each.size)) * each for each in boxes]
        parts.append(met.by_points(points, places, boxes, owners))
    return stacked(parts)


def _with_misses(spots: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The spots that there are, and one that counts for nothing where a map has none.

    A row without a rank says that there is none; with a ``failure``, that the map is not known,
    unless its events are scored.
    """
    keys = ["map", "realization"]
    missing = spots["rank"].isna()
    known = pd.MultiIndex.from_frame(spots[keys]).isin(pd.MultiIndex.from_frame(events[keys]))
    if "failure" in spots:
        known |= spots["failure"].eq("").to_numpy()
    nothing = spots[missing & known].assign(rank=np.inf, delta_epsilon=np.inf)
    axes = [axis for axis in "xyz" if axis in spots]
    return pd.concat([spots[~missing], nothing.fillna(dict.fromkeys(axes, 0.0))])


class _Spots:
    """The spots of one map in all realizations, and the rows of those that are met."""

    def __init__(self, of_map: pd.DataFrame, tables: list[pd.DataFrame]) -> None:
        self.map, self.direction = of_map[["map", "direction"]].iloc[0]
        self.first = np.cumsum([0, *(len(table) for table in tables)])[:-1]
        self.number = np.array([int(np.isfinite(table["rank"]).sum()) for table in tables])
        self.scores = pd.concat(tables)[["delta_epsilon", "rank"]].reset_index(drop=True)

    def _rows(self, owner: IndexArray, nearest: IndexArray, source: str) -> pd.DataFrame:
        met = self.scores.iloc[self.first[owner] + nearest].reset_index(drop=True)
        labels = {"map": self.map, "direction": self.direction, "source": source}
        return met.assign(n_spots=self.number[owner], **labels)

    def by_events(
        self,
        found: list[IndexArray],
        of_events: list[pd.DataFrame],
        owners: npt.NDArray,
        shifts: int,
    ) -> pd.DataFrame:
        """Events of each realization at the spots of the following ones."""
        counts = np.array([rows.shape[1] for rows in found])
        one = np.repeat(np.arange(len(found)), counts * shifts)
        step = np.concatenate([np.repeat(np.arange(1, shifts + 1), n) for n in counts])
        other = (one + step) % len(found)
        ordinals = [np.tile(rows["ordinal"].to_numpy(), shifts) for rows in of_events]
        rows = self._rows(other, np.concatenate([rows.ravel() for rows in found]), CHANCE)
        return rows.assign(
            realization=owners[one], ordinal=np.concatenate(ordinals), other=owners[other]
        )

    def by_points(
        self,
        points: list[FloatArray],
        places: list[FloatArray],
        boxes: list[FloatArray],
        owners: npt.NDArray,
    ) -> pd.DataFrame:
        """Random points of each realization at its own spots."""
        of_each = list(zip(points, places, boxes, strict=True))
        nearest = [nearest_spot(at, spots, box)[0] for at, spots, box in of_each]
        away = [
            nearest_spot(at, spots[0], box)[1] if number else np.full(len(at), np.inf)
            for (at, spots, box), number in zip(of_each, self.number, strict=True)
        ]
        one = np.repeat(np.arange(len(nearest)), [len(rows) for rows in nearest])
        rows = self._rows(one, np.concatenate(nearest), RANDOM)
        return rows.assign(
            realization=owners[one], ordinal=0, other=np.nan, first_distance=np.concatenate(away)
        )


def stacked(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    tables = list(parts)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
