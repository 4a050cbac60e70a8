"""Molecular dynamics under steady simple shear, with sheared images (Lees and Edwards, 1972).

Positions x and peculiar momenta p (mass 1) follow the SLLOD equations (D. J. Evans and G. P.
Morriss, Phys. Rev. A 30, 1528 (1984)) in the plane xy at the rate g:

``dx/dt = p + g y e_x``,  ``dp/dt = F - g p_y e_x``,

which are Newton's equations for the velocities ``v = p + g y e_x``, in a cell whose tilt grows by g
per time. Without a thermostat the work of the shear is what the energy gains,
``d/dt (sum p^2/2 + U) = g V sigma_xy`` with ``V sigma_xy = sum g1 u_x u_y - sum p_x p_y``. One step
is one of velocity Verlet for v: half a kick, a drift in which the profile carries each particle
along, ``p_x -= g h p_y``, half a kick. The thermostat rescales p, relative to the linear profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.numbers import is_number
from ..errors import InvalidSettingError
from ..glass import FloatArray, Glass, face_distances, least_tilt
from ..kernels import shear_flow
from ..kernels.pair_forces import Cell
from ..mechanics.pairs import cell_counts
from ..potentials.pair_potential import PairPotential, largest_range
from .dynamics import (
    DEFAULT_SKIN,
    check_finite,
    check_run,
    checked_velocities,
    restored,
    thermostat_numbers,
    workspace,
)

#: Largest strain between two samples: what happens in between has one set of cells.
_LARGEST_BLOCK = 0.1


@dataclass(frozen=True, eq=False)
class FlowTrajectory:
    """What a run of molecular dynamics under shear leaves behind, m samples of N particles.

    Attributes
    ----------
    glass : Glass
        Final state, positions unwrapped; its strain is the initial one and what was added.
    velocities : (N, d)
        Peculiar: without the linear profile.
    time, strain : (m,)
        Time since the start, and strain of the cell.
    kinetic_energy : (m,)
        Of the peculiar motion of all particles, before the thermostat acts.
    potential_energy : (m,)
    stress : (m,)
        Shear stress sigma_xy, energy per volume, that of momenta included; positive where it
        resists the shear.
    list_builds : int
    """

    glass: Glass
    velocities: FloatArray
    time: FloatArray
    strain: FloatArray
    kinetic_energy: FloatArray
    potential_energy: FloatArray
    stress: FloatArray
    list_builds: int

    @property
    def temperature(self) -> FloatArray:
        """(m,) kinetic temperature of the peculiar motion, 2K / (dN - d)."""
        n, d = self.velocities.shape
        return 2.0 * self.kinetic_energy / (d * (n - 1))


def evolve_sheared(
    glass: Glass,
    velocities: npt.ArrayLike,
    potential: PairPotential,
    *,
    shear_rate: float,
    time_step: float,
    n_steps: int,
    sample_interval: int = 10,
    temperatures: npt.ArrayLike | None = None,
    thermostat_time: float = 1.0,
    rng: np.random.Generator | None = None,
    skin: float = DEFAULT_SKIN,
) -> FlowTrajectory:
    """Molecular dynamics under steady simple shear in the plane xy.

    Equations of motion and integrator are those of the module. With ``temperatures``, the
    stochastic velocity rescaling of :func:`softfield.preparation.dynamics.evolve` acts on the
    peculiar velocities; a target of 0 takes kinetic energy out over the ``thermostat_time``.

    Parameters
    ----------
    glass : Glass
        Initial state, strained or not.
    velocities : (N, d) array_like
        Peculiar velocities, of zero sum.
    shear_rate : float
        Strain per time, of either sign.
    time_step, n_steps, sample_interval, temperatures, thermostat_time, rng, skin
        As :func:`softfield.preparation.dynamics.evolve`.

    Raises
    ------
    InvalidSettingError
        For settings without meaning, or a strain above 0.1 between two samples.
    OverlapError, InvalidPotentialError, BoxTooSmallError, UnknownSpeciesError
        As :func:`softfield.preparation.dynamics.evolve`.
    """
    check_run(time_step, n_steps, sample_interval, thermostat_time)
    block = _checked_rate(shear_rate) * time_step * sample_interval
    if abs(block) > _LARGEST_BLOCK:
        raise InvalidSettingError(
            f"at the rate {shear_rate:g} the glass is sheared by {abs(block):.3g} between two "
            f"samples, more than {_LARGEST_BLOCK}; take a smaller time_step or sample_interval."
        )
    momenta = checked_velocities(velocities, glass)
    n_samples = n_steps // sample_interval
    targets, deviates = thermostat_numbers(
        temperatures, n_samples, (glass.n_particles - 1) * glass.dimension, rng
    )
    reach = largest_range(potential, glass.species)
    samples, builds, origin = np.empty((n_samples, 4)), 0, glass.strain
    for part in _segments(glass, block, n_samples):
        work = workspace(glass, potential, skin)
        cell = _cell_for(work.cell, block * (part.stop - part.start), reach + skin)
        made, tilt = shear_flow.shear_flow(
            work.positions, momenta, work.images, work.species, work.ids, cell, work.table,
            skin, reach, shear_rate, time_step, sample_interval, targets[part],
            np.exp(-sample_interval * time_step / thermostat_time), deviates[part], samples[part],
        )  # fmt: skip
        in_order = np.empty_like(momenta)
        in_order[work.ids] = momenta
        momenta, builds = in_order, builds + made
        check_finite(work.positions, momenta, time_step)
        turned = work._replace(cell=Cell(cell.edges, tilt, cell.counts))
        positions = restored(glass, turned)
        glass = replace(glass, positions=positions, strain=origin + block * part.stop)
    numbers = np.arange(1.0, n_samples + 1.0)
    return FlowTrajectory(
        glass=glass,
        velocities=momenta,
        time=numbers * sample_interval * time_step,
        strain=origin + block * numbers,
        kinetic_energy=samples[:, 0],
        potential_energy=samples[:, 1],
        stress=(samples[:, 2] + samples[:, 3]) / glass.volume,
        list_builds=builds,
    )


def _checked_rate(rate: Any) -> float:
    if not is_number(rate) or not np.isfinite(rate):
        raise InvalidSettingError(f"the shear rate must be a finite strain per time, not {rate!r}.")
    return float(rate)


def _segments(glass: Glass, block: float, n_samples: int) -> Iterator[slice]:
    """Runs of samples in which the tilt, reduced at the start of each, stays below half a box."""
    turn = float(glass.box[0] / glass.box[1])
    start = 0
    while start < n_samples:
        strain = glass.strain + block * start
        tilt = least_tilt(glass.box, strain)
        room = 0.5 * turn - np.sign(block) * tilt
        count = n_samples - start
        if block != 0:
            count = min(count, max(1, int(room / abs(block))))
        yield slice(start, start + count)
        start += count


def _cell_for(cell: Any, strain: float, reach: float) -> Cell:
    """The cell with as many cells along x as its largest tilt on the way leaves room for."""
    widths = face_distances(cell.edges, max(abs(cell.tilt), abs(cell.tilt + strain)))
    most = int(np.prod(cell.counts))
    counts = np.minimum(cell_counts(widths, reach, most), cell.counts)
    return Cell(cell.edges, cell.tilt, tuple(int(count) for count in counts))
