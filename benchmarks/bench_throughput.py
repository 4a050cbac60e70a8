"""Molecular dynamics in several processes at once: the rate that each core keeps.

    python benchmarks/bench_throughput.py [--processes 2]

2DIPL, N = 1,600, T = 0.6, wall-clock rates in million atom-steps/s per process, one thread
each; alone and together take turns.
"""

import argparse
import multiprocessing
import os
import statistics
import time

N_PARTICLES, STEPS = 1600, 5000


def rate(seed):
    """Rate of one process, after a short run that compiles and warms up."""
    import numpy as np

    import softfield as sf
    from softfield.preparation.dynamics import evolve
    from softfield.preparation.protocol import equilibrate, protocol_of, random_start

    model, rng = sf.model("2dipl"), np.random.default_rng(seed)
    protocol = protocol_of(model, liquid_temperature=0.6, equilibration_time=10.0)
    liquid = equilibrate(random_start(model, N_PARTICLES, rng), model, protocol, rng)
    start = time.perf_counter()
    evolve(
        liquid.glass, liquid.velocities, model.potential,
        time_step=protocol.time_step, n_steps=STEPS, sample_interval=STEPS,
    )  # fmt: skip
    return N_PARTICLES * STEPS / 1e6 / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"
    spawn = multiprocessing.get_context("spawn")
    rates = {1: [], arguments.processes: []}
    for _ in range(arguments.repeats):
        for count, found in rates.items():
            with spawn.Pool(count) as pool:
                found.append(statistics.mean(pool.map(rate, range(count))))
    alone, together = (statistics.median(found) for found in rates.values())
    print(f"alone {alone:.1f}, {arguments.processes} at once {together:.1f} each")
    print(f"each core keeps {together / alone:.0%} of the rate")


if __name__ == "__main__":
    main()
