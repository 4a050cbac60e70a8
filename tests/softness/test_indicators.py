"""Every map against a loop over particles and bonds, on the reference glass."""

from pathlib import Path

import numpy as np
import pytest

import softfield as sf
from softfield.errors import InvalidGlassError, InvalidSettingError
from softfield.glass import Glass, LocalThermalEnergy
from softfield.potentials.models import model
from softfield.softness.indicators import INDICATORS, Observed, indicator_map, indicator_spots
from softfield.softness.spots import soft_spots

REFERENCE = Path(__file__).parents[1] / "reference" / "2dipl_400.npz"
POTENTIAL = model("2dipl").potential


@pytest.fixture(scope="module")
def case():
    data = dict(np.load(REFERENCE))
    data["debye_waller"] = np.arange(400.0)  # passed through as they are
    data["lowest_mode"] = np.arange(400.0)[::-1]
    return Glass(data["positions"], data["species"], data["box"]), data


def observed(glass, data):
    """What is known of the glass, from the arrays in ``data``."""
    arrays = {name: data.get(name, np.empty(0)) for name in LocalThermalEnergy.ARRAYS}
    return Observed(glass, POTENTIAL, LocalThermalEnergy(**arrays), data)


def bonds(glass):
    """Pairs within the range, and their distance, by a loop over all pairs."""
    reach = POTENTIAL.ranges
    for i in range(glass.n_particles):
        for j in range(i + 1, glass.n_particles):
            bond = glass.positions[j] - glass.positions[i]
            bond -= glass.box * np.round(bond / glass.box)
            distance = np.hypot(*bond)
            if distance < reach[glass.species[i], glass.species[j]]:
                yield i, j, distance


def test_maps_of_the_fields_are_their_arrays(case):
    glass, data = case
    lte = indicator_map("lte", observed(glass, data))
    np.testing.assert_array_equal(lte.energy, data["energy"])
    harmonic = indicator_map("harmonic", observed(glass, data))
    np.testing.assert_array_equal(harmonic.energy, data["harmonic"])
    np.testing.assert_array_equal(
        indicator_map("debye_waller", observed(glass, data)), np.arange(400)
    )
    np.testing.assert_array_equal(indicator_map("nm", observed(glass, data)), data["mode_map"])
    lowest = indicator_map("lowest_mode", observed(glass, data))
    np.testing.assert_array_equal(lowest, data["lowest_mode"])
    size = indicator_map("displacement", observed(glass, data))
    assert size[17] == pytest.approx(np.hypot(*data["displacement"][17]), rel=1e-14)


def test_structural_maps_agree_with_a_loop(case):
    glass, data = case
    energy = indicator_map("potential_energy", observed(glass, data))
    force = indicator_map("internal_force", observed(glass, data))
    neighbors = indicator_map("neighbors", observed(glass, data))
    number = np.zeros(400)
    for k, (i, j, distance) in enumerate(bonds(glass)):
        number[[i, j]] += 1
        assert tuple(energy.pairs[k]) == tuple(force.pairs[k]) == (i, j)
        if k % 100:
            continue
        one = Glass([[0.0, 0.0], [distance, 0.0]], glass.species[[i, j]], [50.0, 50.0])

        def phi(r, one=one):
            moved = one.with_positions([[0.0, 0.0], [r, 0.0]])
            return indicator_map("potential_energy", observed(moved, {})).energy[0]

        assert energy.energy[k] == pytest.approx(phi(distance), rel=1e-10)
        # central difference of the energy, error of the order of step^2 = 1e-10
        slope = (phi(distance + 1e-5) - phi(distance - 1e-5)) / 2e-5
        assert force.energy[k] == pytest.approx(abs(slope), rel=1e-6, abs=1e-7)
    np.testing.assert_allclose(neighbors, 1 / number)


def test_the_lammps_energy_is_the_sum_of_the_bonds(case):
    glass, data = case
    energy = indicator_map("potential_energy", observed(glass, data))
    # LAMMPS interpolates a table with splines: agreement to its accuracy
    assert energy.energy.sum() == pytest.approx(float(data["lammps_potential_energy"]), rel=1e-6)


@pytest.fixture(scope="module")
def known(case):
    return observed(*case)


@pytest.mark.parametrize("name", INDICATORS)
def test_every_map_has_soft_spots(case, known, name):
    glass, _ = case
    spots = soft_spots(glass, indicator_map(name, known))
    assert len(spots) > 1
    assert all(spot.softness > 0 for spot in spots)
    own = indicator_spots(name, known)
    softness = [spot.softness for spot in own]
    assert softness == sorted(softness, reverse=True)
    assert all(value > 0 for value in softness)
    if INDICATORS[name].spots is None:
        assert [s.softness for s in own] == [s.softness for s in spots]


@pytest.mark.parametrize("name", INDICATORS)
def test_what_is_directed_and_nothing_else_changes_with_the_direction(known, name):
    other = known.towards("-xy")
    same = np.array_equal(*(_values(indicator_map(name, one)) for one in (known, other)))
    assert same is not INDICATORS[name].directed


def _values(found):
    return getattr(found, "energy", found)


def test_indicators_of_modes_rank_them_by_what_they_say(case, known):
    modes = sf.soft_modes(case[0], POTENTIAL)
    first = min(modes, key=lambda mode: mode.yield_strain("xy"))
    spot = indicator_spots("soft_modes", known)[0]
    np.testing.assert_allclose(spot.position, first.position)
    assert spot.softness == pytest.approx(1 / first.yield_strain("xy"))
    lowest = min(modes, key=lambda mode: mode.barrier)
    np.testing.assert_allclose(indicator_spots("barrier", known)[0].position, lowest.position)
    response = sf.strain_response(case[0], POTENTIAL, "xy")
    found = indicator_map("strain_response", known)
    np.testing.assert_array_equal(found.energy, response.indicator)


@pytest.mark.parametrize("name", INDICATORS)
def test_a_sheared_glass_has_no_spots(case, name):
    """Scores and chance know the box alone, whatever spots are made of."""
    glass, data = case
    sheared = Glass(glass.positions, glass.species, glass.box, strain=0.2)
    with pytest.raises(InvalidGlassError, match=r"sheared by 0\.2; soft spots are"):
        indicator_spots(name, observed(sheared, data), made=np.ones(glass.n_particles))


def test_unknown_map_is_refused(case):
    glass, data = case
    with pytest.raises(InvalidSettingError, match="indicators are lte, nm"):
        indicator_map("free_volume", observed(glass, data))
