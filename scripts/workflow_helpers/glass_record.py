"""What a block of the stage ``glasses`` holds of a glass, however it was made."""

from workflow_helpers.job import Result

from softfield.glass import Glass
from softfield.mechanics.derivatives import energy, forces, pressure
from softfield.potentials.pair_potential import PairPotential
from softfield.preparation.minimisation import largest_force


def glass_record(glass: Glass, potential: PairPotential, **attributes: str | float) -> Result:
    """Arrays and attributes of a glass; ``attributes`` say where it comes from."""
    names = ("positions", "species", "box", "masses", "diameters")
    arrays = {name: getattr(glass, name) for name in names if getattr(glass, name) is not None}
    state = {
        "strain": glass.strain,
        "energy_per_particle": energy(glass, potential) / glass.n_particles,
        "pressure": pressure(glass, potential),
        "max_force": largest_force(forces(glass, potential)),
    }
    return arrays, {**state, **attributes}
