"""F_n and its companions on cases worked out on paper."""

import numpy as np
import pytest

from softfield.errors import InvalidSettingError, TooFewDataError
from softfield.softness.coarse_graining import SoftnessField
from softfield.softness.scores import delta_epsilon, nearest_spot, score_events
from softfield.softness.spots import SoftSpot
from softfield.statistics.prediction import (
    chance_scores,
    fraction_ratio,
    largest_ratio,
    predicted_fraction,
)
from softfield.statistics.resampling import bootstrap_weights

BOX = np.array([10.0, 10.0])

#: Three realizations with known spots (position, softness) and events, in order.
#:   a: event 1 next to the softest spot (Delta eps 1), event 2 next to the one with 8/2 = 4
#:   b: event 1 next to softness 3 of 6 (Delta eps 2) across the boundary, no event 2
#:   c: event 1 at softness 5 of 5 (Delta eps 1), event 2 at 5/2 (Delta eps 2.5)
CASES = [
    ([((2, 2), 8.0), ((7, 7), 4.0), ((2, 7), 2.0)], [(2.5, 1.5), (1, 8)]),
    ([((5, 5), 6.0), ((9.5, 9.5), 3.0)], [(0.5, 0.5)]),
    ([((5, 5), 5.0), ((1, 1), 2.0)], [(6, 6), (0, 9.5)]),
]


@pytest.fixture
def rng():
    return np.random.default_rng(7289)


def flat_field():
    values = np.array([[4.0, 3.0], [2.0, 1.0]])
    return SoftnessField(values, values, BOX / 2)


def scored_cases():
    """(score, realization) of first and of second events, by the library."""
    rows = {1: ([], []), 2: ([], [])}
    for realization, (spots, events) in enumerate(CASES):
        spots = [SoftSpot(np.array(p, dtype=float), s) for p, s in spots]
        scores = score_events(events, spots, np.zeros(len(events)), BOX)
        for ordinal, value in enumerate(scores.delta_epsilon, start=1):
            rows[ordinal][0].append(value)
            rows[ordinal][1].append(realization)
    return rows


def test_delta_epsilon_by_hand():
    np.testing.assert_array_equal(delta_epsilon([4.0, 8.0, 1.0]), [2, 1, 8])
    with pytest.raises(TooFewDataError, match="no soft spot"):
        delta_epsilon([])
    with pytest.raises(InvalidSettingError, match="positive"):
        delta_epsilon([1.0, 0.0])


def test_nearest_spot_is_found_across_the_boundary():
    spots = [[1.0, 5.0], [6.0, 5.0], [5.0, 9.5]]
    places = [[9.0, 5.0], [4.0, 5.0], [5.0, 0.4]]
    index, distance = nearest_spot(places, spots, BOX)
    assert index.tolist() == [0, 1, 2]
    np.testing.assert_allclose(distance, [2, 2, 0.9], rtol=1e-12)


def test_nearest_spot_agrees_with_all_images_in_three_dimensions(rng):
    box = np.array([3.0, 4.0, 5.0])
    spots, places = rng.random((20, 3)) * box, rng.random((50, 3)) * box
    steps = np.array(np.meshgrid(*[(-1, 0, 1)] * 3)).reshape(3, -1).T * box
    images = spots[:, None] + steps
    every = np.linalg.norm(places[:, None, None] - images, axis=-1).min(axis=2)
    index, distance = nearest_spot(places, spots, box)
    assert (index == every.argmin(axis=1)).all()
    np.testing.assert_allclose(distance, every.min(axis=1), rtol=1e-12)


def test_predicted_fractions_are_those_worked_out_on_paper(rng):
    rows = scored_cases()
    assert rows[1][0] == [1, 2, 1]
    assert rows[2][0] == [4, 2.5]
    weights = bootstrap_weights(3, 100, rng)
    thresholds = [1, 1.99, 2, 2.5, 3.99, 4]
    first = predicted_fraction(*rows[1], thresholds, weights)
    second = predicted_fraction(*rows[2], thresholds, weights)
    assert first.estimate.tolist() == [2 / 3, 2 / 3, 1, 1, 1, 1]
    assert second.estimate.tolist() == [0, 0, 0, 1 / 2, 1 / 2, 1]
    # The second event that does not exist is no second event.
    assert first.counts[0] == 3
    assert second.counts[0] == 2


