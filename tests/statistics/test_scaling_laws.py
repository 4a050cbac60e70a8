"""Exponents of scaling laws, on samples with known answers."""

import numpy as np
import pandas as pd
import pytest

from softfield.errors import TooFewDataError
from softfield.statistics.resampling import first_realizations
from softfield.statistics.scaling_laws import (
    effective_number,
    localised_of,
    log_slope,
    mean_waves,
    scaling_fits,
    with_known_limits,
)

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
    found = log_slope(x, -y, owner)  # the sign of y does not count
    value = np.polyfit(np.log(x), np.log(y), 1)[0]
    assert found.value == pytest.approx(value, rel=1e-9)
    without = np.array([np.polyfit(np.log(x[owner != r]), np.log(y[owner != r]), 1)[0]
                        for r in range(60)])  # fmt: skip
    error = np.sqrt(59 * without.var())
    # Student's t of at most 59 and, for so many alike glasses, at least 20 degrees of freedom
    for half in (found.upper - value, value - found.lower):
        assert 2.0009 * (1 - 1e-9) * error <= half <= 2.086 * error


def test_intervals_of_correlated_samples_cover_the_exponent(rng):
    covered = 0
    for _ in range(100):
        x, y, owner = clustered(rng)
        covered += log_slope(x, y, owner).covers(-4.0)
    # 95 % of 100, with a binomial error of 2
    assert 86 <= covered <= 100


def test_correction_gives_the_exponent_for_small_x(rng):
    x = np.tile(np.arange(1.0, 6.0), 30)
    owner = np.repeat(np.arange(30), 5)
    y = x**3 * np.exp(-0.03 * x**2) * np.exp(0.05 * rng.normal(size=x.size))
    with_correction = log_slope(x, y, owner, correction=True)
    assert with_correction.covers(3.0)
    assert with_correction.upper - with_correction.lower < 0.3
    assert log_slope(x, y, owner).upper < 2.9


