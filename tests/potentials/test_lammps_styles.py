"""Pair styles of LAMMPS scripts, against what LAMMPS computes and against finite differences."""

import json
from functools import cache

import numpy as np
import pytest

import softfield as sf
from oracles import REFERENCE, central_difference
from softfield.errors import InvalidPotentialError, OverlapError
from softfield.mechanics.derivatives import forces
from softfield.mechanics.pairs import interactions
from softfield.potentials.lammps.potential import LammpsContacts, lammps_potential
from softfield.potentials.lammps.styles import STYLES
from softfield.potentials.pair_potential import radial_derivatives

CASES = json.loads((REFERENCE / "pair_styles.json").read_text())
GRAINS = "grains_60.data"


@cache
def glass_of(file):
    glass = sf.read_glass(REFERENCE / file)
    if file == GRAINS:
        return sf.Glass(glass.positions, np.arange(glass.n_particles), glass.box)
    return glass


@pytest.fixture(scope="module")
def potentials(tmp_path_factory):
    """Case -> its potential, read once, from a file with its tables beside it."""
    folder = tmp_path_factory.mktemp("scripts")

    @cache
    def read(name):
        place = folder / name
        place.mkdir()
        for file, text in CASES[name].get("files", {}).items():
            (place / file).write_text(text)
        (place / "in.lammps").write_text(CASES[name]["script"])
        return lammps_potential(place / "in.lammps", data=REFERENCE / CASES[name]["file"])

    return read


@pytest.mark.parametrize("name", CASES)
def test_energy_pressure_and_force_are_those_of_lammps(name, potentials):
    case, potential = CASES[name], potentials(name)
    glass = glass_of(case["file"])
    tail = potential.tail_correction(glass)
    if case["file"] != GRAINS:  # LAMMPS counts no energy for contacts
        energy = sf.energy(glass, potential) + tail.energy
        assert energy == pytest.approx(case["energy"], rel=1e-11)
    pressure = sf.pressure(glass, potential) + tail.pressure
    assert pressure == pytest.approx(case["pressure"], rel=1e-10, abs=1e-10)
    force = forces(glass, potential)
    first = np.array(case["force_on_first"])[: glass.dimension]
    np.testing.assert_allclose(force[0], first, atol=1e-10 * max(1.0, case["rms_force"]))
    rms = np.sqrt((force**2).sum(axis=1).mean())
    assert rms == pytest.approx(case["rms_force"], rel=1e-7, abs=1e-9)
    # a tail that is not zero must not hide in the tolerance
    assert tail.energy == pytest.approx(case.get("tail_energy", 0.0), rel=1e-6, abs=1e-9)
    assert tail.pressure == pytest.approx(case.get("tail_pressure", 0.0), rel=1e-6, abs=1e-9)


def test_every_style_of_the_registry_has_a_reference():
    scripts = " ".join(case["script"] for case in CASES.values())
    missing = [name for name in STYLES if f" {name} " not in scripts.replace("\n", " ")]
    assert missing == ["gran/hertz"]  # the short name of gran/hertz/history


def pairs_with_law(potential):
    """(a, b, range) of every pair of species that interacts."""
    if isinstance(potential, LammpsContacts):
        return [(0, 1, potential.pair_ranges(np.array([0]), np.array([1]))[0])]
    table = potential.ranges
    n = len(table) if len(table) < 4 else 2
    return [(a, b, table[a, b]) for a in range(n) for b in range(a, n) if table[a, b] > 0]


def kinks(script):
    """Distances at which a third derivative jumps by design: inner cutoffs."""
    if "lj/smooth " in script or "lj/gromacs" in script:
        return np.array([1.6, 1.7, 2.2, 1.61, 1.62])
    return np.array([])


ANALYTIC = [n for n in CASES if not n.startswith("table") and n not in ("hybrid_none",)]


