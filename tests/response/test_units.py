"""Glasses in other units of energy, and those whose pairs hardly push."""

from dataclasses import replace

import numpy as np
import pytest

import softfield as sf
from oracles import quenched
from softfield.errors import InvalidPotentialError, NotAMinimumError


@pytest.fixture(scope="module")
def weak():
    """(glass, potential) of 2DIPL, the energies in a unit 1e8 times as large."""
    glass, potential = quenched("2dipl")
    return glass, replace(potential, strengths=1e-8 * potential.strengths)


def test_a_weak_potential_has_the_minima_of_the_strong_one(weak):
    glass, potential = weak
    strong = quenched("2dipl")[1]
    moved = 0.01 * np.random.default_rng(0).normal(size=glass.positions.shape)
    shaken = glass.with_positions(glass.positions + moved)
    found = sf.minimize(shaken, potential).positions - sf.minimize(shaken, strong).positions
    assert np.abs(found - found.mean(axis=0)).max() < 1e-9
    with pytest.raises(NotAMinimumError):
        sf.local_thermal_energy(shaken, potential)


def test_the_local_thermal_energy_has_no_unit(weak):
    """It is a share of k T: the unit of energy cancels."""
    glass, potential = weak
    strong = sf.local_thermal_energy(glass, quenched("2dipl")[1])
    np.testing.assert_allclose(
        sf.local_thermal_energy(glass, potential).energy, strong.energy, rtol=1e-9, atol=1e-9
    )


def test_events_of_a_weak_potential_are_those_of_the_strong_one(weak):
    """Where the fold is found does not depend on the unit of energy but for rounding."""
    glass, potential = weak
    (event,) = sf.shear(glass, potential, n_events=1)
    (strong,) = sf.shear(glass, quenched("2dipl")[1], n_events=1)
    assert event.strain == pytest.approx(strong.strain, abs=1e-9)
    assert event.energy_drop == pytest.approx(1e-8 * strong.energy_drop, rel=1e-5)


@pytest.mark.parametrize("name", ["2dipl", "contacts"])
def test_events_of_strong_forces_are_those_of_weak_ones(name):
    """A descent asks for no force below the rounding of those that there are."""
    diameters = np.array([[1.0, 1.2], [1.2, 1.4]])
    laws = {
        "2dipl": lambda unit: replace(law, strengths=unit * law.strengths),
        "contacts": lambda unit: sf.harmonic_contacts(diameters, 10.0 * unit),
    }
    glass, law = quenched("2dipl")
    events = []
    for unit in (1.0, 1e13):
        glass = sf.minimize(glass, laws[name](unit))
        events += sf.shear(glass, laws[name](unit), n_events=1, max_strain=0.3)
    event, strong = events
    assert strong.strain == pytest.approx(event.strain, abs=1e-8)
    assert strong.energy_drop == pytest.approx(1e13 * event.energy_drop, rel=1e-5)


def touching(overlap, n=5):
    """(glass, potential): a ring of discs that overlap by this much, none of them at rest."""
    potential = sf.harmonic_contacts(1.0, 1.0)
    angle = 2 * np.pi * np.arange(n) / n
    radius = 0.5 / np.sin(np.pi / n)
    ring = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    ring += overlap * np.random.default_rng(1).normal(size=ring.shape)
    return sf.Glass(5.0 + (1.0 - 2 * overlap) * ring, np.zeros(n, int), np.full(2, 10.0)), potential


@pytest.mark.parametrize("overlap", [1e-3, 1e-9, 1e-11])
def test_particles_that_just_touch_are_no_minimum(overlap):
    """Their forces are tiny, and as large as all there are: nothing balances them."""
    with pytest.raises(NotAMinimumError):
        sf.local_thermal_energy(*touching(overlap))


def test_a_network_without_stress_is_a_minimum():
    """Springs at their rest length: forces are rounding, relative to nothing; sum rule dN - d."""

    def spring(r):
        return 0.5 * (r - 1.0) ** 2, r - 1.0, np.ones_like(r), np.zeros_like(r)

    i, j = np.divmod(np.arange(30), 5)
    positions = np.column_stack([j + 0.5 * (i % 2), i * np.sqrt(0.75)]) + 1e-3
    glass = sf.Glass(positions, np.zeros(30, int), [5.0, 6 * np.sqrt(0.75)])
    potential = sf.potential_from_function(spring, cutoff=1.2)
    field = sf.local_thermal_energy(glass, potential)
    assert field.energy.sum() == pytest.approx(2 * 30 - 2, rel=1e-9)


@pytest.mark.parametrize("act", [sf.minimize, sf.descend, sf.shear])
def test_lengths_in_metres_are_refused(act):
    """`units si`: sigma = 1e-6, epsilon = 4e-21; steps of 0.1 are 1e5 particles long."""
    glass, _ = quenched("2dipl")
    small = sf.Glass(1e-6 * glass.positions, glass.species, 1e-6 * glass.box)
    potential = sf.lennard_jones(
        1e-6 * np.array([[1.0, 1.18], [1.18, 1.4]]), np.full((2, 2), 4e-21)
    )
    with pytest.raises(InvalidPotentialError, match="unit"):
        act(small, potential)


def in_units(scale):
    """(glass, potential) of 2DIPL, every energy times a factor, relaxed in these units."""
    glass, potential = quenched("2dipl")
    potential = replace(potential, strengths=scale * potential.strengths)
    return sf.minimize(glass, potential), potential


@pytest.mark.parametrize("scale", [1e-21, 1e-10, 1e-8, 1e4, 1e6])
def test_strains_have_no_unit_of_energy(scale):
    """Predicted ones, how fast energies change with strain, and those of events."""
    glass, potential = in_units(scale)
    unit, law = in_units(1.0)
    expected = sf.predict_events(unit, law)
    assert len(expected) > 0
    found = sf.predict_events(glass, potential)
    np.testing.assert_allclose(
        [one.strain for one in found], [one.strain for one in expected], rtol=1e-6
    )
    response, other = (sf.strain_response(*pair) for pair in ((glass, potential), (unit, law)))
    largest = np.abs(other.slope).max()
    np.testing.assert_allclose(response.slope, other.slope, atol=1e-4 * largest)
    (event,), (first,) = (sf.shear(*pair, n_events=1) for pair in ((glass, potential), (unit, law)))
    assert event.strain == pytest.approx(first.strain, abs=1e-7)
