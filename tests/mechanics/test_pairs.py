"""Pairs of neighbours: cells in boxes of every shape, particles far away, boxes that are small."""

import numpy as np
import pytest

import softfield as sf
from oracles import quenched
from softfield.errors import BoxTooSmallError, NotAMinimumError
from softfield.mechanics.pairs import cell_counts, neighbor_pairs


def naive_pairs(glass, reach):
    i, j = np.triu_indices(glass.n_particles, 1)
    apart = glass.minimum_image(glass.positions[j] - glass.positions[i])
    near = np.einsum("pc,pc->p", apart, apart) < reach**2
    return np.column_stack([i, j])[near]


@pytest.mark.parametrize(
    ("box", "n"),
    [([1e5] * 3, 5), ([1e5] * 2, 40), ([1e9, 6.0], 30), ([6.0, 1e7, 6.0], 30), ([40.0] * 3, 200)],
)
def test_a_few_particles_in_a_huge_box(box, n):
    rng = np.random.default_rng(8)
    places = rng.random((n, len(box))) * box
    places[1::2] = places[::2][: len(places[1::2])] + 0.9  # some are neighbours
    glass = sf.Glass(places, [0] * n, box)
    potential = sf.lennard_jones(cutoff=2.5)
    np.testing.assert_array_equal(neighbor_pairs(glass, potential), naive_pairs(glass, 2.5))
    # the compiled descent has cells of its own
    law = sf.model(f"{len(box)}dipl").potential
    apart = sf.Glass(places + 0.2 * rng.random(places.shape), np.arange(n) % 2, box)
    assert sf.descend(apart, law, max_force=1e-3).max_force < 1e-3


@pytest.mark.parametrize("widths", [[1e5] * 3, [1e300, 3.0], [np.inf, 4.0, 4.0], [2.0, 2.0]])
def test_cells_are_of_the_order_of_the_particles(widths):
    counts = cell_counts(np.array(widths), 2.5, 100)
    assert min(counts) >= 1
    assert np.prod(counts) <= 208


@pytest.mark.parametrize("far", [1e3, 1e4, 1e6])
def test_particles_far_away_are_in_the_box_after_all(far):
    glass, potential = quenched("2dipl")
    boxes = np.random.default_rng(0).integers(-1, 2, glass.positions.shape)
    away = glass.with_positions(glass.positions + far * boxes * glass.box)
    pairs = neighbor_pairs(glass, potential)
    np.testing.assert_array_equal(neighbor_pairs(away, potential), pairs)
    if far > 1e5:  # positions have lost digits
        with pytest.raises(NotAMinimumError, match=r"boxes away.*wrap them"):
            sf.local_thermal_energy(away, potential)
    energy = sf.energy(sf.minimize(away, potential), potential)
    assert energy == pytest.approx(sf.energy(glass, potential), abs=1e-9 * far)


@pytest.mark.parametrize("asked", [
    sf.energy,
    lambda glass, law: sf.local_thermal_energy(glass, law).energy,
    lambda glass, law: sf.minimize(glass, law).positions,
    lambda glass, law: sf.descend(glass, law, 1e-6).glass.positions,
    lambda glass, law: [e.strain for e in sf.shear(glass, law, n_events=1, max_strain=0.1)],
    lambda glass, law: [e.strain for e in sf.predict_events(glass, law, max_strain=1e-3)],
], ids=["energy", "field", "minimize", "descend", "shear", "predict_events"])  # fmt: skip
def test_species_that_a_glass_lacks_widen_no_range(asked):
    glass, law = quenched("2dipl")
    wider = np.full((3, 3), 200.0)
    wider[:2, :2] = law.diameters
    more = sf.inverse_powers(law.powers, wider, cutoff=law.cutoff)
    np.testing.assert_allclose(asked(glass, more), asked(glass, law), rtol=1e-9, atol=1e-9)
    with pytest.raises(BoxTooSmallError):
        sf.energy(glass, sf.inverse_powers(law.powers, wider[1:, 1:], cutoff=law.cutoff))


def test_a_glass_of_species_that_do_not_interact_has_no_pairs():
    glass, law = quenched("2dipl")
    apart = sf.inverse_powers(law.powers, np.ones((3, 3)), np.diag([0.0, 0.0, 1.0]), cutoff=1.48)
    with np.errstate(all="raise"):
        assert len(neighbor_pairs(glass, apart)) == 0


def test_a_box_that_is_too_small_names_the_number_that_is():
    glass = sf.Glass([[0.0, 0.0], [1.0, 1.0]], [0, 0], [5.2, 5.2])
    potential = sf.lennard_jones(cutoff=2.5)
    assert len(neighbor_pairs(glass, potential)) == 1
    with pytest.raises(BoxTooSmallError, match=r"above twice the interaction range 2\.5.*5\.4"):
        neighbor_pairs(glass, potential, skin=0.2)
    with pytest.raises(BoxTooSmallError, match=r"below twice the interaction range 2\.7"):
        neighbor_pairs(glass, sf.lennard_jones(cutoff=2.7), skin=0.2)
