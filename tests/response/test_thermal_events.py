"""Thermally activated events: rates of a toy, the same bits, and a naive replay."""

from dataclasses import fields

import numpy as np
import pytest
from hopping import POTENTIAL, SMALL, barrier_and_rate, two_holes

import softfield as sf
from softfield.errors import InvalidSettingError, NotAMinimumError
from softfield.preparation.dynamics import evolve, thermal_velocities
from softfield.response.events import REARRANGED, event_arrays

#: Passages of the toy at each temperature; the spread of their mean is 1 / sqrt(N_PASSAGES).
N_PASSAGES = 40

TEMPERATURES = (0.09, 0.12)


@pytest.fixture(scope="module")
def waiting_times():
    """First passage times of the toy, by temperature."""
    hole, _ = two_holes()
    watch = sf.ThermalWatch(interval=2.0)

    def times(temperature):
        for seed in range(N_PASSAGES):
            path = sf.thermal_path(
                hole, POTENTIAL, temperature=temperature, seed=seed, max_time=4000, watch=watch
            )
            assert path.complete
            assert path.events[0].particle == SMALL
            yield path.times[0] - 0.5 * path.time_brackets[0]

    return {temperature: np.array(list(times(temperature))) for temperature in TEMPERATURES}


def test_the_toy_hops_at_the_rate_of_its_barriers(waiting_times):
    height, prefactor = barrier_and_rate()
    for temperature, times in waiting_times.items():
        expected = np.exp(height / temperature) / prefactor
        # transition state theory is an upper bound of the rate; here a fifth is lost to returns and
        # to what is not harmonic at such temperatures, and three standard errors are allowed
        error = 3.0 / np.sqrt(N_PASSAGES)
        assert np.log(0.8) - error < np.log(expected / times.mean()) < np.log(1.2) + error


def test_the_waiting_times_follow_arrhenius(waiting_times):
    height, _ = barrier_and_rate()
    slower, faster = (waiting_times[temperature].mean() for temperature in TEMPERATURES)
    inverse = 1.0 / np.array(TEMPERATURES)
    measured = np.log(slower / faster) / (inverse[0] - inverse[1])
    error = np.sqrt(2.0 / N_PASSAGES) / (inverse[0] - inverse[1])
    # no information in the test if a barrier of zero would pass
    assert 3.0 * error < height
    assert abs(measured - height) < 3.0 * error


def test_waiting_times_are_exponential(waiting_times):
    """One rate: the standard deviation is the mean, to its error of 1 / sqrt(N)."""
    for times in waiting_times.values():
        assert abs(times.std() / times.mean() - 1.0) < 3.0 / np.sqrt(N_PASSAGES)


def naive_flags(glass, seed, temperature, watch, n_pieces):
    """Whether the glass is in its minimum after each piece: everything replayed and minimised."""

    def rng(piece):
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(piece,)))

    velocities, state, flags = thermal_velocities(glass, temperature, rng(0)), glass, [True]
    for piece in range(1, n_pieces + 1):
        moved = evolve(
            state, velocities, POTENTIAL, time_step=0.01, n_steps=50, temperatures=temperature,
            rng=rng(piece),
        )  # fmt: skip
        state, velocities = moved.glass, moved.velocities
        away = glass.minimum_image(sf.minimize(state, POTENTIAL).positions - glass.positions)
        away -= away.mean(axis=0)
        flags.append(bool(np.linalg.norm(away, axis=1).max() <= watch.displacement))
    return flags


def test_a_naive_replay_sees_the_same_change_and_the_same_flickers():
    glass, _ = two_holes()
    watch, temperature = sf.ThermalWatch(interval=1.5, persistence=2), 0.16
    flickers = 0
    for seed in range(5):
        path = sf.thermal_path(
            glass, POTENTIAL, temperature=temperature, seed=seed, max_time=300, watch=watch
        )
        change = round(path.times[0] / 0.5)
        flags = naive_flags(glass, seed, temperature, watch, change + 9)
        assert flags[change - 1]
        assert not flags[change]
        # looks are three pieces apart, from the start or from the look that saw a return
        known, seen = 0, 0
        while True:
            look = known + 3
            if flags[look]:
                known = look
                continue
            back = [later for later in (look + 3, look + 6) if flags[later]]
            if not back:
                break
            known, seen = back[0], seen + 1
        assert known < change <= look
        assert path.n_flickers == seen
        flickers += seen
    assert flickers > 0, "without a flicker this test says nothing of them"


