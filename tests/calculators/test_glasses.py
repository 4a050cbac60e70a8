"""From ase.Atoms to a glass and back, and to files of ase; calculators as force laws."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from gupta import Gupta
from pair_calculator import PairCalculator
from samples import pair_sample, sample

import read_atoms
import softfield as sf
from configuration import _evaluate_first as evaluate_first
from softfield.calculators.force_law import calculator_law, lammps_types, minimum_of
from softfield.calculators.lammps import parse_script
from softfield.calculators.state import atoms_state
from softfield.errors import (
    InvalidGlassError,
    InvalidPotentialError,
    InvalidSettingError,
    NotAMinimumError,
)
from softfield.files.blocks import read_block


def equal(one, other):
    for name in ("positions", "species", "box", "masses"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_atoms_and_a_file_of_ase_make_the_same_glass(tmp_path):
    atoms = sample("cuzr")
    atoms.set_masses(np.where(np.array(atoms.get_chemical_symbols()) == "Cu", 63.5, 91.2))
    atoms.calc = None
    atoms.write(tmp_path / "glass.traj")
    equal(sf.read_glass(tmp_path / "glass.traj"), sf.glass_from_atoms(atoms))


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_a_glass_comes_back_from_atoms(name):
    """Also with more species than the alphabetical order of elements would allow."""
    _, glass, _ = pair_sample(name)
    glass = sf.Glass(glass.positions, np.arange(glass.n_particles) % 12, glass.box)
    equal(sf.glass_from_atoms(sf.atoms_from_glass(glass)), glass)


def test_atoms_that_are_no_glass_are_refused():
    atoms = sample("cuzr")
    atoms.pbc = [True, True, False]
    with pytest.raises(InvalidGlassError, match="not periodic"):
        sf.glass_from_atoms(atoms)
    atoms.pbc = True
    cell = atoms.cell.array
    cell[2, 0] += 1.0
    atoms.set_cell(cell)
    with pytest.raises(InvalidGlassError, match="tilted other than in the xy plane"):
        sf.glass_from_atoms(atoms)


@pytest.mark.parametrize("name", ["2dipl", "3dipl"])
def test_the_state_is_that_of_the_pair_potential(name):
    atoms, glass, potential = pair_sample(name)
    state = atoms_state(atoms, 1e-7)
    assert state.energy == pytest.approx(sf.energy(glass, potential))
    assert state.at_rest
    assert state.pressure == pytest.approx(sf.pressure(glass, potential), rel=1e-7)
    moved = glass.with_positions(glass.positions + 0.01 * np.sin(glass.positions))
    atoms.positions[:, : glass.dimension] = moved.positions
    largest = np.linalg.norm(sf.forces(moved, potential), axis=1).max()
    state = atoms_state(atoms, 1e-7)
    assert state.largest_force == pytest.approx(largest)
    assert not state.at_rest
    weak = replace(potential, strengths=1e-9 * potential.strengths)
    atoms.calc = PairCalculator(weak)
    state = atoms_state(atoms, 1e-7)
    assert state.largest_force < 1e-7
    assert not state.at_rest


def test_the_pressure_is_that_of_the_stress_where_there_is_one():
    """Differences of energies go wrong where these jump at a cutoff; the stress does not."""

    class Jumping(PairCalculator):
        implemented_properties = (*PairCalculator.implemented_properties, "stress")

        def calculate(self, *arguments, **keywords):
            super().calculate(*arguments, **keywords)
            self.results["energy"] += np.ceil(1e3 * self.atoms.get_volume())
            self.results["stress"] = np.array([-3.0, -2.0, -1.0, 0.0, 0.0, 0.0])

    atoms, _, potential = pair_sample("3dipl")
    atoms.calc = Jumping(potential)
    assert atoms_state(atoms, 1e-7).pressure == pytest.approx(2.0)


def test_the_units_of_energy_decide_nothing_about_a_minimum():
    """What is no minimum is none in a unit of energy 1e9 times as large."""
    atoms, glass, potential = pair_sample("2dipl")
    expected = sf.calculator_field(atoms).energy
    atoms.calc = PairCalculator(replace(potential, strengths=1e-9 * potential.strengths))
    np.testing.assert_allclose(sf.calculator_field(atoms).energy, expected, atol=1e-3)
    shift = 0.01 * np.random.default_rng(0).normal(size=glass.positions.shape)
    atoms.positions[:, : glass.dimension] += shift
    with pytest.raises(NotAMinimumError, match="feels a force"):
        sf.calculator_field(atoms)
    relaxed = sf.relax_atoms(atoms)
    np.testing.assert_allclose(sf.calculator_field(relaxed).energy, expected, atol=1e-3)


def test_modes_are_those_of_the_field():
    atoms = sample("cuzr")
    field = sf.calculator_field(atoms, masses="atoms")
    modes = sf.calculator_modes(atoms, 7, masses="atoms")
    np.testing.assert_allclose(modes.frequencies, field.frequencies[:7], rtol=1e-9)
    np.testing.assert_allclose(modes.vectors, field.modes.vectors[:7], atol=1e-7)
    for count in (0, 178):
        with pytest.raises(InvalidSettingError, match="60 atoms have 1 to 177"):
            sf.calculator_modes(atoms, count)
    for count in (2.5, True):
        with pytest.raises(InvalidSettingError, match="must be a whole number"):
            sf.calculator_modes(atoms, count)


def test_a_glass_without_masses_has_none_as_atoms(caplog):
    """Its elements stand for species: they are not hydrogen and helium."""
    atoms, glass, potential = pair_sample("2dipl")
    for modes in (sf.calculator_modes, sf.calculator_field):
        with pytest.raises(InvalidSettingError, match="the atoms have no masses"):
            modes(atoms, masses="atoms")
    sf.calculator_modes(atoms, 3)
    assert "unit masses" not in caplog.text
    weighed = replace(glass, masses=np.where(glass.species == 0, 1.0, 4.0))
    atoms.set_masses(weighed.masses)
    expected = sf.normal_modes(weighed, potential, 3, masses="glass").frequencies
    found = sf.calculator_modes(atoms, 3, masses="atoms").frequencies
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert "unit masses" not in caplog.text
    sf.calculator_modes(atoms, 3)
    assert "modes of unit masses, although the masses of the glass go from 1 to 4" in caplog.text


def test_a_calculator_is_the_force_law_of_a_glass(tmp_path):
    atoms = sample("cuzr")
    glass = sf.glass_from_atoms(atoms)
    python = {"kind": "python", "function": "gupta:Gupta"}
    for names, elements in ((["Cu", "Zr"], None), ([1, 2], ["Cu", "Zr"])):
        law = calculator_law({**python, **({"elements": elements} if elements else {})}, names)
        assert isinstance(law.calculator, Gupta)
        made = law.atoms(glass)
        assert made.get_potential_energy() == pytest.approx(atoms.get_potential_energy())
        rng = np.random.default_rng(1)
        moved = glass.with_positions(glass.positions + rng.normal(0, 0.01, (60, 3)))
        back = minimum_of(moved, law, 1e-7).positions - glass.positions
        np.testing.assert_allclose(back - back.mean(axis=0), 0, atol=1e-5)
    with pytest.raises(
        InvalidPotentialError, match=r"calls its species A, B.*elements: \[Cu, Zr\]"
    ):
        calculator_law(python, ["A", "B"])
    with pytest.raises(InvalidPotentialError, match="an empty list is none"):
        calculator_law({**python, "elements": []}, ["Cu"])
    for wrong in (5, [["Cu"]]):
        with pytest.raises(InvalidPotentialError, match="is none"):
            calculator_law({**python, "elements": wrong}, ["Cu"])


def test_elements_find_their_types_in_a_script(caplog):
    script = parse_script("pair_style eam/alloy\npair_coeff * * CuZr.eam.alloy Zr Cu NULL\n")
    assert lammps_types(script, ["Cu", "Zr"]) == {"Cu": 2, "Zr": 1}
    assert lammps_types(script, None, [1, 2]) is None
    assert not caplog.records
    assert lammps_types(script, None, ["A", "B"]) is None
    assert "taken as A = type 1, B = type 2" in caplog.text


LABELLED = {
    "labelmap": "labelmap atom 1 {0} 2 {1}\n",
    "read_data": "read_data types.data\n",
    "behind": "pair_style zero 2\nread_data types.data nocoeff\n",
}

#: Labels of types 1 and 2 in a script, law, settings, names of species 0 and 1, whether the user
#: has mapped these, and their types.
BY_EAM, BY_NUMBER = "* * f Al Ni", "1 1 f"
NAMED = [
    (("Yl", "Xn"), BY_EAM, {}, ("Xn", "Yl"), False, [2, 1]),
    (("Yl", "Xn"), BY_NUMBER, {}, ("Xn", "Yl"), False, [2, 1]),
    (("Ag", "Cu"), BY_NUMBER, {}, ("Cu", "Ag"), False, [2, 1]),
    (("Yl", "Xn"), BY_EAM, {}, (0, "Yl"), False, [None, 1]),  # a species without particles
    (("Ag", "Cu"), BY_NUMBER, {}, (0, "Ag"), False, [None, 1]),
    (("Yl", "Xn"), BY_EAM, {}, ("Xn", "Yl"), True, [1, 2]),
    (("Yl", "Xn"), BY_EAM, {"elements": ["Al", "Ni"]}, ("Xn", "Yl"), False, [1, 2]),
    (("Yl", "Xn"), BY_NUMBER, {"elements": ["Ni", "Al"]}, ("Xn", "Yl"), False, [2, 1]),
    (("Yl", "Xn"), BY_NUMBER, {"elements": ["Ni", "Ni"]}, ("Yl", "Xn"), False, [1, 2]),
    (("Yl", "Xn"), BY_EAM, {}, ("Ni", "Al"), False, [2, 1]),  # elements are no labels here
    (("B", "A"), BY_NUMBER, {}, ("A", "B"), False, [2, 1]),  # B is not boron
]


@pytest.mark.parametrize("source", LABELLED)
@pytest.mark.parametrize(("labels", "law", "more", "names", "mapped", "types"), NAMED)
def test_names_find_their_types_by_the_labels_of_a_script(
    tmp_path, caplog, source, labels, law, more, names, mapped, types
):
    listed = "".join(f"{k} {label}\n" for k, label in enumerate(labels, start=1))
    (tmp_path / "types.data").write_text(f"types\n\n2 atom types\n\nAtom Type Labels\n\n{listed}")
    style = "pair_style eam/alloy\n" if law == BY_EAM else "pair_style eam\n"
    (tmp_path / "in.eam").write_text(f"{LABELLED[source].format(*labels)}{style}pair_coeff {law}\n")
    section = {"kind": "lammps", "script": "in.eam", **more}
    made = calculator_law(section, names, tmp_path, mapped)
    glass = sf.Glass(np.eye(3)[:2], [1, 1] if types[0] is None else [0, 1], [9.0] * 3)
    found = made.calculator._types_of(made.atoms(glass)).tolist()
    assert found == [types[k] for k in glass.species]
    assert not caplog.records


def test_names_that_contradict_the_labels_of_a_script_are_refused():
    script = parse_script("labelmap atom 1 B\npair_style eam\npair_coeff 1 1 f\npair_coeff 2 2 g\n")
    with pytest.raises(InvalidGlassError, match="B is type 1 there and 2 here"):
        lammps_types(script, None, ["A", "B"])
    assert lammps_types(script, None, ["B", "D1"]) is None


def test_elements_that_a_script_does_not_name_are_none_of_its_types():
    """Hydrogen was taken for carbon, as the first of the periodic table for a nameless species."""
    script = parse_script("pair_style tersoff\npair_coeff * * SiC.tersoff C\n")
    for elements, names in ((["H"], ["H"]), (None, ["H"]), (None, ["Ag"]), (["C", "Ag"], None)):
        with pytest.raises(InvalidPotentialError, match=r"for which the LAMMPS script names no"):
            lammps_types(script, elements, names)


def test_charges_that_a_glass_does_not_keep_are_told(caplog, tmp_path):
    """Those of atoms, and those of the file of an ensemble of the workflow."""
    atoms = Atoms("NaCl", [[0, 0, 0], [2.8, 0, 0]], cell=[5.6] * 3, pbc=True)
    section = {"kind": "python", "function": "gupta:Gupta", "elements": ["Cu", "Zr"]}
    ensemble = {
        "calculator": {"settings": section, "names": ["Cl", "Na"], "mapped": False},
        "files": [tmp_path / "salt.extxyz"],
        "reading": {"frame": -1},
    }
    for charged in (False, True):
        atoms.set_initial_charges([charged, -charged])
        atoms.write(tmp_path / "salt.extxyz")
        for told_by in (lambda: sf.glass_from_atoms(atoms), lambda: evaluate_first(ensemble)):
            caplog.clear()
            told_by()
            assert ("does not keep the charges of atoms" in caplog.text) == charged


def test_an_element_of_several_types_is_told_by_the_species_or_asked_for():
    law = "pair_style hybrid/overlay eam/alloy lj/cut 5\npair_coeff * * eam/alloy f Cu Cu\n"
    apart = parse_script(law + "pair_coeff 1 1 lj/cut 0.05 2.3\n")
    assert lammps_types(apart, ["Cu", "Cu"]) is None  # species plus one
    with pytest.raises(InvalidPotentialError, match="has Cu as types 1 and 2"):
        lammps_types(apart, ["Cu"])
    alike = parse_script("pair_style eam/alloy\npair_coeff * * f Cu Cu\n")
    assert lammps_types(alike, ["Cu"]) == {"Cu": 1}


def test_elements_of_a_script_are_those_of_its_variables(tmp_path):
    """Values that the section gives, not those that the script has without them."""
    (tmp_path / "in.eam").write_text(
        "variable a index Cu\nvariable b index Zr\npair_style eam/fs\npair_coeff * * f ${a} ${b}\n"
    )
    section = {"kind": "lammps", "script": "in.eam", "variables": {"a": "Zr", "b": "Cu"}}
    assert calculator_law(section, ["Cu", "Zr"], tmp_path).calculator.types == {"Cu": 2, "Zr": 1}


def test_any_calculator_class_of_ase_will_do():
    """A stand-in for machine-learned ones: its own name, nothing but ase's interface."""
    from ase.calculators.lj import LennardJones

    atoms = Atoms("Ar16", pbc=True, cell=[5.0] * 3)
    atoms.positions = 5.0 * np.random.default_rng(4).random((16, 3))
    atoms.calc = LennardJones(sigma=1.8, rc=2.4, ro=2.1, smooth=True)
    atoms = sf.relax_atoms(atoms, 1e-8)
    field = sf.calculator_field(atoms)
    assert field.energy.sum() == pytest.approx(45, rel=1e-4)


