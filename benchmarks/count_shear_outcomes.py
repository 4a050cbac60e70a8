"""How many glasses can be followed through three plastic events, and why not the others.

    python benchmarks/count_shear_outcomes.py 2dipl 1600 200

Glasses are prepared with a cooling rate of 0.05, to get many; every seed counts.
"""

import argparse
import collections
import time

import softfield as sf
from softfield.errors import SoftfieldError


def outcome(model, n_particles, seed):
    """("events", "max_strain" or a reason; events; factorizations) of one glass."""
    try:
        glass = sf.prepare_glass(model, n_particles, seed=seed, cooling_rate=0.05)
        path = sf.shear_path(glass, model.potential, n_events=3, max_strain=0.3)
    except SoftfieldError as error:
        return f"{type(error).__name__}: {error}", [], 0.0
    return path.reason, path.events, sum(event.n_factorizations for event in path.events)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("n_particles", type=int)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    model = sf.model(arguments.model)
    reasons, events, factorizations = collections.Counter(), [], 0
    start = time.process_time()
    for seed in range(arguments.count):
        reason, found, spent = outcome(model, arguments.n_particles, seed)
        reasons[reason] += 1
        events += found
        factorizations += spent
        print(
            f"{seed + 1} of {arguments.count}: {dict(reasons)}; {len(events)} events, "
            f"{factorizations / max(len(events), 1):.0f} factorizations each, "
            f"{sum(e.stress_drop < 0 for e in events)} with a rising stress, "
            f"{sum(e.n_rearrangements > 1 for e in events)} avalanches, "
            f"{(time.process_time() - start) / (seed + 1):.1f} s a glass",
            flush=True,
        )


if __name__ == "__main__":
    main()
