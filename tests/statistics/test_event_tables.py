"""Tables of single realizations to curves and estimates, on cases done by hand."""

import numpy as np
import pandas as pd
import pytest
from test_prediction import BY_HAND, VISITED

from softfield.errors import InvalidSettingError, TooFewDataError, TooManyFailuresError
from softfield.glass import minimum_image
from softfield.statistics.distributions import count_signed, energy_distribution, logarithmic_edges
from softfield.statistics.event_tables import (
    parameter_table,
    prediction_tables,
    system_size_table,
)
from softfield.statistics.mode_density import mode_counts
from softfield.statistics.resampling import check_complete, relied_upon
from softfield.statistics.tails import tail_tables

SETTINGS = {
    "n_resamples": 200,
    "min_tail": 50,
    "tail_floor": 1.0,
    "min_realizations": 20,
    "min_events": 2,
    "n_shifts": 2,
    "near_radius": 3.0,
}

EVENT_COLUMNS = ["realization", "map", "ordinal", "x", "y", "delta_epsilon", "rank", "n_spots",
                 "distance", "percentile", "area_fraction"]  # fmt: skip
SPOT_COLUMNS = ["realization", "map", "rank", "delta_epsilon", "x", "y"]


@pytest.fixture
def rng():
    return np.random.default_rng(9)


def summary_of(n, box=10.0):
    return pd.DataFrame(
        {
            "realization": np.arange(n),
            "failure": "",
            "n_particles": 400,
            "box_x": box,
            "box_y": box,
            "sum_rule_error": 1e-12,
        }
    )


def prediction_case():
    """Four glasses with two spots each; LTE always names the first event, NM half of them.

    Realization 3 has no second event.
    """
    events, spots = [], []
    for r in range(4):
        for name, softness in (("lte", [4.0, 2.0]), ("nm", [3.0, 2.0])):
            places = [(2.0, 2.0), (7.0, 7.0)]
            if name == "nm" and r % 2:
                places = places[::-1]
            for rank, (place, value) in enumerate(zip(places, softness, strict=True), start=1):
                spots.append((r, name, rank, softness[0] / value, *place))
            for ordinal, at in ((1, (2.0, 2.0)), (2, (7.0, 7.0))):
                if (r, ordinal) == (3, 2):
                    continue
                rank = places.index(at) + 1
                spread = softness[0] / softness[rank - 1]
                events.append((r, name, ordinal, *at, spread, rank, 2, 0.0, 0.9 / rank,
                               1 - 0.9 / rank))  # fmt: skip
    return (
        pd.DataFrame(events, columns=EVENT_COLUMNS),
        pd.DataFrame(spots, columns=SPOT_COLUMNS),
    )


def value(table, **labels):
    for name, wanted in labels.items():
        table = table[table[name] == wanted]
    assert len(table) == 1
    return table.iloc[0]


def test_predictions_are_those_worked_out_on_paper(rng):
    events, spots = prediction_case()
    tables = prediction_tables(events, spots, summary_of(4), SETTINGS, rng)
    estimates = tables["estimates"]
    of_events = estimates[estimates["source"] == "events"]
    for name, ordinal, expected in (
        ("lte", 1, 1.0),
        ("nm", 1, 0.5),
        ("lte", 2, 0.0),
        ("nm", 2, 1 / 3),
    ):
        row = value(of_events, map=name, ordinal=ordinal, quantity="F(1)")
        assert row["value"] == pytest.approx(expected)
        assert row["n_events"] == (4 if ordinal == 1 else 3)
        assert row["n_missing"] == (0 if ordinal == 1 else 1)
        assert row["status"] == "too few data"  # four realizations
    # NM: softness 3 and 2, so Delta eps = 1.5 and all events are counted at 2
    assert value(of_events, map="nm", ordinal=1, quantity="F(2)")["value"] == 1
    assert value(of_events, map="lte", ordinal=1, quantity="mean percentile")["value"] == 0.9
    assert value(of_events, map="nm", ordinal=1, quantity="mean rank")["value"] == 1.5


