"""Plastic events by continuation, against fixed strain steps and the physics of instability."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import softfield as sf
from oracles import (
    REFERENCE,
    dense_hessian,
    error_slope,
    freshly_quenched,
    hexagonal,
    quenched,
    reference,
)
from softfield.errors import (
    BoxTooSmallError,
    FloatingParticlesError,
    InvalidSettingError,
    NotAMinimumError,
    NotConvergedError,
)
from softfield.mechanics.derivatives import stress
from softfield.preparation.minimisation import descend
from softfield.response.continuation import Continuation
from softfield.response.elasticity import shear_modulus
from softfield.response.events import centre_of_mode, count_clusters
from softfield.response.shear import shear_path

STEP = 2e-4


@cache
def sheared(name, direction, n_events=3, seed=0):
    """(glass, potential, path) of a small glass, sheared through its first events."""
    if name == "lammps":
        glass, model, _ = reference("2dipl_400")
        potential = model.potential
    else:
        glass, potential = quenched(name, seed)
    path = shear_path(glass, potential, n_events=n_events, max_strain=direction * 0.3)
    return glass, potential, path


def largest_move(first, second):
    moved = second.positions - first.positions
    return np.linalg.norm(moved - moved.mean(axis=0), axis=1)


def first_fixed_step_event(glass, potential, step, max_strain=0.3):
    """(strain before, after, most moved particle, fall of the energy) by steps and descent.

    A rearrangement is irreversible when a step back does not undo it. Five steps are made in one
    until there is one; from the minimum before it on, they are made one by one.
    """
    state, size = glass, 5 * step
    while abs(state.strain) < max_strain:
        affine = state.sheared(size)
        following = descend(affine, potential, 1e-8).glass
        moved = largest_move(affine, following)
        if moved.max() > 0.02:
            back = descend(following.sheared(-size), potential, 1e-8).glass
            if largest_move(state, back).max() > 0.02:
                if size != step:
                    size = step
                    continue
                fall = sf.energy(affine, potential) - sf.energy(following, potential)
                return state.strain, following.strain, int(np.argmax(moved)), fall
        state = following
    raise AssertionError("no event up to the largest strain")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "direction", "seed"),
    [
        ("lammps", -1, 0), ("lammps", 1, 0), ("2dipl", 1, 0), ("2dipl", -1, 1), ("3dipl", 1, 0),
        ("3dipl", -1, 1), ("3dkablj", 1, 0), ("3dkablj", -1, 1),
    ],
)  # fmt: skip
def test_events_are_those_of_fixed_strain_steps(name, direction, seed):
    """From each minimum behind an event the next event is the one that fixed steps find.

    Starting anew behind every event keeps the two apart only by the overshoot of one step;
    where that changes the outcome of a drop, later events would belong to another glass.
    """
    glass, potential, path = sheared(name, direction, seed=seed)
    for event in path.events[:2]:
        start = glass
        if event.ordinal > 1:
            start = shear_path(glass, potential, event.ordinal - 1, direction * 0.3).glass
        before, after, moved_most, fall = first_fixed_step_event(start, potential, direction * STEP)
        assert min(before, after) - 1e-9 <= event.strain <= max(before, after) + 1e-9
        assert fall > 0
        place = glass.positions[event.displaced_particle] - glass.positions[moved_most]
        assert np.linalg.norm(glass.minimum_image(place)) < 1.5


@pytest.mark.parametrize(("direction", "shared"), [("xy", 2), ("-xy", 4), ("x-y", 3), ("y-x", 3)])
def test_events_are_those_of_lammps(direction, shared):
    """tests/reference/make_shear_reference.py: LAMMPS in strain steps of 5e-5, up to 0.09.

    In pure shear the third drop is an avalanche that conjugate gradients
    and our descent end in different minima: with it the paths part. Of steepest descent the drop is
    that of LAMMPS in x-y and ours in y-x. Up to there, and in simple shear to the end, every event
    is compared.
    """
    rows = np.load(REFERENCE / "2dipl_400_shear.npz")[direction]
    glass, model, _ = reference("2dipl_400")
    whole = direction in ("xy", "-xy")
    limit = 0.09 if whole else rows[shared - 1, 1]
    events = sf.shear(glass, model.potential, 20, limit, direction=direction)
    assert len(events) == shared == (len(rows) if whole else len(rows[rows[:, 1] <= limit]))
    for event, (before, after, _, _, stress_drop) in zip(events, rows[:shared], strict=True):
        assert before <= event.strain <= after
        # Within a step the stress also changes elastically: 5e-5 times a modulus that
        # diverges at the instability, here up to a few 1e-3.
        if whole or event.ordinal < shared:
            assert event.stress_drop == pytest.approx(stress_drop, abs=5e-3)


def steepest_descent(glass, potential, until=1e-2):
    """Gradient flow dx/dt = f(x) as a stiff differential equation, until any method may finish."""

    def at(x):
        return glass.with_positions(x.reshape(glass.positions.shape))

    def excess(t, x):
        return np.abs(sf.forces(at(x), potential)).max() - until

    excess.terminal = True
    flow = solve_ivp(
        lambda t, x: sf.forces(at(x), potential).ravel(),
        (0.0, 1e3),
        glass.positions.ravel(),
        "BDF",
        events=excess,
        jac=lambda t, x: -sf.dynamical_matrix(at(x), potential).toarray(),
        rtol=1e-6,
        atol=1e-6,
    )
    assert flow.status == 1, "steepest descent did not finish"
    return descend(at(flow.y[:, -1]), potential, 1e-9).glass


@pytest.mark.slow
def test_the_drop_is_that_of_steepest_descent_at_the_onset():
    """Gradient flow 1e-7 beyond the onset, started a little way down the lowest mode."""
    glass, potential, path = sheared("2dipl", 1)
    event = path.events[0]
    before = shear_path(glass, potential, 1, event.strain - 1e-7).glass
    mode = np.linalg.eigh(sf.dynamical_matrix(before, potential).toarray())[1]
    mode = mode[:, glass.dimension].reshape(glass.positions.shape)
    beyond = before.sheared(2e-7)
    push = 0.02 / np.linalg.norm(mode, axis=1).max() * mode
    sides = [beyond.with_positions(beyond.positions + sign * push) for sign in (1, -1)]
    downhill = min(sides, key=lambda side: sf.energy(side, potential))
    fallen = steepest_descent(downhill, potential)
    # The work done over 2e-7 in strain, with a stress of order 1 and V of order 100.
    drop = sf.energy(before, potential) - sf.energy(fallen, potential)
    assert event.energy_drop == pytest.approx(drop, abs=1e-4)
    assert event.displaced_particle == int(np.argmax(largest_move(beyond, fallen)))


@pytest.mark.parametrize("name", ["2dipl", "3dipl", "3dkablj"])
def test_the_eigenvalue_vanishes_as_the_square_root_of_the_distance(name):
    glass, potential, path = sheared(name, 1)
    onset = path.events[0].strain
    distances = np.array([1e-4, 3e-5, 1e-5, 3e-6])
    lowest = []
    for distance in distances:
        there = shear_path(glass, potential, 1, onset - distance).glass
        values = np.linalg.eigvalsh(sf.dynamical_matrix(there, potential).toarray())
        lowest.append(np.sort(values)[glass.dimension])
    # Corrections to the square root are of relative order sqrt(distance).
    assert error_slope(lowest, distances) == pytest.approx(0.5, abs=0.05)
    # The law extrapolates lambda^2 to zero at the strain that was reported.
    slope, offset = np.polyfit(distances[-2:], np.array(lowest[-2:]) ** 2, 1)
    assert abs(offset / slope) < 2e-7


@pytest.mark.parametrize("name", ["lammps", "3dkablj"])
def test_the_path_is_reversible_before_an_event_and_not_after(name):
    glass, potential, path = sheared(name, 1)
    onset = path.events[0].strain
    before = shear_path(glass, potential, 1, onset - 1e-5).glass
    back = descend(before.sheared(-1e-4), potential, 1e-10).glass
    again = shear_path(glass, potential, 1, onset - 1e-5 - 1e-4).glass
    assert largest_move(back, again).max() < 1e-6
    after = shear_path(glass, potential, 1, 0.3).glass
    undone = descend(after.sheared(before.strain - after.strain), potential, 1e-10).glass
    assert largest_move(before, undone).max() > 0.02


@pytest.mark.parametrize("name", ["lammps", "3dipl"])
@pytest.mark.parametrize("direction", [1, -1])
def test_the_slope_of_the_energy_is_the_stress_between_events(name, direction):
    glass, _, path = sheared(name, direction)
    first = np.flatnonzero(np.abs(path.strain) < abs(path.events[0].strain))
    strain, energy = path.strain[first], path.energy[first]
    force = path.stress[first] * glass.volume
    steps = np.diff(strain)
    work = 0.5 * steps * (force[1:] + force[:-1])
    # The trapezoid errs by h^3 / 12 times the curvature of the stress, which grows towards
    # the instability: look at the first half, where steps have their full length.
    half = len(steps) // 2
    np.testing.assert_allclose(np.diff(energy)[:half], work[:half], rtol=0.02, atol=1e-4)
    for event in path.events:
        assert event.energy_drop > 0
        assert event.stress_drop > 0


@pytest.mark.parametrize("name", ["2dipl", "3dipl", "3dkablj"])
def test_the_modulus_is_the_slope_of_the_stress(name):
    glass, potential = quenched(name)
    modulus = shear_modulus(glass, potential)
    steps = np.array([4e-4, 2e-4, 1e-4])

    def sigma(gamma):
        return stress(descend(glass.sheared(gamma), potential, 1e-11).glass, potential)[0, 1]

    slopes = np.array([(sigma(h) - sigma(-h)) / (2 * h) for h in steps])
    errors = np.abs(slopes - modulus.total)
    assert errors[-1] < 1e-3 * modulus.total
    assert error_slope(errors, steps) == pytest.approx(2.0, abs=0.3)
    assert modulus.born > modulus.total > 0


def test_shear_does_not_depend_on_the_step_size():
    glass, potential, path = sheared("lammps", -1)
    fine = shear_path(glass, potential, 3, -0.3, settings=Continuation(max_step=3e-4, approach=0.5))
    for ours, other in zip(path.events, fine.events, strict=True):
        assert ours.strain == pytest.approx(other.strain, abs=1e-7)
        assert ours.particle == other.particle
        assert ours.energy_drop == pytest.approx(other.energy_drop, rel=1e-3)


@pytest.mark.parametrize("length", [0.25, 3.4, 5.6])
def test_the_same_glass_in_another_unit_of_length_has_the_same_events(length):
    """Energies too, so that stresses stay; a push of 0.05 in any unit fell into other minima."""
    protocol = {"equilibration_time": 1.0, "cooling_rate": 0.05}
    glass, model = sf.prepare_glass("2dipl", 144, 4, **protocol), sf.model("2dipl").potential
    strengths = model.strengths * length**2
    scaled = sf.inverse_powers([(-10, 1.0)], model.diameters * length, strengths, 1.48)
    moved = sf.Glass(glass.positions * length, glass.species, glass.box * length)
    for direction in ("xy", "x-y"):
        one = shear_path(glass, model, 2, 0.3, direction).events
        other = shear_path(moved, scaled, 2, 0.3, direction).events
        assert len(one) == len(other) == 2
        for name, unit, tolerance in (
            ("strain", 1.0, 1e-7), ("energy_drop", length**2, 1e-5), ("stress_drop", 1.0, 1e-5),
            ("n_rearrangements", 1.0, 0.0), ("displaced_particle", 1.0, 0.0),
        ):  # fmt: skip
            found = [[getattr(event, name) for event in events] for events in (one, other)]
            np.testing.assert_allclose(
                found[1], unit * np.array(found[0]), rtol=tolerance, atol=tolerance
            )


def test_strain_towards_minus_xy_is_a_reflection():
    """Reflecting x and the strain gives the same events."""
    glass, potential, path = sheared("lammps", -1)
    mirrored = sf.Glass(glass.positions * [-1, 1], glass.species, glass.box)
    events = sf.shear(mirrored, potential, n_events=3, max_strain=0.3)
    for ours, other in zip(path.events, events, strict=True):
        assert other.strain == pytest.approx(-ours.strain, abs=1e-7)
        assert other.particle == ours.particle
        there = mirrored.minimum_image(other.position - ours.position * [-1, 1])
        np.testing.assert_allclose(there, 0.0, atol=1e-4)


def test_another_plane_is_a_permutation_of_the_axes():
    glass, potential, path = sheared("3dipl", 1)
    turned = sf.Glass(glass.positions[:, [2, 0, 1]], glass.species, glass.box[[2, 0, 1]])
    # x, y of the first glass are axes 1, 2 of the second.
    events = sf.shear(turned, potential, n_events=2, max_strain=0.3, plane=(1, 2))
    for ours, other in zip(path.events, events, strict=False):
        assert other.strain == pytest.approx(ours.strain, abs=1e-7)
        assert other.particle == ours.particle
        away = glass.minimum_image(other.position[[1, 2, 0]] - ours.position)
        np.testing.assert_allclose(away, 0.0, atol=1e-4)
    with pytest.raises(InvalidSettingError, match="no pair of different axes"):
        sf.shear(turned, potential, plane=(1, 1))


def test_clusters_of_moved_particles_are_counted():
    pairs = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [5, 6]], dtype=np.int32)
    assert count_clusters(pairs, np.array([1.0, 1, 0, 0, 1, 0, 0])) == 2
    assert count_clusters(pairs, np.array([1.0, 1, 1, 1, 1, 0, 1])) == 2
    assert count_clusters(pairs, np.zeros(7)) == 1


@pytest.mark.parametrize(("name", "strain"), [("lammps", 0.0), ("3dipl", 0.0), ("lammps", 0.05)])
def test_places_of_events_are_those_of_the_glass_that_was_sheared(name, strain):
    glass, potential, path = sheared(name, -1)
    if strain:
        glass = shear_path(glass, potential, 20, strain).glass
        path = shear_path(glass, potential, 2, -0.3)
    home = glass.wrapped().positions
    for event in path.events:
        np.testing.assert_allclose(event.position, home[event.particle], atol=1e-12)
        np.testing.assert_allclose(
            event.displaced_position, home[event.displaced_particle], atol=1e-12
        )
        for place in (event.position, event.centre, event.displaced_position):
            np.testing.assert_allclose(glass.into_box(place), place, atol=1e-12)
        assert 1 / glass.n_particles <= event.participation_ratio <= 1


def test_the_centre_of_a_mode_is_weighted_by_the_fourth_power():
    glass = sf.Glass([[0.5, 5.0], [9.5, 5.0], [1.5, 6.0]], [0, 0, 0], [10.0, 10.0])
    mode = np.array([[np.sqrt(0.6), 0.0], [0.0, np.sqrt(0.3)], [0.0, -np.sqrt(0.1)]])
    weights = np.array([0.36, 0.09, 0.01])
    expected = (weights @ np.array([[0.5, 5.0], [-0.5, 5.0], [1.5, 6.0]])) / weights.sum()
    np.testing.assert_allclose(centre_of_mode(glass, mode), expected, rtol=1e-12)


def test_a_strained_glass_is_sheared_towards_the_largest_strain():
    """Also back: a glass at 0.05 reaches 0.02, and none of its events lies elsewhere."""
    glass, potential, _ = sheared("lammps", 1)
    strained = shear_path(glass, potential, 20, 0.05).glass
    assert strained.strain == pytest.approx(0.05, abs=1e-9)
    back = shear_path(strained, potential, 20, 0.02)
    assert back.reason == "max_strain"
    assert back.glass.strain == pytest.approx(0.02, abs=1e-9)
    assert (np.diff(back.strain) < 1e-6).all()
    assert all(0.02 <= event.strain <= 0.05 for event in back.events)
    unloaded = shear_path(strained, potential, 20, 0.0)
    assert unloaded.glass.strain == pytest.approx(0.0, abs=1e-9)


def test_a_box_without_room_for_the_whole_skin_gives_the_event_of_fixed_steps():
    glass, potential = freshly_quenched("3dipl", 64)
    reach = potential.ranges.max()
    assert 2 * reach < glass.box.min() < 2 * (reach + Continuation().skin)
    (event,) = sf.shear(glass, potential, n_events=1, max_strain=0.3)
    before, after, _, _ = first_fixed_step_event(glass, potential, STEP)
    assert before <= event.strain <= after


def test_a_box_below_twice_the_range_is_refused_at_once():
    glass, potential = freshly_quenched("3dipl", 64)
    small = sf.Glass(glass.positions * 0.96, glass.species, glass.box * 0.96)
    for refuse in (sf.shear, sf.local_thermal_energy):
        with pytest.raises(BoxTooSmallError, match=r"twice the interaction range 2\.072"):
            refuse(small, potential)


def test_no_event_below_the_largest_strain_is_an_empty_list():
    glass, potential, path = sheared("lammps", -1)
    assert sf.shear(glass, potential, max_strain=0.5 * path.events[0].strain) == []


def test_bad_requests_are_refused():
    glass, potential = quenched("2dipl")
    for count in (0, np.nan, np.inf, 1.5):
        with pytest.raises(InvalidSettingError, match="must be a whole number, 1 or more"):
            sf.shear(glass, potential, n_events=count)
    for strain in (0.0, np.nan, np.inf):
        with pytest.raises(InvalidSettingError, match="asks for no shear"):
            sf.shear(glass, potential, max_strain=strain)
    moved = glass.with_positions(glass.positions * 1.0001)
    with pytest.raises(NotAMinimumError):
        sf.shear(moved, potential)


def test_a_lost_path_keeps_what_was_seen_and_says_why():
    """A budget that the costliest of the first ten events exceeds, and none before it."""
    glass, potential, _ = sheared("lammps", -1)
    spent = [event.n_factorizations for event in sf.shear(glass, potential, 10, -0.3)]
    costly = next(k for k in range(1, 10) if spent[k] > max(spent[:k]))
    short = Continuation(max_factorizations=max(spent[:costly]))
    path = shear_path(glass, potential, 10, -0.3, settings=short)
    assert not path.complete
    assert path.reason.startswith("NotConvergedError")
    assert len(path.events) == costly
    with pytest.raises(NotConvergedError, match=r"lost at strain -0\.\d+ after \d events"):
        sf.shear(glass, potential, 10, -0.3, settings=short)


@pytest.mark.parametrize("direction", ["xy", "yx", "-yx"])
def test_masses_and_diameters_go_with_the_glass(direction):
    glass, potential = quenched("2dipl")
    rng = np.random.default_rng(0)
    own = {name: rng.random(glass.n_particles) + 1 for name in ("masses", "diameters")}
    path = shear_path(replace(glass, **own), potential, 1, 1e-3, direction)
    for name, values in own.items():
        np.testing.assert_array_equal(getattr(path.glass, name), values)


@pytest.mark.parametrize("shaken", [0.0, 0.01])
def test_a_perfect_crystal_yields_where_its_stiffness_vanishes(shaken):
    """Symmetry leaves no nonaffine motion, and of forces and velocities only rounding."""
    glass, potential = hexagonal(), sf.model("2dipl").potential
    moved = shaken * np.random.default_rng(0).normal(size=glass.positions.shape)
    start = sf.minimize(glass.with_positions(glass.positions + moved), potential)

    def lowest(strain):
        """The lowest eigenvalue of the affinely sheared lattice, translations lifted."""
        n = glass.n_particles
        lifted = np.kron(np.ones((n, n)) / n, np.eye(2)) * 1e3
        return np.linalg.eigvalsh(dense_hessian(glass.sheared(strain), potential) + lifted)[0]

    (event,) = sf.shear(start, potential, 1, 0.4)
    assert lowest(event.strain - 1e-4) > 0
    assert lowest(event.strain + 1e-4) < 0
    assert event.energy_drop > 1


def test_a_glass_without_a_contact_says_that_its_particles_float():
    """Discs on a lattice that do not touch."""
    sites = 1.2 * np.stack(np.meshgrid(range(6), range(6)), axis=-1).reshape(-1, 2)
    glass = sf.Glass(sites, np.zeros(36, int), [7.2, 7.2])
    with pytest.raises(FloatingParticlesError, match="35 particles do not interact"):
        sf.shear(glass, sf.harmonic_contacts(1.0, 1.0))
