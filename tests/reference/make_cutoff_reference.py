"""Condense shear runs of LAMMPS with `lj/cut` into what the tests need: ka2d_shear.npz.

    python tests/reference/make_cutoff_reference.py ka2d_11.npz ka2d_12.npz

Each archive is one glass: 2D Kob-Andersen, N = 400, `lj/cut 2.5` with `pair_modify shift yes`,
sheared by LAMMPS in steps of 1e-4 and minimised after each: `positions`, `species`, `box`, and at
every step `strain`, `energy`, `stress`, `moved` (largest nonaffine displacement in the step) and
`where`. Steps in which a particle moved by more than 0.05 are kept, a row each: strain before and
after, `moved`, fall of the stress, fall of the energy beyond the work of the stress, `where`.
"""

import sys
from pathlib import Path

import numpy as np

#: Displacement in a step beyond which it is kept; steps without an event stay below 0.02.
KEPT = 0.05


def main(paths):
    arrays = {}
    for path in map(Path, paths):
        run, name = np.load(path), path.stem.split("_")[-1]
        kept = np.flatnonzero(run["moved"] > KEPT)
        strain, stress, energy = run["strain"], run["stress"], run["energy"]
        work = stress[kept - 1] * np.prod(run["box"]) * (strain[kept] - strain[kept - 1])
        rows = [
            strain[kept - 1],
            strain[kept],
            run["moved"][kept],
            stress[kept - 1] - stress[kept],
            energy[kept - 1] + work - energy[kept],
        ]
        arrays |= {f"{name}_{key}": run[key] for key in ("positions", "species", "box")}
        arrays[f"{name}_events"] = np.column_stack([*rows, run["where"][kept]])
        arrays[f"{name}_strain"] = strain[[0, -1]]
    np.savez_compressed(Path(__file__).parent / "ka2d_shear.npz", **arrays)


if __name__ == "__main__":
    main(sys.argv[1:])