def test_directions_of_shear_count_together_and_each_alone(rng):
    """Under xy the LTE has every first event at its first choice, under x-y none, once no spot."""
    events, spots = (table.assign(direction="xy") for table in prediction_case())
    first = events[events["ordinal"] == 1].assign(first_distance=2.9)
    other = first.assign(direction="x-y", rank=2.0, delta_epsilon=2.0, first_distance=3.1)
    nowhere = (other["realization"] == 0) & (other["map"] == "lte")
    other.loc[nowhere, ["rank", "delta_epsilon", "first_distance"]] = np.inf
    other.loc[nowhere, "n_spots"] = 0
    met = spots.assign(direction="x-y")
    lost = (met["realization"] == 0) & (met["map"] == "lte")
    met = pd.concat([met[~lost], met[lost][:1].assign(rank=np.nan)])
    both = pd.concat([first, other], ignore_index=True)
    tables = prediction_tables(both, pd.concat([spots, met]), summary_of(4), SETTINGS, rng)
    labels = {"map": "lte", "ordinal": 1, "source": "events"}
    for quantity, together, xy, x_y in (
        ("F(1)", 4 / 8, 1, 0),
        ("F(2)", 7 / 8, 1, 3 / 4),
        ("first choice near", 4 / 8, 1, 0),
        ("mean spot_fraction", (4 * 0.5 + 4 * 1) / 8, 0.5, 1),
    ):
        row = value(tables["estimates"], quantity=quantity, **labels)
        assert (row["value"], row["n_events"]) == (pytest.approx(together), 8)
        for direction, expected in (("xy", xy), ("x-y", x_y)):
            row = value(tables["directions"], quantity=quantity, direction=direction, **labels)
            assert (row["value"], row["n_events"]) == (pytest.approx(expected), 4)
    # random points are near a place that has nothing to do with them by pi 3^2 / 100; 400 of them
    # for each of four glasses and two directions (one has no spot)
    row = value(tables["estimates"], map="lte", source="random points",
                quantity="first choice near")  # fmt: skip
    assert row["value"] == pytest.approx(0.09 * np.pi, abs=4 * (0.28 * 0.72 / 350) ** 0.5)
    wider = {**SETTINGS, "near_radius": 3.2}
    tables = prediction_tables(both, pd.concat([spots, met]), summary_of(4), wider, rng)
    row = value(tables["estimates"], quantity="first choice near", **labels)
    assert row["value"] == pytest.approx(7 / 8)
    twice = pd.concat([both, first])
    with pytest.raises(InvalidSettingError, match="listed twice"):
        prediction_tables(twice, pd.concat([spots, met]), summary_of(4), SETTINGS, rng)


def five_event_case():
    """Glasses with 5, 5, 4, 2 and 1 events; one spot of Delta eps 1, 2, 3, 4 in each corner.

    The LTE calls the spots in the order of ``VISITED`` of test_prediction; the normal modes have
    the same four places in the reverse order, with softness ratios 1, 1.1, 1.2, 1.3.
    """
    places = [(1.0, 1.0), (6.0, 1.0), (1.0, 6.0), (6.0, 6.0)]
    ratios = {"lte": [1.0, 2.0, 3.0, 4.0], "nm": [1.3, 1.2, 1.1, 1.0]}
    ranks = {"lte": [1, 2, 3, 4], "nm": [4, 3, 2, 1]}
    events, spots = [], []
    for r, visits in enumerate(VISITED):
        for name in ratios:
            for place, spread, rank in zip(places, ratios[name], ranks[name], strict=True):
                spots.append((r, name, rank, spread, *place))
            for ordinal, visit in enumerate(visits, start=1):
                k = visit - 1
                events.append((r, name, ordinal, *places[k], ratios[name][k], ranks[name][k],
                               4, 0.0, 1 - k / 4, k / 4))  # fmt: skip
    return (
        pd.DataFrame(events, columns=EVENT_COLUMNS),
        pd.DataFrame(spots, columns=SPOT_COLUMNS),
    )


