"""Energies and forces of a calculator around one configuration, and their differences.

A direction is a displacement field (N, d). Along it, symmetric differences at the amplitudes
a and 2a give a derivative to order a^2 and, extrapolated (Richardson), to order a^4. Where
the energy jumps between them, which the work of the forces tells, amplitudes are smaller.
"""

from __future__ import annotations

import multiprocessing
import pickle
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ..checks.numbers import shown
from ..errors import CalculatorError, InvalidGlassError, InvalidSettingError
from ..glass import FloatArray
from .packages import needed

#: Amplitudes that are tried, in units of the distance of neighbours: each twice the last.
_TRIED = 2.5e-4 * 2.0 ** np.arange(-5, 9)

#: Change of forces under a translation, in units of stiffness times the distance of neighbours,
#: that is no rounding.
_UNEVEN = 1e-4

#: Volume of a cell, in units of the product of its edges, that is none.
_FLAT = 1e-6

#: Length of a shift of all atoms, in units of the first edge of the cell, that makes places new.
_ELSEWHERE = 1e-3

#: Random directions along which they are tried.
_PROBES = 3

#: Tasks that are sent to other processes at a time; each holds a displacement field.
_BATCH = 256

#: Where a difference is evaluated, in units of its amplitude: at the larger one and the smaller.
_PLACES = np.array([-2.0, -1.0, 1.0, 2.0])

#: By how much the amplitude of a difference becomes smaller where the energy jumps, and how often.
_SMALLER = 0.25
_TRIES = 5

#: Jump of the energy within a difference, in units of the work of the stiffness, that is none. In
#: tables of embedded atoms and in single precision 2e-3 was measured.
_NO_JUMP = 1e-2


class Values(NamedTuple):
    """Energies (N,) of atoms, or (1,) the total, and forces (N, d)."""

    energies: FloatArray
    forces: FloatArray


class Derivatives(NamedTuple):
    """Derivatives along a direction: [0] at the smaller amplitude, [1] extrapolated.

    ``energies`` (2, N) or (2, 1), ``forces`` (2, N, d). ``slopes`` (2, N, d): beside derivatives
    of second order the first ones of the forces, which cost nothing more.
    """

    energies: FloatArray
    forces: FloatArray
    slopes: FloatArray | None = None


class Task(NamedTuple):
    """A derivative of order 1 or 2 along ``direction`` (N, d), unit amplitude ``amplitude``."""

    order: int
    direction: FloatArray
    amplitude: float


#: Places in the six components of ase of those of a (3, 3) stress.
_FULL = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])

#: A largest force is not asked to be less than so many times the rounding of a force component.
_ROUNDING = 20.0


@dataclass(frozen=True)
class Scales:
    """What is measured before anything else, in the units of the calculator.

    Attributes
    ----------
    spacing : typical distance of nearest neighbours
    stiffness : typical force per displacement of one atom
    noise : rounding error of a force component
    seconds : time of one evaluation
    """

    spacing: float
    stiffness: float
    noise: float
    seconds: float

    def force_limit(self, tolerance: float) -> float:
        """A tolerance for the force on an atom, less where the forces of atoms are below 1.

        It is then that share of stiffness times spacing, so that other units of energy are as near
        to a minimum; but no less than rounding allows, where that is below the tolerance.
        """
        typical = self.stiffness * self.spacing
        return min(tolerance, max(_ROUNDING * self.noise, tolerance * typical))


@dataclass(frozen=True)
class Amplitudes:
    """Largest displacement of an atom in differences, length, and how well they agree.

    ``first`` and ``second`` are for derivatives of that order; the ``_change`` is the relative
    one of such a difference from that amplitude to the next. Interpolated tables, single
    precision and forces that jump at a cutoff make it large.
    """

    first: float
    second: float
    first_change: float = 0.0
    second_change: float = 0.0


def _work_of_forces() -> FloatArray:
    """(4, 5) integrals from 0 to ``_PLACES`` of the quartic through values at 0 and there."""
    powers = np.arange(5)
    coefficients = np.linalg.inv(np.append(0.0, _PLACES)[:, None] ** powers)
    integrals: FloatArray = (_PLACES[:, None] ** (powers + 1) / (powers + 1)) @ coefficients
    return integrals


_WORK = _work_of_forces()


