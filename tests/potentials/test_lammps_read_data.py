"""Data files that LAMMPS scripts read: where their coefficients count, as which types, and bonds.

Expected is always what a plain script says, with every coefficient written out.
"""

import numpy as np
import pytest

from softfield.errors import FileFormatError, InvalidPotentialError
from softfield.potentials.lammps.potential import lammps_potential
from softfield.potentials.pair_potential import radial_derivatives

DISTANCES = np.linspace(0.8, 2.6, 41)
LJ = "pair_style lj/cut 2.5\n"
DIAGONAL = "pair_coeff 1 1 1 1\npair_coeff 2 2 0.5 0.88\n"
PAIR_IJ = "PairIJ Coeffs # lj/cut\n\n1 1 1 1\n1 2 1.5 0.8\n2 2 0.5 0.88\n\n"


def assert_same(one, script):
    other = lammps_potential(script)
    assert one.n_species == other.n_species
    np.testing.assert_array_equal(one.ranges, other.ranges)
    for a, b in np.ndindex(one.ranges.shape):
        np.testing.assert_array_equal(
            radial_derivatives(one, DISTANCES, a, b), radial_derivatives(other, DISTANCES, a, b)
        )


def data_file(path, sections, types=2, counts=""):
    atoms = "".join(f"{k} {k} {k} 1 1\n" for k in range(1, types + 1))
    path.write_text(
        f"glass\n\n{types} atoms\n{types} atom types\n{counts}\n0 9 xlo xhi\n0 9 ylo yhi\n"
        f"0 9 zlo zhi\n\n{sections}Atoms # atomic\n\n{atoms}"
    )


@pytest.fixture
def read(tmp_path):
    """Text of a script -> its potential, from a folder with a data file of all pairs."""
    data_file(tmp_path / "glass.data", PAIR_IJ)

    def potential(script, **given):
        (tmp_path / "in.glass").write_text(script)
        return lammps_potential(tmp_path / "in.glass", **given)

    return potential


# --- the glass itself, which the script reads ---


def test_what_the_script_says_behind_the_data_file_of_the_glass_wins(read, tmp_path):
    """Energies of LAMMPS (22 July 2025) are those of the plain script in both cases."""
    script = "pair_style lj/cut 2.0\nread_data glass.data\npair_coeff 1 2 3 0.8\n" + LJ
    plain = LJ + DIAGONAL + "pair_coeff 1 2 3 0.8\n"
    assert_same(read(script), plain)
    assert_same(read(script, data=tmp_path / "glass.data"), plain)


def test_another_data_file_beside_that_of_the_glass_changes_nothing(read, tmp_path):
    data_file(tmp_path / "more.data", "PairIJ Coeffs # lj/cut\n\n1 1 4 1.1\n1 2 5 0.9\n\n")
    own, more = "read_data glass.data\n", "read_data more.data add merge\n"
    law = "pair_coeff 1 2 3 0.8\n"
    first = read(LJ + own + more + law, data=tmp_path / "glass.data")
    assert_same(first, LJ + DIAGONAL + "pair_coeff 1 1 4 1.1\n" + law)
    last = read(LJ + more + own + law, data=tmp_path / "glass.data")
    assert_same(last, LJ + DIAGONAL + law)
    between = read(LJ + own + law + more, data=tmp_path / "glass.data")
    assert_same(between, LJ + DIAGONAL + "pair_coeff 1 1 4 1.1\npair_coeff 1 2 5 0.9\n")


def test_coefficients_of_the_glass_are_gone_with_their_style(read, tmp_path):
    script = LJ + "read_data glass.data\npair_style soft 1.0\npair_coeff * * 1\n" + LJ + DIAGONAL
    assert_same(read(script, data=tmp_path / "glass.data"), LJ + DIAGONAL)


def test_the_glass_may_lie_outside_of_the_folder_of_its_script(tmp_path):
    (tmp_path / "below").mkdir()
    data_file(tmp_path / "glass.data", PAIR_IJ)
    script = tmp_path / "below" / "in.glass"
    script.write_text(LJ + "read_data ../glass.data\npair_coeff 1 2 3 0.8\n")
    potential = lammps_potential(script, data=tmp_path / "glass.data")
    assert_same(potential, LJ + DIAGONAL + "pair_coeff 1 2 3 0.8\n")
    assert potential.notes == ()


def test_a_data_file_that_the_script_writes_over_holds_what_was_there_last(read, tmp_path):
    """It was another file when it was read; its coefficients are those of the end."""
    script = LJ + "read_data glass.data\npair_coeff 1 2 7 0.7\nwrite_data glass.data pair ij\n"
    data_file(tmp_path / "glass.data", PAIR_IJ.replace("1 2 1.5 0.8", "1 2 7 0.7"))
    assert_same(
        read(script, data=tmp_path / "glass.data"), LJ + DIAGONAL + "pair_coeff 1 2 7 0.7\n"
    )
    data_file(tmp_path / "glass.data", "Pair Coeffs # lj/cut\n\n1 1 1\n2 0.5 0.88\n\n")
    mixed = LJ + "read_data glass.data\n" + DIAGONAL + "write_data glass.data\n"
    with pytest.raises(InvalidPotentialError, match=r"line 2.*written over on line 5.*types 1 2"):
        read(mixed, data=tmp_path / "glass.data")
    nothing = mixed.replace("read_data glass.data", "read_data glass.data nocoeff")
    assert_same(read(nothing, data=tmp_path / "glass.data"), LJ + DIAGONAL)


def test_a_given_data_file_must_be_there(read, tmp_path):
    with pytest.raises(FileFormatError, match=r"other\.data cannot be read"):
        read(LJ + "read_data glass.data\n", data=tmp_path / "other.data")


