"""Molecular dynamics against forces of mechanics, conservation laws and the canonical ensemble."""

import numpy as np
import pytest

import softfield as sf
from oracles import quenched, reference
from softfield.errors import (
    BoxTooSmallError,
    InvalidPotentialError,
    InvalidSettingError,
    OverlapError,
    UnknownSpeciesError,
)
from softfield.kernels import integrator
from softfield.kernels.pair_forces import add_forces, total_energy
from softfield.mechanics import derivatives
from softfield.preparation.dynamics import evolve, thermal_velocities, workspace
from softfield.preparation.minimisation import relax_overlaps
from softfield.response.pair_averages import pair_energy_average

MODELS = ("2dipl", "3dipl", "3dkablj")
SIZES = {"2dipl": 100, "3dipl": 200, "3dkablj": 250}


def disordered(name, n_particles=None, seed=3):
    """A liquid-like state without overlaps, and the model."""
    model = sf.model(name)
    n = n_particles or SIZES[name]
    rng = np.random.default_rng(seed)
    box = model.box_of(n)
    start = sf.Glass(rng.random((n, model.dimension)) * box, model.species_of(n), box)
    return relax_overlaps(start, model.potential), model


def compiled(glass, potential, skin):
    """Forces (N, d), energy and virial pressure of the compiled loops, original order."""
    work = workspace(glass, potential, skin)
    arrays = (work.positions, work.images, work.species, work.ids)
    listed = integrator.sort_and_list(*arrays, np.empty((0, *work.positions.shape)), *work[4:])
    sorted_forces = np.empty_like(work.positions)
    add_forces(work.positions, work.cell, listed, work.table, sorted_forces)
    forces = np.empty_like(sorted_forces)
    forces[work.ids] = sorted_forces
    energy, virial = total_energy(work.positions, work.cell, listed, work.table)
    return forces, energy, -virial / (glass.dimension * glass.volume)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("strain", [0.0, 0.09, -0.4, 1.3])
def test_forces_are_those_of_mechanics(name, strain):
    glass, model = disordered(name)
    # one box edge of its own per axis would hide a confusion of axes
    stretch = np.array([1.1, 1.0, 1 / 1.1])[: model.dimension]
    glass = sf.Glass(glass.positions * stretch, glass.species, glass.box * stretch)
    glass = glass.sheared(strain).with_positions(glass.sheared(strain).positions - 37.0)
    expected = derivatives.forces(glass, model.potential)
    forces, energy, pressure = compiled(glass, model.potential, skin=0.2)
    scale = np.abs(expected).max()
    # sums of some tens of terms in another order
    assert np.abs(forces - expected).max() < 1e-12 * scale
    assert energy == pytest.approx(derivatives.energy(glass, model.potential), rel=1e-12)
    assert pressure == pytest.approx(derivatives.pressure(glass, model.potential), rel=1e-11)


