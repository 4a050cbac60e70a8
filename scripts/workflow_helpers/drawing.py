"""Write figures in every format that is asked for, atomically, with their provenance."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.figure import Figure

import workflow_helpers.checkout  # noqa: F401

from softfield.figures.style import save
from softfield.files.atomic import replaced_atomically


def write_figure(
    figure: Figure, paths: Iterable[str], resolution: int, provenance: Mapping[str, Any]
) -> None:
    """Write ``figure`` to each of ``paths``; the suffix chooses the format."""
    for path in paths:
        with replaced_atomically(path) as temporary:
            save(figure, temporary, resolution, json.dumps(provenance, sort_keys=True))
