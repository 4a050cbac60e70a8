"""The table *paper versus measured*, in Markdown and Parquet.

Input: per ensemble the summary, the tail fits, and where there is one the estimates of the
prediction. Output: a row for every quantitative claim of the paper: its value, ours with a
bootstrap interval, the number of realizations, N, and a verdict by the rule printed below it.
"""

from collections.abc import Mapping
from pathlib import Path

from columns import provenance_from_tables
from job import job
from softfield.files import replaced_atomically
from softfield.paper import as_markdown, compare_with_paper
from softfield.tables import read_table, write_table


def main(
    summaries: Mapping[str, str],
    fits: Mapping[str, str],
    estimates: Mapping[str, str],
    outputs: tuple[str, str],
    min_realizations: int,
) -> None:
    """Write the comparison; the inputs are paths by ensemble, ``outputs`` (table, page)."""
    compared = compare_with_paper(
        *({name: read_table(path) for name, path in group.items()}
          for group in (summaries, fits, estimates)),
        min_realizations,
    )  # fmt: skip
    made = provenance_from_tables(next(iter(summaries.values())), {})
    write_table(outputs[0], compared, made)
    with replaced_atomically(Path(outputs[1])) as temporary:
        temporary.write_text(as_markdown(compared, min_realizations))


if __name__ == "__main__":
    with job(snakemake):
        names = snakemake.params
        main(
            summaries=dict(zip(names.ensembles, snakemake.input.summaries, strict=True)),
            fits=dict(zip(names.fitted, snakemake.input.fits, strict=True)),
            estimates=dict(zip(names.predicted, snakemake.input.estimates, strict=True)),
            outputs=(snakemake.output.table, snakemake.output.page),
            min_realizations=snakemake.params.min_realizations,
        )
