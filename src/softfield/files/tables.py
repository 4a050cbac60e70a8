"""Tables in Parquet files that carry their provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import FileFormatError, LeftOutError
from .atomic import PathLike, replaced_atomically

_KEY, _LEFT_OUT = b"softfield", b"softfield left out"


def write_table(path: PathLike, table: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
    """Write a table; nothing appears at ``path`` before it is complete.

    ``provenance`` (JSON-compatible) goes into the file's metadata under ``softfield``.
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {**(arrow.schema.metadata or {}), _KEY: json.dumps(provenance).encode()}
    with replaced_atomically(path) as temporary:
        described = arrow.replace_schema_metadata(metadata)
        pq.write_table(described, temporary, **_encoding(arrow.schema))


def _encoding(schema: pa.Schema) -> dict[str, Any]:
    """The first bytes of all floats, then the second ones: zstd makes a third less of them."""
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    return {
        "compression": "zstd",
        "use_byte_stream_split": floats,
        "use_dictionary": [name for name in schema.names if name not in floats],
    }


def write_left_out(path: PathLike, reason: str, provenance: Mapping[str, Any]) -> None:
    """Write, in place of a table, the reason why there is none; :func:`read_table` raises it."""
    arrow = pa.table({}).replace_schema_metadata(
        {_KEY: json.dumps(provenance).encode(), _LEFT_OUT: reason.encode()}
    )
    with replaced_atomically(path) as temporary:
        pq.write_table(arrow, temporary)


def read_table(path: PathLike) -> pd.DataFrame:
    """Read a table.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is damaged or no Parquet file.
    LeftOutError
        If the step that makes the table left it out: what was missing, as that step said it.
    """
    table = _read(path)
    reason = (table.schema.metadata or {}).get(_LEFT_OUT)
    if reason is not None:
        raise LeftOutError(reason.decode())
    return table.to_pandas()


def read_tables(paths: Iterable[PathLike]) -> pd.DataFrame:
    """Several tables of the same columns, one below the other."""
    return pd.concat([read_table(path) for path in paths], ignore_index=True)


def table_provenance(path: PathLike) -> dict[str, Any]:
    """The provenance that a table was written with; empty if it has none."""
    metadata = _read(path).schema.metadata or {}
    return json.loads(metadata.get(_KEY, b"{}"))


def _read(path: PathLike) -> pa.Table:
    if not Path(path).exists():
        raise FileNotFoundError(f"there is no table {path}")
    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FileFormatError(
            f"{path} is truncated, damaged or not a Parquet file ({error}). Delete it and run "
            "the workflow again: it is made anew."
        ) from error
