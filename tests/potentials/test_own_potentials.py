"""Potentials of one's own, against closed forms, finite differences and matscipy."""

import re

import numpy as np
import pytest

import softfield as sf
import softfield.errors
from oracles import quenched, reference
from softfield.errors import InvalidPotentialError, NotConvergedError, OverlapError
from softfield.mechanics.derivatives import energy, forces
from softfield.mechanics.pairs import interactions, neighbor_pairs
from softfield.potentials.functions import potential_from_function, potential_from_table
from softfield.potentials.laws import (
    _powers_law,
    harmonic_contacts,
    hertzian_contacts,
    inverse_powers,
    lennard_jones,
)
from softfield.potentials.mixtures import polydisperse, potential_by_pair
from softfield.potentials.pair_potential import radial_derivatives
from softfield.potentials.scaled import scaled_potential
from softfield.potentials.settings import potential_from_settings
from softfield.potentials.truncated_powers import TruncatedPowers
from softfield.preparation.fire import fire

BINARY = {"diameters": [[1.0, 1.2], [1.2, 1.4]], "strengths": [[1.0, 0.7], [0.7, 0.5]]}


def buckingham(r):
    """phi = 300 exp(-4 r) - 2 r^-6, derivatives by hand."""
    repulsion = 300.0 * np.exp(-4.0 * r)
    return (
        repulsion - 2 * r**-6,
        -4 * repulsion + 12 * r**-7,
        16 * repulsion - 84 * r**-8,
        -64 * repulsion + 672 * r**-9,
    )


def table_of_lennard_jones(points):
    r = np.linspace(0.8, 2.5, points)
    return potential_from_table(r, 4 * (r**-12 - r**-6), "none")


POTENTIALS = {
    "odd powers": inverse_powers([(-9, 1.0), (-7.5, -0.3)], cutoff=1.8, **BINARY),
    "shifted": lennard_jones(cutoff=[[2.0, 2.2], [2.2, 2.4]], truncation="shifted", **BINARY),
    "bare": lennard_jones(truncation="none", **BINARY),
    "harmonic": harmonic_contacts(**BINARY),
    "hertzian": hertzian_contacts(**BINARY),
    "function": potential_from_function(buckingham, cutoff=2.0),
    "table": table_of_lennard_jones(400),
    "by pair": potential_by_pair([[lennard_jones(), h := hertzian_contacts(1.5)], [h, h]]),
    "polydisperse": polydisperse(lennard_jones(cutoff=2.0), [1.0, 1.3], 0.2),
}


@pytest.mark.parametrize("name", POTENTIALS)
def test_derivatives_are_those_of_the_energy_and_the_error_has_the_slope_of_the_method(name):
    potential = POTENTIALS[name]
    b = potential.n_species - 1
    pair = np.zeros(1, int), np.full(1, b)
    range_ = potential.pair_ranges(*pair)[0] if name == "polydisperse" else potential.ranges[0, b]
    r = np.array([0.6, 0.75, 0.9]) * range_
    exact = radial_derivatives(potential, r, 0, b)
    for order in range(3):
        errors = []
        for step in (4e-3, 2e-3):
            ahead, behind = (radial_derivatives(potential, r + h, 0, b) for h in (step, -step))
            errors.append(np.abs((ahead - behind)[order] / (2 * step) - exact[order + 1]).max())
        scale = np.abs(exact[order : order + 2]).max()
        if errors[0] > 1e-9 * scale:  # otherwise phi is a parabola and rounding is left
            assert errors[0] < 0.02 * scale
            assert errors[0] / errors[1] == pytest.approx(4.0, abs=0.5)


@pytest.mark.parametrize(("truncation", "vanishing"), [("smooth", 4), ("shifted", 1)])
def test_truncation_makes_the_derivatives_vanish_that_it_names(truncation, vanishing):
    potential = inverse_powers([(-9, 1.0)], cutoff=1.5, truncation=truncation, **BINARY)
    for a, b in ((0, 0), (0, 1), (1, 1)):
        edge = potential.ranges[a, b]
        inside = radial_derivatives(potential, edge * (1 - 1e-12), a, b)[:, 0]
        typical = np.abs(radial_derivatives(potential, 0.9 * edge, a, b)[:, 0])
        # 1e-12 from the edge, every order that is not zero is of its typical size.
        assert (np.abs(inside[:vanishing]) < 1e-9 * typical[:vanishing]).all()
        assert (np.abs(inside[vanishing:]) > 1e-3 * typical[vanishing:]).all()
        assert not radial_derivatives(potential, edge * (1 + 1e-12), a, b).any()


