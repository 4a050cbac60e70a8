"""Intervals of fractions, ratios, differences and means: by hand, and how often they cover."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from softfield.errors import InvalidSettingError, TooFewDataError
from softfield.statistics.fractions import (
    binomial_interval,
    difference_of_fractions,
    fractions,
    largest_ratio,
    ratio_of_fractions,
)
from softfield.statistics.resampling import bootstrap_weights, mean_with_interval

#: Trials of a coverage test. At a true coverage of 0.95 fewer than 0.93 of 1,500 have a
#: probability of 3e-4.
TRIALS = 1500
NOMINAL = 0.93


@pytest.fixture
def rng():
    return np.random.default_rng(20170525)


def of_hits(hits):
    """Fraction of hits, one event in each glass."""
    return fractions(1.0 - np.asarray(hits, dtype=float), np.arange(len(hits)), [0.5], len(hits))


# --- one fraction ---


def test_binomial_ends_are_where_the_tails_have_a_fortieth():
    lower, upper = binomial_interval(3, 20)
    # probability of 3 or more at the lower end, of 3 or fewer at the upper end
    assert binom.sf(2, 20, lower) == pytest.approx(0.025)
    assert binom.cdf(3, 20, upper) == pytest.approx(0.025)
    assert binomial_interval(0, 20) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    assert binomial_interval(20, 20) == (pytest.approx(0.025 ** (1 / 20)), 1.0)


def test_no_event_of_25_at_the_softest_spot_is_no_certainty():
    found = of_hits(np.zeros(25, dtype=bool))
    assert (found.value[0], found.lower[0]) == (0, 0)
    assert found.upper[0] == pytest.approx(1 - 0.025 ** (1 / 25))
    every = of_hits(np.ones(25, dtype=bool))
    assert every.lower[0] == pytest.approx(1 - found.upper[0])


def test_where_all_events_of_every_glass_agree_the_glasses_are_counted():
    # 4 events in each of 30 glasses, none of them at the softest spot
    found = fractions(np.full(120, 2.0), np.repeat(np.arange(30), 4), [1.0], 30)
    assert found.upper[0] == binomial_interval(0, 30)[1]


@pytest.mark.parametrize(("p", "n"), [(0.02, 20), (0.98, 40), (0.1, 20), (0.5, 20), (0.5, 100)])
def test_interval_of_a_fraction_covers(rng, p, n):
    hits = rng.random((TRIALS, n)) < p
    lower, upper = binomial_interval(hits.sum(axis=1), n)
    assert np.mean((lower <= p) & (p <= upper)) >= NOMINAL


def clustered(rng, p, between, n, size):
    """Hits of ``size`` events in each of n glasses; ``between`` of the variance is of glasses."""
    total = (1 - between) / between
    of_glass = rng.beta(p * total, (1 - p) * total, n)
    return (rng.random((n, size)) < of_glass[:, None]).ravel()


@pytest.mark.parametrize("p", [0.02, 0.1, 0.5, 0.98])
@pytest.mark.parametrize("between", [0.05, 0.3, 0.9])
def test_interval_of_a_fraction_of_clustered_events_covers(rng, p, between):
    for n in (20, 60):
        owner, covered = np.repeat(np.arange(n), 10), 0
        for _ in range(TRIALS // 3):
            hits = clustered(rng, p, between, n, 10)
            found = fractions(1.0 - hits, owner, [0.5], n)
            covered += found.lower[0] <= p <= found.upper[0]
        # 500 trials: below 0.92 with probability 2e-3 at 0.95
        assert covered / (TRIALS // 3) >= 0.92


@pytest.mark.parametrize("p", [0.03, 0.43, 0.9])
def test_interval_of_chance_covers_when_the_spots_of_a_glass_are_met_ten_times(rng, p):
    n, shifts, total = 60, 10, 4.0
    one = np.repeat(np.arange(n), shifts)
    other = (one + np.tile(np.arange(1, shifts + 1), n)) % n
    covered, too_narrow = 0, 0
    for _ in range(TRIALS // 3):
        easy = rng.beta(p * total, (1 - p) * total, n)  # share of places at the softest spot
        misses = 1.0 * (rng.random(n * shifts) >= easy[other])
        both = fractions(misses, np.stack([one, other], axis=1), [0.5], n)
        events_only = fractions(misses, one, [0.5], n)
        covered += both.lower[0] <= p <= both.upper[0]
        too_narrow += not events_only.lower[0] <= p <= events_only.upper[0]
    assert covered / (TRIALS // 3) >= 0.92
    # which glass the spots are of matters: without it the interval is far too narrow
    assert too_narrow / (TRIALS // 3) > 0.1


# --- ratio and difference of two ---


def test_ratio_and_difference_by_hand():
    ours = fractions([1, 1, 1, 2, 2, 4], range(6), [0.5, 1, 2, 4], 6)
    theirs = fractions([4, 1, 3, 2, 4, 4], range(6), [0.5, 1, 2, 4], 6)
    ratio = ratio_of_fractions(ours, theirs)
    assert ratio.x.tolist() == [1, 2, 4]  # at 0.5 the denominator counts nothing
    np.testing.assert_allclose(ratio.estimate, [3, 5 / 2, 1])
    assert ratio.counts.tolist() == [1, 2, 6]
    assert (ratio.lower < ratio.estimate).all()
    assert (ratio.upper > ratio.estimate).all()
    difference = difference_of_fractions(ours, theirs)
    np.testing.assert_allclose(difference.estimate, [0, 2 / 6, 3 / 6, 0])
    assert (difference.lower < difference.upper).all()


def test_ends_of_a_ratio_solve_the_equation_that_defines_them(rng):
    # lower end R: the lower end of (first - R second) is 0 (Donner and Zou, 2012)
    first, second = (of_hits(hits) for hits in rng.random((2, 200)) < [[0.4], [0.2]])
    ratio = ratio_of_fractions(first, second)
    residual = first.residual[:, 0], second.residual[:, 0]
    squares = [np.sum(r**2) + 1.0 for r in residual]
    r = np.sum(residual[0] * residual[1]) / np.sqrt(squares[0] * squares[1])
    for end, near, far in ((ratio.lower[0], first.lower, second.upper),
                           (ratio.upper[0], first.upper, second.lower)):  # fmt: skip
        a, b = first.value - near, end * (far - second.value)
        away = first.value - end * second.value
        assert away**2 == pytest.approx(a**2 + b**2 - 2 * r * a * b, rel=1e-9)


PAIRED = [  # probability that both hit, only the first, only the second
    (0.02, 0.10, 0.02), (0.10, 0.10, 0.10), (0.30, 0.02, 0.02), (0.30, 0.00, 0.05),
    (0.03, 0.30, 0.03), (0.60, 0.30, 0.05), (0.90, 0.05, 0.05),
]  # fmt: skip


@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize(("both", "first", "second"), PAIRED)
def test_intervals_of_ratio_and_difference_on_the_same_events_cover(rng, n, both, first, second):
    ratio, difference = (both + first) / (both + second), first - second
    covered = np.zeros(2)
    for _ in range(TRIALS // 3):
        u = rng.random(n)
        ours = of_hits(u < both + first)
        other = of_hits((u < both) | ((u >= both + first) & (u < both + first + second)))
        found = ratio_of_fractions(ours, other)
        # without a hit of the second there is no ratio to be wrong about
        covered[0] += found.x.size == 0 or found.lower[0] <= ratio <= found.upper[0]
        found = difference_of_fractions(ours, other)
        covered[1] += found.lower[0] <= difference <= found.upper[0]
    assert (covered / (TRIALS // 3) >= 0.92).all()


def test_maps_that_agreed_on_every_event_are_not_known_to_be_equal(rng):
    found = of_hits(rng.random(40) < 0.3)
    ratio = ratio_of_fractions(found, found)
    assert ratio.estimate[0] == 1
    assert ratio.lower[0] < 0.95
    assert ratio.upper[0] > 1.05


@pytest.mark.parametrize(("steep", "flat"), [(0.6, 0.9), (1.5, 0.5), (1.0, 1.0)])
def test_interval_of_the_largest_ratio_covers(rng, steep, flat):
    x, n = np.arange(50, 151, 5) / 50, 100
    cumulative = [1 - np.exp(-(rate * (x - 1) + 0.1)) for rate in (steep, flat)]
    covered, trials = 0, 200
    for _ in range(trials):
        first = rng.standard_normal(n)
        second = 0.5 * first + np.sqrt(0.75) * rng.standard_normal(n)
        both = [
            fractions(1 + (-np.log1p(-norm.cdf(z)) - 0.1).clip(0) / rate, np.arange(n), x, n)
            for z, rate in ((first, steep), (second, flat))
        ]
        found = largest_ratio(*both, (1.0, 3.0), 10, bootstrap_weights(n, 300, rng))
        counted = np.minimum(both[0].hits, both[1].hits) >= 10
        covered += found.lower <= (cumulative[0] / cumulative[1])[counted].max() <= found.upper
    # a simultaneous band is wider than needed: 200 trials below 0.93 have 5e-2 at 0.95
    assert covered / trials >= 0.93


def test_largest_ratio_of_maps_that_count_every_event_has_a_width(rng):
    every = fractions(np.ones(25), np.arange(25), np.arange(50, 151) / 50, 25)
    found = largest_ratio(every, every, (1.0, 3.0), 10, bootstrap_weights(25, 200, rng))
    # one event more of either: exp(+-1.96 / 25)
    assert (found.value, found.lower) == (1.0, pytest.approx(np.exp(-1.959964 / 25)))
    assert found.upper == pytest.approx(np.exp(1.959964 / 25))


def test_largest_ratio_stays_in_its_window_and_needs_events_of_both():
    x = np.arange(50, 501) / 50
    ours = fractions([1.2] * 10 + [9.0] * 30, range(40), x, 40)
    other = fractions([1.0] * 15 + [2.0] * 15 + [5.0] * 10, range(40), x, 40)
    weights = bootstrap_weights(40, 100, np.random.default_rng(1))
    # 10 / 15 from 1.2 to 2, then 10 / 30; at 10 it would be 1
    assert largest_ratio(ours, other, (1.0, 3.0), 10, weights).value == 10 / 15
    with pytest.raises(TooFewDataError, match="11 events"):
        largest_ratio(ours, other, (1.0, 3.0), 11, weights)


# --- means ---


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda rng, n: rng.random(n), 0.5),
        (lambda rng, n: rng.beta(4, 1, n), 0.8),
        (lambda rng, n: rng.exponential(size=n), 1.0),
        (lambda rng, n: rng.geometric(0.1, n).astype(float), 10.0),
    ],
)
def test_interval_of_a_mean_covers_at_20_glasses(rng, draw, mean):
    covered = 0
    for _ in range(TRIALS // 3):
        weights = bootstrap_weights(20, 300, rng)
        covered += mean_with_interval(draw(rng, 20), np.arange(20), weights).covers(mean)
    assert covered / (TRIALS // 3) >= 0.92


def test_interval_of_a_mean_of_skewed_clusters_covers(rng):
    """One to eight log-normal values a glass; the studentised bootstrap alone covers 0.93."""
    covered, glasses = 0, 60
    for _ in range(TRIALS):
        owners = np.repeat(np.arange(glasses), rng.integers(1, 9, size=glasses))
        own = np.exp(0.5 * rng.normal(size=glasses))
        values = own[owners] * np.exp(rng.normal(size=owners.size))
        weights = bootstrap_weights(glasses, 300, rng)
        covered += mean_with_interval(values, owners, weights).covers(np.exp(0.625))
    assert covered / TRIALS >= 0.945


@pytest.mark.parametrize("glasses", [2, 3, 5])
def test_interval_of_a_mean_of_few_glasses_covers(rng, glasses):
    """The resamples of two glasses know no standard error: they left no width at all."""
    weights, covered = bootstrap_weights(glasses, 300, rng), 0
    for _ in range(TRIALS // 3):
        covered += mean_with_interval(rng.normal(size=glasses), np.arange(glasses), weights).covers(
            0
        )
    assert covered / (TRIALS // 3) >= 0.92


def test_means_of_clusters_and_of_chance_know_their_glasses(rng):
    # 10 copies of one value in each glass are worth one
    values, owner = rng.random(50), np.arange(50)
    weights = bootstrap_weights(50, 500, rng)
    once = mean_with_interval(values, owner, weights)
    copied = mean_with_interval(np.repeat(values, 10), np.repeat(owner, 10), weights)
    assert copied.value == pytest.approx(once.value)
    assert (copied.lower, copied.upper) == pytest.approx((once.lower, once.upper))
    # the same, told by the glass whose spots are met: which event meets them does not matter
    event = np.tile(np.arange(10), 50)
    met = np.stack([event, np.repeat(owner, 10)], axis=1)
    chance = mean_with_interval(np.repeat(values, 10), met, weights)
    assert chance.upper - chance.lower == pytest.approx(once.upper - once.lower, rel=0.3)


def test_values_that_do_not_differ_have_no_interval(rng):
    with pytest.raises(TooFewDataError, match="do not differ"):
        mean_with_interval(np.ones(30), np.arange(30), bootstrap_weights(30, 10, rng))


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(TooFewDataError, match="no event"):
        fractions([], [], [1], 3)
    with pytest.raises(InvalidSettingError, match="one score for every event"):
        fractions([1, 1], [1, 1, 1], [1], 3)
    with pytest.raises(InvalidSettingError, match="NaN"):
        fractions([1, np.nan], [0, 1], [1], 3)


def test_the_interval_of_a_mean_stays_within_the_range_of_what_is_averaged():
    """Two glasses, Student's t: 0.85 +- 1.9 without the range."""
    values, owners = np.array([0.7, 1.0]), np.array([0, 1])
    weights = bootstrap_weights(2, 50, np.random.default_rng(1))
    free = mean_with_interval(values, owners, weights)
    assert free.lower < 0.0 < 1.0 < free.upper
    cut = mean_with_interval(values, owners, weights, within=(0.0, 1.0))
    assert (cut.value, cut.lower, cut.upper) == (free.value, 0.0, 1.0)
