"""What it costs to say which way and at what strain a glass yields.

    python benchmarks/bench_oriented.py [--repeats 3]

CPU seconds of one thread, medians of repeated calls after one that compiles, on a glass of the
default preparation (seed 1): the local thermal energy, the strain response in xy, the cubic soft
modes, and the events predicted in xy.
"""

import argparse
import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import softfield as sf

CASES = (("2dipl", 1600), ("2dipl", 10000), ("3dipl", 1000))


def cpu_seconds(function):
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def run_case(name, n, repeats):
    """Median times of one glass as a row."""
    model = sf.model(name)
    potential = model.potential
    glass = sf.prepare_glass(model, n, seed=1)
    calls = {
        "field": lambda: sf.local_thermal_energy(glass, potential),
        "strain response": lambda: sf.strain_response(glass, potential),
        "soft modes": lambda: sf.soft_modes(glass, potential),
        "predicted events": lambda: sf.predict_events(glass, potential),
    }
    times, results = {key: [] for key in calls}, {}
    for repeat in range(repeats + 1):
        for key, call in calls.items():
            elapsed, results[key] = cpu_seconds(call)
            if repeat:
                times[key].append(elapsed)
    row = {f"{key} (s)": round(float(np.median(found)), 3) for key, found in times.items()}
    ratio = np.median(np.divide(times["strain response"], times["field"]))
    return {
        "model": name, "N": n, **row, "strain response / field": round(float(ratio), 2),
        "modes": len(results["soft modes"]), "events": len(results["predicted events"]),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    with threadpool_limits(1):
        for name, n in CASES:
            rows.append(run_case(name, n, arguments.repeats))
            print(rows[-1], flush=True)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
