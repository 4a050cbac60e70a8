"""The Slurm profile on a real Slurm of one node: jobs cancelled, slurmd killed, orphans.

Two ensembles of the smoke scale through the profile, against a local run; orphans on very small
glasses.

Needs root, Debian's slurm-wlm and munge, and the extra `slurm`; `.ci/run` sees to them.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runs import NOTHING_TO_DO, SMOKE, Background, snakemake, tiny_config

SINGLE_NODE = Path(__file__).parents[1] / "slurm" / "single_node.sh"
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


def slurm_arguments(folder: Path, *arguments: object) -> list[object]:
    """The profile as it is, but for shorter waits."""
    profile = folder / "checkout" / "workflow" / "profiles" / "slurm"
    waits = ("--slurm-init-seconds-before-status-checks", "2")
    waits += ("--seconds-between-status-checks", "2", "--latency-wait", "5")
    return [*arguments, "--profile", profile, *waits]


class Call(Background):
    """A call of Snakemake with the profile."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        super().__init__(folder, *slurm_arguments(folder, *arguments))


def jobs(state: str = "RUNNING") -> set[str]:
    """Identifiers of Slurm's jobs in a state."""
    listed = subprocess.run(
        ["squeue", "-h", "-t", state, "-o", "%i"], capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def scontrol(action: str, identifiers: set[str]) -> None:
    for identifier in identifiers:
        subprocess.run(["scontrol", action, identifier], check=True)


def results(folder: Path) -> dict[str, bytes]:
    """Every block, table and figure, byte for byte."""
    top = folder / "results"
    suffixes = {".h5", ".parquet", ".md", ".png", ".pdf"}
    paths = [path for path in top.rglob("*") if path.suffix in suffixes]
    assert not [path for path in paths if path.name.startswith(".")], "left-over temporary files"
    return {str(path.relative_to(top)): path.read_bytes() for path in paths}


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Names of files that one run lacks, or that differ in any byte."""
    names = found.keys() | expected.keys()
    return sorted(name for name in names if found.get(name) != expected.get(name))


def only(found: dict[str, bytes], names: set[str]) -> dict[str, bytes]:
    """The files of these names."""
    return {name: content for name, content in found.items() if name in names}


def test_the_smoke_scale_agrees_with_a_local_run_bit_by_bit(slurm, smoke, tmp_path):
    """One job is cancelled on the way, and slurmd is killed under another."""
    ensembles = ("2dipl", "3dipl")
    chosen = f"run=[{','.join(ensembles)}]"
    wanted = ("--configfile", SMOKE, "--config", "local_aggregates=True", chosen)
    call = Call(tmp_path, *wanted)
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
    found = results(tmp_path)
    assert {Path(name).suffix for name in found} == {".h5", ".parquet", ".md", ".png", ".pdf"}
    of_one = {name for name in results(smoke) if set(Path(name).parts) & set(ensembles)}
    assert len(of_one) > 50
    assert differing(only(found, of_one), only(results(smoke), of_one)) == []
    assert of_one <= found.keys()

    # blocks were jobs of Slurm and aggregates were not, as the setting said
    submitted = {path.name for path in tmp_path.glob(".snakemake/slurm_logs/*")}
    assert not submitted & {"rule_fit_tail", "rule_summarize_ensemble"}
    assert NOTHING_TO_DO in Call(tmp_path, *wanted).succeeds()


def test_aggregates_as_jobs_of_slurm(slurm, smoke, tmp_path):
    # another call may be at work on it just now
    folder = shutil.copytree(smoke, tmp_path / "copy", ignore=shutil.ignore_patterns("locks"))
    table = "results/smoke/statistics/2dipl/estimates.parquet"
    (folder / table).unlink()
    output = Call(folder, table, "--configfile", SMOKE).succeeds()  # local_aggregates: false
    assert "rule_score_prediction" in output, output  # the log of the job is named
    assert differing(results(folder), results(smoke)) == []


def test_an_orphan_beside_a_second_call(slurm, tiny, tmp_path):
    """Jobs of a killed Snakemake go on writing the blocks that a second call makes."""
    wanted = ("realizations", "--configfile", tiny_config(tmp_path, realizations=2))
    first = Call(tmp_path, *wanted)
    logs = "results/logs/prepare_glasses/2dipl/*.log"
    first.wait_for(lambda: len(list(tmp_path.glob(logs))) == 2, "two scripts at work")
    orphans = jobs()
    first.kill_everything()
    assert len(orphans) == 2
    scontrol("suspend", orphans)  # so that they surely meet the second call
    assert jobs("SUSPENDED") == orphans

    snakemake(tmp_path, *slurm_arguments(tmp_path, *wanted, "--unlock"))
    second = Call(tmp_path, *wanted)
    second.wait_for(lambda: len(jobs()) == 2, "two jobs for the same blocks")
    scontrol("resume", orphans)
    second.wait()
    deadline = time.monotonic() + 120
    while jobs():
        assert time.monotonic() < deadline, "the orphans do not end"
        time.sleep(0.5)

    # an orphan may have pulled a block from under the second call: the same command again
    Call(tmp_path, *wanted).succeeds()
    assert NOTHING_TO_DO in Call(tmp_path, *wanted).succeeds()
    found = results(tmp_path)
    assert len(found) == 8
    assert differing(found, only(results(tiny), set(found))) == []
