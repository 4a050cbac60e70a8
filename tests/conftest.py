"""Shared by all tests: one thread per library, no display, scripts importable."""

import os
import sys
from pathlib import Path

import pytest

# before numpy and numba are imported; tests that run side by side must not fight for cores
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

REPOSITORY = Path(__file__).resolve().parent.parent
for folder in ("workflow", "scripts"):
    sys.path.append(str(REPOSITORY / folder))


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Path:
    """A folder with the finished smoke scale; SOFTFIELD_SMOKE names one for several calls."""
    from runs import SMOKE, snakemake

    named = os.environ.get("SOFTFIELD_SMOKE")
    folder = Path(named) if named else tmp_path_factory.mktemp("smoke")
    snakemake(folder, "--cores", "2", "--configfile", SMOKE)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder with a finished tiny run in blocks of one, on two cores."""
    from runs import run_tiny, tiny_config

    folder = tmp_path_factory.mktemp("tiny")
    tiny_config(folder)
    run_tiny(folder)
    return folder


@pytest.fixture(autouse=True)
def no_call_left():
    """What is left of calls of Snakemake in the background ends with the test."""
    yield
    if "runs" in sys.modules:
        sys.modules["runs"].Background.end_all()
