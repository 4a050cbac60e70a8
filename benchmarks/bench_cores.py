"""Realizations per hour against cores: the workflow on one machine.

    python benchmarks/bench_cores.py [--figure docs/benchmarks/cores.png]

The target `realizations` (glasses, fields, five events, modes) of `--count` 2DIPL glasses of
N = 1,600 in blocks of ten, each time in a new folder, on 1, 2, ... all cores of this machine; wall
time of the whole call. *Busy* is the CPU time of Snakemake and its jobs over cores times wall time.
Kernels are compiled before.
"""

import argparse
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from snakemake_calls import realizations_of_2dipl, snakemake

import softfield as sf


def run(cores, count):
    """The call that makes the realizations."""
    with tempfile.TemporaryDirectory() as folder:
        configfile = realizations_of_2dipl(folder, 1600, count, per_job=10)
        wanted = ("realizations", "--cores", cores, "--scheduler", "greedy")
        return snakemake(folder, configfile, *wanted)


def draw(rates, path):
    """Measured rates, and the line through that of one core."""
    figure, axes = plt.subplots(figsize=(3.4, 2.6), layout="constrained")
    cores = list(rates)
    axes.plot([0, cores[-1]], [0, rates[1] * cores[-1]], "--", color="0.6", label="proportional")
    axes.plot(cores, list(rates.values()), "o", color="C0", label="measured")
    axes.set(xlabel="cores", ylabel="realizations per hour", xlim=0, ylim=0)
    axes.set_xticks(cores)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=200)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    potential = sf.model("2dipl").potential
    sf.shear(sf.prepare_glass("2dipl", 400, seed=1), potential, n_events=1)
    print("| cores | wall s | busy | realizations per hour |\n|---|---|---|---|")
    rates = {}
    for cores in range(1, os.cpu_count() + 1):
        call = run(cores, arguments.count)
        rates[cores] = 3600 * arguments.count / call.wall
        busy = call.cpu / cores / call.wall
        print(f"| {cores} | {call.wall:.1f} | {busy:.0%} | {rates[cores]:,.0f} |", flush=True)
    if arguments.figure:
        draw(rates, arguments.figure)


if __name__ == "__main__":
    main()
