"""Estimators against samples whose distribution is known, and against counts by hand."""

import numpy as np
import pandas as pd
import powerlaw
import pytest
from scipy import optimize, stats

from softfield.errors import InvalidSettingError, TooFewDataError
from softfield.statistics.distributions import (
    count_signed,
    density,
    local_exponent,
    logarithmic_edges,
)
from softfield.statistics.resampling import (
    Curve,
    bootstrap_weights,
    mean_with_interval,
    percentile_interval,
)
from softfield.statistics.tails import (
    TailSample,
    candidate_thresholds,
    compare_tails,
    exponent_convergence,
    exponent_scan,
    fit_tail,
    pool_tails,
    tail_tables,
    upper_tail,
)

EXPONENT = 2.25  # the paper's 9/4


def pareto(rng, shape, exponent=EXPONENT, x_min=1.0):
    """Values with p(x) ~ x^-exponent at x >= x_min, by inversion of the distribution."""
    return x_min * (1 - rng.random(shape)) ** (-1 / (exponent - 1))


def clustered(rng, n_realizations, n_clusters, copies):
    """Pareto values in which every one comes with copies at fixed multiples of it."""
    heads = pareto(rng, (n_realizations, n_clusters))
    values = heads[:, :, None] * np.linspace(1, 1.3, copies)
    realization = np.repeat(np.arange(n_realizations), n_clusters * copies)
    return TailSample(values.ravel(), realization, n_realizations, 1.3)


def complete(sample):
    keep = sample.values >= sample.floor
    return TailSample(
        sample.values[keep], sample.realization[keep], sample.n_realizations, sample.floor
    )


# --- histograms -----------------------------------------------------------------------------


def test_logarithmic_edges_by_hand():
    np.testing.assert_allclose(
        logarithmic_edges(0.01, 10, 2), 10.0 ** np.array([-2, -1.5, -1, -0.5, 0, 0.5, 1])
    )
    with pytest.raises(InvalidSettingError, match="ascending"):
        logarithmic_edges(1.0, 0.1, 10)


def test_signed_counts_by_hand():
    edges = np.array([0.1, 1.0, 10.0])
    counts = count_signed(np.array([0.05, -0.5, 0.1, 5.0, -10.0, 0.0, -100.0]), edges)
    assert counts["all"].tolist() == [2, 2, 1, 2]
    assert counts["positive"].tolist() == [1, 1, 1, 0]
    assert counts["negative"].tolist() == [0, 1, 0, 2]


def test_histograms_of_realizations_add_up(rng):
    edges = logarithmic_edges(1e-3, 1e3, 5)
    parts = [rng.standard_cauchy(200) for _ in range(5)]
    together = count_signed(np.concatenate(parts), edges)
    for sign in together:
        total = sum(count_signed(part, edges)[sign] for part in parts)
        assert (total == together[sign]).all()


def test_density_is_that_of_the_sample(rng):
    # Exponential variable: p(x) = exp(-x), known in every bin.
    edges = logarithmic_edges(1e-2, 10, 4)
    values = rng.exponential(size=(40, 5000))
    counts = np.array([count_signed(row, edges)["all"] for row in values])
    curve = density(counts, np.full(40, 5000), edges)
    exact = -np.diff(np.exp(-edges)) / np.diff(edges)
    # 95 % intervals of 12 bins: at least 9 cover with probability above 0.999.
    assert ((curve.lower <= exact) & (exact <= curve.upper)).sum() >= 9
    # Relative error of a count of n is 1/sqrt(n); five of them is never reached.
    assert (np.abs(curve.estimate / exact - 1) < 5 / np.sqrt(curve.counts)).all()


@pytest.mark.parametrize("cluster", [1, 5])
@pytest.mark.parametrize("expected", [0.25, 1.0, 5.0, 30.0])
def test_intervals_of_a_density_cover_at_small_counts(expected, cluster, rng):
    """40 glasses of a power law whose values come alone, or five of a kind as in a soft spot."""
    edges = logarithmic_edges(1.0, 1e3, 10)
    share = edges[19] ** -1.25 - edges[20] ** -1.25
    number = round(expected / share / 40)
    covered = []
    for _ in range(200):
        values = (1 - rng.random((40, number))) ** -0.8
        counts = [count_signed(np.repeat(row, cluster), edges)["all"] for row in values]
        curve = density(np.array(counts), np.full(40, cluster * number), edges)
        assert curve.lower[19] < curve.upper[19]
        exact = share / (edges[20] - edges[19])
        covered.append(curve.lower[19] <= exact <= curve.upper[19])
    # of 200 intervals that cover 95 %, 181 or fewer do with a probability of 0.005
    assert sum(covered) > 181


