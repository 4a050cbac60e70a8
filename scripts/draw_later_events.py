"""F_n of all recorded events, first to last: curves, ratios, and scores against n.

Input: tables ``curves``, ``ratios``, ``estimates`` and ``summary`` of an ensemble. Output: the
figure as PDF and PNG.
"""

from workflow_helpers.bands import WORDS, event_bands, events_title, score_points
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job

from softfield.figures.prediction import later_events
from softfield.files.tables import read_table
from softfield.statistics.event_tables import COMPARED

PANELS = {
    "excess F(1)": "$F_n(1)$ less chance",
    "excess F(2)": "$F_n(2)$ less chance",
    "mean percentile": "mean percentile",
}


def main(tables: dict[str, str], outputs: list[str], label: str, resolution: int) -> None:
    """Draw the figure of one ensemble; ``tables`` are paths by name."""
    curves, ratios = read_table(tables["curves"]), read_table(tables["ratios"])
    estimates = read_table(tables["estimates"])
    last = int(curves["ordinal"].max())
    fractions = {
        words: event_bands(curves[curves["map"] == name], "delta_epsilon", "fraction", last)
        for name, words in WORDS.items()
        if name in COMPARED
    }
    of_events = estimates[estimates["ordinal"] > 0]
    figure = later_events(
        {name: bands for name, bands in fractions.items() if bands},
        event_bands(ratios, "delta_epsilon", "ratio", last) if len(ratios) else [],
        {words: score_points(of_events, name, "ordinal") for name, words in PANELS.items()},
        events_title(label, read_table(tables["summary"]), curves, last),
    )
    write_figure(figure, outputs, resolution, provenance_from_tables(tables["curves"], {}))


if __name__ == "__main__":
    with job(snakemake):
        names = ("curves", "ratios", "estimates", "summary")
        main(
            tables={name: snakemake.input[name] for name in names},
            outputs=list(snakemake.output),
            label=snakemake.params.label,
            resolution=snakemake.params.resolution,
        )
