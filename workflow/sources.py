"""Which source files a script's results depend on, and a stamp for each script.

A stamp lists the files with their checksums (`sha256sum --check` reads it). Declared as an input
of a rule, it makes Snakemake rerun the jobs whose code changed in content, and no others. One
stamp a rule, not thirty files: Snakemake looks at every input of every job again and again.
"""

from __future__ import annotations

import ast
import hashlib
import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kept import REPOSITORY, kept
from softfield.files.atomic import replaced_atomically

PACKAGE = REPOSITORY / "src" / "softfield"
SCRIPTS = REPOSITORY / "scripts"

#: Imported by every script, but without influence on a result: lists of names and modules.
LEFT_OUT = {PACKAGE / "__init__.py", PACKAGE / "kernels" / "__init__.py"}


@cache
def script_sources(name: str) -> tuple[str, ...]:
    """Every library module and helper that ``scripts/<name>.py`` imports, directly or not."""
    return tuple(f"{REPOSITORY}/{file}" for file in _relative_sources(name))


def stamp(name: str, folder: str, write: bool = True) -> str:
    """Path of the stamp of ``scripts/<name>.py`` in ``folder``, brought up to date if ``write``.

    It stays untouched while the sources are the same. Paths in it are relative to the repository:
    a checkout that was moved keeps its results.
    """
    path = Path(folder) / f"{name}.sha256"
    if write:
        lines = [f"{checksum(file)}  {file}\n" for file in _relative_sources(name)]
        _write_if_changed(path, "".join(lines))
    return str(path)


def settings_stamp(path: str, settings: Mapping[str, Any], write: bool, dry: bool) -> str:
    """Path of a stamp with the settings of a rule, brought up to date if ``write``.

    Snakemake compares settings with what it noted of a rule's last output. Of output that is
    deleted after use the tables made of it know nothing: they are compared with this stamp.
    A ``dry`` run changes none: where settings differ it gets another stamp, which is new.
    """
    content = json.dumps(settings, sort_keys=True, default=str, indent=1)
    if dry and not _holds(Path(path), content):
        other = Path(_passing_folder().name) / path.replace("/", "_")
        other.write_text(content)
        return str(other)
    if write:
        _write_if_changed(Path(path), content)
    return path


@cache
def _passing_folder() -> tempfile.TemporaryDirectory[str]:
    """Deleted as the process ends."""
    return tempfile.TemporaryDirectory(prefix="softfield_")


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and path.read_text() == content


def _write_if_changed(path: Path, content: str) -> None:
    if not _holds(path, content):
        with replaced_atomically(path) as temporary:
            temporary.write_text(content)


@cache
def _relative_sources(name: str) -> tuple[str, ...]:
    """The same as paths in the repository: text, since all rules together look at thousands."""
    left_out = {_relative(path) for path in LEFT_OUT}
    found: set[str] = set()
    pending = [_relative(SCRIPTS / f"{name}.py")]
    while pending:
        file = pending.pop()
        if file not in found and file not in left_out:
            found.add(file)
            pending.extend(_imports()[file])
    return tuple(sorted(found))


def _relative(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


@cache
def checksum(file: str) -> str:
    """SHA-256 of a file of the repository."""
    return hashlib.sha256((REPOSITORY / file).read_bytes()).hexdigest()


@cache
def _imports() -> dict[str, list[str]]:
    """Every module of the library and script -> the files that it imports."""
    files = [*PACKAGE.rglob("*.py"), *SCRIPTS.rglob("*.py"), Path(__file__).resolve()]

    def find_out() -> dict[str, list[str]]:
        return {_relative(file): sorted(map(_relative, imported_files(file))) for file in files}

    return kept("imports", files, find_out)


def imported_files(path: Path) -> set[Path]:
    """Files of this repository that the module in ``path`` imports, wherever it does so."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _resolved(path, 0, alias.name, [])
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            found |= _resolved(path, node.level, node.module or "", names)
    return found


def _resolved(path: Path, level: int, module: str, names: list[str]) -> set[Path]:
    if level:
        base = path.parents[level - 1]
    elif module.split(".")[0] == PACKAGE.name:
        base = PACKAGE.parent
    else:  # workflow_helpers, which a script finds beside itself
        base = SCRIPTS
    target = base.joinpath(*module.split(".")) if module else base
    candidates = [target, *(target / name for name in names)]
    files = [candidate.with_suffix(".py") for candidate in candidates]
    files += [candidate / "__init__.py" for candidate in candidates]
    return {file for file in files if file.is_file()}
