"""Events under steady shear: without rate and temperature, those of quasistatic shear."""

import numpy as np
import pytest
from hopping import POTENTIAL, two_holes

import softfield as sf
from oracles import freshly_quenched
from softfield.errors import InvalidSettingError
from softfield.response.events import REARRANGED

RATE = 1e-5

#: Avalanches of three quarters of the glass and more, which another start behind the instability
#: takes to another minimum; when they come is known all the same.
ELSEWHERE = (3, 7)


def largest_displacement(before, after):
    """Of a particle, beyond the affine one."""
    sheared = before.sheared(after.strain - before.strain)
    moved = sheared.minimum_image(after.positions - sheared.positions)
    return np.linalg.norm(moved - moved.mean(axis=0), axis=1).max()


@pytest.mark.parametrize("seed", range(10))
def test_slow_athermal_dynamics_meet_the_events_of_quasistatic_shear(seed):
    glass, potential = freshly_quenched("2dipl", 100, seed)
    path = sf.shear_path(glass, potential, n_events=1, max_strain=0.3)
    (event,) = path.events
    # from where the branch of minima is left by a thousandth; it is followed exactly until there
    near = sf.shear_path(glass, potential, n_events=1, max_strain=event.strain - 1e-3).glass
    at_last = sf.shear_path(glass, potential, n_events=1, max_strain=event.strain - 1e-6).glass
    watch = sf.ThermalWatch(interval=20.0, persistence=1)
    driven = sf.thermal_path(
        near, potential, temperature=0.0, shear_rate=RATE, seed=0, max_strain=2e-3, watch=watch
    )
    if largest_displacement(at_last, path.glass) <= REARRANGED:  # as in one of these glasses
        assert driven.events == []
        assert driven.reason == "max_strain"
        return
    (found,) = driven.events
    bracket = RATE * watch.resolution
    assert found.strain_bracket == pytest.approx(bracket, rel=1e-6)
    # the minimum is gone behind the instability, whatever the dynamics have made of that so far
    assert event.strain - 1e-9 <= found.strain <= event.strain + bracket + 1e-9
    assert driven.times[0] == pytest.approx((found.strain - near.strain) / RATE, rel=1e-9)
    if seed not in ELSEWHERE:
        assert found.particle == event.displaced_particle
        # the drop grows with the strain by the difference of the stresses
        assert found.energy_drop == pytest.approx(event.energy_drop, rel=1e-2)


def test_faster_shear_is_watched_in_shorter_intervals():
    watch = sf.ThermalWatch(interval=5.0, resolution=0.5, strain_interval=1e-3)
    assert watch.at_rate(1e-4) == watch
    for rate, interval in ((1e-3, 1.0), (1e-2, 0.1)):
        faster = watch.at_rate(rate)
        assert faster.interval == pytest.approx(interval)
        assert faster.pieces * faster.piece * rate <= 1e-3 * (1 + 1e-9)
    assert watch.at_rate(1e-2).resolution == pytest.approx(0.1), "ten steps, no less"


def test_a_reversible_strain_is_no_event():
    """The small particle moves with the lattice: there is no event in an elastic strain."""
    hole, _ = two_holes()
    path = sf.thermal_path(
        hole, POTENTIAL, temperature=1e-4, shear_rate=1e-3, seed=0, max_strain=0.02
    )
    assert path.events == []
    assert path.reason == "max_strain"
    assert path.time == pytest.approx(20.0)


def test_the_same_seed_gives_the_same_bits_under_shear():
    glass, potential = freshly_quenched("2dipl", 100, 3)

    def path(seed):
        return sf.thermal_path(
            glass, potential, temperature=0.01, shear_rate=1e-3, seed=seed, max_strain=0.05
        )

    first, again = path(1), path(1)
    assert first.complete
    assert first.times.tolist() == again.times.tolist()
    assert np.array_equal(first.minima[-1].positions, again.minima[-1].positions)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e-3, "1e-3"])
def test_rates_and_strains_without_meaning_are_refused(value):
    hole, _ = two_holes()
    given = {"temperature": 0.1, "seed": 0}
    with pytest.raises(InvalidSettingError, match="shear_rate"):
        sf.thermal_path(hole, POTENTIAL, **given, shear_rate=value)
    with pytest.raises(InvalidSettingError, match="max_strain"):
        sf.thermal_path(hole, POTENTIAL, **given, shear_rate=1e-3, max_strain=value)


def test_without_temperature_there_must_be_shear():
    hole, _ = two_holes()
    with pytest.raises(InvalidSettingError, match="temperature"):
        sf.thermal_path(hole, POTENTIAL, temperature=0.0, seed=0)
