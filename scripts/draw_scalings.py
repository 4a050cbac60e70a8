"""Scaling laws of localised modes and of plane waves, behind Eqs. 4 and 5.

Input: per ensemble the tables ``localised_modes``, ``mean_waves`` and ``scaling_fits`` of
fit_scalings, and the ``summary``. Output: the figure as PDF and PNG.
"""

from collections.abc import Mapping

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import sized_apart
from workflow_helpers.left_out import those_made

from softfield.figures.scalings import Scalings, scalings
from softfield.files.tables import read_table
from softfield.statistics.resampling import FITTED


def read_scalings(label: str, modes: str, waves: str, fits: str) -> Scalings:
    """Localised modes and plane waves of one ensemble."""
    localised, means, table = read_table(modes), read_table(waves), read_table(fits)
    fitted = table[table["status"] == FITTED].set_index(["quantity", "modes"])
    return Scalings(
        label=label,
        **{name: localised[name].to_numpy()
           for name in ("frequency", "energy", "single_mode", "coupling", "pull")},
        wave_frequency=means["frequency"].to_numpy(),
        wave_coupling=means["coupling"].to_numpy(),
        wave_pull=means["pull"].to_numpy(),
        exponents={of: (row["value"], row["lower"], row["upper"]) for of, row in fitted.iterrows()},
    )  # fmt: skip


def main(
    inputs: Mapping[str, list[str]], outputs: list[str], labels: list[str], resolution: int
) -> None:
    """Draw all ensembles; ``inputs`` has a list of paths, one per ensemble, for each table."""
    rows = zip(labels, *(inputs[name] for name in ("modes", "waves", "fits")), strict=True)
    figure = scalings(those_made(rows, read_scalings))
    write_figure(figure, outputs, resolution, provenance_from_tables(inputs["fits"][0], {}))


if __name__ == "__main__":
    with job(snakemake):
        names = ("modes", "waves", "fits")
        main(
            inputs={name: list(snakemake.input[name]) for name in names},
            outputs=list(snakemake.output),
            labels=sized_apart(
                snakemake.params.labels, snakemake.params.ensembles, snakemake.input.summary
            ),
            resolution=snakemake.params.resolution,
        )
