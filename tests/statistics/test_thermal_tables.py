"""Tables of rearrangements at temperatures, on cases done by hand."""

import numpy as np
import pandas as pd
import pytest
from test_event_tables import SETTINGS, prediction_case, summary_of, value

from softfield.errors import TooFewDataError
from softfield.paper import compare_with_paper
from softfield.statistics.thermal_tables import (
    BARRIERS,
    NOT_AT_REST,
    QUANTITIES,
    TIME_EDGES,
    at_earlier_places,
    barrier_table,
    estimates_in_time,
    passage_table,
    returns,
    thermal_estimates,
)


def case_at_points():
    """First events of four glasses at two points: at the second the glasses 0 and 1 have none."""
    events, spots = prediction_case()
    first = events[events["ordinal"] == 1].assign(direction="xy")
    at_rest = first.assign(temperature=0.1, rate=0.0)
    sheared = first[first["realization"] > 1].assign(temperature=0.01, rate=1e-3)
    return pd.concat([at_rest, sheared], ignore_index=True), spots.assign(direction="xy")


def test_every_point_is_estimated_from_its_own_events():
    events, spots = case_at_points()
    table = thermal_estimates(events, spots, summary_of(4), SETTINGS, np.random.default_rng(0))
    assert set(table["quantity"]) <= set(QUANTITIES)
    labels = {"source": "events", "ordinal": 1, "quantity": "F(1)"}
    # LTE names every first event, NM those of the realizations 0 and 2
    for (temperature, rate), number in (((0.1, 0.0), 4), ((0.01, 1e-3), 2)):
        for name, expected in (("lte", 1.0), ("nm", 0.5)):
            row = value(table, map=name, temperature=temperature, rate=rate, **labels)
            assert (row["value"], row["n_events"]) == (expected, number)
            assert row["n_missing"] == 4 - number
    chance = table[(table["source"] == "other realization") & (table["quantity"] == "F(1)")]
    # chance meets the spots of two other glasses, where first spots lie as in the glass itself
    assert set(chance.loc[chance["map"] == "lte", "value"]) == {1.0}


def test_spots_of_other_directions_do_not_count():
    events, spots = case_at_points()
    elsewhere = spots.assign(direction="x-y", x=9.0, y=0.1)
    both = pd.concat([spots, elsewhere], ignore_index=True)
    one, other = (
        thermal_estimates(events, table, summary_of(4), SETTINGS, np.random.default_rng(0))
        for table in (spots, both)
    )
    pd.testing.assert_frame_equal(one, other)


def test_nothing_that_happened_is_no_table():
    events, spots = case_at_points()
    with pytest.raises(TooFewDataError, match="no glass left its minimum"):
        thermal_estimates(events[:0], spots, summary_of(4), SETTINGS, np.random.default_rng(0))
    none = summary_of(4)[:0]
    with pytest.raises(TooFewDataError, match="that left their minimum failed in some stage"):
        thermal_estimates(events, spots, none, SETTINGS, np.random.default_rng(0))


def test_passages_by_hand():
    """Three of four glasses leave, at the times 1, 2 and 7; one was left out of the summary."""
    points = pd.DataFrame(
        {
            "realization": np.arange(5),
            "temperature": 0.1,
            "rate": 0.0,
            "n_events": [1, 1, 1, 0, 1],
            "n_returns": 0,
            "n_repeats": 0,
            "n_flickers": [0, 1, 0, 2, 50],
            "watched": [1.0, 2.0, 7.0, 10.0, 1.0],
            "first_time": [1.0, 7.0, 2.0, np.inf, 1.0],
            "first_strain": [0.0, 0.0, 0.0, np.inf, 0.0],
        }
    )
    table = passage_table(points, summary_of(4), SETTINGS)
    left = value(table, quantity="left")
    # Clopper and Pearson, 3 of 4
    assert [left["value"], left["lower"], left["upper"]] == pytest.approx(
        [0.75, 0.1941, 0.9937], abs=1e-4
    )
    assert left["status"] == "too few data"
    assert value(table, quantity="median time")["value"] == 4.5  # of 1, 2, 7 and none
    assert value(table, quantity="flickers")["value"] == pytest.approx(100 * 3 / 20)
    few = points.assign(n_events=0, first_time=np.inf)
    assert value(passage_table(few, summary_of(4), SETTINGS), quantity="median time")["value"] == (
        np.inf
    )