def test_bare_lennard_jones_is_the_closed_form():
    r = np.linspace(0.9, 2.4, 7)
    found = radial_derivatives(lennard_jones(2.0, 3.0, truncation="none"), 2 * r)
    np.testing.assert_allclose(found[0], 12 * (r**-12 - r**-6), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(found[1], 12 * (-12 * r**-13 + 6 * r**-7) / 2, rtol=1e-13)


def test_even_powers_with_smooth_truncation_are_the_compiled_potential():
    compiled = lennard_jones(cutoff=2.5, **BINARY)
    assert isinstance(compiled, TruncatedPowers)
    law = _powers_law(((-12.0, 4.0), (-6.0, -4.0)))
    scaled = scaled_potential(law, BINARY["diameters"], BINARY["strengths"], 2.5, "smooth")
    r = np.linspace(0.85, 3.6, 50)
    for a, b in ((0, 0), (1, 0), (1, 1)):
        np.testing.assert_allclose(
            radial_derivatives(scaled, r, a, b),
            radial_derivatives(compiled, r, a, b),
            rtol=1e-11,
            atol=1e-10,
        )


def test_contacts_follow_their_closed_forms_up_to_contact():
    x = np.array([0.7, 0.9999])
    hertz = radial_derivatives(hertzian_contacts(2.0, 3.0), 2 * x)
    np.testing.assert_allclose(hertz[0], 3 * 0.4 * (1 - x) ** 2.5, rtol=1e-11)
    np.testing.assert_allclose(hertz[3], -0.75 * 3 * (1 - x) ** -0.5 / 8, rtol=1e-11)
    harmonic = radial_derivatives(harmonic_contacts(2.0, 3.0), 2 * x)
    np.testing.assert_allclose(harmonic[2], 0.75, rtol=1e-12)
    np.testing.assert_allclose(harmonic[3], 0.0, atol=1e-12)
    assert not radial_derivatives(hertzian_contacts(2.0), [2.0, 2.1]).any()


def test_a_table_converges_to_the_function_that_it_samples():
    r = np.linspace(0.95, 2.3, 200)
    exact = radial_derivatives(lennard_jones(truncation="none"), r)
    errors = [
        np.abs(radial_derivatives(table_of_lennard_jones(k), r) - exact).max(axis=1)
        for k in (201, 401)
    ]
    # phi of a quintic spline converges with the sixth power of the spacing, phi''' with the third.
    assert errors[0][0] / errors[1][0] > 30
    assert errors[0][3] / errors[1][3] > 5
    assert errors[1][3] < 1e-3 * np.abs(exact[3]).max()


def test_a_table_is_not_extrapolated():
    with pytest.raises(OverlapError, match=r"0\.7 apart"):
        radial_derivatives(table_of_lennard_jones(50), 0.7)


@pytest.mark.parametrize("wrong", [1, 2, 3])
def test_a_function_with_a_wrong_derivative_is_refused(wrong):
    def broken(r):
        values = list(buckingham(r))
        values[wrong] = values[wrong] * 1.001
        return values

    # The derivative itself is off, and so is the one after it if it is the reference.
    with pytest.raises(
        InvalidPotentialError, match=f"derivative number {wrong}|number {wrong + 1}"
    ):
        potential_from_function(broken, cutoff=2.0)


def force_shifted(r, cutoff=2.5):
    """Lennard-Jones with energy and force shifted to zero at the cutoff: it ends by itself."""
    energy, slope = 4 * (cutoff**-12 - cutoff**-6), 4 * (-12 * cutoff**-13 + 6 * cutoff**-7)
    return (
        4 * (r**-12 - r**-6) - energy - (r - cutoff) * slope,
        4 * (-12 * r**-13 + 6 * r**-7) - slope,
        4 * (156 * r**-14 - 42 * r**-8),
        4 * (-2184 * r**-15 + 336 * r**-9),
    )


def test_a_law_that_is_given_whole_comes_out_as_given(caplog):
    r = np.linspace(0.85, 2.6, 60)
    given = np.where(r < 2.5, force_shifted(r)[0], 0.0)
    with caplog.at_level("INFO"):
        potential = potential_from_function(force_shifted, cutoff=2.5)
    np.testing.assert_allclose(radial_derivatives(potential, r)[0], given, rtol=1e-14)
    assert not caplog.records  # it ends where it ends: nothing to say
    fine = np.linspace(0.8, 2.5, 800)
    table = potential_from_table(fine, force_shifted(fine)[0])
    np.testing.assert_allclose(radial_derivatives(table, r)[0], given, atol=1e-9)
    # a dense crystal of one layer of neighbours: the energies of the issue differed by a fifth
    glass = lattice(potential, np.zeros(216, int))
    exact = sum(
        float(force_shifted(np.array([d]))[0][0])
        for d in np.sqrt(interactions(glass, potential).squared_distances)
    )
    assert energy(glass, potential) == pytest.approx(exact, rel=1e-12)


def test_what_a_truncation_adds_is_told(caplog):
    with caplog.at_level("INFO"):
        smooth = potential_from_function(force_shifted, 2.5, "smooth")
    (record,) = caplog.records
    words = record.getMessage()
    r = np.array([1.25, 1.875])
    change = radial_derivatives(smooth, r)[0] - force_shifted(r)[0]
    np.testing.assert_allclose(smooth.added(r), change, rtol=1e-10)
    assert f"{change[0]:.4g} at r = 1.25" in words
    assert "c0 + c2 x^2" in words
    caplog.clear()
    with caplog.at_level("INFO"):
        potential_from_function(lambda r: (r**-2.0, -2 * r**-3.0, 6 * r**-4.0, -24 * r**-5.0), 2.0)
    (record,) = caplog.records
    assert "its energy jumps by 0.25 and its force by 0.25" in record.getMessage()


def test_the_polydisperse_model_of_the_docs_is_the_published_one():
    """Ninarello, Berthier, Coslovich, PRX 7, 021039 (2017), Eqs. 1 and 2, cutoff 1.25."""
    edge = 1.25
    c0, c2, c4 = -28 / edge**12, 48 / edge**14, -21 / edge**16
    law = inverse_powers([(-12, 1.0), (0, c0), (2, c2), (4, c4)], cutoff=edge, truncation="none")
    sizes = np.array([0.8, 1.3])
    potential = polydisperse(law, sizes, nonadditivity=0.2)
    s = 0.5 * (0.8 + 1.3) * (1 - 0.2 * 0.5)
    r = np.linspace(0.7, 1.249, 30) * s
    published = (s / r) ** 12 + c0 + c2 * (r / s) ** 2 + c4 * (r / s) ** 4
    found = radial_derivatives(potential, r, 0, 1)
    np.testing.assert_allclose(found[0], published, rtol=1e-11, atol=1e-12)
    at_edge = radial_derivatives(law, [edge * (1 - 1e-12)])[:, 0]
    # energy, force and stiffness end at zero, the third derivative does not
    np.testing.assert_allclose(at_edge[:3], 0.0, atol=1e-9)
    assert abs(at_edge[3]) > 1.0
    # the recipe that stood in the docs made another derivative vanish, and half the energy
    smooth = inverse_powers([(-12, 1.0)], cutoff=edge)
    ratio = radial_derivatives(smooth, [1.1])[0, 0] / radial_derivatives(law, [1.1])[0, 0]
    assert 0.3 < ratio < 0.7


def test_equal_potentials_may_stand_at_both_places():
    a, b = lennard_jones(cutoff=2.0), inverse_powers([(-9, 1.0)], cutoff=1.5)
    again = inverse_powers([(-9, 1.0)], cutoff=1.5)
    potential = potential_by_pair([[a, b], [again, a]])
    one, other = (radial_derivatives(potential, [1.1, 1.3], *k) for k in ((0, 1), (1, 0)))
    np.testing.assert_array_equal(one, other)
    r = np.linspace(0.9, 1.8, 40)
    tables = [potential_from_table(r, r**-6.0) for _ in range(2)]
    potential_by_pair([[a, tables[0]], [tables[1], a]])
    for different in (
        inverse_powers([(-9, 1.0 + 1e-7)], cutoff=1.5),
        inverse_powers([(-9, 1.0)], cutoff=1.6),
        potential_from_table(r, r**-9.0),
    ):
        with pytest.raises(InvalidPotentialError, match=r"\(1, 0\) and \(0, 1\) differ"):
            potential_by_pair([[a, b], [different, a]])


@pytest.mark.parametrize(
    "make",
    [
        lambda: lennard_jones(diameters=[[1.0, 1.1], [1.2, 1.0]]),
        lambda: lennard_jones(diameters=[1.0, 1.1]),
        lambda: lennard_jones(cutoff=-1.0),
        lambda: lennard_jones(truncation="soft"),
        lambda: inverse_powers([]),
        lambda: potential_from_table(np.arange(1, 5), np.ones(4)),
        lambda: potential_from_table(np.arange(10), np.ones(10)),
        lambda: potential_from_function(lambda r: (r, r), cutoff=1.0),
        lambda: polydisperse(lennard_jones(), [1.0, -1.0]),
        lambda: polydisperse(POTENTIALS["bare"], [1.0, 1.1]),
        lambda: potential_by_pair([[lennard_jones(), lennard_jones()]]),
        lambda: potential_by_pair([[lennard_jones()] * 2, [hertzian_contacts()] * 2]),
    ],
)
def test_parameters_that_define_no_potential_are_refused(make):
    with pytest.raises(InvalidPotentialError):
        make()


def lattice(potential, species, edge=7.0, seed=3):
    """27-fold disordered cubic lattice in a periodic box."""
    rng = np.random.default_rng(seed)
    axis = np.arange(6) * edge / 6
    positions = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    return sf.Glass(positions + rng.normal(0, 0.06, positions.shape), species, [edge] * 3)


@pytest.mark.parametrize("case", ["one species", "mixture"])
def test_energy_forces_and_hessian_are_those_of_matscipy(case):
    ase = pytest.importorskip("ase")
    calculators = pytest.importorskip("matscipy.calculators.pair_potential")
    rng = np.random.default_rng(0)
    n_species = 1 if case == "one species" else 2
    s = np.array([[1.0, 1.1], [1.1, 1.2]])[:n_species, :n_species]
    eps = np.array([[1.0, 1.5], [1.5, 0.5]])[:n_species, :n_species]
    cutoff = 2.7 / s  # the same distance for every pair, as in LAMMPS
    potential = lennard_jones(s, eps, cutoff, truncation="none")
    glass = lattice(potential, rng.integers(0, n_species, 216))
    kinds = [18, 36]
    table = {
        (kinds[a], kinds[b]): calculators.LennardJonesCut(eps[a, b], s[a, b], 2.7)
        for a in range(n_species)
        for b in range(n_species)
    }
    atoms = ase.Atoms(
        [kinds[a] for a in glass.species], positions=glass.positions, cell=glass.box, pbc=True
    )
    calculator = calculators.PairPotential(table)
    atoms.calc = calculator
    found = sf.dynamical_matrix(glass, potential).toarray()
    expected = calculator.get_hessian(atoms, "sparse").toarray()
    np.testing.assert_allclose(found, expected, atol=1e-11 * np.abs(expected).max())
    np.testing.assert_allclose(
        forces(glass, potential), atoms.get_forces(), atol=1e-11 * np.abs(expected).max()
    )


def test_third_order_of_a_whole_glass_is_the_derivative_of_its_dynamical_matrix():
    potential = POTENTIALS["odd powers"]
    rng = np.random.default_rng(1)
    glass = lattice(potential, rng.integers(0, 2, 216))
    from softfield.mechanics.derivatives import third_order

    v = rng.normal(size=(216, 3))
    h = 1e-4
    ahead, behind = (
        sf.dynamical_matrix(glass.with_positions(glass.positions + t * v), potential) @ v.ravel()
        for t in (h, -h)
    )
    exact = third_order(interactions(glass, potential), v, v).ravel()
    # (h v)^2 f''''' / f''' is about 1e-8 * 1e3 for these stiff powers
    np.testing.assert_allclose((ahead - behind) / (2 * h), exact, atol=1e-4 * np.abs(exact).max())


def test_two_sizes_are_the_additive_mixture():
    law = lennard_jones(cutoff=1.6)
    kinds = np.random.default_rng(2).integers(0, 2, 216)
    sizes = np.array([1.0, 1.3])
    mixture = lennard_jones((sizes[:, None] + sizes) / 2, cutoff=1.6)
    glass = lattice(mixture, kinds)
    labelled = sf.Glass(glass.positions, np.arange(216), glass.box)
    potential = polydisperse(law, sizes[kinds])
    one, other = interactions(labelled, potential), interactions(glass, mixture)
    np.testing.assert_array_equal(one.pairs, other.pairs)
    for name in ("g0", "g1", "g2", "g3"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9)
    wider = neighbor_pairs(labelled, potential, skin=0.2)
    np.testing.assert_array_equal(wider, neighbor_pairs(glass, mixture, skin=0.2))


@pytest.fixture(scope="module")
def polydisperse_minimum():
    rng = np.random.default_rng(5)
    n = 150
    sizes = rng.uniform(0.8, 1.25, n)
    potential = polydisperse(inverse_powers([(-9, 1.0)], cutoff=1.4), sizes, 0.2)
    start = sf.Glass(rng.random((n, 2)) * np.sqrt(n), np.arange(n), [np.sqrt(n)] * 2)
    return fire(start, potential, 1e-10)[0], potential


def test_the_field_of_a_polydisperse_glass_obeys_the_sum_rule(polydisperse_minimum):
    from softfield.response.fields import local_thermal_energy

    glass, potential = polydisperse_minimum
    field = local_thermal_energy(glass, potential)
    # rounding grows with the condition number, residual forces of 1e-10 with X
    assert field.energy.sum() == pytest.approx(2 * 150 - 2, rel=1e-8)
    assert field.harmonic.sum() == pytest.approx(2 * 150 - 2, rel=1e-8)


def test_descent_of_any_potential_finds_the_minimum_of_the_compiled_one():
    glass, model, _ = reference("2dipl_400")
    rng = np.random.default_rng(4)
    shaken = glass.with_positions(glass.positions + rng.normal(0, 0.01, glass.positions.shape))
    law = _powers_law(((-10.0, 1.0),))
    same = scaled_potential(
        law, model.potential.diameters, model.potential.strengths, 1.48, "smooth"
    )
    relaxed, _, largest = fire(shaken, same, 1e-9)
    assert largest <= 1e-9
    moved = relaxed.positions - glass.positions
    moved -= moved.mean(axis=0)
    # a force of 1e-9 over the softest stiffness, about 1e-2
    np.testing.assert_allclose(moved, 0.0, atol=1e-6)
    assert energy(relaxed, same) == pytest.approx(energy(glass, model.potential), rel=1e-12)


def test_minimize_takes_any_potential():
    glass, model, _ = reference("2dipl_400")
    shaken = glass.with_positions(glass.positions + 0.01 * np.sin(glass.positions))
    law = _powers_law(((-10.0, 1.0),))
    same = scaled_potential(
        law, model.potential.diameters, model.potential.strengths, 1.48, "smooth"
    )
    relaxed = sf.minimize(shaken, same, max_force=1e-11)
    residual = np.linalg.norm(forces(relaxed, same), axis=1).max()
    assert residual <= 1e-11
    assert energy(relaxed, same) == pytest.approx(energy(glass, model.potential), rel=1e-12)


def test_descent_in_a_sheared_box_ends_in_the_minimum_of_the_compiled_one():
    glass, model, _ = reference("2dipl_400")
    law = _powers_law(((-10.0, 1.0),))
    same = scaled_potential(
        law, model.potential.diameters, model.potential.strengths, 1.48, "smooth"
    )
    sheared = glass.sheared(0.01)
    mine, compiled = (sf.minimize(sheared, p, max_force=1e-11) for p in (same, model.potential))
    moved = mine.positions - compiled.positions
    moved -= moved.mean(axis=0)
    np.testing.assert_allclose(moved, 0.0, atol=1e-8)


def test_descent_says_when_its_budget_is_spent():
    glass, model, _ = reference("2dipl_400")
    shaken = glass.with_positions(glass.positions * [1.0, 1.0] + 0.01 * np.sin(glass.positions))
    with pytest.raises(NotConvergedError, match="3 force evaluations"):
        fire(shaken, model.potential, 1e-10, max_evaluations=3)


def test_a_section_of_a_configuration_describes_a_potential(tmp_path):
    r = np.linspace(0.8, 2.5, 100)
    np.savetxt(tmp_path / "phi.txt", np.column_stack([r, r**-9.0]))
    table = potential_from_settings({"kind": "table", "file": "phi.txt"}, tmp_path)
    direct = potential_from_table(r, r**-9.0)
    np.testing.assert_allclose(
        radial_derivatives(table, [1.0, 2.0]), radial_derivatives(direct, [1.0, 2.0]), rtol=1e-9
    )
    harmonic = potential_from_settings({"kind": "harmonic_contacts", "diameters": 1.2})
    assert harmonic.ranges[0, 0] == 1.2


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kind": "morse"},
        {"kind": "lennard_jones", "sigma": 1.0},
        {"kind": "inverse_powers"},
        {"kind": "lennard_jones", "cutoff": "far"},
        {"kind": "table", "file": "missing.txt"},
    ],
)
def test_a_section_that_describes_none_is_refused(settings):
    with pytest.raises(sf.errors.SoftfieldError):
        potential_from_settings(settings)


