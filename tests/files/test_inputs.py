"""Files as real programs write them: each is read as what it is, with the energy that LAMMPS has.

The kinds that tests/reference/inputs holds, and variants of them.
"""

import bz2
import gzip
import lzma
import tarfile
from pathlib import Path

import numpy as np
import pytest

import softfield as sf
from softfield.cli import main
from softfield.errors import FileFormatError, InvalidGlassError, InvalidSettingError
from softfield.files.glasses import read_labelled_glass

ARCHIVE = Path(__file__).parents[1] / "reference" / "inputs" / "files.tar.xz"
EDGE = 14.60593486680443
ENERGY = -930.38421768740  # LAMMPS
KOB_ANDERSEN = sf.lennard_jones(
    diameters=[[1, 0.8], [0.8, 0.88]],
    strengths=[[1, 1.5], [1.5, 0.5]],
    cutoff=2.5,
    truncation="shifted",
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def glass(inputs):
    return sf.read_glass(inputs / "data.glass")


# name -> what has to be said beside the path, digits of the positions in the file
READ = {
    "units.dump": ({}, 15),
    "glass_labels.data": ({}, 16),
    "glass_typelabel.dump": ({}, 6),
    "typeI.xyz": ({}, 16),
    "ovito_id.xyz": ({}, 16),
    "numspecies.xyz": ({}, 16),
    "traj.xyz": ({"box": (EDGE, EDGE)}, 6),
    "simulation_lists.xyz": ({}, 15),
    "plain_no_cell.xyz": ({"box": (EDGE, EDGE, 1.0)}, 16),
    "data.glass": ({}, 16),
    "dump.glass.5000": ({}, 16),
    "glass.lammpstrj.gz": ({}, 6),
    "masses.data": ({}, 16),
    "znoise.data": ({}, 16),
    "xz1e-17.data": ({}, 16),
    "nostyle_charge.data": ({}, 16),
    "brackets.dump": ({}, 16),
}


@pytest.mark.parametrize("name", READ)
def test_every_file_has_the_energy_that_lammps_has(inputs, name):
    more, digits = READ[name]
    found = sf.read_glass(inputs / name, **more)
    assert found.dimension == 2
    assert found.n_particles == 256
    assert found.strain == 0.0
    # the potential is cut off, so rounding of a coordinate is felt to first order where it ends
    tolerance = 1e-9 if digits > 10 else 1e-4
    assert sf.energy(found, KOB_ANDERSEN) == pytest.approx(ENERGY, abs=tolerance)


@pytest.mark.parametrize("name", READ)
def test_content_decides_whatever_the_name(inputs, tmp_path, name):
    more, _ = READ[name]
    expected = sf.read_glass(inputs / name, **more).positions
    for other in ("glass", "x.data", "x.dump", "x.xyz", "x.gsd", "x.5000", "dump.x", "x.txt"):
        path = tmp_path / other
        path.write_bytes((inputs / name).read_bytes())
        np.testing.assert_array_equal(sf.read_glass(path, **more).positions, expected)


@pytest.mark.parametrize("compression", [gzip, bz2, lzma])
@pytest.mark.parametrize("name", ["data.glass", "units.dump", "typeI.xyz"])
def test_compressed_files_are_read(inputs, tmp_path, name, compression):
    path = tmp_path / f"{name}.gz"  # wrong twice out of three times: content decides
    path.write_bytes(compression.compress((inputs / name).read_bytes()))
    assert sf.energy(sf.read_glass(path), KOB_ANDERSEN) == pytest.approx(ENERGY, abs=1e-9)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileFormatError, match="truncated or damaged"):
        sf.read_glass(path)


def test_compressed_gsd_and_hdf5_are_read(glass, tmp_path):
    pytest.importorskip("gsd.hoomd")
    for suffix in (".gsd", ".h5"):
        sf.write_glass(tmp_path / f"a{suffix}", glass)
        packed = tmp_path / f"a{suffix}.xz"
        packed.write_bytes(lzma.compress((tmp_path / f"a{suffix}").read_bytes()))
        assert sf.read_glass(packed).n_particles == 256