def test_five_events_and_glasses_with_fewer(rng):
    tables = prediction_tables(*five_event_case(), summary_of(5), SETTINGS, rng)
    estimates, curves = tables["estimates"], tables["curves"]
    of_events = estimates[estimates["source"] == "events"]
    assert sorted(of_events["ordinal"].unique()) == [1, 2, 3, 4, 5]
    lte = curves[(curves["map"] == "lte") & (curves["source"] == "events")]
    for ordinal, fractions in BY_HAND.items():
        curve = lte[(lte["ordinal"] == ordinal) & (lte["against"] == "rank")]
        np.testing.assert_allclose(curve.sort_values("x")["fraction"], fractions)
        one = value(of_events, map="lte", ordinal=ordinal, quantity="F(1)")
        two = value(of_events, map="lte", ordinal=ordinal, quantity="F(2)")
        assert (one["value"], two["value"]) == pytest.approx(tuple(fractions[:2]))
        number = sum(len(visits) >= ordinal for visits in VISITED)
        assert (one["n_events"], one["n_missing"]) == (number, 5 - number)
        # every place of this map of the normal modes has Delta eps <= 1.3
        low = value(of_events, map="nm", ordinal=ordinal, quantity="F(2)")
        assert low["value"] == low["upper"] == 1
        assert low["lower"] == pytest.approx(0.025 ** (1 / number))


def test_ratio_of_fifth_events_by_hand(rng):
    tables = prediction_tables(*five_event_case(), summary_of(5), SETTINGS, rng)
    ratios = tables["ratios"]
    events = ratios["source"] == "events"
    fifth = ratios[events & (ratios["ordinal"] == 5) & (ratios["against"] == "rank")]
    # LTE at spots 4 and 2: 0, 1, 1, 2 of rank 1, 2, 3, 4 or softer; normal modes, at their
    # ranks 1 and 3: 1, 1, 2, 2, of which min_events = 2 leaves the last two
    assert dict(zip(fifth["x"], fifth["ratio"], strict=True)) == {3: 1 / 2, 4: 1}


def test_sizes_are_in_ascending_order_with_the_maps_that_are_compared(rng):
    events, spots = prediction_case()
    small = prediction_tables(events, spots, summary_of(4), SETTINGS, rng)["estimates"]
    other = small[small["map"] == "nm"].assign(map="neighbors")
    large = pd.concat([five := prediction_tables(*five_event_case(), summary_of(5), SETTINGS,
                                                 rng)["estimates"], other])  # fmt: skip
    table = system_size_table({"b": large, "a": small}, {"a": 400, "b": 1600})
    assert table["n_particles"].is_monotonic_increasing
    assert set(table["map"]) == {"lte", "nm", "lte/nm", "lte-nm"}
    assert len(table) == len(small) + len(five)
    row = value(table, ensemble="b", source="events", map="lte", ordinal=3, quantity="F(2)")
    assert (row["n_particles"], row["value"]) == (1600, pytest.approx(1 / 3))
    others = {name: small.assign(map="barrier") for name in "ab"}
    with pytest.raises(TooFewDataError, match="no ensemble has the map lte or nm"):
        system_size_table(others, {"a": 400, "b": 1600})


def test_ratios_compare_the_same_events(rng):
    events, spots = prediction_case()
    ratios = prediction_tables(events, spots, summary_of(4), SETTINGS, rng)["ratios"]
    ratios = ratios[ratios["source"] == "events"]
    first = ratios[(ratios["ordinal"] == 1) & (ratios["against"] == "rank")]
    assert dict(zip(first["x"], first["ratio"], strict=True)) == {1: 2.0, 2: 1.0}
    # of the second events the normal modes find one at rank 1: fewer than min_events
    second = ratios[(ratios["ordinal"] == 2) & (ratios["against"] == "rank")]
    assert second["x"].tolist() == [2]


