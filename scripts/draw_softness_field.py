"""Figure 3: local thermal energy, coarse-grained softness field and plastic events.

Input: block files, stages ``glasses``, ``fields`` and ``shear``, of a two-dimensional
ensemble. Output: the figure as PDF and PNG.
"""

from drawing import write_figure
from glass_map import read_glass_map
from job import job
from softfield.figures.bond_maps import softness_field
from softfield.softness.coarse_graining import coarse_grain
from softfield.softness.indicators import PairMap


def main(
    inputs: dict[str, str],
    outputs: list[str],
    realization: int,
    points_per_bin: int,
    label: str,
    resolution: int,
) -> None:
    """Draw realization ``realization``, or the next one that succeeded."""
    shown = read_glass_map(inputs["glasses"], inputs["fields"], realization, inputs["shear"])
    energies = PairMap(shown.field["pairs"], shown.field["energy"])
    field = coarse_grain(shown.glass, energies, points_per_bin)
    figure = softness_field(
        shown.bonds, field.values, shown.events["position"], f"{label}, {shown.title}"
    )
    write_figure(figure, outputs, resolution, shown.provenance)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "fields", "shear")},
            outputs=list(snakemake.output),
            realization=snakemake.params.realization,
            points_per_bin=snakemake.params.points_per_bin,
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
