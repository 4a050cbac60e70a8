"""What the free parameters change in the prediction of first events.

Input: tables of ``compare_parameters`` and ``summary`` of an ensemble. Output: the figure as
PDF and PNG.
"""

import pandas as pd

from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import size_words

from softfield.figures.ranking import Score, parameter_study
from softfield.files.tables import read_table
from softfield.statistics.event_tables import COMPARED
from softfield.statistics.resampling import relied_upon

PANELS = {"F(1)": "$F_1(1)$", "F(2)": "$F_1(2)$", "mean percentile": "mean percentile"}
WORDS = {
    "default": "default",
    "points_per_bin": "points per bin",
    "common_bins": "one grid for both maps",
    "vicinity_radius": "vicinity radius",
    "event_location": "event",
    "modes": "modes",
}


def scores(table: pd.DataFrame, quantity: str) -> list[Score]:
    """One score of first events for every choice and map."""
    chosen = relied_upon(table[(table["quantity"] == quantity) & (table["ordinal"] == 1)])
    found = []
    for _, row in chosen.iterrows():
        setting = row["setting"].replace("_", " ").replace("True", "")
        name = f"{WORDS[row['parameter']]} {setting}".strip()
        ordinal = 1 + COMPARED.index(row["map"])
        found.append(Score(name, ordinal, row["value"], row["lower"], row["upper"]))
    return found


def main(study: str, summary: str, outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure of one ensemble."""
    table, realizations = read_table(study), read_table(summary)
    title = (
        f"{label}, {size_words(realizations)}, first events of "
        f"{int(table['n_realizations'].max()):,} realizations; 95 % intervals"
    )
    panels = {label: scores(table, quantity) for quantity, label in PANELS.items()}
    figure = parameter_study(panels, title)
    write_figure(figure, outputs, resolution, provenance_from_tables(study, {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            study=snakemake.input.parameter_study,
            summary=snakemake.input.summary,
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
