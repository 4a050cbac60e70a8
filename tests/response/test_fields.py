"""The local thermal energy against every oracle: dense, double sum, free energy, bounds."""

import numpy as np
import pytest

import softfield as sf
from oracles import (
    central_difference,
    dense_hessian,
    dense_inverse,
    freshly_quenched,
    pair_hessian,
    quenched,
    reference,
)
from softfield.errors import NotAMinimumError
from softfield.mechanics.derivatives import pair_forces, pair_stiffness, scatter_pairs, third_order
from softfield.mechanics.factorization import order_particles
from softfield.mechanics.pairs import Interactions, interactions
from softfield.response.continuation import Continuation
from softfield.response.fields import local_thermal_energy, thermal_energy_of_pairs
from softfield.response.observables import coordinate, pair_energy, thermal_average, total_energy
from softfield.response.shear import shear_path

MODELS = ["2dipl", "3dipl", "3dkablj"]


def contracted_third_derivative(glass, potential, inverse, components, step=1e-4):
    """Components of U''' : M^-1, as the gradient of tr M(x) M^-1 by finite differences."""
    result = []
    for k in components:

        def trace(h, k=k):
            moved = np.array(glass.positions).ravel()
            moved[k] += h
            there = glass.with_positions(moved.reshape(glass.positions.shape))
            return np.sum(dense_hessian(there, potential) * inverse)

        result.append(central_difference(trace, step))
    return np.array(result)


def dense_energy(glass, potential, inverse, displacement, pairs):
    """Eq. 3, pair by pair, from the Hessian and gradient of each pair energy."""
    d = glass.dimension
    energies = []
    for i, j in pairs:
        rows = np.concatenate([d * i + np.arange(d), d * j + np.arange(d)])
        hessian, gradient = pair_hessian(glass, potential, i, j)
        energies.append(
            np.sum(hessian * inverse[np.ix_(rows, rows)]) + gradient @ displacement.ravel()[rows]
        )
    return np.array(energies)


