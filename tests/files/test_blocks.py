"""The block store: what is written is what is read, or the file is refused."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from softfield.errors import FileFormatError, InvalidSettingError
from softfield.files.atomic import replaced_atomically
from softfield.files.blocks import (
    BlockWriter,
    block_indices,
    block_names,
    read_block,
    realization_seed,
)
from softfield.glass import Glass

PROVENANCE = {"version": "1", "parameters": {"rate": 1e-3, "unit": "τ⁻¹"}, "seed": 7}


def write_block(path: Path, scale: float = 1.0, n_failed: int = 1) -> Path:
    rng = np.random.default_rng(3)
    with BlockWriter(path, stage="glasses", provenance=PROVENANCE) as block:
        for index in range(4):
            if index < n_failed:
                block.fail(index, RuntimeError("no minimum"))
                continue
            arrays = {
                "positions": scale * rng.random((20, 2)),
                "species": rng.integers(0, 2, 20, dtype=np.int32),
                "box": np.array([5.0, 6.0]),
                "events": np.empty((0, 2)),
            }
            block.write(index, arrays, {"strain": 0.25, "seed": "12", "complete": True})
    return path


def write_and_stumble(path: Path) -> None:
    with BlockWriter(path, stage="glasses", provenance={}) as block:
        block.write(0, {"positions": np.zeros((2, 2))})
        raise RuntimeError("bug")


def contents(path: Path) -> list:
    """Everything that a reader can see."""
    with read_block(path) as block:
        records = [
            (r.index, r.attributes, {k: v.tolist() for k, v in r.arrays().items()}) for r in block
        ]
        return [block.stage, block.provenance, block.failures, records]


def test_round_trip(tmp_path):
    path = write_block(tmp_path / "new" / "folder" / "00000-00003.h5")
    expected = np.random.default_rng(3).random((20, 2))
    with read_block(path, stage="glasses") as block:
        assert block.stage == "glasses"
        assert block.provenance == PROVENANCE
        assert block.indices == [1, 2, 3]
        assert block.failures == {0: "RuntimeError: no minimum"}
        record = block[1]
        assert np.array_equal(record["positions"], expected)
        assert record["species"].dtype == np.int32
        assert record["events"].shape == (0, 2)
        assert record.attributes == {"strain": 0.25, "seed": "12", "complete": True}
        assert type(record.attributes["strain"]) is float
        glass = block.glass(1)
    assert isinstance(glass, Glass)
    assert glass.strain == 0.25
    assert np.array_equal(glass.positions, expected)


def test_failed_or_absent_realization_is_not_read(tmp_path):
    with read_block(write_block(tmp_path / "b.h5")) as block:
        with pytest.raises(KeyError, match="no minimum"):
            block[0]
        with pytest.raises(KeyError, match="no realization 9"):
            block[9]


def test_same_content_gives_the_same_bytes(tmp_path):
    first, second = write_block(tmp_path / "a.h5"), write_block(tmp_path / "b.h5")
    assert first.read_bytes() == second.read_bytes()


def test_an_exception_leaves_the_old_file_and_no_temporary(tmp_path):
    path = write_block(tmp_path / "b.h5")
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="bug"):
        write_and_stumble(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["b.h5"]


def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_block(tmp_path / "b.h5")
    assert os.listdir(tmp_path) == []


def test_a_killed_writer_leaves_no_block(tmp_path):
    code = """
import os, signal, sys
from softfield.files.atomic import replaced_atomically
with replaced_atomically(sys.argv[1]) as temporary:
    temporary.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "b.h5"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert not path.exists()
    assert [name for name in os.listdir(tmp_path) if not name.startswith(".")] == []


def test_a_file_that_cannot_be_written_is_called_by_its_own_name(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with (
        pytest.raises(IsADirectoryError) as caught,
        replaced_atomically(tmp_path / "a.csv") as temporary,
    ):
        temporary.write_text("x")
    assert caught.value.filename == str(tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_two_writers_of_one_file_never_mix(tmp_path):
    path = tmp_path / "b.txt"
    with replaced_atomically(path) as first:
        first.write_text("first " * 1000)
        with replaced_atomically(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first " * 1000
    assert os.listdir(tmp_path) == ["b.txt"]


def test_files_keep_the_usual_permissions(tmp_path):
    previous = os.umask(0o027)
    try:
        path = write_block(tmp_path / "b.h5")
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("kept", [0, 10, 100, 0.5, 0.9, 0.999])
def test_truncated_file_is_refused_with_its_name(tmp_path, kept):
    path = write_block(tmp_path / "torn.h5")
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with pytest.raises(FileFormatError, match=r"torn\.h5"):
        contents(path)


def test_a_flipped_bit_is_refused_or_without_effect(tmp_path):
    """Any single damaged byte, wherever it is: refused by name, never read as other values."""
    path = write_block(tmp_path / "bad.h5")
    expected, data = contents(path), path.read_bytes()
    refused = 0
    for position in np.random.default_rng(1).choice(len(data), 400, replace=False):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        try:
            found = contents(path)
        except FileFormatError as error:
            message = str(error)
            refused += 1
        else:
            message = "bad.h5"
            assert found == expected, f"byte {position}"
        assert "bad.h5" in message
    assert refused > 100


def test_other_files_are_refused(tmp_path):
    text = tmp_path / "note.h5"
    text.write_text("not HDF5")
    with pytest.raises(FileFormatError, match=r"note\.h5"), read_block(text):
        pass
    with (
        pytest.raises(FileFormatError, match="not 'modes'"),
        read_block(write_block(tmp_path / "b.h5"), stage="modes"),
    ):
        pass
    with pytest.raises(FileNotFoundError), read_block(tmp_path / "absent.h5"):
        pass
    with (
        read_block(tmp_path / "b.h5") as block,
        pytest.raises(FileFormatError, match="no array 'energy'"),
    ):
        block[1]["energy"]


def test_block_names():
    assert block_names(0, 25) == []
    assert block_names(60, 25) == ["00000-00024", "00025-00049", "00050-00059"]
    covered = [i for name in block_names(60, 7) for i in block_indices(name)]
    assert covered == list(range(60))
    # raising the number of realizations keeps every full block
    assert set(block_names(50, 25)) < set(block_names(125, 25))
    for wrong in ("00003", "5-3", "a-b", "-1-3"):
        with pytest.raises(InvalidSettingError, match="not the name of a block"):
            block_indices(wrong)
    with pytest.raises(InvalidSettingError, match="at least one"):
        block_names(10, 0)


def test_seeds_depend_on_every_part_and_differ():
    seeds = {
        realization_seed(master, ensemble, index)
        for master in (0, 1)
        for ensemble in ("2dipl", "3dipl")
        for index in range(500)
    }
    assert len(seeds) == 2000
    # numpy guarantees the stream of SeedSequence: a fixed point guards every published result
    name_hash = int.from_bytes(bytes.fromhex(_sha256_start("2dipl")), "little")
    direct = np.random.SeedSequence([1, name_hash, 3]).generate_state(1, np.uint64)[0]
    assert realization_seed(1, "2dipl", 3) == int(direct)


def _sha256_start(name: str) -> str:
    """First eight bytes of sha256 by the system's own tool."""
    done = subprocess.run(
        ["sha256sum"], input=name.encode(), capture_output=True, check=True, timeout=20
    )
    return done.stdout.decode()[:16]
