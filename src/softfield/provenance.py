"""Where a result comes from: version, commit, parameters, packages."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import __version__

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
