"""A minimum of the energy of a calculator to second order: what must hold there, and its modes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from ..checks.names import check_choice
from ..checks.numbers import check_tolerance, positive_number, whole_number
from ..errors import (
    FloatingParticlesError,
    InvalidSettingError,
    NotAMinimumError,
    SaddleError,
    TooLargeError,
)
from ..glass import FloatArray
from ..response.modes import NormalModes, tell_unit_masses
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
from .glasses import PLACEHOLDERS
from .hessian import Plan, checked_hessian, offered_hessian, plan_columns, shaped_hessian

logger = logging.getLogger(__name__)

#: Largest force on an atom at which a state counts as a minimum, in the calculator's units; less
#: where its forces are weak (:meth:`~softfield.calculators.evaluations.Scales.force_limit`).
FORCE_TOLERANCE = 1e-7

#: Atoms beyond which dense matrices are refused unless asked for.
MAX_ATOMS = 4000

#: Relative change of second differences at which the potential is too rough to say nothing.
_ROUGH = 1e-2

#: Eigenvalues below this share of the largest are zero, or negative beyond rounding.
_ZERO_MODE = 1e-7

#: Processes beyond which a number of them is a mistake.
_MOST_PROCESSES = 4096

#: Doubles per (dN)^2 while eigenvectors are computed: the matrix and what LAPACK needs.
_MATRICES = 4


@dataclass(frozen=True, eq=False)
class Settings:
    """The keywords of :func:`softfield.calculator_field`."""

    amplitude: float | None = None
    force_tolerance: float = FORCE_TOLERANCE
    hessian: npt.ArrayLike | None = None
    interaction_range: float | None = None
    masses: str = "unit"
    processes: int = 1
    start_method: str | None = None
    max_atoms: int = MAX_ATOMS

    def __post_init__(self) -> None:
        check_tolerance(self.force_tolerance, "force_tolerance")
        if self.amplitude is not None:
            positive_number(self.amplitude, "amplitude")
        if self.interaction_range is not None:
            positive_number(self.interaction_range, "interaction_range, the range of the forces,")
        processes = whole_number(self.processes, "processes")
        if processes > _MOST_PROCESSES:
            raise InvalidSettingError(
                f"{processes} processes are more than the {_MOST_PROCESSES} that may be started; "
                "give as many as there are cores."
            )
        whole_number(self.max_atoms, "max_atoms")
        check_choice(self.masses, "kind of masses", ("unit", "atoms"))


class SecondOrder(NamedTuple):
    """A minimum: eigenvalues (K,) and modes (K, N, d) without translations.

    ``team`` evaluates, ``weights`` (N,) are 1 / sqrt(mass), ``amplitude`` is that of second
    differences.
    """

    team: Workers
    values: FloatArray
    modes: FloatArray
    weights: FloatArray
    amplitude: float

    def solve(self, force: FloatArray) -> FloatArray:
        """M^+ f (N, d), zero mean."""
        pulled = ((force - force.mean(axis=0)) * self.weights[:, None]).ravel()
        flat = self.modes.reshape(len(self.modes), -1)
        solution = ((flat @ pulled / self.values) @ flat).reshape(force.shape)
        return centred(solution, self.weights)


@contextmanager
def second_order(
    evaluator: Evaluator, settings: Settings, per_mode: int = 0
) -> Iterator[SecondOrder]:
    """Context with the modes of a minimum, whose workers go on.

    Parameters
    ----------
    per_mode : evaluations that are to follow for each mode

    Raises
    ------
    As :func:`softfield.calculator_field`.
    """
    n, d = evaluator.rest.forces.shape
    weights = _mass_weights(evaluator, settings.masses)
    scales = measured_scales(evaluator)
    _check_forces(evaluator, scales.force_limit(settings.force_tolerance))
    _check_size(n, d, scales, settings.max_atoms)
    amplitudes = _amplitudes(settings.amplitude, evaluator, scales)
    if settings.hessian is None:
        given = offered_hessian(evaluator)
    else:
        given = shaped_hessian(settings.hessian, evaluator)
    plan = plan_columns(evaluator, scales, settings.interaction_range)
    with workers(evaluator, settings.processes, settings.start_method) as team:
        _tell_cost(team, scales, amplitudes, plan, given is not None, per_mode)
        matrix = checked_hessian(team, amplitudes, plan, given)
        values, modes = _eigenpairs(matrix, weights, evaluator)
        del matrix
        yield SecondOrder(team, values, modes, weights, amplitudes.second)


def calculator_modes(atoms: Any, count: int = 30, **settings: Any) -> NormalModes:
    """The ``count`` lowest normal modes of a minimum, without translations.

    About half the evaluations of :func:`softfield.calculator_field`, whose keywords and errors
    these are; energies of atoms are not needed. Frequencies are in the units of the
    calculator: sqrt(eV) / Angstrom for ase and unit masses. Masses of atoms that are not 1 are
    told of by a warning in the log where unit masses are taken.

    Raises
    ------
    InvalidSettingError
        If there are not that many.
    """
    chosen = Settings(**settings)
    evaluator = Evaluator(atoms, of_atoms=False)
    n, d = evaluator.rest.forces.shape
    if whole_number(count, "count, the number of normal modes,", least=None) not in range(
        1, d * (n - 1) + 1
    ):
        raise InvalidSettingError(
            f"{count} normal modes were asked for; {n} atoms have 1 to {d * (n - 1)}."
        )
    if evaluator.atoms.has("masses") and chosen.masses == "unit":
        tell_unit_masses(evaluator.atoms.get_masses(), "atoms")
    with second_order(evaluator, chosen) as found:
        return NormalModes(np.sqrt(found.values[:count]), found.modes[:count].copy())


def centred(mode: FloatArray, weights: FloatArray) -> FloatArray:
    """Displacements (N, d) of a mode; without their mean they make the Moore-Penrose inverse."""
    moved = mode * weights[:, None]
    return moved - moved.mean(axis=0)


def derivative_along(team: Workers, field: FloatArray, amplitude: float) -> Derivatives:
    """First derivatives along a displacement field (N, d) of any size."""
    largest = np.linalg.norm(field, axis=1).max()
    if largest == 0:
        rest = team.evaluator.rest
        return Derivatives(*(np.zeros((2, *values.shape)) for values in rest))
    (first,) = team.derivatives([Task(1, field, amplitude / largest)])
    return first


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
    if PLACEHOLDERS in evaluator.atoms.info and not evaluator.atoms.has("masses"):
        raise InvalidSettingError(
            "the atoms have no masses: they are of a glass without, and their elements stand for "
            "its species. Set the masses (atoms.set_masses), or use masses='unit'."
        )
    of_atoms = np.asarray(evaluator.atoms.get_masses(), dtype=np.float64)
    if not (np.isfinite(of_atoms) & (of_atoms > 0)).all():
        raise InvalidSettingError(
            "an atom has no positive mass; set the masses, or use masses='unit'."
        )
    return 1.0 / np.sqrt(of_atoms)


def _amplitudes(given: float | None, evaluator: Evaluator, scales: Scales) -> Amplitudes:
    """The amplitudes of differences; those measured where none is given."""
    if given is not None:
        if given >= 0.5 * scales.spacing:
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
    magnitude = np.linalg.norm(evaluator.rest.forces, axis=1)
    worst = int(np.argmax(magnitude))
    if not magnitude[worst] <= tolerance:
        raise NotAMinimumError(
            f"atom {worst} feels a force of {magnitude[worst]:.2g}, more than the tolerance "
            f"{tolerance:.2g}: the low-temperature expansion needs a minimum of the energy. Relax "
            "the atoms first (softfield.relax_atoms, or --relax on the command line), or raise the "
            "force tolerance if a rougher answer will do."
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
    team: Workers,
    scales: Scales,
    amplitudes: Amplitudes,
    plan: Plan,
    offered: bool,
    per_mode: int,
) -> None:
    n, d = team.evaluator.rest.forces.shape
    columns = 0 if offered else 4 * d * plan.n_groups
    evaluations = columns + per_mode * (d * n - d)
    seconds = evaluations * scales.seconds / team.count + 1e-10 * (d * n) ** 3 * 5
    logger.info(
        "%d atoms: %d evaluations of %.3g s in %d process(es), about %s; %.2g GB of memory",
        n, evaluations, scales.seconds, team.count, in_words(seconds),
        _MATRICES * 8e-9 * (d * n) ** 2,
    )  # fmt: skip
    if columns:
        logger.info("Hessian by differences: %d columns in %d groups", d * n, d * plan.n_groups)
    logger.info(
        "amplitude %.2g, where second differences agree to %.1g",
        amplitudes.second, amplitudes.second_change,
    )  # fmt: skip


def in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
