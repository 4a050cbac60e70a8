"""Packings of particles in contact: finding and leaving out rattlers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import InvalidGlassError
from ..glass import Glass
from ..mechanics.pairs import interactions
from ..potentials.pair_potential import PairPotential


def without_rattlers(glass: Glass, potential: PairPotential) -> tuple[Glass, npt.NDArray[np.intp]]:
    """The glass without particles that nothing holds in place.

    A particle with fewer than d + 1 interactions cannot be held by purely repulsive
    contacts. Removing one may leave another with too few, so this is repeated until all
    that is left are held. Forces on the others change by what the rattlers exerted, which
    is nothing at a minimum.

    Returns
    -------
    (glass of the M particles that are left, their (M,) indices in the original)

    Raises
    ------
    InvalidGlassError
        If fewer than two particles are left: the packing is not jammed.
    OverlapError, BoxTooSmallError, UnknownSpeciesError
        As :func:`softfield.interactions`.
    """
    pairs = interactions(glass, potential).pairs
    kept = np.ones(glass.n_particles, dtype=bool)
    while True:
        among = kept[pairs].all(axis=1)
        contacts = np.bincount(pairs[among].ravel(), minlength=glass.n_particles)
        loose = kept & (contacts < glass.dimension + 1)
        if not loose.any():
            break
        kept &= ~loose
    if kept.sum() < 2:
        raise InvalidGlassError(
            "no particle has enough contacts to be held in place: the packing is not jammed, "
            "so it has no low-temperature limit. Compress it."
        )
    left = np.flatnonzero(kept)
    return glass.selected(left), left
