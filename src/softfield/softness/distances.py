"""How far places are from soft spots; without compiled code, so that tables are made quickly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import TooFewDataError
from ..glass import FloatArray, IndexArray, minimum_image


def nearest_spot(
    places: npt.ArrayLike, spots: npt.ArrayLike, box: npt.ArrayLike, strain: float = 0.0
) -> tuple[IndexArray, FloatArray]:
    """Index (E,) of the spot (S, d) nearest to each place (E, d), and its distance (E,).

    Periodic distances in the box (d,) sheared by ``strain``. Of spots equally near, the first
    counts.
    """
    d = len(np.asarray(box))
    points = np.asarray(places, dtype=np.float64).reshape(-1, d)
    targets = np.asarray(spots, dtype=np.float64).reshape(-1, d)
    if targets.size == 0:
        raise TooFewDataError("there is no soft spot to be nearest to; check the map.")
    away = np.linalg.norm(minimum_image(points[:, None] - targets, box, strain), axis=-1)
    nearest = away.argmin(axis=1)
    return nearest, away[np.arange(len(points)), nearest]