@pytest.mark.parametrize("name", ANALYTIC)
def test_each_derivative_is_that_of_the_one_before(name, potentials):
    potential = potentials(name)
    for a, b, reach in pairs_with_law(potential):
        cuts = np.append(potential.ranges.ravel(), kinks(CASES[name]["script"]))
        low = 0.4 if "delta" not in CASES[name]["script"] else 0.5
        r = np.linspace(low * reach, 0.98 * reach, 23)
        step = 2e-4
        r = r[np.abs(r[:, None] - cuts).min(axis=1) > 0.02 + 2 * step]
        exact = radial_derivatives(potential, r, a, b)
        for order in (1, 2, 3):
            found = central_difference(
                lambda h, o=order: radial_derivatives(potential, r + h, a, b)[o - 1],  # noqa: B023
                step,
            )
            # rounding of the fifth-order formula: eps f / h, against a scale of f / r
            scale = np.abs(exact[order]) + np.abs(exact[order - 1]) / r
            assert np.abs(found - exact[order]).max() <= 1e-7 * scale.max(), (a, b, order)
            np.testing.assert_allclose(found, exact[order], rtol=2e-5, atol=2e-7 * scale.max())


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("table")])
def test_derivatives_of_a_table_are_those_of_its_force(name, potentials):
    potential = potentials(name)
    reach = potential.ranges[0, 0]
    # between the points of the spline in r^2 its third derivative does not jump
    spline = "spline" in CASES[name]["script"].splitlines()[0]
    squares = np.linspace(1.0, 0.96 * reach**2, 37) + 1e-3 / 7
    zero = np.zeros(len(squares), int)

    def rows(q):
        return potential.derivatives(q, zero, zero)

    exact, h = rows(squares), 1e-5
    if spline:
        for order in (2, 3):
            found = central_difference(lambda t, o=order: rows(squares + 2 * t)[o - 1], h)
            scale = np.abs(exact[order]).max()
            close = np.abs(found - exact[order]) < 1e-5 * scale
            assert close.sum() >= 35, order  # a knot of the spline may lie in the stencil
    # energy and force are interpolated apart: they agree to the spacing of the table
    slope = central_difference(lambda t: rows(squares + 2 * t)[0], 2e-3)
    limit = 2e-3 if spline else 0.5
    assert np.median(np.abs(slope - exact[1])) < limit * np.abs(exact[1]).max()


def test_a_table_is_close_to_the_law_that_pair_write_sampled(potentials):
    law = lammps_potential(
        "pair_style lj/smooth/linear 2.4\npair_coeff 1 1 1 1\npair_coeff 1 2 1.5 0.8\n"
        "pair_coeff 2 2 0.5 0.88"
    )
    r = np.linspace(0.95, 2.2, 60)
    tolerances = {
        "table_spline": (3e-4, 2e-3, 2e-2, 0.2),
        "table_linear": (1e-2, 3e-2, 2e-2, 0.2),  # phi, phi' on straight lines between the points
    }
    for name, limits in tolerances.items():
        exact = radial_derivatives(law, r)
        found = radial_derivatives(potentials(name), r)
        for order, limit in enumerate(limits):
            worst = np.abs(found[order] - exact[order]).max() / np.abs(exact[order]).max()
            assert worst < limit, (name, order)


#: R from 0.71 to 2.557 in 3 steps ends one bit below 2.557, so that LAMMPS takes no slope from
#: FPRIME there; energies and forces of two particles in LAMMPS (22 Jul 2025).
LAST_BIT = """KEY
FPRIME -80115.7359713 0.390709640481 R 0.71 2.557 N 4

1 0.71 212.532985520707 3855.98456475375
2 1.32566666666667 -0.601193267558685 -2.10645472203735
3 1.94133333333333 -0.0733279501162638 -0.222317419420952
4 2.557 -0.0142599833894725 -0.033340901554181
"""
LAST_BIT_OF_LAMMPS = [
    (0.8411895414769219, -249.64827280787165, -7590.611718078277),
    (1.4102131843805275, -360.5571151048238, -17945.00229538376),
    (1.9328836439052353, 190.8414234725753, 11065.360361201612),
]


