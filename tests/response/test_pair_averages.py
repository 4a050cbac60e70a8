"""The limit of zero temperature, on synthetic averages and on glasses of every model."""

from dataclasses import replace

import numpy as np
import pytest

import softfield as sf
from oracles import quenched
from softfield.errors import InvalidSettingError
from softfield.response.pair_averages import (
    PairAverage,
    averaged,
    chosen_interactions,
    cold_energies,
    extrapolated,
    pair_energy_average,
)


def synthetic(rng, temperatures, limit, slope, noise, common=1.0, n_segments=256):
    """Averages limit + slope T + noise per segment; ``common`` is its share in common."""
    lengths = rng.exponential(2.0, n_segments) + 0.1
    shared = rng.normal(size=(n_segments, len(limit)))
    averages = []
    for temperature in temperatures:
        own = rng.normal(size=shared.shape)
        scatter = np.sqrt(common) * shared + np.sqrt(1 - common) * own
        # longer segments average more
        segments = limit + slope * temperature + noise * scatter / np.sqrt(lengths)[:, None]
        total = np.cumsum(lengths)
        running = np.cumsum(segments * lengths[:, None], axis=0) / total[:, None]
        averages.append(PairAverage(2 * total, running, running[-1], np.ones(len(limit))))
    return averages


def test_limit_is_that_of_a_straight_line_through_the_averages():
    rng = np.random.default_rng(1)
    temperatures = [1e-6, 1e-5, 1e-4]
    averages = synthetic(rng, temperatures, np.array([2.0, -3.0]), np.array([1e3, -5e3]), 0.5, 0.5)
    found = extrapolated(temperatures, averages)
    means = np.array([a.mean for a in averages])
    slope, limit = np.polyfit(temperatures, means, 1)
    np.testing.assert_allclose(found.limit, limit, rtol=1e-8)
    np.testing.assert_allclose(found.slope, slope, rtol=1e-8)


def test_common_noise_cancels_in_the_slope_and_stays_in_the_limit():
    rng = np.random.default_rng(2)
    limit, slope = np.array([20.0]), np.array([4e3])
    found = extrapolated([1e-6, 1e-5], synthetic(rng, [1e-6, 1e-5], limit, slope, 1.0))
    np.testing.assert_allclose(found.slope, slope, rtol=1e-6)
    assert (found.slope_error < 1e-6 * slope).all()
    # 256 segments of mean length 2.1: noise / sqrt(total length) = 0.043
    assert found.error[0] == pytest.approx(1.0 / np.sqrt(256 * 2.1), rel=0.4)


@pytest.mark.parametrize("common", [0.0, 0.5, 1.0])
def test_errors_of_limit_and_slope_cover_the_truth(common):
    rng = np.random.default_rng(3)
    temperatures, limit, slope = [1e-6, 5e-6, 1e-5], np.array([5.0]), np.array([1e5])
    deviations, slopes = [], []
    for _ in range(200):
        averages = synthetic(rng, temperatures, limit, slope, 2.0, common)
        found = extrapolated(temperatures, averages)
        deviations.append((found.limit - limit)[0] / found.error[0])
        slopes.append((found.slope - slope)[0] / max(found.slope_error[0], 1e-3))
    # unit normal, 200 of them: 1 +- 0.05; the error is the largest over block sizes, which
    # makes it too large by some 15 %
    assert 0.7 < np.std(deviations) < 1.15
    assert abs(np.mean(deviations)) < 0.25
    assert np.std(slopes) < 1.15


def test_errors_of_short_runs_know_the_correlation_of_segments():
    """Segments correlated as 2^-k, which is what draws of the velocities leave of modes.

    The variance of the mean of m is 3/m of that of a segment, less an end of order 1/m^2; blocks of
    four alone, the largest of 128 segments, would see 0.83 of that error.
    """
    rng = np.random.default_rng(0)
    m, pairs = 128, 400
    series = np.empty((m, pairs))
    series[0] = rng.normal(size=pairs)
    for k in range(1, m):
        series[k] = 0.5 * series[k - 1] + np.sqrt(0.75) * rng.normal(size=pairs)
    stated = np.sqrt(np.mean(averaged(series, np.ones(m)).error ** 2))
    assert 0.9 < stated / np.sqrt(3 / m) < 1.15