#: Softness 12, 6, 4, 3 at these places: Delta eps 1, 2, 3, 4.
FOUR_SPOTS = [((1, 1), 12.0), ((6, 1), 6.0), ((1, 6), 4.0), ((6, 6), 3.0)]

#: Spot (by its Delta eps) of the events of five glasses, which have 5, 5, 4, 2 and 1 of them.
VISITED = [(1, 2, 3, 4, 4), (1, 1, 2, 3, 2), (2, 1, 4, 4), (1, 3), (4,)]

#: F_n at Delta eps = 1, 2, 3, 4, counted on paper from the columns of VISITED.
BY_HAND = {
    1: [3 / 5, 4 / 5, 4 / 5, 1],  # 1, 1, 2, 1, 4
    2: [2 / 4, 3 / 4, 1, 1],  # 2, 1, 1, 3
    3: [0, 1 / 3, 2 / 3, 1],  # 3, 2, 4
    4: [0, 0, 1 / 3, 1],  # 4, 3, 4
    5: [0, 1 / 2, 1 / 2, 1],  # 4, 2
}


@pytest.mark.parametrize("ordinal", BY_HAND)
def test_fractions_of_five_events_are_those_worked_out_on_paper(ordinal, rng):
    spots = [SoftSpot(np.array(p, dtype=float), s) for p, s in FOUR_SPOTS]
    found, owner = [], []
    for realization, visits in enumerate(VISITED):
        if len(visits) >= ordinal:
            # away from the spot by less than half of the 5 between spots, across the edges too
            shifts = rng.uniform(-1.7, 1.7, (len(visits), 2))
            places = [
                np.array(FOUR_SPOTS[v - 1][0]) + s for v, s in zip(visits, shifts, strict=True)
            ]
            scores = score_events(np.mod(places, BOX), spots, np.zeros(len(places)), BOX)
            found.append(scores.delta_epsilon[ordinal - 1])
            owner.append(realization)
    curve = predicted_fraction(found, owner, [1, 2, 3, 4], bootstrap_weights(5, 200, rng))
    np.testing.assert_allclose(curve.estimate, BY_HAND[ordinal], rtol=1e-12)
    # glasses without an n-th event are not in the denominator
    assert curve.counts.tolist() == [[5, 4, 3, 3, 2][ordinal - 1]] * 4
    assert ((curve.lower <= curve.estimate) & (curve.estimate <= curve.upper)).all()


def test_rank_distance_and_percentile_by_hand():
    spots = [SoftSpot(np.array(p, dtype=float), s) for p, s in CASES[0][0]]
    events = [(2.5, 1.5), (1, 8), (7, 6)]
    scores = score_events(events, spots, flat_field().percentile(events), BOX)
    assert scores.rank.tolist() == [1, 3, 2]
    assert scores.n_spots == 3
    np.testing.assert_allclose(scores.distance, [np.sqrt(0.5), np.sqrt(2), 1])
    # Bins of 5 x 5 with softness 4, 3 (left column) and 2, 1: shares (k + 1/2) / 4 below.
    np.testing.assert_allclose(scores.percentile, [3.5 / 4, 2.5 / 4, 0.5 / 4])


def test_bands_have_the_binomial_width(rng):
    hits = np.r_[np.ones(120), np.full(280, 3.0)]
    curve = predicted_fraction(hits, np.arange(400), [1, 3], bootstrap_weights(400, 4000, rng))
    sigma = np.sqrt(0.3 * 0.7 / 400)
    assert curve.estimate[0] == 0.3
    assert curve.upper[0] - curve.lower[0] == pytest.approx(2 * 1.96 * sigma, rel=0.1)
    assert curve.lower[1] == curve.upper[1] == 1


