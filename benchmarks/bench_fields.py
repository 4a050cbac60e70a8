"""Time and memory of the local thermal energy field against N, beside dense and sparse peers.

    python benchmarks/bench_fields.py --output docs/benchmarks
    python benchmarks/bench_fields.py --far

Every case runs in a process of its own (peak memory is then that of the case), with as many
BLAS threads as stated. Times are medians of repeated calls in one process after one call
that compiles; the field and its peers take turns, so that a busy machine slows both. Glasses
are quenched from random positions by minimisation. Peers, on the dynamical matrix of the
same glass with one particle held:

- ``splu``: scipy's SuperLU in symmetric mode, factorization only;
- ``cholesky``: dense Cholesky inverse, LAPACK potrf and potri;
- ``inv``: numpy.linalg.inv.

``--far``: a million particles in two dimensions and 27,000 in three, side by side copies of a
smaller glass, which are at rest like it, and of these a minimum; one call each after one of the
smaller glass.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

SIZES = {
    "2dipl": (400, 1600, 6400, 10000, 40000),
    "3dipl": (500, 1000, 2000, 4000, 8000),
    "3dkablj": (500, 1000, 2000, 4000),
}
#: Largest systems for which the peers are run; beyond they take minutes a call.
SPLU_PARTICLES = {"2dipl": 40000, "3dipl": 4000, "3dkablj": 2000}
#: Particles of the small glass, and its copies along each axis.
FAR = {"2dipl": ((10000, 6), (10000, 10)), "3dipl": ((1728, 2), (3375, 2))}
DENSE_ROWS = 6000
INV_ROWS = 3200


def quenched(name, n):
    import numpy as np

    import softfield as sf
    from softfield.preparation.minimisation import relax_overlaps

    model = sf.model(name)
    box = model.box_of(n)
    positions = np.random.default_rng(n).random((n, model.dimension)) * box
    start = sf.Glass(positions, model.species_of(n), box)
    return sf.minimize(relax_overlaps(start, model.potential), model.potential), model.potential


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def decomposed(matrix):
    """SuperLU in symmetric mode, of a matrix in compressed columns."""
    from scipy.sparse.linalg import splu

    return splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )


def peers(name, matrix, n_particles):
    """Name -> call, for the peers that are feasible at this size."""
    import numpy as np
    from scipy.linalg.lapack import dpotrf, dpotri

    rows = matrix.shape[0]
    calls = {}
    if n_particles <= SPLU_PARTICLES[name]:
        calls["splu"] = lambda: decomposed(matrix.tocsc())
    if rows <= DENSE_ROWS:
        dense = np.asfortranarray(matrix.toarray())
        calls["cholesky"] = lambda: dpotri(dpotrf(dense, lower=1)[0], lower=1)
    if rows <= INV_ROWS:
        calls["inv"] = lambda: np.linalg.inv(dense)
    return calls


def run_case(name, n, repeats, with_peers):
    """One row: medians of the times (s), peak memory (MB) of the field alone."""
    import numpy as np

    import softfield as sf

    glass, potential = quenched(name, n)
    field = sf.local_thermal_energy(glass, potential)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = {"field": [seconds(lambda: sf.local_thermal_energy(glass, potential))]}
    row = {
        "model": name, "n_particles": n, "threads": int(os.environ["OMP_NUM_THREADS"]),
        "sum_rule_error": field.sum_rule_error, "peak_mb": before / 1024,
    }  # fmt: skip
    calls = {}
    if with_peers:
        anchored = sf.dynamical_matrix(glass, potential).tocsc()[glass.dimension :, :]
        calls = peers(name, anchored[:, glass.dimension :], n)
    for _ in range(repeats):
        times["field"].append(seconds(lambda: sf.local_thermal_energy(glass, potential)))
        for peer, call in calls.items():
            times.setdefault(peer, []).append(seconds(call))
    row |= {f"{key}_s": float(np.median(values)) for key, values in times.items()}
    return row


def tiled(glass, copies):
    """The glass, so many times along every axis."""
    import numpy as np

    import softfield as sf

    corners = np.stack(np.meshgrid(*[np.arange(copies)] * glass.dimension), axis=-1)
    moved = corners.reshape(-1, 1, glass.dimension) * glass.box
    return sf.Glass(
        (glass.positions + moved).reshape(-1, glass.dimension),
        np.tile(glass.species, len(moved)), glass.box * copies,
    )  # fmt: skip


def run_far(name, n, copies):
    """CPU time (s) and peak memory (MB) of the field of a glass far larger than usual."""
    import softfield as sf

    small, potential = quenched(name, n)
    sf.local_thermal_energy(small, potential)
    glass = tiled(small, copies)
    start = time.process_time()
    field = sf.local_thermal_energy(glass, potential)
    return {
        "model": name, "n_particles": glass.n_particles, "field_s": time.process_time() - start,
        "sum_rule_error": field.sum_rule_error,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def run_in_process(threads, *options):
    """What a call of this script with these options prints last."""
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | {key: str(threads) for key in variables}
    done = subprocess.run([sys.executable, __file__, *options], env=environment,
                          capture_output=True, text=True, check=True)  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def exponents(table):
    """Slope of log time against log N over the three largest sizes of each model."""
    import numpy as np

    result = {}
    for name, rows in table[table.threads == 1].groupby("model"):
        largest = rows.sort_values("n_particles").tail(3)
        fitted = np.polyfit(np.log(largest.n_particles), np.log(largest.field_s), 1)
        result[name] = float(fitted[0])
    return result


def draw(table, fitted, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    single = table[table.threads == 1]
    labels = {"2dipl": "2DIPL", "3dipl": "3DIPL", "3dkablj": "3DKABLJ"}
    markers = {"2dipl": "o", "3dipl": "s", "3dkablj": "^"}
    for color, (name, rows) in enumerate(single.groupby("model")):
        style = {"marker": markers[name], "color": f"C{color}"}
        label = f"{labels[name]}, slope {fitted[name]:.2f}"
        left.loglog(rows.n_particles, rows.field_s, label=label, **style)
        right.loglog(rows.n_particles, rows.peak_mb, label=labels[name], **style)
        dense = rows.dropna(subset=["cholesky_s"])
        left.loglog(dense.n_particles, dense.cholesky_s, ls=":", mfc="none", **style)
    left.plot([], [], "k:", marker="o", mfc="none", label="dense Cholesky inverse")
    left.set(xlabel="particles $N$", ylabel="time (s), one core")
    right.set(xlabel="particles $N$", ylabel="peak memory of the process (MB)")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=7)
    figure.savefig(path, dpi=160)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs=4, metavar=("MODEL", "N", "REPEATS", "PEERS"))
    parser.add_argument("--far", nargs="*", metavar="MODEL N COPIES", help="far larger glasses")
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--largest", type=int, default=40000, help="leave out larger systems")
    arguments = parser.parse_args()
    if arguments.case:
        name, n, repeats, with_peers = arguments.case
        print(json.dumps(run_case(name, int(n), int(repeats), with_peers == "1")))
        return
    if arguments.far:
        name, n, copies = arguments.far
        print(json.dumps(run_far(name, int(n), int(copies))))
        return
    if arguments.far is not None:
        for name, cases in FAR.items():
            rows = [run_in_process(1, "--far", name, str(n), str(copies)) for n, copies in cases]
            print(*rows, sep="\n", flush=True)
            growth, time_of = (rows[1][key] / rows[0][key] for key in ("n_particles", "field_s"))
            print(f"exponent of N: {math.log(time_of) / math.log(growth):.2f}", flush=True)
        return
    import pandas as pd

    rows = []
    for name, sizes in SIZES.items():
        for n in (size for size in sizes if size <= arguments.largest):
            rows.append(run_in_process(1, "--case", name, str(n), str(arguments.repeats), "1"))
            print(rows[-1], flush=True)
    for name, n in (("2dipl", 10000), ("3dipl", 2000), ("3dkablj", 2000)):
        rows.append(run_in_process(2, "--case", name, str(n), str(arguments.repeats), "0"))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    fitted = exponents(table)
    arguments.output.mkdir(parents=True, exist_ok=True)
    table.round(4).to_csv(arguments.output / "fields.csv", index=False)
    draw(table, fitted, arguments.output / "fields.png")
    print(table.round(3).to_string(index=False))
    print("fitted exponents of N:", {key: round(value, 2) for key, value in fitted.items()})


if __name__ == "__main__":
    main()
