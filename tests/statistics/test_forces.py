"""Internal forces and the share of f.X, counted in bins, against the values themselves."""

import numpy as np
import pandas as pd
import pytest

from softfield.errors import FileFormatError, InvalidSettingError
from softfield.paper import AGREES, TOO_FEW, compare_with_paper
from softfield.statistics.forces import (
    FORCES,
    LARGE_ENERGY,
    LARGE_SHARE,
    SHARE_ENERGIES,
    SHARES,
    anharmonic_shares,
    count_shares,
    coupling_histograms,
    force_distribution,
    force_estimates,
    scaled_forces,
)
from softfield.statistics.quantiles import binned_quantile, count_values

#: Width of a bin of SHARES, relative.
BIN = 10**0.01 - 1


@pytest.fixture
def rng():
    return np.random.default_rng(1234)


def histograms(glasses, floor=1.0):
    """Of glasses with (|f|, E, |f.X| / |E|) of each interaction."""
    parts = []
    for realization, (forces, energy, share) in enumerate(glasses):
        found = coupling_histograms(forces, energy, energy * (1 - share), floor)
        parts.append(found.assign(realization=realization))
    return pd.concat(parts, ignore_index=True)


def with_shares(shares, energy=20.0):
    """Histograms of glasses with these shares, all at one energy."""
    return histograms([(np.ones(len(row)), np.full(len(row), energy), row) for row in shares])


def estimates(table):
    return force_estimates(table).set_index("quantity")


# --- shares ---


def test_shares_are_counted_where_they_belong():
    energy = np.array([1.5, -1.5, 20.0, 1e-5, 0.02, 1e7])
    harmonic = np.array([0.75, 0.0, 30.0, 1.0, 500.0, 1e7])
    counts = count_shares(energy, harmonic)
    assert counts.shape == (SHARE_ENERGIES.size, SHARES.size + 1)
    assert counts.sum() == 5  # 1e-5 lies below the bins
    low = np.searchsorted(SHARE_ENERGIES, 1.5) - 1
    assert counts[low].sum() == 2
    assert counts[low, np.searchsorted(SHARES, 0.5, side="right")] == 1
    assert counts[low, np.searchsorted(SHARES, 1.0, side="right")] == 1
    # beyond the last edge: |500 - 0.02| / 0.02; and none at all, at an energy above the bins
    assert counts[np.searchsorted(SHARE_ENERGIES, 0.02) - 1, -1] == 1
    assert counts[-1, 0] == 1


def test_what_is_no_number_is_not_counted_in_silence():
    one = np.ones(3)
    bad = np.array([1.0, np.nan, 2.0])
    for forces, energy, harmonic in ((bad, one, one), (one, bad, one), (one, one, bad)):
        with pytest.raises(InvalidSettingError, match="finite"):
            coupling_histograms(forces, energy, harmonic, 1.0)


@pytest.mark.parametrize("scale", [0.003, 1.0, 6.2, 40.7, 900.0])
def test_quartiles_of_shares_are_those_of_the_values(rng, scale):
    """Also of shares far above 3, where E and its harmonic part nearly cancel."""
    shares = scale * np.exp(rng.normal(0.0, 0.7, (40, 200)))
    (row,) = anharmonic_shares(with_shares(shares, energy=0.02)).to_dict("records")
    for name, q in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
        assert row[name] == pytest.approx(np.quantile(shares, q), rel=BIN)
    assert row["lower"] <= row["median"] <= row["upper"]
    assert (row["count"], row["n_glasses"], row["n_realizations"]) == (8000, 40, 40)
    assert (row["status"], row["reason"]) == ("ok", "")


def test_quartiles_beyond_the_bins_are_missing_and_say_so(rng):
    """60 % of the shares above the last edge: median and upper quartile are not known."""
    shares = np.tile(np.concatenate([np.full(40, 2.0), np.full(60, 1e6)]), (10, 1))
    (row,) = anharmonic_shares(with_shares(shares, energy=0.02)).to_dict("records")
    assert row["lower_quartile"] == pytest.approx(2.0, rel=BIN)
    assert np.isnan([row["median"], row["upper_quartile"]]).all()
    assert row["upper"] == np.inf
    assert row["status"] == "beyond the bins"
    assert "median: it lies above 1e+04" in row["reason"]
    assert "upper quartile" in row["reason"]
    # and of shares too small to be told from none
    (row,) = anharmonic_shares(with_shares(np.zeros((10, 50)))).to_dict("records")
    assert np.isnan(row["median"])
    assert row["lower"] == 0
    assert "below 0.001" in row["reason"]


