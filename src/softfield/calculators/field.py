"""Local thermal energy of every atom, for any potential that gives energies of atoms and forces.

Eq. 1 of the paper holds for any observable. With the eigenpairs lambda_k, Psi_k of the Hessian,

    U''' : M^-1 = sum_k U''' : Psi_k Psi_k / lambda_k,     X = -M^-1 . U''' : M^-1     (Eq. 2)
    E_i = sum_k eps_i'' : Psi_k Psi_k / lambda_k + eps_i' . X                          (Eq. 3)

where every contraction is a second difference of forces, or of the energies eps_i of atoms,
along Psi_k: the inside of the potential is not needed. Four evaluations per mode.

Units: E_i is in units of k_B T / 2, so it has none. Everything else is in the units of the
calculator, for ase eV and Angstrom: X in Angstrom / eV, the Debye-Waller factor in
Angstrom^2 / eV, frequencies in sqrt(eV / mass) / Angstrom.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import CalculatorError
from ..glass import AtomThermalEnergy, FloatArray
from ..response.modes import NormalModes
from .evaluations import Derivatives, Evaluator, Task
from .hessian_defect import HessianDefect
from .second_order import (
    FORCE_TOLERANCE,
    MAX_ATOMS,
    SecondOrder,
    Settings,
    centred,
    derivative_along,
    in_words,
    second_order,
)

logger = logging.getLogger(__name__)

#: Relative deviation from the sum rule that is accepted; and beyond which none is, whatever the
#: errors are: they grow with what is wrong. Between them three times the errors. Measured on
#: glasses of 54 to 200 atoms: at most 6e-8 for the samples of tests/calculators, 2e-4 in single
#: precision, 1.2e-5 for a Hessian that is slightly wrong, 1.4e-3 for tables of embedded atoms that
#: come with LAMMPS (CuZr_mm, NiAlH_jea, CuTa, FeP_mm). It was 3 to 50 where energies jump.
_SUM_RULE = 1e-3
_BROKEN_SUM_RULE = 2e-2

#: Error of some E_i, in units of the largest |E_i|, that is told. In those glasses it was 3e-3 at
#: most, in tables of embedded atoms 5e-3 to 0.1 (FeP_mm 0.3), with jumps in differences above 1.
_TOLD = 0.1


@dataclass(frozen=True, eq=False)
class CalculatorResponse:
    """What forces alone tell of a minimum at low temperature.

    Attributes
    ----------
    displacement : (N, d)
        X (Eq. 2), thermal displacement per k_B T / 2, zero mean; Angstrom / eV for ase.
    debye_waller : (N,)
        <x_i^2> / k_B T about the centre of all atoms; Angstrom^2 / eV for ase.
    modes : NormalModes
        Every mode but the translations: ``frequencies`` (dN - d,) and ``vectors``
        (dN - d, N, d). With masses of atoms, omega in sqrt(eV / u) / Angstrom for ase
        (times 15.63 it is a frequency in THz) and vectors of x sqrt(mass).
    displacement_error : (N, d)
        Likewise the error of X: its change from the larger to the smaller of the two amplitudes,
        and what is wrong with the Hessian.
    total : float
        Sum of E_i from the total energy; dN - d exactly.
    """

    displacement: FloatArray
    debye_waller: FloatArray
    modes: NormalModes
    displacement_error: FloatArray
    total: float

    @property
    def frequencies(self) -> FloatArray:
        """(dN - d,) omega of the normal modes, ascending."""
        return self.modes.frequencies

    @property
    def sum_rule_error(self) -> float:
        """Relative deviation of the total from its exact value dN - d."""
        n, d = self.displacement.shape
        return float(self.total / (d * n - d) - 1.0)


@dataclass(frozen=True, eq=False)
class CalculatorField(CalculatorResponse):
    """The local thermal energy of every atom, in units of k_B T / 2.

    Beside these it has the attributes of :class:`CalculatorResponse`.

    Attributes
    ----------
    energy : (N,)
        E_i, dimensionless; its sum is dN - d.
    harmonic : (N,)
        The part ``eps_i'' : M^-1``; the rest, ``eps_i' . X``, is anharmonic.
    error : (N,)
        Change of E_i from the larger to the smaller of the two amplitudes, at least its median
        over the atoms; and, to first order, the effect of what is wrong with the Hessian
        (:mod:`softfield.calculators.hessian_defect`). The extrapolated E_i is better than the
        first of both, except where rounding dominates.
    """

    energy: FloatArray
    harmonic: FloatArray
    error: FloatArray

    @property
    def anharmonic(self) -> FloatArray:
        """(N,) the part ``eps_i' . X`` of E_i."""
        return self.energy - self.harmonic

    def of_atoms(self) -> AtomThermalEnergy:
        """What of it is the field of a glass, as a block of the workflow holds it."""
        return AtomThermalEnergy(**{n: getattr(self, n) for n in AtomThermalEnergy.ARRAYS})

    def arrays(self) -> dict[str, npt.NDArray]:
        """Its arrays (N,) and (N, d) by name, as :func:`softfield.write_glass` takes them.

        The energy is called ``thermal_energy``: readers of extended XYZ take ``energy`` for theirs.
        """
        names = ("harmonic", "displacement", "debye_waller", "error")
        return {"thermal_energy": self.energy, **{name: getattr(self, name) for name in names}}


