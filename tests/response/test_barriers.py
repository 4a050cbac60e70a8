"""Barriers against a brute-force scan, and saddles against a dense Hessian."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hopping import POTENTIAL, SMALL, energy_along, two_holes

import softfield as sf
from oracles import LoweredWithinRange, dense_hessian, freshly_quenched, image_pairs, quenched
from softfield.errors import (
    InvalidGlassError,
    InvalidSettingError,
    NotAMinimumError,
    NotConvergedError,
    SaddleError,
)
from softfield.mechanics.pairs import interactions
from softfield.response import barriers
from softfield.response.barriers import expected_barrier
from softfield.response.saddles import factorize_saddle


@pytest.fixture(scope="module")
def hop():
    return sf.barrier(*two_holes(), POTENTIAL)


def test_the_barrier_is_that_of_a_scan(hop):
    one, other = two_holes()
    ways = [energy_along(share)[0] for share in (0.0, 0.2, 0.4, 0.45, 0.5, 0.55, 0.6)]
    assert np.argmax(ways) == 4, "by symmetry the saddle is half way"
    # BFGS to forces of 1e-9 leaves an energy of 1e-18 over the softest eigenvalue
    assert hop.energy == pytest.approx(ways[4] - ways[0], rel=1e-9)
    assert hop.reverse == pytest.approx(hop.energy, rel=1e-9), "all holes are alike"
    assert hop.direct
    for side, end in zip(hop.sides, (one, other), strict=True):
        moved = one.minimum_image(side.positions - end.positions)
        assert np.abs(moved - moved.mean(axis=0)).max() < 1e-6
    assert np.argmax(np.linalg.norm(hop.mode, axis=1)) == SMALL
    towards = one.minimum_image(other.positions - one.positions)
    assert (hop.mode * towards).sum() > 0


@cache
def activated():
    """A small glass, and the minimum to which it goes at a temperature."""
    glass, potential = quenched("2dipl")
    path = sf.thermal_path(glass, potential, temperature=0.15, seed=1)
    return *path.minima, potential


def test_a_saddle_of_a_glass_has_one_negative_eigenvalue_and_no_force():
    glass, other, potential = activated()
    found = sf.barrier(glass, other, potential)
    values, vectors = np.linalg.eigh(dense_hessian(found.saddle, potential))
    # the two translations are zero to rounding, eigenvalues being up to a few hundred
    assert (values < -1e-8).sum() == 1
    assert found.eigenvalue == pytest.approx(values[0], rel=1e-6)
    assert abs(vectors[:, 0] @ found.mode.ravel()) == pytest.approx(1.0, abs=1e-6)
    force = np.zeros_like(glass.positions)
    law = interactions(found.saddle, potential)
    slope = {tuple(pair): g1 for pair, g1 in zip(law.pairs.tolist(), law.g1, strict=True)}
    for (i, j), u in image_pairs(found.saddle, potential.ranges).items():
        force[i] += slope[i, j] * u
        force[j] -= slope[i, j] * u
    assert np.linalg.norm(force, axis=1).max() < 1e-8
    assert found.energy > 0
    assert found.reverse > 0
    # half a box away, all together: no particle's nearest image is the one that it went to
    elsewhere = other.with_positions(other.positions + 0.5 * other.box)
    again = sf.barrier(glass, elsewhere, potential)
    assert again.energy == pytest.approx(found.energy, rel=1e-8)
    assert again.direct == found.direct


def test_forward_and_backward_barriers_differ_by_the_energies_of_the_minima(hop):
    """Of one saddle; and the way back goes over the same one."""
    one, other = two_holes()
    back = sf.barrier(other, one, POTENTIAL)
    assert back.energy == pytest.approx(hop.reverse, rel=1e-9)
    moved = one.minimum_image(back.saddle.positions - hop.saddle.positions)
    assert np.abs(moved - moved.mean(axis=0)).max() < 1e-6


def test_a_negative_eigenvalue_does_not_hide_behind_soft_modes():
    """Of a saddle where ten eigenvalues are nearer to zero than the negative one."""
    glass, potential = freshly_quenched("2dipl", 400, 0)
    path = sf.thermal_path(glass, potential, temperature=0.1, seed=1, max_time=100)
    found = sf.barrier(*path.minima, potential)
    values, vectors = np.linalg.eigh(dense_hessian(found.saddle, potential))
    assert (values < -1e-8).sum() == 1
    assert (np.abs(values) < -values[0]).sum() - 2 >= 10, "else nothing hides it"
    # a residual of 1e-8 of M z leaves an error of its square in the eigenvalue
    assert found.eigenvalue == pytest.approx(values[0], rel=1e-9)
    assert abs(vectors[:, 0] @ found.mode.ravel()) == pytest.approx(1.0, abs=1e-9)
    assert found.direct


@pytest.mark.parametrize(("share", "negative"), [(0.0, 0), (0.5, 1)])
def test_negative_eigenvalues_are_counted(share, negative):
    _, glass = energy_along(share)
    values, vectors = np.linalg.eigh(dense_hessian(glass, POTENTIAL))
    assert (values < -1e-8).sum() == negative
    lowest = vectors[:, 0 if negative else 2].reshape(-1, 2)
    matrix = factorize_saddle(glass, interactions(glass, POTENTIAL), lowest)
    assert matrix.n_negative == negative
    rhs = np.random.default_rng(0).standard_normal(glass.positions.shape)
    rhs -= rhs.mean(axis=0)
    keep = np.abs(values) > 1e-8
    inverse = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    expected = (inverse @ rhs.ravel()).reshape(rhs.shape)
    assert matrix.solve(rhs) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_minima_that_are_far_apart_have_no_barrier_rather_than_a_wrong_one():
    (one, potential), (other, _) = quenched("2dipl", 0), quenched("2dipl", 1)
    with pytest.raises(NotConvergedError, match="many rearrangements apart"):
        sf.barrier(one, other, potential, max_sweeps=20)


def test_two_negative_eigenvalues_are_refused():
    """A glass far above its minimum has many directions downhill."""
    glass, potential = quenched("2dipl")
    pushed = glass.positions + 0.2 * np.random.default_rng(0).standard_normal(
        (len(glass.species), 2)
    )
    state = glass.with_positions(pushed)
    values, vectors = np.linalg.eigh(dense_hessian(state, potential))
    assert (values < -1e-8).sum() > 1
    with pytest.raises(SaddleError, match="more than one direction downhill"):
        factorize_saddle(state, interactions(state, potential), vectors[:, 0].reshape(-1, 2))


def test_what_has_no_barrier_is_refused():
    one, other = two_holes()
    with pytest.raises(InvalidSettingError, match="the same minimum"):
        sf.barrier(one, one, POTENTIAL)
    with pytest.raises(NotAMinimumError):
        sf.barrier(one, energy_along(0.3)[1], POTENTIAL)
    for changes in ({"box": 1.01 * one.box}, {"strain": 0.1}, {"species": 1 - one.species}):
        with pytest.raises(InvalidGlassError, match="same particles in the same cell"):
            sf.barrier(one, replace(other, **changes), POTENTIAL)
    for settings in ({"n_states": 4}, {"max_sweeps": 0}, {"max_force": float("nan")}):
        with pytest.raises(InvalidSettingError, match=next(iter(settings))):
            sf.barrier(one, other, POTENTIAL, **settings)


def test_a_barrier_beside_that_of_the_nearest_soft_mode():
    glass, other, potential = activated()
    moved = np.linalg.norm(glass.minimum_image(other.positions - glass.positions), axis=1)
    place = glass.positions[np.argmax(moved)]
    modes = sf.soft_modes(glass, potential)
    away = [np.linalg.norm(glass.minimum_image(m.position - place)) for m in modes]
    nearest = modes[int(np.argmin(away))]
    for radius, is_pair in ((min(away) + 0.01, True), (max(min(away) - 0.01, 1e-3), False)):
        found = expected_barrier(glass, other, potential, radius)
        alone = sf.barrier(glass, other, potential)
        assert (found.barrier, found.reverse) == (alone.energy, alone.reverse)
        assert found.predicted == pytest.approx(2 * nearest.stiffness**3 / 3 / nearest.asymmetry**2)
        assert found.distance == pytest.approx(min(away))
        assert (found.reason == "") == (is_pair and alone.direct)


def test_a_barrier_that_is_not_found_says_so(monkeypatch):
    glass, other, potential = activated()

    def gives_up(*arguments, **settings):
        raise NotConvergedError("a string shows no saddle")

    monkeypatch.setattr(barriers._Search, "saddle", gives_up)
    found = expected_barrier(glass, other, potential, 5.0)
    assert np.isnan([found.barrier, found.reverse]).all()
    assert found.reason == "a string shows no saddle"
    assert found.predicted > 0


@cache
def chain():
    """Minima that a small glass visits one after the other."""
    model = sf.model("2dipl")
    glass = sf.prepare_glass(model, 64, seed=2, cooling_rate=0.1, equilibration_time=10.0)
    watched = sf.thermal_path(
        glass, model.potential, temperature=0.25, seed=1, n_events=4, max_time=600.0
    )
    return watched.minima, model.potential


@pytest.mark.parametrize(("first", "last"), [(0, 3), (2, 4)])
def test_of_several_saddles_the_highest_is_the_barrier_from_both_sides(first, last):
    minima, potential = chain()
    ends = [sf.energy(minima[k], potential) for k in (first, last)]
    there = sf.barrier(minima[first], minima[last], potential)
    back = sf.barrier(minima[last], minima[first], potential)
    assert not there.direct
    top = sf.energy(there.saddle, potential)
    assert top - ends[0] == pytest.approx(there.energy, abs=1e-9)
    assert top - ends[1] == pytest.approx(there.reverse, abs=1e-9)
    assert min(there.energy, there.reverse) > 0
    assert (back.reverse, back.energy) == pytest.approx((there.energy, there.reverse), abs=1e-9)
    sides = [sf.energy(side, potential) for side in there.sides]
    assert top > max(sides)


def test_particles_that_change_places_meet_on_the_straight_way():
    (glass, *_), potential = chain()
    alike = np.flatnonzero(glass.species == glass.species[0])
    away = np.linalg.norm(
        glass.minimum_image(glass.positions[alike[1:]] - glass.positions[0]), axis=1
    )
    exchanged = glass.positions.copy()
    partner = alike[1:][np.argmin(away)]
    exchanged[[0, partner]] = exchanged[[partner, 0]]
    with pytest.raises(NotConvergedError, match="particles meet on the straight way"):
        sf.barrier(glass, glass.with_positions(exchanged), potential)


@pytest.mark.parametrize("unit", [0.1, 0.3, 3.0, 20.0])
def test_barriers_do_not_depend_on_the_unit_of_length(unit):
    minima, _ = chain()
    diameters = np.array([[1.0, 1.18], [1.18, 1.4]])
    scaled = sf.inverse_powers([(-10, 1.0)], unit * diameters, 1.0, cutoff=1.48)
    model = sf.inverse_powers([(-10, 1.0)], diameters, 1.0, cutoff=1.48)
    one, other = (sf.minimize(glass, model) for glass in minima[:2])
    ends = [
        sf.minimize(replace(glass, positions=unit * glass.positions, box=unit * glass.box), scaled)
        for glass in (one, other)
    ]
    expected, found = sf.barrier(one, other, model), sf.barrier(*ends, scaled)
    assert (found.energy, found.reverse, found.direct) == pytest.approx(
        (expected.energy, expected.reverse, expected.direct), rel=1e-7
    )


def test_a_jump_of_the_energy_at_the_cutoff_is_no_part_of_a_barrier():
    """The same law less a constant for every pair in range, of which the saddle has others."""
    glass, potential = freshly_quenched("2dipl", 400, 0)
    path = sf.thermal_path(glass, potential, temperature=0.1, seed=1, max_time=100)
    hop = sf.barrier(*path.minima, potential)
    pairs = [len(interactions(state, potential).pairs) for state in (path.minima[0], hop.saddle)]
    assert pairs[0] != pairs[1]
    same = sf.barrier(*path.minima, LoweredWithinRange(potential, 0.3))
    assert same.energy == pytest.approx(hop.energy, rel=1e-8)
    assert same.reverse == pytest.approx(hop.reverse, rel=1e-8)
