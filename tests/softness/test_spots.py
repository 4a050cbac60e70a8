"""Soft spots against naive loops, planted spots and cases done by hand."""

from itertools import permutations, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softfield.errors import InvalidGlassError, InvalidSettingError
from softfield.glass import AtomThermalEnergy, Glass
from softfield.softness.coarse_graining import SoftnessField, coarse_grain
from softfield.softness.scores import delta_epsilon, ranks, score_map
from softfield.softness.spots import soft_spots

REFERENCE = Path(__file__).parents[1] / "reference" / "2dipl_400.npz"


@pytest.fixture(scope="module")
def glass_and_field():
    data = np.load(REFERENCE)
    glass = Glass(data["positions"], data["species"], data["box"])
    return glass, SimpleNamespace(pairs=data["pairs"], energy=data["energy"])


def lattice(n, dimension, edge=1.0, shift=0.0):
    """Glass with one particle in the middle of every cell of a simple lattice."""
    axes = np.meshgrid(*[np.arange(n)] * dimension, indexing="ij")
    positions = (np.stack(axes, axis=-1).reshape(-1, dimension) + 0.5) * edge + shift
    return Glass(positions, np.zeros(n**dimension, dtype=int), [n * edge] * dimension)


def naive_coarse_grain(points, values, box, n):
    """Means over square bins, then over 3 x 3 bins, with explicit loops (2D)."""
    bins = [[[] for _ in range(n)] for _ in range(n)]
    for point, value in zip(points, values, strict=True):
        x, y = (int((point[k] % box[k]) / (box[k] / n)) for k in (0, 1))
        bins[x][y].append(abs(value))
    means = [[sum(b) / len(b) for b in row] for row in bins]
    return np.array(
        [
            [
                sum(means[(i + a) % n][(j + b) % n] for a, b in product((-1, 0, 1), repeat=2)) / 9
                for j in range(n)
            ]
            for i in range(n)
        ]
    )


def test_coarse_graining_agrees_with_loops(glass_and_field):
    glass, field = glass_and_field
    result = coarse_grain(glass, field)
    midpoints = []
    for i, j in field.pairs:
        bond = glass.positions[j] - glass.positions[i]
        bond = bond - glass.box * np.round(bond / glass.box)
        midpoints.append(glass.positions[i] + bond / 2)
    n = result.values.shape[0]
    expected = naive_coarse_grain(midpoints, field.energy, glass.box, n)
    np.testing.assert_allclose(result.values, expected, rtol=1e-13)
    np.testing.assert_allclose(result.bin_size * n, glass.box, rtol=1e-15)


@pytest.mark.parametrize("points_per_bin", [1, 2, 5])
@pytest.mark.parametrize("per_particle", [False, True])
def test_bins_are_the_smallest_that_are_filled(glass_and_field, points_per_bin, per_particle):
    glass, field = glass_and_field
    if per_particle:
        points, chosen = glass.positions, np.ones(glass.n_particles)
    else:
        bond = glass.positions[field.pairs[:, 1]] - glass.positions[field.pairs[:, 0]]
        bond -= glass.box * np.round(bond / glass.box)
        points, chosen = glass.positions[field.pairs[:, 0]] + bond / 2, field
    n = coarse_grain(glass, chosen, points_per_bin).values.shape[0]

    def emptiest(bins):
        edges = [np.linspace(0, edge, bins + 1) for edge in glass.box]
        return np.histogramdd(points % glass.box, edges)[0].min()

    assert emptiest(n) >= points_per_bin
    assert all(emptiest(more) < points_per_bin for more in range(n + 1, 4 * n))


def test_bins_of_an_oblong_box_are_nearly_square():
    rng = np.random.default_rng(3)
    glass = Glass(rng.random((4000, 2)) * [40, 10], np.zeros(4000, dtype=int), [40, 10])
    size = coarse_grain(glass, np.ones(4000)).bin_size
    assert size[0] == pytest.approx(size[1], rel=0.1)


