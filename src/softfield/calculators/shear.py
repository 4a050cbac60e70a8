"""Plastic events of atoms with a calculator: quasistatic shear in fixed steps.

Atoms and cell are deformed by a small step, then relaxed, again and again. A step in which the
energy falls below what the work done allows is an event; it is halved until its strain is known
to a resolution. Energies are the work of the forces, since those of a calculator may jump where
an atom leaves the cutoff of another. This is the slow way of
:mod:`softfield.response.continuation`, which needs derivatives that a calculator does not give.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.linalg import expm
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from ..checks.numbers import positive_number, whole_number
from ..errors import InvalidSettingError, NotAMinimumError, NotConvergedError, SoftfieldError
from ..glass import FloatArray
from ..mechanics.directions import Direction, direction_tensor
from ..mechanics.spectrum import participation_ratio
from ..response.events import PlasticEvent, count_clusters
from ..response.shear import checked_request
from .evaluations import (
    Evaluator,
    checked_copy,
    dimension_of,
    energy_of,
    forces_of,
    measured_scales,
    stress_of,
)
from .packages import needed
from .relaxation import descended
from .slopes import EnergySlopes

logger = logging.getLogger(__name__)

#: Displacement of an atom, in units of the distance of neighbours, below which a drop is no
#: event: forces that jump at a cutoff move atoms by a thousandth.
_MOVED = 0.01

#: Steps beyond which a path is refused: years of computing.
_MOST_STEPS = 1e9

#: Share of the work of a step that its change of energy may be away from it.
_OTHER_STRESS = 1e-2

#: What is away from the work by so many times the usual is no rounding, but a jump.
_SCATTER = 10.0

#: Part of a shear that is across an open direction, in units of it, that is rounding.
_ACROSS = 1e-9

#: Entries of a cell off its diagonal, in units of its largest, that are rounding.
_UPRIGHT = 1e-12

#: Atoms closer than this count as neighbours in a rearrangement, in units of their distance.
_CONTACT = 1.5


@dataclass(frozen=True, eq=False)
class AtomsPath:
    """What happened to atoms under shear; as :class:`softfield.ShearPath`, in their units.

    Attributes
    ----------
    events : list of PlasticEvent
        Places are those of atoms where they were when shear started, Angstrom for ase.
    strain, stress, energy : (K,) at every minimum visited, in order; strains are counted along
        the direction as in :func:`shear_atoms`, the stress is dU/dgamma per volume,
        eV / Angstrom^3 for ase (per area in two dimensions). The energy is what the calculator
        says, with jumps at its cutoffs, which a warning tells; events do not have them.
    atoms : ase.Atoms
        The last minimum, with the calculator.
    reason : str
        Why the path ended: "events", "max_strain", or the error that ended it.
    """

    events: list[PlasticEvent]
    strain: FloatArray
    stress: FloatArray
    energy: FloatArray
    atoms: Any
    reason: str

    @property
    def complete(self) -> bool:
        """Whether the path ended because enough was seen, not because it was lost."""
        return self.reason in ("events", "max_strain")


def shear_atoms(
    atoms: Any,
    n_events: int = 3,
    max_strain: float = 0.1,
    *,
    direction: Direction = "xy",
    step: float = 5e-4,
    resolution: float = 1e-5,
    max_force: float = 1e-6,
    max_steps: int = 5000,
) -> AtomsPath:
    """The first plastic events of atoms under athermal quasistatic shear, in fixed steps.

    Some fifty evaluations of the calculator per step. Two events within one step
    count as one, an avalanche; a smaller step tells them apart. Events are seen, and their
    energy drops measured, by the work of the forces; one may be missed whose drop is below three
    quarters of the resolution times the fall of the stress times the volume, or that moves no atom
    by a hundredth of the distance of neighbours.

    Parameters
    ----------
    atoms : ase.Atoms
        A minimum of the energy in a periodic cell of any shape, with a calculator.
    n_events : int
        Stop after this many events.
    max_strain : float
        Stop at this strain along the direction, towards which the atoms are sheared: backwards
        where it is negative, or where the cell has a larger strain already.
    direction : name or (d, d) tensor D
        As :func:`softfield.shear`: "xy", "-xy", "x-y", ...; x -> exp(gamma D) x. Strains of
        simple shear count from the upright cell: they start from the strain of a cell that is
        orthogonal but for a tilt along the direction, others from 0.
    step, resolution : float
        Strain of a step, and to which the strain of an event is narrowed down.
    max_force : float
        To which forces are relaxed, energy / length; less where the forces of atoms are weak.
    max_steps : int
        Of a relaxation.

    Raises
    ------
    NotAMinimumError, InvalidSettingError, CalculatorError, InvalidGlassError
        If the atoms are not relaxed, a setting makes no sense, or nothing can be evaluated.
    """
    whole_number(max_steps, "max_steps")
    checked_request(n_events, max_strain)
    for name, value in {"step": step, "resolution": resolution, "max_force": max_force}.items():
        positive_number(value, name)
    if resolution > step:
        raise InvalidSettingError(
            f"step = {step} is below the resolution, {resolution}, of the strain of an event; "
            "give a step not below it."
        )
    walk = _Walk(atoms, direction, max_force, max_steps)
    origin = _strain_along(walk.origin, walk.tensor)
    max_strain = checked_request(n_events, max_strain, origin)
    sense, limit = float(np.sign(max_strain - origin)), abs(max_strain - origin)
    if limit / step > _MOST_STEPS:
        raise InvalidSettingError(
            f"max_strain = {max_strain} is {limit / step:.3g} steps away, which has no end; "
            "give a smaller strain or a larger step."
        )
    walk.tensor *= sense
    visited, events = [walk.start(atoms)], list[PlasticEvent]()
    try:
        reason = _followed(walk, visited, events, n_events, limit, step, resolution)
    except SoftfieldError as error:
        reason = f"{type(error).__name__}: {error}"
    strain, slope, energy = np.array([(s.strain, s.slope, s.energy) for s in visited]).T
    if walk.has_stress or not walk.complained(slope):
        _compare_slopes(strain, slope, energy, [event.strain for event in events])
    return AtomsPath(
        [replace(event, strain=origin + sense * event.strain) for event in events],
        origin + sense * strain,
        sense * slope / walk.volume,
        energy,
        visited[-1].atoms,
        reason,
    )


def _strain_along(atoms: Any, tensor: FloatArray) -> float:
    """Strain that a cell shows along a direction, as that of a glass does.

    Its tilt in simple shear, where it is upright but for that; 0 otherwise.
    """
    cell = atoms.cell.complete().array
    tilt = np.argwhere(tensor)
    if len(tilt) != 1:  # no simple shear
        return 0.0
    ((along, across),) = tilt
    upright = cell.copy()
    upright[across, along] = 0.0
    if np.abs(upright - np.diag(np.diag(cell))).max() > _UPRIGHT * np.abs(cell).max():
        return 0.0
    return float(cell[across, along] / (cell[across, across] * tensor[along, across]))


def _compare_slopes(
    strain: FloatArray, slope: FloatArray, energy: FloatArray, of_events: list[float]
) -> None:
    """Tell where the energy of a calculator does not follow its stress.

    What the trapezoidal rule makes of the work is allowed to be off by half the strain of a step
    times what the slope is away from a straight line over the steps beside it. (Twice what it is
    off in the last step before an instability.)
    """
    if len(strain) < 2:
        return
    steps = np.diff(strain)
    work = 0.5 * steps * (slope[1:] + slope[:-1])
    away = np.abs(np.diff(energy) - work)
    bend = np.abs(np.diff(np.diff(slope) / steps))  # steps are never zero
    bends = np.maximum(np.append(bend, 0.0), np.append(0.0, bend))
    curved = 0.5 * steps**2 * bends if len(bend) else 0.5 * np.abs(np.diff(slope) * steps)
    typical = float(np.median(np.abs(work)))
    beyond = float(np.median(np.maximum(away - curved, 0.0)))
    if beyond > _OTHER_STRESS * typical:
        logger.warning(
            "the stress of the calculator is not the slope of its energy: from one strain to the "
            "next they differ by %.2g of it. The energy jumps at a cutoff, or lacks a term of the "
            "forces (as coul/wolf of LAMMPS). path.stress is the former, path.energy the latter",
            beyond / typical,
        )
        return
    allowed = np.maximum(curved, max(_OTHER_STRESS * typical, _SCATTER * np.median(away)))
    quiet = ~np.isin(0.5 * (strain[1:] + strain[:-1]), of_events)
    if (jumps := away[quiet & (away > allowed)]).size:
        logger.warning(
            "the energy of the calculator jumps by up to %.2g in %d of %d steps without an event, "
            "as at a cutoff: path.energy has these jumps, events and their energy drops do not",
            jumps.max(), jumps.size, quiet.sum(),
        )  # fmt: skip


def _check_open_axis(atoms: Any, tensor: FloatArray) -> None:
    """Refuse a shear along or across the direction in which a slab is open."""
    if atoms.pbc[2]:
        return
    normal = np.cross(*atoms.cell.array[:2])
    normal /= np.linalg.norm(normal)
    along = max(np.linalg.norm(tensor @ normal), np.linalg.norm(normal @ tensor))
    if along > _ACROSS * np.linalg.norm(tensor):
        x, y, z = (normal + 0.0).round(6).tolist()
        raise InvalidSettingError(
            f"the atoms are open along ({x:g}, {y:g}, {z:g}), so that nothing holds a shear along "
            "or across it: they would relax back. Give a direction within the plane of the first "
            "two cell vectors."
        )


def _followed(
    walk: _Walk,
    visited: list[_State],
    events: list[PlasticEvent],
    n_events: int,
    limit: float,
    step: float,
    resolution: float,
) -> str:
    """Step by step, adding to ``visited`` and ``events``; the reason for the end.

    Strains are those added since the start.
    """
    while len(events) < n_events:
        state = visited[-1]
        remaining = limit - state.strain
        if remaining < 0.5 * resolution:
            return "max_strain"
        following = walk.advance(state, min(step, remaining))
        last, following = walk.searched(state, following, resolution)
        if last is not None:
            if last is not state:
                visited.append(last)
            events.append(walk.event(last, following, len(events) + 1))
            logger.info("event %d after strain %.6f", len(events), events[-1].strain)
        visited.append(following)
        for seen in visited[-2:]:
            seen.trail.places.clear()  # as much memory as a relaxation has steps
    return "events"


class _Trail:
    """Where a relaxation went, and the work of the forces on the way by the trapezoidal rule.

    ``places`` (N, 3), one after the other; forces (N, 3) at the first and the last of them.
    """

    def __init__(self, atoms: Any) -> None:
        self.atoms = atoms
        self.places = [atoms.get_positions()]
        self.first_forces = self.last_forces = forces_of(atoms)
        self.work = 0.0

    def visit(self) -> None:
        """Take in where the atoms are."""
        place, forces = self.atoms.get_positions(), forces_of(self.atoms)
        self.work += 0.5 * float(np.vdot(self.last_forces + forces, place - self.places[-1]))
        self.places.append(place)
        self.last_forces = forces

    @cached_property
    def exact_work(self) -> float:
        """The work by Simpson's rule, once the relaxation is over: an evaluation more a place.

        By the trapezoidal rule alone it may be off by as much as a small drop.
        """
        atoms, halfway = self.atoms.copy(), 0.0
        atoms.calc = self.atoms.calc
        for before, after in pairwise(self.places):
            atoms.set_positions(0.5 * (before + after))
            halfway += float(np.vdot(forces_of(atoms), after - before))
        return (self.work + 2.0 * halfway) / 3.0


@dataclass(frozen=True, eq=False)
class _State:
    """A minimum on the path; ``slope`` is dU/dgamma, ``velocity`` (N, 3) the nonaffine one.

    ``trail`` is that of the relaxation to it.
    """

    atoms: Any
    strain: float
    energy: float
    slope: float
    trail: _Trail
    velocity: FloatArray | None = None


class _Walk:
    """Takes steps of strain and says what happened in them."""

    def __init__(self, atoms: Any, direction: Direction, max_force: float, max_steps: int) -> None:
        self.origin = checked_copy(atoms)
        self.dimension = dimension_of(atoms)
        self.tensor = np.zeros((3, 3))
        d = self.dimension
        self.tensor[:d, :d] = direction_tensor(direction, d)
        _check_open_axis(atoms, self.tensor)
        self.max_steps = max_steps
        self.scales = measured_scales(Evaluator(atoms, of_atoms=False))
        self.max_force = self.scales.force_limit(max_force)
        self.spacing = self.scales.spacing
        self.volume = abs(float(np.linalg.det(atoms.cell.complete().array[:d, :d])))
        self.has_stress = d == 3 and stress_of(self.origin) is not None

    @cached_property
    def slopes(self) -> EnergySlopes:
        """How slopes are made of energies, where there is no stress."""
        deformed = partial(self._deformed, self.origin)
        return EnergySlopes.of(self.scales, len(self.origin), deformed)

    def start(self, atoms: Any) -> _State:
        largest = float(np.linalg.norm(forces_of(atoms), axis=1).max())
        if largest > 10 * self.max_force:
            raise NotAMinimumError(
                f"an atom feels a force of {largest:.2g}, more than ten times max_force = "
                f"{self.max_force:.2g}: shear starts from a minimum. Relax the atoms first "
                "(softfield.relax_atoms)."
            )
        return self._relaxed(self._deformed(atoms, 0.0), 0.0)

    def advance(self, state: _State, increment: float) -> _State:
        """The minimum after a step of strain, affine and as before beyond that."""
        guess = self._deformed(state.atoms, increment)
        if state.velocity is not None:
            guess.set_positions(guess.get_positions() + increment * state.velocity)
        after = self._relaxed(guess, state.strain + increment)
        return replace(after, velocity=self._displacement(state, after) / increment)

    def searched(
        self, before: _State, after: _State, resolution: float
    ) -> tuple[_State | None, _State]:
        """The states before and after the first event of a step; None where there is none.

        A fall of the stress is part of what energies may be away from the work of a step, so that
        it hides a drop that is small beside it: a step in which atoms move by more than they did
        before is halved until that is clear.
        """
        if self._dropped(before, after):
            return self.narrowed(before, after, resolution)
        if after.strain - before.strain > resolution and self._surprising(before, after):
            half = 0.5 * (after.strain - before.strain)
            last, middle = self.searched(before, self.advance(before, half), resolution)
            if last is not None:
                return last, middle
            return self.searched(middle, self.advance(middle, half), resolution)
        return None, after

    def _surprising(self, before: _State, after: _State) -> bool:
        """Whether atoms have moved elsewhere than the former step makes one expect."""
        displacement = self._displacement(before, after)
        if before.velocity is not None:
            displacement -= (after.strain - before.strain) * before.velocity
        return bool(np.linalg.norm(displacement, axis=1).max() > _MOVED * self.spacing)

    def _dropped(self, before: _State, after: _State) -> bool:
        """Whether atoms have moved, and energy is missing, as only an event can do it.

        Along a branch the energy changes by the work, up to a third of the change of the
        force times half the step even at an instability (as :mod:`response.continuation`).
        """
        displacement = self._displacement(before, after)
        if np.linalg.norm(displacement, axis=1).max() <= _MOVED * self.spacing:
            return False
        half_step = 0.5 * (after.strain - before.strain)
        change = half_step * (after.slope - before.slope)
        missing = self._fall(before, after, after.trail.exact_work) + change
        rounding = self.max_force * float(np.linalg.norm(displacement))
        if not self.has_stress:
            rounding += half_step * self.slopes.error
        return missing > 0.5 * abs(change) + rounding

    def _fall(self, before: _State, after: _State, work: float) -> float:
        """How far the energy falls below what the slope before makes of a step of strain.

        By the slopes and forces where the relaxation started, and the work of the forces on it.
        """
        guess = self._deformed(after.atoms, 0.0)
        guess.set_positions(after.trail.places[0])
        increment = after.strain - before.strain
        fall = 0.5 * increment * (before.slope - self._slope(guess)) + work
        if before.velocity is not None:
            fall += 0.5 * increment * float(np.vdot(after.trail.first_forces, before.velocity))
        return fall

    def narrowed(
        self, before: _State, after: _State, resolution: float
    ) -> tuple[_State | None, _State]:
        """The states before and after the event, closer together; None where there is no event.

        What comes back when the strain is reversed was no event.
        """
        while after.strain - before.strain > resolution:
            half = 0.5 * (after.strain - before.strain)
            middle = self.advance(before, half)
            if self._dropped(before, middle):
                after = middle
                continue
            end = self.advance(middle, half)
            if not self._dropped(middle, end):
                return None, end
            before, after = middle, end
        after = replace(after, velocity=None)  # a drop is no velocity
        back = self.advance(after, before.strain - after.strain)
        if self._moved(before, back).max() <= _MOVED * self.spacing:
            return None, after
        return before, after

    def event(self, before: _State, after: _State, ordinal: int) -> PlasticEvent:
        """The record of the event between two states."""
        d = self.dimension
        mode = self._critical_mode(before, after)
        weight = np.einsum("nc,nc->n", mode, mode)
        particle = int(np.argmax(weight))
        moved = self._moved(before, after)
        places = self.origin.get_positions()  # events are told in the atoms that were passed
        around = self._shortest(places - places[particle])
        centre = places[particle] + weight**2 @ around / (weight**2).sum()
        displaced = int(np.argmax(moved))
        mean_distance = (self.volume / len(moved)) ** (1.0 / d)  # Glass.spacing
        return PlasticEvent(
            ordinal=ordinal,
            strain=0.5 * (before.strain + after.strain),
            strain_bracket=after.strain - before.strain,
            position=self._into_cell(places[particle])[:d],
            particle=particle,
            centre=self._into_cell(centre)[:d],
            displaced_particle=displaced,
            displaced_position=self._into_cell(places[displaced])[:d],
            stress_drop=(before.slope - after.slope) / self.volume,
            energy_drop=self._fall(before, after, after.trail.exact_work),
            participation_ratio=float(participation_ratio(mode)),
            n_rearrangements=count_clusters(self._contacts(before), moved / mean_distance),
            n_factorizations=0,
        )

    def _critical_mode(self, before: _State, after: _State) -> FloatArray:
        """(N, d) lowest mode before the event, by Lanczos with differences of forces."""
        evaluator = Evaluator(before.atoms, of_atoms=False)
        shape = evaluator.rest.forces.shape
        n, d = shape
        start = self._displacement(before, after)[:, :d]
        step = 1e-3 * self.spacing

        def stiffness_times(vector: FloatArray) -> FloatArray:
            direction = np.asarray(vector).reshape(shape)
            mean = direction.mean(axis=0)
            largest = np.linalg.norm(direction, axis=1).max() or 1.0
            ahead, behind = (
                evaluator.at(sign * step / largest * direction).forces for sign in (1, -1)
            )
            image = (behind - ahead) * largest / (2 * step)
            return (image - image.mean(axis=0) + top * mean).ravel()  # translations go up

        top = 0.0
        probe = start / np.linalg.norm(start)
        pushed = float(np.linalg.norm(stiffness_times(probe.ravel())))
        top = 10.0 * pushed + self.scales.stiffness
        operator = LinearOperator((n * d, n * d), matvec=stiffness_times, dtype=np.float64)
        try:
            _, vectors = eigsh(operator, k=1, which="SA", v0=start.ravel(), tol=1e-4, maxiter=40)
        except ArpackNoConvergence:
            logger.warning("the critical mode is not resolved; the displacement stands for it")
            return start / np.linalg.norm(start)
        return vectors[:, 0].reshape(shape)

    def _relaxed(self, atoms: Any, strain: float) -> _State:
        trail = _Trail(atoms)
        if not descended(atoms, self.scales, self.max_force, self.max_steps, trail.visit):
            raise NotConvergedError(
                f"the atoms do not relax to max_force = {self.max_force:.2g} after a "
                f"strain of {strain:.6f} in {self.max_steps} steps; allow more, or a larger force."
            )
        return _State(atoms, strain, energy_of(atoms), self._slope(atoms), trail)

    def _slope(self, atoms: Any) -> float:
        """dU/dgamma from the stress of the calculator; by its energies where it has none."""
        stress = stress_of(atoms) if self.has_stress else None
        if stress is not None:
            return self.volume * float((stress * self.tensor).sum())
        return self.slopes.at(partial(self._deformed, atoms))

    def complained(self, slope: FloatArray) -> bool:
        """Whether the energies are too rounded for slopes (K,) of this size, which is told."""
        complaint = self.slopes.complaint(float(np.median(np.abs(slope))), self.volume)
        if complaint:
            logger.warning(complaint)
        return bool(complaint)

    def _deformed(self, atoms: Any, increment: float) -> Any:
        deformation = expm(increment * self.tensor).T
        copy = atoms.copy()
        copy.calc = self.origin.calc
        copy.set_cell(atoms.cell.array @ deformation)
        copy.set_positions(atoms.get_positions() @ deformation)
        return copy

    def _displacement(self, before: _State, after: _State) -> FloatArray:
        """(N, 3) displacements beyond the affine ones, zero mean."""
        affine = self._deformed(before.atoms, after.strain - before.strain)
        moved = after.atoms.get_positions() - affine.get_positions()
        return moved - moved.mean(axis=0)

    def _moved(self, before: _State, after: _State) -> FloatArray:
        """(N,) distances that atoms moved beyond the affine displacement."""
        return np.linalg.norm(self._displacement(before, after), axis=1)

    def _contacts(self, state: _State) -> Any:
        i, j = needed("ase.neighborlist").neighbor_list("ij", state.atoms, _CONTACT * self.spacing)
        return np.stack([i, j], axis=1)[i < j].astype(np.int32)

    def _shortest(self, vectors: FloatArray) -> FloatArray:
        shortest, _ = needed("ase.geometry").find_mic(vectors, self.origin.cell, self.origin.pbc)
        return shortest

    def _into_cell(self, point: FloatArray) -> FloatArray:
        cell = self.origin.cell.complete().array
        fraction = np.linalg.solve(cell.T, point)
        fraction[self.origin.pbc] %= 1.0
        return fraction @ cell
