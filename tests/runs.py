"""How the tests run Snakemake: on a copy of the checkout, in a folder of their own."""

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
import yaml

import configuration
from conftest import REPOSITORY
from softfield.files.blocks import read_block

NOTHING_TO_DO = "Nothing to be done"
SMOKE = REPOSITORY / "workflow" / "scales" / "smoke.yaml"
TINY_PROTOCOL = {"equilibration_time": 2.0, "cooling_rate": 0.05}
STAGES = ("glasses", *configuration.DEFAULT_STAGES)


def command(folder: Path, *arguments: object) -> list[str]:
    """A call of Snakemake on a copy of the checkout, that writes to ``folder`` only."""
    checkout = copied_checkout(folder / "checkout")
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(checkout / "Snakefile")]
    return [*base, "--directory", str(folder), *map(str, arguments)]


def copied_checkout(target: Path) -> Path:
    """A copy of what the workflow consists of, made once: edits elsewhere rerun nothing.

    A repository of its own, with one commit, where git is there.
    """
    if not target.exists():
        # bytecode, and what the workflow keeps of its sources, go with them: times stay the same;
        # but not what another process is writing there, or what numba compiled
        ignored = shutil.ignore_patterns("*.egg-info", "*.pyc.*", ".*.tmp*", "*.nb?")
        for name in ("workflow", "scripts", "src", "envs"):
            shutil.copytree(REPOSITORY / name, target / name, ignore=ignored)
        for name in ("Snakefile", "config.yaml"):
            shutil.copy(REPOSITORY / name, target)
        if shutil.which("git"):
            (target / ".gitignore").write_text("__pycache__/\n")
            git(target, "init", "--quiet")
            git(target, "add", ".")
            git(target, "commit", "--quiet", "--message", "copy")
    return target


def git(folder: Path, *arguments: str) -> str:
    """What git says; commits of the same files are the same in every folder."""
    person = {"NAME": "test", "EMAIL": "", "DATE": "2000-01-01T00:00:00Z"}
    made_by = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in person.items()}
    alone = {**os.environ, **made_by, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", folder, *arguments], env=alone, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def snakemake(folder: Path, *arguments: object, check: bool = True) -> str:
    """What Snakemake said; a failure fails the test, with the logs of the jobs."""
    done = subprocess.run(
        command(folder, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    if check and done.returncode:
        logs = "".join(path.read_text() for path in folder.rglob("logs/**/*.log"))
        pytest.fail(f"snakemake {arguments} failed:\n{done.stdout}\n{logs}")
    if not check:
        assert done.returncode != 0
    return done.stdout


def only_ensemble(name: str, settings: dict) -> dict:
    """The section ``ensembles`` of an overlay with one ensemble, every other switched off."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    return {**{other: {"realizations": 0} for other in config["ensembles"]}, name: settings}


class Background:
    """A call of Snakemake in the background, with what it said so far."""

    made: ClassVar[list["Background"]] = []

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.folder = folder
        self._output = folder / f"output_{time.monotonic_ns()}.txt"
        with self._output.open("w") as file:
            self.process = subprocess.Popen(
                command(folder, *arguments),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.made.append(self)

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, condition: Callable[[], object], what: str):
        """What ``condition`` returns once it is true, while the call goes on."""
        deadline = time.monotonic() + 600
        while not (found := condition()):
            assert self.process.poll() is None, f"ended before {what}:\n{self.output}"
            assert time.monotonic() < deadline, f"no {what}:\n{self.output}"
            time.sleep(0.02)
        return found

    def wait(self) -> int:
        return self.process.wait(timeout=1200)

    def succeeds(self) -> str:
        assert self.wait() == 0, self.output
        return self.output

    def kill(self) -> None:
        """SIGKILL of Snakemake alone."""
        self.process.kill()
        self.process.wait()

    def kill_everything(self) -> None:
        """SIGKILL of Snakemake and all that it started here."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @staticmethod
    def end_all() -> None:
        """End every call that still runs."""
        for call in Background.made:
            if call.process.poll() is None:
                call.kill_everything()
        Background.made.clear()


def tiny_config(
    folder: Path,
    realizations: int = 3,
    per_job: int = 1,
    stages: tuple[str, ...] | None = None,
    **changes,
) -> Path:
    """An overlay with a few very small 2DIPL glasses and no other ensemble."""
    glasses = {"n_particles": 100, "realizations": realizations}
    if stages is not None:
        glasses["stages"] = list(stages)
    overlay = {
        "results": "results",
        "realizations_per_job": per_job,
        "ensembles": only_ensemble("2dipl", glasses),
        "glasses": {"2dipl": TINY_PROTOCOL},
        "shear": {"n_events": 1},
        "modes": {"count": 10},
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(overlay))
    return path


def run_tiny(folder: Path, *arguments: object, cores: int = 2) -> str:
    """All realizations of the tiny configuration in ``folder``."""
    configured = ("--configfile", folder / "tiny.yaml")
    return snakemake(folder, "realizations", "--cores", cores, *configured, *arguments)


def copied(finished: Path, folder: Path) -> Path:
    """A copy of a finished run that Snakemake takes for finished."""
    target = folder / "copy"
    shutil.copytree(finished, target)
    tiny_config(target)
    return target


def planned_rules(output: str) -> set[str]:
    """Rules that a dry run would run, from its job table."""
    if NOTHING_TO_DO in output:
        return set()
    table = output.split("Job stats:")[1].split("total")[0]
    return {line.split()[0] for line in table.splitlines()[3:] if line.split()} - {"realizations"}


def records(folder: Path) -> dict:
    """Every array and attribute of every realization, by stage and index."""
    found = {}
    for path in sorted(folder.glob("results/*/2dipl/*.h5")):
        with read_block(path) as block:
            for record in block:
                content = {name: a.tobytes() for name, a in record.arrays().items()}
                found[block.stage, record.index] = (record.attributes, content)
    return found
