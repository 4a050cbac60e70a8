"""The error of the field counts what is wrong with the Hessian that it is made of."""

import numpy as np
import pytest
from samples import of_atoms, pair_sample

import softfield as sf

SEEDS = (0, 1, 2)


def perturbed(hessian, size, seed):
    """A Hessian that is wrong by a share, translations left alone; symmetric."""
    dense = hessian.toarray()
    noise = np.random.default_rng(seed).normal(size=dense.shape) * (dense != 0)
    noise = noise + noise.T
    d = 2
    blocks = noise.reshape(len(noise) // d, d, -1, d)
    own = np.arange(len(blocks))
    blocks[own, :, own] = 0.0
    blocks[own, :, own] = -blocks.sum(axis=2)
    noise = 0.5 * (noise + noise.T)
    return dense + size * np.linalg.norm(dense) / np.linalg.norm(noise) * noise


def ratios(field, glass, potential):
    """|E - E exactly| over the error that the field tells, and the errors."""
    exact = sf.local_thermal_energy(glass, potential)
    energy = of_atoms(exact.pairs, exact.energy, glass.n_particles)
    deviation = np.abs(field.energy - energy)
    moved = np.abs(field.displacement - exact.displacement)
    return deviation / field.error, moved / field.displacement_error, deviation


def check(field, glass, potential):
    of_energy, of_displacement, deviation = ratios(field, glass, potential)
    assert np.quantile(of_energy, 0.95) < 2.0
    assert of_energy.max() < 5.0
    assert np.quantile(of_displacement, 0.95) < 2.0
    assert np.median(field.error) < 20.0 * np.median(deviation)  # no empty caution


@pytest.mark.parametrize("seed", SEEDS)
def test_a_given_hessian_that_is_slightly_wrong(seed):
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    given = perturbed(sf.dynamical_matrix(glass, potential), 5e-5, seed)
    check(sf.calculator_field(atoms, hessian=given), glass, potential)


@pytest.mark.parametrize("reach", [1.97, 2.0])
def test_an_interaction_range_that_is_slightly_short(reach, caplog):
    """The potential ends smoothly at 2.07: what is left out of the Hessian is small, and counts."""
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    field = sf.calculator_field(atoms, interaction_range=reach)
    assert "further than assumed" not in caplog.text
    check(field, glass, potential)


def test_masses_do_not_change_the_error():
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    atoms.set_masses(np.where(glass.species == 0, 1.0, 5.0))
    given = perturbed(sf.dynamical_matrix(glass, potential), 5e-5, 0)
    check(sf.calculator_field(atoms, hessian=given, masses="atoms"), glass, potential)


def test_an_exact_hessian_adds_next_to_nothing():
    atoms, _, _ = pair_sample("2dipl")
    field = sf.calculator_field(atoms)
    assert np.median(field.error) < 1e-5 * np.abs(field.energy).max()
