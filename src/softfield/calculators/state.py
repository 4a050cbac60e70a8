"""What a calculator says of a configuration: energy, pressure, forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .evaluations import (
    Evaluator,
    checked_copy,
    dimension_of,
    energy_of,
    forces_of,
    measured_scales,
    stress_of,
)

#: Relative change of lengths in the difference that gives the pressure.
_STRETCH = 1e-5


@dataclass(frozen=True)
class AtomsState:
    """Energy, pressure -dU/dV and largest force on an atom, in the units of the calculator.

    ``at_rest`` tells whether that force counts as none, as for
    :func:`softfield.calculator_field`.
    """

    energy: float
    pressure: float
    largest_force: float
    at_rest: bool


def atoms_state(atoms: Any, force_tolerance: float) -> AtomsState:
    """The state of ase.Atoms; up to ten evaluations of the calculator.

    The pressure, eV / Angstrom^3 for ase, is that of the calculator's stress; where it has none,
    and in two dimensions (per area), a difference of energies under a uniform stretch. Energies
    that jump at a cutoff spoil such a difference.

    Raises
    ------
    CalculatorError, InvalidGlassError
        If the atoms cannot be evaluated, or forces change when all are moved alike.
    """
    here = checked_copy(atoms)
    d = dimension_of(here)
    energy = energy_of(here)
    force = float(np.linalg.norm(forces_of(here)[:, :d], axis=1).max())
    stress = stress_of(here) if d == 3 else None
    pressure = _pressure_by_energies(here, d) if stress is None else -float(stress.trace()) / d
    limit = measured_scales(Evaluator(here, of_atoms=False)).force_limit(force_tolerance)
    return AtomsState(energy, pressure, force, force <= limit)


def _pressure_by_energies(atoms: Any, d: int) -> float:
    volume = abs(float(np.linalg.det(atoms.cell.complete().array[:d, :d])))
    larger, smaller = (energy_of(_stretched(atoms, d, sign * _STRETCH)) for sign in (1.0, -1.0))
    return -(larger - smaller) / (2 * _STRETCH * d * volume)


def _stretched(atoms: Any, d: int, stretch: float) -> Any:
    factor = np.ones(3)
    factor[:d] += stretch
    copy = atoms.copy()
    copy.calc = atoms.calc
    copy.set_cell(atoms.cell.array * factor)
    copy.set_positions(atoms.get_positions() * factor)
    return copy
