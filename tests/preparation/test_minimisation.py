"""Minimisation against LAMMPS minima, dense Hessians and another algorithm."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

import softfield as sf
from oracles import dense_hessian, freshly_quenched, quenched, reference
from softfield.errors import InvalidSettingError, NotConvergedError, OverlapError, SaddleError
from softfield.kernels import integrator
from softfield.mechanics import derivatives
from softfield.potentials.truncated_powers import TruncatedPowers
from softfield.preparation.dynamics import evolve, workspace
from softfield.preparation.minimisation import descend, largest_force, minimize, relax_overlaps


def assert_minimum(glass, potential, max_force):
    """Forces of mechanics below the tolerance, all but d eigenvalues positive."""
    forces = derivatives.forces(glass, potential)
    assert np.sqrt((forces**2).sum(axis=1)).max() <= max_force
    values = np.linalg.eigvalsh(dense_hessian(glass, potential))
    d = glass.dimension
    # translations to roundoff of a matrix with entries of order 100
    assert np.abs(values[:d]).max() < 1e-9
    assert values[d] > 1e-6


@pytest.mark.parametrize("name", ["2dipl_400", "3dkablj_1000"])
def test_perturbed_lammps_minima_are_found_again(name):
    glass, model, archive = reference(name)
    energy, pressure = archive["lammps_potential_energy"], archive["lammps_pressure"]
    rng = np.random.default_rng(1)
    shaken = glass.with_positions(
        glass.positions + 0.01 * rng.standard_normal(glass.positions.shape)
    )
    assert derivatives.energy(shaken, model.potential) > energy + 1.0
    found = minimize(shaken, model.potential, max_force=1e-11)
    assert derivatives.energy(found, model.potential) == pytest.approx(float(energy), rel=1e-10)
    # LAMMPS stopped at residual forces below 1e-11: pressure to the same 1e-10
    assert derivatives.pressure(found, model.potential) == pytest.approx(float(pressure), rel=1e-9)
    assert largest_force(derivatives.forces(found, model.potential)) <= 1e-11
    moved = found.minimum_image(found.positions - glass.positions)
    assert np.abs(moved - moved.mean(axis=0)).max() < 1e-6


@pytest.mark.parametrize(("name", "size"), [("2dipl", 120), ("3dipl", 110), ("3dkablj", 210)])
def test_result_is_a_minimum(name, size):
    glass, potential = freshly_quenched(name, size)
    assert_minimum(glass, potential, 1e-11)


@pytest.mark.parametrize("strain", [0.05, -0.3])
def test_minimum_of_a_strained_box(strain):
    glass, potential = quenched("2dipl")
    strained = glass.sheared(strain)
    assert largest_force(derivatives.forces(strained, potential)) > 0.1
    found = minimize(strained, potential)
    assert found.strain == strain
    assert_minimum(found, potential, 1e-10)
    assert derivatives.energy(found, potential) < derivatives.energy(strained, potential)


def test_first_order_descent_needs_no_newton():
    glass, potential = quenched("2dipl")
    rng = np.random.default_rng(2)
    shaken = glass.with_positions(
        glass.positions + 0.02 * rng.standard_normal(glass.positions.shape)
    )
    result = descend(shaken, potential, 1e-10)
    assert result.max_force <= 1e-10
    assert_minimum(result.glass, potential, 1.1e-10)
    assert derivatives.energy(result.glass, potential) == pytest.approx(
        derivatives.energy(glass, potential), rel=1e-12
    )
    assert 50 < result.evaluations < 3000


def test_small_displacement_leads_where_another_minimiser_goes():
    glass, potential = quenched("2dipl", seed=1)
    rng = np.random.default_rng(3)
    start = glass.positions + 0.05 * rng.standard_normal(glass.positions.shape)

    def energy(x):
        return derivatives.energy(glass.with_positions(x.reshape(-1, 2)), potential)

    def gradient(x):
        return -derivatives.forces(glass.with_positions(x.reshape(-1, 2)), potential).ravel()

    other = scipy_minimize(energy, start.ravel(), jac=gradient, method="CG", options={"gtol": 1e-7})
    found = minimize(glass.with_positions(start), potential)
    assert derivatives.energy(found, potential) == pytest.approx(other.fun, rel=1e-10)


def test_descent_never_goes_uphill():
    # each budget is a prefix of the same descent: its energies must fall
    glass, potential = quenched("2dipl")
    rng = np.random.default_rng(4)
    start = glass.with_positions(rng.random(glass.positions.shape) * glass.box)
    start = relax_overlaps(start, potential)
    energies = [derivatives.energy(start, potential)]
    for budget in range(2, 120, 4):
        work = workspace(start, potential, 0.2)
        integrator.conjugate_gradient(
            work.positions, work.images, work.species, work.ids, work.cell, work.table,
            0.2, 1e-10, budget, 0.1, 0.1,
        )  # fmt: skip
        positions = np.empty_like(work.positions)
        positions[work.ids] = work.positions
        energies.append(derivatives.energy(start.with_positions(positions), potential))
    assert np.diff(energies).max() <= 1e-9 * abs(energies[0])


def test_saddle_is_not_accepted():
    # A stretched row of three in a box: forces vanish by symmetry, the energy is not minimal.
    potential = sf.model("2dipl").potential
    side = 4.2
    square = np.array([[0.0, 0.0], [1.2, 0.0], [2.4, 0.0], [1.2, 1.2], [1.2, 2.4], [0.0, 2.4]])
    glass = sf.Glass(square, np.zeros(6, int), [side, side])
    values = np.linalg.eigvalsh(dense_hessian(glass, potential))
    assert values[0] < -1.0
    symmetric = sf.Glass(
        np.array([[x, y] for x in range(4) for y in range(4)]) * 1.05, np.zeros(16, int), [4.2, 4.2]
    )
    # a perfect square lattice is at rest and unstable
    assert largest_force(derivatives.forces(symmetric, potential)) < 1e-10
    assert np.linalg.eigvalsh(dense_hessian(symmetric, potential))[0] < -1.0
    with pytest.raises(SaddleError):
        minimize(symmetric, potential)


def test_overlaps_are_relaxed_without_explosion():
    model = sf.model("2dipl")
    box = model.box_of(400)
    rng = np.random.default_rng(5)
    positions = rng.random((400, 2)) * box
    positions[1] = positions[0] + 1e-7
    start = sf.Glass(positions, model.species_of(400), box)
    relaxed = relax_overlaps(start, model.potential, cap=0.05)
    # steps are at most cap long, and forces at most cap / gain at the end
    assert largest_force(derivatives.forces(relaxed, model.potential)) < 0.05 / 1e-3
    assert np.abs(relaxed.positions - start.positions).max() < 3.0
    assert derivatives.energy(relaxed, model.potential) / 400 < 20.0


def test_failures_name_the_state():
    glass, potential = quenched("2dipl")
    shaken = glass.with_positions(
        glass.positions + 0.05 * np.random.default_rng(6).standard_normal(glass.positions.shape)
    )
    with pytest.raises(NotConvergedError, match="100 particles at strain 0 still has a force"):
        minimize(shaken, potential, max_evaluations=20)
    with pytest.raises(NotConvergedError, match="roundoff floor"):
        minimize(shaken, potential, max_force=1e-16, max_evaluations=3000)
    coincident = glass.positions.copy()
    coincident[3] = coincident[4]
    with pytest.raises(OverlapError, match="relax_overlaps"):
        descend(glass.with_positions(coincident), potential)
    with pytest.raises(InvalidSettingError):
        minimize(glass, potential, max_force=0.0)
    with pytest.raises(NotConvergedError, match="overlaps"):
        relax_overlaps(shaken, potential, gain=1.0, max_steps=3)


@pytest.mark.parametrize("case", ["no force between A and A", "positive powers only"])
def test_any_even_powers_have_compiled_dynamics_and_descent(case):
    rng = np.random.default_rng(0)
    glass = sf.Glass(rng.random((60, 2)) * 8.0, np.arange(60) % 2, [8.0, 8.0])
    diameters = np.array([[1.0, 1.2], [1.2, 1.4]])
    if case == "positive powers only":
        potential = TruncatedPowers(((8, 1.0),), 1.5, diameters, np.ones((2, 2)))
    else:
        strengths = np.array([[0.0, 1.0], [1.0, 1.0]])
        potential = TruncatedPowers(((-12, 1.0),), 1.5, diameters, strengths)
        assert potential.ranges[0, 0] == 0
    compiled = sf.descend(glass, potential, 1e-9)
    assert compiled.max_force <= 1e-9
    # the forces of the compiled loops are those of the arrays
    found = np.linalg.norm(sf.forces(compiled.glass, potential), axis=1).max()
    assert found <= 1.1e-9
    moved = evolve(glass, np.zeros((60, 2)), potential, time_step=1e-6, n_steps=10, measure=True)
    assert moved.potential_energy[-1] == pytest.approx(sf.energy(moved.glass, potential), rel=1e-9)


@pytest.mark.parametrize("n_species", [4, 24])
def test_many_species_that_interact_alike_or_each_in_its_own_way(n_species):
    """24 species have 300 different laws, more than the compiled loops tell apart."""
    rng = np.random.default_rng(0)
    sizes = np.ones(4) if n_species == 4 else rng.uniform(0.95, 1.05, n_species)
    law = TruncatedPowers(
        ((-10, 1.0),), 1.48, 0.5 * (sizes[:, None] + sizes), np.ones((n_species, n_species))
    )
    start = np.stack(np.meshgrid(*[np.arange(6.0)] * 2), -1).reshape(-1, 2) * 1.1
    start += 0.1 * rng.random(start.shape)
    glass = sf.Glass(start, np.arange(36) % n_species, [6.6, 6.6])
    found = sf.descend(glass, law, 1e-6)
    there = np.linalg.norm(sf.forces(found.glass, law), axis=1).max()
    assert there == pytest.approx(found.max_force, rel=1e-3, abs=1e-9)
    run = {"time_step": 1e-6, "n_steps": 10, "measure": True}
    if n_species == 24:
        with pytest.raises(sf.errors.InvalidPotentialError, match="24 species interact in more"):
            evolve(glass, np.zeros((36, 2)), law, **run)
    else:
        moved = evolve(glass, np.zeros((36, 2)), law, **run)
        expected = sf.energy(moved.glass, law)
        assert moved.potential_energy[-1] == pytest.approx(expected, rel=1e-9)


def test_a_random_start_in_a_small_unit_of_energy_becomes_a_glass():
    """Its overlaps are strong, and no measure of the forces at rest."""
    law = sf.inverse_powers(
        [(-10, 1.0)], np.array([[1, 1.18], [1.18, 1.4]]), np.full((2, 2), 2.0**-40), cutoff=1.48
    )
    box = np.sqrt(150 / 0.86) * np.array([1.6**0.5, 1.6**-0.5])
    places = np.random.default_rng(5).random((150, 2)) * box
    glass = sf.minimize(sf.Glass(places, np.arange(150) % 2, box), law)
    typical = np.sqrt((sf.interactions(glass, law).g1 ** 2).mean())
    assert np.abs(sf.forces(glass, law)).max() < 1e-9 * typical
    assert sf.normal_modes(glass, law, 1).frequencies[0] > 0
