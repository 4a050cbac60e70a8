"""Shear along any direction, against finite differences, fixed steps and symmetry."""

from dataclasses import replace

import numpy as np
import pytest

import softfield as sf
from oracles import error_slope, quenched
from softfield.errors import InvalidSettingError
from softfield.mechanics.derivatives import stress
from softfield.mechanics.directions import direction_names, direction_tensor
from softfield.preparation.minimisation import descend
from softfield.response.continuation import Continuation, Walk
from softfield.response.elasticity import shear_modulus
from softfield.response.instability import Series, arc_ahead, locate_fold
from softfield.response.shear import shear_path

STEP = 2e-4

#: A traceless tensor that is none of the names: uniaxial in x, and simple shear beside it.
MIXED_2D = [[0.3, 0.4], [0.0, -0.3]]
MIXED_3D = [[0.5, 0.0, 0.0], [0.0, -0.3, 0.2], [0.0, 0.0, -0.2]]


def largest_move(first, second):
    moved = second.positions - first.positions
    return np.linalg.norm(moved - moved.mean(axis=0), axis=1)


def first_fixed_step_event(glass, potential, direction):
    """(strain before, after, most moved particle) by affine steps and descent."""
    tensor = direction_tensor(direction, glass.dimension)
    state, strain = glass, 0.0
    while strain < 0.2:
        affine = state.deformed(tensor, STEP)
        following = descend(affine, potential, 1e-8).glass
        moved = largest_move(affine, following)
        if moved.max() > 0.02:
            back = descend(following.deformed(tensor, -STEP), potential, 1e-8).glass
            if largest_move(state, back).max() > 0.02:
                return strain, strain + STEP, int(np.argmax(moved))
        state, strain = following, strain + STEP
    raise AssertionError("no event up to the largest strain")


@pytest.mark.parametrize(
    ("name", "direction"),
    [("2dipl", "-xy"), ("2dipl", "x-y"), ("2dipl", "y-x"), ("2dipl", MIXED_2D), ("3dipl", "x-z")],
)
def test_the_first_event_is_that_of_fixed_steps(name, direction):
    glass, potential = quenched(name, 1)
    (event,) = sf.shear(glass, potential, 1, 0.3, direction=direction)
    before, after, moved_most = first_fixed_step_event(glass, potential, direction)
    assert before - 1e-9 <= event.strain <= after + 1e-9
    place = glass.positions[event.displaced_particle] - glass.positions[moved_most]
    assert np.linalg.norm(glass.minimum_image(place)) < 1.5


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *(("2dipl", direction) for direction in ["xy", "-xy", "x-y", "y-x", MIXED_2D]),
        ("3dipl", "y-z"), ("3dkablj", "z-x"), ("3dipl", "xy"),
    ],
)  # fmt: skip
def test_stress_and_modulus_are_derivatives_of_the_energy_along_the_direction(name, direction):
    """U of re-minimised states, two steps; errors fall with the square of the step."""
    glass, potential = quenched(name)
    tensor = direction_tensor(direction, glass.dimension)
    modulus = shear_modulus(glass, potential, direction)
    steps = np.array([4e-4, 2e-4, 1e-4])

    def relaxed(gamma):
        return descend(glass.deformed(tensor, gamma), potential, 1e-11).glass

    def sigma(gamma):
        return float((stress(relaxed(gamma), potential) * tensor).sum())

    slopes = np.array([(sigma(h) - sigma(-h)) / (2 * h) for h in steps])
    errors = np.abs(slopes - modulus.total)
    assert errors[-1] < 1e-3 * modulus.total
    assert error_slope(errors, steps) == pytest.approx(2.0, abs=0.3)
    work = sf.energy(relaxed(steps[-1]), potential) - sf.energy(relaxed(-steps[-1]), potential)
    path = shear_path(glass, potential, 1, 1e-4, direction=direction)
    assert path.stress[0] == pytest.approx(
        work / (2 * steps[-1] * glass.volume), rel=1e-5, abs=1e-7
    )
    assert path.stress[0] == pytest.approx(sigma(0.0), rel=1e-10)


@pytest.mark.parametrize("direction", ["x-y", "-xy", MIXED_2D])
def test_the_end_of_a_path_is_a_minimum_in_the_deformed_box(direction):
    glass, potential = quenched("2dipl")
    tensor = direction_tensor(direction, 2)
    path = shear_path(glass, potential, 20, 0.03, direction=direction)
    expected = glass.deformed(tensor, 0.03)
    assert path.strain[-1] == pytest.approx(0.03, abs=1e-9)
    np.testing.assert_allclose(path.glass.cell, expected.cell, rtol=1e-9, atol=1e-12)
    assert path.glass.volume == pytest.approx(glass.volume, rel=1e-12)
    assert np.abs(sf.forces(path.glass, potential)).max() < 1e-9


def test_strain_is_positive_along_minus_xy():
    glass, potential = quenched("2dipl")
    backwards = shear_path(glass, potential, 2, -0.3)
    along = shear_path(glass, potential, 2, 0.3, direction="-xy")
    for ours, other in zip(along.events, backwards.events, strict=True):
        assert ours.strain == -other.strain > 0
        assert ours.stress_drop == other.stress_drop
    np.testing.assert_array_equal(along.strain, -backwards.strain)
    np.testing.assert_array_equal(along.stress, -backwards.stress)
    strained = shear_path(glass, potential, 20, 0.02, direction="-xy").glass
    assert strained.strain == pytest.approx(-0.02, abs=1e-9)
    further = shear_path(strained, potential, 20, 0.03, direction="-xy")
    assert further.strain[0] == pytest.approx(0.02, abs=1e-9)


