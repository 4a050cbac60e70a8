"""Maps of one glass: every particle is drawn, and what cannot be drawn is told."""

import numpy as np
import pytest

import softfield as sf
from softfield.errors import InvalidSettingError


def drawn(figure):
    """Number of particles on all panels."""
    return sum(
        len(collection.get_offsets()) for axes in figure.axes for collection in axes.collections
    ) - sum(len(c.get_offsets()) for c in figure.axes[-1].collections)


def solid(heights):
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.random((len(heights), 2)) * 8, heights])
    return sf.Glass(places, [0] * len(heights), [8.0, 8.0, 6.0])


@pytest.mark.parametrize(
    "height", [-1e-17, 0.0, 6.0, -1e-300, np.nextafter(6.0, 0), 1.5, -6.0 - 1e-16, 4.5]
)
def test_every_particle_is_drawn_once_wherever_it_is(height):
    glass = solid([height, 1.0, 2.0, 3.0, 5.5])
    assert drawn(sf.particle_map(glass, np.arange(1.0, 6.0))) == 5


@pytest.mark.parametrize("values", [[0, 1, 2, 3, 4], [0, 0, 0, 0, 2], [3, 3, 3, 3, 3]])
def test_zeros_and_equal_values_are_drawn(values, tmp_path):
    figure = sf.particle_map(solid([0.5, 1.0, 2.0, 3.0, 5.5]), values, spots=[[1.0, 1.0, -1e-17]])
    assert drawn(figure) == 5
    figure.savefig(tmp_path / "map.png")


@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        ([1, 2, 3], {}, "one value for each"),
        ([[1, 2, 3, 4, 5]], {}, "one value for each"),
        ([1, 2, -3, 4, 5], {}, "not negative"),
        ([1, 2, np.nan, 4, 5], {}, "finite"),
        ([1, 2, np.inf, 4, 5], {}, "finite"),
        ([0, 0, 0, 0, 0], {}, "one that is positive"),
        ([1, 2, 3, 4, 5], {"diameters": [1.0, 2.0]}, "diameters"),
        ([1, 2, 3, 4, 5], {"diameters": -1.0}, "diameters"),
        ([1, 2, 3, 4, 5], {"spots": [[1.0, 2.0]]}, "3 coordinates"),
    ],
)
def test_what_cannot_be_drawn_is_told(values, more, message):
    with pytest.raises(InvalidSettingError, match=message):
        sf.particle_map(solid([0.5, 1.0, 2.0, 3.0, 5.5]), values, **more)