def test_energies_that_are_not_finite_are_refused():
    with pytest.raises(InvalidSettingError, match="finite"):
        count_signed(np.array([1.0, np.nan]), np.array([0.1, 1.0]))
    with pytest.raises(InvalidSettingError, match="finite"):
        upper_tail(np.array([]), 0.1)


# --- bootstrap ------------------------------------------------------------------------------


def test_every_resample_draws_all_realizations_once_on_average(rng):
    weights = bootstrap_weights(30, 2000, rng)
    assert (weights.sum(axis=1) == 30).all()
    # Mean of 2000 Poisson-like counts of variance 1: standard error 0.022, six of them.
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.14)


def test_interval_of_a_mean_is_the_textbook_one(rng):
    values = rng.normal(3.0, 2.0, 400)
    estimate = mean_with_interval(values, np.arange(400), bootstrap_weights(400, 4000, rng))
    assert estimate.value == pytest.approx(values.mean())
    width = 2 * 1.96 * values.std() / np.sqrt(400)
    assert estimate.upper - estimate.lower == pytest.approx(width, rel=0.1)


def test_infinite_samples_stay_at_the_upper_end():
    samples = np.array([1.0, 2.0, 3.0, np.inf])
    assert percentile_interval(samples, 0.9) == (1.0, np.inf)


# --- tails ----------------------------------------------------------------------------------


def test_upper_tail_keeps_the_largest(rng):
    energies = rng.standard_cauchy(1000)
    kept = upper_tail(energies, 2.0)
    assert kept.tolist() == sorted(abs(e) for e in energies if abs(e) >= 2)[::-1]
    # of a glass without any such value the largest is kept all the same
    assert upper_tail(np.array([0.1, -0.4, 0.2]), 1.0).tolist() == [0.4]


def test_pooled_tail_is_complete_above_its_floor(rng):
    energies = [rng.standard_cauchy(500) * scale for scale in (1, 2, 5)]
    sample = pool_tails([upper_tail(e, 3.0) for e in energies], 3.0)
    everything = np.abs(np.concatenate(energies))
    assert (
        np.sort(sample.values).tolist() == np.sort(everything[everything >= sample.floor]).tolist()
    )
    for r, e in enumerate(energies):
        assert (sample.realization == r).sum() == (np.abs(e) >= sample.floor).sum()


def test_threshold_below_the_floor_is_refused(rng):
    sample = TailSample(pareto(rng, 100) + 1, np.arange(100), 100, 2.0)
    with pytest.raises(InvalidSettingError, match="complete only above"):
        exponent_scan(sample, np.array([1.5, 2.5]))


def test_scan_agrees_with_powerlaw_at_every_threshold(rng):
    sample = TailSample(pareto(rng, 3000), np.repeat(np.arange(30), 100), 30, 1.0)
    thresholds = np.array([1.0, 1.7, 4.0])
    scan = exponent_scan(sample, thresholds)
    for x_min, exponent, count in zip(thresholds, scan.estimate, scan.counts, strict=True):
        fit = powerlaw.Fit(sample.values, xmin=x_min, verbose=0)
        assert exponent == pytest.approx(fit.power_law.alpha, rel=1e-10)
        assert count == (sample.values >= x_min).sum()


@pytest.mark.parametrize("exponent", [1.8, 2.25, 3.0])
def test_fit_recovers_a_known_exponent(rng, exponent):
    values = pareto(rng, (50, 200), exponent).ravel()
    sample = TailSample(values, np.repeat(np.arange(50), 200), 50, 1.0)
    fit = fit_tail(sample, bootstrap_weights(50, 300, rng), rng, compare=False)
    assert fit.exponent.value == pytest.approx(exponent, abs=4 * fit.independent_error)
    # Independent values: both errors measure the same, up to the choice of x_min.
    half_width = 0.5 * (fit.exponent.upper - fit.exponent.lower)
    assert half_width > 0.7 * 1.96 * (exponent - 1) / np.sqrt(values.size)


