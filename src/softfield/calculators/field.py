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
from scipy.linalg import eigh

from ..errors import (
    FloatingParticlesError,
    InvalidSettingError,
    NotAMinimumError,
    SaddleError,
    TooLargeError,
)
from ..glass import FloatArray
from ..response.modes import NormalModes
from .evaluations import (
    Amplitudes,
    Derivatives,
    Evaluator,
    Scales,
    Task,
    Workers,
    measured_amplitudes,
    measured_scales,
    workers,
)
from .hessian import Plan, checked_hessian, offered_hessian, plan_columns, shaped_hessian

logger = logging.getLogger(__name__)

#: Largest force on an atom at which a state counts as a minimum, in the calculator's units.
FORCE_TOLERANCE = 1e-7

#: Atoms beyond which dense matrices are refused unless asked for.
MAX_ATOMS = 4000

#: Relative change of second differences at which the potential is too rough to say nothing.
_ROUGH = 1e-2

#: Eigenvalues below this share of the largest are zero, or negative beyond rounding.
_ZERO_MODE = 1e-7

#: Doubles per (dN)^2 while eigenvectors are computed: the matrix and what LAPACK needs.
_MATRICES = 4


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
        Likewise the error of X: its change from the larger to the smaller of the two amplitudes.
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
        over the atoms. The extrapolated E_i is better than that, except where rounding dominates.
    """

    energy: FloatArray
    harmonic: FloatArray
    error: FloatArray

    @property
    def anharmonic(self) -> FloatArray:
        """(N,) the part ``eps_i' . X`` of E_i."""
        return self.energy - self.harmonic

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

    About 4 dN evaluations of the calculator (8 dN where it offers no Hessian and the forces
    reach across the cell), a dense eigendecomposition, and 32 (dN)^2 bytes of memory. What it
    will take is logged at the start (``logging``, level INFO).

    Parameters
    ----------
    atoms : ase.Atoms
        Periodic (along x and y at least), in a cell of any shape, at a minimum of the energy;
        ``atoms.calc`` gives ``energies`` and ``forces``. Atoms of equal z in a cell that is not
        periodic along z are two-dimensional.
    amplitude : float
        Largest displacement of an atom in a difference, length (Angstrom); twice it is used
        too. None: measured, see :class:`Amplitudes`.
    force_tolerance : float
        Largest force on an atom that is accepted, energy / length.
    hessian : (dN, dN) array, dense or sparse
        None: the one that the calculator offers, where forces confirm it, else differences.
    interaction_range : float
        Distance beyond which the force on an atom does not feel another one, length. For a pair
        potential its cutoff, for embedded atoms twice that. None: measured on some atoms.
    masses : "unit" or "atoms"
        Of the normal modes. The field does not depend on them.
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
        Without a calculator, energies of atoms, or forces that come from an energy.
    NotAMinimumError, SaddleError, FloatingParticlesError
        If the state is no minimum up to translations.
    TooLargeError, InvalidGlassError, InvalidSettingError
        If the method does not apply, with the reason.
    """
    settings = _Settings(
        amplitude, force_tolerance, hessian, interaction_range, masses, processes, start_method,
        max_atoms,
    )  # fmt: skip
    return _field_of(Evaluator(atoms, of_atoms=True), settings)


def calculator_response(atoms: Any, **settings: Any) -> CalculatorResponse:
    """Thermal displacement X, Debye-Waller factor and modes: what needs no energies of atoms.

    For a calculator that gives the total energy and forces only. Keywords, cost and errors as
    :func:`calculator_field`; the sum rule is checked with the total energy.
    """
    field = _field_of(Evaluator(atoms, of_atoms=False), _Settings(**settings))
    return CalculatorResponse(
        field.displacement, field.debye_waller, field.modes, field.displacement_error, field.total
    )


@dataclass(frozen=True, eq=False)
class _Settings:
    """The keywords of :func:`calculator_field`."""

    amplitude: float | None = None
    force_tolerance: float = FORCE_TOLERANCE
    hessian: npt.ArrayLike | None = None
    interaction_range: float | None = None
    masses: str = "unit"
    processes: int = 1
    start_method: str | None = None
    max_atoms: int = MAX_ATOMS


def _field_of(evaluator: Evaluator, settings: _Settings) -> CalculatorField:
    n, d = evaluator.rest.forces.shape
    weights = _mass_weights(evaluator, settings.masses)
    _check_forces(evaluator, settings.force_tolerance)
    scales = measured_scales(evaluator)
    _check_size(n, d, scales, settings.max_atoms)
    amplitudes = _amplitudes(settings.amplitude, evaluator, scales)
    if settings.hessian is None:
        given = offered_hessian(evaluator)
    else:
        given = shaped_hessian(settings.hessian, evaluator)
    plan = plan_columns(evaluator, scales, settings.interaction_range)
    with workers(evaluator, settings.processes, settings.start_method) as team:
        _tell_cost(team, scales, amplitudes, plan, given is not None)
        matrix = checked_hessian(team, amplitudes, plan, given)
        values, modes = _eigenpairs(matrix, weights, evaluator)
        del matrix
        return _summed(team, values, modes, weights, amplitudes.second)


def _summed(
    team: Workers, values: FloatArray, modes: FloatArray, weights: FloatArray, amplitude: float
) -> CalculatorField:
    """Eqs. 2 and 3 as sums over the modes (K, N, d), of eigenvalues (K,)."""
    rest = team.evaluator.rest
    harmonic = np.zeros((2, len(rest.energies)))
    thermal_force = np.zeros((2, *rest.forces.shape))
    debye_waller = np.zeros(len(rest.forces))
    found = _reported(team.derivatives(_mode_tasks(modes, weights, amplitude)), len(modes))
    for value, mode, second in zip(values, modes, found, strict=True):
        harmonic += second.energies / value
        thermal_force -= second.forces / value  # U''' : M^-1, the gradient is minus the force
        debye_waller += (_centred(mode, weights) ** 2).sum(axis=1) / value
    # Eq. 2; row 0 at the smaller amplitude, row 1 extrapolated.
    shifts = np.stack([-_solve(values, modes, weights, force) for force in thermal_force])
    # Eq. 3
    linear = np.stack([_along(team, shift, amplitude)[k] for k, shift in enumerate(shifts)])
    energy = harmonic + linear
    return CalculatorField(
        displacement=shifts[1],
        debye_waller=debye_waller,
        modes=NormalModes(np.sqrt(values), modes),
        displacement_error=_error(shifts),
        total=float(energy[1].sum()),
        energy=energy[1],
        harmonic=harmonic[1],
        error=_error(energy),
    )


def _error(values: FloatArray) -> FloatArray:
    """Change from the larger amplitude to the smaller, at least its median over the atoms.

    ``values`` are those at the smaller one and extrapolated, a third of the change beyond. That an
    atom changes little may be chance.
    """
    change = 3.0 * np.abs(values[1] - values[0])
    return np.maximum(change, np.median(change))


def _along(team: Workers, shift: FloatArray, amplitude: float) -> FloatArray:
    """(2, N) first derivatives of the energies along X, see :class:`Derivatives`."""
    largest = np.linalg.norm(shift, axis=1).max()
    if largest == 0:
        return np.zeros((2, len(team.evaluator.rest.energies)))
    (first,) = team.derivatives([Task(1, shift, amplitude / largest)])
    return first.energies


def _mode_tasks(modes: FloatArray, weights: FloatArray, amplitude: float) -> Iterator[Task]:
    for mode in modes:
        direction = _centred(mode, weights)
        largest = np.linalg.norm(direction, axis=1).max()
        yield Task(2, direction, amplitude / largest)


def _centred(mode: FloatArray, weights: FloatArray) -> FloatArray:
    """Displacements (N, d) of a mode; without their mean they make the Moore-Penrose inverse."""
    moved = mode * weights[:, None]
    return moved - moved.mean(axis=0)


def _solve(
    values: FloatArray, modes: FloatArray, weights: FloatArray, force: FloatArray
) -> FloatArray:
    """M^+ f (N, d), zero mean."""
    pulled = ((force - force.mean(axis=0)) * weights[:, None]).ravel()
    flat = modes.reshape(len(modes), -1)
    solution = ((flat @ pulled / values) @ flat).reshape(force.shape)
    return _centred(solution, weights)


def _eigenpairs(
    hessian: FloatArray, weights: FloatArray, evaluator: Evaluator
) -> tuple[FloatArray, FloatArray]:
    """omega^2 (K,) and modes (K, N, d) without translations; ``hessian`` is overwritten."""
    n, d = evaluator.rest.forces.shape
    started = time.perf_counter()
    scaling = np.repeat(weights, d)
    hessian *= scaling[:, None]
    hessian *= scaling
    # Translations are moved to the top of the spectrum, where they are left out.
    translations = np.tile(np.eye(d), (n, 1)) / scaling[:, None]
    translations, _ = np.linalg.qr(translations)
    pushed = hessian @ translations
    inner = translations.T @ pushed
    top = 2.0 * np.abs(hessian).sum(axis=1).max()
    hessian -= pushed @ translations.T
    hessian -= translations @ pushed.T
    hessian += translations @ (inner + top * np.eye(d)) @ translations.T
    # The transpose is the same matrix in the order of LAPACK, which then needs no copy.
    values, vectors = eigh(hessian.T, overwrite_a=True, check_finite=False, driver="evd")
    values = values[:-d]
    modes = np.ascontiguousarray(vectors.T[:-d]).reshape(-1, n, d)
    del vectors
    logger.info("eigenvectors: %.1f s", time.perf_counter() - started)
    _check_spectrum(values, modes)
    modes *= _signs(modes)
    return values, modes


def _signs(modes: FloatArray) -> FloatArray:
    """(K, 1, 1) signs that make the largest component of every mode positive."""
    flat = modes.reshape(len(modes), -1)
    largest = flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)]
    return np.sign(largest)[:, None, None]


# --- preconditions -----------------------------------------------------------------------


def _mass_weights(evaluator: Evaluator, masses: str) -> FloatArray:
    """(N,) 1 / sqrt(mass)."""
    n = len(evaluator.rest.forces)
    if masses == "unit":
        return np.ones(n)
    if masses != "atoms":
        raise InvalidSettingError(f"masses = {masses!r} are neither 'unit' nor 'atoms'.")
    of_atoms = np.asarray(evaluator.atoms.get_masses(), dtype=np.float64)
    if not (np.isfinite(of_atoms) & (of_atoms > 0)).all():
        raise InvalidSettingError(
            "an atom has no positive mass; set the masses, or use masses='unit'."
        )
    return 1.0 / np.sqrt(of_atoms)


def _amplitudes(given: float | None, evaluator: Evaluator, scales: Scales) -> Amplitudes:
    """The amplitudes of differences; those measured where none is given."""
    if given is not None:
        if not 0 < given < 0.5 * scales.spacing:
            raise InvalidSettingError(
                f"an amplitude of {given} is no small displacement; give a length well below the "
                f"distance of neighbours, {scales.spacing:.3g}, or leave it out."
            )
        return Amplitudes(given, given)
    found = measured_amplitudes(evaluator, scales.spacing)
    if found.second_change > _ROUGH:
        logger.warning(
            "second differences change by %.1g between amplitudes: tables with few points, "
            "single precision or forces that jump at a cutoff; mind the errors of the field",
            found.second_change,
        )
    return found


def _check_forces(evaluator: Evaluator, tolerance: float) -> None:
    if not tolerance > 0:
        raise InvalidSettingError(f"force_tolerance must be a positive number, not {tolerance}.")
    magnitude = np.linalg.norm(evaluator.rest.forces, axis=1)
    worst = int(np.argmax(magnitude))
    if not magnitude[worst] <= tolerance:
        raise NotAMinimumError(
            f"atom {worst} feels a force of {magnitude[worst]:.2g}, more than the tolerance "
            f"{tolerance:.2g}: the low-temperature expansion needs a minimum of the energy. Relax "
            "the atoms first (softfield.relax_atoms), or raise force_tolerance if a rougher "
            "answer will do."
        )


def _check_size(n: int, d: int, scales: Scales, max_atoms: int) -> None:
    if n > max_atoms:
        gigabytes = _MATRICES * 8e-9 * (d * n) ** 2
        hours = 8 * d * n * scales.seconds / 3600
        raise TooLargeError(
            f"{n} atoms are more than max_atoms = {max_atoms}: this method takes dense matrices "
            f"of {gigabytes:.0f} GB, an eigendecomposition of {d * n} rows, and about "
            f"{8 * d * n} evaluations, here {hours:.1f} hours. Raise max_atoms if that is what "
            "you want, or cut out a smaller periodic sample."
        )


def _check_spectrum(values: FloatArray, modes: FloatArray) -> None:
    lowest, floor = float(values[0]), _ZERO_MODE * float(values[-1])
    if lowest > floor:
        return
    atom = int(np.argmax((modes[0] ** 2).sum(axis=1)))
    if lowest < -floor:
        raise SaddleError(
            f"the Hessian has {int((values < -floor).sum())} negative eigenvalues (lowest "
            f"{lowest:.3g}, largest at atom {atom}): the state is a saddle, not a glass. Perturb "
            "it (atoms.rattle) and relax again."
        )
    raise FloatingParticlesError(
        f"the Hessian has {int((values < floor).sum())} zero modes beside the translations "
        f"(largest at atom {atom}): a loose atom, or a state exactly at an instability. Remove "
        "the loose atoms, or move away from the instability."
    )


# --- what it takes, and how far it is ----------------------------------------------------


def _tell_cost(
    team: Workers, scales: Scales, amplitudes: Amplitudes, plan: Plan, offered: bool
) -> None:
    n, d = team.evaluator.rest.forces.shape
    columns = 0 if offered else 4 * d * plan.n_groups
    evaluations = columns + 4 * (d * n - d)
    seconds = evaluations * scales.seconds / team.count + 1e-10 * (d * n) ** 3 * 5
    logger.info(
        "%d atoms: %d evaluations of %.3g s in %d process(es), about %s; %.2g GB of memory",
        n, evaluations, scales.seconds, team.count, _in_words(seconds),
        _MATRICES * 8e-9 * (d * n) ** 2,
    )  # fmt: skip
    if columns:
        logger.info("Hessian by differences: %d columns in %d groups", d * n, d * plan.n_groups)
    logger.info(
        "amplitude %.2g, where second differences agree to %.1g",
        amplitudes.second, amplitudes.second_change,
    )  # fmt: skip


def _reported(found: Iterable[Derivatives], total: int) -> Iterator[Derivatives]:
    """The same, with progress in tenths."""
    started = time.perf_counter()
    for done, one in enumerate(found, start=1):
        yield one
        if 10 * done // total > 10 * (done - 1) // total:
            spent = time.perf_counter() - started
            logger.info(
                "%d of %d modes, %s left", done, total, _in_words(spent * (total - done) / done)
            )


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
