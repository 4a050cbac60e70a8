"""Kinetic energy of a LAMMPS data file: half of mass times velocity squared, by hand."""

import pytest

from softfield.errors import FileFormatError
from softfield.mechanics.lammps_log import kinetic_energy
from softfield.potentials.lammps.potential import lammps_potential

HEADER = """made by hand

3 atoms
2 atom types
0 10 xlo xhi
0 10 ylo yhi
0 10 zlo zhi

Masses

1 2.0
2 3.0

"""
VELOCITIES = "Velocities\n\n3 0 0 1\n1 1.0D+00 2 2\n2 0 -1 0\n"

#: Section Atoms by style; types 1, 2, 2 and thus K = (2 * 9 + 3 * 1 + 3 * 1) / 2.
ATOMS = {
    "atomic": "1 1 1 2 3\n2 2 2 3 4\n3 2 3 4 5\n",
    "charge": "1 1 0.5 1 2 3\n2 2 0.5 2 3 4\n3 2 0.5 3 4 5\n",
    "molecular": "1 2 1 1.5 2 3\n2 1 2 2 3 4\n3 1 2 3 4 5\n",
    "full": "1 2 1 0.5 1 2 3\n2 1 2 0.5 2 3 4\n3 1 2 0.5 3 4 5\n",
}
K = 12.0


def energy_of(tmp_path, atoms, velocities=VELOCITIES, header=HEADER, **options):
    (tmp_path / "x.data").write_text(f"{header}{atoms}\n{velocities}")
    return kinetic_energy(tmp_path / "x.data", **options)


@pytest.mark.parametrize("style", ATOMS)
def test_masses_are_those_of_the_types_whether_or_not_the_file_names_its_style(tmp_path, style):
    named = f"Atoms # {style}\n\n{ATOMS[style]}"
    assert energy_of(tmp_path, named) == pytest.approx(K, rel=1e-15)
    unnamed = f"Atoms\n\n{ATOMS[style]}"
    assert energy_of(tmp_path, unnamed, atom_style=style) == pytest.approx(K, rel=1e-15)


def test_a_style_that_the_columns_do_not_tell_is_not_guessed(tmp_path):
    whole = ATOMS["molecular"].replace("1.5", "1")  # charges or molecules?
    with pytest.raises(FileFormatError, match="several fit"):
        energy_of(tmp_path, f"Atoms\n\n{whole}")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2 0 -1 0\n", "", "truncated"),
        ("2 0 -1 0\n", "2 0\n", "columns"),
        ("2 0 -1 0\n", "1 0 -1 0\n", "one line for each"),
        ("2 0 -1 0\n", "2 0 -1 0\n2 0 -1 0\n", "one line for each"),
        ("2 0 -1 0\n", "2 0 nan 0\n", "finite"),
        ("2 0 -1 0\n", "2 0 1e200 0\n", "finite"),
        ("2 0 -1 0\n", "2 0 fast 0\n", "not numeric"),
    ],
)
def test_velocities_that_do_not_fit_the_atoms_are_refused(tmp_path, old, new, words):
    with pytest.raises(FileFormatError, match=words):
        energy_of(tmp_path, f"Atoms # atomic\n\n{ATOMS['atomic']}", VELOCITIES.replace(old, new))


def test_masses_of_the_script_stand_in_and_must_be_complete(tmp_path):
    header = HEADER.replace("Masses\n\n1 2.0\n2 3.0\n\n", "")
    atoms = f"Atoms # atomic\n\n{ATOMS['atomic']}"
    given = {"header": header, "masses": {0: 2.0, 1: 3.0}}
    assert energy_of(tmp_path, atoms, **given) == pytest.approx(K, rel=1e-15)
    with pytest.raises(FileFormatError, match="no mass of type 2"):
        energy_of(tmp_path, atoms, header=header, masses={0: 2.0})
    with pytest.raises(FileFormatError, match="mass must be positive"):
        energy_of(tmp_path, atoms, header=HEADER.replace("1 2.0", "1 -2.0"))


def test_masses_that_a_script_sets_behind_the_file_count(tmp_path):
    atoms = f"Atoms # atomic\n\n{ATOMS['atomic']}"
    assert energy_of(tmp_path, atoms, masses={0: 4.0, 1: 6.0}) == pytest.approx(2 * K, rel=1e-15)
    commands = "pair_style lj/cut 2.5\npair_coeff * * 1 1\n"
    for command, masses in (
        ("mass * 4.0", {0: 4.0, 1: 4.0}),
        ("mass 2* 6.0", {0: 2.0, 1: 6.0}),
        ("mass *1 4.0", {0: 4.0, 1: 3.0}),
        ("mass 1*2 5.0", {0: 5.0, 1: 5.0}),
    ):
        (tmp_path / "in.x").write_text(f"read_data x.data\n{commands}{command}\n")
        assert lammps_potential(tmp_path / "in.x").masses == masses