@pytest.mark.filterwarnings("ignore:Standard error for the MLE")
def test_x_min_is_found_where_the_power_law_begins(rng):
    # Uniform below 3, a power law above it.
    values = np.concatenate([rng.uniform(0.5, 3, 3000), pareto(rng, 3000, x_min=3.0)])
    rng.shuffle(values)
    sample = TailSample(values, np.repeat(np.arange(60), 100), 60, 0.5)
    fit = fit_tail(sample, bootstrap_weights(60, 100, rng), rng, compare=False)
    # With every value a candidate the package finds the least distance there is; the grid
    # comes close to it, though the place of so flat a minimum may be another.
    own = powerlaw.Fit(values, verbose=0)
    assert fit.distance * (1 + 1e-9) >= own.power_law.D
    assert fit.distance < 1.3 * own.power_law.D
    assert 2.7 < fit.x_min < 4.5
    assert fit.exponent.value == pytest.approx(EXPONENT, abs=0.12)


def test_clusters_widen_the_interval_and_it_covers():
    rng = np.random.default_rng(8)
    covered, widths, naive = 0, [], []
    for _ in range(40):
        sample = complete(clustered(rng, 60, 30, copies=9))
        threshold = np.array([sample.floor])
        scan = exponent_scan(sample, threshold)
        covered += scan.lower[0] <= EXPONENT <= scan.upper[0]
        widths.append(scan.upper[0] - scan.lower[0])
        naive.append(2 * 1.96 * (scan.estimate[0] - 1) / np.sqrt(scan.counts[0]))
    # Nine copies move together, so the true width is nearly three times the naive one.
    assert 2.3 < np.mean(widths) / np.mean(naive) < 3.3
    # 95 % nominal, 40 trials: fewer than 33 has probability below 1e-3 at 93 % coverage.
    assert covered >= 33


def test_no_threshold_leaves_fewer_than_five_realizations(rng):
    # One glass a thousand times softer than the others holds the whole far tail.
    values = pareto(rng, (30, 100))
    values[3] *= 1000
    sample = TailSample(values.ravel(), np.repeat(np.arange(30), 100), 30, 1.0)
    highest = candidate_thresholds(sample, 50)[-1]
    fifth = np.sort(values.max(axis=1))[-5]
    assert fifth / 1.06 < highest <= fifth


def test_maxima_have_the_exponent_of_the_tail(rng):
    maxima = pareto(rng, (4000, 50)).max(axis=1)
    sample = TailSample(maxima, np.arange(4000), 4000, float(maxima.min()))
    fit = fit_tail(sample, bootstrap_weights(4000, 50, rng), rng, min_tail=100, compare=False)
    assert fit.exponent.covers(EXPONENT) or abs(fit.exponent.value - EXPONENT) < 0.15
    assert fit.n_tail < 4000  # the bulk of the maxima is no power law


def test_comparison_tells_exponential_from_power_law(rng):
    def ratio(tail):
        return {c.alternative: c for c in compare_tails(tail, 1.0, rng)}["exponential"]

    assert ratio(pareto(rng, 1000)).log_likelihood_ratio > 0
    exponential = ratio(1 + rng.exponential(size=1000))
    assert exponential.log_likelihood_ratio < 0
    assert exponential.p < 1e-3


def test_convergence_uses_the_first_realizations(rng):
    values = pareto(rng, (80, 50)).ravel()
    sample = TailSample(values, np.repeat(np.arange(80), 50), 80, 1.0)
    fits = exponent_convergence(sample, [5, 20, 80], 100, rng)
    assert [fit.exponent.n_realizations for fit in fits] == [20, 80]  # 5 are too few
    widths = [fit.exponent.upper - fit.exponent.lower for fit in fits]
    assert widths[1] < widths[0]


def test_too_few_data_are_said_to_be_too_few(rng):
    sample = TailSample(pareto(rng, 500), np.repeat(np.arange(5), 100), 5, 1.0)
    with pytest.raises(TooFewDataError, match="20 realizations, not 5"):
        fit_tail(sample, bootstrap_weights(5, 10, rng), rng)
    one_glass = TailSample(pareto(rng, 500), np.zeros(500, dtype=int), 50, 1.0)
    with pytest.raises(TooFewDataError, match="500 of 1"):
        candidate_thresholds(one_glass, 50)
    with pytest.raises(TooFewDataError, match="600 values"):
        candidate_thresholds(sample, 600)
    with pytest.raises(TooFewDataError):
        pool_tails([], 1.0)


@pytest.fixture
def rng():
    return np.random.default_rng(20170711)


