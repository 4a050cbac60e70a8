"""Vector instructions on rows, against numpy."""

import numpy as np
import pytest
from numba import njit

from softfield.kernels.rows import (
    GROUP,
    as_rows,
    exert_row,
    negative_places,
    row_width,
    separate_rows,
    shift_row,
)


@njit
def separated(edges, x, i, j, shifts, which):
    u = np.full(3 * len(x), 7.0)  # what lies around the row must stay
    place = np.uint64(len(x))
    r2 = separate_rows(edges, x, np.uint64(i), np.uint64(j), u, place)
    shifted = shift_row(edges, u, place, shifts, np.uint64(which))
    return r2, shifted, u


@njit
def exerted(edges, u, place, factor, i, j, f):
    exert_row(edges, u, np.uint64(place), factor, np.uint64(i), np.uint64(j), f)


@pytest.mark.parametrize("edges", [(1.0, 1.0), (1.0, 1.0, 1.0)])
def test_rows_are_separated_shifted_and_pushed(edges):
    d, width = len(edges), row_width(len(edges))
    rng = np.random.default_rng(0)
    x, shifts = rng.normal(size=(5, d)), np.zeros((3, 4))
    shifts[:, :d] = rng.normal(size=(3, d))
    rows = as_rows(x, edges)
    np.testing.assert_array_equal(rows.reshape(5, width)[:, :d], x)
    assert (rows.reshape(5, width)[:, d:] == 0).all()
    r2, shifted, u = separated(edges, rows, 3 * width, width, shifts.ravel(), 4 * 2)
    apart = x[3] - x[1]
    np.testing.assert_allclose(r2, apart @ apart, rtol=1e-15)
    np.testing.assert_allclose(shifted, ((apart - shifts[2, :d]) ** 2).sum(), rtol=1e-15)
    row = u[len(rows) : len(rows) + width]
    np.testing.assert_array_equal(row[:d], apart - shifts[2, :d])
    assert (np.delete(u, np.arange(len(rows), len(rows) + width)) == 7).all()
    before = rng.normal(size=(5, width))
    f = before.ravel().copy()
    exerted(edges, u, len(rows), 1.5, 3 * width, width, f)
    expected = before.copy()
    expected[3] -= 1.5 * row
    expected[1] += 1.5 * row
    # one rounding more or less where product and sum are one instruction
    np.testing.assert_allclose(f.reshape(5, width), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 31, 64, 203])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_negative_places_are_all_in_order(size, share):
    rng = np.random.default_rng(size)
    values = np.where(rng.random(size + 5) < share, -1.0, 1.0) * rng.random(size + 5)
    values[::6] = np.array([0.0, -0.0, np.nan, np.inf, -np.inf] * 50)[: len(values[::6])]
    hits = np.zeros(size + GROUP + 2, np.uint32)
    hits[-2:] = 99
    count = negative_places(values, size, hits)
    np.testing.assert_array_equal(hits[:count], np.flatnonzero(values[:size] < 0))
    assert (hits[-2:] == 99).all()