def test_equal_potentials_are_enough_for_a_pair_of_species():
    def repulsion():
        return inverse_powers([(-12, 1.0)], cutoff=1.5)

    attraction = lennard_jones(cutoff=2.0)
    table = [[attraction, repulsion()], [repulsion(), repulsion()]]
    by_pair = potential_by_pair(table)
    distance = np.linspace(0.8, 1.4, 20)
    expected = sf.radial_derivatives(repulsion(), distance)
    np.testing.assert_array_equal(sf.radial_derivatives(by_pair, distance, 1, 0), expected)
    table[1][0] = inverse_powers([(-12, 1.01)], cutoff=1.5)
    with pytest.raises(InvalidPotentialError, match=r"species \(1, 0\) and \(0, 1\) differ"):
        potential_by_pair(table)


class Own:
    """The model's law as a class of the user's own, with something changed."""

    n_species = 2

    def __init__(self, ranges=None, change=lambda rows: rows):
        self._law = sf.model("2dipl").potential
        self.ranges = self._law.ranges if ranges is None else ranges
        self._change = change

    def derivatives(self, squared_distance, species_i, species_j):
        return self._change(self._law.derivatives(squared_distance, species_i, species_j))


def test_lists_are_tables_too():
    glass, potential = quenched("2dipl")
    own = Own(potential.ranges.tolist(), change=list)
    assert energy(glass, own) == energy(glass, potential)
    for asked in (sf.minimize, sf.without_rattlers, sf.soft_modes, sf.descend, sf.rounded_cutoff):
        asked(own) if asked is sf.rounded_cutoff else asked(glass, own)
    assert not sf.shear(glass, own, n_events=1, max_strain=1e-4)
    assert sf.predict_events(glass, own, max_strain=1e-4) == []
    one = Own([[1.48]])
    one.n_species = 1
    for law in (potential_by_pair([[one, one], [one, one]]), polydisperse(one, np.ones(200))):
        assert np.isfinite(energy(glass, law))
    largest = Own([[potential.ranges.max()]])  # of every pair
    assert energy(sf.minimize(glass, largest), potential) == pytest.approx(energy(glass, potential))


