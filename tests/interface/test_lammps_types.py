"""Types of a file and of a LAMMPS script, matched by name: their sizes, masses and energies."""

import numpy as np
import pytest

import softfield as sf
from softfield.cli import main
from softfield.errors import InvalidPotentialError
from softfield.potentials.settings import potential_of_glass

EDGE = 3.4
PLACES = [[0, 0, 0], [1.5, 0, 0], [0, 1.7, 0], [0, 0, 1.7],
          [1.7, 1.7, 0], [1.7, 0, 1.7], [0, 1.7, 1.7], [1.7, 1.7, 1.7]]  # fmt: skip
NAMES = "AAAABBBB"

#: What the script calls type 1 is the second name of the files.
LABELS = "create_box 2 all\nlabelmap atom 1 B 2 A\n"
LAW = """pair_style lj/cut 1.69999
pair_coeff 1 1 1 1
pair_coeff 1 2 10 0.9
pair_coeff 2 2 100 0.8
"""
BOUNDS = f"0 {EDGE} xlo xhi\n0 {EDGE} ylo yhi\n0 {EDGE} zlo zhi\n"


def rows(columns):
    """Lines with the id, what ``columns`` says of a name, and the position."""
    return "".join(
        f"{k} {columns(name)} {x} {y} {z}\n"
        for k, (name, (x, y, z)) in enumerate(zip(NAMES, PLACES, strict=True), start=1)
    )


def number(name):
    return "AB".index(name) + 1


def dump(title, columns, places=None):
    bounds = f"0 {EDGE}\n" * 3
    head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n8\nITEM: BOX BOUNDS pp pp pp\n{bounds}"
    return f"{head}ITEM: ATOMS id {title} x y z\n{places or rows(columns)}"


def data(labels="1 A\n2 B", masses="", velocities="", coefficients="", kind=number):
    named = f"Atom Type Labels\n\n{labels}\n\n" if labels else ""
    return (
        f"made by hand\n\n8 atoms\n2 atom types\n{BOUNDS}\n{named}{masses}{coefficients}"
        f"Atoms # atomic\n\n{rows(kind)}\n{velocities}"
    )


FILES = {
    "labels.data": data(),
    "words.data": data(kind=str),
    "typelabel.dump": dump("type typelabel", lambda name: f"{number(name)} {name}"),
    "both.dump": dump("type element", lambda name: f"{number(name)} {name}"),
    "element.dump": dump("element", str),
}


def energy():
    """Of A as type 2 and B as type 1, pair by pair."""
    x, kinds = np.array(PLACES), np.array([1 if name == "A" else 0 for name in NAMES])
    strength = np.array([[1, 10], [10, 100]])[kinds][:, kinds]
    sigma = np.array([[1, 0.9], [0.9, 0.8]])[kinds][:, kinds]
    d = x[:, None] - x
    r = np.linalg.norm(d - EDGE * np.rint(d / EDGE), axis=2) + 10 * EDGE * np.eye(8)
    pairs = 4 * strength * ((sigma / r) ** 12 - (sigma / r) ** 6)
    return 0.5 * pairs[r < 1.69999].sum()


def told(capsys, *arguments):
    assert main(["info", *map(str, arguments)]) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line[:22].strip(): line[22:].split()[0] for line in lines}