class Evaluator:
    """Evaluates the calculator of ``atoms`` at displacements from where they are.

    Attributes
    ----------
    atoms : a copy of the atoms, with the same calculator
    dimension : 2 where z is the same everywhere and not periodic, else 3
    of_atoms : whether energies are those of atoms, or the total
    rest : energies and forces without displacement
    """

    def __init__(self, atoms: Any, of_atoms: bool) -> None:
        self.atoms = checked_copy(atoms)
        self.dimension = dimension_of(self.atoms)
        self.of_atoms = of_atoms
        self._origin = self.atoms.get_positions()
        shape = len(self._origin), self.dimension
        # elsewhere first: a calculator may have kept what it gave here with other parameters
        self.at(np.full(shape, _ELSEWHERE * np.linalg.norm(self.atoms.cell.array[0])))
        self.rest = self.at(np.zeros(shape))

    def at(self, displacement: FloatArray) -> Values:
        """Energies and forces at a displacement (N, d)."""
        positions = self._origin.copy()
        positions[:, : self.dimension] += displacement
        self.atoms.set_positions(positions)
        energies = energies_of(self.atoms) if self.of_atoms else [energy_of(self.atoms)]
        forces = forces_of(self.atoms)[:, : self.dimension]
        return Values(np.array(energies, dtype=np.float64), forces)

    def derivatives(self, task: Task) -> Derivatives:
        """The derivative that a task asks for; four evaluations.

        More, where the energy jumps nearby, as where a pair leaves its cutoff: of smaller
        amplitudes, the one at which it follows the forces best.
        """
        found, least = self._differences(task, task.amplitude)
        for amplitude in task.amplitude * _SMALLER ** np.arange(1, _TRIES):
            if least <= _NO_JUMP:
                break
            smaller, jump = self._differences(task, amplitude)
            # that of rounding is not less by so much
            if jump < _SMALLER * least:
                found, least = smaller, jump
        return found

    def _differences(self, task: Task, amplitude: float) -> tuple[Derivatives, float]:
        """The derivative at an amplitude, and how far the energy jumps within it."""
        around = [self.at(place * amplitude * task.direction) for place in _PLACES]
        small, large = (
            self._difference(task.order, step, *pair)
            for step, pair in (
                (amplitude, (around[1], around[2])),
                (2 * amplitude, (around[0], around[3])),
            )
        )
        derivatives = Derivatives(
            *(np.stack([s, (4.0 * s - b) / 3.0]) for s, b in zip(small, large, strict=True))
        )
        return derivatives, self._jump(amplitude * task.direction, around)

    def _difference(self, order: int, step: float, minus: Values, plus: Values) -> list[FloatArray]:
        if order == 1:
            return [(p - m) / (2 * step) for p, m in zip(plus, minus, strict=True)]
        second = [
            (p + m - 2 * rest) / step**2 for p, m, rest in zip(plus, minus, self.rest, strict=True)
        ]
        return [*second, (plus.forces - minus.forces) / (2 * step)]

    def _jump(self, moved: FloatArray, around: list[Values]) -> float:
        """How far energies are from the work of the forces, in units of that of the stiffness.

        ``moved`` (N, d) is the displacement at 1 of ``_PLACES``. A quartic goes through the forces.
        """
        energies = [values.energies.sum() - self.rest.energies.sum() for values in around]
        along = [-np.vdot(values.forces, moved) for values in (self.rest, *around)]
        work = _WORK @ along
        of_stiffness = abs(along[3] - along[2]) or np.finfo(float).tiny
        return float(np.abs(energies - work).max() / of_stiffness)


def measured_scales(evaluator: Evaluator) -> Scales:
    """Spacing, stiffness, noise and cost, from six evaluations.

    Raises
    ------
    CalculatorError
        If forces change when all atoms are moved alike.
    """
    rng = np.random.default_rng(0)
    n, d = evaluator.rest.forces.shape
    spacing = neighbor_distance(evaluator.atoms)
    noise, times, stiffness = 0.0, [], []
    for _ in range(3):  # a rigid translation changes nothing but the rounding
        shift = np.broadcast_to(rng.uniform(-0.02, 0.02, d) * spacing, (n, d))
        started = time.perf_counter()
        moved = evaluator.at(shift)
        times.append(time.perf_counter() - started)
        change = moved.forces - evaluator.rest.forces
        noise = max(noise, float(np.sqrt(np.mean(change**2))))
    for atom in rng.choice(n, min(3, n), replace=False):
        unit = np.zeros((n, d))
        unit[atom] = rng.normal(size=d)
        unit[atom] *= 1e-3 * spacing / np.linalg.norm(unit[atom])
        change = evaluator.at(unit).forces[atom] - evaluator.rest.forces[atom]
        stiffness.append(np.linalg.norm(change) / (1e-3 * spacing))
    typical = float(np.median(stiffness)) or float(np.finfo(float).tiny)
    if noise > _UNEVEN * typical * spacing:
        raise CalculatorError(
            f"the forces change by {noise:.2g} when all atoms are moved alike: there is an "
            "external field, a wall or a coarse grid, and the theory takes translations for zero "
            "modes. Use a potential that depends on relative positions only."
        )
    floor = float(np.finfo(float).eps * typical * spacing)
    return Scales(spacing, typical, max(noise, floor), float(np.median(times)))