def test_zstd_is_read_where_a_package_has_it_and_named_where_none_has(inputs, tmp_path):
    path = tmp_path / "glass.data.zst"
    try:
        import zstandard
    except ImportError:
        path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(30))
        with pytest.raises(sf.SoftfieldError, match="zstd"):
            sf.read_glass(path)
    else:
        path.write_bytes(zstandard.compress((inputs / "data.glass").read_bytes()))
        assert sf.read_glass(path).n_particles == 256


# --- dumps ---------------------------------------------------------------------------------


def frame(number, places="0.5 0.5 0", before=""):
    return (
        f"{before}ITEM: TIMESTEP\n{number}\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n"
        f"0 9\n0 9\n-0.5 0.5\nITEM: ATOMS id type x y z\n1 1 {number} 1 0\n2 2 {places}\n"
    )


UNITS, TIME = "ITEM: UNITS\nlj\n", "ITEM: TIME\n0.25\n"


@pytest.mark.parametrize("before", ["", UNITS, TIME, UNITS + TIME, TIME + UNITS])
@pytest.mark.parametrize("everywhere", [True, False])
def test_frame_k_is_frame_k(tmp_path, before, everywhere):
    path = tmp_path / "many.dump"
    text = "".join(frame(k, before=before if everywhere or not k else "") for k in range(4))
    path.write_text(text)
    for k in (0, 1, 2, 3, -1, -4):
        assert sf.read_glass(path, frame=k).positions[0, 0] == k % 4
    with pytest.raises(InvalidSettingError, match="has 4 frames; there is no frame 4"):
        sf.read_glass(path, frame=4)
    with pytest.raises(InvalidSettingError, match="whole number"):
        sf.read_glass(path, frame=1.5)
    path.write_text(text + frame(4, before=before)[:-30])  # killed while it wrote
    assert sf.read_glass(path, frame=2).positions[0, 0] == 2
    with pytest.raises(FileFormatError, match="truncated"):
        sf.read_glass(path)


def test_both_frames_of_the_file_with_units(inputs):
    both = [sf.read_glass(inputs / "units.dump", frame=k) for k in (0, 1)]
    assert [sf.energy(one, KOB_ANDERSEN) for one in both] == pytest.approx([ENERGY] * 2, abs=1e-9)


def test_labels_become_species_in_the_order_of_the_file_or_as_mapped(inputs, glass):
    for name in ("glass_labels.data", "glass_typelabel.dump"):
        np.testing.assert_array_equal(sf.read_glass(inputs / name).species, glass.species)
        swapped = sf.read_glass(inputs / name, species={"A": 1, "B": 0})
        np.testing.assert_array_equal(swapped.species, 1 - glass.species)
    numbered = sf.read_glass(inputs / "glass_labels.data", species={1: 1, 2: 0})
    np.testing.assert_array_equal(numbered.species, 1 - glass.species)


def test_labels_in_the_order_of_the_data_file_and_not_of_the_alphabet(inputs, glass, tmp_path):
    text = (inputs / "glass_labels.data").read_text()
    renamed = text.replace("1 A\n2 B", "2 Ar\n1 Xe").replace(" A ", " Xe ").replace(" B ", " Ar ")
    labelled = renamed.replace("1 1\n2 1\n", "Xe 3.5\nAr 1\n", 1)
    (tmp_path / "x").write_text(labelled)
    found = sf.read_glass(tmp_path / "x")
    np.testing.assert_array_equal(found.species, glass.species)
    np.testing.assert_array_equal(found.masses, np.where(glass.species == 0, 3.5, 1.0))


def test_type_and_typelabel_together_have_the_order_of_the_types(tmp_path):
    text = frame(0).replace("id type", "id type typelabel")
    text = text.replace("1 1 0", "1 1 Z 0").replace("2 2 0.5", "2 2 A 0.5")
    (tmp_path / "x").write_text(text)
    assert sf.read_glass(tmp_path / "x").species.tolist() == [0, 1]
    assert sf.read_glass(tmp_path / "x", species={"A": 0, "2": 0, "Z": 1}).species.tolist() == [
        1,
        0,
    ]


def test_a_missing_type_column_is_called_missing(inputs):
    with pytest.raises(FileFormatError, match=r"notype\.dump lacks the column type"):
        sf.read_glass(inputs / "notype.dump")


