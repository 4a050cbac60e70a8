"""What a file says is taken as it says it: types, boxes, boundaries, frames, values."""

import numpy as np
import pytest

import softfield as sf
from softfield.errors import FileFormatError, InvalidGlassError, InvalidSettingError
from softfield.files.glasses import read_labelled_glass

RNG = np.random.default_rng(0)
N = 24
PLACES = RNG.random((N, 3)) * 10
CUBE = 'Lattice="10 0 0 0 10 0 0 0 10"'
NAMED = "Properties=species:S:1:pos:R:3"


def rows(words, places=PLACES):
    return "".join(
        f"{word} {' '.join(map(repr, x))}\n" for word, x in zip(words, places.tolist(), strict=True)
    )


def xyz(comment, words=("A",) * N, places=PLACES):
    return f"{len(places)}\n{comment}\n{rows(words, places)}"


def dump(columns, words):
    head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{N}\nITEM: BOX BOUNDS pp pp pp\n"
    return (
        f"{head}{'0 10' + chr(10)}{'0 10' + chr(10)}{'0 10' + chr(10)}ITEM: ATOMS {columns} x y z\n"
        + rows(words)
    )


def read(tmp_path, text, name="x", **options):
    (tmp_path / name).write_text(text)
    return sf.read_glass(tmp_path / name, **options)


# --- types ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{:d}", "{:.6f}", "{:.18e}", "{}."])
@pytest.mark.parametrize("types", [np.arange(N) % 12 + 1, np.arange(N) % 2 + 2])
def test_types_that_are_written_as_reals_are_numbers(tmp_path, form, types):
    words = [form.format(k) for k in types.tolist()]
    assert read(tmp_path, dump("type", words)).species.tolist() == (types - 1).tolist()
    found = read(tmp_path, xyz(f"{CUBE} Properties=type:R:1:pos:R:3", words))
    assert found.species.tolist() == (types - 1).tolist()


@pytest.mark.parametrize("words", [["1.0", "1.5"] * 12, ["1e30", "2"] * 12])
def test_types_between_whole_numbers_are_refused(tmp_path, words):
    for text in (dump("type", words), xyz(f"{CUBE} Properties=type:R:1:pos:R:3", words)):
        with pytest.raises(FileFormatError, match=r"column type .*write whole numbers, or names"):
            read(tmp_path, text)


def test_names_that_python_takes_for_numbers_are_names(tmp_path):
    found = read(tmp_path, dump("type", ["nan", "inf", "Cu"] * 8))
    assert found.species.tolist() == [2, 1, 0] * 8


@pytest.mark.parametrize("word", ["element", "typelabel"])
def test_names_beside_types_are_labels_in_the_order_of_the_types(tmp_path, word):
    path = tmp_path / "x.dump"
    path.write_text(dump(f"type {word}", ["1 Zr", "3 Cu"] * 12))
    found, labels = read_labelled_glass(path)
    assert found.species.tolist() == [0, 2] * 12
    assert labels == ["Zr", "Cu"] * 12
    for mapping in ({"Zr": 1, "Cu": 0}, {1: 1, 3: 0}, {"Zr": 1, "3": 0}):
        assert sf.read_glass(path, species=mapping).species.tolist() == [1, 0] * 12
    path.write_text(dump(f"type {word}", ["1 C", "2 C"] * 12))  # elements that tell nothing
    if word == "element":
        assert read_labelled_glass(path)[1] == [1, 2] * 12