def test_exchanging_the_axes_exchanges_the_directions():
    """x <-> y turns xy into yx and x-y into y-x; events and places follow."""
    glass, potential = quenched("2dipl")
    turned = sf.Glass(glass.positions[:, ::-1], glass.species, glass.box[::-1])
    for direction, other in (("xy", "yx"), ("-xy", "-yx"), ("x-y", "y-x")):
        ours = sf.shear(glass, potential, 2, 0.3, direction=direction)
        theirs = sf.shear(turned, potential, 2, 0.3, direction=other)
        for one, two in zip(ours, theirs, strict=True):
            assert two.strain == pytest.approx(one.strain, abs=1e-7)
            assert two.particle == one.particle
            for name in ("position", "centre", "displaced_position"):
                away = glass.minimum_image(getattr(two, name)[::-1] - getattr(one, name))
                np.testing.assert_allclose(away, 0.0, atol=1e-4)


def test_a_plane_is_a_direction_by_axes():
    glass, potential = quenched("3dipl")
    (named,) = sf.shear(glass, potential, 1, 0.3, direction="zx")
    (by_axes,) = sf.shear(glass, potential, 1, 0.3, plane=(2, 0))
    (tensor,) = sf.shear(glass, potential, 1, 0.3, direction=np.outer([0, 0, 1], [1, 0, 0]))
    assert named.strain == by_axes.strain == tensor.strain
    np.testing.assert_array_equal(named.position, by_axes.position)


def test_the_axes_of_the_last_glass_are_those_of_the_first_where_a_box_can_have_them():
    glass, potential = quenched("3dipl")
    tilted = shear_path(glass, potential, 20, 0.005, direction="zy")
    assert tilted.axes == (2, 1, 0)
    np.testing.assert_allclose(tilted.glass.box, glass.box[[2, 1, 0]])
    assert tilted.glass.strain == pytest.approx(0.005, abs=1e-9)
    pure = shear_path(glass, potential, 20, 0.005, direction="z-y")
    assert pure.axes == (0, 1, 2)
    np.testing.assert_allclose(
        pure.glass.box, glass.box * np.exp([0.0, -0.0025, 0.0025]), rtol=1e-9
    )


@pytest.mark.parametrize("dimension", [2, 3])
def test_every_named_direction_is_followed(dimension):
    glass, potential = quenched(f"{dimension}dipl")
    for direction in direction_names(dimension):
        path = shear_path(glass, potential, 1, 2e-3, direction=direction)
        assert path.complete, direction


def test_directions_that_no_box_follows_are_refused():
    glass, potential = quenched("3dipl")
    with pytest.raises(InvalidSettingError, match="entries off its diagonal"):
        sf.shear(glass, potential, direction=[[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    with pytest.raises(InvalidSettingError, match="there is no direction of shear 'xx'"):
        sf.shear(glass, potential, direction="xx")
    with pytest.raises(InvalidSettingError, match="keeps the volume"):
        sf.shear(glass, potential, direction=np.eye(3))
    tilted = shear_path(glass, potential, 20, 0.005).glass
    with pytest.raises(InvalidSettingError, match="already sheared"):
        sf.shear(tilted, potential, direction="xz")


def test_velocity_and_acceleration_foresee_the_instability():
    """With x = gamma_c - gamma, y = a sqrt(x) + b x + ...: exact but for terms of order sqrt(x)."""
    glass, potential = quenched("2dipl", 1)
    (event,) = sf.shear(glass, potential, 1, 0.3)
    walk = Walk(potential, direction_tensor("xy", 2), Continuation(), glass)
    errors = []
    for left in (1e-3, 1e-5):  # shares of the way
        walk.approach_instability(event.strain * (1 - left))
        end = walk.state.strain + arc_ahead(walk.state).distance
        errors.append(abs(end / event.strain - 1) / left)
    assert errors[0] < 0.2
    assert errors[1] < 0.2 * errors[0]  # of 10 by the square root
    turned = replace(walk.state, velocity=-walk.state.velocity)
    assert arc_ahead(turned) is None  # it moves away from it


def test_the_term_after_the_last_known_one():
    series = Series(np.zeros((1, 2)), [[2.0, 0.0]], [[0.0, 4.0]])
    assert series.last_term(0.5) == pytest.approx(0.5**2 / 1.0)  # 1, then 0.5: 0.25 follows
    series.add(1.0, np.array([[2.0, 2.0 + 6.0]]))  # a cubic term, 6 s^3
    assert series.last_term(0.5) == pytest.approx(6.0 * 0.5**3)


def test_a_search_for_the_fold_that_runs_away_is_given_up():
    """The box could not follow: exp overflows. Two of 480 first events were lost by it."""
    glass, potential = quenched("2dipl", 1)
    walk = Walk(potential, direction_tensor("x-y", 2), Continuation(), glass)
    while (ahead := arc_ahead(walk.state)) is None:
        walk._advance(1e-3, 0.3)
    away = replace(ahead, strain=Series(1e6, 0.0, -1.0))
    assert locate_fold(walk._branch, away, 1e-9) is None