def test_two_particles_with_one_id_are_refused(inputs, tmp_path):
    with pytest.raises(FileFormatError, match=r"dupid\.dump.* same id 1"):
        sf.read_glass(inputs / "dupid.dump")
    text = (inputs / "ovito_id.xyz").read_text().replace("\n33 H", "\n48 H")
    (tmp_path / "x.xyz").write_text(text)
    with pytest.raises(FileFormatError, match="same id 48"):
        sf.read_glass(tmp_path / "x.xyz")


@pytest.mark.parametrize("suffix", [".dump", ".extxyz", ".gsd", ".h5"])
def test_columns_with_brackets_go_round(inputs, tmp_path, suffix):
    values = sf.read_values(inputs / "brackets.dump")
    assert set(values) == {"c_stress[1]", "v_f"}
    found = sf.read_glass(inputs / "brackets.dump")
    sf.write_glass(tmp_path / f"again{suffix}", found, values)
    again = sf.read_values(tmp_path / f"again{suffix}")
    assert set(again) == set(values)
    np.testing.assert_allclose(again["c_stress[1]"], values["c_stress[1]"], rtol=1e-7)


# --- XYZ -----------------------------------------------------------------------------------


def xyz(comment, rows):
    return f"{len(rows)}\n{comment}\n" + "\n".join(rows) + "\n"


LATTICE = 'Lattice="9 0 0 0 8 0 0 0 1"'
PLACES = [[1.0, 2.0, 0.0], [3.0, 4.0, 0.0], [5.0, 6.0, 0.0]]
THREE = [f"{x} {y} {z}" for x, y, z in PLACES]
TWO = [f"{x} {y}" for x, y, _ in PLACES]
KINDS = [2, 1, 2]


@pytest.mark.parametrize(
    "column",
    ["type:I:1", "Type:I:1", "types:I:1", "atom_types:I:1", "Particle_Type:I:1", "species:S:1",
     "typeid:I:1", "element:S:1", "numbers:I:1"],
)  # fmt: skip
def test_a_type_column_of_any_spelling_is_the_species(tmp_path, column):
    rows = [f"{k} {where}" for k, where in zip(KINDS, THREE, strict=True)]
    path = tmp_path / "x"
    path.write_text(xyz(f"{LATTICE} Properties={column}:pos:R:3", rows))
    assert sf.read_glass(path).species.tolist() == [1, 0, 1]
    path.write_text(
        xyz(f"{LATTICE} Properties=pos:R:3:{column}", [f"{r[2:]} {r[0]}" for r in rows])
    )
    found = sf.read_glass(path)
    assert found.species.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(found.positions, np.array(PLACES)[:, :2])


def test_one_name_for_all_and_types_that_differ(tmp_path):
    rows = [f"X {k} {where}" for k, where in zip(KINDS, THREE, strict=True)]
    (tmp_path / "x").write_text(xyz(f"{LATTICE} Properties=species:S:1:type:I:1:pos:R:3", rows))
    assert sf.read_glass(tmp_path / "x").species.tolist() == [1, 0, 1]
    rows[0] = rows[0].replace("X", "Y")
    (tmp_path / "x").write_text(xyz(f"{LATTICE} Properties=species:S:1:type:I:1:pos:R:3", rows))
    with pytest.raises(FileFormatError, match="disagree"):
        sf.read_glass(tmp_path / "x")


def test_tags_and_names_beside_the_species_are_not_ids_and_not_species(tmp_path):
    header = f"{LATTICE} Properties=species:S:1:pos:R:3:tags:I:1:name:S:1"
    rows = [f"{'AB'[k - 1]} {w} 0 CA" for k, w in zip(KINDS, THREE, strict=True)]
    (tmp_path / "x").write_text(xyz(header, rows))
    assert sf.read_glass(tmp_path / "x").species.tolist() == [1, 0, 1]
    assert sf.read_values(tmp_path / "x")["tags"].tolist() == [0, 0, 0]


def test_names_in_the_column_type_of_a_dump(tmp_path):
    text = frame(0).replace("1 1 0 1", "1 Z 0 1").replace("2 2 0.5", "2 A 0.5")
    (tmp_path / "x").write_text(text)
    assert sf.read_glass(tmp_path / "x").species.tolist() == [1, 0]
    (tmp_path / "x").write_text(text.replace("2 A", "2 3"))
    with pytest.raises(FileFormatError, match="type does not consist of whole numbers"):
        sf.read_glass(tmp_path / "x")


