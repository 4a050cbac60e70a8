"""What ``softfield soft-modes`` writes: a table, values per particle, a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .results import FileTerms, save_figure

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

    places = terms.length(np.array([mode.position for mode in modes]).reshape(-1, dimension))
    extents = np.array([mode.orientation for mode in modes]).reshape(-1, dimension)
    axes, strains = "xyz"[:dimension], DIRECTIONS[dimension]
    columns = {
        "mode": range(1, len(modes) + 1),
        **dict(zip(axes, places.T, strict=True)),
        "particle": [int(terms.particles[mode.particle]) for mode in modes],
        "stiffness": [terms.length(mode.stiffness, -2) for mode in modes],
        "asymmetry": [terms.length(mode.asymmetry, -3) for mode in modes],
        "barrier": [mode.barrier for mode in modes],
        "participation_ratio": [mode.participation_ratio for mode in modes],
        **{f"extends_{a}": along for a, along in zip(axes, extents.T, strict=True)},
        "weakest_yield_strain": [mode.weakest_yield_strain for mode in modes],
        **{f"yield_strain_{name}": [m.yield_strain(name) for m in modes] for name in strains},
    }
    return pd.DataFrame(columns)


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
    from ..figures.diameters import drawn_diameters
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
