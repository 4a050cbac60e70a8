"""The Hessian of a calculator: the one that it offers, or differences of its forces.

Differences cost four evaluations per column. Where forces have a range, columns of atoms that
share no neighbour are displaced together (graph colouring), and fewer evaluations do.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..checks.arrays import listed
from ..errors import CalculatorError, FloatingParticlesError, InvalidSettingError
from ..glass import FloatArray, IntArray
from .evaluations import Amplitudes, Evaluator, Scales, Task, Workers
from .packages import needed

logger = logging.getLogger(__name__)

#: Relative difference from H v, measured for a random v, at which a Hessian counts as wrong.
_PROBE_TOLERANCE = 1e-4

#: Relative asymmetry at which forces do not come from an energy.
_ASYMMETRY = 1e-3

#: Groups of columns must save at least this share of the evaluations to be used.
_WORTHWHILE = 0.8


@dataclass(frozen=True, eq=False)
class Plan:
    """How the Hessian is made by differences.

    Attributes
    ----------
    groups : (N,) the atoms of one number are displaced together
    neighbors : (N, N) sparse, nonzero where a displacement is felt; None: everywhere
    """

    groups: IntArray
    neighbors: sp.csr_array | None

    @property
    def n_groups(self) -> int:
        return int(self.groups.max()) + 1


def plan_columns(evaluator: Evaluator, scales: Scales, reach: float | None) -> Plan:
    """Which columns are displaced together.

    Parameters
    ----------
    reach : distance beyond which the force on an atom does not feel another one, in the
        calculator's units; None measures it on some atoms.
    """
    n = len(evaluator.rest.forces)
    alone = Plan(np.arange(n, dtype=np.int32), None)
    if reach is None:
        reach = _measured_reach(evaluator, scales)
    neighbors = _within(evaluator.atoms, reach)
    if neighbors.nnz > _WORTHWHILE * n**2:
        return alone
    groups = _coloured((neighbors @ neighbors).tocsr())
    if groups.max() + 1 > _WORTHWHILE * n:
        return alone
    return Plan(groups, neighbors)


def difference_hessian(workers: Workers, amplitudes: Amplitudes, plan: Plan) -> FloatArray:
    """(dN, dN) Hessian by central differences of forces, extrapolated; symmetric to rounding."""
    n, d = workers.evaluator.rest.forces.shape
    hessian = np.zeros((n, d, n, d))
    tasks = _column_tasks(plan, n, d, amplitudes.first)
    done = workers.derivatives(task for _, _, task in tasks)
    columns = _column_tasks(plan, n, d, amplitudes.first)
    for (members, axis, _), found in zip(columns, done, strict=True):
        column = -found.forces[1]
        for atom in members:
            if plan.neighbors is None:
                hessian[:, :, atom, axis] = column
            else:
                start, stop = plan.neighbors.indptr[atom : atom + 2]
                rows = plan.neighbors.indices[start:stop]
                hessian[rows, :, atom, axis] = column[rows]
    return hessian.reshape(n * d, n * d)


def symmetric(hessian: FloatArray, amplitudes: Amplitudes) -> FloatArray:
    """The symmetric part of a Hessian by differences, which is overwritten.

    Raises
    ------
    CalculatorError
        If little else is left: forces that are no derivative of an energy.
    """
    asymmetry = np.abs(hessian - hessian.T).max() / np.abs(hessian).max()
    if asymmetry > max(_ASYMMETRY, 10 * amplitudes.first_change):
        raise CalculatorError(
            f"the forces are not the derivative of an energy: their differences are asymmetric "
            f"by {asymmetry:.2g} of the largest. The theory needs forces that come from an "
            "energy; a model that predicts forces directly has none."
        )
    hessian += hessian.T.copy()
    hessian *= 0.5
    return hessian


def offered_hessian(evaluator: Evaluator) -> FloatArray | None:
    """(dN, dN) Hessian that the calculator offers, or None where it does not."""
    calculator = evaluator.atoms.calc
    evaluator.at(np.zeros_like(evaluator.rest.forces))
    missing = needed("ase.calculators.calculator").PropertyNotImplementedError
    try:
        if "hessian" in getattr(calculator, "implemented_properties", ()):
            found = calculator.get_property("hessian", evaluator.atoms)
        elif hasattr(calculator, "get_hessian"):
            found = calculator.get_hessian(atoms=evaluator.atoms)
        else:
            return None
    except (missing, NotImplementedError):
        return None
    except Exception as error:  # a calculator may raise anything; forces still do
        logger.warning("the Hessian of the calculator fails (%s); differences it is", error)
        return None
    return shaped_hessian(found, evaluator)


def shaped_hessian(given: Any, evaluator: Evaluator) -> FloatArray:
    """A Hessian of any usual form as a dense (dN, dN) matrix, symmetric.

    Raises
    ------
    InvalidSettingError
        If its shape is not that of a Hessian.
    """
    n, d = evaluator.rest.forces.shape
    dense = listed(given.toarray() if sp.issparse(given) else given)
    if dense.dtype.kind not in "biuf":
        raise InvalidSettingError(
            f"a Hessian is a matrix of numbers, not {type(given).__name__} ({dense.dtype}); give "
            f"one of shape {(d * n, d * n)}, or leave it out."
        )
    dense = np.array(dense, dtype=np.float64)
    if dense.size not in ((3 * n) ** 2, (d * n) ** 2) or not np.isfinite(dense).all():
        raise InvalidSettingError(
            f"a Hessian of shape {dense.shape} is not that of {n} atoms; give finite numbers of "
            f"shape {(d * n, d * n)}."
        )
    axes = 3 if dense.size == (3 * n) ** 2 else d
    dense = dense.reshape(n, axes, n, axes)[:, :d, :, :d].reshape(n * d, n * d)
    return 0.5 * (dense + dense.T)


def hessian_error(
    workers: Workers, amplitudes: Amplitudes, hessian: FloatArray, probes: int = 2
) -> float:
    """Relative error of H v against differences of forces, the largest of some random v."""
    n, d = workers.evaluator.rest.forces.shape
    rng = np.random.default_rng(1)
    directions = rng.choice([-1.0, 1.0], size=(probes, n, d))
    tasks = [Task(1, v, amplitudes.first) for v in directions]
    worst = 0.0
    for v, found in zip(directions, workers.derivatives(tasks), strict=True):
        exact = -found.forces[1].ravel()
        deviation = np.linalg.norm(hessian @ v.ravel() - exact)
        worst = max(worst, float(deviation / np.linalg.norm(exact)))
    return worst


def checked_hessian(
    workers: Workers, amplitudes: Amplitudes, plan: Plan, offered: FloatArray | None
) -> FloatArray:
    """The offered Hessian if forces confirm it, else the one by differences, confirmed too.

    Raises
    ------
    FloatingParticlesError
        If an atom feels no other one.
    CalculatorError
        As :func:`symmetric`.
    """
    if offered is not None:
        error = hessian_error(workers, amplitudes, offered)
        if error < _PROBE_TOLERANCE:
            logger.info("the Hessian of the calculator agrees with its forces to %.1g", error)
            return _bound(offered, workers.evaluator)
        logger.warning("the Hessian offered is wrong by %.1g; differences of forces it is", error)
    hessian = difference_hessian(workers, amplitudes, plan)
    if plan.neighbors is not None:
        error = hessian_error(workers, amplitudes, hessian)
        if error > _PROBE_TOLERANCE:
            logger.warning("forces reach further than assumed (%.1g): every column alone", error)
            alone = Plan(np.arange(len(plan.groups), dtype=np.int32), None)
            hessian = difference_hessian(workers, amplitudes, alone)
    return symmetric(_bound(hessian, workers.evaluator), amplitudes)


def _bound(hessian: FloatArray, evaluator: Evaluator) -> FloatArray:
    """The Hessian, if every atom is bound to others."""
    n, d = evaluator.rest.forces.shape
    own = np.abs(np.diag(hessian)).reshape(n, d).max(axis=1)
    free = np.flatnonzero(own < 1e-8 * own.max())
    if len(free):
        raise FloatingParticlesError(
            f"{len(free)} atoms feel no force when they move (first: {free[:5].tolist()}): they "
            "are free, so their thermal energy has no low-temperature limit. Remove them and "
            "analyse the rest."
        )
    return hessian


def _column_tasks(
    plan: Plan, n: int, d: int, amplitude: float
) -> Iterator[tuple[npt.NDArray[np.intp], int, Task]]:
    order = np.argsort(plan.groups, kind="stable")
    bounds = np.searchsorted(plan.groups[order], np.arange(plan.n_groups + 1))
    for first, last in pairwise(bounds):
        members = order[first:last]
        for axis in range(d):
            direction = np.zeros((n, d))
            direction[members, axis] = 1.0
            yield members, axis, Task(1, direction, amplitude)


def _measured_reach(evaluator: Evaluator, scales: Scales, samples: int = 6) -> float:
    """Largest distance at which some displaced atoms are felt, and a margin."""
    n, d = evaluator.rest.forces.shape
    rng = np.random.default_rng(2)
    length = 0.01 * scales.spacing
    threshold = 20 * scales.noise + 1e-9 * scales.stiffness * length
    furthest = 0.0
    for atom in rng.choice(n, min(samples, n), replace=False):
        step = np.zeros((n, d))
        step[atom] = rng.normal(size=d)
        step[atom] *= length / np.linalg.norm(step[atom])
        change = np.abs(evaluator.at(step).forces - evaluator.rest.forces).max(axis=1)
        felt = np.flatnonzero(change > threshold)
        if len(felt) == 0:
            continue
        evaluator.at(0 * step)
        distances = evaluator.atoms.get_distances(int(atom), felt, mic=True)
        furthest = max(furthest, float(distances.max(initial=0.0)))
    return furthest + 0.5 * scales.spacing


def _within(atoms: Any, reach: float) -> sp.csr_array:
    """(N, N) ones where two atoms, or an atom and itself, are within a distance."""
    n = len(atoms)
    # A sphere wider than the cell holds every atom; the list of its images would be long.
    if n < 2 or reach >= 0.5 * np.linalg.norm(atoms.cell.array[atoms.pbc], axis=1).max():
        return sp.csr_array(np.ones((n, n), dtype=np.int32))
    i, j = needed("ase.neighborlist").neighbor_list("ij", atoms, reach)
    rows, columns = np.append(i, np.arange(n)), np.append(j, np.arange(n))
    ones = np.ones(len(rows), dtype=np.int32)
    found = sp.coo_array((ones, (rows, columns)), shape=(n, n)).tocsr()
    found.data[:] = 1
    found.sort_indices()
    return found


def _coloured(conflicts: sp.csr_array) -> IntArray:
    """(N,) greedy colours: no two atoms with a conflict have the same."""
    n = conflicts.shape[0]
    colours = np.full(n, -1, dtype=np.int32)
    for atom in range(n):
        start, stop = conflicts.indptr[atom : atom + 2]
        taken = set(colours[conflicts.indices[start:stop]].tolist())
        colour = 0
        while colour in taken:
            colour += 1
        colours[atom] = colour
    return colours
