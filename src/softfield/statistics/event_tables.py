"""From tables of single realizations to the tables of F_n and its companions.

Tables in, tables out (pandas). Where data do not suffice, a row says so in its columns ``status``
("too few data") and ``reason``. The columns of every table are listed in ``docs/statistics.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..checks.numbers import whole_number
from ..errors import InvalidSettingError, TooFewDataError
from ..glass import FloatArray
from .chance import CHANCE, scores_by_chance, stacked
from .fractions import (
    Fractions,
    difference_of_fractions,
    fractions,
    largest_ratio,
    ratio_of_fractions,
)
from .resampling import (
    TOO_FEW,
    Curve,
    Estimate,
    Tables,
    bootstrap_weights,
    estimate_row,
    mean_with_interval,
)

#: Where the scores of a row come from; others by chance.
EVENTS = "events"

#: What the fraction of events is plotted against -> the column of scores.
SCORES = ("delta_epsilon", "rank", "spot_fraction", "area_fraction")

#: Map -> map that it is compared with, event by event.
COMPARED = ("lte", "nm")
RATIO = "/".join(COMPARED)

#: Delta eps at which F_n, its excess over chance and its fall with n are given.
MARKS = (1.0, 1.5, 2.0)

#: Where the ratio of the compared maps is given, by score.
RATIO_MARKS = {
    "delta_epsilon": MARKS,
    "rank": (5.0,),
    "spot_fraction": (0.3,),
    "area_fraction": (0.05, 0.2),
}

#: Delta eps among which the largest ratio is sought; fixed before any data were seen. At large
#: Delta eps every ratio tends to 1, whatever the maps.
LARGEST_RATIO_WINDOW = (1.0, 3.0)

#: Share of the area that counts as softest, and the number of events of the paper's Fig. 3 that
#: overlap soft spots.
SOFTEST_SHARE = 0.1
FIRST_EVENTS = 4

#: Distance from the first event up to which a first choice is right (docs/choices.md), in lengths
#: of the models; that of glasses in other lengths is a setting.
NEAR = 3.0

#: Range of what is averaged: no interval goes beyond it.
_RANGES = {
    "percentile": (0.0, 1.0), "spot_fraction": (0.0, 1.0), "rank": (1.0, np.inf),
    "distance": (0.0, np.inf), "difference": (-1.0, 1.0),
}  # fmt: skip

_LARGEST_DELTA_EPSILON = 10.0
_STEPS_OF_DELTA_EPSILON = 50  # per unit


def prediction_tables(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> Tables:
    """F_n and its companions for every map, with what chance gives.

    Parameters
    ----------
    events : one row per realization, direction, map and event: realization, direction, map,
        ordinal, x, y(, z), delta_epsilon, rank, n_spots, percentile, area_fraction
    spots : one row per realization, direction, map and spot: realization, direction, map, rank,
        delta_epsilon, x, y(, z); the rank is missing where a map of a realization has no spot.
        Where both tables lack ``direction``, all shear was in one
    summary : the realizations that did not fail: realization, box_x, box_y(, box_z)
    settings : ``n_resamples``, ``min_realizations``, ``min_events``, ``n_shifts``, and
        ``near_radius``, the distance from an event up to which a first choice is right

    Returns
    -------
    dict with ``curves``, ``ratios`` and ``estimates`` of the events in all directions together,
    and ``directions``, the estimates of every map in each direction alone

    Raises
    ------
    TooFewDataError
        If there is no event.
    InvalidSettingError
        If a setting is no number of its kind, an event or a realization is listed twice, or a map
        of the events is not among the spots.
    """
    _check(settings, "n_resamples", "min_realizations", "min_events", "n_shifts")
    events, spots = (_with_direction(table) for table in (events, spots))
    _check_once(events[events["realization"].isin(summary["realization"])])
    _check_summary(summary)
    rows, weights = _with_chance(events, spots, summary, settings, rng)
    known = spots.dropna(subset=["rank"])
    group = _Groups(rows, weights, settings)
    return {
        "curves": pd.concat(list(group.curves()), ignore_index=True),
        "ratios": stacked(group.ratio_curves()),
        "estimates": pd.DataFrame([*group.estimates(), *_without_spots(spots, known, group)]),
        "directions": stacked(
            pd.DataFrame(_Groups(of_one, weights, settings).of_maps()).assign(direction=direction)
            for direction, of_one in rows.groupby("direction", sort=False)
        ),
    }


def class_estimates(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """F_n and mean scores of every map for classes of events, of which a glass may have several.

    Parameters are those of :func:`prediction_tables`, but ``ordinal`` is the number of the class.
    Intervals take the glass as the unit.

    Returns
    -------
    DataFrame
        As the ``estimates`` of :func:`prediction_tables`, of every map alone.

    Raises
    ------
    TooFewDataError
        If there is no event.
    InvalidSettingError
        If a setting is no number of its kind, or a map of the events is not among the spots.
    """
    _check(settings, "n_resamples", "min_realizations", "n_shifts")
    events, spots = (_with_direction(table) for table in (events, spots))
    rows, weights = _with_chance(events, spots, summary, settings, rng)
    return pd.DataFrame(_Groups(rows, weights, settings).of_maps())


def _with_chance(
    events: pd.DataFrame,
    spots: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, FloatArray]:
    """The scores of events and of chance, and the weights of the resamples."""
    _check_maps(events, spots)
    scored = _scored(events, summary)
    if scored.empty:
        raise TooFewDataError("no realization of the summary has an event; shear further.")
    by_chance = [
        scores_by_chance(
            of_one, spots[spots["direction"] == direction], summary, settings["n_shifts"], rng
        )
        for direction, of_one in events.groupby("direction", sort=False)
    ]
    met = [_scored(one, summary) for one in by_chance if not one.empty]
    weights = bootstrap_weights(len(summary), settings["n_resamples"], rng)
    return pd.concat([scored, *met], ignore_index=True), weights


def parameter_table(
    scores: pd.DataFrame,
    summary: pd.DataFrame,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimates of the prediction for every choice of every free parameter.

    ``scores`` has the columns of the events in :func:`prediction_tables`, and parameter and
    setting; the same resamples of realizations are used for all choices. ``settings`` are
    ``n_resamples``, ``min_realizations`` and ``near_radius``.

    Raises
    ------
    InvalidSettingError
        If an event is listed twice for one choice.
    """
    _check(settings, "n_resamples", "min_realizations")
    weights = bootstrap_weights(len(summary), settings["n_resamples"], rng)
    parts = []
    for (parameter, setting), part in scores.groupby(["parameter", "setting"], sort=False):
        part = _with_direction(part[part["realization"].isin(summary["realization"])])
        _check_once(part)
        group = _Groups(_scored(part, summary), weights, settings)
        found = [*group.of_maps(), *group.ratios()]
        parts.append(pd.DataFrame(found).assign(parameter=parameter, setting=setting))
    return stacked(parts)


