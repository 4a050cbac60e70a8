"""Measured calls of Snakemake, for the benchmarks of the workflow."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())


@dataclass(frozen=True)
class Call:
    """What a call said, its wall seconds, CPU seconds of it and its jobs, and its memory in MB."""

    output: str
    wall: float
    cpu: float
    memory: float


def snakemake(folder, configfile, *arguments):
    """Run Snakemake on this checkout in ``folder``."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--directory", folder]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--configfile", configfile]
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        said.seek(0)
        output = said.read()
    if status:
        raise SystemExit(f"{command} failed:\n{output}")
    return Call(output, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def realizations_of_2dipl(folder, n_particles, count, per_job):
    """Configuration of the 2DIPL ensemble alone, written to ``folder``; its path."""
    ensembles = {name: {"realizations": 0} for name in CONFIG["ensembles"]}
    ensembles["2dipl"] = {"n_particles": n_particles, "realizations": count}
    overlay = {"results": "results", "realizations_per_job": per_job, "ensembles": ensembles}
    path = Path(folder, "overlay.yaml")
    path.write_text(yaml.safe_dump(overlay))
    return path
