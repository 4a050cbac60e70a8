"""Evidence for docs/preparation.md: how long a liquid must be equilibrated before the quench.

    python benchmarks/show_equilibration.py relaxation
    python benchmarks/show_equilibration.py glasses MODEL N COUNT PROTOCOL [PROTOCOL ...]

``relaxation`` measures the structural relaxation time of each model at the temperature of its
liquid: the self-overlap, the fraction of particles that moved by less than 0.3, has fallen to
1/e. In two dimensions long waves carry particles and their cages along, so there displacements
are taken relative to the mean of the neighbours'. It also prints when the energy after the random
start, averaged over runs, has come within one per cent of its first excess, and within its error.

``glasses`` prepares COUNT glasses by each PROTOCOL, TEMPERATURE:TIME:STEP of the liquid, the
model's defaults otherwise, and compares each ensemble with the last, the reference: energy per
particle, pressure, g(r) and p(|E|). Seeds differ between the ensembles. Results go to
docs/benchmarks/equilibration_MODEL.csv and, as a table, to standard output.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402
from show_preparation import radial_distribution  # noqa: E402

import softfield as sf  # noqa: E402
from softfield.mechanics.pairs import neighbor_pairs  # noqa: E402
from softfield.preparation.dynamics import evolve, thermal_velocities  # noqa: E402
from softfield.preparation.protocol import prepare_glass, random_start  # noqa: E402

FOLDER = Path(__file__).parent.parent / "docs" / "benchmarks"
SIZES = {"2dipl": 1600, "3dipl": 1000, "3dkablj": 1000}
REACH = 0.3  # displacement that counts as having left its place, s_AA
EXCESS_SIZE = 400
EXCESS_RUNS = 20

#: |E| above which pairs are counted, in k_B T / 2: bulk, shoulder and tail of p(E).
LEVELS = (1.0, 10.0, 100.0)


def cage_relative(displacement: np.ndarray, glass: sf.Glass, potential) -> np.ndarray:
    """Displacements (m, N, d) less the mean of those of the neighbours in ``glass``."""
    pairs = neighbor_pairs(glass, potential)
    number = np.bincount(pairs.ravel(), minlength=glass.n_particles)
    result = np.array(displacement)
    for one in result:
        around = np.zeros_like(one)
        moved = one.copy()
        np.add.at(around, pairs[:, 0], moved[pairs[:, 1]])
        np.add.at(around, pairs[:, 1], moved[pairs[:, 0]])
        one -= around / np.maximum(number, 1)[:, None]
    return result


def overlap(name: str, duration: float, seed: int, origins: int = 8):
    """Time and self-overlap of an equilibrated liquid, averaged over ``origins`` origins."""
    model = sf.model(name)
    protocol, temperature = model.protocol, model.protocol.liquid_temperature
    rng = np.random.default_rng(seed)
    start = random_start(model, SIZES[name], rng)
    settings = {"time_step": protocol.time_step, "temperatures": temperature, "rng": rng}
    run = evolve(
        start, thermal_velocities(start, temperature, rng), model.potential,
        n_steps=round(200.0 / protocol.time_step), **settings,
    )  # fmt: skip
    curves = []
    for _ in range(origins):
        origin = run.glass
        run = evolve(
            origin, run.velocities, model.potential,
            n_steps=round(duration / protocol.time_step), sample_interval=20,
            tracked=np.arange(origin.n_particles), **settings,
        )  # fmt: skip
        moved = run.positions - origin.positions
        if model.dimension == 2:
            moved = cage_relative(moved, origin, model.potential)
        curves.append((np.linalg.norm(moved, axis=2) < REACH).mean(axis=1))
    return run.time, np.array(curves)


def relaxation_time(name: str, duration: float) -> tuple[float, float]:
    """Structural relaxation time and its standard error over origins, two runs."""
    found = []
    for seed in (1, 2):
        times, curves = overlap(name, duration, seed)
        for curve in curves:
            below = int(np.argmax(curve < np.exp(-1)))
            if curve[below] >= np.exp(-1):
                raise SystemExit(f"{name}: the overlap does not fall to 1/e within {duration}")
            found.append(times[below])
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(len(found)))


def excess(name: str, duration: float):
    """Mean and standard error of the energy per particle after the random start, over runs."""
    model = sf.model(name)
    protocol, temperature = model.protocol, model.protocol.liquid_temperature
    energies = []
    for seed in range(EXCESS_RUNS):
        rng = np.random.default_rng([seed, 17])
        start = random_start(model, EXCESS_SIZE, rng)
        run = evolve(
            start, thermal_velocities(start, temperature, rng), model.potential,
            time_step=protocol.time_step, n_steps=round(duration / protocol.time_step),
            temperatures=temperature, rng=rng, measure=True,
        )  # fmt: skip
        energies.append(run.potential_energy / EXCESS_SIZE)
    return run.time, np.array(energies)


def show_relaxation() -> None:
    print("| model | N | relaxation time | mean energy at 0.3 to 1 times it | 1 to 3 | 3 to 10 |")
    print("|---|---|---|---|---|---|")
    for name, size in SIZES.items():
        tau, error = relaxation_time(name, 60.0)
        times, energies = excess(name, 20 * tau)
        final = energies[:, times > 10 * tau].mean(axis=1)
        cells = []
        for low, high in ((0.3, 1.0), (1.0, 3.0), (3.0, 10.0)):
            window = (times > low * tau) & (times <= high * tau)
            difference = energies[:, window].mean(axis=1) - final
            spread = difference.std(ddof=1) / np.sqrt(len(difference))
            cells.append(f"{difference.mean():+.4f} ± {spread:.4f}")
        print(f"| {name} | {size} | {tau:.2f} ± {error:.2f} | " + " | ".join(cells) + " |",
              flush=True)  # fmt: skip


def ensemble(name: str, n: int, count: int, protocol: str) -> dict[str, np.ndarray]:
    """What is compared, one row a glass, and the CPU seconds of each preparation."""
    values = [float(text) for text in protocol.split(":")]
    keys = ("liquid_temperature", "equilibration_time", "time_step")
    settings = dict(zip(keys, values, strict=True))
    model, bins = sf.model(name), np.linspace(0.8, 2.3, 16)
    rows: dict[str, list] = {"energy": [], "pressure": [], "g": [], "E": [], "seconds": []}
    for index in range(count):
        seed = np.random.SeedSequence([index, *(round(1e4 * value) for value in values)])
        began = time.process_time()
        glass = prepare_glass(model, n, seed, **settings)
        rows["seconds"].append(time.process_time() - began)
        rows["energy"].append(sf.energy(glass, model.potential) / n)
        rows["pressure"].append(sf.pressure(glass, model.potential))
        rows["g"].append(radial_distribution(glass, model.potential, bins))
        rows["E"].append(np.abs(sf.local_thermal_energy(glass, model.potential).energy))
    return {key: np.array(value) if key != "E" else value for key, value in rows.items()}


def difference(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Difference of the means of two samples of glasses, and its standard error."""
    error = np.hypot(
        ours.std(ddof=1) / np.sqrt(len(ours)), theirs.std(ddof=1) / np.sqrt(len(theirs))
    )
    return float(ours.mean() - theirs.mean()), float(error)


