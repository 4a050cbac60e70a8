"""Glasses from nothing: true minima at the model's density, the same bits for the same seed."""

import subprocess
import sys

import numpy as np
import pytest

import softfield as sf
from oracles import dense_hessian
from softfield.errors import BoxTooSmallError, InvalidSettingError, UnknownModelError
from softfield.mechanics import derivatives
from softfield.potentials.models import MODELS, Protocol
from softfield.preparation.protocol import prepare_glass, protocol_of, quench
from softfield.preparation.protocol import random_start as start_of

#: A quench short enough for a test.
FAST = {"equilibration_time": 2.0, "cooling_rate": 0.1}
SIZES = {"2dipl": 100, "3dipl": 120, "3dkablj": 200}


@pytest.mark.parametrize("name", sorted(SIZES))
@pytest.mark.parametrize("seed", [1, 2])
def test_prepared_glasses_are_true_minima(name, seed):
    model = sf.model(name)
    glass = prepare_glass(model, SIZES[name], seed, **FAST)
    forces = derivatives.forces(glass, model.potential)
    assert np.sqrt((forces**2).sum(axis=1)).max() <= 1e-10
    values = np.linalg.eigvalsh(dense_hessian(glass, model.potential))
    d = model.dimension
    assert np.abs(values[:d]).max() < 1e-9
    assert values[d] > 1e-6
    assert glass.density == pytest.approx(model.density, rel=1e-12)
    np.testing.assert_array_equal(glass.species, model.species_of(SIZES[name]))
    assert glass.strain == 0.0
    assert ((glass.positions >= 0) & (glass.positions < glass.box)).all()


def test_same_seed_same_bits_in_another_process():
    here = prepare_glass("2dipl", 64, 11, **FAST)
    again = prepare_glass("2dipl", 64, 11, **FAST)
    assert np.array_equal(here.positions, again.positions)
    other = prepare_glass("2dipl", 64, 12, **FAST)
    assert not np.array_equal(here.positions, other.positions)
    # the other process makes another glass first: nothing is shared between realizations
    code = (
        "import sys; from softfield import prepare_glass as p\n"
        f"fast = {FAST!r}\n"
        "p('2dipl', 64, 12, **fast)\n"
        "sys.stdout.buffer.write(p('2dipl', 64, 11, **fast).positions.tobytes())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert there == here.positions.tobytes()


def test_equilibration_may_be_left_out_and_cooling_go_to_zero():
    settings = {**FAST, "equilibration_time": 0.0, "final_temperature": 0.0}
    glass = prepare_glass("2dipl", 64, 3, **settings)
    forces = derivatives.forces(glass, sf.model("2dipl").potential)
    assert np.abs(forces).max() <= 1e-10


def test_seed_sequences_are_taken_as_they_are():
    sequence = np.random.SeedSequence(11)
    one = prepare_glass("2dipl", 64, sequence, **FAST)
    assert np.array_equal(one.positions, prepare_glass("2dipl", 64, 11, **FAST).positions)


def test_slow_cooling_finds_lower_minima():
    model = sf.model("2dipl")

    def mean_energy(rate):
        glasses = [
            prepare_glass(model, 100, seed, equilibration_time=10.0, cooling_rate=rate)
            for seed in range(6)
        ]
        return np.mean([derivatives.energy(glass, model.potential) / 100 for glass in glasses])

    # minima differ by some 0.01 per particle between realizations, 0.05 between the rates
    assert mean_energy(0.005) < mean_energy(1.0) - 0.01


def test_quench_follows_its_ramp():
    model = sf.model("2dipl")
    protocol = protocol_of(model, cooling_rate=0.02, thermostat_time=0.05)
    rng = np.random.default_rng(3)
    start = start_of(model, 400, rng)
    hot = np.sqrt(0.8) * rng.standard_normal((400, 2))
    run = quench(start, hot - hot.mean(axis=0), model, protocol, rng)
    ramp = 0.8 - 0.79 * run.time / run.time[-1]
    assert run.time[-1] == pytest.approx(0.79 / 0.02, rel=0.01)
    late = run.time > 2.0
    # the heat that the falling energy sets free makes a lag of about rate x thermostat time
    difference = (run.temperature - ramp)[late]
    assert abs(difference.mean()) < 0.01
    assert run.temperature[-20:].mean() == pytest.approx(ramp[-20:].mean(), abs=0.01)


def test_settings_replace_fields_of_the_protocol():
    model = sf.model("3dkablj")
    protocol = protocol_of(model, cooling_rate=0.5)
    assert protocol.cooling_rate == 0.5
    assert protocol.time_step == MODELS["3dkablj"].protocol.time_step


def test_wrong_settings_are_refused_by_name():
    with pytest.raises(InvalidSettingError, match="'coolingrate'; did you mean 'cooling_rate'"):
        prepare_glass("2dipl", 64, 1, coolingrate=0.1)
    with pytest.raises(InvalidSettingError, match="time_step must be positive"):
        prepare_glass("2dipl", 64, 1, time_step=-0.1)
    with pytest.raises(InvalidSettingError, match="equilibration_time must not be negative"):
        prepare_glass("2dipl", 64, 1, equilibration_time=-1.0)
    with pytest.raises(InvalidSettingError, match="a quench cools"):
        Protocol(liquid_temperature=0.5, final_temperature=0.6)
    with pytest.raises(InvalidSettingError, match="n_particles"):
        prepare_glass("2dipl", 1, 1)
    with pytest.raises(UnknownModelError):
        prepare_glass("4dipl", 64, 1)
    with pytest.raises(BoxTooSmallError):
        prepare_glass("3dkablj", 64, 1)
