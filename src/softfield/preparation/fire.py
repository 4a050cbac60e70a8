"""First-order descent for any pair potential: FIRE on arrays, without compiled tables.

:func:`softfield.minimize` uses it for potentials that its compiled conjugate
gradient does not take, and finishes with Newton's method either way. One evaluation costs
some ten times the compiled one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, NotConvergedError
from ..glass import Glass
from ..mechanics.derivatives import pair_forces
from ..mechanics.pairs import Interactions, interactions, neighbor_pairs
from ..potentials.pair_potential import PairPotential, largest_range

#: Skin of the pair list, as a fraction of the largest range.
_SKIN = 0.15


#: FIRE (Bitzek et al., PRL 97, 170201 (2006)): fresh mixing, its decay, growth and cut of the
#: time step, downhill steps before it grows, and its bounds in units of 1 / omega_max.
_MIXING, _DECAY, _GROWTH, _CUT, _PATIENCE = 0.1, 0.99, 1.1, 0.5, 5


_FIRST_STEP, _SMALLEST_STEP, _LARGEST_STEP = 0.1, 0.005, 1.0


def fire(
    glass: Glass,
    potential: PairPotential,
    max_force: float,
    *,
    max_evaluations: int = 200_000,
    step_cap: float = 0.1,
) -> tuple[Glass, int, float]:
    """Descend until the largest force norm on a particle is below ``max_force``.

    Parameters
    ----------
    glass : Glass
        Any configuration without coinciding particles; ``glass.strain`` may be nonzero.
    max_force : float
        Energy per length.
    max_evaluations : int
        Budget of force evaluations.
    step_cap : float
        No particle moves further than this in one step, length.

    Returns
    -------
    (glass, number of evaluations, largest force norm)

    Raises
    ------
    NotConvergedError
        If the budget does not suffice.
    OverlapError, BoxTooSmallError, UnknownSpeciesError
        If the state has no finite forces, no room, or unknown species.
    """
    if not max_force > 0:
        raise InvalidSettingError(f"max_force must be positive, not {max_force}.")
    listed = _List(potential)
    velocity = np.zeros(glass.positions.shape)
    time_step, mixing, downhill = _FIRST_STEP, _MIXING, 0
    for evaluation in range(1, max_evaluations + 1):
        found = listed.interactions(glass)
        force = pair_forces(found)
        largest = float(np.sqrt(np.einsum("ic,ic->i", force, force).max()))
        if largest <= max_force:
            return glass, evaluation, largest
        if (force * velocity).sum() > 0:
            downhill += 1
            velocity *= 1 - mixing
            velocity += mixing * np.linalg.norm(velocity) / np.linalg.norm(force) * force
            if downhill > _PATIENCE:
                time_step, mixing = min(_GROWTH * time_step, _LARGEST_STEP), _DECAY * mixing
        else:
            velocity[:] = 0.0
            time_step, mixing, downhill = max(_CUT * time_step, _SMALLEST_STEP), _MIXING, 0
        duration = time_step / largest_frequency(found)
        velocity += duration * force
        move = duration * velocity
        furthest = float(np.sqrt(np.einsum("ic,ic->i", move, move).max()))
        if furthest > step_cap:
            move *= step_cap / furthest
            velocity *= step_cap / furthest
        glass = glass.with_positions(glass.positions + move)
    raise NotConvergedError(
        f"a glass of {glass.n_particles} particles still has a force of {largest:.3g} after "
        f"{max_evaluations} force evaluations, above max_force = {max_force:.3g}. Allow more "
        "evaluations, or a larger force."
    )


class _List:
    """A pair list with a skin, made anew when it no longer holds."""

    def __init__(self, potential: PairPotential) -> None:
        self._potential = potential
        self._pairs: npt.NDArray[np.int32] | None = None
        self._made_at = np.zeros((0, 0))

    def interactions(self, glass: Glass) -> Interactions:
        reach = largest_range(self._potential, glass.species)
        skin = min(_SKIN * reach, max(0.0, 0.5 * float(glass.box.min()) - reach))
        if self._pairs is None or self._furthest(glass) >= 0.5 * skin:
            self._pairs = neighbor_pairs(glass, self._potential, skin)
            self._made_at = glass.positions
        return interactions(glass, self._potential, self._pairs)

    def _furthest(self, glass: Glass) -> float:
        moved = glass.positions - self._made_at
        return float(np.sqrt(np.einsum("ic,ic->i", moved, moved).max()))


def largest_frequency(found: Interactions) -> float:
    """An upper bound on omega_max, by Gershgorin: sqrt of twice the largest row sum."""
    stiffness = np.abs(found.g2) * found.squared_distances + np.abs(found.g1)
    rows = sum(np.bincount(ends, stiffness, found.n_particles) for ends in found.pairs.T)
    return float(np.sqrt(2.0 * np.max(rows))) or 1.0
