"""The names that the library knows, for the planning of a run: models, indicators, directions.

The library's own registries say what there is; nothing is listed here. To import them takes a third
of a second, because compiled kernels come with them, and every job would pay: what the workflow
needs of them is kept for as long as no module of the library changes.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from kept import kept

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "softfield"


@cache
def registries() -> dict[str, Any]:
    """Names, but for the models a section for each.

    ``models`` (label, dimension, reach, ... and protocol); ``indicators`` (name -> label) and those
    of them that need a sum over pairs, ``pair_indicators``; ``formats`` of files with glasses;
    ``directions`` of shear (name -> number of dimensions from which there is one);
    ``force_tolerance`` (largest force that counts as a minimum where no other is given).
    """
    files = [*PACKAGE.rglob("*.py"), Path(__file__).resolve()]
    return kept("registries", files, read_registries)


def read_registries() -> dict[str, Any]:
    """The same from the library."""
    from softfield.files.formats import FORMATS
    from softfield.mechanics.derivatives import FORCE_TOLERANCE
    from softfield.mechanics.directions import direction_names
    from softfield.potentials.models import MODELS
    from softfield.softness.indicators import INDICATORS

    models = {
        name: {
            "label": model.label,
            "dimension": model.dimension,
            "density": model.density,
            "reach": float(model.potential.ranges.max()),
            "n_species": model.potential.n_species,
            "protocol": asdict(model.protocol),
        }
        for name, model in MODELS.items()
    }
    return {
        "models": models,
        "indicators": {name: one.label for name, one in INDICATORS.items()},
        "pair_indicators": [name for name, one in INDICATORS.items() if one.of_pairs],
        "formats": [one.name for one in FORMATS],
        "directions": {name: d for d in (3, 2) for name in direction_names(d)},
        "force_tolerance": FORCE_TOLERANCE,
    }
