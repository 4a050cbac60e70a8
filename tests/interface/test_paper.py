"""The rules of the table *paper versus measured*, at their edges, on tables made by hand."""

import pandas as pd
import pytest

from softfield.paper import (
    AT_LEAST,
    AT_MOST,
    CONSISTENT,
    DIFFERS,
    EQUAL,
    ERROR_BAR,
    INTERVAL,
    TOO_FEW,
    as_markdown,
    compare_with_paper,
)

SUMMARIES = {"a": pd.DataFrame({"n_particles": [400]}), "b": pd.DataFrame({"n_particles": [1600]})}

#: Glasses for which every exact statement holds exactly.
EXACT = {
    "double_sum_error": 0.0,
    "mode_sum_error": 0.0,
    "harmonic_sum": 1.0,
    "smallest_at_rest": 0.25,
    "largest_at_rest": 0.75,
}


def compared_with(**tables):
    return compare_with_paper(SUMMARIES, {}, {}, 20, **tables)


def exponent(value, lower, upper, n=20, status="ok", quantity="density of modes",
             modes="below the phonons"):  # fmt: skip
    return pd.DataFrame(
        [{"quantity": quantity, "modes": modes, "value": value, "lower": lower, "upper": upper,
          "n_realizations": n, "status": status}]
    )  # fmt: skip


def glasses(*changes, failures=0):
    rows = [{"failure": "", **EXACT, **change} for change in changes]
    return pd.DataFrame([*rows, *[{"failure": "SaddleError: no"}] * failures])


@pytest.mark.parametrize(
    ("lower", "upper", "n", "status", "verdict"),
    [
        (3.9, 4.1, 20, "ok", CONSISTENT),
        (4.0, 4.1, 20, "ok", CONSISTENT),  # closed at both ends
        (3.9, 4.0, 20, "ok", CONSISTENT),
        (4.001, 4.1, 20, "ok", DIFFERS),
        (3.9, 3.999, 20, "ok", DIFFERS),
        (3.9, 4.1, 19, "ok", TOO_FEW),
        (4.001, 4.1, 19, "ok", TOO_FEW),
        (3.9, 4.1, 20, "too few data", TOO_FEW),
    ],
)
def test_an_interval_covers_the_value_or_not(lower, upper, n, status, verdict):
    (row,) = compared_with(
        scalings={"a": exponent(4.05, lower, upper, n, status)}
    ).to_dict("records")  # fmt: skip
    assert (row["rule"], row["paper"], row["n_particles"]) == (INTERVAL, 4.0, 400)
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("measured", "verdict"), [(3.9951, CONSISTENT), (3.9949, DIFFERS), (4.0049, CONSISTENT)]
)
def test_what_three_digits_do_not_tell_apart_is_consistent(measured, verdict):
    (row,) = compared_with(
        scalings={"a": exponent(measured, measured - 1e-5, measured + 1e-5, 20, "ok")}
    ).to_dict("records")  # fmt: skip
    assert row["verdict"] == verdict


