"""The Slurm profile on a real Slurm of one node: jobs cancelled, slurmd killed, orphans.

Needs root, Debian's slurm-wlm and munge, and the extra `slurm`; `.ci/run` sees to them.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from runs import NOTHING_TO_DO, command, snakemake, tiny_config

TABLES = "results/paper_versus_measured.md"  # behind it are blocks and tables of every kind
SINGLE_NODE = Path(__file__).parent / "slurm" / "single_node.sh"
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "squeue", "scontrol")


def obstacle() -> str:
    """Why these tests cannot run here; empty if they can."""
    if not sys.platform.startswith("linux") or os.geteuid():
        return "a Slurm of one's own needs Linux and root"
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if missing := [name for name in PROGRAMS if shutil.which(name, path=path) is None]:
        return f"no {', '.join(missing)}: apt-get install slurm-wlm munge"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "no snakemake-executor-plugin-slurm: pip install -e '.[workflow,test,slurm]'"
    return ""


pytestmark = [
    pytest.mark.slurm,
    pytest.mark.workflow,
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A Slurm that this module's environment points to; the folder with its pid files."""
    folder = tmp_path_factory.mktemp("slurm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin")
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        try:
            subprocess.run([SINGLE_NODE, "start", folder], check=True)
            yield folder
        finally:
            subprocess.run([SINGLE_NODE, "stop", folder], check=True)


@pytest.fixture(scope="module")
def local(slurm, tmp_path_factory) -> Path:
    """The same run without the profile."""
    folder = tmp_path_factory.mktemp("local")
    configured = ("--configfile", tiny_config(folder, realizations=2))
    snakemake(folder, TABLES, "--cores", "2", *configured)
    return folder


def slurm_arguments(folder: Path, *arguments: str) -> list[str]:
    """The profile as it is, but for shorter waits."""
    profile = folder / "checkout" / "workflow" / "profiles" / "slurm"
    waits = ("--slurm-init-seconds-before-status-checks", "2")
    waits += ("--seconds-between-status-checks", "2", "--latency-wait", "5")
    return [*arguments, "--profile", profile, *waits, "--configfile", folder / "tiny.yaml"]


@pytest.fixture(autouse=True)
def no_call_left():
    """A failed test leaves no Snakemake behind."""
    yield
    for call in Call.made:
        if call.process.poll() is None:
            call.kill()
    Call.made.clear()


class Call:
    """A call of Snakemake in the background, with what it said so far."""

    made: ClassVar[list["Call"]] = []

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._output = folder / f"output_{time.monotonic_ns()}.txt"
        with self._output.open("w") as file:
            self.process = subprocess.Popen(
                command(folder, *slurm_arguments(folder, *arguments)),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.made.append(self)

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, condition: Callable[[], object], what: str):
        """What ``condition`` returns once it is true, before the call ends."""
        deadline = time.monotonic() + 600
        while not (found := condition()):
            assert self.process.poll() is None, f"ended before {what}:\n{self.output}"
            assert time.monotonic() < deadline, f"no {what}:\n{self.output}"
            time.sleep(0.1)
        return found

    def succeeds(self) -> str:
        assert self.process.wait(timeout=1200) == 0, self.output
        return self.output

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def jobs(state: str = "RUNNING") -> set[str]:
    """Identifiers of Slurm's jobs in a state."""
    listed = subprocess.run(
        ["squeue", "-h", "-t", state, "-o", "%i"], capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def scontrol(action: str, identifiers: set[str]) -> None:
    for identifier in identifiers:
        subprocess.run(["scontrol", action, identifier], check=True)


def results(folder: Path, *suffixes: str) -> dict[str, bytes]:
    """Every file of results with one of these suffixes, byte for byte."""
    top = folder / "results"
    paths = [path for path in top.rglob("*") if path.suffix in suffixes]
    assert not [path for path in paths if path.name.startswith(".")], "left-over temporary files"
    return {str(path.relative_to(top)): path.read_bytes() for path in paths}


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Names of files that one run lacks, or that differ in any byte."""
    names = found.keys() | expected.keys()
    return sorted(name for name in names if found.get(name) != expected.get(name))


def test_slurm_and_local_tables_agree_bit_by_bit(slurm, local, tmp_path):
    """One job is cancelled on the way, and slurmd is killed under another."""
    tiny_config(tmp_path, realizations=2, local_aggregates=True)
    call = Call(tmp_path, TABLES)
    cancelled = call.wait_for(jobs, "a running job").pop()
    subprocess.run(["scancel", cancelled], check=True)
    call.wait_for(lambda: f"'{cancelled}' failed" in call.output, "sign of the cancelled job")

    call.wait_for(jobs, "another running job")
    daemon = int((slurm / "slurmd.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    time.sleep(3)  # jobs end, and are to be started, without slurmd
    subprocess.run([SINGLE_NODE, "slurmd", slurm], check=True)
    assert int((slurm / "slurmd.pid").read_text()) != daemon

    output = call.succeeds()
    assert f"SLURM-job '{cancelled}' failed, SLURM status is: 'CANCELLED'" in output
    assert "trying to restart" in output.lower()
    expected = results(local, ".h5", ".parquet", ".md")
    assert {Path(name).suffix for name in expected} == {".h5", ".parquet", ".md"}
    assert differing(results(tmp_path, ".h5", ".parquet", ".md"), expected) == []

    # blocks were jobs of Slurm and aggregates were not, as the setting said
    submitted = {path.name for path in tmp_path.glob(".snakemake/slurm_logs/*")}
    assert not submitted & {"rule_fit_tail", "rule_summarize_ensemble"}
    assert NOTHING_TO_DO in Call(tmp_path, TABLES).succeeds()


def test_aggregates_as_jobs_of_slurm(slurm, local):
    tiny_config(local, realizations=2)  # local_aggregates: false, the default
    before = results(local, ".h5", ".parquet", ".md")
    table = "results/statistics/2dipl/estimates.parquet"
    (local / table).unlink()
    output = Call(local, table).succeeds()
    assert "rule_score_prediction" in output, output  # the log of the job is named
    assert differing(results(local, ".h5", ".parquet", ".md"), before) == []


def test_an_orphan_beside_a_second_call(slurm, local, tmp_path):
    """Jobs of a killed Snakemake go on writing the blocks that a second call makes."""
    tiny_config(tmp_path, realizations=2)
    first = Call(tmp_path, "realizations")
    logs = "results/logs/prepare_glasses/2dipl/*.log"
    first.wait_for(lambda: len(list(tmp_path.glob(logs))) == 2, "two scripts at work")
    orphans = jobs()
    first.kill()
    assert len(orphans) == 2
    scontrol("suspend", orphans)  # so that they surely meet the second call
    assert jobs("SUSPENDED") == orphans

    snakemake(tmp_path, "realizations", *slurm_arguments(tmp_path, "--unlock"))
    second = Call(tmp_path, "realizations")
    second.wait_for(lambda: len(jobs()) == 2, "two jobs for the same blocks")
    scontrol("resume", orphans)
    second.process.wait(timeout=1200)
    deadline = time.monotonic() + 120
    while jobs():
        assert time.monotonic() < deadline, "the orphans do not end"
        time.sleep(0.5)

    # an orphan may have pulled a block from under the second call: the same command again
    Call(tmp_path, "realizations").succeeds()
    assert NOTHING_TO_DO in Call(tmp_path, "realizations").succeeds()
    expected = {n: b for n, b in results(local, ".h5").items() if not n.startswith("statistics")}
    assert len(expected) == 8
    assert differing(results(tmp_path, ".h5"), expected) == []