def test_the_last_distance_of_a_table_has_the_rounding_of_lammps(tmp_path):
    (tmp_path / "t").write_text(LAST_BIT)
    script = "pair_style table spline 4\npair_coeff 1 1 t KEY"
    potential = lammps_potential(script, folder=tmp_path)
    for r, energy, force in LAST_BIT_OF_LAMMPS:
        found = radial_derivatives(potential, np.array([r]))
        assert found[0, 0] == pytest.approx(energy, rel=1e-11)
        assert -found[1, 0] == pytest.approx(force, rel=1e-11)


def test_the_bins_of_bits_begin_where_lammps_has_them(tmp_path):
    """0.7071067811865476^2 is above 0.5, in double precision only: its bin is not used."""
    r = np.linspace(0.7071067811865476, 2.5, 30)
    rows = "".join(f"{k} {x!r} {1 / x} {1 / x**2}\n" for k, x in enumerate(r.tolist(), 1))
    (tmp_path / "t").write_text(f"K\nN 30\n\n{rows}")
    script = "pair_style table bitmap 8\npair_coeff 1 1 t K"
    potential = lammps_potential(script, folder=tmp_path)
    with pytest.raises(OverlapError):  # LAMMPS: Pair distance < table inner cutoff, dist 0.7072
        radial_derivatives(potential, np.array([0.7072]))


def test_a_pair_closer_than_the_table_is_refused_as_lammps_does(potentials):
    with pytest.raises(OverlapError, match=r"0\.65 apart.*line 2.*0\.7"):
        radial_derivatives(potentials("table_spline"), 0.65)
    with pytest.raises(OverlapError):
        radial_derivatives(potentials("table_bitmap"), 0.6)


def test_the_field_of_a_truncated_law_is_that_of_the_same_law_built_here():
    glass = glass_of("ka2d_glass.data")
    s, eps = np.array([[1.0, 0.8], [0.8, 0.88]]), [[1.0, 1.5], [1.5, 0.5]]
    ours = sf.lennard_jones(s, eps, cutoff=[[2.5, 2.5], [2.5, 2.5]], truncation="shifted")
    theirs = lammps_potential(CASES["variables_and_continuation"]["script"])
    np.testing.assert_allclose(theirs.ranges, ours.ranges, rtol=1e-14)
    one = sf.local_thermal_energy(glass, theirs)
    other = sf.local_thermal_energy(glass, ours)
    np.testing.assert_allclose(one.energy, other.energy, rtol=1e-8, atol=1e-8)
    assert abs(one.sum_rule_error) < 1e-8


@pytest.mark.parametrize(("style", "coefficients"), [
    ("hybrid/overlay lj/cut 2 lj/cut 3", "lj/cut 2 0 1"),
    ("hybrid/overlay lj/cut 2 lj/cut 3", "lj/cut 2 1 0"),
    ("hybrid/overlay lj/cut 2 mie/cut 3", "mie/cut 1 0 12 6"),
    ("hybrid/overlay lj/cut 2 zero 3", "zero"),
    ("hybrid/scaled 1.0 lj/cut 2 0.0 lj/cut 3", "lj/cut 2 1 1"),
    ("hybrid/overlay lj/cut 2 table linear 100", "table zero.table Z"),
    ("hybrid/overlay lj/cut 2 table spline 100", "table zero.table Z 2.5"),
    ("hybrid/scaled 1.0 lj/cut 2 -0.5 mie/cut 3 0.1 mie/cut 3 0.4 mie/cut 3",
     "mie/cut 1 1 1 12 6\npair_coeff * * mie/cut 2 1 1 12 6\npair_coeff * * mie/cut 3 1 1 12 6"),
    ("hybrid/scaled 1.0 lj/cut 2 1.0 table linear 100 -1.0 table linear 100",
     "table 1 zero.table P\npair_coeff * * table 2 zero.table P"),
])  # fmt: skip
def test_a_law_that_is_zero_is_no_interaction(style, coefficients, tmp_path):
    """Its pairs would count as bonds in every mean."""
    rows = [(k, 0.5 + 0.1 * k) for k in range(1, 26)]
    (tmp_path / "zero.table").write_text(
        "\n\nZ\nN 25\n\n" + "\n".join(f"{k} {r:g} 0 0" for k, r in rows)
        + "\n\nP\nN 25\n\n" + "\n".join(f"{k} {r:g} {r**-6:g} {6 * r**-7:g}" for k, r in rows)
    )  # fmt: skip
    first = "lj/cut 1" if style.count("lj/cut") == 2 else "lj/cut"
    script = f"pair_style {style}\npair_coeff * * {first} 1 1\npair_coeff * * {coefficients}\n"
    assert lammps_potential(script, n_types=1, folder=tmp_path).ranges.max() == 2.0


