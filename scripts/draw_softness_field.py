"""Figure 3: local thermal energy, coarse-grained softness field and plastic events.

Input: block files, stages ``glasses``, ``fields`` and ``shear``, of a two-dimensional
ensemble; of several directions of shear the events of one are shown. Output: the figure as PDF and
PNG.
"""

from workflow_helpers.drawing import write_figure
from workflow_helpers.events import event_places, of_direction
from workflow_helpers.glass_map import read_glass_map
from workflow_helpers.job import job

from softfield.figures.bond_maps import softness_field
from softfield.softness.coarse_graining import coarse_grain


def main(
    inputs: dict[str, str],
    outputs: list[str],
    realization: int,
    points_per_bin: int,
    event_location: str,
    direction: str,
    label: str,
    resolution: int,
) -> None:
    """Draw realization ``realization``, or the next one that succeeded."""
    shown = read_glass_map(inputs["glasses"], inputs["fields"], realization, inputs["shear"])
    coarse = coarse_grain(shown.glass, shown.field, points_per_bin)
    events = of_direction(shown.events, direction)
    places = event_places(shown.glass, events, event_location)
    title = f"{label}, {shown.title}"
    figure = softness_field(shown.glass, shown.field, coarse.values, places, title)
    write_figure(figure, outputs, resolution, shown.provenance)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "fields", "shear")},
            outputs=list(snakemake.output),
            realization=snakemake.params.realization,
            points_per_bin=snakemake.params.points_per_bin,
            event_location=snakemake.params.event_location,
            direction=snakemake.params.direction,
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
