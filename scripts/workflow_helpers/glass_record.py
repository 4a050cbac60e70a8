"""What a block of the stage ``glasses`` holds of a glass, however it was made."""

from workflow_helpers.job import Result

from softfield.glass import Glass
from softfield.mechanics import energy, forces, pressure
from softfield.minimize import largest_force
from softfield.potentials import PairPotential


def glass_record(glass: Glass, potential: PairPotential, **attributes: str | float) -> Result:
    """Arrays and attributes of a glass; ``attributes`` say where it comes from."""
    arrays = {"positions": glass.positions, "species": glass.species, "box": glass.box}
    state = {
        "strain": glass.strain,
        "energy_per_particle": energy(glass, potential) / glass.n_particles,
        "pressure": pressure(glass, potential),
        "max_force": largest_force(forces(glass, potential)),
    }
    return arrays, {**state, **attributes}