def test_meaningless_temperatures_and_segments_are_refused():
    rng = np.random.default_rng(4)
    averages = synthetic(rng, [1e-6, 1e-5], np.array([1.0]), np.array([0.0]), 1.0)
    for bad in ([1e-6, 1e-6], [1e-6, -1e-5], [1e-6]):
        with pytest.raises(InvalidSettingError, match="two or more"):
            extrapolated(bad, averages)
    with pytest.raises(InvalidSettingError, match="2 averages for 3"):
        extrapolated([1e-6, 1e-5, 1e-4], averages)
    other = synthetic(rng, [1e-5], np.array([1.0]), np.array([0.0]), 1.0)
    with pytest.raises(InvalidSettingError, match="different segments"):
        extrapolated([1e-6, 1e-5], [averages[0], *other])


def test_interactions_are_random_ones_and_the_largest():
    energy = np.array([0.1, -9.0, 0.3, 4.0])
    rng = np.random.default_rng(5)
    for _ in range(20):
        chosen = chosen_interactions(energy, 2, rng)
        assert chosen[-1] == 1
        assert len(set(chosen)) == 3
    with pytest.raises(InvalidSettingError, match="the glass has 4"):
        chosen_interactions(energy, 4, rng)


@pytest.mark.parametrize("name", ["2dipl", "3dipl", "3dkablj"])
def test_dynamics_tends_to_eq_3_in_every_model(name):
    """One interaction drawn at random and the one of the largest |E|, two temperatures."""
    glass, potential = quenched(name)
    field = sf.local_thermal_energy(glass, potential)
    chosen = chosen_interactions(field.energy, 1, np.random.default_rng(6))
    found = cold_energies(
        glass, potential, field.pairs[chosen], [1e-7, 1e-6], duration=600.0, seed=8
    )
    exact = field.energy[chosen]
    assert (found.error < 0.2 * np.abs(exact) + 0.1).all()
    # velocity Verlet with omega dt below 0.15 samples variances to 0.6 %
    assert (np.abs(found.limit - exact) < 4 * found.error + 0.006 * np.abs(exact)).all()
    # the softest modes are harmonic: the temperature changes a tenth of a per cent at most
    assert (np.abs(found.slope) * 1e-6 < 1e-3 * np.abs(exact) + 4 * found.slope_error * 1e-6).all()
    assert (found.slope_error * 1e-6 < 0.01 * np.abs(exact) + 0.01).all()


def test_velocities_are_drawn_no_more_often_than_samples_are_taken():
    glass, potential = quenched("2dipl")
    with pytest.raises(InvalidSettingError, match="smaller sample_interval"):
        pair_energy_average(
            glass, potential, [[0, 1]], temperature=1e-6, duration=0.256, refresh_time=0.001,
            time_step=0.01, sample_interval=10, rng=np.random.default_rng(0),
        )  # fmt: skip


def test_dynamics_of_a_stiff_law_has_shorter_steps():
    """The strengths times 60: E is the same, and steps of 0.005 gave 1.17 of the sum rule."""
    glass, model = quenched("2dipl")
    stiff = replace(model, strengths=60.0 * model.strengths)
    field = sf.local_thermal_energy(glass, stiff)
    settings = {"temperature": 1e-5, "duration": 1200.0}
    found = pair_energy_average(glass, stiff, field.pairs, rng=np.random.default_rng(3), **settings)
    # the sum over all pairs is d (N - 1): half of k T for each mode; its error is about a per cent
    assert found.mean.sum() == pytest.approx(2 * (glass.n_particles - 1), rel=0.05)
    with pytest.raises(InvalidSettingError, match="too long for vibrations"):
        pair_energy_average(
            glass, stiff, field.pairs, rng=np.random.default_rng(3), time_step=0.005, **settings
        )


def test_velocities_of_a_soft_law_are_drawn_less_often():
    """Draws that come within a fraction of a period let nothing move."""
    glass, model = quenched("2dipl")
    soft = replace(model, strengths=1e-4 * model.strengths)
    field = sf.local_thermal_energy(glass, soft)
    with pytest.raises(InvalidSettingError, match="too short for an error bar"):
        pair_energy_average(
            glass, soft, field.pairs, 1e-9, duration=600.0, rng=np.random.default_rng(3)
        )
