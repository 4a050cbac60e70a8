"""Snakemake's own work at the paper's scale: planning, recognising a finished run, scheduling.

    python benchmarks/bench_planning.py [--scale workflow/scales/paper.yaml]

In a new folder: the plan (`-n`) of everything, then again with every output there. The outputs
are empty files, and `--touch` makes Snakemake's notes of all jobs, as a run would: it sends each
job through the greedy scheduler and runs none of them. Wall and CPU seconds, peak memory.
"""

import argparse
import re
import tempfile
from pathlib import Path

from snakemake_calls import REPOSITORY, snakemake


def make_outputs(folder, scale):
    """Empty files for every output."""
    for line in snakemake(folder, scale, "--summary").output.splitlines():
        path = Path(folder, line.split("\t")[0])
        if line.startswith("results/") and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def report(what, call):
    print(f"| {what} | {call.wall:.1f} | {call.cpu:.1f} | {call.memory:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    paper = REPOSITORY / "workflow" / "scales" / "paper.yaml"
    parser.add_argument("--scale", type=Path, default=paper)
    scale = parser.parse_args().scale.resolve()
    with tempfile.TemporaryDirectory() as folder:
        planned = snakemake(folder, scale, "-n")
        jobs = int(re.search(r"^total +(\d+)", planned.output, re.MULTILINE)[1])
        print("| call | wall s | CPU s | memory, MB |\n|---|---|---|---|")
        report(f"plan of {jobs:,} jobs", planned)
        make_outputs(folder, scale)
        scheduled = snakemake(folder, scale, "--touch", "--cores", 2, "--scheduler", "greedy")
        report("all jobs scheduled, none run", scheduled)
        again = snakemake(folder, scale, "--cores", 2)
        assert "Nothing to be done" in again.output, again.output
        report("finished run recognised", again)


if __name__ == "__main__":
    main()
