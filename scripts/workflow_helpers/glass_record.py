"""What a block of the stage ``glasses`` holds of a glass, however it was made."""

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