def test_laws_that_cancel_in_part_act_and_a_narrow_table_too(tmp_path):
    script = "pair_style hybrid/scaled 1.0 lj/cut 3 -1.0 lj/cut 3\n"
    script += "pair_coeff * * lj/cut 1 1 1\npair_coeff * * lj/cut 2 1 1.01\n"
    assert lammps_potential(script, n_types=1).ranges.max() == 3.0
    rows = [f"{k} {0.1 * k:g} {int(k == 12)} 0" for k in range(1, 31)]
    (tmp_path / "a.table").write_text("\n\nA\nN 30\n\n" + "\n".join(rows))
    table = "pair_style table linear 1000\npair_coeff * * a.table A\n"
    assert lammps_potential(table, n_types=1, folder=tmp_path).ranges.max() == pytest.approx(3.0)


def test_grains_of_one_size_per_type_keep_their_types():
    script = "pair_style gran/hertz 100.0 NULL 0 NULL 0 0\npair_coeff * *\n"
    potential = lammps_potential(script, n_types=2, diameters=[1.0, 1.4])
    np.testing.assert_allclose(potential.ranges, [[1.0, 1.2], [1.2, 1.4]])
    announced = "region r block 0 1 0 1 0 1\ncreate_box 3 r\n" + script  # a type without particles
    more = lammps_potential(announced, n_types=2, diameters=[1.0, 1.4])
    np.testing.assert_array_equal(more.ranges[:2, :2], potential.ranges)
    small = lammps_potential(announced, n_types=2, diameters=[1e-3, 1.4e-3])
    assert small.ranges.max() == 1.4e-3
    kn, reduced, overlap = 100.0, 0.5 * 0.7 / 1.2, 0.1
    phi = radial_derivatives(potential, 1.1, 0, 1)[:, 0]
    assert phi[0] == pytest.approx(0.4 * kn * reduced**0.5 * overlap**2.5, rel=1e-12)
    assert phi[1] == pytest.approx(-kn * reduced**0.5 * overlap**1.5, rel=1e-12)
    assert any("damping" in note for note in potential.notes)


def test_grains_of_many_sizes_are_species_of_their_own(potentials):
    potential = potentials("gran_hertz_history")
    assert isinstance(potential, LammpsContacts)
    assert potential.n_species == 60
    glass = glass_of(GRAINS)
    found = interactions(glass, potential)
    reach = potential.pair_ranges(*found.pairs.T)
    assert (np.sqrt(found.squared_distances) < reach).all()
    with pytest.raises(InvalidPotentialError, match="diameters"):
        lammps_potential(CASES["gran_hooke"]["script"])


@pytest.mark.parametrize(
    ("style", "commands"),
    [
        ("gran/hooke", "pair_coeff * *\nneigh_modify exclude type 1 2"),
        ("hybrid gran/hooke", "pair_coeff * * gran/hooke\npair_coeff 1 2 none"),
    ],
)
def test_grains_of_many_sizes_and_types_that_do_not_touch_are_refused(style, commands):
    script = f"pair_style {style} 100 NULL 0 0 0 0\n{commands}\n"
    with pytest.raises(InvalidPotentialError, match="types 1 and 2 do not interact"):
        lammps_potential(script, n_types=2, diameters=[1.0, 1.1, 1.2])
    of_types = lammps_potential(script, n_types=2, diameters=[1.0, 1.1])
    np.testing.assert_array_equal(of_types.ranges, [[1.0, 0.0], [0.0, 1.1]])