def barriers_of(ratios, n_without=3, n_still=2):
    """Glasses with these ratios, some whose barrier is not known, some that stayed."""
    pairs = pd.DataFrame({"temperature": 0.1, "barrier": 0.3 * np.asarray(ratios),
                          "predicted": 0.3, "reason": ""})  # fmt: skip
    without = pd.DataFrame({"temperature": 0.1, "reason": ["no saddle in 60 steps"] * n_without})
    without = without.assign(barrier=np.nan, predicted=0.2)
    still = pd.DataFrame({"temperature": np.nan, "reason": ["stayed"] * n_still})
    table = pd.concat([pairs, without, still], ignore_index=True)
    return table.assign(realization=np.arange(len(table)))


def test_barriers_are_a_geometric_mean_over_glasses():
    ratios = 10 ** np.random.default_rng(3).normal(0.4, 0.5, 30)
    settings = {"n_resamples": 400, "min_realizations": 20}
    (row,) = barrier_table(barriers_of(ratios), settings, np.random.default_rng(0)).to_dict(
        "records"
    )
    assert row["quantity"] == BARRIERS
    assert row["value"] == pytest.approx(np.log10(np.prod(ratios) ** (1 / 30)))
    error = np.log10(ratios).std(ddof=1) / np.sqrt(30)
    # Student's t of 29 degrees of freedom has 2.05; resamples and skewness move the ends
    assert row["upper"] - row["lower"] == pytest.approx(2 * 2.05 * error, rel=0.15)
    assert (row["n_values"], row["n_missing"], row["status"]) == (30, 3, "ok")


def test_few_barriers_are_too_few():
    settings = {"n_resamples": 400, "min_realizations": 20}
    for ratios in ([1.0] * 19, []):
        table = barriers_of(ratios)
        (row,) = barrier_table(table, settings, np.random.default_rng(0)).to_dict("records")
        assert row["status"] == "too few data"
        assert f"{len(ratios)} of {len(table)} glasses" in row["reason"]
        assert "no saddle" in row["reason"]
        assert np.isnan(row["lower"])


def test_glasses_that_were_not_watched_at_rest_have_no_row():
    settings = {"n_resamples": 400, "min_realizations": 20}
    sheared = barriers_of([], 0, 30).assign(reason=NOT_AT_REST, barrier=np.nan, predicted=np.nan)
    found = barrier_table(sheared, settings, np.random.default_rng(0))
    assert found.empty
    row = barrier_table(barriers_of(np.arange(1.0, 21.0)), settings, np.random.default_rng(0))
    assert list(found.columns) == list(row.columns)
    claims = compare_with_paper({"barriers": {"a": found}}, 20).set_index("claim")
    assert claims.loc["barriers", "verdict"] == "not measured"
    still = barrier_table(sheared.assign(reason="stayed"), settings, np.random.default_rng(0))
    assert still["reason"].str.contains("0 of 30 glasses").tolist() == [True]


def events_in_time(rng):
    """Forty glasses of two spots with an event in each of three decades, and two in the third.

    Those up to the time 1 are at the first spot, those from 1 to 10 in every second glass, those
    from 10 to 100 at the second.
    """
    places = {1: (2.0, 2.0), 2: (7.0, 7.0)}
    events, spots = [], []
    for r in range(40):
        for rank, at in places.items():
            spots.append((r, "lte", rank, float(rank), *at, "xy"))
        for ordinal, (time, rank) in enumerate(
            [(1.0, 1), (rng.uniform(1.01, 10.0), 1 + r % 2), (11.0, 2), (100.0, 2)], start=1
        ):
            at = places[rank]
            events.append((r, "lte", ordinal, *at, float(rank), rank, 2, 0.0, 1.0 - 0.4 * rank,
                           time, 0.1, 0.0, "xy"))  # fmt: skip
    columns = ["realization", "map", "ordinal", "x", "y", "delta_epsilon", "rank", "n_spots",
               "first_distance", "percentile", "time", "temperature", "rate",
               "direction"]  # fmt: skip
    return (
        pd.DataFrame(events, columns=columns),
        pd.DataFrame(spots, columns=["realization", "map", "rank", "delta_epsilon", "x", "y",
                                     "direction"]),
    )  # fmt: skip


