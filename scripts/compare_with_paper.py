"""The table *paper versus measured*, in Markdown and Parquet.

Input: per ensemble the summary, the tail fits, and where there is one the estimates of the
prediction, the scaling fits, the exact statements, the pair energies by dynamics, the estimates of
forces, what the argument takes for granted, where glasses are sheared in several directions the
orientations, and where they are watched at temperatures barriers and estimates. Output: a row for
every claim of the paper and every ensemble that bears on it, and a page that has the five central
claims, every claim once, every row, the rule of the verdicts, and what goes beyond the paper.
"""

from collections.abc import Mapping
from pathlib import Path

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job
from workflow_helpers.left_out import tables_made

from softfield.files.atomic import replaced_atomically
from softfield.files.tables import write_table
from softfield.paper import as_markdown, compare_with_paper
from softfield.statistics.beyond import beyond_the_paper

#: Kinds of tables, by the names that compare_with_paper has for them.
GROUPS = ("summaries", "fits", "estimates", "scalings", "identities", "dynamics", "forces",
          "orientations", "premises", "barriers", "thermal")  # fmt: skip


def main(
    inputs: Mapping[str, Mapping[str, str]],
    outputs: tuple[str, str],
    min_realizations: int,
    laws: Mapping[str, str],
) -> None:
    """Write the comparison (table, page); ``inputs`` has paths by group and ensemble."""
    tables = {
        group: {
            ensemble: table for ensemble, path in paths.items() for table in tables_made([path])
        }
        for group, paths in inputs.items()
    }
    compared = compare_with_paper(tables, min_realizations, laws)
    made = provenance_from_tables(next(iter(inputs["summaries"].values())), {})
    write_table(outputs[0], compared, made)
    with replaced_atomically(Path(outputs[1])) as temporary:
        temporary.write_text(as_markdown(compared, min_realizations, beyond_the_paper(tables)))


if __name__ == "__main__":
    with job(snakemake):
        names = snakemake.params.ensembles
        main(
            inputs={g: dict(zip(names[g], snakemake.input[g], strict=True)) for g in GROUPS},
            outputs=(snakemake.output.table, snakemake.output.page),
            min_realizations=snakemake.params.min_realizations,
            laws=snakemake.params.laws,
        )
