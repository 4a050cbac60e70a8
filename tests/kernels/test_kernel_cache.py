"""Compiled kernels are found again by any copy of the same sources, and by no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPOSITORY

# what numba says of its cache after one call of a kernel
CALL = """
import numpy as np
import softfield as sf
from softfield.kernels.powers import laurent_derivatives
one = np.zeros(1, int)
sf.model("2dipl").potential.derivatives(np.ones(1), one, one)
stats = laurent_derivatives.stats
print(sf.__file__, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def called(source: Path, cache: Path) -> tuple[int, int]:
    """Hits and misses of the cache in ``cache``, of the library in ``source``."""
    there = {**os.environ, "PYTHONPATH": str(source), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", CALL], env=there, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file, hits, misses = done.stdout.split()
    assert Path(file).is_relative_to(source)
    return int(hits), int(misses)


@pytest.fixture
def copies(tmp_path) -> list[Path]:
    """Two copies of the library, in folders of their own."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        shutil.copytree(REPOSITORY / "src", folder)
    return folders


def test_copies_share_what_one_of_them_compiled_until_any_kernel_is_edited(copies, tmp_path):
    """Numba would look at the file of the function alone, not at what it calls elsewhere."""
    cache = tmp_path / "cache"
    assert called(copies[0], cache) == (0, 1)
    assert called(copies[0], cache) == (1, 0)
    assert called(copies[1], cache) == (1, 0)
    with (copies[0] / "softfield" / "kernels" / "lapack.py").open("a") as file:
        file.write("\n# edited\n")
    assert called(copies[0], cache) == (0, 1)
    assert called(copies[1], cache) == (1, 0)


def test_a_cache_that_cannot_be_written_to_stops_nothing(copies):
    assert called(copies[0], Path("/proc/no_such_folder")) == (0, 1)


def test_the_first_compilation_says_so_once_and_later_ones_nothing(tmp_path):
    code = (
        "import logging, sys; logging.basicConfig(stream=sys.stdout, level=logging.INFO, "
        "format='%(message)s'); import softfield as sf; "
        "g = sf.Glass([[0, 0], [1.1, 0]], [0, 0], [6, 6]); sf.energy(g, sf.lennard_jones())"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert told[0].count("compiling kernels, once on this machine") == 1
    assert "compiling" not in told[1]