def test_ratios_excesses_and_falls_by_hand(rng):
    estimates = prediction_tables(*five_event_case(), summary_of(5), SETTINGS, rng)["estimates"]
    of_events = estimates[estimates["source"] == "events"]
    # first events of VISITED are at Delta eps 1, 1, 2, 1, 4 of the LTE, and at 1.3, 1.3, 1.2, 1.3
    # and 1 of the normal modes: 3, 3, 4 of 5 against 1, 5, 5 of 5
    for mark, expected in ((1, 3.0), (1.5, 3 / 5), (2, 4 / 5)):
        row = value(of_events, map="lte/nm", ordinal=1, quantity=f"ratio at delta_epsilon {mark}")
        assert row["value"] == pytest.approx(expected)
        assert row["lower"] < expected < row["upper"]
    # all maps of the LTE are alike, so that chance is as good as the spots of the glass itself
    row = value(of_events, map="lte", ordinal=1, quantity="excess F(1)")
    assert row["value"] == 0
    assert row["lower"] < 0 < row["upper"]
    # glasses 1 to 4 have a second event: 3 of their first, 2 of their second at Delta eps = 1
    row = value(of_events, map="lte", ordinal=2, quantity="fall of F(1)")
    assert (row["value"], row["n_events"]) == (pytest.approx(1 / 4), 4)
    # percentiles of both maps are the same
    row = value(of_events, map="lte-nm", ordinal=1, quantity="difference of mean percentile")
    assert (row["value"], row["status"]) == (0, "too few data")
    # min_events = 2: from 1 to 1.98 the LTE has 3, from 1.2 on the normal modes 2 and then 5
    row = value(of_events, map="lte/nm", ordinal=1, quantity="largest ratio against delta_epsilon")
    assert (row["value"], row["status"]) == (pytest.approx(3 / 2), "too few data")


def test_the_first_four_events_are_counted_together(rng):
    events, spots = five_event_case()
    events["area_fraction"] = np.where(events["ordinal"] <= 2, 0.1, 0.11)
    estimates = prediction_tables(events, spots, summary_of(5), SETTINGS, rng)["estimates"]
    row = value(estimates, map="lte", source="events",
                quantity="share of the first 4 in the softest tenth")  # fmt: skip
    # two each of the three glasses that have four events; the other two are not among them
    assert (row["value"], row["n_events"]) == (pytest.approx(1 / 2), 12)
    three = events[events["ordinal"] <= 3]  # of which nothing is said under the name of four
    estimates = prediction_tables(three, spots, summary_of(5), SETTINGS, rng)["estimates"]
    assert not estimates["quantity"].str.startswith("share of the first").any()


def test_a_map_without_spots_is_a_row_and_one_glass_without_them_is_left_out(rng):
    events, spots = prediction_case()
    empty = pd.DataFrame({"realization": range(4), "map": "neighbors", "failure": "no spot"})
    partly = spots[(spots["realization"] != 3) | (spots["map"] != "nm")]
    some = events[(events["realization"] != 3) | (events["map"] != "nm")]
    tables = prediction_tables(some, pd.concat([partly, empty]), summary_of(4), SETTINGS, rng)
    estimates = tables["estimates"]
    row = value(estimates, map="neighbors")
    assert (row["status"], row["n_events"], row["n_missing"]) == ("too few data", 0, 4)
    assert "no soft spot" in row["reason"]
    row = value(estimates, map="nm", source="events", ordinal=1, quantity="F(1)")
    assert (row["n_events"], row["n_missing"]) == (3, 1)
    # events that were scored at a map without spots count as missed, and need no such row
    missed = some[some["map"] == "lte"].assign(map="neighbors", delta_epsilon=np.inf, rank=np.inf)
    both = pd.concat([some, missed])
    scored = prediction_tables(both, pd.concat([partly, empty]), summary_of(4), SETTINGS, rng)
    row = value(scored["estimates"], map="neighbors", source="events", ordinal=1, quantity="F(1)")
    assert row["value"] == 0
    # the ratio is that of glasses in which both maps have spots
    row = value(estimates, map="lte/nm", source="events", ordinal=1,
                quantity="ratio at delta_epsilon 1")  # fmt: skip
    assert (row["value"], row["n_events"]) == (pytest.approx(3 / 2), 3)
    with pytest.raises(InvalidSettingError, match="no map nm"):
        prediction_tables(events, spots[spots["map"] == "lte"], summary_of(4), SETTINGS, rng)