RANGES = sf.model("2dipl").potential.ranges


@pytest.mark.parametrize("ranges", [
    RANGES[:1], RANGES[0], RANGES.max(), np.full((2, 2), np.nan), -RANGES, np.triu(RANGES),
    np.ones((3, 3)), "far",
])  # fmt: skip
def test_ranges_that_are_no_symmetric_table_are_refused(ranges):
    """Compiled loops would read beyond the table, or lose pairs by the order of particles."""
    glass, _ = quenched("2dipl")
    for asked in (sf.energy, sf.local_thermal_energy, sf.minimize):
        with pytest.raises(InvalidPotentialError, match="ranges"):
            asked(glass, Own(ranges))


@pytest.mark.parametrize("change", [
    lambda rows: rows[:3], np.transpose, lambda rows: None, lambda rows: rows + 0j,
    lambda rows: rows * np.array([[np.nan], [1.0], [1.0], [1.0]]),
])  # fmt: skip
def test_derivatives_that_are_no_four_rows_of_numbers_are_refused(change):
    glass, _ = quenched("2dipl")
    with pytest.raises(InvalidPotentialError, match="derivatives"):
        sf.local_thermal_energy(glass, Own(change=change))


@pytest.mark.parametrize("points", [79, 391])
@pytest.mark.parametrize("decimals", [15, 10, 8, 7, 6, 5])
def test_noise_of_a_table_is_told_where_it_changes_the_third_derivative(points, decimals, caplog):
    """Against the third derivative of r^-10, and that of a table with all digits."""
    r = np.linspace(0.7, 1.48, points)
    full = potential_from_table(r, r**-10.0)
    assert not caplog.text
    rounded = potential_from_table(r, np.round(r**-10.0, decimals))
    third = [radial_derivatives(table, r[:-1])[3] for table in (rounded, full)]
    share = np.median(np.abs(third[0] - third[1])) / np.median(1320 * r**-13.0)
    told = re.findall("changes phi''' by ([0-9.e-]+) of its size", caplog.text)
    assert bool(told) == (share > 3e-4)
    if share > 0.1:  # where the spline is nothing but noise, so is its size
        assert float(told[0]) > 0.05
    elif told:
        assert float(told[0]) == pytest.approx(share, rel=0.6)


