"""Formats of other programs: files written by LAMMPS, gsd and ase are read, ours are read back.

tests/reference/formats holds small files written by LAMMPS (22 Jul 2025) and gsd 4 themselves;
the .npz beside each has what these programs held in memory (unwrapped positions, types).
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import softfield as sf
from softfield.errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidSettingError,
    MissingPackageError,
    SoftfieldError,
    UnknownSpeciesError,
)
from softfield.files.glasses import read_glass, read_values, write_glass

FOLDER = Path(__file__).parents[1] / "reference" / "formats"
TEXT_SUFFIXES = (".dump", ".lammpstrj", ".extxyz", ".xyz")


def sheared_glass(dimension, strain=0.13, n=30, seed=0):
    rng = np.random.default_rng(seed)
    box = np.array([5.0, 6.0, 7.0])[:dimension]
    positions = (rng.random((n, dimension)) * 3 - 1) * box
    return sf.Glass(positions, rng.integers(0, 2, n), box, strain)


@pytest.mark.parametrize("name", ["2d_sheared", "3d"])
@pytest.mark.parametrize("kind", [".data", "_wrapped.dump", "_unwrapped.dump", "_scaled.dump"])
def test_files_of_lammps_have_the_positions_that_lammps_had(name, kind):
    expected = np.load(FOLDER / f"lammps_{name}.npz")
    glass = read_glass(FOLDER / f"lammps_{name}{kind}")
    dimension = 2 if name.startswith("2d") else 3
    cell = expected["cell"]
    assert glass.dimension == dimension
    np.testing.assert_allclose(glass.box, np.diag(cell)[:dimension], rtol=1e-15)
    assert glass.strain == pytest.approx(cell[1, 0] / cell[1, 1], rel=1e-15)
    np.testing.assert_array_equal(glass.species, expected["types"] - 1)
    # LAMMPS prints 16 digits; scaled coordinates cost one more rounding per box length
    np.testing.assert_allclose(glass.positions, expected["positions"][:, :dimension], atol=1e-13)


def test_columns_of_a_dump_come_back_in_the_order_of_the_particles():
    expected = np.load(FOLDER / "lammps_3d.npz")
    values = read_values(FOLDER / "lammps_3d_wrapped.dump")
    assert set(values) == {"vx"}
    np.testing.assert_allclose(values["vx"], expected["vx"], rtol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3])
def test_files_of_gsd_have_the_positions_that_gsd_had(dimension):
    pytest.importorskip("gsd.hoomd")
    expected = np.load(FOLDER / f"gsd_{dimension}d.npz")
    path = FOLDER / f"gsd_{dimension}d.gsd"
    glass = read_glass(path)
    assert glass.dimension == dimension
    assert glass.strain == pytest.approx(0.2, rel=1e-7)
    np.testing.assert_array_equal(glass.species, expected["typeid"])
    np.testing.assert_allclose(glass.positions, expected["positions"][:, :dimension], atol=1e-6)
    np.testing.assert_allclose(read_values(path)["charge_like"], expected["value"])
    assert not np.array_equal(read_glass(path, frame=0).positions, glass.positions)
    swapped = read_glass(path, species={"small": 0, "big": 1})
    np.testing.assert_array_equal(swapped.species, 1 - expected["typeid"])


@pytest.mark.parametrize("strain", [0.0, 0.13, -0.2])
@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("suffix", [*TEXT_SUFFIXES, ".gsd", ".h5", ".data"])
def test_a_glass_comes_back_from_every_format(tmp_path, suffix, dimension, strain):
    if suffix in (".xyz", ".extxyz"):
        pytest.importorskip("ase")
    if suffix == ".gsd":
        pytest.importorskip("gsd.hoomd")
    glass = sheared_glass(dimension, strain)
    path = tmp_path / f"glass{suffix}"
    write_glass(path, glass)
    again = read_glass(path)
    tolerance = 5e-6 if suffix == ".gsd" else 1e-8 if "xyz" in suffix else 1e-13
    np.testing.assert_array_equal(again.species, glass.species)
    np.testing.assert_allclose(again.box, glass.box, rtol=tolerance)
    assert again.strain == pytest.approx(glass.strain, abs=tolerance)
    moved = glass.minimum_image(again.positions - glass.positions)
    if suffix == ".gsd":  # its origin is the centre of the box
        moved -= moved[0]
        moved = glass.minimum_image(moved)
    np.testing.assert_allclose(moved, 0.0, atol=tolerance)


@pytest.mark.parametrize("suffix", [*TEXT_SUFFIXES, ".gsd", ".h5"])
def test_per_particle_values_come_back(tmp_path, suffix):
    if suffix in (".xyz", ".extxyz"):
        pytest.importorskip("ase")
    if suffix == ".gsd":
        pytest.importorskip("gsd.hoomd")
    glass = sheared_glass(3)
    rng = np.random.default_rng(1)
    softness, displacement = rng.random(30) * 1e-3, rng.normal(size=(30, 3))
    path = tmp_path / f"soft{suffix}"
    write_glass(path, glass, {"softness": softness, "shift": displacement})
    values = read_values(path)
    np.testing.assert_allclose(values["softness"], softness, rtol=1e-7)
    if suffix == ".h5":
        np.testing.assert_array_equal(values["shift"], displacement)
    else:
        np.testing.assert_allclose(values["shift_y"], displacement[:, 1], rtol=1e-7)


def test_ase_itself_reads_and_writes_the_same_glass(tmp_path):
    ase = pytest.importorskip("ase")
    ase_io = pytest.importorskip("ase.io")

    glass = sheared_glass(3, strain=0.0)
    write_glass(tmp_path / "ours.extxyz", glass, {"softness": np.arange(30.0)})
    atoms = ase_io.read(tmp_path / "ours.extxyz")
    np.testing.assert_allclose(atoms.cell.array, np.diag(glass.box))
    np.testing.assert_array_equal(atoms.arrays["softness"], np.arange(30.0))
    theirs = ase.Atoms("Ni24P6", positions=glass.positions, cell=glass.box, pbc=True)
    for name in ("theirs.extxyz", "theirs.traj", "theirs.cfg"):
        ase_io.write(tmp_path / name, theirs)
        again = read_glass(tmp_path / name, species={"Ni": 0, "P": 1}, length_unit=2.0)
        moved = again.minimum_image(again.positions - glass.positions / 2)
        np.testing.assert_allclose(moved, 0.0, atol=1e-6)  # .cfg has 8 digits
        np.testing.assert_array_equal(again.species, [0] * 24 + [1] * 6)


@pytest.mark.parametrize("strain", [0.0, 0.13, -0.2])
def test_ase_reads_the_same_positions_and_cell_from_our_dump(tmp_path, strain):
    ase_io = pytest.importorskip("ase.io")
    glass = sheared_glass(3, strain)
    write_glass(tmp_path / "ours.dump", glass, {"softness": np.arange(30.0)})
    atoms = ase_io.read(tmp_path / "ours.dump", format="lammps-dump-text")
    np.testing.assert_allclose(atoms.cell.array, glass.cell, atol=1e-12)
    np.testing.assert_allclose(atoms.positions, glass.wrapped().positions, atol=1e-12)
    np.testing.assert_array_equal(atoms.arrays["type"], glass.species + 1)


def test_lengths_are_divided_by_the_unit():
    path = FOLDER / "lammps_3d.data"
    plain, scaled = read_glass(path), read_glass(path, length_unit=2.5)
    np.testing.assert_allclose(scaled.positions * 2.5, plain.positions, rtol=1e-15)
    np.testing.assert_allclose(scaled.box * 2.5, plain.box, rtol=1e-15)
    with pytest.raises(InvalidSettingError, match="unit of length"):
        read_glass(path, length_unit=-1.0)


def test_species_of_lammps_types_can_be_mapped():
    path = FOLDER / "lammps_3d.data"
    plain = read_glass(path).species
    np.testing.assert_array_equal(read_glass(path, species={1: 1, 2: 0}).species, 1 - plain)
    np.testing.assert_array_equal(read_glass(path, species={"1": 1, "2": 0}).species, 1 - plain)
    with pytest.raises(UnknownSpeciesError, match="2"):
        read_glass(path, species={1: 0})


def dump(bounds="pp pp pp", box=("0 5", "0 5", "0 5"), columns="id type x y z", row="1 1 1 1 1"):
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", "2", f"ITEM: BOX BOUNDS {bounds}"]
    return "\n".join([*lines, *box, f"ITEM: ATOMS {columns}", row, "2 1 2 2 2"])


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (dump(bounds="ff pp pp"), FileFormatError, "periodic"),
        (
            dump("xy xz yz pp pp pp", ("0 5 0", "0 5 1", "0 5 0")),
            InvalidGlassError,
            "Rotate the cell",
        ),
        (dump(columns="id type x y"), FileFormatError, "truncated or damaged"),
        (dump(columns="id mol x y z"), FileFormatError, "lacks the column type"),
        (dump(columns="id type x b z"), FileFormatError, "needs columns"),
        (dump(columns="id type x x z"), FileFormatError, "column x twice"),
        (dump(bounds="pp zp pp"), FileFormatError, "damaged line"),
        (dump(bounds="pp pp ff"), FileFormatError, "not periodic along z"),
        (dump(row="2 1 1 1 1"), FileFormatError, "same id 2"),
        (dump(row="1 9999999 1 1 1"), InvalidGlassError, "atom type 9999999"),
        (dump(row="1 1 nan 1 1"), InvalidGlassError, "not finite"),
        (dump(row="1 1 one 1 1"), FileFormatError, "not numeric"),
        (dump().replace("NUMBER OF ATOMS\n2", "NUMBER OF ATOMS\n3"), FileFormatError, "announces"),
        (dump().split("ITEM: ATOMS")[0], FileFormatError, "no 'ITEM: ATOMS'"),
        ("not a dump", FileFormatError, "no LAMMPS text dump"),
        ("", FileFormatError, "is empty"),
    ],
)
def test_dumps_that_cannot_be_used_are_refused_with_the_reason(tmp_path, text, error, message):
    path = tmp_path / "bad.dump"
    path.write_text(text)
    with pytest.raises(error, match=message) as caught:
        read_glass(path)
    assert "bad.dump" in str(caught.value)


def test_other_boxes_and_damaged_files_of_ase_and_gsd_are_refused(tmp_path):
    ase = pytest.importorskip("ase")
    pytest.importorskip("gsd.hoomd")
    ase_io = pytest.importorskip("ase.io")

    x = np.random.default_rng(0).random((5, 3))
    for cell, pbc, error in (
        ([[3, 0, 0], [0, 3, 0], [1, 0, 3]], True, InvalidGlassError),
        ([[0, 3, 0], [3, 0, 0], [0, 0, 3]], True, InvalidGlassError),
        ([3, 3, 3], False, FileFormatError),
    ):
        ase_io.write(tmp_path / "a.extxyz", ase.Atoms("H5", positions=x, cell=cell, pbc=pbc))
        with pytest.raises(error):
            read_glass(tmp_path / "a.extxyz")
    for name in ("b.extxyz", "b.gsd", "b.traj"):
        (tmp_path / name).write_bytes(b"\x00\x01 nonsense")
        with pytest.raises(FileFormatError, match=r"b\."):
            read_glass(tmp_path / name)
    with pytest.raises(InvalidSettingError, match="2 frames"):
        read_glass(FOLDER / "gsd_2d.gsd", frame=7)


@pytest.mark.parametrize(("name", "package"), [("a.cif", "ase"), ("gsd_2d.gsd", "gsd")])
def test_a_missing_package_is_named_with_the_extra_that_has_it(
    monkeypatch, tmp_path, name, package
):
    for module in ("ase", "ase.io", "gsd", "gsd.hoomd"):
        monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / name
    path.write_text("damaged")
    with pytest.raises(MissingPackageError, match=rf"package {package}.*softfield\[io\]"):
        read_glass(path)


def test_values_that_do_not_fit_are_refused(tmp_path):
    glass = sheared_glass(2)
    with pytest.raises(InvalidSettingError, match="30 particles"):
        write_glass(tmp_path / "a.dump", glass, {"softness": np.ones(7)})
    with pytest.raises(InvalidSettingError, match="no name"):
        write_glass(tmp_path / "a.dump", glass, {"two words": np.ones(30)})
    with pytest.raises(FileFormatError, match="no place for the values"):
        write_glass(tmp_path / "a.data", glass, {"softness": np.ones(30)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".data", ".dump", ".extxyz", ".gsd", ".h5"])
def test_damaged_files_are_read_or_refused_but_never_crash(tmp_path, suffix):
    if suffix == ".extxyz":
        pytest.importorskip("ase")
    if suffix == ".gsd":
        pytest.importorskip("gsd.hoomd")
    rng = np.random.default_rng(6)
    path = tmp_path / f"damaged{suffix}"
    write_glass(path, sheared_glass(3), None if suffix == ".data" else {"a": np.ones(30)})
    whole = path.read_bytes()
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(0, 256)
        cut = rng.integers(0, len(whole)) if rng.random() < 0.3 else len(whole)
        path.write_bytes(damaged[:cut])
        try:
            read_glass(path)
            read_values(path)
        except SoftfieldError:
            refused += 1
    assert refused > 10  # the cut ones at least


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("strain", [0.0, 0.3, -0.45])
def test_gsd_has_every_particle_where_it_is(tmp_path, dimension, strain):
    """Up to lattice vectors; the box of GSD has the origin in its middle."""
    pytest.importorskip("gsd.hoomd")
    box = np.array([8.0, 9.0, 10.0][:dimension])
    glass = sf.Glass(np.random.default_rng(3).random((40, dimension)) * box, [0] * 40, box)
    glass = glass.sheared(strain)
    sf.write_glass(tmp_path / "glass.gsd", glass)
    again = sf.read_glass(tmp_path / "glass.gsd")
    away = glass.minimum_image(again.positions - glass.positions)
    assert np.abs(away).max() < 1e-6  # GSD has single precision, 24 bits of a length of 10


@pytest.mark.parametrize("name", ["g.data", "g.dump"])
def test_image_flags_count_boxes_that_are_given(tmp_path, name):
    """Two particles 2 apart were 3 apart in a box that is longer by 1 than that of the file."""
    rows = "1 1 0.5 5 0 1 -2 0\n2 1 2.5 5 0 0 0 0\n"
    if name == "g.data":
        bounds = "0 10 xlo xhi\n0 10 ylo yhi\n-1 1 zlo zhi"
        text = f"x\n\n2 atoms\n1 atom types\n{bounds}\n\nAtoms # atomic\n\n{rows}"
    else:
        text = dump(box=("0 10", "0 10", "-1 1"), columns="id type x y z ix iy iz", row=rows)
        text = text.removesuffix("2 1 2 2 2")
    (tmp_path / name).write_text(text)
    glass = sf.read_glass(tmp_path / name, box=[11, 12])
    apart = glass.minimum_image(glass.positions[1] - glass.positions[0])
    np.testing.assert_allclose(apart, [2, 0], atol=1e-12)