def test_later_events_are_estimated_in_the_decade_in_which_they_came():
    events, spots = events_in_time(np.random.default_rng(1))
    given = (spots, summary_of(40), SETTINGS)
    table = estimates_in_time(events, *given, np.random.default_rng(0))
    for until, expected, number, percentile in (
        (1.0, 1.0, 40, 0.6), (10.0, 0.5, 40, 0.4), (100.0, 0.0, 80, 0.2)
    ):  # fmt: skip
        of_decade = table[(table["until"] == until) & (table["source"] == "events")]
        row = value(of_decade, quantity="F(1)")
        assert (row["value"], row["n_events"], row["n_missing"]) == (expected, number, 0)
        assert row["lower"] <= expected <= row["upper"]
        assert row["after"] == TIME_EDGES[TIME_EDGES.index(until) - 1]
        mean = value(of_decade, quantity="mean percentile")
        assert mean["value"] == pytest.approx(percentile)
        # two events of a glass that are one and the same are as much as one: forty glasses with
        # none at the first spot leave 1 - (1 - p)^40 = 0.975
        if until == 100.0:
            assert row["upper"] == pytest.approx(1.0 - 0.025 ** (1 / 40), rel=1e-9)
    assert set(table["until"]) == {1.0, 10.0, 100.0}, "nothing came later"
    assert set(table["source"]) == {"events", "other realization"}
    ordinals = thermal_estimates(events, *given, np.random.default_rng(0))
    third = ordinals[(ordinals["ordinal"] == 3) & (ordinals["source"] == "events")]
    assert value(third, quantity="mean percentile")["value"] == pytest.approx(0.2)


def test_returns_and_repeats_by_hand():
    """Minima of the energies 0, -0.5, 0, 0.3, -0.5, 0.1: the second and the fourth lead back."""
    assert returns([0.5, -0.5, -0.3, 0.8, -0.6]).tolist() == [False, True, False, True, False]
    assert returns([]).tolist() == []
    # whatever the unit of energy
    for unit in (1e-9, 1e9):
        drops = unit * np.array([0.5, -0.5, -0.3, 0.8, -0.6])
        assert returns(drops).tolist() == [False, True, False, True, False]
    # across the boundary of a cell of ten the third is a distance of two from the first
    places = [(9.0, 5.0), (5.0, 5.0), (1.0, 5.0), (5.0, 9.0), (5.0, 7.9)]
    found = at_earlier_places(places, (10.0, 10.0))
    assert found.tolist() == [False, False, True, False, True]
    assert at_earlier_places(places, (10.0, 10.0), 1.5).tolist() == [False] * 4 + [True]
    assert at_earlier_places(places, (10.0, 10.0), 1.0).tolist() == [False] * 5
    assert at_earlier_places(np.zeros((0, 2)), (10.0, 10.0)).tolist() == []


def test_shares_of_returns_and_repeats_are_those_of_later_events():
    """Three glasses with 3, 2 and 1 events: three later ones, of which two repeat, one returns."""
    points = pd.DataFrame(
        {
            "realization": np.arange(3), "temperature": 0.1, "rate": 0.0,
            "n_events": [3, 2, 1], "n_returns": [1, 0, 0], "n_repeats": [1, 1, 0],
            "n_flickers": 0, "watched": 1.0, "first_time": 1.0, "first_strain": 0.0,
        }
    )  # fmt: skip
    table = passage_table(points, summary_of(3), SETTINGS)
    for quantity, expected in (("repeats", 2 / 3), ("returns", 1 / 3)):
        row = value(table, quantity=quantity)
        assert (row["value"], row["n_events"]) == (pytest.approx(expected), 3)
        assert row["status"] == "too few data"
    sheared = passage_table(points.assign(rate=1e-3), summary_of(3), SETTINGS)
    assert "returns" not in set(sheared["quantity"]), "energies change with the strain"
    assert value(sheared, quantity="repeats")["value"] == pytest.approx(2 / 3)