@pytest.mark.parametrize(("first", "points"), [(0.3, 100), (0.8, 70), (0.8, 200), (0.3, 5000)])
def test_of_tables_with_all_digits_nothing_is_told(first, points, caplog):
    r = np.linspace(first, 2.5, points)
    potential_from_table(r, 4 * (r**-12 - r**-6))
    potential_from_table(r, 0.5 * np.maximum(1.0 - r, 0.0) ** 2)  # beyond its range there is no law
    contact = np.linspace(0.5 * first, 1.0, points)  # phi''' is zero
    potential_from_table(contact, 0.5 * (1.0 - contact) ** 2)
    assert not caplog.text


def test_of_a_table_with_few_points_it_is_told(caplog):
    r = np.linspace(0.8, 2.5, 20)
    potential_from_table(r, 4 * (r**-12 - r**-6))
    assert "too few points" in caplog.text


@pytest.mark.parametrize(("points", "beyond"), [(8, 0), (8, 40)])
def test_of_a_table_with_hardly_a_point_within_its_range_it_is_told(points, beyond, caplog):
    """A law that ends at zero, and zeros beyond it: phi''' is off by 20 % in the median."""
    law = sf.model("2dipl").potential
    r = np.linspace(0.8, 1.48, points)
    energies = radial_derivatives(law, r)[0]
    spacing = r[1] - r[0]
    r = np.append(r, 1.48 + spacing * np.arange(1, beyond + 1))
    potential_from_table(r, np.append(energies, np.zeros(beyond)))
    assert "are 7 within the range: too few points" in caplog.text


