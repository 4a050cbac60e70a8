"""Figure 1: thermal displacement and local thermal energy of one glass.

Input: block files, stages ``glasses`` and ``fields``, of a two-dimensional ensemble. Output:
the figure as PDF and PNG.
"""

from workflow_helpers.drawing import write_figure
from workflow_helpers.glass_map import read_glass_map
from workflow_helpers.job import job

from softfield.figures.bond_maps import displacement_and_energy


def main(
    glasses: str, fields: str, outputs: list[str], realization: int, label: str, resolution: int
) -> None:
    """Draw realization ``realization``, or the next one that succeeded."""
    shown = read_glass_map(glasses, fields, realization)
    figure = displacement_and_energy(shown.glass, shown.field, f"{label}, {shown.title}")
    write_figure(figure, outputs, resolution, shown.provenance)


if __name__ == "__main__":
    with job(snakemake):
        main(
            glasses=snakemake.input.glasses,
            fields=snakemake.input.fields,
            outputs=list(snakemake.output),
            realization=snakemake.params.realization,
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
