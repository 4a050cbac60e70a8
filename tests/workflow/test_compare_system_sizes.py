"""Which ensembles have a size, and which that is."""

import pandas as pd
import pytest

import compare_system_sizes
from softfield.errors import TooFewDataError
from softfield.files.tables import read_table, write_table

ESTIMATES = pd.DataFrame(
    {
        "map": ["lte", "nm"], "source": "events", "ordinal": 1, "quantity": "mean percentile",
        "value": [0.7, 0.8], "lower": 0.6, "upper": 0.9, "n_events": 3, "n_realizations": 3,
    }
)  # fmt: skip


def compared(tmp_path, sizes):
    """The table of ensembles of glasses of these N."""
    paths = {}
    for name, numbers in sizes.items():
        paths[name] = tmp_path / f"{name}.parquet", tmp_path / f"{name}_summary.parquet"
        write_table(paths[name][0], ESTIMATES, {"parameters": {}})
        write_table(paths[name][1], pd.DataFrame({"n_particles": numbers}), {})
    output = tmp_path / "system_size.parquet"
    estimates, summaries = ({name: str(both[k]) for name, both in paths.items()} for k in (0, 1))
    compare_system_sizes.main(estimates, summaries, str(output))
    return read_table(output)


def test_an_ensemble_of_several_sizes_has_none(tmp_path):
    sizes = {"small": [198, 200, 199], "mixed": [200, 2000, 900], "large": [1600] * 3}
    found = compared(tmp_path, sizes)
    assert found.groupby("ensemble")["n_particles"].first().to_dict() == {
        "small": 199, "large": 1600,
    }  # fmt: skip


def test_a_dependence_needs_two_sizes(tmp_path):
    with pytest.raises(TooFewDataError, match="1 have glasses of one size"):
        compared(tmp_path, {"mixed": [200, 2000, 900], "large": [1600] * 3})