@pytest.mark.parametrize("suffix", [".dump", ".data", ".extxyz"])
@pytest.mark.parametrize("word", ["element", "typelabel"])
@pytest.mark.parametrize("names", [["2", "1"], ["6", "14"], ["2", "C"]])
def test_numbers_beside_types_do_not_name_them(tmp_path, names, word, suffix):
    """A dump with atomic numbers, or the types of another program, has the types that it says."""
    path = tmp_path / "x.dump"
    path.write_text(dump(f"type {word}", [f"1 {names[0]}", f"2 {names[1]}"] * 12))
    found, labels = read_labelled_glass(path)
    assert found.species.tolist() == [0, 1] * 12
    named = "C" in names  # one that is no number names them all
    assert labels == (names if named else [1, 2]) * 12
    mapping = dict(zip(names if named else (1, 2), (1, 0), strict=True))
    assert sf.read_glass(path, species=mapping).species.tolist() == [1, 0] * 12
    if not named:
        sf.write_glass(tmp_path / f"again{suffix}", found, labels=labels)
        again = sf.read_glass(tmp_path / f"again{suffix}")
        assert again.species.tolist() == [0, 1] * 12


@pytest.mark.parametrize("suffix", ["data", "dump", "xyz", "gsd"])
def test_numbers_below_zero_are_names_in_every_format(tmp_path, suffix):
    places = np.array([[0.5, 0.5], [2.5, 0.5], [4.5, 0.5], [2.5, 3.5]])
    file, names = tmp_path / f"n.{suffix}", ["-1", "-2", "-3", "-2"]
    sf.write_glass(file, sf.Glass(places, [0, 1, 2, 1], [6.0, 6.0]), labels=names)
    _, labels = read_labelled_glass(file)
    assert list(map(str, labels)) == names
    mapped = sf.read_glass(file, species={"-1": 0, "-2": 1, "-3": 1})
    assert mapped.species.tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("species:S:1:number:I:1", [f"Cu {k}" for k in range(N)]),
        ("species:S:1:label:I:1", [f"Cu {k}" for k in range(N)]),
    ],
)
def test_serial_numbers_beside_a_species_are_values(tmp_path, column, words):
    found = read(tmp_path, xyz(f"{CUBE} Properties={column}:pos:R:3", words))
    assert set(found.species) == {0}
    (values,) = sf.read_values(tmp_path / "x").values()
    assert values.tolist() == list(range(N))


def test_a_column_z_beside_the_positions_is_a_value(tmp_path):
    words = [f"Cu {k}" for k in range(N)]
    read(tmp_path, xyz(f"{CUBE} Properties=species:S:1:Z:I:1:pos:R:3", words))
    assert sf.read_values(tmp_path / "x")["Z"].tolist() == list(range(N))


def test_a_label_and_its_number_that_are_mapped_otherwise_are_refused(tmp_path):
    text = dump("type typelabel", ["1 A", "2 B"] * 12)
    same = {"A": 1, "B": 0, "1": 1, 2: 0}
    assert read(tmp_path, text, species=same).species.tolist() == [1, 0] * 12
    with pytest.raises(InvalidSettingError, match="has A twice"):
        read(tmp_path, text, species={"A": 0, "B": 1, "1": 1, "2": 0})


# --- boxes and boundaries ------------------------------------------------------------------


@pytest.mark.parametrize("flags", ["TTT", "TTF", "TFF"])
@pytest.mark.parametrize("form", ['"{} {} {}"', "[{}, {}, {}]", "[{},{},{}]", "{{{} {} {}}}"])
def test_boundaries_in_every_form_of_an_array(tmp_path, form, flags):
    text = xyz(f"{CUBE} {NAMED} pbc={form.format(*flags)}")
    if flags == "TTT":
        assert read(tmp_path, text).dimension == 3
    else:
        with pytest.raises(
            FileFormatError, match="not periodic along " + "y and z"[-(flags.count("F") ** 3) :]
        ):
            read(tmp_path, text)


@pytest.mark.parametrize("text", ["[T, T, F", "[T,", "maybe", '"T T T T"'])
def test_boundaries_that_are_none_are_refused(tmp_path, text):
    with pytest.raises(FileFormatError, match="not three of T and F"):
        read(tmp_path, xyz(f"{CUBE} {NAMED} pbc={text}"))