def test_the_reference_glass_has_the_energies_of_an_independent_calculation():
    glass, model, archive = reference("2dipl_400")
    field = local_thermal_energy(glass, model.potential)
    theirs = np.sort(archive["pairs"], axis=1)
    order = np.lexsort((theirs[:, 1], theirs[:, 0]))
    np.testing.assert_array_equal(field.pairs, theirs[order])
    np.testing.assert_allclose(field.energy, archive["energy"][order], rtol=1e-9)
    np.testing.assert_allclose(field.harmonic, archive["harmonic"][order], rtol=1e-9)
    np.testing.assert_allclose(field.displacement, archive["displacement"], atol=1e-12)
    assert field.energy.sum() == pytest.approx(float(archive["sum_rule"]), rel=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_the_sum_rule_holds(name):
    """Equipartition: both sums are dN - d, the anharmonic part vanishes with the forces."""
    glass, potential = quenched(name)
    field = local_thermal_energy(glass, potential)
    exact = glass.dimension * (glass.n_particles - 1)
    assert field.harmonic.sum() == pytest.approx(exact, rel=1e-9)
    assert field.energy.sum() == pytest.approx(exact, rel=1e-9)
    assert field.sum_rule_error == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(field.displacement.mean(axis=0), 0.0, atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
def test_the_field_agrees_with_dense_algebra_and_numerical_third_derivatives(name):
    glass, potential = quenched(name)
    inverse, _, _ = dense_inverse(glass, potential)
    field = local_thermal_energy(glass, potential)
    # Eq. 2 as M X = -U''' : M^-1, on a sample of coordinates.
    sample = np.random.default_rng(2).choice(glass.positions.size, 12, replace=False)
    third = contracted_third_derivative(glass, potential, inverse, sample)
    product = dense_hessian(glass, potential) @ field.displacement.ravel()
    # Roundoff of the difference quotient: 1e-15 tr M M^-1 (about dN) over h = 1e-4.
    np.testing.assert_allclose(product[sample], -third, atol=1e-7 * np.abs(product).max())
    # Eq. 3 with this X, to the accuracy of the dense inverse.
    energy = dense_energy(glass, potential, inverse, field.displacement, field.pairs)
    np.testing.assert_allclose(field.energy, energy, rtol=1e-9, atol=1e-9)
    squares = np.diag(inverse).reshape(glass.positions.shape).sum(axis=1)
    np.testing.assert_allclose(field.debye_waller, squares, rtol=1e-9)


def test_the_anharmonic_part_is_the_double_sum_over_modes():
    """Eq. 4: f.X = - sum_ij (f.Psi_i) c_ijj / (omega_i^2 omega_j^2)."""
    glass, potential = quenched("2dipl")
    found = interactions(glass, potential)
    _, squares, vectors = dense_inverse(glass, potential)
    shape = glass.positions.shape
    third = np.array(
        [third_order(found, v.reshape(shape), v.reshape(shape)).ravel() for v in vectors.T]
    )
    c_ijj = vectors.T @ third.T
    field = local_thermal_energy(glass, potential)
    for alpha in np.argsort(-np.abs(field.energy))[:20]:
        on_j = np.zeros((len(found.pairs), glass.dimension))
        on_j[alpha] = found.g1[alpha] * found.vectors[alpha]
        f_psi = scatter_pairs(found, on_j).ravel() @ vectors
        double_sum = -(f_psi / squares) @ (c_ijj / squares).sum(axis=1)
        assert field.anharmonic[alpha] == pytest.approx(double_sum, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_the_field_is_the_derivative_of_the_free_energy(name):
    """E_alpha = d/dlambda log det' M at the minimum of U + lambda eps_alpha.

    Re-minimised for every lambda; no third derivative and no formula of Eq. 3 enters.
    """
    glass, potential = freshly_quenched(name, 64)
    field = local_thermal_energy(glass, potential)
    pairs = field.pairs
    for alpha in [int(np.argmax(np.abs(field.energy))), 5, len(pairs) // 2]:

        def log_determinant(strength, alpha=alpha):
            moved = glass
            for _ in range(30):
                found = strengthened(moved, potential, pairs, alpha, strength)
                factor = order_particles(pairs, glass.fractional()).factorize(pair_stiffness(found))
                residual = pair_forces(found)
                if np.abs(residual).max() < 1e-12:
                    return factor.log_determinant
                moved = moved.with_positions(moved.positions + factor.solve(residual))
            raise AssertionError("Newton did not converge")

        derivative = central_difference(log_determinant, 1e-4)
        # Fourth order in h = 1e-4: truncation 1e-16 times a fifth derivative; roundoff of
        # log det 1e-13 over h.
        assert field.energy[alpha] == pytest.approx(derivative, rel=1e-7, abs=1e-7)


def strengthened(glass, potential, pairs, alpha, strength):
    found = interactions(glass, potential, pairs)
    factor = np.ones(len(pairs))
    factor[alpha] += strength
    return Interactions(
        pairs, found.vectors, *(g * factor for g in (found.g0, found.g1, found.g2, found.g3)),
        found.n_particles,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_without_internal_stress_every_energy_is_between_zero_and_one(name):
    """Unstretched springs on the contacts of a glass (ref. 38 of the paper)."""
    glass, potential = quenched(name)
    contacts = interactions(glass, potential)
    r2 = contacts.squared_distances
    stiffness = np.random.default_rng(8).uniform(0.5, 5.0, size=len(r2))
    zero = np.zeros(len(r2))
    springs = Interactions(
        contacts.pairs, contacts.vectors, zero, zero, stiffness / r2, -3 * stiffness / r2**2,
        glass.n_particles,
    )  # fmt: skip
    factor = order_particles(springs.pairs, glass.fractional()).factorize(pair_stiffness(springs))
    field = thermal_energy_of_pairs(springs, factor)
    assert field.energy.min() >= -1e-12
    assert field.energy.max() <= 1 + 1e-12
    # A redundant network: strictly inside, and not all alike.
    assert field.energy.std() > 0.01
    assert field.energy.sum() == pytest.approx(glass.dimension * (glass.n_particles - 1), rel=1e-10)
    assert np.abs(field.displacement).max() > 0


@pytest.mark.parametrize("name", MODELS)
def test_the_field_does_not_depend_on_labels_origin_or_axes(name):
    glass, potential = quenched(name)
    rng = np.random.default_rng(9)
    n, d = glass.positions.shape
    field = local_thermal_energy(glass, potential)
    by_pair = {tuple(p): e for p, e in zip(field.pairs, field.energy, strict=True)}

    relabelled = rng.permutation(n)
    axes = rng.permutation(d) if d == 3 else np.array([1, 0])
    shifted = glass.positions + rng.normal(size=d) * glass.box
    other = sf.Glass(shifted[relabelled][:, axes], glass.species[relabelled], glass.box[axes])
    moved = local_thermal_energy(other, potential)
    for pair, value in zip(moved.pairs, moved.energy, strict=True):
        original = tuple(sorted(relabelled[pair]))
        assert value == pytest.approx(by_pair[original], rel=1e-9, abs=1e-9)


def test_general_observables_include_the_special_ones():
    glass, potential = quenched("2dipl")
    field = local_thermal_energy(glass, potential)
    dofs = glass.dimension * (glass.n_particles - 1)
    assert thermal_average(glass, potential, total_energy(glass, potential)) == pytest.approx(
        dofs, rel=1e-10
    )
    assert thermal_average(glass, potential, coordinate(glass, 7, 1)) == pytest.approx(
        field.displacement[7, 1], rel=1e-10
    )
    for alpha in (0, 50, 200):
        assert thermal_average(
            glass, potential, pair_energy(glass, potential, alpha)
        ) == pytest.approx(field.energy[alpha], rel=1e-9)


def test_a_very_soft_glass_is_exact_within_the_reported_condition():
    """Just before a plastic instability: lambda is 1e-3 of its usual size."""
    glass, potential = quenched("2dipl")
    path = shear_path(glass, potential, n_events=1, settings=Continuation(distance=1e-6))
    event = path.events[0]
    before = int(np.flatnonzero(path.strain < event.strain)[-1])
    soft = sheared_to(glass, potential, path.strain[before])
    inverse, squares, _ = dense_inverse(soft, potential)
    field = local_thermal_energy(soft, potential)
    energy = dense_energy(soft, potential, inverse, field.displacement, field.pairs)
    true_condition = squares.max() / squares.min()
    assert true_condition > 1e4
    assert field.condition > true_condition
    bound = np.finfo(float).eps * field.condition
    np.testing.assert_allclose(field.energy, energy, rtol=bound, atol=bound * np.abs(energy).max())
    assert (
        np.abs(field.energy).max()
        > 100 * np.abs(local_thermal_energy(glass, potential).energy).max()
    )


def sheared_to(glass, potential, strain):
    """The minimum at a strain before the first event, followed there afresh."""
    return shear_path(glass, potential, n_events=1, max_strain=strain).glass


def test_a_state_with_forces_is_refused_unless_told_otherwise():
    glass, potential = quenched("2dipl")
    noise = np.random.default_rng(1).normal(scale=1e-5, size=glass.positions.shape)
    moved = glass.with_positions(glass.positions + noise)
    with pytest.raises(NotAMinimumError, match="Minimise the glass first"):
        local_thermal_energy(moved, potential)
    rough = local_thermal_energy(moved, potential, force_tolerance=1.0)
    exact = local_thermal_energy(glass, potential)
    np.testing.assert_allclose(rough.harmonic, exact.harmonic, rtol=0.05, atol=0.05)
