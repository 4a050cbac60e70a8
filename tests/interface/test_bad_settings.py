"""Settings that mean nothing, not finite or of the wrong kind: refused by name, never computed."""

import itertools
from dataclasses import fields

import numpy as np
import pytest

import softfield as sf
from oracles import REFERENCE
from softfield.errors import InvalidGlassError, InvalidPotentialError, InvalidSettingError
from softfield.figures.glass_maps import particle_map
from softfield.mechanics.pairs import interactions
from softfield.potentials.truncated_powers import TruncatedPowers
from softfield.response.continuation import Continuation
from softfield.softness.scores import on_pairs

NAN, INF = float("nan"), float("inf")

MODEL = sf.model("2dipl").potential


@pytest.fixture(scope="module")
def glass():
    return sf.read_glass(REFERENCE / "2dipl_400.data")


@pytest.mark.parametrize("setting", fields(Continuation), ids=lambda setting: setting.name)
@pytest.mark.parametrize("value", [NAN, INF, -INF, -1, 0, 1j, "1", None, True], ids=repr)
def test_every_setting_of_a_continuation_is_positive_and_finite(setting, value):
    with pytest.raises(InvalidSettingError, match=setting.name):
        Continuation(**{setting.name: value})


@pytest.mark.parametrize(
    "settings",
    [
        {"tracked": 2.5},
        {"max_factorizations": 10.0},
        {"min_step": 1.0},
        {"approach": 1.5},
        {"distance": 0.1},
        {"fold": 1e-9},
    ],
)
def test_settings_of_a_continuation_that_contradict_each_other(settings):
    with pytest.raises(InvalidSettingError, match="continuation"):
        Continuation(**settings)
    assert Continuation(max_step=np.float64(1e-3), tracked=np.int64(3)).tracked == 3


@pytest.mark.parametrize("count", [NAN, INF, 2.5, 0, -1, "3", True, None])
def test_a_number_of_modes_is_a_whole_number(glass, count):
    with pytest.raises(InvalidSettingError, match=r"whole number|at least|were asked"):
        sf.normal_modes(glass, MODEL, count)
    if count is not None:  # as many as suit the glass
        with pytest.raises(InvalidSettingError, match=r"whole number|at least|were asked"):
            sf.soft_modes(glass, MODEL, count=count)


@pytest.mark.parametrize(
    "pairs",
    [[[0, 400]], [[-1, 3]], [[3, 1]], [[2, 2]], [[0.0, 1.0]], [0, 1], [[0, 1, 2]], [["a", "b"]],
     [[0, 2**32 + 1]]],
)  # fmt: skip
def test_pairs_name_particles_of_the_glass(glass, pairs):
    with pytest.raises(InvalidSettingError, match="pair"):
        interactions(glass, MODEL, pairs)
    assert len(interactions(glass, MODEL, np.array([[0, 1], [0, 399]])).g0) == 2
    assert len(interactions(glass, MODEL, np.zeros((0, 2), int)).g0) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"powers": ((-10, NAN),)},
        {"powers": ((-10, INF),)},
        {"powers": ((INF, 1.0),)},
        {"powers": ((NAN, 1.0),)},
        {"powers": ((-(10**9), 1.0),)},
        {"cutoff": INF},
        {"cutoff": 1e300, "powers": ((12, 1.0),)},
        {"strengths": [[INF]]},
        {"strengths": [[NAN]]},
        {"diameters": [[INF]]},
        {"diameters": [[1e-300]]},
    ],
)
def test_truncated_powers_are_of_finite_numbers(change):
    usual = {"powers": ((-10, 1.0),), "cutoff": 1.48, "diameters": [[1.0]], "strengths": [[1.0]]}
    TruncatedPowers(**usual)
    with pytest.raises(InvalidPotentialError, match=r"finite|range of numbers|even"):
        TruncatedPowers(**{**usual, **change})


def test_mixtures_and_laws_are_of_finite_numbers():
    law = sf.inverse_powers([(-12, 1.0)], cutoff=1.25)
    for sizes, nonadditivity in itertools.product(([1, 1.2], [1.0, 1.0]), (NAN, INF, -INF)):
        with pytest.raises(InvalidPotentialError, match="positive and finite"):
            sf.polydisperse(law, sizes, nonadditivity)
    for powers in ([(-100001, 1.0)], [(-3, 1e308), (-5, 1e308)]):
        with pytest.raises(InvalidPotentialError, match="no finite value"):
            sf.inverse_powers(powers, cutoff=0.5)


