"""How well rearrangements are predicted, against temperature at rest and against the rate of shear.

Input: tables ``thermal_estimates`` and ``passages`` of an ensemble, or of several that share no
temperature and rate, and its ``summary``. Output: the figure as PDF and PNG.
"""

from collections.abc import Mapping, Sequence

from workflow_helpers.bands import points_along, score_points
from workflow_helpers.columns import provenance_from_tables
from workflow_helpers.drawing import write_figure
from workflow_helpers.job import job
from workflow_helpers.labels import sized

from softfield.figures.curves import Points
from softfield.figures.style import RATE, TEMPERATURE
from softfield.figures.temperature import against_temperature
from softfield.files.tables import read_tables

#: Quantity -> its name in the figure, with the distance within which a first choice is right.
PANELS = {
    "F(1)": "$F_1(1)$",
    "mean percentile": "mean percentile",
    "first choice near": r"first choice within {:g} $\sigma$",
}

#: Maps that are shown, those of the paper first.
SHOWN = ("lte", "nm", "barrier", "soft_modes")

LEFT = "share that rearranged"


def main(
    estimates: Sequence[str],
    passages: Sequence[str],
    outputs: list[str],
    label: str,
    near: float,
    maps: Mapping[str, str],
    resolution: int,
) -> None:
    """Draw the figure; ``maps`` are the labels of the maps."""
    scores, left = read_tables(estimates), read_tables(passages)
    scores, left = scores[scores["ordinal"] == 1], left[left["quantity"] == "left"]
    shown = {name: maps[name] for name in SHOWN if name in maps}
    panels: dict[str, dict[str, list[Points]]] = {}
    for words, along, sheared in (
        (f"{TEMPERATURE}, at rest", "temperature", False),
        (RATE, "rate", True),
    ):
        rows, of_glasses = (table[(table["rate"] > 0) == sheared] for table in (scores, left))
        if rows.empty:
            continue
        if sheared:  # along the rate, at the lowest of the temperatures
            coldest = rows["temperature"].min()
            rows, of_glasses = (t[t["temperature"] == coldest] for t in (rows, of_glasses))
            words += f", $T$ = {coldest:g}"
        panels[words] = {
            name.format(near): score_points(rows, quantity, along, shown)
            for quantity, name in PANELS.items()
        }
        panels[words][LEFT] = [points_along(of_glasses, along, "left the minimum", 6)]
    counts = sorted(set(left["n_realizations"].astype(int)))
    number = " and ".join(f"{count:,}" for count in counts)
    caption = f"{label}: first rearrangements of {number} glasses; 95 % intervals"
    figure = against_temperature(panels, caption)
    write_figure(figure, outputs, resolution, provenance_from_tables(estimates[0], {}))


if __name__ == "__main__":
    with job(snakemake):
        main(
            estimates=list(snakemake.input.estimates),
            passages=list(snakemake.input.passages),
            outputs=list(snakemake.output),
            label=sized(snakemake.params.label, snakemake.input.summary[0]),
            near=snakemake.params.near,
            maps=snakemake.params.maps,
            resolution=snakemake.params.resolution,
        )
