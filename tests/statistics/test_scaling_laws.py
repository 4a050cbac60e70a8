"""Exponents of scaling laws and shares by bin, on samples with known answers."""

import numpy as np
import pandas as pd
import pytest

from softfield.errors import TooFewDataError
from softfield.statistics.forces import (
    FORCES,
    SHARE_ENERGIES,
    SHARES,
    anharmonic_shares,
    count_shares,
    force_distribution,
    scaled_forces,
    share_quantile,
)
from softfield.statistics.resampling import bootstrap_weights, first_realizations
from softfield.statistics.scaling_laws import localised_of, log_slope, mean_waves, scaling_fits

SETTINGS = {
    "phonon_free": 0.8,
    "localised": 0.3,
    "n_resamples": 200,
    "min_tail": 50,
    "min_realizations": 20,
}


@pytest.fixture
def rng():
    return np.random.default_rng(1234)


def clustered(rng, n_realizations=60, per_realization=3, exponent=-4.0, spread=0.5):
    """y ~ x^exponent with a factor common to each realization, as modes of one glass have."""
    owner = np.repeat(np.arange(n_realizations), per_realization)
    x = rng.uniform(0.3, 1.0, owner.size)
    common = rng.normal(size=n_realizations)[owner]
    return x, x**exponent * np.exp(spread * common), owner


def test_slope_is_that_of_polyfit(rng):
    x, y, owner = clustered(rng)
    weights = bootstrap_weights(60, 100, rng)
    found = log_slope(x, -y, owner, weights)  # the sign of y does not count
    assert found.value == pytest.approx(np.polyfit(np.log(x), np.log(y), 1)[0], rel=1e-9)
    resampled = weights[0].astype(int)
    drawn = np.concatenate([np.repeat(np.flatnonzero(owner == r), n) for r, n in
                            enumerate(resampled)])  # fmt: skip
    one = log_slope(x, y, owner, weights[:1])
    expected = np.polyfit(np.log(x[drawn]), np.log(y[drawn]), 1)[0]
    assert one.lower == one.upper == pytest.approx(expected, rel=1e-9)


def test_intervals_of_correlated_samples_cover_the_exponent(rng):
    covered = 0
    for _ in range(100):
        x, y, owner = clustered(rng)
        covered += log_slope(x, y, owner, bootstrap_weights(60, 200, rng)).covers(-4.0)
    # 95 % of 100, with a binomial error of 2; a percentile bootstrap of 60 is a little narrow
    assert 86 <= covered <= 100


def test_correction_gives_the_exponent_for_small_x(rng):
    x = np.tile(np.arange(1.0, 6.0), 30)
    owner = np.repeat(np.arange(30), 5)
    y = x**3 * np.exp(-0.03 * x**2) * np.exp(0.05 * rng.normal(size=x.size))
    weights = bootstrap_weights(30, 200, rng)
    with_correction = log_slope(x, y, owner, weights, correction=True)
    assert with_correction.covers(3.0)
    assert with_correction.upper - with_correction.lower < 0.3
    assert log_slope(x, y, owner, weights).upper < 2.9


def test_undetermined_slopes_say_so(rng):
    weights = bootstrap_weights(30, 50, rng)
    same = np.ones(30)
    with pytest.raises(TooFewDataError, match="1 places"):
        log_slope(same, same, np.arange(30), weights)
    two = np.tile([1.0, 2.0], 15)
    with pytest.raises(TooFewDataError):
        log_slope(two, two, np.arange(30), weights, correction=True)


def test_shares_are_counted_where_they_belong():
    energy = np.array([1.5, -1.5, 20.0, 1e-5, 0.02])
    harmonic = np.array([0.75, 0.0, 30.0, 1.0, 5.0])
    counts = count_shares(energy, harmonic)
    assert counts.shape == (SHARE_ENERGIES.size - 1, SHARES.size - 1)
    assert counts.sum() == 4  # 1e-5 lies below the bins
    low = np.searchsorted(SHARE_ENERGIES, 1.5) - 1
    assert counts[low].sum() == 2
    assert counts[low, np.searchsorted(SHARES, 0.5, side="right") - 1] == 1
    assert counts[low, np.searchsorted(SHARES, 1.0, side="right") - 1] == 1
    assert counts[np.searchsorted(SHARE_ENERGIES, 0.02) - 1, -1] == 1  # beyond the last edge