def test_ids_order_the_particles_and_their_values(inputs, glass, tmp_path):
    found = sf.read_glass(inputs / "ovito_id.xyz")
    np.testing.assert_array_equal(found.species, glass.species)
    assert np.abs(glass.minimum_image(found.positions - glass.positions)).max() < 1e-12
    rows = [f"{where} {k} A {k}.5" for k, where in zip((3, 1, 2), THREE, strict=True)]
    header = f"{LATTICE} Properties=pos:R:3:Particle_Identifier:I:1:name:S:1:v:R:1"
    (tmp_path / "x").write_text(xyz(header, rows))
    assert sf.read_glass(tmp_path / "x").positions[:, 0].tolist() == [3.0, 5.0, 1.0]
    assert sf.read_values(tmp_path / "x")["v"].tolist() == [1.5, 2.5, 3.5]


COMMUNITY = {
    "columns:name,pos cell:9,8": [f"A {w}" for w in TWO],
    "step:7 columns:name,pos,vel cell:9.0,8.0 dt:0.1": [f"A {w} 0.1 0.2" for w in TWO],
    "columns:pos,species cell:9,8,7": [f"{w} A" for w in TWO],
    "columns:id,pos cell:9,8": [f"A {w}" for w in TWO],
    "columns:id,type,pos,radius,mass cell:9,8": [f"{k} 1 {w} 0.5 2.0" for k, w in enumerate(TWO)],
    "columns:name,x,y,z,diameter,foo cell:9,8,7": [f"A {w} 1.0 3" for w in THREE],
    "cell:[9, 8] columns:name,pos": [f"A {w}" for w in THREE],
}


@pytest.mark.parametrize("comment", COMMUNITY)
def test_files_with_columns_and_cell_in_their_second_line(tmp_path, comment):
    (tmp_path / "x.xyz").write_text(xyz(comment, COMMUNITY[comment]))
    found = sf.read_glass(tmp_path / "x.xyz")
    np.testing.assert_array_equal(found.positions, np.array(PLACES)[:, :2])
    assert found.box.tolist() == [9.0, 8.0]
    assert found.species.tolist() == [0, 0, 0]
    if "mass" in comment:
        assert found.masses.tolist() == [2.0] * 3
    if "radius" in comment or "diameter" in comment:
        assert found.diameters.tolist() == [1.0] * 3


def test_three_dimensions_with_columns_and_cell(tmp_path):
    rows = ["A 1 2 -3", "B -1 -2 3"]
    (tmp_path / "x").write_text(xyz("columns:name,pos cell:9,8,7", rows))
    found = sf.read_glass(tmp_path / "x")
    assert found.box.tolist() == [9.0, 8.0, 7.0]
    assert found.positions.tolist() == [[1, 2, -3], [-1, -2, 3]]


def test_a_file_without_a_box_says_how_to_give_one(inputs):
    for name in ("plain_no_cell.xyz", "traj.xyz"):
        with pytest.raises(FileFormatError, match=rf"{name}.*no box.*box=.*--box"):
            sf.read_glass(inputs / name)
    for box in ((EDGE,), (EDGE, -1.0), "wide", (EDGE, np.nan)):
        with pytest.raises(InvalidSettingError, match="box"):
            sf.read_glass(inputs / "traj.xyz", box=box)


def test_a_plain_file_with_more_columns_and_one_with_two_coordinates(tmp_path):
    (tmp_path / "x").write_text(xyz("made by hand", [f"A {w} 0.5 7" for w in THREE]))
    assert sf.read_glass(tmp_path / "x", box=(9, 8)).dimension == 2
    assert sf.read_values(tmp_path / "x")["column_5"].tolist() == [0.5] * 3
    (tmp_path / "y").write_text(xyz("", [f"{k} {w}" for k, w in zip(KINDS, TWO, strict=True)]))
    found = sf.read_glass(tmp_path / "y", box=[[9, 0], [0.9, 8]])
    assert found.species.tolist() == [1, 0, 1]
    assert found.strain == pytest.approx(0.9 / 8)
    (tmp_path / "z").write_text(xyz("", THREE))
    with pytest.raises(FileFormatError, match="does not say what its columns are"):
        sf.read_glass(tmp_path / "z", box=(9, 8))


