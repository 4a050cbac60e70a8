"""The three glass formers of the paper, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import UnknownModelError
from .potentials import TruncatedPowers, inverse_power_law, kob_andersen


@dataclass(frozen=True, eq=False)
class Model:
    """A glass former: potential, density and composition.

    ``name`` is that of configurations and the command line, ``label`` that of figures.
    ``density`` is N/V in units of the smallest pair diameter; ``composition`` the fraction
    of each species, in the order of the potential's tables.
    """

    name: str
    label: str
    dimension: int
    potential: TruncatedPowers
    density: float
    composition: tuple[float, ...]

    def species_of(self, n_particles: int) -> np.ndarray:
        """(N,) species indices with the model's composition, species 0 first.

        The counts are rounded so that they add up to N.
        """
        edges = np.rint(np.cumsum((0.0, *self.composition)) * n_particles).astype(int)
        return np.repeat(np.arange(len(self.composition), dtype=np.int32), np.diff(edges))

    def box_of(self, n_particles: int) -> np.ndarray:
        """(d,) edge lengths of the square or cubic box that holds N particles."""
        edge = (n_particles / self.density) ** (1.0 / self.dimension)
        return np.full(self.dimension, edge)


MODELS = {
    "2dipl": Model("2dipl", "2DIPL", 2, inverse_power_law(), 0.86, (0.5, 0.5)),
    "3dipl": Model("3dipl", "3DIPL", 3, inverse_power_law(), 0.82, (0.5, 0.5)),
    "3dkablj": Model("3dkablj", "3DKABLJ", 3, kob_andersen(), 1.2, (0.8, 0.2)),
}


def model(name: str) -> Model:
    """The model called ``name``: "2dipl", "3dipl" or "3dkablj" (any case).

    Raises
    ------
    UnknownModelError
        If there is no such model.
    """
    found = MODELS.get(name.lower())
    if found is None:
        raise UnknownModelError(
            f"there is no model {name!r}; the models are {', '.join(sorted(MODELS))}."
        )
    return found