def test_quantiles_of_shares_are_those_of_the_values(rng):
    shares = rng.beta(3, 2, (40, 200))
    counts = np.array([count_shares(np.full(200, 2.0), 2.0 * (1 - row)) for row in shares])
    for q in (0.25, 0.5, 0.75):
        curve = share_quantile(counts, q, bootstrap_weights(40, 100, rng))
        assert curve.x.size == 1
        # bins are 0.025 wide
        assert curve.estimate[0] == pytest.approx(np.quantile(shares, q), abs=0.013)
        assert curve.lower[0] <= curve.estimate[0] <= curve.upper[0]
        assert curve.counts[0] == 8000


@pytest.mark.parametrize(("glasses", "least"), [(1, None), (4, None), (5, 0.85), (20, 0.90)])
def test_intervals_of_shares_cover_or_are_not_given(rng, glasses, least):
    """Of 20 glasses so many have something in a bin; each has a level of its own."""
    covered, weights = [], bootstrap_weights(20, 200, rng)
    for _ in range(200):
        level = rng.normal(0.0, 0.4, glasses)[:, None]
        shares = 1 / (1 + np.exp(-level - 0.5 * rng.normal(size=(glasses, 20))))
        counts = np.zeros((20, SHARE_ENERGIES.size - 1, SHARES.size - 1))
        for k, row in enumerate(shares):
            counts[k] = count_shares(np.full(20, 2.0), 2.0 * (1 - row))
        curve = share_quantile(counts, 0.5, weights)
        # the median of all glasses is 0.5 by symmetry, on the edge of a bin that is 0.025 wide
        covered.append(curve.lower[0] - 0.0125 <= 0.5 <= curve.upper[0] + 0.0125)
        assert np.isnan(curve.lower[0]) == (least is None)
    # 95 %; of five glasses resamples give 1 - 2 / 2^5 = 94 % at best; 200 draws: 3 errors are 0.05
    assert least is None or np.mean(covered) > least


def synthetic_tables(rng, n=80):
    """Tables of check_scalings for glasses that follow the laws of the paper exactly."""
    owner = np.repeat(np.arange(n), 4)
    frequency = rng.uniform(0.2, 1.3, owner.size)
    modes = pd.DataFrame(
        {
            "realization": owner,
            "frequency": frequency,
            "participation_ratio": rng.uniform(0.05, 0.28, owner.size),
            "energy": 5 * frequency**-4.0 * np.exp(0.3 * rng.normal(size=owner.size)),
            "single_mode": 1.0,
            "coupling": np.exp(0.3 * rng.normal(size=owner.size)),
            "pull": 0.1 * np.exp(0.05 * rng.normal(size=owner.size)),
        }
    )
    extended = modes.assign(participation_ratio=0.9, energy=1e9)
    order = np.tile(np.arange(1, 6), n)
    noise = np.exp(0.1 * rng.normal(size=order.size))
    waves = pd.DataFrame(
        {
            "realization": np.repeat(np.arange(n), 5), "order": order, "frequency": 0.5 * order,
            "coupling": order**3.0 * np.exp(-0.01 * order**2) * noise, "pull": 1.0 * order,
        }
    )  # fmt: skip
    glasses = pd.DataFrame(
        {"realization": np.arange(n), "failure": "", "transverse_frequency": 1.2}
    )
    # the 6 lowest of many frequencies with density omega^4
    draws = np.sort(3.0 * rng.random((n, 200)) ** (1 / 5), axis=1)[:, :6]
    frequencies = pd.DataFrame({"realization": np.repeat(np.arange(n), 6),
                                "frequency": draws.ravel()})  # fmt: skip
    tables = {"glasses": glasses, "modes": pd.concat([modes, extended]), "waves": waves}
    return tables, frequencies