@pytest.fixture
def script(tmp_path):
    def write(text, name="in.glass"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.mark.parametrize("by", ["--lammps", "--potential"])
@pytest.mark.parametrize("source", ["labelmap", "read_data"])
@pytest.mark.parametrize("name", FILES)
def test_names_of_types_decide(tmp_path, script, capsys, name, source, by):
    file = script(FILES[name], name)
    script(data("1 B\n2 A", kind=str), "other.data")
    law = script((LABELS if source == "labelmap" else "read_data other.data\n") + LAW)
    if by == "--potential":
        law = script('kind = "lammps"\nfile = "in.glass"\n', "law.toml")
    found = float(told(capsys, file, by, law)["energy per particle"])
    assert found == pytest.approx(energy() / 8, rel=1e-9)


@pytest.mark.parametrize("name", FILES)
def test_a_user_who_says_the_species_is_believed(script, capsys, name):
    file, law = script(FILES[name], name), script(LABELS + LAW)
    mapped = told(capsys, file, "--lammps", law, "--species", "A=1,B=0")
    assert float(mapped["potential energy"]) == pytest.approx(energy(), rel=1e-10)


def test_a_potential_of_ones_own_without_labels_says_how_types_are_taken(script, capsys):
    file = script(FILES["element.dump"], "element.dump")
    script(LAW)
    law = script('kind = "lammps"\nfile = "in.glass"\n', "law.toml")
    assert main(["info", str(file), "--potential", str(law)]) == 0
    assert "A = type 1, B = type 2" in capsys.readouterr().err


def test_names_that_match_in_part_and_contradict_the_numbers_are_refused(script, capsys):
    file = script(FILES["labels.data"].replace("2 B", "2 C"), "x.data")
    assert main(["info", str(file), "--lammps", str(script(LABELS + LAW))]) == 1
    assert "A is type 2 there and 1 here" in capsys.readouterr().err


COEFFICIENTS = "Pair Coeffs # lj/cut\n\n1 1 1\n2 100 0.8\n\n"


def test_coefficients_of_a_file_that_numbers_its_types_otherwise_are_refused(script):
    file = script(data(coefficients=COEFFICIENTS), "x.data")
    with pytest.raises(InvalidPotentialError, match="A is type 1 in this file and type 2 in the"):
        sf.lammps_potential(script(LABELS + LAW), data=file)
    same = LABELS.replace("1 B 2 A", "1 A 2 B")
    assert sf.lammps_potential(script(same + LAW), data=file).labels == ("A", "B")


# --- sizes ---------------------------------------------------------------------------------

RADII = {"A": 0.84, "B": 0.82}
GRAINS = "atom_style sphere\n{}pair_style gran/hooke 1000.0 NULL 50.0 NULL 0.5 0\npair_coeff * *\n"
SPHERES = data().replace("# atomic", "# sphere").split("Atoms")[0] + (
    "Atoms # sphere\n\n" + rows(lambda name: f"{number(name)} {2 * RADII[name]} 1.0")
)


def contact_energy():
    """Half of 1000 times the overlap squared, over two, of each pair (Hooke)."""
    x, radius = np.array(PLACES), np.array([RADII[name] for name in NAMES])
    d = x[:, None] - x
    r = np.linalg.norm(d - EDGE * np.rint(d / EDGE), axis=2)
    overlap = np.clip(radius[:, None] + radius - r, 0, None)
    np.fill_diagonal(overlap, 0)
    return 0.25 * 1000 * (overlap**2).sum()


@pytest.mark.parametrize("labelmap", ["", "labelmap atom 1 B 2 A\n", "labelmap atom 1 A 2 B\n"])
@pytest.mark.parametrize("name", ["x.dump", "x.data"])
def test_grains_keep_their_sizes_where_types_are_matched(script, capsys, name, labelmap):
    columns = dump("type typelabel radius", lambda n: f"{number(n)} {n} {RADII[n]}")
    file = script(columns if name == "x.dump" else SPHERES, name)
    law = script(GRAINS.format("create_box 2 all\n" + labelmap))
    found = float(told(capsys, file, "--lammps", law)["potential energy"])
    assert found == pytest.approx(contact_energy(), rel=1e-9)
    if name == "x.data":  # the library takes the sizes from the file
        potential = sf.lammps_potential(law, data=file)
        order = list(potential.labels)
        glass = sf.read_glass(file, species={label: k for k, label in enumerate(order)})
        assert sf.energy(glass, potential) == pytest.approx(contact_energy(), rel=1e-9)


def test_a_type_without_grains_widens_no_range(tmp_path, script):
    law = script(GRAINS.format("create_box 2 all\nlabelmap atom 1 B 2 A\n"))
    glass = sf.Glass([[0, 0], [0.5, 0]], [0, 0], [4, 4], diameters=[0.6, 0.6])
    described = {"kind": "lammps", "file": law.name}
    matched, potential = potential_of_glass(described, glass, tmp_path, ["A", "A"])
    assert matched.species.tolist() == [1, 1]
    assert potential.ranges.max() == pytest.approx(0.6)
    assert sf.energy(matched, potential) == pytest.approx(0.5 * 1000 * 0.1**2)


# --- kinetic energy ------------------------------------------------------------------------

VELOCITIES = "Velocities\n\n" + "".join(f"{k} {int(k < 5)} 0 0\n" for k in range(1, 9))
MASSES = "Masses\n\n1 3\n2 5\n\n"
OF_SCRIPT = "mass 1 1\nmass 2 100\n"
SWAPPED = ("--species", "1=1,2=0")


@pytest.mark.parametrize(
    ("labels", "masses", "text", "more", "heavy"),
    [
        # four particles of type 1 of the file move at 1: K is twice their mass
        ("", MASSES, "read_data x.data\n" + OF_SCRIPT, (), 1),
        ("", MASSES, "read_data x.data\n" + OF_SCRIPT, SWAPPED, 100),
        ("", MASSES, "read_data x.data\n", SWAPPED, 3),
        ("", MASSES, OF_SCRIPT, SWAPPED, 3),  # said before the file was written
        ("", "", OF_SCRIPT, SWAPPED, 100),
        ("1 A\n2 B", "", LABELS + OF_SCRIPT, (), 100),
        ("1 A\n2 B", MASSES, LABELS, (), 3),
        ("1 A\n2 B", MASSES, "read_data x.data\nmass A 7\n", (), 7),
    ],
)
def test_masses_are_those_of_the_type_that_a_particle_is(
    script, capsys, labels, masses, text, more, heavy
):
    file = script(data(labels or None, masses, VELOCITIES), "x.data")
    law = script(text + LAW)
    found = told(capsys, file, "--lammps", law, *more)
    pressure = 2 * (2 * heavy) / (3 * EDGE**3)
    assert float(found["kinetic part"]) == pytest.approx(pressure, rel=1e-10)


def test_velocities_that_are_not_read_are_not_called_absent(script, capsys):
    file = script(dump("type vx vy vz", lambda name: f"{number(name)} 1 0 0"), "v.dump")
    assert main(["info", str(file), "--lammps", str(script(LAW))]) == 0
    assert "no velocities read" in capsys.readouterr().out