# --- LAMMPS data files ---------------------------------------------------------------------


HEADER = """by hand

3 atoms
2 atom types
0 9 xlo xhi
0 8 ylo yhi
0 7 zlo zhi

Atoms

"""

#: Lines of the section Atoms -> the style that they must be
LINES = {
    "atomic": ["1 1 1 2 3", "2 2 2 3 4", "3 1 3 4 5"],
    "charge": ["1 1 -0.5 1 2 3", "2 2 0.5 2 3 4", "3 1 0 3 4 5"],
    "molecular": ["1 0 1 1 2 3", "2 7 2 2 3 4", "3 0 1 3 4 5"],
    "sphere": ["1 1 1.0 2.0 1 2 3", "2 2 1.2 2.0 2 3 4", "3 1 1.0 2.0 3 4 5"],
    "full": ["1 0 1 -0.5 1 2 3", "2 7 2 1.0 2 3 4", "3 0 1 0.0 3 4 5"],
}


@pytest.mark.parametrize("images", ["", " 0 0 0"])
@pytest.mark.parametrize("style", LINES)
def test_a_style_that_only_one_can_be_is_found(tmp_path, style, images):
    path = tmp_path / "x"
    path.write_text(HEADER + "\n".join(line + images for line in LINES[style]))
    found = sf.read_glass(path)
    assert found.positions.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert found.species.tolist() == [0, 1, 0]
    if style == "sphere":
        assert found.diameters.tolist() == [1.0, 1.2, 1.0]
        np.testing.assert_allclose(found.masses, 2 * np.pi / 6 * found.diameters**3)


def test_several_styles_that_fit_are_named_and_one_can_be_chosen(tmp_path):
    path = tmp_path / "x"
    path.write_text(HEADER + "\n".join(["1 1 2 1 2 3", "2 2 1 2 3 4", "3 1 1 3 4 5"]))
    with pytest.raises(FileFormatError, match=r"charge, molecular.*atom_style="):
        sf.read_glass(path)
    assert sf.read_glass(path, atom_style="charge").species.tolist() == [0, 1, 0]
    assert sf.read_glass(path, atom_style="molecular").species.tolist() == [1, 0, 0]
    with pytest.raises(FileFormatError, match="atom style 'full'"):
        sf.read_glass(path, atom_style="full")
    with pytest.raises(FileFormatError, match="'ellipsoid'"):
        sf.read_glass(path, atom_style="ellipsoid")


def test_only_data_files_have_an_atom_style(inputs):
    with pytest.raises(InvalidSettingError, match="LAMMPS text dump; only"):
        sf.read_glass(inputs / "units.dump", atom_style="charge")


def test_boxes_of_three_vectors_as_ovito_writes_them(tmp_path):
    """OVITO writes orthogonal boxes of some files so."""
    vectors = "9 0 0 avec\n0.9 8 0 bvec\n0 0 7 cvec\n0 0 -3.5 abc origin"
    text = HEADER.replace("0 9 xlo xhi\n0 8 ylo yhi\n0 7 zlo zhi", vectors)
    data, dump = tmp_path / "a", tmp_path / "b"
    data.write_text(text + "\n".join(LINES["atomic"]))
    box = "9 0 0 0\n0.9 8 0 0\n0 0 7 -3.5"
    title = "ITEM: BOX BOUNDS abc origin pp pp pp"
    head = (
        f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n3\n{title}\n{box}\nITEM: ATOMS id type x y z\n"
    )
    dump.write_text(head + "\n".join(LINES["atomic"]))
    for path in (data, dump):
        found = sf.read_glass(path)
        assert found.box.tolist() == [9, 8, 7]
        assert found.strain == pytest.approx(0.9 / 8)
        assert found.positions.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
        path.write_text(path.read_text().replace("0 0 7", "0.5 0 7"))
        with pytest.raises(InvalidGlassError, match="tilted other than in the xy plane"):
            sf.read_glass(path)
    data.write_text(data.read_text().replace("0.9 8 0 bvec\n", ""))
    with pytest.raises(FileFormatError, match="lacks 'bvec'"):
        sf.read_glass(data)


