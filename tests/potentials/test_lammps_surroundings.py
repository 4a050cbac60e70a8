"""Box, bonds, particles and further forces of LAMMPS scripts: what is refused, what is noted."""

import pytest

from softfield.errors import InvalidPotentialError
from softfield.potentials.lammps.potential import lammps_potential

LAW = "pair_style lj/cut 2.5\npair_coeff * * 1 1\n"

# --- the box ---


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("boundary p p f\n" + LAW, r"line 1 \(boundary p p f\): z is not periodic"),
        ("boundary p fs p\n" + LAW, "y is not periodic"),
        ("boundary m p s\n" + LAW, "x and z are not periodic"),
        ("dimension 2\nboundary s p s\n" + LAW, "x is not periodic"),
        (LAW + "change_box all x scale 1.1 boundary p p s\n", "line 3.*z is not periodic"),
        ("boundary p p f\npair_style eam\n", "z is not periodic"),  # before a calculator takes it
        ("variable b getenv B\nboundary p p $b\n" + LAW, "line 2.*getenv"),
        ("if '1>0' then 'boundary p p f'\n" + LAW, "boundary.*`if`"),
    ],
)
def test_a_box_with_faces_is_refused(script, words):
    with pytest.raises(InvalidPotentialError, match=words):
        lammps_potential(script)


@pytest.mark.parametrize(
    "script",
    [
        "boundary p p p\n" + LAW,
        "boundary pp p p\n" + LAW,
        "dimension 2\nboundary p p f\n" + LAW,
        "boundary p p f\nchange_box all boundary p p p\n" + LAW,
        "boundary p p f\nclear\n" + LAW,
        LAW + "change_box all x scale 1.1\n",
    ],
)
def test_a_periodic_box_is_taken(script):
    assert lammps_potential(script).notes == ()


# --- forces ---


@pytest.mark.parametrize(
    "style",
    [
        "wall/reflect", "gravity", "efield", "spring/self", "bond/break", "indent", "restrain",
        "colvars", "plumed", "external", "aveforce", "addforce", "setforce", "freeze",
    ],
)  # fmt: skip
def test_a_fix_that_acts_on_particles_is_noted(style):
    (note,) = lammps_potential(LAW + f"fix 1 all {style} 1 2 3\n").notes
    assert note.startswith(f"fix {style} (line 3) acts on particles")


def test_an_energy_that_a_fix_adds_to_the_log_is_noted():
    (note,) = lammps_potential(LAW + "fix 1 all nve\nfix_modify 1 energy yes\n").notes
    assert "fix_modify energy yes (line 4)" in note
    quiet = LAW + "fix 1 all nve\nfix_modify 1 energy no virial no\nfix 2 all langevin 1 1 1 1\n"
    assert lammps_potential(quiet).notes == ()


# --- particles ---


@pytest.mark.parametrize("words", ["type 1 type 2", "group all type/fraction 2 0.5 1"])
def test_types_that_a_script_sets_are_noted(words):
    (note,) = lammps_potential(LAW + f"set {words}\n").notes
    assert note.startswith("set (line 3) changes types")
    assert lammps_potential(LAW + "set type 1 charge 2\n").notes == ()


GRAINS = "read_data grains.data\npair_style gran/hooke 100.0 NULL 0 NULL 0 0\npair_coeff * *\n"


@pytest.fixture
def grains(tmp_path):
    """Commands behind a granular script -> its potential; type 1 has diameter 1, type 2 1.2."""
    (tmp_path / "grains.data").write_text(
        "grains\n\n2 atoms\n2 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
        "Atoms # sphere\n\n1 1 1.0 1 1 1 1\n2 2 1.2 1 2 1 1\n"
    )
    (tmp_path / "end.data").write_text(
        (tmp_path / "grains.data").read_text().replace("2 2 1.2", "2 2 1.4")
    )

    def potential(commands, data=None, **given):
        (tmp_path / "in.grains").write_text("atom_style sphere\n" + GRAINS + commands)
        return lammps_potential(
            tmp_path / "in.grains", data=None if data is None else tmp_path / data, **given
        )

    return potential


CHANGES = ["set type 2 diameter 1.4\n", "set group all type 1\n",
           "fix 1 all adapt 1 atom diameter v_d\n"]  # fmt: skip


@pytest.mark.parametrize("command", CHANGES)
@pytest.mark.parametrize("data", [None, "grains.data"])
def test_grains_that_a_script_changes_are_not_those_that_it_has_read(grains, command, data):
    assert grains("", data).ranges[1, 1] == 1.2
    with pytest.raises(InvalidPotentialError, match=r"line 5.*not those of the file.*data="):
        grains(command, data)


def test_grains_written_afterwards_are_as_the_script_has_changed_them(grains):
    for given in ({"data": "end.data"}, {"diameters": [1.0, 1.4]}):
        potential = grains("set type 2 diameter 1.4\n", **given)
        assert potential.ranges[1, 1] == 1.4
        assert "changed on line 5" in potential.notes[0]
    written = grains("set type 2 diameter 1.2\nwrite_data grains.data\n", "grains.data")
    assert written.ranges[1, 1] == 1.2
    assert lammps_potential(LAW + "set type 2 diameter 1.4\n").notes == ()


def test_diameters_of_added_grains_are_not_put_together(grains):
    command = "read_data end.data add append\n"
    with pytest.raises(InvalidPotentialError, match=r"line 5.*added particles"):
        grains(command)
    assert grains(command, diameters=[1.0, 1.3]).ranges[1, 1] == 1.3


# --- bonds ---


def test_bonds_are_refused_or_noted_where_nothing_tells():
    with pytest.raises(InvalidPotentialError, match=r"line 3.*leaves bonded neighbours out"):
        lammps_potential(LAW + "create_bonds many all all 1 0.9 1.1\n")
    (note,) = lammps_potential("bond_style zero\n" + LAW).notes
    assert note.startswith("bond_style (line 1): if there are bonds")
    (note,) = lammps_potential("molecule dimer dimer.mol\n" + LAW).notes
    assert note.startswith("molecule (line 1): if its particles are there")