def test_few_glasses_in_a_bin_give_no_interval(rng):
    shares = list(rng.beta(2, 2, (4, 100)))
    table = pd.concat([with_shares(shares), with_shares(shares[:1], 1e3)])
    for row, glasses in zip(anharmonic_shares(table).to_dict("records"), (4, 1), strict=True):
        assert row["n_glasses"] == glasses
        assert row["median"] > 0
        assert np.isnan([row["lower"], row["upper"]]).all()
        assert (row["status"], row["n_realizations"]) == ("too few data", 4)
        assert f"{glasses} glasses" in row["reason"]


def test_a_quantile_and_its_interval_by_hand():
    """Two values a glass, one on either side of an edge: half of them lie below it, in each."""
    edges = np.array([1.0, 10.0, 100.0, 1000.0])
    counts = np.tile([0, 1, 1, 0, 0], (8, 1))
    found = binned_quantile(counts, edges, 0.5)
    assert found.value == 10.0
    assert 1.0 < found.lower < 10.0 < found.upper < 100.0
    assert binned_quantile(counts, edges, 0.25).value == pytest.approx(10**0.5)
    assert binned_quantile(counts, edges, 0.75).value == pytest.approx(10**1.5)
    nothing = binned_quantile(np.zeros((8, 5)), edges, 0.5)
    assert (nothing.n_values, nothing.status) == (0, "too few data")


def test_the_share_table_of_nothing_is_empty():
    columns = ["realization", "quantity", "energy_bin", "bin", "count", "sum"]
    nothing = pd.DataFrame({name: [] for name in columns})
    assert force_distribution(nothing).empty
    assert scaled_forces(force_distribution(nothing), force_estimates(nothing)).empty
    assert anharmonic_shares(nothing).empty
    assert force_estimates(nothing).empty


def test_histograms_of_an_earlier_version_are_refused(rng):
    table = with_shares(rng.beta(2, 2, (5, 20))).drop(columns="sum")
    with pytest.raises(FileFormatError, match="measure_couplings"):
        force_distribution(table)


# --- the share of f.X where |E| is large ---


def test_the_large_share_is_the_median_of_all_values_from_the_threshold_on(rng):
    assert LARGE_ENERGY in SHARE_ENERGIES
    energy = 10 ** rng.uniform(0, 7, (30, 400))
    shares = np.where(energy >= LARGE_ENERGY, 0.9, 0.1) * np.exp(0.2 * rng.normal(size=(30, 400)))
    table = histograms([(np.ones(400), e, s) for e, s in zip(energy, shares, strict=True)])
    row = estimates(table).loc[LARGE_SHARE]
    large = shares[energy >= LARGE_ENERGY]
    assert row["value"] == pytest.approx(np.median(large), rel=BIN)
    assert row["count"] == large.size  # those above the last bin of energies, too
    assert row["n_realizations"] == 30


def test_one_very_soft_glass_is_one_glass(rng):
    """Nearly all large energies belong to it: no interval of width zero, and no verdict."""
    soft = (np.ones(5000), np.full(5000, 50.0), 0.9 * np.exp(0.01 * rng.normal(size=5000)))
    others = [(np.ones(50), np.full(50, 2.0), rng.beta(2, 2, 50)) for _ in range(39)]
    alone = estimates(histograms([soft, *others])).loc[LARGE_SHARE]
    assert alone["value"] == pytest.approx(0.9, rel=2 * BIN)
    assert np.isnan([alone["lower"], alone["upper"]]).all()
    assert (alone["n_realizations"], alone["status"]) == (1, "too few data")
    (row,) = verdicts(histograms([soft, *others])).loc[["f.X"]].to_dict("records")
    assert row["verdict"] == TOO_FEW
    # with 39 others that have 2 large ones each, it still holds 98 % of them
    few = [(np.ones(2), np.full(2, 20.0), rng.uniform(0.1, 1.5, 2)) for _ in range(39)]
    among = estimates(histograms([soft, *few])).loc[LARGE_SHARE]
    assert among["n_realizations"] == 40
    assert among["upper"] / among["lower"] > 2  # other glasses may have other shares