def test_in_a_direction_in_which_no_map_has_a_spot_all_miss_by_chance_too(rng):
    events, spots = (table.assign(direction="xy") for table in prediction_case())
    missed = events.assign(direction="-xy", rank=np.inf, delta_epsilon=np.inf, n_spots=0)
    none = spots.assign(direction="-xy", rank=np.nan)
    tables = prediction_tables(
        pd.concat([events, missed]), pd.concat([spots, none]), summary_of(4), SETTINGS, rng
    )
    of_lte = {"map": "lte", "source": "events", "ordinal": 1, "quantity": "F(1)"}
    assert value(tables["estimates"], **of_lte)["value"] == 0.5
    assert value(tables["directions"], direction="-xy", **of_lte)["value"] == 0
    by_chance = {**of_lte, "source": "other realization"}
    assert value(tables["directions"], direction="-xy", **by_chance)["value"] == 0
    assert value(tables["directions"], direction="xy", **by_chance)["value"] > 0


def test_a_map_without_places_in_some_glasses_knows_nothing_by_that(rng):
    """Two places in two of three glasses, anywhere: what is missed there is missed by chance."""
    glasses, spots, events = 45, [], []
    for r in range(glasses):
        none = r % 3 == 0
        for k in range(1 if none else 2):
            spots.append({"realization": r, "map": "predicted", "x": rng.random() * 10,
                          "y": rng.random() * 10, "rank": np.nan if none else k + 1.0,
                          "delta_epsilon": np.nan if none else k + 1.0})  # fmt: skip
        events.append({"realization": r, "map": "predicted", "ordinal": 1, "x": 5.0, "y": 5.0,
                       "rank": np.inf if none else 1.0, "n_spots": 0 if none else 2,
                       "delta_epsilon": np.inf if none else 1.0, "percentile": 0.5,
                       "area_fraction": 0.5})  # fmt: skip
    tables = prediction_tables(
        pd.DataFrame(events), pd.DataFrame(spots), summary_of(glasses), SETTINGS, rng
    )
    row = value(tables["estimates"], source="events", quantity="excess F(2)")
    # any place is within 2: two thirds, as by chance
    assert row["value"] == pytest.approx(0.0, abs=0.02)
    assert row["lower"] < 0 < row["upper"]


def test_glasses_without_a_place_are_missed_by_chance_also_where_nothing_happened(rng):
    """A map that knows nothing: no place in 30 % of the glasses, an event in 15 % of them."""
    values = []
    for _ in range(8):
        spots, events = [], []
        for r in range(200):
            places, none = rng.random((3, 2)) * 10, rng.random() < 0.3
            rows = [(np.nan, np.nan)] if none else [(k + 1.0, 1 + 0.3 * k) for k in range(3)]
            spots += [
                {"realization": r, "map": "barrier", "rank": rank, "delta_epsilon": delta,
                 "x": x, "y": y, "failure": ""}
                for (rank, delta), (x, y) in zip(rows, places, strict=False)
            ]  # fmt: skip
            if rng.random() < 0.15:
                apart = places - rng.random(2) * 10
                nearest = int((minimum_image(apart, (10.0, 10.0)) ** 2).sum(axis=1).argmin())
                rank, delta = (np.inf, np.inf) if none else rows[nearest]
                x, y = places[nearest] - apart[nearest]
                events.append(
                    {"realization": r, "map": "barrier", "ordinal": 1, "x": x, "y": y,
                     "rank": rank, "delta_epsilon": delta, "n_spots": 0 if none else 3,
                     "percentile": 0.5, "area_fraction": 0.5}
                )  # fmt: skip
        tables = prediction_tables(
            pd.DataFrame(events), pd.DataFrame(spots), summary_of(200), SETTINGS, rng
        )
        of = {"map": "barrier", "ordinal": 1, "quantity": "F(1)"}
        values.append(value(tables["estimates"], source="other realization", **of)["value"])
    # a third of 70 %; by chance of each run 0.01, before it was 0.32
    assert np.mean(values) == pytest.approx(0.7 / 3, abs=0.02)


