"""The tree explains the program: imports go down only, and every room has its size."""

import ast
from pathlib import Path

import pytest

from conftest import REPOSITORY

PACKAGE = REPOSITORY / "src" / "softfield"

#: From the ground up; a module imports from floors below its own, or from its own folder. Those of
#: one row do not know each other.
FLOORS = [
    {"errors"},
    {"checks"},
    {"glass", "kernels"},
    {"potentials"},
    {"mechanics"},
    {"preparation"},
    {"response"},
    {"softness", "calculators"},
    {"statistics"},
    {"figures", "paper"},
    {"command_line"},
    {"cli"},
]

#: Beside the floors: files know the glass and what is below it, anybody may use them.
BESIDE = {"files": {"errors", "checks", "glass"}}

MODULES = sorted(PACKAGE.rglob("*.py"))


def floor(room: str) -> int:
    (found,) = [k for k, rooms in enumerate(FLOORS) if room in rooms]
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path: Path) -> set[str]:
    """Rooms of the package that a module imports from, also inside functions."""
    package = ("softfield", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module or "").split(".")) if node.module else base
            names = [alias.name for alias in node.names]
            found |= {(*module, name) for name in names} if module == ("softfield",) else {module}
    rooms = {name[1] for name in found if name[0] == "softfield" and len(name) > 1}
    return rooms - {"__version__", room_of(path)}


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix()
)  # fmt: skip
def test_imports_go_down(path):
    room = room_of(path)
    if room == "__init__":
        return
    imported = imported_rooms(path)
    if room in BESIDE:
        assert imported <= BESIDE[room]
    else:
        above = {r for r in imported - set(BESIDE) if floor(r) >= floor(room)}
        assert not above, f"{path.name} imports from above: {above}"


def test_the_package_has_few_files_beside_its_sub_packages():
    files = [path.name for path in PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= 7, files


def test_sub_packages_hold_a_docstring_only():
    for path in PACKAGE.glob("*/__init__.py"):
        if path.parent.name == "kernels":  # places the cache of compiled kernels
            continue
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        assert len(tree.body) == 1, path


def test_no_file_of_code_is_too_large_to_be_a_room():
    folders = ("src", "scripts", "workflow")
    files = [p for f in folders for s in ("*.py", "*.smk") for p in (REPOSITORY / f).rglob(s)]
    long = {path.name: n for path in files if (n := len(path.read_text().splitlines())) > 650}
    assert len(files) > 100
    assert not long
