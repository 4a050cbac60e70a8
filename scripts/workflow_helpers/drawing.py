"""Write figures in every format that is asked for, atomically, with their provenance."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.figure import Figure

from workflow_helpers.glass_map import GlassMap

from softfield.figures import BondMapData, save
from softfield.files import replaced_atomically


def bond_map(shown: GlassMap) -> BondMapData:
    """The interactions of a glass and their local thermal energies, to be drawn."""
    glass, field = shown.glass, shown.field
    return BondMapData(glass.positions, glass.box, field["pairs"], field["energy"])


def write_figure(
    figure: Figure, paths: Iterable[str], resolution: int, provenance: Mapping[str, Any]
) -> None:
    """Write ``figure`` to each of ``paths``; the suffix chooses the format."""
    for path in paths:
        with replaced_atomically(path) as temporary:
            save(figure, temporary, resolution, json.dumps(provenance, sort_keys=True))