def test_no_event_counts_twice(rng):
    events, spots = prediction_case()
    with pytest.raises(InvalidSettingError, match="listed twice"):
        prediction_tables(pd.concat([events, events]), spots, summary_of(4), SETTINGS, rng)
    twice = pd.concat([summary_of(4), summary_of(4)])
    with pytest.raises(InvalidSettingError, match="listed twice in the summary"):
        prediction_tables(events, spots, twice, SETTINGS, rng)
    study = events.assign(parameter="modes", setting="10")
    with pytest.raises(InvalidSettingError, match="listed twice"):
        parameter_table(pd.concat([study, study]), summary_of(4), SETTINGS, rng)
    once = parameter_table(study, summary_of(4), SETTINGS, rng)
    assert value(once, map="lte", ordinal=1, quantity="F(1)")["n_events"] == 4


@pytest.mark.parametrize("name", ["n_resamples", "min_realizations", "min_events", "n_shifts"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -3, 2.5, True, "10", None])
def test_settings_that_are_no_counts_are_refused(rng, name, bad):
    with pytest.raises(InvalidSettingError, match=name):
        prediction_tables(*prediction_case(), summary_of(4), {**SETTINGS, name: bad}, rng)


def test_curves_name_their_source_and_chance_is_there(rng):
    events, spots = prediction_case()
    curves = prediction_tables(events, spots, summary_of(4), SETTINGS, rng)["curves"]
    assert set(curves["source"]) == {"events", "other realization", "random points"}
    # All LTE maps are alike, so the spots of another glass do as well.
    chosen = curves[(curves["map"] == "lte") & (curves["ordinal"] == 1) & (curves["x"] == 1)]
    met = chosen[chosen["against"] == "delta_epsilon"].set_index("source")["fraction"]
    assert met["events"] == met["other realization"] == 1
    # A random point is as often near one spot as near the other: 200 points, error 0.035.
    half = curves[(curves["source"] == "random points") & (curves["against"] == "rank")]
    share = half[(half["map"] == "lte") & (half["x"] == 1)]["fraction"].iloc[0]
    assert share == pytest.approx(0.5, abs=0.18)


def test_realizations_outside_the_summary_do_not_count(rng):
    events, spots = prediction_case()
    tables = prediction_tables(events, spots, summary_of(4).iloc[:2], SETTINGS, rng)
    row = value(tables["estimates"], source="events", map="lte", ordinal=2, quantity="F(1)")
    assert row["n_events"] == row["n_realizations"] == 2


def test_too_many_failures_stop_the_summary():
    summary = summary_of(10)
    summary.loc[3, "failure"] = "fields: SaddleError: not a minimum"
    assert len(check_complete(summary, 0.1)) == 9
    with pytest.raises(TooManyFailuresError, match="1 of 10 realizations failed"):
        check_complete(summary, 0.05)


