"""Shared by all tests: one thread per library, no display, scripts importable."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

# before numpy and numba are imported; tests that run side by side must not fight for cores
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

REPOSITORY = Path(__file__).resolve().parent.parent
for folder in ("workflow", "scripts", "docs"):
    sys.path.append(str(REPOSITORY / folder))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest first, so that no process (``-n``) ends with a run of the workflow alone."""

    def weight(item: pytest.Item) -> tuple[bool, bool]:
        marks = {mark.name for mark in item.iter_markers()}
        long = "slow" in marks or "smoke" in item.fixturenames
        return not long, "workflow" not in marks

    items.sort(key=weight)


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """A folder that the first process of a call fills, and that all of them read."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, finished = base / name, base / f"{name}.finished"
    with FileLock(base / f"{name}.lock"):
        if not finished.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Path:
    """A folder with the finished smoke scale; SOFTFIELD_SMOKE names one for several calls."""
    from runs import SMOKE, snakemake

    def run(folder: Path) -> None:
        snakemake(folder, "--cores", "2", "--configfile", SMOKE)

    if named := os.environ.get("SOFTFIELD_SMOKE"):
        with FileLock(f"{named}.lock"):  # calls may go on side by side
            made_once(tmp_path_factory, "named_smoke", lambda _: run(Path(named)))
        return Path(named)
    return made_once(tmp_path_factory, "smoke", run)


@pytest.fixture(scope="session")
def smoke_report(smoke, tmp_path_factory) -> Path:
    """The report of the finished smoke scale."""
    from runs import SMOKE, snakemake

    def write(folder: Path) -> None:
        snakemake(smoke, "--report", folder / "report.html", "--configfile", SMOKE)

    return made_once(tmp_path_factory, "smoke_report", write) / "report.html"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder with a finished tiny run in blocks of one, on two cores, and what was said of it."""
    from runs import run_tiny, tiny_config

    def run(folder: Path) -> None:
        tiny_config(folder)
        (folder / "output.txt").write_text(run_tiny(folder, "--verbose"))

    return made_once(tmp_path_factory, "tiny", run)


@pytest.fixture(autouse=True)
def no_call_left():
    """What is left of calls of Snakemake in the background ends with the test."""
    yield
    if "runs" in sys.modules:
        sys.modules["runs"].Background.end_all()