def system_size_table(
    estimates: Mapping[str, pd.DataFrame], n_particles: Mapping[str, int]
) -> pd.DataFrame:
    """Estimates of the compared maps, their ratio and difference, of ensembles of several sizes.

    Parameters
    ----------
    estimates : by ensemble, as :func:`prediction_tables` returns them
    n_particles : by ensemble, N

    Returns
    -------
    DataFrame
        The rows of the maps ``lte``, ``nm``, ``lte/nm`` and ``lte-nm``, unchanged, with the
        columns ensemble and n_particles, in ascending order of N.

    Raises
    ------
    TooFewDataError
        If no ensemble has one of these maps.
    """
    names = [*COMPARED, RATIO, "-".join(COMPARED)]
    parts = [
        table[table["map"].isin(names)].assign(ensemble=name, n_particles=n_particles[name])
        for name, table in sorted(estimates.items(), key=lambda item: n_particles[item[0]])
    ]
    found = pd.concat(parts, ignore_index=True)
    if found.empty:
        raise TooFewDataError(f"no ensemble has the map {' or '.join(COMPARED)}; name one of them.")
    return found


class _Groups:
    """The scores of one ensemble by map, source and ordinal, and what is estimated from them."""

    def __init__(
        self, rows: pd.DataFrame, weights: FloatArray, settings: Mapping[str, Any]
    ) -> None:
        self.weights, self.settings = weights, settings
        self.by = dict(list(rows.groupby(["map", "source", "ordinal"])))
        self.maps = list(dict.fromkeys(name for name, _, _ in self.by))
        self.ordinals = sorted({n for _, source, n in self.by if source == EVENTS})

    @property
    def n_realizations(self) -> int:
        return self.weights.shape[1]

    def curves(self) -> Iterator[pd.DataFrame]:
        """Fractions of n-th events against every score."""
        for (name, source, ordinal), rows in self.by.items():
            for score in _scores_of(rows):
                found = self._fractions(rows, score, _thresholds(score, rows))
                labels = {"map": name, "source": source, "ordinal": ordinal, "against": score}
                yield found.curve().table("x", "fraction", **labels)

    def ratio_curves(self) -> Iterator[pd.DataFrame]:
        """Ratio of the compared maps where the second counts ``min_events`` events."""
        for source, ordinal, ours, reference in self._pairs():
            for score in _scores_of(ours):
                x = _thresholds(score, pd.concat([ours, reference]))
                one, other = (self._fractions(rows, score, x) for rows in (ours, reference))
                table = ratio_of_fractions(one, other).table("x", "ratio", against=score)
                enough = table["count"] >= self.settings["min_events"]
                yield table[enough].assign(map=RATIO, source=source, ordinal=ordinal)

    def estimates(self) -> Iterator[dict[str, Any]]:
        yield from self.of_maps()
        yield from self._excesses()
        yield from self._falls()
        yield from self._first_events()
        yield from self.ratios()
        yield from self._largest_ratios()
        yield from self._differences()

    def of_maps(self) -> Iterator[dict[str, Any]]:
        """F_n and mean scores of each map."""
        for (name, source, ordinal), rows in self.by.items():
            labels = {"map": name, "source": source, "ordinal": ordinal}
            at_marks = self._fractions(rows, "delta_epsilon", MARKS)
            for k, mark in enumerate(MARKS):
                yield self._row(labels, f"F({mark:g})", rows, partial(at_marks.estimate, k))
            if "area_fraction" in _scores_of(rows):
                share = self._fractions(rows, "area_fraction", [SOFTEST_SHARE])
                yield self._row(labels, "share in the softest tenth", rows, share.estimate)
            if rows.get("first_distance") is not None and rows["first_distance"].notna().all():
                near = self._fractions(rows, "first_distance", [self.settings["near_radius"]])
                yield self._row(labels, "first choice near", rows, near.estimate)
            for score in ("percentile", "rank", "spot_fraction", "distance"):
                if rows.get(score) is not None and np.isfinite(rows[score]).all():
                    yield self._mean_row(labels, f"mean {score}", rows, score)

    def ratios(self) -> Iterator[dict[str, Any]]:
        """Ratio of the compared maps at marks fixed beforehand, of events and by chance."""
        for source, ordinal, ours, reference in self._pairs():
            labels = {"map": RATIO, "source": source, "ordinal": ordinal}
            for score, marks in RATIO_MARKS.items():
                if score not in _scores_of(ours):
                    continue
                one, other = (self._fractions(rows, score, marks) for rows in (ours, reference))
                curve = ratio_of_fractions(one, other)
                for mark in marks:
                    name = f"ratio at {score} {mark:g}"
                    yield self._row(labels, name, ours, partial(_at, curve, mark))

    def _excesses(self) -> Iterator[dict[str, Any]]:
        """F_n less what chance gives."""
        for (name, source, ordinal), rows in self.by.items():
            by_chance = self.by.get((name, CHANCE, ordinal))
            if source != EVENTS or by_chance is None:
                continue
            one, other = (
                self._fractions(part, "delta_epsilon", MARKS) for part in (rows, by_chance)
            )
            curve = difference_of_fractions(one, other)
            labels = {"map": name, "source": source, "ordinal": ordinal}
            for mark in MARKS:
                quantity = f"excess F({mark:g})"
                yield self._row(labels, quantity, rows, partial(_at, curve, mark))

    def _falls(self) -> Iterator[dict[str, Any]]:
        """F of the event before less F of this one, in glasses that have both."""
        for (name, source, ordinal), rows in self.by.items():
            before = self.by.get((name, EVENTS, ordinal - 1))
            if source != EVENTS or before is None:
                continue
            earlier, later = _in_both(before, rows)
            if later.empty:
                continue
            one, other = (self._fractions(part, "delta_epsilon", MARKS)
                          for part in (earlier, later))  # fmt: skip
            curve = difference_of_fractions(one, other)
            labels = {"map": name, "source": source, "ordinal": ordinal}
            for mark in MARKS:
                quantity = f"fall of F({mark:g})"
                yield self._row(labels, quantity, later, partial(_at, curve, mark))

    def _first_events(self) -> Iterator[dict[str, Any]]:
        """Share of the first four events in the softest tenth, of glasses with as many."""
        for name in self.maps:
            keys = [(name, EVENTS, n) for n in range(1, FIRST_EVENTS + 1)]
            parts = [self.by[key] for key in keys if key in self.by]
            scored = all("area_fraction" in _scores_of(part) for part in parts)
            if len(parts) == FIRST_EVENTS and scored:
                rows = pd.concat(_of_all(parts))
                if rows.empty:
                    continue
                found = self._fractions(rows, "area_fraction", [SOFTEST_SHARE])
                labels = {"map": name, "source": EVENTS, "ordinal": FIRST_EVENTS}
                words = f"share of the first {FIRST_EVENTS} in the softest tenth"
                yield self._row(labels, words, rows, found.estimate)

    def _largest_ratios(self) -> Iterator[dict[str, Any]]:
        for source, ordinal, ours, reference in self._pairs():
            if source != EVENTS:
                continue
            x = _thresholds("delta_epsilon", pd.concat([ours, reference]))
            one, other = (self._fractions(rows, "delta_epsilon", x) for rows in (ours, reference))
            labels = {"map": RATIO, "source": source, "ordinal": ordinal}

            def found(one: Fractions = one, other: Fractions = other) -> Estimate:
                least = self.settings["min_events"]
                return largest_ratio(one, other, LARGEST_RATIO_WINDOW, least, self.weights)

            yield self._row(labels, "largest ratio against delta_epsilon", ours, found)

    def _differences(self) -> Iterator[dict[str, Any]]:
        """Mean percentile of the LTE less that of another map, on the same events."""
        for name in self.maps:
            for ordinal in self.ordinals:
                keys = ((COMPARED[0], EVENTS, ordinal), (name, EVENTS, ordinal))
                if name == COMPARED[0] or any(key not in self.by for key in keys):
                    continue
                ours, other = _in_both(*(self.by[key] for key in keys))
                if ours.empty or "percentile" not in ours:
                    continue
                rows = ours.assign(difference=ours["percentile"] - other["percentile"].to_numpy())
                labels = {"map": f"{COMPARED[0]}-{name}", "source": EVENTS, "ordinal": ordinal}
                words = "difference of mean percentile"
                yield self._mean_row(labels, words, rows, "difference")

    def _pairs(self) -> Iterator[tuple[str, int, pd.DataFrame, pd.DataFrame]]:
        """Source, ordinal and the scores of the same events by both compared maps."""
        for source in (EVENTS, CHANCE):
            for ordinal in self.ordinals:
                keys = [(name, source, ordinal) for name in COMPARED]
                if all(key in self.by for key in keys):
                    ours, reference = _in_both(*(self.by[key] for key in keys))
                    if len(ours):
                        yield source, ordinal, ours, reference

    def _fractions(self, rows: pd.DataFrame, score: str, x: npt.ArrayLike) -> Fractions:
        return fractions(rows[score], _owners(rows), x, self.n_realizations)

    def _mean_row(
        self, labels: Mapping[str, Any], quantity: str, rows: pd.DataFrame, score: str
    ) -> dict[str, Any]:
        """The mean of a score; its value also where it has no interval."""
        values = rows[score].to_numpy(dtype=np.float64)
        within = _RANGES[score]
        row = self._row(
            labels, quantity, rows,
            lambda: mean_with_interval(values, _owners(rows), self.weights, within=within),
        )  # fmt: skip
        return {"value": float(values.mean()), **row}

    def _row(
        self,
        labels: Mapping[str, Any],
        quantity: str,
        rows: pd.DataFrame,
        estimate: Callable[[], Estimate],
    ) -> dict[str, Any]:
        """An estimate, with the events that it rests on; a reason where they are too few."""
        with_event, least = rows["column"].nunique(), self.settings["min_realizations"]
        row: dict[str, Any] = {
            **labels, "quantity": quantity, "n_events": len(rows),
            "n_missing": self.n_realizations - with_event, "n_realizations": self.n_realizations,
            "status": TOO_FEW, "reason": "",
        }  # fmt: skip
        try:
            found = estimate()
        except TooFewDataError as error:
            return row | {"reason": str(error)}
        row |= estimate_row(found)
        if with_event < least:
            reason = f"{with_event} realizations have such an event, fewer than {least}."
            row |= {"status": TOO_FEW, "reason": reason}
        return row | {"n_realizations": self.n_realizations}