def test_a_curve_survives_its_way_through_a_table():
    x = np.array([1.0, 2.0, 5.0])
    curve = Curve(x, 2 * x, x, 3 * x, np.array([4.0, 5, 6]), 40)
    rows = curve.table("x_min", "exponent", sample="pooled").iloc[[2, 0, 1]]
    again = Curve.from_table(rows, "x_min", "exponent")
    for name in ("x", "estimate", "lower", "upper", "counts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curve, name))
    assert again.n_realizations == 40
    # a row without a value is no point; a table without rows is an empty curve
    assert Curve.from_table(rows.assign(exponent=[np.nan, 1, 2]), "x_min", "exponent").x.size == 2
    assert Curve.from_table(pd.DataFrame(), "x_min", "exponent").x.size == 0


@pytest.mark.parametrize("exponent", [1.5, 2.25, 4.0])
def test_local_exponent_is_that_of_the_power_law_everywhere(rng, exponent):
    edges = logarithmic_edges(1.0, 1e4, 10)
    values = pareto(rng, (50, 4000), exponent)
    counts = np.array([count_signed(v, edges)["all"] for v in values])
    curve = local_exponent(counts, edges)
    known = np.isfinite(curve.estimate)
    assert known[3]
    assert not known[:3].any()  # three bins on either side are needed
    covered = (curve.lower[known] <= exponent) & (exponent <= curve.upper[known])
    assert covered.mean() > 0.75  # neighbours share their windows
    np.testing.assert_allclose(curve.estimate[3:6], exponent, atol=0.05)
    none = local_exponent(counts[:4], edges)
    assert np.isnan(none.estimate).all()  # four glasses


# --- tails that determine no exponent, and exponents that drift -----------------------------


@pytest.mark.parametrize("values", [np.full(200, 3.0), np.repeat([3.0, 4.0], 100)])
def test_equal_values_determine_no_exponent(rng, values):
    sample = TailSample(values, np.arange(200), 200, 3.0)
    with pytest.raises(TooFewDataError, match="different"):
        fit_tail(sample, bootstrap_weights(200, 100, rng), rng)
    table = pd.DataFrame({"realization": np.arange(200), "energy": values})
    settings = {"n_resamples": 100, "min_tail": 50, "min_realizations": 20, "tail_floor": 1.0}
    fits = tail_tables(table, settings, rng)["fits"]
    assert fits["status"].tolist() == ["too few data"] * 2


def test_no_exponent_lies_outside_its_interval(rng):
    for kind in range(30):  # rounded to few digits, steep, few owners, with one giant
        values = pareto(rng, 400, exponent=rng.uniform(1.5, 6))
        values = np.round(values, kind % 3) + (kind % 2) * 1e3 * (np.arange(400) == 7)
        sample = TailSample(values, np.arange(400) // (1 + kind % 5), 400, 1.0)
        try:
            found = fit_tail(sample, bootstrap_weights(400, 100, rng), rng, compare=False).exponent
        except TooFewDataError:
            continue
        assert np.isfinite([found.lower, found.value, found.upper]).all()
        assert found.lower <= found.value <= found.upper


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0, -1.0, None])
def test_floors_and_counts_that_are_none_are_refused(rng, bad):
    with pytest.raises(InvalidSettingError, match="floor"):
        upper_tail(pareto(rng, 10), bad)
    with pytest.raises(InvalidSettingError, match="floor"):
        pool_tails([pareto(rng, 10)], bad)
    with pytest.raises(InvalidSettingError, match="n_resamples"):
        bootstrap_weights(10, bad, rng)
    sample = TailSample(pareto(rng, 100), np.arange(100), 100, 1.0)
    for name in ("min_tail", "min_realizations"):
        with pytest.raises(InvalidSettingError, match=name):
            fit_tail(sample, bootstrap_weights(100, 10, rng), rng, **{name: bad})
    with pytest.raises(InvalidSettingError, match="bins"):
        logarithmic_edges(1e-3, 1e3, bad)
    with pytest.raises(InvalidSettingError, match="limits"):
        logarithmic_edges(1e-3, np.inf, 10)