def calculator_field(
    atoms: Any,
    *,
    amplitude: float | None = None,
    force_tolerance: float = FORCE_TOLERANCE,
    hessian: npt.ArrayLike | None = None,
    interaction_range: float | None = None,
    masses: str = "unit",
    processes: int = 1,
    start_method: str | None = None,
    max_atoms: int = MAX_ATOMS,
) -> CalculatorField:
    """Local thermal energy of every atom of a minimum, with any calculator of ase.

    About 4 dN evaluations of the calculator and two hundred more (8 dN where it offers no Hessian
    and the forces reach across the cell), a dense eigendecomposition, and 32 (dN)^2 bytes of
    memory. What it will take is logged at the start (``logging``, level INFO). Energies that jump
    at a cutoff nearby, as those of pairs without a shift, do no harm: differences with a jump are
    made again, of smaller amplitudes. A warning tells where errors are not small.

    Parameters
    ----------
    atoms : ase.Atoms
        Periodic (along x and y at least), in a cell of any shape, at a minimum of the energy;
        ``atoms.calc`` gives ``energies`` and ``forces``. Atoms of equal z in a cell that is not
        periodic along z are two-dimensional.
    amplitude : float
        Largest displacement of an atom in a difference, length (Angstrom); twice it is used
        too, and less where the energy jumps within them. None: measured, see :class:`Amplitudes`.
    force_tolerance : float
        Largest force on an atom that is accepted, energy / length.
    hessian : (dN, dN) array, dense or sparse
        None: the one that the calculator offers, where forces confirm it, else differences.
    interaction_range : float
        Distance beyond which the force on an atom does not feel another one, length. For a pair
        potential its cutoff, for embedded atoms twice that. None: measured on some atoms.
    masses : "unit" or "atoms"
        Of the normal modes. The field does not depend on them. Atoms of a glass without masses
        have none, unless elements were given for its species.
    processes : int
        Copies of the calculator that work at a time. The results do not depend on it.
    start_method : str
        How processes start, see ``multiprocessing``. None: "fork" where there is one, which
        needs no calculator that can be pickled; "spawn" suits libraries with threads.
    max_atoms : int
        More atoms are refused, with what they would take.

    Raises
    ------
    CalculatorError
        Without a calculator, energies of atoms, or forces that come from these energies: their
        Hessian is not symmetric, or the sum rule is broken by more than the errors, or by 2 %:
        energies of atoms jump at a cutoff within the smallest difference.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the state is no minimum up to translations.
    TooLargeError, InvalidGlassError, InvalidSettingError
        If the method does not apply, with the reason.
    """
    settings = Settings(
        amplitude, force_tolerance, hessian, interaction_range, masses, processes, start_method,
        max_atoms,
    )  # fmt: skip
    return _field_of(Evaluator(atoms, of_atoms=True), settings)


def calculator_response(atoms: Any, **settings: Any) -> CalculatorResponse:
    """Thermal displacement X, Debye-Waller factor and modes: what needs no energies of atoms.

    For a calculator that gives the total energy and forces only. Keywords, cost and errors as
    :func:`calculator_field`; the sum rule is checked with the total energy.
    """
    field = _field_of(Evaluator(atoms, of_atoms=False), Settings(**settings))
    return CalculatorResponse(
        field.displacement, field.debye_waller, field.modes, field.displacement_error, field.total
    )


