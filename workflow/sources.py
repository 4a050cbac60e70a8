"""Which source files a script's results depend on.

Declared as inputs of a rule, they make Snakemake rerun the jobs whose code changed in
content, and no others.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "src" / "softfield"

#: Imported by every script, but without influence on a result: lists of names and modules.
LEFT_OUT = {PACKAGE / "__init__.py", PACKAGE / "kernels" / "__init__.py"}


@cache
def script_sources(name: str) -> tuple[str, ...]:
    """Every library module and helper that ``scripts/<name>.py`` imports, directly or not."""
    found: set[Path] = set()
    pending = [REPOSITORY / "scripts" / f"{name}.py"]
    while pending:
        path = pending.pop()
        if path not in found and path not in LEFT_OUT:
            found.add(path)
            pending.extend(imported_files(path))
    return tuple(sorted(str(path) for path in found))


@cache
def imported_files(path: Path) -> frozenset[Path]:
    """Files of this repository that the module in ``path`` imports, wherever it does so."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _resolved(path, 0, alias.name, [])
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            found |= _resolved(path, node.level, node.module or "", names)
    return frozenset(found)


def _resolved(path: Path, level: int, module: str, names: list[str]) -> set[Path]:
    if level:
        base = path.parents[level - 1]
    elif module.split(".")[0] == PACKAGE.name:
        base = PACKAGE.parent
    else:
        base = path.parent
    target = base.joinpath(*module.split(".")) if module else base
    candidates = [target, *(target / name for name in names)]
    files = [candidate.with_suffix(".py") for candidate in candidates]
    files += [candidate / "__init__.py" for candidate in candidates]
    return {file for file in files if file.is_file()}