#: How often the rounding at a smaller amplitude a value may be away from the one there.
_BEYOND = 3.0


def measured_amplitudes(evaluator: Evaluator, spacing: float) -> Amplitudes:
    """The amplitudes at which extrapolated differences are wrong by least.

    Truncation grows with the amplitude, rounding falls; where potentials are tables, their
    knots count as rounding. Across a jump of the third derivative (a cutoff near the distance of a
    pair) they change little too, from one amplitude to the next, but to another value than at
    smaller ones. 84 evaluations.
    """
    rng = np.random.default_rng(3)
    tried = _TRIED * spacing
    changes = np.zeros((2, len(tried) - 2))
    for _ in range(_PROBES):
        direction = rng.normal(size=evaluator.rest.forces.shape)
        direction /= np.linalg.norm(direction, axis=1).max()
        around = [[evaluator.at(sign * a * direction) for sign in (1, -1)] for a in tried]
        forces = np.array([[values.forces for values in pair] for pair in around])
        energies = np.array([[values.energies for values in pair] for pair in around])
        first = (forces[:, 0] - forces[:, 1]) / tried[:, None, None]
        changes[0] = np.maximum(changes[0], _errors(first))
        for values, rest in zip((energies, forces), evaluator.rest, strict=True):
            square = tried.reshape(-1, *[1] * rest.ndim) ** 2
            second = (values[:, 0] + values[:, 1] - 2 * rest) / square
            changes[1] = np.maximum(changes[1], _errors(second))
    best, least = tried[changes.argmin(axis=1)].tolist(), changes.min(axis=1).tolist()
    return Amplitudes(*best, *least)


def _errors(differences: FloatArray) -> FloatArray:
    """(A - 2,) relative error of the extrapolated values of A differences, amplitudes ascending.

    The change to the next value; and that from every smaller amplitude, as far as it is beyond the
    rounding there.
    """
    extrapolated = (4.0 * differences[:-1] - differences[1:]) / 3.0
    flat = extrapolated.reshape(len(extrapolated), -1)
    size = np.median(np.linalg.norm(flat, axis=1)) or np.finfo(float).tiny
    change = np.linalg.norm(np.diff(flat, axis=0), axis=1)
    # rounding falls to a quarter from one amplitude to the next; a single change may be small by
    # chance
    falling = change * 4.0 ** np.arange(len(change))
    rounding = np.maximum.accumulate(falling)[1:] / 4.0 ** np.arange(len(change) - 1)
    errors = change.copy()
    for k in range(1, len(change)):
        away = np.linalg.norm(flat[k] - flat[:k], axis=1) - _BEYOND * rounding[:k]
        errors[k] = max(errors[k], float(away.max()))
    relative: FloatArray = errors / size
    return relative


# --- what atoms and their calculator give, with errors in words --------------------------


def checked_copy(atoms: Any) -> Any:
    """A copy of ase.Atoms with the calculator, if they are what the theory needs."""
    needed("ase")
    if getattr(atoms, "calc", None) is None:
        raise CalculatorError(
            "the atoms have no calculator, so there are no forces; set atoms.calc to one that "
            "gives energies and forces."
        )
    if isinstance(atoms.calc, type):
        raise CalculatorError(
            f"atoms.calc is the class {atoms.calc.__name__}, which has no parameters yet; set it "
            f"to a calculator, {atoms.calc.__name__}(...)."
        )
    if len(atoms) < 2 or not np.isfinite(atoms.get_positions()).all():
        raise InvalidGlassError(
            f"{len(atoms)} atoms, not all at finite positions, make no solid; at least two atoms "
            "are needed. Check the file or the simulation that they come from."
        )
    check_periodic(atoms)
    if atoms.constraints:
        raise InvalidGlassError(
            "the atoms have constraints, but the theory lets all of them move; remove them with "
            "atoms.set_constraint()."
        )
    copy = atoms.copy()
    copy.calc = atoms.calc
    return copy