# --- added particles ---


@pytest.mark.parametrize(
    "section", ["Pair Coeffs # lj/cut\n\n1 2 0.9\n\n", "PairIJ Coeffs\n\n1 1 2 0.9\n\n"]
)
def test_types_of_added_particles_are_counted_from_the_offset_on(read, tmp_path, section):
    data_file(tmp_path / "more.data", f"Masses\n\n1 7.0\n\n{section}", types=1)
    added = "read_data more.data add append offset 2 0 0 0 0\n"
    potential = read(LJ + "read_data glass.data extra/atom/types 1\n" + added)
    assert_same(potential, LJ + DIAGONAL + "pair_coeff 1 2 1.5 0.8\npair_coeff 3 3 2 0.9\n")
    assert potential.masses == {2: 7.0}


def test_the_types_of_a_glass_that_is_added_are_others_in_the_script(read, tmp_path):
    data_file(tmp_path / "more.data", "", types=1)
    script = LJ + "read_data glass.data extra/atom/types 1\nread_data more.data add append "
    with pytest.raises(InvalidPotentialError, match=r"line 3.*more\.data are counted from 3 on"):
        read(script + "offset 2 0 0 0 0\npair_coeff * * 1 1\n", data=tmp_path / "more.data")


def test_labels_of_added_particles_must_be_those_that_are_there(read, tmp_path):
    labels = "Atom Type Labels\n\n1 A\n2 B\n\n"
    data_file(tmp_path / "glass.data", labels + PAIR_IJ)
    script = LJ + "read_data glass.data\nread_data more.data add append\n"
    data_file(tmp_path / "more.data", "Atom Type Labels\n\n1 A\n\nPair Coeffs\n\n1 2 0.9\n\n", 1)
    assert_same(read(script), LJ + "pair_coeff 1 1 2 0.9\npair_coeff 1 2 1.5 0.8\n"
                                   "pair_coeff 2 2 0.5 0.88\n")  # fmt: skip
    data_file(tmp_path / "more.data", "Atom Type Labels\n\n1 B\n\n", 1)
    with pytest.raises(InvalidPotentialError, match=r"line 3.*type labels of its own"):
        read(script)


# --- data files that are not read ---

UNREAD = {
    "given as text": LJ + "read_data glass.data\n" + DIAGONAL,
    "missing": LJ + "read_data missing.data\n" + DIAGONAL,
    "behind shell": LJ + "shell cd below\nread_data glass.data\n" + DIAGONAL,
    "outside": LJ + "read_data ../glass.data\n" + DIAGONAL,
    "over what was given before": LJ + DIAGONAL + "pair_coeff 1 2 1 1\nread_data missing.data add "
    "append\n" + DIAGONAL,
    "hybrid": "pair_style hybrid lj/cut 2.5\nread_data missing.data\n"
    + DIAGONAL.replace("1 1 ", "1 1 lj/cut ", 1).replace("2 2", "2 2 lj/cut"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_nothing_is_mixed_that_an_unread_data_file_may_have(read, name):
    def potential(script):
        return lammps_potential(script) if name == "given as text" else read(script)

    with pytest.raises(
        InvalidPotentialError, match=r"was not read, and.*types 1 2, which"
    ) as error:
        potential(UNREAD[name])
    assert "read_data" in str(error.value)
    style = "lj/cut " if name == "hybrid" else ""
    complete = potential(UNREAD[name] + f"pair_coeff 1 2 {style}1.5 0.8\n")
    assert_same(complete, LJ + DIAGONAL + "pair_coeff 1 2 1.5 0.8\n")


@pytest.mark.parametrize(
    "script",
    [
        "read_data missing.data\n" + LJ + DIAGONAL,  # LAMMPS: Must define pair_style before
        "pair_style soft 1.0\nread_data missing.data\n" + LJ + DIAGONAL,
        LJ + "read_data missing.data nocoeff\n" + DIAGONAL,
    ],
)
def test_a_data_file_without_coefficients_that_count_may_be_missing(read, script):
    assert_same(read(script), LJ + DIAGONAL)


def test_the_given_data_file_is_the_missing_one_of_its_name(tmp_path):
    data_file(tmp_path / "glass.data", PAIR_IJ)
    script = LJ + "read_data start/glass.data\npair_coeff 1 2 3 0.8\n"
    potential = lammps_potential(script, data=tmp_path / "glass.data")
    assert_same(potential, LJ + DIAGONAL + "pair_coeff 1 2 3 0.8\n")
    assert "is taken to be" in potential.notes[0]


def test_what_a_missing_file_adds_to_hybrid_overlay_is_noted(read):
    potential = read(
        "pair_style hybrid/overlay lj/cut 2.5\nread_data missing.data\npair_coeff * * lj/cut 1 1\n"
    )
    assert "missing.data (line 2) was not read" in potential.notes[0]


# --- bonds ---


def test_bonds_of_a_data_file_are_refused(read, tmp_path):
    """LAMMPS leaves bonded neighbours out of the pairs, whatever the bond style."""
    law = "pair_coeff * * 1 1\n"
    bonded = "atom_style bond\nbond_style zero\nread_data glass.data\n" + LJ + law
    assert_same(read(bonded, n_types=2), "create_box 2 b\n" + LJ + law)
    bonds = "Bonds\n\n1 1 1 2\n\n"
    data_file(tmp_path / "glass.data", bonds, counts="1 bonds\n1 bond types\n")
    for script in (bonded, bonded.replace("bond_style zero\n", "")):
        with pytest.raises(InvalidPotentialError, match=r"glass\.data.*leaves bonded neighbours"):
            read(script)