@pytest.mark.parametrize("changed", ["set", "parameters"])
def test_what_a_calculator_gave_with_other_parameters_counts_for_nothing(changed):
    """ase keeps results at the same places, also where a parameter has changed since."""
    from ase.calculators.lj import LennardJones

    atoms = Atoms("Ar5", pbc=True, cell=[1.75] * 3)
    atoms.positions = np.random.default_rng(3).uniform(0, 1.75, (5, 3))
    atoms.calc = LennardJones(rc=2.5, ro=2.0, smooth=True)
    atoms = sf.relax_atoms(atoms)
    expected = sf.calculator_field(atoms)
    energy = atoms_state(atoms, 1e-7).energy
    if changed == "set":
        atoms.calc.set(epsilon=2.0)
    else:
        atoms.calc.parameters["epsilon"] = 2.0
    field = sf.calculator_field(atoms)  # without unit
    np.testing.assert_allclose(field.energy, expected.energy, atol=1e-5)
    np.testing.assert_allclose(field.displacement, 0.5 * expected.displacement, atol=1e-6)
    atoms.get_forces()
    atoms.calc.parameters["epsilon"] = 4.0
    assert atoms_state(atoms, 1e-7).energy == pytest.approx(4.0 * energy)


def test_glasses_of_files_are_read_with_their_state(tmp_path):
    """The script of the workflow, with the energy of the calculator itself."""
    atoms = sample("cuzr")
    energy = atoms.get_potential_energy()
    sf.write_glass(tmp_path / "glass.data", sf.glass_from_atoms(atoms))
    section = {"kind": "python", "function": "gupta:Gupta", "elements": ["Cu", "Zr"]}
    read_atoms.main(
        files=[str(tmp_path / "glass.data")],
        output=str(tmp_path / "block.h5"),
        ensemble="mine",
        block="0-0",
        described={"settings": section, "names": [1, 2], "mapped": False},
        settings={"relax": False},
        force_tolerance=1e-7,
    )
    with read_block(tmp_path / "block.h5", "glasses") as block:
        record = block[0].attributes
    assert record["energy_per_particle"] == pytest.approx(energy / 60)
    assert record["pressure"] == pytest.approx(atoms_state(atoms, 1e-7).pressure)
