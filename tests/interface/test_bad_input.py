"""Bad input of more than twenty kinds: each gets one clear line and exit code 1 or 2."""

from pathlib import Path

import numpy as np
import pytest

import softfield as sf
from oracles import REFERENCE
from softfield.cli import main

FLAT = REFERENCE / "2dipl_400.data"
MODEL = ["--model", "2dipl"]


def text_of(old="", new=""):
    text = FLAT.read_text()
    assert old in text
    return text.replace(old, new, 1)


def first_atom():
    """The first line of the section Atoms."""
    return FLAT.read_text().split("Atoms # atomic\n\n")[1].splitlines()[0]


def moved_atom(column, value):
    words = first_atom().split()
    words[column] = value
    return text_of(first_atom(), " ".join(words))


def on_top_of_another():
    lines = FLAT.read_text().split("Atoms # atomic\n\n")[1].splitlines()
    one, other = lines[0].split(), lines[1].split()
    return text_of(lines[0], " ".join([*one[:2], *other[2:]]))


def shaken():
    text = FLAT.read_text()
    words = first_atom().split()
    words[2] = repr(float(words[2]) + 0.05)
    return text.replace(first_atom(), " ".join(words), 1)


#: kind -> (content of the file, its suffix, further arguments, what the line must say)
FILES = {
    "a file that is not there": (None, ".data", MODEL, "no file"),
    "an empty file": ("", ".data", MODEL, "is empty"),
    "binary nonsense": (b"\xff\xfe\x00\x81", ".data", MODEL, "not a text file"),
    "another format": ("x", ".docx", MODEL, "no supported format"),
    "a truncated file": (
        lambda: FLAT.read_text()[:9000],
        ".data",
        MODEL,
        "truncated|columns|inhom",
    ),
    "a coordinate that is no number": (lambda: moved_atom(2, "one"), ".data", MODEL, "one"),
    "a coordinate that is not finite": (lambda: moved_atom(2, "nan"), ".data", MODEL, "not finite"),
    "two atoms with one id": (lambda: moved_atom(0, "2"), ".data", MODEL, "same id"),
    "two particles on top of each other": (on_top_of_another, ".data", MODEL, "apart"),
    "a type that the header does not announce": (
        lambda: moved_atom(1, "7"),
        ".data",
        MODEL,
        "type 7 .* announces 2",
    ),
    "a species without parameters": (
        lambda: (
            moved_atom(1, "7")
            .replace("2 atom types", "7 atom types")
            .replace("2 1\n", "2 1\n7 1\n", 1)
        ),
        ".data",
        MODEL,
        "species 6",
    ),
    "a mapping that leaves out a species": (text_of, ".data", [*MODEL, "--species", "1=0"], "map"),
    "a tilt in xz": (
        lambda: text_of("ylo yhi", "ylo yhi\n0 0.5 0 xy xz yz"),
        ".data",
        MODEL,
        "simple shear",
    ),
    "bonds": (lambda: text_of() + "\nBonds\n\n1 1 1 2\n", ".data", MODEL, "'Bonds'"),
    "a box smaller than twice the range": (
        "x\n\n2 atoms\n2 atom types\n\n0 2 xlo xhi\n0 2 ylo yhi\n-0.5 0.5 zlo zhi\n\n"
        "Atoms # atomic\n\n1 1 0.1 0.1 0\n2 1 1.1 1.0 0\n",
        ".data",
        MODEL,
        "twice the interaction range",
    ),
    "a box without volume": (
        "x\n\n2 atoms\n2 atom types\n\n0 0 xlo xhi\n0 2 ylo yhi\n-0.5 0.5 zlo zhi\n\n"
        "Atoms # atomic\n\n1 1 0.1 0.1 0\n2 1 1.1 1.0 0\n",
        ".data",
        MODEL,
        "positive edges",
    ),
    "a dump without periodic boundaries": (
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS ff ff ff\n0 9\n0 9\n0 9\n"
        "ITEM: ATOMS id type x y z\n1 1 1 1 1\n",
        ".dump",
        MODEL,
        "periodic",
    ),
    "a frame that a trajectory does not have": (
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
        "ITEM: ATOMS id type x y z\n1 1 1 1 1\n",
        ".dump",
        [*MODEL, "--frame", "5"],
        "no frame 5",
    ),
    "a dump without atoms": (
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n0\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
        "ITEM: ATOMS id type x y z\n",
        ".dump",
        MODEL,
        "no atoms",
    ),
    "a data file without atoms": (
        "x\n\n0 atoms\n\n0 1 xlo xhi\n0 1 ylo yhi\n0 1 zlo zhi\n\nAtoms # atomic\n\n",
        ".data",
        MODEL,
        "no atoms",
    ),
    "a frame of a file that has only one": (
        text_of,
        ".data",
        [*MODEL, "--frame", "2"],
        "no frame 2",
    ),
    "HDF5 that is none": ("text", ".h5", MODEL, "not HDF5"),
    "a model that does not exist": (text_of, ".data", ["--model", "4dipl"], "no model '4dipl'"),
    "a model of another dimension": (text_of, ".data", ["--model", "3dipl"], "2-dimensional"),
    "a state that is not a minimum": (shaken, ".data", MODEL, "feels a force"),
    "a force tolerance that is not positive": (
        text_of,
        ".data",
        [*MODEL, "--force-tolerance", "-1"],
        "tolerance must be positive",
    ),
    "a unit of length that is not positive": (
        text_of,
        ".data",
        [*MODEL, "--length-unit", "0"],
        "unit of length",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_cannot_be_analysed_gets_one_line_and_exit_code_1(tmp_path, capsys, kind):
    content, suffix, arguments, message = FILES[kind]
    path = tmp_path / f"bad{suffix}"
    content = content() if callable(content) else content
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(capsys, ["field", str(path), *arguments, "-q"], message)


#: kind -> (content of the potential's file, what the line must say)
POTENTIALS = {
    "a potential that is no TOML": ("kind = ", "no TOML"),
    "a kind of potential that does not exist": ('kind = "morse"', "no kind of potential"),
    "a parameter that does not exist": ('kind = "lennard_jones"\nsigma = 1', "sigma"),
    "tables that are not symmetric": (
        'kind = "lennard_jones"\ndiameters = [[1.0, 1.1], [1.2, 1.4]]',
        "symmetric",
    ),
    "a table that is not there": ('kind = "table"\nfile = "absent.txt"', "absent.txt"),
    "a potential with too few species": ('kind = "harmonic_contacts"', "species 1"),
}


@pytest.mark.parametrize("kind", POTENTIALS)
def test_a_potential_that_cannot_be_used_gets_one_line_and_exit_code_1(tmp_path, capsys, kind):
    content, message = POTENTIALS[kind]
    path = tmp_path / "mine.toml"
    path.write_text(content)
    refused(capsys, ["field", str(FLAT), "--potential", str(path), "-q"], message)


def test_rattlers_get_one_line(tmp_path, capsys):
    rng = np.random.default_rng(0)
    apart = sf.Glass(rng.random((20, 2)) * 100, [0, 1] * 10, [100.0, 100.0])
    sf.write_glass(tmp_path / "gas.data", apart)
    arguments = [str(tmp_path / "gas.data"), *MODEL, "-q", "--force-tolerance", "1e9"]
    refused(capsys, ["field", *arguments], "do not interact|apart")


def test_more_modes_than_there_are_get_one_line(capsys):
    refused(capsys, ["modes", str(FLAT), *MODEL, "--count", "900", "-q"], "798")


def test_soft_spots_of_a_sheared_glass_get_one_line(tmp_path, capsys):
    glass = sf.minimize(sf.read_glass(FLAT).sheared(0.01), sf.model("2dipl").potential)
    sf.write_glass(tmp_path / "sheared.data", glass)
    refused(capsys, ["spots", str(tmp_path / "sheared.data"), *MODEL, "-q"], "sheared")


def test_an_output_that_cannot_be_written_gets_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    out = str(tmp_path / "file" / "field.csv")
    refused(capsys, ["field", str(FLAT), *MODEL, "-o", out, "-q"], "file")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (["-o", "glass.h5"], "is read by this command"),
        (["-o", "link.h5"], "is read by this command"),
        (["-o", "a.csv", "-o", "sub/../a.csv"], "twice"),
        (["-o", "folder.csv"], "is a folder"),
        (["--plot", "folder.png"], "is a folder"),
        (["-o", "a.csv", "-o", "glass.h5/b.csv"], "is a file, no folder"),
    ],
)
def test_outputs_are_looked_at_before_anything_is_computed(
    tmp_path, monkeypatch, capsys, out, words
):
    """Nothing is written, no file that is read is replaced, and no work is lost."""
    monkeypatch.chdir(tmp_path)
    sf.write_glass("glass.h5", sf.read_glass(FLAT))
    before = Path("glass.h5").read_bytes()
    for name in ("sub", "folder.csv", "folder.png"):
        Path(name).mkdir()
    Path("link.h5").symlink_to("glass.h5")
    monkeypatch.setattr("softfield.response.fields.local_thermal_energy", None)
    refused(capsys, ["field", "glass.h5", *MODEL, *out, "-q"], words)
    assert Path("glass.h5").read_bytes() == before
    assert not Path("a.csv").exists()


