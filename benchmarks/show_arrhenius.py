"""Evidence for docs/temperature.md: rates of rearrangements against the barriers of their saddles.

    python benchmarks/show_arrhenius.py COUNT [--first SEED]

Takes glasses one after the other (2DIPL, N = 400, default preparation) and watches each at T = 0.1
until its first rearrangement, for 400 units of time. Where ``softfield.barrier`` finds a way over
one saddle, and the minimum behind it is not the higher one, the glass is watched again from its
minimum, REPEATS times at each of four temperatures that follow from the barrier, until it leaves.
Leaving to that minimum is an event; leaving elsewhere, or the end of the watch, ends the
observation (competing risks: the rate is the number of events over the total time watched).
Numbers of events are fitted by ``nu exp(-E / T)``, Poisson, maximum likelihood. Prints, and writes
to docs/results/thermal/arrhenius.csv, a row per glass: the barrier, E with its 95 % interval
(profile likelihood), and the number of events over that of harmonic transition state theory
(Vineyard, J. Phys. Chem. Solids 3, 121 (1957)), its interval exact for a Poisson number. Goes on
until COUNT glasses have a row; seeds without one, and why, are printed.
"""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.optimize import brentq, minimize_scalar  # noqa: E402
from scipy.stats import chi2  # noqa: E402

import softfield as sf  # noqa: E402
from softfield.errors import NotConvergedError  # noqa: E402
from softfield.mechanics.derivatives import pair_dynamical_matrix  # noqa: E402
from softfield.mechanics.pairs import interactions  # noqa: E402

OUTPUT = Path(__file__).parent.parent / "docs" / "results" / "thermal" / "arrhenius.csv"
N_PARTICLES = 400
FOUND_AT, FOUND_UNTIL = 0.1, 400.0  # temperature and time of the first watch
BARRIER_OVER_T = (3.5, 4.5, 5.5, 6.5)
REPEATS, MAX_TIME = 25, 200.0
#: Two minima of one energy are one minimum, energy.
SAME_ENERGY = 1e-6
#: A new minimum must last one interval, short beside the time it takes to come back.
WATCH = sf.ThermalWatch(interval=1.0, persistence=1)


def log_frequencies(glass: sf.Glass, potential: sf.PairPotential, unstable: int) -> float:
    """Sum of log omega over the modes but the translations and the lowest ``unstable`` ones."""
    values = np.linalg.eigvalsh(pair_dynamical_matrix(interactions(glass, potential)).toarray())
    zero = np.argsort(np.abs(values))[: glass.dimension]
    rest = np.delete(values, zero)
    assert (rest < 0).sum() == unstable
    return 0.5 * float(np.log(rest[unstable:]).sum())


def passages(glass, potential, behind: float, temperature: float, seed: int):
    """Number of events and total time watched at a temperature."""
    events, total = 0, 0.0
    for repeat in range(REPEATS):
        path = sf.thermal_path(
            glass, potential, temperature=temperature, max_time=MAX_TIME, watch=WATCH,
            seed=np.random.SeedSequence([seed, round(1e6 * temperature), repeat]),
        )  # fmt: skip
        total += path.time
        reached = sf.energy(path.minima[-1], potential)
        events += bool(path.events) and abs(reached - behind) < SAME_ENERGY
    return events, total


def fitted_barrier(temperatures, events, times):
    """E of ``nu exp(-E / T)`` by maximum likelihood, with its 95 % interval."""
    inverse, n, t = 1 / np.array(temperatures), np.array(events), np.array(times)

    def loss(energy: float) -> float:
        weight = t * np.exp(-energy * (inverse - inverse.mean()))
        expected = n.sum() * weight / weight.sum()
        return float((expected - n * np.log(expected)).sum())

    high = 40 / inverse.max()
    best = minimize_scalar(loss, bounds=(-high, high), method="bounded", options={"xatol": 1e-9})
    allowed = best.fun + chi2.ppf(0.95, 1) / 2
    ends = [brentq(lambda e: loss(e) - allowed, best.x, end) for end in (-high, high)]
    return best.x, *ends


def row_of(seed: int, model: sf.Model) -> dict[str, float]:
    """What one glass gives; raises NotConvergedError with the reason if nothing."""
    potential = model.potential
    glass = sf.prepare_glass(model, n_particles=N_PARTICLES, seed=seed)
    path = sf.thermal_path(
        glass, potential, temperature=FOUND_AT, seed=seed, max_time=FOUND_UNTIL, watch=WATCH
    )
    if not path.events:
        raise NotConvergedError("it did not leave its minimum")
    found = sf.barrier(glass, path.minima[1], potential)
    if not found.direct:
        raise NotConvergedError("the way leads over several saddles")
    if found.reverse < found.energy:
        raise NotConvergedError("the minimum behind is the higher one")
    attempts = log_frequencies(glass, potential, 0) - log_frequencies(found.saddle, potential, 1)
    behind = sf.energy(path.minima[1], potential)
    temperatures = [found.energy / ratio for ratio in BARRIER_OVER_T]
    counted = [passages(glass, potential, behind, t, seed) for t in temperatures]
    events, times = zip(*counted, strict=True)
    if sum(n > 0 for n in events) < 2:
        raise NotConvergedError(f"too few events to fit: {events}, barrier {found.energy:.4g}")
    energy, lower, upper = fitted_barrier(temperatures, events, times)
    rate = math.exp(attempts) / (2 * math.pi) * np.exp(-np.array(BARRIER_OVER_T))
    expected, total = float((rate * np.array(times)).sum()), sum(events)
    return {
        "seed": seed, "barrier": found.energy, "reverse": found.reverse,
        "fitted": energy, "fitted_lower": lower, "fitted_upper": upper,
        "over_theory": total / expected,
        "over_theory_lower": chi2.ppf(0.025, 2 * total) / 2 / expected,
        "over_theory_upper": chi2.ppf(0.975, 2 * total + 2) / 2 / expected,
        "attempt_frequency": math.exp(attempts) / (2 * math.pi),
        **{f"events_{r:g}": n for r, n in zip(BARRIER_OVER_T, events, strict=True)},
        **{f"time_{r:g}": t for r, t in zip(BARRIER_OVER_T, times, strict=True)},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="glasses that have a row")
    parser.add_argument("--first", type=int, default=1, help="first seed")
    arguments = parser.parse_args()
    model, rows, seed = sf.model("2dipl"), [], arguments.first
    while len(rows) < arguments.count:
        try:
            rows.append(row_of(seed, model))
            print(" ".join(f"{name}={value:.4g}" for name, value in rows[-1].items()), flush=True)
        except sf.SoftfieldError as error:
            print(f"seed {seed}: {error}", flush=True)
        seed += 1
    pd.DataFrame(rows).to_csv(OUTPUT, index=False, float_format="%.8g")


if __name__ == "__main__":
    main()