def test_forces_with_one_or_two_cells_per_axis():
    # the box holds no three cells: each image of a cell must still be met exactly once
    glass, model = disordered("3dipl", n_particles=70)
    reach = model.potential.ranges.max()
    assert 2.0 < glass.box[0] / reach < 2.2
    expected = derivatives.forces(glass, model.potential)
    for skin in (0.0, 0.3):
        forces, _, _ = compiled(glass, model.potential, skin)
        np.testing.assert_allclose(forces, expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("name", MODELS)
def test_energy_error_falls_with_the_square_of_the_time_step(name):
    glass, model = disordered(name)
    rng = np.random.default_rng(1)
    hot = evolve(
        glass, thermal_velocities(glass, 0.7, rng), model.potential, time_step=0.004,
        n_steps=500, temperatures=0.7, thermostat_time=0.2, rng=rng,
    )  # fmt: skip
    errors = []
    for time_step, n_steps in ((0.008, 100), (0.004, 200), (0.002, 400)):
        run = evolve(
            hot.glass, hot.velocities, model.potential, time_step=time_step, n_steps=n_steps,
            sample_interval=n_steps // 100, measure=True,
        )  # fmt: skip
        errors.append(np.std(run.kinetic_energy + run.potential_energy))
    slope = np.polyfit(np.log([0.008, 0.004, 0.002]), np.log(errors), 1)[0]
    # velocity Verlet is of second order
    assert slope == pytest.approx(2.0, abs=0.2)
    assert errors[-1] < 1e-4 * glass.n_particles


def test_momentum_is_conserved_and_the_past_comes_back():
    glass, model = disordered("2dipl")
    velocities = thermal_velocities(glass, 0.6, np.random.default_rng(2))
    assert np.abs(velocities.sum(axis=0)).max() < 1e-12
    there = evolve(glass, velocities, model.potential, time_step=0.005, n_steps=200)
    assert there.list_builds > 2
    assert np.abs(there.velocities.sum(axis=0)).max() < 1e-10
    assert np.abs(there.glass.positions - glass.positions).max() > 0.3
    back = evolve(there.glass, -there.velocities, model.potential, time_step=0.005, n_steps=200)
    # roundoff grows with the Lyapunov exponent over one time unit, no further
    np.testing.assert_allclose(back.glass.positions, glass.positions, atol=1e-9)
    np.testing.assert_allclose(back.velocities, -velocities, atol=1e-8)


@pytest.mark.parametrize("strain", [0.0, 0.2])
def test_trajectory_is_that_of_plain_velocity_verlet(strain):
    # same steps with forces of mechanics, no list, no sorting, no wrapping
    glass, model = disordered("2dipl", n_particles=60)
    glass = glass.sheared(strain)
    v = thermal_velocities(glass, 0.6, np.random.default_rng(4))
    run = evolve(
        glass, v, model.potential, time_step=0.004, n_steps=100, sample_interval=20,
        tracked=[5, 3], skin=0.05, measure=True,
    )  # fmt: skip
    x, force, kinetic, track = glass.positions, derivatives.forces(glass, model.potential), [], []
    for step in range(1, 101):
        v = v + 0.002 * force
        x = x + 0.004 * v
        force = derivatives.forces(glass.with_positions(x), model.potential)
        v = v + 0.002 * force
        if step % 20 == 0:
            kinetic.append(0.5 * (v**2).sum())
            track.append(x[[5, 3]])
    assert run.list_builds > 3
    np.testing.assert_allclose(run.glass.positions, x, atol=1e-9)
    np.testing.assert_allclose(run.velocities, v, atol=1e-8)
    np.testing.assert_allclose(run.kinetic_energy, kinetic, rtol=1e-9)
    np.testing.assert_allclose(run.positions, track, atol=1e-9)
    last = run.glass.with_positions(x)
    expected = derivatives.energy(last, model.potential)
    assert run.potential_energy[-1] == pytest.approx(expected, rel=1e-9)
    ideal = 2 * kinetic[-1] / (2 * glass.volume)
    virial = derivatives.pressure(last, model.potential)
    assert run.pressure[-1] == pytest.approx(ideal + virial, rel=1e-9)
    assert run.time[-1] == pytest.approx(0.4)


def test_skin_and_start_order_change_nothing_but_roundoff():
    glass, model = disordered("2dipl")
    v = thermal_velocities(glass, 0.6, np.random.default_rng(5))
    thin = evolve(glass, v, model.potential, time_step=0.005, n_steps=100, skin=0.02)
    thick = evolve(glass, v, model.potential, time_step=0.005, n_steps=100, skin=0.6)
    assert thin.list_builds > 4 * thick.list_builds
    np.testing.assert_allclose(thin.glass.positions, thick.glass.positions, atol=1e-9)


def test_thermostat_samples_the_canonical_kinetic_energy():
    glass, model = disordered("2dipl", n_particles=80)
    rng = np.random.default_rng(6)
    run = evolve(
        glass, thermal_velocities(glass, 0.7, rng), model.potential, time_step=0.004,
        n_steps=200_000, sample_interval=10, temperatures=0.7, thermostat_time=0.1, rng=rng,
    )  # fmt: skip
    blocks = run.temperature[2000:].reshape(60, -1)
    error = blocks.mean(axis=1).std(ddof=1) / np.sqrt(len(blocks))
    # the time step changes the kinetic temperature by (omega dt)^2 / 8, here below 0.1 %
    assert error < 0.003
    assert abs(blocks.mean() - 0.7) < 4 * error + 0.001
    # a chi-squared distribution of f degrees of freedom has variance 2 f; the thermostat
    # that rescales to the mean only would leave almost none of it
    freedom = 2 * (80 - 1)
    variances = blocks.var(axis=1) / (0.7**2 * 2 / freedom)
    spread = variances.std(ddof=1) / np.sqrt(len(variances))
    assert variances.mean() == pytest.approx(1.0, abs=max(4 * spread, 0.03))
    assert spread < 0.1


def test_same_generator_same_bits():
    glass, model = disordered("2dipl")
    runs = []
    for seed in (8, 8, 9):
        rng = np.random.default_rng(seed)
        runs.append(
            evolve(
                glass,
                thermal_velocities(glass, 0.5, rng),
                model.potential,
                time_step=0.005,
                n_steps=50,
                temperatures=0.5,
                rng=rng,
            )
        )
    assert np.array_equal(runs[0].glass.positions, runs[1].glass.positions)
    assert not np.array_equal(runs[0].glass.positions, runs[2].glass.positions)


def test_pair_energies_at_low_temperature_are_the_local_thermal_energy():
    glass, potential = quenched("2dipl")
    field = sf.local_thermal_energy(glass, potential)
    order = np.argsort(field.energy)
    # the two ends of the distribution, and the middle
    chosen = order[[0, len(order) // 2, -1]]
    measured = pair_energy_average(
        glass, potential, field.pairs[chosen], 1e-7, duration=4000.0,
        rng=np.random.default_rng(10), time_step=0.005,
    )  # fmt: skip
    exact = field.energy[chosen]
    # velocity Verlet with omega dt below 0.15 samples variances to 0.6 %
    assert (measured.error < 0.05 * np.abs(exact) + 0.05).all()
    assert (np.abs(measured.mean - exact) < 4 * measured.error + 0.006 * np.abs(exact)).all()
    np.testing.assert_array_equal(measured.running[-1], measured.mean)


def test_settings_without_meaning_are_refused():
    glass, model = disordered("2dipl")
    v = np.zeros_like(glass.positions)
    good = {"time_step": 0.005, "n_steps": 10}
    for bad in (
        {"time_step": 0.0},
        {"n_steps": 15},
        {"sample_interval": 0},
        {"skin": -0.1},
        {"temperatures": 0.5},
        {"temperatures": -0.5, "rng": np.random.default_rng(0)},
        {"thermostat_time": 0.0},
    ):
        with pytest.raises(InvalidSettingError):
            evolve(glass, v, model.potential, **{**good, **bad})
    with pytest.raises(InvalidSettingError, match="shape"):
        evolve(glass, v[:-1], model.potential, **good)
    with pytest.raises(InvalidSettingError, match="too short"):
        pair_energy_average(
            glass, model.potential, [[0, 1]], 1e-6, duration=1.0, rng=np.random.default_rng(0)
        )


def test_bad_states_are_refused_by_name():
    glass, model = disordered("2dipl")
    v = np.zeros_like(glass.positions)
    positions = glass.positions.copy()
    positions[7] = positions[8]
    with pytest.raises(OverlapError, match="time step"):
        evolve(glass.with_positions(positions), v, model.potential, time_step=0.005, n_steps=10)
    odd = sf.Glass(glass.positions, np.full(100, 2), glass.box)
    with pytest.raises(UnknownSpeciesError):
        evolve(odd, v, model.potential, time_step=0.005, n_steps=10)
    small = sf.Glass([[0.0, 0.0], [1.2, 0.0]], [0, 0], [2.5, 2.5])
    with pytest.raises(BoxTooSmallError):
        evolve(small, np.zeros((2, 2)), model.potential, time_step=0.005, n_steps=10)
    with pytest.raises(InvalidPotentialError):
        workspace(glass, object(), 0.1)


def test_reference_minimum_stays_at_rest():
    glass, model, _ = reference("2dipl_400")
    still = np.zeros_like(glass.positions)
    run = evolve(glass, still, model.potential, time_step=0.005, n_steps=100)
    # residual forces of LAMMPS's minimum are below 1e-12
    assert np.abs(run.glass.positions - glass.positions).max() < 1e-11