@pytest.mark.parametrize(("edges", "n"), [((10.0, 1.4), 20), ((10.0, 1.4, 1.4), 20)])
def test_bins_of_a_narrow_box_are_no_longer_than_they_must_be(edges, n):
    """One bin across the box, so that all n / 2 bins that two particles each can fill lie along."""
    positions = np.full((n, len(edges)), 0.7)
    positions[:, 0] = (np.arange(n) + 0.5) * edges[0] / n
    glass = Glass(positions, np.zeros(n, int), edges)
    shape = coarse_grain(glass, np.ones(n)).values.shape
    assert shape == (n // 2, *(1,) * (len(edges) - 1))


@pytest.mark.parametrize("dimension", [2, 3])
def test_planted_spots_are_found_across_the_boundary(dimension):
    glass = lattice(20 if dimension == 2 else 12, dimension)
    box = glass.box
    centres = np.stack([np.full(dimension, 0.5), 0.5 * box + 0.5])
    values = np.full(glass.n_particles, 0.1)
    for centre, height in zip(centres, (10.0, 4.0), strict=True):
        distance = np.linalg.norm(glass.minimum_image(glass.positions - centre), axis=1)
        values += height * np.exp(-(distance**2))
    spots = soft_spots(glass, values, vicinity_radius=2.5)
    assert len(spots) == 2
    # The bumps are symmetric about a lattice point, so their weighted centre is exact.
    for spot, centre in zip(spots[:2], centres, strict=True):
        np.testing.assert_allclose(glass.minimum_image(spot.position - centre), 0, atol=1e-8)
    assert all((spot.position >= 0).all() and (spot.position < box).all() for spot in spots)
    assert spots[0].softness > spots[1].softness


def test_softness_of_one_hot_particle_by_hand():
    # Unit lattice; within 1.1 of a particle lie itself and its four neighbours.
    glass = lattice(12, 2)
    values = np.ones(144)
    values[5 * 12 + 7] = -11.0
    (spot,) = soft_spots(glass, values, vicinity_radius=1.1)[:1]
    np.testing.assert_allclose(spot.position, [5.5, 7.5], atol=1e-9)
    assert spot.softness == pytest.approx((11 + 4 * 1) / 5, rel=1e-14)


def test_bonds_across_the_boundary_count_at_their_midpoint():
    # Bonds along the edges of the lattice; the hot one crosses the boundary in x.
    glass = lattice(10, 2)
    pairs, energy = [], []
    for i in range(100):
        for j in (i // 10 * 10 + (i + 1) % 10, (i + 10) % 100):
            pairs.append((i, j))
            energy.append(1.0)
    hot = [k for k, (i, j) in enumerate(pairs) if j < i and i // 10 == 9 and j % 10 == 4]
    assert len(hot) == 1  # from (9.5, 4.5) to (0.5, 4.5), midpoint (0, 4.5)
    energy[hot[0]] = -50.0
    field = SimpleNamespace(pairs=np.array(pairs), energy=np.array(energy))
    spot = soft_spots(glass, field, vicinity_radius=0.9)[0]
    # Within 0.9 of (0, 4.5) lie the bond itself and the four y bonds at (+-0.5, 4.5+-0.5).
    np.testing.assert_allclose(glass.minimum_image(spot.position - [0, 4.5]), 0, atol=1e-9)
    assert spot.softness == pytest.approx((50 + 4) / 5, rel=1e-14)


def test_constant_map_is_one_plateau_and_one_spot():
    glass = lattice(10, 2)
    spots = soft_spots(glass, np.full(100, 3.0), vicinity_radius=2.0)
    assert len(spots) == 1
    assert spots[0].softness == pytest.approx(3.0)


def test_steps_of_rounding_that_add_up_leave_a_spot():
    """A crystal: the means differ by 1e-11, more from end to end than from place to place."""
    x, along = 0.7 * np.arange(40), np.minimum(np.arange(40), 40 - np.arange(40))
    glass = Glass(np.stack([x, np.ones(40)], axis=1), np.zeros(40, int), [28.0, 3.0])
    (spot,) = soft_spots(glass, 1 + 8e-12 * along, vicinity_radius=1.5)
    assert spot.softness == pytest.approx(1.0)


def test_means_of_the_same_numbers_in_another_order_are_a_tie():
    glass, values = lattice(24, 2), np.full(576, 0.01)
    orders = list(permutations((0.1, 0.2, 0.3, 0.7)))[:16]
    for k, order in enumerate(orders):
        x, y = 6 * (k // 4) + 3, 6 * (k % 4) + 3
        values[24 * x + y] = 17.7
        values[[24 * (x - 1) + y, 24 * x + y - 1, 24 * x + y + 1, 24 * (x + 1) + y]] = order
    spots = soft_spots(glass, values, vicinity_radius=1.1)[:16]
    assert {spot.softness for spot in spots} == {spots[0].softness}
    assert spots[0].softness == pytest.approx(19 / 5)
    assert (ranks(delta_epsilon([spot.softness for spot in spots])) == 1).all()


def naive_spots(glass, field, radius):
    """Every climb on its own, then every place against every other, with explicit loops."""
    bond = glass.positions[field.pairs[:, 1]] - glass.positions[field.pairs[:, 0]]
    middle = glass.positions[field.pairs[:, 0]] + glass.minimum_image(bond) / 2
    weight = np.abs(field.energy)
    climbs = []
    for start in glass.positions:
        place, first = start, None
        for _ in range(500):
            away = glass.minimum_image(middle - place)
            near = np.linalg.norm(away, axis=1) <= radius
            if not near.any():
                break
            first = weight[near].mean() if first is None else first
            move = weight[near] @ away[near] / weight[near].sum()
            place = place + move
            if np.abs(move).max() < 1e-10:
                break
        if near.any():
            climbs.append((start, first, place, weight[near].mean()))

    def apart(one, two):
        return np.linalg.norm(glass.minimum_image(one - two))

    spots = []
    for _, _, place, softness in climbs:
        softer = [c for c in climbs if c[3] > softness + 1e-9]
        if any(apart(rest, place) <= radius for _, _, rest, _ in softer):
            continue
        if any(apart(s, place) <= radius and first > softness + 1e-9 for s, first, _, _ in softer):
            continue
        if all(apart(other, place) > 1e-6 for other, _ in spots):
            spots.append((place, softness))
    return sorted(spots, key=lambda spot: -spot[1])


@pytest.mark.parametrize("radius", [1.3, 2.5, 10.5])  # 16, 8 and 2 cells along an edge
def test_spots_agree_with_a_loop_over_all_climbs(glass_and_field, radius):
    glass, field = glass_and_field
    chosen = SimpleNamespace(pairs=field.pairs[::5], energy=field.energy[::5])
    spots, expected = soft_spots(glass, chosen, radius), naive_spots(glass, chosen, radius)
    assert len(spots) == len(expected)
    for spot, (place, softness) in zip(spots, expected, strict=True):
        assert spot.softness == pytest.approx(softness, rel=1e-10)
        np.testing.assert_allclose(glass.minimum_image(spot.position - place), 0, atol=1e-7)


def test_the_first_spot_is_the_softest_place_of_rest(glass_and_field):
    glass, field = glass_and_field
    for radius in (1.0, 2.5, 4.0):
        spots = soft_spots(glass, field, radius)
        for start in np.random.default_rng(2).random((40, 2)) * glass.box:
            # a climb from anywhere that has a bond in reach
            assert climbed(glass, field, start, radius) <= spots[0].softness * (1 + 1e-10)


def climbed(glass, field, place, radius):
    """Softness where the climb from a place ends; of the nearest bond where none is near."""
    bond = glass.positions[field.pairs[:, 1]] - glass.positions[field.pairs[:, 0]]
    middle = glass.positions[field.pairs[:, 0]] + glass.minimum_image(bond) / 2
    weight = np.abs(field.energy)
    for _ in range(500):
        away = glass.minimum_image(middle - place)
        near = np.linalg.norm(away, axis=1) <= radius
        move = weight[near] @ away[near] / weight[near].sum()
        place = place + move
        if np.abs(move).max() < 1e-10:
            return weight[near].mean()
    raise AssertionError("no rest")


def test_softness_is_the_mean_around_the_place_of_rest(glass_and_field):
    glass, field = glass_and_field
    spots = soft_spots(glass, field, vicinity_radius=2.0)
    softness = [spot.softness for spot in spots]
    assert softness == sorted(softness, reverse=True)
    bond = glass.minimum_image(
        glass.positions[field.pairs[:, 1]] - glass.positions[field.pairs[:, 0]]
    )
    middle = glass.positions[field.pairs[:, 0]] + bond / 2
    for spot in spots:
        away = glass.minimum_image(middle - spot.position)
        near = np.linalg.norm(away, axis=1) <= 2.0
        weight = np.abs(field.energy[near])
        assert spot.softness == pytest.approx(weight.mean(), rel=1e-12)
        # At rest: the weighted centre of the vicinity is where the spot is.
        np.testing.assert_allclose(weight @ away[near] / weight.sum(), 0, atol=1e-8)


def test_distinct_spots_keep_their_distance(glass_and_field):
    glass, field = glass_and_field
    for radius in (1.0, 2.5, 5.0):
        places = np.array([s.position for s in soft_spots(glass, field, radius)])
        apart = glass.minimum_image(places[:, None] - places)
        distance = np.linalg.norm(apart, axis=-1)[np.triu_indices(len(places), 1)]
        assert (distance > radius).all()


@given(
    shift=st.tuples(*[st.floats(-1e3, 1e3, allow_subnormal=False)] * 2),
    seed=st.integers(0, 2**32 - 1),
    swap=st.booleans(),
    per_particle=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_spots_follow_translations_relabelling_and_axes(shift, seed, swap, per_particle):
    data = np.load(REFERENCE)
    glass = Glass(data["positions"], data["species"], data["box"])
    rng = np.random.default_rng(seed)
    order, shuffle = rng.permutation(glass.n_particles), rng.permutation(len(data["pairs"]))
    axes = [1, 0] if swap else [0, 1]
    positions = (glass.positions + np.array(shift))[order][:, axes]
    moved = Glass(positions, glass.species[order], glass.box[axes])
    if per_particle:
        first, second = data["mode_map"], data["mode_map"][order]
    else:
        rank = np.argsort(order)
        first = SimpleNamespace(pairs=data["pairs"], energy=data["energy"])
        second = SimpleNamespace(pairs=rank[data["pairs"]][shuffle], energy=data["energy"][shuffle])
    spots, others = soft_spots(glass, first), soft_spots(moved, second)
    assert len(spots) == len(others)
    # positions up to 1e3 are rounded to 1e-13, which the climb does not amplify
    for spot, other in zip(spots, others, strict=True):
        assert spot.softness == pytest.approx(other.softness, rel=1e-10)
        back = other.position[axes] - np.array(shift)
        np.testing.assert_allclose(glass.minimum_image(spot.position - back), 0, atol=1e-8)
    # and so do the scores of places
    places = glass.positions[[3, 77, 200]]
    one = score_map(glass, first, places)
    two = score_map(moved, second, (places + np.array(shift))[:, axes])
    np.testing.assert_allclose(one.percentile, two.percentile, atol=1e-12)
    np.testing.assert_array_equal(one.rank, two.rank)
    np.testing.assert_allclose(one.delta_epsilon, two.delta_epsilon, rtol=1e-10)


@pytest.mark.parametrize("none", [[], np.empty((0, 2))])
def test_no_places_have_no_scores(glass_and_field, none):
    glass, field = glass_and_field
    found = score_map(glass, field, none)
    assert found.rank.shape == found.percentile.shape == found.distance.shape == (0,)


def test_a_grid_with_a_bin_at_a_point_is_the_grid_of_the_moved_glass(glass_and_field):
    glass, field = glass_and_field
    point = np.array([3.3, -41.7])
    centred = coarse_grain(glass, field, centre=point)
    # move the point into the middle of the first bin of the grid at the origin
    moved = glass.with_positions(glass.positions - point + 0.5 * centred.bin_size)
    plain = coarse_grain(moved, field)
    assert plain.values.shape == centred.values.shape
    np.testing.assert_allclose(centred.values, plain.values, rtol=1e-12)
    assert centred.at(point) == pytest.approx(centred.values[0, 0], rel=1e-15)
    assert centred.at(point + 0.49 * centred.bin_size) == centred.at(point)
    assert centred.at(point + centred.bin_size * [0.51, 0]) == centred.values[1, 0]


@pytest.mark.parametrize(("dimension", "n"), [(2, 40), (3, 200)])
def test_three_bins_an_axis_are_one_value(dimension, n):
    """A bin and its neighbours are the whole axis: every place is as soft as every other."""
    rng = np.random.default_rng(0)
    glass = Glass(10 * rng.random((n, dimension)), [0] * n, [10.0] * dimension)
    weights = rng.random(n)
    fields = [coarse_grain(glass, weights, centre=place) for place in glass.positions]
    of_three = [field for field in fields if set(field.values.shape) == {3}]
    assert of_three
    for field in of_three:
        assert np.ptp(field.values) == 0
        assert (field.percentile(glass.positions) == 0.5).all()


def test_percentile_by_hand():
    values = np.array([[4.0, 2.0], [2.0, 1.0]])
    field = SoftnessField(values, values, np.array([1.0, 1.0]))
    # 4 tops three bins and itself by half; the 2s have one below and tie with each other.
    where = [[0.5, 0.5], [0.5, 1.5], [1.5, 0.2], [-0.5, -0.5]]
    np.testing.assert_allclose(field.percentile(where), [3.5 / 4, 0.5, 0.5, 0.5 / 4])
    everywhere = field.percentile([[x, y] for x in (0.5, 1.5) for y in (0.5, 1.5)])
    assert everywhere.mean() == 0.5


def test_bad_maps_are_refused(glass_and_field):
    glass, field = glass_and_field
    with pytest.raises(InvalidSettingError, match="one value for each of the 400"):
        coarse_grain(glass, np.ones(7))
    with pytest.raises(InvalidSettingError, match="not finite"):
        coarse_grain(glass, np.full(400, np.nan))
    with pytest.raises(InvalidSettingError, match="fewer than"):
        coarse_grain(glass, field, points_per_bin=10_000)
    with pytest.raises(InvalidSettingError, match="empty bin"):
        coarse_grain(glass, field, points_per_bin=0)
    for wrong in (float("nan"), float("inf"), 2.5):
        with pytest.raises(InvalidSettingError, match="whole number of values"):
            coarse_grain(glass, field, points_per_bin=wrong)
    with pytest.raises(InvalidSettingError, match="half the shortest"):
        soft_spots(glass, field, vicinity_radius=100.0)
    with pytest.raises(InvalidSettingError, match="no particle has a bond"):
        soft_spots(glass, field, vicinity_radius=0.1)
    with pytest.raises(InvalidGlassError, match="sheared"):
        soft_spots(glass.sheared(0.01), field)
    wrong = SimpleNamespace(pairs=field.pairs[:5], energy=field.energy)
    with pytest.raises(InvalidSettingError, match="pairs have shape"):
        coarse_grain(glass, wrong)
    foreign = SimpleNamespace(pairs=field.pairs + 200, energy=field.energy)
    with pytest.raises(InvalidSettingError, match="names particle"):
        coarse_grain(glass, foreign)


def test_a_field_of_atoms_is_its_energies(glass_and_field):
    glass, _ = glass_and_field
    energy = np.random.default_rng(3).normal(size=glass.n_particles)
    none = np.zeros(glass.n_particles)
    field = AtomThermalEnergy(energy, none, np.zeros_like(glass.positions), none, none)
    spots, expected = soft_spots(glass, field), soft_spots(glass, energy)
    assert [spot.softness for spot in spots] == [spot.softness for spot in expected]
    np.testing.assert_array_equal(
        coarse_grain(glass, field).values, coarse_grain(glass, energy).values
    )


@pytest.mark.parametrize("radius", [1.0, 2.0, 5.0])
def test_spots_of_a_lattice_do_not_depend_on_its_place(radius):
    """Sites at exactly the radius are within it, wherever the origin of the box is."""
    rng = np.random.default_rng(0)
    sites = np.array(list(product(range(12), repeat=2)), dtype=float)
    values, box = rng.random(len(sites)), np.array([12.0, 12.0])
    found = [
        soft_spots(Glass(sites + shift, np.zeros(len(sites), int), box), values, radius)
        for shift in (np.zeros(2), *3 * rng.random((4, 2)))
    ]
    softness = [[spot.softness for spot in spots] for spots in found]
    for other in softness[1:]:
        assert other == pytest.approx(softness[0], rel=1e-12)
