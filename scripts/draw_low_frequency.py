"""Low-frequency modes, and the largest local thermal energy against the lowest of them.

Input: tables of frequencies of all blocks, and the summary, of an ensemble. Output: the
figure as PDF and PNG.
"""

import numpy as np

from columns import provenance_from_tables
from drawing import write_figure
from job import job
from softfield.evaluation import mode_counts
from softfield.figures import low_frequency
from softfield.tables import read_table, read_tables


def main(
    frequencies: list[str],
    summary: str,
    outputs: list[str],
    label: str,
    seed: int,
    n_resamples: int,
    resolution: int,
) -> None:
    """Draw the figure of one ensemble."""
    realizations = read_table(summary)
    counts = mode_counts(read_tables(frequencies), n_resamples, np.random.default_rng(seed))
    known = realizations.dropna(subset=["lowest_frequency", "largest_energy"])
    title = (
        f"{label}, $N$ = {int(realizations['n_particles'].max()):,}, "
        f"{counts.n_realizations:,} realizations; band: 95 % bootstrap"
    )
    figure = low_frequency(
        counts, known["lowest_frequency"].to_numpy(), known["largest_energy"].to_numpy(), title
    )
    write_figure(figure, outputs, resolution, provenance_from_tables(summary, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            frequencies=list(snakemake.input.frequencies),
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            seed=snakemake.params.seed,
            n_resamples=snakemake.params.n_resamples,
            resolution=snakemake.params.resolution,
        )