def test_types_of_bonds_without_bonds_and_a_missing_comment(tmp_path):
    text = HEADER + "\n".join(LINES["full"])
    path = tmp_path / "x"
    path.write_text(text.replace("Atoms\n", "Bond Coeffs # harmonic\n\n1 50 1\n\nAtoms # full\n"))
    assert sf.read_glass(path).n_particles == 3
    path.write_text(path.read_text() + "\n\nBonds\n\n1 1 1 2\n")
    with pytest.raises(FileFormatError, match="'Bond Coeffs' means forces"):
        sf.read_glass(path)
    path.write_text(text.removeprefix("by hand\n\n"))
    with pytest.raises(FileFormatError, match=r"first line is '3 atoms'.*put one in front"):
        sf.read_glass(path, format="data")


def test_exponents_of_fortran(tmp_path):
    path = tmp_path / "x"
    path.write_text((HEADER + "\n".join(LINES["atomic"])).replace("1 2 3", "0.1D+01 2.d0 3.0d+00"))
    assert sf.read_glass(path).positions[0].tolist() == [1, 2, 3]


def test_exponents_of_fortran_in_values(tmp_path):
    dump, xyz = tmp_path / "a.dump", tmp_path / "a.xyz"
    box = "ITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
    rows = "1 1 1 2 3 0.5D+01\n2 1 4 5 6 -1d0\n"
    title = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\n"
    dump.write_text(f"{title}{box}ITEM: ATOMS id type x y z q\n{rows}")
    said = 'Lattice="9 0 0 0 9 0 0 0 9" Properties=id:I:1:type:I:1:pos:R:3:q:R:1'
    xyz.write_text(f"2\n{said}\n{rows}")
    for path in (dump, xyz):
        assert sf.read_values(path)["q"].tolist() == [5, -1]


POSCAR = """glass
2.0
4.5 0 0
0 4.0 0
0 0 0.5
B A B
1 1 1
{}
0.25 0.5 0.5 F F F
0.5 0.25 0.5 T T T
0.75 0.75 0.5 T T T
"""


def test_poscar_files_with_species_of_any_name(tmp_path):
    path = tmp_path / "CONTCAR"
    path.write_text(POSCAR.format("Selective dynamics\nDirect"))
    found = sf.read_glass(path)
    assert found.box.tolist() == [9, 8]
    assert found.species.tolist() == [0, 1, 0]
    np.testing.assert_allclose(found.positions, [[2.25, 4], [4.5, 2], [6.75, 6]])
    path.write_text(POSCAR.format("Cartesian").replace("2.0", "-72").replace("B A B\n", ""))
    found = sf.read_glass(path)  # a volume of 72 is a factor of 2
    assert found.species.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.positions, [[0.5, 1], [1, 0.5], [1.5, 1.5]])
    path.write_text(POSCAR.format("Direct")[:-25])
    with pytest.raises(FileFormatError, match="CONTCAR: it announces 3 particles, but has 2"):
        sf.read_glass(path)
    path.write_text(POSCAR.format("Direct") + "Cartesian\n0 0 0\n0 0 0\n0 0 0\n")  # velocities
    assert sf.read_glass(path).n_particles == 3
    path.write_text(POSCAR.format("Direct") + "0.5 0.5 0.5\n")
    with pytest.raises(FileFormatError, match="announces 3 particles, but has more"):
        sf.read_glass(path)
    path.write_text(POSCAR.format("Direct").replace("0.75", "1e999"))
    with pytest.raises(FileFormatError, match="finite"):
        sf.read_glass(path)


# --- two dimensions and tilts --------------------------------------------------------------


