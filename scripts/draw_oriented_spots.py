"""A glass with its soft modes as oriented marks, and its first event in every direction of shear.

Input: block files, stages ``glasses``, ``fields`` and ``shear``, of a two-dimensional ensemble
that is sheared in several directions. Output: the figure as PDF and PNG.
"""

import numpy as np

from workflow_helpers.drawing import write_figure
from workflow_helpers.events import event_places, of_direction
from workflow_helpers.glass_map import read_glass_map
from workflow_helpers.job import job
from workflow_helpers.pair_potential import Described, potential_of

from softfield.figures.diameters import drawn_diameters
from softfield.figures.oriented_spots import mode_marks
from softfield.response.soft_modes import soft_modes


def main(
    inputs: dict[str, str],
    outputs: list[str],
    described: Described,
    realization: int,
    event_location: str,
    resolution: int,
) -> None:
    """Draw realization ``realization``, or the next one that succeeded."""
    shown = read_glass_map(inputs["glasses"], inputs["fields"], realization, inputs["shear"])
    potential = potential_of(described, shown.glass)
    names = list(dict.fromkeys(np.asarray(shown.events["direction"]).astype(str)))
    first = {
        name: event_places(shown.glass, of_direction(shown.events, name), event_location)[0]
        for name in names
    }
    sizes = drawn_diameters(shown.glass, potential)
    figure = mode_marks(shown.glass, soft_modes(shown.glass, potential), first, sizes)
    write_figure(figure, outputs, resolution, shown.provenance)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "fields", "shear")},
            outputs=list(snakemake.output),
            described=snakemake.params.potential,
            realization=snakemake.params.realization,
            event_location=snakemake.params.event_location,
            resolution=snakemake.params.resolution,
        )
