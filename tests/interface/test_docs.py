"""The pages of docs/ as printed: examples run, names exist, links lead somewhere."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import softfield as sf
from oracles import REFERENCE
from softfield.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES_WITH_EXAMPLES = [
    "files.md",
    "how_to/potential.md",
    "how_to/model.md",
    "how_to/indicator.md",
    "how_to/figure.md",
]


def blocks(page, language):
    """Code blocks of a page in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)


def run_examples(page, monkeypatch):
    """All Python blocks of a page in one namespace; the page and the block are in a traceback."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, object] = {}
    found = blocks(page, "python")
    assert found
    for number, source in enumerate(found, start=1):
        exec(compile(source, f"{page}, block {number}", "exec"), names)
    return names


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The tutorial, run as printed; (folder, what it defined)."""
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        return folder, run_examples("tutorial.md", monkeypatch)


def test_the_tutorial_makes_the_map_and_the_file_that_it_promises(tutorial):
    folder, names = tutorial
    assert (folder / "my_softness.png").read_bytes().startswith(b"\x89PNG")
    softness = sf.read_values(folder / "my_softness.dump")["softness"]
    assert softness.tolist() == names["softness"].tolist()


def test_the_tutorial_is_ten_lines():
    (ten,) = [block for block in blocks("tutorial.md", "python") if "read_glass" in block]
    assert len([line for line in ten.splitlines() if line]) == 10


@pytest.mark.parametrize("page", PAGES_WITH_EXAMPLES)
def test_examples_run(page, tutorial, monkeypatch):
    monkeypatch.chdir(tutorial[0])
    run_examples(page, monkeypatch)


def test_commands_run_as_printed(tutorial, monkeypatch, capsys):
    monkeypatch.chdir(tutorial[0])
    Path("mine.toml").write_text(blocks("command_line.md", "toml")[0])
    lines = "".join(blocks("command_line.md", "bash")).splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("softfield ")]
    assert {command[1] for command in commands} == {
        "info", "relax", "field", "spots", "modes", "soft-modes", "shear",
    }  # fmt: skip
    for command in commands:
        assert main(command[1:]) == 0, capsys.readouterr().err


def test_the_snippets_of_the_readme_run(tutorial, monkeypatch, capsys):
    monkeypatch.chdir(tutorial[0])
    shutil.copy("my.data", "my_glass.data")
    shutil.copy("my.data", "glass.data")
    run_examples("../README.md", monkeypatch)
    lines = "".join(blocks("../README.md", "bash")).splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("softfield ")]
    assert commands
    for command in commands:
        assert main(command[1:]) == 0, capsys.readouterr().err


def test_the_page_on_lammps_scripts_is_followed_to_the_letter(tmp_path, monkeypatch, capsys):
    from softfield.potentials.lammps.styles import STYLES

    page = (DOCS / "how_to/lammps.md").read_text()
    cases = json.loads((REFERENCE / "pair_styles.json").read_text())
    assert f"{len(cases)} scripts" in page
    assert [name for name in STYLES if f"`{name}`" not in page] == ["gran/hertz"]  # its short name
    monkeypatch.chdir(tmp_path)
    shutil.copy(REFERENCE / "ka2d_glass.data", "glass.data")
    run_examples("how_to/lammps.md", monkeypatch)
    for command in blocks("how_to/lammps.md", "bash")[0].splitlines():
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    for line in ("potential energy", "pressure", "virial part", "kinetic part", "tail correction"):
        assert f"| `{line}` |" in page
        assert line in printed
    assert Path("softness.png").exists()


def test_the_reference_lists_every_public_name():
    page = (DOCS / "api.md").read_text()
    listed = re.findall(r"^\.\. auto(?:class|function):: softfield\.(\w+)$", page, re.M)
    assert sorted([*listed, "SoftfieldError"]) == sorted(sf._PUBLIC)
    assert all(getattr(sf, name).__doc__ for name in sf._PUBLIC)


def test_the_types_of_the_public_names_are_those_of_the_code():
    stub = (Path(sf.__file__).parent / "__init__.pyi").read_text()
    found = {
        alias.asname: node.module
        for node in ast.parse(stub).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert found == sf._PUBLIC


def output_of(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_sub_package_bears_the_name_of_a_public_function():
    folder = Path(sf.__file__).parent
    assert not {path.stem for path in folder.iterdir()} & set(sf._PUBLIC)


def test_importing_the_package_loads_none_of_the_heavy_packages():
    heavy = "('numpy', 'numba', 'matplotlib', 'pandas')"
    code = f"import sys, softfield; print([m for m in {heavy} if m in sys.modules])"
    assert output_of(code) == "[]"


def test_code_names_of_the_symbol_table_exist():
    rows = [row for row in (DOCS / "theory.md").read_text().splitlines() if row.startswith("| ")]
    cells = [row.split("|")[-4] for row in rows if row.count("|") > 5 and "paper" not in row]
    names = [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]
    assert len(names) > 15
    owner = ""
    for name in names:
        first, _, rest = name.partition(".")
        if first:
            owner = first
        if owner in sf._PUBLIC:
            value = getattr(sf, owner)
            fields = getattr(value, "__dataclass_fields__", {})
            assert not rest or rest in fields or hasattr(value, rest), name
        else:
            module, _, attribute = name.rpartition(".")
            assert hasattr(import_module(f"softfield.{module}"), attribute), name


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        if "_build" in page.parts:
            continue
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
