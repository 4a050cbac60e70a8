"""The state of a glass: validation, images, shear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import softfield as sf
from softfield.errors import InvalidGlassError, InvalidSettingError
from softfield.glass import minimum_image


def glass(**changes):
    given = {
        "positions": np.random.default_rng(1).random((6, 2)),
        "species": [0] * 6,
        "box": [3, 2],
    }
    return sf.Glass(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"positions": np.zeros((6, 4))}, "d = 2 or 3"),
        ({"positions": np.zeros(6)}, "shape"),
        ({"positions": np.full((6, 2), np.nan)}, "particle 0 is not finite"),
        ({"species": [0, 1]}, "one species index per particle"),
        ({"species": [0.5] * 6}, "integers"),
        ({"species": [0, 0, -1, 0, 0, 0]}, "particle 2"),
        ({"species": [0, 2**32 + 1, 0, 0, 0, 0]}, "particle 1 has 4294967297"),
        ({"species": [0, 0, 2**31, 0, 0, 0]}, "no table of pairs can hold"),
        ({"box": [1, 2, 3]}, "one edge length per dimension"),
        ({"box": [1, -2]}, "positive"),
        ({"strain": np.inf}, "strain"),
    ],
)
def test_bad_input_is_refused_with_the_reason(changes, words):
    with pytest.raises(InvalidGlassError, match=words):
        glass(**changes)


def test_a_glass_cannot_be_changed_and_does_not_share_its_input():
    positions = np.zeros((6, 2))
    made = glass(positions=positions)
    positions[0, 0] = 5.0
    assert made.positions[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        made.positions[0, 0] = 1.0


@given(
    strain=st.floats(-3, 3),
    edges=st.tuples(*[st.floats(0.5, 4.0)] * 3),
    vector=st.tuples(*[st.floats(-20, 20)] * 3),
)
@settings(max_examples=200, deadline=None)
def test_minimum_image_under_any_strain(strain, edges, vector):
    box = np.array(edges)
    cell = np.diag(box)
    cell[1, 0] = strain * box[1]
    image = minimum_image(vector, box, strain)
    # an image of the vector: the difference is a lattice vector, up to rounding of some 1e2 edges
    turns = (np.array(vector) - image) @ np.linalg.inv(cell)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-10)
    # no image is shorter than half the smallest edge but this one
    shifts = np.array(np.meshgrid(*[(-1, 0, 1)] * 3)).reshape(3, -1).T @ cell
    shortest = np.linalg.norm(image + shifts, axis=1).min()
    if np.linalg.norm(image) > shortest * (1 + 1e-9):
        assert shortest >= 0.5 * box.min() * (1 - 1e-9)


@pytest.mark.parametrize("strain", [0.0, 0.3, -0.7, 2.2])
def test_minimum_image_is_the_shortest_of_all_images(strain):
    rng = np.random.default_rng(2)
    box = np.array([3.0, 2.0, 2.5])
    cell = np.diag(box)
    cell[1, 0] = strain * box[1]
    vectors = rng.normal(scale=4.0, size=(200, 3))
    shifts = np.array(np.meshgrid(*[range(-12, 13)] * 3)).reshape(3, -1).T @ cell
    nearest = np.array([min(np.linalg.norm(v + shifts, axis=1)) for v in vectors])
    lengths = np.linalg.norm(minimum_image(vectors, box, strain), axis=1)
    # Exact only below half the smallest edge; beyond it some image is returned.
    inside = nearest < 1.0
    assert inside.sum() > 20
    np.testing.assert_allclose(lengths[inside], nearest[inside], rtol=1e-12)
    assert (lengths >= nearest * (1 - 1e-12)).all()


def test_shear_moves_affinely_and_back():
    start = glass()
    there = start.sheared(0.2)
    np.testing.assert_allclose(
        there.positions[:, 0], start.positions[:, 0] + 0.2 * start.positions[:, 1], atol=1e-15
    )
    assert there.strain == 0.2
    np.testing.assert_allclose(there.sheared(-0.2).positions, start.positions, atol=1e-15)


def test_wrapping_keeps_every_distance():
    start = glass(positions=np.random.default_rng(3).normal(size=(6, 2)) * 9, strain=0.4)
    wrapped = start.wrapped()
    inside = wrapped.fractional()
    assert (inside >= -1e-12).all()
    assert (inside < 1 + 1e-12).all()
    moved = start.minimum_image(wrapped.positions - start.positions)
    np.testing.assert_allclose(moved, 0.0, atol=1e-12)


def test_masses_and_diameters_are_checked_kept_and_cannot_be_changed():
    rng = np.random.default_rng(0)
    masses, sizes = rng.random(6) + 1, rng.random(6) + 0.5
    glass = sf.Glass(rng.random((6, 2)) * 9, [0, 1] * 3, [9.0, 8.0], 0.1, masses, sizes)
    tensor = [[0.5, 0.0], [0.0, -0.5]]
    for other in (
        glass.with_positions(glass.positions + 1),
        glass.sheared(0.1),
        glass.deformed(tensor, 0.01),
        glass.wrapped(),
        glass.with_own_species(),
    ):
        np.testing.assert_array_equal(other.masses, masses)
        np.testing.assert_array_equal(other.diameters, sizes)
    some = glass.selected([4, 1])
    np.testing.assert_array_equal(some.masses, masses[[4, 1]])
    np.testing.assert_array_equal(some.diameters, sizes[[4, 1]])
    np.testing.assert_array_equal(some.positions, glass.positions[[4, 1]])
    np.testing.assert_array_equal(glass.selected(masses > 1.5).masses, masses[masses > 1.5])
    for none in ([0.5], [99], "first", [True, False]):
        with pytest.raises(InvalidSettingError, match="chosen by indices below"):
            glass.selected(none)
    with pytest.raises(ValueError, match="read-only"):
        glass.masses[0] = 2.0
    for name in ("masses", "diameters"):
        for wrong in (sizes[:5], [0.0] * 6, [np.nan] * 6, [-1.0] * 6, np.ones((6, 2))):
            with pytest.raises(InvalidGlassError, match=name):
                sf.Glass(glass.positions, glass.species, glass.box, **{name: wrong})


def test_a_particle_just_below_the_origin_is_inside_the_cell():
    glass = sf.Glass([[-1e-17, 1.0], [1.0, -1e-300]], [0, 0], [3.0, 3.0])
    inside = glass.wrapped().positions
    assert (inside < 3.0).all()
    assert (glass.into_box([-1e-17, 3.0]) < 3.0).all()


def test_other_positions_are_checked_and_kept():
    start = glass(strain=0.1)
    given = start.positions + 1.0
    moved = start.with_positions(given)
    given[0] = 99.0
    np.testing.assert_array_equal(moved.positions, start.positions + 1.0)
    assert (moved.strain, start.sheared(0.2).strain) == (0.1, pytest.approx(0.3))
    for changed in (moved, start.sheared(0.2)):
        with pytest.raises(ValueError, match="read-only"):
            changed.positions[0] = 0.0
    with pytest.raises(InvalidGlassError, match="species have shape"):
        start.with_positions(given[1:])
    given[2, 1] = np.nan
    with pytest.raises(InvalidGlassError, match="position of particle 2 is not finite"):
        start.with_positions(given)
    with pytest.raises(InvalidGlassError, match="not finite"), np.errstate(over="ignore"):
        start.with_positions(start.positions + 1.0).sheared(1e308).sheared(1e308)