def _check(settings: Mapping[str, Any], *names: str) -> None:
    for name in names:
        whole_number(settings[name], f"statistics.{name}", least=0 if name == "n_shifts" else 1)


def _check_maps(events: pd.DataFrame, spots: pd.DataFrame) -> None:
    missing = sorted(set(events["map"]) - set(spots["map"]))
    if missing:
        raise InvalidSettingError(
            f"the table of spots has no map {', '.join(missing)}, which the events name; find the "
            "soft spots of every map whose events are scored."
        )


def _without_spots(
    spots: pd.DataFrame, known: pd.DataFrame, group: _Groups
) -> Iterable[dict[str, Any]]:
    """A row for every map that has no spot in any realization, nor events that are scored."""
    for name in sorted(set(spots["map"]) - set(known["map"]) - set(group.maps)):
        yield {
            "map": name, "source": EVENTS, "ordinal": 1, "quantity": "F(1)", "n_events": 0,
            "n_missing": group.n_realizations, "n_realizations": group.n_realizations,
            "status": TOO_FEW, "reason": "the map has no soft spot in any realization.",
        }  # fmt: skip


def _check_once(events: pd.DataFrame) -> None:
    twice = events.duplicated(["realization", "direction", "map", "ordinal"])
    if twice.any():
        row = events[twice].iloc[0]
        raise InvalidSettingError(
            f"event {row['ordinal']} of realization {row['realization']} is listed twice for the "
            f"map {row['map']!r} and would count twice; name every map and choice once."
        )


