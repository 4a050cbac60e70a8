"""The 30 lowest normal modes against scipy's splu and eigsh on the same matrix.

    python benchmarks/bench_modes.py

One process, one thread; ours and the peer take turns, and every number is the median of the CPU
seconds of repeated calls after one call that compiles. *all* is ``sf.normal_modes``: pairs,
factorization, Lanczos. *shared* leaves out what a field of the same glass has made already, the
pairs and the factorization. The peer is the dynamical matrix, ready made, with a shift of -1e-4
(so that it is regular; the translations come first and are left out), SuperLU in symmetric mode
and shift-and-invert ``eigsh`` with ``OPinv``; *lu* is its factorization alone. Both must find the
same frequencies.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from bench_fields import decomposed, quenched
from scipy.sparse import eye_array
from scipy.sparse.linalg import LinearOperator, eigsh
from threadpoolctl import threadpool_limits

import softfield as sf
from softfield.mechanics.factorization import factorize
from softfield.mechanics.pairs import interactions
from softfield.mechanics.spectrum import lowest_eigenpairs

CASES = (("2dipl", 1600), ("2dipl", 10000), ("3dipl", 2000))
COUNT = 30
SHIFT = 1e-4
AGREEMENT = 1e-7  # relative, of frequencies


def cpu_seconds(function):
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def peer_modes(matrix, shifted, dimension):
    """Frequencies by splu and eigsh, and the number of solves."""
    factor, solves = decomposed(shifted), []

    def solve(x):
        solves.append(1)
        return factor.solve(x)

    operator = LinearOperator(matrix.shape, matvec=solve, dtype=np.float64)
    squares, _ = eigsh(matrix, k=COUNT + dimension, sigma=-SHIFT, OPinv=operator)
    return np.sqrt(np.sort(squares)[dimension:]), len(solves)


def run_case(name, n, repeats):
    glass, potential = quenched(name, n)
    found = interactions(glass, potential)
    factor = factorize(glass, found)
    matrix = sf.dynamical_matrix(glass, potential).tocsc()
    shifted = (matrix + SHIFT * eye_array(matrix.shape[0])).tocsc()
    calls = {
        "all": lambda: sf.normal_modes(glass, potential, COUNT).frequencies,
        "shared": lambda: np.sqrt(lowest_eigenpairs(factor, COUNT)[0]),
        "peer": lambda: peer_modes(matrix, shifted, glass.dimension)[0],
        "lu": lambda: decomposed(shifted),
    }
    times, results = {key: [] for key in calls}, {}
    for repeat in range(repeats + 1):
        for key, call in calls.items():
            elapsed, results[key] = cpu_seconds(call)
            if repeat:
                times[key].append(elapsed)
    for key in ("all", "shared"):
        np.testing.assert_allclose(results[key], results["peer"], rtol=AGREEMENT)
    row = {f"{key}_s": float(np.median(values)) for key, values in times.items()}
    return {
        "model": name, "n_particles": n, **row,
        "peer_solves": peer_modes(matrix, shifted, glass.dimension)[1],
        "all / peer": row["all_s"] / row["peer_s"],
        "shared / peer without lu": row["shared_s"] / (row["peer_s"] - row["lu_s"]),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    with threadpool_limits(1):
        for name, n in CASES:
            rows.append(run_case(name, n, arguments.repeats))
            print(rows[-1], flush=True)
    print(pd.DataFrame(rows).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
