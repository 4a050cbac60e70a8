"""What the maps of a glass are made from."""

from collections.abc import Mapping

import numpy.typing as npt

from workflow_helpers.pair_potential import Described, potential_of

from softfield.glass import Glass, ThermalEnergy
from softfield.softness.indicators import Observed


def observed(
    described: Described | None,
    glass: Glass,
    field: ThermalEnergy,
    modes: Mapping[str, npt.NDArray],
    max_strain: float,
) -> Observed:
    """The glass with its field and modes, and its potential where the force law is one.

    ``max_strain``: up to which events are predicted, where they are.
    """
    potential = None if described is None else potential_of(described, glass)
    return Observed(glass, potential, field, modes, max_strain=max_strain)
