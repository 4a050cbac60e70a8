"""Pairs, energy, forces, stress, dynamical matrix and third order."""

import numpy as np
import pytest

import softfield as sf
from oracles import dense_hessian, error_slope, image_pairs, quenched, reference
from softfield.errors import BoxTooSmallError, OverlapError, UnknownSpeciesError
from softfield.mechanics.derivatives import (
    listed_forces,
    pair_forces,
    shear_derivatives,
    stiffness_times,
    stress,
    third_order,
)
from softfield.mechanics.pairs import interactions, neighbor_pairs

MODELS = ["2dipl", "3dipl", "3dkablj"]


def disturbed(name, strain=0.0):
    """A state with forces: every term is then seen."""
    glass, potential = quenched(name)
    noise = np.random.default_rng(5).normal(scale=0.03, size=glass.positions.shape)
    return glass.with_positions(glass.positions + noise).sheared(strain), potential


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("strain", [0.0, 0.23, -0.6])
def test_pairs_are_those_of_a_loop_over_all_images(name, strain):
    glass, potential = disturbed(name, strain)
    expected = image_pairs(glass, potential.ranges)
    found = interactions(glass, potential)
    assert [tuple(p) for p in found.pairs] == sorted(expected)
    np.testing.assert_allclose(found.vectors, [expected[tuple(p)] for p in found.pairs], atol=1e-12)


@pytest.mark.parametrize("name", ["2dipl_400", "3dkablj_1000"])
def test_lammps_minima_have_its_energy_and_pressure_and_no_forces(name):
    glass, model, archive = reference(name)
    assert sf.energy(glass, model.potential) == pytest.approx(
        float(archive["lammps_potential_energy"]), rel=1e-10
    )
    assert sf.pressure(glass, model.potential) == pytest.approx(
        float(archive["lammps_pressure"]), rel=1e-10
    )
    assert np.abs(sf.forces(glass, model.potential)).max() < 1e-11


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("strain", [0.0, 0.23])
def test_forces_from_a_list_are_those_of_the_pairs(name, strain):
    """Particles anywhere, pairs of the list beyond their range, and the box sheared."""
    glass, potential = disturbed(name, strain)
    room = 0.5 * float(glass.box.min()) - float(potential.ranges.max())
    listed = neighbor_pairs(glass, potential, min(0.1, 0.9 * room))
    assert len(listed) > len(neighbor_pairs(glass, potential))
    turns = np.random.default_rng(1).integers(-2, 3, glass.positions.shape)
    away = glass.with_positions(glass.positions + turns @ glass.cell)
    np.testing.assert_allclose(
        listed_forces(away, potential, listed), sf.forces(glass, potential), atol=1e-9
    )


