"""Whether a soft spot yields in the direction that its orientation says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..glass import FloatArray, Glass
from ..mechanics.directions import Direction
from ..response.soft_modes import SoftMode
from .coarse_graining import checked_places
from .distances import nearest_spot


def event_polarities(
    glass: Glass, modes: Sequence[SoftMode], places: npt.ArrayLike, direction: Direction
) -> tuple[FloatArray, FloatArray]:
    """Polarity (E,) of the soft mode nearest to each event, and its distance (E,), length.

    The polarity is the cosine between the direction of shear and that to which the mode yields
    first (:meth:`softfield.response.soft_modes.SoftMode.polarity`): 1 if they are the same, -1 if
    opposite, and 0 on average if orientations have nothing to do with events. NaN, at an infinite
    distance, without any mode.

    Parameters
    ----------
    places : (E, d)
        Of the events, in the glass at rest.
    """
    at = checked_places(glass, places, "places of events")
    if not modes:
        return np.full(len(at), np.nan), np.full(len(at), np.inf)
    positions = [mode.position for mode in modes]
    nearest, away = nearest_spot(at, positions, glass.box, glass.strain)
    along = np.array([mode.polarity(direction) for mode in modes])
    return along[nearest], away
