"""Normal modes against dense diagonalisation."""

import numpy as np
import pytest

import softfield as sf
from oracles import dense_hessian, quenched, reference
from softfield.errors import InvalidSettingError, NotAMinimumError
from softfield.modes import mode_map, normal_modes, participation_ratio

MODELS = ["2dipl", "3dipl", "3dkablj"]


@pytest.mark.parametrize("name", MODELS)
def test_the_lowest_modes_are_those_of_dense_diagonalisation(name):
    glass, potential = quenched(name)
    modes = normal_modes(glass, potential, count=30)
    squares, vectors = np.linalg.eigh(dense_hessian(glass, potential))
    d = glass.dimension
    np.testing.assert_allclose(modes.frequencies**2, squares[d : d + 30], rtol=1e-9)
    flat = modes.vectors.reshape(30, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(30), atol=1e-10)
    # Near-degenerate modes mix: compare the subspaces up to the largest gap, not vectors.
    last = 15 + int(np.argmax(np.diff(squares[d + 15 : d + 30])))
    exact = vectors[:, d : d + last + 1]
    overlap = np.linalg.svd(exact.T @ flat[: last + 1].T, compute_uv=False)
    np.testing.assert_allclose(overlap, 1.0, atol=1e-9)


def test_the_map_of_the_reference_glass():
    glass, model, archive = reference("2dipl_400")
    modes = normal_modes(glass, model.potential, count=30)
    np.testing.assert_allclose(modes.frequencies, archive["frequencies"], rtol=1e-10)
    np.testing.assert_allclose(mode_map(modes), archive["mode_map"], rtol=1e-9)


def test_the_map_of_the_lowest_mode_is_its_square():
    glass, potential = quenched("2dipl")
    modes = normal_modes(glass, potential, count=5)
    exact = np.linalg.eigh(dense_hessian(glass, potential))[1][:, 2].reshape(-1, 2)
    # rounding over the gap to the next mode
    np.testing.assert_allclose(mode_map(modes.lowest(1)), (exact**2).sum(axis=1), atol=1e-10)
    np.testing.assert_array_equal(mode_map(modes.lowest(5)), mode_map(modes))


def test_translations_are_left_out_and_all_modes_can_be_had():
    glass, potential = quenched("2dipl")
    every = normal_modes(glass, potential, count=2 * glass.n_particles - 2)
    squares = np.linalg.eigvalsh(dense_hessian(glass, potential))
    np.testing.assert_allclose(every.frequencies**2, squares[2:], rtol=1e-9)
    np.testing.assert_allclose(every.vectors.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(mode_map(every).sum(), 2 * glass.n_particles - 2)


def test_the_participation_ratio_of_known_vectors():
    one = np.zeros((10, 2))
    one[3] = [0.3, -0.4]
    alike = np.tile([[0.6, 0.8]], (10, 1))
    half = np.vstack([alike[:5], np.zeros((5, 2))])
    np.testing.assert_allclose(participation_ratio(np.array([one, alike, half])), [0.1, 1.0, 0.5])


@pytest.mark.parametrize("count", [0, 199, -3])
def test_more_modes_than_there_are_is_refused(count):
    glass, potential = quenched("2dipl")
    with pytest.raises(InvalidSettingError, match="have 198 beside the translations"):
        normal_modes(glass, potential, count=count)


def test_a_state_with_forces_has_no_normal_modes():
    glass, potential = quenched("2dipl")
    moved = sf.Glass(glass.positions * 1.001, glass.species, glass.box * 1.0)
    with pytest.raises(NotAMinimumError):
        normal_modes(moved, potential)
