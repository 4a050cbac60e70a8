"""Score the plastic events of a block for other choices of every free parameter.

Input: block files, stages ``glasses``, ``fields`` and ``shear``. Output: a table as that of
``score_events``, for the maps ``lte`` and ``nm``, with the columns ``parameter`` and
``setting``: the default choice, and one parameter at a time changed (``modes`` is the number
of normal modes in the map; with ``common_bins`` maps of particles become maps of pairs, the mean
of both ends, so that all maps lie on the bins that the pairs have).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.events import event_places
from workflow_helpers.job import job, logger
from workflow_helpers.pair_potential import Described, potential_of

from softfield.errors import SoftfieldError
from softfield.files.blocks import Record, read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.glass import Glass, ThermalEnergy
from softfield.potentials.pair_potential import PairPotential
from softfield.response.modes import NormalModes, mode_map, normal_modes
from softfield.softness.indicators import Map
from softfield.softness.scores import on_common_bins, score_map

Settings = Mapping[str, Any]


def choices(default: Settings, study: Mapping[str, list]) -> Iterator[tuple[str, str, Settings]]:
    """Name of the parameter, its setting, and all settings: the default first, each once."""
    yield "default", "", default
    for parameter, values in study.items():
        for value in dict.fromkeys(values):
            yield parameter, str(value), {**default, parameter: value}


def scored(glass: Glass, field: Map, places: Any, settings: Settings) -> pd.DataFrame:
    """Scores of the events of one glass against one map; empty, and logged, on failure."""
    try:
        found = score_map(
            glass, field, places, settings["vicinity_radius"], settings["points_per_bin"]
        )
    except SoftfieldError as error:
        logger.warning("left out: %s: %s", type(error).__name__, error)
        return pd.DataFrame()
    return pd.DataFrame(asdict(found))


def lowest_modes(
    glass: Glass, potential: PairPotential, count: int, masses: Literal["unit", "glass"]
) -> NormalModes | None:
    """Its normal modes; none, and logged, on failure."""
    try:
        return normal_modes(glass, potential, count, masses=masses)
    except SoftfieldError as error:
        logger.warning("left out: %s: %s", type(error).__name__, error)
        return None


def rows_of(
    glass: Glass,
    events: Record,
    field: ThermalEnergy,
    modes: NormalModes,
    chosen: Iterable[tuple[str, str, Settings]],
) -> Iterator[pd.DataFrame]:
    """Scores of the events of one glass, for every choice and both maps."""
    for parameter, setting, settings in chosen:
        places = event_places(glass, events, settings["event_location"])
        of_modes = mode_map(modes.lowest(settings["modes"]))
        maps: dict[str, Map] = {"lte": field.mapped(field.energy), "nm": of_modes}
        for name, own in maps.items():
            shown = on_common_bins(own, field) if settings["common_bins"] else own
            rows = scored(glass, shown, places, settings)
            if len(rows):
                labels = {"parameter": parameter, "setting": setting, "map": name}
                directions = events["direction"].astype(str)  # bytes in a block
                yield rows.assign(**labels, direction=directions, ordinal=events["ordinal"])


def main(
    inputs: Mapping[str, str],
    output: str,
    described: Described,
    default: Settings,
    study: Mapping[str, list],
    realizations: int,
) -> None:
    """Write the scores of the first ``realizations`` of the ensemble for every choice."""
    count = max([default["modes"], *study.get("modes", [])])
    masses = default.get("masses", "unit")
    parts = []
    with (
        read_block(inputs["glasses"], "glasses") as g,
        read_block(inputs["fields"], "fields") as f,
        read_block(inputs["shear"], "shear") as s,
    ):
        parameters = {**f.provenance["parameters"], **s.provenance["parameters"]}
        known = {*f.indices} & {*s.indices}
        for index in sorted(index for index in known if index < realizations):
            glass = g.glass(index)
            modes = lowest_modes(glass, potential_of(described, glass), count, masses)
            if modes is not None:
                chosen = choices(default, study)
                found = rows_of(glass, s[index], f.field(index), modes, chosen)
                parts += [rows.assign(realization=index) for rows in found]
    made = provenance({**parameters, "statistics": {**default, "study": dict(study)}})
    write_table(output, stacked(parts, {"realization": int, "map": str, "ordinal": int}), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs={name: snakemake.input[name] for name in ("glasses", "fields", "shear")},
            output=snakemake.output[0],
            described=snakemake.params.potential,
            default=snakemake.params.default,
            study=snakemake.params.study,
            realizations=snakemake.params.realizations,
        )
