"""What a glass costs, in CPU seconds and in symmetric-mode ``splu`` of its dynamical matrix.

    python benchmarks/bench_costs.py --glasses FOLDER [--repeats 3]

Prepares one glass of each case (default protocol, seed 1) and keeps it in FOLDER, or takes what is
there: called with the library of another commit on the path, it measures the same glasses,

    PYTHONPATH=OLD/src python benchmarks/bench_costs.py --glasses FOLDER

One thread, medians after one call that compiles: preparation, the field, 30 modes and three
plastic events, the number of factorizations of these, and ``splu`` in the same process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from scipy.sparse.linalg import splu
from threadpoolctl import threadpool_limits

import softfield as sf

CASES = (("2dipl", 1600), ("2dipl", 10000), ("3dipl", 1000), ("3dkablj", 1000))


def cpu(function, repeats=1):
    """Median CPU seconds, and the last result."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        times.append(time.process_time() - start)
    return statistics.median(times), result


def kept_glass(name, n_particles, folder):
    """The glass of a case, and the CPU seconds of its preparation or of a fresh one."""
    path = folder / f"{name}_{n_particles}.h5"
    sf.prepare_glass(sf.model(name), 400, seed=1, equilibration_time=1.0, cooling_rate=1.0)
    took, glass = cpu(lambda: sf.prepare_glass(sf.model(name), n_particles, seed=1))
    if not path.exists():
        sf.write_glass(path, glass)
    return took, sf.read_glass(path)


def factorized(matrix):
    return splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )


def measure(name, n_particles, folder, repeats):
    potential = sf.model(name).potential
    preparation, glass = kept_glass(name, n_particles, folder)
    d = glass.dimension
    held = sf.dynamical_matrix(glass, potential).tocsc()[d:, d:]
    field, _ = cpu(lambda: sf.local_thermal_energy(glass, potential), repeats + 1)
    sf.normal_modes(glass, potential, count=30)
    modes, _ = cpu(lambda: sf.normal_modes(glass, potential, count=30), repeats)
    sf.shear(glass, potential, n_events=1, max_strain=0.3)
    shear, events = cpu(lambda: sf.shear(glass, potential, n_events=3, max_strain=0.3), repeats)
    unit, _ = cpu(lambda: factorized(held), repeats)
    strains = ", ".join(f"{event.strain:.6f}" for event in events)
    count = sum(event.n_factorizations for event in events)
    print(
        f"| {name} | {n_particles} | {unit:.4f} | {preparation:.2f} | {field:.4f} | {modes:.3f} | "
        f"{shear:.2f} | {shear / unit:.0f} | {count} | {strains} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--glasses", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cases", type=int, default=len(CASES), help="the first so many")
    arguments = parser.parse_args()
    arguments.glasses.mkdir(parents=True, exist_ok=True)
    print("| model | N | splu (s) | preparation (s) | field (s) | modes (s) | three events (s) | "
          "three events / splu | factorizations | strains |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    with threadpool_limits(1):
        for name, n_particles in CASES[: arguments.cases]:
            measure(name, n_particles, arguments.glasses, arguments.repeats)


if __name__ == "__main__":
    main()
