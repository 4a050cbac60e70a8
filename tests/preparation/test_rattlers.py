"""Packings in contact: rattlers, and the field of what is left."""

import numpy as np
import pytest

import softfield as sf
from softfield.errors import FloatingParticlesError, InvalidGlassError
from softfield.mechanics.derivatives import forces

CONTACTS = {"harmonic": sf.harmonic_contacts, "hertzian": sf.hertzian_contacts}
SIZES = np.array([[1.0, 1.2], [1.2, 1.4]])


def packing(potential, n=120, area_fraction=0.9, seed=2):
    rng = np.random.default_rng(seed)
    kinds = np.arange(n) % 2
    area = np.pi / 4 * (np.array([1.0, 1.96])[kinds]).sum()
    edge = np.sqrt(area / area_fraction)
    start = sf.Glass(rng.random((n, 2)) * edge, kinds, [edge, edge])
    return sf.descend(start, potential, max_force=1e-12).glass


@pytest.mark.parametrize("kind", CONTACTS)
def test_the_backbone_of_a_packing_has_a_field_that_obeys_the_sum_rule(kind):
    potential = CONTACTS[kind](SIZES)
    glass = packing(potential)
    backbone, kept = sf.without_rattlers(glass, potential)
    np.testing.assert_array_equal(backbone.positions, glass.positions[kept])
    np.testing.assert_array_equal(backbone.species, glass.species[kept])
    # rattlers at a minimum push nobody
    np.testing.assert_allclose(forces(backbone, potential), 0.0, atol=3e-12)
    field = sf.local_thermal_energy(backbone, potential)
    # The sum of E is off by the sum of residual force times X, and by rounding.
    residual = 3e-12 * np.linalg.norm(field.displacement, axis=1).sum()
    rounding = 1e-16 * field.condition * len(field.pairs)
    assert residual + rounding < 0.01
    assert field.energy.sum() == pytest.approx(2 * len(kept) - 2, abs=residual + rounding)


def test_rattlers_are_left_out_one_after_the_other():
    potential = sf.harmonic_contacts(1.0)
    # a hexagonal crystal, compressed, in which a hole holds a free particle with a
    # second one that leans on it and on one wall: two contacts
    a = 0.97
    x, y = np.meshgrid(np.arange(8), np.arange(8))
    crystal = np.stack([(x + 0.5 * (y % 2)).ravel() * a, y.ravel() * a * np.sqrt(0.75)], axis=1)
    box = np.array([8 * a, 8 * a * np.sqrt(0.75)])
    hole = np.linalg.norm(crystal - crystal[27], axis=1) < 1.1 * a
    wall = crystal[~hole]
    inner = crystal[27] + np.array([[0.0, 0.0], [0.857, 0.495]])
    glass = sf.Glass(np.vstack([wall, inner]), np.zeros(len(wall) + 2, int), box)
    left, kept = sf.without_rattlers(glass, potential)
    np.testing.assert_array_equal(kept, np.arange(len(wall)))
    assert left.n_particles == len(wall)
    alone = sf.Glass(np.vstack([wall, inner[:1]]), np.zeros(len(wall) + 1, int), box)
    with pytest.raises(FloatingParticlesError):
        sf.local_thermal_energy(alone, potential, force_tolerance=np.inf)


def test_a_gas_is_no_packing():
    gas = sf.Glass([[0.0, 0.0], [3.0, 3.0], [0.0, 3.0]], [0, 0, 0], [9.0, 9.0])
    with pytest.raises(InvalidGlassError, match="not jammed"):
        sf.without_rattlers(gas, sf.harmonic_contacts(1.0))
