"""What chance gives: events that meet the soft spots of other glasses.

F_n and its ratio are fractions of events (:mod:`softfield.statistics.fractions`). The n-th events
of the realizations that have one are all the n-th events there are: F_n divides by their number,
and whoever reports it counts the realizations without one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import TooFewDataError
from ..glass import FloatArray, IndexArray
from ..softness.distances import nearest_spot


def chance_scores(
    places: Sequence[FloatArray],
    spots: Sequence[FloatArray],
    boxes: Sequence[FloatArray],
    n_shifts: int,
) -> list[IndexArray]:
    """Index of the nearest spot when events meet the spots of *other* realizations.

    Parameters
    ----------
    places : R arrays (E_r, d), the events of each realization
    spots : R arrays (S_r, d), its spots, softest first
    boxes : R arrays (d,)
    n_shifts : int
        Events of realization r meet the spots of r + 1, ..., r + n_shifts (cyclic);
        at most R - 1. Places are scaled to the other box.

    Returns
    -------
    R arrays (n_shifts, E_r) of indices into the spots of those realizations.

    Raises
    ------
    TooFewDataError
        If there are fewer than ``n_shifts`` + 1 realizations.
    """
    count = len(places)
    if not 1 <= n_shifts < count:
        raise TooFewDataError(
            f"events of {count} realizations cannot meet the spots of {n_shifts} others; "
            "run more realizations."
        )
    found = []
    for r in range(count):
        rows = []
        for shift in range(1, n_shifts + 1):
            other = (r + shift) % count
            scaled = places[r] * (boxes[other] / boxes[r])
            rows.append(nearest_spot(scaled, spots[other], boxes[other])[0])
        found.append(np.stack(rows))
    return found
