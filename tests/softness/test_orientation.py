"""The mode at an event and its polarity, by hand."""

import numpy as np
import pytest

from softfield.glass import Glass
from softfield.response.soft_modes import SoftMode
from softfield.softness.orientation import event_polarities

GLASS = Glass([[1.0, 1.0], [9.0, 9.0], [5.0, 5.0]], [0, 0, 0], [10.0, 10.0])


def mode_at(place, extends):
    """A mode that softens by extension at this angle (radians) and is blind across."""
    n = np.array([np.cos(extends), np.sin(extends)])
    slope = 0.5 * np.eye(2) - np.outer(n, n)
    vector = np.zeros((3, 2))
    return SoftMode(vector, 1.0, -1.0, np.array(place), 0, 0.1, slope, "cubic")


@pytest.mark.parametrize(
    ("direction", "extends"), [("x-y", 0), ("xy", 45), ("y-x", 90), ("-xy", 135)]
)
@pytest.mark.parametrize("turned", [0.0, 20.0, 45.0, 90.0])
def test_the_polarity_is_the_cosine_of_twice_the_angle(direction, extends, turned):
    modes = [mode_at((9.5, 9.5), np.radians(extends + turned)), mode_at((5.0, 5.0), 0.3)]
    # nearest through the corner of the box
    polarity, away = event_polarities(GLASS, modes, [[0.5, 0.5]], direction)
    assert polarity == pytest.approx([np.cos(2 * np.radians(turned))], abs=1e-12)
    assert away == pytest.approx([np.sqrt(2)])


def test_distances_are_those_of_a_tilted_cell():
    glass = Glass(GLASS.positions, GLASS.species, GLASS.box, strain=0.3)
    modes = [mode_at((1.0, 9.5), 0.0), mode_at((5.5, 0.5), 0.3)]
    # across the lower face the first is at (-2, -0.5)
    polarity, away = event_polarities(glass, modes, [[-1.5, 0.0]], "x-y")
    assert away == pytest.approx([np.hypot(0.5, 0.5)])
    assert polarity == pytest.approx([modes[0].polarity("x-y")])


def test_without_modes_nothing_is_near():
    polarity, away = event_polarities(GLASS, [], [[1.0, 1.0], [2.0, 2.0]], "xy")
    assert np.isnan(polarity).all()
    assert np.isinf(away).all()