def test_what_counts_as_two_dimensional(inputs, tmp_path):
    text = (inputs / "znoise.data").read_text()
    path = tmp_path / "x.data"
    path.write_text(text.replace("4.8e-16", "1e-3"))
    assert sf.read_glass(path).dimension == 3
    with pytest.raises(InvalidGlassError, match=r"one plane: z differs by up to 0\.001"):
        sf.read_glass(path, dimension=2)
    path.write_text(text.replace("256 atoms", "256 atoms\ndimension 2"))
    assert sf.read_glass(path).dimension == 2
    assert sf.read_glass(inputs / "znoise.data", dimension=3).dimension == 3
    # rounding below zero lands at the upper face of a box that begins at zero
    wrapped = text.replace("-0.45643546458763845 0.45643546458763845 zlo", "0 0.5 zlo")
    path.write_text(wrapped.replace("4.8e-16", "0.5"))
    assert sf.read_glass(path).dimension == 2


@pytest.mark.parametrize("tilt", ["1e-17 0.0 0.0", "0.0 -1e-17 0.0", "0 0 1e-16"])
def test_a_tilt_by_rounding_is_none(inputs, tmp_path, tilt):
    text = (inputs / "xz1e-17.data").read_text().replace("0.0 1e-17 0.0", tilt)
    (tmp_path / "x.data").write_text(text)
    found = sf.read_glass(tmp_path / "x.data")
    assert found.strain == 0.0
    assert sf.energy(found, KOB_ANDERSEN) == pytest.approx(ENERGY, abs=1e-9)


# --- names, formats, messages --------------------------------------------------------------


def test_a_format_can_be_named_and_a_wrong_one_says_so(inputs, glass):
    for name in ("data", "lammps-data"):
        found = sf.read_glass(inputs / "data.glass", format=name)
        np.testing.assert_array_equal(found.positions, glass.positions)
    with pytest.raises(FileFormatError, match="no LAMMPS text dump"):
        sf.read_glass(inputs / "data.glass", format="dump")
    with pytest.raises(InvalidSettingError, match=r"no format 'word'.*data, dump, xyz"):
        sf.read_glass(inputs / "data.glass", format="word")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"some notes\nabout a glass\n", "of no supported format"),
        (b"LammpS RestartT\x00\x01", "restart file of LAMMPS.*write_data"),
        (b"PK\x03\x04 zip", "zip archive"),
        (bytes(200), "of no supported format"),
    ],
)
def test_what_is_no_glass_is_told(tmp_path, content, message):
    (tmp_path / "thing").write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        sf.read_glass(tmp_path / "thing")
    with pytest.raises(FileFormatError, match="is a folder"):
        sf.read_glass(tmp_path)


def test_particles_keep_what_the_file_calls_them(inputs, glass):
    for name, words in (("glass_labels.data", "AB"), ("numspecies.xyz", (1, 2))):
        found, labels = read_labelled_glass(inputs / name)
        assert labels == [words[k] for k in found.species]
    with pytest.raises(InvalidSettingError, match="species are numbers"):
        sf.read_glass(inputs / "glass_labels.data", species={"A": 0.5, "B": 1})


# --- masses and sizes ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".data", ".dump", ".extxyz", ".gsd", ".h5"])
@pytest.mark.parametrize("which", ["masses", "diameters", "both"])
def test_masses_and_sizes_come_back(tmp_path, suffix, which):
    if suffix == ".gsd":
        pytest.importorskip("gsd.hoomd")
    rng = np.random.default_rng(4)
    masses = rng.uniform(1, 5, 20) if which != "diameters" else None
    sizes = rng.uniform(0.8, 1.3, 20) if which != "masses" else None
    made = sf.Glass(rng.random((20, 3)) * 6, [0, 1] * 10, [6.0] * 3, 0.0, masses, sizes)
    sf.write_glass(tmp_path / f"a{suffix}", made)
    found = sf.read_glass(tmp_path / f"a{suffix}")
    tolerance = 1e-6 if suffix == ".gsd" else 1e-14
    if sizes is None:
        assert found.diameters is None
    else:
        np.testing.assert_allclose(found.diameters, sizes, rtol=tolerance)
    if masses is not None:
        np.testing.assert_allclose(found.masses, masses, rtol=tolerance)
    else:  # data files cannot but have some
        assert suffix == ".data" or found.masses is None
    assert sf.read_values(tmp_path / f"a{suffix}") == {}


