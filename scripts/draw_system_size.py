"""Scores of the local thermal energy and of the normal modes against N, first events.

Input: the table of ``compare_system_sizes``. Output: the figure as PDF and PNG.
"""

import pandas as pd

from workflow_helpers.bands import points_along, score_points
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.figures.curves import Points
from softfield.figures.system_size import system_size
from softfield.files.tables import read_table
from softfield.statistics.event_tables import EVENTS

PANELS = {
    "F(1)": "$F_1(1)$",
    "excess F(1)": "$F_1(1)$ less chance",
    "excess F(2)": "$F_1(2)$ less chance",
    "mean percentile": "mean percentile",
    "mean spot_fraction": "mean rank / number of spots",
}
MARKS = {"1": 2, "2": 3}  # Delta eps -> series


def ratios(table: pd.DataFrame) -> list[Points]:
    """The ratios LTE / NM at Delta eps fixed beforehand, of events."""
    events = table[table["source"] == EVENTS]
    series = [
        points_along(events[events["quantity"] == f"ratio at delta_epsilon {mark}"],
                     "n_particles", rf"at $\Delta\varepsilon$ = {mark}", k)
        for mark, k in MARKS.items()
    ]  # fmt: skip
    return [points for points in series if points.curve.x.size]


def main(table: str, outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure."""
    first = read_table(table)
    first = first[first["ordinal"] == 1]
    panels = {words: score_points(first, name, "n_particles") for name, words in PANELS.items()}
    panels["$F_1$ ratio LTE / NM"] = ratios(first)
    sizes = first.groupby("n_particles")["n_realizations"].max()
    listed = ", ".join(f"{n:,} glasses of $N$ = {size:,}" for size, n in sizes.items())
    title = f"{label}, first events: {listed}; 95 % intervals"
    figure = system_size({k: v for k, v in panels.items() if v}, title)
    write_figure(figure, outputs, resolution, provenance_from_tables(table, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            table=snakemake.input.table,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
