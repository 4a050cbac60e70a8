"""What a block of the stage ``glasses`` holds of a glass, however it was made."""

import numpy as np

from workflow_helpers.job import Result

from softfield.glass import Glass


def glass_record(
    glass: Glass,
    energy_per_particle: float,
    pressure: float,
    max_force: float,
    **attributes: str | float,
) -> Result:
    """Arrays and attributes of a glass; ``attributes`` say where it comes from."""
    names = ("positions", "species", "box", "masses", "diameters")
    arrays = {name: getattr(glass, name) for name in names if getattr(glass, name) is not None}
    state = {
        "strain": glass.strain,
        "energy_per_particle": energy_per_particle,
        "pressure": pressure,
        "max_force": max_force,
    }
    return arrays, {**state, **attributes}


def relaxation(before: Glass, after: Glass) -> float:
    """Largest displacement of a particle between two configurations, length."""
    moved = after.minimum_image(after.positions - before.positions)
    return float(np.linalg.norm(moved, axis=1).max())
