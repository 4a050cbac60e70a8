"""Lowest eigenpairs of matrices with multiplicities, against dense diagonalisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import softfield as sf
from softfield.mechanics.derivatives import pair_dynamical_matrix
from softfield.mechanics.factorization import factorize, order_particles
from softfield.mechanics.pairs import interactions
from softfield.mechanics.spectrum import lowest_eigenpairs


def hexagonal(n: int) -> sf.Glass:
    """n x n particles on a hexagonal lattice: most of its modes are degenerate."""
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    edge = 1.1
    positions = edge * np.stack([i + 0.5 * (j % 2), np.sqrt(0.75) * j], axis=-1).reshape(-1, 2)
    return sf.Glass(positions, np.zeros(n * n, int), edge * np.array([n, np.sqrt(0.75) * n]))


@pytest.mark.parametrize("count", [1, 2, 4, 7, 12, 20, 30])
@pytest.mark.parametrize("n", [8, 16])
def test_no_multiplicity_is_missed(n, count):
    glass, potential = hexagonal(n), sf.model("2dipl").potential
    found = interactions(glass, potential)
    matrix = pair_dynamical_matrix(found).toarray()
    exact = np.linalg.eigvalsh(matrix)[2 : 2 + count]
    values, vectors = lowest_eigenpairs(factorize(glass, found), count)
    # Lanczos to rounding, in units of the largest eigenvalue over the smallest
    np.testing.assert_allclose(values, exact, rtol=1e-9)
    flat = vectors.reshape(count, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(count), atol=1e-10)
    np.testing.assert_allclose(flat @ matrix, values[:, None] * flat, atol=1e-8 * exact.max())


def cubic_close_packed(n: int, order: list[int]) -> sf.Glass:
    """n x n x n cells of fcc, the four particles of a cell in some order."""
    edge = 1.55
    cells = np.stack(np.meshgrid(*3 * [np.arange(n)], indexing="ij"), axis=-1).reshape(-1, 1, 3)
    of_cell = np.array([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)])[order]
    positions = edge * (cells + of_cell).reshape(-1, 3)
    return sf.Glass(positions, np.zeros(len(positions), int), np.full(3, n * edge))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 3, 2, 1]])
def test_a_count_may_cut_an_eigenspace(order):
    """The lowest modes of 32 particles on fcc are 20-fold: which of them are found is chance."""
    glass = cubic_close_packed(2, order)
    found = interactions(glass, sf.TruncatedPowers(((-10, 1.0),), 1.48, [[1.0]], [[1.0]]))
    matrix = pair_dynamical_matrix(found).toarray()
    exact = np.linalg.eigvalsh(matrix)[3:]
    factor = factorize(glass, found)
    for count in range(1, 26):
        values, vectors = lowest_eigenpairs(factor, count)
        np.testing.assert_allclose(values, exact[:count], rtol=1e-9)
        flat = vectors.reshape(count, -1)
        np.testing.assert_allclose(flat @ flat.T, np.eye(count), atol=1e-10)
        np.testing.assert_allclose(flat @ matrix, values[:, None] * flat, atol=1e-8 * exact[-1])


@given(copies=st.integers(2, 6), n=st.integers(6, 14), count=st.integers(1, 12),
       seed=st.integers(0, 2**32 - 1))  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_rings_of_equal_springs_have_every_one_of_their_modes(copies, n, count, seed):
    """Chains around the box, linked by one weak spring each: modes in nearly equal groups."""
    rng = np.random.default_rng(seed)
    pairs, blocks = [], []
    for k in range(copies):
        for a in range(n):
            pairs.append(sorted((k * n + a, k * n + (a + 1) % n)))
            blocks.append(np.eye(2))
        if k:
            pairs.append([0, k * n])
            blocks.append(1e-3 * np.eye(2))
    order = np.lexsort(np.array(pairs).T[::-1])
    pairs, blocks = np.array(pairs, np.int32)[order], np.array(blocks)[order]
    size = copies * n
    matrix = np.zeros((size, size))
    for (a, b), block in zip(pairs, blocks, strict=True):
        matrix[[a, b, a, b], [a, b, b, a]] += block[0, 0] * np.array([1, 1, -1, -1])
    exact = np.repeat(np.linalg.eigvalsh(matrix), 2)[2 : 2 + count]
    factor = order_particles(pairs, rng.random((size, 2))).factorize(blocks)
    values, vectors = lowest_eigenpairs(factor, count)
    # the weak springs are 1e-3 of the others: rounding of the inverse is 1e-12 or so
    np.testing.assert_allclose(values, exact, rtol=1e-6)
    flat = vectors.reshape(count, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(count), atol=1e-8)