def check_periodic(atoms: Any) -> None:
    """Refuse atoms that are not periodic along x and y, and cells without volume."""
    if not (atoms.pbc[:2].all() and np.linalg.norm(atoms.cell.array[:2], axis=1).all()):
        raise InvalidGlassError(
            f"the atoms are not periodic (pbc = {atoms.pbc.tolist()}): a cluster can turn freely, "
            "and the theory takes only translations out. Use a periodic cell (pbc along x and y "
            "at least)."
        )
    lengths = np.linalg.norm(atoms.cell.array, axis=1)
    if (atoms.pbc & (lengths == 0)).any() or not (
        abs(np.linalg.det(atoms.cell.complete().array)) > _FLAT * lengths[lengths > 0].prod()
    ):
        raise InvalidGlassError(
            f"the cell {atoms.cell.array.tolist()} has no volume: give every periodic direction a "
            "vector that is not in the plane of the others."
        )


def dimension_of(atoms: Any) -> int:
    """2 for atoms in a plane that is not periodic along z, as :func:`softfield.read_glass`."""
    z = atoms.get_positions()[:, 2]
    return 2 if not atoms.pbc[2] and np.ptp(z) == 0 else 3


def energies_of(atoms: Any) -> FloatArray:
    """(N,) energies of the atoms."""
    missing = needed("ase.calculators.calculator").PropertyNotImplementedError
    promised = "energies" in getattr(atoms.calc, "implemented_properties", ())
    passed_on = missing if promised else NotImplementedError  # else it fails on these atoms
    try:
        energies = np.array(_ask(atoms, "get_potential_energies", passed_on), dtype=np.float64)
    except (missing, NotImplementedError) as error:
        raise CalculatorError(
            f"the calculator {_name(atoms)} gives no energies of atoms ('energies'), without "
            "which the local thermal energy of an atom has no meaning; use one that does, or "
            "softfield.calculator_response, which needs forces only."
        ) from error
    return _finite(energies, (len(atoms),), "energies of atoms", atoms)


def energy_of(atoms: Any) -> float:
    """The total energy whose derivative the forces are: that of electrons may be the free one."""
    energy = None
    if "free_energy" in getattr(atoms.calc, "implemented_properties", ()):
        missing = needed("ase.calculators.calculator").PropertyNotImplementedError
        with suppress(missing):
            energy = _ask(atoms, "get_potential_energy", missing, force_consistent=True)
    if energy is None:
        energy = _ask(atoms, "get_potential_energy")
    return float(_finite(np.asarray(energy, dtype=np.float64), (), "energy", atoms))


def forces_of(atoms: Any) -> FloatArray:
    """(N, 3) forces."""
    # a copy: a calculator may write the next ones into the same array
    forces = np.array(_ask(atoms, "get_forces"), dtype=np.float64)
    return _finite(forces, (len(atoms), 3), "forces", atoms)


def stress_of(atoms: Any) -> FloatArray | None:
    """(3, 3) stress, energy per volume; None where the calculator says that it has none.

    Some have none for atoms without a third cell vector only.
    """
    if "stress" not in getattr(atoms.calc, "implemented_properties", ()):
        return None
    missing = needed("ase.calculators.calculator").PropertyNotImplementedError
    try:
        six = np.asarray(
            _ask(atoms, "get_stress", missing), dtype=np.float64
        )  # xx, yy, zz, yz, ...
    except missing:
        return None
    full: FloatArray = _finite(six, (6,), "stress", atoms)[_FULL]
    return full


def _ask(
    atoms: Any, method: str, passed_on: type[Exception] | tuple[()] = (), **keywords: Any
) -> Any:
    with told_in_words(atoms, method, passed_on):
        return getattr(atoms, method)(**keywords)


@contextmanager
def told_in_words(
    atoms: Any, method: str, passed_on: type[Exception] | tuple[()] = ()
) -> Iterator[None]:
    """What the calculator of the atoms raises becomes a CalculatorError, but for some."""
    try:
        yield
    except passed_on:
        raise
    except Exception as error:  # a calculator may raise anything
        raise CalculatorError(
            f"the calculator {_name(atoms)} fails in {method} ({type(error).__name__}: {error}); "
            "check that it knows these elements and that its own example runs."
        ) from error


