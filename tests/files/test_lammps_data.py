"""Glasses in files: what LAMMPS wrote is read as LAMMPS meant it; nothing is lost on the way."""

from pathlib import Path

import numpy as np
import pytest

from softfield.errors import FileFormatError, InvalidGlassError, InvalidSettingError
from softfield.files.glasses import read_glass, write_glass
from softfield.glass import Glass

REFERENCE = Path(__file__).parents[1] / "reference"

SHEARED = """comment that mentions 99 atoms

3 atoms
2 atom types

-1e0 9.0 xlo xhi
0 2.0E+1 ylo yhi
0 30 zlo zhi
5.0 0 0 xy xz yz

Masses

1 1
2 1

Atoms  # atomic

7 2 1.5e-1 2 3 1 0 0   # a remark
2 1 4 5 6 0 -1 2
5 1 -.5 8 9 0 0 0

Velocities

2 0 0 0
5 0 0 0
7 0 0 0
"""

FLAT = """two dimensions

2 atoms
1 atom types
0 10 xlo xhi
0 20 ylo yhi
-0.5 0.5 zlo zhi

Atoms

1 1 1 2 0
2 1 3 4 0
"""


def written(tmp_path: Path, text: str, name: str = "glass.data") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_tilted_box_image_flags_and_order_of_ids(tmp_path):
    glass = read_glass(written(tmp_path, SHEARED))
    assert glass.box.tolist() == [10.0, 20.0, 30.0]
    assert glass.strain == 0.25  # xy / Ly
    assert glass.species.tolist() == [0, 0, 1]  # ids 2, 5, 7
    # one image down in y carries the tilt; two up in z
    expected = [[4.0 - 5.0, 5.0 - 20.0, 6.0 + 60.0], [-0.5, 8.0, 9.0], [0.15 + 10.0, 2.0, 3.0]]
    assert np.allclose(glass.positions, expected, rtol=0, atol=1e-14)


def test_two_dimensions_are_recognised(tmp_path):
    glass = read_glass(written(tmp_path, FLAT))
    assert glass.dimension == 2
    assert glass.positions.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    thick = read_glass(written(tmp_path, FLAT.replace("2 0\n", "2 0.25\n"), "thick.data"))
    assert thick.dimension == 3


@pytest.mark.parametrize("name", ["2dipl_400", "3dkablj_1000"])
def test_lammps_files_agree_with_their_arrays(name):
    glass = read_glass(REFERENCE / f"{name}.data")
    arrays = np.load(REFERENCE / f"{name}.npz")
    assert np.array_equal(glass.species, arrays["species"])
    assert np.allclose(glass.box, arrays["box"], rtol=1e-15)
    apart = glass.minimum_image(glass.positions - arrays["positions"])
    assert np.abs(apart).max() < 1e-13  # rounding of the periodic images


@pytest.mark.parametrize("suffix", [".data", ".lmp", ".h5", ".hdf5"])
@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("strain", [0.0, 0.03125])
def test_round_trip_keeps_every_bit(tmp_path, suffix, dimension, strain):
    rng = np.random.default_rng(5)
    box = 7.0 + rng.random(dimension)
    positions = 30 * rng.standard_normal((50, dimension))  # unwrapped on purpose
    glass = Glass(positions, rng.integers(0, 2, 50), box, strain)
    write_glass(tmp_path / f"glass{suffix}", glass)
    found = read_glass(tmp_path / f"glass{suffix}")
    assert np.array_equal(found.positions, glass.positions)
    assert np.array_equal(found.species, glass.species)
    assert np.array_equal(found.box, glass.box)
    assert found.strain == pytest.approx(strain, rel=1e-15)
    assert [p.name for p in tmp_path.iterdir()] == [f"glass{suffix}"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3 atoms", "4 atoms", "announces 4 atoms, the section Atoms has 3"),
        ("3 atoms\n", "", "lacks 'N atoms'"),
        ("0 30 zlo zhi", "", "zlo zhi"),
        ("5.0 0 0 xy", "5.0 1 0 xy", "xz = 1.0"),
        ("# atomic", "# dipole", "'dipole'; atomic"),
        ("2 1 4 5 6 0 -1 2", "7 1 4 5 6 0 -1 2", "same id"),
        ("2 1 4 5 6 0 -1 2", "2 1 4 5 six 0 -1 2", "six"),
        ("2 1 4 5 6 0 -1 2", "2 1 4 5 6", "has 5 columns, the first has 8"),
        ("Velocities", "Bonds", "'Bonds'"),
        ("0 30 zlo zhi", "0 0 30 cvec", "lacks .avec., .bvec."),
    ],
)
def test_other_files_are_refused_by_name_and_reason(tmp_path, old, new, message):
    path = written(tmp_path, SHEARED.replace(old, new, 1), "wrong.data")
    with pytest.raises(FileFormatError, match=message) as caught:
        read_glass(path)
    assert "wrong.data" in str(caught.value)