def test_events_of_one_realization_are_drawn_together(rng):
    # Four events per realization that all agree carry the information of one.
    hits = np.repeat(np.r_[np.ones(30), np.full(70, 3.0)], 4)
    owner = np.repeat(np.arange(100), 4)
    curve = predicted_fraction(hits, owner, [1], bootstrap_weights(100, 4000, rng))
    sigma = np.sqrt(0.3 * 0.7 / 100)
    assert curve.upper[0] - curve.lower[0] == pytest.approx(2 * 1.96 * sigma, rel=0.1)


def test_ratio_of_two_maps_by_hand(rng):
    ours = [1, 1, 1, 2, 2, 4]
    theirs = [4, 1, 3, 2, 4, 4]
    weights = bootstrap_weights(6, 500, rng)
    ratio = fraction_ratio(ours, theirs, range(6), [0.5, 1, 2, 4], weights, min_events=1)
    assert ratio.x.tolist() == [1, 2, 4]  # at 0.5 the reference counts nothing
    np.testing.assert_allclose(ratio.estimate, [3, 5 / 2, 1])
    assert ratio.counts.tolist() == [1, 2, 6]
    # One resample in three misses the only hit of the reference.
    assert np.isinf(ratio.upper[0])
    assert ratio.upper[2] == ratio.lower[2] == 1
    largest = largest_ratio(ours, theirs, range(6), [0.5, 1, 2, 4], weights, min_events=2)
    assert largest.value == 5 / 2
    assert largest.lower >= 1


def test_ratio_bands_use_the_same_realizations_for_both(rng):
    # Identical maps: the ratio is 1 in every resample, though each fraction fluctuates.
    scores = rng.integers(1, 6, 200)
    weights = bootstrap_weights(200, 300, rng)
    ratio = fraction_ratio(scores, scores, np.arange(200), [1, 2, 3], weights)
    assert (ratio.lower == 1).all()
    assert (ratio.upper == 1).all()


def test_ratio_without_enough_events_is_empty_or_refused(rng):
    weights = bootstrap_weights(3, 10, rng)
    ratio = fraction_ratio([1, 1, 2], [2, 2, 2], range(3), [1, 2], weights, min_events=10)
    assert ratio.x.size == 0
    with pytest.raises(TooFewDataError, match="10 events"):
        largest_ratio([1, 1, 2], [2, 2, 2], range(3), [1, 2], weights, min_events=10)
    with pytest.raises(InvalidSettingError, match="one score for every event"):
        fraction_ratio([1, 1], [1, 1, 1], range(3), [1], weights)
    with pytest.raises(TooFewDataError, match="no event"):
        predicted_fraction([], [], [1], weights)


def test_chance_uses_the_spots_of_the_following_realizations():
    places = [np.array([[1.0, 1.0]]), np.array([[5.0, 5.0]]), np.array([[18.0, 18.0]])]
    spots = [
        np.array([[1.0, 1.0], [5.0, 5.0], [9.0, 9.0]]),
        np.array([[9.0, 9.0], [1.0, 1.0]]),
        np.array([[10.0, 10.0], [2.0, 2.0]]),
    ]
    boxes = [BOX, BOX, 2 * BOX]
    found = chance_scores(places, spots, boxes, 2)
    # (1, 1) against b, then scaled to (2, 2) against c; (5, 5) -> (10, 10) against c;
    # (18, 18) -> (9, 9) against a.
    assert found[0].tolist() == [[1], [1]]
    assert found[1].tolist() == [[0], [1]]
    assert found[2].tolist() == [[2], [0]]
    with pytest.raises(TooFewDataError):
        chance_scores(places, spots, boxes, 3)


def test_random_places_of_equal_cells_give_the_fraction_of_spots(rng):
    # 25 spots on a square lattice: each is nearest to 1/25 of the area.
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(-1, 2) * 2.0
    index, _ = nearest_spot(rng.random((20000, 2)) * 10, grid, BOX)
    share = np.bincount(index, minlength=25) / 20000
    # Standard error of a share of 0.04 in 20,000: 0.0014; five of them.
    np.testing.assert_allclose(share, 0.04, atol=0.007)