@pytest.mark.parametrize(
    "script",
    [
        "lj/cut 2.5|1 1e300",
        "lj/smooth 2.0 1e300|1 1",
        "lj/gromacs 1 1e300|1 1",
        "lj/cut 1e-300|1 1",
        "mie/cut 2.5|1 1 100000 6",
        "nm/cut 2.5|1 1 6 6",
        "nm/cut 2.5|1 1 100000 6",
        "yukawa 1e300 2.5|1",
        "morse 2.5|1 1e300 1",
        "buck 2.5|1 1e-300 1",
        "gauss/cut 2.5|1 1 1e-300",
        "soft 1e-300|1",
    ],
)
@pytest.mark.parametrize("modify", ["", "pair_modify shift yes\n", "pair_modify tail yes\n"])
def test_a_script_whose_law_is_not_finite_is_refused_by_line(script, modify):
    style, coefficients = script.split("|")
    text = f"pair_style {style}\n{modify}pair_coeff * * {coefficients}\n"
    with pytest.raises(
        InvalidPotentialError, match=r"no finite energy|exponent|larger than any box"
    ) as refused:
        sf.lammps_potential(text)
    assert "line" in str(refused.value)


@pytest.mark.parametrize("values", [np.ones(400) + 1j, ["a"] * 400], ids=["complex", "text"])
def test_values_are_real_numbers(glass, tmp_path, values):
    for suffix in (".dump", ".extxyz", ".h5"):
        with pytest.raises(InvalidSettingError, match="not real numbers"):
            sf.write_glass(tmp_path / f"a{suffix}", glass, {"v": values})
    if np.iscomplexobj(values):
        with pytest.raises(InvalidSettingError, match="complex"):
            particle_map(glass, values)


@pytest.mark.parametrize("value", [NAN, INF, 2.5, 0, 1j, "3", True], ids=repr)
def test_candidates_of_predicted_events_are_counted(glass, value):
    with pytest.raises(InvalidSettingError, match="whole number"):
        sf.predict_events(glass, MODEL, count=value)


@pytest.mark.parametrize("value", [NAN, INF, 0, 1j, "3", True], ids=repr)
def test_lengths_and_strains_of_predicted_events_are_finite(glass, value):
    if value != INF:  # the whole glass is one core
        with pytest.raises(InvalidSettingError, match="radius"):
            sf.predict_events(glass, MODEL, radius=value)
    with pytest.raises(InvalidSettingError, match="max_strain"):
        sf.predict_events(glass, MODEL, max_strain=value)
    with pytest.raises(InvalidSettingError, match="rounded cutoff"):
        sf.rounded_cutoff(MODEL, value)
    with pytest.raises(InvalidSettingError, match=r"events|no shear"):
        sf.shear(glass, MODEL, n_events=value)


def test_complex_numbers_lose_no_part_in_silence(glass):
    pairs, values = np.array([[0, 1]]), np.array([1j])
    for make in (
        lambda: sf.PairMap(pairs, values),
        lambda: sf.soft_spots(glass, np.ones(400) + 1j),
        lambda: on_pairs(np.ones(400) + 1j, pairs),
        lambda: sf.shear_modulus(glass, MODEL, np.array([[0, 1j], [0, 0]])),
    ):
        with pytest.raises(InvalidSettingError, match="not real numbers"):
            make()
    with pytest.raises(InvalidGlassError, match="not real numbers"):
        sf.Glass(glass.positions + 1j, glass.species, glass.box)


@pytest.mark.parametrize("value", [NAN, INF, 1j, "3", True], ids=repr)
@pytest.mark.parametrize("setting", ["n_events", "max_strain", "step"])
def test_shear_of_atoms_is_asked_for_by_finite_numbers(setting, value):
    with pytest.raises(InvalidSettingError, match=setting) as refused:
        sf.shear_atoms(None, **{setting: value})
    assert repr(value) in str(refused.value)