def test_the_same_seed_gives_the_same_bits_and_half_the_interval_the_same_change():
    glass, _ = two_holes()

    def path(seed, interval):
        watch = sf.ThermalWatch(interval=interval, persistence=1)
        return sf.thermal_path(
            glass, POTENTIAL, temperature=0.12, seed=seed, max_time=400, n_events=2, watch=watch
        )

    first, again, other = path(3, 4.0), path(3, 4.0), path(4, 4.0)
    assert first.times.tolist() == again.times.tolist()
    for one, same in zip(first.minima, again.minima, strict=True):
        assert np.array_equal(one.positions, same.positions)
    assert first.times.tolist() != other.times.tolist()
    halved = path(3, 2.0)
    assert halved.times.tolist() == first.times.tolist()
    for event, same in zip(first.events, halved.events, strict=True):
        assert (event.particle, event.energy_drop) == (same.particle, same.energy_drop)


def test_an_event_is_the_record_of_a_plastic_event():
    glass, _ = two_holes()
    path = sf.thermal_path(glass, POTENTIAL, temperature=0.12, seed=3, n_events=2)
    arrays = event_arrays(path.events, 2)
    assert set(arrays) == {field.name for field in fields(sf.PlasticEvent)}
    assert arrays["ordinal"].tolist() == [1, 2]
    assert arrays["strain"].tolist() == [0.0, 0.0]
    for event, before, after in zip(path.events, path.minima, path.minima[1:], strict=False):
        moved = glass.minimum_image(after.positions - before.positions)
        lengths = np.linalg.norm(moved - moved.mean(axis=0), axis=1)
        assert event.particle == event.displaced_particle == np.argmax(lengths)
        assert lengths.max() > REARRANGED
        low, high = (sf.energy(one, POTENTIAL) for one in (after, before))
        assert event.energy_drop == pytest.approx(high - low, abs=1e-9)
        drop = sf.stress(before, POTENTIAL)[0, 1] - sf.stress(after, POTENTIAL)[0, 1]
        assert event.stress_drop == pytest.approx(drop, abs=1e-9)
        inside = glass.wrapped().positions[event.particle]
        assert event.position == pytest.approx(inside, abs=1e-12)


def test_what_does_not_happen_in_time_is_not_made_up():
    glass, _ = two_holes()
    path = sf.thermal_path(glass, POTENTIAL, temperature=1e-3, seed=0, max_time=18.0)
    assert path.events == []
    assert path.times.size == 0
    assert not path.complete
    assert path.time == pytest.approx(20.0), "rounded up to whole intervals"
    # 400 kinetic temperatures with a standard deviation of T / 4 each, some of them independent
    assert path.temperature == pytest.approx(1e-3, rel=0.3)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 0.0, "0.1", True])
@pytest.mark.parametrize("name", ["temperature", "max_time"])
def test_settings_without_meaning_are_refused(name, value):
    glass, _ = two_holes()
    settings = {"temperature": 0.1, "max_time": 1.0, "seed": 0, name: value}
    with pytest.raises(InvalidSettingError, match=name):
        sf.thermal_path(glass, POTENTIAL, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"interval": float("nan")}, "interval"),
        ({"persistence": 0}, "persistence"),
        ({"resolution": 0.05}, "10 time steps"),
        ({"resolution": 6.0}, "resolution"),
        ({"displacement": -0.1}, "displacement"),
        ({"time_step": float("inf")}, "time_step"),
    ],
)
def test_a_watch_without_meaning_is_refused(settings, words):
    with pytest.raises(InvalidSettingError, match=words):
        sf.ThermalWatch(**settings)


@pytest.mark.parametrize("settings", [{"seed": -1}, {"seed": 1.5}, {"n_events": 0}])
def test_seeds_and_numbers_without_meaning_are_refused(settings):
    glass, _ = two_holes()
    given = {"temperature": 0.1, "seed": 0, "max_time": 1.0, **settings}
    with pytest.raises(InvalidSettingError, match=next(iter(settings))):
        sf.thermal_path(glass, POTENTIAL, **given)


def test_dynamics_start_from_a_minimum():
    glass, _ = two_holes()
    moved = glass.positions.copy()
    moved[SMALL] += 0.05
    with pytest.raises(NotAMinimumError):
        sf.thermal_path(glass.with_positions(moved), POTENTIAL, temperature=0.1, seed=0)
