"""Derivatives of the total energy by a strain, for calculators without a stress.

A difference of energies over a small strain is below the rounding of a total energy in single
precision, or of one that was printed; so that rounding is measured first, under the same strain,
and the strain of the difference follows from it. Two differences, of a strain and of twice as
much, disagree where the energy jumps between them, as at the cutoff of a pair; they are then made
of smaller strains.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import CalculatorError
from .evaluations import Scales, energy_of

#: Strains between which that of a difference lies.
_STEPS = 1e-5, 2.5e-3

#: Share of (rounding / stiffness)^(1/5) that it is: where rounding and the term of fifth order
#: that is left are about the same.
_SHARE = 0.1

#: Strains within which rounding is measured: the first at which energies are seen to change. Few
#: have a jump within the first, and positions in single precision still change.
_REACHES = 2.0 * _STEPS[0] * np.array([2.0**-5, *4.0 ** np.arange(7)])

#: Rounding, in units of the energy, above which it is measured again, so far away: double
#: precision has less, so that it may be a jump.
_SUSPECT = 1e-10
_APART = 1e-5

#: By how much the strain of a difference becomes smaller where the energy jumps, and how often.
_SMALLER = 0.25
_TRIES = 6

#: Third derivatives of a smooth energy by the strain, in units of the stiffness, are below.
_CURVED = 2e3

#: Where in them, of a unit interval; uneven, as steps of rounded numbers may be even.
_PLACES = 2.0 * (np.arange(1, 12) * 0.6180339887 % 1.0) - 1.0

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
    def of(cls, scales: Scales, n_atoms: int, strained: Callable[[float], Any]) -> EnergySlopes:
        """Those for so many atoms, at a strain as ``strained`` gives them; 12 evaluations.

        More, where energies are so rounded that they are the same at small strains.
        """
        stiffness = max(n_atoms * scales.stiffness * scales.spacing**2, sys.float_info.min)
        rounding = _rounding(lambda strain: energy_of(strained(strain)), stiffness)
        if rounding > _SUSPECT * abs(energy_of(strained(0.0))):
            again = _rounding(lambda strain: energy_of(strained(_APART + strain)), stiffness)
            rounding = min(rounding, again)
        step = min(max(_SHARE * (rounding / stiffness) ** 0.2, _STEPS[0]), _STEPS[1])
        return cls(step, rounding / step, rounding, stiffness)

    def at(self, strained: Callable[[float], Any]) -> float:
        """The derivative by the strain at which ``strained`` gives the atoms; four evaluations.

        More, where the energy jumps nearby.

        Raises
        ------
        CalculatorError
            If it jumps within every strain that is tried.
        """
        for step in self.step * _SMALLER ** np.arange(_TRIES):
            small, large = (
                (energy_of(strained(one)) - energy_of(strained(-one))) / (2 * one)
                for one in (step, 2 * step)
            )
            # A jump within them is at least a quarter of it over the step away.
            smooth = 4.0 * self.rounding / step + 0.5 * _CURVED * self.stiffness * step**2
            if abs(small - large) <= smooth:
                return float((4.0 * small - large) / 3.0)
        raise CalculatorError(
            f"the calculator has no stress, and its energy jumps within a strain of {step:.1g}, so "
            "that a stress or pressure by its differences is none: let energies end smoothly at "
            "the cutoff (pair_modify shift yes in LAMMPS), or take a calculator with a stress."
        )

    def complaint(self, typical: float, volume: float) -> str:
        """What is wrong with a stress: derivatives of a typical size per volume; "" if nothing."""
        if self.error <= max(_TOLD * abs(typical), _TOLD_STRAIN * self.stiffness):
            return ""
        return (
            f"the calculator has no stress, and its energies are rounded to {self.rounding:.2g}: "
            f"stress or pressure, which are differences of energies, are {typical / volume:.2g} "
            f"and may be wrong by {self.error / volume:.2g}. Ask for more digits, for a "
            "stress, or for energies without those of single atoms"
        )


def _rounding(energy: Callable[[float], float], stiffness: float) -> float:
    """Distance of neighbouring energies, as they scatter about a smooth function of strain.

    A quartic goes through energies at small strains. Numbers that are rounded to multiples of a
    distance scatter by 1/sqrt(12) of it, in whatever unit they were rounded. Where they do not
    change at any strain, they are rounded to more than what stiffness makes of the largest.
    """
    for reach in _REACHES:
        energies = np.array([energy(float(strain)) for strain in reach * _PLACES])
        distinct = len(np.unique(energies))
        if distinct > len(_PLACES) // 2:
            break
    if distinct == 1:
        return float(stiffness * reach**2)
    powers = np.vander(_PLACES, 5)
    residual = energies - energies[0]
    residual -= powers @ np.linalg.lstsq(powers, residual, rcond=None)[0]
    free = len(_PLACES) - powers.shape[1]
    return float(np.sqrt(12.0 * (residual @ residual) / free))
