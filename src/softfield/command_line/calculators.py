"""``--lammps`` with a script that is no sum over pairs: the commands by a calculator.

Energies are those of atoms then, and derivatives are differences: slower than the exact route of
pairs, and every command that can be made so is in ``COMMANDS``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..calculators.evaluations import neighbor_distance
from ..calculators.field import CalculatorField, calculator_field
from ..calculators.force_law import calculator_law
from ..calculators.relaxation import relax_atoms
from ..calculators.second_order import FORCE_TOLERANCE, calculator_modes
from ..calculators.shear import shear_atoms
from ..calculators.state import atoms_state
from ..errors import (
    InvalidPotentialError,
    InvalidSettingError,
    MissingPackageError,
    NoPairSumError,
)
from ..files.atomic import written_together
from ..files.glasses import species_names
from ..glass import FloatArray, Glass
from ..mechanics.spectrum import participation_ratio
from ..response.modes import mode_map
from ..softness.spots import SoftSpot, soft_spots
from . import arguments
from .facts import glass_facts, print_facts
from .progress import print_line, progress
from .reading import read_file
from .results import (
    NUMBERED_SPOTS,
    FileTerms,
    refuse_incomplete,
    report_events,
    save_figure,
    spot_table,
    vicinity,
    write_particles,
    write_results,
    write_table,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

#: Largest force to which atoms are relaxed, in the units of the calculator: what double precision
#: allows.
_LEAST_FORCE = 1e-8

#: Units of LAMMPS whose lengths a calculator of ase has too.
_UNITS = {"lj": "reduced units", "metal": "eV and Angstrom", "real": "eV and Angstrom"}


@dataclass(frozen=True, eq=False)
class _OpenedAtoms:
    """A glass as atoms with a calculator, what its file calls things, and its units in words."""

    glass: Glass
    atoms: Any
    terms: FileTerms
    units: str

    @property
    def spacing(self) -> float:
        """Distance of nearest neighbours, length."""
        return neighbor_distance(self.atoms)


def run_with_calculator(options: argparse.Namespace, refusal: NoPairSumError) -> None:
    """The command by a calculator, after its exact route has refused the script.

    Raises
    ------
    InvalidPotentialError
        If the command needs a sum over pairs.
    MissingPackageError
        If ase or LAMMPS is not installed.
    """
    name = options.run.__name__
    if name not in COMMANDS:
        raise InvalidPotentialError(
            f"{refusal.reason}: softfield {name.replace('_', '-')} needs the derivatives of a sum "
            f"over pairs; {', '.join(COMMANDS)} work with any script."
        )
    if getattr(options, "without_rattlers", False):
        raise InvalidSettingError(
            f"{refusal.reason}: without a sum over pairs there are no contacts to count; leave "
            "out --without-rattlers."
        )
    try:
        opened = _opened(options)
    except MissingPackageError as error:
        raise MissingPackageError(
            f"{refusal.reason}: no sum over pairs, so LAMMPS itself has to evaluate it. {error}"
        ) from error
    except InvalidPotentialError as error:
        raise InvalidPotentialError(f"{refusal.reason}. As a calculator: {error}") from error
    progress(f"{refusal.reason}: no sum over pairs, so LAMMPS evaluates it ({opened.units})")
    COMMANDS[name](opened, options)


def _opened(options: argparse.Namespace) -> _OpenedAtoms:
    glass, terms = read_file(options)
    variables = arguments.variables(options.var)
    settings = {"kind": "lammps", "script": str(options.lammps), "variables": variables}
    law = calculator_law(settings, None if options.species else species_names(glass, terms.labels))
    units = law.calculator.script.units
    if units not in _UNITS:
        raise InvalidPotentialError(
            f"{options.lammps}: units {units} are not those of a calculator; write the "
            f"script, and the glass, in {' or '.join(_UNITS)}."
        )
    atoms = law.atoms(glass)
    law.calculator.get_property("energies", atoms)  # mistakes are told here
    return _OpenedAtoms(glass, atoms, terms, _UNITS[units])


def _minimum(opened: _OpenedAtoms, options: argparse.Namespace) -> _OpenedAtoms:
    """Relaxed, if the options say so."""
    if not options.relax:
        return opened
    progress(f"relaxing {len(opened.atoms)} atoms")
    relaxed = relax_atoms(opened.atoms, max(_LEAST_FORCE, 0.1 * _tolerance(options)))
    moved = relaxed.get_positions()[:, : opened.glass.dimension]
    return replace(opened, glass=opened.glass.with_positions(moved), atoms=relaxed)


def _tolerance(options: argparse.Namespace) -> float:
    """Largest force of a minimum: what a calculator can tell from zero, or more if asked for."""
    if not 0 < options.force_tolerance < float("inf"):
        raise InvalidSettingError(
            f"the force tolerance must be positive and finite, not {options.force_tolerance}."
        )
    return max(FORCE_TOLERANCE, options.force_tolerance)


# --- commands ----------------------------------------------------------------------------


def _info(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    state, length = atoms_state(opened.atoms, FORCE_TOLERANCE), opened.terms.length
    facts = {
        "route": f"calculator: {options.lammps.name} by LAMMPS, {opened.units}",
        "potential energy": f"{state.energy:.12g}",
        "energy per particle": f"{state.energy / len(opened.atoms):.10g}",
        "pressure": f"{length(state.pressure, -opened.glass.dimension):.10g}",
        "largest force": f"{length(state.largest_force, -1):.3g}",
        "at rest": "yes" if state.at_rest else "no: relax it first (softfield relax)",
    }
    print_facts(glass_facts(opened.glass, opened.terms) | facts)


def _relax(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    opened = _minimum(opened, options)
    with written_together():
        for path in options.output:
            write_particles(path, opened.glass, opened.terms)


def _field(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    opened = _minimum(opened, options)
    found = _computed(opened, options)
    table = _atom_table(opened, found)
    values: dict[str, tuple[FloatArray, int]] = {
        "softness": (abs(found.energy), 0),
        "thermal_energy": (found.energy, 0),
        "debye_waller": (found.debye_waller, 2),
        "thermal_displacement": (found.displacement, 1),
    }
    with written_together():
        write_results(options, table, opened.glass, opened.terms, values)
        if options.plot:
            spots = [] if opened.glass.strain else _spots_of(opened, found, options)[1]
            save_figure(options.plot, _map(opened, abs(found.energy), "softness $|E_i|$", spots))
    print_line(f"route                 calculator: {options.lammps.name} by LAMMPS, {opened.units}")
    print_line(f"atoms                 {len(found.energy)}")
    _print_errors(found)


def _spots(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    opened = _minimum(opened, options)
    found = _computed(opened, options)
    radius, spots = _spots_of(opened, found, options)
    table = spot_table(spots, opened.terms)
    with written_together():
        for path in options.output:
            write_table(path, table, options)
        if options.plot:
            save_figure(options.plot, _map(opened, abs(found.energy), "softness $|E_i|$", spots))
    _print_errors(found)
    print_line(f"vicinity radius       {opened.terms.length(radius):.5g}")
    print_line(table.head(options.top).to_string(index=False, float_format="%.5g"))


def _modes(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    opened = _minimum(opened, options)
    if options.masses == "glass" and opened.glass.masses is None:
        raise InvalidSettingError(
            f"{options.file} has no masses of its own; leave out --masses glass."
        )
    masses = "atoms" if options.masses == "glass" else "unit"
    found = calculator_modes(
        opened.atoms,
        options.count,
        masses=masses,
        force_tolerance=_tolerance(options),
        processes=options.processes,
    )
    table = pd.DataFrame(
        {
            "mode": range(1, len(found.frequencies) + 1),
            "frequency": opened.terms.length(found.frequencies, -1),
            "participation_ratio": participation_ratio(found.vectors),
        }
    )
    values: dict[str, tuple[FloatArray, int]] = {
        "mode_map": (mode_map(found), 0),
        "first_mode": (found.vectors[0], 0),
    }
    with written_together():
        write_results(options, table, opened.glass, opened.terms, values)
        if options.plot:
            label = r"mode map $\sum_j|\Psi_i^{(j)}|^2$"
            save_figure(options.plot, _map(opened, mode_map(found), label))
    print_line(table.head(10).to_string(index=False, float_format="%.5g"))


def _shear(opened: _OpenedAtoms, options: argparse.Namespace) -> None:
    opened = _minimum(opened, options)
    progress(f"shearing in fixed steps to {options.events} plastic events or {options.max_strain}")
    path = shear_atoms(
        opened.atoms, options.events, options.max_strain, direction=options.direction
    )
    report_events(path, opened.glass.dimension, opened.terms, options)
    refuse_incomplete(path)


#: Name of a command -> how it is made by a calculator; the others need a sum over pairs.
COMMANDS: dict[str, Callable[[_OpenedAtoms, argparse.Namespace], None]] = {
    "info": _info,
    "relax": _relax,
    "field": _field,
    "spots": _spots,
    "modes": _modes,
    "shear": _shear,
}


# --- steps -------------------------------------------------------------------------------


def _computed(opened: _OpenedAtoms, options: argparse.Namespace) -> CalculatorField:
    return calculator_field(
        opened.atoms, force_tolerance=_tolerance(options), processes=options.processes
    )


def _print_errors(found: CalculatorField) -> None:
    print_line(f"largest |E|           {abs(found.energy).max():.6g}  (in units of k_B T / 2)")
    print_line(f"largest error of E    {found.error.max():.2g}")
    print_line(f"sum rule error        {found.sum_rule_error:.2g}")


def _spots_of(
    opened: _OpenedAtoms, found: CalculatorField, options: argparse.Namespace
) -> tuple[float, list[SoftSpot]]:
    """The radius of the vicinity, in lengths of the glass, and the soft spots."""
    radius = vicinity(options, opened.glass, opened.terms, opened.spacing)
    return radius, soft_spots(opened.glass, abs(found.energy), radius)


def _atom_table(opened: _OpenedAtoms, found: CalculatorField) -> pd.DataFrame:
    """A row for each atom."""
    terms = opened.terms
    places = terms.length(opened.glass.wrapped().positions)
    return pd.DataFrame(
        {
            "particle": terms.particles,
            "species": terms.labels or opened.glass.species,
            **dict(zip("xyz", places.T, strict=False)),
            "energy": found.energy,
            "harmonic": found.harmonic,
            "anharmonic": found.anharmonic,
            "error": found.error,
            "debye_waller": terms.length(found.debye_waller, 2),
        }
    )


def _map(
    opened: _OpenedAtoms, values: FloatArray, label: str, spots: list[SoftSpot] | None = None
) -> Figure:
    from ..figures.glass_maps import particle_map

    sizes = opened.glass.diameters
    return particle_map(
        opened.glass,
        values,
        label,
        spots=[spot.position for spot in (spots or [])[:NUMBERED_SPOTS]],
        diameters=opened.spacing if sizes is None else sizes,
    )