def soft_glasses(rng, kind, n=300, spots=20):
    """|E| of ``n`` glasses with spots of six bonds each: a power law, a late one, or a cut one."""
    heads = pareto(rng, (n, spots))
    if kind == "late":  # x^-3.2 to 7, and x^-9/4 beyond
        u, far = rng.random((n, spots)), 7.0**-2.2
        heads = np.where(u > far, u ** (-1 / 2.2), 7.0 * (u / far) ** (-1 / 1.25))
    if kind == "cut":  # by exp(-x / 60)
        drawn = pareto(rng, 3 * n * spots)
        kept = drawn[rng.random(drawn.size) < np.exp(-(drawn - 1) / 60)]
        heads = kept[: n * spots].reshape(n, spots)
    values = (heads[:, :, None] * np.linspace(0.6, 1.3, 6)).ravel()
    owner, kept = np.repeat(np.arange(n), spots * 6), values >= 1.3
    return TailSample(values[kept], owner[kept], n, 1.3)


@pytest.mark.parametrize(("kind", "least", "most"), [("power", 15, 20), ("late", 0, 4),
                                                     ("cut", 0, 4)])  # fmt: skip
def test_an_exponent_has_settled_where_the_tail_is_a_power_law(kind, least, most):
    rng, settled = np.random.default_rng(94), 0
    for _ in range(20):
        sample = soft_glasses(rng, kind)
        fit = fit_tail(sample, bootstrap_weights(300, 100, rng), rng, compare=False)
        settled += fit.drift.settled
        assert fit.drift.settled == (fit.drift.reason == "")
    assert least <= settled <= most


def test_a_short_tail_has_not_settled(rng):
    values = 10 + pareto(rng, 400, 8.0)
    fit = fit_tail(TailSample(values, np.arange(400), 400, 10.0),
                   bootstrap_weights(400, 50, rng), rng, compare=False)  # fmt: skip
    assert "too short" in fit.drift.reason


@pytest.mark.parametrize("seed", range(8))
def test_a_power_law_is_not_worse_than_the_lognormal_that_it_is_a_limit_of(seed):
    """At that limit rounding once decided, with ratios down to -2 and p of 0.01."""
    rng = np.random.default_rng(seed)
    for size in (60, 1000):
        tail = (1.0 - rng.random(size)) ** (-1 / 1.25)
        (found,) = (c for c in compare_tails(tail, 1.0, rng) if c.alternative == "lognormal")
        y = np.log(tail)
        if (y**2).mean() >= 2 * y.mean() ** 2:
            assert (found.log_likelihood_ratio, found.p) == (0.0, 1.0)
        else:
            assert found.log_likelihood_ratio < 0
            assert found.p > 0.05


@pytest.mark.parametrize(
    ("mu", "sigma", "size"), [(0.0, 1.0, 400), (-1.0, 1.5, 300), (2.0, 0.5, 80)]
)
def test_the_lognormal_ratio_is_that_of_the_maxima_of_both_likelihoods(mu, sigma, size):
    rng = np.random.default_rng(size)
    y = rng.normal(mu, sigma, 20 * size)
    y = y[y > 0][:size]

    def log_density(parameters):
        middle, width = parameters[0], np.exp(parameters[1])
        return stats.truncnorm.logpdf(y, -middle / width, np.inf, middle, width)

    best = optimize.minimize(lambda p: -log_density(p).sum(), [mu, np.log(sigma)],
                             method="Powell", options={"xtol": 1e-9, "ftol": 1e-13})  # fmt: skip
    ratio = stats.expon.logpdf(y, 0.0, y.mean()).sum() + best.fun
    (found,) = (c for c in compare_tails(np.exp(y), 1.0, rng) if c.alternative == "lognormal")
    assert found.log_likelihood_ratio == pytest.approx(ratio, rel=1e-5, abs=1e-7)
    assert found.p == pytest.approx(stats.chi2.sf(-2 * ratio, 1), rel=1e-4)


def test_convergence_of_maxima_is_the_fit_of_the_first_glasses():
    """Cut at the median of the first ones, not of all."""
    rng = np.random.default_rng(5)
    settings = {"n_resamples": 50, "min_tail": 20, "min_realizations": 20, "tail_floor": 1.0}
    energies = [(1 - rng.random(30)) ** (-1 / 1.25) for _ in range(120)]
    rows = [pd.DataFrame({"realization": k, "energy": part}) for k, part in enumerate(energies)]
    table = tail_tables(pd.concat(rows), settings, rng)["convergence"]
    maxima = table[table["sample"] == "maxima"]
    assert len(maxima) > 3
    for row in maxima.itertuples():
        fits = tail_tables(pd.concat(rows[: row.n_realizations]), settings, rng)["fits"]
        (alone,) = fits[fits["sample"] == "maxima"].itertuples()
        assert (row.value, row.x_min, row.n_tail) == (alone.value, alone.x_min, alone.n_tail)
