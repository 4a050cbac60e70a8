"""What a run survives: kills, orphans, full and read-only disks, damage, changes half-way.

Each test does harm to a run of very small glasses, follows docs/workflow.md, and compares
with the undisturbed run of the fixture ``tiny``, bit by bit.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

import softfield as sf
from runs import (
    NOTHING_TO_DO,
    STAGES,
    TINY_PROTOCOL,
    Background,
    copied,
    only_ensemble,
    records,
    run_tiny,
    snakemake,
    tiny_config,
)
from softfield.files.blocks import read_block

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for jobs in /proc"),
]
#: What happens to a file does not depend on what is in it: one stage will do where all are made.
ONE_STAGE = ("fields",)

as_root = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0,
    reason="mounts a file system, which takes Linux and root",
)


class Run(Background):
    """All realizations of the tiny configuration, made in the background."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        configured = ("--configfile", folder / "tiny.yaml")
        super().__init__(folder, "realizations", "--cores", "2", *configured, *arguments)

    def jobs(self) -> list[int]:
        """Process numbers of scripts at work, also of those whose Snakemake is gone."""
        return [pid for pid in processes_in(self.folder) if "/scripts/tmp" in command_line(pid)]

    def wait_for_orphans(self) -> None:
        deadline = time.monotonic() + 300
        while self.jobs():
            assert time.monotonic() < deadline, "the orphans do not end"
            time.sleep(0.05)


