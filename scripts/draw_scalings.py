"""Scaling laws of localised modes and of plane waves, behind Eqs. 4 and 5.

Input: per ensemble the tables of check_scalings (``glasses``, ``modes``, ``waves``) of all blocks
that were checked, and the table ``scaling_fits``. Output: the figure as PDF and PNG.
"""

from collections.abc import Mapping
from typing import Any

from columns import provenance_from_tables
from drawing import write_figure
from grouped import grouped
from job import job
from softfield.figures.scalings import Scalings, scalings
from softfield.files.tables import read_table, read_tables
from softfield.statistics.resampling import FITTED
from softfield.statistics.scaling_laws import localised_of, mean_waves


def read_scalings(
    label: str,
    glasses: list[str],
    modes: list[str],
    waves: list[str],
    fits: str,
    settings: Mapping[str, Any],
) -> Scalings:
    """Localised modes and plane waves of one ensemble."""
    found = localised_of(read_tables(glasses), read_tables(modes), settings)
    means = mean_waves(read_tables(waves))
    table = read_table(fits)
    fitted = table[table["status"] == FITTED].set_index(["quantity", "modes"])
    return Scalings(
        label=label,
        **{name: found[name].to_numpy()
           for name in ("frequency", "energy", "single_mode", "coupling", "pull")},
        wave_frequency=means["frequency"].to_numpy(),
        wave_coupling=means["coupling"].to_numpy(),
        wave_pull=means["pull"].to_numpy(),
        exponents={of: (row["value"], row["lower"], row["upper"]) for of, row in fitted.iterrows()},
    )  # fmt: skip


def main(
    inputs: Mapping[str, list[list[str]]],
    fits: list[str],
    outputs: list[str],
    labels: list[str],
    settings: Mapping[str, Any],
    resolution: int,
) -> None:
    """Draw all ensembles; ``inputs`` has the paths of each for every table of check_scalings."""
    rows = zip(labels, inputs["glasses"], inputs["modes"], inputs["waves"], fits, strict=True)
    figure = scalings([read_scalings(*row, settings) for row in rows])
    write_figure(figure, outputs, resolution, provenance_from_tables(fits[0], {}))


if __name__ == "__main__":
    with job(snakemake):
        names = ("glasses", "modes", "waves")
        main(
            inputs={n: grouped(snakemake.input[n], snakemake.params.n_blocks) for n in names},
            fits=list(snakemake.input.fits),
            outputs=list(snakemake.output),
            labels=snakemake.params.labels,
            settings=snakemake.params.settings,
            resolution=snakemake.params.resolution,
        )