ZEROS = np.zeros(20)


@pytest.mark.parametrize("none", [
    potential_from_table(np.linspace(0.5, 3.0, 20), ZEROS),
    potential_from_function(lambda r: np.zeros((4, len(r))), 3.0),
    inverse_powers([(-10, 0.0)], cutoff=3.0), inverse_powers([(-9, 0.0), (-6, 0.0)], cutoff=3.0),
])  # fmt: skip
def test_a_law_that_is_zero_is_no_interaction(none):
    """Its pairs would count as bonds in every mean."""
    assert none.ranges.max() == 0.0
    glass, _ = quenched("2dipl")
    assert len(interactions(glass, potential_by_pair([[none] * 2] * 2)).pairs) == 0
    one = potential_from_function(lambda r: np.array([r**-8, -8 * r**-9, 72 * r**-10,
                                                      -720 * r**-11]), 1.48)  # fmt: skip
    mixed = potential_by_pair([[one, none], [none, one]])
    assert mixed.ranges.tolist() == [[1.48, 0.0], [0.0, 1.48]]


def test_a_law_that_acts_only_nearer_than_it_is_checked_acts():
    def core(r):
        near = np.minimum(r - 0.3, 0.0)
        return np.array([near**4, 4 * near**3, 12 * near**2, 24 * near])

    assert potential_from_function(core, 1.0).ranges.max() == 1.0
