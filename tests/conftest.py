"""Shared by all tests: one thread per library, no display, scripts importable."""

import os
import sys
from pathlib import Path

# before numpy and numba are imported; tests that run side by side must not fight for cores
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

REPOSITORY = Path(__file__).resolve().parent.parent
for folder in ("workflow", "scripts"):
    sys.path.append(str(REPOSITORY / folder))
