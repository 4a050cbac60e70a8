"""What ``softfield soft-modes`` writes: a table, values per particle, a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .results import FileTerms, drawn_diameters, save_figure

if TYPE_CHECKING:
    import pandas as pd

    from ..glass import FloatArray, Glass
    from ..potentials.pair_potential import PairPotential
    from ..response.soft_modes import SoftMode

#: Named directions of shear that the table has a yield strain for.
DIRECTIONS = {
    2: ("xy", "-xy", "x-y", "y-x"),
    3: (
        *("xy", "-xy", "xz", "-xz", "yz", "-yz"),
        *("x-y", "y-x", "x-z", "z-x", "y-z", "z-y"),
    ),
}


def mode_table(modes: Sequence[SoftMode], dimension: int, terms: FileTerms) -> pd.DataFrame:
    """A row for each soft mode, softest first."""
    import pandas as pd

    axes = "xyz"[:dimension]
    rows = [
        {
            "mode": number,
            **dict(zip(axes, terms.length(mode.position).tolist(), strict=True)),
            "particle": int(terms.particles[mode.particle]),
            "stiffness": terms.length(mode.stiffness, -2),
            "asymmetry": terms.length(mode.asymmetry, -3),
            "barrier": mode.barrier,
            "participation_ratio": mode.participation_ratio,
            **{f"extends_{a}": float(v) for a, v in zip(axes, mode.orientation, strict=True)},
            "weakest_yield_strain": mode.weakest_yield_strain,
            **{f"yield_strain_{name}": mode.yield_strain(name) for name in DIRECTIONS[dimension]},
        }
        for number, mode in enumerate(modes, start=1)
    ]
    return pd.DataFrame(rows, columns=None if rows else _columns(dimension))


def _columns(dimension: int) -> list[str]:
    """Of the table of soft modes, where there is none."""
    axes = "xyz"[:dimension]
    return [
        "mode", *axes, "particle", "stiffness", "asymmetry", "barrier", "participation_ratio",
        *(f"extends_{a}" for a in axes), "weakest_yield_strain",
        *(f"yield_strain_{name}" for name in DIRECTIONS[dimension]),
    ]  # fmt: skip


def mode_values(
    modes: Sequence[SoftMode], n_particles: int, dimension: int
) -> dict[str, tuple[FloatArray, int]]:
    """Vectors of the modes as one field per particle, each mode scaled by how soft it is.

    The largest arrow of a mode has the length (lowest stiffness) / (its stiffness).
    """
    total = np.zeros((n_particles, dimension))
    for mode in modes:
        size = np.linalg.norm(mode.vector, axis=1).max()
        total += modes[0].stiffness / mode.stiffness * mode.vector / size
    softest = modes[0].vector if modes else total
    return {"soft_modes": (total, 0), "softest_mode": (softest, 0)}


def plot_modes(
    path: Path, glass: Glass, potential: PairPotential, modes: Sequence[SoftMode]
) -> None:
    """Two dimensions: the spots as double arrows. Three: the map of the modes."""
    from ..figures.glass_maps import particle_map
    from ..figures.oriented_spots import mode_marks

    sizes = drawn_diameters(glass, potential)
    if glass.dimension == 2:
        figure = mode_marks(glass, modes, diameters=sizes)
    else:
        vectors = mode_values(modes, glass.n_particles, glass.dimension)["soft_modes"][0]
        label = "displacement in the soft modes"
        figure = particle_map(glass, np.linalg.norm(vectors, axis=1), label, diameters=sizes)
    save_figure(path, figure)
