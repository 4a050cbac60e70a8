"""Damaged files: one of our errors, or a glass that the file still describes; never another one."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import softfield as sf
from softfield.errors import FileFormatError, SoftfieldError

N = 12

RNG = np.random.default_rng(3)

GLASS = sf.Glass(
    RNG.random((N, 2)) * 7, [0, 1, 1] * 4, [7.0, 7.5], 0.0, RNG.random(N) + 1, RNG.random(N) + 0.5
)

KINDS = (".data", ".dump", ".extxyz", ".h5", ".gsd")


def whole(suffix, folder):
    path = folder / f"whole{suffix}"
    values = None if suffix == ".data" else {"c_stress[1]": np.arange(12.0)}
    sf.write_glass(path, GLASS, values)
    return path.read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    pytest.importorskip("gsd.hoomd")
    folder = tmp_path_factory.mktemp("whole")
    plain = b"12\ncolumns:id,name,pos,radius cell:7,7.5\n" + b"".join(
        b"%d %s %r %r 0.5\n" % (k, b"AB"[k % 2 : k % 2 + 1], x, y)
        for k, (x, y) in enumerate(GLASS.positions.tolist())
    ).replace(b"'", b"")
    return {suffix: whole(suffix, folder) for suffix in KINDS} | {".xyz": plain}


def read(content, folder, suffix, frame=-1):
    """The glass, or None where it is refused; any other error ends the test."""
    path = folder / f"damaged{suffix}"
    path.write_bytes(content)
    try:
        found = sf.read_glass(path, frame=frame)
        sf.read_values(path, frame=frame)
    except SoftfieldError:
        return None
    assert np.isfinite(found.positions).all()
    assert np.isfinite(found.box).all()
    return found


EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

TEXTS = st.sampled_from([".data", ".dump", ".extxyz", ".xyz"])


@EXAMPLES
@given(suffix=TEXTS, where=st.integers(0, 10**6), word=st.text(max_size=12))
def test_a_word_that_is_replaced_never_changes_the_number_of_particles(
    files, tmp_path, suffix, where, word
):
    text = files[suffix].decode()
    words = text.split(" ")
    words[where % len(words)] = word
    found = read(" ".join(words).encode(errors="replace"), tmp_path, suffix)
    assert found is None or found.n_particles == N


@EXAMPLES
@given(suffix=TEXTS, first=st.integers(0, 10**6), second=st.integers(0, 10**6), how=st.booleans())
def test_lines_that_are_swapped_or_lost(files, tmp_path, suffix, first, second, how):
    lines = files[suffix].decode().split("\n")
    a, b = first % len(lines), second % len(lines)
    lost = not how and a > 14 and lines[a] != ""
    if how:
        lines[a], lines[b] = lines[b], lines[a]
    else:
        del lines[a]
    found = read("\n".join(lines).encode(), tmp_path, suffix)
    assert found is None or found.n_particles == N
    if lost:
        assert found is None  # one particle less than the file announces


@EXAMPLES
@given(suffix=TEXTS, share=st.floats(0, 0.999))
def test_a_truncated_file_is_refused_or_lacks_digits_of_its_last_line(
    files, tmp_path, suffix, share
):
    content = files[suffix]
    cut = content[: int(share * len(content))]
    found = read(cut, tmp_path, suffix)
    if found is not None:
        assert cut.count(b"\n") >= content.count(b"\n") - 1
        assert found.n_particles == N


@EXAMPLES
@given(suffix=TEXTS, a=st.integers(0, 9), b=st.integers(0, 9))
def test_columns_that_are_swapped_in_one_line(files, tmp_path, suffix, a, b):
    lines = files[suffix].decode().rstrip("\n").split("\n")
    words = lines[-1].split()
    a, b = a % len(words), b % len(words)
    words[a], words[b] = words[b], words[a]
    lines[-1] = " ".join(words)
    found = read("\n".join(lines).encode(), tmp_path, suffix)
    assert found is None or found.n_particles == N


@EXAMPLES
@given(suffix=st.sampled_from([*KINDS, ".xyz"]), data=st.data())
def test_bytes_that_are_changed(files, tmp_path, suffix, data):
    content = bytearray(files[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = read(bytes(content), tmp_path, suffix)
    assert found is None or found.n_particles == N


@EXAMPLES
@given(
    suffix=st.sampled_from([".gsd", ".h5"]), where=st.integers(0, 10**6), byte=st.integers(0, 255)
)
@example(suffix=".gsd", where=301, byte=1)  # four terabytes
def test_a_byte_of_a_binary_file(files, tmp_path, suffix, where, byte):
    content = bytearray(files[suffix])
    content[where % len(content)] = byte
    found = read(bytes(content), tmp_path, suffix)
    assert found is None or found.n_particles == N


def test_an_hdf5_file_has_no_heap_that_damage_could_hide_in(tmp_path):
    """libhdf5 does not return from some damaged heaps, which have no checksum."""
    path = tmp_path / "glass.h5"
    sf.write_glass(path, GLASS)
    assert b"GCOL" not in path.read_bytes()
    with h5py.File(path, "r+") as file:  # as versions before wrote it
        del file.attrs["format"]
        file.attrs["format"] = "softfield glass"
    old = path.read_bytes()
    assert b"GCOL" in old
    assert sf.read_glass(path).n_particles == N
    heap = old.index(b"softfield glass", old.index(b"GCOL"))
    path.write_bytes(old[:heap] + b"X" + old[heap + 1 :])
    assert sf.read_glass(path).n_particles == N  # what lies there is not looked at
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "something else"
    with pytest.raises(FileFormatError, match="not a single glass"):
        sf.read_glass(path)


@EXAMPLES
@given(
    content=st.binary(max_size=200), suffix=st.sampled_from([*KINDS, ".xyz", "", ".5000", ".gz"])
)
def test_random_bytes_are_no_glass(tmp_path, content, suffix):
    assert read(content, tmp_path, suffix) is None


@EXAMPLES
@given(
    start=st.sampled_from(["ITEM: TIMESTEP\n", "3\n", "\n\n3 atoms\n0 1 xlo xhi\n", "3\nLattice="]),
    text=st.text(alphabet='ITEM: ATOMSidtypexyz0123456789.-="\n', max_size=200),
)
def test_text_that_begins_like_a_file(tmp_path, start, text):
    read((start + text).encode(), tmp_path, "")


@pytest.mark.parametrize("suffix", [".dump", ".xyz"])
@pytest.mark.parametrize("frame", [0, 1, 2, -1, -2, -3])
def test_a_frame_of_a_damaged_trajectory_is_that_frame_or_refused(files, tmp_path, suffix, frame):
    one = files[suffix].decode()
    frames = [one.replace("7.5", f"{8 + k}.5") for k in range(3)]
    edges = [8.5, 9.5, 10.5]
    lines = "".join(frames).split("\n")
    for number in range(len(lines)):
        damaged = lines[:number] + lines[number + 1 :]
        found = read("\n".join(damaged).encode(), tmp_path, suffix, frame)
        assert found is None or found.box[1] == edges[frame] or number == len(lines) - 1
