"""Low-frequency normal modes of a glass and the maps made from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..glass import FloatArray, Glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum
from ..mechanics.factorization import factorize
from ..mechanics.pairs import interactions
from ..mechanics.spectrum import lowest_eigenpairs
from ..potentials.pair_potential import PairPotential


@dataclass(frozen=True, eq=False)
class NormalModes:
    """The lowest normal modes, translations left out.

    Attributes
    ----------
    frequencies : (k,)
        omega, ascending, from ``M Psi = omega^2 Psi``; units sqrt(energy / mass) / length.
    vectors : (k, N, d)
        Orthonormal modes Psi, each of zero mean. The sign is fixed by making the largest
        component positive.
    """

    frequencies: FloatArray
    vectors: FloatArray

    def lowest(self, count: int) -> NormalModes:
        """The first ``count`` of these modes."""
        return NormalModes(self.frequencies[:count], self.vectors[:count])


def normal_modes(
    glass: Glass,
    potential: PairPotential,
    count: int = 30,
    force_tolerance: float = FORCE_TOLERANCE,
) -> NormalModes:
    """The ``count`` lowest nonzero normal modes of a glass.

    Raises
    ------
    InvalidSettingError
        If the glass does not have that many nonzero modes.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    NotConvergedError
        If the Lanczos iteration does not converge.
    """
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    values, vectors = lowest_eigenpairs(factorize(glass, found), count)
    return NormalModes(np.sqrt(values), vectors)


def mode_map(modes: NormalModes) -> FloatArray:
    """(N,) sum over the modes of |Psi_i^(j)|^2 at each particle j: the paper's NM map."""
    return np.einsum("knc,knc->n", modes.vectors, modes.vectors)
