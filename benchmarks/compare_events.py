"""Whether two versions of the library find the same plastic events, glass by glass.

    PYTHONPATH=OLD/src python benchmarks/compare_events.py follow MODEL N COUNT FOLDER old
    python benchmarks/compare_events.py follow MODEL N COUNT FOLDER new
    python benchmarks/compare_events.py compare MODEL N FOLDER old new
    python benchmarks/compare_events.py shake MODEL N FOLDER SEED [SEED ...]

``follow`` prepares COUNT glasses (cooling rate 0.05, seeds from 1000 on), keeps them in FOLDER or
takes what is there, and writes the first three events of each. ``compare`` counts the events of
equal strain and energy drop, to 1e-7 and 1e-4 of it, tells the first event that is another in
each glass where one is, and adds up factorizations and CPU seconds. ``shake`` follows a glass six
times, every particle moved by some 1e-7 when it is pushed over an instability: where the end of a
drop hangs on that, versions may differ there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

import softfield as sf

SEED, EVENTS, COOLING_RATE = 1000, 3, 0.05
SAME_STRAIN, SAME_DROP = 1e-7, 1e-4
SHAKES, SIZE = 6, 1e-7


def glass_of(name, n, seed, folder):
    path = folder / f"{name}_{n}_{seed}.npz"  # which every version can read
    if not path.exists():
        made = sf.prepare_glass(sf.model(name), n, seed=seed, cooling_rate=COOLING_RATE)
        np.savez(path, positions=made.positions, species=made.species, box=made.box)
    with np.load(path) as kept:
        return sf.Glass(kept["positions"], kept["species"], kept["box"])


def followed(name, n, seed, folder):
    glass = glass_of(name, n, seed, folder)
    start = time.process_time()
    path = sys.modules[sf.shear.__module__].shear_path(glass, sf.model(name).potential, EVENTS, 0.3)
    return {
        "seed": seed,
        "cpu": time.process_time() - start,
        "reason": path.reason,
        "strains": [event.strain for event in path.events],
        "edrop": [event.energy_drop for event in path.events],
        "fact": [event.n_factorizations for event in path.events],
    }


def results(name, n, folder, version):
    lines = (folder / f"{version}_{name}_{n}.jsonl").read_text().splitlines()
    return {row["seed"]: row for row in map(json.loads, lines)}


def first_difference(one, other):
    """Ordinal of the first event that is another, and what of it; None where all are the same."""
    rows = zip(one["strains"], other["strains"], one["edrop"], other["edrop"], strict=False)
    for ordinal, (strain, strain_2, drop, drop_2) in enumerate(rows, start=1):
        if abs(strain - strain_2) > SAME_STRAIN:
            return ordinal, "strain"
        if abs(drop - drop_2) > SAME_DROP * abs(drop):
            return ordinal, "drop"
    return None if one["reason"] == other["reason"] else (len(one["strains"]) + 1, "reason")


def compare(name, n, folder, old, new):
    found = [results(name, n, folder, version) for version in (old, new)]
    seeds = sorted(set(found[0]) & set(found[1]))
    differences = {s: first_difference(found[0][s], found[1][s]) for s in seeds}
    same = sum(EVENTS if d is None else d[0] - 1 for d in differences.values())
    work = [sum(sum(rows[s]["fact"]) for s in seeds) for rows in found]
    cpu = [sum(rows[s]["cpu"] for s in seeds) for rows in found]
    lost = [sum(rows[s]["reason"] != "events" for s in seeds) for rows in found]
    print(f"{name} {n}: {len(seeds)} glasses, {same} events the same before any that is not, lost "
          f"{lost[0]} and {lost[1]}, factorizations {work[0]} and {work[1]}, CPU seconds "
          f"{cpu[0]:.1f} and {cpu[1]:.1f}")  # fmt: skip
    for seed, difference in differences.items():
        if difference is not None:
            print(f"  seed {seed}: event {difference[0]}, another {difference[1]}")


def shake(name, n, folder, seed):
    from softfield.response.continuation import Walk  # not there in every version

    descended, ends = Walk._minimized, set()
    for k in range(SHAKES):
        rng = np.random.default_rng(k)

        def shaken(walk, glass, strain, rng=rng):
            moves = SIZE * rng.normal(size=glass.positions.shape)
            return descended(walk, glass.with_positions(glass.positions + moves), strain)

        Walk._minimized = shaken
        row = followed(name, n, seed, folder)
        ends.add(tuple(np.round(row["strains"], 6)) + tuple(np.round(row["edrop"], 3)))
    Walk._minimized = descended
    print(f"  seed {seed}: {len(ends)} different paths of {SHAKES}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    follow, comparing, shaking = (tasks.add_parser(t) for t in ("follow", "compare", "shake"))
    for task in (follow, comparing, shaking):
        task.add_argument("model")
        task.add_argument("n_particles", type=int)
    follow.add_argument("count", type=int)
    for task in (follow, comparing, shaking):
        task.add_argument("folder", type=Path)
    follow.add_argument("version")
    comparing.add_argument("versions", nargs=2)
    shaking.add_argument("seeds", nargs="+", type=int)
    told = parser.parse_args()
    case = told.model, told.n_particles
    if told.task == "follow":
        with (told.folder / f"{told.version}_{case[0]}_{case[1]}.jsonl").open("w") as out:
            for seed in range(SEED, SEED + told.count):
                print(json.dumps(followed(*case, seed, told.folder)), file=out, flush=True)
    elif told.task == "compare":
        compare(*case, told.folder, *told.versions)
    else:
        for seed in told.seeds:
            shake(*case, told.folder, seed)


if __name__ == "__main__":
    main()
