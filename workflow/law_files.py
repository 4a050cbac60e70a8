"""The files that a force law of the user's own is read from: inputs of every job that uses it.

Text is read, never executed. LAMMPS scripts are read as the library reads them, and the files that
it opens are noted. Of Python modules those that they import, and files that their texts name.
"""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from softfield.errors import SoftfieldError
from softfield.files.source import noted_files


def law_files(settings: Mapping[str, Any], read: Iterable[Path] = ()) -> list[str]:
    """Files of a section ``potential`` or ``calculator``, and all files that these name.

    Paths of the section, and of Python modules, are relative to the working directory.

    Parameters
    ----------
    read : files that were opened as the law was read
    """
    texts = [text for text in _texts(settings) if "\n" not in text]
    found = {Path(text) for text in texts if _is_file(Path(text))} | set(read)
    if settings.get("kind") == "lammps" and "script" in settings:
        found |= _of_script(str(settings["script"]), settings.get("variables"))
    if settings.get("kind") == "python":
        module = str(settings.get("function", "")).partition(":")[0]
        for file in _modules(module):
            found |= _closure(file)
    return sorted({_from_here(path) for path in found})


def _from_here(path: Path) -> str:
    """A path as it is from the working directory, if it leads into that, else as it is."""
    relative = os.path.relpath(path.resolve(), Path.cwd().resolve())
    outside = relative == os.pardir or relative.startswith(os.pardir + os.sep)
    return os.path.normpath(path) if outside else Path(relative).as_posix()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _of_script(script: str, variables: Any) -> set[Path]:
    """Files that the script of a calculator is read from, and those that it hands to LAMMPS.

    A script that is refused has those that were opened until then: the refusal comes elsewhere.
    """
    from softfield.calculators.lammps import parse_script

    with noted_files() as read:
        try:
            commands = parse_script(Path(script), variables).commands
        except (SoftfieldError, OSError):
            commands = ()
    words = {word for command in commands for word in _words(command)}
    return read | {Path(word) for word in words if os.path.isabs(word) and _is_file(Path(word))}


def _words(command: str) -> list[str]:
    """Words of a command, without the quotes around them."""
    try:
        return shlex.split(command)
    except ValueError:  # a quote alone
        return command.split()


def _closure(first: Path) -> set[Path]:
    """A module, those in the working directory that it imports, and so on, and their files."""
    found: set[Path] = set()
    read: set[Path] = set()
    pending = [first]
    while pending:
        path = pending.pop()
        read.add(path)
        files, modules = _named_by_module(path)
        found |= {path, *files, *modules}
        pending += [one for one in modules if one not in read]
    return found


def _named_by_module(path: Path) -> tuple[set[Path], set[Path]]:
    """Modules in the working directory that one imports, and files that its texts name."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set(), set()
    found, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules |= _modules(alias.name)
        elif isinstance(node, ast.ImportFrom):
            folder = path.parent if node.level else Path()
            for _ in range(node.level - 1):
                folder = folder / ".."
            stem = node.module or ""
            modules |= _modules(stem, folder)
            for alias in node.names:
                modules |= _modules(f"{stem}.{alias.name}".strip("."), folder)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {p for p in (Path(node.value), path.parent / node.value) if _is_file(p)}
    return found, modules


def _modules(name: str, folder: Path = Path()) -> set[Path]:
    """The files of a module, and of the packages that it lies in."""
    found = set()
    place = folder
    for part in name.split(".") if all(name.split(".")) else []:
        place = place / part
        found |= {place.with_suffix(".py"), place / "__init__.py"}
    return {path for path in found if _is_file(path)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False