def test_masses_of_types_and_sizes_of_columns_are_read(inputs, glass, tmp_path):
    found = sf.read_glass(inputs / "masses.data")
    np.testing.assert_array_equal(found.masses, np.where(glass.species == 0, 4.0, 1.0))
    text = frame(0).replace("id type x", "id type radius mass x")
    text = text.replace("1 1 0", "1 1 0.5 3 0").replace("2 2 0.5", "2 2 0.7 1 0.5")
    (tmp_path / "x").write_text(text)
    halved = sf.read_glass(tmp_path / "x", length_unit=2.0)
    assert halved.diameters.tolist() == [0.5, 0.7]
    assert halved.masses.tolist() == [3.0, 1.0]
    (tmp_path / "x").write_text(text.replace("0.7 1", "0.7 -1"))
    with pytest.raises(FileFormatError, match="mass must be positive"):
        sf.read_glass(tmp_path / "x")
    lacking = (inputs / "masses.data").read_text().replace("2 1.0\n", "", 1)
    (tmp_path / "x").write_text(lacking)
    with pytest.raises(FileFormatError, match="Masses has none for the type 2"):
        sf.read_glass(tmp_path / "x")


def test_a_polydisperse_file_needs_no_retyping(tmp_path):
    rng = np.random.default_rng(1)
    sizes = rng.uniform(0.8, 1.3, 100)
    law = sf.inverse_powers([(-12, 1.0)], cutoff=1.25)
    start = sf.Glass(rng.random((100, 2)) * 10, np.arange(100), [10.0, 10.0], 0.0, None, sizes)
    made = sf.minimize(start, sf.polydisperse(law, sizes, 0.2))
    sf.write_glass(tmp_path / "a.dump", made, labels=["1"] * 100)
    read = sf.read_glass(tmp_path / "a.dump")
    assert set(read.species) == {0}
    with pytest.raises(sf.SoftfieldError, match="with_own_species"):
        sf.polydisperse(law, read, 0.2)
    own = read.with_own_species()
    expected = sf.energy(made, sf.polydisperse(law, sizes, 0.2))
    assert sf.energy(own, sf.polydisperse(law, own, 0.2)) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(sf.SoftfieldError, match="no diameters"):
        sf.polydisperse(law, sf.Glass(own.positions, own.species, own.box))
    (tmp_path / "p.toml").write_text(
        'kind = "inverse_powers"\npowers = [[-12, 1.0]]\ncutoff = 1.25\nsizes = "file"\n'
        "nonadditivity = 0.2\n"
    )
    out = str(tmp_path / "f.dump")
    arguments = ["field", str(tmp_path / "a.dump"), "--potential", str(tmp_path / "p.toml")]
    assert main([*arguments, "-q", "-o", out]) == 0
    assert set(sf.read_glass(out).species) == {0}  # the type that the file has


def test_three_factors_of_a_poscar_file_are_those_of_x_y_and_z(tmp_path):
    path = tmp_path / "POSCAR"
    for kind, expected in (
        ("Direct", [[2.25, 6], [4.5, 3], [6.75, 9]]),  # shares of edges 9 and 12
        ("Cartesian", [[0.5, 1.5], [1, 0.75], [1.5, 2.25]]),
    ):
        path.write_text(POSCAR.format(kind).replace("2.0", "2.0 3.0 0.5"))
        for found in (sf.read_glass(path), sf.read_glass(path, format="poscar")):
            assert found.box.tolist() == [9, 12]
            np.testing.assert_allclose(found.positions, expected)
    for wrong in ("2.0 3.0", "2.0 3.0 -1.0", "2.0 3.0 1.0 1.0", "0.0", "two"):
        path.write_text(POSCAR.format("Direct").replace("2.0", wrong))
        with pytest.raises(FileFormatError, match="its second line is"):
            sf.read_glass(path, format="poscar")


def test_more_species_than_elements_come_back_from_extended_xyz(tmp_path):
    """With a species for each particle most are called X, and their numbers tell them apart."""
    rng = np.random.default_rng(0)
    glass = sf.Glass(9 * rng.random((26, 2)), rng.permutation(26), [9, 9], diameters=np.ones(26))
    sf.write_glass(tmp_path / "own.extxyz", glass)
    found = sf.read_glass(tmp_path / "own.extxyz")
    assert found.species.tolist() == glass.species.tolist()
    np.testing.assert_allclose(found.positions, glass.positions, rtol=1e-15)
