"""GRO files of GROMACS: lengths, names and numbers of particles are those of the file."""

import numpy as np
import pytest

import softfield as sf
from softfield.errors import FileFormatError, InvalidSettingError

RNG = np.random.default_rng(2)
PLACES = RNG.random((6, 3)) * [2, 3, 4] - [0.5, 0, 0]
NAMES = ["CU", "CO", "CO", "B1", "B2", "CU"]
BOX = "   2.00000   3.00000   4.00000"


def gro(digits=3, velocities=False, box=BOX, count=6, title="glass, t= 0.0"):
    """As GROMACS writes it: widths follow from the digits, and numbers may touch."""
    rows = []
    for k, (name, place) in enumerate(zip(NAMES, PLACES, strict=True), start=1):
        row = f"{k:5d}{'GLS':<5}{name:>5}{k:5d}"
        row += "".join(f"{x:{digits + 5}.{digits}f}" for x in place)
        row += "".join(f"{-x:{digits + 5}.{digits + 1}f}" for x in place) if velocities else ""
        rows.append(row)
    return "\n".join([title, f"{count:5d}", *rows, box]) + "\n"


@pytest.mark.parametrize("name", ["a.gro", "conf"])  # by its name, and by its content
@pytest.mark.parametrize("digits", [3, 6])
@pytest.mark.parametrize("velocities", [False, True])
def test_lengths_are_those_of_the_file_and_every_name_is_a_species(
    tmp_path, name, digits, velocities
):
    (tmp_path / name).write_text(gro(digits, velocities))
    found = sf.read_glass(tmp_path / name)
    assert found.box.tolist() == [2, 3, 4]
    np.testing.assert_allclose(found.positions, PLACES, atol=0.51 * 10.0**-digits)
    assert found.species.tolist() == [3, 2, 2, 0, 1, 3]  # by the alphabet: B1, B2, CO, CU
    values = sf.read_values(tmp_path / name)
    assert set(values) == ({"velocities"} if velocities else set())
    if velocities:
        np.testing.assert_allclose(values["velocities"], -PLACES, atol=0.51 * 10.0 ** -(digits + 1))
    halved = sf.read_glass(tmp_path / name, length_unit=2.0, box=(2, 3, 8))
    assert halved.box.tolist() == [1, 1.5, 4]


def test_a_tilted_box_and_frames(tmp_path):
    """v1(x) v2(y) v3(z) v1(y) v1(z) v2(x) v2(z) v3(x) v3(y), by the manual of GROMACS."""
    tilted = "2.0 3.0 4.0 0.0 0.0 0.3 0.0 0.0 0.0"
    (tmp_path / "a.gro").write_text(gro() + gro(box=tilted))
    assert sf.read_glass(tmp_path / "a.gro").strain == pytest.approx(0.1)
    assert sf.read_glass(tmp_path / "a.gro", frame=0).strain == 0
    with pytest.raises(InvalidSettingError, match="2 frames"):
        sf.read_glass(tmp_path / "a.gro", frame=2)
    (tmp_path / "a.gro").write_text(gro(box="0.0 0.0 0.0"))
    with pytest.raises(FileFormatError, match="no box"):
        sf.read_glass(tmp_path / "a.gro")


@pytest.mark.parametrize("count", [0, 5, 7, 12])
def test_the_number_of_particles_is_that_which_is_announced(tmp_path, count):
    for text in (gro(count=count), gro(count=count) + gro()):
        (tmp_path / "a.gro").write_text(text)
        for frame in (0, -1):
            with pytest.raises(FileFormatError, match="truncated or damaged"):
                sf.read_glass(tmp_path / "a.gro", frame=frame)


def test_every_line_that_is_lost_or_doubled_is_noticed(tmp_path):
    lines = gro().splitlines(keepends=True)
    for k in range(1, len(lines)):
        for changed in (lines[:k] + lines[k + 1 :], lines[: k + 1] + lines[k:]):
            (tmp_path / "a.gro").write_text("".join(changed))
            with pytest.raises(FileFormatError):
                sf.read_glass(tmp_path / "a.gro")
