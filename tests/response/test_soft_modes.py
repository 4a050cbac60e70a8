"""Soft modes against finite differences, dense eigenproblems and the published cost."""

from functools import cache

import numpy as np
import pytest
from scipy.linalg import eigh

import softfield as sf
from oracles import dense_hessian, freshly_quenched, image_pairs, quenched, reference
from softfield.command_line.oriented import mode_table
from softfield.command_line.results import FileTerms
from softfield.mechanics.directions import direction_names, direction_tensor
from softfield.mechanics.factorization import factorize
from softfield.mechanics.pairs import interactions
from softfield.preparation.minimisation import minimize
from softfield.response.soft_modes import KINDS, SAME_MODE, named_shears
from softfield.response.softening_modes import softening_modes


@cache
def modes_of(name, kind):
    glass, potential = quenched(name)
    return sf.soft_modes(glass, potential, kind, count=6)


def stiffness_along(glass, potential, vector):
    flat = vector.ravel()
    return float(flat @ dense_hessian(glass, potential) @ flat)


def third_derivative_force(glass, potential, vector, step=1e-4):
    """U''' : z z by a central difference of M z, dense."""
    forward, backward = (
        dense_hessian(glass.with_positions(glass.positions + s * vector), potential)
        @ vector.ravel()
        for s in (step, -step)
    )
    return ((forward - backward) / (2 * step)).reshape(vector.shape)


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
@pytest.mark.parametrize("kind", KINDS)
def test_stiffness_and_asymmetry_are_those_of_the_energy_along_the_mode(name, kind):
    glass, potential = quenched(name)
    modes = modes_of(name, kind)
    assert len(modes) >= 2
    assert [m.stiffness for m in modes] == sorted(m.stiffness for m in modes)
    for mode in modes[:3]:
        assert np.linalg.norm(mode.vector) == pytest.approx(1.0, abs=1e-12)
        assert mode.stiffness == pytest.approx(
            stiffness_along(glass, potential, mode.vector), rel=1e-9
        )
        force = third_derivative_force(glass, potential, mode.vector)
        assert mode.asymmetry == pytest.approx((force * mode.vector).sum(), rel=1e-5, abs=1e-5)
        assert mode.asymmetry <= 0
        assert mode.barrier == pytest.approx(
            2 * mode.stiffness**3 / (3 * mode.asymmetry**2), rel=1e-12
        )
        largest = np.linalg.norm(mode.vector, axis=1).argmax()
        assert mode.particle == largest
        away = glass.minimum_image(mode.position - glass.positions[largest])
        np.testing.assert_allclose(away, 0.0, atol=1e-12)


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_cubic_modes_solve_their_equation(name):
    glass, potential = quenched(name)
    hessian = dense_hessian(glass, potential)
    for mode in modes_of(name, "cubic")[:4]:
        force = third_derivative_force(glass, potential, mode.vector)
        expected = mode.asymmetry / mode.stiffness * (hessian @ mode.vector.ravel())
        difference = np.linalg.norm(force.ravel() - expected)
        # iterations end within 1e-12 in the overlap, 1e-6 in the vector
        assert difference < 2e-5 * np.linalg.norm(expected)


def published_cost(glass, potential, vector):
    """C(z) of PRL 126, 015501, from a loop over pairs."""
    total = sum(((vector[j] - vector[i]) ** 2).sum() ** 2 for i, j in image_pairs(
        glass, potential.ranges))  # fmt: skip
    return stiffness_along(glass, potential, vector) ** 2 / total


def test_pseudoharmonic_modes_are_minima_of_the_published_cost():
    glass, potential = quenched("2dipl")
    rng = np.random.default_rng(5)
    for mode in modes_of("2dipl", "pseudoharmonic")[:3]:
        z = mode.vector
        least = published_cost(glass, potential, z)
        for _ in range(4):
            aside = rng.normal(size=z.shape)
            aside -= aside.mean(axis=0)
            aside -= (aside * z).sum() * z
            aside *= 0.01 / np.linalg.norm(aside)
            up, down = (published_cost(glass, potential, z + s * aside) for s in (1.0, -1.0))
            assert up > least
            assert down > least
            # stationary: the first order is gone beside the second
            assert abs(up - down) < 0.05 * (up + down - 2 * least)


def test_a_sweep_towards_a_pseudoharmonic_mode_never_raises_the_cost():
    from softfield.response.mode_blocks import ModeBlocks, normalized

    glass, potential = quenched("2dipl")
    found = interactions(glass, potential)
    factor, blocks = factorize(glass, found), ModeBlocks(found)
    z = normalized(np.random.default_rng(1).normal(size=(glass.n_particles, 2, 3)))
    z -= z.mean(axis=0)
    costs = []
    for _ in range(15):
        z = normalized(factor.solve(blocks.fourth_power(z)[1]))
        costs.append([published_cost(glass, potential, z[:, :, k]) for k in range(3)])
    assert (np.diff(costs, axis=0) <= 1e-9 * np.array(costs[1:])).all()
    assert (np.array(costs[0]) > 1.5 * np.array(costs[-1])).all()