def verdicts(table):
    return compare_with_paper({"forces": {"a": force_estimates(table)}}, 20).set_index("claim")


def test_claims_follow_from_the_estimates(rng):
    glasses = [(rng.exponential(2.0, 500), 10 ** rng.uniform(-1, 3, 500), rng.uniform(0.7, 1, 500))
               for _ in range(40)]  # fmt: skip
    found = verdicts(histograms(glasses))
    forces = np.concatenate([f for f, _, _ in glasses])
    # 99 % quantile over median of an exponential: ln 100 / ln 2; of 20000 values, known to 2 %
    spread = np.quantile(forces, 0.99) / np.median(forces)
    assert found.loc["characteristic force", "measured"] == pytest.approx(spread, rel=0.01)
    assert found.loc["characteristic force", "verdict"] == AGREES
    large = np.concatenate([f[e >= 1] for f, e, _ in glasses])
    ratio = large.mean() / forces.mean()
    assert found.loc["force of soft pairs", "measured"] == pytest.approx(ratio, rel=1e-12)
    assert found.loc["f.X", ["measured", "verdict"]].tolist() == [
        pytest.approx(0.85, abs=0.02), AGREES
    ]  # fmt: skip


# --- forces ---


@pytest.mark.parametrize("scale", [1e-5, 2.0, 3e2])
def test_force_tables_are_all_of_the_values(rng, scale):
    """Of forces that partly, or nearly all, lie beyond the bins, too."""
    forces = [rng.exponential(scale, number) for number in (400, 600)]
    table = histograms([(f, np.full(f.size, 0.5), np.full(f.size, 0.2)) for f in forces])
    found = force_distribution(table)
    everything = np.concatenate(forces)
    expected = np.histogram(everything, FORCES)[0] / (everything.size * np.diff(FORCES))
    np.testing.assert_allclose(found["density"], expected, rtol=1e-12)
    rows = estimates(table)
    assert rows.loc["mean", "value"] == pytest.approx(everything.mean(), rel=1e-12)
    assert rows.loc["below the bins", "value"] == np.mean(everything < FORCES[0])
    assert rows.loc["above the bins", "value"] == np.mean(everything >= FORCES[-1])
    assert (rows["count"] == 1000).all()
    assert "mean of large" not in rows.index  # no |E| of 1 or more
    scaled = scaled_forces(found, force_estimates(table))
    np.testing.assert_allclose(found["force"] / scaled["force"], everything.mean(), rtol=1e-12)
    np.testing.assert_allclose(scaled["density"], found["density"] * everything.mean())


def test_the_spread_counts_pairs_below_the_bins(rng):
    """A fifteenth of the pairs below the bins: they move the median, and count."""
    forces = [np.concatenate([np.full(40, 1e-6), rng.lognormal(-4, 2, 560)]) for _ in range(20)]
    table = histograms([(f, np.full(600, 0.5), np.full(600, 0.2)) for f in forces])
    everything = np.concatenate(forces)
    spread = np.quantile(everything, 0.99) / np.quantile(everything, 0.5)
    # bins of 12 %, filled by hundreds of values each: a tenth of a bin
    assert estimates(table).loc["spread", "value"] == pytest.approx(spread, rel=0.012)


def test_a_median_beyond_the_bins_gives_no_spread(rng):
    forces = rng.exponential(1e-5, (10, 300))
    table = histograms([(f, np.full(300, 0.5), np.full(300, 0.2)) for f in forces])
    row = estimates(table).loc["spread"]
    assert np.isnan(row["value"])
    assert (row["status"], "median: it lies below 0.0001" in row["reason"]) == (
        "beyond the bins", True
    )  # fmt: skip


def test_every_value_is_counted_once():
    values = np.array([0.0, 0.5, 1.0, 5.0, 10.0, np.inf])
    assert count_values(values, np.array([1.0, 10.0])).tolist() == [2, 2, 2]
