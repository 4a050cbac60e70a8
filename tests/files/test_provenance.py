"""Provenance read back from files; tests/test_workflow.py reads that of a whole run."""

import json

import h5py
import matplotlib.pyplot as plt
import pandas as pd
import pytest

import softfield as sf
from softfield.errors import FileFormatError
from softfield.figures.style import save
from softfield.files.tables import write_table

MADE_BY = {"softfield": "0.0", "parameters": {"seed": 7, "words": 'quotes " and ε'}}


def test_of_a_table(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(path, pd.DataFrame({"a": [1]}), MADE_BY)
    assert sf.read_provenance(path) == MADE_BY
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(FileFormatError, match="carries no provenance"):
        sf.read_provenance(path)


def test_of_a_figure(tmp_path):
    path = tmp_path / "figure.png"
    save(plt.figure(), path, origin=json.dumps(MADE_BY))
    assert sf.read_provenance(path) == MADE_BY
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(FileFormatError, match="damaged"):
        sf.read_provenance(path)
    plt.figure().savefig(path)
    with pytest.raises(FileFormatError, match="carries no provenance"):
        sf.read_provenance(path)


@pytest.mark.parametrize("text", ["2024", '["a"]', '"x"', "[1]", "null"])
def test_of_a_picture_whose_description_is_something_else(tmp_path, text):
    save(plt.figure(), tmp_path / "figure.png", origin=text)
    with pytest.raises(FileFormatError, match="carries no provenance"):
        sf.read_provenance(tmp_path / "figure.png")


def test_of_other_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        sf.read_provenance(tmp_path / "none.png")
    with pytest.raises(FileFormatError, match="give a block"):
        sf.read_provenance(tmp_path / "figure.pdf")
    with h5py.File(tmp_path / "other.h5", "w"):
        pass
    with pytest.raises(FileFormatError):
        sf.read_provenance(tmp_path / "other.h5")
