"""Thermally activated events: rates of a toy, the same bits, and a naive replay."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hopping import (
    N_WAYS,
    POTENTIAL,
    SMALL,
    UNEQUAL,
    barrier_and_rate,
    nonzero_eigenvalues,
    two_holes,
    unequal_holes,
)

import softfield as sf
from oracles import quenched
from softfield.errors import InvalidSettingError, NotAMinimumError
from softfield.preparation.dynamics import evolve, thermal_velocities
from softfield.response.events import REARRANGED, event_arrays
from softfield.response.thermal_events import change_of_minimum

#: Passages of the toy at each temperature; the spread of their mean is 1 / sqrt(N_PASSAGES).
N_PASSAGES = 40

#: Of them, one after the other in one path.
IN_A_PATH = 4

TEMPERATURES = (0.09, 0.12)


@pytest.fixture(scope="module")
def passages():
    """Paths of the toy, by temperature."""
    hole, _ = two_holes()
    watch = sf.ThermalWatch(interval=2.0)

    def path(temperature, seed):
        found = sf.thermal_path(
            hole, POTENTIAL, temperature=temperature, seed=seed, max_time=16000,
            n_events=IN_A_PATH, watch=watch,
        )  # fmt: skip
        assert found.complete
        assert [event.particle for event in found.events] == [SMALL] * IN_A_PATH
        return found

    return {t: [path(t, seed) for seed in range(N_PASSAGES // IN_A_PATH)] for t in TEMPERATURES}


def waits(path):
    """Times between the events of a path; each came half a bracket before its time."""
    return np.diff(path.times - 0.5 * path.time_brackets, prepend=0.0)


@pytest.fixture(scope="module")
def waiting_times(passages):
    """Passage times of the toy, by temperature."""
    return {t: np.concatenate([waits(path) for path in paths]) for t, paths in passages.items()}


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


def test_forward_and_backward_passages_are_equally_frequent(passages):
    """Holes of equal energy: every side of a triangle is crossed as often one way as the other.

    From a triangle that points up the small particle goes through one of three sides, and from one
    that points down through the same three, back.
    """
    counts, stays = np.zeros((2, N_WAYS)), {0: [], 1: []}
    for paths in passages.values():
        mean = np.concatenate([waits(path) for path in paths]).mean()
        for path in paths:
            for k, (before, after) in enumerate(zip(path.minima, path.minima[1:], strict=False)):
                moved = before.minimum_image(after.positions - before.positions)
                moved -= moved[:SMALL].mean(axis=0)
                back = k % 2
                # sides are crossed at 30, 150 and 270 degrees from triangles that point up
                angle = np.degrees(np.arctan2(*moved[SMALL][::-1])) - 30.0 - 180.0 * back
                way = round(angle / 120.0)
                assert abs(angle - 120.0 * way) < 5.0, "the lattice may turn a little"
                counts[back, way % N_WAYS] += 1
                stays[back].append(waits(path)[k] / mean)
    number = N_PASSAGES * len(TEMPERATURES)
    assert counts.sum(axis=1).tolist() == [number / 2, number / 2]
    forward, backward = counts
    # the difference of two counts of Poisson has the variance of their sum: three standard errors
    assert (np.abs(forward - backward) < 3.0 * np.sqrt(counts.sum(axis=0))).all()
    # and each side is crossed by a third: a binomial count
    share = 1.0 / N_WAYS
    error = np.sqrt(number * share * (1.0 - share))
    assert (np.abs(counts.sum(axis=0) - number * share) < 3.0 * error).all()
    # both kinds of holes are left at one rate; means of exponential times, in their own mean
    up, down = (np.mean(stays[back]) for back in (0, 1))
    assert abs(np.log(up / down)) < 3.0 * np.sqrt(4.0 / number)


def test_the_time_spent_in_holes_of_two_energies_is_that_of_boltzmann():
    low, high = unequal_holes()
    temperature = 0.16
    path = sf.thermal_path(
        low, UNEQUAL, temperature=temperature, seed=1, max_time=10000, n_events=60,
        watch=sf.ThermalWatch(interval=2.0),
    )  # fmt: skip
    assert path.complete
    energies = [sf.energy(glass, UNEQUAL) for glass in (low, high)]
    seen = np.array([sf.energy(glass, UNEQUAL) for glass in path.minima[:-1]])
    is_high = np.abs(seen - energies[1]) < 1e-9
    assert (is_high | (np.abs(seen - energies[0]) < 1e-9)).all(), "there are no other holes"
    spent = [waits(path)[is_high == kind].sum() for kind in (False, True)]
    # harmonic entropy: at equal temperature the softer hole is wider in every direction
    entropy = [-0.5 * np.log(nonzero_eigenvalues(g, UNEQUAL)).sum() for g in (low, high)]
    expected = (energies[1] - energies[0]) / temperature + entropy[0] - entropy[1]
    # stays in a kind of holes, over several of them, are exponential and independent
    changes = np.diff(is_high.astype(int))
    stays = 1 + (changes < 0).sum(), (changes > 0).sum()
    error = np.sqrt(1.0 / stays[0] + 1.0 / stays[1])
    # no information in the test if equal times would pass
    assert 3.0 * error < expected
    assert abs(np.log(spent[0] / spent[1]) - expected) < 3.0 * error


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


def test_rearrangements_of_a_change_have_no_unit_of_length():
    """Two minima, and the same a quarter as large: particles are, too."""
    start, law = quenched("2dipl")
    path = sf.thermal_path(start, law, temperature=0.5, seed=5, max_time=300, n_events=4)
    assert path.complete
    smaller = replace(law, diameters=0.25 * law.diameters)
    minima = path.minima[1:]
    counts = [change_of_minimum(start, start, new, law, 1).n_rearrangements for new in minima]
    others = []
    for new in minima:
        old, changed = (sf.Glass(0.25 * g.positions, g.species, 0.25 * g.box) for g in (start, new))
        others.append(change_of_minimum(old, old, changed, smaller, 1).n_rearrangements)
    assert counts == others
