"""How the prediction of plastic events depends on the number of particles.

Input: tables ``estimates`` and ``summary`` of ensembles of several sizes. Output: one table with
the estimates of the local thermal energy, the normal modes and their ratio, and the columns
``ensemble`` and ``n_particles``, the mean of the ensemble. Ensembles whose glasses differ in size
by more than SPREAD, as some of one's own may, are left out.
"""

from collections.abc import Mapping

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.job import job, logger
from workflow_helpers.left_out import tables_made

from softfield.errors import TooFewDataError
from softfield.files.tables import read_table, write_table
from softfield.statistics.event_tables import system_size_table

#: Largest difference of N within an ensemble that has a size, relative to the mean.
SPREAD = 0.05


def main(estimates: Mapping[str, str], summaries: Mapping[str, str], output: str) -> None:
    """Write the table; both inputs are paths by ensemble."""
    tables = {n: table for n, path in estimates.items() for table in tables_made([path])}
    numbers = {name: read_table(summaries[name])["n_particles"].dropna() for name in tables}
    sizes = {}
    for name, among in numbers.items():
        if among.max() - among.min() <= SPREAD * among.mean():
            sizes[name] = round(among.mean())
        else:
            logger.warning(
                "%s is left out: its glasses have from %d to %d particles, which is no size",
                name, among.min(), among.max(),
            )  # fmt: skip
    if len(sizes) < 2:
        raise TooFewDataError(
            f"events are predicted in {len(tables)} of {len(estimates)} ensembles, of which "
            f"{len(sizes)} have glasses of one size; a dependence on the size needs two."
        )
    tables = {name: tables[name] for name in sizes}
    table = system_size_table(tables, sizes)
    shown = table[(table["source"] == "events") & (table["ordinal"] == 1)]
    columns = ["n_particles", "map", "quantity", "value", "lower", "upper", "n_events"]
    logger.info("first events:\n%s", shown[columns].to_string())
    made = provenance_from_tables(next(iter(estimates.values())), {"ensembles": list(sizes)})
    write_table(output, table, made)


if __name__ == "__main__":
    with job(snakemake):
        names = snakemake.params.ensembles
        main(
            estimates=dict(zip(names, snakemake.input.estimates, strict=True)),
            summaries=dict(zip(names, snakemake.input.summaries, strict=True)),
            output=snakemake.output[0],
        )
