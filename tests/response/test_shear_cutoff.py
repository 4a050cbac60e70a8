"""Shear of glasses whose force or stiffness jumps at the cutoff: LAMMPS, reversal, corners."""

from functools import cache

import numpy as np
import pytest

import softfield as sf
from oracles import REFERENCE, LoweredWithinRange, quenched
from softfield.errors import NotConvergedError
from softfield.mechanics.directions import direction_tensor
from softfield.potentials.cutoffs import continuous_energy, cutoff_jumps, rounded_cutoff
from softfield.response.contacts import ContactBranch
from softfield.response.continuation import Continuation
from softfield.response.shear import shear_path

KOB_ANDERSEN = {"diameters": [[1.0, 0.8], [0.8, 0.88]], "strengths": [[1.0, 1.5], [1.5, 0.5]]}
LJ_CUT = """pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff 1 1 1.0 1.0 2.5
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2
"""


@cache
def lammps_glass(name):
    """(glass, events of LAMMPS, strain at its end); see make_cutoff_reference.py."""
    archive = np.load(REFERENCE / "ka2d_shear.npz")
    glass = sf.Glass(*(archive[f"{name}_{key}"] for key in ("positions", "species", "box")))
    return glass, archive[f"{name}_events"], archive[f"{name}_strain"][1]


@cache
def lammps_path(name, step=5e-4):
    glass, _, end = lammps_glass(name)
    potential = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    return shear_path(glass, potential, 30, end, settings=Continuation(contact_step=step))


@cache
def packing(law, fraction, seed=0, n=100, dimension=2):
    """(glass, potential): particles in contact, jammed from a random start."""
    rng = np.random.default_rng(seed)
    species = np.arange(n) % 2
    ball = {2: np.pi / 4, 3: np.pi / 6}[dimension]
    volume = n / 2 * ball * (1.0 + 1.4**dimension)
    box = np.full(dimension, (volume / fraction) ** (1 / dimension))
    potential = law([[1.0, 1.2], [1.2, 1.4]])
    start = sf.Glass(rng.random((n, dimension)) * box, species, box)
    glass, _ = sf.without_rattlers(sf.descend(start, potential, 1e-6).glass, potential)
    return sf.minimize(glass, potential), potential


def overlay(inner, outer):
    """A script in which one law of a pair ends before the other."""
    names = " ".join(f"{law.split()[0]} {cuts}" for law, cuts in (inner, outer))
    coefficients = (f"pair_coeff * * {law} {cuts}" for law, cuts in (inner, outer))
    text = "\n".join([f"pair_style hybrid/overlay {names}", *coefficients])
    return sf.lammps_potential(text, n_types=1)


#: A law that jumps at 1.5, and repels more inside than out at 1.35, within one to 2.4.
WITHIN = ("lj/gromacs 1.0 1.0", "1.8 2.4")
JUMPS = {"pulled": ("lj/cut 0.3 1.0", "1.5"), "pushed": ("gauss -0.3 1.0", "1.35")}


# --- what a potential says of its cutoff ----------------------------------------------------


def test_jumps_are_those_of_the_formula_at_the_cutoff():
    """phi' of Lennard-Jones at 2.5 by hand; eps / s of the strongest pair scales it."""
    slope = 24 * (2.5**-7 - 2 * 2.5**-13)
    found = cutoff_jumps(sf.lennard_jones(**KOB_ANDERSEN, truncation="none"))
    assert found.force == pytest.approx(1.5 / 0.8 * slope, rel=1e-9)
    assert not found.smooth
    assert not found.repulsive
    inverse = sf.inverse_powers([(-10, 1.0)], cutoff=1.48, truncation="shifted")
    assert cutoff_jumps(inverse).repulsive
    assert cutoff_jumps(inverse).force == pytest.approx(10 * 1.48**-11, rel=1e-9)
    contacts = cutoff_jumps(sf.harmonic_contacts(2.0, 3.0))
    assert contacts.force == 0
    assert contacts.stiffness == pytest.approx(3.0 / 2.0**2, rel=1e-9)


