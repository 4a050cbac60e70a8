"""How positions and provenance appear in the tables of the statistics."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import workflow_helpers.checkout  # noqa: F401

from softfield.files.blocks import Block
from softfield.files.provenance import provenance
from softfield.files.tables import table_provenance

AXES = "xyz"


def vector_columns(name: str, vectors: npt.ArrayLike, dimension: int) -> dict[str, npt.NDArray]:
    """Columns x, y(, z), with ``name`` and an underscore before them, of vectors (K, d)."""
    rows = np.asarray(vectors, dtype=np.float64).reshape(-1, dimension)
    prefix = f"{name}_" if name else ""
    return {f"{prefix}{axis}": rows[:, k] for k, axis in enumerate(AXES[:dimension])}


def provenance_from_tables(path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance of a table made from others: their parameters beside ``parameters``."""
    earlier = table_provenance(path).get("parameters", {})
    return provenance({**earlier, **parameters})


def stacked(parts: list[pd.DataFrame], columns: Mapping[str, type]) -> pd.DataFrame:
    """The tables one below the other; without any, an empty table of these columns."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat(parts, ignore_index=True)


def provenance_from_block(block: Block) -> dict[str, Any]:
    """Provenance of what is made from a block: its parameters."""
    return provenance(block.provenance["parameters"])
