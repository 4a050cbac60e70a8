"""Small glasses for the tests, quenched from random positions: writes quenched.npz.

    python tests/reference/make_quenched.py

They are kept as data because a quench is chaotic: another compiler or minimiser ends in
another minimum, and tests that name an event would then speak of another glass.
"""

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent))

from oracles import freshly_quenched  # noqa: E402

SIZES = {"2dipl": 100, "3dipl": 120, "3dkablj": 200}
SEEDS = (0, 1)


def main():
    arrays = {
        f"{name}_{seed}": freshly_quenched(name, n, seed)[0].wrapped().positions
        for name, n in SIZES.items()
        for seed in SEEDS
    }
    np.savez(FOLDER / "quenched.npz", **arrays)


if __name__ == "__main__":
    main()
