"""What a call of the command line costs before and beside its work, CPU seconds of the process.

    python benchmarks/bench_start.py

``--help``, ``info`` and ``field`` on a glass of 400 particles, the least of five calls each; then
``field`` once with an empty cache of compiled loops: the first call on a machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import softfield as sf

CALLS = {
    "--help": ["--help"],
    "info": ["info", "glass.data", "--model", "2dipl"],
    "field": ["field", "glass.data", "--model", "2dipl", "-o", "field.csv"],
}


def cpu_seconds(folder, arguments, cache=None):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "from softfield.cli import main; raise SystemExit(main())"]
    subprocess.run([*command, *arguments], cwd=folder, env=environment, check=True,
                   capture_output=True)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sf.write_glass(folder / "glass.data", sf.prepare_glass("2dipl", 400, seed=1))
        for call, arguments in CALLS.items():
            least = min(cpu_seconds(folder, arguments) for _ in range(5))
            print(f"{call}: {least:.2f} s", flush=True)
        first = cpu_seconds(folder, CALLS["field"], folder / "cache")
        print(f"field, nothing compiled before: {first:.1f} s")


if __name__ == "__main__":
    main()