def compare(ours: dict, theirs: dict) -> dict[str, str | float]:
    """One row of the table: differences with errors, and two probabilities."""
    row: dict[str, str | float] = {}
    for key in ("energy", "pressure"):
        delta, error = difference(ours[key], theirs[key])
        row |= {key: delta, f"{key}_error": error}
    filled = theirs["g"].mean(axis=0) > 0.05
    g, other = ours["g"][:, filled], theirs["g"][:, filled]
    covariance = np.cov(g.T) / len(g) + np.cov(other.T) / len(other)
    apart = g.mean(axis=0) - other.mean(axis=0)
    row["largest_g"] = float(np.abs(apart).max())
    row["g_probability"] = hotelling(apart, covariance, len(g) + len(other))
    for level in LEVELS:
        shares = [np.array([(e > level).mean() for e in side["E"]]) for side in (ours, theirs)]
        delta, error = difference(*shares)
        row |= {f"above_{level:g}": delta, f"above_{level:g}_error": error}
        row[f"share_{level:g}"] = float(shares[1].mean())
    return row


def hotelling(apart: np.ndarray, covariance: np.ndarray, n: int) -> float:
    """Probability of so large a difference of mean vectors, Hotelling's T^2 for n glasses."""
    p = len(apart)
    t2 = float(apart @ np.linalg.solve(covariance, apart))
    return float(stats.f.sf(t2 * (n - p - 1) / (p * (n - 2)), p, n - p - 1))


def show_glasses(name: str, n: int, count: int, protocols: list[str]) -> None:
    reference = ensemble(name, n, count, protocols[-1])
    rows = []
    for protocol in protocols:
        ours = reference if protocol == protocols[-1] else ensemble(name, n, count, protocol)
        row = {"model": name, "n_particles": n, "glasses": count, "protocol": protocol,
               "cpu_s": float(np.median(ours["seconds"])),
               "mean_energy": float(ours["energy"].mean()),
               "mean_pressure": float(ours["pressure"].mean())}  # fmt: skip
        if protocol != protocols[-1]:
            row |= compare(ours, reference)
        rows.append(row)
        print(row, flush=True)
        table = pd.DataFrame(rows)
        table.to_csv(FOLDER / f"equilibration_{name}.csv", index=False, float_format="%.5g")
    print_table(rows)


def print_table(rows: list[dict]) -> None:
    print(
        "| model | T, time, step | CPU s | energy | pressure | g(r) | "
        + " | ".join(f"share above {level:g}" for level in LEVELS)
        + " |"
    )
    print("|---" * (6 + len(LEVELS)) + "|")
    for row in rows:
        cells = [f"{row['mean_energy']:.4f}", f"{row['mean_pressure']:.3f}", ""]
        cells += [""] * len(LEVELS)
        if "energy" in row:
            cells = [f"{row[k]:+.2g} ± {row[k + '_error']:.2g}" for k in ("energy", "pressure")]
            cells += [f"{row['largest_g']:.3f} (P = {row['g_probability']:.2f})"]
            cells += [
                f"{row[k] / row[s]:+.1%} ± {row[k + '_error'] / row[s]:.1%}"
                for k, s in ((f"above_{v:g}", f"share_{v:g}") for v in LEVELS)
            ]
        protocol = ", ".join(row["protocol"].split(":"))
        print(f"| {row['model']} | {protocol} | {row['cpu_s']:.2f} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("relaxation")
    glasses = what.add_parser("glasses")
    glasses.add_argument("model", choices=SIZES)
    glasses.add_argument("n", type=int)
    glasses.add_argument("count", type=int)
    glasses.add_argument("protocols", nargs="+", metavar="TEMPERATURE:TIME:STEP")
    options = parser.parse_args()
    if options.what == "relaxation":
        show_relaxation()
    else:
        show_glasses(options.model, options.n, options.count, options.protocols)


if __name__ == "__main__":
    main()