def _check_summary(summary: pd.DataFrame) -> None:
    twice = summary.duplicated(["realization"])
    if twice.any():
        raise InvalidSettingError(
            f"realization {summary[twice]['realization'].iloc[0]} is listed twice in the summary; "
            "give every realization one row."
        )


def _scored(events: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """Events of the realizations of the summary, with every score and a column index.

    ``other_column`` is that of the realization whose spots an event meets by chance.
    """
    column = pd.Series(np.arange(len(summary)), index=summary["realization"])
    rows = _with_direction(events[events["realization"].isin(column.index)])
    rows["column"] = column.loc[rows["realization"]].to_numpy()
    rows["spot_fraction"] = (rows["rank"] / rows["n_spots"]).clip(upper=1.0)  # no spot: the last
    if "other" in rows:
        rows["other_column"] = column.reindex(rows["other"]).to_numpy()
        return rows
    return rows.assign(source=EVENTS)


def _with_direction(table: pd.DataFrame) -> pd.DataFrame:
    """A copy with the direction of shear of every row; one for all where none is given."""
    return table.copy() if "direction" in table else table.assign(direction="")


def _scores_of(rows: pd.DataFrame) -> list[str]:
    """The scores that every row has: chance has no place in the field, hence no area."""
    return [name for name in SCORES if rows.get(name) is not None and rows[name].notna().all()]


def _owners(rows: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Column (K,) of the realization of each event; (K, 2) where it meets another's spots."""
    if "other_column" in rows and rows["other_column"].notna().all():
        return rows[["column", "other_column"]].to_numpy(dtype=np.intp)
    return rows["column"].to_numpy(dtype=np.intp)


def _of_all(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The rows, table by table, of the realizations and directions that all tables have."""
    index = [pd.MultiIndex.from_frame(table[["column", "direction"]]) for table in tables]
    shared = reduce(pd.MultiIndex.intersection, index)
    return [table[own.isin(shared)] for table, own in zip(tables, index, strict=True)]


def _in_both(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of realizations and directions that both tables have, in the same order."""
    keys = ["column", "direction", *(["other_column"] if _owners(first).ndim == 2 else [])]
    one, other = (
        table.sort_values(keys, kind="stable").reset_index(drop=True)
        for table in _of_all((first, second))
    )
    return one, other


def _at(curve: Curve, mark: float) -> Estimate:
    """The estimate of a curve at one of its abscissas."""
    (found,) = np.nonzero(curve.x == mark)
    if found.size == 0:
        raise TooFewDataError(f"the denominator counts no event at {mark:g}.")
    ends = float(curve.lower[found[0]]), float(curve.upper[found[0]])
    return Estimate(float(curve.estimate[found[0]]), *ends, curve.n_realizations, curve.level)


def _thresholds(score: str, rows: pd.DataFrame) -> FloatArray:
    """Thresholds as fractions of integers, rounded once, so that equal shares meet exactly."""
    if score == "delta_epsilon":
        last = min(_LARGEST_DELTA_EPSILON, max(LARGEST_RATIO_WINDOW[1], float(rows[score].max())))
        steps = int(np.ceil((last - 1.0) * _STEPS_OF_DELTA_EPSILON - 1e-9))
        return (_STEPS_OF_DELTA_EPSILON + np.arange(steps + 1)) / _STEPS_OF_DELTA_EPSILON
    if score == "rank":
        return np.arange(1, int(rows["n_spots"].max()) + 1, dtype=np.float64)
    return np.arange(101) / 100
