"""dE_alpha/dgamma against a dense analytic formula, and next to an instability."""

import numpy as np
import pytest
from scipy.linalg import expm

import softfield as sf
from oracles import (
    dense_inverse,
    freshly_quenched,
    hexagonal,
    image_pairs,
    pair_blocks,
    quenched,
)
from softfield.mechanics.directions import direction_tensor
from softfield.mechanics.pairs import interactions
from softfield.preparation.minimisation import minimize

MODELS = ["2dipl", "3dipl"]


def derivatives_of_pairs(glass, potential, pairs, vectors):
    """g1 ... g4 of each pair; g4 from the powers of r^2 that phi is a sum of."""
    i, j = glass.species[pairs].T
    squared = (vectors**2).sum(axis=1)
    _, g1, g2, g3 = potential.derivatives(squared, i, j)
    powers = potential.exponents.astype(float)
    falling = np.prod([powers - k for k in range(4)], axis=0)
    g4 = (16 * potential.coefficients[i, j] * falling * squared[:, None] ** (powers - 4)).sum(
        axis=1
    )
    return g1, g2, g3, g4


def dense_slope(glass, potential, tensor):
    """dE_alpha/dgamma by differentiating Eqs. 2 and 3 with the whole Moore-Penrose inverse.

    M' = dM/dgamma along the minimum gives G' = -G M' G for every block, F' that of the thermal
    force, X' = -G (F' + M' X); phi'''' enters through g4.
    """
    n, d = glass.positions.shape
    listed = image_pairs(glass, potential.ranges)
    pairs, u = np.array(list(listed)), np.array(list(listed.values()))
    i, j = pairs.T
    g1, g2, g3, g4 = derivatives_of_pairs(glass, potential, pairs, u)
    inverse = dense_inverse(glass, potential)[0]

    def scatter(on_j):
        total = np.zeros((n, d))
        np.add.at(total, j, on_j)
        np.subtract.at(total, i, on_j)
        return total

    def dense(blocks):
        matrix = np.zeros((n, n, d, d))
        np.add.at(matrix, (i, i), blocks)
        np.add.at(matrix, (j, j), blocks)
        np.subtract.at(matrix, (i, j), blocks)
        np.subtract.at(matrix, (j, i), blocks)
        return matrix.transpose(0, 2, 1, 3).reshape(n * d, n * d)

    def relative_covariance(matrix):
        m = matrix.reshape(n, d, n, d).transpose(0, 2, 1, 3)
        return m[i, i] + m[j, j] - m[i, j] - m[j, i]

    def times(matrix, field):
        return (matrix @ field.ravel()).reshape(n, d)

    stiffness, _ = pair_blocks(glass, potential, pairs, u)
    affine = u @ tensor.T
    velocity = -times(inverse, scatter(np.einsum("pce,pe->pc", stiffness, affine)))
    w = affine + velocity[j] - velocity[i]
    h = (u * w).sum(axis=1)
    d1, d2, d3 = g2 * h, g3 * h, g4 * h
    outer = u[:, :, None] * u[:, None, :]
    turned = u[:, :, None] * w[:, None, :] + w[:, :, None] * u[:, None, :]
    changed = dense(
        d2[:, None, None] * outer + g2[:, None, None] * turned + d1[:, None, None] * np.eye(d)
    )
    c, dc = relative_covariance(inverse), relative_covariance(-inverse @ changed @ inverse)

    def dot(a, b):
        return np.einsum("pc,pc->p", a, b)

    cu, dcu = np.einsum("pce,pe->pc", c, u), np.einsum("pce,pe->pc", dc, u)
    cw = np.einsum("pce,pe->pc", c, w)
    trace, dtrace = np.einsum("pcc->p", c), np.einsum("pcc->p", dc)
    stretch, dstretch = dot(u, cu), dot(u, dcu) + 2 * dot(w, cu)
    front = g3 * stretch + g2 * trace
    dfront = d3 * stretch + g3 * dstretch + d2 * trace + g2 * dtrace
    force = scatter(front[:, None] * u + 2 * g2[:, None] * cu)
    dforce = scatter(
        dfront[:, None] * u + front[:, None] * w
        + 2 * d2[:, None] * cu + 2 * g2[:, None] * (dcu + cw)
    )  # fmt: skip
    x = -times(inverse, force)
    dx = -times(inverse, dforce + times(changed, x))
    rx, drx = x[j] - x[i], dx[j] - dx[i]
    slope = d2 * stretch + g2 * dstretch + d1 * trace + g1 * dtrace
    slope += d1 * dot(u, rx) + g1 * (dot(w, rx) + dot(u, drx))
    return pairs, slope


def in_order(response, pairs):
    order = np.lexsort(pairs.T[::-1])
    np.testing.assert_array_equal(response.pairs, pairs[order])
    return order


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("direction", ["xy", "x-y", "general"])
def test_the_slope_is_that_of_the_dense_formula(name, direction):
    glass, potential = quenched(name)
    d = glass.dimension
    if direction == "general":
        direction = np.random.default_rng(3).normal(size=(d, d))
        direction -= np.trace(direction) / d * np.eye(d)
    response = sf.strain_response(glass, potential, direction)
    pairs, expected = dense_slope(glass, potential, direction_tensor(direction, d))
    error = np.abs(response.slope - expected[in_order(response, pairs)])
    scale = np.abs(expected).max()
    assert error.max() < 2e-7 * scale
    # the estimate is honest: of the right order for the worst pair, and not far too large
    assert error.max() < 10 * response.error.max()
    assert response.error.max() < 1e-5 * scale


