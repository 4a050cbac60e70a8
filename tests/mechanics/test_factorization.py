"""Nested dissection, Cholesky factor, solves and selected inverse, against dense algebra."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

import softfield as sf
from oracles import freshly_quenched, quenched
from softfield.errors import FloatingParticlesError, InvalidGlassError, SaddleError
from softfield.mechanics.derivatives import pair_stiffness
from softfield.mechanics.factorization import THREADED_FRONT, factorize, order_particles
from softfield.mechanics.pairs import interactions
from softfield.potentials.models import MODELS


def laplacian(pairs, blocks, n):
    """(n d, n d) dense matrix of the pair blocks."""
    d = blocks.shape[1]
    matrix = np.zeros((n, d, n, d))
    for (i, j), block in zip(pairs, blocks, strict=True):
        matrix[i, :, i] += block
        matrix[j, :, j] += block
        matrix[i, :, j] -= block
        matrix[j, :, i] -= block
    return matrix.reshape(n * d, n * d)


def random_network(n, d, box, reach, rng):
    """Connected random pairs in a periodic box with positive definite blocks."""
    points = rng.random((n, d)) * box
    difference = points[:, None] - points[None]
    difference -= box * np.rint(difference / box)
    near = np.linalg.norm(difference, axis=2) < reach
    order = np.argsort(points[:, 0])
    near[order[:-1], order[1:]] = True
    pairs = np.argwhere(np.triu(near | near.T, 1)).astype(np.int32)
    roots = rng.normal(size=(len(pairs), d, d))
    blocks = np.einsum("pab,pcb->pac", roots, roots) + 0.1 * np.eye(d)
    return pairs, points / box, blocks


def check_against_dense(pairs, fractional, blocks, leaf_size=20):
    n, d = fractional.shape
    ordering = order_particles(pairs, fractional, leaf_size)
    factor = ordering.factorize(blocks)
    matrix = laplacian(pairs, blocks, n)
    free = np.delete(np.arange(n * d), range(ordering.anchor * d, ordering.anchor * d + d))
    anchored = np.zeros_like(matrix)
    anchored[np.ix_(free, free)] = np.linalg.inv(matrix[np.ix_(free, free)])
    dense = anchored.reshape(n, d, n, d)
    # Forward error of a stable factorization: a modest multiple of eps times the condition.
    scale = np.abs(anchored).max()
    tolerance = 100 * np.finfo(float).eps * np.linalg.cond(matrix[np.ix_(free, free)]) * scale

    diagonal, on_pairs = factor.selected_inverse()
    every = np.arange(n)
    np.testing.assert_allclose(diagonal, dense[every, :, every], atol=tolerance)
    np.testing.assert_allclose(on_pairs, dense[pairs[:, 0], :, pairs[:, 1]], atol=tolerance)
    sign, log_determinant = np.linalg.slogdet(matrix[np.ix_(free, free)])
    assert sign == 1
    assert factor.log_determinant == pytest.approx(log_determinant, rel=1e-10, abs=1e-8)

    rhs = np.random.default_rng(0).normal(size=(n, d, 6))
    expected = (anchored @ rhs.reshape(n * d, 6)).reshape(n, d, 6)
    pseudo = (np.linalg.pinv(matrix) @ rhs.reshape(n * d, 6)).reshape(n, d, 6)
    for k in range(1, 7):  # solved one by one, by rows of four, and by BLAS
        some = rhs[:, :, :k]
        np.testing.assert_allclose(
            factor.solve_anchored(some), expected[:, :, :k], atol=n * tolerance
        )
        np.testing.assert_allclose(factor.solve(some), pseudo[:, :, :k], atol=n * tolerance)
    np.testing.assert_allclose(
        factor.solve_anchored(rhs[:, :, 0]), expected[:, :, 0], atol=n * tolerance
    )


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 90), d=st.sampled_from([2, 3]), seed=st.integers(0, 10**6),
    leaf_size=st.sampled_from([1, 3, 20]), aspect=st.sampled_from([1.0, 4.0]),
    reach=st.floats(0.1, 0.6),
)  # fmt: skip
def test_random_networks_agree_with_dense_algebra(n, d, seed, leaf_size, aspect, reach):
    rng = np.random.default_rng(seed)
    box = np.ones(d)
    box[0] = aspect
    check_against_dense(*random_network(n, d, box, reach, rng), leaf_size)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("turns", [0, 1, -2])
def test_glasses_agree_with_dense_algebra_also_when_sheared(name, turns):
    glass, potential = quenched(name)
    # Sheared by whole images the lattice is the same, and so is the minimum: only the cell, and
    # the faces that pairs cross, are others.
    strain = turns * glass.box[0] / glass.box[1]
    sheared = sf.Glass(glass.positions, glass.species, glass.box, strain)
    found, plain = interactions(sheared, potential), interactions(glass, potential)
    assert found.g0.sum() == pytest.approx(plain.g0.sum(), rel=1e-12)
    assert np.array_equal(found.pairs, plain.pairs)
    check_against_dense(found.pairs, sheared.fractional(), pair_stiffness(found))


def test_coordinates_never_change_the_result():
    glass, potential = quenched("2dipl")
    found = interactions(glass, potential)
    blocks = pair_stiffness(found)
    scrambled = np.random.default_rng(1).random(glass.positions.shape)
    covariances = [
        order_particles(found.pairs, coordinates).factorize(blocks).pair_covariance()[0]
        for coordinates in (glass.fractional(), scrambled, np.zeros_like(scrambled))
    ]
    for other in covariances[1:]:
        np.testing.assert_allclose(other, covariances[0], rtol=1e-9, atol=1e-12)


def test_an_ordering_serves_other_matrices_with_the_same_pairs():
    glass, potential = quenched("3dipl")
    found = interactions(glass, potential)
    ordering = order_particles(found.pairs, glass.fractional())
    blocks = pair_stiffness(found)
    first = ordering.factorize(blocks).log_determinant
    doubled = ordering.factorize(2 * blocks).log_determinant
    dofs = glass.dimension * (glass.n_particles - 1)
    assert doubled - first == pytest.approx(dofs * np.log(2), rel=1e-12)


def test_a_shift_adds_to_the_diagonal():
    rng = np.random.default_rng(4)
    pairs, fractional, blocks = random_network(30, 2, np.ones(2), 0.3, rng)
    ordering = order_particles(pairs, fractional)
    matrix = laplacian(pairs, blocks, 30) + 0.7 * np.eye(60)
    free = np.delete(np.arange(60), [2 * ordering.anchor, 2 * ordering.anchor + 1])
    shifted = ordering.factorize(blocks, shift=0.7).log_determinant
    assert shifted == pytest.approx(np.linalg.slogdet(matrix[np.ix_(free, free)])[1], rel=1e-12)


def test_the_determinant_is_that_of_the_nonzero_modes():
    glass, potential = quenched("2dipl")
    factor = factorize(glass, interactions(glass, potential))
    values = np.linalg.eigvalsh(sf.dynamical_matrix(glass, potential).toarray())[2:]
    expected = np.log(values).sum() - 2 * np.log(glass.n_particles)
    assert factor.log_determinant == pytest.approx(expected, rel=1e-11)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 90), d=st.sampled_from([2, 3]), seed=st.integers(0, 10**6),
    energy=st.sampled_from([1e-60, 1.0, 1e60]), force=st.sampled_from([1e-90, 1.0, 1e90]),
    fields=st.integers(1, 6),
)  # fmt: skip
def test_single_precision_solves_in_any_unit(n, d, seed, energy, force, fields):
    rng = np.random.default_rng(seed)
    pairs, fractional, blocks = random_network(n, d, np.ones(d), 0.3, rng)
    ordering = order_particles(pairs, fractional)
    factor = ordering.factorize(energy * blocks, single=True)
    assert factor.factor.dtype == np.float32
    matrix = laplacian(pairs, blocks, n)
    rhs = rng.normal(size=(n, d, fields))
    expected = (np.linalg.pinv(matrix) @ rhs.reshape(n * d, fields)).reshape(rhs.shape)
    found = factor.solve(force * rhs) * (energy / force)
    values = np.linalg.eigvalsh(matrix)[d:]
    # Forward error of a stable factorization: a modest multiple of eps times the condition.
    tolerance = 100 * np.finfo(np.float32).eps * values[-1] / values[0] * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, atol=tolerance, rtol=0)
    double = ordering.factorize(energy * blocks).log_determinant
    assert factor.log_determinant == pytest.approx(double, abs=1e-4 * n * d)


def test_what_single_precision_does_not_resolve_is_factorized_in_double():
    glass, potential = quenched("2dipl")
    found = interactions(glass, potential)
    ordering = order_particles(found.pairs, glass.fractional())
    blocks = pair_stiffness(found)
    assert ordering.factorize(blocks, single=True).factor.dtype == np.float32
    matrix = laplacian(found.pairs, blocks, glass.n_particles)
    held = np.arange(2 * ordering.anchor, 2 * ordering.anchor + 2)
    free = np.delete(np.arange(len(matrix)), held)
    lowest = np.linalg.eigvalsh(matrix[np.ix_(free, free)])[0]
    soft = ordering.factorize(blocks, shift=-lowest * (1 - 1e-7), single=True)
    assert soft.factor.dtype == np.float64
    with pytest.raises(SaddleError):
        ordering.factorize(blocks, shift=-lowest * 1.5, single=True)


def test_a_factor_of_single_precision_makes_no_inverse():
    glass, potential = quenched("2dipl")
    factor = factorize(glass, interactions(glass, potential), single=True)
    with pytest.raises(TypeError, match="double"):
        factor.pair_covariance()


def test_a_negative_mode_is_a_saddle():
    glass, potential = quenched("2dipl")
    found = interactions(glass, potential)
    blocks = pair_stiffness(found)
    blocks[0] -= 500.0 * np.eye(2)
    values = np.linalg.eigvalsh(laplacian(found.pairs, blocks, glass.n_particles))
    assert values[0] < -1.0
    with pytest.raises(SaddleError, match=r"not positive definite.*saddle"):
        order_particles(found.pairs, glass.fractional()).factorize(blocks)


def test_a_mode_without_stiffness_is_refused():
    """A particle held by a single central spring can rotate about it freely."""
    rng = np.random.default_rng(3)
    pairs, fractional, blocks = random_network(30, 2, np.ones(2), 0.35, rng)
    fractional = np.vstack([fractional, fractional[:1] + 0.01])
    pairs = np.vstack([pairs, [[0, 30]]]).astype(np.int32)
    direction = np.array([0.6, 0.8])
    blocks = np.concatenate([blocks, [np.outer(direction, direction)]])
    with pytest.raises(SaddleError, match=r"zero mode|not positive definite"):
        order_particles(pairs, fractional).factorize(blocks)


def test_particles_that_nothing_holds_are_named():
    rng = np.random.default_rng(3)
    pairs, fractional, _ = random_network(30, 2, np.ones(2), 0.35, rng)
    loose = np.vstack([fractional, [[0.5, 0.5], [0.6, 0.6]]])
    with pytest.raises(FloatingParticlesError, match=r"2 particles.*\[30, 31\].*rattlers"):
        order_particles(pairs, loose)


def test_a_right_hand_side_of_another_shape_is_refused():
    glass, potential = quenched("2dipl")
    factor = factorize(glass, interactions(glass, potential))
    with pytest.raises(InvalidGlassError, match=r"right-hand side has shape \(100, 3\)"):
        factor.solve(np.zeros((100, 3)))


def test_separators_are_thin():
    """Fill of a 2D glass grows as N log N: the factor of 1,600 is far from dense."""
    glass, potential = freshly_quenched("2dipl", 1600)
    found = interactions(glass, potential)
    ordering = order_particles(found.pairs, glass.fractional())
    rows = 2 * glass.n_particles
    assert ordering.factor_size < 0.1 * rows**2 / 2
    # The first cut crosses the box twice; about one particle per unit length and side.
    assert ordering.largest_front < 2 * 2 * 4 * glass.box[0]


def test_small_fronts_keep_blas_to_one_thread():
    glass, potential = quenched("2dipl")
    small = order_particles(interactions(glass, potential).pairs, glass.fractional())
    large = replace(small, sizes=small.sizes + THREADED_FRONT)

    def threads():
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        return {pool["num_threads"] for pool in pools}

    with threadpool_limits(2, user_api="blas"):
        assert threads() == {2}
        with small.blas_threads():
            assert threads() == {1}
        with large.blas_threads():
            assert threads() == {2}
        assert threads() == {2}
