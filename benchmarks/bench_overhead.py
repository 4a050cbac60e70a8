"""CPU time that is not the library: the stages of a few 2DIPL glasses by the workflow, and bare.

    python benchmarks/bench_overhead.py

Runs the target ``realizations`` (glasses, fields, five events, modes) for ``--count`` glasses of
``--n-particles`` in blocks of 1, 10 and 50, each in a new folder on one core, and the same calls of
the library for the same seeds in this process. The overhead is all CPU time of Snakemake and its
jobs beyond that of the library, as a share of the whole. Kernels are compiled before.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

import softfield as sf
from softfield.blocks import realization_seed

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())


def library(n_particles, indices):
    """CPU seconds of the library alone."""
    potential = sf.model("2dipl").potential
    settings, master_seed = CONFIG["glasses"]["2dipl"], CONFIG["master_seed"]
    start = time.process_time()
    for index in indices:
        seed = realization_seed(master_seed, "2dipl", index)
        glass = sf.prepare_glass("2dipl", n_particles, seed, **settings)
        sf.local_thermal_energy(glass, potential)
        sf.shear(glass, potential, **CONFIG["shear"])
        sf.mode_map(sf.normal_modes(glass, potential, CONFIG["modes"]["count"]))
    return time.process_time() - start


def workflow(n_particles, count, per_job):
    """CPU seconds of Snakemake and its jobs."""
    models = {name: {"realizations": 0} for name in CONFIG["models"]}
    models["2dipl"] = {"n_particles": n_particles, "realizations": count}
    with tempfile.TemporaryDirectory() as folder:
        overlay = {"results": "results", "realizations_per_job": per_job, "models": models}
        (Path(folder) / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        before = cpu_of_children()
        subprocess.run(
            [sys.executable, "-m", "snakemake", "realizations", "--cores", "1", "--scheduler",
             "greedy", "--snakefile", REPOSITORY / "Snakefile", "--directory", folder,
             "--configfile", f"{folder}/overlay.yaml"],
            check=True, capture_output=True,
        )  # fmt: skip
        return cpu_of_children() - before


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--n-particles", type=int, default=1600)
    arguments = parser.parse_args()
    library(arguments.n_particles, [10**6])
    bare = library(arguments.n_particles, range(arguments.count))
    print("| realizations per job | CPU s, library | CPU s, workflow | overhead |")
    print("|---|---|---|---|", flush=True)
    for per_job in (50, 10, 1):
        whole = workflow(arguments.n_particles, arguments.count, per_job)
        print(f"| {per_job} | {bare:.1f} | {whole:.1f} | {1 - bare / whole:.1%} |", flush=True)


if __name__ == "__main__":
    main()