def test_columns_of_another_style_are_refused(tmp_path):
    text = FLAT.replace("1 1 1 2 0", "1 1 1 1 2 0").replace("2 1 3 4 0", "2 1 1 3 4 0")
    with pytest.raises(FileFormatError, match="6 columns"):
        read_glass(written(tmp_path, text))


def test_an_atom_style_that_contradicts_the_file_is_refused(tmp_path):
    """Molecules would be taken for types."""
    text = FLAT.replace("Atoms", "Atoms # molecular").replace(" 1 1 2", " 4 1 1 2")
    path = written(tmp_path, text.replace(" 1 3 4", " 2 1 3 4"))
    assert read_glass(path, atom_style="molecular").species.tolist() == [0, 0]
    assert read_glass(path, atom_style="bond").species.tolist() == [0, 0]  # the same columns
    with pytest.raises(FileFormatError, match="of the style 'molecular', as it says, and 'charge'"):
        read_glass(path, atom_style="charge")


@pytest.mark.parametrize(
    ("named", "row", "asked"),
    [
        ("ellipsoid", "{k} 1 1 2.0 {x}", "sphere"),  # flags for diameters
        ("dipole", "{k} 1 0.5 {x} 1 0 0", "charge"),  # dipoles for images
        ("hybrid", "{k} 1 {x} 1", "charge"),  # y, z and more for x, y and z
        ("body", "{k} 1 1 {x}", "molecular"),
    ],
)
def test_an_atom_style_is_none_of_a_file_of_a_style_that_is_not_supported(
    tmp_path, named, row, asked
):
    head = FLAT.partition("Atoms")[0]
    rows = [row.format(k=k, x=f"{k} 2 0") for k in (1, 2)]
    path = written(tmp_path, "\n".join([f"{head}Atoms # {named}", "", *rows, ""]))
    with pytest.raises(FileFormatError, match=f"of the style '{named}', as it says, and '{asked}'"):
        read_glass(path, atom_style=asked)
    with pytest.raises(FileFormatError, match=f"the atom style is '{named}'"):
        read_glass(path)


@pytest.mark.parametrize("style", [None, "atomic"])
@pytest.mark.parametrize("frame", [1, 7, "x"])
def test_a_data_file_is_one_frame(tmp_path, style, frame):
    path = written(tmp_path, FLAT)
    assert read_glass(path, atom_style=style, frame=0).n_particles == 2
    with pytest.raises(InvalidSettingError, match="frame"):
        read_glass(path, atom_style=style, frame=frame)


@pytest.mark.parametrize("word", ["1.0D+01", "1d1", "10"])
def test_masses_are_numbers_as_all_others(tmp_path, word):
    path = written(tmp_path, SHEARED.replace("1 1\n2 1", f"1 {word}\n2 1"))
    assert read_glass(path).masses.tolist() == [10.0, 10.0, 1.0]
    with pytest.raises(FileFormatError, match="underscore"):
        read_glass(written(tmp_path, SHEARED.replace("1 1\n2 1", "1 1_0\n2 1")))


def test_atom_type_zero_is_refused(tmp_path):
    with pytest.raises(InvalidGlassError, match="species"):
        read_glass(written(tmp_path, FLAT.replace("1 1 1 2 0", "1 0 1 2 0")))


def test_unsupported_format_names_the_supported_ones(tmp_path):
    path = written(tmp_path, "anything", "glass.foo")
    for act in (lambda: read_glass(path), lambda: write_glass(path, read_glass(_data()))):
        with pytest.raises(FileFormatError, match=r"\.data .*\.dump .*\.h5"):
            act()
    with pytest.raises(FileNotFoundError, match=r"absent\.data"):
        read_glass(tmp_path / "absent.data")


def test_damaged_hdf5_is_refused(tmp_path):
    path = tmp_path / "glass.h5"
    write_glass(path, read_glass(_data()))
    data = bytearray(path.read_bytes())
    start = data.find(read_glass(_data()).positions.tobytes()[:64])
    data[start + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=r"glass\.h5 .*damaged"):
        read_glass(path)
    path.write_bytes(data[:1000])
    with pytest.raises(FileFormatError, match=r"glass\.h5 .*truncated"):
        read_glass(path)


def _data() -> Path:
    return REFERENCE / "2dipl_400.data"
