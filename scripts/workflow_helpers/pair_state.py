"""Energy, pressure and forces of a glass, as a block of the stage ``glasses`` holds them."""

import workflow_helpers.checkout  # noqa: F401

from softfield.glass import Glass
from softfield.mechanics.derivatives import energy, forces, pressure
from softfield.potentials.pair_potential import PairPotential
from softfield.preparation.minimisation import largest_force


def pair_state(glass: Glass, potential: PairPotential) -> dict[str, float]:
    """The arguments of ``glass_record`` that the potential gives."""
    return {
        "energy_per_particle": energy(glass, potential) / glass.n_particles,
        "pressure": pressure(glass, potential),
        "max_force": largest_force(forces(glass, potential)),
    }
