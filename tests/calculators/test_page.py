"""The how-to page, followed to the letter."""

import re
from pathlib import Path

import numpy as np
import pytest

import softfield as sf

PAGE = Path(__file__).parents[2] / "docs" / "how_to" / "calculators.md"


def blocks():
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)


def test_ten_lines_are_ten():
    (ten,) = [block for block in blocks() if "build.bulk" in block]
    assert len(ten.splitlines()) == 10


@pytest.mark.slow
def test_the_page_runs_as_printed(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    np.random.seed(1)  # noqa: NPY002, which the dynamics of the page draws from
    names = {}
    for block in blocks():
        exec(block, names)
    # a glass: in the crystal that it is made from all atoms of an element are alike
    assert np.diff(np.sort(names["atoms"].get_potential_energies())).min() > 1e-6
    assert abs(names["field"].sum_rule_error) < 1e-6
    assert abs(names["response"].sum_rule_error) < 1e-6
    assert names["path"].complete
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert set(sf.read_values(tmp_path / "map.extxyz")) >= {"thermal_energy", "error"}