def test_products_with_the_stiffness_are_those_of_the_dense_matrix():
    glass, potential = disturbed("3dipl", 0.1)
    field = np.random.default_rng(2).normal(size=glass.positions.shape)
    product = stiffness_times(interactions(glass, potential), field)
    expected = dense_hessian(glass, potential) @ field.ravel()
    np.testing.assert_allclose(product.ravel(), expected, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("name", MODELS)
def test_forces_are_minus_the_gradient(name):
    glass, potential = disturbed(name, 0.1)
    direction = np.random.default_rng(6).normal(size=glass.positions.shape)
    terms = -sf.forces(glass, potential) * direction
    exact = terms.sum()
    steps = np.array([4e-4, 2e-4, 1e-4])

    def energy(h):
        return sf.energy(glass.with_positions(glass.positions + h * direction), potential)

    errors = [abs((energy(h) - energy(-h)) / (2 * h) - exact) for h in steps]
    assert errors[-1] < 1e-4 * np.abs(terms).sum()  # the sum itself may cancel
    assert error_slope(errors, steps) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("name", MODELS)
def test_the_dynamical_matrix_is_the_textbook_one(name):
    glass, potential = disturbed(name, -0.2)
    dense = dense_hessian(glass, potential)
    ours = sf.dynamical_matrix(glass, potential).toarray()
    np.testing.assert_allclose(ours, dense, atol=1e-12 * np.abs(dense).max())
    np.testing.assert_allclose(
        sf.dynamical_matrix(glass, potential) @ np.ones(len(dense)), 0.0, atol=1e-9
    )


@pytest.mark.parametrize("name", MODELS)
def test_stiffness_and_third_order_are_derivatives_of_the_force(name):
    glass, potential = disturbed(name)
    rng = np.random.default_rng(7)
    v, w = rng.normal(size=(2, *glass.positions.shape))
    steps = np.array([4e-4, 2e-4, 1e-4])

    def at(h):
        return interactions(glass.with_positions(glass.positions + h * v), potential)

    first, second = stiffness_times(at(0), v), third_order(at(0), v, w)
    errors_first, errors_second = [], []
    for h in steps:
        change = -(pair_forces(at(h)) - pair_forces(at(-h))) / (2 * h)
        errors_first.append(np.abs(change - first).max())
        change = (stiffness_times(at(h), w) - stiffness_times(at(-h), w)) / (2 * h)
        errors_second.append(np.abs(change - second).max())
    assert errors_first[-1] < 1e-3 * np.abs(first).max()
    assert errors_second[-1] < 1e-3 * np.abs(second).max()
    assert error_slope(errors_first, steps) == pytest.approx(2.0, abs=0.2)
    assert error_slope(errors_second, steps) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("name", MODELS)
def test_shear_derivatives_are_those_of_the_sheared_energy(name):
    glass, potential = disturbed(name)
    first, mismatch, second = shear_derivatives(interactions(glass, potential))
    h = 1e-5

    def energy(gamma):
        return sf.energy(glass.sheared(gamma), potential)

    def gradient(gamma):
        return -sf.forces(glass.sheared(gamma), potential)

    # Central differences: the error is h^2 times a third derivative of order 1e4 N.
    assert first == pytest.approx((energy(h) - energy(-h)) / (2 * h), rel=1e-5)
    change = (gradient(h) - gradient(-h)) / (2 * h)
    np.testing.assert_allclose(mismatch, change, atol=1e-5 * np.abs(change).max())
    slopes = [shear_derivatives(interactions(glass.sheared(s), potential))[0] for s in (h, -h)]
    assert second == pytest.approx((slopes[0] - slopes[1]) / (2 * h), rel=1e-5)
    assert stress(glass, potential)[0, 1] == pytest.approx(first / glass.volume, rel=1e-12)


def test_a_box_below_twice_the_range_is_refused():
    model = sf.model("3dkablj")
    glass = sf.Glass(np.random.default_rng(0).random((20, 3)) * 4.9, np.zeros(20, int), [4.9] * 3)
    with pytest.raises(BoxTooSmallError, match="below twice the interaction range"):
        neighbor_pairs(glass, model.potential)


def test_overlaps_and_unknown_species_are_refused():
    glass, potential = quenched("2dipl")
    positions = glass.positions.copy()
    positions[3] = positions[8]
    with pytest.raises(OverlapError, match="particles 3 and 8"):
        sf.energy(glass.with_positions(positions), potential)
    species = np.array(glass.species)
    species[0] = 2
    with pytest.raises(UnknownSpeciesError, match="species 2"):
        sf.energy(sf.Glass(glass.positions, species, glass.box), potential)


@pytest.mark.parametrize("tolerance", [np.nan, 0.0, -1e-8])
def test_a_tolerance_that_is_no_positive_number_accepts_no_state(tolerance):
    glass, potential = quenched("2dipl")
    with pytest.raises(sf.errors.InvalidSettingError, match="force_tolerance must be"):
        sf.local_thermal_energy(glass, potential, force_tolerance=tolerance)
    with pytest.raises(sf.errors.InvalidSettingError, match="force_tolerance must be"):
        sf.normal_modes(glass, potential, 3, force_tolerance=tolerance)


@pytest.mark.parametrize("force", [np.nan, np.inf, 0.0])
def test_minimisation_needs_a_force_to_reach(force):
    glass, potential = quenched("2dipl")
    with pytest.raises(sf.errors.InvalidSettingError, match="max_force must be"):
        sf.minimize(glass, potential, max_force=force)
