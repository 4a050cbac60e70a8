"""Couplings of modes and waves against naive sums, finite differences and dense algebra."""

import numpy as np
import pytest

import softfield as sf
from oracles import central_difference, dense_hessian, dense_inverse, quenched, reference
from softfield.glass import Glass
from softfield.mechanics import derivatives
from softfield.mechanics.derivatives import internal_forces
from softfield.mechanics.factorization import factorize
from softfield.mechanics.pairs import interactions
from softfield.response.couplings import (
    cubic_couplings,
    mode_couplings,
    phonon_weights,
    plane_waves,
    pulls,
    transverse_waves,
    wave_couplings,
    wave_orders,
)
from softfield.response.elasticity import (
    longest_wave_number,
    lowest_transverse_frequency,
    shear_stiffness,
)
from softfield.response.fields import local_thermal_energy, thermal_energy_of_pairs
from softfield.response.identities import (
    check_identities,
    dense_modes,
    springs_at_rest,
    sum_over_modes,
)
from softfield.response.shear import shear_path

MODELS = ["2dipl", "3dipl", "3dkablj"]


@pytest.mark.parametrize("name", MODELS)
def test_couplings_are_third_derivatives_of_the_energy(name):
    """c_ijj = d/ds of Psi_j . M . Psi_j along Psi_i, by finite differences of a dense M."""
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    fields = np.random.default_rng(4).normal(size=(3, *glass.positions.shape))
    fields /= np.linalg.norm(fields, axis=(1, 2), keepdims=True)
    couplings = cubic_couplings(found, fields[:2], fields)
    assert couplings.shape == (2, 3)
    for i in range(2):
        for j in range(3):

            def curvature(step, i=i, j=j):
                moved = glass.with_positions(glass.positions + step * fields[i])
                return fields[j].ravel() @ dense_hessian(moved, potential) @ fields[j].ravel()

            # fourth order, h = 1e-3 of a unit field: each particle moves some 1e-4
            assert couplings[i, j] == pytest.approx(central_difference(curvature, 1e-3), rel=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_pulls_are_derivatives_of_pair_energies(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    field = np.random.default_rng(5).normal(size=glass.positions.shape)

    def energies(step):
        moved = glass.with_positions(glass.positions + step * field)
        return interactions(moved, potential, found.pairs).g0

    expected = central_difference(energies, 1e-4)
    # roundoff of energies of order one over h, and of the fifth derivative times h^4
    np.testing.assert_allclose(pulls(found, field), expected, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("name", MODELS)
def test_internal_forces_are_slopes_of_the_potential(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    r = np.sqrt(found.squared_distances)
    i, j = found.pairs.T
    h = 1e-5

    def energy(shift):
        return potential.derivatives((r + shift) ** 2, glass.species[i], glass.species[j])[0]

    slopes = np.abs(central_difference(energy, h))
    np.testing.assert_allclose(internal_forces(found), slopes, atol=1e-8 * slopes.max())


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_eq_4_is_the_double_sum_of_a_naive_loop_and_gives_eq_3(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    field = local_thermal_energy(glass, potential)
    _, squares, vectors = dense_inverse(glass, potential)
    frequencies = np.sqrt(squares)
    modes = vectors.T.reshape(-1, *glass.positions.shape)
    harmonic, anharmonic = sum_over_modes(found, frequencies, modes)
    scale = np.abs(field.energy).max()
    # the smallest eigenvalue of these glasses is some 1e-3 of the largest
    np.testing.assert_allclose(harmonic, field.harmonic, atol=1e-9 * scale)
    np.testing.assert_allclose(anharmonic, field.anharmonic, atol=1e-9 * scale)
    # the literal double sum, for one interaction, over the modes that carry most of it
    alpha = int(np.argmax(np.abs(field.energy)))
    few = slice(0, 12)
    total = 0.0
    for i in range(12):
        pull = pulls(found, modes[i])[alpha]
        for j in range(12):
            c = (derivatives.third_order(found, modes[j], modes[j]) * modes[i]).sum()
            total -= pull * c / (squares[i] * squares[j])
    _, part = sum_over_modes(found, frequencies[few], modes[few])
    assert part[alpha] == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_dense_modes_are_those_of_the_textbook_hessian(name):
    glass, potential = quenched(name)
    frequencies, modes = dense_modes(interactions(glass, potential))
    hessian = dense_hessian(glass, potential)
    assert len(frequencies) == glass.dimension * (glass.n_particles - 1)
    flat = modes.reshape(len(modes), -1)
    residual = hessian @ flat.T - flat.T * frequencies**2
    assert np.abs(residual).max() < 1e-9 * np.abs(hessian).max()
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-10)


def test_modes_at_their_cores_against_naive_loops():
    glass, model, _ = reference("2dipl_400")
    potential = model.potential
    found = interactions(glass, potential)
    energy = local_thermal_energy(glass, potential).energy
    couplings, _ = mode_couplings(glass, found, factorize(glass, found), energy, 5, 2.5)
    squares, vectors = np.linalg.eigh(dense_hessian(glass, potential))
    for k in range(5):
        vector = vectors[:, 2 + k].reshape(glass.positions.shape)
        assert couplings.frequency[k] == pytest.approx(np.sqrt(squares[2 + k]), rel=1e-9)
        coupling = (derivatives.third_order(found, vector, vector) * vector).sum()
        assert abs(couplings.coupling[k]) == pytest.approx(abs(coupling), rel=1e-5)
        core = np.argmax(np.linalg.norm(vector, axis=1))
        best = 0.0
        for alpha, (i, _) in enumerate(found.pairs):
            middle = glass.positions[i] + found.vectors[alpha] / 2 - glass.positions[core]
            near = np.linalg.norm(glass.minimum_image(middle)) <= 2.5
            if near and abs(energy[alpha]) > abs(best):
                best, pull = energy[alpha], pulls(found, vector)[alpha]
        assert couplings.energy[k] == best
        assert abs(couplings.core_pull[k]) == pytest.approx(abs(pull), rel=1e-5)
        # a mode has no sign: f.Psi and c_iii change theirs together
        single = -pull * coupling / squares[2 + k] ** 2
        assert couplings.single_mode[k] == pytest.approx(single, rel=1e-4)


def test_softest_mode_alone_gives_the_energy_at_its_core_near_an_instability():
    """Eq. 5 where it is exact: one mode goes to zero, and E there to its diagonal term."""
    glass, potential = quenched("2dipl")
    (event,) = sf.shear(glass, potential, n_events=1, max_strain=0.2)
    shares = []
    for distance in (1e-3, 1e-4, 1e-5):
        strain = event.strain - distance * np.sign(event.strain)
        near = shear_path(glass, potential, n_events=1, max_strain=strain).glass
        found = interactions(near, potential)
        factor = factorize(near, found)
        energy = thermal_energy_of_pairs(found, factor).energy
        couplings, _ = mode_couplings(near, found, factor, energy, 1, 2.5)
        shares.append(abs(couplings.single_mode[0] / couplings.energy[0] - 1))
    # what the other modes add falls with omega^2, that is with the root of the distance
    assert shares[2] < 0.5 * shares[1] < 0.25 * shares[0] or shares[2] < 0.02
    assert shares[2] < 0.05


def test_plane_waves_are_orthonormal_transverse_and_of_their_length():
    glass, _ = quenched("3dipl")
    waves = plane_waves(glass, [[1, 0, 0]], [[0.0, 1.0, 0.0]])
    assert (waves**2).sum() == pytest.approx(2.0)
    np.testing.assert_allclose(waves.mean(axis=1), 0.0, atol=1e-15)
    phase = 2 * np.pi * glass.positions[:, 0] / glass.box[0]
    pair = np.array([np.cos(phase), np.sin(phase)])
    pair -= pair.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(waves[:, :, 1], pair * np.sqrt(2 / (pair**2).sum()), atol=1e-12)
    assert not waves[:, :, [0, 2]].any()
    # two polarisations for each of three directions, cosine and sine
    assert len(transverse_waves(glass, 1)) == 12
    assert list(wave_orders(sf.Glass([[0, 0], [1, 1]], [0, 0], [20.0, 16.0]), 8.0)) == [1, 2]
    # waves of one length: along the longest edge alone where one is longer, to 1 %
    stretched = sf.Glass(glass.positions * [2, 1, 1], glass.species, glass.box * [2, 1, 1])
    phase = 2 * np.pi * glass.fractional()[:, 0]
    for wave in (found := transverse_waves(stretched, 1)):
        assert (
            np.linalg.lstsq(
                np.stack([np.cos(phase), np.sin(phase), np.ones_like(phase)], 1), wave, rcond=None
            )[1].max()
            < 1e-20
        )
    assert len(found) == 4
    assert list(wave_orders(stretched, glass.box[0])) == [1, 2]


@pytest.mark.parametrize(("name", "strain"), [("2dipl", 0.3), ("3dipl", -0.2)])
def test_waves_in_a_tilted_box_are_transverse_and_the_longest(name, strain):
    glass, _ = quenched(name)
    glass = sf.Glass(glass.positions, glass.species, glass.box, strain)
    # wave vectors along y and z stay where they are; that of the period along x is longer now
    numbers = 2 * np.pi / glass.box
    waves = transverse_waves(glass, 1)
    expected = [(a, b) for a in range(glass.dimension) for b in range(glass.dimension)
                if a != b and a != 0]  # fmt: skip
    assert len(waves) == 2 * len(expected)
    for k, (a, b) in enumerate(expected):
        phase = numbers[a] * glass.positions[:, a]
        pair = np.zeros((2, *glass.positions.shape))
        pair[:, :, b] = np.cos(phase), np.sin(phase)
        pair -= pair.mean(axis=1, keepdims=True)
        drawn = waves[[k, k + len(expected)]]
        np.testing.assert_allclose(drawn, pair * np.sqrt(2 / (pair**2).sum()), atol=1e-12)
    assert longest_wave_number(glass) == pytest.approx(numbers.min())
    slow = lowest_transverse_frequency(glass, 3.0)
    assert slow == pytest.approx(np.sqrt(3.0 / glass.density) * numbers.min())


@pytest.mark.parametrize("boxes", [1, -1, 2])
def test_waves_of_one_lattice_are_the_same_whatever_its_cell(boxes):
    rng = np.random.default_rng(0)
    box = np.array([20.0, 10.0])
    upright = sf.Glass(rng.random((50, 2)) * box, [0] * 50, box)
    leaning = sf.Glass(upright.positions, upright.species, box, boxes * box[0] / box[1])
    assert longest_wave_number(leaning) == pytest.approx(2 * np.pi / 20)
    assert wave_orders(leaning, 3.0) == wave_orders(upright, 3.0)
    waves, expected = (transverse_waves(glass, 2) for glass in (leaning, upright))
    np.testing.assert_allclose(waves, expected, atol=1e-12)


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_couplings_of_waves_are_root_mean_squares_over_all_of_one_length(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    d = glass.dimension
    phases = 2 * np.pi * np.arange(6) / 6  # squares of sums of cos 2t are averaged exactly
    waves = []
    for along in range(d):
        for across in set(range(d)) - {along}:
            fields = np.zeros((6, *glass.positions.shape))
            fields[:, :, across] = np.cos(
                4 * np.pi * glass.positions[:, along] / glass.box[along] + phases[:, None]
            )
            fields -= fields.mean(axis=1, keepdims=True)
            waves.extend(fields / np.sqrt((fields**2).sum() / 6))
    squares = [
        (derivatives.third_order(found, second, second) * first).sum() ** 2
        for first in waves
        for second in waves
    ]
    forces = found.g1[:, None] * found.vectors
    stretched = [((forces * derivatives.relative(found, w)).sum(axis=1) ** 2).mean() for w in waves]
    coupling, pull = wave_couplings(glass, found, 2)
    assert coupling == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-10)
    assert pull == pytest.approx(np.sqrt(np.mean(stretched)), rel=1e-10)


def test_couplings_of_waves_do_not_depend_on_the_origin():
    glass, potential = quenched("2dipl")
    reference = wave_couplings(glass, interactions(glass, potential), 1)
    for shift in np.random.default_rng(2).uniform(size=(3, 2)) * glass.box:
        moved = glass.with_positions(glass.positions + shift)
        found = wave_couplings(moved, interactions(moved, potential), 1)
        assert found == pytest.approx(reference, rel=1e-9)


def normalized(fields):
    return fields / np.linalg.norm(fields, axis=(1, 2), keepdims=True)


def test_phonon_weight_tells_waves_from_spots():
    glass, _ = quenched("2dipl")
    wave = normalized(transverse_waves(glass, 2)[:1])
    spot = np.zeros((1, *glass.positions.shape))
    spot[0, 5] = [0.6, 0.8]
    assert phonon_weights(glass, wave)[0] == pytest.approx(1.0, abs=1e-12)
    # a point has equal shares of all of the dN waves, 24 of 200 are in the space
    assert phonon_weights(glass, spot)[0] == pytest.approx(24 / 200, abs=0.08)


def test_phonon_weights_in_a_long_box_are_those_of_waves_of_the_same_lengths():
    places = np.random.default_rng(4).uniform(size=(300, 2)) * [40.0, 10.0]
    glass = Glass(places, np.zeros(300, int), [40.0, 10.0])
    # 4 pi / V^(1/2) is four periods along the long edge, and one along the short
    within = normalized(plane_waves(glass, [[4, 0], [0, 1]], [[0, 1], [1, 0]]))
    beyond = normalized(plane_waves(glass, [[6, 0], [0, 2]], [[0, 1], [1, 0]]))
    assert phonon_weights(glass, within) == pytest.approx(1.0, abs=1e-12)
    # 5 wave vectors, 2 phases and 2 directions: 20 of 600, more or less by the disorder
    assert (phonon_weights(glass, beyond) < 0.15).all()
    # the same waves in a box that is a little sheared, or has its axes the other way round
    sheared = glass.sheared(0.02)
    assert phonon_weights(
        sheared, normalized(plane_waves(sheared, [[4, 0]], [[0, 1]]))
    ) == pytest.approx(1.0)
    turned = Glass(places[:, ::-1].copy(), glass.species, [10.0, 40.0])
    assert phonon_weights(turned, beyond[:, :, ::-1]) == pytest.approx(
        phonon_weights(glass, beyond), abs=1e-12
    )


@pytest.mark.parametrize("name", MODELS)
def test_shear_modulus_is_the_slope_of_the_stress(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    born, nonaffine = shear_stiffness(found, factorize(glass, found))
    modulus = (born - nonaffine) / glass.volume

    def relaxed_energy(strain):
        moved = glass.sheared(strain)
        for _ in range(8):
            now = interactions(moved, potential, found.pairs)
            step = factorize(moved, now).solve(derivatives.pair_forces(now))
            moved = moved.with_positions(moved.positions + step)
        return interactions(moved, potential, found.pairs).g0.sum()

    h = 1e-4
    second = (relaxed_energy(h) - 2 * relaxed_energy(0.0) + relaxed_energy(-h)) / h**2
    # roundoff of an energy of 1e2 to 1e3 over h^2, and the nonlinear h^2
    assert modulus == pytest.approx(second / glass.volume, rel=2e-3, abs=0.01)
    expected = 2 * np.pi / glass.box.max() * np.sqrt(modulus / glass.density)
    assert lowest_transverse_frequency(glass, modulus) == pytest.approx(expected)
    assert lowest_transverse_frequency(glass, -1.0) == 0.0


@pytest.mark.parametrize("name", MODELS)
def test_identities_hold_on_glasses_and_fail_where_they_should(name):
    glass, potential = quenched(name)
    found = interactions(glass, potential)
    field = local_thermal_energy(glass, potential)
    checked = check_identities(glass, found, field)
    assert checked.double_sum_error < 1e-9
    assert checked.mode_sum_error < 1e-9
    assert checked.harmonic_sum == pytest.approx(1, abs=1e-10)
    assert checked.energy_sum == pytest.approx(1, abs=1e-9)
    assert checked.residual_force < 1e-9
    assert 0 < checked.smallest_at_rest < checked.largest_at_rest < 1
    springs = springs_at_rest(found)
    at_rest = thermal_energy_of_pairs(springs, factorize(glass, springs))
    assert (checked.smallest_at_rest, checked.largest_at_rest) == (
        at_rest.energy.min(), at_rest.energy.max(),
    )  # fmt: skip
    # away from the minimum the sum of f.X does not vanish
    nudge = np.random.default_rng(2).normal(scale=1e-3, size=glass.positions.shape)
    moved = glass.with_positions(glass.positions + nudge)
    found = interactions(moved, potential)
    field = local_thermal_energy(moved, potential, force_tolerance=np.inf)
    assert abs(check_identities(moved, found, field).energy_sum - 1) > 1e-6


def test_couplings_between_two_modes_are_derivatives_of_the_energy():
    """c_ijj = d^3 U / da db^2 of a field a Psi_i + b Psi_j, by differences of energies."""
    glass, model, _ = reference("2dipl_400")
    found = interactions(glass, model.potential)
    energy = local_thermal_energy(glass, model.potential).energy
    own, pairs = mode_couplings(glass, found, factorize(glass, found), energy, 3, 2.5)
    _, vectors = np.linalg.eigh(dense_hessian(glass, model.potential))
    modes = vectors[:, 2:5].T.reshape(3, *glass.positions.shape)

    def change(a, b, i, j):
        moved = glass.positions + a * modes[i] + b * modes[j]
        at = interactions(glass.with_positions(moved), model.potential, found.pairs)
        return float((at.g0 - found.g0).sum())

    h = 2e-2  # of a unit field: particles move some 1e-3
    order = [(i, j) for i in range(3) for j in range(3) if i != j]
    assert len(pairs.coupling) == len(order)
    scale = np.abs(own.coupling).max()
    for k, (i, j) in enumerate(order):
        bends = [change(a, h, i, j) - 2 * change(a, 0, i, j) + change(a, -h, i, j) for a in (h, -h)]
        expected = (bends[0] - bends[1]) / (2 * h**3)
        # the next term, of order h^2, is some 1e-3 of the largest of them; a mode has no sign
        assert abs(pairs.coupling[k]) == pytest.approx(abs(expected), abs=0.01 * scale)
        assert pairs.own[k] == pytest.approx(own.coupling[i], rel=1e-10)
        assert (pairs.frequency[k], pairs.other_frequency[k]) == (
            own.frequency[i],
            own.frequency[j],
        )
        cores = [np.argmax(np.linalg.norm(modes[m], axis=1)) for m in (i, j)]
        away = glass.minimum_image(glass.positions[cores[0]] - glass.positions[cores[1]])
        assert pairs.distance[k] == pytest.approx(np.linalg.norm(away))
        assert pairs.participation_ratio[k] == own.participation_ratio[i]
        assert pairs.other_participation_ratio[k] == own.participation_ratio[j]
