"""Back from a figure, a table or a block to what made it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from PIL import Image

from .blocks import read_block
from .errors import FileFormatError
from .tables import table_provenance

#: Kinds of files that tell their provenance.
SUFFIXES = (".h5", ".parquet", ".png")


def read_provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What made a file of the workflow: version, commit, packages, parameters and seed.

    Reads blocks (.h5), tables (.parquet) and figures (.png; the PDF beside one has the same among
    its keywords). :func:`softfield.provenance.provenance` describes the keys. The seed of a single
    glass is an attribute of its realization.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is damaged, of another kind, or without provenance.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise FileFormatError(
            f"{path} has no provenance that could be read: give a block (.h5), a table (.parquet) "
            "or a figure (.png)."
        )
    found = {".h5": _of_block, ".parquet": table_provenance, ".png": _of_figure}[path.suffix](path)
    if not found:
        raise FileFormatError(f"{path} carries no provenance: it is not from softfield's workflow.")
    return found


def _of_block(path: Path) -> dict[str, Any]:
    with read_block(path) as block:
        return dict(block.provenance)


def _of_figure(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise FileNotFoundError(f"there is no figure {path}")
    try:
        with Image.open(path) as image:
            return dict(json.loads(image.info.get("Description") or "{}"))
    except (OSError, json.JSONDecodeError) as error:
        raise FileFormatError(f"{path} is damaged, or no figure of softfield ({error}).") from error