def test_an_exponent_that_rests_on_few_glasses_is_not_given(rng):
    """Alike glasses all count; one far from all others has all the weight of the end."""
    x = rng.uniform(0.8, 1.0, 60)
    alike = effective_number(np.tile([0.5, 1.0], 30), np.arange(60) // 2)
    assert alike == pytest.approx(30)
    alone = effective_number(np.append(x, 0.1), np.arange(61))
    assert 1.0 < alone < 1.5
    tables, _ = synthetic_tables(rng)
    modes = tables["modes"].reset_index(drop=True)
    modes.loc[0, "frequency"] = 1e-3  # of a localised one
    fits = scaling_fits({**tables, "modes": modes}, None, SETTINGS, rng)["fits"]
    energy = fits[(fits["quantity"] == "energy") & (fits["modes"] == "localised")].iloc[0]
    assert energy["status"] == "too few data"
    assert "of 80 glasses, those with a mode at the end of the range" in energy["reason"]


def test_undetermined_slopes_say_so():
    same = np.ones(30)
    with pytest.raises(TooFewDataError, match="1 places"):
        log_slope(same, same, np.arange(30))
    two = np.tile([1.0, 2.0], 15)
    with pytest.raises(TooFewDataError):
        log_slope(two, two, np.arange(30), correction=True)


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


def test_the_limit_of_modes_has_their_masses(rng):
    """All masses m make all frequencies smaller by the root of m, and nothing else."""
    tables, frequencies = synthetic_tables(rng)
    heavy = {**tables, "glasses": tables["glasses"].assign(mean_mass=100.0)}
    slower = frequencies.assign(frequency=frequencies["frequency"] / 10.0)
    rows = [
        scaling_fits(of, modes, SETTINGS, np.random.default_rng(3))["fits"].set_index("modes")
        for of, modes in ((tables, frequencies), (heavy, slower))
    ]
    one, other = (fits.loc["below the phonons"] for fits in rows)
    assert one["n_values"] > 0
    assert (one["n_values"], one["status"]) == (other["n_values"], other["status"])
    assert other["value"] == pytest.approx(one["value"], rel=1e-6)
    assert other["highest"] == pytest.approx(one["highest"] / 10.0)
    # the modes whose couplings are measured are those of mass 1 whatever the masses
    pd.testing.assert_series_equal(
        rows[0].loc["localised"].iloc[0], rows[1].loc["localised"].iloc[0]
    )


def test_waves_in_boxes_of_several_sizes_have_the_exponent_of_each(rng):
    tables, _ = synthetic_tables(rng)
    parts = []
    for realization in range(60):
        edge = (10.0, 40.0)[realization % 2]
        k = 2 * np.pi * (order := np.arange(1, int(edge / 2) + 1)) / edge
        parts.append(pd.DataFrame({"realization": realization, "order": order, "wave_number": k,
                                   "frequency": k, "coupling": k**3, "pull": k}))  # fmt: skip
    fits = scaling_fits({**tables, "waves": pd.concat(parts)}, None, SETTINGS, rng)["fits"]
    of_waves = fits[fits["modes"] == "plane waves"]
    assert of_waves["value"].to_list() == pytest.approx([3.0, 1.0])


def test_glasses_of_several_sizes_have_limits_of_their_own(rng):
    """The speed of their waves is one; the longest wave in the box is not."""
    tables, frequencies = synthetic_tables(rng)
    glasses = tables["glasses"]
    large = glasses["realization"] % 2 == 0
    number = np.where(large, 0.5, 1.0)
    scatter = np.exp(0.05 * rng.normal(size=len(glasses)))
    glasses = glasses.assign(wave_number=number, transverse_frequency=1.2 * number * scatter)
    tables = {**tables, "glasses": glasses}
    chosen = localised_of(glasses, tables["modes"], SETTINGS)
    # 0.8 x 1.2 / 2 in the large ones; the speed is known to 0.05 / sqrt(80), and so are the ends
    above = chosen[chosen["frequency"] > 0.8 * 0.6 * 1.02]["realization"]
    assert len(above) > 20
    assert (above % 2 == 1).all()
    assert chosen["frequency"].max() < 0.8 * 1.2 * 1.02
    fits = scaling_fits(tables, frequencies, SETTINGS, rng)["fits"]
    density = fits[fits["quantity"] == "density of modes"].iloc[0]
    assert density["highest"] <= 0.8 * 0.6 * 1.02


def test_waves_of_one_order_are_averaged_where_they_are_of_one_length(rng):
    k = np.array([0.1, 0.1, 0.4])
    waves = pd.DataFrame({"realization": [0, 1, 2], "order": 1, "wave_number": k, "frequency": k,
                          "coupling": [1.0, 3.0, 7.0], "pull": 1.0})  # fmt: skip
    means = mean_waves(waves)
    assert means["coupling"].tolist() == [2.0, 7.0]
    assert means["order"].tolist() == [1, 1]


def test_few_glasses_small_boxes_and_failures_say_so(rng):
    tables, frequencies = synthetic_tables(rng, n=4)
    tables["waves"] = tables["waves"][tables["waves"]["order"] < 3]
    fits = scaling_fits(tables, frequencies, SETTINGS, rng)["fits"]
    assert set(fits["status"]) == {"too few data"}
    assert fits["reason"].str.contains("2 lengths").sum() == 2
    tables["glasses"]["failure"] = "SaddleError: no"
    found = scaling_fits(tables, frequencies, SETTINGS, rng)
    assert found["density_scan"].empty
    pd.testing.assert_frame_equal(
        found["fits"][["quantity", "modes"]].sort_values(["quantity", "modes"], ignore_index=True),
        fits[["quantity", "modes"]].sort_values(["quantity", "modes"], ignore_index=True),
    )
    assert set(found["fits"]["status"]) == {"too few data"}
    assert found["fits"]["reason"].str.contains("SaddleError: no").all()
    assert localised_of(tables["glasses"], tables["modes"], SETTINGS).empty
    assert mean_waves(pd.DataFrame({"realization": []})).empty


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ({"box_x": 20.0, "box_y": 20.0}, 30),  # none of which was measured
        ({"box_y": 10.0 * (1 + 1e-6)}, 30),
        ({"strain": 0.3}, 30),
        ({"box_y": 10.0 * (1 + 1e-12)}, 60),
    ],
)
def test_only_glasses_of_known_limit_count_where_boxes_differ(rng, other, kept):
    """30 boxes that are alike and were measured, and 30 that were not."""
    tables, frequencies = synthetic_tables(rng, n=60)
    measured = tables["glasses"][:30]
    summary = pd.DataFrame({"realization": range(61), "box_x": 10.0, "box_y": 10.0, "strain": 0.0})
    summary.loc[60, ["box_x", "box_y", "strain"]] = np.nan  # failed
    assert with_known_limits(frequencies, measured, summary) is frequencies
    summary.loc[30:59, list(other)] = list(other.values())
    found = with_known_limits(frequencies, measured, summary)
    assert found["realization"].unique().tolist() == list(range(kept))
    fits = scaling_fits({**tables, "glasses": measured}, found, SETTINGS, rng)["fits"]
    assert fits.set_index("quantity").loc["density of modes", "n_realizations"] == kept
    # where nothing was measured the frequencies are those of all; none of glasses without modes
    failed = measured.assign(failure="SaddleError: no")
    assert with_known_limits(frequencies, failed, summary) is frequencies
    late = frequencies[frequencies["realization"] >= 30]
    if kept == 30:
        with pytest.raises(TooFewDataError, match="none of the 30 glasses"):
            with_known_limits(late, measured, summary)


def test_waves_are_averaged_over_glasses(rng):
    tables, _ = synthetic_tables(rng, n=3)
    means = mean_waves(tables["waves"])
    assert means["order"].tolist() == [1, 2, 3, 4, 5]
    chosen = tables["waves"][tables["waves"]["order"] == 4]
    assert means["coupling"].iloc[3] == pytest.approx(chosen["coupling"].mean())
    assert set(first_realizations(tables["waves"], 2)["realization"]) == {0, 1}
