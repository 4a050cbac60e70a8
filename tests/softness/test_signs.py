"""Large energies of either sign near to each other, against brute force."""

import numpy as np
import pytest

from softfield.errors import InvalidSettingError
from softfield.glass import Glass
from softfield.softness.signs import near_signs


def empty(box, strain=0.0):
    return Glass(np.zeros((2, len(box))), np.zeros(2, int), np.array(box), strain)


def distances(glass, places, others):
    """(K, L) shortest distances by a loop over all images four cells around, one pair at a time."""
    cell, d = glass.cell, glass.dimension
    images = [np.array(n) @ cell for n in np.ndindex(*(9,) * d)]
    images = [image - 4 * cell.sum(axis=0) for image in images]
    return np.array([[min(np.linalg.norm(a - b + image) for image in images) for b in others]
                     for a in places])  # fmt: skip


@pytest.mark.parametrize(("box", "strain"), [((9.0, 7.0), 0.0), ((9.0, 7.0), 0.3),
                                            ((9.0, 7.0), -4.0),
                                            ((6.0, 7.0, 8.0), 0.0)])  # fmt: skip
def test_negative_ones_near_positive_ones_are_those_of_a_naive_loop(box, strain):
    glass, rng = empty(box, strain), np.random.default_rng(2)
    # places outside the cell as well, as midpoints across its faces are
    middles = rng.uniform(-0.2, 1.2, (40, len(box))) @ glass.cell
    energy = rng.choice([-25.0, -10.0, -9.9, 0.5, 9.9, 10.0, 30.0], 40)
    found = near_signs(glass, middles, energy, 10.0, 1.5)
    positive, negative = middles[energy >= 10.0], middles[energy <= -10.0]
    near = (distances(glass, negative, positive) <= 1.5).any(axis=1)
    assert (found.positive, found.negative) == (len(positive), len(negative))
    assert 0 < found.near == near.sum() < len(negative)


def test_what_one_interaction_covers_is_a_disc_or_a_ball():
    for box, volume in (((10.0, 12.0), np.pi), ((8.0, 9.0, 10.0), 4 / 3 * np.pi)):
        d = len(box)
        found = near_signs(empty(box), np.full((1, d), 0.1), [20.0], 10.0, 2.5)
        # some 80 points of the grid in a disc, 500 in a ball, the boundary cuts a few of them
        assert found.covered == pytest.approx(volume * 2.5**d / np.prod(box), rel=0.05)
        assert (found.positive, found.negative, found.near) == (1, 0, 0)


def test_covered_is_the_mean_over_translations_of_the_positive_ones():
    glass, rng = empty((12.0, 15.0)), np.random.default_rng(3)
    positive, negative = rng.uniform(0, 12, (6, 2)), rng.uniform(0, 12, (5, 2))
    found = near_signs(glass, np.vstack([positive, negative]), [20.0] * 6 + [-20.0] * 5, 10.0, 2.0)
    shares = []
    for shift in rng.uniform(0, 1, (2000, 2)) @ glass.cell:
        away = glass.minimum_image(negative[:, None] - positive[None] - shift)
        shares.append((np.linalg.norm(away, axis=2) <= 2.0).any(axis=1).mean())
    # the standard error of the mean, and the grid
    error = np.std(shares) / np.sqrt(2000)
    assert found.covered == pytest.approx(np.mean(shares), abs=3 * error + 0.01)


def test_without_one_of_the_signs_nothing_is_near():
    assert near_signs(empty((9.0, 9.0)), np.ones((2, 2)), [-20.0, 1.0], 10.0, 2.5) == (0, 1, 0, 0.0)
    assert near_signs(empty((9.0, 9.0)), np.ones((2, 2)), [20.0, 1.0], 10.0, 2.5)[1:3] == (0, 0)


@pytest.mark.parametrize(("threshold", "reach", "message"), [
    (0.0, 2.0, "threshold"), (10.0, 0.0, "reach"), (10.0, 9.1, "the distance of two sides"),
])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(threshold, reach, message):
    with pytest.raises(InvalidSettingError, match=message):
        near_signs(empty((9.0, 9.0)), np.ones((1, 2)), [1.0], threshold, reach)


def test_a_reach_beyond_the_sides_of_a_tilted_box_is_refused():
    glass = empty((10.0, 10.0), 0.5)
    assert near_signs(glass, np.ones((1, 2)), [20.0], 10.0, 8.9).positive == 1
    with pytest.raises(InvalidSettingError, match=r"the distance of two sides of the box, 8\.944"):
        near_signs(glass, np.ones((1, 2)), [20.0], 10.0, 8.95)
