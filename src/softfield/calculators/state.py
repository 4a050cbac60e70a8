"""What a calculator says of a configuration: energy, pressure, forces."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .evaluations import (
    Evaluator,
    Scales,
    checked_copy,
    dimension_of,
    energy_of,
    forces_of,
    measured_scales,
    stress_of,
)
from .slopes import EnergySlopes

logger = logging.getLogger(__name__)


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
    """The state of ase.Atoms; up to 26 evaluations of the calculator.

    The pressure, eV / Angstrom^3 for ase, is that of the calculator's stress; where it has none,
    and in two dimensions (per area), a difference of energies under a uniform stretch. Energies
    that jump at a cutoff take more evaluations, and so do rounded ones, which spoil such a
    difference: that is said.

    Raises
    ------
    CalculatorError, InvalidGlassError
        If the atoms cannot be evaluated, forces change when all are moved alike, or energies jump
        within every stretch.
    """
    here = checked_copy(atoms)
    d = dimension_of(here)
    scales = measured_scales(Evaluator(here, of_atoms=False))
    energy = energy_of(here)
    force = float(np.linalg.norm(forces_of(here)[:, :d], axis=1).max())
    stress = stress_of(here) if d == 3 else None
    pressure = (
        _pressure_by_energies(here, d, scales) if stress is None else -float(stress.trace()) / d
    )
    return AtomsState(energy, pressure, force, force <= scales.force_limit(force_tolerance))


def _pressure_by_energies(atoms: Any, d: int, scales: Scales) -> float:
    volume = d * abs(float(np.linalg.det(atoms.cell.complete().array[:d, :d])))
    stretched = partial(_stretched, atoms, d)
    slopes = EnergySlopes.of(scales, len(atoms), stretched)
    slope = slopes.at(stretched)
    if complaint := slopes.complaint(-slope, volume):
        logger.warning(complaint)
    return -slope / volume


def _stretched(atoms: Any, d: int, stretch: float) -> Any:
    factor = np.ones(3)
    factor[:d] += stretch
    copy = atoms.copy()
    copy.calc = atoms.calc
    copy.set_cell(atoms.cell.array * factor)
    copy.set_positions(atoms.get_positions() * factor)
    return copy