def test_next_to_an_instability_the_slope_is_right_and_tells_the_distance():
    glass, potential = freshly_quenched("2dipl", 400, seed=4)
    event = sf.shear(glass, potential, n_events=1)[0]
    for distance in (1e-4, 3e-6):
        near = minimize(followed(glass, potential, event.strain - distance), potential, 5e-12)
        assert near.strain == pytest.approx(event.strain - distance, abs=1e-12)
        response = sf.strain_response(near, potential, "xy")
        assert response.step < 1e-3 * distance
        softest = np.argmax(response.indicator)
        # E ~ 1/(gamma_c - gamma) up to corrections of the order of the square root
        assert response.yield_strain[softest] == pytest.approx(distance, rel=0.1)
        pairs, expected = dense_slope(near, potential, direction_tensor("xy", 2))
        error = np.abs(response.slope - expected[in_order(response, pairs)])
        assert error.max() < 1e-4 * np.abs(expected).max()
        assert error.max() < 10 * response.error.max()


def followed(glass, potential, strain):
    """The minimum at a strain, in small affine steps."""
    while glass.strain < strain:
        step = min(2e-4, strain - glass.strain, max(0.5 * (strain - glass.strain), 1e-6))
        glass = minimize(glass.sheared(step), potential, 1e-10)
    return glass


def test_a_tensor_gives_what_its_name_gives_and_the_opposite_gives_the_opposite():
    glass, potential = quenched("2dipl")
    forward = sf.strain_response(glass, potential, "xy")
    backward = sf.strain_response(glass, potential, [[0.0, -1.0], [0.0, 0.0]])
    scale = np.abs(forward.slope).max()
    np.testing.assert_allclose(backward.slope, -forward.slope, atol=1e-7 * scale)
    finite = np.isfinite(forward.yield_strain)
    assert not np.isfinite(backward.yield_strain[finite]).any()
    assert (forward.indicator[finite] > 0).all()


def test_a_rotation_changes_nothing():
    glass, potential = quenched("2dipl")
    sheared = sf.strain_response(glass, potential, "xy")
    symmetric = sf.strain_response(glass, potential, [[0.0, 0.5], [0.5, 0.0]])
    # simple shear is pure shear and a rotation, under which E_alpha stays as it is
    scale = np.abs(sheared.slope).max()
    np.testing.assert_allclose(sheared.slope, symmetric.slope, atol=1e-7 * scale)


def test_the_slopes_sum_to_zero_as_the_sum_rule_says():
    glass, potential = quenched("3dipl")
    response = sf.strain_response(glass, potential, "y-z")
    assert abs(response.slope.sum()) < 1e-7 * np.abs(response.slope).sum()
    np.testing.assert_array_equal(response.energy, sf.local_thermal_energy(glass, potential).energy)


def test_states_on_pairs_are_those_of_the_deformed_glass():
    from softfield.mechanics.factorization import factorize
    from softfield.response.deformed_states import deformed_minimum, nonaffine_velocity

    glass, potential = quenched("2dipl")
    tensor = direction_tensor("x-y", 2)
    found = interactions(glass, potential)
    factor = factorize(glass, found)
    velocity = nonaffine_velocity(found, factor, tensor)
    state, left = deformed_minimum(glass, potential, found, factor, velocity, tensor, 1e-5)
    whole = minimize(glass.deformed(tensor, 1e-5), potential, 1e-12)
    i, j = found.pairs.T
    u = whole.minimum_image(whole.positions[j] - whole.positions[i])
    assert left < 1e-12
    np.testing.assert_allclose(state.vectors, u, atol=1e-10)
    # without relaxation the pairs would be off by the nonaffine motion
    assert np.abs(found.vectors @ expm(1e-5 * tensor).T - u).max() > 1e-7


def test_a_state_that_is_no_minimum_is_refused():
    glass, potential = quenched("2dipl")
    moved = glass.positions.copy()
    moved[0] += 1e-3
    with pytest.raises(sf.SoftfieldError, match="feels a force"):
        sf.strain_response(glass.with_positions(moved), potential)
    with pytest.raises(sf.SoftfieldError, match="no direction of shear"):
        sf.strain_response(glass, potential, "zz")


def test_the_error_of_a_crystal_is_that_of_its_slopes():
    """Nothing moves but affinely: what is left of a minimum is held against that."""
    glass, potential = hexagonal(), sf.model("2dipl").potential
    response = sf.strain_response(glass, potential, "xy")
    step, tensor = 1e-5, direction_tensor("xy", 2)
    forward, backward = (
        sf.local_thermal_energy(minimize(glass.deformed(tensor, s * step), potential), potential)
        for s in (1, -1)
    )
    expected = (forward.energy - backward.energy) / (2 * step)
    missed = np.abs(response.slope - expected).max()
    assert missed < 1e-6 * np.abs(expected).max()
    assert response.error.max() < 1e-6 * np.abs(expected).max()
