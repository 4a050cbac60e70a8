"""To the nearest minimum, with the calculator of the atoms and the optimizers of ase."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks.numbers import positive_number, whole_number
from ..errors import NotConvergedError
from .evaluations import (
    Evaluator,
    Scales,
    checked_copy,
    forces_of,
    measured_scales,
    told_in_words,
)
from .packages import needed

logger = logging.getLogger(__name__)

#: No atom moves further than this in one step, in units of the distance of neighbours.
_STEP_CAP = 0.04


def relax_atoms(atoms: Any, max_force: float = 1e-8, *, max_steps: int = 20_000) -> Any:
    """The minimum of the energy near ``atoms``, the cell fixed: a copy with the same calculator.

    L-BFGS of ase with a cap on displacements; FIRE where that does not arrive. Whether the
    result is a minimum and no saddle, :func:`softfield.calculator_field` tells.

    Parameters
    ----------
    max_force : float
        Largest force on an atom, energy / length (eV / Angstrom). About 1e-8 is the least that
        energies of some eV in double precision allow; in single precision it is 1e-4 or so.
    max_steps : int
        Of each optimizer.

    Raises
    ------
    InvalidSettingError
        If a setting is no positive number.
    NotConvergedError
        With the force that is left.
    CalculatorError, InvalidGlassError
        If the atoms cannot be evaluated.
    """
    positive_number(max_force, "max_force")
    whole_number(max_steps, "max_steps")
    relaxed = checked_copy(atoms)
    scales = measured_scales(Evaluator(relaxed, of_atoms=False))
    max_force = scales.force_limit(max_force)
    if not descended(relaxed, scales, max_force, max_steps):
        left = float(np.linalg.norm(forces_of(relaxed), axis=1).max())
        raise NotConvergedError(
            f"{len(relaxed)} atoms still have a force of {left:.3g} after {max_steps} steps, above "
            f"max_force = {max_force:.3g}. Allow more steps, or a larger force if this is the "
            "precision of the calculator."
        )
    return relaxed


def descended(
    atoms: Any,
    scales: Scales,
    max_force: float,
    max_steps: int,
    visit: Callable[[], None] | None = None,
) -> bool:
    """Whether the atoms, moved in place, have arrived at the tolerance.

    ``visit`` is called at every place, the first and the last one too.

    The guess of a stiffness that L-BFGS starts from decides its cost: with that of one atom it
    takes a third of the evaluations that ase's own 70 eV / Angstrom^2 takes for a metal.

    Raises
    ------
    CalculatorError
        If the calculator fails on the way.
    """
    optimizers = needed("ase.optimize")
    cap = _STEP_CAP * scales.spacing
    searches = (
        optimizers.LBFGS(atoms, logfile=None, maxstep=cap, alpha=scales.stiffness),
        optimizers.FIRE(atoms, logfile=None, maxstep=cap),
    )
    for search in searches:
        if visit is not None:
            search.attach(visit)
        with told_in_words(atoms, type(search).__name__):
            arrived = search.run(fmax=max_force, steps=max_steps)
        if arrived:
            logger.debug("%s: %d steps to %.2g", type(search).__name__, search.nsteps, max_force)
            return True
    return False