def _finite(values: FloatArray, shape: tuple[int, ...], what: str, atoms: Any) -> FloatArray:
    if values.shape != shape:
        raise CalculatorError(
            f"the calculator {_name(atoms)} gives {what} of shape {values.shape}, where {shape} is "
            "needed; check that it follows the interface of ase."
        )
    if not np.isfinite(values).all():
        raise CalculatorError(
            f"the calculator {_name(atoms)} gives {what} that are not finite: atoms overlap, or it "
            "does not know them. Check the distances of the atoms, and their elements."
        )
    return values


def _name(atoms: Any) -> str:
    return type(atoms.calc).__name__


def neighbor_distance(atoms: Any) -> float:
    """Median over the atoms of the distance to the nearest other one, periodic, any cell."""
    neighbor_list = needed("ase.neighborlist").neighbor_list
    n, d = len(atoms), dimension_of(atoms)
    volume = abs(np.linalg.det(atoms.cell.complete().array[:d, :d]))
    reach = 1.5 * (volume / n) ** (1.0 / d)
    while True:
        i, r = neighbor_list("id", atoms, reach)
        nearest = np.full(n, np.inf)
        np.minimum.at(nearest, i, r)
        if np.isfinite(nearest).mean() > 0.5:
            return float(np.median(nearest[np.isfinite(nearest)]))
        reach *= 1.5


# --- several processes -------------------------------------------------------------------


class Workers:
    """Works through tasks, in this process or in several; made by :func:`workers`."""

    def __init__(self, evaluator: Evaluator, pool: ProcessPoolExecutor | None, count: int) -> None:
        self.evaluator = evaluator
        self.count = count
        self._pool = pool

    def derivatives(self, tasks: Iterable[Task]) -> Iterator[Derivatives]:
        """The derivatives of the tasks, in their order; few tasks wait at a time."""
        if self._pool is None:
            yield from map(self.evaluator.derivatives, tasks)
            return
        waiting = iter(tasks)
        try:
            while batch := list(islice(waiting, _BATCH)):
                yield from self._pool.map(_work, batch, chunksize=4)
        except BrokenProcessPool as error:
            raise CalculatorError(
                f"a process with the calculator {_name(self.evaluator.atoms)} died; it may be "
                "short of memory, or its library may not survive a copy: use processes=1."
            ) from error


@contextmanager
def workers(evaluator: Evaluator, processes: int, start_method: str | None) -> Iterator[Workers]:
    """Context with ``processes`` copies of the calculator.

    Raises
    ------
    InvalidSettingError
        For a start method that does not exist here.
    CalculatorError
        If the calculator cannot be sent to other processes, or one of them dies.
    """
    known = multiprocessing.get_all_start_methods()
    if start_method is not None and (
        not isinstance(start_method, str) or start_method not in known
    ):
        raise InvalidSettingError(
            f"there is no start_method {shown(start_method)} here; give one of {', '.join(known)}."
        )
    if processes == 1:
        yield Workers(evaluator, None, 1)
        return
    method = start_method or ("fork" if "fork" in known else "spawn")
    sent = evaluator if method == "fork" else _pickled(evaluator)
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context(method), initializer=_start, initargs=(sent,)
    )
    try:
        yield Workers(evaluator, pool, processes)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


#: The evaluator of a process, or why it has none.
_EVALUATORS: list[Evaluator | CalculatorError] = []


def _start(sent: Evaluator | bytes) -> None:
    threadpool_limits(limits=1)
    try:
        _EVALUATORS[:] = [pickle.loads(sent) if isinstance(sent, bytes) else sent]
    except Exception as error:  # what it imports may raise anything
        _EVALUATORS[:] = [
            CalculatorError(
                f"a new process cannot make the calculator ({type(error).__name__}: {error}); put "
                "the folder of its module on PYTHONPATH, use start_method='fork' where there is "
                "one, or processes=1."
            )
        ]


def _work(task: Task) -> Derivatives:
    evaluator = _EVALUATORS[0]
    if isinstance(evaluator, CalculatorError):
        raise evaluator
    return evaluator.derivatives(task)


def _pickled(evaluator: Evaluator) -> bytes:
    try:
        return pickle.dumps(evaluator)
    except Exception as error:  # pickle raises what __reduce__ raises
        raise CalculatorError(
            f"the calculator {_name(evaluator.atoms)} cannot be sent to other processes "
            f"({error}); use start_method='fork' where there is one, or processes=1."
        ) from error
