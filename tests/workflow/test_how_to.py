"""The how-to pages are programs: each is followed to the letter in a copy of the checkout.

A page says "Make `FILE`:", "Append to `FILE`:" or "Insert into `FILE` after `LINE`:", and the next
code block is what to write. All pages are followed in one copy, one after the other, and one run of
a tiny configuration must show what each of them promises, and make no more than that.
"""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from conftest import REPOSITORY, made_once
from runs import copied_checkout, git, snakemake, tiny_config
from softfield.files.blocks import read_block
from softfield.files.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

PAGES = REPOSITORY / "docs" / "how_to"

STEP = re.compile(
    r"(?P<verb>Make|Append to|Insert into) `(?P<file>[^`]+)`(?: after `(?P<line>[^`]+)`)?:\s*?\n\n"
    r"(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^ *```",
    re.M | re.S,
)


def steps(page: str) -> list[dict[str, str]]:
    """What a page says to write, in order."""
    text = (PAGES / page).read_text()
    found = [match.groupdict() for match in STEP.finditer(text)]
    assert len(found) == len(re.findall(r"(Make|Append to|Insert into)\s+`", text))
    return found


def follow(page: str, checkout: Path) -> None:
    """Do what a page says."""
    for step in steps(page):
        path = checkout / step["file"]
        code = "".join(
            line.removeprefix(step["indent"]) for line in step["code"].splitlines(keepends=True)
        )
        match step["verb"]:
            case "Make":
                assert not path.exists()
                path.write_text(code)
            case "Append to":
                path.write_text(f"{path.read_text()}\n\n{code}")
            case "Insert into":
                before, anchor, after = path.read_text().partition(f"{step['line']}\n")
                assert anchor, f"{page}: {step['file']} has no line {step['line']}"
                path.write_text(before + anchor + code + after)


@pytest.fixture(scope="module")
def followed(tmp_path_factory) -> Path:
    """A folder with a run of a copy of the checkout in which every page was followed."""
    return made_once(tmp_path_factory, "how_to", run_with_every_page)


def run_with_every_page(folder: Path) -> None:
    """Follow the pages in a copy of the checkout and run a tiny configuration."""
    checkout = copied_checkout(folder / "checkout")
    for page in ("indicator.md", "model.md", "figure.md", "stage.md"):
        follow(page, checkout)
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message", "followed")
    overlays = [yaml.safe_load((checkout / f"my_{name}.yaml").read_text())
                for name in ("indicator", "model")]  # fmt: skip
    tiny = yaml.safe_load(tiny_config(folder, realizations=2, per_job=2).read_text())
    tiny["ensembles"] |= overlays[1]["ensembles"]
    tiny["ensembles"]["2dsoft"]["stages"] = ["fields", "elasticity"]
    tiny["glasses"]["2dsoft"] = tiny["glasses"]["2dipl"]
    tiny |= {"statistics": overlays[0]["statistics"], "failure_tolerance": 1.0}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(tiny))
    configured = ("--cores", 2, "--configfile", folder / "tiny.yaml")
    statistics = "results/statistics"
    wanted = ["results/figures/energies.png", f"{statistics}/2dipl/estimates.parquet"]
    wanted += [f"{statistics}/{name}/summary.parquet" for name in ("2dipl", "2dsoft")]
    assert wanted[0] in snakemake(folder, "-n", *configured)  # a call without targets draws it
    snakemake(folder, *wanted, *configured)


def test_an_indicator_is_one_entry(followed):
    spots = read_table(followed / "results/statistics/2dipl/blocks/spots/00000-00001.parquet")
    assert set(spots["map"]) == {"lte", "nm", "disorder"}
    estimates = read_table(followed / "results/statistics/2dipl/estimates.parquet")
    assert "disorder" in set(estimates["map"])


def test_a_model_is_one_entry(followed):
    summary = read_table(followed / "results/statistics/2dsoft/summary.parquet")
    assert (summary["failure"] == "").all()
    with read_block(followed / "results/glasses/2dsoft/00000-00001.h5") as block:
        assert block.glass(0).density == pytest.approx(0.8)


def test_a_figure_is_drawn(followed):
    figure = followed / "results/figures/energies.png"
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_a_stage_is_computed_and_summarized(followed):
    for ensemble in ("2dipl", "2dsoft"):
        folder = followed / "results"
        summary = read_table(folder / "statistics" / ensemble / "summary.parquet")
        with read_block(folder / "elasticity" / ensemble / "00000-00001.h5", "elasticity") as block:
            moduli = [record["modulus"][0] - record["modulus"][1] for record in block]
        pd.testing.assert_series_equal(
            summary["shear_modulus"], pd.Series(moduli), check_names=False
        )
        assert (summary["shear_modulus"] > 0).all()