@pytest.mark.parametrize("name", ["2dipl", "3dkablj"])
def test_third_orders_of_a_block_are_those_of_every_field(name):
    from softfield.mechanics.derivatives import third_order
    from softfield.response.mode_blocks import ModeBlocks

    glass, potential = quenched(name)
    found = interactions(glass, potential)
    z = np.random.default_rng(2).normal(size=(*glass.positions.shape, 4))
    each = [third_order(found, z[:, :, k], z[:, :, k]) for k in range(4)]
    block = ModeBlocks(found).third_order(z)
    np.testing.assert_allclose(block, np.stack(each, axis=2), atol=1e-13 * np.abs(block).max())


def turned_minimum(glass, potential, tensor, strain):
    """The deformed minimum, and how its frame is turned against the symmetric deformation."""
    state = minimize(glass.deformed(tensor, strain), potential, 1e-12)
    spin = 0.5 * strain * (tensor - tensor.T)
    return state, np.eye(glass.dimension) + spin + spin @ spin / 2


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("2dipl", direction_tensor("xy", 2)),
        ("2dipl", direction_tensor("x-y", 2)),
        ("2dipl", np.eye(2)),
        ("3dipl", direction_tensor("xy", 3)),
        ("3dipl", direction_tensor("y-z", 3)),
    ],
)
def test_the_slope_of_the_stiffness_is_that_between_minimised_states(name, tensor):
    glass, potential = quenched(name)
    step = 1e-6
    states = [turned_minimum(glass, potential, tensor, s * step) for s in (1, -1)]
    for mode in modes_of(name, "cubic")[:2]:
        forward, backward = (
            stiffness_along(state, potential, mode.vector @ turn.T) for state, turn in states
        )
        slope = (mode.stiffness_slope * tensor).sum()
        scale = np.abs(mode.stiffness_slope).max()
        assert slope == pytest.approx((forward - backward) / (2 * step), abs=1e-4 * scale)
        np.testing.assert_array_equal(mode.stiffness_slope, mode.stiffness_slope.T)


def test_orientation_is_the_pure_shear_that_it_yields_to_first():
    for mode in modes_of("2dipl", "cubic"):
        angles = np.linspace(0, np.pi, 721)
        strains = []
        for angle in angles:
            n = np.array([np.cos(angle), np.sin(angle)])
            m = np.array([-n[1], n[0]])
            strains.append(mode.yield_strain(0.5 * (np.outer(n, n) - np.outer(m, m))))
        assert mode.weakest_yield_strain == pytest.approx(min(strains), rel=1e-4)
        best = angles[np.argmin(strains)]
        cosine = abs(mode.orientation @ [np.cos(best), np.sin(best)])
        assert cosine == pytest.approx(1.0, abs=1e-4)
        n = mode.orientation
        m = np.array([-n[1], n[0]])
        along = np.outer(n, n) - np.outer(m, m)
        assert mode.polarity(along) == pytest.approx(1.0, abs=1e-9)
        assert mode.polarity(-along) == pytest.approx(-1.0, abs=1e-9)
        if np.isfinite(mode.yield_strain("xy")):
            assert mode.yield_strain("-xy") == np.inf or np.trace(mode.stiffness_slope) != 0


def test_next_to_an_instability_one_mode_tells_how_far_it_is():
    glass, potential = freshly_quenched("2dipl", 400, seed=4)
    event = sf.shear(glass, potential, n_events=1)[0]
    distance = 2e-5
    strain = event.strain - distance
    while glass.strain < strain:
        step = min(1e-4, strain - glass.strain, max(0.5 * (strain - glass.strain), 1e-6))
        glass = minimize(glass.sheared(step), potential, 5e-12)
    modes = sf.soft_modes(glass, potential)
    critical = min(modes, key=lambda mode: mode.yield_strain("xy"))
    assert critical.particle == event.particle
    assert critical.yield_strain("xy") == pytest.approx(distance, rel=0.2)
    assert critical.yield_strain("-xy") == np.inf


def dense_softening(glass, potential, tensor):
    """Rates at which modes stiffen, ascending, and the modes, from differences of the Hessian."""
    step = 1e-6
    stiffness = dense_hessian(glass, potential)
    forward, backward = (
        dense_hessian(minimize(glass.deformed(tensor, s * step), potential, 1e-12), potential)
        for s in (1, -1)
    )
    change = (forward - backward) / (2 * step)
    # translations get a stiffness of their own, far from all others
    n = glass.n_particles
    shift = np.kron(np.ones((n, n)) / n, np.eye(glass.dimension)) * 1e3
    return eigh(change, stiffness + shift)