def test_species_without_interaction_have_no_range():
    potential = lammps_potential(
        "pair_style lj/cut 2.5\npair_coeff 1 1 1 1\npair_coeff 1 2 0 1\npair_coeff 2 2 1 1\n"
    )
    np.testing.assert_array_equal(potential.ranges, [[2.5, 0.0], [0.0, 2.5]])
    with pytest.raises(InvalidPotentialError, match="no pair of types interacts"):
        lammps_potential("pair_style lj/cut 2.5\npair_coeff * * 0 1\n")


def test_a_tail_correction_counts_types_that_are_switched_off():
    """LAMMPS of 22 July 2025: PotEng falls by the same, with and without ``exclude``."""
    glass = sf.Glass([[1, 1, 1], [4, 4, 4]], [0, 1], [9, 9, 9])
    law = "pair_style lj/cut 2.5\npair_modify tail yes\npair_coeff * * 1 1\n"
    potential = lammps_potential(law + "neigh_modify exclude type 1 2\n", n_types=2)
    whole = lammps_potential(law, n_types=2)
    assert potential.ranges[0, 1] == 0.0
    assert potential.tail_correction(glass) == whole.tail_correction(glass)


@pytest.mark.parametrize(
    ("commands", "counted"),
    [
        ("pair_modify pair lj/cut tail yes", {(0, 0), (1, 1)}),
        ("pair_modify tail yes", {(0, 0), (0, 1), (1, 1)}),
        ("pair_modify tail yes\npair_modify pair lj96/cut tail no", set()),
        ("pair_modify pair lj/cut tail yes\npair_modify pair lj96/cut tail no", set()),
        ("pair_modify tail no\npair_modify pair lj96/cut tail yes", {(0, 1)}),
    ],
)
def test_a_hybrid_style_counts_tails_only_while_the_last_word_was_yes(commands, counted):
    """PotEng of LAMMPS (22 July 2025) is so; the tails of 6-12 and 6-9 by hand."""
    glass = sf.Glass([[1, 1, 1], [4, 4, 4], [4, 4, 7]], [0, 1, 1], [9, 9, 9])
    potential = lammps_potential(
        "pair_style hybrid lj/cut 2.5 lj96/cut 2.5\npair_coeff * * lj/cut 1 1\n"
        f"pair_coeff 1 2 lj96/cut 1 1\n{commands}\n",
        n_types=2,
    )
    lj = 4 * (2.5**-9 / 9 - 2.5**-3 / 3)  # int_rc 4 (r^-12 - r^-6) r^2 dr
    lj96 = 4 * (2.5**-6 / 6 - 2.5**-3 / 3)  # int_rc 4 (r^-9 - r^-6) r^2 dr
    ordered = {(0, 0): lj, (0, 1): 2 * 2 * lj96, (1, 1): 4 * lj}  # N_a N_b, both orders
    expected = 2 * np.pi / 9**3 * sum(ordered[pair] for pair in counted)
    assert potential.tail_correction(glass).energy == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_style_with_another_suffix_starts_anew():
    """It has no shift (LAMMPS of 22 July 2025: PotEng of the plain law)."""
    law = "pair_style lj/cut 2.5\npair_coeff * * 1 1\n"
    plain = radial_derivatives(lammps_potential(law), [1.5])[0, 0]
    shifted = "pair_modify shift yes\n"
    kept = lammps_potential(law + shifted + law)
    anew = lammps_potential(law + shifted + law.replace("lj/cut", "lj/cut/opt"))
    assert radial_derivatives(anew, [1.5])[0, 0] == plain == 4 * (1.5**-12 - 1.5**-6)
    cut = 4 * (2.5**-12 - 2.5**-6)
    assert radial_derivatives(kept, [1.5])[0, 0] == pytest.approx(plain - cut, rel=1e-12)


def test_a_tail_correction_is_for_three_dimensions():
    potential = lammps_potential("pair_style lj/cut 2.5\npair_modify tail yes\npair_coeff * * 1 1")
    with pytest.raises(InvalidPotentialError, match="2D"):
        potential.tail_correction(glass_of("ka2d_glass.data"))
