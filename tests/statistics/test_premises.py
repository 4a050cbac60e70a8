"""What the argument of the paper takes for granted, on samples with known answers."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from softfield.glass import Glass
from softfield.softness.signs import near_signs
from softfield.statistics.premises import (
    BY_CHANCE,
    DENSITY_OF_WAVES,
    MODES_APART,
    NEAR,
    SIGNS_TOGETHER,
    premises,
    wave_gaps,
)

SETTINGS = {"phonon_free": 0.8, "localised": 0.3, "radius": 2.5, "min_realizations": 20}


def glasses(n=40, frequency=1.0):
    return pd.DataFrame(
        {"realization": np.arange(n), "failure": "", "transverse_frequency": frequency}
    )


def no_signs():
    return pd.DataFrame({"realization": [0], "failure": "no"})


def row(quantity, dimension=2, **tables):
    every = {"signs": no_signs(), "glasses": glasses(), "pairs": mode_pairs([]), **tables}
    return premises(every, dimension, SETTINGS).set_index("quantity").loc[quantity]


# --- signs ---


def placed(rng, n_glasses, together):
    """Large energies of random numbers in random places; negative ones beside positive or not."""
    rows = []
    for realization in range(n_glasses):
        box, number = np.array([40.0, 40.0]), rng.integers(2, 30)
        glass = Glass(np.zeros((2, 2)), np.zeros(2, int), box)
        positive = rng.uniform(0, 40, (number, 2))
        negative = positive + rng.normal(size=(number, 2)) if together else rng.uniform(
            0, 40, (number, 2))  # fmt: skip
        middles = np.vstack([positive, negative])
        found = near_signs(glass, middles, np.repeat([20.0, -20.0], number), 10.0, 2.5)
        rows.append({"realization": realization, "failure": "", **found._asdict()})
    return pd.DataFrame(rows)


def test_random_places_of_the_signs_are_chance():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(40):
        found = row(SIGNS_TOGETHER, signs=placed(rng, 20, False))
        covered += found["lower"] <= 0 <= found["upper"]
    # 95 % of 40, with a binomial error of 1.4
    assert covered >= 34


def test_signs_that_lie_together_lie_above_chance():
    signs = placed(np.random.default_rng(6), 30, True)
    found = premises({"signs": signs, "glasses": glasses(), "pairs": mode_pairs([])}, 2, SETTINGS)
    found = found.set_index("quantity")
    share = signs["near"].sum() / signs["negative"].sum()
    assert share > 0.9  # 2.5 standard deviations of a normal distribution in the plane
    chance = (signs["negative"] * signs["covered"]).sum() / signs["negative"].sum()
    assert found["value"][[NEAR, BY_CHANCE]].tolist() == pytest.approx([share, chance])
    assert found["value"][SIGNS_TOGETHER] == pytest.approx(share - chance)
    assert found["lower"][SIGNS_TOGETHER] > 0.3
    assert found["n_values"][SIGNS_TOGETHER] == signs["negative"].sum()


@pytest.mark.parametrize("near", [0, 1])
def test_a_share_that_is_the_same_in_all_glasses_has_an_interval(near):
    signs = pd.DataFrame(
        {"realization": range(30), "failure": "", "negative": 2, "near": 2 * near, "covered": 0.5}
    )
    found = row(NEAR, signs=signs)
    assert found["value"] == near
    # none of 30: 1 - 0.025^(1/30), Clopper and Pearson
    ends = (0.0, 1 - 0.025 ** (1 / 30))
    expected = (1 - ends[1], 1.0) if near else ends
    assert (found["lower"], found["upper"]) == pytest.approx(expected)


def test_without_large_energies_there_is_no_share():
    none = placed(np.random.default_rng(7), 8, True).assign(negative=0, near=0)
    found = row(SIGNS_TOGETHER, signs=none)
    assert (found["status"], found["n_realizations"]) == ("too few data", 0)
    found = row(SIGNS_TOGETHER, signs=placed(np.random.default_rng(7), 4, True))
    assert found["status"] == "too few data"
    assert np.isnan(found["lower"])


# --- modes apart ---


def mode_pairs(ratios, **changes):
    """One pair in every glass with these ratios, of modes that count unless changed."""
    columns = {"frequency": 0.5, "participation_ratio": 0.2, "other_frequency": 0.6,
               "other_participation_ratio": 0.1, "distance": 5.1, "own": -3.0}  # fmt: skip
    table = pd.DataFrame({"realization": np.arange(len(ratios)), **columns, **changes})
    return table.assign(coupling=3.0 * np.asarray(ratios, dtype=float))


def test_the_median_over_glasses_of_their_median_ratios():
    rng = np.random.default_rng(8)
    of_glasses = 10 ** rng.uniform(-3, -1, 31)
    parts = [mode_pairs(factor * of_glasses) for factor in (0.9, 1.0, 50.0)]
    found = row(MODES_APART, pairs=pd.concat(parts))
    # bins of a hundredth of a decade
    assert found["value"] == pytest.approx(np.median(of_glasses), rel=0.03)
    # exact: the median lies between the 10th and the 22nd of 31 with 97 %
    between = np.sort(of_glasses)
    assert between[8] * 0.97 <= found["lower"] <= found["value"] <= found["upper"]
    assert found["upper"] <= between[22] * 1.03
    assert (found["n_values"], found["n_realizations"], found["status"]) == (93, 31, "ok")


@pytest.mark.parametrize("change", [
    {"frequency": 0.81}, {"other_frequency": 0.81}, {"participation_ratio": 0.31},
    {"other_participation_ratio": 0.31}, {"distance": 4.9},
])  # fmt: skip
def test_modes_that_are_not_localised_or_not_apart_do_not_count(change):
    found = row(MODES_APART, pairs=mode_pairs(np.full(30, 0.01), **change))
    assert (found["status"], found["n_values"]) == ("too few data", 0)
    kept = row(MODES_APART, pairs=mode_pairs(np.full(30, 0.01)))
    assert (kept["status"], kept["n_values"]) == ("ok", 30)


def test_few_glasses_with_two_such_modes_are_too_few():
    found = row(MODES_APART, pairs=mode_pairs(np.full(19, 0.01)))
    assert found["status"] == "too few data"
    assert "19 glasses" in found["reason"]


# --- the density of waves ---


def waves_of_box(dimension, largest=3.7):
    """Frequencies of all transverse waves, by a list of wave vectors: each one has d - 1
    directions, and with its opposite a sine and a cosine."""
    lengths = [np.linalg.norm(n) for n in product(range(-5, 6), repeat=dimension) if any(n)]
    return np.repeat(sorted(k for k in lengths if k < largest), dimension - 1)


@pytest.mark.parametrize("dimension", [2, 3])
def test_gaps_have_the_number_of_waves_below(dimension):
    waves = waves_of_box(dimension, 5.0)
    lengths = np.unique(waves.round(9))
    for k, (middle, number) in enumerate(wave_gaps(dimension)):
        assert middle == pytest.approx((lengths[k] * lengths[k + 1]) ** 0.5)
        assert number == (waves < middle).sum()
    assert [number for _, number in wave_gaps(dimension)] == {2: [4, 8], 3: [12, 36]}[dimension]


def modes_of(rng, frequencies, n=40, count=30, width=0.05):
    """The lowest modes of glasses that have these frequencies, with scatter."""
    parts = []
    for realization in range(n):
        found = np.sort(frequencies(rng) * (1 + width * rng.normal()))[:count]
        parts.append(pd.DataFrame({"realization": realization, "frequency": found}))
    return pd.concat(parts).assign(participation_ratio=0.6)


@pytest.mark.parametrize(("dimension", "count"), [(2, 30), (3, 60)])
def test_waves_of_the_box_have_the_density_of_debye(dimension, count):
    waves = waves_of_box(dimension)
    modes = modes_of(np.random.default_rng(9), lambda rng: waves * (1 + 0.02 * rng.normal(
        size=waves.size)), count=count)  # fmt: skip
    found = row(DENSITY_OF_WAVES, dimension, frequencies=modes)
    assert found["against"] == dimension - 1
    assert found["value"] == pytest.approx(dimension - 1, abs=0.02)
    # localised modes are not counted
    more = modes.assign(frequency=0.9 * modes["frequency"], participation_ratio=0.1)
    same = row(DENSITY_OF_WAVES, dimension, frequencies=pd.concat([modes, more]))
    assert same["value"] == found["value"]


def test_waves_of_heavy_particles_are_slower():
    waves = waves_of_box(2)
    modes = modes_of(np.random.default_rng(9), lambda rng: waves * (1 + 0.02 * rng.normal(
        size=waves.size)))  # fmt: skip
    found = row(DENSITY_OF_WAVES, frequencies=modes)
    slower = modes.assign(frequency=modes["frequency"] / np.sqrt(40.0))
    heavy = row(DENSITY_OF_WAVES, frequencies=slower, glasses=glasses().assign(mean_mass=40.0))
    assert heavy["status"] == "ok"
    assert heavy["value"] == pytest.approx(found["value"])


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_modes_at_random_have_the_exponent_of_the_counts_at_the_gaps(exponent):
    """Between two frequencies a and b, n ~ omega^(p + 1), whatever shells lie between."""

    def frequencies(rng):
        number = rng.poisson(10)
        return 2.0 * rng.uniform(size=number) ** (1 / (exponent + 1))

    modes = modes_of(np.random.default_rng(10), frequencies, n=4000, width=0.0)
    reach = pd.DataFrame({"realization": np.arange(4000), "frequency": 9.0,
                          "participation_ratio": 0.6})  # fmt: skip
    found = row(DENSITY_OF_WAVES, frequencies=pd.concat([modes, reach]))
    (start, few), (end, many) = wave_gaps(2)
    expected = 2 * (exponent + 1) * np.log(end / start) / np.log(many / few) - 1
    assert found["lower"] <= expected <= found["upper"]
    assert found["upper"] - found["lower"] < 0.15  # 4,000 glasses, some 3 modes below the first


def test_too_few_modes_reach_too_few_shells():
    waves = waves_of_box(2)
    modes = modes_of(np.random.default_rng(11), lambda rng: waves, count=6, width=0.0)
    found = row(DENSITY_OF_WAVES, frequencies=modes)
    assert found["status"] == "too few data"
    assert "second shell" in found["reason"]


@pytest.mark.parametrize(
    ("boxes", "status"),
    [
        ([[20.0, 20.0], [20.1, 19.9]], "ok"),
        ([[20.0, 40.0]] * 2, "too few data"),
        ([[20.0, 20.0], [40.0, 40.0]], "too few data"),
    ],
)
def test_shells_of_other_boxes_are_not_counted(boxes, status):
    waves = waves_of_box(2)
    modes = modes_of(np.random.default_rng(11), lambda rng: waves, width=0.0)
    tables = {"signs": no_signs(), "glasses": glasses(), "pairs": mode_pairs([])}
    found = premises({**tables, "frequencies": modes}, 2, SETTINGS, boxes)
    found = found.set_index("quantity").loc[DENSITY_OF_WAVES]
    assert (found["status"], "squares" in found["reason"]) == (status, status != "ok")


def test_failed_glasses_and_none_at_all():
    failed = glasses().assign(failure="no")
    found = premises({"signs": no_signs(), "glasses": failed, "pairs": mode_pairs([])}, 2, SETTINGS)
    assert found["status"].tolist() == ["too few data"] * 3


def test_waves_without_an_interval_have_no_value_that_is_relied_on():
    """Nearly all in one glass: leaving it out says nothing. As many in every glass: one mode."""
    waves = waves_of_box(2)
    alike = modes_of(np.random.default_rng(9), lambda rng: waves, width=0.0)
    found = row(DENSITY_OF_WAVES, frequencies=alike)
    assert (found["status"], found["value"]) == ("ok", pytest.approx(1.0))
    # 160 and 320 modes below the gaps: one more in the first and one less in the second, or so
    ends = [2 * np.log((320 - k) / (160 + k)) / np.log(2) - 1 for k in (1, -1)]
    assert (found["lower"], found["upper"]) == pytest.approx(tuple(ends))
    one = alike[(alike["realization"] == 0) | (alike["frequency"] > wave_gaps(2)[0][0])]
    found = row(DENSITY_OF_WAVES, frequencies=one)
    assert found["status"] == "too few data"
    assert "no interval" in found["reason"]


def test_waves_of_tilted_boxes_are_not_those_of_squares():
    waves = waves_of_box(2)
    modes = modes_of(np.random.default_rng(9), lambda rng: waves * (1 + 0.02 * rng.normal(
        size=waves.size)))  # fmt: skip
    upright, tilted = glasses().assign(strain=0.0), glasses().assign(strain=0.4)
    assert row(DENSITY_OF_WAVES, frequencies=modes, glasses=upright)["status"] == "ok"
    found = row(DENSITY_OF_WAVES, frequencies=modes, glasses=tilted)
    assert (found["status"], np.isnan(found["value"])) == ("too few data", True)
    assert "no squares" in found["reason"]


def test_signs_of_glasses_that_failed_say_why():
    failed = pd.DataFrame({"realization": range(9), "failure": "the reach is larger than the box"})
    found = row(SIGNS_TOGETHER, signs=failed)
    assert "the reach is larger" in found["reason"]
