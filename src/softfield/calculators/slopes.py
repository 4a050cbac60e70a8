"""Derivatives of the total energy by a strain, for calculators without a stress.

A difference of energies over a small strain is below the rounding of a total energy in single
precision; so that rounding is measured first, and the strain follows from it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .evaluations import Scales, energy_of

#: Strains between which that of a difference lies.
_STEPS = 1e-5, 2.5e-3

#: Share of (rounding / stiffness)^(1/5) that it is: where rounding and the term of fifth order
#: that is left are about the same.
_SHARE = 0.1

#: Error of a slope that is told, in units of the slope, and of its change by a strain of one.
_TOLD = 1e-2
_TOLD_STRAIN = 1e-6


@dataclass(frozen=True)
class EnergySlopes:
    """How derivatives dU/dgamma are made of differences of energies.

    Attributes
    ----------
    step : strain of the smaller one of two differences, the other is of twice as much
    error : what rounding of the energy may do to a derivative, energy
    rounding : of the energy
    stiffness : typical change of a derivative by a strain of one, energy
    """

    step: float
    error: float
    rounding: float
    stiffness: float

    @classmethod
    def of(cls, scales: Scales, n_atoms: int) -> EnergySlopes:
        """Those for so many atoms."""
        stiffness = max(n_atoms * scales.stiffness * scales.spacing**2, sys.float_info.min)
        rounding = scales.energy_noise
        step = min(max(_SHARE * (rounding / stiffness) ** 0.2, _STEPS[0]), _STEPS[1])
        return cls(step, rounding / step, rounding, stiffness)

    def at(self, strained: Callable[[float], Any]) -> float:
        """The derivative by the strain at which ``strained`` gives the atoms; four evaluations."""
        small, large = (
            (energy_of(strained(step)) - energy_of(strained(-step))) / (2 * step)
            for step in (self.step, 2 * self.step)
        )
        return (4.0 * small - large) / 3.0

    def complaint(self, typical: float, volume: float) -> str:
        """What is wrong with a stress: derivatives of a typical size per volume; "" if nothing."""
        if self.error <= max(_TOLD * abs(typical), _TOLD_STRAIN * self.stiffness):
            return ""
        return (
            f"the calculator has no stress, and its energies are rounded to {self.rounding:.2g}: "
            f"stress or pressure, which are differences of energies, are {typical / volume:.2g} "
            f"and may be wrong by {self.error / volume:.2g}. Ask for double precision, for a "
            "stress, or for energies without those of single atoms"
        )
