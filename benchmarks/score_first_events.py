"""First plastic events against soft spots, of glasses that are made on the spot.

    python benchmarks/score_first_events.py [first seed] [last seed]

Prints, for three maps, the shares of first events (xy and -xy) at the softest spot, F_1(1), and at
spots with Delta eps <= 2, F_1(2), the mean number of spots, the mean rank over the number of spots,
and the mean percentile.
"""

import sys

import numpy as np

import softfield as sf
from softfield.softness.scores import score_map

N_PARTICLES, MODES = 1600, 30


def main(first: int, last: int) -> None:
    """Make, shear and score the glasses of these seeds."""
    model = sf.model("2dipl")
    rows: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(first, last + 1):
        glass = sf.prepare_glass(model, N_PARTICLES, seed=seed)
        events = [
            sf.shear(glass, model.potential, n_events=1, direction=direction)[0]
            for direction in ("xy", "-xy")
        ]
        places = [event.position for event in events]
        field = sf.local_thermal_energy(glass, model.potential)
        modes = sf.normal_modes(glass, model.potential, MODES)
        spread = sf.mode_map(modes)
        maps = {"LTE": field, "normal modes": spread, "Debye-Waller": field.debye_waller}
        for name, found in maps.items():
            scores = score_map(glass, found, places)
            ratio, rank = scores.delta_epsilon, scores.rank / scores.n_spots
            columns = (ratio, rank, np.full(len(places), scores.n_spots), scores.percentile)
            rows.setdefault(name, []).extend(zip(*columns, strict=True))
    print(f"{last - first + 1} glasses, N = {N_PARTICLES}, seeds {first} to {last}")
    for name, found in rows.items():
        ratio, rank, spots, percentile = np.array(found).T
        print(
            f"{name:14s} F(1) {np.mean(ratio <= 1):.3f}  F(2) {np.mean(ratio <= 2):.3f}  "
            f"spots {spots.mean():.1f}  rank {rank.mean():.3f}  percentile {percentile.mean():.3f}"
        )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3] or ("1000", "1149")))
