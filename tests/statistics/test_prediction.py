"""F_n and its companions on cases worked out on paper."""

import numpy as np
import pytest

from softfield.errors import InvalidSettingError, TooFewDataError
from softfield.glass import PairMap
from softfield.softness.coarse_graining import SoftnessField
from softfield.softness.distances import nearest_spot
from softfield.softness.scores import delta_epsilon, on_pairs, score_events
from softfield.softness.spots import SoftSpot
from softfield.statistics.chance import chance_scores
from softfield.statistics.fractions import fractions

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


def no_area(events):
    return np.zeros(len(events)), np.ones(len(events))


def scored_cases():
    """(score, realization) of first and of second events, by the library."""
    rows = {1: ([], []), 2: ([], [])}
    for realization, (spots, events) in enumerate(CASES):
        spots = [SoftSpot(np.array(p, dtype=float), s) for p, s in spots]
        scores = score_events(events, spots, no_area(events), BOX)
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


def test_predicted_fractions_are_those_worked_out_on_paper():
    rows = scored_cases()
    assert rows[1][0] == [1, 2, 1]
    assert rows[2][0] == [4, 2.5]
    thresholds = [1, 1.99, 2, 2.5, 3.99, 4]
    first = fractions(*rows[1], thresholds, 3)
    second = fractions(*rows[2], thresholds, 3)
    assert first.value.tolist() == [2 / 3, 2 / 3, 1, 1, 1, 1]
    assert second.value.tolist() == [0, 0, 0, 1 / 2, 1 / 2, 1]
    # The second event that does not exist is no second event.
    assert first.n_events == 3
    assert second.n_events == 2


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
            scores = score_events(np.mod(places, BOX), spots, no_area(places), BOX)
            found.append(scores.delta_epsilon[ordinal - 1])
            owner.append(realization)
    curve = fractions(found, owner, [1, 2, 3, 4], 5).curve()
    np.testing.assert_allclose(curve.estimate, BY_HAND[ordinal], rtol=1e-12)
    # glasses without an n-th event are not in the denominator
    assert curve.counts.tolist() == [[5, 4, 3, 3, 2][ordinal - 1]] * 4
    assert ((curve.lower <= curve.estimate) & (curve.estimate <= curve.upper)).all()


def test_rank_distance_and_percentile_by_hand():
    spots = [SoftSpot(np.array(p, dtype=float), s) for p, s in CASES[0][0]]
    events = [(2.5, 1.5), (1, 8), (7, 6)]
    area = flat_field().percentile(events), flat_field().area_fraction(events)
    scores = score_events(events, spots, area, BOX)
    assert scores.rank.tolist() == [1, 3, 2]
    assert scores.n_spots == 3
    np.testing.assert_allclose(scores.distance, [np.sqrt(0.5), np.sqrt(2), 1])
    # Bins of 5 x 5 with softness 4, 3 (left column) and 2, 1: shares (k + 1/2) / 4 below.
    np.testing.assert_allclose(scores.percentile, [3.5 / 4, 2.5 / 4, 0.5 / 4])
    assert scores.area_fraction.tolist() == [1 / 8, 3 / 8, 7 / 8]


def test_equal_shares_of_area_meet_their_threshold_exactly(rng):
    # 25 bins of different softness with one event in each: each bin is 1/25 of the area, and the
    # softest ends at half of it. 1 - (24 + 1/2) / 25 is larger than 0.02 after rounding.
    values = rng.permutation(25.0 + np.arange(25)).reshape(5, 5)
    field = SoftnessField(values, values, BOX / 5)
    places = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(-1, 2) * 2.0 + 1.0
    share = field.area_fraction(places)
    x = np.arange(101) / 100
    found = fractions(share, np.arange(25), x, 25)
    assert found.value[2] == 0.04
    # bin k of 25, from the softest, has its middle at (2 k + 1) / 50
    assert found.hits.tolist() == [sum((2 * k + 1) * 2 <= i for k in range(25)) for i in range(101)]
    np.testing.assert_allclose(field.percentile(places), 1 - share, rtol=1e-12)
    assert (1.0 - field.percentile(places)).min() > 0.02  # what the exact count is for


def test_a_map_of_particles_takes_the_mean_of_both_ends_on_every_pair():
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    found = on_pairs([1.0, -3.0, 5.0], pairs)  # maps count by magnitude
    assert found.energy.tolist() == [2, 4, 3]
    assert found.pairs is pairs
    own = PairMap(np.array([[0, 1]]), np.array([7.0]))
    assert on_pairs(own, pairs).energy.tolist() == [7]


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