def processes_in(folder: Path) -> list[int]:
    """Process numbers with this working folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(entry / "cwd")) == folder.resolve():
                found.append(int(entry.name))
        except OSError:  # ended, or not ours
            continue
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def run_logs(folder: Path) -> int:
    """How many jobs have started: each begins a log."""
    return len(list(folder.glob("results/logs/*/2dipl/*.log")))


def assert_blocks_are_whole(folder: Path) -> None:
    """What lies under a final name can be read, checksums and all."""
    for path in folder.glob("results/*/2dipl/*.h5"):
        with read_block(path) as block:
            assert all(record.arrays() for record in block), path


def of_one_stage(folder: Path, realizations: int = 3) -> dict:
    """What a run with that stage alone has to give, from an undisturbed one."""
    stages = ("glasses", *ONE_STAGE)
    wanted = {key: record for key, record in records(folder).items() if key[0] in stages}
    return {key: record for key, record in wanted.items() if key[1] < realizations}


def recover(folder: Path) -> None:
    """The documented commands after a SIGKILL of Snakemake."""
    run_tiny(folder, "--unlock")
    run_tiny(folder, "--rerun-incomplete")


@pytest.mark.parametrize(("victim", "seed"), [("job", 2), ("everything", 3)])
def test_killed_at_a_random_time(tiny, tmp_path, victim, seed):
    tiny_config(tmp_path, realizations=2, stages=ONE_STAGE)
    chance = random.Random(seed)
    # of 4 jobs, after so many have started, and then at any moment
    started = chance.randrange(1, 4)
    run = Run(tmp_path)
    run.wait_for(lambda: run_logs(tmp_path) >= started, "enough jobs")
    time.sleep(chance.uniform(0, 0.5))
    if victim == "everything":
        run.kill_everything()
    else:
        os.kill(run.wait_for(run.jobs, "a job")[0], signal.SIGKILL)
        assert run.wait() != 0
        assert "died with <Signals.SIGKILL" in run.output, run.output
    assert_blocks_are_whole(tmp_path)
    if victim == "everything":
        run_tiny(tmp_path, "--unlock")
    run_tiny(tmp_path, "--rerun-incomplete")
    assert NOTHING_TO_DO in run_tiny(tmp_path)
    assert records(tmp_path) == of_one_stage(tiny, realizations=2)


def test_an_orphan_that_goes_on_writing_beside_a_second_call(tiny, tmp_path):
    tiny_config(tmp_path, realizations=2, stages=ONE_STAGE)
    run = Run(tmp_path)
    (orphan, *_) = run.wait_for(run.jobs, "a job")
    os.kill(orphan, signal.SIGSTOP)  # held, so that it surely outlives its Snakemake
    run.kill()
    second = None
    try:
        run_tiny(tmp_path, "--unlock")
        second = Run(tmp_path, "--rerun-incomplete")
        second.wait_for(lambda: set(second.jobs()) - {orphan}, "a job of the second call")
    finally:
        os.kill(orphan, signal.SIGCONT)  # now both make the same block
    second.succeeds()
    second.wait_for_orphans()
    assert_blocks_are_whole(tmp_path)
    assert records(tmp_path) == of_one_stage(tiny, realizations=2)
    assert list(tmp_path.rglob(".*.tmp.h5")) == []
    run_tiny(tmp_path)
    assert NOTHING_TO_DO in run_tiny(tmp_path)


def test_two_snakemakes_at_once(tiny, tmp_path):
    tiny_config(tmp_path, realizations=1, stages=ONE_STAGE)
    first = Run(tmp_path)
    (job, *_) = first.wait_for(first.jobs, "a job")
    os.kill(job, signal.SIGSTOP)  # held, so that the first call surely goes on meanwhile
    # Snakemake would already stop at a file that the first call is writing, before the lock
    settings = ("--cores", "1", "--ignore-incomplete", "--configfile", tmp_path / "tiny.yaml")
    try:
        refused = snakemake(tmp_path, "realizations", *settings, check=False)
    finally:
        os.kill(job, signal.SIGCONT)
    assert "Directory cannot be locked" in refused
    first.succeeds()
    assert records(tmp_path) == of_one_stage(tiny, realizations=1)


def test_two_snakemakes_at_once_without_a_lock(tiny, tmp_path):
    """Nobody should, but no file may be mixed if somebody does."""
    tiny_config(tmp_path, realizations=1, stages=ONE_STAGE)
    both = [Run(tmp_path, "--nolock") for _ in range(2)]
    for run in both:
        run.wait()  # one may stumble over what the other removes
    assert_blocks_are_whole(tmp_path)
    run_tiny(tmp_path, "--rerun-incomplete")
    assert records(tmp_path) == of_one_stage(tiny, realizations=1)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@as_root
def test_a_full_disk(tiny, tmp_path):
    """Results and Snakemake's notes on a small disk that runs full in the middle."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=8m", "tmpfs"):
        tiny_config(disk, stages=ONE_STAGE)
        run_tiny(disk, "-n")  # makes the copy of the checkout
        state = os.statvfs(disk)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - 110_000))
        configured = ("--cores", "1", "--configfile", disk / "tiny.yaml")
        said = snakemake(disk, "realizations", *configured, check=False)
        assert "No space left on device" in said
        assert_blocks_are_whole(disk)
        assert list(disk.rglob(".*.tmp.h5")) == []
        made = {path: path.read_bytes() for path in disk.glob("results/*/2dipl/*.h5")}
        assert 0 < len(made) < 6  # it did run full on the way

        ballast.unlink()
        recover(disk)
        assert records(disk) == of_one_stage(tiny)
        assert {path: path.read_bytes() for path in made} == made


@as_root
def test_a_read_only_results_folder(tiny, tmp_path):
    folder = copied(tiny, tmp_path)
    results = folder / "results"
    (results / "fields/2dipl/00002-00002.h5").unlink()
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    with mounted(results, "--bind", str(results)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(results)], check=True)
        configured = ("--cores", "1", "--configfile", folder / "tiny.yaml")
        said = snakemake(folder, "realizations", *configured, check=False)
    assert re.search(r"Read-only file system: '?results/", said), said
    assert {path: path.read_bytes() for path in before} == before
    run_tiny(folder, "--rerun-incomplete")
    assert records(folder) == records(tiny)


