"""Dynamics under shear against Newton's equations in the laboratory, work and energy."""

import numpy as np
import pytest

import softfield as sf
from oracles import error_slope, quenched
from softfield.errors import InvalidSettingError
from softfield.mechanics import derivatives
from softfield.preparation.dynamics import evolve, thermal_velocities
from softfield.preparation.shear_flow import evolve_sheared

MODELS = ("2dipl", "3dipl")


def warm(name, temperature, seed=5):
    """A small glass, the potential, and velocities of a temperature."""
    glass, potential = quenched(name)
    return glass, potential, thermal_velocities(glass, temperature, np.random.default_rng(seed))


def naive_lees_edwards(glass, peculiar, potential, rate, time_step, n_steps):
    """Newton's equations for laboratory velocities; whoever leaves at the top slows down.

    Velocity Verlet with wrapped positions: a particle that crosses the border in y is displaced by
    what the image above has moved, and changes its velocity by that of the image.
    """
    x, v = glass.positions.copy(), peculiar.copy()
    v[:, 0] += rate * x[:, 1]
    state = glass.with_positions(x)
    f = derivatives.forces(state, potential)
    width, height = glass.box[:2]
    for step in range(1, n_steps + 1):
        v += 0.5 * time_step * f
        x += time_step * v
        strain = glass.strain + rate * time_step * step
        rows = np.floor(x[:, 1] / height)
        x[:, 1] -= rows * height
        x[:, 0] -= rows * strain * height
        v[:, 0] -= rows * rate * height
        x[:, 0] -= np.floor(x[:, 0] / width) * width
        state = sf.Glass(x, glass.species, glass.box, strain=strain)
        f = derivatives.forces(state, potential)
        v += 0.5 * time_step * f
    v[:, 0] -= rate * x[:, 1]
    return state, v


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("rate", [0.4, -0.4])
def test_the_equations_of_motion_are_newtons_in_the_laboratory(name, rate):
    glass, potential, velocities = warm(name, 0.5)
    glass = glass.sheared(0.3).wrapped()
    # strain passes half a box, where the cell is turned back, and particles cross its borders
    steps = {"2dipl": 200, "3dipl": 60}[name]
    arguments = (glass, velocities, potential)
    found = evolve_sheared(*arguments, shear_rate=rate, time_step=0.005, n_steps=steps)
    expected, peculiar = naive_lees_edwards(*arguments, rate, 0.005, steps)
    assert found.glass.strain == pytest.approx(glass.strain + rate * 0.005 * steps, rel=1e-12)
    apart = expected.minimum_image(found.glass.positions - expected.positions)
    # rounding of 1e-16 grows by a factor of e in every 0.3 or so of time
    assert np.abs(apart).max() < 1e-9
    assert np.abs(found.velocities - peculiar).max() < 1e-9


def test_particles_crossed_borders_in_that_test():
    glass, potential, velocities = warm("2dipl", 0.5)
    found = evolve_sheared(
        glass.wrapped(), velocities, potential, shear_rate=0.4, time_step=0.005, n_steps=200
    )
    rows = np.floor(found.glass.positions[:, 1] / glass.box[1])
    assert (rows > 0).any()
    assert (rows < 0).any()
    assert found.list_builds > 2


@pytest.mark.parametrize("name", MODELS)
def test_work_is_what_the_energy_gains(name):
    """d(K + U)/dt = rate V sigma_xy; the error falls with the square of the time step."""
    glass, potential, velocities = warm(name, 0.1)
    rate, duration, errors = 0.05, 1.0, []
    time_steps = (0.01, 0.005, 0.0025)
    for time_step in time_steps:
        flow = evolve_sheared(
            glass, velocities, potential, shear_rate=rate, time_step=time_step,
            n_steps=round(duration / time_step), sample_interval=1,
        )  # fmt: skip
        energy = flow.kinetic_energy + flow.potential_energy
        power = rate * glass.volume * flow.stress
        work = time_step * (power.sum() - 0.5 * (power[0] + power[-1]))
        errors.append(abs(energy[-1] - energy[0] - work))
    # how much there is to balance: without the work, the gain would be the error
    assert abs(work) > 100 * errors[-1]
    assert 1.5 < error_slope(errors, time_steps) < 2.7