def test_the_laws_of_the_paper_are_found_where_they_hold(rng):
    tables, frequencies = synthetic_tables(rng)
    found = scaling_fits(tables, frequencies, SETTINGS, rng)
    fits = found["fits"].set_index(["quantity", "modes"])
    assert (fits["status"] == "ok").all()
    for of, exponent, within in (
        (("energy", "localised"), -4.0, 0.2),
        (("energy", "localised, omega -> 0"), -4.0, 0.6),
        (("coupling", "localised"), 0.0, 0.2),
        (("pull", "localised"), 0.0, 0.05),
        (("coupling", "plane waves"), 3.0, 0.1),
        (("pull", "plane waves"), 1.0, 1e-9),
        (("density of modes", "below the phonons"), 4.0, 1.5),
    ):
        row = fits.loc[of]
        assert row["value"] == pytest.approx(exponent, abs=within), of
        assert row["lower"] - 1e-9 <= row["value"] <= row["upper"] + 1e-9, of
    # only the localised half below 0.8 x 1.2 was counted
    modes = tables["modes"]
    chosen = (modes["frequency"] < 0.96) & (modes["participation_ratio"] < 0.3)
    assert fits.loc[("energy", "localised"), "n_values"] == chosen.sum()
    assert fits.loc[("density of modes", "below the phonons"), "highest"] <= 0.96
    assert (found["density_scan"]["frequency"] <= 0.96 * (1 + 1e-9)).all()


def test_few_glasses_small_boxes_and_failures_say_so(rng):
    tables, frequencies = synthetic_tables(rng, n=4)
    tables["waves"] = tables["waves"][tables["waves"]["order"] < 3]
    fits = scaling_fits(tables, frequencies, SETTINGS, rng)["fits"]
    assert set(fits["status"]) == {"too few data"}
    assert fits["reason"].str.contains("2 lengths").sum() == 2
    tables["glasses"]["failure"] = "SaddleError: no"
    assert scaling_fits(tables, None, SETTINGS, rng)["fits"].empty
    assert localised_of(tables["glasses"], tables["modes"], SETTINGS).empty
    assert mean_waves(pd.DataFrame({"realization": []})).empty
    columns = ["realization", "quantity", "energy_bin", "bin", "count"]
    nothing = pd.DataFrame({name: [] for name in columns})
    assert force_distribution(nothing).empty
    assert anharmonic_shares(nothing, 10, rng).empty


def test_waves_are_averaged_over_glasses(rng):
    tables, _ = synthetic_tables(rng, n=3)
    means = mean_waves(tables["waves"])
    assert means["order"].tolist() == [1, 2, 3, 4, 5]
    chosen = tables["waves"][tables["waves"]["order"] == 4]
    assert means["coupling"].iloc[3] == pytest.approx(chosen["coupling"].mean())
    assert set(first_realizations(tables["waves"], 2)["realization"]) == {0, 1}


def test_force_tables_are_the_histogram(rng):
    forces = {3: rng.exponential(2.0, 400), 5: rng.exponential(2.0, 600)}
    rows = []
    for realization, values in forces.items():
        counts = np.histogram(values, FORCES)[0]
        filled = np.flatnonzero(counts)
        rows.append(pd.DataFrame({"realization": realization, "quantity": "force",
                                  "energy_bin": 0, "bin": filled,
                                  "count": counts[filled]}))  # fmt: skip
    table = force_distribution(pd.concat(rows))
    everything = np.concatenate(list(forces.values()))
    expected = np.histogram(everything, FORCES)[0] / (everything.size * np.diff(FORCES))
    np.testing.assert_allclose(table["density"], expected, rtol=1e-12)
    scaled = scaled_forces(table)
    ratio = (table["force"] / scaled["force"]).iloc[0]
    # bins of 12 %: the mean from their centres is a little off
    assert ratio == pytest.approx(everything.mean(), rel=0.01)
    np.testing.assert_allclose(scaled["density"], table["density"] * ratio)


def test_share_table_has_median_and_quartiles(rng):
    rows = []
    for realization in range(5):
        counts = count_shares(np.full(300, 3.0), 3.0 * (1 - rng.beta(2, 2, 300)))
        at, bins = np.nonzero(counts)
        rows.append(pd.DataFrame({"realization": realization, "quantity": "share",
                                  "energy_bin": at, "bin": bins,
                                  "count": counts[at, bins]}))  # fmt: skip
    (row,) = anharmonic_shares(pd.concat(rows), 50, rng).to_dict("records")
    assert row["count"] == 1500
    assert row["median"] == pytest.approx(0.5, abs=0.03)
    # quartiles of beta(2, 2): 0.5 -+ 0.174
    assert row["lower_quartile"] == pytest.approx(0.326, abs=0.03)
    assert row["upper_quartile"] == pytest.approx(0.674, abs=0.03)
