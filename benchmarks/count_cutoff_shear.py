"""How many `lj/cut` glasses can be followed through three plastic events, and what it costs.

    python benchmarks/count_cutoff_shear.py 2dka 400 10

Kinds: 2dka and 3dka (Kob-Andersen, in two dimensions 65:35), wahnstrom. The liquid is cooled with
the smooth truncation of the same law, cooling rate 0.05 to get many; then the energy of `lj/cut`
is minimised. Every seed counts.
"""

import argparse
import collections
import time

import numpy as np

import softfield as sf
from softfield.errors import SoftfieldError
from softfield.potentials.models import Model, Protocol

KOB_ANDERSEN = {"diameters": [[1.0, 0.8], [0.8, 0.88]], "strengths": [[1.0, 1.5], [1.5, 0.5]]}
WAHNSTROM = {"diameters": [[1.0, 11 / 12], [11 / 12, 5 / 6]], "strengths": [[1.0, 1.0], [1.0, 1.0]]}

#: Kind -> tables of the law, dimension, density, composition.
KINDS = {
    "2dka": (KOB_ANDERSEN, 2, 1.2, (0.65, 0.35)),
    "3dka": (KOB_ANDERSEN, 3, 1.2, (0.8, 0.2)),
    "wahnstrom": (WAHNSTROM, 3, 1.296, (0.5, 0.5)),
}


def quenched(kind, n_particles, seed):
    """(glass, potential): a minimum of `lj/cut` at 2.5 without a shift."""
    tables, dimension, density, composition = KINDS[kind]
    smooth = sf.lennard_jones(**tables)
    liquid = Protocol(time_step=0.005, skin=0.35, cooling_rate=0.05, equilibration_time=50.0)
    model = Model(kind, dimension, smooth, density, composition, liquid)
    glass = sf.prepare_glass(model, n_particles, seed)
    potential = sf.lennard_jones(**tables, truncation="none")
    return sf.minimize(glass, potential), potential


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("n_particles", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--first-seed", type=int, default=0)
    arguments = parser.parse_args()
    reasons, events, changes, spent = collections.Counter(), [], [], 0.0
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.count):
        try:
            glass, potential = quenched(arguments.kind, arguments.n_particles, seed)
            start = time.process_time()
            path = sf.shear_path(glass, potential, n_events=3, max_strain=0.3)
        except SoftfieldError as error:
            reasons[f"{type(error).__name__}: {error}"] += 1
            continue
        took = time.process_time() - start
        spent += took
        reasons[path.reason] += 1
        events += path.events
        changes += path.contact_changes
        print(
            f"{arguments.kind} {seed}: {path.reason}, strains "
            f"{[round(event.strain, 6) for event in path.events]}, brackets up to "
            f"{max((e.strain_bracket for e in path.events), default=0):.1e}, "
            f"{len(path.strain)} minima, {len(path.contact_changes)} contact changes, "
            f"{sum(event.n_factorizations for event in path.events)} factorizations, {took:.1f} s",
            flush=True,
        )
    moved = [change.displacement for change in changes]
    print(
        f"{dict(reasons)}; {len(events)} events; contact changes move a particle by "
        f"{np.median(moved):.2g} (median), {np.max(moved):.2g} at most; "
        f"{spent / arguments.count:.1f} s a glass"
    )


if __name__ == "__main__":
    main()