def test_softening_modes_are_those_of_the_dense_eigenproblem():
    glass, potential = quenched("2dipl")
    tensor = direction_tensor("x-y", 2)
    found = interactions(glass, potential)
    modes = softening_modes(found, factorize(glass, found), tensor, 5)
    values = dense_softening(glass, potential, tensor)[0]
    np.testing.assert_allclose(modes.forward_strain, -0.5 / values[:5], rtol=1e-3)
    np.testing.assert_allclose(modes.backward_strain, 0.5 / values[::-1][:5], rtol=1e-3)


@pytest.mark.parametrize(("n", "count"), [(33, 20), (36, 22), (40, 24), (50, 32), (60, 38)])
def test_no_translation_is_among_the_modes_of_small_glasses(n, count):
    """So many modes use up the whole space, of which translations are no part."""
    glass, potential = freshly_quenched("2dipl", n)
    tensor = direction_tensor("x-y", 2)  # without rotation, which mixes modes
    found = interactions(glass, potential)
    modes = softening_modes(found, factorize(glass, found), tensor, count, accuracy=1e-6)
    for vectors in (modes.forward, modes.backward):
        np.testing.assert_allclose(vectors.mean(axis=0), 0.0, atol=1e-12)
    values = dense_softening(glass, potential, tensor)[0]
    k = np.count_nonzero(np.isfinite(modes.forward_strain))
    assert k >= min(count, 10)
    np.testing.assert_allclose(modes.forward_strain[:k], -0.5 / values[:k], rtol=1e-3)


@pytest.mark.parametrize("dimension", [2, 3])
def test_softening_modes_are_of_every_named_direction(dimension):
    listed = named_shears(dimension)
    for name in direction_names(dimension):
        tensor = direction_tensor(name, dimension)
        assert any(
            np.array_equal(0.5 * (tensor + tensor.T), sign * other)
            for other in listed for sign in (1, -1)
        )  # fmt: skip


@pytest.mark.parametrize("direction", ["x-y", "y-z", "x-z"])
def test_the_fastest_softening_modes_of_every_pure_shear_are_in_the_library(direction):
    """Those of x-z, the sum of x-y and y-z, are others than those of the two."""
    glass, potential = freshly_quenched("3dipl", 120, seed=3)
    modes = sf.soft_modes(glass, potential, "softening", count=3)
    listed = np.array([mode.vector.ravel() for mode in modes])
    vectors = dense_softening(glass, potential, direction_tensor(direction, 3))[1]
    overlaps = np.abs(listed @ (vectors / np.linalg.norm(vectors, axis=0)))
    assert (overlaps.max(axis=0)[:3] > SAME_MODE).all()


def test_no_mode_is_an_empty_list_and_a_table_with_its_columns(monkeypatch):
    glass, potential = quenched("2dipl")
    terms = FileTerms(1.0, np.arange(glass.n_particles))
    some = mode_table(sf.soft_modes(glass, potential, "softening", count=2), 2, terms)
    monkeypatch.setattr("softfield.response.soft_modes._MAX_SWEEPS", 1)  # no iteration ends
    none = sf.soft_modes(glass, potential, "cubic", count=2)
    assert none == []
    assert list(mode_table(none, 2, terms)) == list(some)


def test_what_makes_no_sense_is_refused():
    glass, potential = quenched("2dipl")
    with pytest.raises(sf.SoftfieldError, match="no kind of soft mode"):
        sf.soft_modes(glass, potential, "quartic")
    with pytest.raises(sf.SoftfieldError, match="is 0, but must be a whole number, 1 or more"):
        sf.soft_modes(glass, potential, count=0)
    moved = glass.positions.copy()
    moved[0] += 1e-3
    with pytest.raises(sf.SoftfieldError, match="feels a force"):
        sf.soft_modes(glass.with_positions(moved), potential)


@pytest.mark.parametrize("name", ["2dipl", "3dipl", "2dipl_400"])
def test_softening_modes_do_not_depend_on_the_order_of_the_particles(name):
    if name.endswith("400"):
        glass, model, _ = reference(name)
        potential = model.potential
    else:
        glass, potential = quenched(name)
    rng = np.random.default_rng(5)
    order = rng.permutation(glass.n_particles)
    shift = rng.random(glass.dimension) * glass.box
    others = (glass.selected(order), glass.with_positions(glass.positions + shift).wrapped())
    modes = sf.soft_modes(glass, potential, "softening")
    for other, where in zip(others, (np.argsort(order), slice(None)), strict=True):
        found = sf.soft_modes(other, potential, "softening")
        assert len(found) == len(modes)
        for one, same in zip(modes, found, strict=True):
            assert same.stiffness == pytest.approx(one.stiffness, rel=1e-6)
            assert same.asymmetry == pytest.approx(one.asymmetry, rel=1e-4)
            assert abs((same.vector[where] * one.vector).sum()) > 1 - 1e-9
