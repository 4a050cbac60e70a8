"""Normal modes against dense diagonalisation."""

import logging
from dataclasses import replace

import numpy as np
import pytest

import softfield as sf
from oracles import dense_hessian, quenched, reference
from softfield.errors import InvalidSettingError, NotAMinimumError
from softfield.mechanics.spectrum import participation_ratio
from softfield.response.modes import mode_map, normal_modes

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


def triangular_crystal(rows=6, columns=8):
    """A stable crystal of one species: its waves come in pairs of one frequency, k and -k."""
    potential = sf.model("2dipl").potential
    spacing = np.sqrt(2 / (np.sqrt(3) * 0.86 * 1.18))
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    places = np.stack([x + 0.5 * (y % 2), y * np.sqrt(3) / 2], axis=-1).reshape(-1, 2) * spacing
    box = np.array([columns, rows * np.sqrt(3) / 2]) * spacing
    return sf.Glass(places, np.zeros(len(places), dtype=int), box), potential


def test_a_map_is_unique_unless_it_cuts_through_a_degenerate_pair():
    glass, potential = triangular_crystal()
    squares, vectors = np.linalg.eigh(dense_hessian(glass, potential))
    squares, vectors = squares[2:], vectors[:, 2:]
    gaps = np.diff(squares[:12]) / squares[:11]
    assert gaps[0] < 1e-10  # the lowest two modes are one pair,
    assert gaps[1] > 1e-3  # and no more than a pair

    def exact(count):
        return (vectors[:, :count].reshape(-1, 2, count) ** 2).sum(axis=(1, 2))

    modes = normal_modes(glass, potential, count=6)
    # A whole pair spans a subspace, and the sum over it does not depend on its basis ...
    np.testing.assert_allclose(mode_map(modes.lowest(2)), exact(2), atol=1e-9)
    np.testing.assert_allclose(exact(2), 2 / glass.n_particles, atol=1e-9)  # cos^2 + sin^2
    # ... one mode of it does: any wave of that wave vector is right, up to the phase.
    cut = mode_map(modes.lowest(1))
    assert cut.sum() == pytest.approx(1)
    assert (cut <= exact(2) + 1e-9).all()
    assert np.ptp(cut) > 0.1 / glass.n_particles
    inside = np.linalg.norm(vectors[:, :2].T @ modes.vectors[0].ravel())
    assert inside == pytest.approx(1, abs=1e-9)


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


@pytest.mark.parametrize("count", [6, 90])  # by Lanczos, and by the dense inverse
@pytest.mark.parametrize("name", MODELS)
def test_modes_with_masses_are_those_of_dense_diagonalisation(name, count):
    glass, potential = quenched(name)
    masses = np.random.default_rng(2).uniform(0.5, 8.0, glass.n_particles)
    heavy = replace(glass, masses=masses)
    modes = normal_modes(heavy, potential, count, masses="glass")
    root = np.repeat(np.sqrt(masses), glass.dimension)
    weighted = dense_hessian(glass, potential) / np.outer(root, root)
    squares = np.linalg.eigvalsh(weighted)
    d = glass.dimension
    np.testing.assert_allclose(modes.frequencies**2, squares[d : d + count], rtol=1e-8)
    flat = modes.vectors.reshape(count, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(count), atol=1e-9)
    # each is an eigenvector, and none has a part of the weighted translations
    residual = flat @ weighted - modes.frequencies[:, None] ** 2 * flat
    np.testing.assert_allclose(residual, 0.0, atol=1e-9 * squares[-1])
    moved = np.einsum("n,knc->kc", np.sqrt(masses), modes.vectors)
    np.testing.assert_allclose(moved, 0.0, atol=1e-8)
    assert not np.allclose(modes.frequencies, normal_modes(glass, potential, count).frequencies)


def test_masses_that_are_all_alike_scale_the_frequencies():
    glass, potential = quenched("2dipl")
    plain = normal_modes(glass, potential, 5)
    four = replace(glass, masses=np.full(glass.n_particles, 4.0))
    heavy = normal_modes(four, potential, 5, masses="glass")
    np.testing.assert_allclose(2 * heavy.frequencies, plain.frequencies, rtol=1e-10)
    np.testing.assert_allclose(mode_map(heavy), mode_map(plain), atol=1e-9)


@pytest.mark.parametrize(
    ("masses", "said"), [([1.0, 4.0], "from 1 to 4"), ([3.0, 3.0], "are 3"), ([1.0, 1.0], None)]
)
def test_masses_are_never_left_out_without_a_word(caplog, masses, said):
    glass, potential = quenched("2dipl")
    given = replace(glass, masses=np.array(masses)[np.arange(glass.n_particles) % 2])
    with caplog.at_level(logging.WARNING, logger="softfield"):
        found = normal_modes(given, potential, 3)
    np.testing.assert_array_equal(found.frequencies, normal_modes(glass, potential, 3).frequencies)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == (said is not None)
    assert said is None or said in told[0]


def test_settings_of_modes_without_meaning_are_refused():
    glass, potential = quenched("2dipl")
    for count in (2.5, np.nan, "3", True):
        with pytest.raises(InvalidSettingError, match="whole number"):
            normal_modes(glass, potential, count)
    with pytest.raises(InvalidSettingError, match="has no masses"):
        normal_modes(glass, potential, 3, masses="glass")
    with pytest.raises(InvalidSettingError, match="'unit' or 'glass'"):
        normal_modes(glass, potential, 3, masses="file")
    assert len(normal_modes(glass, potential, np.int64(3)).frequencies) == 3
