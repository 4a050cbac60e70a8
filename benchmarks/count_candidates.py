"""Is the place of every first event among the soft modes, and is it the first that is predicted?

    python benchmarks/count_candidates.py MODEL N COUNT [--shares 0 0.9]

Glasses of the default preparation, seeds 618000 upwards, each sheared to its first event in xy and
in x-y. A mode counts where it lies within three diameters of the particle of the event; chance is
the share of all particles that are as near to one. ``--shares``: where the modes are computed, as
shares of the strain of the event; 0 is the glass at rest.
"""

import argparse
import collections

import numpy as np

import softfield as sf
from softfield.errors import SoftfieldError
from softfield.response.soft_modes import KINDS

FIRST_SEED, DIRECTIONS, NEAR, MAX_STRAIN = 618000, ("xy", "x-y"), 3.0, 0.2


def distances(glass, places):
    """(N,) distance of every particle to the nearest of some places."""
    away = np.full(glass.n_particles, np.inf)
    for place in places:
        vectors = glass.minimum_image(glass.positions - place)
        away = np.minimum(away, np.linalg.norm(vectors, axis=1))
    return away


def glass_cases(model, n, seed, shares):
    """(what, hit, chance, number of places) of both directions of one glass."""
    potential = model.potential
    glass = sf.prepare_glass(model, n, seed=seed)
    softest = sf.soft_spots(glass, sf.local_thermal_energy(glass, potential))[:1]
    at_rest = {kind: sf.soft_modes(glass, potential, kind) for kind in KINDS}
    for direction in DIRECTIONS:
        events = sf.shear(glass, potential, 1, MAX_STRAIN, direction)
        if not events:
            continue
        predicted = sf.predict_events(glass, potential, direction)
        maps = {"first choice of the LTE": softest, "first predicted event": predicted[:1],
                "all predicted events": predicted}  # fmt: skip
        found = [(name, glass, places) for name, places in maps.items()]
        for share in shares:
            state = glass
            if share:
                state = sf.shear_path(
                    glass, potential, 1, share * events[0].strain, direction
                ).glass
            for kind in KINDS:
                modes = sf.soft_modes(state, potential, kind) if share else at_rest[kind]
                found.append((f"{kind} modes at {share:g} of the strain", state, modes))
        for name, state, places in found:
            near = distances(state, [one.position for one in places]) <= NEAR
            yield name, bool(near[events[0].particle]), near.mean(), len(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("n_particles", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.9])
    arguments = parser.parse_args()
    model = sf.model(arguments.model)
    cases = collections.defaultdict(list)
    for seed in range(FIRST_SEED, FIRST_SEED + arguments.count):
        try:
            for name, *row in glass_cases(model, arguments.n_particles, seed, arguments.shares):
                cases[name].append(row)
        except SoftfieldError as error:
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
        print(f"seed {seed}", flush=True)
    for name, rows in cases.items():
        hits, chance, number = np.array(rows, dtype=float).T
        print(f"| {name} | {hits.sum():.0f} of {len(hits)} | {hits.mean():.2f} | "
              f"{chance.mean():.2f} | {number.mean():.0f} |")  # fmt: skip


if __name__ == "__main__":
    main()
