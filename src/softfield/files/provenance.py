"""Where a result comes from, and the way back from a figure, a table or a block to it."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import Image

from .. import __version__
from ..checks.names import path_of
from ..errors import FileFormatError
from .atomic import PathLike
from .blocks import read_block

#: Packages that can change a number in a result.
PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "h5py", "pandas", "pyarrow", "powerlaw")


def provenance(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What made a result, as JSON-compatible values.

    Keys: ``softfield`` (version), ``commit`` (git commit of the sources, or None outside a
    repository), ``dirty`` (whether tracked files differed from it), ``python``, ``machine``
    (processor architecture), ``packages`` (versions) and ``parameters``. No time and no
    host name: the same computation gives the same provenance.
    """
    commit, dirty = _git_state()
    return {
        "softfield": __version__,
        "commit": commit,
        "dirty": dirty,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": {name: _version(name) for name in PACKAGES},
        "parameters": dict(parameters),
    }


@cache
def _git_state() -> tuple[str | None, bool | None]:
    """Commit of the sources and whether tracked files were edited since."""
    folder = Path(__file__).resolve().parent
    commit = _git(folder, "rev-parse", "HEAD")
    # an installed copy may lie inside someone else's repository: ours tracks this file
    if not commit or not _git(folder, "ls-files", Path(__file__).name):
        return None, None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, changes != ""


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


#: Kinds of files that tell their provenance.
SUFFIXES = (".h5", ".parquet", ".png")


def read_provenance(path: PathLike) -> dict[str, Any]:
    """What made a file of the workflow: version, commit, packages, parameters and seed.

    Reads blocks (.h5), tables (.parquet) and figures (.png; the PDF beside one has the same among
    its keywords). :func:`provenance` describes the keys. The seed of a single
    glass is an attribute of its realization.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is damaged, of another kind, or without provenance.
    """
    path = path_of(path)
    if path.suffix not in SUFFIXES:
        raise FileFormatError(
            f"{path} has no provenance that could be read: give a block (.h5), a table (.parquet) "
            "or a figure (.png)."
        )
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    found = {".h5": _of_block, ".parquet": _of_table, ".png": _of_figure}[path.suffix](path)
    if not found:
        raise FileFormatError(f"{path} carries no provenance: it is not from softfield's workflow.")
    return found


def _of_table(path: Path) -> dict[str, Any]:
    from .tables import table_provenance  # loads pandas, which jobs that make blocks do not need

    return table_provenance(path)


def _of_block(path: Path) -> dict[str, Any]:
    with read_block(path) as block:
        return dict(block.provenance)


def _of_figure(path: Path) -> dict[str, Any]:
    try:
        with Image.open(path) as image:
            found = json.loads(image.info.get("Description") or "{}")
    except (OSError, json.JSONDecodeError) as error:
        raise FileFormatError(f"{path} is damaged, or no figure of softfield ({error}).") from error
    return found if isinstance(found, dict) else {}