def test_a_force_law_that_is_read_is_not_replaced(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("in.lmp").write_text("pair_style lj/cut 2\npair_coeff * * 1 1\n")
    refused(capsys, ["relax", str(FLAT), "--lammps", "in.lmp", "-o", "in.lmp", "-q"], "is read")
    assert Path("in.lmp").read_text().startswith("pair_style")


@pytest.mark.parametrize("command", ["info", "field"])
def test_an_empty_name_of_a_model_gets_one_line(capsys, command):
    refused(capsys, [command, str(FLAT), "--model", "", "-q"], "there is no model ''")


def test_variables_without_a_script_or_given_twice_get_one_line(tmp_path, capsys):
    refused(capsys, ["info", str(FLAT), *MODEL, "--var", "rc=2", "-q"], "--lammps")
    script = tmp_path / "in.glass"
    script.write_text("pair_style lj/cut ${rc}\npair_coeff * * 1 1\n")
    twice = ["--var", "rc=2", "--var", "rc=2.5"]
    refused(capsys, ["info", str(FLAT), "--lammps", str(script), *twice, "-q"], "rc twice")


@pytest.mark.parametrize("name", ["missing.h5", "missing.parquet", "missing.png"])
def test_provenance_of_a_missing_file_says_that_it_is_missing(tmp_path, capsys, name):
    refused(capsys, ["provenance", str(tmp_path / name)], "there is no file")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["field", str(FLAT), *MODEL, "--species", "1=0,1=1,2=1"],
        ["field", str(FLAT), *MODEL, "-o", "\udcff.parquet"],
        ["paint", "x"],
        ["field", str(FLAT)],
        ["field", str(FLAT), *MODEL, "--potential", "x.toml"],
        ["field", str(FLAT), *MODEL, "-o", "field.docx"],
        ["field", str(FLAT), *MODEL, "--plot", "field.txt"],
        ["field", str(FLAT), *MODEL, "--species", "A:0"],
        ["modes", str(FLAT), *MODEL, "--count", "0"],
        ["shear", str(FLAT), *MODEL, "--max-strain", "far"],
        ["relax", str(FLAT), *MODEL],
        ["relax", str(FLAT), *MODEL, "-o", "out.txt"],
    ],
)
def test_wrong_usage_is_explained_and_ends_with_exit_code_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("softfield")


def refused(capsys, arguments, message):
    import re

    assert main(arguments) == 1
    output = capsys.readouterr()
    lines = output.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("softfield: error: ")
    assert re.search(message, lines[0]), lines[0]
    assert "Traceback" not in output.err
    assert not output.out
