"""Tables survive the disk with their provenance, or say what is wrong."""

import numpy as np
import pandas as pd
import pytest

from softfield.errors import FileFormatError
from softfield.files.tables import read_table, read_tables, table_provenance, write_table


def table(first=0):
    return pd.DataFrame(
        {"realization": np.arange(first, first + 3), "energy": [0.1, -2.5, 1e300],
         "map": ["lte", "nm", "lte"]}
    )  # fmt: skip


def test_table_and_provenance_come_back(tmp_path):
    path = tmp_path / "deep" / "table.parquet"
    made = {"softfield": "0.1.0", "parameters": {"seed": 7, "maps": ["lte"]}}
    write_table(path, table(), made)
    pd.testing.assert_frame_equal(read_table(path), table(), check_dtype=False)
    assert table_provenance(path) == made
    assert [p.name for p in path.parent.iterdir()] == ["table.parquet"]  # nothing temporary


def test_several_tables_are_stacked(tmp_path):
    paths = [tmp_path / f"{k}.parquet" for k in range(2)]
    for k, path in enumerate(paths):
        write_table(path, table(3 * k), {})
    assert read_tables(paths)["realization"].tolist() == list(range(6))


def test_damaged_and_missing_tables_are_named(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(path, table(), {})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileFormatError, match=r"table\.parquet .* run\s+the workflow again"):
        read_table(path)
    with pytest.raises(FileNotFoundError, match="absent"):
        read_table(tmp_path / "absent.parquet")


def test_table_without_provenance_has_none(tmp_path):
    path = tmp_path / "foreign.parquet"
    table().to_parquet(path)
    assert table_provenance(path) == {}