@pytest.mark.parametrize(
    "said",
    ["Lattice=[[10.0, 0.0, 0.0], [2.0, 10.0, 0.0], [0.0, 0.0, 10.0]] " + NAMED,
     "Lattice=[[10,0,0],[2,10,0],[0,0,10]] " + NAMED,
     'cell="10 0 0 2 10 0 0 0 10" columns:name,pos',
     "step=10, cell=[10, 0, 0, 2, 10, 0, 0, 0, 10], dt=0.1",
     "columns:name, pos cell:(10 0 0 2 10 0 0 0 10)"],
)  # fmt: skip
def test_cells_in_every_form_of_an_array(tmp_path, said):
    found = read(tmp_path, xyz(said))
    assert found.box.tolist() == [10, 10, 10]
    assert found.strain == pytest.approx(0.2)


@pytest.mark.parametrize(
    "said", ["step=10, cell=10,10,10", "cell=10,10,10, step=10", "cell='10 10 10'"]
)
def test_edges_behind_and_before_other_words(tmp_path, said):
    assert read(tmp_path, xyz(said)).box.tolist() == [10, 10, 10]


def test_edges_without_quotes_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(FileFormatError, match=r"'10' for a box.*with commas or in quotes"):
        read(tmp_path, xyz("box=10 10 10"))


# --- boxes without a third edge ------------------------------------------------------------

LAYERS = np.column_stack([PLACES[:, :2], np.arange(N) % 4])  # whole numbers: periods of 1
NO_HEIGHT = {
    "two edges": ("", {"box": (10, 10)}),
    "two vectors": ("", {"box": [[10, 0], [0, 10]]}),
    "zero edge": ("cell:10,10,0", {}),
    "zero vector": (f'Lattice="10 0 0 0 10 0 0 0 0" {NAMED} pbc="T T F"', {}),
    "zero vector, boundaries not said": (f'Lattice="10 0 0 0 10 0 0 0 0" {NAMED}', {}),
}


@pytest.mark.parametrize("places", [LAYERS, PLACES])
@pytest.mark.parametrize("case", NO_HEIGHT)
def test_a_height_is_not_made_up(tmp_path, case, places):
    comment, options = NO_HEIGHT[case]
    with pytest.raises(InvalidGlassError, match="do not lie in one plane: z differs by up to"):
        read(tmp_path, xyz(comment, places=places), **options)
    with pytest.raises(InvalidSettingError, match="three edges"):
        read(tmp_path, xyz(comment, places=places), dimension=3, **options)
    flat = places * [1, 1, 0] + [0, 0, 0.5]
    assert read(tmp_path, xyz(comment, places=flat), **options).box.tolist() == [10, 10]


def test_a_slab_of_ase_is_not_pressed_flat(tmp_path):
    ase, ase_io = pytest.importorskip("ase"), pytest.importorskip("ase.io")
    slab = ase.Atoms(f"Cu{N}", positions=LAYERS, cell=[10, 10, 0], pbc=[True, True, False])
    ase_io.write(tmp_path / "s.traj", slab)
    with pytest.raises(InvalidGlassError, match="z differs by up to 3"):
        sf.read_glass(tmp_path / "s.traj")


# --- frames, formats, values ---------------------------------------------------------------


@pytest.mark.parametrize("frame", [0, -1, -2])
@pytest.mark.parametrize("before", [0, 1])
def test_no_frame_of_an_xyz_file_has_fewer_particles_than_lines(tmp_path, frame, before):
    text = xyz(f"{CUBE} {NAMED}")
    long = text.replace(str(N), str(N - 1), 1)
    with pytest.raises((FileFormatError, InvalidSettingError)):
        read(tmp_path, text * before + long + text, frame=frame + (before if frame == 0 else 0))
    if before:  # the whole one in front is there
        assert sf.read_glass(tmp_path / "x", frame=0).n_particles == N