def _field_of(evaluator: Evaluator, settings: Settings) -> CalculatorField:
    with second_order(evaluator, settings, per_mode=4) as found:
        return _summed(found)


def _summed(minimum: SecondOrder) -> CalculatorField:
    """Eqs. 2 and 3 as sums over the modes."""
    team, values, modes, weights, amplitude = minimum
    rest = team.evaluator.rest
    harmonic = np.zeros((2, len(rest.energies)))
    thermal_force = np.zeros((2, *rest.forces.shape))
    debye_waller = np.zeros(len(rest.forces))
    defect = HessianDefect(minimum)
    found = _reported(team.derivatives(_mode_tasks(modes, weights, amplitude)), len(modes))
    for value, mode, second in zip(values, modes, found, strict=True):
        harmonic += second.energies / value
        thermal_force -= second.forces / value  # U''' : M^-1, the gradient is minus the force
        debye_waller += (centred(mode, weights) ** 2).sum(axis=1) / value
        defect.take_in(value, mode, second)
    # Eq. 2; row 0 at the smaller amplitude, row 1 extrapolated.
    shifts = np.stack([-minimum.solve(force) for force in thermal_force])
    # Eq. 3
    along = [derivative_along(team, shift, amplitude) for shift in shifts]
    energy = harmonic + np.stack([first.energies[k] for k, first in enumerate(along)])
    of_energy, of_shift = defect.errors(shifts[1], along[1].forces[1])
    error = _error(energy) + of_energy
    if team.evaluator.of_atoms:
        _tell_errors(energy[1], error)
    _check_sum_rule(float(energy[1].sum()), len(values), float(error.sum()))
    return CalculatorField(
        displacement=shifts[1],
        debye_waller=debye_waller,
        modes=NormalModes(np.sqrt(values), modes),
        displacement_error=_error(shifts) + of_shift,
        total=float(energy[1].sum()),
        energy=energy[1],
        harmonic=harmonic[1],
        error=error,
    )


def _tell_errors(energy: FloatArray, error: FloatArray) -> None:
    worst, largest = int(np.argmax(error)), float(np.abs(energy).max())
    if error[worst] > _TOLD * largest:
        logger.warning(
            "the local thermal energy of atom %d may be wrong by %.2g, where the largest is %.2g: "
            "energies of atoms or forces jump at a cutoff (pair_modify shift yes in LAMMPS ends "
            "energies of pairs at 0), or tables have few points; do not trust E_i with such errors",
            worst, error[worst], largest,
        )  # fmt: skip


def _check_sum_rule(total: float, exact: int, error: float) -> None:
    """Energies and forces that do not belong together break it; modes are those of the forces."""
    allowed = np.clip(3.0 * error, _SUM_RULE * exact, _BROKEN_SUM_RULE * exact)
    if not abs(total - exact) <= allowed:
        raise CalculatorError(
            f"the local thermal energies sum to {total:.6g}, where {exact} is exact whatever the "
            "potential: energies of atoms jump at a cutoff (let them end smoothly, with "
            "pair_modify shift yes in LAMMPS), tables have few points, or the energies and the "
            "forces of the calculator do not belong together (as with coul/wolf of LAMMPS, whose "
            "energy lacks a term). Check them by differences of the energy, or use a potential "
            "whose forces come from it."
        )


def _error(values: FloatArray) -> FloatArray:
    """Change from the larger amplitude to the smaller, at least its median over the atoms.

    ``values`` are those at the smaller one and extrapolated, a third of the change beyond. That an
    atom changes little may be chance.
    """
    change = 3.0 * np.abs(values[1] - values[0])
    return np.maximum(change, np.median(change))


def _mode_tasks(modes: FloatArray, weights: FloatArray, amplitude: float) -> Iterator[Task]:
    for mode in modes:
        direction = centred(mode, weights)
        largest = np.linalg.norm(direction, axis=1).max()
        yield Task(2, direction, amplitude / largest)


def _reported(found: Iterable[Derivatives], total: int) -> Iterator[Derivatives]:
    """The same, with progress in tenths."""
    started = time.perf_counter()
    for done, one in enumerate(found, start=1):
        yield one
        if 10 * done // total > 10 * (done - 1) // total:
            spent = time.perf_counter() - started
            logger.info(
                "%d of %d modes, %s left", done, total, in_words(spent * (total - done) / done)
            )
