"""Low-frequency normal modes of a glass and the maps made from them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..checks.names import check_kind
from ..checks.numbers import shown, whole_number
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, check_glass
from ..mechanics.derivatives import FORCE_TOLERANCE, check_minimum
from ..mechanics.factorization import factorize
from ..mechanics.pairs import interactions
from ..mechanics.spectrum import MassWeighted, lowest_eigenpairs
from ..potentials.pair_potential import PairPotential

logger = logging.getLogger(__name__)

#: Masses within this of each other, relative, are equal.
_EQUAL = 1e-9


@dataclass(frozen=True, eq=False)
class NormalModes:
    """The lowest normal modes, translations left out.

    Attributes
    ----------
    frequencies : (k,)
        omega, ascending, from ``M Psi = omega^2 Psi``; units sqrt(energy / mass) / length.
    vectors : (k, N, d)
        Orthonormal modes Psi, each of zero mean. The sign is fixed by making the largest
        component positive. With the masses m of the glass M is ``m^-1/2 U'' m^-1/2``; then
        m^-1/2 Psi are the displacements, and m^1/2 Psi has zero mean.
    """

    frequencies: FloatArray
    vectors: FloatArray

    def lowest(self, count: int) -> NormalModes:
        """The first ``count`` of these modes.

        Raises
        ------
        InvalidSettingError
            If ``count`` is no whole number above zero, or there are fewer modes.
        """
        count = whole_number(count, "count, the number of normal modes,")
        if count > len(self.frequencies):
            raise InvalidSettingError(
                f"{count} modes were asked for; these are {len(self.frequencies)}."
            )
        return NormalModes(self.frequencies[:count], self.vectors[:count])


def normal_modes(
    glass: Glass,
    potential: PairPotential,
    count: int = 30,
    force_tolerance: float = FORCE_TOLERANCE,
    masses: Literal["unit", "glass"] = "unit",
) -> NormalModes:
    """The ``count`` lowest nonzero normal modes of a glass.

    Parameters
    ----------
    count : int
    force_tolerance : float
        Largest force on a particle that is accepted, energy per length.
    masses : "unit" or "glass"
        Every mass 1, as in the paper, or those of the glass. A glass with masses that are not
        1 is told of by a warning in the log where unit masses are taken.

    Raises
    ------
    InvalidSettingError
        If the glass does not have that many nonzero modes, or no masses.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the glass is not a minimum.
    NotConvergedError
        If the Lanczos iteration does not converge.
    """
    check_glass(glass)
    count = whole_number(count, "the number of modes", least=None)
    weights = _weights(glass, masses)
    found = interactions(glass, potential)
    check_minimum(found, force_tolerance)
    factor = factorize(glass, found)
    operator = factor if weights is None else MassWeighted(factor, weights)
    values, vectors = lowest_eigenpairs(operator, count)
    return NormalModes(np.sqrt(values), vectors)


def _weights(glass: Glass, masses: str) -> FloatArray | None:
    """(N,) masses that modes are weighted by; None for unit masses, with a warning if need be."""
    if not isinstance(masses, str) or masses not in ("unit", "glass"):
        raise InvalidSettingError(f"masses are 'unit' or 'glass', not {shown(masses)}.")
    if masses == "glass":
        if glass.masses is None:
            raise InvalidSettingError(
                "the glass has no masses; give it some (Glass(..., masses=...)), or take "
                "masses='unit'."
            )
        return glass.masses
    if glass.masses is not None:
        tell_unit_masses(glass.masses, "glass")
    return None


def tell_unit_masses(masses: FloatArray, instead: str) -> None:
    """Warn of modes of unit masses where the masses (N,) are others, which ``instead`` takes."""
    low, high = float(masses.min()), float(masses.max())
    if high - low > _EQUAL * high:
        logger.warning(
            "modes of unit masses, although the masses of the glass go from %g to %g; "
            "masses='%s' (--masses glass) takes them into account",
            low, high, instead,
        )  # fmt: skip
    elif abs(high - 1.0) > _EQUAL:
        logger.warning(
            "modes of unit masses, although all masses of the glass are %g: frequencies are "
            "sqrt(%g) times those of the glass; masses='%s' (--masses glass) gives these",
            high, high, instead,
        )  # fmt: skip


def mode_map(modes: NormalModes) -> FloatArray:
    """(N,) sum over the modes of |Psi_i^(j)|^2 at each particle j: the paper's NM map.

    Raises
    ------
    InvalidSettingError
        If these are no modes.
    """
    check_kind(modes, NormalModes, "softfield.normal_modes makes them of a glass")
    return np.einsum("knc,knc->n", modes.vectors, modes.vectors)