@pytest.mark.parametrize("name", ["x.dump", "x.data", "x.xyz"])
def test_a_file_that_ends_within_a_line_is_told(tmp_path, caplog, name):
    glass = sf.Glass(PLACES, [0] * N, [10] * 3, masses=PLACES[:, 0])
    sf.write_glass(tmp_path / name, glass)
    sf.read_glass(tmp_path / name)
    assert not caplog.messages
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-4])
    sf.read_glass(tmp_path / name)
    assert "digits of its last number are missing" in caplog.text


POSCAR = "{}\n{}\n5 0 0\n1 5 0\n0 0 5\nCu Zr\n{}\nDirect\n0 0 0\n.5 .5 .5\n.1 .2 .3\n.7 .8 .9\n"


@pytest.mark.parametrize("title", ["glass", "64"])
@pytest.mark.parametrize("factor", ["2.0", "2.0 ! 3 4", "2.0 # all"])
@pytest.mark.parametrize("counts", ["3 1", "3 1 ! 5", "3 1 # 5 6"])
@pytest.mark.parametrize("name", ["POSCAR", "CONTCAR.relaxed", "x.vasp", "x"])
def test_comments_in_a_poscar_file(tmp_path, title, factor, counts, name):
    text = POSCAR.format(title, factor, counts)
    if title == "64" and name == "x":
        with pytest.raises(FileFormatError, match="could be of the format xyz or poscar"):
            read(tmp_path, text, name)
    found = read(tmp_path, text, name, format="poscar" if name == "x" else None)
    assert found.box.tolist() == [10, 10, 10]
    assert found.species.tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(found.positions[1], [6, 5, 5])


@pytest.mark.parametrize("suffix", [".dump", ".extxyz", ".gsd", ".h5"])
def test_values_that_would_be_lost_are_refused(tmp_path, suffix):
    pytest.importorskip("gsd.hoomd")
    glass, path = sf.Glass(PLACES, [0] * N, [10] * 3), tmp_path / f"x{suffix}"
    with pytest.raises(InvalidSettingError, match="without components"):
        sf.write_glass(path, glass, {"v": np.zeros((N, 0))})
    both = {"v": PLACES, "v_x": np.zeros(N)}
    for values in (both, dict(reversed(both.items()))):
        if suffix == ".h5":  # which keeps vectors
            sf.write_glass(path, glass, values)
            np.testing.assert_array_equal(sf.read_values(path)["v"], PLACES)
        else:
            with pytest.raises(InvalidSettingError, match="two columns v_x"):
                sf.write_glass(path, glass, values)


def test_digits_with_underscores_are_no_values(tmp_path):
    read(tmp_path, dump("type q", ["1 1_0"] * N))
    assert "q" not in sf.read_values(tmp_path / "x")


def test_values_of_a_gsd_frame_are_its_own(tmp_path):
    hoomd = pytest.importorskip("gsd.hoomd")

    def frame(n, log):
        made = hoomd.Frame()
        made.configuration.box = [10, 10, 10, 0, 0, 0]
        made.particles.N, made.particles.position = n, PLACES[:n] - 5
        made.log = log
        return made

    logs = [
        (6, {"particles/s": np.arange(6.0)}),
        (6, {}),
        (8, {}),
        (8, {"particles/s": -np.arange(8.0)}),
    ]
    with hoomd.open(str(tmp_path / "x.gsd"), "w") as file:
        for n, log in logs:
            file.append(frame(n, log))
    for k, (_, log) in enumerate(logs):
        values = sf.read_values(tmp_path / "x.gsd", frame=k)
        assert {f"particles/{name}": v.tolist() for name, v in values.items()} == {
            name: v.tolist() for name, v in log.items()
        }


def test_a_damaged_trajectory_of_ase_is_refused(tmp_path):
    ase, ase_io = pytest.importorskip("ase"), pytest.importorskip("ase.io")
    atoms = ase.Atoms(numbers=[200] * N, positions=PLACES, cell=[10] * 3, pbc=True)
    ase_io.write(tmp_path / "x.traj", atoms)
    with pytest.raises(InvalidGlassError, match=r"x\.traj: the atomic numbers 200"):
        sf.read_glass(tmp_path / "x.traj")
