"""The files that a force law of the user's own is read from: inputs of every job that uses it.

Text is read, never executed. What a file names is found by its words: a name that is made while a
script or a module runs, of parts that are in neither, is not found.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

#: Commands of LAMMPS that name files which they write.
_WRITING = {"dump", "dump_modify", "log", "print", "restart", "shell"}

#: A variable of LAMMPS within a word: ${name}, $x, or an expression $(...).
_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\(.*?\)|\w)")

#: Commands of LAMMPS whose files are scripts themselves.
_SCRIPTS = {"include", "jump"}


def law_files(settings: Mapping[str, Any]) -> list[str]:
    """Files of a section ``potential`` or ``calculator``, and all files that these name.

    Paths of the section, and of Python modules, are relative to the working directory, those in a
    LAMMPS script, and in what it includes, to its folder.
    """
    texts = [text for text in _texts(settings) if "\n" not in text]
    found = {Path(text) for text in texts if _is_file(Path(text))}
    if settings.get("kind") == "lammps":
        script = Path(str(settings.get("file", settings.get("script", ""))))
        found |= _closure(script, partial(_named_by_script, script.parent))
    if settings.get("kind") == "python":
        module = str(settings.get("function", "")).partition(":")[0]
        for file in _modules(module):
            found |= _closure(file, _named_by_module)
    return sorted(path.as_posix() for path in found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _closure(
    first: Path, named_by: Callable[[Path], tuple[Iterable[Path], Iterable[Path]]]
) -> set[Path]:
    """A file, those that it names, and those that they name, where they are of its kind.

    ``named_by`` gives all files that one names, and those of them that are to be read in turn.
    """
    found: set[Path] = set()
    read: set[Path] = set()
    pending = [first] if _is_file(first) else []
    while pending:
        path = pending.pop()
        read.add(path)
        others, alike = named_by(path)
        found |= {path, *others}
        pending += [one for one in alike if one not in read]
    return found


def _named_by_script(folder: Path, path: Path) -> tuple[set[Path], set[Path]]:
    found: set[Path] = set()
    scripts: set[Path] = set()
    for line in _lines(path):
        words = line.split()
        if words[:1] and (words[0] in _WRITING or words[0].startswith("write_")):
            continue
        for before, word in zip(["", *words], words, strict=False):
            files = _files_called(folder, word.strip("\"'"))
            found |= files
            if before.strip("\"'") in _SCRIPTS:
                scripts |= files
    return found, scripts


def _lines(path: Path) -> Iterator[str]:
    """Commands of a script, continued lines joined, without comments."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for line in re.sub(r"&[ \t]*\r?\n", " ", text).splitlines():
        yield line.partition("#")[0]


def _files_called(folder: Path, name: str) -> set[Path]:
    """The file of this name; all in its folder that it can be where variables are part of it."""
    place, _, last = name.rpartition("/")
    parts = _VARIABLE.split(last)
    if len(parts) == 1 or _VARIABLE.search(place):
        return {folder / name} if _is_file(folder / name) else set()
    if not any(re.search(r"\w", part) for part in parts):
        return set()
    pattern = re.compile(".*".join(map(re.escape, parts)))
    folder = folder / place
    found = folder.iterdir() if folder.is_dir() else []
    return {path for path in found if pattern.fullmatch(path.name) and _is_file(path)}


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
    return found | modules, modules


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