@pytest.mark.parametrize(
    ("failed", "number", "tolerance"), [(29, 100, 0.29), (57, 100, 0.57), (29, 200, 0.145)]
)
def test_failures_that_are_the_tolerated_fraction_are_tolerated(failed, number, tolerance):
    summary = pd.DataFrame({"failure": ["no"] * failed + [""] * (number - failed)})
    assert len(check_complete(summary, tolerance)) == number - failed
    summary.loc[failed, "failure"] = "no"
    with pytest.raises(TooManyFailuresError, match=f"{failed + 1} of {number} realizations"):
        check_complete(summary, tolerance)


def test_distribution_from_long_tables_is_the_histogram(rng):
    edges = logarithmic_edges(1e-3, 1e3, 4)
    samples = {7: rng.standard_cauchy(300), 2: rng.standard_cauchy(500)}
    rows = []
    for realization, energies in samples.items():
        for sign, counts in count_signed(energies, edges).items():
            filled = np.flatnonzero(counts)
            rows.append(pd.DataFrame({"realization": realization, "sign": sign, "bin": filled,
                                      "count": counts[filled]}))  # fmt: skip
    table = energy_distribution(pd.concat(rows), edges)
    everything = np.concatenate(list(samples.values()))
    for sign, part in (("all", np.abs(everything)), ("negative", -everything)):
        expected = np.histogram(part, edges)[0] / (800 * np.diff(edges))
        found = table[table["sign"] == sign]["density"].to_numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_tails_of_few_realizations_say_so(rng):
    tails = pd.DataFrame({"realization": np.repeat(np.arange(4), 100),
                          "energy": rng.pareto(1.25, 400) + 1})  # fmt: skip
    tables = tail_tables(tails, SETTINGS, rng)
    assert tables["fits"]["status"].tolist() == ["too few data"] * 2
    assert "20 realizations, not 4" in tables["fits"]["reason"].iloc[0]
    assert len(tables["scan"]) == 0


def test_tails_of_many_realizations_are_fitted(rng):
    values = (1 - rng.random((60, 40))) ** (-1 / 1.25)
    tails = pd.DataFrame({"realization": np.repeat(np.arange(60), 40), "energy": values.ravel()})
    tables = tail_tables(tails, SETTINGS, rng)
    fits = tables["fits"].set_index("sample")
    # (alpha - 1) / sqrt(n) = 0.026 for all values, 0.16 for the 60 maxima; several of them,
    # because x_min may be chosen high
    assert fits.loc["pooled", "value"] == pytest.approx(2.25, abs=0.25)
    assert fits.loc["maxima", "value"] == pytest.approx(2.25, abs=0.8)
    assert set(tables["convergence"]["n_realizations"]) >= {20, 60}
    assert (tables["scan"]["x_min"] >= 1).all()


def test_modes_are_counted_per_glass(rng):
    table = pd.DataFrame(
        {"realization": [3, 3, 3, 8, 8, 8], "frequency": [0.1, 0.4, 1.0, 0.2, 0.3, 0.5]}
    )
    curve = mode_counts(table)
    assert curve.x[0] == pytest.approx(0.1)
    assert curve.x[-1] == pytest.approx(0.5)  # beyond it one glass may lack modes
    for x, expected in ((0.11, 0.5), (0.25, 1.0), (0.45, 2.0)):
        assert curve.estimate[np.searchsorted(curve.x, x)] == expected
    assert curve.estimate[-1] == 2.5


def test_only_a_mean_of_too_few_values_has_no_interval_to_rely_on():
    rows = pd.DataFrame(
        [("F(1)", "too few data"), ("mean rank", "too few data"), ("mean rank", "ok")],
        columns=["quantity", "status"],
    ).assign(value=0.5, lower=0.25, upper=0.75)
    found = relied_upon(rows)
    assert found["lower"].isna().tolist() == found["upper"].isna().tolist() == [False, True, False]
    assert found["value"].tolist() == [0.5] * 3
    assert found.loc[[0, 2], ["lower", "upper"]].to_numpy().tolist() == [[0.25, 0.75]] * 2