def test_stress_and_energy_are_those_of_mechanics():
    glass, potential, velocities = warm("2dipl", 0.3)
    flow = evolve_sheared(
        glass,
        velocities,
        potential,
        shear_rate=0.1,
        time_step=0.005,
        n_steps=40,
        sample_interval=40,
    )
    p = flow.velocities
    expected = derivatives.stress(flow.glass, potential)[0, 1] - (p[:, 0] @ p[:, 1]) / glass.volume
    assert flow.stress[-1] == pytest.approx(expected, rel=1e-10)
    energy = derivatives.energy(flow.glass, potential)
    assert flow.potential_energy[-1] == pytest.approx(energy, rel=1e-12)
    assert flow.kinetic_energy[-1] == pytest.approx(0.5 * (p**2).sum(), rel=1e-12)


def test_without_a_rate_it_is_the_dynamics_at_rest():
    glass, potential, velocities = warm("2dipl", 0.2)
    given = {"time_step": 0.005, "n_steps": 100, "temperatures": 0.2}
    arguments = (glass, velocities, potential)
    rest = evolve(*arguments, **given, rng=np.random.default_rng(1))
    still = evolve_sheared(*arguments, **given, shear_rate=0.0, rng=np.random.default_rng(1))
    # sums in another order, over half a unit of time
    assert np.abs(rest.glass.positions - still.glass.positions).max() < 1e-11
    assert np.abs(rest.velocities - still.velocities).max() < 1e-11


def test_a_sheared_liquid_has_a_linear_profile_and_gives_its_heat_to_the_thermostat():
    """In every layer the laboratory velocity is the profile's: peculiar momenta average to zero.

    The thermostat takes a share 1 - exp(-h/tau) of what the kinetic energy is too large, every h:
    in the steady state that is the work of the shear, so that the temperature is above the target.
    """
    glass, potential, velocities = warm("2dipl", 0.8)
    rate, temperature, rng = 0.1, 0.8, np.random.default_rng(2)
    given = {"shear_rate": rate, "time_step": 0.005, "temperatures": temperature, "rng": rng}
    flow = evolve_sheared(glass, velocities, potential, n_steps=2000, **given)
    layers, reached, stresses = [], [], []
    for _ in range(300):
        flow = evolve_sheared(flow.glass, flow.velocities, potential, n_steps=60, **given)
        height = flow.glass.wrapped().positions[:, 1] / glass.box[1]
        layer = np.floor(5 * height)
        layers.append([flow.velocities[layer == k, 0].mean() for k in range(5)])
        reached.append(flow.temperature.mean())
        stresses.append(flow.stress.mean())
    blocks = np.array(layers).reshape(30, 10, 5).mean(axis=1)
    error = blocks.std(axis=0, ddof=1) / np.sqrt(30)
    assert (np.abs(blocks.mean(axis=0)) < 4.0 * error).all()
    # a tenth of the profile, in the outer layers, would be seen
    assert 0.1 * rate * 0.4 * glass.box[1] > 2.0 * error.max()
    every = 10 * 0.005
    work = rate * glass.volume * np.mean(stresses) * every
    heat = 2.0 * work / (1.0 - np.exp(-every)) / (2 * glass.n_particles - 2)
    assert heat > 0.1, "there is heat to be taken"
    # of 300 samples of 100 particles, correlated over the thermostat time
    assert np.mean(reached) == pytest.approx(temperature + heat, rel=0.02)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), "0.1", 3.0])
def test_rates_without_meaning_are_refused(rate):
    glass, potential, velocities = warm("2dipl", 0.1)
    with pytest.raises(InvalidSettingError, match="rate"):
        evolve_sheared(glass, velocities, potential, shear_rate=rate, time_step=0.01, n_steps=10)
