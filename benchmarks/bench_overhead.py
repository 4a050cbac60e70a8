"""CPU time that is not the library: the jobs of 2DIPL blocks by the workflow, and bare.

    python benchmarks/bench_overhead.py

For blocks of 50, 10 and 1, the realizations (glasses, fields, five events, modes) by one call of
Snakemake in a new folder on one core, then by another the seven tables per block that the
statistics are made of; and the same work in this process: the library calls of the stages with
the same seeds, and for the tables the `main` of the scripts (their reading and writing counts as
library). The overhead is all CPU time of Snakemake and its jobs beyond that, as a share of the
whole. It includes the start of Snakemake, a call with nothing to do, once. Kernels are compiled
before.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib import import_module

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as every job, before numpy is imported

from snakemake_calls import CONFIG, REPOSITORY, realizations_of_2dipl, snakemake

import softfield as sf
from softfield.files.blocks import block_names, realization_seed

sys.path.append(str(REPOSITORY / "scripts"))

STATISTICS = CONFIG["statistics"]
STAGES = ("glasses", "fields", "shear", "modes")
MODEL = "2dipl"


def stages(n_particles, index):
    """The stages of one realization, without files."""
    potential = sf.model(MODEL).potential
    seed = realization_seed(CONFIG["master_seed"], MODEL, index)
    glass = sf.prepare_glass(MODEL, n_particles, seed, **CONFIG["glasses"][MODEL])
    sf.local_thermal_energy(glass, potential)
    sf.shear(glass, potential, **CONFIG["shear"])
    sf.mode_map(sf.normal_modes(glass, potential, CONFIG["modes"]["count"]))


def tables(folder, block, out):
    """The tables of one finished block, by the scripts of the workflow in this process."""

    def make(script, *arguments):
        import_module(script).main(*arguments)

    def chosen(section, *keys):
        return {key: section[key] for key in keys}

    paths = {stage: f"{folder}/results/{stage}/{MODEL}/{block}.h5" for stage in STAGES}
    new = {name: f"{out}/{name}.parquet" for name in ("histograms", "tails", "one", "two", "spots")}
    energies = chosen(STATISTICS, "histogram", "tail_floor")
    make("count_energies", paths["fields"], new["histograms"], new["tails"], energies)
    make("collect_frequencies", paths["modes"], new["one"])
    three = [paths[stage] for stage in ("glasses", "fields", "modes")]
    settings = chosen(STATISTICS, "maps", "points_per_bin", "vicinity_radius")
    make("find_soft_spots", *three, new["spots"], MODEL, settings)
    settings = chosen(STATISTICS, "points_per_bin", "event_location")
    make("score_events", {**paths, "spots": new["spots"]}, new["one"], MODEL, settings)
    default = chosen(STATISTICS, "points_per_bin", "vicinity_radius", "event_location")
    default["modes"] = CONFIG["modes"]["count"]
    make("vary_parameters", paths, new["one"], MODEL, default, STATISTICS["study"])
    settings = chosen(STATISTICS["couplings"], "modes", "radius", "shortest_wave")
    settings["floor"] = STATISTICS["tail_floor"]
    outputs = dict(zip(("glasses", "modes", "waves", "histograms"), new.values(), strict=False))
    make("measure_couplings", *three[:2], outputs, MODEL, settings)
    make("summarize_block", list(paths.values()), new["spots"], new["two"])


def table_targets(block):
    """One output of each job that makes tables of a block."""
    made = ("tails", "frequencies", "spots", "event_scores", "parameter_scores", "summary")
    folder = f"results/statistics/{MODEL}/blocks"
    return [f"{folder}/{table}/{block}.parquet" for table in (*made, "couplings_glasses")]


def cpu(work, *arguments):
    """CPU seconds of a call in this process."""
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs=3, default=[100, 40, 10], metavar="N")
    parser.add_argument("--n-particles", type=int, default=1600)
    arguments = parser.parse_args()
    stages(arguments.n_particles, 10**6)  # kernels compiled and loaded
    bare = [cpu(stages, arguments.n_particles, index) for index in range(max(arguments.counts))]
    print("| block | realizations | jobs | library, CPU s | workflow, CPU s | overhead |")
    print("|---|---|---|---|---|---|")
    for per_job, count in zip((50, 10, 1), arguments.counts, strict=True):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
            configfile = realizations_of_2dipl(folder, arguments.n_particles, count, per_job)

            def workflow(*targets, folder=folder, configfile=configfile):
                wanted = (*targets, "--cores", 1, "--scheduler", "greedy")
                return snakemake(folder, configfile, *wanted).cpu

            blocks = block_names(count, per_job)
            library, whole = sum(bare[:count]), workflow("realizations")
            idle = workflow("realizations")
            report(per_job, count, f"{4 * len(blocks)}, stages", library, whole)
            targets = [target for block in blocks for target in table_targets(block)]
            whole += workflow(*targets) - idle  # one call could have made both
            tables(folder, blocks[0], out)
            library += sum(cpu(tables, folder, block, out) for block in blocks)
            report(per_job, count, f"{11 * len(blocks)}, all", library, whole)
    print(f"\nA call with nothing to do: {idle:.1f} CPU s")


def report(per_job, count, jobs, library, whole):
    numbers = f"{library:.1f} | {whole:.1f} | {1 - library / whole:.1%}"
    print(f"| {per_job} | {count} | {jobs} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
