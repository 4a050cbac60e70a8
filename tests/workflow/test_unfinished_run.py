"""What is packed of an unfinished run, and that it comes back as it was."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from softfield.files.tables import read_table, table_provenance, write_table

SCRIPT = Path(__file__).parents[2] / "docs" / "pack_unfinished_run.py"
BLOCKS = [f"{k:05d}-{k + 9:05d}" for k in range(0, 50, 10)]


@pytest.fixture
def run(tmp_path):
    """Four finished blocks, one of whose tables are not all there, and couplings of the first."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "results" / "paper" / "statistics" / "3dkablj" / "blocks"
    for table, blocks in (("summary", BLOCKS[:4]), ("tails", BLOCKS), ("couplings", BLOCKS[:1])):
        (folder / table).mkdir(parents=True)
        for block in blocks:
            energies = pd.DataFrame({"realization": np.arange(9), "energy": rng.pareto(1.2, 9)})
            write_table(folder / table / f"{block}.parquet", energies, {"block": block})
            os.utime(folder / table / f"{block}.parquet", (2e9, 2e9))
    for name in ("sources/fit_tail.sha256", "sources/settings/compute_fields/3dkablj.json",
                 f"benchmarks/compute_fields/3dkablj/{BLOCKS[0]}.tsv",
                 f"benchmarks/compute_fields/3dkablj/{BLOCKS[4]}.tsv"):  # fmt: skip
        path = tmp_path / "results" / "paper" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, (1e9, 1e9))
    return tmp_path


def packed(run, ensemble="3dkablj"):
    call = [sys.executable, str(SCRIPT), "results/paper", ensemble, "kept/run.tar"]
    return subprocess.run(call, cwd=run, capture_output=True, text=True)


def test_finished_blocks_come_back_with_their_times_and_stamps(run, tmp_path):
    found = packed(run)
    assert found.returncode == 0, found.stderr
    assert f"4 blocks, the last {BLOCKS[3]}" in found.stdout
    other = tmp_path / "other"
    with tarfile.open(run / "kept" / "run.tar") as archive:
        archive.extractall(other, filter="data")
    there = {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    tables = Path("results/paper/statistics/3dkablj/blocks")
    expected = {tables / name / f"{b}.parquet" for name in ("summary", "tails") for b in BLOCKS[:4]}
    expected |= {tables / "couplings" / f"{BLOCKS[0]}.parquet"}
    paper = Path("results/paper")
    expected |= {paper / "sources/fit_tail.sha256"}
    expected |= {paper / "sources/settings/compute_fields/3dkablj.json"}
    expected |= {paper / f"benchmarks/compute_fields/3dkablj/{BLOCKS[0]}.tsv"}
    assert there == expected
    for path in there:
        assert (other / path).stat().st_mtime == (run / path).stat().st_mtime
        if path.suffix == ".parquet":
            pd.testing.assert_frame_equal(read_table(other / path), read_table(run / path))
            assert table_provenance(other / path) == {"block": path.stem}


def test_a_run_without_blocks_packs_nothing(run):
    found = packed(run, "3dipl")
    assert found.returncode != 0
    assert "no tables" in found.stderr
    assert not (run / "kept").exists()