@pytest.mark.parametrize("exact", [8.0, -8.0])
@pytest.mark.parametrize(
    ("errors_away", "verdict"), [(1.95, CONSISTENT), (-1.95, CONSISTENT), (1.97, DIFFERS),
                                 (-1.97, DIFFERS)]
)  # fmt: skip
def test_error_bars_of_one_glass_are_enough(exact, errors_away, verdict):
    error = 0.5
    table = pd.DataFrame(
        {"pair": [0, 0], "chosen": "largest", "i": 3, "j": 7, "exact": exact,
         "limit": exact + errors_away * error, "limit_error": error}
    )  # fmt: skip
    (row,) = compared_with(dynamics={"a": table}).to_dict("records")
    assert (row["rule"], row["n_realizations"], row["paper"]) == (ERROR_BAR, 1, exact)
    # two-sided 95 % of a normal distribution
    assert row["upper"] - row["measured"] == pytest.approx(1.95996 * error, rel=1e-4)
    assert row["measured"] - row["lower"] == pytest.approx(1.95996 * error, rel=1e-4)
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("column", "rule", "holds", "broken"),
    [
        ("double_sum_error", EQUAL, 0.9e-6, 1.1e-6),
        ("mode_sum_error", EQUAL, 0.9e-6, 1.1e-6),
        ("harmonic_sum", EQUAL, 1 - 0.9e-6, 1 - 1.1e-6),
        ("harmonic_sum", EQUAL, 1 + 0.9e-6, 1 + 1.1e-6),
        ("smallest_at_rest", AT_LEAST, -0.9e-6, -1.1e-6),
        ("largest_at_rest", AT_MOST, 1 + 0.9e-6, 1 + 1.1e-6),
    ],
)
def test_the_worst_glass_decides_exact_statements(column, rule, holds, broken):
    for value, verdict in ((holds, CONSISTENT), (broken, DIFFERS)):
        table = glasses({}, {column: value}, {}, failures=2)
        rows = compared_with(identities={"a": table})
        assert (rows["n_realizations"] == 3).all()
        (row,) = rows[rows["measured"] == value].to_dict("records")
        assert (row["rule"], row["verdict"]) == (rule, verdict)
        # the other statements still hold
        assert (rows["verdict"] == CONSISTENT).sum() == 4 + (verdict == CONSISTENT)


def test_a_failure_below_equipartition_is_not_hidden_by_a_larger_sum():
    rows = compared_with(
        identities={"a": glasses({"harmonic_sum": 1 + 2e-7}, {"harmonic_sum": 1 - 3e-2})}
    )
    (row,) = rows[rows["quantity"].str.contains("harmonic")].to_dict("records")
    assert (row["measured"], row["verdict"]) == (1 - 3e-2, DIFFERS)
    assert "| 1 ± 0.03 |" in as_markdown(rows, 20)


def test_bounds_are_one_sided():
    rows = compared_with(identities={"a": glasses({"smallest_at_rest": 0.9})})
    assert set(rows["verdict"]) == {CONSISTENT}
    rows = compared_with(identities={"a": glasses({"largest_at_rest": -5.0})})
    assert set(rows["verdict"]) == {CONSISTENT}


def test_an_exponent_without_any_fit_is_one_row():
    few = exponent(None, None, None, 3, "too few data")
    (row,) = compared_with(scalings={"a": few, "b": few}).to_dict("records")
    assert (row["ensemble"], row["verdict"]) == ("a", TOO_FEW)
    (row,) = compared_with(
        scalings={"a": few, "b": exponent(4.2, 3.5, 5.0)}
    ).to_dict("records")  # fmt: skip
    assert (row["ensemble"], row["n_particles"], row["verdict"]) == ("b", 1600, CONSISTENT)


def test_intervals_are_told_from_the_value_of_the_paper():
    waves = exponent(0.999994, 0.999982, 1.000008, 60, quantity="pull", modes="plane waves")
    page = as_markdown(compared_with(scalings={"a": waves}), 20)
    assert "| 1 | 1 | 0.999982 to 1.00001 | — | consistent |" in page
    at_the_end = exponent(0.987654321, 0.9612345678, 1.0, 60, quantity="pull", modes="plane waves")
    page = as_markdown(compared_with(scalings={"a": at_the_end}), 20)
    assert "| 1 | 0.988 | 0.961 to 1 | — | consistent |" in page
    few = exponent(4.0, 3.0, 5.0, 3)
    assert "3 to 5" not in as_markdown(compared_with(scalings={"a": few}), 20)


def test_nothing_to_compare_is_an_empty_table():
    for tables in ({}, {"identities": {"a": glasses(failures=2)}},
                   {"identities": {"a": pd.DataFrame({"failure": []})}}):  # fmt: skip
        rows = compared_with(**tables)
        assert rows.empty
        assert {"figure", "ensemble", "n_particles", "rule", "verdict"} <= set(rows.columns)
        assert "| verdict |" in as_markdown(rows, 20)