def test_a_corrupted_block_is_never_averaged_in(tiny, tmp_path):
    """One flipped bit in the energies: refused by name before a table is made of it."""
    folder = copied(tiny, tmp_path)
    block = folder / "results/fields/2dipl/00001-00001.h5"
    with h5py.File(block) as file:
        offset = file["00001/energy"].id.get_chunk_info(0).byte_offset
    damaged = bytearray(block.read_bytes())
    damaged[offset + 100] ^= 1
    block.write_bytes(damaged)
    tables = [f"results/statistics/2dipl/blocks/tails/0000{i}-0000{i}.parquet" for i in range(3)]
    configured = ("--cores", "1", "--keep-going", "--configfile", folder / "tiny.yaml")
    snakemake(folder, *tables, *configured, check=False)
    log = (folder / "results/logs/count_energies/2dipl/00001-00001.log").read_text()
    assert "results/fields/2dipl/00001-00001.h5 is truncated, damaged" in log
    assert [Path(folder / table).exists() for table in tables] == [True, False, True]

    block.unlink()
    snakemake(folder, *tables, *configured)
    assert records(folder) == records(tiny)


def test_a_setting_changed_half_way_reruns_what_depends_on_it(tiny, tmp_path):
    folder = copied(tiny, tmp_path)
    for stage, index in (("shear", 2), ("fields", 2), ("fields", 1)):  # not made yet
        (folder / f"results/{stage}/2dipl/0000{index}-0000{index}.h5").unlink()
    before = records(folder)
    tiny_config(folder, modes={"count": 9})
    planned = run_tiny(folder, "-n").split("Job stats:")[1]
    counts = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", planned, re.MULTILINE)}
    expected = {"compute_modes": 3, "compute_fields": 2, "shear_glasses": 1}
    assert {rule: counts[rule] for rule in expected} == expected
    assert counts["total"] == 6 + 1  # and the target

    run_tiny(folder)
    after, undisturbed = records(folder), records(tiny)
    assert {stage for stage, _ in before} == set(STAGES)
    for key, record in after.items():
        if key[0] == "modes":
            assert record != undisturbed[key]
        else:
            assert record == undisturbed[key]


def test_a_changed_kernel_reruns_its_stages_and_is_compiled_anew(tmp_path):
    """Energies twice as large, by one edit of a compiled loop; then the edit is taken back."""
    glass = sf.prepare_glass("2dipl", 100, seed=1, **TINY_PROTOCOL)
    sf.write_glass(tmp_path / "glass.h5", glass)
    mine = {"files": "glass.h5", "potential": "2dipl", "relax": False, "stages": ["modes"]}
    tiny_config(tmp_path, ensembles=only_ensemble("mine", mine))
    kernel = tmp_path / "checkout" / "src" / "softfield" / "kernels" / "powers.py"

    def run():
        """Energy, frequencies, and whether the sources differ from the commit."""
        run_tiny(tmp_path)
        with read_block(tmp_path / "results/glasses/mine/00000-00000.h5") as block:
            energy = block[0].attributes["energy_per_particle"]
        with read_block(tmp_path / "results/modes/mine/00000-00000.h5") as block:
            return energy, block[0]["frequencies"], block.provenance["dirty"]

    energy, frequencies, dirty = run()
    original = kernel.read_text()
    edited = original.replace("] = total * scale", "] = 2.0 * total * scale")
    assert edited != original
    kernel.write_text(edited)
    # omega^2 are eigenvalues of M, which is twice as large, to rounding in a norm of about 1e3
    twice, higher, dirty_then = run()
    assert twice == pytest.approx(2 * energy, rel=1e-12)
    np.testing.assert_allclose(higher, np.sqrt(2) * frequencies, rtol=1e-8)
    if shutil.which("git"):
        assert (dirty, dirty_then) == (False, True)

    kernel.write_text(original)
    again, as_before, _ = run()
    assert again == energy
    np.testing.assert_array_equal(as_before, frequencies)