def test_other_ways_to_say_the_same_law_jump_alike():
    """LAMMPS scripts, mixtures, sizes and tables: the jump is the law's."""
    pair = sf.lennard_jones(truncation="shifted")
    expected = cutoff_jumps(pair).force
    mixture = sf.potential_by_pair([[pair, pair], [pair, pair]])
    sizes = sf.polydisperse(pair, np.full(5, 1.0))
    r = np.linspace(0.8, 2.5, 400)
    table = sf.potential_from_table(r, 4 * (r**-12 - r**-6) - 4 * (2.5**-12 - 2.5**-6))
    for other in (mixture, sizes):
        assert cutoff_jumps(other).force == pytest.approx(expected, rel=1e-12)
    # A quintic spline of 400 points is good to 1e-6 in its slope at the end.
    assert cutoff_jumps(table).force == pytest.approx(expected, rel=1e-4)
    script = cutoff_jumps(sf.lammps_potential(LJ_CUT))
    same = cutoff_jumps(sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted"))
    assert script.force == pytest.approx(same.force, rel=1e-9)


@pytest.mark.parametrize("name", ["2dipl", "3dipl", "3dkablj"])
def test_models_are_smooth(name):
    assert cutoff_jumps(sf.model(name).potential).smooth


def test_hertzian_contacts_and_smooth_mixtures_are_smooth():
    assert cutoff_jumps(sf.hertzian_contacts([[1.0, 1.2], [1.2, 1.4]])).smooth
    smooth = sf.inverse_powers([(-12, 1.0)], truncation="smooth")
    assert cutoff_jumps(sf.polydisperse(smooth, np.linspace(0.7, 1.5, 7))).smooth
    assert cutoff_jumps(sf.lammps_potential("pair_style lj/smooth 2.0 2.5\npair_coeff 1 1 1 1"))


# --- against LAMMPS ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["11", "12"])
def test_events_are_those_of_lammps(name):
    """Every step of LAMMPS in which a particle moves by more than 0.05 holds one event of ours.

    Two of the eight moved less than the 0.15 that tells an event from any contact change. Within a
    step the stress also changes elastically, 1e-4 times a modulus of some 20, more near an
    instability.
    """
    glass, rows, _ = lammps_glass(name)
    path = lammps_path(name)
    assert path.reason == "max_strain"
    assert len(path.events) == len(rows)
    for event, row in zip(path.events, rows, strict=True):
        before, after, _, stress_drop, energy_drop, *_ = row
        assert before <= event.strain - 0.5 * event.strain_bracket
        assert event.strain + 0.5 * event.strain_bracket <= after
        assert event.stress_drop == pytest.approx(stress_drop, abs=5e-3)
        assert event.strain_bracket <= 1e-7
        # Where in the step the stress falls is not known to LAMMPS, so its work is not either.
        unknown = abs(stress_drop) * glass.volume * (after - before)
        assert event.energy_drop == pytest.approx(energy_drop, abs=unknown + 1e-3)


@pytest.mark.slow
def test_strains_of_events_do_not_depend_on_the_steps():
    """To 1e-6, with steps of strain five times shorter, in which contacts change one by one."""
    events, fine = lammps_path("11").events, lammps_path("11", 1e-4).events
    assert len(events) == len(fine) == 2
    for one, other in zip(events, fine, strict=True):
        assert one.strain == pytest.approx(other.strain, abs=1e-6)
        assert one.particle == other.particle


@pytest.mark.slow
def test_energy_of_every_minimum_is_the_energy_of_the_glass():
    path = lammps_path("11")
    potential = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    assert path.energy[-1] == pytest.approx(sf.energy(path.glass, potential), rel=1e-12)
    assert np.abs(sf.forces(path.glass, potential)).max() < 1e-9


# --- contact changes ---------------------------------------------------------------------------


def there_and_back(glass, potential, strain):
    """(path there, largest displacement that is left after the way back, 3e-3 beyond, and to 0)."""
    forth = shear_path(glass, potential, 9, strain)
    rest = forth.glass
    for target in (-3e-3, 0.0):
        rest = shear_path(rest, potential, 9, target).glass
    moved = rest.positions - glass.positions
    return forth, np.linalg.norm(moved - moved.mean(axis=0), axis=1).max()


@pytest.mark.slow
def test_contact_changes_are_undone_when_the_strain_is_reversed_and_events_are_not():
    """To just before the first event of glass 12 and back, and to just behind it and back.

    A pair comes back later than it went, by what the jump of its force moved it; some have not yet
    at the start. What is left before the event is therefore less than contact changes can do to
    one particle, and behind it what the event did.
    """
    glass, rows, _ = lammps_glass("12")
    potential = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    before, after, moved = rows[0, :3]
    forth, left = there_and_back(glass, potential, before - 1e-3)
    assert not forth.events
    assert len(forth.contact_changes) > 20
    assert left < 2 * max(change.displacement for change in forth.contact_changes) < 0.03
    forth, left = there_and_back(glass, potential, after)
    assert len(forth.events) == 1
    assert left > 0.5 * moved


def test_contact_changes_are_the_pairs_that_crossed():
    glass, _, _ = lammps_glass("12")
    potential = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    path = shear_path(glass, potential, 1, 5e-3)

    def pairs(state):
        return {(int(i), int(j)) for i, j in sf.interactions(state, potential).pairs}

    now = pairs(glass)
    for change in path.contact_changes:
        assert (change.pair in now) != change.closed
        now ^= {change.pair}
        assert 0 <= change.strain <= 5e-3
        assert change.displacement < 0.05
    assert now == pairs(path.glass)
    assert len(path.contact_changes) > 5


def test_a_contact_change_does_not_come_before_the_one_that_caused_it():
    """A pair that closes can open others in the same step: strains increase along the list."""
    glass, _, _ = lammps_glass("11")
    potential = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    changes = shear_path(glass, potential, 1, 1.25e-2).contact_changes
    assert len(changes) > 20
    assert (np.diff([change.strain for change in changes]) >= 0).all()


@pytest.mark.parametrize("truncation", ["shifted", "none"])
def test_a_shift_of_the_energy_changes_nothing(truncation):
    """`lj/cut` with and without `pair_modify shift yes` has the same forces."""
    glass, rows, _ = lammps_glass("12")
    path = shear_path(glass, sf.lennard_jones(**KOB_ANDERSEN, truncation=truncation), 1, 2e-2)
    (event,) = path.events
    before, after, _, stress_drop, energy_drop, *_ = rows[0]
    assert before < event.strain < after
    unknown = stress_drop * glass.volume * (after - before)
    assert event.energy_drop == pytest.approx(energy_drop, abs=unknown + 1e-3)


def test_held_contacts_make_the_force_continuous_across_the_cutoff():
    """One pair, pulled over its cutoff: forces are those of the law's Taylor series beyond it."""
    potential = sf.lennard_jones(truncation="shifted")
    box = np.full(2, 12.0)
    places = np.array([[1.0, 1.0], [3.4, 1.0], [1.0, 3.0], [3.4, 3.0]])
    glass = sf.Glass(places, np.zeros(4, int), box)
    branch = ContactBranch(potential, direction_tensor("xy", 2), 1e-10, 0.5)
    branch.hold(glass, 0.0)

    def slope(distance):
        moved = np.array(places)
        moved[1, 0] = places[0, 0] + distance
        moved = glass.with_positions(moved)
        found = branch.interactions(moved, 0.0)
        (row,) = np.flatnonzero((found.pairs == [0, 1]).all(axis=1))
        return found.g1[row] * distance

    exact = [24 * (r**-7 - 2 * r**-13) for r in (2.5, 2.51)]
    assert slope(2.5 - 1e-9) == pytest.approx(exact[0], rel=1e-7)
    assert slope(2.5 + 1e-9) == pytest.approx(exact[0], rel=1e-7)
    # The series stops after the third derivative: (0.025)^3 / 6 of a fourth one of order 1.
    assert slope(2.51) == pytest.approx(exact[1], abs=1e-5)


# --- several cutoffs for a pair ------------------------------------------------------------------


@pytest.mark.parametrize("name", JUMPS)
def test_jumps_inside_of_the_range_are_those_of_the_law_that_ends_there(name):
    """Whether it is one of a script, a mixture or particles with sizes."""
    (style, values), cut = JUMPS[name][0].split(maxsplit=1), JUMPS[name][1]
    alone = cutoff_jumps(
        sf.lammps_potential(f"pair_style {style} {cut}\npair_coeff * * {values}", n_types=1)
    )
    potential = overlay(JUMPS[name], WITHIN)
    assert alone.force > 0.1
    for same in (potential, sf.potential_by_pair([[potential]])):
        assert cutoff_jumps(same).force == alone.force
        assert cutoff_jumps(same).repulsive == alone.repulsive == (name == "pushed")
    sizes = sf.polydisperse(potential, [2.0, 2.0])
    assert cutoff_jumps(sizes).force == pytest.approx(alone.force / 2.0, rel=1e-12)
    assert cutoff_jumps(overlay(("lj/smooth 1.0 1.0", "1.2 1.5"), WITHIN)).smooth


def test_a_law_that_repels_where_it_ends_inside_of_another_is_rounded_there():
    potential = overlay(JUMPS["pushed"], WITHIN)
    law = rounded_cutoff(potential)
    r = 1.35 * np.array([1 - 2e-4, 1 - 1e-12, 1 + 1e-12])
    phi, rounded = (sf.radial_derivatives(p, r) for p in (potential, law))
    assert rounded[1, 0] == phi[1, 0]
    assert phi[1, 2] - phi[1, 1] > 0.1
    # phi' is that of the outer law on both sides: the rest of the other is (1e-8)^3 of it
    np.testing.assert_allclose(rounded[1, 1:], phi[1, 2], rtol=1e-10)


def test_a_jump_at_an_inner_cutoff_is_the_jump_of_the_law_alone():
    """lj/cut within a law of no strength is lj/cut: the same pairs cross at the same strains."""
    glass, _, _ = lammps_glass("12")
    lines = [(1, 1, 1.0, 1.0, 2.5), (1, 2, 1.5, 0.8, 2.0), (2, 2, 0.5, 0.88, 2.2)]
    text = "pair_style hybrid/overlay lj/cut 2.5 lj/gromacs 2.6 2.8\n" + "".join(
        f"pair_coeff {i} {j} lj/cut {e} {s} {cut}\npair_coeff {i} {j} lj/gromacs 1e-12 {s}\n"
        for i, j, e, s, cut in lines
    )
    alone = sf.lennard_jones(**KOB_ANDERSEN, truncation="shifted")
    one, other = (shear_path(glass, p, 1, 1e-3) for p in (alone, sf.lammps_potential(text)))
    assert one.reason == other.reason == "max_strain"
    assert len(one.contact_changes) == 5
    others = [c for c in other.contact_changes if c.displacement > 1e-6]  # outer ones move nothing
    for change, same in zip(one.contact_changes, others, strict=True):
        assert (same.pair, same.closed) == (change.pair, change.closed)
        assert same.strain == pytest.approx(change.strain, abs=1e-9)
        assert same.displacement == pytest.approx(change.displacement, abs=1e-9)

    before, after = (
        shear_path(glass, sf.lammps_potential(text), 1, end).glass for end in (5.8e-4, 5.9e-4)
    )
    descended = sf.descend(before.sheared(1e-5), alone, 1e-9).glass  # a pair crosses at 5.86e-4
    np.testing.assert_allclose(descended.positions, after.positions, atol=1e-7)


@pytest.mark.slow
def test_a_pair_that_snaps_in_at_an_inner_cutoff_is_no_event_and_moves_as_fixed_steps_do():
    """One pair comes in; a particle moves by 0.006, and the energy falls by 0.1."""
    rng, box = np.random.default_rng(0), np.full(2, (64 / 0.92) ** 0.5)
    potential = overlay(JUMPS["pulled"], WITHIN)
    start = sf.Glass(rng.random((64, 2)) * box, np.zeros(64, int), box)
    glass = shear_path(sf.minimize(start, potential), potential, 1, 8.7e-3).glass
    path = shear_path(glass, potential, 1, 8.8e-3)
    descended = sf.descend(glass.sheared(1e-4), potential, 1e-9).glass
    assert sf.energy(glass, potential) - sf.energy(descended, potential) > 0.09
    assert path.events == []
    (change,) = path.contact_changes
    assert 5e-3 < change.displacement < 8e-3
    np.testing.assert_allclose(path.glass.positions, descended.positions, atol=1e-7)


# --- contacts ----------------------------------------------------------------------------------


def fixed_step_event(glass, potential, step, max_strain):
    """(before, after) of the first step in which a particle jumps by 0.03, by descent alone."""
    state = glass
    while state.strain < max_strain:
        affine = state.sheared(step)
        following = sf.descend(affine, potential, 1e-8).glass
        moved = affine.positions - following.positions
        if np.abs(moved - moved.mean(axis=0)).max() > 0.03:
            return state.strain, following.strain
        state = following
    raise AssertionError("no event up to the largest strain")


@pytest.mark.slow
@pytest.mark.parametrize("law", [sf.harmonic_contacts, sf.hertzian_contacts])
@pytest.mark.parametrize("seed", [0, 1])
def test_packings_are_followed_and_their_large_event_is_that_of_fixed_steps(law, seed):
    glass, potential = packing(law, 0.95, seed)
    before, after = fixed_step_event(glass, potential, 2e-4, 0.3)
    path = shear_path(glass, potential, 50, after)
    assert path.reason == "max_strain"
    assert before <= path.events[-1].strain <= after


@pytest.mark.parametrize("start", [2.87e-3, 4.14e-3, 1.017e-2])
def test_small_events_of_contacts_are_those_of_fixed_steps(start):
    """Falls of the energy by 1.5e-6 to 3e-5 of 0.18, where contacts change within one step.

    Steps of 1e-5 move no particle by more than 1e-3 elastically there; an event moves one by more
    than 5e-3, a tenth of the push. Such steps from 0 to 1.05e-2 find these three alone; pushed by
    5e-2, the first one leapt over the second.
    """
    glass, potential = packing(sf.harmonic_contacts, 0.75, seed=1, n=64, dimension=3)
    state, step = shear_path(glass, potential, 5, start).glass, 1e-5
    jumps = []
    while state.strain < start + 5e-5:
        affine = state.sheared(step)
        following = sf.descend(affine, potential, 1e-8).glass
        moved = following.positions - affine.positions
        if np.linalg.norm(moved - moved.mean(axis=0), axis=1).max() > 5e-3:
            jumps.append((state.strain, following.strain))
        state = following
    events = [event.strain for event in shear_path(glass, potential, 5, 1.025e-2).events]
    assert len(events) == 3
    ((before, after),) = jumps
    assert sum(before <= event <= after for event in events) == 1


def test_a_step_that_ends_in_a_higher_minimum_is_not_taken():
    """A polydisperse packing whose first event moves a particle by 0.02, at 0.004333.

    Once a step of 6e-4 ended in another minimum, 3e-7 above the branch, and the event was missed.
    """
    with np.load(REFERENCE / "hertz_144.npz") as kept:
        start = sf.Glass(kept["positions"][:, ::-1], np.arange(144), kept["box"])
        potential = sf.polydisperse(sf.hertzian_contacts(), kept["sizes"])
    tensor = direction_tensor("xy", 2)
    state = sf.minimize(start, potential)
    (event,) = sf.shear(state, potential, 1, 0.3)

    def along(glass):
        slope = glass.volume * (tensor * sf.stress(glass, potential)).sum()
        return sf.energy(glass, potential), slope

    step, strain, missing = 2e-5, 0.0, 0.0
    energy, slope = along(state)
    # the trapezoid misses some 1e-10 of the work of a step, the drop is 8e-7
    while missing < 1e-7:
        state = sf.minimize(state.deformed(tensor, step), potential)
        before, slope_before = energy, slope
        energy, slope = along(state)
        missing = before + 0.5 * step * (slope_before + slope) - energy
        strain += step
        assert strain < 0.01
    assert strain - step - 1e-9 <= event.strain <= strain + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("law", [sf.harmonic_contacts, sf.hertzian_contacts])
@pytest.mark.parametrize("seed", range(3))
def test_packings_near_jamming_are_followed_though_particles_come_loose(law, seed):
    glass, potential = packing(law, 0.88, seed, n=100)
    path = shear_path(glass, potential, 3, 0.1)
    assert path.complete, path.reason
    assert path.energy[-1] == pytest.approx(sf.energy(path.glass, potential), rel=1e-6)


# --- smooth potentials, and corners --------------------------------------------------------------


def test_smooth_glasses_are_followed_as_one_curve_without_contact_changes():
    glass, potential = quenched("2dipl")
    path = shear_path(glass, potential, 2, 0.3)
    assert path.contact_changes == []
    for event in path.events:
        assert event.strain_bracket < 1e-6
    assert rounded_cutoff(potential) is potential


@pytest.fixture(scope="module")
def cornered():
    """(glass, potential, rounded law): an inverse power law that is cut off while it repels."""
    glass, _ = quenched("2dipl")
    tables = {"diameters": [[1.0, 1.18], [1.18, 1.4]], "strengths": np.ones((2, 2))}
    potential = sf.inverse_powers([(-10, 1.0)], **tables, cutoff=1.48, truncation="shifted")
    law = rounded_cutoff(potential)
    return sf.minimize(glass, law), potential, law


def test_a_rounded_law_has_the_derivatives_of_its_energy(cornered):
    """Differences across the layer; phi''' / (w r)^2 times the step squared is left."""
    _, _, law = cornered
    kinds = np.zeros(2001, dtype=np.int32)
    r = 1.48 * np.linspace(1 - 1.5e-4, 1 + 1e-5, 2001)
    rows, h = law.derivatives(r**2, kinds, kinds), r**2 / 2
    for order in range(3):
        middle = 0.5 * (rows[order + 1][1:] + rows[order + 1][:-1])
        error = np.abs(np.diff(rows[order]) / np.diff(h) - middle).max()
        assert error < 2e-3 * np.abs(middle).max()
    assert (rows[:, r > 1.48] == 0).all()


def test_a_rounded_law_is_the_law_itself_inside(cornered):
    _, potential, law = cornered
    kinds = np.zeros(50, dtype=np.int32)
    r = np.linspace(0.9, 1.47, 50)
    one, other = (p.derivatives(r**2, kinds, kinds) for p in (potential, law))
    np.testing.assert_array_equal(one[1:], other[1:])
    # The energy that the layer took away: its force times half its width.
    assert np.abs(one[0] - other[0]).max() < 0.134 * 1.48e-4


def on_the_cutoff(glass, law):
    """Forces of pairs in the layer of a rounded law, and those that the law has at the cutoff."""
    found = sf.interactions(glass, law)
    r = np.sqrt(found.squared_distances)
    reach = law.pair_ranges(*glass.species[found.pairs].T)
    layer = r > (1 - 1e-4) * reach
    return -found.g1[layer] * r[layer], 10 * 1.48**-11 * 1.48 / reach[layer]


def test_corners_are_minima_of_the_rounded_law(cornered):
    """Pairs in the layer carry less than the force at the cutoff; the rest balances them.

    The law itself has no minimum there, and descent would not end.
    """
    glass, potential, law = cornered
    states = (sf.minimize(glass.sheared(k * 1e-3), law) for k in range(20))
    state = next(state for state in states if len(on_the_cutoff(state, law)[0]))
    force, largest = on_the_cutoff(state, law)
    assert (force > 0).all()
    assert (force < largest).all()
    with pytest.raises(NotConvergedError, match=r"a corner of the energy.*rounded_cutoff"):
        sf.minimize(state, potential)


@pytest.mark.slow
def test_glasses_with_corners_are_followed(cornered):
    """The strain of the first event does not depend on the width: to a few of it."""
    glass, potential, _ = cornered
    (event,) = sf.shear(glass, potential, 1, 0.3)
    wide = rounded_cutoff(potential, 3e-4)
    (other,) = sf.shear(sf.minimize(glass, wide), wide, 1, 0.3)
    assert event.particle == other.particle
    assert event.strain == pytest.approx(other.strain, abs=2e-3)


def test_a_jump_of_the_energy_alone_is_no_part_of_a_drop():
    """Forces do no work at it, and pairs come and go in a drop."""
    glass, model = quenched("2dipl")
    lowered = LoweredWithinRange(model, 0.3)
    assert cutoff_jumps(lowered).energy == pytest.approx(0.3, rel=1e-9)
    assert cutoff_jumps(model).energy == 0.0
    assert cutoff_jumps(lowered).smooth
    found = sf.shear_path(glass, lowered, 2, 0.3)
    expected = sf.shear_path(glass, model, 2, 0.3)
    assert found.contact_changes == []
    assert len(found.events) == len(expected.events) == 2
    for one, other in zip(found.events, expected.events, strict=True):
        assert one.strain == pytest.approx(other.strain, abs=1e-7)
        assert one.energy_drop == pytest.approx(other.energy_drop, rel=1e-5)
    np.testing.assert_allclose(found.energy[-1], expected.energy[-1], rtol=1e-6)


def test_a_continuous_energy_ends_at_zero_whatever_holds_the_law():
    smooth = sf.inverse_powers([(-10, 1.0)], cutoff=1.5)
    lowered = LoweredWithinRange(smooth, 0.3)
    sizes = np.linspace(0.8, 1.2, 5)
    kinds = np.zeros(1, dtype=np.int32)
    for law, expected in (
        (lowered, smooth),
        (sf.potential_by_pair([[lowered]]), smooth),
        (sf.polydisperse(lowered, sizes), sf.polydisperse(smooth, sizes)),
    ):
        assert cutoff_jumps(law).energy == pytest.approx(0.3, rel=1e-9)
        for r in (0.9, 1.1, 1.19, 1.3):
            rows = continuous_energy(law).derivatives(np.array([r**2]), kinds, kinds)
            np.testing.assert_allclose(
                rows, expected.derivatives(np.array([r**2]), kinds, kinds), rtol=1e-9, atol=1e-12
            )
    assert continuous_energy(smooth) is smooth


def test_lammps_lj_smooth_has_the_drops_of_the_shifted_law():
    """lj/smooth ends with the force, and by default not with the energy."""
    script = "pair_style lj/smooth 1.6 2.0\npair_coeff * * 1 1\n"
    bare = sf.lammps_potential(script, n_types=1)
    shifted = sf.lammps_potential(script + "pair_modify shift yes\n", n_types=1)
    assert cutoff_jumps(bare).energy > 0.01
    assert cutoff_jumps(shifted).energy == 0.0
    rng = np.random.default_rng(4)
    sites = np.stack(np.meshgrid(range(8), range(8)), axis=-1).reshape(-1, 2) * 1.08
    start = sf.Glass(sites + rng.normal(0, 0.1, sites.shape), np.zeros(64, int), [8.64, 8.64])
    glass = sf.minimize(start, shifted, 1e-11)
    drops = [sf.shear(glass, law, 2, 0.3) for law in (bare, shifted)]
    assert [len(events) for events in drops] == [2, 2]
    for one, other in zip(*drops, strict=True):
        assert one.strain == pytest.approx(other.strain, abs=1e-7)
        assert one.energy_drop == pytest.approx(other.energy_drop, rel=1e-5)
